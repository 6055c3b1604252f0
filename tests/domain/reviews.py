"""Reviews in every stage, and the people around them, for tests of reviews and sign-offs. It asserts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.answers import Answer
from bot.domain.approval import Signed, Signer, package_for, sign_off
from bot.domain.bank import ExtraKind
from bot.domain.ids import ChannelId, DecisionId, PersonId, QuestionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.profile import Profile
from bot.domain.review import AddedCondition, Home, Package, Review, Stance, answer, describe, submit
from bot.domain.verdict import Verdict, assess
from tests.domain.cases import BANK, CRM, POLICY, Answers, best_answers, opened

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday
ANA, BEA, CEM = UserId("U_ANA"), UserId("U_BEA"), UserId("U_CEM")  # the requester, and two who join or answer

# What the directory says of accounts that are not their person's only one.
PERSONS = {UserId("U_LEO_2"): PersonId("P_LEO"), UserId("U_LEO"): PersonId("P_LEO"), ANA: PersonId("P_ANA")}


def a_signer(
    user: str, *, person: str | None = None, lead: bool = True, ciso: bool = False, full: bool = True
) -> Signer:
    who = PersonId(person or PERSONS.get(UserId(user), user))
    return Signer(UserId(user), who, full_member=full, is_lead=lead, is_ciso=ciso)


LEO, MIA = a_signer("U_LEO"), a_signer("U_MIA")
LEOS_OTHER_ACCOUNT = a_signer("U_LEO_2")
KIM = a_signer("U_KIM", lead=False, ciso=True)  # the CISO


def a_review(**fields: Any) -> Review:
    return replace(Review(ReviewId("R1"), None, "Otter", ANA, Home(ChannelId("C1"), "1.2"), AT), **fields)


def an_answer(question: str, *codes: str, by: UserId = ANA, **extras: str) -> Answer:
    given = {ExtraKind(kind): value for kind, value in extras.items()} or None
    return Answer(QuestionId(question), codes, by, AT, extras=given)


def answering(profile: Profile = CRM, **fields: Any) -> Review:
    return describe(a_review(**fields), profile, tool=ToolId("T1"), tool_name="Otter")


def submitted(profile: Profile = CRM, answers: Answers | None = None, *more: Answer, **fields: Any) -> Review:
    """A review with the leads; every question has its best answer, and what belongs to it, unless told otherwise."""
    review, case = answering(profile, **fields), opened(profile)
    for question, codes in (answers or best_answers(profile)).items():
        review = answer(review, case, an_answer(question, *codes, **_what_belongs_to(question, codes)))
    for given in more:
        review = answer(review, case, given)
    return submit(review, case, package_for(verdict_of(review), VerdictId("V1")), at=AT)


def _what_belongs_to(question: QuestionId, codes: tuple[str, ...]) -> dict[str, str]:
    given = {"person": "U_OWNER", "date": "2030-01-01", "link": "https://proof.example/it"}
    wanted = [extra.kind for extra in BANK.by_id[question].extras if not extra.wanted_for.isdisjoint(codes)]
    return {kind.value: given[kind.value] for kind in wanted}


def verdict_of(review: Review) -> Verdict:
    profile = review.profile
    if profile is None:
        raise AssertionError("this review has no profile yet")
    return assess(BANK, POLICY, profile, review.choices())


def signed(
    review: Review,
    signer: Signer,
    stance: Stance = Stance.APPROVE,
    *,
    saw: int | None = None,
    because: str = "Checked with the vendor.",
    package: Package | None = None,
) -> Signed:
    return sign_off(
        review,
        verdict_of(review),
        signer=signer,
        stance=stance,
        saw=review.version if saw is None else saw,
        bank=BANK,
        persons=PERSONS,
        rationale=because,
        package=package,
        decision_id=DecisionId("D1"),
        at=AT,
    )


def an_added(text: str = "Mask the account numbers", days: int = 14, by: UserId = LEO.user) -> AddedCondition:
    return AddedCondition(text, days, by)
