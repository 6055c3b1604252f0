"""What a decision covers, how long it counts, and on which day its conditions are due."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.decision import (
    Beyond,
    Coverage,
    Decision,
    Signature,
    Standing,
    conditions_from,
    covers,
    due_on,
    months_later,
    standing,
)
from bot.domain.ids import DecisionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.policy import Approver, Deadline, Outcome
from bot.domain.profile import DATA, KINDS, LAYERS, UNKNOWN, USERS, Clients, Profile, infer
from bot.domain.verdict import Duty
from tests.domain.cases import CRM, a_profile, grown, known_profiles, profiles

TODAY = date(2026, 11, 24)
BEYOND_ORDER = ("kinds", "data", "users", "layers", "seats", "clients")


def a_decision(profile: Profile = CRM, **fields: object) -> Decision:
    made = Decision(
        id=DecisionId("D1"),
        review=ReviewId("R1"),
        tool=ToolId("T1"),
        tool_name="Otter",
        profile=profile,
        verdict=VerdictId("V1"),
        computed=Outcome.APPROVE,
        outcome=Outcome.APPROVE,
        approver=Approver.ONE_LEAD,
        signatures=(Signature(UserId("U_LEO"), "Checked."),),
        conditions=(),
        decided_at=datetime(2026, 11, 1, tzinfo=UTC),
        valid_until=date(2027, 5, 1),
        tier=3,
    )
    return replace(made, **fields)


@given(known_profiles)
def test_a_decision_covers_the_use_it_was_made_for(profile: Profile):
    assert covers(a_decision(profile), profile, today=TODAY) == Coverage(True, Standing.VALID)


@given(known_profiles)
def test_a_decision_covers_no_growth_and_names_exactly_what_is_new(profile: Profile):
    for what, larger in grown(profile):
        if what == "an earlier decision":
            continue  # having a decision already is no growth of the use
        found = covers(a_decision(profile), larger, today=TODAY)
        before, after = infer(profile)[0], infer(larger)[0]
        sets = {
            fact: tuple(sorted(getattr(after, fact) - getattr(before, fact)))
            for fact in ("kinds", "data", "users", "layers")
        }
        named = {beyond.fact: beyond.values for beyond in found.beyond}
        expected = {fact: values for fact, values in sets.items() if values}
        if after.seats != before.seats:
            expected["seats"] = (str(after.seats),)
        if after.clients != before.clients:
            expected["clients"] = ("One More",) if what == "a client more" else ("all",)
        # Values that were there already through another fact are not new, so there may be nothing to name.
        assert named == expected, what
        assert found.covered == (not expected), what


@given(known_profiles, known_profiles)
def test_less_of_everything_is_covered(one: Profile, two: Profile):
    both = Profile(
        one.kinds | two.kinds,
        one.data | two.data,
        one.users | two.users,
        max(one.seats or 0, two.seats or 0),
        Clients.named(one.clients.names | two.clients.names),
        one.layers | two.layers,
    )
    assert covers(a_decision(both), one, today=TODAY).covered


@given(profiles)
def test_what_nobody_knows_is_never_covered(profile: Profile):
    found = covers(a_decision(profile), profile, today=TODAY)
    assert found.covered == (not profile.unknown_facts)
    assert found.beyond == tuple(Beyond(fact, (UNKNOWN,)) for fact in BEYOND_ORDER if fact in profile.unknown_facts)


@pytest.mark.parametrize(
    "unknown",
    [
        {"kinds": frozenset({UNKNOWN})},
        {"data": frozenset({"internal", UNKNOWN})},
        {"users": frozenset()},
        {"seats": None},
        {"clients": Clients(unknown=True)},
        {"layers": frozenset({UNKNOWN})},
    ],
    ids=",".join,  # a set is written in another order each time, and every process has to know a test by the same name
)
def test_one_unknown_fact_is_beyond_a_decision_for_everything(unknown: dict[str, object]):
    everything = Profile(
        frozenset(KINDS), frozenset(DATA), frozenset(USERS), 10_000, Clients(everyone=True), frozenset(LAYERS)
    )
    (fact,) = unknown
    found = covers(a_decision(everything), replace(everything, **unknown), today=TODAY)
    assert (found.covered, [beyond.fact for beyond in found.beyond]) == (False, [fact])


@pytest.mark.parametrize(
    ("decided", "now", "new"),
    [
        (["Alder", "Birch"], ["Birch"], None),
        (["Alder"], ["Alder", "Cedar"], ("Cedar",)),
        (["all"], ["Cedar", "Dorn"], None),
        (["all"], ["unknown"], ("unknown",)),
        (["Alder"], ["all"], ("all",)),
        (3, 2, None),
        (2, 3, ("3",)),
        (3, ["Alder"], ("Alder",)),
        (["Alder", "Birch"], 1, ("1",)),
        (["Alder"], 0, None),
    ],
    ids=str,
)
def test_clients_are_covered_by_name(decided, now, new: tuple[str, ...] | None):
    was, wanted = (Clients.counted(x) if isinstance(x, int) else Clients.named(x) for x in (decided, now))
    found = covers(a_decision(replace(CRM, clients=was)), replace(CRM, clients=wanted), today=TODAY)
    assert found.beyond == ((Beyond("clients", new),) if new else ())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"valid_until": TODAY - timedelta(days=1)}, Standing.EXPIRED),
        ({"suspended_at": datetime(2026, 11, 2, tzinfo=UTC)}, Standing.SUSPENDED),
        ({"superseded_by": DecisionId("D2")}, Standing.SUPERSEDED),
        ({"superseded_by": DecisionId("D2"), "valid_until": TODAY - timedelta(days=1)}, Standing.SUPERSEDED),
        ({"valid_until": TODAY}, Standing.VALID),
    ],
)
def test_a_decision_counts_through_its_last_day_unless_suspended_or_superseded(fields, state: Standing):
    decision = a_decision(**fields)
    assert standing(decision, today=TODAY) is state
    assert covers(decision, CRM, today=TODAY) == Coverage(state is Standing.VALID, state)


def test_a_rejection_stands_like_any_decision_but_allows_nothing():
    rejected = a_decision(outcome=Outcome.REJECT)
    assert covers(rejected, CRM, today=TODAY).covered
    assert not rejected.allows


def test_facts_that_follow_from_others_are_not_new():
    decided = a_profile(kinds=["remote_access"], users=["wah_agents"])
    now = replace(decided, data=decided.data | {"customer_pii"}, layers=frozenset({"network", "endpoint"}))
    assert covers(a_decision(decided), now, today=TODAY).covered


# ── Days ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 24), 3, date(2027, 2, 24)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(start: date, months: int, end: date):
    assert months_later(start, months) == end


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)), st.integers(0, 36))
def test_more_months_never_end_earlier(start: date, months: int):
    assert months_later(start, months) < months_later(start, months + 1)
    assert months_later(start, 0) == start


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 11, 24), 10, date(2026, 12, 8)),  # a Tuesday
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # a Friday
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # a Saturday
        (date(2026, 11, 29), 5, date(2026, 12, 4)),  # a Sunday
        (date(2026, 12, 25), 10, date(2027, 1, 8)),
    ],
)
def test_working_days_leave_out_the_weekends(start: date, days: int, due: date):
    assert due_on(Deadline(days, working=True), start) == due


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_so_many_working_days_lie_between_and_the_last_is_one(start: date, days: int):
    due = due_on(Deadline(days, working=True), start)
    between = [start + timedelta(days=each) for each in range(1, (due - start).days + 1)]
    assert sum(day.weekday() < 5 for day in between) == days
    assert due.weekday() < 5


def test_other_days_are_counted_as_they_come():
    assert due_on(Deadline(30), date(2026, 12, 15)) == date(2027, 1, 14)


def test_conditions_keep_the_order_and_the_words_of_their_duties():
    duties = [
        Duty(None, "Review it again", 0, False, None),
        Duty(None, "Close it", 4, False, Deadline(7, before_go_live=True)),
    ]
    owner = UserId("U_ANA")
    standing_one, first = conditions_from(duties, owner=owner, decided_on=TODAY)
    assert (standing_one.due_on, standing_one.before_go_live, standing_one.owner) == (None, False, owner)
    assert (first.text, first.due_on, first.before_go_live) == ("Close it", date(2026, 12, 1), True)
    assert not conditions_from(duties, owner=owner, decided_on=TODAY, live=True)[1].before_go_live
