"""What the reminders have to tell, gathered from what is true when they are sent. No wording here; nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.domain.client_review import ActionItem, ActionState
from bot.domain.decision import Decision, OwedCondition, Restored, Standing, is_met, standing
from bot.domain.ids import ActionItemId, DecisionId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind
from bot.domain.review import Review, Stage
from bot.domain.upkeep import late, suspended_by_clock
from bot.knowledge import Knowledge
from bot.store.work import Work

KINDS: Final = frozenset(
    {
        NoticeKind.CONDITIONS_CARD,
        NoticeKind.CONDITION_LATE,
        NoticeKind.CLOSING_CARD,
        NoticeKind.SENT_BACK,
        NoticeKind.EXPIRING,
        NoticeKind.SUSPENDED_CARD,
        NoticeKind.SUSPENDED,
        NoticeKind.RESTORED,
        NoticeKind.RESTORE_OFFER,
        NoticeKind.SIGN_OFF_WAITS,
        NoticeKind.CISO_WAITS,
        NoticeKind.STALLED,
        NoticeKind.ACTIONS_CARD,
        NoticeKind.ACTION_HANDED,
    }
)


@dataclass(frozen=True, slots=True)
class OwnDuty:
    """One condition of somebody's, and the decision it belongs to."""

    decision: Decision
    duty: OwedCondition


@dataclass(frozen=True, slots=True)
class ConditionsTold:
    """The conditions of one owner that are due soon or late, the first due first."""

    owner: UserId
    own: tuple[OwnDuty, ...]
    today: date


@dataclass(frozen=True, slots=True)
class OwnAction:
    """One action of somebody's, and the name of the client it belongs to."""

    action: ActionItem
    client_name: str


@dataclass(frozen=True, slots=True)
class ActionsTold:
    """The open actions of one owner, the first due first."""

    owner: UserId
    own: tuple[OwnAction, ...]
    today: date


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """News of a decision on record: its conditions, whether it counts, and what its leads said of it."""

    notice: Notice
    review: Review
    decision: Decision
    duties: tuple[OwedCondition, ...]  # those that this message is about
    late: tuple[OwedCondition, ...]
    restored: Restored | None
    today: date


@dataclass(frozen=True, slots=True)
class WaitingTold:
    """A review that waits."""

    notice: Notice
    review: Review


UpkeepTold = ConditionsTold | ActionsTold | DecisionTold | WaitingTold


def gather_upkeep(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> UpkeepTold | None:
    """All that one of these messages needs; None when there is nothing true left to say."""
    match notice.kind:
        case NoticeKind.CONDITIONS_CARD:
            return _conditions(work, UserId(notice.to.channel), knowledge, now.date())
        case NoticeKind.ACTIONS_CARD:
            return _actions(work, UserId(notice.to.channel), now.date())
        case NoticeKind.ACTION_HANDED:
            return _handed(work, notice, now.date())
        case NoticeKind.SIGN_OFF_WAITS | NoticeKind.CISO_WAITS | NoticeKind.STALLED:
            return _waiting(work, notice)
        case _:
            return _decision(work, notice, now.date())


def duties_of(work: Work, decision_id: DecisionId) -> tuple[OwedCondition, ...]:
    """The conditions of a decision with what was said of them."""
    return tuple(OwedCondition(decision_id, *each) for each in work.conditions.of(decision_id))


def met_of(work: Work, decision_id: DecisionId) -> frozenset[int]:
    """The places of a decision's conditions that are closed."""
    return frozenset(each.place for each in duties_of(work, decision_id) if is_met(each.condition, each.closing))


def _conditions(work: Work, owner: UserId, knowledge: Knowledge, today: date) -> ConditionsTold:
    until = today + timedelta(days=max(knowledge.reminders.conditions.before, default=0))
    own = []
    for duty in work.conditions.owned_by(owner):
        if duty.condition.due_on is None or duty.condition.due_on > until:
            continue
        decision = work.decisions.get(duty.decision)
        state = standing(decision, today=today)
        if decision.allows and (state is Standing.VALID or suspended_by_clock(decision)):
            own.append(OwnDuty(decision, duty))
    return ConditionsTold(owner, tuple(own), today)


def _actions(work: Work, owner: UserId, today: date) -> ActionsTold:
    own = tuple(_own(work, each) for each in work.actions.open_of_owner(owner))
    return ActionsTold(owner, own, today)


def _own(work: Work, action: ActionItem) -> OwnAction:
    return OwnAction(action, work.clients.get(action.client).name)


def _handed(work: Work, notice: Notice, today: date) -> ActionsTold | None:
    action = work.actions.get(ActionItemId(notice.facts["action"]))
    if action.state is not ActionState.OPEN or action.owner != notice.to.channel:
        return None
    return ActionsTold(UserId(notice.to.channel), (_own(work, action),), today)


def _waiting(work: Work, notice: Notice) -> WaitingTold | None:
    review = work.reviews.get(ReviewId(notice.review or ""))
    submitted = review.stage is Stage.SUBMITTED
    if review.ended or submitted is (notice.kind is NoticeKind.STALLED):
        return None  # somebody acted before it could be said
    return WaitingTold(notice, review)


def _decision(work: Work, notice: Notice, today: date) -> DecisionTold | None:
    if notice.decision is None or notice.review is None:
        raise ValueError(f"notice {notice.key} names no decision")
    decision, review = work.decisions.get(notice.decision), work.reviews.get(notice.review)
    duties = duties_of(work, decision.id)
    named = {int(each) for each in notice.facts.get("places", notice.facts.get("place", "")).split(",") if each}
    about = tuple(each for each in duties if each.place in named)
    if notice.kind is NoticeKind.CONDITION_LATE:
        about = tuple(each for each in about if not is_met(each.condition, each.closing))
    if not _still_true(notice, decision, about, today):
        return None
    return DecisionTold(
        notice, review, decision, about, late(duties, today), work.decisions.restored(decision.id), today
    )


def _still_true(notice: Notice, decision: Decision, about: tuple[OwedCondition, ...], today: date) -> bool:
    match notice.kind:
        case NoticeKind.CONDITION_LATE:
            return bool(about) and standing(decision, today=today) is Standing.VALID
        case NoticeKind.EXPIRING:
            return standing(decision, today=today) is Standing.VALID
        case NoticeKind.SUSPENDED | NoticeKind.RESTORE_OFFER:
            return suspended_by_clock(decision)
        case NoticeKind.RESTORED:
            return decision.suspended_at is None
        case _:
            return True
