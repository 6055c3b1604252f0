"""The way through the questions: on the card, in a form, in words; back, forth, away and back again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.decision import months_later
from bot.slack import ids
from bot.slack.addresses import Addresses
from bot.wiring import parts
from tests.stories.steps import (
    AGENTS,
    GAPS,
    HEAVY,
    HEAVY_KINDS,
    SMALL,
    again,
    answer_all,
    answer_quickly,
    ask,
    best_of,
    close_all,
    decided,
    describe,
    menu,
    offers,
    old,
    open_review,
    pick,
    press_old,
    question_of,
    review_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import (
    KNOWLEDGE,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    find_control,
    has_control,
    open_town,
)


async def codes_of(town: Town, question: str) -> tuple[str, ...] | None:
    given = (await review_of(town)).answers.get(question)  # type: ignore[call-overload]  # ids are plain strings here
    return given.codes if given else None


async def shows(town: Town, card: Any, question: str) -> Any:
    """Ask again for the answer of one question, through *Change an Answer*."""
    await menu(town, TEAM_LEAD, again(town, card), ids.CHANGE_ANSWER)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    field = next(each for each in town.modal(TEAM_LEAD)["blocks"] if each["type"] == "input")
    choices = [each for group in field["element"]["option_groups"] for each in group["options"]]
    option = next(each for each in choices if each["value"] == question)
    assert await town.submit(TEAM_LEAD, **{field["block_id"]: option["value"]}) == {}
    await town.until(lambda: question_of(again(town, card)) == question)
    return again(town, card)


# --- the card ---------------------------------------------------------------------------------------------------------


async def test_the_card_shows_how_far_it_is_why_it_asks_and_what_was_added(town: Town) -> None:
    card = await ask(town)
    await describe(town, card, kinds=("browser_extension",), **{**AGENTS, "profile|data": ["internal"]})
    await town.until(lambda: question_of(again(town, card)))
    first = again(town, card)
    assert "question 1 of" in words(first)
    assert "I added" in words(first)
    question = KNOWLEDGE.bank.by_id[question_of(first)]  # type: ignore[index]
    await town.click(TEAM_LEAD, first, "review|why")
    why = words(town.modal(TEAM_LEAD))
    assert question.why in why
    assert KNOWLEDGE.guidelines[question.guideline].title in why


async def test_back_shows_the_answer_given_and_another_one_replaces_it(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    first = question_of(card)
    assert not has_control(card.blocks, "review|back")
    await pick(town, card, "password")
    assert "As answered this is already a no" in words(again(town, card))
    await town.click(TEAM_LEAD, again(town, card), "review|back")
    await town.until(lambda: question_of(again(town, card)) == first)
    assert "Recorded: “User name and password only”" in words(again(town, card))
    await pick(town, card, "sso_mfa")
    assert await codes_of(town, "G1-ACCESS-MFA") == ("sso_mfa",)
    assert "already a no" not in words(again(town, card))


async def test_any_answer_can_be_changed_while_the_verdict_is_shown(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    verdict = await answer_quickly(town, card)
    assert "safe to roll out" in words(verdict)
    await shows(town, card, "G4-KEEP-TIME")
    changed = await pick(town, card, "manual")
    assert "safe with conditions" in words(changed)
    assert await codes_of(town, "G4-KEEP-TIME") == ("manual",)


async def test_not_knowing_is_an_answer_too_and_goes_to_the_leads(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    verdict = await answer_quickly(town, card, **{"G1-ACCESS-MFA": "unknown"})
    assert "needs the security leads" in words(verdict)
    assert "1 answer is not known yet" in words(verdict)


async def test_what_ruled_the_tool_out_is_not_forgotten_by_not_knowing(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await pick(town, card, "password")
    await town.click(TEAM_LEAD, again(town, card), "review|back")
    await town.until(lambda: question_of(again(town, card)) == "G1-ACCESS-MFA")
    await town.click(TEAM_LEAD, again(town, card), "answer|unknown")
    assert any("takes a lead" in each for each in town.whispers(TEAM_LEAD))
    assert await codes_of(town, "G1-ACCESS-MFA") == ("password",)
    # By way of a better answer it is not forgotten either.
    await pick(town, card, "sso_mfa")
    await shows(town, card, "G1-ACCESS-MFA")
    await town.click(TEAM_LEAD, again(town, card), "answer|unknown")
    assert await codes_of(town, "G1-ACCESS-MFA") == ("sso_mfa",)


async def test_ticks_are_saved_one_by_one_and_none_of_these_is_an_answer(town: Town) -> None:
    card = await ask(town)
    await describe(town, card, **AGENTS)
    await answer_quickly(town, card)
    layers = await shows(town, card, "G3-LAYER-CHECK")
    element = find_control(layers.blocks, "answer")[1]
    await town.click(TEAM_LEAD, layers, "answer", selected_options=element["options"][:1])
    await town.settle()
    assert question_of(again(town, card)) == "G3-LAYER-CHECK"  # a tick of several: the question stays
    assert await codes_of(town, "G3-LAYER-CHECK") == (element["options"][0]["value"],)
    await town.click(TEAM_LEAD, again(town, card), "review|none")
    await town.until(lambda: question_of(again(town, card)) is None)
    assert await codes_of(town, "G3-LAYER-CHECK") == ()


async def test_details_are_asked_for_after_the_choice_and_left_out_they_become_a_condition(town: Town) -> None:
    card = await open_review(town, **SMALL)
    await answer_quickly(town, card)
    await shows(town, card, "G3-OWNER-NAME")
    other = next(o.code for o in KNOWLEDGE.bank.by_id["G3-OWNER-NAME"].options if o.code != "named")  # type: ignore[index]
    await pick(town, card, other)
    await shows(town, card, "G3-OWNER-NAME")
    await town.click(TEAM_LEAD, again(town, card), "answer|named")
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert "Who looks after it" in words(town.modal(TEAM_LEAD))
    close_all(town, TEAM_LEAD)  # left out
    await town.settle()
    verdict = again(town, card)
    assert "Still missing" in words(verdict)
    assert "What is left out becomes a condition" in words(verdict)
    details = {"extra|person": OTHER_LEAD, "extra|link": "https://wiki.invalid/page", "extra|date": "2027-06-30"}
    while has_control(again(town, card).blocks, "review|extra"):
        await town.click(TEAM_LEAD, again(town, card), "review|extra")
        assert await town.submit(TEAM_LEAD, **details) == {}
        await town.settle()
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    (decision,) = await decided(town)
    assert decision.conditions == ()


async def test_what_was_left_out_stands_among_the_conditions_that_a_lead_signs(town: Town) -> None:
    _, request = await with_the_leads(town, answers={})
    assert "left out, to be added within 10 working days" in words(request)
    await sign(town, request)
    (decision,) = await decided(town)
    assert any(each.text.startswith("Add what was left out") for each in decision.conditions)


# --- the form ---------------------------------------------------------------------------------------------------------


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions of a form, by id."""
    return {str(b["block_id"]).split("|")[1]: b for b in view["blocks"] if str(b.get("block_id")).startswith("q|")}


async def test_a_form_is_filled_in_with_what_is_known_and_takes_part_of_the_answers(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await pick(town, card, "sso_mfa")
    await menu(town, TEAM_LEAD, again(town, card), ids.FORM)
    asked = fields(town.modal(TEAM_LEAD))
    assert asked["G1-ACCESS-MFA"]["element"]["initial_option"]["value"] == "sso_mfa"
    (one, *_) = (each for each in asked if each != "G1-ACCESS-MFA")
    assert await town.submit(TEAM_LEAD, **{asked[one]["block_id"]: best_of(one)[0]}) == {}
    review = await review_of(town)
    assert set(review.answers) == {"G1-ACCESS-MFA", one}


async def test_turning_the_form_to_another_part_keeps_what_was_filled_in(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await menu(town, TEAM_LEAD, card, ids.FORM)
    asked = fields(town.modal(TEAM_LEAD))
    block = asked["G1-ACCESS-MFA"]["block_id"]
    option = find_control(town.modal(TEAM_LEAD)["blocks"], ids.FORM)[1]["options"]
    other = next(each for each in option if each["value"] == "G4")
    await town.click_in_form(TEAM_LEAD, ids.FORM, {block: "sso_mfa"}, selected_option=other)
    assert set(fields(town.modal(TEAM_LEAD))) <= {q.id for q in KNOWLEDGE.bank.questions if q.guideline == "G4"}
    assert await codes_of(town, "G1-ACCESS-MFA") == ("sso_mfa",)


async def test_a_form_says_beside_which_answer_it_was_refused_and_saves_nothing_of_it(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await pick(town, card, "sso_mfa")
    await pick(town, card, "personal")  # G1-DEVICE-TRUST: rules it out, so it can't become "I don't know"
    await menu(town, TEAM_LEAD, again(town, card), ids.FORM)
    await town.click_in_form(
        TEAM_LEAD,
        ids.FORM,
        selected_option=find_control(town.modal(TEAM_LEAD)["blocks"], ids.FORM)[1]["options"][0],
    )
    asked = fields(town.modal(TEAM_LEAD))
    device, sign_in = asked["G1-DEVICE-TRUST"]["block_id"], asked["G1-ACCESS-MFA"]["block_id"]
    refused = await town.submit(TEAM_LEAD, **{device: "unknown", sign_in: "local_mfa"})
    assert set(refused) == {device}
    assert "takes a lead" in refused[device]
    assert await codes_of(town, "G1-ACCESS-MFA") == ("sso_mfa",)
    # Turning the page with it is refused as well, on top of the form and not behind it.
    other = find_control(town.modal(TEAM_LEAD)["blocks"], ids.FORM)[1]["options"][2]
    await town.click_in_form(TEAM_LEAD, ids.FORM, {device: "unknown"}, selected_option=other)
    assert "takes a lead" in words(town.modal(TEAM_LEAD))


# --- typed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2", "sso_mfa"),
        ("option 4", "password"),
        ("User name and password only", "password"),
        ("I don't know", "unknown"),
    ],
)
async def test_a_reply_in_the_thread_is_an_answer_when_it_names_an_option(town: Town, typed: str, code: str) -> None:
    card = await open_review(town, **AGENTS)
    await town.say(OTHER_LEAD, TEAM_CHANNEL, typed, thread=card.thread_ts)
    await town.until(lambda: question_of(again(town, card)) != "G1-ACCESS-MFA")
    given = (await review_of(town)).answers["G1-ACCESS-MFA"]  # type: ignore[index]
    assert (given.codes, given.by, given.came) == ((code,), OTHER_LEAD, "reply")


@pytest.mark.parametrize("typed", ["company sign in", "well, it depends", "99", "maybe?"])
async def test_a_reply_that_could_mean_two_things_or_none_is_asked_back(town: Town, typed: str) -> None:
    card = await open_review(town, **AGENTS)
    await town.say(TEAM_LEAD, TEAM_CHANNEL, typed, thread=card.thread_ts)
    back = await town.until(lambda: next((c for c in town.cards(TEAM_CHANNEL) if "could not match" in words(c)), None))
    assert "1. Company sign-in (SSO) with a passkey" in words(back)
    assert (await review_of(town)).answers == {}


async def test_a_reply_to_a_question_with_ticks_is_sent_to_the_card(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await answer_quickly(town, card)
    await shows(town, card, "G3-LAYER-CHECK")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "all of them", thread=card.thread_ts)
    await town.until(lambda: any("Please tick your answer" in words(c) for c in town.cards(TEAM_CHANNEL)))


async def test_talk_elsewhere_is_none_of_our_business(town: Town) -> None:
    await open_review(town, **AGENTS)
    before = len(town.workspace.messages[TEAM_CHANNEL])
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "2")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "password", thread=above)
    await town.settle()
    assert len(town.workspace.messages[TEAM_CHANNEL]) == before + 2
    assert (await review_of(town)).answers == {}


# --- another profile, another place, another day ----------------------------------------------------------------------


async def test_another_profile_keeps_the_answers_and_the_first_page(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await pick(town, card, "sso_mfa")
    await menu(town, TEAM_LEAD, again(town, card), ids.PROFILE)
    form = town.modal(TEAM_LEAD)
    kinds = next(each for each in form["blocks"] if each.get("block_id") == "profile|kinds")["element"]
    assert [each["value"] for each in kinds["initial_options"]] == ["saas"]
    text = {
        "profile|purpose": "Notes from calls",
        "profile|vendor": "Fabrikam",
        "profile|url": "https://fabrikam.invalid",
    }
    assert await town.submit(TEAM_LEAD, **text) == {}
    assert await town.submit(TEAM_LEAD, **{"profile|seats": "5000"}) == {}
    review = await review_of(town)
    assert review.profile is not None
    assert (review.purpose, review.vendor, review.url) == ("Notes from calls", "Fabrikam", "https://fabrikam.invalid")
    assert (review.profile.seats, review.profile.data, review.profile.clients.names) == (
        5000,
        {"customer_pii"},
        {"Northwind"},
    )
    assert review.answers["G1-ACCESS-MFA"].codes == ("sso_mfa",)  # type: ignore[index]


async def test_going_on_in_a_direct_message_leaves_word_and_answers_go_on_there(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    first = question_of(card)
    await menu(town, TEAM_LEAD, card, ids.DM)
    there = await town.card_with(town.dm(TEAM_LEAD), "review|why")
    await town.settle()
    assert "This review goes on in a direct message." in words(again(town, card))
    assert offers(again(town, card)) == []
    assert question_of(there) == first
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), "2")
    await town.until(lambda: question_of(again(town, there)) != first)
    verdict = await answer_quickly(town, there, **GAPS)
    await town.click(TEAM_LEAD, verdict, "review|submit")
    await sign(town, await town.card_with(SECURITY_CHANNEL, "sign_off|approve"))
    told = [each for each in town.cards(town.dm(TEAM_LEAD)) if "approved" in each.text and each.ts != there.ts]
    assert len(told) == 1  # in the place it moved to, and only once


async def test_the_whole_list_of_a_big_tool_can_be_answered_on_the_card(town: Town) -> None:
    card = await ask(town)
    await describe(town, card, kinds=HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    assert "Two sittings are fine" in words(again(town, card))
    verdict = await answer_all(town, card)
    assert "*Who signs:* two security leads" in words(verdict)


# --- an end -----------------------------------------------------------------------------------------------------------


async def test_a_withdrawal_asks_first_and_then_everyone_knows(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    element = find_control(card.blocks, ids.MORE)[1]
    join = next(each for each in element["options"] if each["value"].startswith("review|join#"))
    await town.click(OTHER_LEAD, card, ids.MORE, selected_option=join)
    await menu(town, TEAM_LEAD, again(town, card), ids.WITHDRAW)
    assert "Withdraw the review of Fabrikam Notes?" in words(town.modal(TEAM_LEAD))
    assert not (await review_of(town)).ended
    assert await town.submit(TEAM_LEAD) == {}
    await town.settle()
    assert "closed without a decision" in words(again(town, card))
    told = [each.text for each in town.cards(town.dm(OTHER_LEAD))]
    assert any(f"<@{TEAM_LEAD}> withdrew the review of Fabrikam Notes" in each for each in told)
    assert "review:withdraw" in await tags(town)


async def test_only_the_team_withdraws_and_hands_in(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    verdict = await answer_quickly(town, card)
    await town.click(OTHER_LEAD, verdict, "review|submit")
    assert any("Join" in each for each in town.whispers(OTHER_LEAD))
    await menu(town, OTHER_LEAD, again(town, card), ids.WITHDRAW)
    await town.submit(OTHER_LEAD)
    assert "Nothing was changed" in str(town.modal(OTHER_LEAD)["title"])
    assert (await review_of(town)).stage == "answering"


async def test_the_verdict_card_gives_the_reason_the_smallest_change_and_a_sum_that_adds_up(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    verdict = await answer_quickly(town, card, **{"G1-ACCESS-MFA": "password"})
    said = words(verdict)
    assert "Rules it out: “How do people sign in to it?” is answered “User name and password only”" in said
    assert "The smallest change that would improve it" in said
    await town.click(TEAM_LEAD, verdict, "review|sum")
    assert "Tier" in words(town.modal(TEAM_LEAD)) or "tier" in words(town.modal(TEAM_LEAD))


async def test_handing_in_twice_is_handing_in_once(town: Town) -> None:
    card = await open_review(town, **SMALL)
    seen = old(town, await answer_quickly(town, card))
    for _ in range(2):
        await press_old(town, TEAM_LEAD, seen, "review|submit")
    await town.settle()
    assert len(await decided(town)) == 1
    assert (await tags(town)).count("review:submit") == 1


# --- cards that are not how things stand ------------------------------------------------------------------------------


async def test_an_answer_to_a_review_that_ended_is_explained(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    seen = old(town, card)
    await menu(town, TEAM_LEAD, card, ids.WITHDRAW)
    await town.submit(TEAM_LEAD)
    await town.settle()
    await press_old(town, TEAM_LEAD, seen, "answer|unknown")
    await town.settle()
    assert "This review has ended, so nothing was changed." in town.whispers(TEAM_LEAD)[-1]
    assert "closed without a decision" in words(again(town, card))


async def test_an_answer_while_it_is_with_the_leads_is_explained(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    seen = old(town, card)
    await answer_quickly(town, card)
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    for act in ("answer|unknown", "review|form"):
        await press_old(town, TEAM_LEAD, seen, act)
        assert "This review is with the security leads now." in town.whispers(TEAM_LEAD)[-1]
        assert town.workspace.top_view(TEAM_LEAD) is None
    await town.settle()
    assert "is with the security leads" in words(again(town, card))


async def test_an_answer_that_somebody_else_gave_otherwise_meanwhile_is_not_overwritten(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    seen = old(town, card)
    await pick(town, card, "sso_mfa")
    await press_old(town, OTHER_LEAD, seen, "answer|unknown")
    assert "Somebody else answered this question a moment ago" in town.whispers(OTHER_LEAD)[-1]
    assert await codes_of(town, "G1-ACCESS-MFA") == ("sso_mfa",)


async def test_a_question_that_is_asked_no_more_is_explained(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    for _ in range(40):  # to a question that only this use is asked
        if question_of(again(town, card)) == "G7-INSIDER-LIMIT":
            break
        await pick(town, card, *best_of(str(question_of(again(town, card)))))
    seen = old(town, card)
    assert question_of(seen) == "G7-INSIDER-LIMIT"
    await menu(town, TEAM_LEAD, again(town, card), ids.PROFILE)
    await town.submit(TEAM_LEAD)
    assert await town.submit(TEAM_LEAD, **{**SMALL, "profile|client_names": ""}) == {}
    await town.settle()
    await press_old(town, TEAM_LEAD, seen, "answer|unknown")
    assert "not asked for this tool any more" in town.whispers(TEAM_LEAD)[-1]


async def test_an_old_form_of_the_profile_is_refused_before_it_opens(town: Town) -> None:
    card = await ask(town)
    seen = old(town, card)
    await town.click(OTHER_LEAD, card, "review|profile")
    assert town.workspace.top_view(OTHER_LEAD) is None
    assert "Join" in town.whispers(OTHER_LEAD)[-1]
    await town.click(TEAM_LEAD, card, "review|withdraw")
    await town.settle()
    await press_old(town, TEAM_LEAD, seen, "review|profile")
    assert town.workspace.top_view(TEAM_LEAD) is None
    assert "has ended" in town.whispers(TEAM_LEAD)[-1]


async def test_two_people_who_press_the_same_at_once_gave_one_answer(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await asyncio.gather(town.click(TEAM_LEAD, card, "answer|unknown"), town.click(OTHER_LEAD, card, "answer|unknown"))
    await town.settle()
    review = await review_of(town)
    assert review.answers["G1-ACCESS-MFA"].codes == ("unknown",)  # type: ignore[index]
    assert (await tags(town)).count("review:answer:add") == 1


async def test_a_card_that_changed_while_it_was_sent_is_sent_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LOOK_EVERY", 1_000.0)  # nobody looks for what is due
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}") as town:
        card = await open_review(town)
        await town.settle()
        post, held, go_on = Addresses.post, asyncio.Event(), asyncio.Event()

        async def slowly(self: Addresses, url: str, message: dict[str, Any]) -> None:
            held.set()
            await go_on.wait()
            await post(self, url, message)

        monkeypatch.setattr(Addresses, "post", slowly)
        first = question_of(card)
        await town.click(TEAM_LEAD, card, "answer|unknown")
        await held.wait()
        await town.say(TEAM_LEAD, TEAM_CHANNEL, "I don't know", thread=card.thread_ts)
        while len((review := await review_of(town)).answers) < 2:  # noqa: ASYNC110 - only the record shows it
            await asyncio.sleep(0)
        go_on.set()
        await town.until(lambda: question_of(again(town, card)) not in (first, *review.answers))


async def test_describing_a_smaller_use_for_a_while_makes_nobody_forget_what_ruled_it_out(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await answer_quickly(town, card, **{"G1-ACCESS-MFA": "password"})
    for use, to in ((SMALL, "unknown"), (AGENTS, None)):
        await menu(town, TEAM_LEAD, again(town, card), ids.PROFILE)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        assert await town.submit(TEAM_LEAD, **{"profile|kinds": ["saas"]}) == {}
        await town.until(lambda: town.modal(TEAM_LEAD)["callback_id"] == "profile|2")
        assert await town.submit(TEAM_LEAD, **use) == {}
        await town.settle()
        if to is not None:
            await pick(town, await shows(town, card, "G1-ACCESS-MFA"), to)
            assert await codes_of(town, "G1-ACCESS-MFA") == ("unknown",)
    assert await codes_of(town, "G1-ACCESS-MFA") == ("password",)
    assert "not as it stands" in words(again(town, card))


async def test_a_verdict_that_is_another_by_now_is_shown_before_it_is_recorded(town: Town) -> None:
    card = await open_review(town)
    await answer_quickly(town, card)
    seen = old(town, card)
    policy = town.bot.desk.knowledge.policy
    longer = replace(policy, lifetimes=replace(policy.lifetimes, months=dict.fromkeys(policy.lifetimes.months, 1)))
    object.__setattr__(town.bot.desk, "knowledge", replace(town.bot.desk.knowledge, policy=longer))
    await press_old(town, TEAM_LEAD, seen, "review|submit")
    assert "changed after this verdict was shown" in town.whispers(TEAM_LEAD)[-1]
    assert await decided(town) == []
    await town.settle()
    assert "at most 1 month" in words(again(town, card))
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    assert [each.valid_until for each in await decided(town)] == [months_later(town.bot.desk.now().date(), 1)]
