"""One look at everything that has come due: claim it, hand each kind to its handler. It holds no state between looks.

Whatever a look does not bring to its end, because it failed or the process went away, is due again when its claim runs
out; nothing here is marked done that its handler did not record in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from bot.domain.due import Due, DueKind
from bot.store.points import point
from bot.store.work import Work
from bot.use_cases.desk import Desk
from bot.use_cases.digest import digest_due
from bot.use_cases.occurrence_clock import look_at_occurrences, plan_series
from bot.use_cases.upkeep import on_actions_due, on_decisions_due, on_reviews_due

log = logging.getLogger(__name__)

Handler = Callable[[Desk, Sequence[Due]], Awaitable[None]]

BATCH: Final = 200
# A batch is a second's work; ten times that, for a slow directory, and no longer, for what a crash left behind.
LEASE: Final = timedelta(seconds=60)
PUT_OFF: Final = timedelta(hours=1)  # for what nobody handles yet, and what failed by itself

HANDLERS: Final[Mapping[DueKind, Handler]] = {
    DueKind.OCCURRENCE: look_at_occurrences,
    DueKind.SERIES: plan_series,
    DueKind.DIGEST: digest_due,
    DueKind.DECISION: on_decisions_due,
    DueKind.REVIEW: on_reviews_due,
    DueKind.ACTIONS: on_actions_due,
}


async def tick(desk: Desk, handlers: Mapping[DueKind, Handler] = HANDLERS) -> int:
    """Look at all that has come due, the most urgent first; the number of things that were looked at."""
    if not await desk.read(_anything_due, desk.now()):
        return 0  # a look that finds nothing takes no lock and writes nothing
    looked = 0
    seen: set[tuple[DueKind, str]] = set()
    while claimed := await desk.store.act(_claim, desk.now()):
        point("tick.claimed")
        # A handler that puts a thing off to a moment that is over would have us look at it for ever.
        fresh = [due for due in claimed if (due.kind, due.about) not in seen]
        seen |= {(due.kind, due.about) for due in fresh}
        fresh.sort(key=lambda due: (due.kind.urgency, due.kind))  # the most urgent first, one kind after the other
        for kind, dues in groupby(fresh, key=lambda due: due.kind):
            await _hand_over(desk, kind, list(dues), handlers)
        looked += len(fresh)
        if not fresh:
            break
    return looked


async def _hand_over(desk: Desk, kind: DueKind, dues: Sequence[Due], handlers: Mapping[DueKind, Handler]) -> None:
    """Let the handler of a kind look at them; where one of many fails, each by itself, so that only that one waits."""
    handler = handlers.get(kind)
    if handler is None:
        await desk.store.act(_put_off, dues, desk.now() + PUT_OFF)
        return
    try:
        await handler(desk, dues)
    except Exception:
        if len(dues) > 1:
            for due in dues:
                await _hand_over(desk, kind, [due], handlers)
            return
        log.exception("look failed", extra={"kind": kind.value, "about": dues[0].about})
        await desk.store.act(_put_off, dues, desk.now() + PUT_OFF)
    point("tick.handled")


def _anything_due(work: Work, now: datetime) -> bool:
    next_at = work.due.next_at()
    return next_at is not None and next_at <= now


def _claim(work: Work, now: datetime) -> list[Due]:
    return work.due.claim(now, LEASE, BATCH)


def _put_off(work: Work, dues: Sequence[Due], until: datetime) -> None:
    for due in dues:
        work.due.done(due, until)
