"""The modals of a review: they fit, keep what is answered, and carry the ids that were promised."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.domain.approval import mark_of
from bot.domain.bank import GUIDELINES, Question
from bot.domain.ids import QuestionId
from bot.domain.profile import Profile
from bot.domain.review import Review
from bot.domain.verdict import Row
from bot.slack import ids
from bot.slack.cards import forms
from bot.slack.cards.words import answer_words
from bot.slack.limits import Surface
from tests.domain.cases import BANK, CRM, EVERYTHING, KNOWN, Answers, answered, best_answers, opened
from tests.slack.cards.reading import acts, assert_fits, block, element, shown
from tests.slack.cards.told import (
    LOU,
    answering,
    any_review,
    described,
    full_review,
    somebodys_words,
    verdict_of,
    with_answers,
)


@settings(max_examples=60)  # a whole verdict an example
@given(any_review())
def test_every_form_of_a_review_fits(review: Review) -> None:
    assert review.profile is not None
    case = opened(review.profile)
    assert_fits(forms.change_view(review, case, KNOWN), Surface.MODAL)
    for guideline in (None, *GUIDELINES):
        assert_fits(forms.form_view(review, case, guideline, KNOWN), Surface.MODAL)


@given(full_review())
def test_every_last_look_and_every_sum_fits(review: Review) -> None:
    verdict = verdict_of(review)
    assert_fits(forms.submit_view(review, verdict, KNOWN), Surface.MODAL)
    assert_fits(forms.sum_view(verdict, KNOWN), Surface.MODAL)


@given(somebodys_words)
def test_a_question_of_a_lead_is_quoted_and_never_live(words: str) -> None:
    view = forms.reply_view(ids.Card(described().id, 3), words)
    assert_fits(view, Surface.MODAL)
    assert (view["callback_id"], view["private_metadata"]) == (ids.REPLY_PAGE, "r1|3")


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: str(question.id))
def test_every_question_says_why_and_asks_for_its_details(question: Question) -> None:
    why = forms.why_view(question, KNOWN)
    assert_fits(why, Surface.MODAL)
    assert question.why in shown(why)
    assert KNOWN.guidelines[question.guideline].title in shown(why)
    assert all(name in shown(why) for name in question.maps)
    view = forms.extra_view(described(), question, KNOWN, question.extras)
    assert_fits({**view, "submit": view["submit"]}, Surface.MODAL)
    fields = [each for each in view["blocks"] if each["type"] == "input"]
    assert [each["block_id"] for each in fields] == [f"extra|{extra.kind}" for extra in question.extras]
    assert all(each["optional"] for each in fields)
    assert view["private_metadata"] == f"r1|1|{question.id}"
    assert "Leave it empty and it becomes a condition." in shown(view)


def test_details_given_before_are_filled_in() -> None:
    question = BANK.by_id[QuestionId("G3-OWNER-NAME")]
    review = with_answers(described(), {question.id: ("named",)})
    kind = question.extras[0].kind
    review = replace(review, answers={question.id: replace(review.answers[question.id], extras={kind: LOU})})
    assert element(forms.extra_view(review, question, KNOWN, question.extras), "value")["initial_user"] == LOU


def test_the_form_shows_one_guideline_and_lets_people_switch() -> None:
    case = opened(EVERYTHING)
    answered = described(EVERYTHING)
    view = forms.form_view(answered, case, "G6", KNOWN)
    asked = [question for question in case.asked if question.guideline == "G6"]
    fields = [each for each in view["blocks"] if each["type"] == "input"]
    assert [each["block_id"] for each in fields] == [f"q|{question.id}|r1|1" for question in asked]
    assert all(each["optional"] for each in fields)
    switch = block(view, "form|guideline")["accessory"]
    assert switch["action_id"] == ids.FORM
    assert [each["value"] for each in switch["options"]] == list(GUIDELINES)
    assert switch["initial_option"]["value"] == "G6"
    assert (view["callback_id"], view["private_metadata"]) == (ids.FORM_PAGE, "r1|1|G6")


def test_the_form_offers_not_knowing_and_keeps_what_is_answered() -> None:
    review = with_answers(described(), {QuestionId("G1-ACCESS-MFA"): ("sso_mfa",)})
    view = forms.form_view(review, opened(CRM), "G1", KNOWN)
    field = block(view, "q|G1-ACCESS-MFA|r1|1")["element"]
    assert field["initial_option"]["value"] == "sso_mfa"
    assert field["options"][-1]["value"] == "unknown"


def test_the_form_opens_at_the_first_guideline_with_an_open_question() -> None:
    case = opened(CRM)
    done = {each: codes for each, codes in best_answers(CRM).items() if each.startswith("G1")}
    view = forms.form_view(with_answers(described(), done), case, None, KNOWN)
    assert view["private_metadata"].endswith("|G2")


def test_the_list_of_answers_names_each_and_offers_each_again() -> None:
    review = answering(CRM, G1_ACCESS_MFA="password")
    view = forms.change_view(review, opened(CRM), KNOWN)
    menu = element(view, "value")
    offered = [each["value"] for group in menu["option_groups"] for each in group["options"]]
    assert sorted(offered) == sorted(review.answers)
    assert "How do people sign in to it? “User name and password only”, by <@U0BEN>" in shown(view)
    assert view["private_metadata"] == "r1|1"
    assert acts(forms.change_view(described(), opened(CRM), KNOWN)) == []


def test_every_part_of_the_sum_adds_up() -> None:
    verdict = verdict_of(answering(CRM, G1_ACCESS_MFA="password", G4_KEEP_TIME="unknown"))
    view = forms.sum_view(verdict, KNOWN)
    parts = [
        each["elements"][0]["elements"][0]["text"].splitlines()
        for each in view["blocks"]
        if each["type"] == "rich_text"
    ]
    printed_rows = 0
    for printed in parts:
        numbers = [int(found[1]) for line in printed if (found := re.match(r" {0,4}(-?\d+)  ", line))]
        assert sum(numbers[:-1]) == numbers[-1]
        printed_rows += len(numbers) - 1
    assert printed_rows == len(verdict.rows)
    assert view["callback_id"] == ids.READ_ONLY


@settings(max_examples=60)  # a whole verdict an example
@given(answered())
def test_the_sum_says_everything_in_words_and_nothing_in_codes(case: tuple[Profile, Answers]) -> None:
    profile, answers = case
    review = with_answers(described(profile), answers)
    rows = shown(forms.sum_view(verdict_of(review), KNOWN)).splitlines()
    for question in opened(profile).asked:
        place = next(n for n, row in enumerate(rows) if row.endswith(f"  {question.text}"))
        assert rows[place + 1].strip().startswith(answer_words(question, answers[question.id]))
    strange = re.compile(r"G\d-[A-Z]|[a-z]_[a-z]|unknown")
    assert [row for row in rows if strange.search(row)] == []


def test_answers_that_the_rules_no_longer_know_are_printed_as_they_are_on_record() -> None:
    verdict = verdict_of(answering(CRM))
    rows = [
        Row("G1", each, 48) for each in ("G1-GONE: is_yes, gap 4, weight 3", "G1-ACCESS-MFA: gone, gap 4, weight 3")
    ]
    words = shown(forms.sum_view(replace(verdict, rows=tuple(rows)), KNOWN))
    assert all(row.what in words for row in rows)


def test_the_last_look_has_room_for_a_note() -> None:
    review = replace(answering(CRM, G1_ACCESS_MFA="password"), note="We know.")
    verdict = verdict_of(review)
    view = forms.submit_view(review, verdict, KNOWN)
    assert element(view, "value")["initial_value"] == "We know."
    assert (view["callback_id"], view["private_metadata"]) == (ids.SUBMIT_PAGE, f"r1|1|{mark_of(verdict)}")
