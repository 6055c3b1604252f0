"""The store's tests run on both engines; the embedded PostgreSQL is started once for all of them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.database import Store, open_store
from bot.store.migrations import migrate
from tests import postgres
from tests.databases import migrated
from tests.postgres import Postgres
from tests.store.samples import KEY

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: Postgres) -> str:
    url = postgres_server.new_database()
    migrate(url)
    return url


@pytest.fixture
def postgres_url(postgres_server: Postgres, _migrated_postgres: str) -> str:
    """A migrated PostgreSQL without a row."""
    postgres_server.wipe(_migrated_postgres)
    return _migrated_postgres


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A migrated SQLite file without a row."""
    return migrated(f"sqlite:///{tmp_path / 'preflight.sqlite3'}")


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database without a row, on each engine in turn."""
    address: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return address


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a schema, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / f'{uuid.uuid4().hex}.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = open_store(url, audit_key=KEY)
    yield opened
    await opened.close()
