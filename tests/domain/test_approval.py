"""Who may sign, who may not and is told why, and when signatures make a decision."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.answers import Answer
from bot.domain.approval import (
    LEFT_OUT,
    AlreadySigned,
    AnswerAuthorApproval,
    CisoOnly,
    CoRequesterApproval,
    LeadsFirst,
    Need,
    NewAmongLeads,
    NobodyAbove,
    NotALead,
    NotAPerson,
    NotSubmitted,
    OnlyCisoException,
    RationaleMissing,
    SamePersonTwice,
    SelfApproval,
    Signer,
    ToolOwnerApproval,
    VerdictChanged,
    approver_for,
    decide,
    need,
    package_for,
    refuse_stale,
    shape,
    still_wanted,
)
from bot.domain.audit import Tag
from bot.domain.bank import ExtraKind
from bot.domain.decision import Condition, Decision
from bot.domain.ids import DecisionId, QuestionId, UserId, VerdictId
from bot.domain.policy import Approver, Outcome
from bot.domain.profile import UNKNOWN
from bot.domain.refused import OutdatedCard, Refused, ReviewEnded
from bot.domain.review import Package, Review, Stage, Stance, answer, describe, join, reopen, submit, withdraw
from bot.domain.verdict import Verdict
from tests.domain.cases import BANK, CALLS, CRM, POLICY, SMALL, WIKI, best_answers, opened
from tests.domain.reviews import (
    ANA,
    AT,
    BEA,
    CEM,
    KIM,
    LEO,
    LEOS_OTHER_ACCOUNT,
    MIA,
    a_review,
    a_signer,
    an_added,
    an_answer,
    answering,
    signed,
    submitted,
    verdict_of,
)

TODAY = AT.date()


def one_lead() -> Review:
    """A tier 3 tool with one condition: one lead signs."""
    review = submitted(CRM, best_answers(CRM, G1_ACCESS_MFA="local_mfa"))
    assert verdict_of(review).approver is Approver.ONE_LEAD
    return review


def two_leads() -> Review:
    """A tier 3 tool with an open vendor incident: two leads sign."""
    review = submitted(CRM, best_answers(CRM, G6_VENDOR_INCIDENT="open"))
    assert verdict_of(review).approver is Approver.TWO_LEADS
    return review


def leads_then_ciso() -> Review:
    """A tier 4 tool with an open vendor incident: two leads sign, then the CISO."""
    review = submitted(CALLS, best_answers(CALLS, G6_VENDOR_INCIDENT="open"))
    assert verdict_of(review).approver is Approver.CISO
    return review


def ruled_out() -> Review:
    return submitted(CRM, best_answers(CRM, G1_ACCESS_MFA="password"))


# ── Who may not ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("signer", "refusal"),
    [
        (a_signer("U_ANA"), SelfApproval),
        (a_signer("U_ANA_2", person="P_ANA"), SelfApproval),
        (a_signer("U_BEA"), CoRequesterApproval),
        (a_signer("U_ANA", lead=False, ciso=True), SelfApproval),
        (a_signer("U_DOE", lead=False), NotALead),
        (replace(a_signer("U_DOE", lead=False), counts_from=AT + timedelta(days=1)), NewAmongLeads),
        (a_signer("U_GUEST", full=False), NotAPerson),
        (a_signer("U_ANA", full=False), NotAPerson),
    ],
    ids=[
        "requester",
        "her second id",
        "co-requester",
        "requester as CISO",
        "no lead",
        "no lead yet",
        "guest",
        "requester as guest",
    ],
)
@pytest.mark.parametrize("stance", Stance)
def test_some_people_never_sign(signer: Signer, refusal: type[Refused], stance: Stance):
    review = submitted(co_requesters=(BEA,))
    with pytest.raises(refusal):
        signed(review, signer, stance)


@pytest.mark.parametrize(("seconds", "told"), [(0, "09:30"), (0.5, "09:31"), (59, "09:31")])
def test_a_new_lead_is_told_a_minute_at_which_they_do_count(seconds: float, told: str):
    newcomer = replace(a_signer("U_DOE", lead=False), counts_from=AT + timedelta(days=1, seconds=seconds))
    with pytest.raises(NewAmongLeads, match=f"from Wednesday, 25 November 2026, {told} UTC"):
        signed(one_lead(), newcomer)


@pytest.mark.parametrize("question", ["G1-ACCESS-LEAVER", "G1-DEVICE-TRUST", "G6-PROOF-INDEPENDENT"])
def test_who_answered_for_the_vendor_or_the_organisation_cannot_sign(question: str):
    best = BANK.by_id[QuestionId(question)].best()
    review = answering()
    case = opened(CRM)
    for asked in case.asked:
        by = LEO.user if asked.id == question else ANA
        review = replace(
            review, answers={**review.answers, asked.id: an_answer(asked.id, *asked.best(case.profile.layers), by=by)}
        )
    assert review.answers[QuestionId(question)].codes == best
    review = submit(review, case, package_for(verdict_of(review), VerdictId("V1")), at=AT)
    with pytest.raises(AnswerAuthorApproval):
        signed(review, LEO)
    with pytest.raises(AnswerAuthorApproval):
        signed(review, LEOS_OTHER_ACCOUNT)
    assert signed(review, MIA).decision is not None


def test_who_answered_for_the_team_may_sign():
    review = submitted(CRM, None, an_answer("G1-ACCESS-MFA", "sso_mfa", by=LEO.user))
    assert signed(review, LEO).decision is not None


def test_the_owner_of_the_tool_cannot_sign():
    review = submitted(CRM, None, an_answer("G3-OWNER-NAME", "one", person=LEO.user))
    with pytest.raises(ToolOwnerApproval):
        signed(review, LEO)
    with pytest.raises(ToolOwnerApproval):
        signed(review, LEOS_OTHER_ACCOUNT)


def test_nobody_signs_twice_not_even_by_a_second_account():
    review = signed(two_leads(), LEO).review
    with pytest.raises(AlreadySigned):
        signed(review, LEO)
    with pytest.raises(SamePersonTwice):
        signed(review, LEOS_OTHER_ACCOUNT)
    assert signed(review, MIA).decision is not None


def test_a_click_on_an_older_version_signs_nothing():
    review = submitted()
    with pytest.raises(VerdictChanged):
        signed(review, LEO, saw=review.version - 1)
    with pytest.raises(OutdatedCard):
        refuse_stale(review.version - 1, review)
    refuse_stale(review.version, review)


@pytest.mark.parametrize(
    ("review", "refusal"),
    [
        (a_review(), NotSubmitted),
        (answering(), NotSubmitted),
        (reopen(submitted()), NotSubmitted),
        (withdraw(submitted(), by=ANA), ReviewEnded),
        (replace(submitted(), stage=Stage.DECIDED), ReviewEnded),
    ],
    ids=["no profile", "being answered", "taken back", "withdrawn", "decided"],
)
def test_only_what_lies_with_the_leads_can_be_signed(review: Review, refusal: type[Refused]):
    review = review if review.profile else replace(review, profile=CRM)
    with pytest.raises(refusal):
        signed(review, LEO)


@pytest.mark.parametrize("because", ["", "   ", "\n\t"])
def test_from_tier_3_up_a_reason_is_wanted(because: str):
    with pytest.raises(RationaleMissing):
        signed(one_lead(), LEO, because=because)


def test_in_tier_2_a_reason_is_wanted_only_to_reject_or_to_change_the_conditions():
    review = submitted(WIKI, best_answers(WIKI, G1_ACCESS_MFA="local_mfa"))
    assert signed(review, LEO, because="").decision is not None
    with pytest.raises(RationaleMissing):
        signed(review, LEO, Stance.REJECT, because="")
    stricter = shape(review, verdict_of(review), by=LEO.user, waived=(), added=(an_added(),))
    with pytest.raises(RationaleMissing):
        signed(review, LEO, because="", package=stricter)


def test_what_the_rules_rule_out_cannot_be_signed_off_only_put_on_record_as_a_no():
    review = ruled_out()
    for signer in (LEO, KIM):
        with pytest.raises(OnlyCisoException):
            signed(review, signer)
    with pytest.raises(OnlyCisoException):
        shape(review, verdict_of(review), by=LEO.user, waived=["G1-ACCESS-MFA"], added=())
    decision = signed(review, LEO, Stance.REJECT).decision
    assert decision is not None
    assert (decision.outcome, decision.allows, decision.conditions) == (Outcome.REJECT, False, ())


# ── Who has to ───────────────────────────────────────────────────────────────────────────────────────────────────────

NEEDS = {
    Approver.SELF_SERVE: Need(0, ciso=False),
    Approver.ONE_LEAD: Need(1, ciso=False),
    Approver.TWO_LEADS: Need(2, ciso=False),
    Approver.CISO: Need(2, ciso=True),
}


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
@pytest.mark.parametrize("outcome", Outcome)
def test_every_cell_of_the_table_wants_its_signatures(tier: int, outcome: Outcome):
    approver = POLICY.approvers[tier][outcome]
    verdict = replace(verdict_of(submitted()), tier=tier, outcome=outcome, approver=approver)
    package = package_for(verdict, VerdictId("V1"))
    assert need(package, verdict) == NEEDS[approver]
    assert package.outcome is (Outcome.CONDITIONS if outcome is Outcome.NEEDS_LEAD else outcome)
    above = approver_for(replace(package, milder=True), verdict)
    assert above.rank == min(approver.rank + 1, Approver.CISO.rank)


def test_one_lead_is_enough_where_one_is_wanted():
    found = signed(one_lead(), LEO)
    assert found.review.stage is Stage.DECIDED
    assert found.decision is not None
    assert (found.decision.outcome, found.decision.signed_by) == (Outcome.CONDITIONS, (LEO.user,))
    assert found.decision.computed is Outcome.CONDITIONS
    assert [event.tag for event in found.events] == [Tag.SIGN_OFF_ADD, Tag.DECISION_RECORD]


def test_four_eyes_need_two_people():
    first = signed(two_leads(), LEO)
    assert (first.decision, first.review.stage) == (None, Stage.SUBMITTED)
    assert still_wanted(first.review, verdict_of(first.review)) == Need(1, ciso=False)
    second = signed(first.review, MIA, because="Also fine.")
    assert second.decision is not None
    assert second.decision.signed_by == (LEO.user, MIA.user)
    assert second.decision.rationale == "Also fine."
    assert [each.rationale for each in second.decision.signatures] == ["Checked with the vendor.", "Also fine."]


def test_the_ciso_signs_last_and_nobody_else_in_that_place():
    review = leads_then_ciso()
    with pytest.raises(LeadsFirst):
        signed(review, KIM)
    review = signed(review, LEO).review
    with pytest.raises(LeadsFirst):
        signed(review, KIM)
    review = signed(review, MIA).review
    assert still_wanted(review, verdict_of(review)) == Need(0, ciso=True)
    with pytest.raises(CisoOnly):
        signed(review, a_signer("U_NIK"))
    decision = signed(review, KIM).decision
    assert decision is not None
    assert decision.signed_by == (LEO.user, MIA.user, KIM.user)
    assert [each.as_ciso for each in decision.signatures] == [False, False, True]


def test_a_ciso_who_is_also_a_lead_is_kept_for_the_last_signature():
    both = a_signer("U_KIM", ciso=True)
    with pytest.raises(LeadsFirst):
        signed(leads_then_ciso(), both)
    review = signed(signed(leads_then_ciso(), MIA).review, LEO).review
    assert signed(review, both).decision is not None


def test_the_ciso_may_stand_in_for_a_lead_where_no_ciso_is_wanted():
    assert signed(signed(two_leads(), LEO).review, KIM).decision is not None


@pytest.mark.parametrize("review", [one_lead(), two_leads(), leads_then_ciso()], ids=["one", "two", "ciso"])
def test_one_rejection_decides_whoever_signed_before(review: Review):
    if verdict_of(review).approver is not Approver.ONE_LEAD:
        review = signed(review, MIA).review
    decision = signed(review, LEO, Stance.REJECT).decision
    assert decision is not None
    assert (decision.outcome, decision.signed_by, decision.conditions) == (Outcome.REJECT, (LEO.user,), ())
    assert not decision.risk_acceptance


def test_who_signed_yes_and_then_learns_better_may_still_reject():
    review = signed(two_leads(), LEO).review
    decision = signed(review, LEO, Stance.REJECT).decision
    assert decision is not None
    assert (decision.outcome, decision.signed_by) == (Outcome.REJECT, (LEO.user,))


# ── Milder, stricter, and what a change does to signatures ───────────────────────────────────────────────────────────


def shaped(review: Review, *waived: str, added: bool = False) -> Package:
    extra = (an_added(),) if added else ()
    return shape(review, verdict_of(review), by=LEO.user, waived=[QuestionId(w) for w in waived], added=extra)


def of_the_rules(decision: Decision) -> list[Condition]:
    """The conditions but for names, dates and links that were left out."""
    return [each for each in decision.conditions if not each.text.startswith(LEFT_OUT)]


def test_a_name_that_was_left_out_has_to_follow_and_does_not_change_the_verdict():
    gaps = best_answers(SMALL)
    left_out = _decided(submitted(SMALL, gaps, an_answer("G3-OWNER-NAME", "one")))
    given = _decided(submitted(SMALL, gaps, an_answer("G3-OWNER-NAME", "named", person=CEM)))
    assert left_out.outcome is given.outcome is Outcome.APPROVE
    asked = {each.question: each.due_on for each in left_out.conditions}
    assert asked["G3-OWNER-NAME"] == date(2026, 12, 8)
    assert "G3-OWNER-NAME" not in {each.question for each in given.conditions}


def test_milder_needs_the_next_level_and_is_a_risk_acceptance():
    review = one_lead()
    package = shaped(review, "G1-ACCESS-MFA")
    first = signed(review, LEO, package=package)
    assert (package.milder, package.outcome, first.decision) == (True, Outcome.APPROVE, None)
    decision = signed(first.review, MIA).decision
    assert decision is not None
    assert (decision.risk_acceptance, decision.approver) == (True, Approver.TWO_LEADS)
    assert (decision.outcome, decision.computed) == (Outcome.APPROVE, Outcome.CONDITIONS)
    assert of_the_rules(decision) == []


def test_milder_than_two_leads_needs_the_ciso_last():
    review = two_leads()
    review = signed(review, LEO, package=shaped(review, "G6-VENDOR-INCIDENT")).review
    review = signed(review, MIA).review
    with pytest.raises(CisoOnly):
        signed(review, a_signer("U_NIK"))
    decision = signed(review, KIM).decision
    assert decision is not None
    assert decision.risk_acceptance


def test_nobody_makes_milder_what_needs_the_ciso_already():
    with pytest.raises(NobodyAbove):
        shaped(leads_then_ciso(), "G6-VENDOR-INCIDENT")


def test_stricter_needs_nobody_more_and_is_no_risk_acceptance():
    review = one_lead()
    decision = signed(review, LEO, package=shaped(review, added=True)).decision
    assert decision is not None
    assert (decision.risk_acceptance, decision.approver) == (False, Approver.ONE_LEAD)
    texts = [condition.text for condition in of_the_rules(decision)]
    assert texts == [verdict_of(review).duties[0].text, "Mask the account numbers"]
    assert of_the_rules(decision)[1].due_on == TODAY + timedelta(days=14)
    assert of_the_rules(decision)[1].added_by == LEO.user


def test_stricter_and_milder_at_once_counts_as_milder():
    review = one_lead()
    package = shaped(review, "G1-ACCESS-MFA", added=True)
    assert (package.milder, package.outcome) == (True, Outcome.CONDITIONS)
    assert approver_for(package, verdict_of(review)) is Approver.TWO_LEADS


def test_dropping_what_is_no_condition_changes_nothing():
    review = one_lead()
    assert shaped(review, "G2-SHARE-REACH") == review.package


def test_changing_the_package_voids_every_signature_and_says_whose():
    review = signed(two_leads(), MIA).review
    found = signed(review, LEO, package=shaped(review, added=True))
    assert [old.by for old in found.voided] == [MIA.user]
    assert [sign.by for sign in found.review.sign_offs] == [LEO.user]
    assert found.review.version == review.version + 1
    assert (found.decision, found.events[0].tag, found.events[0].facts["of"]) == (None, Tag.SIGN_OFF_VOID, MIA.user)
    again = signed(found.review, MIA)
    assert again.decision is not None
    assert again.decision.signed_by == (LEO.user, MIA.user)


def test_signing_the_package_as_it_stands_voids_nothing():
    review = signed(two_leads(), MIA).review
    assert signed(review, LEO, package=review.package).voided == ()


def test_the_first_signers_card_is_outdated_once_the_package_changed():
    review = signed(two_leads(), MIA).review
    changed = signed(review, LEO, package=shaped(review, added=True)).review
    with pytest.raises(VerdictChanged):
        signed(changed, MIA, saw=review.version)


# ── What is decided ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_self_serve_is_decided_by_the_rules_alone():
    review = submitted(SMALL)
    decision = _decided(review)
    assert (decision.outcome, decision.approver, decision.signed_by) == (Outcome.APPROVE, Approver.SELF_SERVE, ())
    assert decision.valid_until == date(2027, 11, 24)


def test_conditions_have_the_owner_that_was_named_or_else_the_requester():
    gaps = best_answers(CRM, G1_ACCESS_MFA="local_mfa")
    named = submitted(CRM, gaps, an_answer("G3-OWNER-NAME", "one", person=CEM))
    assert {each.owner for each in _decided(named).conditions} == {CEM}
    nobody = submitted(CRM, gaps | {QuestionId("G3-OWNER-NAME"): ("team",)})
    assert {each.owner for each in _decided(nobody).conditions} == {ANA}


@pytest.mark.parametrize(("stage", "before_go_live"), [("idea", True), ("live", False), ("pilot", False)])
def test_due_before_go_live_counts_days_where_it_is_in_use_already(stage: str, before_go_live: bool):
    review = submitted(CRM, best_answers(CRM, G2_SHARE_REACH="public", G3_STAGE_NOW=stage))
    condition = next(each for each in _decided(review).conditions if each.question == "G2-SHARE-REACH")
    assert (condition.due_on, condition.before_go_live) == (date(2026, 12, 1), before_go_live)


@pytest.mark.parametrize(
    ("ends", "valid_until"),
    [("2027-01-31", date(2027, 1, 31)), ("2030-01-01", date(2027, 5, 24)), ("2026-01-01", TODAY)],
    ids=["sooner", "later", "over already"],
)
def test_a_decision_ends_with_the_attestation_it_rests_on(ends: str, valid_until: date):
    attested = an_answer("G6-PCI-ATTEST", "is_yes", date=ends, link="https://proof.example/aoc")
    assert _decided(submitted(CALLS, None, attested)).valid_until == valid_until


def test_a_date_behind_a_question_that_is_no_longer_asked_ends_nothing():
    review = submitted(CALLS, None, an_answer("G6-PCI-ATTEST", "is_yes", date="2026-12-01"))
    review = describe(reopen(review), CRM, tool=review.tool, tool_name="Otter")
    case = opened(CRM)
    missing = {q.id: an_answer(q.id, *q.best(case.profile.layers)) for q in case.asked if q.id not in review.answers}
    review = replace(review, answers={**review.answers, **missing})
    review = submit(review, case, package_for(verdict_of(review), VerdictId("V2")), at=AT)
    assert ExtraKind.DATE in (review.answers[QuestionId("G6-PCI-ATTEST")].extras or {})
    assert _decided(review).valid_until == date(2027, 11, 24)


def test_a_condition_nobody_knows_the_answer_to_is_due_in_ten_working_days():
    review = submitted(CRM, best_answers(CRM, G3_OFF_SWITCH=UNKNOWN))
    (condition,) = of_the_rules(_decided(review))
    assert (condition.due_on, condition.before_go_live) == (date(2026, 12, 8), True)


def test_what_belongs_to_an_answer_and_was_left_out_has_to_follow():
    review = answer_again(submitted(CALLS), an_answer("G6-PCI-ATTEST", "is_yes", link="https://proof.example/aoc"))
    follow = [each for each in _decided(review).conditions if each.question == "G6-PCI-ATTEST"]
    assert [(each.text, each.due_on) for each in follow] == [
        ("Add what was left out: On which date does it end?", date(2026, 12, 8))
    ]
    # The verdict is about the answers alone, so it stays the same.
    assert verdict_of(review) == verdict_of(submitted(CALLS))


def answer_again(review: Review, given: Answer) -> Review:
    case = opened(CALLS)
    review = answer(reopen(review), case, given)
    return submit(review, case, package_for(verdict_of(review), VerdictId("V2")), at=AT)


def test_somebody_who_joins_later_does_not_outdate_the_card_and_cannot_sign():
    review = one_lead()
    joined = join(review, LEO.user)
    assert joined.version == review.version
    with pytest.raises(CoRequesterApproval):
        signed(joined, LEO)


def test_the_signer_is_known_by_person_even_when_the_directory_knows_no_other_account():
    stranger = a_signer("U_NIK", person="P_NIK")
    assert signed(one_lead(), stranger).sign_off.person == "P_NIK"
    assert UserId("P_NIK") != stranger.user


def _decided(review: Review):
    verdict: Verdict = verdict_of(review)
    return decide(review, verdict, bank=BANK, rejected=False, decision_id=DecisionId("D1"), at=AT)
