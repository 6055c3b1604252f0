"""The client register: list it, add a client, change one and its series. People and channels are asked about first.

A review that clashes with others of its host is kept only after somebody confirmed just these clashes. What was
planned follows the change in the same act; planning further makes the series due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.domain import register
from bot.domain.audit import BOT, Tag
from bot.domain.calendar import Slot
from bot.domain.client import Client, DayOff, Holidays, Series, SideOf
from bot.domain.client_review import Occurrence
from bot.domain.decision import Decision, Standing, standing
from bot.domain.due import DueKind
from bot.domain.ids import ChannelId, ClientId, SeriesId, UserId
from bot.domain.refused import OutdatedCard
from bot.domain.register import (
    Booked,
    ClientDraft,
    Field,
    FieldsRefused,
    NotYoursToChange,
    SeriesDraft,
)
from bot.domain.review import Review
from bot.domain.times import local_date, zone_of
from bot.domain.tool import name_key
from bot.knowledge.holidays import UnknownCountry, country_code
from bot.store.work import Work
from bot.use_cases.client_dates import OPEN, bookings, check_load, coming
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.occurrence_clock import replan
from bot.use_cases.ports import PersonUnknown

PAST_MOST: Final = 12
_ROWS: Final = 60  # of a client's reviews, looked through for the next one


class Reviews(StrEnum):
    """What is to become of a client's reviews."""

    SERIES = "series"  # as the further pages say
    NONE = "none"  # none for now; what was planned ends
    LEFT = "left"  # no client of ours any more


@dataclass(frozen=True, slots=True)
class Filled:
    """A client as somebody filled it in. `saw` and `saw_series` are the versions they had before them."""

    client: ClientDraft
    reviews: Reviews
    series: SeriesDraft | None = None
    id: ClientId | None = None  # None: a new one
    saw: int = 0
    saw_series: int | None = None
    confirmed: str = ""  # the code of the clashes they saw and accept


@dataclass(frozen=True, slots=True)
class Saved:
    """What is in the register now, when its next reviews are, and those whose time the clocks jump over."""

    client: Client
    series: Series | None
    new: bool
    coming: tuple[Slot, ...] = ()
    jumped: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register."""

    client: Client
    series: Series | None = None  # None where it has none, or it ended


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the register by name, those that left last; `found` of all the known are called as was asked."""

    entries: tuple[Entry, ...]
    start: int
    found: int
    known: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One client with all that touches it. `nameless`: how many decisions touch clients that nobody named."""

    client: Client
    series: Series | None
    mine: bool
    next_on: date | None = None
    decisions: tuple[tuple[Decision, Standing], ...] = ()  # superseded ones left out
    under_way: tuple[Review, ...] = ()
    nameless: int = 0
    past: tuple[Occurrence, ...] = ()  # reviews that were begun, newest first; only for those who take part in them


async def shown(desk: Desk, client_id: ClientId, *, by: UserId) -> Shown:
    """One client, for anybody of the company to look at."""
    leads = await desk.directory.security_leads()
    return await desk.read(_shown, client_id, by, leads, desk.now())


def _shown(work: Work, client_id: ClientId, by: UserId, leads: frozenset[UserId], now: datetime) -> Shown:
    client, series = work.clients.get(client_id), work.series.of_client(client_id)
    mine = register.may_change(client, series, by=by, leads=leads)
    running, today = _running(series), now.date()
    rows = work.occurrences.of_client(client_id, limit=_ROWS)
    ahead = [each for each in rows if each.state in OPEN and each.start_at >= now]
    next_on = local_date(ahead[-1].start_at, zone_of(ahead[-1].zone)) if ahead else None
    if next_on is None and running is not None:
        slots = [slot for slot in coming(running, today, 100) if slot.start_at >= now]
        next_on = slots[0].held_on if slots else None
    standings = [(each, standing(each, today=today)) for each in work.decisions.touching(client)]
    nameless = [each for each in work.decisions.unknown_clients() if each.superseded_by is None]
    return Shown(
        client,
        running,
        mine,
        next_on if running is not None else None,
        tuple(each for each in standings if each[1] is not Standing.SUPERSEDED),
        tuple(each for each in work.reviews.touching(client) if not each.ended),
        len(nameless),
        tuple(each for each in rows if each.as_of is not None)[:PAST_MOST] if mine or _takes_part(series, by) else (),
    )


def _takes_part(series: Series | None, by: UserId) -> bool:
    return series is not None and by in series.our_side


async def listing(desk: Desk, *, words: str, start: int, lines: int) -> Listing:
    """The page of the register that holds the line `start`, of clients whose name or alias holds those words."""
    return await desk.read(_listing, name_key(words) if words else "", start, lines)


def _listing(work: Work, key: str, start: int, lines: int) -> Listing:
    known = work.clients.all()
    found = [each for each in known if any(key in name_key(name) for name in (each.name, *each.aliases))]
    start = max(0, min(start, len(found) - 1)) // lines * lines
    # Only the series of this page: reading ten thousand of them would take longer than Slack waits.
    page = tuple(Entry(each, _running(work.series.of_client(each.id))) for each in found[start : start + lines])
    return Listing(page, start, len(found), len(known))


async def to_change(desk: Desk, client_id: ClientId, *, by: UserId) -> tuple[Client, Series | None]:
    """A client and its running series, for whoever may change them. Raises NotYoursToChange."""
    leads = await desk.directory.security_leads()
    return await desk.read(_to_change, client_id, by, leads)


def _to_change(work: Work, client_id: ClientId, by: UserId, leads: frozenset[UserId]) -> tuple[Client, Series | None]:
    client, series = work.clients.get(client_id), work.series.of_client(client_id)
    if not register.may_change(client, series, by=by, leads=leads):
        raise NotYoursToChange
    return client, series


async def check_client(desk: Desk, draft: ClientDraft, client_id: ClientId | None) -> None:
    """Look at the first page. Raises FieldsRefused with all that is wrong with it."""
    faults = register.faults_of_client(draft) | await _faults_of_people(
        desk, {Field.ACCOUNT_OWNER: [draft.account_owner]}
    )
    if draft.channel is not None and (fault := await _channel_fault(desk, draft.channel)):
        faults[Field.CHANNEL] = fault
    for name, field in ((draft.name, Field.NAME), *((alias, Field.ALIASES) for alias in draft.aliases)):
        holder, _ = await desk.read(by_name, name)
        if holder is not None and holder.id != client_id:
            faults.setdefault(
                field, f"“{name}” is a name of {holder.name} already. Change that client, or use another."
            )
    if faults:
        raise FieldsRefused(faults)


async def check_series(desk: Desk, draft: SeriesDraft, before: Series | None, *, by: UserId) -> None:
    """Look at the pages about the series. Raises FieldsRefused with all that is wrong with them."""
    faults = register.faults_of_series(draft, desk.knowledge.register, today=_today(desk))
    people = {Field.HOST: [draft.host], Field.STAND_IN: [draft.stand_in], Field.OUR_SIDE: list(draft.our_side)}
    faults = await _faults_of_people(desk, people) | faults
    if not faults:
        register.leave(draft, before, by=by, leads=await desk.directory.security_leads())
    if faults:
        raise FieldsRefused(faults)


async def save(desk: Desk, came: Came | None, *, by: UserId, filled: Filled) -> Saved:
    """Put a client into the register, or change it there. Raises FieldsRefused, NeedsConfirming or NotYoursToChange."""
    leads = await desk.directory.security_leads(now=True)
    await check_client(desk, filled.client, filled.id)
    host_zone = "UTC"
    if filled.reviews is Reviews.SERIES and filled.series is not None:
        before = await desk.read(_series_of, filled.id)
        await check_series(desk, filled.series, before, by=by)
        host_zone = (await desk.directory.person(filled.series.host)).tz
    return await desk.act(_save, came, by, filled, leads, host_zone)


def _series_of(work: Work, client_id: ClientId | None) -> Series | None:
    return work.series.of_client(client_id) if client_id is not None else None


def _save(
    act: Acting, came: Came | None, by: UserId, filled: Filled, leads: frozenset[UserId], host_zone: str
) -> Saved:
    act.once(came)
    client, new = _client(act, by, filled, leads)
    before = act.work.series.of_client(client.id)
    if before is not None:
        before = act.work.series.locked(before.id)
    series = _series(act, by, filled, client, before, leads)
    if series is None:
        return Saved(client, None, new)
    today = local_date(act.at, zone_of(series.zone))
    slots = coming(series, today, act.desk.knowledge.register.ahead_days)
    if series is not before:
        _confirm_clashes(act.work, act, series, filled.confirmed, host_zone)
    year = coming(series, today, 366)
    return Saved(client, series, new, tuple(slots), register.jumped(year, series.rhythm.at, zone_of(series.zone)))


def _client(act: Acting, by: UserId, filled: Filled, leads: frozenset[UserId]) -> tuple[Client, bool]:
    draft = filled.client
    if filled.id is None:
        client = register.client_from(draft, ClientId(act.desk.new_id()))
        act.work.clients.add(client, act.at)
        act.record(Tag.CLIENT_ADD, client.id, by=by, owner=client.account_owner, zone=client.zone)
        return client, True
    before = act.work.clients.locked(filled.id)
    if not register.may_change(before, act.work.series.of_client(before.id), by=by, leads=leads):
        raise NotYoursToChange
    if before.version != filled.saw:
        raise OutdatedCard
    left_on = (before.left_on or act.today) if filled.reviews is Reviews.LEFT else None
    client = replace(register.client_from(draft, before.id, before), left_on=left_on)
    return keep_client(act, client, before, by=by), False


def keep_client(act: Acting, client: Client, before: Client, *, by: str = BOT, **facts: str) -> Client:
    """Save a client if anything about it changed; what is in the register then comes back."""
    changed = register.changed_fields(client, before)
    if not changed:
        return before
    act.work.clients.save(client, before, act.at)
    tag = Tag.CLIENT_LEAVE if client.left_on and not before.left_on else Tag.CLIENT_CHANGE
    act.record(tag, client.id, by=by, version=client.version, changed=" ".join(changed), **facts)
    return client


def _series(
    act: Acting, by: UserId, filled: Filled, client: Client, before: Series | None, leads: frozenset[UserId]
) -> Series | None:
    draft = filled.series
    if filled.reviews is not Reviews.SERIES or draft is None:
        if before is not None and before.ended_at is None:
            end_series(act, before, by=by)
        return None
    if before is not None and filled.saw_series is not None and before.version != filled.saw_series:
        raise OutdatedCard
    slower = register.leave(draft, before, by=by, leads=leads)
    series_id = before.id if before is not None else SeriesId(act.desk.new_id())
    today = local_date(act.at, zone_of(client.zone))
    made = register.series_from(draft, client, series_id, slower=slower, today=today, before=before)
    return keep_series(act, made, before, by=by)


def keep_series(act: Acting, series: Series, before: Series | None, *, by: str = BOT, **facts: str) -> Series:
    """Save a series if anything about it changed, and have it planned; what is in the register then comes back."""
    if before is None:
        act.work.series.add(series, act.at)
        act.record(Tag.SERIES_ADD, series.id, by=by, client=series.client, host=series.host, **facts)
    else:
        changed = register.changed_fields(series, before)
        if not changed:
            return before
        act.work.series.save(series, before, act.at)
        told = " ".join(changed)
        act.record(Tag.SERIES_CHANGE, series.id, by=by, version=series.version, changed=told, host=series.host, **facts)
        if series.planned_until is not None:
            replan(act, before, series)
    act.work.due.put(DueKind.SERIES, series.id, act.at)
    return series


def end_series(act: Acting, before: Series, *, by: str = BOT, **facts: str) -> None:
    """End a series now, and call off what it had planned for later."""
    ended = replace(before, ended_at=act.at, version=before.version + 1)
    act.work.series.save(ended, before, act.at)
    act.record(Tag.SERIES_END, before.id, by=by, version=ended.version, **facts)
    replan(act, before, ended)
    act.work.due.drop(DueKind.SERIES, before.id)


async def set_days_off(desk: Desk, days: Sequence[DayOff], side: SideOf, client_id: ClientId | None) -> int:
    """Replace one side's own days off, of one client or of all that have reviews; how many series that changed.

    Whoever can run this has the machine and the database, so no lead is asked; the audit trail says where it came from.
    """
    return await desk.act(_set_days_off, tuple(days), side, client_id)


def _set_days_off(act: Acting, days: tuple[DayOff, ...], side: SideOf, client_id: ClientId | None) -> int:
    changed = 0
    for series in act.work.series.all():
        if series.ended_at is None and client_id in (None, series.client):
            before = act.work.series.locked(series.id)
            listed = {each: held for each, held in before.holidays.days.items() if each is not side}
            holidays = Holidays(before.holidays.countries, {**listed, side: days} if days else listed)
            after = replace(before, holidays=holidays, version=before.version + 1)
            changed += keep_series(act, after, before, source="days_off") is not before
    return changed


def _confirm_clashes(work: Work, act: Acting, series: Series, confirmed: str, host_zone: str) -> None:
    work.series.in_turn(series.host)
    policy = act.desk.knowledge.register
    today = local_date(act.at, zone_of(series.zone))
    slots = coming(series, today, policy.ahead_days)
    new = [Booked(series.client, slot.start_at, series.minutes) for slot in slots if slot.start_at >= act.at]
    others = bookings(work, series.host, now=act.at, days=policy.ahead_days + 1, but=series.client)
    check_load(work, policy, new, others, confirmed, host_zone)


# --- people and channels ----------------------------------------------------------------------------------------------


async def _faults_of_people(desk: Desk, people: Mapping[Field, Iterable[UserId]]) -> dict[Field, str]:
    faults: dict[Field, str] = {}
    for field, users in people.items():
        for user in users:
            if user and (fault := await person_fault(desk, user)):
                faults[field] = fault
    return faults


async def person_fault(desk: Desk, user: UserId) -> str:
    """What speaks against giving somebody a part in a client's reviews; empty when nothing does."""
    try:
        person = await desk.directory.person(user)
    except PersonUnknown:
        return f"I can't find {user} in this workspace. Choose somebody who is here."
    if not person.full_member:
        who = person.name or user
        return f"{who} is a guest, an app, or no longer here. Choose a full member of this workspace."
    return ""


async def _channel_fault(desk: Desk, channel: ChannelId) -> str:
    room = await desk.directory.room(channel)
    if not room.member:
        return "I am not in that channel. Type /invite @Preflight there, then save again."
    if not room.internal:
        return "That channel is shared with people from outside. Packs hold internal facts: choose an internal channel."
    return ""


def country_fault(said: str) -> tuple[str, str]:
    """The code of a country, and what is wrong with it."""
    try:
        return (country_code(said) if said.strip() else ""), ""
    except UnknownCountry as unknown:
        return "", unknown.reason


def by_name(work: Work, name: str) -> tuple[Client | None, tuple[Client, ...]]:
    """The client of that name, or those whose name is near it."""
    found = work.clients.named(name)
    return found, () if found is not None or not name_key(name) else work.clients.near(name)


def _today(desk: Desk) -> date:
    return desk.now().date()


def _running(series: Series | None) -> Series | None:
    return series if series is not None and series.ended_at is None else None
