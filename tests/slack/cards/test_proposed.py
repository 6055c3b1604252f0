"""What somebody wrote beside a question, and what a reply was read as: quoted, never live, never picked already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Answer, Origin, Proposal
from bot.domain.bank import Choice
from bot.domain.ids import ChannelId, QuestionId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.review import Home, Review
from bot.slack import ids
from bot.slack.cards import forms
from bot.slack.cards.notes import line_message
from bot.slack.cards.review import review_card
from bot.slack.cards.sign_off import sign_off_card
from bot.use_cases.tellings import LineTold
from tests.domain.cases import BANK, CRM, EVERYTHING, KNOWN, best_answers, opened
from tests.slack.cards.reading import acts, assert_fits, block, element, labels, shown, values
from tests.slack.cards.told import (
    ANA,
    AT,
    BEN,
    described,
    sign_off_told,
    somebodys_words,
    submitted,
    told_of,
    with_answers,
)

SIGN_IN = BANK.by_id[QuestionId("G1-ACCESS-MFA")]
KEPT = BANK.by_id[QuestionId("G4-KEEP-TIME")]
LAYERS = next(each for each in BANK.questions if each.choice is Choice.LAYERS)
ASKED_IN = "ask_back:event:Ev0123456789"
ALL = opened(EVERYTHING)


def proposed(question: QuestionId, code: str, quote: str, said_by: Any = None) -> Proposal:
    return Proposal(question, code, quote, Origin.MODEL, said_by)


def asking(question: QuestionId, *told: Proposal, **facts: Any) -> Review:
    return replace(described(EVERYTHING, proposals=told, **facts), showing=question)


def card(review: Review) -> dict[str, Any]:
    return review_card(told_of(review), KNOWN)


# --- on the card ------------------------------------------------------------------------------------------------------


def test_the_card_quotes_who_wrote_what_and_what_it_may_mean() -> None:
    said = shown(card(asking(SIGN_IN.id, proposed(SIGN_IN.id, "password", "just a password", BEN))))
    label = SIGN_IN.by_code["password"].label
    assert f"<@{BEN}> wrote: “just a password”. That may mean *{label}*." in said
    assert "Pick what is true." in said


def test_in_their_own_direct_messages_it_is_you_who_wrote() -> None:
    told = (proposed(SIGN_IN.id, "unknown", "no idea who knows"), proposed(SIGN_IN.id, "password", "a password", BEN))
    said = shown(card(asking(SIGN_IN.id, *told, home=Home(ChannelId(ANA)))))
    assert "You wrote: “no idea who knows”. That may mean *I don't know*." in said
    assert f"<@{BEN}> wrote: “a password”." in said


def test_words_that_mean_several_ticks_are_quoted_once() -> None:
    told = [proposed(LAYERS.id, code, "network and data") for code in ("network", "data")]
    said = shown(card(asking(LAYERS.id, *told)))
    assert said.count("network and data") == 1
    both = ", ".join(LAYERS.by_code[code].label for code in ("network", "data"))
    assert f"*{both}*" in said


@given(st.sampled_from(ALL.asked), st.integers(0, 9), somebodys_words, st.sampled_from([None, BEN]))
def test_no_control_of_a_card_is_set_by_a_proposal(question: Any, pick: int, words: str, said_by: Any) -> None:
    code = question.options[pick % len(question.options)].code
    told = proposed(question.id, code, words * 200, said_by)
    plain, quoting = card(asking(question.id)), card(asking(question.id, told))
    assert_fits(quoting)
    extra = [each for each in quoting["blocks"] if each not in plain["blocks"]]
    assert [each for each in quoting["blocks"] if each in plain["blocks"]] == plain["blocks"]
    assert {each["type"] for each in extra} <= {"context"}


def test_proposals_about_other_questions_or_no_option_or_without_their_words_are_not_shown() -> None:
    told = (
        proposed(KEPT.id, "forever", "for ever"),
        proposed(SIGN_IN.id, "no_such_code", "anything"),
        proposed(SIGN_IN.id, "password", ""),
    )
    assert card(asking(SIGN_IN.id, *told)) == card(asking(SIGN_IN.id))


# --- in the form ------------------------------------------------------------------------------------------------------


def field_of(question: QuestionId, *told: Proposal, review: Review | None = None) -> Any:
    shown_review = replace(review or described(CRM), proposals=told)
    guideline = BANK.by_id[question].guideline
    return block(forms.form_view(shown_review, opened(CRM), guideline, KNOWN), f"q|{question}|r1|1")


def test_in_the_form_the_words_stand_in_the_hint_and_a_better_answer_is_not_filled_in() -> None:
    for code in ("d30", "y1", "manual"):
        told = proposed(KEPT.id, code, "we purge it", BEN)
        field = field_of(KEPT.id, told)
        assert "initial_option" not in field["element"]
        label = KEPT.by_code[code].label
        assert f"Somebody else wrote: “we purge it”. That may mean “{label}”." in field["hint"]["text"]
        assert field["hint"]["text"].endswith("Pick what is true.")


def test_in_the_form_an_answer_that_rules_the_tool_out_is_not_filled_in() -> None:
    field = field_of(SIGN_IN.id, proposed(SIGN_IN.id, "password", "just a password"))
    assert "initial_option" not in field["element"]
    assert "The requester wrote: “just a password”." in field["hint"]["text"]


def test_in_the_form_an_answer_no_better_than_not_knowing_is_filled_in_and_says_so() -> None:
    field = field_of(KEPT.id, proposed(KEPT.id, "forever", "kept for ever"))
    assert field["element"]["initial_option"]["value"] == "forever"
    assert field["hint"]["text"].endswith("It is filled in: change it if it is not so.")


def test_in_the_form_what_is_answered_is_not_filled_in_otherwise() -> None:
    review = with_answers(described(CRM), {KEPT.id: ("y1",)})
    field = field_of(KEPT.id, proposed(KEPT.id, "forever", ""), review=review)
    assert field["element"]["initial_option"]["value"] == "y1"


# --- what a reply was read as -----------------------------------------------------------------------------------------


def asked_back(review: Review, question: Any, proposal: Proposal | None = None, **facts: Any) -> dict[str, Any]:
    settled = facts.pop("settled", False)
    notice = Notice(ASKED_IN, NoticeKind.ASK_BACK, Recipient.person(BEN), review.id, facts=facts, live=True)
    return line_message(LineTold(notice, review, question, proposal, settled), KNOWN)


@given(st.sampled_from(BANK.questions), st.integers(0, 9), somebodys_words, st.sampled_from([None, BEN]))
def test_what_a_reply_was_read_as_stands_on_a_button_in_the_options_own_words(
    question: Any, pick: int, words: str, said_by: Any
) -> None:
    codes = [*question.by_code, "unknown"]
    code = codes[pick % len(codes)]
    if question.choice is not Choice.ONE:
        return
    message = asked_back(described(EVERYTHING), question, proposed(question.id, code, words * 200, said_by))
    assert_fits(message)
    label = question.by_code[code].label if code != "unknown" else "I don't know"
    assert labels(message) == {f"answer|{code}": label, ids.ANOTHER: "Another Answer"}
    assert values(message) == {f"r1|1|{ASKED_IN}"}
    assert f"*{label}*" in shown(message)
    assert not any({"style", "initial_option", "confirm"} & {*each} for each in message["blocks"][-2]["elements"])
    assert block(message, f"q|{question.id}|r1|1")


@pytest.mark.parametrize("question", [each for each in BANK.questions if each.choice is Choice.ONE], ids=lambda q: q.id)
def test_another_answer_shows_every_option_as_a_button(question: Any) -> None:
    message = asked_back(described(EVERYTHING), question, another="yes")
    assert_fits(message)
    assert acts(message) == [*(f"answer|{each.code}" for each in question.options), "answer|unknown"]
    for number, each in enumerate(question.options, 1):
        assert f"{number}. {each.label}" in shown(message)
        assert ids.read_message(element(message, f"answer|{each.code}")["value"]) == ASKED_IN


def test_what_is_answered_by_now_says_so_and_offers_nothing() -> None:
    review = with_answers(described(), {SIGN_IN.id: ("password",)})
    message = asked_back(review, SIGN_IN, settled=True)
    assert acts(message) == []
    assert f"“{SIGN_IN.by_code['password'].label}” by <@{BEN}>" in shown(message)
    assert "waits for no answer any more" in shown(asked_back(described(), SIGN_IN, settled=True))


def test_the_notice_of_a_message_is_read_back_and_the_reviews_own_card_has_none() -> None:
    card_value = ids.Card(described().id, 7)
    assert ids.read_message(ids.message_value(card_value, ASKED_IN)) == ASKED_IN
    assert ids.read_card(ids.message_value(card_value, ASKED_IN)) == card_value
    assert [ids.read_message(each) for each in (str(card_value), "", "r1")] == ["", "", ""]


# --- who proposed what was answered -----------------------------------------------------------------------------------


def given_by(origin: Origin | None) -> Review:
    review = with_answers(described(CRM), best_answers(CRM, G4_KEEP_TIME="manual"))
    return replace(review, answers={**review.answers, KEPT.id: Answer(KEPT.id, ("manual",), BEN, AT, proposed=origin)})


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin.MODEL, f"proposed by a model, confirmed by <@{BEN}>"),
        (Origin.RULES, f"read out of somebody's words, confirmed by <@{BEN}>"),
        (None, f"by <@{BEN}>"),
    ],
)
def test_who_proposed_an_answer_is_told_wherever_it_is_listed(origin: Origin | None, words: str) -> None:
    review = given_by(origin)
    label = KEPT.by_code["manual"].label
    assert f"Recorded: “{label}” {words}" in shown(card(replace(review, showing=KEPT.id)))
    assert f"{KEPT.text} “{label}”, {words}" in shown(forms.change_view(review, opened(CRM), KNOWN))


def test_the_leads_see_which_answers_a_model_proposed_and_who_confirmed_them() -> None:
    said = shown(sign_off_card(sign_off_told(submitted(given_by(Origin.MODEL))), KNOWN))
    assert "Proposed by a model, confirmed by the team" in said
    assert f"“{KEPT.text}”: “{KEPT.by_code['manual'].label}”, confirmed by <@{BEN}>" in said
    for origin in (Origin.RULES, None):
        other = shown(sign_off_card(sign_off_told(submitted(given_by(origin))), KNOWN))
        assert "Proposed by a model" not in other


def test_the_leads_card_fits_when_a_model_proposed_everything() -> None:
    review = with_answers(described(EVERYTHING), best_answers(EVERYTHING))
    answers = {each: replace(given, proposed=Origin.MODEL) for each, given in review.answers.items()}
    message = sign_off_card(sign_off_told(submitted(replace(review, answers=answers))), KNOWN)
    assert_fits(message)
    assert f"and {len(answers) - 5} more" in shown(message)
