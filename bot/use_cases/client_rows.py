"""The register as rows of a file, both ways: one client a row, one field a column. Nothing is looked up or saved.

Every cell that cannot be read is named with its line, its column and the fix, all of a row at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Final, TypeVar

from bot.domain.client import LAST_WEEK, Cadence, Client, Holidays, Quiet, Rhythm, Series, SideOf
from bot.domain.ids import ChannelId, UserId
from bot.domain.register import (
    LONGEST_CLIENT_NAME,
    MOST_REASON,
    ClientDraft,
    Field,
    RegisterPolicy,
    SeriesDraft,
    faults_of_client,
    faults_of_series,
    tidy,
)
from bot.knowledge.holidays import UnreadableDays, read_list
from bot.use_cases.clients import country_fault

T = TypeVar("T")

COLUMNS: Final = tuple(field.value for field in Field)
NEEDED: Final = (Field.NAME, Field.ACCOUNT_OWNER, Field.ZONE)
ABOUT_CLIENT: Final = frozenset(
    {Field.NAME, Field.ALIASES, Field.CHANNEL, Field.ZONE, Field.FRAMEWORKS, Field.ACCOUNT_OWNER, Field.LEFT_ON}
)
ABOUT_SERIES: Final = frozenset(Field) - ABOUT_CLIENT
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKS: Final = ("first", "second", "third", "fourth", "last")
_USER: Final = re.compile(r"[UW][A-Z0-9]{2,30}")
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,30}")
_SIDES: Final = (
    (SideOf.OURS, Field.OUR_COUNTRY, Field.OUR_DAYS_OFF),
    (SideOf.CLIENTS, Field.CLIENT_COUNTRY, Field.CLIENT_DAYS_OFF),
)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell, and what to do."""

    line: int
    column: str
    wrong: str

    def __str__(self) -> str:
        return f"line {self.line} · {self.column} · {self.wrong}"


@dataclass(frozen=True, slots=True)
class Row:
    """One client of a file, readable as it stands."""

    line: int
    client: ClientDraft
    series: SeriesDraft | None
    slower_by: UserId
    left_on: date | None


def header_faults(header: Sequence[str]) -> list[RowFault]:
    """What is wrong with the first line of a file."""
    faults = []
    for name in header:
        if name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f"Did you mean “{near[0]}”?" if near else f"Known are: {', '.join(COLUMNS)}."
            faults.append(RowFault(1, name[:40] or "(empty)", f"I know no such column. {hint}"))
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.append(RowFault(1, name[:40], "The column is there twice. Leave one out."))
    faults += [RowFault(1, each, "The column is missing. Add it.") for each in NEEDED if each.value not in header]
    return faults


def put_onto(cells: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row, and what is in the register where the file has no such column.

    Where it has the reviews' columns and all of them are empty, there are to be no reviews.
    """
    ended = Field.HOST.value in cells and not any(cells.get(each.value, "").strip() for each in ABOUT_SERIES)
    return {**before, **({each.value: "" for each in ABOUT_SERIES} if ended else {}), **cells}


def read_row(
    line: int, cells: Mapping[str, str], policy: RegisterPolicy, *, today: date
) -> tuple[Row | None, list[RowFault]]:
    """A row as a client, or everything that is wrong with it."""
    reading = _Reading({Field(name): text.strip() for name, text in cells.items() if name in COLUMNS})
    client = ClientDraft(
        name=tidy(reading.text(Field.NAME), most=LONGEST_CLIENT_NAME),
        account_owner=reading.user(Field.ACCOUNT_OWNER),
        zone=reading.text(Field.ZONE),
        aliases=tuple(tidy(each, most=LONGEST_CLIENT_NAME) for each in reading.several(Field.ALIASES)),
        channel=reading.channel(),
        frameworks=frozenset(each.casefold() for each in reading.several(Field.FRAMEWORKS)),
    )
    left_on = reading.day(Field.LEFT_ON)
    faults = faults_of_client(client)
    if not reading.text(Field.ACCOUNT_OWNER):
        faults[Field.ACCOUNT_OWNER] = "Give the member id of who answers for it, such as U0123ABCD."
    series = None
    if reading.has_series and left_on is None:  # a client that left has no reviews, whatever stands there
        series = _series(reading, policy, today)
        faults |= faults_of_series(series, policy, today=today)
    faults |= reading.faults  # what could not be read at all says more than what follows from it
    if faults:
        return None, [RowFault(line, field.value, fault) for field, fault in sorted(faults.items())]
    return Row(line, client, series, reading.user(Field.SLOWER_BY), left_on), []


def _series(reading: _Reading, policy: RegisterPolicy, today: date) -> SeriesDraft:
    at, starts_on = reading.time(Field.TIME), reading.day(Field.FIRST_DATE)
    for field, found in ((Field.TIME, at), (Field.FIRST_DATE, starts_on)):
        if found is None:
            form = "a time such as 09:30" if field is Field.TIME else "a day such as 2026-11-24"
            reading.faults.setdefault(field, f"The reviews need {form}.")
    for field in (Field.HOST, Field.STAND_IN):
        if not reading.text(field):
            reading.faults.setdefault(field, "The reviews need a host and a stand-in: member ids such as U0123ABCD.")
    cadence = reading.one_of(Field.CADENCE, tuple(each.value for each in Cadence))
    weekdays = tuple(sorted({reading.weekday(each) for each in reading.several(Field.WEEKDAYS)}))
    start, end = reading.time(Field.QUIET_FROM), reading.time(Field.QUIET_UNTIL)
    if (start is None) != (end is None):
        reading.faults.setdefault(Field.QUIET_UNTIL, "Give both quiet_from and quiet_until, or neither.")
    countries, days = {}, {}
    for side, country, listed in _SIDES:
        code, fault = country_fault(reading.text(country))
        if fault:
            reading.faults[country] = fault
        elif code:
            countries[side] = code
        try:
            if reading.text(listed):
                days[side] = read_list(reading.text(listed).replace(";", "\n"))
        except UnreadableDays as unreadable:
            reading.faults[listed] = " ".join(unreadable.faults)[:400] + " Put a semicolon between days."
    slower = Cadence(cadence) is not Cadence.WEEKLY
    return SeriesDraft(
        rhythm=Rhythm(
            cadence=Cadence(cadence),
            weekdays=weekdays,
            at=at or time(),
            starts_on=starts_on or today,
            week_of_month=WEEKS.index(reading.one_of(Field.WEEK_OF_MONTH, WEEKS)) + 1,
            ends_on=reading.day(Field.LAST_DATE),
        ),
        minutes=reading.number(Field.MINUTES, policy.minutes),
        host=reading.user(Field.HOST),
        stand_in=reading.user(Field.STAND_IN),
        our_side=tuple(UserId(each) for each in reading.users(Field.OUR_SIDE)),
        client_side=tuple(tidy(each, most=LONGEST_CLIENT_NAME) for each in reading.several(Field.CLIENT_SIDE)),
        holidays=Holidays(countries, days),
        pack_hours=reading.number(Field.PACK_HOURS, policy.pack_hours),
        host_minutes=reading.number(Field.HOST_MINUTES, policy.host_minutes),
        quiet=Quiet(start, end) if start is not None and end is not None else None,
        slower_because=tidy(reading.text(Field.SLOWER_BECAUSE), most=MOST_REASON) if slower else "",
        slower_until=reading.day(Field.SLOWER_UNTIL) if slower else None,
    )


class _Reading:
    """One row while it is read. What finds a fault notes it, and gives a stand-in so that reading goes on."""

    def __init__(self, cells: Mapping[Field, str]) -> None:
        self._cells = cells
        self.faults: dict[Field, str] = {}

    @property
    def has_series(self) -> bool:
        """Does any cell speak of reviews?"""
        return any(text for field, text in self._cells.items() if field in ABOUT_SERIES)

    def text(self, field: Field) -> str:
        return self._cells.get(field, "")

    def several(self, field: Field) -> list[str]:
        return [each.strip() for each in self.text(field).split(";") if each.strip()]

    def user(self, field: Field) -> UserId:
        text = self.text(field)
        if text and not _USER.fullmatch(text):
            self.faults[field] = f"“{text[:40]}” is no member id. In Slack: a profile > ⋮ > Copy member ID."
        return UserId(text)

    def users(self, field: Field) -> list[str]:
        found = self.several(field)
        if wrong := [each for each in found if not _USER.fullmatch(each)]:
            self.faults[field] = f"“{wrong[0][:40]}” is no member id. In Slack: a profile > ⋮ > Copy member ID."
        return found

    def channel(self) -> ChannelId | None:
        text = self.text(Field.CHANNEL)
        if text and not _CHANNEL.fullmatch(text):
            hint = "In Slack: the channel's name > About, at the bottom."
            self.faults[Field.CHANNEL] = f"“{text[:40]}” is no channel id (C… or G…). {hint}"
        return ChannelId(text) if text else None

    def day(self, field: Field) -> date | None:
        return self._read(field, date.fromisoformat, "a day: write it like 2026-11-24")

    def time(self, field: Field) -> time | None:
        text = self.text(field)
        if text and not re.fullmatch(r"\d{1,2}:\d{2}(:00)?", text, re.ASCII):
            self.faults[field] = f"“{text[:40]}” is no time: write it like 09:30."
            return None
        return self._read(field, lambda each: time.fromisoformat(each.zfill(5)[:5]), "a time: write it like 09:30")

    def number(self, field: Field, otherwise: int) -> int:
        text = self.text(field)
        if text and not re.fullmatch(r"\d{1,6}", text, re.ASCII):
            self.faults[field] = f"“{text[:40]}” is no whole number."
            return otherwise
        return int(text) if text else otherwise

    def one_of(self, field: Field, choices: Sequence[str]) -> str:
        text = self.text(field).casefold()
        if text and text not in choices:
            self.faults[field] = f"“{text[:40]}” is none of {', '.join(choices)}."
        return text if text in choices else choices[0]

    def weekday(self, text: str) -> int:
        found = [number for number, name in enumerate(DAYS) if len(text) >= 3 and name.startswith(text.casefold())]
        if not found:
            self.faults[Field.WEEKDAYS] = f"“{text[:40]}” is no day of the week: write tuesday, or tuesday;thursday."
        return found[0] if found else 0

    def _read(self, field: Field, parse: Callable[[str], T], form: str) -> T | None:
        text = self.text(field)
        try:
            return parse(text) if text else None
        except ValueError:
            self.faults[field] = f"“{text[:40]}” is not {form}."
            return None


def row_of(client: Client, series: Series | None) -> dict[str, str]:
    """A client as a row of the file, every column of it."""
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {
        Field.NAME.value: client.name,
        Field.ALIASES.value: _joined(client.aliases),
        Field.CHANNEL.value: client.channel or "",
        Field.ZONE.value: client.zone,
        Field.FRAMEWORKS.value: _joined(sorted(client.frameworks)),
        Field.ACCOUNT_OWNER.value: client.account_owner,
        Field.LEFT_ON.value: _day(client.left_on),
    }
    return cells | (_series_cells(series) if series is not None and series.ended_at is None else {})


def _series_cells(series: Series) -> dict[str, str]:
    rhythm, quiet, slower = series.rhythm, series.quiet, series.slower
    cells = {
        Field.CADENCE: rhythm.cadence.value,
        Field.WEEKDAYS: _joined(DAYS[day] for day in rhythm.weekdays),
        Field.WEEK_OF_MONTH: WEEKS[min(rhythm.week_of_month, LAST_WEEK) - 1],
        Field.TIME: rhythm.at.isoformat("minutes"),
        Field.FIRST_DATE: _day(rhythm.starts_on),
        Field.LAST_DATE: _day(rhythm.ends_on),
        Field.MINUTES: str(series.minutes),
        Field.HOST: series.host,
        Field.STAND_IN: series.stand_in,
        Field.SLOWER_BECAUSE: slower.because if slower else "",
        Field.SLOWER_BY: slower.by if slower else "",
        Field.SLOWER_UNTIL: _day(slower.until) if slower else "",
        Field.OUR_SIDE: _joined(series.our_side),
        Field.CLIENT_SIDE: _joined(series.client_side),
        Field.PACK_HOURS: str(series.pack_hours),
        Field.HOST_MINUTES: str(series.host_minutes),
        Field.QUIET_FROM: quiet.start.isoformat("minutes") if quiet else "",
        Field.QUIET_UNTIL: quiet.end.isoformat("minutes") if quiet else "",
    }
    for side, country, listed in _SIDES:
        cells[country] = series.holidays.countries.get(side, "")
        days = series.holidays.days.get(side, ())
        cells[listed] = _joined(f"{each.on.isoformat()} {each.name.replace(';', ',')}" for each in days)
    return {field.value: text for field, text in cells.items()}


def _joined(parts: Iterable[str]) -> str:
    return ";".join(parts)


def _day(on: date | None) -> str:
    return on.isoformat() if on is not None else ""
