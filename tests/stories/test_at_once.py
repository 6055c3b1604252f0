"""Sixteen people press a button at once, each in a review of their own: every card moves on, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId, UserId
from bot.domain.profile import Profile
from bot.domain.review import Home
from bot.store.audit import Intact, verify
from bot.store.work import Work
from bot.use_cases import intake
from bot.use_cases.desk import Came
from tests import postgres
from tests.stories.steps import again, best_of, card_in_thread, question_of
from tests.stories.town import TEAM_CHANNEL, TEAM_LEAD, Town, find_control, has_control, open_town

PEOPLE = 16
ROUNDS = 3
USE = Profile(frozenset({"saas"}), frozenset({"internal"}), frozenset({"hq_staff"}), 20)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def busy_town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A town on either engine."""
    if request.param == "sqlite":
        async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}") as town:
            yield town
        return
    with postgres.running() as server:
        async with open_town(server.new_database()) as town:
            yield town


async def a_review(town: Town, number: int) -> tuple[str, str]:
    """A review in a thread of its own, described; its thread, and what its card asks first."""
    user, name = UserId(TEAM_LEAD), f"Fabrikam Notes {number}"
    thread = await town.say(TEAM_LEAD, TEAM_CHANNEL, f"Shall we use {name}?")
    home = Home(ChannelId(TEAM_CHANNEL), thread)
    began = await intake.begin(
        town.bot.desk, Came(f"ask-{number}", "x"), intake.Asked(user, name, home, bare_name=True)
    )
    assert began.review is not None
    said = intake.Described(USE, name, different=True)
    await intake.describe(town.bot.desk, Came(f"say-{number}", "x"), review=began.review.id, by=user, said=said)
    card = await town.until(lambda: card_in_thread(town, thread, "review|more"))
    return thread, await town.until(lambda: question_of(again(town, card)))


async def test_sixteen_clicks_at_once_in_sixteen_reviews_move_sixteen_cards_on(busy_town: Town) -> None:
    town = busy_town
    reviews = [await a_review(town, number) for number in range(PEOPLE)]
    await town.settle()
    cards = [card_in_thread(town, thread, "review|more") for thread, _ in reviews]

    for _ in range(ROUNDS):
        shown = [question_of(again(town, card)) for card in cards]
        await asyncio.gather(*(press_the_best(town, card) for card in cards))
        for card, before in zip(cards, shown, strict=True):
            await town.until(lambda card=card, before=before: question_of(again(town, card)) != before)

    await town.settle()
    assert await town.bot.desk.read(answers_given) == [ROUNDS] * PEOPLE
    assert isinstance(await town.bot.desk.read(verify, b"audit key of a test"), Intact)


async def press_the_best(town: Town, card: Any) -> None:
    card = again(town, card)
    code = best_of(str(question_of(card)))[0]
    if has_control(card.blocks, f"answer|{code}"):
        await town.click(TEAM_LEAD, card, f"answer|{code}")
    else:
        options = find_control(card.blocks, "answer")[1]["options"]
        chosen = next(each for each in options if each["value"] == code)
        await town.click(TEAM_LEAD, card, "answer", selected_option=chosen)


def answers_given(work: Work) -> list[int]:
    return [len(review.answers) for review in work.reviews.team_of(UserId(TEAM_LEAD))]
