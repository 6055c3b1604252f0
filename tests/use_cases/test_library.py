"""Pages that change are taken up while the bot runs; one that is left out is told once, in the security channel."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.knowledge import default_folder, load_knowledge
from bot.use_cases.desk import Desk
from bot.use_cases.library import keep_library
from tests.use_cases.clockwork import SECURITY, Clockwork, clockwork


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    shutil.copytree(default_folder(), tmp_path / "knowledge")
    return tmp_path / "knowledge" / "policies"


@pytest.fixture
async def clock(tmp_path: Path, policies: Path) -> AsyncIterator[Clockwork]:
    async with clockwork(tmp_path) as opened:
        opened.desk = restarted(opened.desk, policies)
        yield opened


def restarted(desk: Desk, policies: Path) -> Desk:
    """The same desk in a process that knows nothing yet."""
    return replace(desk, knowledge=load_knowledge(policies.parent))


async def looks(clock: Clockwork, times: int = 2) -> None:
    for _ in range(times):
        await keep_library(clock.desk)
    await clock.deliver()


def told(clock: Clockwork) -> list[str]:
    return clock.slack.to(SECURITY)


async def test_a_policy_that_is_added_is_found_at_the_next_look(clock: Clockwork, policies: Path):
    await looks(clock)
    (policies / "zebra.md").write_text("# Zebras\n\nZebras use their own phone.\n")
    await keep_library(clock.desk)
    found = clock.desk.knowledge.library.find("zebras and their own phone")
    assert found.hits[0].passage.id == "policies/zebra.md"
    assert told(clock) == []


async def test_a_page_left_out_is_told_once_however_often_one_looks(clock: Clockwork, policies: Path):
    (policies / "a.md").write_text("no title\n")
    await looks(clock, 5)
    (said,) = told(clock)
    assert "policies/a.md" in said


async def test_it_is_told_once_however_often_the_bot_starts(clock: Clockwork, policies: Path):
    (policies / "a.md").write_text("no title\n")
    await looks(clock)
    clock.desk = restarted(clock.desk, policies)
    await looks(clock)
    assert len(told(clock)) == 1


async def test_other_content_with_a_fault_is_told_again_and_a_page_put_right_is_not(clock: Clockwork, policies: Path):
    (policies / "a.md").write_text("no title\n")
    await looks(clock)
    (policies / "a.md").write_text("still no title\n")
    await looks(clock)
    assert len(told(clock)) == 2
    (policies / "a.md").write_text("# A title\n\nAnd text.\n")
    await looks(clock)
    assert len(told(clock)) == 2


async def test_a_page_half_written_at_one_look_and_whole_at_the_next_is_not_told(clock: Clockwork, policies: Path):
    (policies / "a.md").write_text("")
    await looks(clock, 1)
    (policies / "a.md").write_text("# A title\n\nAnd text.\n")
    await looks(clock)
    assert told(clock) == []


async def test_an_act_that_fails_is_made_good_by_the_next_look(
    clock: Clockwork, policies: Path, monkeypatch: pytest.MonkeyPatch
):
    (policies / "a.md").write_text("no title\n")
    await keep_library(clock.desk)

    async def no_database(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(clock.desk.store, "act", no_database)
        with pytest.raises(ConnectionError):
            await keep_library(clock.desk)
    await looks(clock)
    assert len(told(clock)) == 1


async def test_the_log_names_the_page_and_nothing_that_stands_in_it(
    clock: Clockwork, policies: Path, caplog: pytest.LogCaptureFixture
):
    (policies / "a.md").write_text("Zebra secrets without a title\n")
    with caplog.at_level(logging.INFO, "bot"):
        await looks(clock, 4)
    warnings = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert [(each.message, each.__dict__["page"]) for each in warnings] == [
        ("page left out of the library", "policies/a.md")
    ]
    assert all("Zebra" not in str(each.__dict__) for each in caplog.records)
