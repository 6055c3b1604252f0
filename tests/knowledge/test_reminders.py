"""The numbers of the reminders: read, held in order, and no part of what a verdict is computed from."""

import pytest

from bot.domain.reminders import ConditionDays, ExpiryDays, MissedRows, Morning, Reminders, SignOffDays, StalledDays
from bot.knowledge import Knowledge


def test_the_shipped_numbers(shipped: Knowledge):
    assert shipped.reminders == Reminders(
        morning=Morning(9, 12),
        conditions=ConditionDays((7, 1), late_to_owner=1, late_to_leads=7, suspended=14),
        expiring=ExpiryDays((30, 14, 3), unapproved=14),
        sign_off=SignOffDays(first=1, every=1, claimed_every=2, ciso=5, after_ciso=5),
        stalled=StalledDays((2, 5), paused=10),
        action_days=3,
        missed=MissedRows(leads=2, ciso=3, new_date=5),
    )


def test_an_other_number_changes_no_version_of_the_rules(folder, shipped: Knowledge):
    folder.change("policy/reminders.toml", "suspended = 14", "suspended = 21")
    changed = folder.load()
    assert changed.reminders.conditions.suspended == 21
    assert changed.version == shipped.version


@pytest.mark.parametrize(
    ("old", "new", "entry", "wrong"),
    [
        ("suspended = 14", "suspended = 7", "conditions", "late_to_owner, late_to_leads, suspended must rise"),
        ("before = [7, 1]", "before = [1, 7]", "conditions", "before, read from right to left, must rise"),
        ("before = [30, 14, 3]", "before = [30, 30]", "expiring", "before, read from right to left, must rise"),
        ("paused = 10", "paused = 5", "stalled", "nudges, then paused, must rise"),
        ("claimed_every = 2", "claimed_every = 1\nevery_hour = 1", "sign_off", "'every_hour' is not known here"),
        ("every = 1", "every = 3", "sign_off", "claimed_every is less than every"),
        ("after_ciso = 5", "after_ciso = 0", "sign_off", "after_ciso is 0"),
        ("ciso = 3 ", "ciso = 2 ", "missed", "leads, ciso must rise"),
        ("until = 12", "until = 9", "morning", "from, until must rise"),
        ("first = 1", "first = 0", "sign_off", "first is 0"),
    ],
)
def test_an_order_without_sense_is_refused_by_name(folder, old: str, new: str, entry: str, wrong: str):
    folder.change("policy/reminders.toml", old, new)
    fault = folder.fault()
    assert (fault.file, fault.entry) == ("policy/reminders.toml", entry)
    assert wrong in fault.wrong


def test_without_the_file_nothing_is_loaded(folder):
    (folder.path / "policy/reminders.toml").unlink()
    assert folder.fault().file == "policy/reminders.toml"


def test_once_the_ciso_was_told_nobody_is_reminded_more_often_than_before(folder):
    folder.change("policy/reminders.toml", "claimed_every = 2", "claimed_every = 6")
    folder.change("policy/reminders.toml", "every = 1 ", "every = 6 ")
    fault = folder.fault()
    assert (fault.entry, fault.wrong) == ("sign_off", "after_ciso is less than every")
