"""What becomes of an action of a client review between meetings: done, put off or handed on, each with its reason.

Nothing here lets one disappear: every step leaves who did it and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.client import Series, SideOf
from bot.domain.client_review import ActionItem, ActionState, DateMoved
from bot.domain.ids import UserId
from bot.domain.refused import Refused
from bot.domain.reminders import Reminders, Rung, climb
from bot.domain.times import local_date, next_morning


class NotYourAction(Refused):
    reason = "That action is somebody else's. Its owner can do that, or its host in the next review."


class ActionEnded(Refused):
    reason = "That action is closed already, so nothing was changed."


class NoEvidence(Refused):
    reason = "Say in a sentence or a link how somebody can see that it is done."


class NoReason(Refused):
    reason = "Write one sentence why; it is read out in the next review."


class NotLater(Refused):
    reason = "Choose a day after today, other than the one it is due on now."


class SameOwner(Refused):
    reason = "That is who does it already. Choose somebody else."


class NobodyElse(Refused):
    reason = "You host this client's review and wrote this action down yourself. Hand it over in the next review."


@dataclass(frozen=True, slots=True)
class ActionsOwed:
    """Whether to remind the owner now, and when to look again, if ever."""

    remind: bool
    reached: date | None
    look_at: datetime | None


def look_at_actions(
    actions: Iterable[ActionItem], *, rules: Reminders, reached: date | None, zone: ZoneInfo, now: datetime
) -> ActionsOwed:
    """One reminder each working morning on which an action is due soon or overdue; with none open, no more looks."""
    starts = [each.due_on - timedelta(days=rules.action_days) for each in actions if each.state is ActionState.OPEN]
    if not starts:
        return ActionsOwed(remind=False, reached=None, look_at=None)
    today = local_date(now, zone)
    first = min(starts)
    # Once it has begun there is a rung every morning; only today's can be the one to say.
    rung = Rung("actions", today if first <= today else first)
    step = climb([rung], reached=reached, now=now, zone=zone, morning=rules.morning)
    if step.say is not None or step.look_at is None:
        following = next_morning(now, zone, hour=rules.morning.start)
        return ActionsOwed(step.say is not None, today if step.say else None, following)
    return ActionsOwed(remind=False, reached=None, look_at=step.look_at)


def done(action: ActionItem, *, by: UserId, evidence: str, at: datetime, in_review: bool = False) -> ActionItem:
    """Close it, with the evidence that it is done; in a review its host speaks for whoever owns it."""
    _may_change(action, by, in_review=in_review)
    if not evidence.strip():
        raise NoEvidence
    return _closed(action, ActionState.DONE, by=by, because=evidence, at=at)


def dropped(action: ActionItem, *, by: UserId, because: str, at: datetime) -> ActionItem:
    """Give it up, with the reason. That is agreed in a review, and never by its owner alone."""
    still_open(action)
    if not because.strip():
        raise NoReason
    return _closed(action, ActionState.DROPPED, by=by, because=because, at=at)


def put_off(
    action: ActionItem, *, by: UserId, to: date, because: str, today: date, at: datetime, in_review: bool = False
) -> ActionItem:
    """Give it another day. The old one, and why it was not kept, stay with it."""
    _may_change(action, by, in_review=in_review)
    if not because.strip():
        raise NoReason
    if to <= today or to == action.due_on:
        raise NotLater
    moved = DateMoved(action.due_on, to, because.strip(), by, at)
    return replace(action, due_on=to, moved=(*action.moved, moved), version=action.version + 1)


def not_mine(action: ActionItem, *, by: UserId, series: Series | None) -> ActionItem:
    """Hand it to the host of the client's reviews, who finds its owner; a host hands it to whoever wrote it down."""
    owners_only(action, by)
    others = [series.host, series.stand_in] if series is not None else []
    to = next((each for each in [*others[:1], action.by, *others[1:]] if each != by), None)
    if to is None:
        raise NobodyElse
    return replace(action, owner=str(to), version=action.version + 1)


def handed_over(action: ActionItem, *, side: SideOf, owner: str) -> ActionItem:
    """Give it to somebody else, on either side, as it was agreed in a review."""
    still_open(action)
    if (side, owner) == (action.side, action.owner):
        raise SameOwner
    return replace(action, side=side, owner=owner, version=action.version + 1)


def owners_only(action: ActionItem, by: UserId) -> None:
    """Refuse everybody but its owner, and whatever is closed already."""
    if action.side is not SideOf.OURS or action.owner != str(by):
        raise NotYourAction
    still_open(action)


def still_open(action: ActionItem) -> None:
    """Refuse whatever is closed already."""
    if action.state is not ActionState.OPEN:
        raise ActionEnded


def _may_change(action: ActionItem, by: UserId, *, in_review: bool) -> None:
    if in_review:
        still_open(action)
    else:
        owners_only(action, by)


def _closed(action: ActionItem, state: ActionState, *, by: UserId, because: str, at: datetime) -> ActionItem:
    return replace(
        action, state=state, closed_at=at, closed_by=by, closed_because=because.strip(), version=action.version + 1
    )
