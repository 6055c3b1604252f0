"""The schema: what the steps make is what the code expects; doing it twice, or twice at once, does no harm."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from bot.domain.profile import Clients
from bot.store import engine as store_engine
from bot.store import migrations
from bot.store.columns import metadata, utc_text
from bot.store.database import open_store
from bot.store.engine import StoreUnavailable, database_url, make_engine
from bot.store.migrations import Migrated, NotMigrated, migrate, migration_state, newest
from bot.store.spelling import profile_text
from tests.postgres import Postgres
from tests.store.samples import AT, KEY, PROFILE


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
    assert len(constraints(described)) == 12
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


async def test_whoever_waits_for_their_turn_waits_longer_than_an_act_would(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_engine, "BUSY_MS", 1)
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


async def test_a_database_with_reviews_from_before_learns_whom_they_touch_and_has_them_looked_at(
    empty_url: str,
) -> None:
    engine = opened(empty_url)
    uses = {
        "1": Clients.named(["Acme", "ÜBER-Bank"]),
        "2": Clients.named(["all"]),
        "3": Clients.counted(3),
        "4": Clients(),
        "5": Clients.named(["*"]),
    }
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
        up_to(connection, "0001")
        for name, clients in uses.items():
            stage = {"1": "decided", "4": "withdrawn"}.get(name, "submitted")
            profile = profile_text(replace(PROFILE, clients=clients))
            connection.execute(
                text(OLD_REVIEW), {"id": f"R_{name}", "stage": stage, "profile": profile, "at": utc_text(AT)}
            )
        connection.execute(text(OLD_TOOL), {"at": utc_text(AT)})
        connection.execute(text(OLD_VERDICT), {"at": utc_text(AT)})
        for name, outcome in (("1", "approve"), ("2", "reject")):
            asked = {"id": f"D_{name}", "review": f"R_{name}", "outcome": outcome, "profile": "{}", "at": utc_text(AT)}
            connection.execute(text(OLD_DECISION), asked)
        connection.commit()
    migrate(empty_url)
    with engine.connect() as connection:
        links = connection.execute(text("SELECT review_id, client_key FROM review_clients ORDER BY 1, 2")).all()
        due = connection.execute(text("SELECT kind, about FROM due WHERE next_at = due_at ORDER BY 1, 2")).all()
    engine.dispose()
    assert [tuple(row) for row in links] == [
        ("R_1", "acme"),
        ("R_1", "uberbank"),
        ("R_2", "*"),
        ("R_3", "?"),
        ("R_5", "?"),
    ]
    assert [tuple(row) for row in due] == [
        ("decision", "D_1"),
        ("review", "R_2"),
        ("review", "R_3"),
        ("review", "R_5"),
    ]
    store = open_store(empty_url, audit_key=KEY)
    claimed = await store.act(lambda work: work.due.claim(AT, timedelta(minutes=1), 9))
    assert {due.at for due in claimed} == {AT}
    await store.close()


# As the version before this schema wrote them.
OLD_REVIEW = (
    "INSERT INTO reviews (id, tool_name, requester, home_channel, opened_at, stage, version, purpose, vendor, url, "
    "co_requesters, proposals, profile, note, updated_at) "
    "VALUES (:id, 'Otter', 'U_ANA', 'C_1', :at, :stage, 1, '', '', '', '[]', '[]', :profile, '', :at)"
)
OLD_TOOL = "INSERT INTO tools (id, name, created_at) VALUES ('T_1', 'Otter', :at)"
OLD_VERDICT = (
    "INSERT INTO verdicts (id, review_id, version, inputs_hash, bank_version, content, at) "
    "VALUES ('V_1', 'R_1', 1, '', '', '{}', :at)"
)
OLD_DECISION = (
    "INSERT INTO decisions (id, review_id, tool_id, tool_name, profile, verdict_id, computed, outcome, approver, "
    "signed_by, rationale, decided_at, valid_until, tier, risk_acceptance, suspended_because) VALUES "
    "(:id, :review, 'T_1', 'Otter', :profile, 'V_1', 'approve', :outcome, 'self_serve', '[]', '', :at, "
    "'2027-01-01', 1, false, '')"
)


def up_to(connection: Connection, revision: str) -> None:
    """Bring a database to the schema of an earlier version."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


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
