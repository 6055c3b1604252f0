"""The playground's time: the real time, and how far somebody has moved it ahead.

It goes back only where everything starts over. How old a signature, a trigger or a response_url is, is measured in
real seconds (`real`): moving the clock makes nobody's click too late.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

from bot.playground.records import SlackError

log = logging.getLogger(__name__)
LONGEST_STEP, LONGEST_MOVE = timedelta(hours=1), timedelta(days=31)
# Told after each step what was moved; the next hour begins when it has done what that hour wants.
OnForward = Callable[[timedelta], Awaitable[None]]


class MovableClock:
    """A clock that can be moved ahead; hand its `now` to everyone who is to live in the same time."""

    def __init__(self, real: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.real, self.ahead = real, timedelta()

    def now(self) -> datetime:
        return self.real() + self.ahead

    def forward(self, by: timedelta) -> None:
        """Move it ahead at once; whoever should notice every hour in between uses a `Mover`."""
        if by < timedelta():
            raise ValueError(f"a clock only goes forward, not by {by}")
        self.ahead += by

    def reset(self) -> None:
        """Back to the real time, where all that was said and done is forgotten too."""
        self.ahead = timedelta()


class Mover:
    """Moves a clock ahead step by step, one move at a time; `moved` is told after each step."""

    def __init__(self, clock: MovableClock, *, on_forward: OnForward | None, moved: Callable[[], None]) -> None:
        self._clock, self._on_forward, self._moved = clock, on_forward, moved
        self.under_way = self._stopping = False

    def stop(self) -> None:
        """Begin no further step."""
        self._stopping = True

    async def forward(self, by: timedelta) -> None:
        """Move by this much, in steps that end at full hours. Refused or broken, the clock stays where it got to."""
        if not timedelta() < by <= LONGEST_MOVE:
            raise SlackError("invalid_arguments", f"between one second and {LONGEST_MOVE.days} days at once")
        if self.under_way:
            raise SlackError("clock_is_moving")
        self.under_way = True
        try:
            for step in self._steps(by):
                self._clock.forward(step)
                if self._on_forward is not None:
                    await self._on_forward(step)
                self._moved()
        except Exception as error:
            log.exception("the clock stopped on its way")
            raise SlackError("clock_stopped") from error
        finally:
            self.under_way = False
            self._moved()

    def _steps(self, left: timedelta) -> Iterator[timedelta]:
        while left and not self._stopping:
            now = self._clock.now()
            to_full_hour = LONGEST_STEP - timedelta(
                minutes=now.minute, seconds=now.second, microseconds=now.microsecond
            )
            step = min(left, to_full_hour)
            left -= step
            yield step
