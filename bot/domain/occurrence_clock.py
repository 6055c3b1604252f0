"""What an occurrence owes to whom, and when: its pack, its reminders, and what follows when it was missed.

Everything follows from the occurrence and the moment it is looked at, never from what was said before: whoever looks
late, twice or after a gap comes to the same answer. That nothing is said twice is the store's promise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.calendar import DaysOff, Slot, is_off
from bot.domain.client import Quiet, Series
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import OccurrenceId
from bot.domain.reminders import MissedRows
from bot.domain.times import in_working_hours, local_moment, next_morning, working_days_later

MISSED_AFTER: Final = timedelta(hours=24)
STARTS_NOW: Final = timedelta(minutes=15)  # for so long after its start "it starts now" is still true
LAPSED_AFTER: Final = 2  # missed in a row: no review, no growth. A rule about signatures, not a reminder


class Step(StrEnum):
    """What can be owed for an occurrence at a moment."""

    PACK = "pack"
    HOST = "host"
    START = "start"
    LATE = "late"  # it should have started a while ago, and nobody was reminded in time
    MISSED = "missed"


class Rung(StrEnum):
    """Who is told of a missed review, from the first on."""

    HOSTS = "hosts"
    LEADS = "leads"  # and the account owner
    CISO = "ciso"


def planned_from(series: Series, slot: Slot, occurrence_id: OccurrenceId) -> Occurrence:
    """The occurrence of a slot."""
    return Occurrence(
        id=occurrence_id,
        series=series.id,
        client=series.client,
        on=slot.on,
        start_at=slot.start_at,
        zone=series.zone,
        minutes=series.minutes,
        host=series.host,
        stand_in=series.stand_in,
        moved_because=slot.moved_because,
    )


def replanned(row: Occurrence, old: Slot | None, new: Slot | None, *, before: Series, after: Series) -> Occurrence:
    """A planned occurrence as the changed series would have it. What somebody changed by hand is kept.

    `old` is what the series had planned for its date, and None where it had nothing: then somebody put it there.
    """
    by_hand = old is None or new is None or row.start_at != old.start_at
    moved = row if by_hand or new is None else replace(row, start_at=new.start_at, moved_because=new.moved_because)
    same_people = (row.host, row.stand_in) == (before.host, before.stand_in)
    return replace(
        moved,
        zone=after.zone,
        minutes=after.minutes,
        host=after.host if same_people else row.host,
        stand_in=after.stand_in if same_people else row.stand_in,
    )


def owed_now(occurrence: Occurrence, series: Series, *, now: datetime) -> frozenset[Step]:
    """What is owed at this moment: what has come due and is not moot by now."""
    if occurrence.state not in (State.PLANNED, State.OPEN):
        return frozenset()
    if now >= missed_at(occurrence):
        return frozenset({Step.MISSED})
    if occurrence.state is State.OPEN:
        return frozenset()
    owed = {Step.PACK} if now >= _pack_at(occurrence, series) else set()
    start = occurrence.start_at
    if start - timedelta(minutes=series.host_minutes) <= now < start:
        owed.add(Step.HOST)
    elif start <= now < start + STARTS_NOW:
        owed.add(Step.START)
    elif now >= start + STARTS_NOW:
        owed.add(Step.LATE)
    return frozenset(owed)


def look_again_at(occurrence: Occurrence, series: Series, *, now: datetime) -> datetime | None:
    """When something may be owed next; None when nothing will be."""
    match occurrence.state:
        case State.PLANNED:
            reminder = occurrence.start_at - timedelta(minutes=series.host_minutes)
            moments = [_pack_at(occurrence, series), reminder, occurrence.start_at, missed_at(occurrence)]
        case State.OPEN:
            moments = [missed_at(occurrence)]
        case _:
            moments = []
    return min((moment for moment in moments if moment > now), default=None)


def first_look_at(occurrence: Occurrence, series: Series) -> datetime:
    """When something is owed for the first time."""
    return min(_pack_at(occurrence, series), occurrence.start_at - timedelta(minutes=series.host_minutes))


def not_in_quiet(at: datetime, zone: ZoneInfo, quiet: Quiet | None) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into on that zone's clock."""
    if quiet is None or quiet.start == quiet.end:
        return at
    there = at.astimezone(zone)
    shown, on = there.time().replace(tzinfo=None, fold=0), there.date()
    if quiet.start < quiet.end:
        quiet_now = quiet.start <= shown < quiet.end
    else:
        quiet_now = shown >= quiet.start or shown < quiet.end
        on += timedelta(days=shown >= quiet.start)
    return max(at, local_moment(on, quiet.end, zone)) if quiet_now else at


def pack_not_before(occurrence: Occurrence, series: Series, zone: ZoneInfo, *, now: datetime) -> datetime:
    """When a pack may be posted: after the quiet hours, unless that would be too late to read it."""
    held = not_in_quiet(now, zone, series.quiet)
    return held if held < occurrence.start_at - timedelta(minutes=series.host_minutes) else now


def person_not_before(series: Series, zone: ZoneInfo, *, now: datetime) -> datetime:
    """When a person is told what is not tied to a start: in their working hours, and not in the quiet ones."""
    at = now
    for _ in range(8):  # quiet hours that fill the working day would never let anything through
        moment = not_in_quiet(at if in_working_hours(at, zone) else next_morning(at, zone), zone, series.quiet)
        if moment == at:
            return at
        at = moment
    return now


def missed_at(occurrence: Occurrence) -> datetime:
    """A day after it was to start, or after it did: somebody who starts late has a day to close it."""
    return max(occurrence.start_at, occurrence.started_at or occurrence.start_at) + MISSED_AFTER


def missed_in_a_row(newest_first: Iterable[Occurrence]) -> int:
    """How many reviews in a row were missed. One called off is no review: it does not end the row, nor lengthen it."""
    count = 0
    for each in newest_first:
        if each.state is State.HELD:
            break
        count += each.state is State.MISSED
    return count


def ladder(row: int, rules: MissedRows) -> tuple[Rung, ...]:
    """Who is told when so many in a row were missed."""
    starts = {Rung.HOSTS: 1, Rung.LEADS: rules.leads, Rung.CISO: rules.ciso}
    return tuple(rung for rung, start in starts.items() if row >= start)


def new_date(after: date, within: int, *, busy: Iterable[date], days_off: DaysOff) -> date:
    """A day to hold a missed review on: the first workday of both sides, within so many, without another review."""
    taken = frozenset(busy)
    days = [working_days_later(after, each) for each in range(1, within + 1)]
    free = (on for on in days if on not in taken and not is_off(on, days_off))
    return next(free, days[-1])


def _pack_at(occurrence: Occurrence, series: Series) -> datetime:
    return occurrence.start_at - timedelta(hours=series.pack_hours)
