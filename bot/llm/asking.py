"""One call of a model, from the first second to the record: within its limit, its slot, its budget, and never raising.

What went out and what came back is never logged and never kept. Of each call the record knows what it was for, what it
took and how it ended.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from bot.domain.model_use import CallOutcome, ModelCall
from bot.llm.breaker import Breaker, Budget, Spent
from bot.llm.prompts import Filled, NotFilled, Prompt
from bot.llm.service import Failed, Request, Said, Service
from bot.llm.shapes import Shape, Unreadable, read_shape

log = logging.getLogger(__name__)

T = TypeVar("T")

BYTES_A_TOKEN: Final = 4  # roughly, and of any script; what a call really took is told afterwards
PAUSE: Final = (0.2, 0.6)  # seconds before the second try, by chance within
LEFT_FOR_IT: Final = 0.5  # seconds that a second try needs at the least
CLOSING: Final = 5.0  # seconds


class Book(Protocol):
    """Where calls are put on record."""

    async def add(self, call: ModelCall) -> None: ...

    async def spent_since(self, since: datetime) -> int: ...


class InMemory:
    """A record that is forgotten at the end: for measuring, where there is no database."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    async def add(self, call: ModelCall) -> None:
        self.calls.append(call)

    async def spent_since(self, since: datetime) -> int:
        return sum(call.tokens_in + call.tokens_out for call in self.calls if call.at >= since)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks and the chance of a call, for tests to move."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[float, float], float] = random.uniform


@dataclass(slots=True)
class _Call:
    """One call while it is made. Without an outcome it was none, and is not put on record."""

    at: datetime
    began: float
    until: float
    aside: tuple[int, int] = (0, 0)  # tokens set aside for what goes in, and for what comes out
    sent: bool = False
    tokens: tuple[int, int] | None = None
    outcome: CallOutcome | None = None


Fill = Callable[[Prompt], Filled]
Read = Callable[[Any], T | None]
Hear = Callable[[str], Awaitable[None]]


class Asker:
    """Asks one service, for everybody."""

    def __init__(self, service: Service, model: str, *, daily_tokens: int, at_once: int, timing: Timing) -> None:
        self.book: Book = InMemory()
        self.budget = Budget(daily_tokens, lambda since: self.book.spent_since(since))
        self._service, self._model, self._timing, self._now = service, model, timing, timing.now
        self._slots = asyncio.Semaphore(at_once)
        self._breaker = Breaker(timing.clock)
        self._left: set[asyncio.Task[Any]] = set()  # calls nobody waits for any more, and records being written

    def keep_in(self, book: Book, now: Callable[[], datetime] | None) -> None:
        """Put calls on record there, with the moments of that clock."""
        self.book, self._now = book, now or self._now

    async def ask(
        self, prompt: Prompt, fill: Fill, within: timedelta, read: Read[T], hear: Hear | None = None
    ) -> T | None:
        """What `read` makes of the answer, or None; within the limit, whatever happens."""
        seconds = min(within.total_seconds(), prompt.limits.seconds)
        began = self._timing.clock()
        call = _Call(self._now(), began, began + seconds)
        asking = asyncio.create_task(self._answered(prompt, fill, call, read, hear))
        self._keep(asking)
        try:
            # No time limit around an await: hanging up takes as long as the other side likes, and nobody waits for it.
            await asyncio.wait({asking}, timeout=seconds)
            if not asking.done():
                call.outcome = CallOutcome.TIMED_OUT if call.sent else CallOutcome.BUSY
                if call.sent:
                    self._breaker.failed()
        finally:
            if not asking.done():
                asking.cancel()
                if call.outcome is None and call.sent:  # whoever asked is gone, which says nothing about the service
                    call.outcome = CallOutcome.TIMED_OUT
                    self._breaker.told_nothing()
            writing = asyncio.create_task(self._write(prompt, call))
            self._keep(writing)
        answer = asking.result() if asking.done() and not asking.cancelled() else None
        await asyncio.wait({writing}, timeout=max(0.0, call.until - self._timing.clock()))
        return answer

    async def close(self) -> None:
        """Let what is on its way to the record arrive there, and hang up."""
        if left := {task for task in self._left if not task.done()}:
            await asyncio.wait(left, timeout=CLOSING)
        await self._service.close()

    # --- the way of one call ----------------------------------------------------------------------------------------

    async def _answered(self, prompt: Prompt, fill: Fill, call: _Call, read: Read[T], hear: Hear | None) -> T | None:
        try:
            # On a thread: what must not leave is taken out here, and that takes its time on a long text.
            filled = await asyncio.to_thread(fill, prompt)
        except NotFilled as error:
            log.info("model not asked", extra={"task": prompt.task.value, "why": str(error)})
            return None
        except Exception as error:
            # Nothing is sent that could not be cleaned. The error may quote what people wrote: only its name is told.
            log.error("model not asked", extra={"task": prompt.task.value, "error": type(error).__name__})
            call.outcome = CallOutcome.FAILED
            return None
        call.outcome, answer = await self._outcome(prompt, filled, call, read, hear)
        return answer

    async def _outcome(
        self, prompt: Prompt, filled: Filled, call: _Call, read: Read[T], hear: Hear | None
    ) -> tuple[CallOutcome, T | None]:
        if self._breaker.resting:
            return CallOutcome.RESTING, None
        request = Request(filled, prompt.task.value, prompt.output, prompt.limits.output)
        aside = (filled.size // BYTES_A_TOKEN + 1, request.most)
        try:
            async with self._slots:
                await self.budget.set_aside(sum(aside), call.at)
                call.aside = aside
                if not self._breaker.enter():
                    return CallOutcome.RESTING, None
                call.sent = True
                said = await self._said(request, call, hear)
                call.tokens = said.tokens
        except Spent:
            return CallOutcome.SPENT, None
        except Failed as failed:
            self._breaker.failed()
            if failed.outcome is not CallOutcome.UNREADABLE:
                call.tokens = (0, 0)  # it was turned away, and nothing was counted
            facts = {"task": prompt.task.value, "why": failed.why.value, "status": failed.status or None}
            log.warning("model failed", extra=facts)
            return failed.outcome, None
        except Exception as error:
            if call.sent:
                self._breaker.failed()
            log.error("model failed", extra={"task": prompt.task.value, "error": type(error).__name__})
            return CallOutcome.FAILED, None
        self._breaker.went_well()
        return self._read(prompt, said, read)

    async def _said(self, request: Request, call: _Call, hear: Hear | None) -> Said:
        """The answer, at the second try where the first one failed in a way that may pass."""
        heard = False

        async def listen(piece: str) -> None:
            nonlocal heard
            heard = True
            if hear is not None:
                await hear(piece)

        listening = None if hear is None else listen
        try:
            return await self._service.complete(request, listening)
        except Failed as failed:
            wait = (failed.after or 0.0) + self._timing.chance(*PAUSE)
            in_time = self._timing.clock() + wait + LEFT_FOR_IT <= call.until
            if not (failed.again and in_time) or heard:  # who has heard half of an answer is not told another
                raise
        await self._timing.pause(wait)
        return await self._service.complete(request, listening)

    @staticmethod
    def _read(prompt: Prompt, said: Said, read: Read[T]) -> tuple[CallOutcome, T | None]:
        if said.text is None:
            return CallOutcome.REFUSED, None
        if not said.text.strip():
            return CallOutcome.EMPTY, None
        try:
            shape: Shape = read_shape(prompt.task, said.text)
        except Unreadable:
            return CallOutcome.UNREADABLE, None
        if shape.empty:
            return CallOutcome.EMPTY, None
        answer = read(shape)
        return (CallOutcome.UNREADABLE if answer is None else CallOutcome.USED), answer

    # --- the record -------------------------------------------------------------------------------------------------

    async def _write(self, prompt: Prompt, call: _Call) -> None:
        """Put the call on record; only then is what was set aside for it given back."""
        # What a call took that never told us, or that nobody waited for, counts as what was set aside.
        tokens_in, tokens_out = (call.tokens or call.aside) if call.sent else (0, 0)
        unwritten = 0
        try:
            if call.outcome is not None:
                took = round((self._timing.clock() - call.began) * 1000)
                await self.book.add(
                    ModelCall(
                        prompt.task, prompt.version, self._model, call.at, tokens_in, tokens_out, took, call.outcome
                    )
                )
        except Exception as error:
            unwritten = tokens_in + tokens_out
            log.error("model call not recorded", extra={"task": prompt.task.value, "error": type(error).__name__})
        finally:
            self.budget.settle(sum(call.aside), unwritten=unwritten)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._left.add(task)
        task.add_done_callback(self._left.discard)
