"""Deliver what is owed: claim it, look again whether it is still true, send it, mark it. A crash anywhere is made good.

Nothing here words a message, and nothing is marked sent that Slack did not confirm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from bot.domain.audit import Tag
from bot.domain.ids import ReviewId
from bot.domain.notice import Notice, NoticeKind, Owed, Recipient
from bot.domain.review import Home, Review
from bot.store.points import point
from bot.store.work import Work
from bot.use_cases.desk import LEASE, Acting, Desk
from bot.use_cases.digest import details_of
from bot.use_cases.ports import Delivered, Elsewhere, GaveUp, Messenger, Sent, TryAgain, Via
from bot.use_cases.tellings import Telling, gather, review_notice, tell_next_question

log = logging.getLogger(__name__)
BATCH: Final = 20
_NONE: Final[Mapping[ReviewId, Review]] = {}
MOST_TRIES: Final = 58  # with the waits of the messenger, half an hour at most: a day


async def deliver_all(
    desk: Desk,
    messenger: Messenger,
    owed: list[Owed],
    via: Via | None = None,
    saved: Mapping[ReviewId, Review] | None = None,
) -> None:
    """Deliver several claimed notices, each on its own: one that fails keeps no other from going out."""
    known = saved or _NONE
    if len(owed) == 1:
        await deliver(desk, messenger, owed[0], via, known)
        return
    results = await asyncio.gather(
        *(deliver(desk, messenger, each, via if each.notice.live else None, known) for each in owed),
        return_exceptions=True,
    )
    for each, result in zip(owed, results, strict=True):
        if isinstance(result, BaseException):
            log.error("notice failed", exc_info=result, extra={"notice": each.notice.key})


async def deliver(
    desk: Desk, messenger: Messenger, owed: Owed, via: Via | None = None, saved: Mapping[ReviewId, Review] = _NONE
) -> None:
    """Send one claimed notice as things stand now, and record what became of it."""
    point("notice.claimed")
    telling = _known_already(desk, owed.notice, saved)
    if telling is None:
        telling = await desk.read(gather, owed.notice, desk.knowledge, desk.now())
    if telling is None:
        await desk.store.act(_drop, owed, "nothing left to say", desk.now())
        return
    point("notice.gathered")
    result = await messenger.send(owed, telling, via=via)
    point("notice.posted")
    again = await desk.act(_mark, owed, result)
    point("notice.marked")
    if again:
        log.info("notice owed again", extra={"notice": owed.notice.key})


def _known_already(desk: Desk, notice: Notice, saved: Mapping[ReviewId, Review]) -> Telling | None:
    """The next question, from the review that the act has just saved: no second look, a tenth of a click's time.

    Whoever changes the review after that owes the card again, and then it is sent again. Verdicts take the look: they
    are worked out on its thread, since computing the smallest change would hold the event loop up.
    """
    review = saved.get(notice.review) if notice.review is not None else None
    if review is None or notice != review_notice(review):
        return None
    return tell_next_question(review, desk.knowledge)


def _drop(work: Work, owed: Owed, why: str, at: datetime) -> None:
    work.notices.dead(owed, why, at)


def _mark(act: Acting, owed: Owed, result: Delivered) -> bool:
    """Write down what became of a try. True when the card has to be sent again, because it changed meanwhile."""
    notices, notice = act.work.notices, owed.notice
    match result:
        case Sent(channel, ts):
            if notice.kind is NoticeKind.DIGEST:
                act.owe(details_of(notice, channel, ts))
            if notices.sent(owed, channel, ts, act.at) == "owed":
                act.take(notice.key)  # somebody pressed it again before this: they wait for no second look
                return True
        case TryAgain(at, why, doubtful, blame):
            if blame and owed.tries + 1 >= MOST_TRIES:
                _give_up(act, owed, why)
            else:
                notices.again(owed, at, doubtful=doubtful or owed.doubtful, error=why)
            return True
        case Elsewhere(to, why):
            _redirect(act, owed, to, why)
        case GaveUp(why):
            _give_up(act, owed, why)
        case other:
            assert_never(other)
    log.debug("notice handled", extra={"notice": notice.key})
    return False


def _redirect(act: Acting, owed: Owed, to: Recipient, why: str) -> None:
    """Say it elsewhere. A review whose thread is no safe place moves house, and the thread gets one neutral line."""
    notice = owed.notice
    if notice.kind is NoticeKind.REVIEW_CARD and notice.review is not None:
        before = act.work.reviews.locked(notice.review)
        changed = replace(before, home=Home(to.channel, to.thread))
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_MOVE, notice.review, why=why)
        act.work.notices.dead(owed, why, act.at)
        act.owe(review_notice(changed))
    else:
        act.work.notices.dead(owed, why, act.at)
        act.owe(replace(notice, key=f"{notice.key}:dm", to=to))
    if why == "external" and notice.to.channel[:1] in ("C", "G"):
        key = f"moved:{notice.key}"
        act.owe(Notice(key, NoticeKind.MOVED, notice.to))


def _give_up(act: Acting, owed: Owed, why: str) -> None:
    """Stop trying, and tell the leads that somebody was not told."""
    act.work.notices.dead(owed, why, act.at)
    act.record(Tag.NOTICE_DEAD, owed.notice.key, why=why[:80])
    if owed.notice.kind is NoticeKind.TROUBLE or owed.notice.to.channel == act.desk.security_channel:
        log.error("notice given up", extra={"notice": owed.notice.key, "why": why})
        return
    facts = {"kind": owed.notice.kind.value, "to": owed.notice.to.channel, "why": why[:80]}
    key = f"trouble:{owed.notice.key}"
    to = Recipient(act.desk.security_channel)
    act.owe(Notice(key, NoticeKind.TROUBLE, to, owed.notice.review, owed.notice.decision, facts))


async def deliver_due(desk: Desk, messenger: Messenger) -> int:
    """Claim what is due and deliver it; the number claimed, so that the caller knows whether to look again at once."""
    claimed = await desk.store.act(_claim, desk.now())
    if claimed:
        await deliver_all(desk, messenger, claimed)
    return len(claimed)


def _claim(work: Work, now: datetime) -> list[Owed]:
    return work.notices.claim(now, LEASE, BATCH)
