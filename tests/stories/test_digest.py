"""The weekly digest through the real app: once a week to the channel, to the leads who ask, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.client_review import State
from bot.domain.due import DueKind
from bot.use_cases.desk import Acting
from bot.use_cases.digest import digest_due, plan_channel_digest
from bot.use_cases.notices import deliver_due
from tests.stories.client_steps import a_client, planned, with_client
from tests.stories.steps import sign, with_the_leads, words
from tests.stories.town import LEAD_1, SECURITY_CHANNEL, TEAM_LEAD, Town, open_town

SUNDAY = datetime(2027, 1, 3, 12, 0, tzinfo=UTC)
MONDAY = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@dataclass
class Clock:
    at: datetime = SUNDAY

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        await plan_channel_digest(opened.bot.desk)
        yield opened


async def look(town: Town, clock: Clock, at: datetime) -> None:
    """Let it be that time, and look at the digests that are due."""
    clock.at = at
    due = await town.bot.desk.store.act(lambda work: work.due.claim(at, timedelta(minutes=1), 50))
    await digest_due(town.bot.desk, [each for each in due if each.kind is DueKind.DIGEST])
    await town.settle()


def digests(town: Town, channel: str = SECURITY_CHANNEL) -> list[Any]:
    return [each for each in town.cards(channel) if "Security digest" in words(each)]


def in_thread(town: Town, card: Any) -> list[Any]:
    return [each for each in town.cards(card.channel) if each.thread_ts == card.ts]


async def test_a_calm_week_is_one_line_and_has_no_details(town: Town, clock: Clock) -> None:
    await look(town, clock, MONDAY)
    (card,) = digests(town)
    assert "A calm week" in words(card)
    assert in_thread(town, card) == []
    assert "files.getUploadURLExternal" not in [method for method, _ in town.calls]


async def test_what_waits_is_told_with_a_picture_and_its_details_in_the_thread(town: Town, clock: Clock) -> None:
    await with_the_leads(town)
    await look(town, clock, MONDAY)
    (card,) = digests(town)
    assert "1 request waits for a signature" in words(card)
    (picture,) = [block for block in card.blocks if block["type"] == "image"]
    assert town.workspace.files[picture["slack_file"]["id"]].content.startswith(b"\x89PNG")
    (details,) = in_thread(town, card)
    assert "Fabrikam Notes" in words(details)


async def test_without_the_picture_the_numbers_still_come(town: Town, clock: Clock) -> None:
    town.faults.append(lambda method, _: {"ok": False, "error": "no_file"} if method.startswith("files.") else None)
    await with_the_leads(town)
    await look(town, clock, MONDAY)
    (card,) = digests(town)
    assert "1 request waits for a signature" in words(card)
    assert [block for block in card.blocks if block["type"] == "image"] == []


async def test_a_picture_that_slack_does_not_show_yet_costs_the_picture_and_not_the_digest(
    town: Town, clock: Clock
) -> None:
    def not_yet(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        shows = method == "chat.postMessage" and "slack_file" in str(params.get("blocks"))
        return {"ok": False, "error": "invalid_blocks"} if shows else None

    town.faults.append(not_yet)
    await with_the_leads(town)
    await look(town, clock, MONDAY)
    (card,) = digests(town)
    assert {block["type"] for block in card.blocks} == {"header", "section", "table", "context"}


async def test_a_card_that_has_to_be_sent_again_brings_its_picture_only_once(town: Town, clock: Clock) -> None:
    refused: list[str] = []

    def slow_down(method: str, params: dict[str, Any]) -> Any:
        shows = method == "chat.postMessage" and "slack_file" in str(params.get("blocks"))
        if not shows or len(refused) == 2:
            return None
        refused.append(method)
        return {"ok": False, "error": "fatal_error"}

    town.faults.append(slow_down)
    await with_the_leads(town)
    clock.at = MONDAY
    due = await town.bot.desk.store.act(lambda work: work.due.claim(MONDAY, timedelta(minutes=1), 50))
    await digest_due(town.bot.desk, [each for each in due if each.kind is DueKind.DIGEST])
    for _ in range(3):
        while town.bot.desk.tasks:
            await asyncio.wait(set(town.bot.desk.tasks))
        clock.at += timedelta(minutes=2)
        await deliver_due(town.bot.desk, town.bot.messenger)
    await town.settle()
    assert len(refused) == 2
    assert len(digests(town)) == 1
    assert [method for method, _ in town.calls].count("files.getUploadURLExternal") == 1


async def test_what_was_decided_this_week_is_counted_once(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    await sign(town, request)
    await look(town, clock, MONDAY)
    assert "Decided this week" in words_of_table(digests(town)[-1])
    await look(town, clock, MONDAY + WEEK)
    assert "Decided this week" not in words_of_table(digests(town)[-1])


def words_of_table(card: Any) -> str:
    tables = [block for block in card.blocks if block["type"] == "table"]
    return " ".join(cell["text"] for table in tables for row in table["rows"] for cell in row)


async def test_a_review_that_began_on_the_eve_of_a_digest_and_was_missed_is_told_of_in_the_next_and_only_there(
    town: Town, clock: Clock
) -> None:
    series = await with_client(town, a_client())
    review = await planned(town, series)
    await look(town, clock, MONDAY)
    assert "Client reviews not held" not in words_of_table(digests(town)[-1])
    clock.at = MONDAY + timedelta(days=1)

    def miss(act: Acting) -> None:
        before = act.work.occurrences.locked(review.id)
        act.work.occurrences.save(replace(before, state=State.MISSED), before, act.at)

    await town.bot.desk.act(miss)
    await look(town, clock, MONDAY + WEEK)
    assert "Client reviews not held 1 Northwind" in words_of_table(digests(town)[-1])
    await look(town, clock, MONDAY + 2 * WEEK)
    assert "Client reviews not held" not in words_of_table(digests(town)[-1])


async def test_it_comes_once_however_often_and_late_one_looks(town: Town, clock: Clock) -> None:
    for late in (timedelta(), timedelta(minutes=1), timedelta(hours=30), timedelta(days=6)):
        await look(town, clock, MONDAY + late)
    assert len(digests(town)) == 1
    await look(town, clock, MONDAY + WEEK)
    assert len(digests(town)) == 2


async def test_after_three_weeks_away_one_digest_tells_of_all_three(town: Town, clock: Clock) -> None:
    await look(town, clock, MONDAY + 3 * WEEK - timedelta(hours=1))
    assert len(digests(town)) == 1
    await look(town, clock, MONDAY + 3 * WEEK)
    assert len(digests(town)) == 2


async def test_a_lead_who_asks_gets_it_directly_until_they_have_enough(town: Town, clock: Clock) -> None:
    await town.command(LEAD_1, "digest on")
    assert "next on" in town.whispers(LEAD_1)[-1]
    await look(town, clock, MONDAY)
    room = town.dm(LEAD_1)
    assert len(digests(town, room)) == 1
    await town.command(LEAD_1, "digest off")
    await look(town, clock, MONDAY + WEEK)
    assert len(digests(town, room)) == 1
    assert len(digests(town)) == 2


async def test_nobody_else_can_ask_for_it(town: Town, clock: Clock) -> None:
    await town.command(TEAM_LEAD, "digest on")
    assert "only security leads" in town.whispers(TEAM_LEAD)[-1]
    await look(town, clock, MONDAY)
    assert digests(town, town.dm(TEAM_LEAD)) == []


async def test_a_lead_who_is_none_any_more_gets_it_no_more(town: Town, clock: Clock) -> None:
    await town.command(LEAD_1, "digest on")
    for group in town.workspace.groups.values():
        group.members.remove(LEAD_1)
    await look(town, clock, MONDAY)
    await look(town, clock, MONDAY + WEEK)
    assert digests(town, town.dm(LEAD_1)) == []
