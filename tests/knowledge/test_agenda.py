"""The agenda of client reviews: complete as shipped, and each fault named with its fix."""

from __future__ import annotations

import pytest

from bot.domain.agenda import CODES
from bot.domain.bank import GUIDELINES
from bot.domain.client_review import Light
from bot.knowledge import Knowledge

FILE = "client_review/agenda.toml"
FAULTS = [
    # old, new, entry in the fault, what it says is wrong, and what it says to do
    ("soon_days = 14", "", "top of the file", "soon_days is missing", "add soon_days"),
    ("soon_days = 14", "soon_day = 14", "top of the file", "'soon_day' is not known", "did you mean 'soon_days'"),
    ('code = "kept"', 'code = "data"', "item data", "code is 'data'", "actions, changes"),
    ('code = "kept"', 'code = "people"', "top of the file", "no item kept", "put it back"),
    ("minutes = [1, 2, 2]", "minutes = [2, 2, 2]", "top of the file", "green minutes add up to 16", "add up to 15"),
    ("minutes = [1, 2, 2]", "minutes = [1, 2]", "item actions", "minutes has 2 numbers", "exactly 3"),
    ('"G4-OLD-PURGE"', '"G4-OLD-STUFF"', "item kept", "'G4-OLD-STUFF' is no question", "in questions/"),
    ('dated = "amber"', 'dated = "pink"', "alarms.G5-KNOWN-EXPLOITED", "dated is 'pink'", "green, amber, red"),
    ('dated = "amber"', 'later = "amber"', "alarms.G5-KNOWN-EXPLOITED", "'later' is no answer", "none, fixed"),
    ("alarms.G6-VENDOR-RATING", "alarms.G6-VENDOR-RATE", "alarms", "'G6-VENDOR-RATE' is no question", "questions/"),
    ("[weeks.G3]", "[weeks.G8]", "weeks", "G3 is missing", "[G3]"),
    ("amber = 30", "amber = 10", "top of the file", "lengths do not rise", "at least as much time"),
    ('title = "People"', 'title = " "', "item people", "title is empty", "one line"),
]


def test_the_shipped_agenda_has_every_item_and_every_week(shipped: Knowledge):
    agenda = shipped.agenda
    assert tuple(item.code for item in agenda.items) == CODES
    assert set(agenda.weeks) == set(GUIDELINES)
    assert [sum(item.minutes[light] for item in agenda.items) for light in Light] == [15, 30, 45]


@pytest.mark.parametrize(("old", "new", "entry", "wrong", "fix"), FAULTS)
def test_a_fault_in_the_agenda_is_named_with_its_fix(folder, old, new, entry, wrong, fix):
    folder.change(FILE, old, new)
    found = [fault for fault in folder.faults() if wrong in fault.wrong]
    assert [(fault.file, fault.entry) for fault in found] == [(FILE, entry)]
    assert fix in found[0].fix


def test_faults_of_the_agenda_come_with_all_the_others(folder):
    folder.change(FILE, "soon_days = 14", "")
    folder.change("policy/lifetimes.toml", "low = 12", "")
    assert {fault.file for fault in folder.faults()} == {FILE, "policy/lifetimes.toml"}


def test_the_agenda_is_no_part_of_what_a_verdict_rests_on(folder, shipped: Knowledge):
    folder.change(FILE, "soon_days = 14", "soon_days = 20")
    assert folder.load().version == shipped.version
