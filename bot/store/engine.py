"""How a database is opened, and which of its errors mean "the database is not available". It knows no table."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool

POOL: Final = 8  # PostgreSQL: as many connections as threads, so that none ever waits for another's
BUSY_MS: Final = 2_000  # how long to wait for a lock; less than Slack's three seconds, so that the no still arrives

# SQLite's primary result codes that tell of the machine, not of the statement: busy, locked, no memory, read-only,
# interrupted, I/O error, corrupt, full, cannot open, protocol, not a database.
_SQLITE_TROUBLE: Final = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26})
_SQLITE_READONLY: Final = 8
# Done again from the start, these can succeed: serialization failure, deadlock, and a unique key that another act took
# between our look and our insert; the second try sees its row, as it would have on SQLite, where acts queue.
_TRY_AGAIN: Final = frozenset({"40001", "40P01", "23505"})


class StoreUnavailable(Exception):
    """The database is locked, full, broken or gone. Nothing of this act was saved, unless it broke while committing."""


def database_url(text: str) -> URL:
    """Read a database address. Raises ValueError for anything but a SQLite file or PostgreSQL."""
    url = make_url(text)
    match url.get_backend_name():
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise ValueError("the database must be a file: sqlite:///path/to/preflight.sqlite3")
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ValueError(f"{other!r} is not supported; use sqlite:///… or postgresql://…")


def make_engine(url: URL) -> Engine:
    """An engine with our settings. For SQLite every connection is its caller's own; transactions are begun by hand."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    options = f"-c timezone=UTC -c lock_timeout={BUSY_MS} -c idle_in_transaction_session_timeout=60000"
    return create_engine(
        url,
        hide_parameters=True,  # an error tells of the statement, never of what people wrote
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=BUSY_MS / 1000,
        isolation_level="READ COMMITTED",
        connect_args={"options": options, "connect_timeout": 5, "application_name": "preflight"},
    )


def _sqlite(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < (3, 35):
        raise ValueError(f"SQLite 3.35 or newer is needed; this Python has {sqlite3.sqlite_version}")
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The file holds what teams say about their risks: ours alone. SQLite gives its -wal and -shm files the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={
            "isolation_level": None,  # sqlite3 begins nothing by itself: BEGIN IMMEDIATE is ours to say
            "check_same_thread": False,  # opened by one thread, then handed to the one that uses it
            "timeout": BUSY_MS / 1000,
            "cached_statements": 256,
        },
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # acknowledged means on the disk; sharing commits pays for it
        "foreign_keys=ON",
        "secure_delete=ON",  # what was deleted is overwritten, not only unlinked
        "recursive_triggers=ON",  # or INSERT OR REPLACE would slip past the append-only triggers
        "trusted_schema=OFF",
        "temp_store=MEMORY",
        "cache_size=-16000",  # 16 MB, for the index of names: a fifth less time for each look-up than with SQLite's 2
    ):
        connection.execute(f"PRAGMA {pragma}")


def is_trouble(error: BaseException) -> bool:
    """Is it the database that failed, rather than what was asked of it?"""
    if isinstance(error, PoolTimeout | OSError):
        return isinstance(error, PoolTimeout)
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_TROUBLE
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return is_trouble(error.orig)
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def tried_to_write(error: BaseException) -> bool:
    """Did a look try to change something? On a connection that may only look, SQLite calls that read-only trouble."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF == _SQLITE_READONLY


def may_succeed_again(error: BaseException) -> bool:
    """Would the same act, run again from its start, have a fair chance? Only for failures before the commit."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _TRY_AGAIN
