"""What one person sees: the State that the page draws. Pure; it shows nobody what is meant for somebody else."""

from datetime import datetime
from typing import Any

from bot.playground.block_kit import Json
from bot.playground.events import view_json
from bot.playground.files import picture_type
from bot.playground.records import Channel, Message, Person, View
from bot.playground.workspace import Workspace


def state_of(
    workspace: Workspace, person: Person, *, at: datetime, may_reset: bool, may_forward: bool, moving: bool
) -> Json:
    """The whole screen of this person; it is drawn anew on every change."""
    seen = [channel for channel in workspace.channels.values() if person.id in channel.members]
    messages: Json = {}
    threads: Json = {}
    for channel in seen:
        shown = [m for m in workspace.messages[channel.id] if m.only_for in (None, person.id)]
        messages[channel.id] = [_message(workspace, m) for m in shown if m.thread_ts is None]
        threads[channel.id] = {}
        for message in shown:
            if message.thread_ts:
                threads[channel.id].setdefault(message.thread_ts, []).append(_message(workspace, message))
    home = workspace.homes.get(person.id)
    return {
        "seq": workspace.seq, "title": workspace.title, "banner": workspace.banner, "reset": may_reset,
        "clock": {"now": at.timestamp(), "movable": may_forward, "moving": moving},
        "me": _person(person),
        "people": [_person(one) | {"waiting": _waiting(workspace, one)} for one in workspace.people.values()],
        "bot": {"id": workspace.bot_id, "name": workspace.bot_name, "handle": workspace.bot_handle,
        "app_id": workspace.app_id},
        "groups": [{"id": g.id, "handle": g.handle, "name": g.name,
        "members": g.members} for g in workspace.groups.values()],
        "channels": [_channel(workspace, channel, person) for channel in seen],
        "channel_names": {c.id: c.name for c in workspace.channels.values() if c in seen or not c.is_private},
        "messages": messages, "threads": threads, "modal": _modal(workspace, workspace.top_view(person.id)),
        "home": view_json(workspace, home) if home else None, "commands": workspace.commands,
        "shortcuts": workspace.shortcuts,
        "notices": [{"id": n.id, "code": n.code, "text": n.text,
        "channel": n.channel} for n in workspace.notices if n.person == person.id],
    }  # fmt: skip


def _person(person: Person) -> Json:
    names = ("id", "name", "real_name", "title", "email", "avatar_color", "team_id", "is_bot", "is_restricted",
    "is_ultra_restricted",
             "is_stranger", "deleted", "tz", "can_switch")  # fmt: skip
    return {name: getattr(person, name) for name in names} | {"handle": person.name}


def _waiting(workspace: Workspace, person: Person) -> int:
    """How much waits for this person by name: what the switcher shows beside theirs."""
    return sum(mentions for (id, _), (_, mentions) in workspace.unread.items() if id == person.id)


def _channel(workspace: Workspace, channel: Channel, person: Person) -> Json:
    unread, mention = workspace.unread.get((person.id, channel.id), (0, 0))
    return {
        "id": channel.id, "name": channel.name, "kind": channel.kind, "topic": channel.topic,
        "private": channel.is_private,
        "external": channel.is_ext_shared, "members": channel.members,
        "with": workspace.bot_id if channel.kind == "dm" else None,
        "unread": unread, "mention": mention,
    }  # fmt: skip


def _message(workspace: Workspace, message: Message) -> Json:
    replies = workspace.replies(message.channel, message.ts) if message.thread_ts is None else []
    shown: dict[str, Any] = {
        "ts": message.ts, "user": message.user, "text": message.text, "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "reply_count": len(replies), "latest_reply": replies[-1].ts if replies else None,
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
    }  # fmt: skip
    for name, yes in (
        ("ephemeral", message.only_for),
        ("bot", message.user == workspace.bot_id),
        ("edited", message.edited_ts),
    ):
        if yes:
            shown[name] = True
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "count": len(who), "users": who} for name, who in message.reactions.items()
        ]
    if message.deleted:
        shown["subtype"] = "deleted"
    files = [file for id in message.files if not (file := workspace.files[id]).deleted]
    if files:
        shown["files"] = [
            {
                "id": f.id,
                "name": f.name,
                "title": f.title,
                "mimetype": f.mimetype,
                "size": f.length,
                "url": f"/page/file/{f.id}",
                "picture": picture_type(f.content) is not None,
                "alt": f.alt_text or f.title,
            }
            for f in files
        ]
    return shown


def _modal(workspace: Workspace, view: View | None) -> Json | None:
    if view is None:
        return None
    return view_json(workspace, view) | {
        "errors": view.errors, "previous": view.previous is not None, "depth": len(workspace.stacks[view.person]),
    }  # fmt: skip
