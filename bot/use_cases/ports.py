"""The doors between the use cases and what has more than one plug: who people are, and how a notice reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.ids import ChannelId, PersonId, UserId
from bot.domain.notice import Owed, Recipient
from bot.domain.refused import Refused
from bot.domain.roster import Roster


class DirectoryUnavailable(Refused):
    """Nobody could be looked up; not knowing who somebody is never counts as a yes."""

    reason = "I can't check who you are right now, so nothing was recorded. Please try again in a minute."


class PersonUnknown(DirectoryUnavailable):
    """The directory was asked and knows nobody by that id."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account as the directory knows it: which human stands behind it, and whether they belong to this company."""

    user: UserId
    person: PersonId
    full_member: bool  # a person, active, of this company, and no guest
    tz: str = "UTC"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A channel as the directory knows it: can I read and write there, and is nobody from outside in it?"""

    member: bool  # I am in it, and it is not archived
    internal: bool
    name: str = ""


class Directory(Protocol):
    """Who people are. Every method raises DirectoryUnavailable rather than guess."""

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        """Look somebody up; `now` asks again instead of trusting what was known a moment ago."""
        ...

    async def persons(self, users: Iterable[UserId]) -> Mapping[UserId, PersonId]:
        """The people behind several accounts."""
        ...

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        """The accounts that may sign off; `now` asks again, as for a person."""
        ...

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        """The accounts that may sign as the CISO; `now` asks again."""
        ...

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        """The leads and those who sign as the CISO, by how they came on their list."""
        ...

    async def is_internal(self, channel: ChannelId) -> bool:
        """Is nobody from outside in this channel? False when that is not known."""
        ...

    async def room(self, channel: ChannelId) -> Room:
        """A channel as it is now. One that I can't see counts as one I am not in."""
        ...


@dataclass(frozen=True, slots=True)
class Via:
    """The fresh response address of a click, and which message was clicked."""

    url: str
    ts: str


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands there now."""

    channel: ChannelId
    ts: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not sent; `doubtful` when it may have arrived all the same."""

    at: datetime
    why: str
    doubtful: bool = False
    blame: bool = True  # False: it was only not its turn yet, which is no failed try


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It must not, or cannot, be said there; say it here instead."""

    to: Recipient
    why: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """It can never be sent."""

    why: str


Delivered = Sent | TryAgain | Elsewhere | GaveUp


class Messenger(Protocol):
    """Sends what is owed. It never raises: each way of failing is one of the cases."""

    async def send(self, owed: Owed, telling: object, *, via: Via | None = None) -> Delivered:
        """Post or update one message; `via` leads to the message whose click asked for it."""
        ...
