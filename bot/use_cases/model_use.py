"""May a model be asked for this now? The workspace's switch says so; the security leads turn it."""

from __future__ import annotations

from typing import Final

from bot.domain.model_use import Task, Use
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk

SWITCH: Final = "model"


async def may_ask(desk: Desk, task: Task) -> bool:
    """Is there a model, and may it be used for this?"""
    return desk.model.set_up and task.allowed(await desk.read(use_of, desk.model_use))


def use_of(work: Work, otherwise: Use) -> Use:
    """How the switch stands; `otherwise` where nobody has turned it."""
    value = work.switches.value(SWITCH)
    return Use(value) if value is not None else otherwise


def still_may(act: Acting, task: Task) -> bool:
    """May what a model said be written down? The switch may have been turned while it was asked."""
    return task.allowed(use_of(act.work, act.desk.model_use))
