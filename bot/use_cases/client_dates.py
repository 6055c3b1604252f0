"""The coming reviews of a series and of a host, and what clashes among them, in words. Nothing is planned or saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from bot.domain import register
from bot.domain.calendar import DaysOff, Slot, planned
from bot.domain.client import Holidays, Series
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import ClientId, UserId
from bot.domain.refused import Refused
from bot.domain.register import Booked, Clash, DayFull, TooClose
from bot.domain.times import UnknownZone, local_date, zone_of
from bot.knowledge.holidays import days_off
from bot.store.work import Work
from bot.use_cases.desk import Acting

ONE_DAY: Final = timedelta(days=1)
OPEN: Final = (State.PLANNED, State.OPEN)


class NeedsConfirming(Refused):
    """The host would have too much at once. `code` confirms just these clashes, and `lines` say them."""

    def __init__(self, lines: Sequence[str], code: str) -> None:
        self.lines, self.code = tuple(lines), code
        super().__init__(" ".join(lines))


def coming(series: Series, today: date, days: int) -> list[Slot]:
    """The reviews of a series on the days from today on."""
    until = today + timedelta(days=days)
    return planned(series, days_off_of(series.holidays, today, until), after=today - ONE_DAY, until=until)


def days_off_of(holidays: Holidays, today: date, until: date) -> DaysOff:
    """Both sides' days off around the days that are planned: a review may move to a day nearby."""
    month = timedelta(days=31)
    return days_off(holidays, today - month, until + month)


def bookings(work: Work, host: UserId, *, now: datetime, days: int, but: ClientId | None = None) -> list[Booked]:
    """What a host holds in the coming days: as it was planned and moved, and, beyond that, as the series say."""
    until = now + timedelta(days=days)
    rows = work.occurrences.between(now, until, host=host)
    found = [Booked(each.client, each.start_at, each.minutes) for each in rows if each.state in OPEN]
    for series in work.series.of_host(host):
        if series.host == host and series.ended_at is None:
            today = local_date(now, zone_of(series.zone))
            found += [
                Booked(series.client, slot.start_at, series.minutes)
                for slot in coming(series, today, days)
                if series.planned_until is None or slot.on > series.planned_until
            ]
    return [each for each in dict.fromkeys(found) if each.client != but and now <= each.start_at < until]


def confirm_clash(act: Acting, moving: Occurrence, start_at: datetime, confirmed: str, host_zone: str) -> None:
    """Raise NeedsConfirming where a review would come too close to others of its host there, or fill their day."""
    act.work.series.in_turn(moving.host)
    before = Booked(moving.client, moving.start_at, moving.minutes)
    booked = bookings(act.work, moving.host, now=act.at, days=(start_at - act.at).days + 2)
    others = [each for each in booked if each != before]
    new = [Booked(moving.client, start_at, moving.minutes)]
    check_load(act.work, act.desk.knowledge.register, new, others, confirmed, host_zone)


def check_load(
    work: Work,
    policy: register.RegisterPolicy,
    new: Sequence[Booked],
    others: Sequence[Booked],
    confirmed: str,
    host_zone: str,
) -> None:
    """Raise NeedsConfirming for whatever is too much for a host, other than what was confirmed already."""
    try:
        zone = zone_of(host_zone)
    except UnknownZone:  # Slack said something of its own
        zone = zone_of("UTC")
    found = register.clashes(new, others, policy, zone=zone)
    code = register.clash_code(found)
    if code and code != confirmed:
        names = {each.client: work.clients.get(each.client).name for each in found if isinstance(each, TooClose)}
        raise NeedsConfirming(clash_lines(found, names, policy), code)


def clash_lines(
    found: Iterable[Clash], names: Mapping[ClientId, str], policy: register.RegisterPolicy
) -> tuple[str, ...]:
    """Clashes in words for whoever has to confirm them."""
    lines = []
    for each in found:
        match each:
            case TooClose(client, on, times):
                often = "once" if times == 1 else f"{times} times, first"
                lines.append(
                    f"It overlaps with the review of {names[client]}, or leaves the host less than "
                    f"{policy.gap_minutes} minutes in between: {often} on {on.isoformat()}."
                )
            case DayFull(on, reviews, days):
                often = "one day" if days == 1 else f"{days} days, first"
                lines.append(
                    f"The host would hold {reviews} reviews in a day; the most is {policy.daily_load}: "
                    f"{often} on {on.isoformat()}."
                )
    return tuple(lines)
