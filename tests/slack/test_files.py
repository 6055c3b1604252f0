"""Files into Slack: they arrive whole, where they may be seen; no host but Slack's is ever handed one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.slack.addresses import Addresses, NotTaken
from bot.slack.files import File, ForeignAddress, upload
from tests.stories.town import TEAM_CHANNEL, Town, open_town

PICTURE = File("digest.png", b"\x89PNG and more", "Open requests", "Three wait")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}") as opened:
        yield opened


def addresses(town: Town, *, loopback: bool = True) -> Addresses:
    return Addresses(town.bot.session, loopback)


async def test_a_file_without_a_channel_is_kept_for_a_card_to_show(town: Town) -> None:
    before = len(town.workspace.messages[TEAM_CHANNEL])
    number = await upload(town.bot.client, addresses(town), PICTURE)
    kept = town.workspace.files[number]
    assert (kept.name, kept.content, kept.title) == (PICTURE.name, PICTURE.content, PICTURE.title)
    assert len(town.workspace.messages[TEAM_CHANNEL]) == before


async def test_a_file_for_a_thread_is_shown_in_that_thread(town: Town) -> None:
    ts = town.workspace.messages[TEAM_CHANNEL][0].ts
    number = await upload(town.bot.client, addresses(town), PICTURE, channel=TEAM_CHANNEL, thread=ts)
    shown = town.workspace.messages[TEAM_CHANNEL][-1]
    assert (shown.thread_ts, shown.files) == (ts, [number])


async def test_an_upload_address_that_is_not_slacks_gets_nothing(town: Town) -> None:
    with pytest.raises(ForeignAddress):
        await upload(town.bot.client, addresses(town, loopback=False), PICTURE)
    assert [file.content for file in town.workspace.files.values()] == [None]


async def test_an_upload_that_is_not_taken_is_said_to_have_failed(town: Town) -> None:
    def too_late(method: str, params: dict[str, Any]) -> None:
        if method == "files.getUploadURLExternal":
            town.workspace.base_url = f"{town.page}/nowhere"

    town.faults.append(too_late)
    with pytest.raises(NotTaken):
        await upload(town.bot.client, addresses(town), PICTURE)
    assert "files.completeUploadExternal" not in [method for method, _ in town.calls]
