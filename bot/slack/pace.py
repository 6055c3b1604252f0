"""Slack's pace: one message a second and channel, and so many calls a minute and method. It only says when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# https://docs.slack.dev/apis/web-api/rate-limits: chat.postMessage about 1 a second per channel; chat.update is tier 3,
# about 50 a minute, with short bursts allowed.
CHANNEL_GAP: Final = 1.05
UPDATES_A_MINUTE: Final = 50
UPDATE_BURST: Final = 25
LONGEST_WAIT: Final = 4.0  # seconds one waits in line; whoever would wait longer comes back later
MOST_CHANNELS: Final = 10_000


@dataclass
class Pace:
    """When the next call may go out. `seconds` is a clock that only ever rises."""

    seconds: Callable[[], float] = time.monotonic
    _free: dict[str, float] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)
    _updates: float = UPDATE_BURST
    _updates_at: float = 0.0

    async def turn(self, method: str, channel: str | None) -> float | None:
        """Wait for one's turn; or say after how many seconds to come back, without having taken a turn."""
        now = self.seconds()
        wait = max(0.0, self._held.get(method, 0.0) - now)
        if channel is not None:
            wait = max(wait, self._free.get(channel, 0.0) - now)
        elif method == "chat.update":
            wait = max(wait, self._until_update(now))
        if wait > LONGEST_WAIT:
            return wait
        if channel is not None:
            if len(self._free) >= MOST_CHANNELS:
                self._free = {each: free for each, free in self._free.items() if free > now}
            self._free[channel] = now + wait + CHANNEL_GAP
        if wait > 0:
            await asyncio.sleep(wait)
        return None

    def hold(self, method: str, seconds: float) -> None:
        """Slack asked for a pause."""
        self._held[method] = self.seconds() + seconds

    def _until_update(self, now: float) -> float:
        rate = UPDATES_A_MINUTE / 60
        self._updates = min(UPDATE_BURST, self._updates + (now - self._updates_at) * rate)
        self._updates_at = now
        self._updates -= 1
        if self._updates >= 0:
            return 0.0
        wait = -self._updates / rate
        if wait > LONGEST_WAIT:
            self._updates += 1  # no turn was taken
        return wait
