"""The schema, brought up to date step by step. Alembic is set up here, in code; there is no ini file to go stale."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, text

from bot.store.engine import BUSY_MS, StoreUnavailable, database_url, is_trouble, make_engine

SQLITE_TRIES: Final = 20
SQLITE_PAUSE: Final = 0.1  # seconds
STARTER_WAITS_MS: Final = 60_000  # for its turn: on a slow disk all the steps of another starter take a while
_HERE = Path(__file__).parent
_AWAY = "the database is not available; look at DATABASE_URL, and whether the database runs"
_IN_TURN = text("SELECT pg_advisory_xact_lock(7265616480)")


@dataclass(frozen=True, slots=True)
class Migrated:
    """The database has the schema that this version of the code expects."""

    head: str


@dataclass(frozen=True, slots=True)
class NotMigrated:
    """The database has another schema: none yet (`current` is None), an older one, or one this code does not know."""

    current: str | None
    head: str


def migrate(url: str) -> Migrated:
    """Bring the database up to date, all or nothing. Doing it again changes nothing; two at once take turns."""
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        # While a new file turns to its journal, SQLite says "locked" at once to whoever else opens it, and waits for
        # nobody: so the turn is asked for again.
        began = time.monotonic()
        for _ in range(SQLITE_TRIES):
            try:
                return _migrate(address)
            except StoreUnavailable:
                if time.monotonic() - began > SQLITE_PAUSE * SQLITE_TRIES:
                    raise  # it did wait, or it fails slowly: that is no turn that was lost at once
                time.sleep(SQLITE_PAUSE)
    return _migrate(address)


def _migrate(address: URL) -> Migrated:
    try:
        engine = make_engine(address)
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    # One transaction around every step: SQLite can take a CREATE TABLE back, and others wait here.
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={STARTER_WAITS_MS}")
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    _upgrade(connection)
                    connection.exec_driver_sql("COMMIT")
                else:
                    with connection.begin():
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {STARTER_WAITS_MS}")
                        connection.execute(_IN_TURN)
                        # For a table that is in use, as long as everybody: whoever comes behind us would wait as well.
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_MS}")
                        _upgrade(connection)
        finally:
            engine.dispose()
    except Exception as error:
        if is_trouble(error):
            raise StoreUnavailable(_AWAY) from error
        raise
    return Migrated(newest())


def migration_state(url: str) -> Migrated | NotMigrated:
    """Which schema the database has, without changing anything. Raises StoreUnavailable where there is no database."""
    address = database_url(url)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        return NotMigrated(None, newest())
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except Exception as error:
        if is_trouble(error):
            raise StoreUnavailable(_AWAY) from error
        raise
    finally:
        engine.dispose()
    return Migrated(current) if current == newest() else NotMigrated(current, newest())


@functools.cache
def newest() -> str:
    """The revision that this version of the code expects."""
    head = ScriptDirectory(str(_HERE)).get_current_head()
    if head is None:
        raise RuntimeError("the package was built without its migrations")
    return head


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
