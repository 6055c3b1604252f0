"""Secrets in files: a row that holds one is refused by line and column and read no further; days off lose theirs."""

from __future__ import annotations

from pathlib import Path
from random import Random

from typer.testing import CliRunner

from bot.cli import app
from tests.cli.test_clients import ROW, imported, in_register, url
from tests.knowledge.made_secrets import BY_PREFIX, card_number

__all__ = ["url"]  # the database of its own


def test_a_row_with_a_secret_is_refused_by_line_and_column_and_nothing_is_imported(url: str) -> None:
    secret = BY_PREFIX["stripe key"](Random(1))
    good, bad = {**ROW, "name": "Contoso", "aliases": ""}, {**ROW, "aliases": f"NW;{secret}"}
    result = imported([good, bad])
    assert result.exit_code == 1
    assert "clients.csv: line 3 · aliases · It holds what looks like a secret or a card number (stripe key)" in (
        " ".join(result.output.split())
    )
    assert secret not in result.output
    assert in_register(url) is None
    assert in_register(url, "Contoso") is None
    assert secret.encode() not in Path("preflight.sqlite3").read_bytes()


def test_the_other_rows_are_imported_where_bad_ones_may_be_left_out(url: str) -> None:
    good = {**ROW, "name": "Contoso", "aliases": ""}
    result = imported([{**ROW, "name": f"Northwind {card_number(Random(1), 'visa')}"}, good], "--skip-bad")
    assert result.exit_code == 0, result.output
    assert in_register(url, "Contoso") is not None


def test_a_day_off_is_kept_without_the_secret_in_its_name(url: str) -> None:
    secret = BY_PREFIX["npm token"](Random(1))
    assert imported([{**ROW, "client_days_off": ""}]).exit_code == 0
    Path("days").write_text(f"2027-05-01 Off {secret[:60]}\n")
    result = CliRunner().invoke(app, ["clients", "days-off", "days", "--client", "Northwind", "--side", "clients"])
    assert result.exit_code == 0, result.output
    found = in_register(url)
    assert found is not None
    assert found[1] is not None
    kept = str(found[1].holidays)
    assert "[secret removed: npm token]" in kept
    assert secret not in kept + result.output
