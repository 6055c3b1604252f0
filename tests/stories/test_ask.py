"""A question to the knowledge base: passages at once, checked sentences later, and no yes to a tool from any page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.asked import KEPT_FOR, Asked, Feedback
from bot.domain.model_use import Use
from bot.domain.passage import Cited
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.limits import Surface, check
from bot.store.work import Work
from bot.use_cases.ask import forget_questions
from bot.use_cases.ports import Drafted
from tests.slack.mrkdwn_reader import live_in
from tests.stories.model import Scripted
from tests.stories.shelves import KEYS, PHONES, QUESTION, TRUE, WROTE, Shelves, with_shelves
from tests.stories.steps import AGENTS, ask, card_in_thread, describe, offers, open_review, tags, words
from tests.stories.test_ways_in import approved
from tests.stories.town import (
    GUEST,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
    open_town,
)


@pytest.fixture
def model() -> Scripted:
    return Scripted(set_up=False)


@pytest.fixture
def knowledge() -> Knowledge:
    return with_shelves()[0]


@pytest.fixture
def shelves(knowledge: Knowledge) -> Shelves:
    found: Any = knowledge.library
    return found


@pytest.fixture
async def town(tmp_path: Path, model: Scripted, knowledge: Knowledge) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", knowledge=knowledge, model=model) as opened:
        yield opened


def says(model: Scripted, *sentences: Cited) -> None:
    model.set_up, model.answers = True, Drafted(sentences, WROTE)


async def answer(town: Town, text: str = QUESTION, user: str = TEAM_LEAD) -> Any:
    """Ask in the channel, let everything come to its end, and look at the one answer."""
    ts = await town.say(user, TEAM_CHANNEL, f"@Preflight {text}")
    await town.settle()
    (card,) = [each for each in town.cards(TEAM_CHANNEL) if each.thread_ts == ts]
    assert check({"text": card.text, "blocks": card.blocks}, Surface.MESSAGE) == []
    return card


async def questions(town: Town) -> list[Asked]:
    def kept(work: Work) -> list[Asked]:
        rows = work.connection.exec_driver_sql("select id from asked order by at").all()
        return [found for row in rows if (found := work.asked.get(row[0])) is not None]

    return await town.bot.desk.read(kept)


# --- the passages -----------------------------------------------------------------------------------------------------


async def test_a_question_is_answered_with_the_passages_and_the_words_that_fit_in_bold(town: Town) -> None:
    card = await answer(town)
    said = words(card)
    assert "*[1] The second factor*" in said
    assert "*phones*" in said
    assert "Source: Phones policy, March 2026" in said
    assert "<https://pages.nist.gov/800-63-4/sp800-63b.html|NIST SP 800-63B>" in said
    assert "model" not in said
    assert not {ids.ASK_REVIEW, ids.PROFILE} & {*offers(card)}
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)) == []


async def test_words_that_ask_nothing_get_what_is_known_about_them_and_the_way_to_a_review(town: Town) -> None:
    card = await answer(town, "somebody lost the security key that was handed out")
    assert "*[1] The second factor*" in words(card)
    assert has_control(card.blocks, ids.ASK_REVIEW)
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)) == []


async def test_words_that_ask_nothing_are_a_models_to_read_where_there_is_one(town: Town, model: Scripted) -> None:
    model.set_up = True
    card = await answer(town, "somebody lost the security key that was handed out")
    assert "Ask me before you do." in words(card)  # it read nothing, so help is given
    assert len(model.shown) == 1


async def test_where_nothing_is_known_it_says_so_and_what_can_be_done(town: Town, shelves: Shelves) -> None:
    shelves.pages = ()
    card = await answer(town)
    assert "I know nothing about that." in words(card)
    assert "/preflight" in words(card)
    assert not has_control(card.blocks, ids.ASK_FEEDBACK)


async def test_a_direct_message_and_the_command_are_answered_in_private(town: Town) -> None:
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), QUESTION)
    await town.settle()
    await town.command(TEAM_LEAD, f"ask {QUESTION}")
    await town.command(TEAM_LEAD, QUESTION)
    await town.settle()
    cards = town.cards(town.dm(TEAM_LEAD))
    assert len(cards) == 3
    for card in cards:
        assert "*[1] The second factor*" in words(card)
        assert f"You asked: “{QUESTION}”" in words(card)
    assert all(each.only_for == TEAM_LEAD for each in town.cards(TEAM_CHANNEL))


async def test_the_bare_command_explains_itself_with_two_examples(town: Town) -> None:
    await town.command(TEAM_LEAD, "ask")
    await town.until(lambda: town.whispers(TEAM_LEAD))
    assert town.whispers(TEAM_LEAD)[0].count("/preflight ask ") == 2
    assert await questions(town) == []


async def test_all_passages_can_be_read_in_full(town: Town) -> None:
    card = await answer(town)
    await town.click(TEAM_LEAD, card, ids.ASK_MORE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert "free of charge" in words(town.modal(TEAM_LEAD))


async def test_a_message_that_comes_twice_is_answered_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = town.deliveries.event

    def twice(payload: Any, **more: Any) -> None:
        deliver(payload, **more)
        deliver(payload, **more)

    monkeypatch.setattr(town.deliveries, "event", twice)
    await answer(town)
    assert len(await questions(town)) == 1
    assert len(town.cards(TEAM_CHANNEL)) == 1


# --- with a model -----------------------------------------------------------------------------------------------------


async def test_a_models_answer_stands_above_its_sources_with_their_numbers(town: Town, model: Scripted) -> None:
    says(model, TRUE, Cited("A security key cannot be talked out of people.", (2, 99)))
    card = await answer(town)
    said = words(card)
    assert "Agents may use their own phones for an authenticator app. [1]" in said
    assert "A security key cannot be talked out of people. [2]" in said
    assert "Written by a model from the sources below" in said
    assert said.index("authenticator app. [1]") < said.index("*[1] The second factor*")
    assert len([call for call in town.calls if call[0] == "chat.postMessage"]) == 1
    assert model.asked == [QUESTION]


@pytest.mark.parametrize(
    "sentences",
    [
        pytest.param((), id="nothing"),
        pytest.param((Cited("Agents may use their own phones for an authenticator app.", ()),), id="no source"),
        pytest.param((Cited("Agents may use their own phones for an authenticator app.", (99,)),), id="passage 99"),
        pytest.param((Cited("Agents may use their own phones for everything and all client data.", (1,)),), id="a lie"),
        pytest.param((Cited("Zoom is approved.", (3, 1, 2)),), id="a yes to a tool"),
        pytest.param((Cited("See https://evil.example/login for phones.", (1,)),), id="a link"),
        pytest.param((Cited("<!here> Agents may use their own phones.", (1,)),), id="a call"),
    ],
)
async def test_what_the_passages_do_not_carry_leaves_the_passages(
    town: Town, model: Scripted, sentences: tuple[Cited, ...]
) -> None:
    without = words(await answer(town))
    says(model, *sentences)
    card = await answer(town)
    assert words(card) == without
    assert {live.kind for live in live_in({"text": card.text, "blocks": card.blocks})} <= {"link"}
    assert (await questions(town))[-1].sentences == ()


async def test_of_a_lying_answer_what_is_so_stays(town: Town, model: Scripted) -> None:
    says(model, Cited("Yes, you may.", (1,)), TRUE, Cited("Nobody has to ask the CISO.", (1,)))
    said = words(await answer(town))
    assert TRUE.text in said
    assert "Yes, you may" not in said
    assert "CISO" not in said


async def test_no_yes_to_a_tool_passes_even_where_a_page_says_it(town: Town, model: Scripted) -> None:
    says(model, Cited("Zoom is approved.", (1,)), Cited("Ask for a BAA with Zoom first.", (1,)))
    said = words(await answer(town, "does Zoom need a BAA?"))
    assert "Ask for a BAA with Zoom first. [1]" in said
    assert "Zoom is approved. [" not in said


async def test_a_slow_model_keeps_nobody_waiting_and_the_card_moves_on_when_it_speaks(
    town: Town, model: Scripted
) -> None:
    model.silent = asyncio.Event()
    says(model, TRUE)
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight {QUESTION}")
    card = await town.until(lambda: card_in_thread(town, ts, ids.ASK_FEEDBACK))
    assert "*[1] The second factor*" in words(card)
    model.silent.set()
    await town.until(lambda: TRUE.text in words(card_in_thread(town, ts, ids.ASK_FEEDBACK)))


async def test_a_process_that_ends_before_the_model_speaks_leaves_the_passages(town: Town, model: Scripted) -> None:
    model.silent = asyncio.Event()
    says(model, TRUE)
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight {QUESTION}")
    await town.until(lambda: card_in_thread(town, ts, ids.ASK_FEEDBACK))
    while await town.bot.desk.read(lambda work: work.notices.due_count()):  # noqa: ASYNC110 - nothing says when
        await asyncio.sleep(0)  # the passages are on record as sent; only the model is still being waited for
    (waiting,) = [each for each in town.bot.desk.tasks if each.get_coro().__qualname__ == "_answer"]
    waiting.cancel()
    await town.settle()
    card = card_in_thread(town, ts, ids.ASK_FEEDBACK)
    assert "*[1] The second factor*" in words(card)
    assert TRUE.text not in words(card)


@pytest.mark.parametrize("use", [Use.OFF, Use.QUESTIONS])
async def test_the_switch_is_heeded(town: Town, model: Scripted, use: Use) -> None:
    says(model, TRUE)
    desk = town.bot.desk
    await desk.store.act(lambda work: work.switches.set("model", use.value, by="ULEADONE", at=desk.now()))
    said = words(await answer(town))
    assert (TRUE.text + " [1]" in said) is (use is Use.QUESTIONS)


async def test_a_switch_that_is_turned_off_while_the_model_thinks_keeps_its_words_out(
    town: Town, model: Scripted
) -> None:
    model.silent = asyncio.Event()
    says(model, TRUE)
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight {QUESTION}")
    await town.until(lambda: card_in_thread(town, ts, ids.ASK_FEEDBACK))
    desk = town.bot.desk
    await desk.store.act(lambda work: work.switches.set("model", Use.OFF.value, by="ULEADONE", at=desk.now()))
    model.silent.set()
    await town.settle()
    assert model.asked
    assert TRUE.text not in words(card_in_thread(town, ts, ids.ASK_FEEDBACK))


async def test_a_page_that_changes_takes_the_sentence_with_it(town: Town, model: Scripted, shelves: Shelves) -> None:
    says(model, TRUE)
    card = await answer(town)
    assert TRUE.text in words(card)
    shelves.pages = (replace(PHONES, text="Agents must not use their own phones for anything."), KEYS)
    await town.click(TEAM_LEAD, card, ids.ASK_FEEDBACK, value=f"wrong|{(await questions(town))[0].id}")
    assert await town.submit(TEAM_LEAD) == {}
    await town.settle()
    assert TRUE.text not in words(town.cards(SECURITY_CHANNEL)[-1])


# --- requests and reviews ---------------------------------------------------------------------------------------------


async def test_a_request_that_is_asked_as_a_question_offers_a_review_in_the_askers_words(town: Town) -> None:
    await town.command(TEAM_LEAD, "ask can we roll out Otter.ai for 200 home agents?")
    card = await town.card_with(town.dm(TEAM_LEAD), ids.ASK_REVIEW)
    assert "No page can say yes to a tool." in words(card)
    await town.click(TEAM_LEAD, card, ids.ASK_REVIEW)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    (review,) = await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD))
    assert review.tool_name == "Otter.ai"
    assert ("seats", "200") in {(each.fact, each.value) for each in review.proposals}


async def test_a_model_is_not_asked_for_a_request(town: Town, model: Scripted) -> None:
    says(model, Cited("Zoom is approved.", (1,)))
    await town.command(TEAM_LEAD, "ask can we roll out Zoom?")
    card = await town.card_with(town.dm(TEAM_LEAD), ids.ASK_REVIEW)
    await town.settle()
    assert model.asked == []
    assert "Written by a model" not in words(card)


async def test_what_was_decided_about_a_tool_is_quoted_from_the_register(town: Town, shelves: Shelves) -> None:
    await approved(town, "Fabrikam Notes")
    card = await answer(town, "does Fabrikam Notes need a BAA?", OTHER_LEAD)
    assert "*On record:* Fabrikam Notes, approved, until" in words(card)
    await town.click(OTHER_LEAD, card, ids.ASK_DECISION)
    await town.until(lambda: any("Decisions about Fabrikam Notes" in each for each in town.whispers(OTHER_LEAD)))


async def test_a_question_in_a_reviews_thread_is_answered_and_the_review_stays_where_it_was(town: Town) -> None:
    await town.command(TEAM_LEAD, "Fabrikam Notes")
    card = await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    await describe(town, card, **AGENTS)
    before = (await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)))[0]
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), QUESTION)
    await town.card_with(town.dm(TEAM_LEAD), ids.ASK_FEEDBACK)
    await town.settle()
    assert (await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)))[0] == before
    assert not any("could not match" in words(each) for each in town.cards(town.dm(TEAM_LEAD)))


async def test_a_typed_answer_stays_an_answer(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight I don't know", thread=card.thread_ts)
    await town.settle()
    (review,) = await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD))
    assert len(review.answers) == 1
    assert await questions(town) == []


async def test_a_request_is_a_request_as_ever(town: Town) -> None:
    card = await ask(town, text="@Preflight is Otter.ai safe to roll out?")
    assert "Otter.ai" in card.text
    assert await questions(town) == []


# --- what people say of it --------------------------------------------------------------------------------------------


async def test_a_press_is_kept_and_the_last_one_counts(town: Town) -> None:
    card = await answer(town)
    (asked,) = await questions(town)
    await town.click(TEAM_LEAD, card, ids.ASK_FEEDBACK, value=f"wrong|{asked.id}")
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert (await questions(town))[0].feedback is Feedback.WRONG
    await town.click(OTHER_LEAD, card, ids.ASK_FEEDBACK, value=f"good|{asked.id}")
    await town.until(lambda: town.whispers(OTHER_LEAD))
    assert (await questions(town))[0].feedback is Feedback.GOOD
    assert town.cards(SECURITY_CHANNEL) == []


async def test_a_wrong_answer_goes_to_the_leads_with_all_they_need(town: Town, model: Scripted) -> None:
    says(model, TRUE)
    card = await answer(town)
    (asked,) = await questions(town)
    await town.click(OTHER_LEAD, card, ids.ASK_FEEDBACK, value=f"wrong|{asked.id}")
    await town.until(lambda: town.workspace.top_view(OTHER_LEAD))
    assert await town.submit(OTHER_LEAD, **{"ask|remark": "Not since May <!here> *approved*"}) == {}
    await town.settle()
    (told,) = town.cards(SECURITY_CHANNEL)
    said = words(told)
    for part in (QUESTION, TRUE.text, "The second factor", f"<@{OTHER_LEAD}>", "Not since May", "prompt version 3"):
        assert part in said
    assert {live.kind for live in live_in({"text": told.text, "blocks": told.blocks})} <= {"mention", "link"}
    assert "ask:dispute" in await tags(town)
    assert "Not since May" not in json.dumps(await audit_facts(town))


async def audit_facts(town: Town) -> list[Any]:
    return await town.bot.desk.read(
        lambda work: [tuple(row) for row in work.connection.exec_driver_sql("select facts from audit_events").all()]
    )


async def test_without_a_word_it_goes_to_the_leads_too_and_only_once(town: Town) -> None:
    card = await answer(town)
    (asked,) = await questions(town)
    for _ in range(2):
        await town.click(TEAM_LEAD, card, ids.ASK_FEEDBACK, value=f"wrong|{asked.id}")
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        await town.submit(TEAM_LEAD)
        await town.settle()
        town.workspace.stacks.clear()
    assert len(town.cards(SECURITY_CHANNEL)) == 1


async def test_questions_are_forgotten_after_thirty_days(town: Town, model: Scripted) -> None:
    says(model, TRUE)
    card = await answer(town)
    desk = town.bot.desk
    (asked,) = await questions(town)
    await desk.store.act(forget_questions, desk.now() + KEPT_FOR - timedelta(minutes=5))
    assert len(await questions(town)) == 1
    await desk.store.act(forget_questions, desk.now() + KEPT_FOR + timedelta(minutes=5))
    assert await questions(town) == []
    await town.click(TEAM_LEAD, card, ids.ASK_FEEDBACK, value=f"good|{asked.id}")
    await town.until(lambda: any("deleted after 30 days" in each for each in town.whispers(TEAM_LEAD)))
    await town.click(TEAM_LEAD, card, ids.ASK_MORE)
    await town.until(lambda: sum("deleted after 30 days" in each for each in town.whispers(TEAM_LEAD)) == 2)


# --- people from outside ----------------------------------------------------------------------------------------------


async def test_in_a_shared_channel_the_answer_goes_to_the_person_and_the_model_finds_it_there(
    town: Town, model: Scripted
) -> None:
    model.silent = asyncio.Event()
    says(model, TRUE)
    ts = await town.say(TEAM_LEAD, SHARED_CHANNEL, f"@Preflight {QUESTION}")
    card = await town.card_with(town.dm(TEAM_LEAD), ids.ASK_FEEDBACK)
    model.silent.set()
    await town.settle()
    (card,) = town.cards(town.dm(TEAM_LEAD))
    assert TRUE.text in words(card)
    assert f"You asked: “{QUESTION}”" in words(card)
    (line,) = [each for each in town.cards(SHARED_CHANNEL) if each.thread_ts == ts]
    assert words(line) == "I have answered you in a direct message."


async def test_guests_get_no_answer(town: Town) -> None:
    room = next(each.id for each in town.workspace.channels.values() if GUEST in each.members and each.kind != "dm")
    await town.say(GUEST, room, f"@Preflight {QUESTION}")
    await town.settle()
    assert await questions(town) == []


async def test_the_shipped_pages_know_about_phones_and_not_about_the_canteen(tmp_path: Path) -> None:
    async with open_town(f"sqlite:///{tmp_path / 'shipped.sqlite3'}") as town:
        said = words(await answer(town))
        assert "*[1] " in said
        assert "Source: " in said
        assert "second factor" in said.replace("*", "")
        assert "I know nothing about that." in words(await answer(town, "how often does the canteen serve lasagne?"))
