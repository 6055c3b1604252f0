"""The register as a file: a CSV is read and its faults are printed, a CSV or a calendar is written. No rule is here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, TextIO

from icalendar import Calendar, Event
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.export import FORMULA_SIGNS
from bot.use_cases.client_import import Lines
from bot.use_cases.client_import import Progress as Told
from bot.use_cases.client_rows import RowFault, header_faults
from bot.wiring.client_records import Outcome, Planned

MOST_BYTES: Final = 50_000_000
MOST_CLASHES_SHOWN: Final = 20


class UnreadableFile(Exception):
    """The file cannot be read as a table at all; `faults` says why, and what to do."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read_lines(file: Path) -> Lines:
    """The rows of a file with their line numbers. Raises UnreadableFile, with every fault of its header."""
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UnreadableFile(f"{file}, line {line}: this is not UTF-8 text. Save the file as CSV UTF-8.") from error
    first = text.partition("\n")[0]
    # Spreadsheets in many countries write a semicolon between columns; then lists inside a cell are quoted.
    between = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        return _rows(file, reader)
    except csv.Error as error:
        raise UnreadableFile(f"{file}, line {reader.line_num}: {error}. Check the quotes there.") from error


def read_bytes(file: Path) -> bytes:
    """What a file holds. Raises UnreadableFile where it cannot be read, or is too long to be meant."""
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableFile(f"{file} has {size:,} bytes; the most is {MOST_BYTES:,}. Split it.")
        return file.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be read: {error.strerror}. Check its name and who may read it.") from error


class _Reader(Protocol):
    """What `csv.reader` makes, whose type has no name of its own."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _rows(file: Path, reader: _Reader) -> Lines:
    header = [name.strip().casefold() for name in next(reader, [])]
    if not any(header):
        raise UnreadableFile(f"{file} is empty. Its first line names the columns: name, account_owner, zone, …")
    if faults := header_faults(header):
        raise UnreadableFile(*(f"{file}: {fault}" for fault in faults))
    lines: list[tuple[int, Mapping[str, str]]] = []
    too_long: list[str] = []
    at = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) > len(header):
                wrong = f"it has {len(cells)} cells, the first line has {len(header)}. Quote what holds a comma."
                too_long.append(f"{file}: {RowFault(at, 'whole line', wrong)}")
            lines.append((at, {name: uncell(cell) for name, cell in zip(header, cells, strict=False)}))
        at = reader.line_num + 1
    if too_long:
        raise UnreadableFile(*too_long)
    if not lines:
        raise UnreadableFile(f"{file} names its columns, but no client. Write one a line.")
    return lines


def uncell(text: str) -> str:
    """A cell as it was before an export made it safe for spreadsheets."""
    return text[1:] if text.startswith("'") and text[1:].lstrip().startswith(FORMULA_SIGNS) else text


@contextmanager
def progress_bar(console: Console) -> Iterator[Told]:
    """A bar while rows are read, people looked up and rows written; nothing where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        yield told


def faults_of(outcome: Outcome, file: Path) -> list[str]:
    """Every fault of the rows, a line each."""
    return [f"{file}: {fault}" for fault in outcome.checked.faults]


def summary(outcome: Outcome, *, skip_bad: bool, confirmed: bool) -> list[str]:
    """What was done, or why nothing was, and what to do next."""
    checked = outcome.checked
    lines = []
    bad = len({fault.line for fault in checked.faults})
    if checked.clashes:
        lines += checked.clashes[:MOST_CLASHES_SHOWN]
        if (more := len(checked.clashes) - MOST_CLASHES_SHOWN) > 0:
            lines.append(f"… and {more} more like these.")
    if bad and not skip_bad:
        lines.append(f"Nothing was imported: {_rows_of(bad)} cannot be used. Put them right, or give --skip-bad.")
    elif checked.clashes and not confirmed:
        lines.append("Nothing was imported: hosts would have too much at once. To keep it so: --confirm-clashes")
    if outcome.imported is not None:
        done = outcome.imported
        left = f" {_rows_of(bad)} left out." if bad else ""
        lines.append(f"{done.added} added, {done.changed} changed, {done.same} as they were.{left}")
        lines += checked.jumped[:MOST_CLASHES_SHOWN]
        if (more := len(checked.jumped) - MOST_CLASHES_SHOWN) > 0:
            lines.append(f"… and {more} more whose time does not exist on a day.")
        if not checked.people_asked:
            lines.append("Nobody was looked up, because SLACK_BOT_TOKEN is not set: check the member ids yourself.")
    return lines


def _rows_of(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def write_calendar(to: TextIO, reviews: Sequence[Planned]) -> None:
    """Write the planned reviews as an iCalendar file. Times are in UTC, so that no reader needs our zones."""
    calendar = Calendar()
    calendar.add("prodid", "-//Preflight//Client security reviews//EN")
    calendar.add("version", "2.0")
    for each in reviews:
        occurrence = each.occurrence
        event = Event()
        event.add("uid", f"{occurrence.id}@preflight")
        event.add("dtstamp", datetime.now(UTC))
        event.add("dtstart", occurrence.start_at.astimezone(UTC))
        event.add("dtend", (occurrence.start_at + timedelta(minutes=occurrence.minutes)).astimezone(UTC))
        event.add("summary", f"Security review: {each.client}")
        event.add("sequence", occurrence.version)
        if occurrence.moved_because:
            event.add("description", occurrence.moved_because)
        calendar.add_component(event)
    to.write(calendar.to_ical().decode("utf-8"))
