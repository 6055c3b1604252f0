"""Which use case is woken how often. No job knows when it ran last: each asks the database what is due by now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.use_cases.desk import Desk
from bot.use_cases.digest import plan_channel_digest
from bot.use_cases.library import keep_library
from bot.use_cases.roster import keep_watch
from bot.use_cases.timetable import tick


@dataclass(frozen=True, slots=True)
class Job:
    """One use case, and the time from one waking to the next."""

    name: str
    every: timedelta
    act: Callable[[Desk], Awaitable[object]]
    at_once: bool = True  # woken at the start too, and not only when its time has passed once


TIMETABLE: Final = (
    Job("what is due", timedelta(minutes=1), tick),
    Job("who is new among the leads", timedelta(minutes=1), keep_watch),
    # Reading the library takes most of a second of a thread. At the start others need it more.
    Job("pages that changed", timedelta(seconds=5), keep_library, at_once=False),
    Job("the channel's digest", timedelta(hours=1), plan_channel_digest),
)
