"""A review and its life: describing → answering → submitted → decided, or withdrawn. Every step returns a new review.

Nothing here signs anything off, and nothing is ever answered twice by accident: a step that changes nothing says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from bot.domain.answers import Answer, Proposal
from bot.domain.bank import Question, QuestionBank
from bot.domain.ids import ChannelId, PersonId, QuestionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.policy import Outcome, Policy
from bot.domain.profile import Profile
from bot.domain.refused import (
    BlockerNotForgotten,
    NoProfileYet,
    NoSuchOption,
    NotAnswering,
    NotAsked,
    NotTheTeams,
    ReviewEnded,
    StillOpenQuestions,
)
from bot.domain.verdict import Case, open_case


class Stage(StrEnum):
    DESCRIBING = "describing"  # the profile is not there yet
    ANSWERING = "answering"
    SUBMITTED = "submitted"  # with the security leads
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Home:
    """Where the card stands: a channel's thread, or a person's direct messages (`channel` is then a user id)."""

    channel: ChannelId
    thread: str | None = None


class Stance(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class AddedCondition:
    """A condition a lead asked for beyond the rules."""

    text: str
    days: int
    by: UserId


@dataclass(frozen=True, slots=True)
class Package:
    """What is being signed: the verdict and what the leads made of it. Any change to it voids every signature."""

    verdict: VerdictId
    outcome: Outcome  # what signing it would record: approve, approve_with_conditions or reject
    waived: tuple[QuestionId, ...] = ()  # conditions of the rules that a lead would drop
    added: tuple[AddedCondition, ...] = ()
    shaped_by: UserId | None = None  # the lead who changed it, if one did
    milder: bool = False
    lapsed: tuple[str, ...] = ()  # the clients whose reviews were missed when it was made: no review, no growth


@dataclass(frozen=True, slots=True)
class SignOff:
    """One lead's recorded yes or no to one version of a review."""

    by: UserId
    person: PersonId
    stance: Stance
    version: int
    at: datetime
    rationale: str = ""
    as_ciso: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """One tool's case. `version` counts every change to it; a button carries the version it was made for."""

    id: ReviewId
    tool: ToolId | None
    tool_name: str
    requester: UserId
    home: Home
    opened_at: datetime
    stage: Stage = Stage.DESCRIBING
    version: int = 0
    purpose: str = ""
    vendor: str = ""
    url: str = ""
    go_live: date | None = None  # when the team would like to start; never scored
    co_requesters: tuple[UserId, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    profile: Profile | None = None
    answers: Mapping[QuestionId, Answer] = field(default_factory=dict)
    showing: QuestionId | None = None  # the question somebody went back to
    note: str = ""  # what the team wants the leads to know
    package: Package | None = None
    sign_offs: tuple[SignOff, ...] = ()  # only those that still count
    claimed_by: UserId | None = None
    submitted_at: datetime | None = None

    @property
    def team(self) -> tuple[UserId, ...]:
        return (self.requester, *self.co_requesters)

    @property
    def ended(self) -> bool:
        return self.stage in (Stage.DECIDED, Stage.WITHDRAWN)

    def choices(self) -> dict[QuestionId, tuple[str, ...]]:
        """The answers as the rules read them."""
        return {answer.question: answer.codes for answer in self.answers.values()}


def case_of(review: Review, bank: QuestionBank, policy: Policy) -> Case:
    """What the review's profile means. Refuses while there is none."""
    if review.profile is None:
        raise NoProfileYet
    return open_case(bank, policy, review.profile)


def ruled_out_by(given: Iterable[Answer], *uses: Case) -> tuple[Answer, ...]:
    """Of all the answers ever given, the newest to each question that rules the tool out in one of these uses."""
    found: dict[QuestionId, Answer] = {}
    for each in given:
        if any(
            asked.id == each.question and asked.blocked_by(each.codes, use.on) for use in uses for asked in use.asked
        ):
            found[each.question] = each
    return tuple(found.values())


def open_questions(review: Review, case: Case) -> tuple[Question, ...]:
    """The asked questions without an answer, in the order they are asked."""
    return tuple(question for question in case.asked if question.id not in review.answers)


def next_question(review: Review, case: Case) -> Question | None:
    """The question the card shows: the one somebody went back to, else the first open one."""
    if review.showing is not None:
        for question in case.asked:
            if question.id == review.showing:
                return question
    return next((question for question in case.asked if question.id not in review.answers), None)


def question_before(review: Review, case: Case) -> Question | None:
    """The asked question in front of the one that is shown, to go back to."""
    shown = next_question(review, case)
    order = [question.id for question in case.asked]
    place = order.index(shown.id) if shown else len(order)
    return case.asked[place - 1] if place else None


def describe(review: Review, profile: Profile, *, tool: ToolId, tool_name: str) -> Review:
    """Set or change the profile. Answers stay; those that are no longer asked are simply not looked at."""
    _still_open(review)
    if review.stage is Stage.SUBMITTED:
        raise NotAnswering
    return replace(
        review,
        tool=tool,
        tool_name=tool_name,
        profile=profile,
        stage=Stage.ANSWERING,
        showing=None,
        version=review.version + 1,
    )


def recall(review: Review, case: Case, history: Sequence[Answer]) -> tuple[Review, tuple[Answer, ...]]:
    """Bring back what rules the tool out in this use, but became "I don't know" while a smaller one was described.

    `case` is of the profile as it is now, `history` everything ever answered, in order. Also what was brought back.
    """
    back: dict[QuestionId, Answer] = {}
    for question in case.asked:
        given = review.answers.get(question.id)
        if given is not None and given.is_unknown:
            for earlier in history:
                if earlier.question == question.id and question.blocked_by(earlier.codes, case.on):
                    back[question.id] = earlier
    return (replace(review, answers={**review.answers, **back}) if back else review), tuple(back.values())


def answer(review: Review, case: Case, given: Answer, *, history: Iterable[Answer] = (), aged: bool = False) -> Review:
    """Record one answer. The same answer again changes nothing and returns the review itself.

    Unless the one that is there is too old to be believed (`aged`): then it is given anew. `history` holds what was
    answered before: an answer that ruled the tool out is not forgotten by way of a better one.
    """
    _answering(review)
    question = _asked(case, given.question)
    if question.faults_in(given.codes):
        raise NoSuchOption
    before = review.answers.get(given.question)
    if before is not None:
        if before.codes == given.codes and (given.extras is None or before.extras == given.extras) and not aged:
            return replace(review, showing=None) if review.showing else review
        if given.is_unknown and any(
            question.blocked_by(earlier.codes, case.on)
            for earlier in (before, *history)
            if earlier.question == question.id
        ):
            raise BlockerNotForgotten
        if given.extras is None and before.codes == given.codes:
            given = replace(given, extras=before.extras)
    return replace(review, answers={**review.answers, given.question: given}, showing=None, version=review.version + 1)


def go_to(review: Review, case: Case, question: QuestionId) -> Review:
    """Show one question again, to change its answer."""
    _answering(review)
    return replace(review, showing=_asked(case, question).id)


def submit(review: Review, case: Case, package: Package, *, at: datetime) -> Review:
    """Hand the review to the leads, complete and with the verdict they are to sign."""
    _answering(review)
    if open_questions(review, case):
        raise StillOpenQuestions
    return replace(
        review,
        stage=Stage.SUBMITTED,
        package=package,
        sign_offs=(),
        claimed_by=None,
        showing=None,
        submitted_at=at,
        version=review.version + 1,
    )


def reopen(review: Review) -> Review:
    """Take a submitted review back to change an answer; every signature falls with it."""
    _still_open(review)
    if review.stage is not Stage.SUBMITTED:
        return review
    return replace(
        review,
        stage=Stage.ANSWERING,
        package=None,
        sign_offs=(),
        claimed_by=None,
        submitted_at=None,
        version=review.version + 1,
    )


def join(review: Review, user: UserId) -> Review:
    """Add a co-requester; joining twice changes nothing."""
    _still_open(review)
    if user in review.team:
        return review
    return replace(review, co_requesters=(*review.co_requesters, user))


def withdraw(review: Review, *, by: UserId) -> Review:
    """End the review without a decision. Only the team may, and twice changes nothing."""
    if review.stage is Stage.WITHDRAWN:
        return review
    _still_open(review)
    team_only(review, by)
    return replace(review, stage=Stage.WITHDRAWN, sign_offs=(), showing=None, version=review.version + 1)


def team_only(review: Review, user: UserId) -> None:
    """Refuse somebody who neither asked nor joined."""
    if user not in review.team:
        raise NotTheTeams


def _still_open(review: Review) -> None:
    if review.ended:
        raise ReviewEnded


def _answering(review: Review) -> None:
    _still_open(review)
    if review.stage is Stage.SUBMITTED:
        raise NotAnswering
    if review.profile is None:
        raise NoProfileYet


def _asked(case: Case, question: QuestionId) -> Question:
    for each in case.asked:
        if each.id == question:
            return each
    raise NotAsked
