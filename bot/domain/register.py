"""What a client and its series have to be, who may change them, and which reviews of one host clash.

Every fault is found at once and named by its field, with the fix. Nothing here looks anybody up or waits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.calendar import Slot
from bot.domain.client import FRAMEWORKS, LAST_WEEK, Cadence, Client, Holidays, Quiet, Rhythm, Series, Slower
from bot.domain.ids import ChannelId, ClientId, SeriesId, UserId
from bot.domain.refused import Refused
from bot.domain.times import UnknownZone, local_date, zone_of
from bot.domain.tool import clean_text, name_key

LONGEST_CLIENT_NAME: Final = 80
MOST_ALIASES: Final = 8
MOST_PEOPLE: Final = 20
MOST_REASON: Final = 300
DAY_MINUTES: Final = 24 * 60
WEEK_HOURS: Final = 7 * 24
_YEARS_AHEAD: Final = 5  # a first date beyond is a slip of the finger


class Field(StrEnum):
    """The fields of a client and its series, as forms and files call them. The names are promises: files carry them."""

    NAME = "name"
    ALIASES = "aliases"
    CHANNEL = "channel"
    ZONE = "zone"
    FRAMEWORKS = "frameworks"
    ACCOUNT_OWNER = "account_owner"
    CADENCE = "cadence"
    WEEKDAYS = "weekdays"
    WEEK_OF_MONTH = "week_of_month"
    TIME = "time"
    FIRST_DATE = "first_date"
    LAST_DATE = "last_date"
    MINUTES = "minutes"
    HOST = "host"
    STAND_IN = "stand_in"
    SLOWER_BECAUSE = "slower_because"
    SLOWER_BY = "slower_by"
    SLOWER_UNTIL = "slower_until"
    OUR_SIDE = "our_side"
    CLIENT_SIDE = "client_side"
    OUR_COUNTRY = "our_country"
    CLIENT_COUNTRY = "client_country"
    OUR_DAYS_OFF = "our_days_off"
    CLIENT_DAYS_OFF = "client_days_off"
    PACK_HOURS = "pack_hours"
    HOST_MINUTES = "host_minutes"
    QUIET_FROM = "quiet_from"
    QUIET_UNTIL = "quiet_until"
    LEFT_ON = "left_on"


Faults = Mapping[Field, str]


class FieldsRefused(Refused):
    """What was filled in cannot be used; `faults` says of each field what is wrong with it and what to do."""

    def __init__(self, faults: Faults) -> None:
        self.faults = dict(faults)
        super().__init__(" ".join(self.faults.values()))


class NotYoursToChange(Refused):
    reason = (
        "Only security leads, the client's account owner, and the host or stand-in of its reviews can change it. "
        "Ask one of them."
    )


@dataclass(frozen=True, slots=True)
class RegisterPolicy:
    """The numbers and words of knowledge/client_review/register.toml."""

    frameworks: Mapping[str, str]  # label by code
    lengths: tuple[int, ...]
    gap_minutes: int
    daily_load: int
    slower_days: int
    ahead_days: int
    minutes: int
    pack_hours: int
    host_minutes: int


@dataclass(frozen=True, slots=True)
class ClientDraft:
    """A client as somebody filled it in."""

    name: str
    account_owner: UserId
    zone: str
    aliases: tuple[str, ...] = ()
    channel: ChannelId | None = None
    frameworks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeriesDraft:
    """A series as somebody filled it in. Leave to meet less often is asked for here, and given by a lead."""

    rhythm: Rhythm
    minutes: int
    host: UserId
    stand_in: UserId
    our_side: tuple[UserId, ...] = ()
    client_side: tuple[str, ...] = ()
    holidays: Holidays = field(default_factory=Holidays)
    pack_hours: int = 24
    host_minutes: int = 60
    quiet: Quiet | None = None
    slower_because: str = ""
    slower_until: date | None = None


def tidy(text: str, *, most: int) -> str:
    """Somebody's words on one line, without what no screen shows; cut where they are longer than any field takes."""
    return " ".join(clean_text(text, most=most * 4).split())


def faults_of_client(draft: ClientDraft) -> dict[Field, str]:
    """Everything that is wrong with a client, by field."""
    faults: dict[Field, str] = {}
    if fault := _name_fault(draft.name):
        faults[Field.NAME] = fault
    for alias in draft.aliases:
        if fault := _name_fault(alias):
            faults[Field.ALIASES] = f"“{alias[:40]}”: {fault}"
    keys = [name_key(name) for name in (draft.name, *draft.aliases)]
    if len(draft.aliases) > MOST_ALIASES:
        faults[Field.ALIASES] = f"Give at most {MOST_ALIASES} other names."
    elif twice := [name for name, key in zip(draft.aliases, keys[1:], strict=True) if keys.count(key) > 1]:
        faults.setdefault(Field.ALIASES, f"“{twice[0]}” is there twice, or is the name itself. Leave it out.")
    try:
        zone_of(draft.zone)
    except UnknownZone as unknown:
        faults[Field.ZONE] = unknown.reason
    if strange := sorted(draft.frameworks - set(FRAMEWORKS)):
        faults[Field.FRAMEWORKS] = f"I know no framework “{strange[0][:40]}”. Use {', '.join(FRAMEWORKS)}."
    if not draft.account_owner:
        faults[Field.ACCOUNT_OWNER] = "Choose who answers for this client on our side."
    return faults


def faults_of_series(draft: SeriesDraft, policy: RegisterPolicy, *, today: date) -> dict[Field, str]:
    """Everything that is wrong with a series, by field. Whether a lead gave leave is `leave`'s to say."""
    faults: dict[Field, str] = {}
    rhythm = draft.rhythm
    if not rhythm.weekdays or not set(rhythm.weekdays) <= set(range(7)):
        faults[Field.WEEKDAYS] = "Choose the day of the week."
    elif rhythm.cadence is not Cadence.WEEKLY and len(set(rhythm.weekdays)) > 1:
        faults[Field.WEEKDAYS] = "Only a weekly review takes several days a week. Choose one."
    if not 1 <= rhythm.week_of_month <= LAST_WEEK:
        faults[Field.WEEK_OF_MONTH] = "Choose the first to the fourth, or the last."
    if rhythm.starts_on > today + timedelta(days=366 * _YEARS_AHEAD):
        faults[Field.FIRST_DATE] = f"That is more than {_YEARS_AHEAD} years ahead. Check the year."
    if rhythm.ends_on is not None and rhythm.ends_on < rhythm.starts_on:
        faults[Field.LAST_DATE] = "The last date comes before the first. Swap them, or leave the last one empty."
    if draft.minutes not in policy.lengths:
        faults[Field.MINUTES] = f"Choose one of {', '.join(map(str, policy.lengths))} minutes."
    if not draft.host:
        faults[Field.HOST] = "Choose who holds the reviews."
    if not draft.stand_in:
        faults[Field.STAND_IN] = "Choose who stands in when the host can't."
    elif draft.stand_in == draft.host:
        faults[Field.STAND_IN] = "The stand-in has to be somebody else than the host."
    if len(draft.our_side) > MOST_PEOPLE:
        faults[Field.OUR_SIDE] = f"Choose at most {MOST_PEOPLE} people."
    if len(draft.client_side) > MOST_PEOPLE or any(len(name) > LONGEST_CLIENT_NAME for name in draft.client_side):
        faults[Field.CLIENT_SIDE] = (
            f"Name at most {MOST_PEOPLE} people, one per line, each at most {LONGEST_CLIENT_NAME} characters."
        )
    if not 1 <= draft.pack_hours <= WEEK_HOURS:
        faults[Field.PACK_HOURS] = f"Give 1 to {WEEK_HOURS} hours."
    if not 5 <= draft.host_minutes <= DAY_MINUTES:
        faults[Field.HOST_MINUTES] = f"Give 5 to {DAY_MINUTES} minutes."
    if draft.quiet is not None and draft.quiet.start == draft.quiet.end:
        faults[Field.QUIET_UNTIL] = "Quiet hours need an end that is not their beginning; leave both empty for none."
    return faults | _faults_of_leave(draft, policy, today=today)


def _faults_of_leave(draft: SeriesDraft, policy: RegisterPolicy, *, today: date) -> dict[Field, str]:
    if draft.rhythm.cadence is Cadence.WEEKLY:
        return {}
    faults: dict[Field, str] = {}
    if not draft.slower_because.strip():
        faults[Field.SLOWER_BECAUSE] = "Say why less often than weekly is enough. A security lead has to answer for it."
    elif len(draft.slower_because) > MOST_REASON:
        faults[Field.SLOWER_BECAUSE] = f"Say it in at most {MOST_REASON} characters."
    latest = today + timedelta(days=policy.slower_days)
    if draft.slower_until is None:
        faults[Field.SLOWER_UNTIL] = "Say until when. After that day the reviews are weekly again."
    elif not today <= draft.slower_until <= latest:
        faults[Field.SLOWER_UNTIL] = f"Choose a day from today to {latest.isoformat()}. It can be renewed then."
    return faults


def leave(draft: SeriesDraft, before: Series | None, *, by: UserId, leads: frozenset[UserId]) -> Slower | None:
    """Leave to meet less often: as a lead gave it before, or given now by the lead who asks. Else a refusal."""
    if draft.rhythm.cadence is Cadence.WEEKLY:
        return None
    given = before.slower if before is not None else None
    asked = (draft.slower_because, draft.slower_until)
    same = given is not None and (given.because, given.until) == asked
    if same and before is not None and draft.rhythm.cadence.rank <= before.rhythm.cadence.rank:
        return given  # it was given for this, or for less
    if by not in leads or draft.slower_until is None:
        because = "Only a security lead can let reviews be less often than weekly. Choose weekly, or ask a lead."
        raise FieldsRefused({Field.CADENCE: because})
    return Slower(draft.slower_because, by, draft.slower_until)


def may_change(client: Client, series: Series | None, *, by: UserId, leads: frozenset[UserId]) -> bool:
    """Only those who answer for a client, and the leads. Anybody of the company may look at it, and may add one:

    a register that is hard to fill stays empty, and who added what is on record.
    """
    hosts = (series.host, series.stand_in) if series is not None else ()
    return by in leads or by == client.account_owner or by in hosts


def client_from(draft: ClientDraft, client_id: ClientId, before: Client | None = None) -> Client:
    """The client that was filled in; a changed one gets its next version."""
    version = before.version + 1 if before is not None else 0
    return Client(
        id=client_id,
        name=draft.name,
        account_owner=draft.account_owner,
        zone=draft.zone,
        aliases=draft.aliases,
        channel=draft.channel,
        frameworks=draft.frameworks,
        version=version,
    )


def series_from(
    draft: SeriesDraft,
    client: Client,
    series_id: SeriesId,
    *,
    slower: Slower | None,
    today: date,
    before: Series | None = None,
) -> Series:
    """The series that was filled in, on the client's clock; a changed one gets its next version.

    It goes on being planned from where it was. One that had ended begins anew today: nothing of the time between was
    missed.
    """
    made = Series(
        id=series_id,
        client=client.id,
        rhythm=draft.rhythm,
        zone=client.zone,
        minutes=draft.minutes,
        host=draft.host,
        stand_in=draft.stand_in,
        our_side=draft.our_side,
        client_side=draft.client_side,
        holidays=draft.holidays,
        pack_hours=draft.pack_hours,
        host_minutes=draft.host_minutes,
        quiet=draft.quiet,
        slower=slower,
    )
    if before is None:
        return made
    until = before.planned_until
    if before.ended_at is not None and until is not None and until < today:
        until = None
    return replace(made, planned_until=until, version=before.version + 1)


def draft_of(series: Series) -> SeriesDraft:
    """A series as the form shows it."""
    return SeriesDraft(
        rhythm=series.rhythm,
        minutes=series.minutes,
        host=series.host,
        stand_in=series.stand_in,
        our_side=series.our_side,
        client_side=series.client_side,
        holidays=series.holidays,
        pack_hours=series.pack_hours,
        host_minutes=series.host_minutes,
        quiet=series.quiet,
        slower_because=series.slower.because if series.slower else "",
        slower_until=series.slower.until if series.slower else None,
    )


def changed_fields(after: object, before: object) -> tuple[str, ...]:
    """The names of the fields in which two values of one kind differ, for the audit trail; never what is in them."""
    names = [name for name in getattr(after, "__slots__", ()) if name not in ("version", "planned_until")]
    return tuple(name for name in names if getattr(after, name) != getattr(before, name))


# --- clashes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booked:
    """Some minutes of a host's time: a review of a client."""

    client: ClientId
    start_at: datetime
    minutes: int

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class TooClose:
    """Two reviews of one host overlap, or leave no time in between: the first time it happens, and how often."""

    client: ClientId  # the other one
    on: date
    times: int


@dataclass(frozen=True, slots=True)
class DayFull:
    """More reviews of one host in a day than the daily load: the first such day, how many then, and how many days."""

    on: date
    reviews: int
    days: int


Clash = TooClose | DayFull


def clashes(
    new: Sequence[Booked], others: Sequence[Booked], policy: RegisterPolicy, *, zone: ZoneInfo
) -> tuple[Clash, ...]:
    """What the new reviews of a host do to the others; days are those of the host's own zone."""
    gap = timedelta(minutes=policy.gap_minutes)
    close: dict[ClientId, list[datetime]] = {}
    for each in new:
        for other in others:
            if each.start_at < other.end_at + gap and other.start_at < each.end_at + gap:
                close.setdefault(other.client, []).append(each.start_at)
    load = Counter(local_date(each.start_at, zone) for each in (*new, *others))
    touched = {local_date(each.start_at, zone) for each in new}
    full = sorted(on for on in touched if load[on] > policy.daily_load)
    found: list[Clash] = [
        TooClose(client, local_date(min(at), zone), len(at)) for client, at in sorted(close.items(), key=_first)
    ]
    return (*found, DayFull(full[0], load[full[0]], len(full))) if full else tuple(found)


def _first(close: tuple[ClientId, list[datetime]]) -> tuple[datetime, ClientId]:
    return min(close[1]), close[0]


def clash_code(found: Iterable[Clash]) -> str:
    """What somebody confirms: these clashes and no others. Empty where there are none."""
    told = sorted(f"close {each.client}" if isinstance(each, TooClose) else "full" for each in found)
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:16] if told else ""


def jumped(slots: Iterable[Slot], at: time, zone: ZoneInfo) -> tuple[Slot, ...]:
    """The slots whose time does not exist on their date, because the clocks are put forward over it."""
    return tuple(slot for slot in slots if slot.start_at.astimezone(zone).time() != at)


def _name_fault(name: str) -> str:
    if not name:
        return "Give the client's name."
    if len(name) > LONGEST_CLIENT_NAME:
        return f"That is a long name. Give at most {LONGEST_CLIENT_NAME} characters."
    if not any(letter.isalnum() for letter in name):
        return "I can't read that as a name. Give it in letters or digits."
    if name_key(name) in _RESERVED:
        return "That word means something else in my forms. Give the client's full name."
    return ""


# What a profile says instead of naming clients; a client called so could never be told apart from it.
_RESERVED: Final = frozenset({"all", "none", "unknown", "some"})
