"""What Slack has confirmed, collected for a moment and then written down together. Nothing is sent or decided here.

In a transaction for each, marks took three of fourteen round trips to PostgreSQL for a click, and on SQLite the next
click waited for their commit. A process that ends within that moment leaves doubtful notices, as after any crash.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from bot.domain.notice import Owed
from bot.use_cases.ports import Sent

Mark = tuple[Owed, Sent]
MOMENT: Final = 0.005  # seconds: shorter than anybody takes to press the next button


@dataclass
class Marks:
    """The marks that wait for their moment."""

    _waiting: list[Mark] = field(default_factory=list)
    _writing: asyncio.Task[None] | None = None

    async def add(self, mark: Mark, write: Callable[[list[Mark]], Awaitable[None]]) -> None:
        """Have a mark written, with those that come within the same moment. Returned means committed."""
        self._waiting.append(mark)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(write))
        await asyncio.shield(self._writing)  # one of those who wait may be stopped; the others still get their mark

    async def _write(self, write: Callable[[list[Mark]], Awaitable[None]]) -> None:
        await asyncio.sleep(MOMENT)
        marks, self._waiting, self._writing = self._waiting, [], None
        await write(marks)
