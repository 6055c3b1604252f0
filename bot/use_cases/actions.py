"""What owners do with their actions between meetings: done, another day, not mine. None is lost or left to nobody."""

from __future__ import annotations

from datetime import date

from bot.domain import actions
from bot.domain.audit import Tag
from bot.domain.client_review import ActionItem
from bot.domain.due import DueKind
from bot.domain.ids import ActionItemId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.refused import OutdatedCard
from bot.domain.times import local_date
from bot.domain.tool import clean_text
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.ports import Via
from bot.use_cases.upkeep import ACTIONS, refresh_card, watch_actions, zones_of

WORDS_MOST = 1_000


async def check_may_change(desk: Desk, action_id: ActionItemId, by: UserId, *, saw: int) -> ActionItem:
    """Refuse before a form is opened what would be refused when it is sent; the act checks again."""
    action = await desk.read(lambda work: work.actions.get(action_id))
    actions.owners_only(action, by)
    _still(action, saw)
    return action


async def done(desk: Desk, came: Came, action_id: ActionItemId, *, by: UserId, saw: int, evidence: str) -> ActionItem:
    """Close an action with the evidence that it is done."""
    return await desk.act(_done, came, action_id, by, saw, clean_text(evidence, most=WORDS_MOST))


def _done(act: Acting, came: Came, action_id: ActionItemId, by: UserId, saw: int, evidence: str) -> ActionItem:
    before = _locked(act, came, action_id, by, saw)
    closed = actions.done(before, by=by, evidence=evidence, at=act.at)
    act.work.actions.save(closed, before, act.at)
    act.record(Tag.ACTION_DONE, action_id, by=by, client=before.client)
    look_again(act, by)
    return closed


async def put_off(
    desk: Desk, came: Came, action_id: ActionItemId, *, by: UserId, saw: int, to: date, because: str
) -> ActionItem:
    """Give an action another day, with the reason."""
    zone = (await zones_of(desk, [by])).get(by)
    today = local_date(desk.now(), zone) if zone else desk.now().date()
    return await desk.act(_put_off, came, action_id, by, saw, to, clean_text(because, most=WORDS_MOST), today)


def _put_off(
    act: Acting, came: Came, action_id: ActionItemId, by: UserId, saw: int, to: date, because: str, today: date
) -> ActionItem:
    before = _locked(act, came, action_id, by, saw)
    later = actions.put_off(before, by=by, to=to, because=because, today=today, at=act.at)
    act.work.actions.save(later, before, act.at)
    act.record(Tag.ACTION_PUT_OFF, action_id, by=by, client=before.client, old=str(before.due_on), new=str(to))
    look_again(act, by)
    return later


async def not_mine(
    desk: Desk, came: Came, action_id: ActionItemId, *, by: UserId, saw: int, via: Via | None = None
) -> ActionItem:
    """Hand an action to the host of the client's reviews, who hears so."""
    return await desk.act_via(via, _not_mine, came, action_id, by, saw)


def _not_mine(act: Acting, came: Came, action_id: ActionItemId, by: UserId, saw: int) -> ActionItem:
    before = _locked(act, came, action_id, by, saw)
    handed = actions.not_mine(before, by=by, series=act.work.series.of_client(before.client))
    act.work.actions.save(handed, before, act.at)
    act.record(Tag.ACTION_HAND_ON, action_id, by=by, client=before.client, to=handed.owner)
    to = UserId(handed.owner)
    key, facts = f"action_handed:{action_id}:{handed.version}", {"action": action_id, "from": by, "by": to}
    act.owe(Notice(key, NoticeKind.ACTION_HANDED, Recipient.person(to), facts=facts))
    watch_actions(act, to)
    look_again(act, by)
    return handed


def _locked(act: Acting, came: Came, action_id: ActionItemId, by: UserId, saw: int) -> ActionItem:
    act.once(came)
    action = act.work.actions.locked(action_id)
    actions.owners_only(action, by)
    _still(action, saw)
    return action


def _still(action: ActionItem, saw: int) -> None:
    if action.version != saw:
        raise OutdatedCard


def look_again(act: Acting, owner: UserId) -> None:
    """Have somebody's actions looked at, and their card of them brought up to date."""
    act.work.due.put(DueKind.ACTIONS, owner, act.at)
    refresh_card(act, owner, ACTIONS)
