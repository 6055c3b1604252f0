"""Series in every rhythm, for tests of when reviews take place. It asserts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

from bot.domain.client import Cadence, Rhythm, Series
from bot.domain.ids import ClientId, SeriesId, UserId

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def a_rhythm(cadence: Cadence = Cadence.WEEKLY, *weekdays: int, at: time = time(10), **fields: Any) -> Rhythm:
    starts_on = fields.pop("starts_on", date(2026, 11, 24))  # a Tuesday
    return Rhythm(cadence, weekdays or (TUE,), at, starts_on, **fields)


def a_series(rhythm: Rhythm | None = None, zone: str = "Europe/Berlin", **fields: Any) -> Series:
    made = Series(
        SeriesId("S1"),
        ClientId("CL1"),
        rhythm or a_rhythm(),
        zone,
        minutes=30,
        host=UserId("U_HANA"),
        stand_in=UserId("U_STAN"),
    )
    return replace(made, **fields)
