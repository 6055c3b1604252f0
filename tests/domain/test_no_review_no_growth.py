"""While a client's reviews are missed, what touches that client needs one signature level more, and never less."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.approval import NobodyAbove, approver_for, decide, need, package_for, shape, still_wanted
from bot.domain.ids import DecisionId, QuestionId, VerdictId
from bot.domain.policy import Approver, Outcome
from bot.domain.review import Review, Stage
from bot.domain.verdict import assess
from tests.domain.cases import BANK, CALLS, CRM, POLICY, SMALL, answered, best_answers
from tests.domain.reviews import AT, KIM, LEO, MIA, an_added, signed, submitted, verdict_of

BOREAL = ("Boreal Bank",)


def lapsing(review: Review, lapsed: tuple[str, ...] = BOREAL) -> Review:
    return replace(review, package=package_for(verdict_of(review), VerdictId("V1"), lapsed=lapsed))


@given(answered(), st.booleans(), st.lists(st.text(max_size=20), max_size=4).map(tuple))
def test_it_is_one_level_more_and_the_ciso_at_most(case, milder: bool, names: tuple[str, ...]):
    verdict = assess(BANK, POLICY, *case)
    calm = replace(package_for(verdict, VerdictId("V1")), milder=milder)
    lapsed = replace(calm, lapsed=names)
    step = approver_for(lapsed, verdict).rank - approver_for(calm, verdict).rank
    at_the_top = approver_for(calm, verdict) is Approver.CISO
    assert step == (1 if names and not at_the_top else 0)
    more, less = need(lapsed, verdict), need(calm, verdict)
    assert more.leads >= less.leads
    assert more.ciso >= less.ciso
    # What is recorded, and what the rules say of the tool, are no different.
    assert (lapsed.outcome, lapsed.waived, lapsed.added) == (calm.outcome, calm.waived, calm.added)


def test_what_nobody_had_to_sign_now_takes_one_lead():
    review = lapsing(submitted(SMALL))
    assert verdict_of(review).approver is Approver.SELF_SERVE
    assert still_wanted(review, verdict_of(review)).leads == 1
    found = signed(review, LEO)
    assert found.decision is not None
    assert (found.decision.approver, found.decision.signed_by) == (Approver.ONE_LEAD, (LEO.user,))


def test_where_one_lead_was_enough_it_takes_two():
    review = lapsing(submitted(CRM))
    assert verdict_of(review).approver is Approver.ONE_LEAD
    first = signed(review, LEO)
    assert (first.decision, first.review.stage) == (None, Stage.SUBMITTED)
    assert signed(first.review, MIA).decision is not None


def test_where_two_leads_were_enough_the_ciso_signs_last():
    review = lapsing(submitted(CALLS))
    assert verdict_of(review).approver is Approver.TWO_LEADS
    review = signed(signed(review, LEO).review, MIA).review
    assert review.stage is Stage.SUBMITTED
    decision = signed(review, KIM).decision
    assert decision is not None
    assert decision.approver is Approver.CISO


def test_conditions_added_by_a_lead_do_not_take_the_level_away():
    review = lapsing(submitted(CRM))
    package = shape(review, verdict_of(review), by=LEO.user, waived=(), added=(an_added(),))
    assert package.lapsed == BOREAL
    assert approver_for(package, verdict_of(review)) is Approver.TWO_LEADS


def test_nobody_makes_milder_what_needs_the_ciso_for_the_missed_reviews():
    review = lapsing(submitted(CRM, best_answers(CRM, G6_VENDOR_INCIDENT="open")))
    assert verdict_of(review).approver is Approver.TWO_LEADS
    dropped = (QuestionId("G6-VENDOR-INCIDENT"),)
    assert shape(lapsing(review, ()), verdict_of(review), by=LEO.user, waived=dropped, added=()).milder
    with pytest.raises(NobodyAbove):
        shape(review, verdict_of(review), by=LEO.user, waived=dropped, added=())


def test_the_decision_of_a_level_that_was_raised_is_the_same_decision():
    calm, lapsed = submitted(CRM), lapsing(submitted(CRM))
    verdict = verdict_of(calm)
    made = [
        decide(each, verdict, bank=BANK, rejected=False, decision_id=DecisionId("D1"), at=AT) for each in (calm, lapsed)
    ]
    assert replace(made[0], approver=Approver.TWO_LEADS) == made[1]
    assert made[1].outcome in (Outcome.APPROVE, Outcome.CONDITIONS)
