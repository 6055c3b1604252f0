"""The register's own file: complete as shipped, each fault named with its fix, and no part of any verdict."""

from __future__ import annotations

import pytest

from bot.domain.client import FRAMEWORKS
from bot.knowledge import Knowledge

FILE = "client_review/register.toml"
FAULTS = [
    ("daily_load = 4", "daily_load = 0", "top of the file", "daily_load is 0"),
    ("gap_minutes = 15", "gap = 15", "top of the file", "'gap' is not known"),
    ("[15, 30, 45, 60]", "[30, 15]", "top of the file", "lengths do not rise"),
    ("minutes = 30", "minutes = 40", "defaults", "minutes is 40"),
    ('soc_2 = "SOC 2"', 'soc_9 = "SOC 9"', "frameworks", "soc_2 is missing"),
]


def test_the_shipped_register_names_every_framework(shipped: Knowledge):
    assert tuple(shipped.register.frameworks) == FRAMEWORKS
    assert (shipped.register.gap_minutes, shipped.register.daily_load) == (15, 4)


@pytest.mark.parametrize(("old", "new", "entry", "wrong"), FAULTS)
def test_a_fault_in_the_register_is_named(folder, old: str, new: str, entry: str, wrong: str):
    folder.change(FILE, old, new)
    assert [(each.file, each.entry) for each in folder.faults() if wrong in each.wrong] == [(FILE, entry)]


def test_the_register_is_no_part_of_what_a_verdict_rests_on(folder, shipped: Knowledge):
    folder.change(FILE, "daily_load = 4", "daily_load = 6")
    assert folder.load().version == shipped.version
