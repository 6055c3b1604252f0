"""A moment for a date and a time on somebody's clock, and their working hours. It never asks what time it is now.

Zones are IANA's, as `zoneinfo` knows them. Summer time makes some times of day happen twice and others never: the first
of the two counts, and for one that never happens the next minute that does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.refused import Refused

MORNING: Final = 9
EVENING: Final = 17

# Valid for `zoneinfo`, and yet no place: whatever the machine is set to, and "nobody has set this".
_NO_PLACE: Final = frozenset({"localtime", "Factory"})
_SHORT: Final = {  # what people write for a zone, and the places they most often mean by it
    "PST": ("America/Los_Angeles",),
    "PDT": ("America/Los_Angeles",),
    "MDT": ("America/Denver",),
    "CST": ("America/Chicago", "Asia/Shanghai"),
    "CDT": ("America/Chicago",),
    "EDT": ("America/New_York",),
    "BST": ("Europe/London",),
    "CEST": ("Europe/Berlin",),
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "AEST": ("Australia/Sydney",),
    "JST": ("Asia/Tokyo",),
    "SGT": ("Asia/Singapore",),
    "PHT": ("Asia/Manila",),
}


class UnknownZone(Refused):
    """No place in the zone database is called so; `near` holds those that were perhaps meant."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        self.name, self.near = name, near
        hint = f"Did you mean {_either(near)}?" if near else "Write it like Europe/Berlin or America/New_York."
        super().__init__(f"I know no time zone “{name[:60]}”. {hint}")


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; UnknownZone, with what was perhaps meant, for any other."""
    if name not in _names():
        raise UnknownZone(name, _near(name))
    return ZoneInfo(name)


def local_moment(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment at which that zone's clocks show that time on that date."""
    shown = datetime.combine(on, at.replace(tzinfo=None, fold=0))
    before = (shown - _offset(shown, zone, fold=0)).replace(tzinfo=UTC)
    if before.astimezone(zone).replace(tzinfo=None) == shown:
        return before
    # Clocks were put forward over it. The two readings of such a time lie on either side of the jump.
    after = (shown - _offset(shown, zone, fold=1)).replace(tzinfo=UTC)
    return _first_after_jump(after, before, zone)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The date that zone's calendars show at a moment."""
    return at.astimezone(zone).date()


def next_morning(after: datetime, zone: ZoneInfo, *, hour: int = MORNING) -> datetime:
    """The first working morning after a moment: Monday to Friday, at that hour of that zone's clock."""
    on = local_date(after, zone)
    while True:
        if is_weekday(on) and (morning := local_moment(on, time(hour), zone)) > after:
            return morning
        on += timedelta(days=1)


def in_working_hours(at: datetime, zone: ZoneInfo) -> bool:
    """Is it between nine and five there, Monday to Friday?"""
    there = at.astimezone(zone)
    return is_weekday(there.date()) and MORNING <= there.hour < EVENING


def working_days_later(on: date, days: int) -> date:
    """The date so many days from Monday to Friday later."""
    while days > 0:
        on += timedelta(days=1)
        days -= is_weekday(on)
    return on


def is_weekday(on: date) -> bool:
    """Is it a day from Monday to Friday?"""
    return on.weekday() < 5


def _offset(shown: datetime, zone: ZoneInfo, *, fold: int) -> timedelta:
    return zone.utcoffset(shown.replace(fold=fold)) or timedelta()


def _first_after_jump(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second at which the offset of `high` holds; at `low` it does not yet."""
    ahead = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == ahead:
            high = middle
        else:
            low = middle
    return high


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # Asked once: it reads the head of every zone file. What it leaves out, such as "right/UTC", counts leap seconds.
    return frozenset(available_timezones()) - _NO_PLACE


def _near(name: str) -> tuple[str, ...]:
    """Up to three zones whose name, or last part, is spelled much like it."""
    said = name.strip().replace(" ", "_").replace("\\", "/")
    if places := _SHORT.get(said.upper()):
        return places
    spelled = {each.casefold(): each for each in sorted(_names())}
    cities = {each.rpartition("/")[2].casefold(): each for each in sorted(_names()) if "/" in each}
    found = chain(
        (spelled[key] for key in get_close_matches(said.casefold(), spelled, n=3, cutoff=0.8)),
        (cities[key] for key in get_close_matches(said.casefold().rpartition("/")[2], cities, n=3, cutoff=0.75)),
    )
    return tuple(dict.fromkeys(found))[:3]


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
