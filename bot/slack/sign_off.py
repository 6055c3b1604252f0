"""What a security lead touches: claim, approve, conditions, question, rejection. Whether they may is decided below."""

from __future__ import annotations

from typing import Final

from bot.domain.approval import rationale_needed
from bot.domain.ids import DecisionId, QuestionId
from bot.domain.review import AddedCondition, Review, Stance, team_only
from bot.domain.tool import clean_text
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards import forms
from bot.slack.cards import sign_off as cards
from bot.store.work import Work
from bot.use_cases import sign_off
from bot.use_cases.desk import Desk

RATIONALE: Final = "sign_off|rationale"
MOST_DAYS: Final = 365


async def on_claim(call: Call, desk: Desk) -> None:
    await sign_off.claim(desk, call.came, review=_card(call).review, by=call.user, via=call.via)


async def on_approve(call: Call, desk: Desk) -> None:
    """Sign what the card shows; where a reason is required, ask for it first."""
    card = _card(call)
    review, verdict = await sign_off.check_may_sign(desk, card.review, call.user, saw=card.version, approves=True)
    if review.package is not None and rationale_needed(Stance.APPROVE, review.package, verdict):
        await call.open(cards.approve_view(review, verdict, desk.knowledge))
        return
    await sign_off.approve(desk, call.came, _click(call, card), via=call.via)


async def on_approve_sent(call: Call, desk: Desk) -> None:
    await sign_off.approve(desk, call.came, _click(call, ids.read_card(call.metadata)))


async def on_conditions(call: Call, desk: Desk) -> None:
    card = _card(call)
    review, verdict = await sign_off.check_may_sign(desk, card.review, call.user, saw=card.version)
    await call.open(cards.conditions_view(review, verdict, desk.knowledge))


async def on_conditions_sent(call: Call, desk: Desk) -> None:
    """Read which conditions stay and which are added; a fault names its field."""
    card = ids.read_card(call.metadata)
    kept = frozenset(
        QuestionId(code) for block in call.values() if block.startswith("sign_off|kept") for code in call.picked(block)
    )
    added: tuple[AddedCondition, ...] = ()
    if text := clean_text(call.words("sign_off|added"), most=500):
        days = call.words("sign_off|days") or "30"
        if not days.isdecimal() or not 1 <= int(days[:6]) <= MOST_DAYS:
            call.refuse_view(f"Give a whole number of days from 1 to {MOST_DAYS}.", "sign_off|days")
            return
        added = (AddedCondition(text, int(days), call.user),)
    await sign_off.approve_with_conditions(desk, call.came, _click(call, card), sign_off.Shaped(kept, added))


async def on_reject(call: Call, desk: Desk) -> None:
    card = _card(call)
    review, verdict = await sign_off.check_may_sign(desk, card.review, call.user, saw=card.version)
    await call.open(cards.reject_view(review, verdict, desk.knowledge))


async def on_reject_sent(call: Call, desk: Desk) -> None:
    await sign_off.reject(desk, call.came, _click(call, ids.read_card(call.metadata)))


async def on_ask(call: Call, desk: Desk) -> None:
    review, _ = await sign_off.check_may_sign(desk, _card(call).review, call.user)
    await call.open(cards.ask_view(review, desk.knowledge))


async def on_ask_sent(call: Call, desk: Desk) -> None:
    text = call.words("sign_off|question")
    if not text:
        call.refuse_view("Write your question.", "sign_off|question")
        return
    await sign_off.ask_team(desk, call.came, review=ids.read_card(call.metadata).review, by=call.user, text=text)


async def on_reply(call: Call, desk: Desk) -> None:
    """The team's reply, in a form that shows the question again."""
    card = _card(call)
    team_only(await desk.read(_get, card), call.user)
    await call.open(forms.reply_view(card, call.quoted()))


async def on_reply_sent(call: Call, desk: Desk) -> None:
    text = next((call.words(block) for block in call.values() if call.words(block)), "")
    if not text:
        call.refuse_view("Write your reply.")
        return
    await sign_off.answer_lead(desk, call.came, review=ids.read_card(call.metadata).review, by=call.user, text=text)


async def on_pull_back(call: Call, desk: Desk) -> None:
    number = DecisionId(str(call.action.get("value") or ""))
    await call.open(cards.pull_back_view(await sign_off.check_may_pull_back(desk, number, call.user)))


async def on_pull_back_sent(call: Call, desk: Desk) -> None:
    reason = call.words(RATIONALE)
    if not reason:
        call.refuse_view("Write one or two sentences why: the team will read them.", RATIONALE)
        return
    await sign_off.pull_back(desk, call.came, decision=DecisionId(call.metadata), by=call.user, reason=reason)


def _card(call: Call) -> ids.Card:
    return ids.read_card(str(call.action.get("value") or ""))


def _click(call: Call, card: ids.Card) -> sign_off.SignClick:
    return sign_off.SignClick(card.review, call.user, card.version, call.words(RATIONALE))


def _get(work: Work, card: ids.Card) -> Review:
    return work.reviews.get(card.review)


ACTIONS: Final = {
    ids.CLAIM: on_claim,
    ids.APPROVE: on_approve,
    ids.CONDITIONS: on_conditions,
    ids.ASK: on_ask,
    ids.REJECT: on_reject,
    ids.PULL_BACK: on_pull_back,
    ids.REPLY: on_reply,
}
VIEWS: Final = {
    ids.APPROVE_PAGE: on_approve_sent,
    ids.CONDITIONS_PAGE: on_conditions_sent,
    ids.REJECT_PAGE: on_reject_sent,
    ids.ASK_PAGE: on_ask_sent,
    ids.REPLY_PAGE: on_reply_sent,
    ids.PULL_BACK_PAGE: on_pull_back_sent,
}
