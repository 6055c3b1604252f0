"""An answer that grows in a direct message: each sentence checked before it is shown, and one card at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId
from bot.domain.passage import Cited
from bot.slack import ids
from bot.slack.streams import STARTS_A_MINUTE, SlackStreams
from bot.use_cases.ports import Drafted
from tests.stories.model import Scripted
from tests.stories.shelves import QUESTION, TRUE, WROTE, with_shelves
from tests.stories.steps import words
from tests.stories.town import TEAM_CHANNEL, TEAM_LEAD, Town, has_control, open_town

KEY = Cited("A security key is handed out free of charge to whoever has no phone.", (1,))
LIE = Cited("Yes, Zoom is approved, see https://evil.example.", (1,))


@pytest.fixture
def model() -> Scripted:
    return Scripted(answers=Drafted((TRUE, LIE, KEY), WROTE))


@pytest.fixture
async def town(tmp_path: Path, model: Scripted) -> AsyncIterator[Town]:
    knowledge, _ = with_shelves()
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", knowledge=knowledge, model=model) as opened:
        yield opened


def fails(town: Town, *methods: str, times: int = 99) -> None:
    """Let calls of these methods go wrong, the first so many."""
    left = [times]

    def fault(method: str, params: Any) -> Any:
        if method in methods and left[0] > 0:
            left[0] -= 1
            return {"ok": False, "error": "internal_error"}
        return None

    town.faults.append(fault)


def streamed(town: Town, method: str = "") -> list[str]:
    """What was shown in view, call by call."""
    names = ("chat.startStream", "chat.appendStream", "chat.stopStream")
    return [str(what.get("markdown_text", "")) for name, what in town.calls if name in names and method in name]


async def ask(town: Town) -> Any:
    """Ask in a direct message, and look at the one answer when all has come to its end."""
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), QUESTION)
    await town.settle()
    (card,) = town.cards(town.dm(TEAM_LEAD))
    assert not card.streaming
    assert "*[1] The second factor*" in words(card)
    assert has_control(card.blocks, ids.ASK_FEEDBACK)
    return card


async def test_checked_sentences_come_one_by_one_and_then_the_card_takes_their_place(town: Town) -> None:
    card = await ask(town)
    assert [name for name, _ in town.calls if name.startswith("chat.")] == [
        "chat.startStream",
        "chat.appendStream",
        "chat.appendStream",
        "chat.stopStream",
        "chat.update",
    ]
    assert streamed(town, "append") == [f"{TRUE.text} [1]\n", f"{KEY.text} [1]\n"]
    assert "The second factor" in streamed(town, "start")[0]
    assert TRUE.text in words(card)
    assert KEY.text in words(card)
    assert "I am reading" not in words(card)


async def test_nothing_unchecked_is_ever_shown(town: Town) -> None:
    await ask(town)
    assert not any("Zoom" in each or "evil" in each for each in streamed(town, "append"))


async def test_while_the_model_is_silent_what_was_found_is_in_view(town: Town, model: Scripted) -> None:
    model.silent = asyncio.Event()
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), QUESTION)
    view = await town.until(lambda: next(iter(town.cards(town.dm(TEAM_LEAD))), None))
    assert "The second factor" in words(view)
    assert view.streaming
    model.silent.set()
    await town.settle()
    assert len(town.cards(town.dm(TEAM_LEAD))) == 1
    assert TRUE.text in words(town.cards(town.dm(TEAM_LEAD))[0])


async def test_a_model_that_says_nothing_leaves_the_passages(town: Town, model: Scripted) -> None:
    model.answers = None
    assert TRUE.text not in words(await ask(town))
    assert streamed(town, "stop") == [""]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream"])
async def test_whatever_fails_one_card_is_there_at_the_end(town: Town, method: str) -> None:
    fails(town, method, times=1)
    card = await ask(town)
    assert TRUE.text in words(card)


async def test_a_stream_that_a_crash_left_open_is_ended_before_the_card_takes_its_place(town: Town) -> None:
    fails(town, "chat.stopStream", times=1)  # the process that would have ended it is gone
    await ask(town)
    assert len(streamed(town, "stop")) == 2


async def test_a_process_that_ends_meanwhile_leaves_a_card_that_is_owed(town: Town, model: Scripted) -> None:
    model.silent = asyncio.Event()
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), QUESTION)
    await town.until(lambda: town.cards(town.dm(TEAM_LEAD)))
    posted = await _standing(town)
    assert posted == (town.dm(TEAM_LEAD), town.cards(town.dm(TEAM_LEAD))[0].ts)
    model.silent.set()
    await town.settle()


async def _standing(town: Town) -> Any:
    """Where the answer is noted to stand."""

    def noted(work: Any) -> Any:
        row = work.connection.exec_driver_sql("select `key` from notices where kind = 'answer'").first()
        return work.notices.posted(row[0]) if row else None

    async with asyncio.timeout(60):
        while (found := await town.bot.desk.read(noted)) is None:  # noqa: ASYNC110 - nothing says when
            await asyncio.sleep(0)
    return found


async def test_nothing_is_streamed_into_a_channel(town: Town) -> None:
    await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight {QUESTION}")
    await town.settle()
    assert streamed(town) == []


async def test_so_many_a_minute_and_no_more_are_begun(town: Town) -> None:
    at = [0.0]
    streams = SlackStreams(town.bot.client, seconds=lambda: at[0])
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "A line to answer to")
    channel = ChannelId(town.dm(TEAM_LEAD))
    thread = town.workspace.post(channel, TEAM_LEAD, "Hello", at=town.bot.desk.now()).ts
    assert ts != thread
    for _ in range(STARTS_A_MINUTE):
        assert await streams.start(channel, thread, ()) is not None
    assert await streams.start(channel, thread, ()) is None
    at[0] = 61.0
    assert await streams.start(channel, thread, ()) is not None
