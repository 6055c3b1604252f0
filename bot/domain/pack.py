"""What the pack of a client's review consists of, and what of it the client may see. How it is made is in `packing`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.client import SideOf
from bot.domain.client_review import ActionState, Light
from bot.domain.decision import Standing
from bot.domain.ids import ActionItemId, ClientId, DecisionId, OccurrenceId, QuestionId, ReviewId
from bot.domain.policy import Outcome
from bot.domain.review import Stage


@dataclass(frozen=True, slots=True)
class MissedLine:
    """The review before this one did not take place."""

    light: Light


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An open action, with its age in meetings."""

    light: Light
    action: ActionItemId
    text: str
    side: SideOf
    owner: str
    due_on: date
    overdue: bool
    meetings: int
    put_off: str = ""  # why it got another day, the last time it did


@dataclass(frozen=True, slots=True)
class SettledLine:
    """An action that was done or given up since the last review, and how one can see it or why."""

    light: Light
    action: ActionItemId
    text: str
    side: SideOf
    owner: str
    state: ActionState
    because: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision since last time."""

    light: Light
    decision: DecisionId
    tool: str
    outcome: Outcome
    decided_on: date
    valid_until: date
    conditions: int
    risk_acceptance: bool


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request that is not decided yet."""

    light: Light
    review: ReviewId
    tool: str
    stage: Stage
    tier: int
    open: int  # questions without an answer
    unknown_blockers: tuple[QuestionId, ...]  # not known, and one of the answers would rule the tool out
    go_live: date | None


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition that is overdue or due soon."""

    light: Light
    decision: DecisionId
    place: int
    tool: str
    text: str
    owner: str
    due_on: date
    overdue: bool
    gap: int
    added: bool  # a lead asked for it, in their own words


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A decision that ends soon, has ended, or was suspended."""

    light: Light
    decision: DecisionId
    tool: str
    valid_until: date
    standing: Standing


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What is on record for one of the client's tools."""

    light: Light
    tool: str
    question: QuestionId
    codes: tuple[str, ...]
    gap: int
    rules_out: bool  # the answer rules the tool out, and the tool is in use


@dataclass(frozen=True, slots=True)
class GuidelineLine:
    """The guideline of the week: how much is missing across the client's tools, and where most."""

    light: Light
    guideline: str
    story: str
    ask: str
    tools: int
    points: int  # missing, 0 to 100, on average
    weakest: str
    weakest_points: int


@dataclass(frozen=True, slots=True)
class AskedLine:
    """What somebody of ours put on the agenda."""

    light: Light
    text: str
    by: str


Line = (
    MissedLine
    | ActionLine
    | SettledLine
    | DecisionLine
    | RequestLine
    | ConditionLine
    | EndingLine
    | AnswerLine
    | GuidelineLine
    | AskedLine
)


@dataclass(frozen=True, slots=True)
class PackItem:
    """One item of the agenda with its facts, in the length that the light of the whole allows."""

    code: str
    title: str
    minutes: int
    ask: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """What was known of one client at one moment."""

    client: ClientId
    name: str
    occurrence: OccurrenceId
    as_of: datetime
    since: date | None  # the day of the review before, if one was held
    light: Light
    items: tuple[PackItem, ...]
    for_client: bool = False  # made for the client's own eyes

    @property
    def minutes(self) -> int:
        return sum(item.minutes for item in self.items)

    def item(self, code: str) -> PackItem:
        return next(item for item in self.items if item.code == code)


def safe_for_client(pack: Pack) -> Pack:
    """The same for the client's own eyes: no names of our people, no words that were only meant for us."""
    items = tuple(replace(item, lines=tuple(_shown(item.lines))) for item in pack.items)
    return replace(pack, items=items, for_client=True)


def _shown(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        match line:
            case AskedLine():
                continue  # our own preparation
            case ActionLine(side=SideOf.OURS):
                yield replace(line, owner="", put_off="")
            case SettledLine(side=SideOf.OURS):
                yield replace(line, owner="", because="")
            case ConditionLine():
                yield replace(line, owner="", text="" if line.added else line.text)
            case DecisionLine():
                yield replace(line, risk_acceptance=False)
            case _:
                yield line
