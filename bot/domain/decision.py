"""Decisions on record: what they cover, on which conditions, until when. They are superseded, never edited."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.ids import DecisionId, QuestionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.policy import Approver, Deadline, Outcome
from bot.domain.profile import ALL_CLIENTS, UNKNOWN, Profile, infer
from bot.domain.verdict import Duty


@dataclass(frozen=True, slots=True)
class Condition:
    """A dated duty attached to a decision."""

    text: str
    question: QuestionId | None
    gap: int
    owner: UserId
    due_on: date | None  # None for standing duties
    before_go_live: bool = False
    added_by: UserId | None = None  # a lead who asked for it beyond the rules


@dataclass(frozen=True, slots=True)
class Signature:
    """One of those a decision stands on: who, and the reason they gave, if they gave one."""

    by: UserId
    rationale: str = ""
    as_ciso: bool = False


NEEDS_CONFIRMING: Final = 4  # the gap from which a lead has to see the evidence too


@dataclass(frozen=True, slots=True)
class Closing:
    """That a condition was met: by whose word, with which evidence, and which lead saw it."""

    evidence: str
    by: UserId
    at: datetime
    confirmed_by: UserId | None = None
    confirmed_at: datetime | None = None


def is_met(condition: Condition, closing: Closing | None) -> bool:
    """Is nothing more owed? A gap of 4 stays open until a lead confirms the evidence."""
    if closing is None:
        return False
    return condition.gap < NEEDS_CONFIRMING or closing.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class OwedCondition:
    """A condition that is still open: of which decision, in which place of its list, and what was said of it so far."""

    decision: DecisionId
    place: int
    condition: Condition
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """That a lead let a suspended decision count again: who, when, why, and what had suspended it."""

    by: UserId
    at: datetime
    because: str
    suspended_at: datetime
    suspended_because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What people with authority recorded about one tool in one use."""

    id: DecisionId
    review: ReviewId
    tool: ToolId
    tool_name: str
    profile: Profile
    verdict: VerdictId
    computed: Outcome
    outcome: Outcome  # approve, approve_with_conditions or reject
    approver: Approver
    signatures: tuple[Signature, ...]  # in the order they were given; none where the rules alone decided
    conditions: tuple[Condition, ...]
    decided_at: datetime
    valid_until: date
    tier: int
    risk_acceptance: bool = False  # milder than the rules said, by someone one level up
    superseded_by: DecisionId | None = None
    suspended_at: datetime | None = None
    suspended_because: str = ""
    suspended_by: str = ""  # a user id; "preflight" where a condition was late

    @property
    def signed_by(self) -> tuple[UserId, ...]:
        return tuple(each.by for each in self.signatures)

    @property
    def rationale(self) -> str:
        """The reason of whoever signed last; each signer's own stands with the signature."""
        return self.signatures[-1].rationale if self.signatures else ""

    @property
    def allows(self) -> bool:
        return self.outcome is not Outcome.REJECT


class Standing(StrEnum):
    """Whether a decision still counts."""

    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"


def standing(decision: Decision, *, today: date) -> Standing:
    """The state of a decision on a day. It counts through its last day."""
    if decision.superseded_by is not None:
        return Standing.SUPERSEDED
    if decision.suspended_at is not None:
        return Standing.SUSPENDED
    return Standing.EXPIRED if decision.valid_until < today else Standing.VALID


@dataclass(frozen=True, slots=True)
class Beyond:
    """A fact of the new use that the decision was not made for."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a decision covers a use; if not, why and exactly what is new."""

    covered: bool
    standing: Standing
    beyond: tuple[Beyond, ...] = ()


def covers(decision: Decision, profile: Profile, *, today: date) -> Coverage:
    """Does this decision cover that use? It covers exactly what it was made for; what nobody knows is never covered."""
    state = standing(decision, today=today)
    beyond = _beyond(decision.profile, profile)
    return Coverage(state is Standing.VALID and not beyond, state, beyond)


def _beyond(decided: Profile, now: Profile) -> tuple[Beyond, ...]:
    (decided, _), (now, _) = infer(decided), infer(now)
    found: list[Beyond] = []
    for fact in ("kinds", "data", "users", "layers"):
        known: frozenset[str] = getattr(decided, fact) - {UNKNOWN}
        wanted: frozenset[str] = getattr(now, fact)
        if fact != "layers" and not wanted:
            wanted = frozenset({UNKNOWN})
        if extra := wanted - known:
            found.append(Beyond(fact, tuple(sorted(extra))))
    if now.seats is None:
        found.append(Beyond("seats", (UNKNOWN,)))
    elif decided.seats is None or now.seats > decided.seats:
        found.append(Beyond("seats", (str(now.seats),)))
    if not now.clients.within(decided.clients):
        codes = now.clients.codes()
        known = decided.clients.names | ({ALL_CLIENTS} if decided.clients.everyone else set())
        new = [str(codes)] if isinstance(codes, int) else [code for code in codes if code not in known]
        found.append(Beyond("clients", tuple(new) or (str(now.clients.number),)))
    return tuple(found)


def conditions_from(
    duties: Sequence[Duty], *, owner: UserId, decided_on: date, live: bool = False
) -> tuple[Condition, ...]:
    """Turn the duties of a verdict into dated conditions; what is due before go-live also gets a day."""
    return tuple(
        Condition(
            duty.text,
            duty.question,
            duty.gap,
            owner,
            due_on(duty.deadline, decided_on) if duty.deadline else None,
            before_go_live=bool(duty.deadline and duty.deadline.before_go_live and not live),
        )
        for duty in duties
    )


def due_on(deadline: Deadline, start: date) -> date:
    """The day a deadline that starts now falls on; working days are Monday to Friday."""
    if not deadline.working:
        return start + timedelta(days=deadline.days)
    day, left = start, deadline.days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def months_later(start: date, months: int) -> date:
    """The same day so many months on, or the month's last day where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
