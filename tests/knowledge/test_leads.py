"""How long a new lead waits: read, never none, and no part of what a verdict is computed from."""

from datetime import timedelta

import pytest

from bot.knowledge import Knowledge


def test_the_shipped_wait_is_a_day(shipped: Knowledge):
    assert shipped.lead_wait == timedelta(hours=24)


def test_an_other_wait_changes_no_version_of_the_rules(folder, shipped: Knowledge):
    folder.change("policy/leads.toml", "waits = 24", "waits = 72")
    changed = folder.load()
    assert changed.lead_wait == timedelta(hours=72)
    assert changed.version == shipped.version


@pytest.mark.parametrize("new", ["waits = 0", "waits = -1", "waits = true", "waits = 24\ndays = 1", "wait = 24"])
def test_a_wait_without_sense_is_refused_by_name(folder, new: str):
    folder.change("policy/leads.toml", "waits = 24", new)
    assert {(fault.file, fault.entry) for fault in folder.faults()} == {("policy/leads.toml", "newcomer")}


def test_without_the_file_nothing_is_loaded(folder):
    (folder.path / "policy/leads.toml").unlink()
    assert folder.fault().file == "policy/leads.toml"
