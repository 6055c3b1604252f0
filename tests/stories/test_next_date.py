"""The next date that is agreed when a review is closed: it is planned, or whoever closed the review is told why not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.client import Series
from bot.domain.client_review import Occurrence, State
from bot.slack import ids
from tests.stories.client_steps import HOST, Clock, a_client, closed, planned, started, told, with_client
from tests.stories.town import TEAM_CHANNEL, Town, open_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=Clock()) as opened:
        yield opened


async def agreed_on(town: Town, day: str, *, series: Series | None = None) -> list[tuple[str, str]]:
    """Close today's review with that next day; which reviews are planned then: the date each belongs to, its start."""
    series = series or await with_client(town, a_client())
    await planned(town, series)
    await planned(town, series, days=7, show=False)  # the rhythm is every Tuesday
    card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
    assert await closed(town, card, **{"client_review|next": day}) == {}
    return [(f"{each.on}", f"{each.start_at:%m-%d %H:%M}") for each in await ahead(town, series)]


async def ahead(town: Town, series: Series) -> list[Occurrence]:
    rows = await town.bot.desk.read(lambda work: work.occurrences.of_client(series.client, limit=9))
    return [each for each in reversed(rows) if each.state is State.PLANNED]


TUESDAY = ("2026-12-01", "12-01 09:00")


@pytest.mark.parametrize("day", ["2026-12-01", "2026-12-08"], ids=["planned", "planned in time by the rhythm"])
async def test_a_day_of_the_rhythm_changes_nothing(town: Town, day: str) -> None:
    assert await agreed_on(town, day) == [TUESDAY]
    assert not any("Nothing is planned" in each for each in [*told(town, HOST), *town.whispers(HOST)])


async def test_another_day_of_the_week_moves_the_next_review_there(town: Town) -> None:
    assert await agreed_on(town, "2026-12-03") == [("2026-12-01", "12-03 09:00")]
    assert not any("Nothing is planned" in each for each in [*told(town, HOST), *town.whispers(HOST)])


async def test_a_day_in_a_week_without_one_adds_a_review_and_calls_none_off(town: Town) -> None:
    assert await agreed_on(town, "2026-11-26") == [("2026-11-26", "11-26 09:00"), TUESDAY]


async def test_what_would_be_too_much_for_the_host_is_not_planned_unasked_but_told(town: Town) -> None:
    other = await with_client(town, a_client("Fabrikam", channel=None))
    await planned(town, other, days=2, show=False)
    assert await agreed_on(town, "2026-11-26") == [TUESDAY]
    assert any("Nothing is planned" in each for each in [*told(town, HOST), *town.whispers(HOST)])
