"""The review's own card: in every stage it fits, calls nobody, and carries the ids that were promised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.answers import Proposal
from bot.domain.approval import mark_of
from bot.domain.bank import Choice
from bot.domain.ids import ChannelId, QuestionId
from bot.domain.review import Home, Review, Stage
from bot.slack import ids
from bot.slack.cards.review import review_card
from bot.use_cases.tellings import ReviewTold
from tests.domain.cases import BANK, CALLS, CRM, EVERYTHING, KNOWN, SMALL, best_answers, opened
from tests.slack.cards.reading import acts, assert_fits, element, labels, shown, values
from tests.slack.cards.told import (
    AT,
    BEN,
    a_review,
    answering,
    any_review,
    decided,
    described,
    full_review,
    somebodys_words,
    submitted,
    submitted_review,
    told_of,
    verdict_of,
    with_answers,
)


@given(any_review())
def test_every_question_card_fits_and_calls_nobody_it_should_not(review: Review) -> None:
    assert_fits(review_card(told_of(review), KNOWN))


@settings(max_examples=60)  # a whole verdict an example
@given(full_review())
def test_every_verdict_card_fits(review: Review) -> None:
    assert_fits(review_card(told_of(review), KNOWN))


@settings(max_examples=60)  # a whole verdict an example
@given(submitted_review(), st.booleans(), somebodys_words)
def test_every_card_after_submitting_fits(review: Review, rejected: bool, words: str) -> None:
    assert_fits(review_card(told_of(review), KNOWN))
    done, decision = decided(review, rejected=rejected, rationale=words)
    assert_fits(review_card(told_of(done, decision), KNOWN))
    pulled = replace(decision, suspended_at=AT, suspended_because=words)
    assert_fits(review_card(told_of(done, pulled), KNOWN))
    assert_fits(review_card(told_of(replace(review, stage=Stage.WITHDRAWN)), KNOWN))


@given(somebodys_words, somebodys_words)
def test_every_first_card_fits(name: str, quote: str) -> None:
    proposals = (Proposal("data", "customer_pii", quote), Proposal("seats", "40", ""), Proposal("clients", name, ""))
    assert_fits(review_card(told_of(a_review(tool_name=name, purpose=quote, proposals=proposals)), KNOWN))


def card(review: Review, **facts: Any) -> dict[str, Any]:
    return review_card(replace(told_of(review), **facts), KNOWN)


def test_the_first_card_opens_the_profile() -> None:
    shown_card = card(a_review(purpose="to take notes"))
    assert "*For:* “to take notes”" in shown(shown_card)
    assert "two short pages, about 90 seconds" in shown(shown_card)
    assert element(shown_card, ids.PROFILE)["value"] == "r1|0"
    assert element(shown_card, ids.PROFILE)["style"] == "primary"
    assert element(shown_card, ids.WITHDRAW)["confirm"]
    assert ids.CONFIRM not in acts(shown_card)


def test_a_tool_without_a_name_is_called_a_tool() -> None:
    assert "a tool" in shown(card(a_review(tool_name="")))


def test_in_direct_messages_nobody_is_offered_direct_messages() -> None:
    assert ids.DM in acts(card(a_review()))
    assert ids.DM not in acts(card(a_review(home=Home(ChannelId("U0ANA")))))
    assert f"{ids.DM}#r1|1" not in values(card(described(home=Home(ChannelId("D0ANA")))))


def test_a_card_that_moved_says_so_and_offers_nothing() -> None:
    moved = review_card(ReviewTold(described(), elsewhere=True), KNOWN)
    assert moved["text"] == "This review goes on in a direct message."
    assert acts(moved) == []


def question_card(name: str, review: Review) -> dict[str, Any]:
    return card(replace(review, showing=QuestionId(name)))


def test_up_to_four_options_are_buttons_and_five_are_a_menu() -> None:
    for question in opened(EVERYTHING).asked:
        shown_card = question_card(question.id, described(EVERYTHING))
        block = next(b for b in shown_card["blocks"] if b.get("block_id") == f"q|{question.id}|r1|1")
        offered = [each["action_id"] for each in block["elements"]]
        assert "answer|unknown" in offered
        codes = [option.code for option in question.options if not option.alone]
        alone = [f"answer|{option.code}" for option in question.options if option.alone]
        if question.choice is not Choice.ONE:
            none_of_these = [] if alone else [ids.NONE]
            assert offered == ["answer", *alone, *none_of_these, "answer|unknown"]
            assert [each["value"] for each in block["elements"][0]["options"]] == codes
        elif len(codes) <= 4:
            assert offered == [*(f"answer|{code}" for code in codes), "answer|unknown"]
            assert {each["value"] for each in block["elements"]} == {"r1|1"}
        else:
            assert offered == ["answer", "answer|unknown"]
            assert [each["value"] for each in block["elements"][0]["options"]] == [*codes, "unknown"]
        assert not any(each.get("style") == "primary" for each in block["elements"])


def test_long_options_are_listed_with_the_numbers_of_their_buttons() -> None:
    question = BANK.by_id[QuestionId("G1-DEVICE-TRUST")]
    shown_card = question_card(question.id, described())
    for number, option in enumerate(question.options, 1):
        assert f"{number}. {option.label}" in shown(shown_card)
        assert labels(shown_card)[f"answer|{option.code}"] == f"{number}. {option.label}"


def test_the_card_tells_how_far_it_is_and_for_which_guideline() -> None:
    case = opened(CRM)
    shown_card = question_card(case.asked[5].id, described())
    assert f"question 6 of {len(case.asked)}" in shown_card["blocks"][0]["text"]["text"]
    assert f"6 of {len(case.asked)}" in shown(shown_card)
    assert KNOWN.guidelines[case.asked[5].guideline].title in shown(shown_card)
    assert case.asked[5].text in shown_card["text"]


def test_the_ways_around_a_question_carry_their_card() -> None:
    review = with_answers(described(), dict(list(best_answers(CRM).items())[:2]))
    shown_card = card(review)
    question = told_of(review).question
    assert question is not None
    assert element(shown_card, ids.BACK)["value"] == "r1|1"
    assert element(shown_card, ids.WHY)["value"] == f"r1|1|{question.id}"
    assert element(shown_card, ids.FORM)["value"] == "r1|1"
    menu = [each["value"] for each in element(shown_card, ids.MORE)["options"]]
    assert menu == [f"{act}#r1|1" for act in (ids.CHANGE_ANSWER, ids.PROFILE, ids.JOIN, ids.DM, ids.WITHDRAW)]


def test_going_back_shows_what_is_recorded_and_lets_it_stand() -> None:
    review = with_answers(described(), {QuestionId("G1-ACCESS-MFA"): ("sso_mfa",)})
    shown_card = question_card("G1-ACCESS-MFA", review)
    assert "Recorded: “Company sign-in (SSO) with an app code or push message” by <@U0BEN>" in shown(shown_card)
    assert element(shown_card, "answer")["initial_option"]["value"] == "sso_mfa"
    assert element(shown_card, ids.NEXT)["value"] == "r1|1"


def test_ticks_show_what_is_ticked_and_next_only_then() -> None:
    review = described(EVERYTHING)
    assert ids.NEXT not in acts(question_card("G6-CONTRACT-TERMS", review))
    ticked = with_answers(review, {QuestionId("G6-CONTRACT-TERMS"): ("breach", "audit")})
    shown_card = question_card("G6-CONTRACT-TERMS", ticked)
    assert [each["value"] for each in element(shown_card, "answer")["initial_options"]] == ["breach", "audit"]
    assert "Tick all that apply; each tick is saved." in shown(shown_card)
    assert ids.NEXT in acts(shown_card)


def test_the_first_question_says_what_was_added_and_how_long_it_will_be() -> None:
    first = shown(card(described(CALLS)))
    assert "longer list" in first
    assert "I added" in shown(card(described(EVERYTHING))) or not opened(EVERYTHING).inferred
    inferred = opened(replace(SMALL, kinds=frozenset({"remote_access"}))).inferred
    text = shown(card(described(replace(SMALL, kinds=frozenset({"remote_access"})))))
    assert inferred
    assert all(KNOWN.reason(each) in text for each in inferred)
    assert "several tools in one" in shown(card(described(EVERYTHING)))
    later = card(with_answers(described(CALLS), dict(list(best_answers(CALLS).items())[:1])))
    assert "longer list" not in shown(later)


def test_after_a_blocker_the_card_says_that_it_is_a_no_already() -> None:
    review = with_answers(described(), {QuestionId("G1-ACCESS-MFA"): ("shared",)})
    assert "As answered this is already a no." in shown(card(review))


def test_an_answer_that_wants_an_owner_offers_to_add_one() -> None:
    shown_card = card(with_answers(described(), {QuestionId("G3-OWNER-NAME"): ("named",)}))
    assert "Who looks after it, and who stands in?" in shown(shown_card)
    assert element(shown_card, ids.EXTRA)["value"] == "r1|1|G3-OWNER-NAME"


def test_a_clean_small_tool_is_recorded_without_a_signature() -> None:
    shown_card = card(answering(SMALL))
    assert "safe to roll out" in shown_card["blocks"][0]["text"]["text"]
    assert labels(shown_card)[ids.SUBMIT] == "Record the Decision"
    assert element(shown_card, ids.SUBMIT)["value"] == f"r1|1|{mark_of(verdict_of(answering(SMALL)))}"
    assert mark_of(verdict_of(answering(SMALL))) != mark_of(verdict_of(answering(SMALL, G4_KEEP_TIME="manual")))


def test_a_no_names_the_answer_and_the_smallest_change() -> None:
    shown_card = card(answering(CRM, G1_ACCESS_MFA="password"))
    text = shown(shown_card)
    assert "not as it stands" in shown_card["blocks"][0]["text"]["text"]
    assert "Rules it out: “How do people sign in to it?” is answered “User name and password only”." in text
    assert "“How do people sign in to it?” from “User name and password only” to “" in text
    assert "→ then “" in text
    assert labels(shown_card)[ids.SUBMIT] == "Send to the Security Leads"
    assert "Conditions" not in text


def test_strengths_are_words_and_numbers() -> None:
    text = shown(card(answering(CRM, G1_ACCESS_MFA="password")))
    assert "Tighten enterprise permissions, each layer: *weak*" in text
    assert "*strong*, 100 of 100" in text


def test_the_verdict_card_ends_in_its_acts() -> None:
    shown_card = card(answering())
    assert {ids.SUBMIT, ids.SUM, ids.CHANGE_ANSWER, ids.MORE} <= set(acts(shown_card))
    menu = [each["value"] for each in element(shown_card, ids.MORE)["options"]]
    assert set(menu) == {f"{act}#r1|1" for act in (ids.FORM, ids.PROFILE, ids.NOTE, ids.JOIN, ids.WITHDRAW)}


def test_with_the_leads_the_card_says_who_has_it_and_how_to_take_it_back() -> None:
    review = submitted(answering())
    shown_card = card(replace(review, claimed_by=BEN))
    assert "<@U0BEN>" in shown(shown_card)
    assert "<!date^" in shown(shown_card)
    assert "no longer count" in element(shown_card, ids.REOPEN)["confirm"]["text"]["text"]
    assert {ids.REOPEN, ids.SUM, ids.WITHDRAW, ids.MORE} == set(acts(shown_card))


def test_a_decision_shows_who_signed_why_what_and_until_when() -> None:
    review, decision = decided(submitted(answering(CRM, G1_ACCESS_WATCH="logs")), rationale="Logs exist already.")
    text = shown(card(review, decision=decision))
    for words in ("<@U0LEA>", "Logs exist already.", "Valid until", "Work-at-home agents", "Conditions", "by "):
        assert words in text
    pulled = replace(decision, suspended_at=AT, suspended_because="An answer was wrong.")
    assert "An answer was wrong." in shown(card(review, decision=pulled))
    assert "pulled back" in card(review, decision=pulled)["text"]


def test_a_withdrawn_review_says_calmly_how_to_start_again() -> None:
    text = card(replace(described(), stage=Stage.WITHDRAWN))["text"]
    assert "closed without a decision" in text
    assert "/preflight" in text
