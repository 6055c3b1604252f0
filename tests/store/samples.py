"""Small made-up things to store: tools, reviews, verdicts, decisions. Each is valid for the domain and easy to vary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.domain.answers import Answer
from bot.domain.approval import Signer, package_for
from bot.domain.audit import AuditEvent, Tag
from bot.domain.bank import Choice, Option, Question, QuestionBank, Source
from bot.domain.client import Cadence, Client, Rhythm, Series, SideOf
from bot.domain.client_review import ActionItem, Occurrence
from bot.domain.decision import Condition, Decision, Signature
from bot.domain.ids import (
    ActionItemId,
    ChannelId,
    ClientId,
    DecisionId,
    OccurrenceId,
    PersonId,
    QuestionId,
    ReviewId,
    SeriesId,
    ToolId,
    UserId,
    VerdictId,
)
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.policy import Approver, Band, Deadline, Outcome
from bot.domain.profile import ALWAYS, Clients, Profile
from bot.domain.review import Home, Review, SignOff, Stage, Stance
from bot.domain.tool import Tool
from bot.domain.verdict import Case, Duty, InherentRisk, Row, Verdict
from bot.store.work import Work

KEY = b"a key for tests, nothing else....."
AT = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
ANA, BEN, LEA, LEO = UserId("U_ANA"), UserId("U_BEN"), UserId("U_LEA"), UserId("U_LEO")
OTTER = Tool(ToolId("T_OTTER"), "Otter.ai", "Otter", ("Otter Notes",))

MFA = Question(
    QuestionId("G1-MFA"),
    "G1",
    "How do people sign in?",
    "Passwords get stolen.",
    3,
    Source.TEAM,
    Choice.ONE,
    ALWAYS,
    "Switch single sign-on on.",
    (Option("sso", "Single sign-on"), Option("password", "Password only", gap=4)),
)
BANK = QuestionBank((MFA,), "bank-1")
PROFILE = Profile(
    frozenset({"saas"}),
    frozenset({"internal"}),
    frozenset({"hq_staff"}),
    40,
    Clients.named(["Acme"]),
    frozenset({"data"}),
)
CASE = Case(PROFILE, (), InherentRisk(30, 2, ()), frozenset(), (MFA,))
VERDICT = Verdict(
    tier=2,
    inherent=30,
    asked=(MFA.id,),
    sub_scores={"G1": 24},
    flags={"G1": "amber"},
    control_gap=12,
    band=Band.MODERATE,
    blockers=(),
    floors=("E2",),
    outcome=Outcome.NEEDS_LEAD,
    approver=Approver.TWO_LEADS,
    months=6,
    duties=(
        Duty(MFA.id, "Switch single sign-on on.", 4, False, Deadline(30)),
        Duty(None, "Look again.", 0, False, None),
    ),
    unknowns=(),
    unknown_facts=("seats",),
    inferred=(),
    rows=(Row("data", "highest class: internal", 10),),
    bank_version="bank-1",
)


def later(**amount: float) -> datetime:
    return AT + timedelta(**amount)


def an_answer(code: str = "sso", **changes: Any) -> Answer:
    return replace(Answer(MFA.id, (code,), ANA, AT), **changes)


def a_review(name: str = "1", **changes: Any) -> Review:
    fresh = Review(
        id=ReviewId(f"R_{name}"),
        tool=OTTER.id,
        tool_name="Otter.ai",
        requester=ANA,
        home=Home(ChannelId("C_TEAM"), f"100.{name}"),
        opened_at=AT,
        stage=Stage.ANSWERING,
        version=3,
        profile=PROFILE,
        answers={MFA.id: an_answer()},
    )
    return replace(fresh, **changes)


def a_submitted_review(name: str = "1", **changes: Any) -> Review:
    package = package_for(VERDICT, VerdictId(f"V_{name}"))
    return a_review(name, **{"stage": Stage.SUBMITTED, "package": package, "submitted_at": AT} | changes)


def a_decision(name: str = "1", **changes: Any) -> Decision:
    made = Decision(
        id=DecisionId(f"D_{name}"),
        review=ReviewId(f"R_{name}"),
        tool=OTTER.id,
        tool_name="Otter.ai",
        profile=PROFILE,
        verdict=VerdictId(f"V_{name}"),
        computed=Outcome.NEEDS_LEAD,
        outcome=Outcome.CONDITIONS,
        approver=Approver.TWO_LEADS,
        signatures=(Signature(LEA, "Small team, no client data."), Signature(LEO, as_ciso=True)),
        conditions=(
            Condition("Switch single sign-on on.", MFA.id, 4, ANA, date(2026, 4, 1), before_go_live=True),
            Condition("Look again.", None, 0, ANA, None, added_by=LEA),
        ),
        decided_at=AT,
        valid_until=date(2026, 9, 2),
        tier=2,
    )
    return replace(made, **changes)


def a_signer(user: UserId, **changes: Any) -> Signer:
    return replace(
        Signer(user, PersonId(f"person of {user}"), full_member=True, is_lead=True, is_ciso=False), **changes
    )


def a_sign_off(by: UserId, **changes: Any) -> SignOff:
    return replace(SignOff(by, a_signer(by).person, Stance.APPROVE, 3, AT, "Fine."), **changes)


def a_notice(key: str = "card|R_1", **changes: Any) -> Notice:
    owed = Notice(key, NoticeKind.REVIEW_CARD, Recipient(ChannelId("C_TEAM"), "100.1"), ReviewId("R_1"), live=True)
    return replace(owed, **changes)


def an_event(number: int = 1, **changes: Any) -> AuditEvent:
    happened = AuditEvent(Tag.REVIEW_ANSWER, later(seconds=number), ANA, "R_1", {"question": "G1-MFA", "n": number})
    return replace(happened, **changes)


ACME = Client(ClientId("CL_ACME"), "Acme Bank", ANA, "America/New_York", ("ACME", "Acme Holdings"))
SERIES = Series(
    id=SeriesId("S_ACME"),
    client=ACME.id,
    rhythm=Rhythm(Cadence.WEEKLY, (1, 3), time(9, 30), date(2026, 3, 3)),
    zone="America/New_York",
    minutes=30,
    host=ANA,
    stand_in=BEN,
)


def an_occurrence(name: str = "1", **changes: Any) -> Occurrence:
    """One review of Acme's, a week later for each further number."""
    week = timedelta(weeks=int(name))
    planned = Occurrence(
        id=OccurrenceId(f"O_{name}"),
        series=SERIES.id,
        client=ACME.id,
        on=AT.date() + week,
        start_at=AT + week,
        zone=SERIES.zone,
        minutes=30,
        host=ANA,
        stand_in=BEN,
    )
    return replace(planned, **changes)


def an_action(name: str = "1", **changes: Any) -> ActionItem:
    agreed = ActionItem(
        id=ActionItemId(f"A_{name}"),
        client=ACME.id,
        text="Switch single sign-on on.",
        side=SideOf.OURS,
        owner=ANA,
        due_on=date(2026, 4, 1),
        opened_in=OccurrenceId("O_1"),
        opened_at=AT,
        by=BEN,
    )
    return replace(agreed, **changes)


def put_series(work: Work) -> None:
    """Store Acme with its series and the first occurrence."""
    work.clients.add(ACME, AT)
    work.series.add(SERIES, AT)
    work.occurrences.add(an_occurrence(), AT)


def put_review(work: Work, review: Review) -> None:
    """Store a review with what it rests on: its tool, and the verdict of its package."""
    if work.tools.find(OTTER.name).tool is None:
        work.tools.add(OTTER, AT)
    work.reviews.add(review, AT)
    if review.package is not None:
        work.verdicts.add(review.package.verdict, review.id, review.version, VERDICT, "digest", AT)


def put_decision(work: Work, decision: Decision, **of_review: Any) -> None:
    """Store a decision with what it rests on."""
    name = decision.review.removeprefix("R_")
    stance = Stance.REJECT if decision.outcome is Outcome.REJECT else Stance.APPROVE
    signs = tuple(
        SignOff(each.by, PersonId(f"person {n}"), stance, 3, AT, each.rationale, each.as_ciso)
        for n, each in enumerate(decision.signatures)
    )
    put_review(work, a_submitted_review(name, sign_offs=signs, **of_review))
    work.decisions.add(decision)


def change(work: Work, review_id: ReviewId, **changes: Any) -> Review:
    """Lock a review, change it, save it."""
    before = work.reviews.locked(review_id)
    after = replace(before, **changes)
    work.reviews.save(after, before, later(hours=1))
    return after
