"""When a model's service is left alone for a while, and how much of it a day may use. It asks nobody anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

FAILURES: Final = 5  # in a row
REST: Final = 30.0  # seconds, twice as long after each failed try, up to
LONGEST_REST: Final = 300.0


class Breaker:
    """Opens after failures in a row; after a rest lets one call through, whose end says how it goes on."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failed = 0
        self._rest = REST
        self._until: float | None = None  # None: everybody may call
        self._trying = False

    @property
    def resting(self) -> bool:
        """Would a call be turned away right now?"""
        return self._until is not None and (self._trying or self._clock() < self._until)

    def enter(self) -> bool:
        """May this call go out? After the rest the first one may, and the others wait for what becomes of it."""
        if self.resting:
            return False
        self._trying = self._until is not None
        return True

    def went_well(self) -> None:
        self._failed, self._rest, self._until, self._trying = 0, REST, None, False

    def failed(self) -> None:
        self._failed += 1
        if self._trying:
            self._rest = min(self._rest * 2, LONGEST_REST)
        if self._trying or self._failed >= FAILURES:
            self._until, self._trying = self._clock() + self._rest, False

    def told_nothing(self) -> None:
        """The call ended without a word about the service: whoever waited for its answer may try again."""
        self._trying = False


class Spent(Exception):
    """The day's tokens are used up, or would be by this call."""


class Budget:
    """The tokens of one day. What a call may use at the most is set aside before it goes out, so that many at once
    cannot use more than is left."""

    def __init__(self, daily: int, spent_since: Callable[[datetime], Awaitable[int]]) -> None:
        self.daily = daily
        self._spent_since = spent_since
        self._aside = 0
        self._unwritten = 0  # of this day: used, and the record could not be told
        self._midnight: datetime | None = None
        self._settled = 0  # how often something was settled, so that a look that was overtaken is repeated

    async def set_aside(self, tokens: int, at: datetime) -> None:
        """Keep so many tokens for a call; raises Spent when they are not left."""
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if midnight != self._midnight:
            self._midnight, self._unwritten = midnight, 0
        while True:
            before = self._settled
            spent = await self._spent_since(midnight)
            # A call that was put on record meanwhile is neither in what was read nor among what is set aside.
            if before == self._settled:
                break
        if spent + self._unwritten + self._aside + tokens > self.daily:
            raise Spent
        self._aside += tokens

    def settle(self, aside: int, *, unwritten: int = 0) -> None:
        """Give back what was set aside: the call is on record now, or else what it used is remembered here."""
        self._aside -= aside
        self._unwritten += unwritten
        self._settled += 1
