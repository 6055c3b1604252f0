"""Client reviews by the clock: plan them ahead, owe packs and reminders, and say so when one was missed.

`domain/occurrence_clock` decides what is owed at a moment; here it is recorded and owed, in the act that also says when
to look again. Nothing is posted here, and what a person moved by hand is not moved back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.audit import BOT, Tag
from bot.domain.calendar import DaysOff, Slot, planned
from bot.domain.client import Client, Series
from bot.domain.client_review import Occurrence, Skip, State
from bot.domain.due import Due, DueKind
from bot.domain.ids import OccurrenceId, SeriesId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.occurrence_clock import (
    Rung,
    Step,
    first_look_at,
    ladder,
    look_again_at,
    missed_in_a_row,
    new_date,
    owed_now,
    pack_not_before,
    person_not_before,
    planned_from,
    replanned,
)
from bot.domain.refused import NoSuchClient, NoSuchSeries
from bot.domain.times import UnknownZone, local_date, zone_of
from bot.knowledge.holidays import days_off
from bot.store.points import point
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.ports import DirectoryUnavailable

PLANNED_AHEAD: Final = timedelta(days=35)
PLANNED_EVERY: Final = timedelta(days=7)
ROW_MOST: Final = 60  # of reviews looked back at, to count a row of missed ones
SERIES_CHANGED: Final = "The series changed, and this date is not in it any more."

_DAY: Final = timedelta(days=1)


def pack_notice(occurrence: Occurrence, client: Client) -> Notice:
    """The one card of an occurrence, in the client's channel; without one, it goes to its host."""
    to = Recipient(client.channel) if client.channel else Recipient.person(occurrence.host)
    facts = {"occurrence": occurrence.id}
    return Notice(f"pack:{occurrence.id}", NoticeKind.PACK, to, facts=facts, live=True)


def pack_held(act: Acting, pack: Notice, why: str) -> None:
    """Tell host and stand-in that a pack did not go where it belongs, and why: somebody has to put that right."""
    occurrence = act.work.occurrences.get(OccurrenceId(pack.facts["occurrence"]))
    facts = {"occurrence": occurrence.id, "channel": pack.to.channel, "why": why}
    for user in sorted({occurrence.host, occurrence.stand_in}):
        key = f"pack_held:{occurrence.id}:{pack.to.channel}:{user}"
        act.owe(Notice(key, NoticeKind.PACK_HELD, Recipient.person(user), facts=facts))


# --- planning ---------------------------------------------------------------------------------------------------------


async def plan_series(desk: Desk, dues: Sequence[Due]) -> None:
    """Plan the reviews of the next weeks as rows, one for each local date."""
    await desk.act(_plan_all, dues)


def _plan_all(act: Acting, dues: Sequence[Due]) -> None:
    for due in dues:
        if act.work.due.ours(due):
            act.work.due.done(due, _plan(act, SeriesId(due.about)))


def _plan(act: Acting, series_id: SeriesId) -> datetime | None:
    """Add what is missing up to the horizon; when to do so again, or None when nothing more will come."""
    try:
        series = act.work.series.locked(series_id)
        client = act.work.clients.get(series.client)
    except (NoSuchSeries, NoSuchClient):
        return None
    today = local_date(act.at, zone_of(series.zone))
    if series.ended_at is not None or (client.left_on is not None and client.left_on <= today):
        return None
    until = today + PLANNED_AHEAD
    # What came due while nobody planned is planned late rather than never: it was missed, and that is on record then.
    after = series.planned_until or today - _DAY
    slots = planned(series, _days_off(series, until), after=after, until=until)
    if series.planned_until is None:
        slots = [slot for slot in slots if slot.start_at > act.at]
    for slot in slots:
        _add(act, series, slot)
    act.work.series.save(replace(series, planned_until=max(after, until)), series, act.at)
    point("series.planned")
    ends_on = series.rhythm.ends_on
    return None if ends_on is not None and ends_on <= until else act.at + PLANNED_EVERY


def _add(act: Acting, series: Series, slot: Slot) -> None:
    occurrence = planned_from(series, slot, OccurrenceId(act.desk.new_id()))
    if act.work.occurrences.add(occurrence, act.at):
        act.work.due.put(DueKind.OCCURRENCE, occurrence.id, first_look_at(occurrence, series))


def replan(act: Acting, before: Series, after: Series) -> None:
    """Bring what was planned in line with a changed series, in the act that changes it.

    Only what has not begun, and only what still stands as the series had planned it: what somebody moved by hand stays.
    """
    today = local_date(act.at, zone_of(after.zone))
    first, until = today - _DAY, before.planned_until
    if until is None:
        return
    old = {slot.on: slot for slot in planned(before, _days_off(before, until), after=first, until=until)}
    new = {slot.on: slot for slot in planned(after, _days_off(after, until), after=first, until=until)}
    there: set[date] = set()
    for row in _ahead(act, after):
        there.add(row.on)
        slot, wanted = new.get(row.on), row
        if slot is None and row.state is State.PLANNED and (row.on in old or after.ended_at is not None):
            _save(act, replace(row, state=State.SKIPPED, skip=Skip(SERIES_CHANGED, UserId(BOT), act.at)), row)
            act.work.due.drop(DueKind.OCCURRENCE, row.id)
            continue
        if slot is not None and row.state is State.SKIPPED and row.skip is not None and row.skip.by == BOT:
            wanted = replace(planned_from(after, slot, row.id), version=row.version, asked_for=row.asked_for)
        elif row.state is State.PLANNED:
            wanted = replanned(row, old.get(row.on), slot, before=before, after=after)
        if wanted != row:
            _save(act, wanted, row)
        if wanted.state is State.PLANNED:  # lead times may have changed, too
            act.work.due.put(DueKind.OCCURRENCE, row.id, first_look_at(wanted, after))
    for on, slot in new.items():
        if on not in there and slot.start_at > act.at:
            _add(act, after, slot)


def _ahead(act: Acting, series: Series) -> list[Occurrence]:
    """What of a series has not begun yet, whatever became of it."""
    rows = act.work.occurrences.of_client(series.client, limit=200)
    return [act.work.occurrences.locked(row.id) for row in rows if row.series == series.id and row.start_at > act.at]


def _save(act: Acting, changed: Occurrence, before: Occurrence) -> None:
    changed = replace(changed, version=before.version + 1)
    act.work.occurrences.save(changed, before, act.at)
    if before.packed_at is not None:
        act.owe(pack_notice(changed, act.work.clients.get(changed.client)))


def _days_off(series: Series, until: date) -> DaysOff:
    return days_off(series.holidays, series.rhythm.starts_on, until + timedelta(days=31))


# --- packs, reminders, missed ones ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _People:
    """What the directory said of those who are told what can wait: their zones, and who the CISO is."""

    zones: Mapping[UserId, ZoneInfo]
    cisos: frozenset[UserId]


@dataclass(slots=True)
class _Asked:
    """Whom a look has to ask the directory about before it can go on, and for which of its claims."""

    dues: list[Due] = field(default_factory=list)
    users: set[UserId] = field(default_factory=set)


async def look_at_occurrences(desk: Desk, dues: Sequence[Due]) -> None:
    """Owe what has come due for these occurrences, and set when each is looked at next."""
    asked = await desk.act(_look_at_all, dues, None)
    if asked.dues:  # only late and missed ones need to know people; the usual reminder asks nobody
        await desk.act(_look_at_all, asked.dues, await _people(desk, asked.users))


async def _people(desk: Desk, users: Iterable[UserId]) -> _People:
    zones: dict[UserId, ZoneInfo] = {}
    for user in sorted(users):
        try:
            zones[user] = zone_of((await desk.directory.person(user)).tz)
        except (DirectoryUnavailable, UnknownZone):
            continue  # their series' zone has to do: better told at an odd hour than never
    return _People(zones, await desk.directory.cisos())


def _look_at_all(act: Acting, dues: Sequence[Due], people: _People | None) -> _Asked:
    # Read together what belongs together: ten thousand may start in the same minute.
    ours = act.work.due.still_ours(sorted(dues, key=lambda due: due.at))
    found = act.work.occurrences.locked_these([OccurrenceId(due.about) for due in ours])
    asked, looked = _Asked(), _Looked(act, found.values())
    done: list[tuple[Due, datetime | None]] = []
    for due in ours:
        occurrence = found.get(OccurrenceId(due.about))
        if occurrence is None or looked.is_over(occurrence, series := looked.series(occurrence.series)):
            done.append((due, None))
            continue
        steps = owed_now(occurrence, series, now=act.at)
        if people is None and steps & {Step.LATE, Step.MISSED}:
            asked.dues.append(due)
            asked.users |= {occurrence.host, occurrence.stand_in, looked.client(occurrence).account_owner}
            continue
        occurrence = _owe(looked, occurrence, series, steps, people)
        done.append((due, look_again_at(occurrence, series, now=act.at)))
    act.work.due.done_all(done)
    if people is not None:
        looked.tell_late(people)
        looked.tell_missed(people)
    point("occurrences.owed")
    return asked


def _owe(
    looked: _Looked, occurrence: Occurrence, series: Series, steps: frozenset[Step], people: _People | None
) -> Occurrence:
    """Owe each step under its own key; the occurrence as it is then."""
    act = looked.act
    if Step.MISSED in steps:
        return _missed(looked, occurrence)
    if Step.PACK in steps and occurrence.packed_at is None:
        not_before = pack_not_before(occurrence, series, zone_of(series.zone), now=act.at)
        act.owe_later(pack_notice(occurrence, looked.client(occurrence)), not_before=not_before)
        before, occurrence = occurrence, replace(occurrence, packed_at=act.at)
        act.work.occurrences.save(occurrence, before, act.at)
    if Step.HOST in steps:
        act.owe_later(_reminder(occurrence, NoticeKind.REVIEW_SOON))
    if Step.START in steps:
        act.owe_later(_reminder(occurrence, NoticeKind.REVIEW_NOW))
    if Step.LATE in steps:
        looked.late[occurrence.host] = series
    return occurrence


def _reminder(occurrence: Occurrence, kind: NoticeKind) -> Notice:
    """A reminder of one start: when the review moves, there is another one to be reminded of."""
    start = occurrence.start_at.isoformat()
    name = "host" if kind is NoticeKind.REVIEW_SOON else "start"
    facts = {"occurrence": occurrence.id, "start_at": start}
    return Notice(f"{name}:{occurrence.id}:{start}", kind, Recipient.person(occurrence.host), facts=facts)


def _missed(looked: _Looked, before: Occurrence) -> Occurrence:
    act = looked.act
    row = 1 + missed_in_a_row(act.work.occurrences.row_before(before.series, before.on, ROW_MOST))
    changed = replace(before, state=State.MISSED, missed_row=row, version=before.version + 1)
    act.work.occurrences.save(changed, before, act.at)
    act.record(Tag.OCCURRENCE_MISS, before.id, series=before.series, on=before.on.isoformat(), row=row)
    if before.packed_at is not None:
        act.owe_later(pack_notice(changed, looked.client(changed)))
    looked.missed[before.series] = changed
    return changed


class _Looked:
    """One look at many occurrences: what was read once for all, and what is said once for several."""

    def __init__(self, act: Acting, occurrences: Collection[Occurrence]) -> None:
        self.act = act
        self.late: dict[UserId, Series] = {}
        self.missed: dict[SeriesId, Occurrence] = {}
        self._series = act.work.series.these({each.series for each in occurrences})
        self._clients = act.work.clients.these({each.client for each in occurrences})

    def series(self, series_id: SeriesId) -> Series:
        if series_id not in self._series:
            self._series[series_id] = self.act.work.series.get(series_id)
        return self._series[series_id]

    def client(self, occurrence: Occurrence) -> Client:
        if occurrence.client not in self._clients:
            self._clients[occurrence.client] = self.act.work.clients.get(occurrence.client)
        return self._clients[occurrence.client]

    def is_over(self, occurrence: Occurrence, series: Series) -> bool:
        """Has the series ended, or the client left, before it was to start?"""
        left_on = self.client(occurrence).left_on
        left = left_on is not None and left_on <= local_date(occurrence.start_at, zone_of(series.zone))
        return left or (series.ended_at is not None and series.ended_at <= occurrence.start_at)

    def tell_late(self, people: _People) -> None:
        """One message a host about all starts that nobody reminded them of in time."""
        act = self.act
        for host, series in self.late.items():
            untold = []
            for each in act.work.occurrences.between(act.at - _DAY, act.at, host=host):
                if Step.LATE in owed_now(each, self.series(each.series), now=act.at) and act.work.notices.settle(
                    _reminder(each, NoticeKind.REVIEW_NOW), act.at, "told together with others"
                ):
                    untold.append(each)
            if untold:
                first = untold[0]
                key = f"away:{host}:{first.id}:{first.start_at.isoformat()}"
                facts = {"occurrences": " ".join(each.id for each in untold)}
                notice = Notice(key, NoticeKind.WHILE_AWAY, Recipient.person(host), facts=facts)
                act.owe_later(notice, not_before=_not_before(series, people, host, act.at))

    def tell_missed(self, people: _People) -> None:
        """Tell of each series' newest missed review, to as many as the row of them asks for."""
        for series_id, occurrence in self.missed.items():
            series, client = self.series(series_id), self.client(occurrence)
            facts = {"occurrence": occurrence.id, "row": str(occurrence.missed_row)}
            facts["new_date"] = self._new_date(series).isoformat()
            facts["within"] = str(self.act.desk.knowledge.reminders.missed.new_date)
            for rung in ladder(occurrence.missed_row, self.act.desk.knowledge.reminders.missed):
                match rung:
                    case Rung.HOSTS:
                        users = {occurrence.host, occurrence.stand_in}
                    case Rung.LEADS:
                        users = {client.account_owner}
                        key = f"missed:{occurrence.id}:leads"
                        to = Recipient(self.act.desk.security_channel)
                        self.act.owe_later(Notice(key, NoticeKind.REVIEW_MISSED, to, facts=facts))
                    case Rung.CISO:
                        users = set(people.cisos)
                for user in sorted(users):
                    notice = Notice(
                        f"missed:{occurrence.id}:{user}", NoticeKind.REVIEW_MISSED, Recipient.person(user), facts=facts
                    )
                    self.act.owe_later(notice, not_before=_not_before(series, people, user, self.act.at))

    def _new_date(self, series: Series) -> date:
        zone, at = zone_of(series.zone), self.act.at
        today = local_date(at, zone)
        within = self.act.desk.knowledge.reminders.missed.new_date
        until = today + timedelta(days=2 * within + 2)
        rows = self.act.work.occurrences.of_client(series.client, limit=20)
        busy = {local_date(each.start_at, zone) for each in rows if each.state is State.PLANNED}
        return new_date(today, within, busy=busy, days_off=days_off(series.holidays, today, until))


def _not_before(series: Series, people: _People, user: UserId, at: datetime) -> datetime:
    return person_not_before(series, people.zones.get(user) or zone_of(series.zone), now=at)
