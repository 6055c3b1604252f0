"""Earlier answers that ruled a tool out and are gone from what the leads are asked to sign. Facts only: it judges none.

An answer that rules a tool out can't become "I don't know", but a team could withdraw its review and begin another.
So the leads are shown what was answered before, whoever asked then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain import review as reviews
from bot.domain.answers import Answer
from bot.domain.audit import Tag
from bot.domain.bank import Question, QuestionBank
from bot.domain.ids import UserId
from bot.domain.review import Review
from bot.domain.verdict import Case, Verdict
from bot.knowledge import Knowledge
from bot.store.work import Work

SHOWN_MOST: Final = 3
LOOKED_AT_MOST: Final = 50  # reviews that were withdrawn, and verdicts that were handed in


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A request that had answered something that rules the tool out: withdrawn then, or else taken back and changed."""

    withdrawn: bool
    at: datetime
    asked_by: UserId
    answers: tuple[tuple[Question, tuple[str, ...]], ...]


def ruled_out_before(work: Work, review: Review, verdict: Verdict, case: Case, k: Knowledge) -> tuple[RuledOut, ...]:
    """The newest of them, of the same tool; `verdict` and `case` are of the review as it stands."""
    found = [*_withdrawn(work, review, case, k), *_taken_back(work, review, verdict, k.bank)]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN_MOST])


def _withdrawn(work: Work, review: Review, case: Case, k: Knowledge) -> list[RuledOut]:
    if review.tool is None:
        return []
    may_rule_out = [question.id for question in k.bank.questions if any(option.blocks for option in question.options)]
    others = work.reviews.withdrawn(review.tool, having_answered=may_rule_out, limit=LOOKED_AT_MOST)
    ended = work.audit.latest(Tag.REVIEW_WITHDRAW, [each.id for each in others])
    touched = work.reviews.touched(*(each.id for each in others))
    found = []
    for other in others:
        # By the use described then, and by the one described now: what rules it out may depend on the use.
        then = [reviews.case_of(other, k.bank, k.policy)] if other.profile is not None else []
        given = reviews.ruled_out_by(work.reviews.history(other.id), case, *then)
        if other.id != review.id and given:
            at = ended.get(other.id, touched[other.id])
            found.append(RuledOut(True, at, other.requester, _worded(given, k.bank)))
    return found


def _taken_back(work: Work, review: Review, verdict: Verdict, bank: QuestionBank) -> list[RuledOut]:
    """What this very review had answered when it was handed in before, where that has changed since."""
    found = []
    history: list[Answer] | None = None
    for at, earlier in work.verdicts.of_review(review.id, limit=LOOKED_AT_MOST):
        gone = set(earlier.blockers) - set(verdict.blockers)
        if not gone:
            continue
        history = history if history is not None else work.reviews.history(review.id)
        last = {each.question: each for each in history if each.at <= at and each.question in gone}
        changed = [each for each in last.values() if _changed(review, each)]  # else only the rules, or the use, did
        if changed:
            found.append(RuledOut(False, at, review.requester, _worded(changed, bank)))
    return found


def _changed(review: Review, earlier: Answer) -> bool:
    now = review.answers.get(earlier.question)
    return now is None or now.codes != earlier.codes


def _worded(given: Iterable[Answer], bank: QuestionBank) -> tuple[tuple[Question, tuple[str, ...]], ...]:
    return tuple((bank.by_id[each.question], each.codes) for each in given if each.question in bank.by_id)
