"""Decisions told to people, short messages and App Home: they fit, and say what is next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.decision import Signature, Standing
from bot.domain.ids import DecisionId, PersonId, QuestionId, ToolId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.review import Review, SignOff, Stage, Stance
from bot.domain.tool import Tool
from bot.slack import ids
from bot.slack.cards.blocks import date_token
from bot.slack.cards.decision import OnRecord, found_message, outcome_message, self_serve_card, standing_card
from bot.slack.cards.home import home_view
from bot.slack.cards.notes import help_message, line_message, mine_message
from bot.slack.cards.review import review_card
from bot.slack.cards.sign_off import sign_off_card
from bot.slack.limits import Surface, check
from bot.use_cases.roster import TOLD_TOGETHER
from bot.use_cases.tellings import LineTold
from bot.use_cases.week import Week
from tests.domain.cases import BANK, CRM, KNOWN
from tests.slack.cards.reading import acts, assert_fits, element, shown
from tests.slack.cards.told import (
    ANA,
    AT,
    BEN,
    LEA,
    LOU,
    answering,
    any_review,
    decided,
    described,
    outcome_told,
    sign_off_told,
    somebodys_words,
    standing_told,
    submitted,
    submitted_review,
    told_of,
)

CALM = Week("Europe/Berlin", AT, hosts=False)
WITH_GAP = submitted(answering(CRM, G1_ACCESS_WATCH="logs"))
DONE, DECISION = decided(WITH_GAP, rationale="Logs exist already.")


@given(submitted_review(), st.booleans(), somebodys_words, st.sampled_from(Standing))
def test_every_news_of_a_decision_fits(review: Review, rejected: bool, words: str, standing: Standing) -> None:
    done, decision = decided(review, rejected=rejected, rationale=words)
    pulled = replace(decision, suspended_at=AT, suspended_because=words)
    for each in (decision, pulled, replace(decision, signatures=())):
        assert_fits(outcome_message(outcome_told(done, each), KNOWN))
        assert_fits(self_serve_card(outcome_told(done, each), KNOWN))
    tool = Tool(ToolId("t1"), words[:80])
    found = ((decision, standing), (pulled, Standing.SUSPENDED), (decision, standing))
    for under_way in (None, review):
        assert_fits(
            standing_card(standing_told(*found, under_way=under_way, tool=tool, said="kinds=saas;" * 400), KNOWN)
        )
    assert_fits(standing_card(standing_told(tool=tool), KNOWN))
    assert_fits(found_message(words, OnRecord(found[:2] * 8, review, (tool,)), KNOWN))


@given(any_review(), somebodys_words, st.sampled_from(BANK.questions), st.sampled_from(NoticeKind))
def test_every_short_message_fits(review: Review, words: str, question: Any, kind: NoticeKind) -> None:
    facts = {"by": ANA, "who": words, "text": words, "why": words, "to": words, "kind": words}
    notice = Notice("k", kind, Recipient.person(BEN), review.id, facts=facts)
    assert_fits(line_message(LineTold(notice, review, question), KNOWN))
    assert_fits(line_message(LineTold(replace(notice, facts={}), None, None), KNOWN))


@settings(max_examples=60)  # a whole verdict an example
@given(st.lists(any_review(), max_size=3), st.lists(submitted_review(), max_size=3), st.booleans())
def test_every_home_and_every_list_of_reviews_fits(mine: list[Review], waiting: list[Review], lead: bool) -> None:
    links = {each.id: "https://example.invalid/archives/C1/p1?thread_ts=1.2&cid=C1" for each in (*mine, *waiting)}
    view = home_view(mine * 20, waiting * 20, CALM, KNOWN, is_lead=lead, my_links=links, lead_links=links)
    assert check(view, Surface.HOME) == []
    assert_fits(home_view(mine * 20, waiting * 20, CALM, KNOWN, is_lead=lead), Surface.HOME)
    assert_fits(mine_message(mine * 20, KNOWN))


def test_a_standing_decision_says_what_it_covers_and_how_to_differ() -> None:
    card = standing_card(standing_told((DECISION, Standing.VALID), said="data=customer_pii"), KNOWN)
    for words in ("Approved with conditions", "in force", "Valid until", "Customer data", "<@U0LEA>", "Conditions"):
        assert words in shown(card)
    assert element(card, ids.NEW)["value"] == "t1|data=customer_pii"


def test_a_covered_use_needs_nothing_more() -> None:
    told = standing_told((DECISION, Standing.VALID), covered=DecisionId("d1"))
    assert "A standing decision covers this use, so nothing more is needed." in shown(standing_card(told, KNOWN))


@pytest.mark.parametrize("standing", [Standing.EXPIRED, Standing.SUSPENDED])
def test_a_decision_that_does_not_count_says_so(standing: Standing) -> None:
    card = standing_card(standing_told((DECISION, standing)), KNOWN)
    assert standing.value in shown(card)
    assert standing.value in card["text"]


def test_a_review_under_way_can_be_joined_or_resumed() -> None:
    joining = standing_card(standing_told(under_way=WITH_GAP), KNOWN)
    assert element(joining, ids.JOIN)["value"] == f"r1|{WITH_GAP.version}"
    assert "with the security leads" in shown(joining)
    mine = standing_card(standing_told(under_way=WITH_GAP, asked_by=ANA), KNOWN)
    assert acts(mine) == [ids.RESUME, ids.NEW]


def test_the_outcome_tells_conditions_with_owner_and_day() -> None:
    message = outcome_message(outcome_told(DONE, DECISION), KNOWN)
    assert "approved with conditions" in message["text"]
    assert "(<@U0ANA>, by 21 Feb 2027)" in shown(message)
    assert "Logs exist already." in shown(message)


def test_every_signer_is_shown_with_their_own_reason_on_every_card_of_a_decision() -> None:
    both = (Signature(LEA, "Logs exist already."), Signature(LOU, "Few people first.", as_ciso=True))
    decision = replace(DECISION, signatures=both, risk_acceptance=True)
    cards = (
        outcome_message(outcome_told(DONE, decision), KNOWN),
        standing_card(standing_told((decision, Standing.VALID)), KNOWN),
        sign_off_card(sign_off_told(DONE, decision=decision), KNOWN),
        review_card(told_of(DONE, decision), KNOWN),
    )
    for card in cards:
        first, reason, second, other = shown(card)[shown(card).index("*Signed by:* <@U0LEA>") :].split("\n")[:4]
        assert (first, reason) == ("*Signed by:* <@U0LEA>", "Logs exist already.")
        assert (second, other) == ("*Signed by:* <@U0LOU>, the CISO, as a risk acceptance", "Few people first.")


def test_signers_without_a_reason_stand_on_one_line() -> None:
    decision = replace(DECISION, signatures=(Signature(LEA), Signature(LOU)))
    assert "*Signed by:* <@U0LEA>, <@U0LOU>" in shown(outcome_message(outcome_told(DONE, decision), KNOWN))


def test_a_no_says_why_and_how_to_try_again() -> None:
    review, decision = decided(
        submitted(answering(CRM, G1_ACCESS_MFA="shared")), rejected=True, rationale="Not like this."
    )
    message = outcome_message(outcome_told(review, decision), KNOWN)
    assert "Rules it out" in shown(message)
    assert "Not like this." in shown(message)
    assert "ask again" in shown(message)


def test_a_decision_that_was_pulled_back_says_why_and_to_stop() -> None:
    pulled = replace(DECISION, suspended_at=AT, suspended_because="An answer was wrong.", signatures=())
    message = outcome_message(outcome_told(DONE, pulled), KNOWN)
    assert "An answer was wrong." in shown(message)
    assert "stop using it" in message["text"]
    assert acts(self_serve_card(outcome_told(DONE, pulled), KNOWN)) == []


def test_the_leads_can_pull_back_what_nobody_signed() -> None:
    card = self_serve_card(outcome_told(DONE, replace(DECISION, signatures=())), KNOWN)
    assert element(card, ids.PULL_BACK)["value"] == "d1"
    assert "within 5 working days" in shown(card)


def test_finding_nothing_says_so_and_names_what_is_called_alike() -> None:
    message = found_message("Oter", OnRecord([], near=(Tool(ToolId("t1"), "Otter.ai"),)), KNOWN)
    assert "no decision" in message["text"]
    assert "Similar names: Otter.ai" in shown(message)


def test_what_is_found_says_whether_it_still_counts() -> None:
    states = {
        Standing.VALID: "Valid until",
        Standing.EXPIRED: "Expired on",
        Standing.SUPERSEDED: "Replaced by a newer decision",
    }
    for state, says in states.items():
        assert says in shown(found_message("Otter", OnRecord([(DECISION, state)]), KNOWN))
    pulled = replace(DECISION, suspended_at=AT)
    assert "Pulled back" in shown(found_message("Otter", OnRecord([(pulled, Standing.SUSPENDED)]), KNOWN))


def line(of: NoticeKind, question: str | None = None, **facts: str) -> dict[str, Any]:
    notice = Notice("k", of, Recipient.person(BEN), facts=facts)
    return line_message(LineTold(notice, described(), BANK.by_id[QuestionId(question)] if question else None), KNOWN)


def test_a_leads_question_is_quoted_and_can_be_answered() -> None:
    message = line(NoticeKind.LEAD_ASKS, by=LEA, text="Which region?")
    assert element(message, ids.REPLY)["value"] == "r1|1"
    assert "Which region?" in shown(message)
    assert "<@U0LEA>" in shown(message)


def test_words_that_named_no_option_get_the_options_back() -> None:
    message = line(NoticeKind.ASK_BACK, "G1-DEVICE-TRUST", by=ANA)
    for number, option in enumerate(BANK.by_id[QuestionId("G1-DEVICE-TRUST")].options, 1):
        assert f"{number}. {option.label}" in shown(message)


def test_a_fallen_signature_says_why() -> None:
    assert "took the review back" in line(NoticeKind.VOIDED, why="reopened")["text"]


def test_moving_away_says_nothing_of_the_content() -> None:
    assert line(NoticeKind.MOVED)["text"] == "I have answered you in a direct message."


def test_trouble_names_what_was_not_delivered() -> None:
    message = line(NoticeKind.TROUBLE, kind="outcome", to="C0TEAM", why="channel_not_found")
    assert "could not deliver a decision" in message["text"]
    assert "channel_not_found" in shown(message)


def test_the_leads_hear_of_everybody_who_is_new_and_from_when_they_count() -> None:
    users = [f"U{n:010}" for n in range(TOLD_TOGETHER)]
    message = line(NoticeKind.NEW_LEADS, who=",".join(users), counts_from=AT.isoformat())
    assert all(f"<@{user}>" in shown(message) for user in users)
    assert str(date_token(AT)) in shown(message)
    assert "take them out of the user group" in shown(message)
    assert check(message, Surface.MESSAGE) == []


def test_what_is_no_account_among_the_new_leads_is_shown_as_text() -> None:
    message = line(NoticeKind.NEW_LEADS, who="U0ANA,<!channel>", counts_from=AT.isoformat())
    assert "<!channel>" not in shown(message)
    assert "!channel>" in shown(message)


def test_a_page_that_is_left_out_is_named_with_each_fault_and_its_fix() -> None:
    faults = (
        "line 7 · the heading 'x' is there twice · give each heading its own words\nfirst line · <!channel> · *fix* it"
    )
    message = line(NoticeKind.POLICY_FAULT, page="policies/phones.md", faults=faults, more="3")
    assert "policies/phones.md" in message["text"]
    for words in ("line 7", "give each heading its own words", "3 more", "preflight check", "left out"):
        assert words in shown(message) or words in message["text"]
    assert "<!channel>" not in shown(message)
    assert check(message, Surface.MESSAGE) == []


def test_help_shows_the_ways_in() -> None:
    for words in ("/preflight Otter.ai", "/preflight find", "/preflight mine", "mention me"):
        assert words in shown(help_message())


@pytest.mark.parametrize(
    ("standing", "says"),
    [
        (Standing.VALID, "approved with conditions, until "),
        (Standing.EXPIRED, "approved with conditions, *expired* on "),
        (Standing.SUPERSEDED, "approved with conditions, replaced by a newer decision"),
        (Standing.SUSPENDED, "approved with conditions, pulled back"),
    ],
)
def test_my_reviews_say_what_was_decided_and_whether_it_still_counts(standing: Standing, says: str) -> None:
    card = mine_message([DONE], KNOWN, decided={DONE.id: (DECISION, standing)})
    assert f"*{DECISION.tool_name}*: {says}" in shown(card)


def test_my_reviews_can_be_resumed_while_they_are_open() -> None:
    assert element(mine_message([described()], KNOWN), ids.RESUME)["value"] == "r1|1"
    assert acts(mine_message([replace(described(), stage=Stage.WITHDRAWN)], KNOWN)) == []
    assert "no review yet" in mine_message([], KNOWN)["text"]


def test_the_home_of_a_lead_starts_with_what_waits() -> None:
    sign = SignOff(LEA, PersonId(LEA), Stance.APPROVE, WITH_GAP.version, AT)
    view = home_view([], [replace(WITH_GAP, sign_offs=(sign,))], CALM, KNOWN, is_lead=True)
    assert view["blocks"][0]["text"]["text"] == "Waiting for the security leads"
    assert "1 signature so far" in shown(view)
    assert "no review yet" in shown(view)
    assert "Nothing waits for a signature." in shown(home_view([], [], CALM, KNOWN, is_lead=True))
    assert "Waiting for the" not in shown(home_view([], [], CALM, KNOWN, is_lead=False))
