"""The whole main job and a question, with a model's service that is dead, hangs or lies: as if there were none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.model_use import CallOutcome
from bot.llm.absent import Absent
from bot.llm.client import RemoteModel
from bot.llm.material import as_it_is
from bot.llm.prompts import load_prompts
from bot.llm.service import Place
from bot.use_cases.ports import Model
from tests.llm.endpoint import KEY, MODEL, THE_THIRTEEN, Endpoint, Fault
from tests.stories.steps import AGENTS, GAPS, answer_quickly, ask, decided, describe, hand_in, sign, tags, words
from tests.stories.town import SECURITY_CHANNEL, TEAM_CHANNEL, TEAM_LEAD, Town, open_town

PROMPTS = load_prompts(Path(__file__).parents[2] / "prompts")
# A second instead of eight: nobody in these stories reads an answer that takes longer.
HASTY = {task: replace(each, limits=replace(each.limits, seconds=1)) for task, each in PROMPTS.items()}
NOWHERE = "nobody listens"
# Where it ends differs; those that end in the same place are tried one by one in tests/llm/test_faults.py.
WAYS = [Fault.HANG, Fault.DRIP, Fault.ERROR, Fault.KEY_REVOKED, Fault.CUT, Fault.HUGE, Fault.OBEDIENT, NOWHERE]


@asynccontextmanager
async def opened(folder: Path, model: Model) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{folder / 'town.sqlite3'}", model=model) as town:
        yield town


async def the_whole_job(town: Town) -> dict[str, Any]:
    """From a mention to a signed decision, and a question beside it; what came of it."""
    card = await ask(town, text="@Preflight is Fabrikam Notes safe to roll out? It would see what customers tell us.")
    await town.settle()
    await describe(town, card, **AGENTS)
    await town.settle()
    await answer_quickly(town, card, **GAPS)
    await sign(town, await hand_in(town, card))
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight may agents use their own phones for the second factor?")
    await town.settle()
    (decision,) = await decided(town)
    return {
        "decision": (decision.outcome, decision.tier, decision.signed_by, decision.profile, decision.conditions),
        "record": sorted(await tags(town)),
        "team": said_in(town, TEAM_CHANNEL),
        "leads": said_in(town, SECURITY_CHANNEL),
        "asker": said_in(town, town.dm(TEAM_LEAD)),
    }


def said_in(town: Town, channel: str) -> list[str]:
    """What the bot's cards say there, without the moments and digests that differ from one day to the next."""
    return sorted(re.sub(r"<!date\^[^>]*>|[0-9a-f]{12,}", "…", words(card)) for card in town.cards(channel))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same with no model at all."""

    async def run() -> dict[str, Any]:
        async with opened(tmp_path_factory.mktemp("without"), Absent()) as town:
            return await the_whole_job(town)

    return asyncio.run(run())


@pytest.mark.parametrize("way", WAYS)
async def test_it_ends_as_it_would_without_a_model(
    tmp_path: Path, endpoint: Endpoint, without: dict[str, Any], way: str
) -> None:
    endpoint.fail(always=way if isinstance(way, Fault) else None)
    address = endpoint.nowhere if way is NOWHERE else endpoint.base_url
    model = RemoteModel(Place(MODEL, address, KEY), HASTY, daily_tokens=10**7, at_once=8, redact=as_it_is)
    async with opened(tmp_path, model) as town:
        assert await the_whole_job(town) == without
        calls = await town.bot.desk.read(lambda work: work.model_calls.outcomes_since(town.bot.started_at))
        assert sum(calls.values()) >= 2  # it was asked for the request, and for the question
        assert CallOutcome.USED not in calls


def test_the_ways_are_among_the_thirteen():
    assert set(WAYS) - {NOWHERE} <= set(THE_THIRTEEN)
