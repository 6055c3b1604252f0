"""What a decision on record asks for as time goes by: its conditions, and its end. It only ever makes things stricter.

No look at any clock approves, restores or extends anything: that takes a person, and is found elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.audit import BOT
from bot.domain.decision import Decision, OwedCondition, Standing, is_met, standing
from bot.domain.ids import UserId
from bot.domain.reminders import (
    Reminders,
    Rung,
    climb,
    earliest,
    morning_of,
    workday_after,
    workday_before,
)
from bot.domain.times import local_date

END: Final = "end"  # what is remembered of a decision's own end; of a condition, its place


class Call(StrEnum):
    """The rungs of a condition and of a decision's end, by whom they concern. Stored nowhere, so they may change."""

    OWNER = "owner"
    LEADS = "leads"
    SUSPEND = "suspend"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Owed:
    """What one look at a decision found: whom to tell of what, and when to look again, if ever."""

    remind: tuple[OwedCondition, ...] = ()  # to their owners
    tell_leads: tuple[OwedCondition, ...] = ()
    suspend_for: OwedCondition | None = None
    expiring: bool = False  # to the owner of the tool
    ended: bool = False  # its cards have to show that it no longer counts
    reached: Mapping[str, date] = field(default_factory=dict)  # what to remember of this look
    look_at: datetime | None = None


def look_at_decision(
    decision: Decision,
    duties: Sequence[OwedCondition],
    *,
    rules: Reminders,
    reached: Mapping[str, date],
    restored_at: datetime | None = None,
    zones: Mapping[UserId, ZoneInfo],
    owner: UserId,
    company: ZoneInfo,
    now: datetime,
) -> Owed:
    """Work out what is owed now. `reached` is what earlier looks told us to remember; a missing zone is the company's.

    Nothing is owed for what no longer counts: a decision that was replaced, suspended or says no.
    """
    today = local_date(now, company)
    state = standing(decision, today=today)
    if not decision.allows or state in (Standing.SUPERSEDED, Standing.SUSPENDED):
        return Owed()
    remind: list[OwedCondition] = []
    tell_leads: list[OwedCondition] = []
    suspend_for: OwedCondition | None = None
    remember: dict[str, date] = {}
    looks: list[datetime | None] = []
    since = local_date(max(decision.decided_at, restored_at or decision.decided_at), company)
    again_from = local_date(restored_at, company) if restored_at else None
    for duty in duties if state is Standing.VALID else ():
        if is_met(duty.condition, duty.closing) or duty.condition.due_on is None:
            continue
        key = str(duty.place)
        before = max(reached.get(key, since), since)
        found = _look_at_duty(duty, before, rules, zones.get(duty.condition.owner, company), company, again_from, now)
        looks.append(found[1])
        if (said := found[0]) is None:
            continue
        remember[key] = said.on
        match said.code:
            case Call.OWNER:
                remind.append(duty)
            case Call.LEADS:
                tell_leads.append(duty)
            case _:
                suspend_for = suspend_for or duty
    if suspend_for is not None:
        # Its news names the condition; whatever else this look found is no longer of use to anybody.
        return Owed(suspend_for=suspend_for, reached={str(suspend_for.place): remember[str(suspend_for.place)]})
    end = _look_at_end(decision, max(reached.get(END, since), since), rules, zones.get(owner, company), company, now)
    if end.say is not None:
        remember[END] = end.say.on
    return Owed(
        remind=tuple(remind),
        tell_leads=tuple(tell_leads),
        expiring=end.say is not None and end.say.code == Call.OWNER,
        ended=end.say is not None and end.say.code == Call.ENDED,
        reached=remember,
        look_at=earliest(*looks, end.look_at),
    )


def _look_at_duty(
    duty: OwedCondition,
    before: date,
    rules: Reminders,
    owner: ZoneInfo,
    company: ZoneInfo,
    again_from: date | None,
    now: datetime,
) -> tuple[Rung | None, datetime | None]:
    """The newest rung that was passed, in its own recipient's zone: the later ones count for more than the earlier."""
    rungs = [each for each in rungs_of(duty, rules, again_from) if each.on > before]
    suspending = [each for each in rungs if each.code == Call.SUSPEND]
    for rung in suspending:
        if morning_of(rung.on, company, rules.morning) <= now:
            return rung, None  # not put off to anybody's morning: it protects people
    looks = [morning_of(each.on, company, rules.morning) for each in suspending]
    best: Rung | None = None
    for call, zone in ((Call.LEADS, company), (Call.OWNER, owner)):
        mine = [each for each in rungs if each.code == call]
        step = climb(mine, reached=before, now=now, zone=zone, morning=rules.morning)
        looks += [step.look_at] if step.look_at else []
        passed = [each for each in mine if each.on <= local_date(now, zone)]
        if step.say is not None:
            best = step.say
        if passed:
            # The leads' turn has come: what was for the owner before it is out of date.
            break
    return best, earliest(*looks)


def rungs_of(duty: OwedCondition, rules: Reminders, again_from: date | None = None) -> tuple[Rung, ...]:
    """The rungs of one condition. After a lead has restored the decision, its lateness is counted once more from then.

    While a lead has to confirm that it is closed, its owner is left alone; the leads are not.
    """
    due = duty.condition.due_on
    if due is None:
        return ()
    days = rules.conditions
    rungs: list[Rung] = []
    if duty.closing is None:  # else it waits for a lead, or we would not look at it
        rungs += [Rung(Call.OWNER, workday_before(due - timedelta(days=each))) for each in (*days.before, 0)]
        rungs.append(Rung(Call.OWNER, workday_after(due + timedelta(days=days.late_to_owner))))
    starts = [due] if again_from is None or again_from <= due else [due, again_from]
    for start in starts:
        rungs.append(Rung(Call.LEADS, workday_after(start + timedelta(days=days.late_to_leads))))
        rungs.append(Rung(Call.SUSPEND, workday_after(start + timedelta(days=days.suspended))))
    return tuple(sorted(rungs, key=lambda each: each.on))


def _look_at_end(
    decision: Decision, before: date, rules: Reminders, owner: ZoneInfo, company: ZoneInfo, now: datetime
) -> _End:
    ended_on = decision.valid_until + timedelta(days=1)
    ends_at = morning_of(ended_on, company, rules.morning)
    if ended_on <= before:
        return _End(None, None)
    if local_date(now, company) >= ended_on:
        return _End(Rung(Call.ENDED, ended_on), None)
    warned = [decision.valid_until - timedelta(days=each) for each in rules.expiring.before]
    rungs = [Rung(Call.OWNER, workday_before(each)) for each in warned]
    step = climb(rungs, reached=before, now=now, zone=owner, morning=rules.morning)
    return _End(step.say, earliest(step.look_at, ends_at))


@dataclass(frozen=True, slots=True)
class _End:
    say: Rung | None
    look_at: datetime | None


def days_late(duty: OwedCondition, today: date) -> int:
    """How many days after its due day it is; 0 while it is not late, and where it has no day."""
    due = duty.condition.due_on
    return 0 if due is None or is_met(duty.condition, duty.closing) else max(0, (today - due).days)


def late(duties: Iterable[OwedCondition], today: date) -> tuple[OwedCondition, ...]:
    """The conditions that are late, the latest first."""
    found = [each for each in duties if days_late(each, today) > 0]
    return tuple(sorted(found, key=lambda each: -days_late(each, today)))


def suspended_by_clock(decision: Decision) -> bool:
    """Was it suspended because a condition was late, and not pulled back by somebody?"""
    return decision.suspended_at is not None and decision.suspended_by == BOT


def because_late(duty: OwedCondition, today: date) -> str:
    """Why a decision is suspended, in words that name the condition."""
    days = days_late(duty, today)
    return f"This condition is {days} day{'s' if days != 1 else ''} late: {duty.condition.text}"
