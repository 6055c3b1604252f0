"""Days off: public holidays by country, calendars (.ics) and plain lists. It moves no review; `domain/calendar` does.

What cannot be read is refused with the line and the fix, all of it at once; nothing is guessed, and nothing half taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from bot.domain.calendar import DaysOff
from bot.domain.client import DayOff, Holidays, SideOf
from bot.domain.refused import Refused
from bot.domain.tool import clean_text

MOST_DAYS: Final = 2_000
MOST_CHARACTERS: Final = 1_000_000
YEARS_AHEAD: Final = 5  # a holiday that comes every year is written down for so many years
NAME_MOST: Final = 80

_DAY: Final = timedelta(days=1)
_LINE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|–|to)\s*(\d{4}-\d{2}-\d{2}))?\s*[,;\t ]?\s*(.*)")


class UnknownCountry(Refused):
    """No country or part of one has that code; `near` holds those that were perhaps meant."""

    def __init__(self, code: str, near: tuple[str, ...], *, within: str = "") -> None:
        self.code, self.near = code, near
        what = f"no part of {within} with the code" if within else "no country with the code"
        hint = f"Did you mean {' or '.join(near)}?" if near else "Use codes such as US, DE or DE-BY."
        super().__init__(f"I know {what} “{code[:40]}”. {hint}")


class UnreadableDays(Refused):
    """A calendar or list that cannot be used; `faults` names everything that is wrong with it."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("I took none of these days off: " + " ".join(self.faults))


@dataclass(frozen=True, slots=True)
class _Place:
    country: str
    part: str | None

    @property
    def code(self) -> str:
        return f"{self.country}-{self.part}" if self.part else self.country


def country_code(said: str) -> str:
    """The code as it is kept, such as "DE-BY"; UnknownCountry when there is none."""
    return _place(said).code


def days_off(chosen: Holidays, first: date, last: date) -> DaysOff:
    """Each side's days off from the first to the last date, from its country and from its own list."""
    found: dict[SideOf, Mapping[date, str]] = {}
    for side in SideOf:
        named: dict[date, str] = {}
        if country := chosen.countries.get(side):
            place = _place(country)
            for year in range(first.year, last.year + 1):
                named |= _public(place.country, place.part, year)
        named |= {each.on: each.name for each in chosen.days.get(side, ())}
        found[side] = {on: name for on, name in named.items() if first <= on <= last}
    return found


def read_list(text: str) -> tuple[DayOff, ...]:
    """A plain list: one day a line with its name, or from one date to another; `#` begins a remark."""
    found, faults = dict[date, str](), list[str]()
    for number, raw in enumerate(_not_too_long(text).splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        matched = _LINE.fullmatch(line)
        if matched is None:
            faults.append(f"Line {number} does not begin with a date; write it like 2026-12-24 Christmas Eve.")
            continue
        try:
            start = date.fromisoformat(matched[1])
            end = date.fromisoformat(matched[2]) if matched[2] else start
        except ValueError:
            faults.append(f"Line {number} has a date that does not exist; write year, month and day.")
            continue
        if not start <= end <= start + timedelta(days=366):
            faults.append(f"Line {number} runs from {start} to {end}; end it within a year after it begins.")
            continue
        for on in _from_to(start, end):
            found.setdefault(on, _name(matched[3]))
    return _in_order(found, faults, "It holds no day. Write one a line, like 2026-12-24 Christmas Eve.")


def read_calendar(content: str | bytes, *, today: date) -> tuple[DayOff, ...]:
    """The all-day events of an iCalendar file; those that repeat, for the next five years."""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    from icalendar import Calendar  # late, as below: who starts the bot waits for none of these libraries

    try:
        read = Calendar.from_ical(_not_too_long(text))
    except (ValueError, IndexError, KeyError, TypeError) as error:
        fault = "This is no iCalendar file. Export the calendar as .ics, and check that it begins with BEGIN:VCALENDAR."
        raise UnreadableDays([fault]) from error
    found, faults, hours = dict[date, str](), list[str](), 0
    last = date(today.year + YEARS_AHEAD, 12, 31)
    for number, event in enumerate(read.walk("VEVENT"), 1):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        name = _name(str(event.get("SUMMARY", "")))
        try:
            start, end = _dates_of(event)
        except (AttributeError, ValueError, TypeError):
            faults.append(f"Event {number} (“{name}”) has no date that I can read; give it a start and an end.")
            continue
        if start is None:
            hours += 1
            continue
        try:
            begins = list(_repeats(event, start, last))
        except (ValueError, TypeError, AttributeError):
            faults.append(f"Event {number} (“{name}”) repeats in a way I can't read; list its dates one by one.")
            continue
        for begin in begins:
            for on in _from_to(begin, begin + (end - start)):
                found.setdefault(on, name)
        if len(found) > MOST_DAYS:
            break
    nothing = "Its events all have hours; a day off has to be an all-day event." if hours else "It holds no event."
    return _in_order(found, faults, nothing)


def _dates_of(event: Any) -> tuple[date | None, date]:
    """First and last day of an all-day event; None as the first when it has hours."""
    start = event["DTSTART"].dt if "DTSTART" in event else None
    if not isinstance(start, date):
        raise ValueError("no start")
    if isinstance(start, datetime):
        return None, start.date()
    if "DTEND" in event:
        end = event["DTEND"].dt - _DAY  # the end of an event is the first day that is free again
    elif "DURATION" in event:
        end = start + event["DURATION"].dt - _DAY
    else:
        end = start
    if not start <= max(start, end) <= start + timedelta(days=366):
        raise ValueError("longer than a year")
    return start, max(start, end)


def _repeats(event: Any, start: date, last: date) -> Iterator[date]:
    if "RRULE" not in event and "RDATE" not in event:
        yield start
        return
    from dateutil.rrule import rruleset, rrulestr  # type: ignore[import-untyped]

    begin, times = datetime(start.year, start.month, start.day), rruleset()
    rules = event["RRULE"] if isinstance(event.get("RRULE"), list) else [event["RRULE"]] if "RRULE" in event else []
    for rule in rules:
        if {str(each) for each in rule.get("FREQ", ())} & {"HOURLY", "MINUTELY", "SECONDLY"}:
            raise ValueError("no day repeats by the hour")
        text = re.sub(r"(UNTIL=\d{8})T\d{6}Z?", r"\1", rule.to_ical().decode())
        times.rrule(rrulestr(text, dtstart=begin))
    times.rdate(begin)
    for key, note in (("RDATE", times.rdate), ("EXDATE", times.exdate)):
        listed = event.get(key, [])
        for each in listed if isinstance(listed, list) else [listed]:
            for moment in each.dts:
                note(datetime(moment.dt.year, moment.dt.month, moment.dt.day))
    for taken, moment in enumerate(times):
        if moment.date() > last or taken > MOST_DAYS:
            return
        yield moment.date()


def _in_order(found: Mapping[date, str], faults: list[str], nothing: str) -> tuple[DayOff, ...]:
    if not found and not faults:
        faults.append(nothing)
    if len(found) > MOST_DAYS:
        faults.append(f"It holds more than {MOST_DAYS} days; leave out those that are long over.")
    if faults:
        raise UnreadableDays(faults)
    return tuple(DayOff(on, found[on]) for on in sorted(found))


def _not_too_long(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise UnreadableDays([f"It has {len(text)} characters; the most is {MOST_CHARACTERS}. Leave out old years."])
    return text


def _from_to(start: date, end: date) -> Iterator[date]:
    return (start + each * _DAY for each in range((end - start).days + 1))


def _name(said: str) -> str:
    return " ".join(clean_text(said, most=NAME_MOST).split()) or "Day off"


@lru_cache(maxsize=4096)
def _public(country: str, part: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of one year, named in English where they have an English name."""
    from holidays import country_holidays

    return dict(country_holidays(country, subdiv=part, years=year, language="en_US"))


def _place(said: str) -> _Place:
    country, _, part = said.strip().replace("_", "-").partition("-")
    code = {"UK": "GB"}.get(country.upper(), country.upper())
    known = _countries()
    if len(code) != 2 or code not in known:
        raise UnknownCountry(said.strip(), _near_country(said.strip()))
    if not part:
        return _Place(code, None)
    parts = {each.casefold(): each for each in known[code]}
    if part.casefold() not in parts:
        raise UnknownCountry(said.strip(), _near_part(code, part, tuple(known[code])), within=code)
    return _Place(code, parts[part.casefold()])


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, list[str]]:
    from holidays import list_supported_countries

    return list_supported_countries()


def _near_country(said: str) -> tuple[str, ...]:
    """Countries whose name or three-letter code that is, or whose name is spelled much like it."""
    from holidays.registry import COUNTRIES

    named = {
        key: codes[1] for name, codes in COUNTRIES.items() for key in (name.replace("_", " "), codes[2].casefold())
    }
    close = get_close_matches(said.casefold(), named, n=2, cutoff=0.75)
    return tuple(dict.fromkeys(named[each] for each in close))


def _near_part(country: str, said: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Parts of a country whose name that is; else all its codes, where they are few."""
    from holidays import country_holidays

    aliases = country_holidays(country).get_subdivision_aliases()
    named = {name.casefold(): code for code, names in aliases.items() for name in (code, *names)}
    close = get_close_matches(said.casefold(), named, n=2, cutoff=0.6)
    codes = tuple(dict.fromkeys(named[each] for each in close)) or (parts if len(parts) <= 30 else ())
    return tuple(f"{country}-{code}" for code in codes)
