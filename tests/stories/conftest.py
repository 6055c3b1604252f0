"""A town for each story, on SQLite; stories that are about the database itself bring their own.

And for stories about a process that is killed, the one that new processes are forked from.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.stories.killed import Nursery
from tests.stories.town import Town, open_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}") as opened:
        yield opened


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    opened = Nursery(tmp_path_factory.mktemp("n"))
    yield opened
    opened.close()
