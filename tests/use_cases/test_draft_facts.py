"""The facts a model drafts from: sentences of ours that hold themselves, and a key that changes with each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.client_review import State
from bot.domain.digest import Digest
from bot.domain.drafted import LINE_MOST, fault_in
from bot.domain.ids import QuestionId, VerdictId
from bot.domain.review import AddedCondition, Review
from bot.use_cases.draft_facts import ToDraft, lead_in_of, opening_of, summary_of
from bot.use_cases.pack_papers import Held
from bot.use_cases.ruled_out import RuledOut
from tests.domain.cases import BANK, CALLS, CRM, KNOWN, SMALL
from tests.slack.cards.test_client_review import reviews
from tests.slack.cards.test_digest import full
from tests.slack.cards.told import AT, BEN, LEA, answering, decided, sign_off_told, submitted, submitted_review

HANDED_IN = submitted(answering(CRM, G1_ACCESS_WATCH="logs", G4_KEEP_TIME="unknown"))


def summary(review: Review, **told: object) -> ToDraft:
    found = sign_off_told(review, **told)  # type: ignore[arg-type]
    wanted = summary_of(review, found.verdict, found.case, found.improvements, found.precedents, found.ruled_out, KNOWN)
    assert wanted is not None
    return wanted


def assert_holds_itself(wanted: ToDraft) -> None:
    """Each fact could be repeated as it is, if it is short enough for a line."""
    basis = wanted.basis()
    for fact in wanted.facts:
        if len(fact) <= LINE_MOST:
            assert fault_in([fact], basis, most=1) is None, fact


@settings(max_examples=60)  # a whole verdict an example
@given(submitted_review())
def test_every_fact_for_the_leads_could_be_said_again(review: Review) -> None:
    before = RuledOut(True, AT, BEN, ())
    _, decision = decided(submitted(answering(SMALL)))
    wanted = summary(review, before=(decision,), ruled_out=(before,))
    assert_holds_itself(wanted)
    told = "\n".join(wanted.facts)
    for words in (review.purpose, review.note, review.vendor, review.url, review.tool_name):
        assert len(words.strip()) < 4 or words.strip() not in told  # what anybody typed stays with us


def test_what_the_rules_say_is_told_and_what_they_would_say_is_not() -> None:
    wanted = summary(submitted(answering(CALLS, G1_ACCESS_WATCH="unknown")))
    assert "The rules say: Needs the security leads." in wanted.facts
    assert "2 security leads have to sign, then the CISO." in wanted.facts
    assert "1 answer is not known or too old; each counts like the worst." in wanted.facts
    assert any(fact.startswith("The smallest change") for fact in wanted.facts)
    for lie in ("Safe with conditions", "Safe to roll out", "The tool is approved", "One security lead has to sign"):
        assert fault_in([f"{lie}."], wanted.basis(), most=5) is not None


def test_an_earlier_decision_lends_its_day_and_not_its_verdict() -> None:
    _, decision = decided(submitted(answering(SMALL)))
    basis = summary(HANDED_IN, before=(decision,)).basis()
    assert fault_in([f"An earlier decision of {AT:%B} {AT.day}, {AT.year} is on record."], basis, most=1) is None
    assert fault_in(["It was approved before."], basis, most=1) is not None
    assert fault_in(["An earlier decision of June 1, 2026 is on record."], basis, most=1) is not None


@pytest.mark.parametrize(
    "otherwise",
    [
        replace(HANDED_IN, package=replace(HANDED_IN.package, verdict=VerdictId("v2"))),  # type: ignore[type-var]
        replace(HANDED_IN, package=replace(HANDED_IN.package, milder=True)),  # type: ignore[type-var]
        replace(HANDED_IN, package=replace(HANDED_IN.package, lapsed=("Northwind",))),  # type: ignore[type-var]
        replace(HANDED_IN, package=replace(HANDED_IN.package, added=(AddedCondition("x", 9, LEA),))),  # type: ignore[type-var]
        replace(HANDED_IN, go_live=date(2026, 12, 1)),
        replace(HANDED_IN, tool_name="Contoso Mail"),
        submitted(answering(CRM, G1_ACCESS_WATCH="logs", G4_KEEP_TIME="manual")),
    ],
)
def test_another_fact_makes_another_key(otherwise: Review) -> None:
    assert summary(otherwise).key != summary(HANDED_IN).key


def test_who_looks_at_it_and_who_has_signed_changes_nothing() -> None:
    signed, _ = decided(HANDED_IN)
    for same in (replace(HANDED_IN, claimed_by=LEA), replace(HANDED_IN, sign_offs=signed.sign_offs[:1])):
        assert summary(same) == summary(HANDED_IN)
    assert len(summary(HANDED_IN).key) <= 255


def test_a_question_that_is_asked_no_more_breaks_nothing() -> None:
    verdict = sign_off_told(HANDED_IN).verdict
    gone = replace(verdict, unknowns=(QuestionId("G9-GONE"), *verdict.unknowns), blockers=(QuestionId("G9-GONE"),))
    told = sign_off_told(HANDED_IN)
    wanted = summary_of(HANDED_IN, gone, told.case, (), (), (), KNOWN)
    assert wanted is not None
    assert any("G9-GONE" in fact for fact in wanted.facts)


def test_longest_facts_stay_within_what_a_prompt_takes() -> None:
    everything = {each.id.replace("-", "_"): "unknown" for each in BANK.questions}
    assert len("\n".join(summary(submitted(answering(CALLS, **everything))).facts)) < 12_000


# --- the digest and the minutes ---------------------------------------------------------------------------------------


def test_every_number_of_the_week_could_be_said_again_and_nobody_is_named() -> None:
    digest = full(name="Secretcorp", count=3)
    wanted = opening_of(digest, date(2026, 11, 16), date(2026, 11, 23), KNOWN)
    assert wanted is not None
    assert_holds_itself(wanted)
    assert "Secretcorp" not in "\n".join(wanted.facts)
    assert "3 conditions are overdue, the oldest by 4 days." in wanted.facts
    assert fault_in(["This week, three conditions are overdue."], wanted.basis(), most=1) is None
    assert fault_in(["This week, three requests are overdue by 5 days."], wanted.basis(), most=1) is not None


def test_a_calm_week_has_nothing_to_draft() -> None:
    day = date(2026, 11, 23)
    assert opening_of(Digest(AT, AT), day, day, KNOWN) is None


def test_the_digest_of_three_weeks_is_not_about_this_week() -> None:
    until = date(2026, 11, 23)
    wanted = opening_of(full(count=1), until - timedelta(days=21), until, KNOWN)
    assert wanted is not None
    assert "this week," not in wanted.facts[0]


@given(reviews(st.just(State.HELD)))
def test_minutes_are_told_by_what_stands_on_their_card(held: Held) -> None:
    wanted = lead_in_of(held)
    basis = wanted.basis()
    for fact in wanted.facts:
        assert fault_in([fact], basis, most=1) is None, fact
    notes = [note.text for item in held.occurrence.items for note in item.notes]
    assert not any(len(note) > 8 and note in said for note in notes for said in wanted.facts)
    assert sum(map(len, wanted.said)) <= 15_000
