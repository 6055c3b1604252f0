"""Closing a condition with evidence, a lead's yes or no to it, and a lead's word that a decision counts again.

Whoever asked for the review, or gave the evidence, never confirms it. Nothing here looks at a clock by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from bot.domain.answers import Answer
from bot.domain.approval import Signer, may_sign
from bot.domain.bank import QuestionBank
from bot.domain.decision import Closing, Decision, OwedCondition, Restored, is_met
from bot.domain.ids import PersonId, UserId
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.review import Review
from bot.domain.upkeep import late, suspended_by_clock


class NotYourCondition(Refused):
    reason = "Only the owner of this condition, the team that asked for the tool or a security lead can close it."


class ClosedAlready(Refused):
    reason = "This condition is closed already, so nothing was changed."


class WaitsForLead(Refused):
    reason = "This condition has its evidence already. A security lead looks at it next."


class NoSuchCondition(Refused):
    reason = "I can't find that condition any more. Look the decision up with /preflight find and the tool's name."


class NoEvidence(Refused):
    reason = "Say in a sentence, or with a link, how somebody can see that it is done."


class NoReason(Refused):
    reason = "Write one or two sentences why: an auditor will read them years from now."


class OwnEvidence(Refused):
    reason = "You gave this evidence, so another security lead has to look at it."


class OwnCondition(Refused):
    reason = "You are the owner of this condition, so another security lead has to look at it."


class NotSuspended(Refused):
    reason = "This decision is not suspended for a late condition, so there is nothing to restore."


class Replaced(Refused):
    reason = "A newer decision stands in its place, so nothing was changed."


def close(
    duty: OwedCondition,
    decision: Decision,
    *,
    by: UserId,
    team: Collection[UserId],
    is_lead: bool,
    evidence: str,
    at: datetime,
) -> Closing:
    """Say that a condition is met, and how one can see it."""
    may_close(duty, decision, by=by, team=team, is_lead=is_lead)
    if not evidence.strip():
        raise NoEvidence
    return Closing(evidence.strip(), by, at)


def may_close(duty: OwedCondition, decision: Decision, *, by: UserId, team: Collection[UserId], is_lead: bool) -> None:
    """Refuse whoever has no part in it, and what is closed or replaced already."""
    if decision.superseded_by is not None:
        raise Replaced
    if by != duty.condition.owner and by not in team and not is_lead:
        raise NotYourCondition
    if is_met(duty.condition, duty.closing):
        raise ClosedAlready
    if duty.closing is not None:
        raise WaitsForLead


def may_confirm(
    duty: OwedCondition,
    review: Review,
    signer: Signer,
    *,
    saw: datetime,
    bank: QuestionBank,
    persons: Mapping[UserId, PersonId],
    answered: Iterable[Answer] = (),
) -> Closing:
    """The evidence as the lead saw it; refuses everybody who must not judge it, and evidence that has changed since."""
    may_sign(review, signer, bank=bank, persons=persons, answered=answered)
    closing = duty.closing
    if closing is None or closing.at != saw:
        raise OutdatedCard
    for user, refusal in ((closing.by, OwnEvidence), (duty.condition.owner, OwnCondition)):
        if user == signer.user or persons.get(user, PersonId(user)) == signer.person:
            raise refusal
    if closing.confirmed_at is not None:
        raise ClosedAlready
    return closing


def restore(
    decision: Decision,
    review: Review,
    signer: Signer,
    *,
    bank: QuestionBank,
    persons: Mapping[UserId, PersonId],
    answered: Iterable[Answer] = (),
    because: str,
    at: datetime,
) -> Restored:
    """Let a decision count again that was suspended for a late condition. What a lead pulled back stays pulled back."""
    may_restore(decision, review, signer, bank=bank, persons=persons, answered=answered)
    if not because.strip():
        raise NoReason
    if decision.suspended_at is None:
        raise NotSuspended
    return Restored(signer.user, at, because.strip(), decision.suspended_at, decision.suspended_because)


def may_restore(
    decision: Decision,
    review: Review,
    signer: Signer,
    *,
    bank: QuestionBank,
    persons: Mapping[UserId, PersonId],
    answered: Iterable[Answer] = (),
) -> None:
    """Refuse whoever may not sign for this review, and what is not suspended by the clock."""
    may_sign(review, signer, bank=bank, persons=persons, answered=answered)
    if decision.superseded_by is not None:
        raise Replaced
    if not suspended_by_clock(decision):
        raise NotSuspended


def nothing_late(duties: Iterable[OwedCondition], today: date) -> bool:
    """Is no condition late any more, so that a suspended decision could count again?"""
    return not late(duties, today)
