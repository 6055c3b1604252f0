"""An oracle for the calendar, written apart from the code it checks: it walks through the minutes of UTC, one by one.

It never turns a local time into a moment. It only asks, of every minute that passes, what the clocks of a place show,
and takes the first at which they show the date and a time that is not too early.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import planned
from bot.domain.client import Cadence
from tests.domain.rhythms import SUN, a_rhythm, a_series

MINUTE = timedelta(minutes=1)
TIMES = (time(0, 0), time(1, 30), time(2, 30))
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Manila",
    "America/Santiago",
    "UTC",
)
# Clocks change on Sundays almost everywhere. São Paulo and Apia gave summer time up, so they are tried in their
# last years with it too: São Paulo's began at midnight, and its 00:00 was missing.
YEARS = [(zone, 2026) for zone in ZONES] + [("America/Sao_Paulo", 2017), ("Pacific/Apia", 2019)]


def first_minutes(sundays: list[date], zone: ZoneInfo) -> dict[tuple[date, time], datetime]:
    found: dict[tuple[date, time], datetime] = {}
    for sunday in sundays:
        # From fourteen hours before its midnight in UTC: the early hours of a date, wherever it is observed.
        minute = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(hours=14)
        for _ in range(29 * 60):
            shown = minute.astimezone(zone)
            if shown.date() == sunday:
                for at in TIMES:
                    if shown.time() >= at:
                        found.setdefault((sunday, at), minute)
            minute += MINUTE
    return found


def every_sunday(year: int) -> list[date]:
    days = [date(year, 1, 1) + timedelta(days=each) for each in range(731)]
    return [day for day in days if day.isoweekday() == 7 and day.year in (year, year + 1)]


@pytest.mark.parametrize(("name", "year"), YEARS, ids=[f"{name}-{year}" for name, year in YEARS])
def test_each_local_date_has_one_review_at_the_first_minute_its_clocks_show(name: str, year: int):
    sundays = every_sunday(year)
    oracle = first_minutes(sundays, ZoneInfo(name))
    assert len(oracle) == len(sundays) * len(TIMES)
    for at in TIMES:
        series = a_series(a_rhythm(Cadence.WEEKLY, SUN, at=at, starts_on=sundays[0]), name)
        slots = planned(series, {}, after=sundays[0] - timedelta(days=1), until=sundays[-1])
        assert [slot.on for slot in slots] == sundays
        assert {slot.on: slot.start_at for slot in slots} == {day: oracle[day, at] for day in sundays}
