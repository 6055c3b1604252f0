"""The register from a file and into one: all faults at once, all or nothing, the same file twice changes nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from icalendar import Calendar
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.clients import uncell
from bot.cli.export import cell
from bot.domain.client import Client, Series
from bot.domain.client_review import State
from bot.domain.due import DueKind
from bot.store.database import open_store
from bot.store.work import Work
from bot.use_cases.client_rows import COLUMNS
from bot.use_cases.desk import Desk
from tests.databases import migrated
from tests.hostile import FORMS
from tests.store.samples import ACME, an_occurrence, put_series

T = TypeVar("T")

AUDIT_KEY = "0123456789abcdef" * 4
ROW = {
    "name": "Northwind",
    "aliases": "NW; Northwind Traders",
    "zone": "America/New_York",
    "frameworks": "pci;hipaa",
    "account_owner": "UOWNER",
    "cadence": "weekly",
    "weekdays": "tue;thursday",
    "time": "9:30",
    "first_date": "2027-01-05",
    "host": "UHOST",
    "stand_in": "UOTHER",
    "our_country": "us",
    "client_days_off": "2027-07-02 Founders' day;2027-12-24 .. 2027-12-26 Holidays",
    "quiet_from": "18:00",
    "quiet_until": "08:00",
}


@pytest.fixture(autouse=True)
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database of its own, and none of the settings of whoever runs this."""
    from bot.settings import variables

    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    address = f"sqlite:///{tmp_path / 'preflight.sqlite3'}"
    migrated(address)
    monkeypatch.setenv("DATABASE_URL", address)
    monkeypatch.setenv("AUDIT_KEY", AUDIT_KEY)
    monkeypatch.setenv("SECURITY_LEADS", "ULEAD")
    return address


def on_store(url: str, fn: Callable[[Work], T]) -> T:
    async def run() -> T:
        store = open_store(url, audit_key=AUDIT_KEY.encode())
        try:
            return await store.act(fn)
        finally:
            await store.close()

    return asyncio.run(run())


def written(rows: Iterable[dict[str, str]], between: str = ",") -> str:
    rows = list(rows)
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, delimiter=between, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def imported(rows: Iterable[dict[str, str]] | str | bytes, *options: str) -> Result:
    content = rows if isinstance(rows, str | bytes) else written(rows)
    Path("clients.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return CliRunner().invoke(app, ["clients", "import", "clients.csv", *options])


def exported(*options: str) -> str:
    result = CliRunner().invoke(app, ["clients", "export", *options])
    assert result.exit_code == 0
    return result.stdout


def in_register(url: str, name: str = "Northwind") -> tuple[Client, Series | None] | None:
    def look(work: Work) -> tuple[Client, Series | None] | None:
        client = work.clients.named(name)
        return (client, work.series.of_client(client.id)) if client else None

    return on_store(url, look)


def count(url: str) -> int:
    return on_store(url, lambda work: len(work.clients.all()))


def many(number: int, **changes: Any) -> list[dict[str, str]]:
    """So many clients, each with a host of its own."""
    return [
        {**ROW, "name": f"Client {each:05}", "aliases": f"K{each:05}", "host": f"UH{each:05}", **changes}
        for each in range(number)
    ]


# --- importing --------------------------------------------------------------------------------------------------------


def test_a_row_becomes_a_client_with_its_series_due_for_planning(url: str) -> None:
    result = imported([ROW])
    assert (result.exit_code, result.stderr) == (0, "")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "1 added, 0 changed, 0 as they were.")
    found = in_register(url, "nw")
    assert found is not None
    client, series = found
    assert series is not None
    assert (client.name, client.aliases) == ("Northwind", ("NW", "Northwind Traders"))
    assert client.frameworks == {"pci", "hipaa"}
    assert (series.rhythm.weekdays, series.rhythm.at.isoformat(), series.zone) == ((1, 3), "09:30:00", client.zone)
    assert (series.minutes, series.pack_hours, series.host_minutes) == (30, 24, 60)
    assert [len(days) for days in series.holidays.days.values()] == [4]
    assert dict(series.holidays.countries) == {"ours": "US"}
    later = datetime.now(UTC) + timedelta(days=1)
    due = on_store(url, lambda work: work.due.claim(later, timedelta(minutes=1), 9))
    assert [(each.kind, each.about) for each in due] == [(DueKind.SERIES, series.id)]


def test_importing_twice_changes_nothing(url: str) -> None:
    rows = [ROW, {"name": "Contoso", "zone": "UTC", "account_owner": "UOWNER"}]
    imported(rows)
    before = on_store(url, lambda work: (work.clients.all(), work.series.all(), work.audit.head()))
    result = imported(rows)
    assert result.stdout.splitlines()[0] == "0 added, 0 changed, 2 as they were."
    assert on_store(url, lambda work: (work.clients.all(), work.series.all(), work.audit.head())) == before


def test_a_client_that_is_there_is_changed_by_its_name(url: str) -> None:
    imported([ROW])
    assert imported([{**ROW, "name": "NORTHWIND", "time": "10:00"}]).stdout.startswith("0 added, 1 changed")
    found = in_register(url)
    assert found is not None
    assert found[1] is not None
    assert (found[0].name, found[1].rhythm.at.hour, found[1].version) == ("NORTHWIND", 10, 1)
    assert count(url) == 1


def test_a_column_that_is_not_there_leaves_what_is_and_an_empty_cell_empties_it(url: str) -> None:
    imported([ROW])
    assert imported([{"name": "Northwind", "zone": "UTC", "account_owner": "UNEW", "aliases": ""}]).exit_code == 0
    found = in_register(url)
    assert found is not None
    client, series = found
    assert (client.account_owner, client.aliases, client.frameworks) == ("UNEW", (), {"pci", "hipaa"})
    assert series is not None
    assert (series.host, series.zone) == ("UHOST", "UTC")


@pytest.mark.parametrize("change", [{"left_on": "2026-11-01"}, {"host": "", "stand_in": "", "weekdays": ""}])
def test_a_client_that_left_or_whose_columns_are_empty_has_its_reviews_ended(url: str, change: dict[str, str]) -> None:
    imported([ROW])
    assert imported([{"name": "Northwind", "zone": "UTC", "account_owner": "UOWNER", **change}]).exit_code == 0
    found = in_register(url)
    assert found is not None
    assert found[0].left_on == (date(2026, 11, 1) if "left_on" in change else None)
    assert found[1] is not None
    assert found[1].ended_at is not None


def test_semicolons_between_columns_and_a_mark_at_the_start_are_read_too(url: str) -> None:
    assert imported(b"\xef\xbb\xbf" + written([ROW], ";").encode()).exit_code == 0
    assert count(url) == 1


def test_an_alias_may_move_from_one_client_to_another_in_one_file(url: str) -> None:
    second = {**ROW, "name": "A Second", "aliases": "", "host": "UH2"}
    imported([ROW, second])
    assert imported([{**second, "aliases": "NW"}, {**ROW, "aliases": ""}]).exit_code == 0
    found = in_register(url, "nw")
    assert found is not None
    assert found[0].name == "A Second"


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("name", "", "Give the client's name"),
        ("zone", "America/New York", "Did you mean America/New_York?"),
        ("account_owner", "tara", "no member id"),
        ("channel", "#general", "no channel id"),
        ("frameworks", "pcj", "no framework"),
        ("weekdays", "someday", "no day of the week"),
        ("time", "25:00", "09:30"),
        ("time", "half nine", "09:30"),
        ("first_date", "05/01/2027", "2026-11-24"),
        ("minutes", "20", "15, 30, 45, 60"),
        ("minutes", "-5", "no whole number"),
        ("host", "", "a host and a stand-in"),
        ("stand_in", "UHOST", "somebody else than the host"),
        ("cadence", "daily", "weekly, fortnightly"),
        ("our_country", "Germny", "Did you mean DE?"),
        ("client_days_off", "Christmas", "semicolon"),
        ("quiet_until", "", "or neither"),
        ("left_on", "soon", "2026-11-24"),
    ],
)
def test_each_fault_names_its_line_its_column_and_the_fix(url: str, column: str, text: str, said: str) -> None:
    result = imported([{**ROW, "name": "Fine", "aliases": "", "host": "UH2"}, {**ROW, column: text}])
    assert result.exit_code == 1
    fault, nothing = result.stderr.splitlines()
    assert fault.startswith(f"clients.csv: line 3 · {column} · ")
    assert said in fault
    assert nothing.startswith("Nothing was imported: 1 row")
    assert count(url) == 0


def test_less_often_than_weekly_takes_a_lead_a_reason_and_an_end(url: str) -> None:
    monthly = {**ROW, "cadence": "monthly", "weekdays": "tue", "week_of_month": "last"}
    asked = imported([monthly])
    assert "slower_because" in asked.stderr
    assert "slower_until" in asked.stderr
    until = (date.today() + timedelta(days=90)).isoformat()
    monthly |= {"slower_because": "A small account.", "slower_until": until}
    assert "slower_by" in imported([{**monthly, "slower_by": "UHOST"}]).stderr
    assert imported([{**monthly, "slower_by": "ULEAD"}]).exit_code == 0
    assert imported([{**monthly, "slower_by": "ULEAD"}]).stdout.startswith("0 added, 0 changed")


@pytest.mark.parametrize(
    "second",
    [{"name": "north-wind"}, {"name": "Contoso", "aliases": "Northwind"}, {"name": "nw", "aliases": ""}],
)
def test_two_rows_never_share_a_name(url: str, second: dict[str, str]) -> None:
    result = imported([ROW, {**ROW, "aliases": "", "host": "UH2", **second}])
    assert result.stderr.startswith("clients.csv: line 3 · ")
    assert "in line 2 already" in result.stderr
    assert count(url) == 0


def test_a_name_of_a_client_that_is_not_in_the_file_is_refused(url: str) -> None:
    imported([ROW])
    result = imported([{**ROW, "name": "Contoso", "aliases": "NW", "host": "UH2"}])
    assert "a name of Northwind already" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("name,account_owner,zone\r\n", "no client"),
        ("name,account_owner,zon\r\nx,U1,UTC\r\n", "Did you mean “zone”?"),
        ("name,name,account_owner,zone\r\n", "there twice"),
        ("name,account_owner\r\n", "zone · The column is missing"),
        ('name,account_owner,zone\r\n"x,U1,UTC\r\n', "line 2: unexpected end of data. Check the quotes"),
        ("name,account_owner,zone\r\nx,U1,UTC,more\r\n", "it has 4 cells"),
        (b"name,account_owner,zone\r\nx\xff,U1,UTC\r\n", "line 2: this is not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_clients_is_refused_with_the_fix(url: str, content: Any, said: str) -> None:
    result = imported(content)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert count(url) == 0


def test_a_file_that_is_not_there_is_named(url: str) -> None:
    result = CliRunner().invoke(app, ["clients", "import", "none.csv"])
    assert (result.exit_code, "none.csv cannot be read" in result.stderr) == (2, True)


def test_of_ten_thousand_clients_all_fifty_bad_ones_are_named_and_the_rest_waits_for_a_word(url: str) -> None:
    rows = many(10_000)
    bad = range(100, 10_000, 198)
    for each in bad:
        rows[each]["zone"] = "Mars/Base"
    result = imported(rows)
    assert result.exit_code == 1
    faults = [line for line in result.stderr.splitlines() if "· zone ·" in line]
    assert [int(line.split()[2]) for line in faults] == [each + 2 for each in bad]
    assert len(faults) == 50
    assert count(url) == 0
    skipped = imported(rows, "--skip-bad")
    assert skipped.exit_code == 0
    assert skipped.stdout.startswith("9950 added, 0 changed, 0 as they were. 50 rows left out.")
    assert len([line for line in skipped.stderr.splitlines() if "· zone ·" in line]) == 50
    assert count(url) == 9_950


def test_a_host_who_would_have_too_much_takes_a_word_and_then_no_more(url: str) -> None:
    rows = many(6, host="UHOST")
    result = imported(rows)
    assert result.exit_code == 1
    assert "UHOST would have up to 6 reviews in a day" in result.stderr
    assert "--confirm-clashes" in result.stderr
    assert count(url) == 0
    assert imported(rows, "--confirm-clashes").exit_code == 0
    assert imported(rows).stdout.startswith("0 added, 0 changed, 6 as they were.")


def test_a_time_that_the_clocks_jump_over_is_imported_and_told(url: str) -> None:
    rows = many(2)
    rows[0] |= {"zone": "Europe/Berlin", "time": "02:30", "weekdays": "sunday"}
    result = imported(rows)
    assert result.exit_code == 0
    (told,) = [line for line in result.stdout.splitlines() if "clocks go forward" in line]
    assert re.fullmatch(
        r"Line 2: in Europe/Berlin there is no 02:30 on 20\d\d-03-\d\d, as clocks go forward\. "
        r"The review starts at 03:00 on that day\.",
        told,
    )
    assert count(url) == 2


def test_a_clash_that_was_confirmed_is_not_asked_about_again_when_something_else_changes(url: str) -> None:
    rows = many(3, host="UHOST")
    rows[2] |= {"time": "14:00"}
    assert imported(rows, "--confirm-clashes").exit_code == 0
    rows[2] |= {"time": "15:00"}
    assert imported(rows).stdout.startswith("0 added, 1 changed, 2 as they were.")
    rows[2] |= {"time": "9:40"}
    assert "less than 15 minutes" in imported(rows).stderr


def test_a_register_that_somebody_changes_meanwhile_is_not_written_over(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.use_cases import client_import

    bring_in = client_import.bring_in

    async def late(desk: Desk, checked: client_import.Checked, progress: client_import.Progress) -> Any:
        await desk.act(lambda act: act.work.clients.add(ACME, act.at))
        return await bring_in(desk, checked, progress)

    monkeypatch.setattr(client_import, "bring_in", late)
    result = imported([ROW])
    assert result.exit_code == 1
    assert "Somebody changed the register" in result.stderr
    assert count(url) == 1


def test_nothing_stays_of_an_import_that_breaks_off(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.store.series import AllSeries

    def breaks(self: AllSeries, *given: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(AllSeries, "add_all", breaks)  # when the clients are written already
    assert imported(many(5)).exit_code != 0
    assert count(url) == 0


# --- exporting --------------------------------------------------------------------------------------------------------


def test_what_was_exported_is_imported_again_without_a_change(url: str) -> None:
    until = (date.today() + timedelta(days=90)).isoformat()
    slower = {"cadence": "quarterly", "weekdays": "wed", "week_of_month": "last", "slower_by": "ULEAD"}
    slower |= {"slower_because": "=cmd, a small account", "slower_until": until, "host": "UH2"}
    imported([ROW, {**ROW, "name": "-Contoso", "aliases": "+1;@two", **slower}, {**ROW, "name": "Bare", **_bare()}])
    text = exported()
    assert list(csv.DictReader(io.StringIO(text)).fieldnames or ()) == list(COLUMNS)
    assert "'-Contoso" in text
    again = imported(text)
    assert again.stdout.startswith("0 added, 0 changed, 3 as they were."), again.stderr


def _bare() -> dict[str, str]:
    return {name: "" for name in ROW if name not in ("name", "zone", "account_owner")}


@pytest.mark.parametrize("words", [form for form in FORMS if not form.startswith("'") and form.isprintable()])
def test_a_cell_that_was_made_safe_is_read_as_it_was(words: str) -> None:
    assert uncell(str(cell(words))) == words


def test_the_calendar_shows_what_is_planned_in_utc(url: str) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)

    def plan(work: Work) -> None:
        put_series(work)
        work.occurrences.add(an_occurrence("2", start_at=start, minutes=45, moved_because="A day off."), start)
        work.occurrences.add(an_occurrence("3", start_at=start, state=State.SKIPPED), start)

    on_store(url, plan)
    text = exported("--format", "ical")
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert event["SUMMARY"] == f"Security review: {ACME.name}"
    assert event["DTSTART"].dt == start
    assert event["DTEND"].dt == start + timedelta(minutes=45)
    assert event["DTSTART"].to_ical().endswith(b"Z")


# --- days off ---------------------------------------------------------------------------------------------------------

HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//made up//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20271224
DTEND;VALUE=DATE:20271227
SUMMARY:Holidays
END:VEVENT
END:VCALENDAR
"""


def days_off(content: str, *options: str) -> Result:
    Path("days").write_text(content.replace("\n", "\r\n") if "BEGIN" in content else content)
    return CliRunner().invoke(app, ["clients", "days-off", "days", *options])


def days_of(url: str, name: str = "Northwind") -> dict[str, list[str]]:
    found = in_register(url, name)
    assert found is not None
    assert found[1] is not None
    return {side.value: [each.on.isoformat() for each in days] for side, days in found[1].holidays.days.items()}


def test_a_calendar_gives_one_client_its_days_off_and_has_them_planned(url: str) -> None:
    imported([{**ROW, "client_days_off": "2027-07-02 Old"}, {**ROW, "name": "Contoso", "aliases": "", "host": "UH2"}])
    result = days_off(HOLIDAYS, "--side", "clients", "--client", "nw")
    assert result.stdout == "Days off: 3, from 2027-12-24 to 2027-12-26. Clients whose reviews follow: 1.\n"
    assert days_of(url) == {"clients": ["2027-12-24", "2027-12-25", "2027-12-26"]}
    assert "2027-07-02" in days_of(url, "Contoso")["clients"]
    tags = on_store(url, lambda work: [each.event.tag.value for each in work.audit.all()])
    assert tags[-1] == "series:change"
    assert "follow: 0." in days_off(HOLIDAYS, "--side", "clients", "--client", "nw").stdout


def test_a_list_gives_our_days_off_to_every_client(url: str) -> None:
    imported([ROW, {**ROW, "name": "Contoso", "aliases": "", "host": "UH2"}])
    assert "follow: 2." in days_off("2027-05-03 Company day\n", "--side", "ours", "--all").stdout
    assert days_of(url, "Contoso")["ours"] == ["2027-05-03"]
    assert days_of(url)["ours"] == ["2027-05-03"]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("Christmas\n2027-13-01 x", ["--all"], "Line 1"),
        (HOLIDAYS.replace("DTSTART", "XSTART"), ["--all"], "has no date"),
        ("2027-05-03 x", ["--client", "Nortwind"], "Did you mean “Northwind”?"),
        ("2027-05-03 x", [], "either --client NAME or --all"),
    ],
)
def test_days_off_that_cannot_be_taken_are_refused_with_the_fix(
    url: str, content: str, options: list[str], said: str
) -> None:
    imported([ROW])
    before = days_of(url)
    result = days_off(content, "--side", "ours", *options)
    assert result.exit_code != 0
    assert said in " ".join(result.stderr.replace("│", "").split())
    assert days_of(url) == before
