"""A model behind the stand-in endpoint, as `run` puts it together; a test changes what it has to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.llm.asking import InMemory, Timing
from bot.llm.client import RemoteModel
from bot.llm.material import as_it_is
from bot.llm.prompts import Prompts, load_prompts
from bot.llm.service import Place
from bot.llm.tongue import small_words
from tests.llm.endpoint import KEY, MODEL, Endpoint

PROMPTS: Prompts = load_prompts(Path(__file__).parents[2] / "prompts")

Made = tuple[RemoteModel, InMemory]
Make = Callable[..., Awaitable[Made]]


async def at_once(seconds: float) -> None:
    """A pause that nobody waits for."""


HASTY = Timing(pause=at_once)


@pytest.fixture
async def make(endpoint: Endpoint) -> AsyncIterator[Make]:
    """Puts a model together, with the record it keeps of its calls."""
    made: list[RemoteModel] = []
    small_words()  # loaded before anything is timed

    async def put_together(base_url: str | None = None, timing: Timing = HASTY, **more: Any) -> Made:
        place = Place(MODEL, base_url or endpoint.base_url, KEY)
        settings = {"daily_tokens": 1_000_000, "at_once": 8, "redact": as_it_is, **more}
        model, book = RemoteModel(place, settings.pop("prompts", PROMPTS), timing=timing, **settings), InMemory()
        model.keep_in(book)
        await model.warm_up()
        made.append(model)
        return model, book

    yield put_together
    endpoint.close()
    for model in made:
        await model.close()
