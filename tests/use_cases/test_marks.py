"""Marks of one moment share a transaction, and everybody who waits learns how theirs went."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.ids import ChannelId
from bot.domain.notice import Notice, NoticeKind, Owed, Recipient
from bot.use_cases.marks import Mark, Marks
from bot.use_cases.ports import Sent

TEAM = ChannelId("C_TEAM")


def a_mark(key: str) -> Mark:
    notice = Notice(key, NoticeKind.REVIEW_CARD, Recipient(TEAM, "100.1"), live=True)
    return Owed(notice, 1, 0, 1, None, None, False, None), Sent(TEAM, "7.1")


class Written:
    """What was written, a list for each transaction."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.keys: list[list[str]] = []
        self._fault = fault

    async def __call__(self, marks: list[Mark]) -> None:
        if self._fault:
            raise self._fault
        self.keys.append([owed.notice.key for owed, _ in marks])


async def test_marks_of_one_moment_are_written_together_and_a_later_one_by_itself() -> None:
    marks, written = Marks(), Written()
    await asyncio.gather(*(marks.add(a_mark(key), written) for key in "abc"))
    await marks.add(a_mark("d"), written)
    assert written.keys == [["a", "b", "c"], ["d"]]


async def test_a_mark_that_comes_while_others_are_written_is_not_lost() -> None:
    marks, written = Marks(), Written()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(given: list[Mark]) -> None:
        begun.set()
        await go_on.wait()
        await written(given)

    first = asyncio.create_task(marks.add(a_mark("a"), slowly))
    await begun.wait()
    await marks.add(a_mark("b"), written)
    go_on.set()
    await first
    assert written.keys == [["b"], ["a"]]


async def test_when_they_cannot_be_written_everybody_who_waits_hears_of_it() -> None:
    marks = Marks()
    waiting = [marks.add(a_mark(key), Written(OSError("disk full"))) for key in "ab"]
    assert [type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)] == [OSError, OSError]
    written = Written()
    await marks.add(a_mark("c"), written)
    assert written.keys == [["c"]]


async def test_who_is_stopped_while_waiting_takes_nobody_elses_mark_along() -> None:
    marks, written = Marks(), Written()
    stopped = asyncio.create_task(marks.add(a_mark("a"), written))
    other = asyncio.create_task(marks.add(a_mark("b"), written))
    await asyncio.sleep(0)
    stopped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopped
    await other
    assert written.keys == [["a", "b"]]
