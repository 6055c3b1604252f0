"""The audit trail: gapless, sealed, and any tampering is found and named by row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.domain.audit import AuditEvent, Tag
from bot.store.audit import Broken, Intact, verify
from bot.store.database import Store, open_store
from bot.store.engine import database_url
from bot.store.work import Work
from tests.store.samples import KEY, an_event, later

ROWS = 12


@pytest.fixture
async def head(store: Store) -> tuple[int, str]:
    """A trail of twelve events; its head as it would have been kept elsewhere."""
    await store.act(lambda work: work.audit.add(*(an_event(number) for number in range(1, ROWS + 1))))
    return await store.read(lambda work: work.audit.head())


async def checked(store: Store, head: tuple[int, str] | None = None, key: bytes = KEY) -> Intact | Broken:
    return await store.read(verify, key, head)


async def tamper(url: str, *statements: str) -> None:
    """Change rows as somebody with the database's password would: past the triggers."""
    await asyncio.to_thread(_tamper, create_engine(database_url(url)), statements)


def _tamper(engine: Engine, statements: Sequence[str]) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for name in connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_events'")
            ).scalars():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


async def test_events_come_back_in_order_as_they_were_added(store: Store) -> None:
    events = [an_event(1), an_event(2, facts={"n": None, "ok": True, "name": "Ünal"}, tag=Tag.DECISION_RECORD)]
    await store.act(lambda work: work.audit.add(*events))
    await store.act(lambda work: work.audit.add(an_event(3)))
    entries = await store.read(lambda work: list(work.audit.all()))
    assert [entry.event for entry in entries] == [*events, an_event(3)]
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert await store.read(lambda work: work.audit.head()) == (3, entries[-1].mac)


async def test_an_empty_trail_is_intact(store: Store) -> None:
    assert await checked(store) == Intact(0, (0, ""))


async def test_an_act_that_failed_leaves_no_trace_and_no_gap(store: Store) -> None:
    def fails(work: Work) -> None:
        work.audit.add(an_event(99))
        assert work.audit.head()[0] == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.act(fails)
    await store.act(lambda work: work.audit.add(an_event(1)))
    assert [entry.event for entry in await store.read(lambda work: list(work.audit.all()))] == [an_event(1)]


async def test_events_of_many_acts_at_once_make_one_gapless_chain(store: Store) -> None:
    await asyncio.gather(
        *(
            store.act(lambda work, number=number: work.audit.add(an_event(number), an_event(number)))
            for number in range(60)
        )
    )
    found = await checked(store)
    assert isinstance(found, Intact)
    assert found.count == 120


async def test_an_untouched_trail_is_intact_up_to_its_head(store: Store, head: tuple[int, str]) -> None:
    assert await checked(store, head) == Intact(ROWS, head)


@pytest.mark.parametrize(
    "change",
    [
        "at = (SELECT at FROM audit_events WHERE seq = 1)",
        "tag = 'decision:record'",
        "\"by\" = 'U_OTHER'",
        "about = 'R_2'",
        "facts = replace(facts, 'G1-MFA', 'G1-SSO')",
        "facts = facts || ' '",
        "mac = (SELECT mac FROM audit_events WHERE seq = 3)",
    ],
)
async def test_a_changed_column_is_named_by_row(store: Store, url: str, head: tuple[int, str], change: str) -> None:
    await tamper(url, f"UPDATE audit_events SET {change} WHERE seq = 5")
    assert await checked(store) == Broken(5, "this row, or one taken out before it, is not what was written")


@pytest.mark.parametrize("row", range(1, ROWS))
async def test_a_deleted_row_is_named(store: Store, url: str, head: tuple[int, str], row: int) -> None:
    await tamper(url, f"DELETE FROM audit_events WHERE seq = {row}")
    assert await checked(store) == Broken(row, f"this row is missing; the next one is {row + 1}")


async def test_a_deleted_row_whose_gap_was_closed_is_named(store: Store, url: str, head: tuple[int, str]) -> None:
    await tamper(
        url,
        "DELETE FROM audit_events WHERE seq = 5",
        *(f"UPDATE audit_events SET seq = {seq - 1} WHERE seq = {seq}" for seq in range(6, ROWS + 1)),
    )
    found = await checked(store)
    assert isinstance(found, Broken)
    assert found.seq == 5


async def test_a_row_put_in_is_named(store: Store, url: str, head: tuple[int, str]) -> None:
    columns = 'at, tag, "by", about, facts, mac'
    await tamper(
        url,
        *(f"UPDATE audit_events SET seq = {seq + 1} WHERE seq = {seq}" for seq in range(ROWS, 5, -1)),
        f"INSERT INTO audit_events (seq, {columns}) SELECT 6, {columns} FROM audit_events WHERE seq = 5",
    )
    found = await checked(store)
    assert isinstance(found, Broken)
    assert found.seq == 6


async def test_a_row_put_in_before_the_first_is_named(store: Store, url: str, head: tuple[int, str]) -> None:
    columns = 'at, tag, "by", about, facts, mac'
    await tamper(url, f"INSERT INTO audit_events (seq, {columns}) SELECT 0, {columns} FROM audit_events WHERE seq = 5")
    assert await checked(store) == Broken(0, "this row was put in: it has a number the trail never gave")


async def test_two_rows_that_changed_places_are_named(store: Store, url: str, head: tuple[int, str]) -> None:
    await tamper(
        url, *(f"UPDATE audit_events SET seq = {new} WHERE seq = {old}" for old, new in ((4, -1), (9, 4), (-1, 9)))
    )
    found = await checked(store)
    assert isinstance(found, Broken)
    assert found.seq == 4


async def test_a_cut_off_end_shows_against_a_head_that_was_kept(store: Store, url: str, head: tuple[int, str]) -> None:
    await tamper(url, f"DELETE FROM audit_events WHERE seq > {ROWS - 3}")
    assert isinstance(await checked(store), Intact)
    assert await checked(store, head) == Broken(10, "the end is missing: rows 10 to 12")


async def test_a_trail_written_anew_shows_against_a_head_that_was_kept(
    store: Store, url: str, head: tuple[int, str]
) -> None:
    await tamper(url, "DELETE FROM audit_events")
    await store.act(lambda work: work.audit.add(*(an_event(number) for number in range(2, ROWS + 2))))
    found = await checked(store, head)
    assert isinstance(found, Broken)
    assert found.seq == ROWS


async def test_a_genuine_row_of_another_history_is_named(store: Store, url: str, head: tuple[int, str]) -> None:
    # Sealed with the right key and under the right number, as a restored older copy would have it.
    await tamper(url, "CREATE TABLE kept AS SELECT * FROM audit_events", "DELETE FROM audit_events")
    await store.act(lambda work: work.audit.add(*(an_event(number, by="U_BEN") for number in range(1, ROWS + 1))))
    assert isinstance(await checked(store), Intact)
    put_back = "INSERT INTO audit_events SELECT * FROM kept WHERE seq"
    await tamper(url, "DELETE FROM audit_events WHERE seq <> 5", f"{put_back} <> 5", "DROP TABLE kept")
    found = await checked(store)
    assert isinstance(found, Broken)
    assert found.seq == 5


async def test_a_trail_sealed_with_another_key_is_broken_from_its_first_row(
    store: Store, url: str, head: tuple[int, str]
) -> None:
    assert await checked(store, key=b"another key") == Broken(
        1, "this row, or one taken out before it, is not what was written"
    )


async def test_a_long_trail_is_walked_to_its_last_row(sqlite_url: str) -> None:
    store = open_store(sqlite_url, audit_key=KEY)

    def add(work: Work) -> None:
        work.audit.add(
            *(AuditEvent(Tag.REVIEW_ANSWER, later(seconds=n), "U_ANA", f"R_{n}", {"n": n}) for n in range(20_000))
        )

    await store.act(add)
    found = await store.read(verify, KEY)
    await store.close()
    assert isinstance(found, Intact)
    assert (found.count, found.head[0]) == (20_000, 20_000)


async def test_when_something_last_happened_is_told_by_thing(store: Store) -> None:
    again = replace(an_event(2), at=later(days=2))
    other = replace(an_event(3), tag=Tag.REVIEW_WITHDRAW, at=later(days=3))
    await store.act(lambda work: work.audit.add(replace(again, at=later(days=1)), again, other))
    about = again.about
    assert await store.read(lambda work: work.audit.latest(again.tag, [about, "R_NONE"])) == {about: later(days=2)}
    assert await store.read(lambda work: work.audit.latest(again.tag, [])) == {}
