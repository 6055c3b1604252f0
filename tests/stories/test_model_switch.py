"""`/preflight model`: anybody sees how it stands, only security leads switch it, and a tool may be called that too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import Tag
from bot.domain.model_use import CallOutcome, ModelCall, Task, Use
from bot.use_cases.model_use import may_ask
from bot.use_cases.ports import ModelAbout
from tests.stories.model import Scripted
from tests.stories.steps import words
from tests.stories.town import LEAD_1, OTHER_LEAD, TEAM_CHANNEL, TEAM_LEAD, Town, open_town

ABOUT = ModelAbout("a-model-in-tests", "models.example.com", 500_000)


@pytest.fixture
async def modelled(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with a model."""
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=Scripted(about=ABOUT)) as opened:
        yield opened


async def whispered(town: Town, user: str, text: str) -> str:
    """What only this person reads after the command."""
    before = sum(each.only_for == user for each in town.workspace.messages[TEAM_CHANNEL])
    await town.command(user, text)

    def seen() -> list[Any]:
        return [each for each in town.workspace.messages[TEAM_CHANNEL] if each.only_for == user][before:]

    card = (await town.until(seen))[0]
    return words(card) if card.blocks else card.text


async def switches(town: Town) -> list[tuple[str, object, object]]:
    entries = await town.bot.desk.read(lambda work: list(work.audit.all()))
    return [
        (entry.event.by, entry.event.facts["before"], entry.event.facts["after"])
        for entry in entries
        if entry.event.tag is Tag.MODEL_SWITCH
    ]


async def test_without_a_model_it_says_that_nothing_needs_one(town: Town):
    said = await whispered(town, TEAM_LEAD, "model")
    assert "No model is set up. Everything works without one." in said.replace("*", "")


async def test_anybody_sees_which_model_it_is_and_what_it_did_today(modelled: Town):
    now = datetime.now(UTC)
    ends = [CallOutcome.USED, CallOutcome.USED, CallOutcome.TIMED_OUT]
    calls = [ModelCall(Task.ANSWER, 1, ABOUT.model, now, 1_000, 200, 900, outcome) for outcome in ends]
    calls.append(ModelCall(Task.ANSWER, 1, ABOUT.model, now - timedelta(days=1), 7, 7, 7, CallOutcome.DENIED))
    await modelled.bot.desk.store.act(lambda work: [work.model_calls.add(call) for call in calls])
    said = await whispered(modelled, TEAM_LEAD, "Model")
    assert "a-model-in-tests, on models.example.com" in said
    assert "Tokens today (UTC): 3,600 of 500,000" in said
    assert "Its 3 calls of today:" in said
    assert said.index("2: answered") < said.index("1: took too long")
    assert "refused our key" not in said
    assert "used for all it can do" in said


@pytest.mark.parametrize("use", list(Use))
async def test_a_lead_switches_it_at_once_for_everybody_and_on_record(modelled: Town, use: Use):
    first = await whispered(modelled, LEAD_1, f"model {use.value.upper()}")
    assert ("Switched, and on record." if use is not Use.ALL else "It stood like that already.") in first
    desk = modelled.bot.desk
    assert [await may_ask(desk, task) for task in (Task.EXTRACT, Task.ANSWER)] == [use is Use.ALL, use is not Use.OFF]
    assert await switches(modelled) == [(LEAD_1, "all", use.value)]
    again = await whispered(modelled, LEAD_1, f"model {use.value}")
    assert "It stood like that already." in again


@pytest.mark.parametrize("user", [TEAM_LEAD, OTHER_LEAD])
async def test_nobody_else_switches_it(modelled: Town, user: str):
    said = await whispered(modelled, user, "model off")
    assert "Only a security lead can switch what the model is used for." in said
    assert await may_ask(modelled.bot.desk, Task.EXTRACT)
    assert await switches(modelled) == []


async def test_a_tool_that_is_called_like_the_word_is_checked(modelled: Town):
    await modelled.command(TEAM_LEAD, "model x for 20 office staff")
    await modelled.settle()
    assert await modelled.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD))
    assert await switches(modelled) == []
