"""Wakes the jobs of the timetable. It remembers nothing: a waking that is lost is made good by the next one.

APScheduler keeps the time and has no store of its own. A late waking still counts, however late; several that are late
count as one; a job that still runs is not woken a second time beside itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from bot.jobs.timetable import TIMETABLE, Job
from bot.use_cases.desk import Desk

log = logging.getLogger(__name__)


class _Steady(AsyncIOScheduler):  # type: ignore[misc]  # it has no types
    """Also wakes in time when the machine's clock is put back.

    Its timer counts real seconds, but what it finds then is compared with the clock: put back by a day, it would wait a
    day. So whatever lies further ahead than one interval is due now.
    """

    def _process_jobs(self) -> Any:
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.next_run_time is not None and job.next_run_time - now > job.trigger.interval:
                job.modify(next_run_time=now)
        return super()._process_jobs()


class Scheduler:
    """The timetable's clockwork for one desk."""

    def __init__(self, desk: Desk, jobs: Iterable[Job] = TIMETABLE) -> None:
        self._desk, self._jobs = desk, tuple(jobs)
        self._running: set[asyncio.Task[Any]] = set()
        self._scheduler = _Steady(timezone=UTC)

    def start(self) -> None:
        """Wake the jobs now, those that are not meant to wait, and then all of them by the timetable."""
        for job in self._jobs:
            self._scheduler.add_job(
                self._wake,
                IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC),
                args=[job],
                id=job.name,
                next_run_time=datetime.now(UTC) + (timedelta() if job.at_once else job.every),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    async def stop(self, *, within: float) -> None:
        """Wake nobody any more, and let what runs come to its end: cancelled half-way, it would wait for its lease."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(set(self._running), timeout=within)
        self._scheduler.shutdown(wait=False)  # what still runs is cancelled
        await asyncio.sleep(0)  # it shuts down in the loop's next round

    async def _wake(self, job: Job) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            await job.act(self._desk)
        except Exception:
            log.exception("job failed", extra={"job": job.name})
