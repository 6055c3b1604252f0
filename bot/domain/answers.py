"""What people answered: who, when, and how we came by it. Only a person's answer counts; a proposal is not one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.bank import ExtraKind, QuestionBank, Source
from bot.domain.ids import QuestionId, UserId
from bot.domain.policy import Lifetimes
from bot.domain.profile import UNKNOWN


class Came(StrEnum):
    """By which way an answer came in."""

    BUTTON = "button"
    FORM = "form"
    REPLY = "reply"


class Origin(StrEnum):
    """Who read a proposal out of somebody's words."""

    RULES = "rules"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Answer:
    """One dated answer. `extras` holds the owner, date or link that was given with it, by kind.

    `proposed` tells that it was read out of somebody's words, and by what, before `by` confirmed it.
    """

    question: QuestionId
    codes: tuple[str, ...]
    by: UserId
    at: datetime
    came: Came = Came.BUTTON
    extras: Mapping[ExtraKind, str] | None = None
    proposed: Origin | None = None

    @property
    def is_unknown(self) -> bool:
        return UNKNOWN in self.codes


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value read from somebody's words, with the words it rests on; it becomes a fact only when a person confirms.

    `fact` is a fact of the profile or the id of a question, `value` then an option's code. `said_by` is whose words
    they are where those are not the requester's own. `confirmed_by` is who said yes to it.
    """

    fact: str
    value: str
    quote: str
    origin: Origin = Origin.RULES
    said_by: UserId | None = None
    confirmed_by: UserId | None = None


def stale(
    answers: Iterable[Answer], bank: QuestionBank, lifetimes: Lifetimes, *, tier: int, as_of: date
) -> frozenset[QuestionId]:
    """The questions whose answers are too old to be believed; tier 4 believes half as long."""
    old: set[QuestionId] = set()
    for answer in answers:
        question = bank.by_id.get(answer.question)
        if question is not None and answer.at.date() + _fresh_for(question.source, lifetimes, tier) < as_of:
            old.add(answer.question)
    return frozenset(old)


def _fresh_for(source: Source, lifetimes: Lifetimes, tier: int) -> timedelta:
    days = lifetimes.fresh_days[source.value]
    return timedelta(days=days // 2 if tier == 4 else days)


def missing_extras(answers: Mapping[QuestionId, Answer], bank: QuestionBank) -> tuple[tuple[QuestionId, str], ...]:
    """The owners, dates and links that belong to an answer and were left out, as (question, what to give)."""
    gone: list[tuple[QuestionId, str]] = []
    for answer in answers.values():
        question = bank.by_id.get(answer.question)
        for extra in question.extras if question else ():
            if not extra.wanted_for.isdisjoint(answer.codes) and not (answer.extras or {}).get(extra.kind):
                gone.append((answer.question, extra.ask))
    return tuple(gone)
