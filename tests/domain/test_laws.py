"""What has to hold for every profile and every set of answers, over the questions and the policy as shipped."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy import Outcome
from bot.domain.profile import UNKNOWN, Profile
from bot.domain.verdict import assess, mark
from tests.domain.cases import (
    BANK,
    EVERYTHING,
    POLICY,
    Answers,
    answered,
    answers_to,
    best_answers,
    grown,
    milder,
    only_asked,
    opened,
)

cases = answered()


@given(cases, st.randoms(use_true_random=False))
def test_the_same_answers_in_any_order_give_the_same_verdict(case: tuple[Profile, Answers], chance):
    profile, answers = case
    shuffled = list(answers.items())
    chance.shuffle(shuffled)
    assert assess(BANK, POLICY, profile, dict(shuffled)) == assess(BANK, POLICY, profile, answers)


@given(cases)
def test_what_is_not_asked_is_not_looked_at(case: tuple[Profile, Answers]):
    profile, answers = case
    assert assess(BANK, POLICY, profile, only_asked(profile, answers)) == assess(BANK, POLICY, profile, answers)


@given(cases, st.integers(0, 10_000))
def test_a_worse_answer_never_makes_anything_milder(case: tuple[Profile, Answers], pick: int):
    profile, answers = case
    asked = opened(profile)
    question = asked.asked[pick % len(asked.asked)]
    layers = asked.profile.layers
    by_gap = sorted(answers_to(question), key=lambda codes: question.gap(codes, layers))
    verdicts = [(question.gap(codes, layers), _with(profile, answers, question.id, codes)) for codes in by_gap]
    for (gap, better), (worse_gap, worse) in product(verdicts, verdicts):
        if worse_gap > gap:
            assert milder(better, worse) == {}


@given(cases, st.integers(0, 10_000))
def test_not_knowing_is_never_better_than_an_answer_that_does_not_rule_the_tool_out(
    case: tuple[Profile, Answers], pick: int
):
    profile, answers = case
    asked = opened(profile)
    question = asked.asked[pick % len(asked.asked)]
    unknown = _with(profile, answers, question.id, (UNKNOWN,))
    for codes in answers_to(question):
        if not question.blocked_by(codes, asked.on) and (question.id, codes) != ("G6-VENDOR-INCIDENT", ("open",)):
            assert milder(_with(profile, answers, question.id, codes), unknown) == {}


@given(cases, st.integers(0, 10_000))
def test_leaving_a_question_out_is_the_same_as_not_knowing(case: tuple[Profile, Answers], pick: int):
    profile, answers = case
    asked = opened(profile).asked
    question = asked[pick % len(asked)]
    without = {each: codes for each, codes in answers.items() if each != question.id}
    left_out = assess(BANK, POLICY, profile, without)
    assert left_out == _with(profile, answers, question.id, (UNKNOWN,))
    assert question.id in left_out.unknowns


@pytest.mark.parametrize("new_questions", ["not known", "answered best"])
@given(case=cases)
def test_growth_never_makes_anything_milder(case: tuple[Profile, Answers], new_questions: str):
    profile, answers = case
    given_now = only_asked(profile, answers)
    before = assess(BANK, POLICY, profile, given_now)
    for what, larger in grown(profile):
        best = best_answers(larger) if new_questions == "answered best" else {}
        assert (what, milder(before, assess(BANK, POLICY, larger, {**best, **given_now}))) == (what, {})


@given(cases)
def test_growth_never_lowers_inherent_risk_or_tier_and_never_hides_a_question(case: tuple[Profile, Answers]):
    before = opened(case[0])
    for what, larger in grown(case[0]):
        after = opened(larger)
        assert after.risk.total >= before.risk.total, what
        assert after.risk.tier >= before.risk.tier, what
        assert after.on >= before.on, what
        assert {question.id for question in after.asked} >= {question.id for question in before.asked}, what


@given(cases)
def test_one_answer_that_rules_it_out_rejects(case: tuple[Profile, Answers]):
    profile, answers = case
    asked = opened(profile)
    verdict = assess(BANK, POLICY, profile, answers)
    blocked = {question.id for question in asked.asked if question.blocked_by(answers[question.id], asked.on)}
    assert set(verdict.blockers) == blocked
    if blocked:
        assert verdict.outcome is Outcome.REJECT
        assert verdict.approver.value == "ciso"
        assert {verdict.flags[question[:2]] for question in blocked} == {"red"}


BLOCKERS = [(question.id, option.code) for question in BANK.questions for option in question.options if option.blocks]


@pytest.mark.parametrize(("question", "code"), BLOCKERS)
def test_among_answers_that_are_all_good_it_rejects_alone(question: str, code: str):
    verdict = assess(BANK, POLICY, EVERYTHING, best_answers(EVERYTHING, **{question: code}))
    assert verdict.blockers == (question,)
    assert verdict.outcome is Outcome.REJECT


@pytest.mark.parametrize("question", dict(BLOCKERS))
def test_not_knowing_what_could_rule_it_out_needs_the_leads(question: str):
    verdict = assess(BANK, POLICY, EVERYTHING, best_answers(EVERYTHING, **{question: UNKNOWN}))
    assert verdict.outcome.strictness >= Outcome.NEEDS_LEAD.strictness
    assert "E1" in verdict.floors
    assert verdict.flags[question[:2]] == "red"


@given(cases)
def test_safe_to_roll_out_means_nothing_unknown_no_gap_and_no_blocker(case: tuple[Profile, Answers]):
    profile, answers = case
    asked = opened(profile)
    verdict = assess(BANK, POLICY, profile, answers)
    if verdict.outcome is Outcome.APPROVE:
        assert (verdict.unknowns, verdict.unknown_facts, verdict.blockers, verdict.floors) == ((), (), (), ())
        assert verdict.duties == ()
        assert all(question.gap(answers[question.id], asked.profile.layers) < 2 for question in asked.asked)


@given(cases)
def test_an_unknown_answer_that_could_rule_it_out_needs_the_leads_at_least(case: tuple[Profile, Answers]):
    profile, answers = case
    asked = opened(profile)
    live = [question for question in asked.asked if question.blockers(asked.on) and UNKNOWN in answers[question.id]]
    verdict = assess(BANK, POLICY, profile, answers)
    assert ("E1" in verdict.floors) == bool(live)
    if live or verdict.unknown_facts:
        assert verdict.outcome.strictness >= Outcome.NEEDS_LEAD.strictness


@given(cases, st.frozensets(st.sampled_from([question.id for question in BANK.questions])))
def test_time_never_helps(case: tuple[Profile, Answers], old):
    profile, answers = case
    aged = assess(BANK, POLICY, profile, answers, stale=old)
    assert milder(assess(BANK, POLICY, profile, answers), aged) == {}
    forgotten = {each: (UNKNOWN,) if each in old else codes for each, codes in answers.items()}
    assert milder(assess(BANK, POLICY, profile, forgotten), aged) == {}


@given(cases, st.frozensets(st.sampled_from([question.id for question in BANK.questions])))
def test_the_printed_rows_of_every_part_add_up_to_its_number(case: tuple[Profile, Answers], old):
    profile, answers = case
    verdict = assess(BANK, POLICY, profile, answers, stale=old)
    sums: dict[str, int] = {}
    for row in verdict.rows:
        sums[row.part] = sums.get(row.part, 0) + row.points
    inherent = sums.pop("data") + sums.pop("reach") + sums.pop("position")
    assert inherent == verdict.inherent
    assert sums.pop("control_gap") == verdict.control_gap
    assert {code: sums.get(code, 0) for code in verdict.sub_scores} == dict(verdict.sub_scores)
    assert set(sums) <= set(verdict.sub_scores)
    assert all(0 <= number <= 100 for number in (verdict.inherent, verdict.control_gap, *verdict.sub_scores.values()))


@given(cases)
def test_every_gap_from_two_up_and_everything_unknown_becomes_a_condition(case: tuple[Profile, Answers]):
    profile, answers = case
    asked = opened(profile)
    owed = {
        question.id
        for question in asked.asked
        if (found := mark(question, answers[question.id], asked)).unknown or found.gap >= 2
    }
    verdict = assess(BANK, POLICY, profile, answers)
    assert {duty.question for duty in verdict.duties if duty.question} == owed
    assert all(duty.deadline for duty in verdict.duties if duty.question)
    assert len([duty for duty in verdict.duties if not duty.question]) == (3 if verdict.tier == 4 else 0)


def test_the_table_is_never_milder_for_a_higher_tier_or_a_wider_gap():
    cells = {
        (tier, column): POLICY.verdicts.matrix[tier][column]
        for tier, column in product((1, 2, 3, 4), range(len(POLICY.verdicts.gap_bands) + 1))
    }
    assert len(cells) == 20
    for ((tier, column), band), ((higher, wider), worse) in product(cells.items(), cells.items()):
        if higher >= tier and wider >= column:
            assert worse >= band
            assert POLICY.verdicts.base[worse].strictness >= POLICY.verdicts.base[band].strictness


def _with(profile: Profile, answers: Answers, question, codes: tuple[str, ...]):
    return assess(BANK, POLICY, profile, {**answers, question: codes})
