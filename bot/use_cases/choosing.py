"""Which option a typed reply names, where our own rules find none: a model is asked, and a person presses the option.

The reply answers nothing by itself, and nobody waits for the model: what is said without one is owed first, to be sent
a little after the model's time is up. Of the reply only a short quote is kept, until the question is answered.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.domain import review as reviews
from bot.domain.answers import Proposal
from bot.domain.bank import Choice, Question
from bot.domain.ids import ReviewId, UserId
from bot.domain.model_use import Task
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.proposed import option_named, with_one_more
from bot.domain.review import Home, Review, Stage
from bot.domain.tool import clean_text
from bot.domain.utterance import SHORTEST_QUOTE, Utterance
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.model_use import still_may
from bot.use_cases.ports import A_PERSON_WAITS, Via
from bot.use_cases.tellings import review_notice

READ_MOST: Final = 2_000  # characters of a reply; what comes after is not read
HELD: Final = A_PERSON_WAITS + timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply that our rules could not read, to a question that a model may be asked about."""

    review: ReviewId
    requester: UserId
    question: Question
    said: Utterance
    asks_back: Notice


def ask_back(
    act: Acting, came: Came, review: Review, question: Question, said: Utterance, home: Home, *, patient: bool
) -> Unread | None:
    """Owe the question which option was meant; `patient` leaves a model the time to find out, and says what to ask."""
    facts = {"question": question.id, "by": said.by}
    to = Recipient(home.channel, home.thread)
    notice = Notice(f"ask_back:{came.key}", NoticeKind.ASK_BACK, to, review.id, facts=facts, live=True)
    said = replace(said, text=clean_text(said.text, most=READ_MOST))
    if not patient or question.choice is not Choice.ONE or len(said.text) < SHORTEST_QUOTE:
        act.owe(notice)
        return None
    act.owe_later(notice, not_before=act.at + HELD)
    return Unread(review.id, review.requester, question, said, notice)


async def choose(desk: Desk, unread: Unread) -> None:
    """Ask the model which option was meant, and show what it read as something to press; else ask back now."""
    try:
        async with asyncio.timeout((A_PERSON_WAITS + timedelta(seconds=1)).total_seconds()):
            told = await desk.model.choose(unread.question, unread.said, within=A_PERSON_WAITS)
    except TimeoutError:  # a model keeps to its time itself; one that does not keeps nothing of ours alive
        told = None
    found = option_named(unread.question, unread.said, told, requester=unread.requester)
    await desk.act(_chosen, unread, found)


def _chosen(act: Acting, unread: Unread, found: Proposal | None) -> None:
    notice = unread.asks_back
    if found is not None and still_may(act, Task.CHOOSE):
        before = act.work.reviews.locked(unread.review)
        if _is_shown(act, before, unread.question):
            changed = replace(before, proposals=with_one_more(before.proposals, found))
            act.work.reviews.save(changed, before, act.at)
            notice = replace(notice, facts={**notice.facts, "option": found.value})
    act.work.notices.hasten(notice.key, act.at)
    act.owe(notice)


def _is_shown(act: Acting, review: Review, question: Question) -> bool:
    """Is it still the question that waits for an answer?"""
    if review.stage is not Stage.ANSWERING:
        return False
    shown = reviews.next_question(review, reviews.case_of(review, act.bank, act.policy))
    return shown is not None and shown.id == question.id


async def another(desk: Desk, came: Came, *, review: ReviewId, key: str, via: Via | None = None) -> None:
    """That is not what was meant: forget what the reply was read as, and show every option."""
    await desk.act_via(via, _another, came, review, key)


def _another(act: Acting, came: Came, review_id: ReviewId, key: str) -> None:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    notice = _asked_in(act, review_id, key)
    if notice is None:
        act.owe(review_notice(before))
        return
    facts = dict(notice.facts)
    read = (facts.get("question"), facts.pop("option", None))
    kept = tuple(
        each
        for each in before.proposals
        if (each.fact, each.value) != read or (each.said_by or before.requester) != facts.get("by")
    )
    if kept != before.proposals:
        act.work.reviews.save(replace(before, proposals=kept), before, act.at)
    act.owe(replace(notice, facts={**facts, "another": "yes"}))


async def bring_up_to_date(desk: Desk, review: ReviewId, key: str) -> None:
    """Show in the message with that key how things stand now; for somebody who pressed it too late."""
    if key:
        await desk.act(freshen, review, key)


def freshen(act: Acting, review: ReviewId, key: str) -> None:
    """Owe the message with that key again, if it is one of ours about this review."""
    if key and (notice := _asked_in(act, review, key)) is not None:
        act.owe(notice)


def _asked_in(act: Acting, review: ReviewId, key: str) -> Notice | None:
    notice = act.work.notices.get(key)
    return notice if notice and notice.kind is NoticeKind.ASK_BACK and notice.review == review else None
