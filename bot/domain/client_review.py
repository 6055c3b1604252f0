"""One occurrence of a client's security review: planned → open → held; or skipped, or missed. Steps make new values.

Here are the facts of a meeting and its agenda's items. When it takes place is worked out in `calendar`, what its pack
says in `pack`, whom to remind in `occurrence_clock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.domain.client import SideOf
from bot.domain.ids import (
    ActionItemId,
    ClientId,
    DecisionId,
    FindingId,
    OccurrenceId,
    SeriesId,
    UserId,
)


class State(StrEnum):
    PLANNED = "planned"
    OPEN = "open"  # the meeting runs, or ran and was not closed
    HELD = "held"
    SKIPPED = "skipped"
    MISSED = "missed"  # no outcome a day after its start; it can still be started late, and then held


class Presence(StrEnum):
    PRESENT = "present"
    EXCUSED = "excused"
    ABSENT = "absent"


class Light(StrEnum):
    """How a pack stands: nothing to worry about; something due; something red."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Outcome(StrEnum):
    """What a held review came to."""

    CALM = "calm"  # nothing open that worries either side
    ACTIONS = "actions"  # actions were agreed
    ESCALATED = "escalated"  # something goes to the security leads


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down in a meeting."""

    text: str
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One agenda item as it was dealt with: `code` is an item of knowledge/client_review/agenda.toml, or own:<n>."""

    code: str
    discussed_at: datetime | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """A review that was called off: why, by whom, and who agreed to that."""

    because: str
    by: UserId
    at: datetime
    approved_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """Whether the client accepts a decision it was told of, or objects to it."""

    decision: DecisionId
    objects: bool
    because: str
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One review of one client. `on` is the local date it belongs to, unique in its series, wherever it is moved."""

    id: OccurrenceId
    series: SeriesId
    client: ClientId
    on: date
    start_at: datetime
    zone: str
    minutes: int
    host: UserId
    stand_in: UserId
    state: State = State.PLANNED
    version: int = 0
    moved_because: str = ""  # a holiday, or the words of whoever moved it
    asked_for: tuple[Note, ...] = ()  # what people put on the agenda before the meeting
    packed_at: datetime | None = None
    started_at: datetime | None = None
    as_of: datetime | None = None  # the pack is frozen as of then
    light: Light | None = None  # of the frozen pack
    items: tuple[Item, ...] = ()
    attendance: Mapping[str, Presence] = field(default_factory=dict)  # by user id of ours, by name of the client's
    noted: tuple[Noted, ...] = ()
    outcome: Outcome | None = None
    summary: str = ""
    next_on: date | None = None
    closed_at: datetime | None = None
    closed_by: UserId | None = None
    client_contact: str = ""  # who signed for the client
    skip: Skip | None = None
    missed_row: int = 0  # how many in a row were missed, this one included

    @property
    def settled(self) -> bool:
        """Nothing more is expected of it."""
        return self.state in (State.HELD, State.SKIPPED)


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class FoundBy(StrEnum):
    CLIENT = "client"
    US = "us"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Finding:
    """A stated gap, with source and severity."""

    id: FindingId
    client: ClientId
    occurrence: OccurrenceId
    text: str
    guideline: str  # G1 … G7
    severity: Severity
    source: FoundBy
    by: UserId
    at: datetime
    tool_name: str = ""


class ActionState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class DateMoved:
    """A new date for an action, and why: nothing is put off without a reason."""

    old: date
    new: date
    because: str
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionItem:
    """A task with an owner and a day. It is carried over from meeting to meeting until it is done."""

    id: ActionItemId
    client: ClientId
    text: str
    side: SideOf
    owner: str  # a user id on our side, a name on the client's
    due_on: date
    opened_in: OccurrenceId
    opened_at: datetime
    by: UserId
    meetings: int = 0  # how many held reviews it was carried over
    finding: FindingId | None = None
    moved: tuple[DateMoved, ...] = ()
    state: ActionState = ActionState.OPEN
    closed_at: datetime | None = None
    closed_by: UserId | None = None
    closed_because: str = ""  # the evidence that it is done, or why it was dropped
    version: int = 0
