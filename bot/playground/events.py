"""The payloads Slack would send, and their signature. Pure: who, what and when come in; nothing is delivered from here.

Left out on purpose: events about the bot's own messages, which Bolt drops anyway.
"""

import hashlib
import hmac
import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from bot.playground.block_kit import Json
from bot.playground.records import Channel, File, Message, Person, View
from bot.playground.workspace import Workspace

VERIFICATION_TOKEN = "playground-verification-token"  # noqa: S105 - Slack still sends this deprecated field; nobody may trust it


# -- signature ---------------------------------------------------------------------------------------------------------


def signed_headers(body: bytes, *, secret: str, at: datetime, content_type: str) -> dict[str, str]:
    """What Slack puts on a request so that the bot can believe it."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def interaction_body(payload: Json) -> bytes:
    """An interaction travels as a form with one field."""
    return urlencode({"payload": json.dumps(payload)}).encode()


# -- what people type --------------------------------------------------------------------------------------------------

# Slack links bare domains too, so "is Otter.ai safe?" arrives with a link in the middle of it.
_ENDINGS = "com|org|net|io|ai|app|dev|co|uk|eu|de|fr|gov|edu|info|me|us|cloud|tech"
_DOMAIN = rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_ENDINGS})\b(?:/[^\s<>|]*)?"
_TYPED = r"""(?P<code>```.+?```|`[^`\n]+`)|(?P<url>https?://[^\s<>|]+)|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"""


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_sent(workspace: Workspace, typed: str, *, with_names: bool = False) -> tuple[str, list[Json]]:
    """What Slack makes of typed text: entities escaped, names and links recognised; and the same as rich text.

    `with_names` is the form a slash command gets: <@U1|ana>.
    """
    names = {p.name.lower(): ("user", p.id, p.name) for p in workspace.people.values()}
    names |= {p.real_name.lower(): ("user", p.id, p.name) for p in workspace.people.values()}
    names |= {g.handle.lower(): ("usergroup", g.id, g.handle) for g in workspace.groups.values()}
    names |= {word: ("broadcast", word, word) for word in ("here", "channel", "everyone")}
    channels = {c.name.lower(): c for c in workspace.channels.values() if c.kind == "channel"}
    at, room = rf"(?<![\w@])@(?P<at>{_one_of(names)})(?!\w)", rf"(?<![\w#])#(?P<room>{_one_of(channels)})(?!\w)"
    pattern = rf"{_TYPED}|{at}|{room}|\b(?P<domain>{_DOMAIN})"
    text, done = "", 0
    parts: list[Json] = []
    for match in re.finditer(pattern, typed, re.IGNORECASE | re.DOTALL):
        kind, found = str(match.lastgroup), match.group()
        if kind in ("url", "domain"):
            found = found.rstrip(".,;:!?'\")]}")
        if plain := typed[done : match.start()]:
            text, parts = text + escaped(plain), [*parts, {"type": "text", "text": plain}]
        done = match.start() + len(found)
        if kind == "at":
            what, id, name = names[match["at"].lower()]
            label = f"|{name}" if with_names else ""
            text += {"user": f"<@{id}{label}>", "usergroup": f"<!subteam^{id}>", "broadcast": f"<!{id}>"}[what]
            parts.append({"user": {"type": "user", "user_id": id}, "usergroup": {"type": "usergroup",
            "usergroup_id": id}}.get(
                what, {"type": "broadcast", "range": id}))  # fmt: skip
        elif kind == "room":
            meant = channels[match["room"].lower()]
            text += f"<#{meant.id}|{meant.name if with_names else ''}>"
            parts.append({"type": "channel", "channel_id": meant.id})
        elif kind == "code":
            text += escaped(found)
            parts.append({"type": "text", "text": found.strip("`"), "style": {"code": True}})
        else:
            url = {"url": "", "mail": "mailto:", "domain": "http://"}[kind] + found
            text += f"<{escaped(url)}>" if kind == "url" else f"<{escaped(url)}|{escaped(found)}>"
            parts.append({"type": "link", "url": url} | ({} if kind == "url" else {"text": found}))
    if rest := typed[done:]:
        text, parts = text + escaped(rest), [*parts, {"type": "text", "text": rest}]
    return text, [
        {"type": "rich_text", "block_id": "typed", "elements": [{"type": "rich_text_section", "elements": parts}]}
    ]


def _one_of(names: Any) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)"


# -- people, messages and views as Slack writes them -------------------------------------------------------------------


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as the Web API, events and interactions show it."""
    person = workspace.people[message.user]
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": person.team_id,
    }
    if message.user == workspace.bot_id:
        shown |= {"bot_id": "B" + workspace.app_id[1:], "app_id": workspace.app_id, "bot_profile": {
            "id": "B" + workspace.app_id[1:], "app_id": workspace.app_id, "name": workspace.bot_name,
            "team_id": workspace.team_id,
            "user_id": workspace.bot_id, "deleted": False}}  # fmt: skip
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.deleted:
        shown |= {"subtype": "tombstone", "hidden": True}
    if message.edited_ts:
        shown["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.files:
        shown["files"] = [
            file_json(workspace, workspace.files[id]) for id in message.files if not workspace.files[id].deleted
        ]
    replies = workspace.replies(message.channel, message.ts)
    if replies:
        who = list(dict.fromkeys(reply.user for reply in replies))
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": who,
            "reply_users_count": len(who),
            "latest_reply": replies[-1].ts,
        }
    elif message.thread_ts:
        shown |= {"thread_ts": message.thread_ts}
        shown["parent_user_id"] = next(
            (m.user for m in workspace.messages[message.channel] if m.ts == message.thread_ts), None
        )
    if with_metadata and message.metadata:
        shown["metadata"] = message.metadata
    return shown


def view_json(workspace: Workspace, view: View, *, values: Json | None = None) -> Json:
    """A view as views.* answers it and as submissions and clicks carry it."""
    given = view.definition
    text = {name: given.get(name) for name in ("title", "submit", "close")}
    return {
        "id": view.id, "team_id": workspace.team_id, "type": given["type"], "blocks": view.blocks,
        "private_metadata": given.get("private_metadata") or "", "callback_id": given.get("callback_id") or "",
        "state": {"values": values or {}}, "hash": view.hash, **text,
        "clear_on_close": bool(given.get("clear_on_close")), "notify_on_close": bool(given.get("notify_on_close")),
        "previous_view_id": view.previous, "root_view_id": view.root, "app_id": workspace.app_id,
        "external_id": given.get("external_id") or "",
        "app_installed_team_id": workspace.team_id, "bot_id": "B" + workspace.app_id[1:],
    }  # fmt: skip


def file_json(workspace: Workspace, file: File) -> Json:
    """A file as files.info and messages show it."""
    url = f"{workspace.base_url}/files/{file.id}/{quote(file.name, safe='')}"
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    shares: Json = {}
    for channel, ts in file.shares:
        kind = "private" if workspace.channels[channel].is_private else "public"
        shares.setdefault(kind, {}).setdefault(channel, []).append({"ts": ts})
    rooms = [workspace.channels[channel] for channel, _ in file.shares]
    return {
        "id": file.id, "created": file.created, "timestamp": file.created, "name": file.name, "title": file.title,
        "mimetype": file.mimetype, "filetype": "text" if ending == "txt" else ending, "pretty_type": ending.upper(),
        "user": file.user, "user_team": workspace.people[file.user].team_id, "size": file.length, "mode": "hosted",
        "editable": False, "is_external": False, "external_type": "", "is_public": "public" in shares,
        "public_url_shared": False, "display_as_bot": False, "file_access": "visible",
        "url_private": url, "url_private_download": url, "permalink": url, "has_rich_preview": False,
        "channels": [room.id for room in rooms if not room.is_private],
        "groups": [room.id for room in rooms if room.is_private and room.kind == "channel"],
        "ims": [room.id for room in rooms if room.kind == "dm"], "shares": shares,
        **({"alt_txt": file.alt_text} if file.alt_text else {}),
    }  # fmt: skip


def _user(person: Person) -> Json:
    return {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id}


def _channel_name(channel: Channel) -> str:
    return "directmessage" if channel.kind == "dm" else "privategroup" if channel.is_private else channel.name


# -- events ------------------------------------------------------------------------------------------------------------


def url_verification(challenge: str) -> Json:
    return {"type": "url_verification", "token": VERIFICATION_TOKEN, "challenge": challenge}


def event_callback(
    workspace: Workspace, event: Json, *, event_id: str, at: datetime, channel: Channel | None = None
) -> Json:
    """The wrapping of every event; `event_id` stays the same when it is sent again."""
    return {
        "token": VERIFICATION_TOKEN, "team_id": workspace.team_id, "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id, "event": event, "type": "event_callback", "event_id": event_id,
        "event_time": int(at.timestamp()),
        "authorizations": [{"enterprise_id": None, "team_id": workspace.team_id, "user_id": workspace.bot_id,
        "is_bot": True,
                            "is_enterprise_install": False}],
        "is_ext_shared_channel": bool(channel and channel.is_ext_shared), "event_context": f"4-{event_id}",
    }  # fmt: skip


def message_events(workspace: Workspace, message: Message, blocks: list[Json]) -> list[Json]:
    """What a person's message makes Slack tell the bot: nothing where the bot is not, a mention in a channel twice."""
    channel = workspace.channel(message.channel)
    if workspace.bot_id not in channel.members:
        return []
    person = workspace.people[message.user]
    said: Json = {"user": message.user, "text": message.text, "ts": message.ts, "event_ts": message.ts,
    "channel": channel.id,
                  "client_msg_id": "-".join(message.ts.split(".")), "team": person.team_id}  # fmt: skip
    if message.text:
        said["blocks"] = blocks
    if channel.is_ext_shared:
        said |= {"user_team": person.team_id, "source_team": person.team_id}
    if message.thread_ts:
        said["thread_ts"] = message.thread_ts
    if message.files:
        # In a shared channel Slack names the file only; the bot has to ask for it.
        shared = [{"id": id, "mode": "file_access", "file_access": "check_file_info"} for id in message.files]
        said["files"] = (
            shared if channel.is_ext_shared else [file_json(workspace, workspace.files[id]) for id in message.files]
        )
    mention = {"type": "app_mention", **said}
    kind = {"dm": "im", "mpim": "mpim"}.get(channel.kind, "group" if channel.is_private else "channel")
    plain = {"type": "message", **said, "channel_type": kind}
    if message.thread_ts:
        plain["parent_user_id"] = next(
            (m.user for m in workspace.messages[channel.id] if m.ts == message.thread_ts), None
        )
    if message.files:
        plain |= {"subtype": "file_share", "upload": False}
    named = f"<@{workspace.bot_id}>" in message.text
    return [mention, plain] if named and channel.kind != "dm" else [plain]


def app_home_opened(workspace: Workspace, person: Person, *, tab: str, at: datetime) -> Json:
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": workspace.dm_with(person.id).id,
        "tab": tab,
        "event_ts": f"{at.timestamp():.6f}",
    }
    if tab == "home" and (home := workspace.homes.get(person.id)):
        event["view"] = view_json(workspace, home)
    return event


# -- commands and interactions -----------------------------------------------------------------------------------------


def slash_command(
    workspace: Workspace,
    person: Person,
    channel: Channel,
    *,
    command: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> bytes:
    """The form a slash command sends, with names escaped to ids (`should_escape`)."""
    form = {
        "token": VERIFICATION_TOKEN, "team_id": workspace.team_id, "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel), "user_id": person.id, "user_name": person.name, "command": command,
        "text": as_sent(workspace, text, with_names=True)[0], "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url, "trigger_id": trigger_id,
    }  # fmt: skip
    return urlencode(form).encode()


def _interaction(workspace: Workspace, kind: str, person: Person, **more: Any) -> Json:
    return {
        "type": kind, "team": {"id": workspace.team_id, "domain": workspace.team_domain}, "user": _user(person),
        "api_app_id": workspace.app_id,
        "token": VERIFICATION_TOKEN, "enterprise": None, "is_enterprise_install": False, **more,
    }  # fmt: skip


def _place(channel: Channel) -> Json:
    return {"id": channel.id, "name": _channel_name(channel)}


def message_click(
    workspace: Workspace,
    person: Person,
    message: Message,
    action: Json,
    *,
    values: Json,
    trigger_id: str,
    response_url: str,
) -> Json:
    """block_actions on a message."""
    return _interaction(
        workspace, "block_actions", person, trigger_id=trigger_id, state={"values": values}, response_url=response_url,
        actions=[action], **in_message(workspace, message),
    )  # fmt: skip


def in_message(workspace: Workspace, message: Message) -> Json:
    """Which message something was done to; of an ephemeral one Slack shows the container only."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    more = {} if message.only_for else {"message": message_json(workspace, message)}
    return {"container": container, "channel": _place(workspace.channel(message.channel)), **more}


def in_view(workspace: Workspace, view: View, values: Json | None = None) -> Json:
    """Which view something was done in."""
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(workspace, view, values=values),
    }


def view_click(
    workspace: Workspace, person: Person, view: View, action: Json, *, values: Json, trigger_id: str
) -> Json:
    """block_actions in a modal or in App Home."""
    return _interaction(
        workspace, "block_actions", person, trigger_id=trigger_id, actions=[action], **in_view(workspace, view, values)
    )


def view_submission(workspace: Workspace, person: Person, view: View, *, values: Json, trigger_id: str) -> Json:
    shown = view_json(workspace, view, values=values)
    return _interaction(workspace, "view_submission", person, trigger_id=trigger_id, view=shown, response_urls=[])


def view_closed(workspace: Workspace, person: Person, view: View, *, is_cleared: bool) -> Json:
    return _interaction(workspace, "view_closed", person, view=view_json(workspace, view), is_cleared=is_cleared)


def message_action(
    workspace: Workspace,
    person: Person,
    message: Message,
    *,
    callback_id: str,
    trigger_id: str,
    response_url: str,
    at: datetime,
) -> Json:
    return _interaction(
        workspace, "message_action", person, callback_id=callback_id, trigger_id=trigger_id, response_url=response_url,
        action_ts=f"{at.timestamp():.6f}", message_ts=message.ts, channel=_place(workspace.channel(message.channel)),
        message=message_json(workspace, message),
    )  # fmt: skip


def block_suggestion(
    workspace: Workspace, person: Person, element: Json, block_id: str, value: str, **where: Any
) -> Json:
    return _interaction(
        workspace, "block_suggestion", person, action_id=element["action_id"], block_id=block_id, value=value, **where
    )
