"""A migrated database for a test. Of SQLite the steps are taken once a run, then copied; they have their own tests."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from bot.store.engine import database_url
from bot.store.migrations import migrate


def migrated(url: str) -> str:
    """Give the database at this address the schema, and a new one no row; the address comes back."""
    address = database_url(url)
    path = Path(str(address.database))
    if address.get_backend_name() != "sqlite" or path.exists():
        migrate(url)  # a server has no file to copy, and a file that is there is kept from before
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
