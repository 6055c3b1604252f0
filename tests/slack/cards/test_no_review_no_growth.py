"""A signature level more for missed client reviews is shown with its reason, before and after it is handed in."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.approval import package_for, raised, still_wanted
from bot.domain.ids import QuestionId, VerdictId
from bot.domain.review import Review
from bot.slack import ids
from bot.slack.cards import forms
from bot.slack.cards import sign_off as cards
from bot.slack.cards.review import review_card
from bot.slack.limits import Surface
from bot.use_cases.tellings import tell_review
from tests.domain.cases import CRM, KNOWN, SMALL
from tests.slack.cards.reading import assert_fits, labels, shown
from tests.slack.cards.told import answering, full_review, sign_off_told, somebodys_words, submitted, verdict_of

LAPSED = ("Boreal Bank", "Cobalt Care")
REASON = "No review, no growth: the last client reviews of Boreal Bank, Cobalt Care were missed"


def lapsing(review: Review, lapsed: tuple[str, ...] = LAPSED) -> Review:
    handed_in = submitted(review)
    package = package_for(verdict_of(handed_in), VerdictId("v1"), lapsed=lapsed)
    return replace(handed_in, package=package)


def test_before_it_is_handed_in_the_team_sees_who_has_to_sign_and_why() -> None:
    calm = review_card(tell_review(answering(SMALL), KNOWN), KNOWN)
    assert labels(calm)[ids.SUBMIT] == "Record the Decision"
    raised_card = review_card(tell_review(answering(SMALL), KNOWN, lapsed=LAPSED), KNOWN)
    assert labels(raised_card)[ids.SUBMIT] == "Send to the Security Leads"
    assert REASON in shown(raised_card)
    assert "one security lead" in shown(raised_card)
    view = forms.submit_view(answering(SMALL), verdict_of(answering(SMALL)), KNOWN, lapsed=LAPSED)
    assert REASON in shown(view)
    assert view["title"]["text"] == "Send to the leads"


def test_an_improvement_names_those_who_would_sign_it_then() -> None:
    review = answering(CRM, G1_ACCESS_MFA="local_mfa")
    better, raised_to = (tell_review(review, KNOWN, lapsed=each).improvements for each in ((), LAPSED))
    assert better
    assert [each.approver for each in raised_to] == [raised(each.approver, lapsed=True) for each in better]


def test_the_leads_see_the_reason_and_the_signatures_it_takes() -> None:
    review = lapsing(answering(CRM, G1_ACCESS_MFA="local_mfa"))
    card = cards.sign_off_card(sign_off_told(review), KNOWN)
    assert REASON in shown(card)
    assert "*Needs 2 security leads*; 0 of 2 have signed" in shown(card)
    assert REASON in shown(review_card(tell_review(review, KNOWN), KNOWN))
    assert still_wanted(review, verdict_of(review)).leads == 2


def test_nothing_is_said_of_it_where_no_signature_helps() -> None:
    ruled_out = lapsing(answering(CRM, G1_ACCESS_MFA="shared"))
    assert "No review, no growth" not in shown(cards.sign_off_card(sign_off_told(ruled_out), KNOWN))
    assert "No review, no growth" not in shown(review_card(tell_review(ruled_out, KNOWN), KNOWN))


def test_conditions_cannot_be_dropped_where_it_takes_the_ciso_already() -> None:
    review = answering(CRM, G6_VENDOR_INCIDENT="open")
    assert QuestionId("G6-VENDOR-INCIDENT") in {duty.question for duty in verdict_of(review).duties}
    said = "This already needs the CISO"
    assert said not in shown(cards.conditions_view(submitted(review), verdict_of(review), KNOWN))
    assert said in shown(cards.conditions_view(lapsing(review), verdict_of(review), KNOWN))


@settings(max_examples=40)  # a whole verdict an example
@given(full_review(), st.lists(somebodys_words, min_size=1, max_size=30).map(tuple))
def test_names_of_clients_fit_and_call_nobody(review: Review, lapsed: tuple[str, ...]) -> None:
    assert_fits(review_card(tell_review(review, KNOWN, lapsed=lapsed), KNOWN))
    assert_fits(cards.sign_off_card(sign_off_told(lapsing(review, lapsed)), KNOWN))
    assert_fits(forms.submit_view(review, verdict_of(review), KNOWN, lapsed=lapsed), Surface.MODAL)
