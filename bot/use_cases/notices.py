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
from bot.use_cases.marks import Mark
from bot.use_cases.occurrence_clock import pack_held
from bot.use_cases.ports import Elsewhere, GaveUp, Messenger, Sent, TryAgain, Via
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
    again = False
    if isinstance(result, Sent):
        await desk.marks.add((owed, result), lambda marks: desk.act(_mark_sent, marks))
    else:
        again = await desk.act(_not_sent, owed, result)
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


def _mark_sent(act: Acting, marks: list[Mark]) -> None:
    """Write down what was sent; what was owed again meanwhile is sent again at once."""
    # In the order in which acts owe notices, so that none of them and this one wait for each other in a ring.
    for owed, sent in sorted(marks, key=lambda mark: mark[0].notice.key):
        if owed.notice.kind is NoticeKind.DIGEST:
            act.owe(details_of(owed.notice, sent.channel, sent.ts))
        if act.work.notices.sent(owed, sent.channel, sent.ts, act.at) == "owed":
            act.take(owed.notice.key)  # somebody pressed it again before this: they wait for no second look


def _not_sent(act: Acting, owed: Owed, result: TryAgain | Elsewhere | GaveUp) -> bool:
    """Write down what became of a try that failed. True when it will be tried again."""
    match result:
        case TryAgain(at, why, doubtful, blame):
            if blame and owed.tries + 1 >= MOST_TRIES:
                _give_up(act, owed, why)
            else:
                act.work.notices.again(owed, at, doubtful=doubtful or owed.doubtful, error=why)
            return True
        case Elsewhere(to, why):
            _redirect(act, owed, to, why)
        case GaveUp(why):
            _give_up(act, owed, why)
        case other:
            assert_never(other)
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
    elif notice.kind is NoticeKind.ANSWER:
        # Under its own key, so that what a model adds later finds it there.
        act.work.notices.retarget(notice.key, to, act.at)
        act.take(notice.key)
    else:
        act.work.notices.dead(owed, why, act.at)
        act.owe(replace(notice, key=f"{notice.key}:dm", to=to))
    if notice.kind is NoticeKind.PACK:
        # Nobody asked for it there, so people from outside read no word about it; those who hold the review do.
        pack_held(act, notice, why)
    elif why == "external" and notice.to.channel[:1] in ("C", "G"):
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
