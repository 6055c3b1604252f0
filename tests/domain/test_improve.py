"""The smallest change that helps: it really does, the cheapest comes first, and where all is well nothing is said."""

import pytest
from hypothesis import given, settings

from bot.domain.ids import QuestionId
from bot.domain.improve import Improvement, improve
from bot.domain.policy import Approver, Outcome
from bot.domain.profile import UNKNOWN, Profile
from bot.domain.verdict import assess
from tests.domain.cases import (
    BANK,
    CRM,
    EVERYTHING,
    POLICY,
    SMALL,
    WIKI,
    Answers,
    a_profile,
    answered,
    best_answers,
    opened,
)


def after(improvement: Improvement, answers: Answers) -> Answers:
    return {**answers, **{change.question.id: change.then for change in improvement.changes}}


def cost(improvement: Improvement, profile: Profile) -> tuple[int, int]:
    layers = opened(profile).profile.layers
    steps = sum(
        change.question.gap(change.now, layers) - change.question.gap(change.then, layers)
        for change in improvement.changes
    )
    return steps, sum(change.question.weight for change in improvement.changes)


# Pairs of sixty answers are thousands of verdicts, so these laws are tried on fewer cases than the others.
few = settings(max_examples=50)


@few
@given(answered())
def test_making_the_changes_leads_to_what_was_promised(case: tuple[Profile, Answers]):
    profile, answers = case
    before = assess(BANK, POLICY, profile, answers)
    for improvement in improve(BANK, POLICY, profile, answers):
        changed = assess(BANK, POLICY, profile, after(improvement, answers))
        assert (changed.outcome, changed.approver) == (improvement.outcome, improvement.approver)
        was, now = ((each.outcome.strictness, each.approver.rank) for each in (before, changed))
        assert now < was


@few
@given(answered())
def test_the_cheapest_comes_first_and_every_change_is_a_real_one(case: tuple[Profile, Answers]):
    profile, answers = case
    asked = opened(profile)
    found = improve(BANK, POLICY, profile, answers)
    costs = [cost(improvement, profile) for improvement in found]
    assert costs == sorted(costs)
    assert len(found) <= 5
    for change in (change for improvement in found for change in improvement.changes):
        assert change.question in asked.asked
        assert change.now == answers[change.question.id]
        assert change.then != change.now
        assert UNKNOWN not in change.then
        assert all(change.question.by_code[code].aim for code in change.then)
        assert not change.question.blocked_by(change.then, asked.on)


@few
@given(answered())
def test_no_change_of_an_improvement_is_idle(case: tuple[Profile, Answers]):
    profile, answers = case
    before = assess(BANK, POLICY, profile, answers)
    for improvement in improve(BANK, POLICY, profile, answers):
        if len(improvement.changes) > 1:
            for left_out in improvement.changes:
                rest = {**after(improvement, answers), left_out.question.id: left_out.now}
                found = assess(BANK, POLICY, profile, rest)
                assert (found.outcome, found.approver) == (before.outcome, before.approver)


@few
@given(answered())
def test_where_everything_could_be_better_something_is_always_said(case: tuple[Profile, Answers]):
    profile, answers = case
    now = assess(BANK, POLICY, profile, answers)
    best = assess(BANK, POLICY, profile, best_answers(profile))
    could = (best.outcome.strictness, best.approver.rank) < (now.outcome.strictness, now.approver.rank)
    assert bool(improve(BANK, POLICY, profile, answers)) == could


@pytest.mark.parametrize("profile", [SMALL, WIKI], ids=["tier 1", "tier 2"])
def test_nothing_is_proposed_where_it_is_safe_without_a_signature(profile: Profile):
    assert improve(BANK, POLICY, profile, best_answers(profile)) == ()


def test_the_smallest_step_that_helps_is_proposed_not_the_best_answer():
    (first, *_) = improve(BANK, POLICY, SMALL, best_answers(SMALL, G1_ACCESS_MFA="local_mfa"))
    (change,) = first.changes
    assert (change.question.id, change.now, change.then) == ("G1-ACCESS-MFA", ("local_mfa",), ("sso_mfa",))
    assert (first.outcome, first.approver) == (Outcome.APPROVE, Approver.SELF_SERVE)


def test_two_answers_are_proposed_together_where_none_helps_alone():
    answers = best_answers(SMALL, G1_ACCESS_MFA="local_mfa", G2_SHARE_REACH="invite")
    (first, *_) = improve(BANK, POLICY, SMALL, answers)
    assert {change.question.id for change in first.changes} == {"G1-ACCESS-MFA", "G2-SHARE-REACH"}
    assert [change.then for change in first.changes] == [("sso_mfa",), ("named",)]


def test_three_blockers_are_named_in_one_list():
    bad = {"G1_ACCESS_MFA": "password", "G1_ACCESS_LEAVER": "none", "G4_PLACE_ALLOWED": "not_allowed"}
    (only,) = improve(BANK, POLICY, CRM, best_answers(CRM, **bad))
    assert {change.question.id for change in only.changes} == {name.replace("_", "-") for name in bad}
    assert only.outcome is not Outcome.REJECT


def test_a_small_gap_that_changes_nothing_is_left_out_of_the_list():
    profile = a_profile(kinds=["endpoint_agent"], users=["contractors"])
    gaps = {"G5_UPDATE_RING": UNKNOWN, "G6_PROOF_INDEPENDENT": UNKNOWN, "G3_OWNER_NAME": "team"}
    (only,) = improve(BANK, POLICY, profile, best_answers(profile, **gaps, G1_ACCESS_MFA="sso_mfa"))
    assert {change.question.id for change in only.changes} == {name.replace("_", "-") for name in gaps}


def test_of_five_gaps_that_are_one_too_many_the_one_mended_in_the_fewest_steps_comes_first():
    gaps = {
        "G1_ACCESS_LEAVER": "week",
        "G2_SHARE_REACH": "public",
        "G3_OWNER_NAME": "none",
        "G5_NEED_WHY": "both",
        "G7_RULES_KNOWN": "is_no",
    }
    found = improve(BANK, POLICY, SMALL, best_answers(SMALL, **gaps))
    assert [[change.question.id for change in each.changes] for each in found] == [
        ["G3-OWNER-NAME"],
        ["G7-RULES-KNOWN"],
        ["G5-NEED-WHY"],
        ["G1-ACCESS-LEAVER"],
        ["G2-SHARE-REACH"],
    ]


def test_a_tool_that_nobody_answered_anything_about_still_gets_a_list():
    (only,) = improve(BANK, POLICY, EVERYTHING, {})
    assert len(only.changes) > 10
    answers = {question.id: (UNKNOWN,) for question in opened(EVERYTHING).asked}
    assert assess(BANK, POLICY, EVERYTHING, after(only, answers)).outcome is only.outcome


@pytest.mark.parametrize("now", [UNKNOWN, "not_asked", "refused"])
def test_asking_and_waiting_is_no_change_to_propose(now: str):
    (first, *_) = improve(BANK, POLICY, CRM, best_answers(CRM, G6_CLIENT_CONSENT=now))
    (change,) = first.changes
    assert (change.question.id, change.then) in [("G6-CLIENT-CONSENT", (each,)) for each in ("written", "not_needed")]


def test_a_stale_answer_may_simply_be_given_again():
    leaver = QuestionId("G1-ACCESS-LEAVER")
    (first, *_) = improve(BANK, POLICY, SMALL, best_answers(SMALL), stale=frozenset({leaver}))
    (change,) = first.changes
    assert change.question.id == leaver
    assert (change.now, change.then) == (("auto",), ("auto",))
    assert first.outcome is Outcome.APPROVE


def test_no_answer_mends_a_fact_of_use_that_nobody_knows():
    profile = a_profile(seats=None)
    verdict = assess(BANK, POLICY, profile, best_answers(profile))
    assert verdict.floors == ("E2",)
    assert improve(BANK, POLICY, profile, best_answers(profile)) == ()
