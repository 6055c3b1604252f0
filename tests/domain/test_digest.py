"""The weekly digest: due once a week at the company's hour, the number that matters first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.client_review import Occurrence, State
from bot.domain.decision import Condition, Decision
from bot.domain.digest import (
    OLDEST,
    Digest,
    DigestPlan,
    Matter,
    MissedReview,
    Overdue,
    Waiting,
    ages,
    next_digest,
    strengths,
    to_sample,
    waited,
    what_matters,
    working_days_between,
)
from bot.domain.ids import ClientId, DecisionId, OccurrenceId, ReviewId, SeriesId, ToolId, UserId, VerdictId
from bot.domain.policy import Approver, Outcome
from bot.domain.times import zone_of
from tests.domain.cases import CRM
from tests.domain.reviews import AT, submitted, verdict_of

SINCE, UNTIL = AT - timedelta(days=7), AT
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
PLANS = st.builds(
    DigestPlan,
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from(("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")),
)


def a_decision(number: int = 1, **fields: object) -> Decision:
    made = Decision(
        id=DecisionId(f"D{number}"),
        review=ReviewId(f"R{number}"),
        tool=ToolId(f"T{number}"),
        tool_name=f"Tool {number}",
        profile=CRM,
        verdict=VerdictId(f"V{number}"),
        computed=Outcome.APPROVE,
        outcome=Outcome.APPROVE,
        approver=Approver.SELF_SERVE,
        signatures=(),
        conditions=(),
        decided_at=AT,
        valid_until=date(2027, 5, 1),
        tier=1,
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # the fields of a decision, by name


def an_overdue() -> Overdue:
    due = date(2026, 11, 20)
    return Overdue(a_decision(), Condition("Turn it off", None, 4, UserId("U_ANA"), due), 4)


def a_missed() -> MissedReview:
    occurrence = Occurrence(
        OccurrenceId("O1"),
        SeriesId("S1"),
        ClientId("C1"),
        date(2026, 11, 23),
        AT,
        "UTC",
        30,
        UserId("U_HOST"),
        UserId("U_STAND_IN"),
        state=State.MISSED,
    )
    return MissedReview("Northwind", occurrence)


# --- when -------------------------------------------------------------------------------------------------------------


@given(MOMENTS, PLANS)
def test_it_is_due_within_a_week_at_the_companys_hour(after: datetime, plan: DigestPlan) -> None:
    due = next_digest(after, plan)
    there = due.astimezone(zone_of(plan.zone))
    assert after < due <= after + timedelta(days=7, hours=2)  # two more where clocks were put back
    assert there.weekday() == plan.weekday
    assert there.hour in (plan.hour, plan.hour + 1)  # the later one where summer time leaves that hour out


@given(MOMENTS, PLANS)
def test_from_one_digest_to_the_next_is_one_week_on_the_calendar(after: datetime, plan: DigestPlan) -> None:
    first = next_digest(after, plan)
    second = next_digest(first, plan)
    zone = zone_of(plan.zone)
    assert second.astimezone(zone).date() - first.astimezone(zone).date() == timedelta(days=7)


# --- what is said first -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digest", "matter"),
    [
        (Digest(SINCE, UNTIL), Matter.CALM),
        (Digest(SINCE, UNTIL, decided=(a_decision(),)), Matter.DECIDED),
        (Digest(SINCE, UNTIL, waiting=(Waiting("Otter", 1),), decided=(a_decision(),)), Matter.WAITING),
        (Digest(SINCE, UNTIL, waiting=(Waiting("Otter", 3),), suspended=(a_decision(),)), Matter.WAITING_LONG),
        (Digest(SINCE, UNTIL, ending=(a_decision(),), suspended=(a_decision(),)), Matter.SUSPENDED),
        (Digest(SINCE, UNTIL, unapproved=(a_decision(),), waiting=(Waiting("Otter", 9),)), Matter.UNAPPROVED),
        (Digest(SINCE, UNTIL, missed=(a_missed(),), unapproved=(a_decision(),)), Matter.MISSED),
        (Digest(SINCE, UNTIL, overdue=(an_overdue(),), missed=(a_missed(),)), Matter.OVERDUE),
    ],
)
def test_the_most_pressing_number_is_said_first(digest: Digest, matter: Matter) -> None:
    assert what_matters(digest) is matter


def test_a_week_is_calm_only_when_there_is_nothing_at_all() -> None:
    assert Digest(SINCE, UNTIL, strengths=(("G1", 80),)).calm
    assert not Digest(SINCE, UNTIL, to_sample=(a_decision(),)).calm


# --- how old ----------------------------------------------------------------------------------------------------------


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60))
def test_weekends_do_not_make_a_request_older(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    counted = sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, days + 1))
    assert working_days_between(start, end) == counted


def test_a_request_is_as_old_as_its_hand_in() -> None:
    assert waited("Otter", AT, today=date(2026, 11, 30)).days == 4  # handed in on a Tuesday, looked at on a Monday


@given(st.lists(st.integers(0, 40)))
def test_every_request_is_in_exactly_one_age(days: list[int]) -> None:
    found = dict(ages(Waiting("Otter", each) for each in days))
    assert sum(found.values()) == len(days)
    assert found[OLDEST] == sum(each >= 10 for each in days)


# --- what to look at --------------------------------------------------------------------------------------------------


@given(st.integers(0, 45))
def test_one_in_ten_unsigned_decisions_is_looked_at_and_always_the_same(count: int) -> None:
    decided = [a_decision(n) for n in range(count)]
    chosen = to_sample(decided)
    assert len(chosen) == -(-count // 10)
    assert to_sample(list(reversed(decided))) == chosen


def test_what_leads_signed_or_refused_is_not_sampled() -> None:
    signed = a_decision(1, approver=Approver.ONE_LEAD)
    refused = a_decision(2, outcome=Outcome.REJECT)
    assert to_sample([signed, refused]) == ()


def test_a_strength_is_the_mean_of_the_tools_that_were_asked_about_it() -> None:
    verdict = verdict_of(submitted())
    low, high = (replace(verdict, sub_scores=dict.fromkeys(verdict.sub_scores, gap)) for gap in (20, 60))
    unasked = replace(verdict, asked=(), sub_scores=dict.fromkeys(verdict.sub_scores, 0))
    assert dict(strengths([low, high, unasked], ["G1", "G4"])) == {"G1": 60, "G4": 60}
    assert dict(strengths([unasked], ["G1"])) == {"G1": None}
