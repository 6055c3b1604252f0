"""One line of the report, and the few sums it takes. A figure without a goal is only told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and whether it meets its goal."""

    part: str
    what: str
    value: str
    met: bool | None
    goal: str = ""

    def line(self) -> str:
        judged = (
            "" if self.met is None else f"  [{'met' if self.met else 'MISSED'}{' ' if self.goal else ''}{self.goal}]"
        )
        return f"({self.part}) {self.what:<58} {self.value}{judged}"


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which so many per cent of them lie."""
    held = sorted(values)
    return held[min(len(held) - 1, int(len(held) * part / 100))]


def ratio(one: float, other: float) -> float:
    return one / other if other else 0.0


def spread(values: Sequence[float], unit: str) -> str:
    return f"{min(values):.0f} / {median(values):.0f} / {max(values):.0f} {unit} (min/med/max)"
