"""The verdict: inherent risk, control gaps, band, floors, blockers, and every number as rows that add up.

The same input always gives the same verdict: integers only, no clock, no chance, no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.domain.bank import GUIDELINES, Question, QuestionBank
from bot.domain.ids import QuestionId
from bot.domain.policy import Approver, Band, Deadline, Outcome, Policy, Scoring
from bot.domain.profile import KEPT, UNKNOWN, Inferred, Profile, atoms, infer

STAGE_NOW: Final = QuestionId("G3-STAGE-NOW")  # floor E3 looks at this answer …
IN_USE: Final = frozenset({"pilot", "live", UNKNOWN})
VENDOR_INCIDENT: Final = QuestionId("G6-VENDOR-INCIDENT")  # … and E4 at this one

Answers = Mapping[QuestionId, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the printed sum: the rows of a part add up to the number of that part."""

    part: str
    what: str
    points: int


@dataclass(frozen=True, slots=True)
class InherentRisk:
    """Risk before any control is counted, 0 to 100, with its tier and the rows that make it."""

    total: int
    tier: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """How one question was answered, as far as the rules care."""

    question: Question
    gap: int
    unknown: bool
    blocked: bool  # the answer rules the tool out
    could_block: bool  # some answer to it would rule the tool out here
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """A condition the verdict carries: what to do, for which question, how soon. Standing ones have no question."""

    question: QuestionId | None
    text: str
    gap: int
    unknown: bool
    deadline: Deadline | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules make of a set of marks."""

    sub_scores: Mapping[str, int]
    control_gap: int
    band: Band
    floors: tuple[str, ...]
    blockers: tuple[QuestionId, ...]
    outcome: Outcome
    approver: Approver


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that the rules say of a tool in one use."""

    tier: int
    inherent: int
    asked: tuple[QuestionId, ...]
    sub_scores: Mapping[str, int]
    flags: Mapping[str, str]  # green, amber or red by guideline
    control_gap: int
    band: Band
    blockers: tuple[QuestionId, ...]
    floors: tuple[str, ...]
    outcome: Outcome
    approver: Approver
    months: int
    duties: tuple[Duty, ...]
    unknowns: tuple[QuestionId, ...]
    unknown_facts: tuple[str, ...]
    inferred: tuple[Inferred, ...]
    rows: tuple[Row, ...]
    bank_version: str


@dataclass(frozen=True, slots=True)
class Case:
    """A profile made ready for questions: what follows from it, its inherent risk, and what conditions may name."""

    profile: Profile
    inferred: tuple[Inferred, ...]
    risk: InherentRisk
    on: frozenset[str]
    asked: tuple[Question, ...]


def open_case(bank: QuestionBank, policy: Policy, profile: Profile) -> Case:
    """Work out what a profile means: inferred facts, tier, and the questions it is asked."""
    full, inferred = infer(profile)
    risk = inherent_risk(full, policy.scoring)
    on = atoms(full, risk.tier)
    return Case(full, inferred, risk, on, bank.asked(on))


def assess(
    bank: QuestionBank,
    policy: Policy,
    profile: Profile,
    answers: Answers,
    *,
    stale: frozenset[QuestionId] = frozenset(),
) -> Verdict:
    """Compute the verdict. What is asked and not answered counts as not known; so does a stale answer, or worse."""
    case = open_case(bank, policy, profile)
    marks = mark_all(case, answers, stale=stale)
    found = judge(marks, case, policy)
    duties = duties_of(marks, case, policy)
    return Verdict(
        tier=case.risk.tier,
        inherent=case.risk.total,
        asked=tuple(question.id for question in case.asked),
        sub_scores=found.sub_scores,
        flags=_flags(marks, found.sub_scores, policy.scoring),
        control_gap=found.control_gap,
        band=found.band,
        blockers=found.blockers,
        floors=found.floors,
        outcome=found.outcome,
        approver=found.approver,
        months=_months(found, case.risk.tier, policy),
        duties=duties,
        unknowns=tuple(mark.question.id for mark in marks if mark.unknown),
        unknown_facts=profile.unknown_facts,
        inferred=case.inferred,
        rows=(*case.risk.rows, *_gap_rows(marks, found, policy.scoring)),
        bank_version=bank.version,
    )


def mark_all(case: Case, answers: Answers, *, stale: frozenset[QuestionId] = frozenset()) -> tuple[Mark, ...]:
    """Mark every asked question; answers to others are not looked at."""
    return tuple(mark(question, answers.get(question.id), case, stale=question.id in stale) for question in case.asked)


def mark(question: Question, codes: tuple[str, ...] | None, case: Case, *, stale: bool = False) -> Mark:
    """Mark one answer. A stale one is the worse of itself and not known: a bad answer stays bad."""
    given = (UNKNOWN,) if codes is None else codes
    unknown = stale or UNKNOWN in given
    return Mark(
        question=question,
        gap=question.worst_gap if unknown else question.gap(given, case.profile.layers),
        unknown=unknown,
        blocked=question.blocked_by(given, case.on),
        could_block=bool(question.blockers(case.on)),
        codes=given,
    )


def judge(marks: Sequence[Mark], case: Case, policy: Policy) -> Judgement:
    """From marks to outcome: sub-scores, control gap, band, floors, blockers."""
    scoring, tier = policy.scoring, case.risk.tier
    sums = dict.fromkeys(GUIDELINES, 0)
    serious, lifted = 0, False
    for each in marks:
        sums[each.question.guideline] += each.question.weight * scoring.gap_points[each.gap]
        serious += each.gap >= policy.verdicts.serious_gap
        lifted = lifted or each.unknown or each.gap >= 2
    sub_scores = {code: min(scoring.sub_score_cap, points) for code, points in sums.items()}
    control_gap = min(
        scoring.control_gap_cap,
        (scoring.worst_weight * max(sub_scores.values()) + sum(sub_scores.values())) // scoring.divisor,
    )
    column = sum(control_gap >= start for start in policy.verdicts.gap_bands)
    band = policy.verdicts.matrix[tier][column]
    outcome = policy.verdicts.base[band]
    if lifted and outcome is Outcome.APPROVE:
        outcome = Outcome.CONDITIONS
    floors = _floors(marks, case, serious >= policy.verdicts.many_gaps)
    if floors and outcome.strictness < Outcome.NEEDS_LEAD.strictness:
        outcome = Outcome.NEEDS_LEAD
    blockers = tuple(each.question.id for each in marks if each.blocked)
    if blockers:
        outcome = Outcome.REJECT
    return Judgement(sub_scores, control_gap, band, floors, blockers, outcome, policy.approvers[tier][outcome])


def duties_of(marks: Sequence[Mark], case: Case, policy: Policy) -> tuple[Duty, ...]:
    """The conditions that follow from marks, the widest gap first."""
    rules = policy.verdicts
    found = [
        Duty(
            each.question.id,
            f"Find out: {each.question.text}" if each.unknown else each.question.fix,
            each.gap,
            each.unknown,
            rules.unknown_deadline if each.unknown else rules.deadlines[each.gap],
        )
        for each in marks
        if each.unknown or each.gap >= 2
    ]
    found.sort(key=lambda duty: (-duty.gap, duty.unknown))
    standing = rules.standing if case.risk.tier == 4 else ()
    return (*found, *(Duty(None, text, 0, False, None) for text in standing))


@lru_cache(maxsize=KEPT)
def inherent_risk(profile: Profile, scoring: Scoring) -> InherentRisk:
    """Data, reach and position, each capped, as rows. Expects the inferred facts to be in the profile already."""
    data = _data_rows(profile, scoring)
    reach = _reach_rows(profile, scoring)
    position = _position_rows(profile, scoring)
    total = sum(row.points for row in (*data, *reach, *position))
    tier = 1 + sum(total >= start for start in scoring.tier_from)
    return InherentRisk(total, tier, (*data, *reach, *position))


def _data_rows(profile: Profile, scoring: Scoring) -> tuple[Row, ...]:
    points = sorted(((scoring.data_points[code], code) for code in profile.data or {UNKNOWN}), reverse=True)
    (highest, code), further = points[0], points[1:]
    rows = [Row("data", f"highest class: {code}", highest)]
    rows += [
        Row("data", f"further class: {code}", scoring.data_extra)
        for worth, code in further
        if worth >= scoring.data_extra_from
    ]
    return _capped("data", rows, scoring.data_cap)


def _reach_rows(profile: Profile, scoring: Scoring) -> tuple[Row, ...]:
    points, code = max((scoring.user_points[code], code) for code in profile.users or {UNKNOWN})
    rows = [
        Row("reach", f"widest user group: {code}", points),
        _seats_row(profile.seats, scoring),
        _clients_row(profile, scoring),
    ]
    return _capped("reach", rows, scoring.reach_cap)


def _seats_row(seats: int | None, scoring: Scoring) -> Row:
    if seats is None:
        return Row("reach", "seats: unknown", scoring.seats_unknown)
    points = next((points for most, points in scoring.seat_bands if seats <= most), scoring.seats_more)
    return Row("reach", f"seats: {seats}", points)


def _clients_row(profile: Profile, scoring: Scoring) -> Row:
    clients = profile.clients
    if clients.everyone or clients.number >= 2:
        return Row("reach", "clients: two or more", scoring.clients_several)
    if clients.unknown:
        return Row("reach", "clients: unknown", scoring.clients_unknown)
    if clients.number:
        return Row("reach", "clients: one", scoring.clients_one)
    return Row("reach", "clients: none", 0)


def _position_rows(profile: Profile, scoring: Scoring) -> tuple[Row, ...]:
    kinds = profile.kinds - {UNKNOWN}
    worth = [(scoring.kind_points[code], code) for code in kinds]
    worth += [(scoring.layer_points[code], code) for code in profile.layers - {UNKNOWN}]
    if not worth or UNKNOWN in profile.kinds | profile.layers:
        return (Row("position", "not known what it is", scoring.position_cap),)
    points, code = max(worth)
    rows = [Row("position", f"deepest kind or layer: {code}", points)]
    if (further := len(kinds) - 1) > 0:
        rows.append(Row("position", f"further kinds: {further}", further * scoring.kind_extra))
    return _capped("position", rows, scoring.position_cap)


def _capped(part: str, rows: list[Row], cap: int, what: str = "") -> tuple[Row, ...]:
    over = sum(row.points for row in rows) - cap
    return (*rows, Row(part, what or f"at most {cap}", -over)) if over > 0 else tuple(rows)


def _floors(marks: Sequence[Mark], case: Case, many: bool) -> tuple[str, ...]:
    by_id = {each.question.id: each for each in marks}
    stage, incident = by_id.get(STAGE_NOW), by_id.get(VENDOR_INCIDENT)
    raised = {
        "E1": any(each.unknown and each.could_block for each in marks),
        "E2": bool(case.profile.unknown_facts),
        # Not knowing whether it is in use counts as in use: unknown is never better than the worst but one.
        "E3": stage is not None and "client_data" in case.on and (stage.unknown or not IN_USE.isdisjoint(stage.codes)),
        "E4": incident is not None and "open" in incident.codes,
        "E5": many,
    }
    return tuple(code for code, so in raised.items() if so)


def _flags(marks: Sequence[Mark], sub_scores: Mapping[str, int], scoring: Scoring) -> dict[str, str]:
    alarmed = {each.question.guideline for each in marks if each.blocked or (each.unknown and each.could_block)}
    return {
        code: "red"
        if code in alarmed or points >= scoring.red_from
        else "amber"
        if points >= scoring.amber_from
        else "green"
        for code, points in sub_scores.items()
    }


def _months(found: Judgement, tier: int, policy: Policy) -> int:
    limits = [policy.lifetimes.months[found.band]]
    if found.outcome.strictness >= Outcome.NEEDS_LEAD.strictness:
        limits.append(policy.lifetimes.needs_lead_at_most)
    if tier == 4:
        limits.append(policy.lifetimes.tier4_at_most)
    return min(limits)


def _answer_shown(each: Mark) -> str:
    too_old = each.unknown and UNKNOWN not in each.codes
    return (", ".join(each.codes) or "none") + (" (too old)" if too_old else "")


def _gap_rows(marks: Sequence[Mark], found: Judgement, scoring: Scoring) -> tuple[Row, ...]:
    rows: list[Row] = []
    for code in GUIDELINES:
        part = [
            Row(
                code,
                f"{each.question.id}: {_answer_shown(each)}, gap {each.gap}, weight {each.question.weight}",
                each.question.weight * scoring.gap_points[each.gap],
            )
            for each in marks
            if each.question.guideline == code
        ]
        rows += _capped(code, part, scoring.sub_score_cap)
    worst = max(found.sub_scores, key=lambda code: found.sub_scores[code])
    leading = scoring.worst_weight * found.sub_scores[worst]
    breadth = sum(found.sub_scores.values())
    total = (leading + breadth) // scoring.divisor
    rows += _capped(
        "control_gap",
        [
            Row("control_gap", f"{scoring.worst_weight} times the worst guideline, {worst}", leading),
            Row("control_gap", "all seven guidelines together", breadth),
            Row("control_gap", f"divided by {scoring.divisor}, rounded down", total - leading - breadth),
        ],
        scoring.control_gap_cap,
    )
    return tuple(rows)
