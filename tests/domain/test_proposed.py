"""Answers proposed out of somebody's words: which may be filled in, which reply names one, when one is confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import Choice, Question
from bot.domain.ids import QuestionId, UserId
from bot.domain.policy import Deadline, Policy
from bot.domain.profile import UNKNOWN, Profile
from bot.domain.proposed import (
    PROPOSED_MOST,
    QUOTE_MOST,
    confirmed,
    filled_in,
    may_fill_in,
    option_named,
    with_one_more,
    without_words,
)
from bot.domain.utterance import Utterance
from bot.domain.verdict import Duty, Verdict, assess
from tests.domain.cases import BANK, CRM, EVERYTHING, POLICY, Answers, answered, answers_to, milder, opened

ANA, BEN = UserId("U0ANA"), UserId("U0BEN")
SIGN_IN = BANK.by_id[QuestionId("G1-ACCESS-MFA")]
KEPT = BANK.by_id[QuestionId("G4-KEEP-TIME")]
LAYERS = next(each for each in BANK.questions if each.choice is Choice.LAYERS)
TERMS = next(each for each in BANK.questions if each.choice is Choice.TICKS)


def proposal(question: Question, value: str, quote: str = "we do that", **facts: object) -> Proposal:
    return replace(Proposal(question.id, value, quote, Origin.MODEL), **facts)  # type: ignore[arg-type]


# --- what may be filled in --------------------------------------------------------------------------------------------

FLAGS = ("green", "amber", "red")


def better(unknown: Verdict, known: Verdict) -> dict[str, object]:
    """Everything in which a verdict is better than the one where the question is not known."""
    found: dict[str, object] = dict(milder(unknown, known))
    found |= {
        f"flag {code}": 1 for code in FLAGS_OF if FLAGS.index(known.flags[code]) < FLAGS.index(unknown.flags[code])
    }
    found |= {floor: 1 for floor in unknown.floors if floor not in known.floors}
    found |= {f"blocker {each}": 1 for each in unknown.blockers if each not in known.blockers}
    due = {duty.question: duty for duty in known.duties}
    found |= {f"duty {duty.question}": 1 for duty in unknown.duties if not _presses(due.get(duty.question), duty)}
    return found


FLAGS_OF = ("G1", "G2", "G3", "G4", "G5", "G6", "G7")


def _presses(duty: Duty | None, than: Duty) -> bool:
    """Is there still a duty, as grave, and due no later? Ten working days are at least ten days."""
    if duty is None or duty.gap < than.gap:
        return False
    now, then = duty.deadline, than.deadline
    return now == then or (
        now is not None and then is not None and now.days <= then.days and now.before_go_live >= then.before_go_live
    )


def some_answers(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
    """Codes that may or may not be an answer to it."""
    codes = st.sampled_from([*question.by_code, UNKNOWN, "no_such_code"])
    return st.sampled_from([*answers_to(question), (UNKNOWN,)]) | st.lists(codes, max_size=5).map(tuple)


@given(answered(), st.integers(0, 10_000), st.data())
def test_what_may_be_filled_in_never_rules_out_and_never_leads_to_anything_better_than_not_knowing(
    case: tuple[Profile, Answers], pick: int, data: st.DataObject
) -> None:
    profile, answers = case
    opened_case = opened(profile)
    question = opened_case.asked[pick % len(opened_case.asked)]
    codes = data.draw(some_answers(question))
    if not may_fill_in(question, codes, opened_case, POLICY):
        return
    assert not question.blocked_by(codes, opened_case.on)
    unknown = assess(BANK, POLICY, profile, {**answers, question.id: (UNKNOWN,)})
    filled = assess(BANK, POLICY, profile, {**answers, question.id: codes})
    assert question.id not in filled.blockers
    assert better(unknown, filled) == {}


@given(answered(), st.integers(0, 10_000))
def test_in_a_case_where_everything_else_is_not_known_it_is_no_different(
    case: tuple[Profile, Answers], pick: int
) -> None:
    profile, _ = case
    opened_case = opened(profile)
    question = opened_case.asked[pick % len(opened_case.asked)]
    for codes in answers_to(question):
        if may_fill_in(question, codes, opened_case, POLICY):
            known = assess(BANK, POLICY, profile, {question.id: codes})
            assert better(assess(BANK, POLICY, profile, {}), known) == {}


@pytest.mark.parametrize("question", BANK.questions, ids=lambda each: str(each.id))
def test_no_good_answer_no_blocker_and_nothing_beside_one_is_ever_filled_in(question: Question) -> None:
    case = opened(EVERYTHING)
    layers = case.profile.layers
    for codes in answers_to(question):
        blocks = question.blocked_by(codes, case.on)
        if blocks or question.blockers(case.on) or question.gap(codes, layers) < question.worst_gap:
            assert not may_fill_in(question, codes, case, POLICY), codes


def test_an_answer_as_bad_as_not_knowing_is_filled_in() -> None:
    case = opened(CRM)
    assert may_fill_in(KEPT, ("forever",), case, POLICY)
    assert may_fill_in(KEPT, (UNKNOWN,), case, POLICY)
    filled = [
        each.id for each in case.asked if any(may_fill_in(each, codes, case, POLICY) for codes in answers_to(each))
    ]
    assert len(filled) > 5


def test_ticks_are_judged_as_a_whole() -> None:
    case = opened(EVERYTHING)
    assert filled_in(LAYERS, [proposal(LAYERS, "identity")], case, POLICY) == ("identity",)
    all_of_them = [proposal(LAYERS, code) for code in LAYERS.best(case.profile.layers)]
    assert filled_in(LAYERS, all_of_them, case, POLICY) == ()


def test_where_proposals_differ_nothing_is_filled_in() -> None:
    case = opened(CRM)
    forever = proposal(KEPT, "forever")
    assert filled_in(KEPT, [forever, replace(forever, quote="for ever", said_by=BEN)], case, POLICY) == ("forever",)
    assert filled_in(KEPT, [forever, proposal(KEPT, UNKNOWN)], case, POLICY) == ()
    assert filled_in(KEPT, [proposal(SIGN_IN, "password")], case, POLICY) == ()
    assert filled_in(KEPT, [proposal(KEPT, "no_such_code")], case, POLICY) == ()


LATER = [Deadline(8, before_go_live=True), Deadline(7), Deadline(7, working=True, before_go_live=True)]


@pytest.mark.parametrize("due", LATER, ids=["a day later", "not before go-live", "working days against days"])
def test_an_answer_whose_condition_is_due_later_is_not_filled_in(due: Deadline) -> None:
    rules = POLICY.verdicts
    not_known = Deadline(7, before_go_live=True)
    deadlines = {**rules.deadlines, 4: due}
    stricter: Policy = replace(POLICY, verdicts=replace(rules, unknown_deadline=not_known, deadlines=deadlines))
    assert not may_fill_in(KEPT, ("forever",), opened(CRM), stricter)


def test_a_smaller_gap_is_not_filled_in_even_where_all_conditions_are_due_alike() -> None:
    rules = POLICY.verdicts
    alike = replace(rules, deadlines=dict.fromkeys(rules.deadlines, rules.unknown_deadline))
    policy = replace(POLICY, verdicts=alike)
    assert KEPT.gap(("manual",)) >= 2
    assert not may_fill_in(KEPT, ("manual",), opened(CRM), policy)
    assert may_fill_in(KEPT, ("forever",), opened(CRM), policy)


# --- what a reply names -----------------------------------------------------------------------------------------------

REPLY = Utterance(BEN, "we purge it by hand, whenever somebody thinks of it")


def test_a_reply_names_an_option_when_its_quote_stands_in_it_to_the_letter() -> None:
    found = option_named(KEPT, REPLY, proposal(KEPT, "manual", "purge it by hand"), requester=ANA)
    assert found == Proposal(KEPT.id, "manual", "purge it by hand", Origin.MODEL, BEN)


@pytest.mark.parametrize(
    "told",
    [
        None,
        proposal(KEPT, "manual", "We purge it by hand"),
        proposal(KEPT, "manual", "purged automatically"),
        proposal(KEPT, "manual", ""),
        proposal(KEPT, "manual", "w"),
        proposal(KEPT, "manual", "ever somebody thinks"),
        proposal(KEPT, "manual", " "),
        proposal(KEPT, "sso_mfa", "purge it by hand"),
        proposal(KEPT, ",".join(["manual"] * 1_000), "purge it by hand"),
        proposal(KEPT, "", "purge it by hand"),
        proposal(SIGN_IN, "password", "purge it by hand"),
        proposal(SIGN_IN, "manual", "purge it by hand"),
    ],
)
def test_anything_else_that_a_model_says_of_a_reply_is_dropped(told: Proposal | None) -> None:
    assert option_named(KEPT, REPLY, told, requester=ANA) is None


def test_whose_words_they_are_and_who_read_them_is_not_the_models_to_say() -> None:
    told = proposal(KEPT, UNKNOWN, "whenever", origin=Origin.RULES, said_by=UserId("U0LEAD"))
    found = option_named(KEPT, REPLY, told, requester=BEN)
    assert found == Proposal(KEPT.id, UNKNOWN, "whenever", Origin.MODEL, None)


def test_of_a_long_quote_a_short_piece_is_kept_on_one_line() -> None:
    text = "by\nhand  " * 30
    found = option_named(KEPT, Utterance(BEN, text), proposal(KEPT, "manual", text), requester=ANA)
    assert found is not None
    assert len(found.quote) <= QUOTE_MOST
    assert found.quote.startswith("by hand by hand")


# --- what is confirmed ------------------------------------------------------------------------------------------------


def test_the_very_option_that_was_proposed_is_confirmed_and_no_other() -> None:
    told = [proposal(SIGN_IN, "password", origin=Origin.RULES), proposal(SIGN_IN, "sso_mfa", said_by=BEN)]
    assert confirmed(SIGN_IN, ("sso_mfa",), told) == told[1]
    assert confirmed(SIGN_IN, ("password",), told) == told[0]
    assert confirmed(SIGN_IN, (UNKNOWN,), told) is None
    assert confirmed(KEPT, ("forever",), told) is None


def test_of_several_ticks_all_have_to_be_the_same() -> None:
    told = [proposal(TERMS, "security", origin=Origin.RULES), proposal(TERMS, "breach")]
    assert confirmed(TERMS, ("breach", "security"), told) == told[1]
    assert confirmed(TERMS, ("breach",), told) is None
    assert confirmed(TERMS, (), told) is None
    assert confirmed(TERMS, (), []) is None


# --- what is kept of it -----------------------------------------------------------------------------------------------


def test_what_somebody_says_later_takes_the_place_of_what_they_said_before() -> None:
    told = (Proposal("data", "internal", "intern"), proposal(KEPT, "forever", said_by=BEN), proposal(KEPT, "manual"))
    newer = proposal(KEPT, "y1", said_by=BEN)
    assert with_one_more(told, newer) == (told[0], told[2], newer)


def test_a_crowd_of_proposals_about_one_question_is_cut_to_the_newest() -> None:
    told: tuple[Proposal, ...] = (Proposal("data", "internal", "intern"),)
    for number in range(PROPOSED_MOST + 5):
        told = with_one_more(told, proposal(KEPT, "manual", said_by=UserId(f"U{number}")))
    assert len(told) == PROPOSED_MOST + 1
    assert told[0].fact == "data"
    assert told[-1].said_by == f"U{PROPOSED_MOST + 4}"


def test_the_words_are_forgotten_when_the_question_is_answered_and_the_proposal_is_not() -> None:
    told = (Proposal("data", "internal", "intern"), proposal(KEPT, "manual", "by hand"))
    assert without_words(told, {KEPT.id}) == (told[0], replace(told[1], quote=""))
    assert without_words(told, {SIGN_IN.id}) is told
