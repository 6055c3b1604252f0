"""A migrated SQLite file for a test: the steps are taken once in a run, then copied. They have tests of their own."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from bot.store.engine import database_url
from bot.store.migrations import migrate


def migrated(url: str) -> str:
    """Make a new SQLite file at this address, with the schema and without a row; the address comes back."""
    path = Path(str(database_url(url).database))
    if path.exists():
        migrate(url)  # a file that is kept from before
    else:
        path.touch(0o600)  # as the store makes it
        path.write_bytes(_template())
    return url


@functools.cache
def _template() -> bytes:
    with tempfile.TemporaryDirectory(prefix="preflight-tests-") as folder:
        path = Path(folder) / "migrated.sqlite3"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()
