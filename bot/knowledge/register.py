"""From register.toml to a `RegisterPolicy`: every framework named, every number in its bounds. It judges no client."""

from __future__ import annotations

from typing import Final

from bot.domain.client import FRAMEWORKS
from bot.domain.register import DAY_MINUTES, RegisterPolicy
from bot.knowledge.faults import Entry

REGISTER_FILE: Final = "client_review/register.toml"
LABEL_MOST: Final = 75


def read_register(file: Entry) -> RegisterPolicy:
    """Read the whole file; stand-ins fill what is wrong, so look at the faults before using it."""
    defaults, frameworks = file.table("defaults"), file.table("frameworks")
    read = RegisterPolicy(
        frameworks={code: frameworks.text(code, most=LABEL_MOST) for code in FRAMEWORKS},
        lengths=file.numbers("lengths", most=240),
        gap_minutes=file.number("gap_minutes", most=240),
        daily_load=file.number("daily_load", least=1, most=24),
        slower_days=file.number("slower_days", least=1, most=1_000),
        ahead_days=file.number("ahead_days", least=7, most=370),
        minutes=defaults.number("minutes", least=5, most=240),
        pack_hours=defaults.number("pack_hours", least=1, most=168),
        host_minutes=defaults.number("host_minutes", least=5, most=DAY_MINUTES),
    )
    for entry in (defaults, frameworks, file):
        entry.close()
    if file.sound and (list(read.lengths) != sorted(set(read.lengths)) or read.lengths[0] < 5):
        file.fault("lengths do not rise from 5 on", "write each length once, the shortest first")
    elif file.sound and read.minutes not in read.lengths:
        defaults.fault(f"minutes is {read.minutes}", f"use one of {', '.join(map(str, read.lengths))}")
    return read
