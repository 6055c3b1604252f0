"""From leads.toml to how long a new lead waits. It knows no lead."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bot.knowledge.faults import Entry

HOURS_MOST: Final = 30 * 24


def read_lead_wait(file: Entry) -> timedelta:
    """Read the whole file; a stand-in fills what is wrong, so look at the faults before using it."""
    newcomer = file.table("newcomer")
    # Never none at all: then whoever may edit the user group could sign the moment after.
    hours = newcomer.number("waits", least=1, most=HOURS_MOST)
    newcomer.close()
    file.close()
    return timedelta(hours=hours)
