"""`preflight client-pack`: the client's own copy over a real database, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.domain.client import Cadence, Client, Rhythm, Series
from bot.domain.client_review import Note, Occurrence
from bot.domain.ids import ClientId, OccurrenceId, SeriesId, UserId
from bot.store.database import open_store
from bot.store.work import Work

KEY = "0123456789abcdef" * 4
START = datetime(2030, 5, 7, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of one's own, and none of the settings of whoever runs this."""
    from bot.settings import variables

    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'preflight.sqlite3'}")
    monkeypatch.setenv("AUDIT_KEY", KEY)


@pytest.fixture
def register(tmp_path: Path) -> None:
    """Two clients, one of them with a review ahead."""
    assert preflight("migrate").exit_code == 0

    async def enter() -> None:
        store = open_store(f"sqlite:///{tmp_path / 'preflight.sqlite3'}", audit_key=KEY.encode())
        await store.act(_enter)
        await store.close()

    asyncio.run(enter())


def _enter(work: Work) -> None:
    at = START - timedelta(days=1)
    for name in ("Northwind", "Contoso"):
        work.clients.add(Client(ClientId(name), name, UserId("U0OWNER"), "Europe/Berlin"), at)
    rhythm = Rhythm(Cadence.WEEKLY, (1,), time(10), at.date())
    series = Series(
        SeriesId("S1"), ClientId("Northwind"), rhythm, "Europe/Berlin", 30, UserId("U0HOST"), UserId("U0STAND")
    )
    work.series.add(series, at)
    asked = (Note("Between us: Contoso complained", UserId("U0HOST"), at),)
    occurrence = Occurrence(
        OccurrenceId("O1"),
        series.id,
        series.client,
        START.date(),
        START,
        series.zone,
        30,
        series.host,
        series.stand_in,
        asked_for=asked,
    )
    work.occurrences.add(occurrence, at)


def preflight(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def exports() -> list[dict[str, Any]]:
    rows = json.loads(preflight("export", "audit", "--format", "json").stdout)
    return [row["facts"] for row in rows if row["tag"] == "client_review:export"]


@pytest.mark.usefixtures("register")
def test_the_copy_is_written_and_its_digest_put_on_record():
    result = preflight("client-pack", "north-wind")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Security review for Northwind, 7 May 2030")
    for ours in ("U0HOST", "U0OWNER", "Between us", "Contoso"):
        assert ours not in result.stdout
    digest = hashlib.sha256(result.stdout.encode()).hexdigest()
    assert result.stderr == f"SHA-256 {digest}\n"
    assert exports() == [{"what": "client_copy.md", "sha256": digest, "via": "command"}]


@pytest.mark.usefixtures("register")
def test_a_pdf_goes_into_a_file(tmp_path: Path):
    to = tmp_path / "copy.pdf"
    result = preflight("client-pack", "Northwind", "--date", "2030-05-07", "--format", "pdf", "--out", str(to))
    assert result.exit_code == 0
    assert to.read_bytes().startswith(b"%PDF-")
    assert exports()[0]["sha256"] == hashlib.sha256(to.read_bytes()).hexdigest()


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Northwin",), "Did you mean Northwind?"),
        (("Nobody at all",), "No client in the register is called 'Nobody at all'"),
        (("Northwind", "--date", "2030-05-08"), "no review on that day"),
        (("Contoso",), "no review yet"),
    ],
)
def test_what_is_not_there_is_said_in_one_line_and_nothing_goes_on_record(arguments, said):
    result = preflight("client-pack", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert exports() == []


def test_without_a_database_it_says_what_to_do():
    result = preflight("client-pack", "Northwind")
    assert result.exit_code == 1
    assert "preflight migrate" in result.stderr
