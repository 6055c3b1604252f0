"""The scheduler wakes the timetable at once, each minute and after the clock was put back, and stops calmly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import time_machine

from bot.jobs.scheduler import Scheduler
from bot.jobs.timetable import TIMETABLE, Job
from bot.use_cases.desk import Desk
from bot.use_cases.digest import plan_channel_digest
from bot.use_cases.library import keep_library
from bot.use_cases.roster import keep_watch
from bot.use_cases.timetable import tick

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NO_DESK = cast(Desk, None)  # the jobs of these tests touch nothing


@dataclass
class Woken:
    """A job that counts its wakings and, when told to, takes its time."""

    times: int = 0
    ended: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def __call__(self, desk: Desk) -> None:
        self.times += 1
        self.woken.set()
        if self.fails:
            raise RuntimeError("this one fails")
        await self.go_on.wait()
        self.ended += 1

    async def again(self, scheduler: Scheduler) -> None:
        """Let the scheduler look at its clock now, and wait until it has woken us."""
        self.woken.clear()
        scheduler._scheduler.wakeup()
        async with asyncio.timeout(5):
            await self.woken.wait()


@asynccontextmanager
async def waking(job: Woken) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(NO_DESK, [Job("count", MINUTE, job)])
    scheduler.start()
    async with asyncio.timeout(5):
        await job.woken.wait()
    yield scheduler
    job.go_on.set()
    await scheduler.stop(within=5)


async def rounds(of_the_loop: int = 5) -> None:
    for _ in range(of_the_loop):
        await asyncio.sleep(0)


@pytest.fixture
def job() -> Woken:
    made = Woken()
    made.go_on.set()
    return made


def test_what_is_due_and_who_is_new_is_looked_at_each_minute_pages_sooner_and_the_digest_is_planned() -> None:
    assert {each.act: each.every for each in TIMETABLE} == {
        tick: MINUTE,
        keep_watch: MINUTE,
        keep_library: timedelta(seconds=5),
        plan_channel_digest: 60 * MINUTE,
    }


async def test_a_job_is_woken_at_once_and_then_by_the_minute(job: Woken) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with waking(job) as scheduler:
            assert job.times == 1
            clock.shift(59)
            scheduler._scheduler.wakeup()
            await rounds()
            assert job.times == 1
            clock.shift(1)
            await job.again(scheduler)
            assert job.times == 2


async def test_a_job_that_is_not_for_the_start_is_woken_when_its_time_has_passed_once(job: Woken) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        scheduler = Scheduler(NO_DESK, [Job("count", MINUTE, job, at_once=False)])
        scheduler.start()
        await rounds()
        assert job.times == 0
        clock.shift(60)
        await job.again(scheduler)
        assert job.times == 1
        await scheduler.stop(within=5)


async def test_hours_in_which_nothing_ran_are_one_waking_however_late(job: Woken) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with waking(job) as scheduler:
            clock.shift(timedelta(hours=30, seconds=30))
            await job.again(scheduler)
            await rounds()
            assert job.times == 2


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
async def test_a_clock_that_is_put_back_keeps_no_job_waiting(job: Woken, back: timedelta) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with waking(job) as scheduler:
            clock.shift(-back)
            await job.again(scheduler)
            assert job.times == 2
            clock.shift(60)
            await job.again(scheduler)
            assert job.times == 3


async def test_a_job_that_fails_is_woken_again(job: Woken) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        job.fails = True
        async with waking(job) as scheduler:
            await rounds()
            clock.shift(60)
            await job.again(scheduler)
            assert job.times == 2


async def test_a_job_that_still_runs_is_not_woken_beside_itself() -> None:
    job = Woken()
    with time_machine.travel(NOON, tick=False) as clock:
        async with waking(job) as scheduler:
            clock.shift(60)
            scheduler._scheduler.wakeup()
            await rounds()
            assert (job.times, job.ended) == (1, 0)


async def test_stopping_lets_a_running_job_end_and_wakes_nobody_any_more() -> None:
    job = Woken()
    with time_machine.travel(NOON, tick=False) as clock:
        async with waking(job) as scheduler:
            stopping = asyncio.create_task(scheduler.stop(within=5))
            await rounds()
            assert not stopping.done()
            job.go_on.set()
            await stopping
            assert (job.times, job.ended) == (1, 1)
            clock.shift(3600)
            await rounds()
            assert job.times == 1
            assert not scheduler._scheduler.running


async def test_what_never_ends_is_ended_when_the_time_to_stop_is_over() -> None:
    job = Woken()
    async with waking(job) as scheduler:
        running: set[Any] = set(scheduler._running)
        await scheduler.stop(within=0)
        await rounds()
        assert running
        assert all(task.done() for task in running)
        assert job.ended == 0
