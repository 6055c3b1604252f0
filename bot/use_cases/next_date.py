"""The day on which a review and its client agreed to meet next: where the series plans nothing on it, it is planned.

Within the week of a planned review that one moves; in another week a further one is added, and the planned ones stay.
What would be too much for the host is not planned unasked: then whoever closed the review is told.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from bot.domain import meeting
from bot.domain.audit import Tag
from bot.domain.client import Client, Series
from bot.domain.client_review import Occurrence, State
from bot.domain.due import DueKind
from bot.domain.ids import OccurrenceId
from bot.domain.times import local_date, local_moment, zone_of
from bot.store.work import Work
from bot.use_cases.client_dates import NeedsConfirming, coming, confirm_clash
from bot.use_cases.desk import Acting
from bot.use_cases.occurrence_clock import pack_notice

AGREED: Final = "Agreed in the review before."
LOOK_AROUND: Final = 200  # rows of one client


def plan_next(act: Acting, held: Occurrence, series: Series, client: Client) -> None:
    """Plan the next review on the day that was agreed when this one was closed, if nothing is planned on it."""
    on = held.next_on
    if on is None or is_planned(act.work, held, series) or not _may_be(series, client, on):
        return
    start_at = local_moment(on, series.rhythm.at, zone_of(series.zone))
    later = [each for each in reversed(_rows(act.work, held)) if each.state is State.PLANNED and each.on > held.on]
    near = next((each for each in later if meeting.same_week(each.on, on)), None)
    try:
        if near is not None:
            before = act.work.occurrences.locked(near.id)
            confirm_clash(act, before, start_at, "", series.zone)
            changed = meeting.moved(before, start_at, AGREED, at=act.at)
            act.work.occurrences.save(changed, before, act.at)
            if before.packed_at is not None:
                act.owe(pack_notice(changed, client))
        else:
            changed = _another(series, OccurrenceId(act.desk.new_id()), on, start_at)
            confirm_clash(act, changed, start_at, "", series.zone)
            if not act.work.occurrences.add(changed, act.at):
                return  # one that was called off has that date
    except (NeedsConfirming, meeting.NotAhead):
        return
    act.work.due.put(DueKind.OCCURRENCE, changed.id, act.at)
    facts = {"start_at": start_at.isoformat(), "agreed_in": str(held.id)}
    act.record(Tag.CLIENT_REVIEW_MOVE, changed.id, by=str(held.closed_by), **facts)


def is_planned(work: Work, held: Occurrence, series: Series) -> bool:
    """Is a review planned on the agreed day, or will the series plan one there by itself?"""
    on = held.next_on
    if on is None or held.closed_at is None:
        return False
    rows = _rows(work, held)
    zone = zone_of(series.zone)
    if any(each.state is State.PLANNED and local_date(each.start_at, zone) == on for each in rows):
        return True
    there = {each.on for each in rows}
    today = local_date(held.closed_at, zone)
    return any(slot.held_on == on and slot.on not in there for slot in coming(series, today, (on - today).days + 31))


def _rows(work: Work, held: Occurrence) -> list[Occurrence]:
    rows = work.occurrences.of_client(held.client, limit=LOOK_AROUND)
    return [each for each in rows if each.series == held.series]


def _may_be(series: Series, client: Client, on: date) -> bool:
    ends_on = series.rhythm.ends_on
    return series.ended_at is None and client.left_on is None and (ends_on is None or on <= ends_on)


def _another(series: Series, new_id: OccurrenceId, on: date, start_at: datetime) -> Occurrence:
    return Occurrence(
        new_id,
        series.id,
        series.client,
        on,
        start_at,
        series.zone,
        series.minutes,
        series.host,
        series.stand_in,
        moved_because=AGREED,
    )
