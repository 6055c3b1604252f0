"""How long a review waits, and whom to remind of it: the leads for a request, the team for open questions.

Waiting never decides anything. A review that stalls is paused, which only means that nobody is reminded any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.reminders import Reminders, Rung, SignOffDays, climb, earliest
from bot.domain.review import Review, Stage
from bot.domain.times import (
    MORNING,
    in_working_hours,
    is_weekday,
    local_date,
    local_moment,
    next_morning,
    working_days_later,
)

LEADS: Final = "leads"  # what is remembered of each kind of reminder
CISO: Final = "ciso"
TEAM: Final = "team"


class Nudge(StrEnum):
    """What the team of a stalled review is told."""

    AGAIN = "again"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Told:
    """What one look at a review found: whom to tell what, and when to look again, if ever."""

    leads: bool = False
    ciso: bool = False
    team: Nudge | None = None
    days: int = 0  # working days it has waited by now
    reached: Mapping[str, date] = field(default_factory=dict)
    look_at: datetime | None = None


def look_at_review(
    review: Review,
    *,
    touched_at: datetime,
    rules: Reminders,
    reached: Mapping[str, date],
    team_zone: ZoneInfo,
    company: ZoneInfo,
    now: datetime,
) -> Told:
    """Work out what is owed now. `touched_at` is when somebody last did something about it."""
    match review.stage:
        case Stage.SUBMITTED:
            return _look_at_request(review, review.submitted_at or touched_at, rules, reached, company, now)
        case Stage.DESCRIBING | Stage.ANSWERING:
            return _look_at_questions(touched_at, rules, reached, team_zone, now)
        case _:
            return Told()


def is_paused(review: Review, *, touched_at: datetime, rules: Reminders, zone: ZoneInfo, now: datetime) -> bool:
    """Has the team let it lie for so long that nobody is reminded of it any more?"""
    if review.stage not in (Stage.DESCRIBING, Stage.ANSWERING):
        return False
    return working_days_between(touched_at, now, zone) >= rules.stalled.paused


def working_days_between(since: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole days from Monday to Friday that began after one moment and by another."""
    day, until, days = local_date(since, zone), local_date(now, zone), 0
    whole_weeks = max(0, (until - day).days // 7)
    day += timedelta(days=7 * whole_weeks)
    while day < until:
        day += timedelta(days=1)
        days += is_weekday(day)
    return days + 5 * whole_weeks


def _look_at_request(
    review: Review, since: datetime, rules: Reminders, reached: Mapping[str, date], company: ZoneInfo, now: datetime
) -> Told:
    days = rules.sign_off
    if not in_working_hours(since, company):  # a night or a weekend is no working day that anybody let pass
        since = next_morning(since, company, hour=MORNING)
    handed_in = local_date(since, company)
    last = reached.get(LEADS, handed_in)
    told_ciso = reached.get(CISO, handed_in) > handed_in
    if last > handed_in:
        next_on = working_days_later(last, _every(review, days, told_ciso=told_ciso))
    else:
        next_on = working_days_later(handed_in, days.first * (2 if review.claimed_by else 1))
    leads_at = _same_time(next_on, since, company)
    ciso_at = None if told_ciso else _same_time(working_days_later(handed_in, days.ciso), since, company)
    if not in_working_hours(now, company):
        soonest = earliest(leads_at, ciso_at)
        return Told(look_at=max(soonest or leads_at, next_morning(now, company, hour=MORNING)))
    today = local_date(now, company)
    leads, ciso = leads_at <= now, ciso_at is not None and ciso_at <= now
    remember = {LEADS: today} if leads else {}
    if ciso:
        remember[CISO] = today
    if leads or ciso:
        spoken_on = today if leads else last
        next_on = working_days_later(spoken_on, _every(review, days, told_ciso=told_ciso or ciso))
        leads_at = _same_time(next_on, since, company)
    return Told(
        leads,
        ciso,
        days=working_days_between(since, now, company),
        reached=remember,
        look_at=earliest(leads_at, None if ciso else ciso_at),
    )


def _every(review: Review, days: SignOffDays, *, told_ciso: bool) -> int:
    """How many working days lie between two reminders to the leads."""
    every = days.claimed_every if review.claimed_by else days.every
    return max(every, days.after_ciso) if told_ciso else every


def _look_at_questions(
    touched_at: datetime, rules: Reminders, reached: Mapping[str, date], zone: ZoneInfo, now: datetime
) -> Told:
    touched_on = local_date(touched_at, zone)
    rungs = [Rung(Nudge.AGAIN, working_days_later(touched_on, each)) for each in rules.stalled.nudges]
    rungs.append(Rung(Nudge.PAUSED, working_days_later(touched_on, rules.stalled.paused)))
    before = max(reached.get(TEAM, touched_on), touched_on)
    step = climb(rungs, reached=before, now=now, zone=zone, morning=rules.morning)
    if step.say is None:
        return Told(look_at=step.look_at)
    waited = working_days_between(touched_at, now, zone)
    return Told(team=Nudge(step.say.code), days=waited, reached={TEAM: step.say.on}, look_at=step.look_at)


def _same_time(on: date, since: datetime, zone: ZoneInfo) -> datetime:
    """The same time of day as back then: a day has passed when a whole one has."""
    return local_moment(on, since.astimezone(zone).time().replace(second=0, microsecond=0), zone)
