"""Exports of what is on record: complete, and in words that need no other table."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.decision import Signature
from bot.settings import Settings
from bot.store.database import open_store
from bot.wiring.records import export
from tests.databases import migrated
from tests.store.samples import KEY, LEA, LEO, a_decision, an_event, put_decision


def test_the_exported_decisions_name_every_signer_with_their_reason(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrated(url)
    signatures = (Signature(LEA, "Few people first."), Signature(LEO, "I agree."))

    async def put() -> None:
        store = open_store(url, audit_key=KEY)
        await store.act(put_decision, a_decision(signatures=signatures))
        await store.close()

    asyncio.run(put())
    columns, (row,) = export(Settings(database_url=url), "decisions")
    assert list(row) == columns
    assert row["signed_by"] == f"{LEA} {LEO}"
    assert row["rationale"] == f"{LEA}: Few people first.\n{LEO}: I agree."


def test_the_exported_trail_names_each_act_with_its_seal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.sqlite3'}"
    migrated(url)

    async def put() -> None:
        store = open_store(url, audit_key=KEY)
        await store.act(lambda work: work.audit.add(an_event(1), an_event(2)))
        await store.close()

    asyncio.run(put())
    columns, rows = export(Settings(database_url=url), "audit")
    assert [list(row) for row in rows] == [columns, columns]
    assert [(row["seq"], row["tag"], row["by"], row["facts"]["n"]) for row in rows] == [
        (1, "review:answer:add", "U_ANA", 1),
        (2, "review:answer:add", "U_ANA", 2),
    ]
    assert rows[0]["mac"] != rows[1]["mac"]
