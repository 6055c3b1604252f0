"""From reminders.toml to `Reminders`, held in order: first the warning, then what follows. It reminds nobody."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from bot.domain.reminders import ConditionDays, ExpiryDays, MissedRows, Morning, Reminders, SignOffDays, StalledDays
from bot.knowledge.faults import Entry

DAYS_MOST: Final = 365
NOON_AT_LATEST: Final = 12
ROW_MOST: Final = 50  # reviews in a row
WORKING_DAYS_MOST: Final = 20


def read_reminders(file: Entry) -> Reminders:
    """Read the whole file; stand-ins fill what is wrong, so look at the faults before using it."""
    morning, conditions, expiring = file.table("morning"), file.table("conditions"), file.table("expiring")
    sign_off, stalled, actions = file.table("sign_off"), file.table("stalled"), file.table("actions")
    missed = file.table("missed")
    read = Reminders(
        morning=Morning(
            start=morning.number("from", most=NOON_AT_LATEST), end=morning.number("until", least=1, most=24)
        ),
        conditions=ConditionDays(
            before=conditions.numbers("before", most=DAYS_MOST),
            late_to_owner=conditions.number("late_to_owner", least=1, most=DAYS_MOST),
            late_to_leads=conditions.number("late_to_leads", least=1, most=DAYS_MOST),
            suspended=conditions.number("suspended", least=1, most=DAYS_MOST),
        ),
        expiring=ExpiryDays(
            before=expiring.numbers("before", most=DAYS_MOST),
            unapproved=expiring.number("unapproved", most=DAYS_MOST),
        ),
        sign_off=SignOffDays(
            first=sign_off.number("first", least=1, most=DAYS_MOST),
            every=sign_off.number("every", least=1, most=DAYS_MOST),
            claimed_every=sign_off.number("claimed_every", least=1, most=DAYS_MOST),
            ciso=sign_off.number("ciso", least=1, most=DAYS_MOST),
            after_ciso=sign_off.number("after_ciso", least=1, most=DAYS_MOST),
        ),
        stalled=StalledDays(
            nudges=stalled.numbers("nudges", most=DAYS_MOST),
            paused=stalled.number("paused", least=1, most=DAYS_MOST),
        ),
        action_days=actions.number("before", most=DAYS_MOST),
        missed=MissedRows(
            leads=missed.number("leads", least=1, most=ROW_MOST),
            ciso=missed.number("ciso", least=1, most=ROW_MOST),
            new_date=missed.number("new_date", least=1, most=WORKING_DAYS_MOST),
        ),
    )
    for entry in (morning, conditions, expiring, sign_off, stalled, actions, missed, file):
        entry.close()
    if file.sound:
        days, rest = read.conditions, read.stalled
        _rising(morning, "from, until", (read.morning.start, read.morning.end))
        _rising(conditions, "before, read from right to left,", reversed(days.before))
        _rising(
            conditions,
            "late_to_owner, late_to_leads, suspended",
            (days.late_to_owner, days.late_to_leads, days.suspended),
        )
        _rising(expiring, "before, read from right to left,", reversed(read.expiring.before))
        _rising(stalled, "nudges, then paused,", (0, *rest.nudges, rest.paused))
        _rising(sign_off, "first, ciso", (read.sign_off.first, read.sign_off.ciso))
        _rising(missed, "leads, ciso", (read.missed.leads, read.missed.ciso))
        if read.sign_off.claimed_every < read.sign_off.every:
            sign_off.fault("claimed_every is less than every", "whoever looks at it is not reminded more often")
        if read.sign_off.after_ciso < read.sign_off.every:
            sign_off.fault("after_ciso is less than every", "once the CISO knows, nobody is reminded more often")
    return read


def _rising(entry: Entry, what: str, numbers: Iterable[int]) -> None:
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        entry.fault(f"{what} must rise, and does not", "put the numbers in order: first the warning, then what follows")
