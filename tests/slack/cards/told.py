"""Reviews in every stage and what their cards are told, built by the rules themselves. It asserts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from bot.domain import review as reviews
from bot.domain.answers import Answer, Origin, Proposal
from bot.domain.approval import decide, package_for, still_wanted
from bot.domain.bank import ExtraKind
from bot.domain.decision import Decision, Standing
from bot.domain.ids import ChannelId, DecisionId, PersonId, QuestionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.improve import improve
from bot.domain.policy import Outcome
from bot.domain.profile import Clients, Profile
from bot.domain.review import AddedCondition, Home, Review, SignOff, Stage, Stance
from bot.domain.tool import Tool
from bot.domain.verdict import Verdict, assess
from bot.use_cases.ruled_out import RuledOut
from bot.use_cases.tellings import OutcomeTold, ReviewTold, SignOffTold, StandingTold, tell_review
from tests.domain.cases import BANK, CRM, KNOWN, POLICY, answered, best_answers, only_asked, opened
from tests.hostile import FORMS

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ANA, BEN, LEA, LOU = UserId("U0ANA"), UserId("U0BEN"), UserId("U0LEA"), UserId("U0LOU")
TEAM_IDS = {ANA, BEN, LEA, LOU}
THREAD = Home(ChannelId("C0TEAM"), "1795442400.000100")

somebodys_words = st.sampled_from(FORMS) | st.text(max_size=60)


def a_review(**facts: Any) -> Review:
    """A review as somebody just opened it in a thread."""
    told: dict[str, Any] = {"id": ReviewId("r1"), "tool": None, "tool_name": "Otter.ai", "requester": ANA}
    told |= {"home": THREAD, "opened_at": AT}
    return Review(**(told | facts))


def described(profile: Profile = CRM, **facts: Any) -> Review:
    """The same with its profile set."""
    review = a_review(**facts)
    return reviews.describe(review, profile, tool=ToolId("t1"), tool_name=review.tool_name)


def with_answers(review: Review, choices: dict[QuestionId, tuple[str, ...]]) -> Review:
    """The same with these answers, in this order."""
    return replace(review, answers={each: Answer(each, codes, BEN, AT) for each, codes in choices.items()})


def answering(profile: Profile = CRM, **others: str | tuple[str, ...]) -> Review:
    """A review with every question answered, without a gap except where it is said otherwise."""
    return with_answers(described(profile), best_answers(profile, **others))


def verdict_of(review: Review) -> Verdict:
    assert review.profile is not None
    return assess(BANK, POLICY, review.profile, review.choices())


def submitted(review: Review) -> Review:
    assert review.profile is not None
    return reviews.submit(review, opened(review.profile), package_for(verdict_of(review), VerdictId("v1")), at=AT)


def decided(review: Review, *, rejected: bool = False, rationale: str = "", **facts: Any) -> tuple[Review, Decision]:
    """A submitted review, signed by two leads, and its decision."""
    stance = Stance.REJECT if rejected else Stance.APPROVE
    signs = tuple(SignOff(who, PersonId(who), stance, review.version, AT, rationale) for who in (LEA, LOU))
    review = replace(review, sign_offs=signs, stage=Stage.DECIDED)
    made = decide(review, verdict_of(review), bank=BANK, rejected=rejected, decision_id=DecisionId("d1"), at=AT)
    return review, replace(made, **facts)


def told_of(review: Review, decision: Decision | None = None) -> ReviewTold:
    return tell_review(review, KNOWN, decision=decision)


def sign_off_told(
    review: Review,
    *,
    decision: Decision | None = None,
    before: tuple[Decision, ...] = (),
    ruled_out: tuple[RuledOut, ...] = (),
) -> SignOffTold:
    assert review.profile is not None
    verdict = verdict_of(review)
    better = improve(BANK, POLICY, review.profile, review.choices(), most=2)
    wanted = still_wanted(review, verdict)
    return SignOffTold(review, verdict, opened(review.profile), wanted, better, before, decision, ruled_out=ruled_out)


def outcome_told(review: Review, decision: Decision) -> OutcomeTold:
    return OutcomeTold(review, decision, verdict_of(review))


def standing_told(*decisions: tuple[Decision, Standing], under_way: Review | None = None, **facts: Any) -> StandingTold:
    told: dict[str, Any] = {"tool": Tool(ToolId("t1"), "Otter.ai", "Otter"), "decisions": decisions}
    told |= {"under_way": under_way, "asked_by": BEN, "said": "", "covered": None}
    return StandingTold(**(told | facts))


@st.composite
def any_review(draw: st.DrawFn) -> Review:
    """A review by somebody who writes anything anywhere, with some or all of its questions answered."""
    profile, choices = draw(answered())
    names = draw(st.lists(somebodys_words, max_size=3))
    if names:
        profile = replace(profile, clients=Clients.named(names))
    words = [draw(somebodys_words) for _ in range(6)]
    review = described(
        profile,
        tool_name=words[0][:80],
        purpose=words[1],
        vendor=words[2],
        url=words[3],
        note=words[4],
        co_requesters=draw(st.sampled_from([(), (BEN,)])),
        proposals=(Proposal("data", "customer_pii", words[5]), Proposal("clients", words[0], words[1])),
        home=draw(st.sampled_from([THREAD, Home(ChannelId(ANA))])),
        go_live=draw(st.sampled_from([None, date(2026, 12, 1)])),
    )
    asked = only_asked(profile, choices)
    # About every question, so that whichever is shown has some: several people, several options, anything for words.
    told = [
        Proposal(each.id, option.code, words[n % 6] * 160, Origin.MODEL, said_by)
        for each in opened(profile).asked
        for n, option in enumerate(each.options)
        for said_by in (None, BEN)
    ]
    review = replace(review, proposals=(*review.proposals, *told))
    kept = draw(st.integers(0, len(asked)) | st.just(len(asked)))
    review = with_answers(review, dict(list(asked.items())[:kept]))
    back = draw(st.sampled_from([None, *asked]))
    review = replace(review, showing=back, version=draw(st.integers(0, 10_000)))
    if draw(st.booleans()):
        extras = {ExtraKind.PERSON: LOU, ExtraKind.DATE: "2027-01-31", ExtraKind.LINK: words[3]}
        review = replace(
            review, answers={each: replace(given, extras=extras) for each, given in review.answers.items()}
        )
    return review


@st.composite
def full_review(draw: st.DrawFn) -> Review:
    """The same with every question answered."""
    review = draw(any_review())
    assert review.profile is not None
    missing = {each.id: ("unknown",) for each in opened(review.profile).asked if each.id not in review.answers}
    filled = {each: Answer(each, codes, BEN, AT) for each, codes in missing.items()}
    return replace(review, answers={**review.answers, **filled}, showing=None)


@st.composite
def submitted_review(draw: st.DrawFn) -> Review:
    """With the leads, perhaps claimed, signed once, or with conditions that a lead changed."""
    review = submitted(draw(full_review()))
    assert review.package is not None
    if draw(st.booleans()):
        review = replace(review, claimed_by=LEA)
    if draw(st.booleans()):
        sign = SignOff(LEA, PersonId(LEA), Stance.APPROVE, review.version, AT, draw(somebodys_words))
        review = replace(review, sign_offs=(sign,))
    verdict = verdict_of(review)
    if draw(st.booleans()) and verdict.outcome is not Outcome.REJECT and review.package is not None:
        waived = tuple(duty.question for duty in verdict.duties[:1] if duty.question)
        added = (AddedCondition(draw(somebodys_words), 30, LEA),)
        package = replace(review.package, waived=waived, added=added, shaped_by=LEA, milder=bool(waived))
        review = replace(review, package=package)
    return review
