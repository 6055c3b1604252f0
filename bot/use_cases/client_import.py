"""Bring a whole file of clients into the register, all or nothing. What stands in the way is found first, all of it.

A client is known by its name: one that is there is changed to what the file says, and importing twice changes nothing.
A column the file does not have leaves what is there; an empty cell empties it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Final

from bot.domain import register
from bot.domain.audit import Tag
from bot.domain.calendar import Slot, dates
from bot.domain.client import Cadence, Client, Series, Slower
from bot.domain.due import DueKind
from bot.domain.ids import ClientId, SeriesId, UserId
from bot.domain.refused import Refused
from bot.domain.register import Booked, Field
from bot.domain.times import UnknownZone, local_date, local_moment, zone_of
from bot.domain.tool import name_key
from bot.knowledge.secrets import Secrets
from bot.store.work import Work
from bot.use_cases.client_dates import coming
from bot.use_cases.client_rows import Row, RowFault, put_onto, read_row, row_of
from bot.use_cases.clients import end_series, keep_client, keep_series, person_fault
from bot.use_cases.desk import Acting, Desk

Progress = Callable[[str, int, int], None]  # what is done, how far, of how much
Lines = Sequence[tuple[int, Mapping[str, str]]]  # each row's line in the file, and its cells by column

SOURCE: Final = "import"


class RegisterMoved(Refused):
    reason = "Somebody changed the register while the file was checked. Nothing was imported; run it again."


@dataclass(frozen=True, slots=True)
class Known:
    """The register as the file was checked against it."""

    clients: Mapping[str, Client]  # by the key of the name
    series: Mapping[ClientId, Series]

    def running(self, client: Client) -> Series | None:
        series = self.series.get(client.id)
        return series if series is not None and series.ended_at is None else None


@dataclass(slots=True)
class Checked:
    """What a file would do, and what stands in its way."""

    known: Known
    rows: list[Row] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)  # one line a host; has to be confirmed
    jumped: list[str] = field(default_factory=list)  # one line a row whose time the clocks jump over; only told
    people_asked: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows."""

    added: int
    changed: int
    same: int


async def check(desk: Desk, lines: Lines, *, ask_people: bool, leads: frozenset[UserId], progress: Progress) -> Checked:
    """Look at every row. With `ask_people`, everybody named is looked up; without, only the form of their ids."""
    known = await desk.read(_known)
    checked = Checked(known, people_asked=ask_people)
    policy, today = desk.knowledge.register, desk.now().date()
    secrets = await asyncio.to_thread(desk.knowledge.secrets.get)
    for done, (line, cells) in enumerate(lines, 1):
        if held := _secret_faults(secrets, line, cells):
            checked.faults += held
            continue
        before = known.clients.get(name_key(cells.get(Field.NAME.value, "")))
        kept = row_of(before, known.running(before)) if before is not None else {}
        row, faults = read_row(line, put_onto(cells, kept), policy, today=today)
        checked.faults += faults
        if row is not None:
            checked.rows.append(row)
        progress("Reading", done, len(lines))
    _drop(checked, [*_name_faults(checked.rows, known), *_leave_faults(checked.rows, known, leads)])
    zones: dict[UserId, str] = {}
    if ask_people:
        faults, zones = await _people_faults(desk, checked.rows, progress)
        _drop(checked, faults)
    checked.clashes = _clash_lines(desk, checked, zones)
    checked.jumped = _jumped_lines(checked.rows, today)
    return checked


def _secret_faults(secrets: Secrets, line: int, cells: Mapping[str, str]) -> list[RowFault]:
    """The cells of a row that hold what must not be kept: such a row is read no further."""
    if not secrets.find("\n".join(cells.values())):
        return []
    wrong = "It holds what looks like a secret or a card number ({}). Take it out, and change it where it is used."
    found = [(column, secrets.clean(text).kinds) for column, text in cells.items()]
    return [RowFault(line, column, wrong.format(", ".join(kinds))) for column, kinds in found if kinds]


def _drop(checked: Checked, faults: Iterable[RowFault]) -> None:
    """Note faults, and take the rows they are in out of what will be imported."""
    found = list(faults)
    bad = {each.line for each in found}
    checked.faults += found
    checked.faults.sort(key=lambda each: each.line)
    checked.rows = [row for row in checked.rows if row.line not in bad]


def _known(work: Work) -> Known:
    return Known(
        {name_key(client.name): client for client in work.clients.all()},
        {series.client: series for series in work.series.all()},
    )


def _name_faults(rows: Sequence[Row], known: Known) -> list[RowFault]:
    """Names and aliases that two clients would share: two rows, or a row and a client that is not in the file."""
    names = {name_key(row.client.name) for row in rows}
    holders: dict[str, str] = {}
    for key, client in known.clients.items():
        if key not in names:
            holders |= {name_key(name): f"of {client.name}" for name in (client.name, *client.aliases)}
    faults = []
    for row in rows:
        own = {name_key(name): name for name in (row.client.name, *row.client.aliases)}
        for key, name in own.items():
            if holder := holders.get(key):
                column = Field.NAME if key == name_key(row.client.name) else Field.ALIASES
                wrong = f"“{name}” is a name {holder} already. Leave it out, or put both in one row."
                faults.append(RowFault(row.line, column.value, wrong))
                break
        else:
            holders |= dict.fromkeys(own, f"in line {row.line}")
    return faults


def _leave_faults(rows: Sequence[Row], known: Known, leads: frozenset[UserId]) -> list[RowFault]:
    """Leave to meet less often that no lead gave."""
    faults = []
    for row in rows:
        if row.series is None or row.series.rhythm.cadence is Cadence.WEEKLY or row.slower_by in leads:
            continue
        before = known.clients.get(name_key(row.client.name))
        series = known.running(before) if before is not None else None
        if series is None or series.slower != _slower(row) or series.rhythm.cadence is not row.series.rhythm.cadence:
            wrong = "Name the security lead who allows reviews less often than weekly, by member id; or make it weekly."
            faults.append(RowFault(row.line, Field.SLOWER_BY.value, wrong))
    return faults


async def _people_faults(
    desk: Desk, rows: Sequence[Row], progress: Progress
) -> tuple[list[RowFault], dict[UserId, str]]:
    """Everybody a row names who is no full member; and the time zones of those who are."""
    named: dict[UserId, list[tuple[int, Field]]] = {}
    for row in rows:
        named.setdefault(row.client.account_owner, []).append((row.line, Field.ACCOUNT_OWNER))
        if row.series is not None:
            named.setdefault(row.series.host, []).append((row.line, Field.HOST))
            named.setdefault(row.series.stand_in, []).append((row.line, Field.STAND_IN))
            for user in row.series.our_side:
                named.setdefault(user, []).append((row.line, Field.OUR_SIDE))
    faults, zones = [], {}
    for done, (user, places) in enumerate(named.items(), 1):
        if wrong := await person_fault(desk, user):
            faults += [RowFault(line, column.value, wrong) for line, column in places]
        else:
            zones[user] = (await desk.directory.person(user)).tz
        progress("Looking people up", done, len(named))
    return faults, zones


# --- what the clocks jump over ---------------------------------------------------------------------------------------


def _jumped_lines(rows: Iterable[Row], today: date) -> list[str]:
    """The rows whose time of day does not exist on one of their dates in the coming year, as summer time begins."""
    lines = []
    for row in rows:
        if row.series is None or not (missing := _missing(row.client.zone, row.series.rhythm.at, today)):
            continue
        rhythm, zone = row.series.rhythm, zone_of(row.client.zone)
        on = next((each for each in takewhile(max(missing).__ge__, dates(rhythm)) if each in missing), None)
        if on is not None:
            starts = f"{local_moment(on, rhythm.at, zone).astimezone(zone):%H:%M}"
            lines.append(
                f"Line {row.line}: in {row.client.zone} there is no {rhythm.at:%H:%M} on {on.isoformat()}, as clocks "
                f"go forward. The review starts at {starts} on that day."
            )
    return lines


@lru_cache(maxsize=1024)
def _missing(zone_name: str, at: time, today: date) -> frozenset[date]:
    """The dates of a year from today on which a time of day does not exist: asked once for all rows of a zone."""
    zone = zone_of(zone_name)
    days = (today + timedelta(days=each) for each in range(366))
    return frozenset(on for on in days if local_moment(on, at, zone).astimezone(zone).time() != at)


# --- clashes ----------------------------------------------------------------------------------------------------------


def _clash_lines(desk: Desk, checked: Checked, zones: Mapping[UserId, str]) -> list[str]:
    """One line for each host who would have too much at once, where the file changes something about it."""
    policy, now = desk.knowledge.register, desk.now()
    file = {name_key(row.client.name): row for row in checked.rows}
    by_host: dict[UserId, list[tuple[Booked, bool]]] = {}
    for key, client in checked.known.clients.items():
        series = checked.known.running(client)
        if key not in file and series is not None:
            _book(by_host, series, now, policy.ahead_days, changed=False)
    for key, row in file.items():
        before = checked.known.clients.get(key)
        held = checked.known.series.get(before.id) if before is not None else None
        made = _made_series(row, before or _fresh(row, ClientId(key)), held, SeriesId(key), now)
        if made is not None:
            _book(by_host, made, now, policy.ahead_days, changed=bool(_differs(made, held)))
    lines = []
    for host, booked in sorted(by_host.items()):
        if any(changed for _, changed in booked):
            lines += _clashes_of(host, booked, policy, zones.get(host, desk.company_zone))
    return lines


def _book(
    by_host: dict[UserId, list[tuple[Booked, bool]]], series: Series, now: datetime, days: int, *, changed: bool
) -> None:
    slots: list[Slot] = coming(series, local_date(now, zone_of(series.zone)), days)
    found = [(Booked(series.client, slot.start_at, series.minutes), changed) for slot in slots if slot.start_at >= now]
    by_host.setdefault(series.host, []).extend(found)


def _clashes_of(
    host: UserId, booked: list[tuple[Booked, bool]], policy: register.RegisterPolicy, zone_name: str
) -> list[str]:
    """Counted in one pass, since a file may give one host thousands: what starts before the one before it is over."""
    booked.sort(key=lambda each: (each[0].start_at, each[0].client))
    gap, close = timedelta(minutes=policy.gap_minutes), []
    last_end: datetime | None = None
    last_changed = False
    for each, changed in booked:
        if last_end is not None and each.start_at < last_end + gap and (changed or last_changed):
            close.append(each.start_at)
        last_end, last_changed = max(each.end_at, last_end or each.end_at), changed
    try:
        zone = zone_of(zone_name)
    except UnknownZone:  # Slack said something of its own
        zone = zone_of("UTC")
    load = Counter(local_date(each.start_at, zone) for each, _ in booked)
    touched = {local_date(each.start_at, zone) for each, changed in booked if changed}
    full = sorted(on for on in touched if load[on] > policy.daily_load)
    lines = []
    if close:
        on = local_date(close[0], zone).isoformat()
        lines.append(
            f"{host} would have {len(close)} reviews less than {policy.gap_minutes} minutes after another, "
            f"first on {on}."
        )
    if full:
        most = max(load[on] for on in full)
        lines.append(
            f"{host} would have up to {most} reviews in a day on {len(full)} days, first on {full[0].isoformat()}; "
            f"the most is {policy.daily_load}."
        )
    return lines


# --- writing ----------------------------------------------------------------------------------------------------------


async def bring_in(desk: Desk, checked: Checked, progress: Progress) -> Imported:
    """Write every row that is sound, in one act."""
    return await desk.act(_bring_in, checked, progress)


def _bring_in(act: Acting, checked: Checked, progress: Progress) -> Imported:
    known = _known(act.work)
    if known != checked.known:
        raise RegisterMoved
    # Whoever lets go of a name comes first: an alias may move from one client to another within a file.
    rows = sorted(checked.rows, key=lambda row: not _lets_go(row, known.clients.get(name_key(row.client.name))))
    changed, fresh = 0, list[Row]()
    for done, row in enumerate(rows, 1):
        before = known.clients.get(name_key(row.client.name))
        if before is None:
            fresh.append(row)
        else:
            changed += _change(act, row, before, known.series.get(before.id))
        progress("Writing", done, len(rows))
    _add_all(act, fresh)
    return Imported(len(fresh), changed, len(rows) - len(fresh) - changed)


def _lets_go(row: Row, before: Client | None) -> bool:
    return before is not None and not set(before.aliases) <= set(row.client.aliases)


def _add_all(act: Acting, rows: Sequence[Row]) -> None:
    """Enter new clients together: ten thousand one by one would keep everybody else waiting for ten seconds."""
    clients = [_fresh(row, ClientId(act.desk.new_id())) for row in rows]
    act.work.clients.add_all(clients, act.at)
    series = []
    for row, client in zip(rows, clients, strict=True):
        act.record(Tag.CLIENT_ADD, client.id, owner=client.account_owner, zone=client.zone, source=SOURCE)
        made = _made_series(row, client, None, SeriesId(act.desk.new_id()), act.at)
        if made is not None:
            series.append(made)
            act.record(Tag.SERIES_ADD, made.id, client=client.id, host=made.host, source=SOURCE)
    act.work.series.add_all(series, act.at)
    act.work.due.put_all(DueKind.SERIES, [each.id for each in series], act.at)


def _change(act: Acting, row: Row, before: Client, series: Series | None) -> bool:
    wanted = replace(register.client_from(row.client, before.id, before), left_on=row.left_on)
    client = keep_client(act, wanted, before, source=SOURCE)
    made = _made_series(row, client, series, SeriesId(act.desk.new_id()), act.at)
    if made is None:
        if series is not None and series.ended_at is None:
            end_series(act, series, source=SOURCE)
            return True
        return client is not before
    return (keep_series(act, made, series, source=SOURCE) is not series) or client is not before


def _fresh(row: Row, client_id: ClientId) -> Client:
    return replace(register.client_from(row.client, client_id), left_on=row.left_on)


def _made_series(row: Row, client: Client, before: Series | None, series_id: SeriesId, now: datetime) -> Series | None:
    if row.series is None:
        return None
    client = replace(client, zone=row.client.zone)
    today = local_date(now, zone_of(client.zone))
    series_id = before.id if before is not None else series_id
    return register.series_from(row.series, client, series_id, slower=_slower(row), today=today, before=before)


def _slower(row: Row) -> Slower | None:
    draft = row.series
    if draft is None or draft.rhythm.cadence is Cadence.WEEKLY or draft.slower_until is None:
        return None
    return Slower(draft.slower_because, row.slower_by, draft.slower_until)


def _differs(made: Series, before: Series | None) -> bool:
    return before is None or bool(register.changed_fields(made, before))
