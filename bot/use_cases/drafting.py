"""A model's draft: asked for, held against its facts, kept. Whatever goes wrong, our own words stand where it would be.

Nobody waits for it in a click, and nothing is decided, signed or counted by it. What did not pass is not kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.domain.drafted import checked, fault_in
from bot.store.drafts import Draft
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.draft_facts import ToDraft
from bot.use_cases.model_use import may_ask
from bot.use_cases.ports import NOBODY_WAITS

log = logging.getLogger(__name__)

LONGEST: Final = NOBODY_WAITS + timedelta(seconds=2)  # a model keeps its limit by itself; one that does not is left
HELD_BACK: Final = LONGEST + timedelta(seconds=3)  # how long a message waits that a draft belongs into


async def drafted(desk: Desk, wanted: ToDraft) -> Draft | None:
    """Lines that every fact of theirs holds, to be kept; None where there are none, whyever."""
    if not await may_ask(desk, wanted.task) or await desk.read(_there, wanted.key):
        return None
    basis = wanted.basis()
    try:
        async with asyncio.timeout(LONGEST.total_seconds()):
            given = await desk.model.draft(wanted.task, (*wanted.facts, *wanted.said), within=NOBODY_WAITS)
    except TimeoutError:
        log.warning("a draft took too long", extra={"task": wanted.task.value})
        return None
    except Exception as error:  # it should never raise; then our own words stand, as for every other fault of a model
        log.error("a draft failed", extra={"task": wanted.task.value, "error": type(error).__name__})
        return None
    if given is None:
        return None
    lines = [each.text for each in given.sentences]
    if (fault := fault_in(lines, basis, most=wanted.most)) is not None:
        log.info("a draft is not used", extra={"task": wanted.task.value, "why": fault.value})
        return None
    return Draft(wanted.key, wanted.task, checked(lines, basis, most=wanted.most), given.by)


def _there(work: Work, key: str) -> bool:
    return work.drafts.get(key) is not None


def keep(work: Work, draft: Draft, at: datetime) -> None:
    """Keep lines that passed, for whatever is told of the same facts."""
    work.drafts.add(draft, at)


def release(act: Acting, keys: Sequence[str]) -> None:
    """Send at once what was held back for a draft, whether there is one now or not."""
    for key in sorted(keys):
        act.work.notices.hasten(key, act.at)
        act.take(key)
