"""Who people are, as Slack says: which human, a full member or not, a security lead or not; and who can read a channel.

What cannot be looked up is refused, never guessed. Answers are kept for minutes at most.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import ChannelId, PersonId, UserId
from bot.domain.roster import Roster
from bot.slack.troubles import BROKEN, code_of
from bot.use_cases.ports import DirectoryUnavailable, Person, PersonUnknown, Room

PERSON_FOR: Final = 300.0  # seconds for which what Slack said of a person is believed, except at a signature
CHANNEL_FOR: Final = 30.0  # conversations.info allows about 50 a minute; news of a channel is heeded at once
LEADS_FOR: Final = 5.0  # the group's method allows about 20 calls a minute; a signature still sees the group as it is
MOST_KEPT: Final = 20_000

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class SlackDirectory:
    """The directory of one workspace. `seconds` is a clock that only ever rises."""

    client: AsyncWebClient
    leads: tuple[str, ...]  # user ids and user group ids
    ciso: tuple[str, ...]
    team: Callable[[], str]
    seconds: Callable[[], float]
    _people: dict[UserId, tuple[float, Person]] = field(default_factory=dict)
    _channels: dict[ChannelId, tuple[float, bool]] = field(default_factory=dict)
    _groups: dict[str, tuple[float, frozenset[UserId]]] = field(default_factory=dict)

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        """Look somebody up. Raises DirectoryUnavailable when Slack does not say."""
        known = self._people.get(user)
        if known is not None and not now and self.seconds() - known[0] < PERSON_FOR:
            return known[1]
        found = self._read(user, (await self._ask(self.client.users_info, user=user)).get("user") or {})
        _keep(self._people, user, (self.seconds(), found))
        return found

    async def persons(self, users: Iterable[UserId]) -> Mapping[UserId, PersonId]:
        """The people behind several accounts; one that Slack does not know any more stands for itself."""
        wanted = list(dict.fromkeys(users))
        found = await asyncio.gather(*(self._person_or_self(user) for user in wanted))
        return dict(zip(wanted, found, strict=True))

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        """The accounts that may sign off; `now` asks Slack again, as a signature does."""
        return _everyone(await self._roster(self.leads, now))

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        """The accounts that may sign as the CISO; `now` asks Slack again."""
        return _everyone(await self._roster(self.ciso, now))

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        """The leads and those who sign as the CISO, by how they came on their list."""
        return await self._roster(self.leads, now), await self._roster(self.ciso, now)

    async def is_internal(self, channel: ChannelId) -> bool:
        """Is nobody from outside in this channel? Direct messages are as internal as the person is."""
        if channel[:1] not in ("C", "G"):
            return True
        known = self._channels.get(channel)
        if known is not None and self.seconds() - known[0] < CHANNEL_FOR:
            return known[1]
        said = (await self._ask(self.client.conversations_info, channel=channel)).get("channel")
        internal = isinstance(said, Mapping) and not any(said.get(mark) for mark in _SHARED_MARKS)
        _keep(self._channels, channel, (self.seconds(), internal))
        return internal

    async def room(self, channel: ChannelId) -> Room:
        """A channel as it is now, asked anew: it is written into the register for months."""
        try:
            said = (await self._ask(self.client.conversations_info, channel=channel)).get("channel")
        except DirectoryUnavailable as error:
            if isinstance(error.__cause__, SlackApiError) and code_of(error.__cause__) in _NOT_SEEN:
                return Room(member=False, internal=False)
            raise
        if not isinstance(said, Mapping):
            return Room(member=False, internal=False)
        member = bool(said.get("is_member")) and not said.get("is_archived")
        internal = not any(said.get(mark) for mark in _SHARED_MARKS)
        return Room(member, internal, str(said.get("name") or ""))

    def forget(self) -> None:
        """Forget channels and groups, because Slack said that one of them changed."""
        self._channels.clear()
        self._groups.clear()

    async def _person_or_self(self, user: UserId) -> PersonId:
        try:
            return (await self.person(user)).person
        except PersonUnknown:
            return PersonId(user)

    async def _roster(self, ids: tuple[str, ...], now: bool) -> Roster:
        named = frozenset(UserId(each) for each in ids if not each.startswith("S"))
        return Roster(named, {each: await self._group(each, now) for each in ids if each.startswith("S")})

    async def _group(self, group: str, now: bool) -> frozenset[UserId]:
        known = self._groups.get(group)
        if known is not None and not now and self.seconds() - known[0] < LEADS_FOR:
            return known[1]
        said = await self._ask(self.client.usergroups_users_list, usergroup=group)
        if not isinstance(said.get("users"), list):
            raise DirectoryUnavailable  # read as an empty group, everyone in it would have to wait anew
        members = frozenset(UserId(str(user)) for user in said["users"])
        self._groups[group] = (self.seconds(), members)
        return members

    def _read(self, user: UserId, said: Mapping[str, Any]) -> Person:
        profile = said.get("profile") or {}
        enterprise = said.get("enterprise_user") or {}
        email = str(profile.get("email") or "")
        person = fold_email(email) if email else str(enterprise.get("id") or said.get("id") or user)
        ours = not said.get("team_id") or not self.team() or said["team_id"] == self.team()
        full = bool(said.get("id")) and ours and not any(said.get(mark) for mark in _NO_FULL_MEMBER)
        return Person(user, PersonId(person), full, str(said.get("tz") or "UTC"), str(said.get("real_name") or ""))

    async def _ask(self, method: Callable[..., Awaitable[Any]], **what: str) -> Mapping[str, Any]:
        try:
            answer = await method(**what)
        except SlackApiError as error:
            if code_of(error) in ("user_not_found", "users_not_found"):
                raise PersonUnknown from error
            raise DirectoryUnavailable from error
        except BROKEN as error:
            raise DirectoryUnavailable from error
        return answer.data if isinstance(answer.data, Mapping) else {}


def _everyone(roster: Roster) -> frozenset[UserId]:
    return roster.named.union(*roster.groups.values())


def fold_email(email: str) -> str:
    """The one spelling of an address: without case, and without what stands behind a plus."""
    name, _, domain = email.strip().casefold().rpartition("@")
    return f"{re.sub(r'[+].*$', '', name)}@{domain}"


_SHARED_MARKS: Final = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared", "pending_shared")
_NOT_SEEN: Final = frozenset({"channel_not_found"})  # a private one without us looks like none at all
_NO_FULL_MEMBER: Final = (
    "deleted",
    "is_bot",
    "is_app_user",
    "is_workflow_bot",
    "is_restricted",
    "is_ultra_restricted",
    "is_stranger",
)


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
