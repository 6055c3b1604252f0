"""When to remind, as data, and the rungs a matter climbs while nothing happens. It sends nothing and knows no clock.

A rung is a local date, and what was said is remembered as the date of its rung. So each rung is said at most once,
whatever the order and number of looks; after a gap only the newest is said, and those before it never are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.times import is_weekday, local_date, local_moment, next_morning


@dataclass(frozen=True, slots=True)
class Morning:
    """The hours of somebody's own clock in which reminders reach them, Monday to Friday."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConditionDays:
    """Days before and after a condition is due."""

    before: tuple[int, ...]
    late_to_owner: int
    late_to_leads: int
    suspended: int


@dataclass(frozen=True, slots=True)
class ExpiryDays:
    """Days before and after a decision ends."""

    before: tuple[int, ...]
    unapproved: int


@dataclass(frozen=True, slots=True)
class SignOffDays:
    """Working days since a request was handed in."""

    first: int
    every: int
    claimed_every: int
    ciso: int
    after_ciso: int


@dataclass(frozen=True, slots=True)
class StalledDays:
    """Working days since the team last did something."""

    nudges: tuple[int, ...]
    paused: int


@dataclass(frozen=True, slots=True)
class MissedRows:
    """How many client reviews in a row have to be missed for whom to be told; and working days to a new date."""

    leads: int
    ciso: int
    new_date: int


@dataclass(frozen=True, slots=True)
class Reminders:
    """The numbers of knowledge/policy/reminders.toml. No verdict is computed from them."""

    morning: Morning
    conditions: ConditionDays
    expiring: ExpiryDays
    sign_off: SignOffDays
    stalled: StalledDays
    action_days: int
    missed: MissedRows


@dataclass(frozen=True, slots=True)
class Rung:
    """Something to be said on a date of the recipient's calendar."""

    code: str
    on: date


@dataclass(frozen=True, slots=True)
class Step:
    """What a look at some rungs found: the one to say now, if any, and when to look again, if ever."""

    say: Rung | None
    look_at: datetime | None


def climb(rungs: Iterable[Rung], *, reached: date | None, now: datetime, zone: ZoneInfo, morning: Morning) -> Step:
    """The newest rung that was passed since `reached`, if it is the recipient's morning; else when that will be."""
    ahead = sorted((each for each in rungs if reached is None or each.on > reached), key=lambda each: each.on)
    today = local_date(now, zone)
    passed = [each for each in ahead if each.on <= today]
    later = [morning_of(each.on, zone, morning) for each in ahead if each.on > today]
    if not passed:
        return Step(None, later[0] if later else None)
    if not in_morning(now, zone, morning):
        return Step(None, next_morning(now, zone, hour=morning.start))
    return Step(passed[-1], later[0] if later else None)


def in_morning(now: datetime, zone: ZoneInfo, morning: Morning) -> bool:
    """Is it somebody's working morning?"""
    there = now.astimezone(zone)
    return is_weekday(there.date()) and morning.start <= there.hour < morning.end


def morning_of(on: date, zone: ZoneInfo, morning: Morning) -> datetime:
    """The moment that morning begins on a date."""
    return local_moment(on, time(morning.start), zone)


def workday_before(on: date) -> date:
    """The date itself, or the Friday before it: a warning comes before a weekend, not after it."""
    while not is_weekday(on):
        on -= timedelta(days=1)
    return on


def workday_after(on: date) -> date:
    """The date itself, or the Monday after it: whoever has until a day has the whole of it."""
    while not is_weekday(on):
        on += timedelta(days=1)
    return on


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of those moments that are set."""
    return min((each for each in moments if each is not None), default=None)
