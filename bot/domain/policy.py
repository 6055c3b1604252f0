"""An organisation's risk appetite as data: points, tables, floors, approvers, lifetimes. It decides nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Band(IntEnum):
    """Residual risk, after what is in place has been counted."""

    LOW = 0
    MODERATE = 1
    HIGH = 2
    CRITICAL = 3


class Outcome(StrEnum):
    """What the rules can say of a tool, from mild to strict in the order written here."""

    APPROVE = "approve"
    CONDITIONS = "approve_with_conditions"
    NEEDS_LEAD = "needs_security_lead"
    REJECT = "reject"

    @property
    def strictness(self) -> int:
        return tuple(Outcome).index(self)


class Approver(StrEnum):
    """Who has to sign, from the fewest to the highest in the order written here."""

    SELF_SERVE = "self_serve"
    ONE_LEAD = "one_security_lead"
    TWO_LEADS = "two_security_leads"
    CISO = "ciso"

    @property
    def rank(self) -> int:
        return tuple(Approver).index(self)


@dataclass(frozen=True, slots=True)
class Scoring:
    """Points of inherent risk and of control gaps. `…_points` map a fact's code to points; "unknown" is a code too."""

    data_points: Mapping[str, int]
    data_extra: int  # for each further data class worth at least `data_extra_from`
    data_extra_from: int
    data_cap: int
    user_points: Mapping[str, int]
    seat_bands: tuple[tuple[int, int], ...]  # (up to so many seats, points), rising
    seats_more: int
    seats_unknown: int
    clients_one: int
    clients_several: int
    clients_unknown: int
    reach_cap: int
    kind_points: Mapping[str, int]
    layer_points: Mapping[str, int]
    kind_extra: int
    position_cap: int
    tier_from: tuple[int, int, int]  # inherent risk at which tiers 2, 3 and 4 begin
    gap_points: tuple[int, int, int, int, int]
    sub_score_cap: int
    amber_from: int
    red_from: int
    worst_weight: int  # control gap = (worst_weight x worst sub-score + their sum) div divisor
    divisor: int
    control_gap_cap: int

    def __hash__(self) -> int:  # the mappings have none; what follows from a profile is kept by it and these points
        return hash((self.seat_bands, self.tier_from, self.gap_points))


@dataclass(frozen=True, slots=True)
class Floor:
    """A fact that lifts the verdict at least to the security leads."""

    code: str
    because: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """How soon a condition is due: `days` from the decision, in working days if so said, and maybe before go-live."""

    days: int
    working: bool = False
    before_go_live: bool = False


@dataclass(frozen=True, slots=True)
class Verdicts:
    """From tier and control gap to a verdict."""

    gap_bands: tuple[int, int, int, int]  # control gap at which the table's columns 2 to 5 begin
    matrix: Mapping[int, tuple[Band, Band, Band, Band, Band]]  # by tier
    base: Mapping[Band, Outcome]
    floors: Mapping[str, Floor]  # E1 … E5
    many_gaps: int  # E5: so many answers …
    serious_gap: int  # … at this gap or worse
    deadlines: Mapping[int, Deadline]  # by gap: 2, 3, 4
    unknown_deadline: Deadline
    standing: tuple[str, ...]  # conditions every tier 4 tool carries


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a decision stands, in months, and how long an answer stays fresh, in days."""

    months: Mapping[Band, int]
    needs_lead_at_most: int
    tier4_at_most: int
    fresh_days: Mapping[str, int]  # by source of the answer


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of what an organisation may change without touching code."""

    scoring: Scoring
    verdicts: Verdicts
    approvers: Mapping[int, Mapping[Outcome, Approver]]  # by tier
    lifetimes: Lifetimes
