"""The card in the security channel and its modals: what they ask, what they carry, when nothing can be pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import PersonId, QuestionId
from bot.domain.policy import Outcome
from bot.domain.review import AddedCondition, Review, SignOff, Stage, Stance
from bot.slack import ids
from bot.slack.cards import sign_off as cards
from bot.slack.cards.parts import DRAFTED_BY
from bot.slack.limits import Surface
from bot.use_cases.ruled_out import RuledOut
from tests.domain.cases import BANK, CALLS, CRM, KNOWN, SMALL
from tests.slack.cards.reading import acts, assert_fits, block, element, labels, shown, values
from tests.slack.cards.told import (
    AT,
    BEN,
    LEA,
    answering,
    decided,
    sign_off_told,
    somebodys_words,
    submitted,
    submitted_review,
    verdict_of,
)

LONGEST = sorted(BANK.questions, key=lambda each: len(each.text), reverse=True)[:9]
WORST = tuple((each, tuple(option.code for option in each.options)) for each in LONGEST)


@settings(max_examples=60)  # a whole verdict an example
@given(submitted_review(), st.booleans(), somebodys_words)
def test_every_card_and_every_modal_fits(review: Review, rejected: bool, words: str) -> None:
    verdict = verdict_of(review)
    done, decision = decided(review, rejected=rejected, rationale=words)
    pulled = replace(decision, suspended_at=AT, suspended_because=words)
    ruled_out = tuple(RuledOut(withdrawn, AT, BEN, WORST) for withdrawn in (True, False, True))
    assert_fits(cards.sign_off_card(sign_off_told(review, before=(decision, pulled), ruled_out=ruled_out), KNOWN))
    assert_fits(cards.sign_off_card(sign_off_told(done, decision=decision), KNOWN))
    assert_fits(cards.sign_off_card(sign_off_told(replace(review, stage=Stage.WITHDRAWN)), KNOWN))
    for make in (cards.approve_view, cards.conditions_view, cards.reject_view):
        assert_fits(make(review, verdict, KNOWN), Surface.MODAL)
    assert_fits(cards.ask_view(review, KNOWN), Surface.MODAL)
    assert_fits(cards.pull_back_view(decision), Surface.MODAL)


@settings(max_examples=60)  # a whole verdict an example
@given(submitted_review(), st.lists(somebodys_words | st.just("&<@U0LEA>*" * 20), min_size=1, max_size=5))
def test_a_models_lines_fit_and_call_nobody_whatever_is_in_them(review: Review, said: list[str]) -> None:
    before = decided(review)[1]
    ruled_out = tuple(RuledOut(withdrawn, AT, BEN, WORST) for withdrawn in (True, False, True))
    told = replace(sign_off_told(review, before=(before, before, before), ruled_out=ruled_out), drafted=tuple(said))
    assert_fits(cards.sign_off_card(told, KNOWN))


def test_a_models_lines_stand_below_what_the_rules_say_and_above_why_and_take_nothing_away() -> None:
    told = sign_off_told(UNKNOWN)
    plain, drafted = (cards.sign_off_card(each, KNOWN) for each in (told, replace(told, drafted=("One.", "Two."))))
    text = shown(drafted)
    assert text.index("The rules say") < text.index("One.") < text.index(DRAFTED_BY) < text.index("Why")
    assert [each for each in drafted["blocks"] if each not in plain["blocks"]] == drafted["blocks"][2:4]
    assert [each for each in plain["blocks"] if each not in drafted["blocks"]] == []
    assert drafted["text"] == plain["text"]  # a notification has no room to say whose words it shows


WITH_GAP = submitted(answering(CRM, G1_ACCESS_WATCH="logs"))
UNKNOWN = submitted(answering(CRM, G1_ACCESS_WATCH="unknown", G4_KEEP_TIME="unknown"))


def test_the_card_says_what_an_earlier_request_had_answered() -> None:
    question = BANK.by_id[QuestionId("G1-ACCESS-MFA")]
    before = RuledOut(True, AT, BEN, ((question, ("password",)),))
    text = shown(cards.sign_off_card(sign_off_told(UNKNOWN, ruled_out=(before,)), KNOWN))
    assert "An earlier request by <@U0BEN>, withdrawn on" in text
    assert f"had answered “{question.text}” with “{question.by_code['password'].label}”, which rules the tool" in text
    assert "Answered before" not in shown(cards.sign_off_card(sign_off_told(UNKNOWN), KNOWN))


def test_the_card_says_what_this_request_had_answered_before_it_was_taken_back() -> None:
    before = RuledOut(False, AT, BEN, WORST)
    text = shown(cards.sign_off_card(sign_off_told(UNKNOWN, ruled_out=(before,)), KNOWN))
    assert "This request, handed in on" in text
    assert "taken back since, had answered" in text
    assert "and 6 more answers" in text


def test_words_of_the_knowledge_base_are_no_markup_in_what_was_answered_before() -> None:
    question = replace(BANK.by_id[QuestionId("G1-ACCESS-MFA")], text="Who? <!channel> *now* & <https://evil.invalid|x>")
    before = RuledOut(True, AT, BEN, ((question, ("password",)),))
    assert_fits(cards.sign_off_card(sign_off_told(UNKNOWN, ruled_out=(before,)), KNOWN))


def test_the_card_offers_the_five_acts_on_what_it_shows() -> None:
    card = cards.sign_off_card(sign_off_told(UNKNOWN), KNOWN)
    assert acts(card) == [ids.CLAIM, ids.APPROVE, ids.CONDITIONS, ids.ASK, ids.REJECT]
    assert values(card) == {f"r1|{UNKNOWN.version}"}
    assert labels(card)[ids.CONDITIONS] == "Approve With Conditions"
    assert element(card, ids.APPROVE)["style"] == "primary"
    text = shown(card)
    for words in ("May Otter.ai be rolled out?", "<@U0ANA>", "Can we see who signed in from where", "Nobody knows yet"):
        assert words in text
    assert "*Needs 2 security leads*; 0 of 2 have signed" in text


def test_the_card_counts_signatures_and_shows_who_is_looking() -> None:
    sign = SignOff(LEA, PersonId(LEA), Stance.APPROVE, UNKNOWN.version, AT)
    card = cards.sign_off_card(sign_off_told(replace(UNKNOWN, sign_offs=(sign,), claimed_by=BEN)), KNOWN)
    assert "1 of 2 has signed" in shown(card)
    assert "<@U0BEN>" in shown(card)
    assert labels(card)[ids.CLAIM] == "Claim or Unclaim"


def test_a_low_tier_approval_is_confirmed_and_a_high_one_gets_a_form() -> None:
    small = submitted(answering(SMALL, G1_ACCESS_MFA="unknown", G4_KEEP_TIME="unknown"))
    assert verdict_of(small).tier <= 2
    assert "confirm" in element(cards.sign_off_card(sign_off_told(small), KNOWN), ids.APPROVE)
    assert verdict_of(WITH_GAP).tier >= 3
    assert "confirm" not in element(cards.sign_off_card(sign_off_told(WITH_GAP), KNOWN), ids.APPROVE)
    assert block(cards.approve_view(WITH_GAP, verdict_of(WITH_GAP), KNOWN), "sign_off|rationale")["optional"] is False


def test_a_no_of_the_rules_cannot_be_approved() -> None:
    refused = submitted(answering(CRM, G1_ACCESS_MFA="shared"))
    assert verdict_of(refused).outcome is Outcome.REJECT
    card = cards.sign_off_card(sign_off_told(refused), KNOWN)
    assert acts(card) == [ids.CLAIM, ids.ASK, ids.REJECT]
    assert "only other answers help" in shown(card)


def test_the_leads_see_the_teams_note_as_a_quote_and_earlier_decisions() -> None:
    _, before = decided(WITH_GAP)
    card = cards.sign_off_card(sign_off_told(replace(WITH_GAP, note="Please soon."), before=(before,)), KNOWN)
    assert "Please soon." in shown(card)
    assert "Approved with conditions on 23 Nov 2026" in shown(card)


def test_an_earlier_decision_that_has_ended_is_shown_as_expired() -> None:
    _, before = decided(WITH_GAP)
    told = sign_off_told(WITH_GAP, before=(before,))
    assert "expired" not in shown(cards.sign_off_card(told, KNOWN))
    assert "*expired* on" in shown(cards.sign_off_card(replace(told, expired=frozenset({before.id})), KNOWN))


def test_changed_conditions_are_shown_as_changed() -> None:
    verdict = verdict_of(WITH_GAP)
    assert WITH_GAP.package is not None
    waived = tuple(duty.question for duty in verdict.duties if duty.question)
    added = (AddedCondition("Train everyone", 14, LEA),)
    package = replace(WITH_GAP.package, waived=waived, added=added, shaped_by=LEA, milder=True)
    text = shown(cards.sign_off_card(sign_off_told(replace(WITH_GAP, package=package)), KNOWN))
    assert "Train everyone (within 14 days, added by <@U0LEA>)" in text
    assert verdict.duties[0].text not in text
    assert "risk acceptance" in text


@pytest.mark.parametrize(
    ("stage", "words"), [(Stage.WITHDRAWN, "withdrew"), (Stage.ANSWERING, "took this review back")]
)
def test_a_review_that_is_gone_offers_nothing(stage: Stage, words: str) -> None:
    card = cards.sign_off_card(sign_off_told(replace(WITH_GAP, stage=stage)), KNOWN)
    assert words in card["text"]
    assert acts(card) == []


def test_after_the_decision_the_card_is_its_record() -> None:
    done, decision = decided(WITH_GAP, rationale="Logs exist already.")
    card = cards.sign_off_card(sign_off_told(done, decision=decision), KNOWN)
    assert acts(card) == []
    assert "Logs exist already." in shown(card)


def test_conditions_are_ticked_in_groups_of_ten_with_their_questions_as_values() -> None:
    answers = {question: "unknown" for question in list(answering(CALLS).answers)[:24]}
    review = answering(CALLS)
    given = {each: replace(review.answers[each], codes=(code,)) for each, code in answers.items()}
    review = submitted(replace(review, answers={**review.answers, **given}))
    verdict = verdict_of(review)
    view = cards.conditions_view(review, verdict, KNOWN)
    blocks = [each for each in view["blocks"] if str(each.get("block_id")).startswith("sign_off|kept|")]
    assert [each["block_id"] for each in blocks] == [f"sign_off|kept|{n}" for n in range(len(blocks))]
    offered = [option["value"] for each in blocks for option in each["element"]["options"]]
    assert offered == [duty.question for duty in verdict.duties if duty.question]
    assert all(each["element"]["initial_options"] == each["element"]["options"] for each in blocks)
    assert element({"blocks": [block(view, "sign_off|days")]}, "value")["initial_value"] == "30"
    assert block(view, "sign_off|added")["optional"] is True
    assert block(view, "sign_off|rationale")["optional"] is False


def test_a_condition_that_was_dropped_before_starts_unticked() -> None:
    assert WITH_GAP.package is not None
    package = replace(WITH_GAP.package, waived=(QuestionId("G1-ACCESS-WATCH"),))
    view = cards.conditions_view(replace(WITH_GAP, package=package), verdict_of(WITH_GAP), KNOWN)
    assert "initial_options" not in block(view, "sign_off|kept|0")["element"]
    assert "makes it milder" in shown(view)


def test_the_modals_carry_their_card_or_decision() -> None:
    verdict, kept = verdict_of(WITH_GAP), f"r1|{WITH_GAP.version}"
    assert cards.approve_view(WITH_GAP, verdict, KNOWN)["private_metadata"] == kept
    assert cards.conditions_view(WITH_GAP, verdict, KNOWN)["callback_id"] == ids.CONDITIONS_PAGE
    assert cards.reject_view(WITH_GAP, verdict, KNOWN)["callback_id"] == ids.REJECT_PAGE
    assert block(cards.ask_view(WITH_GAP, KNOWN), "sign_off|question")["element"]["action_id"] == "value"
    assert cards.pull_back_view(decided(WITH_GAP)[1])["private_metadata"] == "d1"
