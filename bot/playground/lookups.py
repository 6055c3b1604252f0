"""People, user groups and conversations as the Web API tells of them.

It reads only; what the bot may not see does not exist.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.block_kit import Json
from bot.playground.events import message_json
from bot.playground.records import Channel, Message, Person, SlackError
from bot.playground.workspace import Workspace


def room(workspace: Workspace, params: Json, *, member: bool = True) -> Channel:
    """The conversation named by `channel`; a person's id means the DM with them. A private one is hidden."""
    id = need(params, "channel")
    if id in workspace.people:
        if workspace.is_external(id) or id == workspace.bot_id:
            raise SlackError("channel_not_found")
        return workspace.dm_with(id)
    channel = workspace.channel(id)
    inside = workspace.bot_id in channel.members
    if not inside and channel.is_private:
        raise SlackError("channel_not_found")
    if not inside and member:
        raise SlackError("not_in_channel")
    return channel


def need(params: Json, name: str) -> str:
    if params.get(name) in (None, ""):
        raise SlackError("invalid_arguments", f"[ERROR] missing required field: {name}")
    return str(params[name])


def number(params: Json, name: str, default: int) -> int:
    """A whole number that may be left out."""
    given = str(params.get(name) or default)
    if not given.isdecimal():
        raise SlackError("invalid_arguments", f"[ERROR] must be a whole number: {name}")
    return int(given)


def yes(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


class Lookups:
    """The reading methods over one workspace."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime]) -> None:
        self._workspace, self._clock = workspace, clock

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "users.info": lambda p: {"user": self._person_json(self._workspace.person(need(p, "user")), p)},
            "users.list": self._people,
            "users.lookupByEmail": self._by_email,
            "usergroups.list": self._groups,
            "usergroups.users.list": self._group_members,
            "conversations.info": lambda p: {"channel": self._channel_json(room(self._workspace, p, member=False))},
            "conversations.open": self._open_conversation,
            "conversations.members": self._members,
            "conversations.list": self._channels,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }

    def _person_json(self, person: Person, params: Json) -> Json:
        there = self._clock().astimezone(ZoneInfo(person.tz))
        offset = there.utcoffset()
        shown: Json = {
            "id": person.id, "team_id": person.team_id, "name": person.name, "deleted": person.deleted,
            "real_name": person.real_name,
            "tz": person.tz, "tz_label": f"{person.tz.rsplit('/', 1)[-1].replace('_', ' ')} Time ({there.tzname()})",
            "tz_offset": int(offset.total_seconds()) if offset is not None else 0,
            "is_bot": person.is_bot, "is_app_user": False, "is_admin": False, "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": person.is_restricted, "is_ultra_restricted": person.is_ultra_restricted,
            "profile": {"real_name": person.real_name, "display_name": person.name, "title": person.title,
            "email": person.email,
                        "team": person.team_id},
        }  # fmt: skip
        if self._workspace.is_external(person.id):
            return shown | {"is_stranger": True}  # and no locale: Slack does not tell it of people elsewhere
        return shown | ({"locale": person.locale} if yes(params.get("include_locale")) else {})

    def _people(self, params: Json) -> Json:
        people, more = _page(list(self._workspace.people.values()), params)
        return {"members": [self._person_json(person, params) for person in people], **more}

    def _by_email(self, params: Json) -> Json:
        wanted = need(params, "email").lower()
        for person in self._workspace.people.values():
            if person.email.lower() == wanted and not person.deleted:
                return {"user": self._person_json(person, params)}
        raise SlackError("users_not_found")

    def _groups(self, params: Json) -> Json:
        groups = [
            {"id": g.id, "team_id": self._workspace.team_id, "is_usergroup": True, "name": g.name, "handle": g.handle,
            "date_delete": 0,
             "user_count": len(g.members), **({"users": g.members} if yes(params.get("include_users")) else {})}
            for g in self._workspace.groups.values()
        ]  # fmt: skip
        return {"usergroups": groups}

    def _group_members(self, params: Json) -> Json:
        group = self._workspace.groups.get(need(params, "usergroup"))
        if group is None:
            raise SlackError("no_such_subteam")
        return {"users": group.members}

    def _channel_json(self, channel: Channel) -> Json:
        dm = channel.kind == "dm"
        shown: Json = {
            "id": channel.id, "is_channel": channel.kind == "channel", "is_group": channel.is_private and not dm,
            "is_im": dm,
            "is_mpim": channel.kind == "mpim", "is_private": channel.is_private, "is_archived": False,
            "is_general": False,
            "is_shared": channel.is_ext_shared, "is_ext_shared": channel.is_ext_shared, "is_org_shared": False,
            "is_pending_ext_shared": False, "context_team_id": self._workspace.team_id,
            "num_members": len(channel.members),
        }  # fmt: skip
        if dm:
            return shown | {
                "user": channel.person,
                "is_user_deleted": self._workspace.people[str(channel.person)].deleted,
            }
        inside = self._workspace.bot_id in channel.members
        return shown | {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_member": inside,
            "topic": {"value": channel.topic},
        }

    def _open_conversation(self, params: Json) -> Json:
        if params.get("channel"):
            return {"channel": {"id": room(self._workspace, params).id}}
        people = [self._workspace.person(id) for id in need(params, "users").split(",")]
        if len(people) > 1:
            raise SlackError("not_enough_users", "the playground has direct messages with one person only")
        if self._workspace.is_external(people[0].id):
            raise SlackError("user_not_visible")
        if people[0].id == self._workspace.bot_id:
            raise SlackError("cannot_dm_bot")
        return {"channel": {"id": self._workspace.dm_with(people[0].id).id}, "already_open": True, "no_op": True}

    def _members(self, params: Json) -> Json:
        members, more = _page(room(self._workspace, params, member=False).members, params)
        return {"members": members, **more}

    def _channels(self, params: Json) -> Json:
        wanted = str(params.get("types") or "public_channel").split(",")

        def kind(channel: Channel) -> str:
            return {"dm": "im", "mpim": "mpim"}.get(
                channel.kind, "private_channel" if channel.is_private else "public_channel"
            )

        seen = [c for c in self._workspace.channels.values() if not c.is_private or self._workspace.bot_id in c.members]
        channels, more = _page([c for c in seen if kind(c) in wanted], params)
        return {"channels": [self._channel_json(channel) for channel in channels], **more}

    def _history(self, params: Json) -> Json:
        said = [
            m
            for m in self._workspace.messages[room(self._workspace, params).id]
            if not m.only_for and m.thread_ts is None
        ]
        return self._said([m for m in said if _within(m.ts, params)][::-1], params)

    def _replies(self, params: Json) -> Json:
        channel, ts = room(self._workspace, params), need(params, "ts")
        said = [m for m in self._workspace.messages[channel.id] if not m.only_for]
        thread = next((m.thread_ts or m.ts for m in said if m.ts == ts), None)
        if thread is None:
            raise SlackError("thread_not_found")
        # The parent always comes first, whatever `oldest` says.
        return self._said(
            [m for m in said if m.ts == thread or (m.thread_ts == thread and _within(m.ts, params))], params
        )

    def _said(self, messages: list[Message], params: Json) -> Json:
        shown, more = _page(messages, params)
        metadata = yes(params.get("include_all_metadata"))
        listed = [message_json(self._workspace, message, with_metadata=metadata) for message in shown]
        return {"messages": listed, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


def _page(items: list[Any], params: Json) -> tuple[list[Any], Json]:
    """One page of a list; the cursor is where the next one begins."""
    start, most = number(params, "cursor", 0), min(number(params, "limit", 100), 1000)
    following = str(start + most) if start + most < len(items) else ""
    return items[start : start + most], {"response_metadata": {"next_cursor": following}}


def _within(ts: str, params: Json) -> bool:
    oldest, latest, same = params.get("oldest") or "0", params.get("latest") or "9" * 12, yes(params.get("inclusive"))
    if not all(str(limit).replace(".", "", 1).isdecimal() for limit in (oldest, latest)):
        raise SlackError("invalid_ts_oldest")
    return float(oldest) < float(ts) < float(latest) or (same and ts in (oldest, latest))
