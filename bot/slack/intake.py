"""What a team touches: the mention, the profile, the question card, the hand-in. No rule is decided here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final

from bot.domain.approval import raised
from bot.domain.bank import GUIDELINES, Extra, ExtraKind, Question
from bot.domain.ids import ChannelId, QuestionId, ToolId, UserId
from bot.domain.policy import Approver
from bot.domain.refused import NotAsked, Refused
from bot.domain.review import Home, Review, Stage, case_of
from bot.domain.sentence import READ_MOST
from bot.domain.verdict import Case
from bot.slack import describing, ids
from bot.slack.call import Call, FormNotOpened, picked_in
from bot.slack.cards import forms, profile
from bot.slack.cards.blocks import say
from bot.slack.threads import earlier_of
from bot.store.work import Work
from bot.use_cases import answering, ask, choosing, hand_in, intake, reading, team
from bot.use_cases.desk import Desk
from bot.use_cases.lapses import lapsed_clients
from bot.use_cases.tellings import ReviewTold, aged_answers, tell_review


async def on_mention(call: Call, desk: Desk) -> None:
    """Somebody named us in a channel: an answer to the question shown there, or a new request."""
    home = call.home()
    typed = answering.Typed(call.user, call.text(), home, to_us=True)
    if call.event.get("thread_ts") and await answering.reply(desk, call.came, typed):
        return
    if not await ask.take(desk, call.came, ask.Question(call.user, call.text(), home)):
        await begin(call, desk, intake.Asked(call.user, call.text(), home))


async def begin(call: Call, desk: Desk, asked: intake.Asked) -> intake.Began:
    """Begin by what somebody said; what was too long to read whole is told to them."""
    began = await reading.begin(
        desk, call.came, asked, earlier=earlier_of(call, desk.directory, desk.knowledge.secrets)
    )
    if len(asked.text) > READ_MOST and (began.review is not None or began.held):
        desk.spawn(call.whisper(say("That is long; I read the first part.")))
    return began


async def on_message(call: Call, desk: Desk) -> None:
    """A direct message, or a reply where a review's card stands; everything else is not for us and not looked at."""
    direct = call.event.get("channel_type") == "im" or call.channel.startswith("D")
    if not direct and (not call.event.get("thread_ts") or _names_us(call)):
        return  # a mention arrives as an event of its own as well
    typed = answering.Typed(call.user, call.text(), call.home(), to_us=direct)
    if await answering.reply(desk, call.came, typed) or not direct:
        return
    if not await ask.take(desk, call.came, ask.Question(call.user, call.text(), call.home(), _direct(call))):
        await begin(call, desk, intake.Asked(call.user, call.text(), call.home()))


def _direct(call: Call) -> tuple[ChannelId, str] | None:
    """The direct message this is, as the thread an answer to it belongs in."""
    return (call.channel, str(call.event.get("thread_ts") or call.message_ts)) if call.message_ts else None


def _names_us(call: Call) -> bool:
    us = {str(each.get("user_id")) for each in call.body.get("authorizations") or ()}
    return any(user in us for user in re.findall(r"<@([UW][A-Z0-9]+)", str(call.event.get("text") or "")))


async def on_check_tool(call: Call, desk: Desk) -> None:
    """The message action: the message's words begin a review, and its form opens at once."""
    wrote = UserId(str(call.message.get("user") or call.message.get("bot_id") or call.user))
    asked = intake.Asked(call.user, call.text(), call.home(), words_of=wrote if wrote != call.user else None)
    began = await begin(call, desk, asked)
    if began.held:
        desk.spawn(call.whisper(say("I am reading that. My answer comes in a moment, in the message's thread.")))
    await after_begin(call, desk, began)


async def after_begin(call: Call, desk: Desk, began: intake.Began) -> None:
    """Open the profile of a new review right away, where Slack gave us the means to."""
    if began.review is not None and call.body.get("trigger_id"):
        await call.open(profile.profile_page_1(began.review, desk.knowledge))


async def on_answer(call: Call, desk: Desk) -> None:
    """A pressed answer, a picked one, or a tick: recorded before anything else happens."""
    action = call.action
    question_id, card = ids.read_question_block(str(action.get("block_id", "")))
    _, _, code = str(action.get("action_id")).partition("|")
    codes = (code,) if code else picked_in(action)
    ticks = action.get("type") in ("checkboxes", "multi_static_select")
    asked_in = ids.read_message(str(action.get("value") or ""))
    try:
        review = await answering.answer(
            desk,
            call.came,
            review=card.review,
            by=call.user,
            question=question_id,
            codes=codes,
            saw=card.version,
            stay=ticks,
            asked_in=asked_in,
            via=call.via,
        )
    except Refused:
        await choosing.bring_up_to_date(desk, card.review, asked_in)
        raise
    question = desk.knowledge.bank.by_id[question_id]
    if (wanted := wanted_extras(question, codes)) and not ticks and call.body.get("trigger_id"):
        desk.spawn(_ask_extras(call, desk, review, question, wanted))


async def on_none(call: Call, desk: Desk) -> None:
    """Nothing of what could be ticked is so: said once, instead of ticking something and taking it back."""
    question_id, card = ids.read_question_block(str(call.action.get("block_id", "")))
    await answering.answer(
        desk,
        call.came,
        review=card.review,
        by=call.user,
        question=question_id,
        codes=(),
        saw=card.version,
        via=call.via,
    )


async def on_another(call: Call, desk: Desk) -> None:
    """A reply was read as an option that was not meant."""
    key = ids.read_message(str(call.action.get("value") or ""))
    await choosing.another(desk, call.came, review=_card(call).review, key=key, via=call.via)


def wanted_extras(question: Question, codes: tuple[str, ...]) -> tuple[Extra, ...]:
    """The owner, date or link that belongs to this answer."""
    return tuple(extra for extra in question.extras if not extra.wanted_for.isdisjoint(codes))


async def _ask_extras(call: Call, desk: Desk, review: Review, question: Question, wanted: tuple[Extra, ...]) -> None:
    # The answer is on record already: a form that does not open costs nothing, the card still offers it.
    with suppress(FormNotOpened):
        await call.open(forms.extra_view(review, question, desk.knowledge, wanted))


async def on_extra(call: Call, desk: Desk) -> None:
    card, question_id = _card_and_question(call)
    review = answering.still_open(await desk.read(_get, card))
    question = desk.knowledge.bank.by_id[question_id]
    given = review.answers.get(question_id)
    wanted = wanted_extras(question, given.codes if given else ())
    await call.open(forms.extra_view(review, question, desk.knowledge, wanted))


async def on_extra_sent(call: Call, desk: Desk) -> None:
    card, question_id = _card_and_question(call, call.metadata)
    extras: dict[ExtraKind, str] = {}
    for kind in ExtraKind:
        element = call.values().get(f"extra|{kind}", {})
        if value := element.get("selected_user") or element.get("selected_date") or element.get("value"):
            extras[kind] = str(value).strip()[:500]
    day = extras.get(ExtraKind.DATE)
    if day and not is_day(day):
        call.refuse_view("Give a day like 2026-11-24.", f"extra|{ExtraKind.DATE}")
        return
    link = extras.get(ExtraKind.LINK)
    if link and not link.lower().startswith(("https://", "http://")):
        call.refuse_view("Give a web address that starts with https://", f"extra|{ExtraKind.LINK}")
        return
    if extras:
        await answering.add_extras(
            desk, call.came, review=card.review, by=call.user, question=question_id, extras=extras
        )


def is_day(text: str) -> bool:
    """Is this a day as Slack writes one?"""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


async def on_next(call: Call, desk: Desk) -> None:
    await answering.move_on(desk, call.came, review=_card(call).review, via=call.via)


async def on_back(call: Call, desk: Desk) -> None:
    await answering.step_back(desk, call.came, review=_card(call).review, via=call.via)


async def on_why(call: Call, desk: Desk) -> None:
    _, question_id = _card_and_question(call)
    await call.open(forms.why_view(desk.knowledge.bank.by_id[question_id], desk.knowledge))


async def on_form(call: Call, desk: Desk) -> None:
    """Open the questions of one guideline as a form, or turn an open form to another guideline."""
    turned = call.view.get("type") == "modal"
    card = ids.read_card(call.metadata) if turned else _card(call)
    review, case = await desk.read(_case, card, desk)
    answering.still_open(review)
    if not turned:
        await call.open(forms.form_view(review, case, None, desk.knowledge))
        return
    if given := _given(call, case):  # what was filled in on the page one leaves is kept
        await answering.answer_form(desk, call.came, review=card.review, by=call.user, given=given)
        review, case = await desk.read(_case, card, desk)
    chosen = next(iter(picked_in(call.action)), None)
    await call.turn(forms.form_view(review, case, chosen if chosen in GUIDELINES else None, desk.knowledge))


async def on_form_sent(call: Call, desk: Desk) -> None:
    """Record what was filled in; a refusal stands beside the answer it is about."""
    card = ids.read_card(call.metadata)
    _, case = await desk.read(_case, card, desk)
    try:
        if given := _given(call, case):
            await answering.answer_form(desk, call.came, review=card.review, by=call.user, given=given)
    except answering.RefusedInForm as refusal:
        call.refuse_view(refusal.reason, ids.question_block(refusal.question, card))


def _given(call: Call, case: Case) -> tuple[tuple[QuestionId, tuple[str, ...]], ...]:
    """The filled-in answers of a form; what was left empty is not an answer."""
    asked = {question.id: question for question in case.asked}
    found: list[tuple[QuestionId, tuple[str, ...]]] = []
    for block, element in call.values().items():
        if not block.startswith("q|"):
            continue
        question_id = ids.read_question_block(block)[0]
        codes = picked_in(element)
        if question_id not in asked:
            raise NotAsked
        if codes and asked[question_id].faults_in(codes):
            raise answering.RefusedInForm(question_id, "Choose one of these, or tick only what goes together.")
        if codes:
            found.append((question_id, codes))
    return tuple(found)


async def on_change(call: Call, desk: Desk) -> None:
    review, case = await desk.read(_case, _card(call), desk)
    answering.still_open(review)
    await call.open(forms.change_view(review, case, desk.knowledge))


async def on_change_sent(call: Call, desk: Desk) -> None:
    card = ids.read_card(call.metadata)
    picked = next((codes for block in call.values() if (codes := call.picked(block))), ())
    if picked:
        await answering.go_to(desk, call.came, review=card.review, question=QuestionId(picked[0]))


async def on_sum(call: Call, desk: Desk) -> None:
    told = await desk.read(_tell, _card(call), desk)
    if told.verdict is None:
        raise Refused("There is no sum yet: first answer the open questions.")
    await call.open(forms.sum_view(told.verdict, desk.knowledge))


async def on_submit(call: Call, desk: Desk) -> None:
    """Hand it in at once; a note to the leads can be added before, through the menu."""
    card, shown = _card(call), _shown(str(call.action.get("value") or ""))
    await hand_in.submit(desk, call.came, review=card.review, by=call.user, saw=card.version, shown=shown, via=call.via)


async def on_submit_sent(call: Call, desk: Desk) -> None:
    card, shown = ids.read_card(call.metadata), _shown(call.metadata)
    note = next((call.words(block) for block in call.values() if call.words(block)), None)
    await hand_in.submit(desk, call.came, review=card.review, by=call.user, saw=card.version, shown=shown, note=note)


def _shown(value: str) -> str | None:
    """The mark of the verdict that stood beside the control; a card from before it was carried has none."""
    return value.rpartition("#")[2].partition("|")[2].partition("|")[2] or None


async def on_note(call: Call, desk: Desk) -> None:
    told = await desk.read(_tell, _card(call), desk)
    nobody_signs = (
        told.verdict is None or raised(told.verdict.approver, lapsed=bool(told.lapsed)) is Approver.SELF_SERVE
    )
    if told.verdict is None or nobody_signs or told.review.stage is not Stage.ANSWERING:
        raise Refused("A note goes along when a finished review is sent to the security leads. It is not there yet.")
    await call.open(forms.submit_view(told.review, told.verdict, desk.knowledge, lapsed=told.lapsed))


async def on_reopen(call: Call, desk: Desk) -> None:
    await hand_in.reopen(desk, call.came, review=_card(call).review, by=call.user, via=call.via)


async def on_join(call: Call, desk: Desk) -> None:
    review = await team.join(desk, call.came, review=_card(call).review, by=call.user)
    tool = review.tool_name or "this tool"
    await call.whisper(say("You are part of the review of {tool} now. I will tell you the outcome.", tool=tool))


async def on_withdraw(call: Call, desk: Desk) -> None:
    await team.withdraw(desk, call.came, review=_card(call).review, by=call.user, via=call.via)


async def on_withdraw_sent(call: Call, desk: Desk) -> None:
    await team.withdraw(desk, call.came, review=ids.read_card(call.metadata).review, by=call.user)


async def on_dm(call: Call, desk: Desk) -> None:
    await team.move_to_dm(desk, call.came, review=_card(call).review, by=call.user)


async def on_new(call: Call, desk: Desk) -> None:
    """ "My case differs": a review of its own for a tool that has a decision."""
    tool, _, said = str(call.action.get("value") or "").partition("|")
    home = call.home() if call.message else Home(ChannelId(call.user))
    review = await intake.begin_anyway(desk, call.came, by=call.user, tool=ToolId(tool), home=home, said=said)
    await call.open(profile.profile_page_1(review, desk.knowledge))


async def on_more(call: Call, desk: Desk) -> None:
    """The three dots: each entry stands for one of the buttons."""
    chosen = next(iter(picked_in(call.action)), "")
    action_id, _, _ = chosen.partition("#")
    if action_id == ids.WITHDRAW:  # a menu cannot ask "are you sure" for one of its entries, so a form does
        review = await desk.read(_get, _card(call))
        await call.open(forms.withdraw_view(review))
        return
    found = ACTIONS.get(action_id)
    if found is None or found is on_more:
        raise Refused("I don't know that entry any more. The card shows what you can do now.")
    await found(call, desk)


# --- how --------------------------------------------------------------------------------------------------------------


def _card(call: Call) -> ids.Card:
    action: Mapping[str, Any] = call.action
    value = str(action.get("value") or next(iter(picked_in(action)), ""))
    return ids.read_card(value.rpartition("#")[2])


def _card_and_question(call: Call, value: str | None = None) -> tuple[ids.Card, QuestionId]:
    text = value if value is not None else str(call.action.get("value") or "")
    card = ids.read_card(text)
    question = QuestionId(text.rpartition("|")[2])
    return card, question


def _get(work: Work, card: ids.Card) -> Review:
    return work.reviews.get(card.review)


def _case(work: Work, card: ids.Card, desk: Desk) -> tuple[Review, Case]:
    review = work.reviews.get(card.review)
    return review, case_of(review, desk.knowledge.bank, desk.knowledge.policy)


def _tell(work: Work, card: ids.Card, desk: Desk) -> ReviewTold:
    review = work.reviews.get(card.review)
    aged = aged_answers(review, desk.knowledge, desk.now().date())
    lapsed = lapsed_clients(work, review.profile, desk.now())
    return tell_review(review, desk.knowledge, aged=aged, lapsed=lapsed)


ACTIONS: Final = {
    **describing.ACTIONS,
    ids.SUBMIT: on_submit,
    ids.NEXT: on_next,
    ids.NONE: on_none,
    ids.ANOTHER: on_another,
    ids.BACK: on_back,
    ids.WHY: on_why,
    ids.FORM: on_form,
    ids.CHANGE_ANSWER: on_change,
    ids.EXTRA: on_extra,
    ids.DM: on_dm,
    ids.SUM: on_sum,
    ids.WITHDRAW: on_withdraw,
    ids.REOPEN: on_reopen,
    ids.JOIN: on_join,
    ids.NEW: on_new,
    ids.NOTE: on_note,
    ids.MORE: on_more,
}
VIEWS: Final = {
    **describing.VIEWS,
    ids.FORM_PAGE: on_form_sent,
    ids.EXTRA_PAGE: on_extra_sent,
    ids.CHANGE_PAGE: on_change_sent,
    ids.SUBMIT_PAGE: on_submit_sent,
    ids.WITHDRAW_PAGE: on_withdraw_sent,
}
