"""From the four policy files to a `Policy`, held to the laws of order: more risk is never treated more mildly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from bot.domain.bank import WORST_GAP, Source
from bot.domain.policy import Approver, Band, Deadline, Floor, Lifetimes, Outcome, Policy, Scoring, Verdicts
from bot.domain.profile import DATA, KINDS, LAYERS, TIERS, UNKNOWN, USERS
from bot.knowledge.faults import Entry, Value

POLICY_FILES: Final = ("scoring", "verdicts", "approval", "lifetimes")
FLOORS: Final = ("E1", "E2", "E3", "E4", "E5")
SENTENCE_MOST: Final = 200
DAYS_MOST: Final = 1095
MONTHS_MOST: Final = 36


class BandName(StrEnum):
    """How the files spell a band."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def band(self) -> Band:
        return Band[self.name]


def read_policy(files: Mapping[str, Entry]) -> Policy:
    """Read all four files; stand-ins fill what is wrong, so look at the faults before using it."""
    return Policy(
        scoring=_read_scoring(files["scoring"]),
        verdicts=_read_verdicts(files["verdicts"]),
        approvers=_read_approvers(files["approval"]),
        lifetimes=_read_lifetimes(files["lifetimes"]),
    )


def check_policy(files: Mapping[str, Entry]) -> None:
    """Note the faults of those files that are there."""
    readers = {
        "scoring": _read_scoring,
        "verdicts": _read_verdicts,
        "approval": _read_approvers,
        "lifetimes": _read_lifetimes,
    }
    for name, entry in files.items():
        readers[name](entry)


def _read_scoring(file: Entry) -> Scoring:
    data, reach, position = file.table("data"), file.table("reach"), file.table("position")
    tiers, gaps = file.table("tiers"), file.table("gaps")
    seats, clients = reach.table("seats"), reach.table("clients")
    bands = _read_seat_bands(seats)
    scoring = Scoring(
        data_points=data.table("points").points((*DATA, UNKNOWN)),
        data_extra=data.number("extra", most=100),
        data_extra_from=data.number("extra_from", most=100),
        data_cap=data.number("cap", most=100),
        user_points=reach.table("user_points").points((*USERS, UNKNOWN)),
        seat_bands=bands,
        seats_more=seats.number("more", most=100),
        seats_unknown=seats.number("unknown", most=100),
        clients_one=clients.number("one", most=100),
        clients_several=clients.number("several", most=100),
        clients_unknown=clients.number("unknown", most=100),
        reach_cap=reach.number("cap", most=100),
        kind_points=position.table("kind_points").points(KINDS),
        layer_points=position.table("layer_points").points(LAYERS),
        kind_extra=position.number("kind_extra", most=100),
        position_cap=position.number("cap", most=100),
        tier_from=_three(tiers.numbers("from", count=3, most=100)),
        gap_points=_five(gaps.numbers("points", count=WORST_GAP + 1, most=100), 0),
        sub_score_cap=gaps.number("sub_score_cap", least=1),
        amber_from=gaps.number("amber_from", least=1),
        red_from=gaps.number("red_from", least=1),
        worst_weight=gaps.number("worst_weight", most=100),
        divisor=gaps.number("divisor", least=1, most=100),
        control_gap_cap=gaps.number("control_gap_cap", least=1),
    )
    for entry in (data, reach, position, tiers, gaps, seats, clients, file):
        entry.close()
    if file.sound:
        _rising(seats, "bands", [most for most, _ in bands], strictly=True)
        _rising(seats, "the points of bands and more", [*(points for _, points in bands), scoring.seats_more])
        _rising(clients, "one, several", [0, scoring.clients_one, scoring.clients_several])
        _rising(tiers, "from", scoring.tier_from, strictly=True)
        _rising(gaps, "points", scoring.gap_points)
        _rising(gaps, "amber_from, red_from", [scoring.amber_from, scoring.red_from])
        if scoring.gap_points[0]:
            gaps.fault("points give a good answer a cost", "start with 0")
    return scoring


def _read_seat_bands(seats: Entry) -> tuple[tuple[int, int], ...]:
    bands: list[tuple[int, int]] = []
    for pair in seats.lists("bands"):
        match pair:
            case [int(most), int(points)] if most >= 0 and 0 <= points <= 100:
                bands.append((most, points))
            case _:
                seats.fault(f"bands has {pair}", "write [up to so many seats, points], such as [25, 0]")
    return tuple(bands)


def _read_verdicts(file: Entry) -> Verdicts:
    matrix, base, floors, deadlines = (file.table(key) for key in ("matrix", "base", "floors", "deadlines"))
    rows = {tier: _read_row(matrix, f"tier_{tier}") for tier in TIERS}
    each_floor = {code: floors.table(code) for code in FLOORS}
    many = each_floor["E5"]
    verdicts = Verdicts(
        gap_bands=_four(file.numbers("gap_bands", count=4, most=1000)),
        matrix={tier: _five(row, Band.LOW) for tier, row in rows.items()},
        base={name.band: base.one_of(name, Outcome) for name in BandName},
        floors={code: Floor(code, floor.text("because", most=SENTENCE_MOST)) for code, floor in each_floor.items()},
        many_gaps=many.number("many_gaps", least=1),
        serious_gap=many.number("serious_gap", least=1, most=WORST_GAP),
        deadlines={gap: _read_deadline(deadlines, f"gap_{gap}") for gap in (2, 3, 4)},
        unknown_deadline=_read_deadline(deadlines, "unknown"),
        standing=file.texts("standing"),
    )
    for entry in (matrix, base, *each_floor.values(), floors, deadlines, file):
        entry.close()
    if file.sound:
        _rising(file, "gap_bands", verdicts.gap_bands, strictly=True)
        for tier, row in rows.items():
            _rising(matrix, f"tier_{tier}, read from left to right,", row)
        for lower, higher in pairwise(TIERS):
            if any(above > below for above, below in zip(rows[lower], rows[higher], strict=True)):
                wrong = f"tier_{higher} is milder than tier_{lower} in some column"
                matrix.fault(wrong, "make each cell at least as strict as the one above it")
        _rising(base, "low to critical", [verdicts.base[band].strictness for band in Band])
        _rising(deadlines, "the days of gap_4, gap_3, gap_2", [verdicts.deadlines[gap].days for gap in (4, 3, 2)])
    return verdicts


def _read_row(matrix: Entry, key: str) -> tuple[Band, ...]:
    names = matrix.texts(key)
    known = [BandName(name).band for name in names if name in set(BandName)]
    if names and (len(names) != len(known) or len(known) != 5):
        matrix.fault(f"{key} is {', '.join(names)}", f"write five of {', '.join(BandName)}")
        return ()
    return tuple(known)


def _read_deadline(deadlines: Entry, key: str) -> Deadline:
    entry = deadlines.table(key)
    days = entry.number("days", least=1, most=DAYS_MOST)
    deadline = Deadline(days, working=entry.flag("working"), before_go_live=entry.flag("before_go_live"))
    entry.close()
    return deadline


def _read_approvers(file: Entry) -> dict[int, dict[Outcome, Approver]]:
    tables = {tier: file.table(f"tier_{tier}") for tier in TIERS}
    approvers = {
        tier: {outcome: table.one_of(outcome, Approver) for outcome in Outcome} for tier, table in tables.items()
    }
    for table in (*tables.values(), file):
        table.close()
    if file.sound:
        for tier, table in tables.items():
            _rising(table, "approve to reject", [approvers[tier][outcome].rank for outcome in Outcome])
        for outcome in Outcome:
            _rising(file, f"{outcome} in tiers 1 to 4", [approvers[tier][outcome].rank for tier in TIERS])
    return approvers


def _read_lifetimes(file: Entry) -> Lifetimes:
    months, fresh = file.table("months"), file.table("fresh_days")
    lifetimes = Lifetimes(
        months={name.band: months.number(name, least=1, most=MONTHS_MOST) for name in BandName},
        needs_lead_at_most=file.number("needs_security_lead_at_most", least=1, most=MONTHS_MOST),
        tier4_at_most=file.number("tier_4_at_most", least=1, most=MONTHS_MOST),
        fresh_days={source.value: fresh.number(source, least=1, most=DAYS_MOST) for source in Source},
    )
    for entry in (months, fresh, file):
        entry.close()
    if file.sound:
        _rising(months, "critical to low", [lifetimes.months[band] for band in reversed(Band)])
    return lifetimes


def _rising(entry: Entry, what: str, numbers: Iterable[int], *, strictly: bool = False) -> None:
    """More risk, more seats, more gaps: never a smaller number."""
    if any(later < earlier or (strictly and later == earlier) for earlier, later in pairwise(numbers)):
        entry.fault(f"{what} must rise, and does not", "put the values in order; more risk is never milder")


def _three(found: Sequence[int]) -> tuple[int, int, int]:
    return (found[0], found[1], found[2]) if len(found) == 3 else (0, 0, 0)


def _four(found: Sequence[int]) -> tuple[int, int, int, int]:
    return (found[0], found[1], found[2], found[3]) if len(found) == 4 else (0, 0, 0, 0)


def _five(found: Sequence[Value], stand_in: Value) -> tuple[Value, Value, Value, Value, Value]:
    padded = (*found, *[stand_in] * 5)
    return (padded[0], padded[1], padded[2], padded[3], padded[4])
