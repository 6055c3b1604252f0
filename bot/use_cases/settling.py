"""What becomes of open actions in a running review: done, given up, another day, somebody else. Each with its reason.

This is the only way to close what the client's side does, since nobody of theirs has a button of ours.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.domain import actions, meeting
from bot.domain.audit import Tag
from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem, ActionState
from bot.domain.ids import ActionItemId, OccurrenceId, UserId
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.times import local_date, zone_of
from bot.domain.tool import clean_text
from bot.use_cases.actions import look_again
from bot.use_cases.client_reviews import WORDS_MOST, leads_of, save
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.meetings import OWNER_MOST, NobodyToDoIt, NotOneOfOurs
from bot.use_cases.upkeep import watch_actions


class Became(StrEnum):
    """What was agreed about an open action."""

    DONE = "done"
    DROPPED = "dropped"
    LATER = "later"
    HANDED = "handed"


class NothingOpen(Refused):
    reason = "No action is open for this client."


class NoDay(Refused):
    reason = "Choose the day by which it will be done."


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of one action. `saw` is the version whoever filled it in had before them."""

    action: ActionItemId
    saw: int
    became: Became
    because: str = ""
    to: date | None = None
    side: SideOf = SideOf.OURS
    owner: str = ""  # a user id on our side, a name on the client's


async def open_ones(desk: Desk, occurrence: OccurrenceId) -> list[ActionItem]:
    """The open actions of a review's client, the one due first first."""
    found = await desk.read(lambda work: work.actions.open_of_client(work.occurrences.get(occurrence).client))
    if not found:
        raise NothingOpen
    return found


async def settle(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, settlement: Settlement) -> ActionItem:
    """Record what becomes of an open action; the host says so for whoever does it, on either side."""
    if settlement.became is Became.HANDED:
        if not settlement.owner.strip():
            raise NobodyToDoIt
        ours = settlement.side is SideOf.OURS
        if ours and not (await desk.directory.person(UserId(settlement.owner))).full_member:
            raise NotOneOfOurs
    return await desk.act(_settle, came, occurrence, by, await leads_of(desk), settlement)


def _settle(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    settlement: Settlement,
) -> ActionItem:
    act.once(came)
    review = act.work.occurrences.locked(occurrence_id)
    meeting.host_only(review, by, leads)
    meeting.running(review)
    before = act.work.actions.locked(settlement.action)
    if before.client != review.client or before.version != settlement.saw:
        raise OutdatedCard
    changed = _changed(act, before, by, settlement, local_date(act.at, zone_of(review.zone)))
    act.work.actions.save(changed, before, act.at)
    tag = _TAGS[settlement.became]
    act.record(tag, before.id, by=by, client=before.client, occurrence=occurrence_id, side=changed.side)
    for each in (before, changed):
        if each.side is SideOf.OURS:
            look_again(act, UserId(each.owner))
    if changed.side is SideOf.OURS and changed.state is ActionState.OPEN:
        watch_actions(act, UserId(changed.owner))
    save(act, replace(review, version=review.version + 1), review)
    return changed


def _changed(act: Acting, before: ActionItem, by: UserId, settlement: Settlement, today: date) -> ActionItem:
    because = clean_text(settlement.because, most=WORDS_MOST)
    match settlement.became:
        case Became.DONE:
            return actions.done(before, by=by, evidence=because, at=act.at, in_review=True)
        case Became.DROPPED:
            return actions.dropped(before, by=by, because=because, at=act.at)
        case Became.LATER:
            if settlement.to is None:
                raise NoDay
            return actions.put_off(
                before, by=by, to=settlement.to, because=because, today=today, at=act.at, in_review=True
            )
        case Became.HANDED:
            owner = clean_text(settlement.owner, most=OWNER_MOST)
            return actions.handed_over(before, side=settlement.side, owner=owner)


_TAGS = {
    Became.DONE: Tag.ACTION_DONE,
    Became.DROPPED: Tag.ACTION_DROP,
    Became.LATER: Tag.ACTION_PUT_OFF,
    Became.HANDED: Tag.ACTION_HAND_ON,
}
