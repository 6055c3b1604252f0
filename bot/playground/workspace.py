"""A small Slack workspace in memory: people, channels, threads, views and files.

It only remembers: no I/O, no clock, no HTTP.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.block_kit import Json, slack_files, with_ids
from bot.playground.records import Channel, File, Group, Hook, Message, Notice, Person, SlackError, Trigger, View

# How long a trigger lives and how often and how long a response_url works: Slack's own numbers.
TRIGGER_SECONDS = 3
HOOK_SECONDS, HOOK_USES = 30 * 60, 5
MOST_VIEWS = 3
_COLORS = ("#1264a3", "#2b8a5f", "#a3512b", "#7a3fa0", "#b0324f", "#4a6572", "#8a6d1b", "#2f6f7f")


class Workspace:
    """Everything the playground knows. Each change raises `seq`; times are handed in, each id is made once."""

    def __init__(
        self,
        *,
        bot_id: str = "UPLAYBOT",
        bot_name: str = "Bot",
        bot_handle: str = "bot",
        app_id: str = "APLAYGROUND",
        team_id: str = "TPLAYGROUND",
        team_name: str = "Playground",
        team_domain: str = "playground",
        title: str = "Playground",
        banner: str = "",
        new_id: Callable[[str], str] = lambda kind: kind + secrets.token_hex(5).upper(),
    ) -> None:
        self.bot_id, self.bot_name, self.bot_handle = bot_id, bot_name, bot_handle
        self.app_id, self.team_id, self.team_name, self.team_domain = app_id, team_id, team_name, team_domain
        self.title, self.banner, self.new_id = title, banner, new_id
        self.commands: list[Json] = []
        self.shortcuts: list[Json] = []
        self.base_url = "http://127.0.0.1"  # where response_urls, files and permalinks point; the server knows its port
        self.seq = 0
        self.changed: Callable[[], None] = lambda: None  # called after each change; the server listens here
        self.clear()

    def clear(self) -> None:
        """Forget people, channels and all they said; `seq` goes on, so that open pages notice."""
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[Message]] = {}
        self.files: dict[str, File] = {}
        self.homes: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.notices: list[Notice] = []
        self.unread: dict[tuple[str, str], list[int]] = {}  # (person, channel) → [unread, of these mentions]
        self._triggers: dict[str, Trigger] = {}
        self._hooks: dict[str, Hook] = {}
        self._stamps: set[str] = set()
        self.people[self.bot_id] = Person(
            self.bot_id,
            self.bot_handle,
            self.bot_name,
            team_id=self.team_id,
            is_bot=True,
            can_switch=False,
            tz="UTC",
            avatar_color="#3f3d56",
        )
        self.touch()

    def touch(self) -> None:
        self.seq += 1
        self.changed()

    # -- filling it --------------------------------------------------------------------------------------------------

    def add_person(self, id: str, name: str, real_name: str, **more: Any) -> Person:
        """Someone in the workspace, or, with another `team_id`, someone who only shares a channel with it.

        `tz` is an IANA zone; the page shows this person times in it.
        """
        more.setdefault("team_id", self.team_id)
        _known_zone(more.get("tz", "UTC"))
        more.setdefault("avatar_color", _COLORS[len(self.people) % len(_COLORS)])
        self.people[id] = Person(id, name, real_name, **more)
        if not self.is_external(id):
            self.dm_with(id)
        self.touch()
        return self.people[id]

    def set_zone(self, id: str, tz: str) -> None:
        """Let this person live in another time zone from now on."""
        _known_zone(tz)
        self.person(id).tz = tz
        self.touch()

    def add_group(self, id: str, handle: str, name: str, members: Iterable[str]) -> Group:
        self.groups[id] = Group(id, handle, name, list(members))
        self.touch()
        return self.groups[id]

    def add_channel(self, id: str, name: str, *, members: Iterable[str], with_bot: bool = True, **more: Any) -> Channel:
        """A channel with these people in it, and the bot too unless told otherwise."""
        everyone = [*members, *([self.bot_id] if with_bot else [])]
        self.channels[id] = Channel(id, name, members=everyone, **more)
        self.messages.setdefault(id, [])
        self.touch()
        return self.channels[id]

    def add_command(self, command: str, *, hint: str = "", description: str = "") -> None:
        self.commands.append({"command": command, "hint": hint, "description": description})

    def add_shortcut(self, callback_id: str, name: str) -> None:
        self.shortcuts.append({"callback_id": callback_id, "name": name})

    def add_message(self, channel: str, user: str, text: str, *, at: datetime, **more: Any) -> Message:
        """A message that was there before anyone looked: nobody has it unread."""
        message = self._say(channel, user, text, self._stamp(at), **more)
        self.unread.clear()
        return message

    # -- looking -----------------------------------------------------------------------------------------------------

    def person(self, id: str) -> Person:
        if id not in self.people:
            raise SlackError("user_not_found")
        return self.people[id]

    def is_external(self, id: str) -> bool:
        return self.people[id].team_id != self.team_id or self.people[id].is_stranger

    def channel(self, id: str) -> Channel:
        if id not in self.channels:
            raise SlackError("channel_not_found")
        return self.channels[id]

    def dm_with(self, person: str) -> Channel:
        """The one direct conversation between this person and the bot."""
        id = "D" + person[1:]
        if id not in self.channels:
            self.channels[id] = Channel(
                id, self.bot_name, "dm", members=[person, self.bot_id], person=person, is_private=True
            )
            self.messages[id] = []
        return self.channels[id]

    def message(self, channel: str, ts: str) -> Message:
        for message in self.messages.get(channel, []):
            if message.ts == ts and not message.deleted:
                return message
        raise SlackError("message_not_found")

    def replies(self, channel: str, ts: str) -> list[Message]:
        """What was said in a thread, the parent not included, ephemeral messages neither."""
        return [m for m in self.messages[channel] if m.thread_ts == ts and m.ts != ts and not m.only_for]

    # -- messages ----------------------------------------------------------------------------------------------------

    def post(self, channel: str, user: str, text: str, *, at: datetime, **more: Any) -> Message:
        """Say something in a channel or a thread; everyone concerned gets their unread mark.

        It stands below all that was said there before, even when the clock stands still.
        """
        last = max((message.ts for message in self.messages[self.channel(channel).id]), default="")
        return self._say(channel, user, text, self._stamp(at, after=last), **more)

    def _say(
        self,
        channel: str,
        user: str,
        text: str,
        ts: str,
        *,
        blocks: list[Json] | None = None,
        thread_ts: str | None = None,
        metadata: Json | None = None,
        files: Iterable[str] = (),
        only_for: str | None = None,
    ) -> Message:
        messages = self.messages[self.channel(channel).id]
        if thread_ts is not None:
            parents = [m for m in messages if m.ts == thread_ts and not m.only_for]
            if not parents:
                raise SlackError("cannot_reply_to_message")
            thread_ts = parents[0].thread_ts or parents[0].ts
        ready = with_ids(blocks or [], new_id=self._short_id)
        message = Message(channel, ts, user, text, ready, thread_ts, metadata, files=list(files), only_for=only_for)
        messages.append(message)
        messages.sort(key=lambda one: one.ts)
        for id in message.files:
            self.files[id].shares.append((channel, ts))
        self._show_files(ready, only_for or channel)
        self._mark_unread(message)
        self.touch()
        return message

    def update(
        self, message: Message, text: str, blocks: list[Json] | None, *, at: datetime, metadata: Json | None = None
    ) -> None:
        """Replace what a message says; without blocks it loses those it had, as in Slack."""
        message.text, message.blocks = text, with_ids(blocks or [], new_id=self._short_id)
        message.metadata = metadata if metadata is not None else message.metadata
        self._show_files(message.blocks, message.only_for or message.channel)
        message.edited_ts = None if blocks else f"{at.timestamp():.6f}"
        self.touch()

    def delete(self, message: Message) -> None:
        if self.replies(message.channel, message.ts) and message.thread_ts is None:
            message.deleted, message.text, message.blocks, message.files = True, "This message was deleted.", [], []
        else:
            self.messages[message.channel].remove(message)
        self.touch()

    def mark_read(self, person: str, channel: str) -> None:
        if self.unread.pop((person, channel), None):
            self.touch()

    def _mark_unread(self, message: Message) -> None:
        self.unread.pop((message.user, message.channel), None)
        channel, said = self.channels[message.channel], json.dumps([message.text, message.blocks])
        in_thread: set[str] = set()
        if message.thread_ts:
            in_thread = {m.user for m in self.messages[channel.id] if message.thread_ts in (m.ts, m.thread_ts)}
        for id in channel.members:
            if id in (message.user, self.bot_id) or message.only_for not in (None, id):
                continue
            groups = [group.id for group in self.groups.values() if id in group.members]
            marks = [
                f"<@{id}",
                f'"user_id": "{id}"',
                "<!here",
                "<!channel",
                "<!everyone",
                *(f"<!subteam^{g}" for g in groups),
            ]
            named = channel.kind == "dm" or any(mark in said for mark in marks)
            if named or not message.thread_ts or id in in_thread:
                counts = self.unread.setdefault((id, channel.id), [0, 0])
                counts[0] += 1
                counts[1] += named

    def _stamp(self, at: datetime, *, after: str = "") -> str:
        micros = max(round(at.timestamp() * 1_000_000), int(after.replace(".", "") or 0) + 1)
        while (stamp := f"{micros // 1_000_000}.{micros % 1_000_000:06d}") in self._stamps:
            micros += 1
        self._stamps.add(stamp)
        return stamp

    def _short_id(self) -> str:
        return self.new_id("")[:5]

    # -- views -------------------------------------------------------------------------------------------------------

    def top_view(self, person: str) -> View | None:
        stack = self.stacks.get(person)
        return stack[-1] if stack else None

    def find_view(self, *, view_id: str | None = None, external_id: str | None = None) -> View:
        for view in [*(view for stack in self.stacks.values() for view in stack), *self.homes.values()]:
            if view.id == view_id or (external_id and view.definition.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def open_view(self, person: str, definition: Json, *, at: datetime) -> View:
        """Show a modal in place of what this person had open."""
        self._unique_external_id(definition)
        view = self._view(person, definition, at)
        self.stacks[person] = [view]
        self.touch()
        return view

    def push_view(self, person: str, definition: Json, *, at: datetime) -> View:
        """Put a modal upon the one that is open; Slack stops at three."""
        stack = self.stacks.setdefault(person, [])
        if len(stack) >= MOST_VIEWS:
            raise SlackError("push_limit_reached")
        self._unique_external_id(definition)
        view = self._view(person, definition, at)
        if stack:
            view.previous, view.root = stack[-1].id, stack[0].id
        stack.append(view)
        self.touch()
        return view

    def update_view(self, view: View, definition: Json, *, at: datetime, hash: str | None = None) -> View:
        if hash is not None and hash != view.hash:
            raise SlackError("hash_conflict")
        self._unique_external_id(definition, but=view)
        fresh = self._view(view.person, definition, at)
        view.definition, view.hash, view.errors = fresh.definition, fresh.hash, {}
        self.touch()
        return view

    def publish_home(self, person: str, definition: Json, *, at: datetime, hash: str | None = None) -> View:
        if view := self.homes.get(person):
            return self.update_view(view, definition, at=at, hash=hash)
        self.homes[person] = self._view(person, definition, at)
        self.touch()
        return self.homes[person]

    def close_view(self, view: View, *, all: bool = False) -> None:
        """Take one view away (what was under it shows again), or the whole stack."""
        stack = self.stacks.get(view.person, [])
        self.stacks[view.person] = [] if all else [one for one in stack if one is not view]
        self.touch()

    def show_errors(self, view: View, errors: dict[str, str]) -> None:
        view.errors = errors
        self.touch()

    def _view(self, person: str, definition: Json, at: datetime) -> View:
        ready = dict(definition, blocks=with_ids(definition["blocks"], new_id=self._short_id))
        self._show_files(ready["blocks"], person)
        id = self.new_id("V")
        return View(id, person, ready, hash=f"{int(at.timestamp())}.{self.new_id('')}", root=id)

    def _unique_external_id(self, definition: Json, but: View | None = None) -> None:
        wanted = definition.get("external_id")
        views = [view for stack in self.stacks.values() for view in stack if view is not but]
        if wanted and any(view.definition.get("external_id") == wanted for view in views):
            raise SlackError("duplicate_external_id")

    # -- triggers, response_urls, files, notices ---------------------------------------------------------------------

    def issue_trigger(self, person: str, *, at: datetime) -> str:
        id = f"{int(at.timestamp())}.{self.new_id('')}.{self.new_id('').lower()}"
        self._triggers[id] = Trigger(person, at)
        return id

    def use_trigger(self, id: str, *, at: datetime) -> str:
        """Whom this trigger belongs to; it opens one view, within three seconds."""
        trigger = self._triggers.get(id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if (at - trigger.issued_at).total_seconds() > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger.person

    def issue_hook(self, channel: str, person: str, *, at: datetime, message_ts: str | None = None) -> Hook:
        hook = Hook(self.new_id("") + self.new_id(""), channel, person, at, message_ts)
        self._hooks[hook.token] = hook
        return hook

    def use_hook(self, token: str, *, at: datetime) -> Hook:
        """Where this response_url answers to; it works five times within half an hour."""
        hook = self._hooks.get(token)
        if hook is None or (at - hook.issued_at).total_seconds() > HOOK_SECONDS:
            raise SlackError("expired_url")
        if hook.uses >= HOOK_USES:
            raise SlackError("used_url")
        hook.uses += 1
        return hook

    def add_file(
        self, name: str, user: str, content: bytes | None = None, *, at: datetime, length: int = 0, **more: Any
    ) -> File:
        """A file, or with no content yet the place for one that is about to be uploaded."""
        id = self.new_id("F")
        size = len(content) if content is not None else length
        more = {"title": name, "created": int(at.timestamp()), **more}
        self.files[id] = File(id, name, user, content=content, length=size, **more)
        return self.files[id]

    def may_see(self, person: str, file: File) -> bool:
        """Is this one's own file, or one shared or shown where this person is?"""
        rooms = {channel for channel, _ in file.shares} | file.shown_in
        return (
            file.user == person
            or person in rooms
            or any(person in self.channels[id].members for id in rooms if id in self.channels)
        )

    def _show_files(self, blocks: list[Json], where: str) -> None:
        for id in slack_files(blocks):
            if id in self.files:
                self.files[id].shown_in.add(where)

    def notify(self, person: str, code: str, text: str, *, channel: str | None = None) -> None:
        """Tell one person of trouble, once: the same words do not pile up."""
        self.notices = [one for one in self.notices if (one.person, one.text) != (person, text)]
        self.notices.append(Notice(self.new_id("N"), person, code, text, channel))
        self.touch()

    def dismiss(self, person: str, id: str) -> None:
        self.notices = [one for one in self.notices if (one.person, one.id) != (person, id)]
        self.touch()


def _known_zone(tz: str) -> None:
    try:
        ZoneInfo(tz)
    except (KeyError, ValueError, OSError) as unknown:  # not known, no name of a zone at all, a folder of zones
        raise ValueError(f"{tz!r} is no time zone; they are named like Europe/Lisbon") from unknown
