"""The demo starts over: another bot, another database, the same first records and words."""

from __future__ import annotations

from pathlib import Path

from bot.playground.clock import MovableClock
from bot.playground.workspace import Workspace
from bot.use_cases.desk import Desk
from bot.wiring.demo import _Behind, _workspace
from bot.wiring.demo_company import SECURITY_CHANNEL, STORIES, TEAM_CHANNEL, TEAM_LEAD, fill_workspace
from bot.wiring.parts import SlackAccess
from tests.stories.town import SECRET, TOKEN

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
