"""The doors between the use cases and what has more than one plug: who people are, and how a notice reaches them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.domain.answers import Proposal
from bot.domain.bank import Question
from bot.domain.ids import ChannelId, PersonId, UserId
from bot.domain.model_use import Task, Wrote
from bot.domain.notice import Owed, Recipient
from bot.domain.passage import Cited, Passage
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.domain.utterance import Utterance


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


class Streams(Protocol):
    """Shows a direct message while it is written. It never raises: whatever fails, the card itself still comes."""

    async def start(self, channel: ChannelId, thread: str, passages: Sequence[Passage]) -> Sent | None:
        """Begin in answer to a message, with what was found; None where it cannot be shown in this way just now."""
        ...

    async def append(self, stands: Sent, sentence: Cited) -> bool:
        """Show one more sentence, which has been checked. False: it goes on no longer."""
        ...

    async def stop(self, stands: Sent) -> None:
        """End it, so that the message can be brought up to date like any other."""
        ...


A_PERSON_WAITS: Final = timedelta(seconds=8)
NOBODY_WAITS: Final = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Readable:
    """What may be read out of somebody's words: the codes of each fact with their labels, and questions with options.

    `free` are the facts whose value is words or a number rather than a code.
    """

    facts: Mapping[str, Mapping[str, str]]
    free: Sequence[str]
    questions: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a model wrote, unchecked: sentences, each with the passages it names (none in a draft), and who wrote it."""

    sentences: tuple[Cited, ...]
    by: Wrote


@dataclass(frozen=True, slots=True)
class ModelAbout:
    """Which model is set up, on which host, and how many tokens a day it may use up."""

    model: str
    host: str
    daily_tokens: int


Earlier = Callable[[], Awaitable[tuple[Utterance, ...]]]  # what was said in a thread before; it never raises
Telling = Callable[[Cited], Awaitable[None]]  # told each sentence as soon as it is whole


class Model(Protocol):
    """Reads and drafts. It never raises and never keeps anybody waiting longer than `within`.

    Whatever goes wrong is the empty answer that no model at all would give. What it returns is *unchecked*: whoever
    asks it holds quotes, citations, numbers and names against what they rest on (`domain/`), and drops the rest.
    """

    @property
    def set_up(self) -> bool:
        """Is there one at all? Whether it may be asked just now is `use_cases/model_use.py`."""
        ...

    @property
    def about(self) -> ModelAbout | None:
        """Which one it is; None where there is none."""
        ...

    async def extract(
        self, said: Sequence[Utterance], readable: Readable, *, within: timedelta
    ) -> tuple[Proposal, ...]:
        """What these words say about a tool and its use, each with the words it rests on."""
        ...

    async def choose(self, question: Question, said: Utterance, *, within: timedelta) -> Proposal | None:
        """The option that a typed reply names."""
        ...

    async def answer(
        self, asked: str, passages: Sequence[Passage], *, within: timedelta, told: Telling | None = None
    ) -> Drafted | None:
        """An answer out of these passages; `told` hears each sentence while the rest is still being written."""
        ...

    async def draft(self, task: Task, facts: Sequence[str], *, within: timedelta) -> Drafted | None:
        """Lines about these facts, and about nothing else."""
        ...
