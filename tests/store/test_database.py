"""The door itself: an act is all or nothing, neighbours in a commit do not harm each other, trouble has one name."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.domain.ids import ReviewId
from bot.domain.notice import Owed
from bot.domain.review import answer
from bot.store import engine as engine_settings
from bot.store.audit import Intact, verify
from bot.store.database import Store, open_store
from bot.store.engine import StoreUnavailable, database_url
from bot.store.points import armed
from bot.store.work import Work
from tests.postgres import Postgres
from tests.store.samples import AT, CASE, KEY, a_notice, a_review, an_answer, an_event, put_review


class Boom(Exception):
    pass


def note(work: Work, key: str) -> str:
    work.inbox.first(key, "d", AT)
    return key


def note_and_fail(work: Work, key: str) -> None:
    note(work, key)
    raise Boom(key)


async def noted(store: Store) -> set[str]:
    return await store.read(lambda work: set(work.connection.execute(text("SELECT key FROM inbox")).scalars()))


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    opened = open_store(sqlite_url, audit_key=KEY)
    yield opened
    await opened.close()


@pytest.fixture
async def gate(sqlite_store: Store) -> AsyncIterator[threading.Event]:
    """Holds the writer inside an act until it is set, so that what is handed in meanwhile shares the next commit."""
    gate, begun = threading.Event(), threading.Event()
    holding = asyncio.ensure_future(sqlite_store.act(lambda _: (begun.set(), gate.wait(20))))
    await asyncio.to_thread(begun.wait, 20)
    yield gate
    gate.set()
    await holding


def hooked(name: str, error: Exception) -> Any:
    def hook(passed: str) -> None:
        if passed == name:
            raise error

    return armed(hook)


# ── on both engines ──


async def test_what_an_act_returns_is_committed(store: Store) -> None:
    assert await store.act(note, "a") == "a"
    assert await noted(store) == {"a"}


async def test_an_act_that_raises_saves_nothing_and_its_caller_gets_the_very_error(store: Store) -> None:
    with pytest.raises(Boom, match="a"):
        await store.act(note_and_fail, "a")
    assert await noted(store) == set()


async def test_acts_that_fail_take_no_neighbour_along(store: Store) -> None:
    acts = [store.act(note_and_fail if n % 3 == 0 else note, f"k{n:02}") for n in range(60)]
    results = await asyncio.gather(*acts, return_exceptions=True)
    assert [isinstance(result, Boom) for result in results] == [n % 3 == 0 for n in range(60)]
    assert await noted(store) == {f"k{n:02}" for n in range(60) if n % 3}


async def test_an_act_the_database_refused_takes_no_neighbour_along(store: Store) -> None:
    def refused(work: Work) -> None:
        note(work, "b")
        work.connection.execute(text("INSERT INTO tools (id) VALUES (NULL)"))

    results = await asyncio.gather(
        store.act(note, "a"), store.act(refused), store.act(note, "c"), return_exceptions=True
    )
    assert isinstance(results[1], IntegrityError)
    assert await noted(store) == {"a", "c"}


async def test_a_look_changes_nothing(store: Store) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await store.read(note, "a")
    assert await noted(store) == set()


async def test_a_look_of_several_statements_sees_one_state(store: Store) -> None:
    looked, changed = threading.Event(), threading.Event()

    def look_twice(work: Work) -> tuple[int, int]:
        first = work.notices.due_count(), work.audit.head()[0]
        del first
        count = text("SELECT count(*) FROM inbox")
        before = work.connection.execute(count).scalar_one()
        looked.set()
        changed.wait(20)
        return before, work.connection.execute(count).scalar_one()

    looking = asyncio.ensure_future(store.read(look_twice))
    await asyncio.to_thread(looked.wait, 20)
    await store.act(note, "a")
    changed.set()
    assert await looking == (0, 0)


async def test_the_event_loop_goes_on_while_an_act_takes_its_time(store: Store) -> None:
    gate = threading.Event()
    slow = asyncio.ensure_future(store.act(lambda _: gate.wait(20)))
    assert await store.read(lambda _: "looked") == "looked"
    assert not slow.done()
    gate.set()
    await slow


async def test_closing_finishes_what_was_handed_in_and_refuses_what_comes_later(url: str) -> None:
    store = open_store(url, audit_key=KEY)
    acts = [asyncio.ensure_future(store.act(note, f"k{n}")) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*acts) == [f"k{n}" for n in range(20)]
    for door in (store.act, store.read):
        with pytest.raises(StoreUnavailable):
            await door(note, "late")
    await store.close()


async def test_an_error_in_the_statement_is_a_bug_not_trouble(store: Store) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught:
        await store.act(lambda work: work.connection.execute(text("SELECT * FROM no_such_table")).all())
    assert not isinstance(caught.value, StoreUnavailable)


async def test_a_failure_just_before_the_commit_saves_nothing(store: Store) -> None:
    with hooked("store.before_commit", Boom()), pytest.raises(Boom):
        await store.act(note, "a")
    assert await noted(store) == set()
    assert await store.act(note, "b") == "b"


async def test_what_an_act_sees_it_is_done_in_the_order_of_its_points(store: Store) -> None:
    passed: list[str] = []
    with armed(passed.append):
        await store.act(note, "a")
    assert passed == ["store.tx_begun", "store.key_noted", "store.before_commit", "store.after_commit"]


async def test_sixteen_acts_at_once_each_save_record_and_claim_their_own(store: Store) -> None:
    for number in range(16):
        await store.act(put_review, a_review(str(number)))

    def answers(work: Work, number: int, turn: int) -> Owed | None:
        work.inbox.first(f"click {number} {turn}", "d", AT)
        before = work.reviews.locked(ReviewId(f"R_{number}"))
        work.reviews.save(answer(before, CASE, an_answer(("sso", "password")[turn % 2])), before, AT)
        work.audit.add(an_event(about=before.id))
        return work.notices.owe_claimed(a_notice(f"card|{number}", review=before.id), AT, timedelta(seconds=30))

    def mark(work: Work, owed: list[Owed]) -> None:
        for each in owed:
            work.notices.sent(each, each.notice.to.channel, "7.1", AT)

    for turn in range(1, 6):
        claimed = await asyncio.gather(*(store.act(answers, number, turn) for number in range(16)))
        assert [owed and owed.notice.key for owed in claimed] == [f"card|{number}" for number in range(16)]
        assert [owed.wanted for owed in claimed if owed] == [turn] * 16
        await store.act(mark, [owed for owed in claimed if owed])

    def look(work: Work) -> tuple[set[int], int]:
        versions = {work.reviews.get(ReviewId(f"R_{number}")).version for number in range(16)}
        return versions, work.notices.due_count()

    assert await store.read(look) == ({3 + 5}, 0)
    checked = await store.read(verify, KEY)
    assert isinstance(checked, Intact)
    assert checked.count == 16 * 5


# ── SQLite ──


async def test_acts_handed_in_together_share_a_commit(sqlite_store: Store, gate: threading.Event) -> None:
    passed: list[str] = []
    acts = [asyncio.ensure_future(sqlite_store.act(note, f"k{n}")) for n in range(40)]
    await asyncio.sleep(0)
    with armed(passed.append):
        gate.set()
        await asyncio.gather(*acts)
    assert passed.count("store.after_commit") == 2  # the one that held the gate, and the forty


async def test_a_commit_that_fails_fails_everyone_who_shared_it(sqlite_store: Store, gate: threading.Event) -> None:
    acts = [asyncio.ensure_future(sqlite_store.act(note, f"k{n}")) for n in range(5)]
    commits = 0

    def second_fails(passed: str) -> None:
        nonlocal commits
        commits += passed == "store.before_commit"
        if commits == 2:
            raise sqlite_error(10, "disk I/O error")

    await asyncio.sleep(0)
    with armed(second_fails):
        gate.set()
        results = await asyncio.gather(*acts, return_exceptions=True)
    assert all(isinstance(result, StoreUnavailable) for result in results)
    assert await noted(sqlite_store) == set()
    assert await sqlite_store.act(note, "after") == "after"


def sqlite_error(code: int, words: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code
    return error


async def test_an_act_nobody_waits_for_any_more_is_not_begun(sqlite_store: Store, gate: threading.Event) -> None:
    waiting = asyncio.ensure_future(sqlite_store.act(note, "a"))
    await asyncio.sleep(0)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    gate.set()
    await sqlite_store.act(note, "b")
    assert await noted(sqlite_store) == {"b"}


async def test_a_database_locked_by_another_process_is_unavailable_and_nothing_is_half_saved(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_settings, "BUSY_MS", 50)
    store = open_store(sqlite_url, audit_key=KEY)
    other = sqlite3.connect(str(database_url(sqlite_url).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*(store.act(note, key) for key in "abc"), return_exceptions=True)
    assert all(isinstance(result, StoreUnavailable) for result in results)
    assert isinstance(results[0], StoreUnavailable)
    assert isinstance(results[0].__cause__, sqlite3.OperationalError | OperationalError)
    other.execute("ROLLBACK")
    other.close()
    assert await noted(store) == set()
    assert await store.act(note, "d") == "d"
    await store.close()


async def test_a_full_disk_is_unavailable_and_nothing_is_half_saved(sqlite_store: Store) -> None:
    def limit(work: Work, pages: int) -> None:
        work.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def much(work: Work) -> None:
        note(work, "a")
        work.knowledge.keep("v1", "x" * 4_000_000, AT)

    await sqlite_store.act(limit, 1)  # the file may not grow any more
    results = await asyncio.gather(sqlite_store.act(much), sqlite_store.act(much), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable, StoreUnavailable]
    assert await noted(sqlite_store) == set()
    await sqlite_store.act(limit, 1_000_000)
    await sqlite_store.act(much)
    assert await noted(sqlite_store) == {"a"}


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "not.sqlite3"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(StoreUnavailable):
        open_store(f"sqlite:///{path}", audit_key=KEY)


async def test_what_was_deleted_cannot_be_read_in_the_file(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url, audit_key=KEY)
    for n in range(100):
        await store.act(lambda work, n=n: work.inbox.first(f"canary-{n}-{'x' * 100}", "d", AT))
    await store.act(lambda work: work.connection.execute(text("DELETE FROM inbox")) and None)
    await store.close()
    path = Path(str(database_url(sqlite_url).database))
    raw = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"canary-" not in raw


async def test_the_file_is_its_owners_alone(sqlite_store: Store, sqlite_url: str) -> None:
    await sqlite_store.act(note, "a")
    path = Path(str(database_url(sqlite_url).database))
    modes = {file.suffix: file.stat().st_mode & 0o077 for file in path.parent.glob(f"{path.name}*")}
    assert set(modes.values()) == {0}, modes


async def test_every_connection_keeps_its_promises(sqlite_store: Store) -> None:
    def pragmas(work: Work) -> dict[str, Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout", "recursive_triggers")
        return {name: work.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    promised = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 2000,  # the person who clicked hears of it within the three seconds that Slack waits
        "recursive_triggers": 1,
    }
    assert await sqlite_store.act(pragmas) == promised
    assert await sqlite_store.read(pragmas) == promised


async def test_a_copy_taken_while_running_opens(sqlite_store: Store, sqlite_url: str, tmp_path: Path) -> None:
    await sqlite_store.act(note, "a")
    path = Path(str(database_url(sqlite_url).database))
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, tmp_path / file.name.replace(path.name, "copy.sqlite3"))
    copy = open_store(f"sqlite:///{tmp_path / 'copy.sqlite3'}", audit_key=KEY)
    assert await noted(copy) == {"a"}
    await copy.close()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_an_address_that_cannot_serve_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError, match="sqlite"):
        open_store(address, audit_key=KEY)


def test_a_trail_without_a_key_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        open_store(f"sqlite:///{tmp_path / 'x'}", audit_key=b"")


# ── PostgreSQL ──


@pytest.fixture
async def postgres_store(postgres_url: str) -> AsyncIterator[Store]:
    opened = open_store(postgres_url, audit_key=KEY)
    yield opened
    await opened.close()


@pytest.mark.postgres
async def test_two_acts_that_wait_for_each_other_both_succeed(postgres_store: Store) -> None:
    await postgres_store.act(note, "a")
    await postgres_store.act(note, "b")
    meet = threading.Barrier(2)
    runs = 0

    def crossed(work: Work, first: str, then: str) -> None:
        nonlocal runs
        runs += 1
        lock = text("SELECT 1 FROM inbox WHERE key = :key FOR UPDATE")
        work.connection.execute(lock, {"key": first})
        if runs <= 2:
            meet.wait(20)
        work.connection.execute(lock, {"key": then})

    await asyncio.gather(postgres_store.act(crossed, "a", "b"), postgres_store.act(crossed, "b", "a"))
    assert runs > 2  # at least one of them was given up by the server and run again


@pytest.mark.postgres
async def test_a_connection_that_was_cut_is_replaced_and_the_act_runs_again(postgres_store: Store) -> None:
    await postgres_store.act(note, "a")
    runs = 0

    def cut_once(work: Work) -> None:
        nonlocal runs
        runs += 1
        note(work, "b")
        if runs == 1:
            work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await postgres_store.act(cut_once)
    assert runs == 2
    assert await noted(postgres_store) == {"a", "b"}


@pytest.mark.postgres
async def test_a_commit_whose_outcome_is_unknown_is_not_run_again(postgres_store: Store) -> None:
    runs = 0

    def counted(work: Work) -> None:
        nonlocal runs
        runs += 1
        # The row is checked only at the commit, which therefore fails.
        work.connection.execute(text("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        work.connection.execute(text("INSERT INTO late VALUES (1), (1)"))

    with pytest.raises(IntegrityError):
        await postgres_store.act(counted)
    assert runs == 1


@pytest.mark.postgres
async def test_a_server_that_is_not_there_is_unavailable(postgres_server: Postgres) -> None:
    store = open_store("postgresql://nobody@127.0.0.1:1/none", audit_key=KEY)
    with pytest.raises(StoreUnavailable):
        await store.act(note, "a")
    await store.close()


async def test_an_error_quotes_nothing_of_what_somebody_wrote(store: Store) -> None:
    def broken(work: Work) -> None:
        work.connection.execute(text("INSERT INTO inbox (key, digest) VALUES (:key, 'd')"), {"key": "my own words"})

    with pytest.raises(IntegrityError) as refused:
        await store.act(broken)
    assert "my own words" not in str(refused.value).partition("DETAIL")[0]
