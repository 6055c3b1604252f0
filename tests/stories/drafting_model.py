"""A model for stories of drafts: it says what each task is told to say, fails or keeps silent, and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.model_use import Task, Wrote
from bot.domain.passage import Cited
from bot.use_cases.ports import Drafted
from tests.stories.model import Scripted

Says = Callable[[Sequence[str]], Sequence[str]]
BY = Wrote("a-model", 2)


def lines(*said: str) -> Says:
    """The same lines, whatever the facts are."""
    return lambda facts: said


@dataclass
class Drafter(Scripted):
    """What it will say by task; a task that is not there gets nothing, and an error is raised."""

    says: dict[Task, Says | Exception] = field(default_factory=dict)
    given: list[tuple[Task, tuple[str, ...]]] = field(default_factory=list)
    waits: dict[int, asyncio.Event] = field(default_factory=dict)  # by the number of the call, from 0

    async def draft(self, task: Task, facts: Sequence[str], *, within: timedelta) -> Drafted | None:
        number = len(self.given)
        self.given.append((task, tuple(facts)))
        if number in self.waits:
            await self.waits[number].wait()
        await self._think()
        said = self.says.get(task)
        if isinstance(said, Exception):
            raise said
        return Drafted(tuple(Cited(line, ()) for line in said(facts)), BY) if said is not None else None

    def facts(self, task: Task) -> list[str]:
        """All it was ever given for a task."""
        return [fact for each, facts in self.given if each is task for fact in facts]
