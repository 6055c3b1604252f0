"""On which dates the reviews of a series fall, and when they start: per local date, never by adding hours.

Dates follow from the rhythm alone; a day off then moves a review to a workday nearby. Nothing here looks at what was
planned before: planning the same days again gives the same slots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, count, dropwhile, takewhile
from typing import Final

from bot.domain.client import LAST_WEEK, Cadence, Rhythm, Series, SideOf, Slower
from bot.domain.times import is_weekday, local_moment, zone_of

DaysOff = Mapping[SideOf, Mapping[date, str]]  # the name of each day on which a side does not work

_DAY: Final = timedelta(days=1)
_WHOSE: Final = {SideOf.OURS: "for us", SideOf.CLIENTS: "for the client"}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one review belongs (`on`, unique in its series), on which date it is held, and when it starts."""

    on: date
    held_on: date
    start_at: datetime
    moved_because: str = ""


def planned(series: Series, days_off: DaysOff, *, after: date, until: date) -> list[Slot]:
    """The reviews that belong to the days after `after`, up to and including `until`."""
    zone, slots = zone_of(series.zone), []
    for on, held_on, because in _moved(series.rhythm, series.slower, days_off, until=until):
        if on <= after:
            continue
        start_at = local_moment(held_on, series.rhythm.at, zone)
        if series.ended_at is None or start_at < series.ended_at:
            slots.append(Slot(on, held_on, start_at, because))
    return slots


def dates(rhythm: Rhythm, slower: Slower | None = None) -> Iterator[date]:
    """Every date of a rhythm, in order, to its end. When the leave to meet less often runs out, it is weekly again."""
    leave_ends = slower.until if slower is not None and rhythm.cadence is not Cadence.WEEKLY else date.max
    as_agreed = takewhile(lambda on: on <= leave_ends, _paced(rhythm, rhythm.cadence))
    weekly = dropwhile(lambda on: on <= leave_ends, _paced(rhythm, Cadence.WEEKLY))
    return takewhile(lambda on: rhythm.ends_on is None or on <= rhythm.ends_on, chain(as_agreed, weekly))


def _paced(rhythm: Rhythm, cadence: Cadence) -> Iterator[date]:
    match cadence:
        case Cadence.WEEKLY:
            yield from _every(rhythm, days=7)
        case Cadence.FORTNIGHTLY:
            yield from _every(rhythm, days=14)
        case Cadence.MONTHLY:
            yield from _in_months(rhythm, months=1)
        case Cadence.QUARTERLY:
            yield from _in_months(rhythm, months=3)


def _every(rhythm: Rhythm, *, days: int) -> Iterator[date]:
    start = rhythm.starts_on
    first = sorted(start + timedelta(days=(weekday - start.weekday()) % 7) for weekday in set(rhythm.weekdays))
    for turn in count():
        for on in first:
            try:
                yield on + timedelta(days=days * turn)
            except OverflowError:  # the calendar ends on 31 December 9999
                return


def _in_months(rhythm: Rhythm, *, months: int) -> Iterator[date]:
    """The one such weekday of every so manyth month, counted from the first that is not over when the series starts."""
    weekday, start = min(rhythm.weekdays), rhythm.starts_on
    month = start.year * 12 + start.month - 1
    if _weekday_of(month, weekday, rhythm.week_of_month) < start:
        month += 1
    while month < date.max.year * 12:
        yield _weekday_of(month, weekday, rhythm.week_of_month)
        month += months


def _weekday_of(month: int, weekday: int, week: int) -> date:
    first = date(month // 12, month % 12 + 1, 1)
    on = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))
    return on - timedelta(days=7) if week == LAST_WEEK and on.month != first.month else on


def _moved(
    rhythm: Rhythm, slower: Slower | None, days_off: DaysOff, *, until: date
) -> Iterator[tuple[date, date, str]]:
    """Each date up to `until`, the workday on which it is held, and why that is another one.

    A review stays between its neighbours, so that none overtakes another; from the first to the last, because where one
    went decides what is free for the next.
    """
    held, coming = rhythm.starts_on - _DAY, dates(rhythm, slower)
    on = next(coming, None)
    while on is not None and on <= until:
        following = next(coming, None)
        because = _off(on, days_off)
        held_on = _workday_near(on, rhythm, days_off, after=held, before=following) if because else on
        if held_on is None:
            held_on, because = on, f"{because} No workday near it was free, so it stays."
        yield on, held_on, because
        held, on = held_on, following


def _workday_near(on: date, rhythm: Rhythm, days_off: DaysOff, *, after: date, before: date | None) -> date | None:
    """The nearest workday before, else after, on which no other review of the series is held."""

    def works(day: date) -> bool:
        return (is_weekday(day) or day.weekday() in rhythm.weekdays) and not _off(day, days_off)

    last = min(each for each in (before and before - _DAY, rhythm.ends_on, on + timedelta(days=31)) if each)
    earlier = (on - timedelta(days=back) for back in range(1, (on - after).days))
    later = (on + timedelta(days=ahead) for ahead in range(1, (last - on).days + 1))
    return next((day for day in earlier if works(day)), None) or next((day for day in later if works(day)), None)


def is_off(on: date, days_off: DaysOff) -> bool:
    """Is it a day off for either side?"""
    return bool(_off(on, days_off))


def _off(on: date, days_off: DaysOff) -> str:
    """Why a review cannot be held on a date, as a sentence; empty when it can."""
    named = {side: days[on] for side, days in days_off.items() if on in days}
    if not named:
        return ""
    if len(set(named.values())) < len(named):
        return f"{next(iter(named.values()))} is a day off for both sides."
    said = " and ".join(f"{name} is a day off {_WHOSE[side]}" for side, name in sorted(named.items()))
    return f"{said}."
