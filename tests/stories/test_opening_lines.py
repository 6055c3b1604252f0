"""The digest's first sentence and the first lines of minutes: both wait a moment for a model, and no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.due import DueKind
from bot.domain.model_use import Task
from bot.slack import ids
from bot.slack.cards.parts import DRAFTED_BY
from bot.use_cases import digest as digests
from bot.use_cases import drafting, minutes
from bot.use_cases.digest import digest_due, plan_channel_digest
from bot.use_cases.notices import deliver_due
from tests import postgres
from tests.stories.client_steps import HOST, a_review, closed, form, started, walked
from tests.stories.drafting_model import Drafter, lines
from tests.stories.steps import with_the_leads, words
from tests.stories.test_digest import MONDAY, WEEK, Clock
from tests.stories.town import LEAD_1, SECURITY_CHANNEL, TEAM_CHANNEL, TEAM_LEAD, Town, open_town

OURS = "1 request waits for a signature"
OPENING = "This week, one request is waiting for a signature."
LEAD_IN = ("One of ours and one of the client's were there.", "The next review is on December 1, 2026.")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model() -> Drafter:
    return Drafter(says={Task.DIGEST: lines(OPENING), Task.MINUTES: lines(*LEAD_IN)})


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def town(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, model: Drafter) -> AsyncIterator[Town]:
    with _server(request.param, tmp_path) as database:
        async with open_town(database, now=clock, model=model) as opened:
            await plan_channel_digest(opened.bot.desk)
            yield opened


@pytest.fixture
async def small_town(tmp_path: Path, clock: Clock, model: Drafter) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock, model=model) as opened:
        await plan_channel_digest(opened.bot.desk)
        yield opened


@contextmanager
def _server(engine: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'town.sqlite3'}"
        return
    with postgres.running() as server:
        yield server.new_database()


async def look(town: Town, clock: Clock, at: datetime) -> None:
    """Let it be that time, and look at the digests that are due; the model is not waited for."""
    clock.at = at
    due = await town.bot.desk.store.act(lambda work: work.due.claim(at, timedelta(minutes=1), 50))
    await digest_due(town.bot.desk, [each for each in due if each.kind is DueKind.DIGEST])


def digest_cards(town: Town, channel: str = SECURITY_CHANNEL) -> list[Any]:
    return [each for each in town.cards(channel) if "Security digest" in words(each)]


def texts_of(town: Town, channel: str = SECURITY_CHANNEL) -> str:
    return "\n".join(each.text for each in digest_cards(town, channel))


async def until(holds: Any) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - nothing of ours says so
            await asyncio.sleep(0)


async def tasks_ended(town: Town) -> None:
    while town.bot.desk.tasks:
        await asyncio.wait(set(town.bot.desk.tasks))


# --- the digest -------------------------------------------------------------------------------------------------------


async def test_the_digest_waits_for_its_sentence_and_then_comes_once(town: Town, clock: Clock, model: Drafter) -> None:
    await with_the_leads(town)
    asked = len(model.given)
    model.waits = {asked: asyncio.Event()}
    await look(town, clock, MONDAY)
    await until(lambda: len(model.given) > asked)
    assert await deliver_due(town.bot.desk, town.bot.messenger) == 0  # it is held back
    assert digest_cards(town) == []
    model.waits[asked].set()
    await town.settle()
    (card,) = digest_cards(town)
    assert f"*{OPENING}*" in words(card)
    assert DRAFTED_BY in words(card)
    assert OURS in card.text  # a notification has no room to say whose words it shows
    assert len([each for each in town.cards(SECURITY_CHANNEL) if each.thread_ts == card.ts]) == 1
    clock.at = MONDAY + drafting.HELD_BACK + timedelta(minutes=1)
    await deliver_due(town.bot.desk, town.bot.messenger)
    await town.settle()
    assert len(digest_cards(town)) == 1


@pytest.mark.parametrize(
    "says",
    [
        lines("2 requests wait for a signature."),
        lines("One request of Contoso waits for a signature."),
        lines("Please sign the one request that waits."),
        lines(OPENING, OPENING),
        lines("One request waits, see https://evil.invalid/x"),
        lines("*One* request waits."),
        lines(),
        RuntimeError("it should never raise"),
    ],
)
async def test_a_sentence_that_is_not_held_leaves_our_own(
    small_town: Town, clock: Clock, model: Drafter, says: Any
) -> None:
    model.says = {Task.DIGEST: says}
    await with_the_leads(small_town)
    await look(small_town, clock, MONDAY)
    await small_town.settle()
    (card,) = digest_cards(small_town)
    assert f"*{OURS}" in words(card)
    assert DRAFTED_BY not in words(card)


async def test_a_model_that_never_answers_costs_the_digest_its_limit_and_no_more(
    small_town: Town, clock: Clock, model: Drafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_the_leads(small_town)
    monkeypatch.setattr(drafting, "LONGEST", timedelta(milliseconds=50))
    model.silent = asyncio.Event()
    await look(small_town, clock, MONDAY)
    await small_town.settle()  # the clock stands still: it was let go as soon as the limit was over
    (card,) = digest_cards(small_town)
    assert f"*{OURS}" in words(card)


async def test_a_process_that_ends_while_the_model_thinks_still_sends_it_once(
    small_town: Town, clock: Clock, model: Drafter
) -> None:
    town = small_town
    await with_the_leads(town)
    asked = len(model.given)
    model.waits = {asked: asyncio.Event()}
    held = digests.release
    digests.release = _gone  # the process is gone, and with it what it would have done at the end
    try:
        await look(town, clock, MONDAY)
        await until(lambda: len(model.given) > asked)
        for task in list(town.bot.desk.tasks):
            task.cancel()
        await tasks_ended(town)
    finally:
        digests.release = held
    assert digest_cards(town) == []
    await look(town, clock, MONDAY + timedelta(seconds=1))  # started again: it looks at what is due
    assert await deliver_due(town.bot.desk, town.bot.messenger) == 0
    clock.at = MONDAY + drafting.HELD_BACK
    await town.settle()
    (card,) = digest_cards(town)
    assert f"*{OURS}" in words(card)


async def test_a_process_that_ends_between_the_sentence_and_its_sending_sends_it_once(
    small_town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = small_town
    await with_the_leads(town)
    monkeypatch.setattr(digests, "release", _gone)
    await look(town, clock, MONDAY)
    await tasks_ended(town)
    assert digest_cards(town) == []
    clock.at = MONDAY + drafting.HELD_BACK
    await town.settle()
    (card,) = digest_cards(town)
    assert f"*{OPENING}*" in words(card)


async def test_everybody_who_gets_the_digest_gets_the_same_sentence_and_the_model_is_asked_once(
    small_town: Town, clock: Clock, model: Drafter
) -> None:
    town = small_town
    await town.command(LEAD_1, "digest on")
    await with_the_leads(town)
    await look(town, clock, MONDAY)
    await town.settle()
    for channel in (SECURITY_CHANNEL, town.dm(LEAD_1)):
        (card,) = digest_cards(town, channel)
        assert f"*{OPENING}*" in words(card)
    assert [task for task, _ in model.given].count(Task.DIGEST) == 1
    assert not any("Fabrikam" in fact or "<@" in fact for fact in model.facts(Task.DIGEST))


async def test_a_calm_week_needs_no_model(small_town: Town, clock: Clock, model: Drafter) -> None:
    await look(small_town, clock, MONDAY)
    await small_town.settle()
    (card,) = digest_cards(small_town)
    assert "A calm week" in words(card)
    assert model.given == []


async def test_a_number_that_changed_while_the_digest_waited_drops_the_sentence(
    small_town: Town, clock: Clock, model: Drafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = small_town
    team_card, _ = await with_the_leads(town)
    monkeypatch.setattr(digests, "release", _gone)
    await look(town, clock, MONDAY)
    await tasks_ended(town)
    await town.click(TEAM_LEAD, team_card, "review|withdraw")
    clock.at = MONDAY + drafting.HELD_BACK
    await town.settle()
    (card,) = digest_cards(town)
    assert "A calm week" in words(card)
    assert DRAFTED_BY not in words(card)


async def test_next_week_is_another_digest_with_a_sentence_of_its_own(
    small_town: Town, clock: Clock, model: Drafter
) -> None:
    await with_the_leads(small_town)
    for week in range(2):
        await look(small_town, clock, MONDAY + week * WEEK)
        await small_town.settle()
    first, second = digest_cards(small_town)
    assert f"*{OPENING}*" in words(first)
    assert f"*{OPENING}*" in words(second)
    assert [task for task, _ in model.given].count(Task.DIGEST) == 2


def _gone(*_: Any) -> None:
    """What a process does that is not there any more."""


# --- minutes ----------------------------------------------------------------------------------------------------------


async def held(town: Town, clock: Clock, **values: Any) -> None:
    clock.at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    _, pack = await a_review(town)
    card = await started(town, pack)
    note = {"client_review|text": "Secretcorp was talked about."}
    await form(town, HOST, card, ids.MEET_NOTE, **note)
    await walked(town, card)
    assert await closed(town, card, **values) == {}
    await town.settle()


async def test_minutes_begin_with_the_models_lines_and_no_paper_holds_them(
    town: Town, clock: Clock, model: Drafter
) -> None:
    await held(town, clock)
    card = await town.card_with(TEAM_CHANNEL, ids.MEET_PDF)
    text = words(card)
    for line in LEAD_IN:
        assert f"• {line}" in text
    assert DRAFTED_BY in text
    assert text.index(LEAD_IN[0]) < text.index("Nothing new.")
    assert len([each for each in town.cards(TEAM_CHANNEL) if "Minutes: Northwind" in words(each)]) == 1
    facts = model.facts(Task.MINUTES)
    assert "Nothing new." in facts
    assert not any("Secretcorp" in fact or "Northwind" in fact or "<@" in fact for fact in facts)  # not on the card
    for button in (ids.MEET_MARKDOWN, ids.MEET_CLIENT_COPY):
        await town.click(HOST, card, button)
        await town.settle()
    papers = [file.content.decode("utf-8", "replace") for file in town.workspace.files.values()]
    assert len(papers) >= 1
    assert not any(LEAD_IN[0] in paper or LEAD_IN[1] in paper or DRAFTED_BY in paper for paper in papers)


@pytest.mark.parametrize(
    "lie",
    [
        ("Three of ours were there.",),
        ("Erin East was there for the client.",),
        ("The next review is on December 2, 2026.",),
        ("The client approved everything.",),
        ("Please close the open points.",),
        (*LEAD_IN, "Nothing new.", "The next review is on 1 December 2026.", "Nothing open worries either side."),
    ],
)
async def test_lines_that_the_minutes_do_not_hold_leave_them_as_they_are(
    small_town: Town, clock: Clock, model: Drafter, lie: tuple[str, ...]
) -> None:
    model.says = {Task.MINUTES: lines(*lie)}
    await held(small_town, clock)
    text = words(await small_town.card_with(TEAM_CHANNEL, ids.MEET_PDF))
    assert DRAFTED_BY not in text
    assert "Nothing new." in text


async def test_what_somebody_wrote_down_can_be_told_and_judges_nothing(
    small_town: Town, clock: Clock, model: Drafter
) -> None:
    said = "Contoso Mail is approved by the CISO, for 40 agents."
    model.says = {Task.MINUTES: lines("Contoso Mail is approved by the CISO.")}
    await held(small_town, clock, **{"client_review|summary": said})
    text = words(await small_town.card_with(TEAM_CHANNEL, ids.MEET_PDF))
    assert said in text
    assert DRAFTED_BY not in text


async def test_minutes_of_a_model_that_never_answers_come_after_its_limit(
    small_town: Town, clock: Clock, model: Drafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "LONGEST", timedelta(milliseconds=50))
    model.silent = asyncio.Event()
    await held(small_town, clock)
    assert DRAFTED_BY not in words(await small_town.card_with(TEAM_CHANNEL, ids.MEET_PDF))


async def test_minutes_of_a_process_that_is_gone_come_once_and_a_little_later(
    small_town: Town, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = small_town
    monkeypatch.setattr(minutes, "release", _gone)
    clock.at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    _, pack = await a_review(town)
    card = await walked(town, await started(town, pack))
    next_on = {"client_review|next": "2026-12-01", "client_review|outcome": "calm", "client_review|summary": "Good."}
    there = {"client_review|present": [HOST], "client_review|client_present": ["0"]}
    await town.click(HOST, card, ids.MEET_CLOSE)
    assert await town.submit(HOST, **there, **next_on) == {}
    await tasks_ended(town)
    assert not any("Minutes: Northwind" in words(each) for each in town.cards(TEAM_CHANNEL))
    clock.at += drafting.HELD_BACK
    await town.settle()
    assert len([each for each in town.cards(TEAM_CHANNEL) if "Minutes: Northwind" in words(each)]) == 1
