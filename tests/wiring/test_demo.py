"""The demo starts over: another bot, another database, the same first records and words."""

from __future__ import annotations

from pathlib import Path

from bot.playground.clock import MovableClock
from bot.playground.workspace import Workspace
from bot.use_cases.desk import Desk
from bot.wiring.demo import _Behind, _workspace
from bot.wiring.demo_company import (
    OTHER_LEAD,
    SECURITY_CHANNEL,
    STORIES,
    TEAM_CHANNEL,
    TEAM_LEAD,
    fill_workspace,
    seed_records,
)
from bot.wiring.parts import SlackAccess
from tests.stories.steps import open_review, sign, with_the_leads, words
from tests.stories.town import SECRET, TOKEN, open_town

NOWHERE = SlackAccess(TOKEN, SECRET, "http://127.0.0.1:9/api/", True, SECURITY_CHANNEL, (), ())


async def on_record(desk: Desk) -> list[str]:
    return sorted(each.tool_name for each in await desk.read(lambda work: list(work.decisions.all())))


def said(workspace: Workspace) -> list[str]:
    return [each.text for each in workspace.messages[TEAM_CHANNEL]]


async def test_to_start_over_brings_back_the_first_words_and_the_first_records(tmp_path: Path) -> None:
    behind, workspace = _Behind(NOWHERE, MovableClock()), _workspace()
    first = behind.bot = await behind.prepare(tmp_path / "1.sqlite3")
    now = first.desk.now()
    fill_workspace(workspace, now)
    first_words, first_records = said(workspace), await on_record(first.desk)
    first.start()
    workspace.post(TEAM_CHANNEL, TEAM_LEAD, "Something new", at=now)

    await behind.start_over(tmp_path / "2.sqlite3", workspace)
    try:
        assert behind.bot is not first
        assert said(workspace) == first_words
        assert await on_record(behind.bot.desk) == first_records
        assert len(first_records) == len(STORIES) - 1  # one still waits for the leads
    finally:
        await behind.bot.stop()


async def test_started_again_over_a_kept_file_the_records_stand_and_open_reviews_have_fresh_cards(
    tmp_path: Path,
) -> None:
    kept = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    async with open_town(kept) as town:
        assert await seed_records(town.bot.desk)
        records = await on_record(town.bot.desk)
        await with_the_leads(town, OTHER_LEAD, "Fabrikam Calls")
        await open_review(town, TEAM_LEAD, "Fabrikam Notes")
        await town.settle()
    async with open_town(kept) as town:
        assert not await seed_records(town.bot.desk)
        assert await on_record(town.bot.desk) == records
        await town.until(lambda: len(town.cards(SECURITY_CHANNEL)) == 2)  # Sample Notetaker waited from the start
        await town.settle()
        asked = [words(each) for each in town.cards(SECURITY_CHANNEL)]
        for tool in ("Sample Notetaker", "Fabrikam Calls"):
            assert any(f"May {tool} be" in each for each in asked)
        assert all("could not deliver" not in each for each in asked)
        mine = await town.card_with(town.dm(TEAM_LEAD), "review|why")
        assert "Fabrikam Notes" in words(mine)
        request = next(each for each in town.cards(SECURITY_CHANNEL) if "Fabrikam Calls" in words(each))
        assert "Fabrikam Calls: approved" in words(await sign(town, request))
        assert any("Fabrikam Calls" in each.text for each in town.cards(town.dm(OTHER_LEAD)))
        await town.command(TEAM_LEAD, "mine")
        await town.click(TEAM_LEAD, await town.card_with(TEAM_CHANNEL, "review|resume"), "review|resume")
        await town.until(lambda: any("goes on" in each for each in town.whispers(TEAM_LEAD)))


async def test_a_second_start_greets_with_what_is_true_then(tmp_path: Path) -> None:
    for again in (False, True):
        behind, workspace = _Behind(NOWHERE, MovableClock()), _workspace()
        bot = behind.bot = await behind.prepare(tmp_path / "kept.sqlite3")
        assert behind.again == again
        fill_workspace(workspace, bot.desk.now(), again=behind.again)
        assert any("waits for a sign-off" in each for each in said(workspace)) != again
        bot.start()
        await bot.stop()
