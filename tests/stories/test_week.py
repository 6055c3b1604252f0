"""The host's week and everybody's page through the real app: each sees what is theirs, the red first."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem, Note, State
from bot.domain.ids import ActionItemId, ReviewId, UserId
from bot.use_cases.desk import Acting
from bot.use_cases.week import SHOWN_MOST
from tests.stories.client_steps import HOST, STAND_IN, Clock, a_client, a_review, planned, the_review, with_client
from tests.stories.steps import review_of, with_the_leads, words
from tests.stories.town import CISO, LEAD_1, Town, open_town


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        yield opened


LINKED = re.compile(r"Northwind.*<http[^>]+/archives/")


def card_for(town: Town, user: str) -> Any:
    """The newest card that only this person was shown."""
    found = [each for found in town.workspace.messages.values() for each in found if each.only_for == user]
    return found[-1]


async def an_action(town: Town, occurrence: Any, owner: str, text: str = "Renew the contract") -> None:
    made = ActionItem(
        ActionItemId("A1"),
        occurrence.client,
        text,
        SideOf.OURS,
        owner,
        date(2026, 11, 26),
        occurrence.id,
        town.bot.desk.now(),
        UserId(HOST),
    )
    await town.bot.desk.act(lambda act: act.work.actions.add(made, act.at))


async def test_a_host_sees_the_week_and_nobody_elses(town: Town) -> None:
    await a_review(town, "Northwind")
    other = await with_client(town, a_client("Fabrikam"))
    await planned(town, other, days=1, host=UserId(CISO), stand_in=UserId(LEAD_1))
    await town.command(HOST, "week")
    said = words(card_for(town, HOST))
    assert "Northwind" in said
    assert "Fabrikam" not in said
    assert "Northwind" in words(await town.home(STAND_IN))
    assert "Northwind" not in words(await town.home(CISO))


async def test_the_weeks_reviews_lead_to_their_packs(town: Town) -> None:
    await a_review(town, "Northwind")
    assert LINKED.search(words(await town.home(HOST)))


async def test_an_action_shows_to_its_owner_alone(town: Town) -> None:
    occurrence, _ = await a_review(town, "Northwind")
    await an_action(town, occurrence, CISO)
    assert "Renew the contract" in words(await town.home(CISO))
    assert "Renew the contract" not in words(await town.home(STAND_IN))


async def test_a_missed_review_is_red_and_shown_to_the_leads_too(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client("Northwind"))
    occurrence = await planned(town, series, state=State.MISSED, show=False)
    clock.forward(days=2)
    await town.command(HOST, "week")
    assert "Nobody held it" in words(card_for(town, HOST))
    assert "Client reviews not held" in words(await town.home(LEAD_1))
    assert "Client reviews not held" not in words(await town.home(STAND_IN))
    assert (await the_review(town, occurrence)).state is State.MISSED


async def test_what_was_not_dealt_with_last_week_is_copied_once(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client("Northwind"))
    note = Note("Who reads the recordings?", UserId(HOST), clock.at)
    await planned(town, series, asked_for=(note,), state=State.SKIPPED, show=False)
    clock.forward(days=6)
    coming = await planned(town, series, days=1)
    await town.command(HOST, "week")
    card = card_for(town, HOST)
    await town.click(HOST, card, "client_review|copy_week")
    assert [each.text for each in (await the_review(town, coming)).asked_for] == ["Who reads the recordings?"]
    await town.click(HOST, card, "client_review|copy_week")
    assert "nothing to copy" in town.whispers(HOST)[-1]
    assert len((await the_review(town, coming)).asked_for) == 1


async def test_a_stand_in_can_copy_last_week_too(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client("Northwind"))
    left = Note("Who reads the recordings?", UserId(HOST), clock.at)
    await planned(town, series, asked_for=(left,), state=State.MISSED, missed_row=1)
    clock.forward(days=6)
    coming = await planned(town, series, days=1)
    await town.command(STAND_IN, "week")
    await town.click(STAND_IN, card_for(town, STAND_IN), "client_review|copy_week")
    assert [each.text for each in (await the_review(town, coming)).asked_for] == ["Who reads the recordings?"]


async def test_more_requests_than_a_page_shows_are_counted_for_the_leads(town: Town) -> None:
    await with_the_leads(town)
    review = await review_of(town)

    def many(act: Acting) -> None:
        for number in range(SHOWN_MOST + 2):
            act.work.reviews.add(replace(review, id=ReviewId(f"R-{number}"), answers={}, package=None), act.at)

    await town.bot.desk.act(many)
    assert "and 3 more" in words(await town.home(LEAD_1))


async def test_a_tool_called_week_can_still_be_checked(town: Town) -> None:
    await town.command(HOST, "Week Planner")
    assert (await review_of(town, HOST)).tool_name == "Week Planner"
