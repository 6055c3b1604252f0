"""The weekly digest: when it is due, which numbers it holds, and the one that matters most. It looks nothing up.

A number that is not known is not zero: whoever gathers the facts hands in all of them or none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.client_review import Occurrence
from bot.domain.decision import Condition, Decision
from bot.domain.policy import Approver
from bot.domain.times import local_date, local_moment, zone_of
from bot.domain.verdict import Verdict

ENDING_WITHIN: Final = timedelta(days=30)
SAMPLED_ONE_IN: Final = 10  # self-serve decisions that a lead should look at
AGES: Final = (("today", 1), ("1 day", 2), ("2 to 4 days", 5), ("5 to 9 days", 10))  # up to so many working days
OLDEST: Final = "10 days or more"


@dataclass(frozen=True, slots=True)
class DigestPlan:
    """When the digest comes: a weekday (Monday is 0) and an hour of the company's clock."""

    weekday: int = 0
    hour: int = 9
    zone: str = "UTC"


def next_digest(after: datetime, plan: DigestPlan) -> datetime:
    """The first time after a moment at which the digest is due."""
    zone = zone_of(plan.zone)
    on = local_date(after, zone)
    on += timedelta(days=(plan.weekday - on.weekday()) % 7)
    due = local_moment(on, time(plan.hour), zone)
    return due if due > after else local_moment(on + timedelta(days=7), time(plan.hour), zone)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for the leads, and for how many working days."""

    tool: str
    days: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """A condition whose day has passed, and by how many days."""

    decision: Decision
    condition: Condition
    days: int
    to_confirm: bool = False  # there is evidence, and a lead has to look at it


@dataclass(frozen=True, slots=True)
class MissedReview:
    """A client's review that was not held."""

    client_name: str
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in numbers, each with the things it counts."""

    since: datetime
    until: datetime
    decided: tuple[Decision, ...] = ()
    waiting: tuple[Waiting, ...] = ()  # the oldest first
    overdue: tuple[Overdue, ...] = ()  # the latest first
    ending: tuple[Decision, ...] = ()  # the soonest first
    suspended: tuple[Decision, ...] = ()
    unapproved: tuple[Decision, ...] = ()
    missed: tuple[MissedReview, ...] = ()
    to_sample: tuple[Decision, ...] = ()
    strengths: tuple[tuple[str, int | None], ...] = ()  # by guideline, 0 to 100; None where nothing is in use

    @property
    def calm(self) -> bool:
        """Nothing happened and nothing is open."""
        return not any(
            (
                self.decided,
                self.waiting,
                self.overdue,
                self.ending,
                self.suspended,
                self.unapproved,
                self.missed,
                self.to_sample,
            )
        )


class Matter(StrEnum):
    """What the first line is about, from the most to the least pressing."""

    OVERDUE = "overdue"
    MISSED = "missed"
    UNAPPROVED = "unapproved"
    WAITING_LONG = "waiting_long"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    ENDING = "ending"
    DECIDED = "decided"
    TO_SAMPLE = "to_sample"
    CALM = "calm"


LONG_WAIT: Final = 3  # working days


def what_matters(digest: Digest) -> Matter:
    """The number that the first line has to say."""
    pressing = {
        Matter.OVERDUE: digest.overdue,
        Matter.MISSED: digest.missed,
        Matter.UNAPPROVED: digest.unapproved,
        Matter.WAITING_LONG: [each for each in digest.waiting if each.days >= LONG_WAIT],
        Matter.SUSPENDED: digest.suspended,
        Matter.WAITING: digest.waiting,
        Matter.ENDING: digest.ending,
        Matter.DECIDED: digest.decided,
        Matter.TO_SAMPLE: digest.to_sample,
    }
    return next((matter for matter, found in pressing.items() if found), Matter.CALM)


def waited(tool: str, since: datetime, *, today: date) -> Waiting:
    """How long a request that was handed in then has waited, in days from Monday to Friday."""
    return Waiting(tool, working_days_between(since.date(), today))


def working_days_between(start: date, end: date) -> int:
    """How many days from Monday to Friday lie after `start`, up to and including `end`."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    return weeks * 5 + sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))


def ages(waiting: Iterable[Waiting]) -> tuple[tuple[str, int], ...]:
    """How many requests are how old; the last group is the one that waits too long."""
    counts = {label: 0 for label, _ in AGES} | {OLDEST: 0}
    for each in waiting:
        counts[next((label for label, below in AGES if each.days < below), OLDEST)] += 1
    return tuple(counts.items())


def to_sample(decided: Sequence[Decision]) -> tuple[Decision, ...]:
    """One in ten of the decisions nobody signed, at least one where there are any, and always the same ones.

    By the digest of their ids: nobody can choose an id that is never looked at, and a second look finds the same.
    """
    unsigned = [each for each in decided if each.approver is Approver.SELF_SERVE and each.allows]
    unsigned.sort(key=lambda each: hashlib.sha256(each.id.encode()).digest())
    return tuple(unsigned[: -(-len(unsigned) // SAMPLED_ONE_IN)])


def strengths(verdicts: Iterable[Verdict], guidelines: Iterable[str]) -> tuple[tuple[str, int | None], ...]:
    """How strong each guideline is over all tools in use: the mean of what the verdicts left open, from 100 down."""
    found: dict[str, list[int]] = {code: [] for code in guidelines}
    for verdict in verdicts:
        asked = {question.partition("-")[0] for question in verdict.asked}  # what nothing was asked of says nothing
        for code in asked & found.keys():
            found[code].append(max(0, 100 - verdict.sub_scores[code]))
    return tuple((code, round(sum(values) / len(values)) if values else None) for code, values in found.items())
