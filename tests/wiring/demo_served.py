"""The demo as `preflight demo` serves it, on free ports of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from bot.wiring.demo import Demo, open_demo
from tests.serving import a_port, served
from tests.stories.town import patient_slack


@asynccontextmanager
async def demo_served(folder: Path) -> AsyncIterator[tuple[Demo, str]]:
    """The demo, and the address of its page."""
    page_at, door_at = a_port(), a_port()
    addresses = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in (page_at, door_at)]
    opened = await open_demo(*addresses, (folder / f"{n}.sqlite3" for n in count(1)))
    with patient_slack():
        async with served(opened.playground, page_at) as page, served(opened.behind, door_at, lifespan="off"):
            opened.behind.bot.start()
            try:
                yield opened, page
            finally:
                await opened.behind.bot.stop()
