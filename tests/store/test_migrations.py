"""The schema: what the steps make is what the code expects; doing it twice, or twice at once, does no harm."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from bot.store.database import open_store
from bot.store.engine import StoreUnavailable, database_url, make_engine
from bot.store.migrations import Migrated, NotMigrated, migrate, migration_state, newest
from bot.store.tables import metadata
from tests.postgres import Postgres
from tests.store.samples import AT, KEY


def opened(url: str) -> Engine:
    return create_engine(database_url(url))


def constraints(engine: Engine) -> dict[str, Any]:
    """What Alembic's comparison does not look at: checks, by table and name."""
    looking = inspect(engine)
    return {
        f"{table}.{check['name']}": " ".join(check["sqltext"].split())
        for table in looking.get_table_names()
        for check in looking.get_check_constraints(table)
    }


def test_the_steps_make_the_schema_that_the_code_describes(empty_url: str) -> None:
    migrate(empty_url)
    engine = opened(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_steps_make_the_checks_that_the_code_describes(
    empty_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if empty_url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path / uuid.uuid4().hex}"
    else:
        other = request.getfixturevalue("postgres_server").new_database()
    migrate(empty_url)
    stepped, described = opened(empty_url), opened(other)
    metadata.create_all(described)
    assert constraints(stepped) == constraints(described)
    assert len(constraints(described)) == 8
    stepped.dispose()
    described.dispose()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    assert migration_state(empty_url) == NotMigrated(None, newest())
    assert migrate(empty_url) == Migrated(newest())
    before = fingerprint(empty_url)
    assert migrate(empty_url) == Migrated(newest())
    assert fingerprint(empty_url) == before
    assert migration_state(empty_url) == Migrated(newest())


async def test_two_starters_at_once_take_turns(empty_url: str) -> None:
    done = await asyncio.gather(*(asyncio.to_thread(migrate, empty_url) for _ in range(4)))
    assert done == [Migrated(newest())] * 4


def test_a_step_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    engine = opened(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE decisions (id int)"))  # in the way of the real one
    engine.dispose()
    with pytest.raises(Exception, match="decisions"):
        migrate(empty_url)
    engine = opened(empty_url)
    assert [name for name in inspect(engine).get_table_names() if name != "alembic_version"] == ["decisions"]
    engine.dispose()
    assert migration_state(empty_url) == NotMigrated(None, newest())


def test_a_database_from_a_later_version_is_told_apart(empty_url: str) -> None:
    migrate(empty_url)
    engine = opened(empty_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert migration_state(empty_url) == NotMigrated("9999", newest())


def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite3"
    assert migration_state(f"sqlite:///{path}") == NotMigrated(None, newest())
    assert not path.exists()


async def test_migrating_beside_a_running_store_keeps_its_rows(url: str) -> None:
    store = open_store(url, audit_key=KEY)
    await store.act(lambda work: work.inbox.first("a", "d", AT))
    await asyncio.to_thread(migrate, url)
    assert not await store.act(lambda work: work.inbox.first("a", "d", AT))
    await store.close()


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_unavailable(postgres_server: Postgres) -> None:
    for ask in (migrate, migration_state):
        with pytest.raises(StoreUnavailable):
            ask("postgresql://nobody@127.0.0.1:1/none")


def fingerprint(url: str) -> object:
    engine = make_engine(database_url(url))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY name")).all()
        else:
            rows = connection.execute(
                text("SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY 1, 2")
            ).all()
    engine.dispose()
    return [tuple(row) for row in rows]
