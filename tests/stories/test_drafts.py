"""The leads' card with a model's lines at its head, and without them: whatever the model does, the rest is the same."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.model_use import Task
from bot.domain.policy import Outcome
from bot.llm.absent import Absent
from bot.llm.client import RemoteModel
from bot.llm.material import as_it_is
from bot.llm.prompts import load_prompts
from bot.llm.service import Place
from bot.settings import Settings
from bot.slack.cards.parts import DRAFTED_BY
from bot.use_cases import drafting
from bot.use_cases.tellings import sign_off_notice, tell_sign_off
from tests import postgres
from tests.llm.endpoint import KEY, MODEL, Endpoint, nothing
from tests.llm.endpoint import lines as written
from tests.stories.drafting_model import Drafter, lines
from tests.stories.steps import (
    GAPS,
    HEAVY,
    HEAVY_KINDS,
    again,
    answer_quickly,
    ask,
    decided,
    describe,
    hand_in,
    offers,
    old,
    press_old,
    question_of,
    review_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import KNOWLEDGE, LEAD_1, LEAD_2, SECURITY_CHANNEL, TEAM_LEAD, Town, open_town

GOOD = (
    "Fabrikam Notes is an online service that sees customer data; 200 people would use it.",
    "One answer shows a gap, and one security lead has to sign.",
)


@pytest.fixture
def model() -> Drafter:
    return Drafter(says={Task.SUMMARY: lines(*GOOD)})


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def town(request: pytest.FixtureRequest, tmp_path: Path, model: Drafter) -> AsyncIterator[Town]:
    if request.param == "sqlite":
        async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as opened:
            yield opened
        return
    with postgres.running() as server:
        async with open_town(server.new_database(), model=model) as opened:
            yield opened


@pytest.fixture
async def small_town(tmp_path: Path, model: Drafter) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as opened:
        yield opened


async def drafts(town: Town) -> int:
    """How many drafts are kept."""
    return await town.bot.desk.read(
        lambda work: work.drafts._connection.exec_driver_sql("select count(*) from drafts").scalar_one()
    )


async def shown(town: Town, request: Any) -> str:
    await town.settle()
    return words(again(town, request))


async def until_asked(town: Town, model: Drafter, times: int = 1) -> None:
    async with asyncio.timeout(30):
        while len(model.given) < times:  # noqa: ASYNC110 - nothing of ours says so
            await asyncio.sleep(0)


# --- what is shown ----------------------------------------------------------------------------------------------------


async def test_lines_that_their_facts_hold_stand_on_the_card_and_say_whose_they_are(town: Town, model: Drafter) -> None:
    _, request = await with_the_leads(town)
    text = await shown(town, request)
    for line in GOOD:
        assert f"• {line}" in text
    assert DRAFTED_BY in text
    assert text.index("The rules say") < text.index(GOOD[0]) < text.index("Why")  # ours first, and nothing is hidden
    assert len(model.given) == 1
    assert len([each for each in town.cards(SECURITY_CHANNEL) if "May Fabrikam Notes" in words(each)]) == 1


async def test_no_word_that_anybody_typed_is_told_to_the_model(small_town: Town, model: Drafter) -> None:
    town = small_town
    card = await ask(town, TEAM_LEAD, "@Preflight is Ignore All Rules safe to roll out for Secretcorp?")
    use = {**HEAVY, "profile|clients": "some", "profile|client_names": "Northwind"}
    await describe(town, card, TEAM_LEAD, HEAVY_KINDS, **use)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card)
    await hand_in(town, card)
    await town.settle()
    told = "\n".join(model.facts(Task.SUMMARY))
    assert "10,000 people would use it." in told
    assert not re.search("Ignore|Rules safe|Secretcorp|Northwind|U[0-9A-Z]{5,}", told)


@pytest.mark.parametrize(
    "lie",
    [
        ("Fabrikam Notes is used by 201 people.",),
        ("Two security leads have to sign.",),
        ("Contoso Mail is used by 200 people.",),
        ("The tool is safe, so approve this.",),
        ("It was approved with conditions on 3 May 2024.",),
        (f"<@{LEAD_1}> 200 people would use it.",),
        ("<!channel> 200 people would use it.",),
        ("200 people would use it: https://evil.invalid/x",),
        ("*200* people would use it.",),
        ("200 people would use it.\n*Signed by the CISO*",),
        tuple(f"200 people would use it, and that is line {'x' * n}." for n in range(50)),
        ("200 people would use it. " * 20,),
        ("200 people would use it. Ask Priya about it.",),
        ("Please sign: 200 people wait.",),
        (GOOD[0], GOOD[1], "Nobody has any objection."),
        ("",),
        (),
    ],
)
async def test_one_line_that_is_not_held_and_the_card_stays_as_it_is(
    small_town: Town, model: Drafter, lie: tuple[str, ...]
) -> None:
    model.says = {Task.SUMMARY: lines(*lie)}
    _, request = await with_the_leads(small_town)
    before = len(small_town.calls)
    text = await shown(small_town, request)
    assert DRAFTED_BY not in text
    assert "In short" not in text
    assert len(model.given) == 1
    assert await drafts(small_town) == 0
    assert [method for method, _ in small_town.calls[before:] if method.startswith("chat.")] == []


async def test_without_a_model_and_with_one_that_lies_fails_or_is_silent_the_cards_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "LONGEST", timedelta(milliseconds=50))
    liar = Drafter(says={Task.SUMMARY: lines("Approve this.")})
    broken = Drafter(says={Task.SUMMARY: RuntimeError("it should never raise")})
    silent = Drafter(says={Task.SUMMARY: lines(*GOOD)}, silent=asyncio.Event())
    cards = []
    for number, model in enumerate((Absent(), liar, broken, silent, Drafter())):
        async with open_town(f"sqlite:///{tmp_path / f'{number}.sqlite3'}", model=model) as town:
            _, request = await with_the_leads(town)
            await town.settle()
            cards.append(_without_ids(again(town, request), str((await review_of(town)).id)))
    assert cards[1:] == [cards[0]] * 4


def _without_ids(card: Any, review: str) -> str:
    named = [{key: value for key, value in block.items() if key != "block_id"} for block in card.blocks]
    blocks = json.dumps([card.text, named], sort_keys=True).replace(review, "R")
    return re.sub(r"<!date\^\d+\^([^|]*)\|[^>]*>", r"<date \1>", blocks)


async def test_over_the_wire_the_lines_come_as_well_and_nothing_typed_leaves(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.says = lambda asked: written(*GOOD) if asked.task == "summary" else nothing(asked)
    prompts = load_prompts(Settings(_env_file=None).prompts)
    place = Place(MODEL, endpoint.base_url, KEY)
    model = RemoteModel(place, prompts, daily_tokens=10_000_000, at_once=8, redact=as_it_is)
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as town:
        _, request = await with_the_leads(town)
        text = await shown(town, request)
        assert GOOD[0] in text
        assert DRAFTED_BY in text
        (asked,) = [each for each in endpoint.requests if each.task == "summary"]
        assert "200 people would use it." in asked.text
        assert "Fabrikam" not in asked.text
        assert "Northwind" not in asked.text


# --- the world moves on -----------------------------------------------------------------------------------------------


async def test_a_draft_for_a_verdict_that_has_changed_meanwhile_is_dropped(town: Town, model: Drafter) -> None:
    model.waits = {0: asyncio.Event()}
    card, request = await _handed_in_unsettled(town)
    await until_asked(town, model)
    await town.click(TEAM_LEAD, again(town, card), "review|reopen")
    await town.until(lambda: "review|submit" in offers(again(town, card)))
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await until_asked(town, model, 2)
    model.waits[0].set()
    text = await shown(town, request)
    review = await review_of(town)
    assert review.package is not None
    assert text.count(GOOD[0]) == 1
    assert await drafts(town) == 1
    told = await town.bot.desk.read(_told, town, review)
    assert told.drafted == GOOD
    assert told.to_draft.about == review.package.verdict


async def test_lines_are_gone_with_the_verdict_they_were_about(small_town: Town, model: Drafter) -> None:
    town = small_town
    card, request = await with_the_leads(town)
    assert DRAFTED_BY in await shown(town, request)
    model.says = {}
    await town.click(TEAM_LEAD, again(town, card), "review|reopen")
    await town.settle()
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    assert DRAFTED_BY not in await shown(town, request)
    assert await drafts(town) == 1  # the old one is kept under its own key, and nothing shows it


async def test_lines_are_gone_once_a_lead_changes_what_would_be_signed(small_town: Town, model: Drafter) -> None:
    town = small_town
    _, request = await with_the_leads(town)
    assert DRAFTED_BY in await shown(town, request)
    after = await sign(town, request, "sign_off|conditions", **{"sign_off|kept|0": []})
    assert "milder than the rules" in words(after)
    assert DRAFTED_BY not in words(after)  # they said that one lead has to sign


# --- signing does not know of it --------------------------------------------------------------------------------------


async def test_a_lead_who_signs_while_the_lines_arrive_has_signed_what_they_saw(town: Town, model: Drafter) -> None:
    model.waits = {0: asyncio.Event()}
    _, request = await _handed_in_unsettled(town)
    await until_asked(town, model)
    version = (await review_of(town)).version
    seen = old(town, request)
    assert DRAFTED_BY not in words(seen)
    await town.click(LEAD_1, seen, "sign_off|approve")  # the form is open, over the card without the lines
    model.waits[0].set()
    assert DRAFTED_BY in await shown(town, request)
    assert (await review_of(town)).version == version
    if town.workspace.top_view(LEAD_1):
        assert await town.submit(LEAD_1, **{"sign_off|rationale": "Few data."}) == {}
    await town.settle()
    (decision,) = await decided(town)
    assert (decision.outcome, decision.signed_by) == (Outcome.CONDITIONS, (LEAD_1,))
    assert "review:sign_off:void" not in await tags(town)
    assert not any("out of date" in each or "changed" in each for each in town.whispers(LEAD_1))


async def test_the_press_of_a_card_from_before_the_lines_counts(small_town: Town, model: Drafter) -> None:
    town = small_town
    model.waits = {0: asyncio.Event()}
    _, request = await _handed_in_unsettled(town)
    await until_asked(town, model)
    seen = old(town, request)
    model.waits[0].set()
    assert DRAFTED_BY in await shown(town, request)
    await press_old(town, LEAD_1, seen, "sign_off|approve")
    if town.workspace.top_view(LEAD_1):
        assert await town.submit(LEAD_1, **{"sign_off|rationale": "Few data."}) == {}
    await town.settle()
    assert len(await decided(town)) == 1


async def test_lines_that_arrive_between_two_signatures_void_neither(small_town: Town, model: Drafter) -> None:
    town = small_town
    model.waits = {0: asyncio.Event()}
    model.says = {Task.SUMMARY: lines("10,000 people would use it.")}
    card = await ask(town)
    await describe(town, card, TEAM_LEAD, HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card)
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|reject")
    await until_asked(town, model)
    await _sign_unsettled(town, request, LEAD_1)
    await town.until(lambda: "1 of 2 has signed" in words(again(town, request)))
    model.waits[0].set()
    text = await shown(town, request)
    assert "1 of 2 has signed" in text
    assert "10,000 people would use it." in text
    await sign(town, request, user=LEAD_2)
    (decision,) = await decided(town)
    assert decision.signed_by == (LEAD_1, LEAD_2)
    assert "review:sign_off:void" not in await tags(town)


async def test_lines_that_arrive_after_the_decision_are_dropped(small_town: Town, model: Drafter) -> None:
    town = small_town
    model.waits = {0: asyncio.Event()}
    _, request = await _handed_in_unsettled(town)
    await until_asked(town, model)
    await _sign_unsettled(town, request, LEAD_1)
    await town.until(lambda: "Nothing is left to sign" in again(town, request).text)
    model.waits[0].set()
    await town.settle()
    assert await drafts(town) == 0
    assert DRAFTED_BY not in words(again(town, request))


# --- when nobody may ask, or nobody comes back ------------------------------------------------------------------------


async def test_a_process_that_ends_while_the_model_thinks_leaves_the_card_as_it_stood(
    tmp_path: Path, model: Drafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    model.waits = {0: asyncio.Event()}
    async with open_town(database, model=model) as town:
        await _handed_in_unsettled(town)
        await until_asked(town, model)
        for task in list(town.bot.desk.tasks):
            task.cancel()
        review = await review_of(town)
    async with open_town(database, model=model) as town:
        told = await town.bot.desk.read(_told, town, review)
        assert told.drafted == ()
        assert len(model.given) == 1  # nobody asks again by itself: the card needs no lines
        assert told.review.package == review.package


async def test_switched_off_no_model_is_asked_and_what_it_wrote_before_is_shown_no_more(
    small_town: Town, model: Drafter
) -> None:
    town = small_town
    card, request = await with_the_leads(town)
    assert DRAFTED_BY in await shown(town, request)
    desk = town.bot.desk
    await desk.act(lambda act: act.work.switches.set("model", "questions", by=LEAD_1, at=act.at))  # type: ignore[arg-type]
    await town.click(LEAD_1, again(town, request), "sign_off|claim")
    assert DRAFTED_BY not in await shown(town, request)
    await town.click(TEAM_LEAD, again(town, card), "review|reopen")
    await town.settle()
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    assert len(model.given) == 1


async def test_a_second_click_on_submit_asks_the_model_once(small_town: Town, model: Drafter) -> None:
    town = small_town
    card = (await with_the_leads(town))[0]
    seen = old(town, card)
    await press_old(town, TEAM_LEAD, seen, "review|reopen")
    await town.settle()
    seen = old(town, card)
    await press_old(town, TEAM_LEAD, seen, "review|submit")
    await press_old(town, TEAM_LEAD, seen, "review|submit")
    await town.settle()
    assert len(model.given) == 2  # once for each verdict that was handed in


async def _handed_in_unsettled(town: Town) -> tuple[Any, Any]:
    """Hand in without waiting for the model."""
    card = await ask(town)
    use = {"profile|data": ["customer_pii"], "profile|users": ["wah_agents"], "profile|seats": "200"}
    use |= {"profile|clients": "some", "profile|client_names": "Northwind"}
    await describe(town, card, **use)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card, **GAPS)
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|reject")
    await town.until(lambda: "review|reopen" in offers(again(town, card)))
    return card, request


async def _sign_unsettled(town: Town, request: Any, user: str) -> None:
    await town.click(user, again(town, request), "sign_off|approve")
    if town.workspace.top_view(user):
        assert await town.submit(user, **{"sign_off|rationale": "Few data."}) == {}


def _told(work: Any, town: Town, review: Any) -> Any:
    notice = sign_off_notice(review, town.bot.desk.security_channel)
    return tell_sign_off(work, notice, KNOWLEDGE, town.bot.desk.now().date())
