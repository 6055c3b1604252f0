"""What a notice has to tell, gathered from what is true when it is sent. No wording here, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.domain import review as reviews
from bot.domain.answers import Proposal, stale
from bot.domain.approval import Need, raised, still_wanted
from bot.domain.bank import Question
from bot.domain.decision import Coverage, Decision, Standing, covers, standing
from bot.domain.ids import ChannelId, DecisionId, QuestionId, ReviewId, ToolId, UserId
from bot.domain.improve import Improvement, improve
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.proposed import about
from bot.domain.review import Review, Stage
from bot.domain.tool import Tool
from bot.domain.verdict import Case, Verdict, assess
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.ask_tellings import AnswerTold, DisputedTold, tell_asked
from bot.use_cases.client_review_tellings import ClientReviewTelling, tell_client_review
from bot.use_cases.digest import DigestTold, tell_digest
from bot.use_cases.draft_facts import ToDraft, drafted_lines, summary_of
from bot.use_cases.lapses import lapsed_clients
from bot.use_cases.occurrence_tellings import ClockTelling, tell_occurrence
from bot.use_cases.ruled_out import RuledOut, ruled_out_before
from bot.use_cases.upkeep_tellings import KINDS, UpkeepTold, gather_upkeep, met_of


@dataclass(frozen=True, slots=True)
class ReviewTold:
    """The review's own card: what it shows follows from its stage."""

    review: Review
    case: Case | None = None
    question: Question | None = None
    can_go_back: bool = False
    verdict: Verdict | None = None
    improvements: tuple[Improvement, ...] = ()
    decision: Decision | None = None
    elsewhere: bool = False  # the review's card stands somewhere else now
    blocked: bool = False  # an answer given so far rules the tool out
    standing: Standing = Standing.VALID  # of the decision
    met: frozenset[int] = frozenset()  # the places of its conditions that are closed
    covered: bool = False  # it ended because a standing decision covers the use
    lapsed: tuple[str, ...] = ()  # the clients whose missed reviews ask for one signature level more


@dataclass(frozen=True, slots=True)
class SignOffTold:
    """The card of the security channel."""

    review: Review
    verdict: Verdict
    case: Case
    wanted: Need
    improvements: tuple[Improvement, ...]
    precedents: tuple[Decision, ...]
    decision: Decision | None
    standing: Standing = Standing.VALID  # of the decision
    met: frozenset[int] = frozenset()  # the places of its conditions that are closed
    expired: frozenset[DecisionId] = frozenset()  # of the precedents
    ruled_out: tuple[RuledOut, ...] = ()  # by what was answered before and is not any more
    to_draft: ToDraft | None = None  # what a model may sum up
    drafted: tuple[str, ...] = ()  # the lines it wrote about exactly this


@dataclass(frozen=True, slots=True)
class StandingTold:
    """What is on record for a tool somebody asked about."""

    tool: Tool
    decisions: tuple[tuple[Decision, Standing], ...]
    under_way: Review | None
    asked_by: UserId
    said: str
    covered: DecisionId | None
    met: Mapping[DecisionId, frozenset[int]] = field(default_factory=dict)  # closed conditions, by their places


@dataclass(frozen=True, slots=True)
class OutcomeTold:
    """A decision and its reason."""

    review: Review
    decision: Decision
    verdict: Verdict
    standing: Standing = Standing.VALID
    met: frozenset[int] = frozenset()  # the places of its conditions that are closed


@dataclass(frozen=True, slots=True)
class LineTold:
    """A short message about a review, or about none."""

    notice: Notice
    review: Review | None
    question: Question | None = None
    proposal: Proposal | None = None  # what a reply was read as
    settled: bool = False  # nobody waits for an answer to this any more


Telling = (
    ReviewTold
    | SignOffTold
    | StandingTold
    | OutcomeTold
    | LineTold
    | AnswerTold
    | DisputedTold
    | ClockTelling
    | ClientReviewTelling
    | DigestTold
    | UpkeepTold
)


def review_notice(review: Review) -> Notice:
    """The one card of a review where it stands now."""
    to = Recipient(review.home.channel, review.home.thread)
    return Notice(f"review:{review.id}:{to.channel}", NoticeKind.REVIEW_CARD, to, review.id, live=True)


def sign_off_notice(review: Review, channel: ChannelId) -> Notice:
    """The one card of a review in the security channel."""
    return Notice(f"sign_off:{review.id}", NoticeKind.SIGN_OFF_CARD, Recipient(channel), review.id, live=True)


def gather(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> Telling | None:
    """All that one message needs; None when there is nothing true left to say."""
    today = now.date()
    match notice.kind:
        case NoticeKind.REVIEW_CARD:
            return _review(work, notice, knowledge, now)
        case NoticeKind.SIGN_OFF_CARD:
            return tell_sign_off(work, notice, knowledge, today)
        case NoticeKind.STANDING_CARD:
            return _standing(work, notice, today)
        case NoticeKind.OUTCOME | NoticeKind.SELF_SERVE:
            return _outcome(work, notice, today)
        case NoticeKind.ANSWER | NoticeKind.ANSWER_DISPUTED:
            return tell_asked(work, notice, knowledge, now)
        case NoticeKind.DIGEST | NoticeKind.DIGEST_DETAILS:
            return tell_digest(work, notice, knowledge, now)
        case (
            NoticeKind.PACK
            | NoticeKind.MEETING
            | NoticeKind.MINUTES
            | NoticeKind.REVIEW_RESULT
            | NoticeKind.ACTION_CARRIED
            | NoticeKind.CLIENT_OBJECTS
            | NoticeKind.SKIP_AGREED
        ):
            return tell_client_review(work, notice, knowledge, now)
        case (
            NoticeKind.REVIEW_SOON
            | NoticeKind.REVIEW_NOW
            | NoticeKind.REVIEW_MISSED
            | NoticeKind.WHILE_AWAY
            | NoticeKind.PACK_HELD
        ):
            return tell_occurrence(work, notice, now)
        case kind if kind in KINDS:
            return gather_upkeep(work, notice, knowledge, now)
        case NoticeKind.ASK_BACK:
            return _ask_back(work, notice, knowledge)
        case _:
            return _line(work, notice, knowledge)


def tell_review(
    review: Review,
    knowledge: Knowledge,
    *,
    decision: Decision | None = None,
    lapsed: tuple[str, ...] = (),
    aged: frozenset[QuestionId] = frozenset(),
) -> ReviewTold:
    """The review's card as of now, from the review and the clients it touches whose reviews are missed.

    `aged` are the answers too old to be believed: what the card shows is what handing it in would compute.
    """
    if review.profile is None or review.stage is Stage.WITHDRAWN:
        return ReviewTold(review)
    if (asking := tell_next_question(review, knowledge)) is not None:
        return asking
    case = reviews.case_of(review, knowledge.bank, knowledge.policy)
    choices = review.choices()
    verdict = assess(knowledge.bank, knowledge.policy, review.profile, choices, stale=aged)
    better = _as_signed(improve(knowledge.bank, knowledge.policy, review.profile, choices, stale=aged), lapsed)
    return ReviewTold(review, case, None, True, verdict, better, decision, lapsed=lapsed)


def aged_answers(review: Review, knowledge: Knowledge, today: date) -> frozenset[QuestionId]:
    """The answers of a review that have grown too old to be believed."""
    if review.profile is None:
        return frozenset()
    tier = reviews.case_of(review, knowledge.bank, knowledge.policy).risk.tier
    return stale(review.answers.values(), knowledge.bank, knowledge.policy.lifetimes, tier=tier, as_of=today)


def _as_signed(better: tuple[Improvement, ...], lapsed: tuple[str, ...]) -> tuple[Improvement, ...]:
    """The improvements with those who would really sign them."""
    return tuple(replace(each, approver=raised(each.approver, lapsed=bool(lapsed))) for each in better)


def tell_next_question(review: Review, knowledge: Knowledge) -> ReviewTold | None:
    """The card with the question that is open now; None when the card shows anything else."""
    if review.profile is None or review.stage is not Stage.ANSWERING:
        return None
    case = reviews.case_of(review, knowledge.bank, knowledge.policy)
    question = reviews.next_question(review, case)
    if question is None:
        return None
    blocked = any(
        each.blocked_by(review.answers[each.id].codes, case.on) for each in case.asked if each.id in review.answers
    )
    back = reviews.question_before(review, case) is not None
    return ReviewTold(review, case, question, back, blocked=blocked)


def _review(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> Telling | None:
    review = work.reviews.get(_review_of(notice))
    if (review.home.channel, review.home.thread) != (notice.to.channel, notice.to.thread):
        return ReviewTold(review, elsewhere=True)
    if review.stage is Stage.WITHDRAWN and review.profile is not None and review.tool is not None:
        profile, known = review.profile, work.decisions.of_tool(review.tool)
        return ReviewTold(
            review, covered=any(each.allows and covers(each, profile, today=now.date()).covered for each in known)
        )
    aged = aged_answers(review, knowledge, now.date())
    lapsed = lapsed_clients(work, review.profile, now) if review.stage is Stage.ANSWERING else ()
    decision = work.decisions.of_review(review.id)
    told = tell_review(review, knowledge, decision=decision, aged=aged, lapsed=lapsed)
    if decision is None:
        return told
    return replace(told, standing=standing(decision, today=now.date()), met=met_of(work, decision.id))


def tell_sign_off(work: Work, notice: Notice, knowledge: Knowledge, today: date) -> SignOffTold | None:
    """The card in the security channel as of now."""
    review = work.reviews.get(_review_of(notice))
    if review.profile is None or review.tool is None:
        return None
    decision = work.decisions.of_review(review.id)
    verdict = work.verdicts.get(review.package.verdict) if review.package else None
    aged = aged_answers(review, knowledge, today)
    if verdict is None:  # taken back or withdrawn: the card says so, with the verdict as answered so far
        verdict = assess(knowledge.bank, knowledge.policy, review.profile, review.choices(), stale=aged)
    case = reviews.case_of(review, knowledge.bank, knowledge.policy)
    precedents = tuple(each for each in work.decisions.of_tool(review.tool) if each.review != review.id)[:3]
    lapsed = review.package.lapsed if review.package else ()
    better = improve(knowledge.bank, knowledge.policy, review.profile, review.choices(), stale=aged, most=2)
    wanted, better = still_wanted(review, verdict), _as_signed(better, lapsed)
    counts = standing(decision, today=today) if decision else Standing.VALID
    met = met_of(work, decision.id) if decision else frozenset()
    asked = review.stage is Stage.SUBMITTED
    ruled_out = ruled_out_before(work, review, verdict, case, knowledge) if asked else ()
    expired = frozenset(each.id for each in precedents if standing(each, today=today) is Standing.EXPIRED)
    told = SignOffTold(review, verdict, case, wanted, better, precedents, decision, counts, met, expired, ruled_out)
    to_draft = summary_of(review, verdict, case, better, precedents, ruled_out, knowledge) if asked else None
    return told if to_draft is None else replace(told, to_draft=to_draft, drafted=drafted_lines(work, to_draft))


def _standing(work: Work, notice: Notice, today: date) -> Telling | None:
    tool = work.tools.get(ToolId(notice.facts["tool"]))
    told = [(each, standing(each, today=today)) for each in work.decisions.of_tool(tool.id)]
    shown = sorted(
        (each for each in told if each[1] is not Standing.SUPERSEDED), key=lambda each: each[1] is not Standing.VALID
    )
    covered = notice.facts.get("covered")
    other = notice.facts.get("review")
    under_way = work.reviews.get(ReviewId(other)) if other else work.reviews.under_way(tool.id)
    return StandingTold(
        tool,
        tuple(shown[:3]),
        None if under_way is None or under_way.ended else under_way,
        UserId(notice.facts["by"]),
        notice.facts.get("said", ""),
        DecisionId(covered) if covered else None,
        {each.id: met_of(work, each.id) for each, _ in shown[:3]},
    )


def _outcome(work: Work, notice: Notice, today: date) -> Telling | None:
    if notice.decision is None:
        raise ValueError(f"notice {notice.key} names no decision")
    decision = work.decisions.get(notice.decision)
    review, verdict = work.reviews.get(_review_of(notice)), work.verdicts.get(decision.verdict)
    return OutcomeTold(review, decision, verdict, standing(decision, today=today), met_of(work, decision.id))


def _ask_back(work: Work, notice: Notice, knowledge: Knowledge) -> Telling | None:
    """What to ask somebody whose reply named no option; nothing, where the question was left before they were asked."""
    review, question = work.reviews.get(_review_of(notice)), _question_of(notice, knowledge)
    if question is None or review.profile is None:
        return LineTold(notice, review)
    case = reviews.case_of(review, knowledge.bank, knowledge.policy)
    answering = review.stage is Stage.ANSWERING and question in case.asked
    if work.notices.posted(notice.key) is None and (
        not answering or reviews.next_question(review, case) is not question
    ):
        return None
    read = (notice.facts.get("option"), notice.facts.get("by"))
    proposal = next(
        (
            each
            for each in reversed(about(question, review.proposals))
            if each.quote and (each.value, each.said_by or review.requester) == read
        ),
        None,
    )
    settled = not answering or (question.id in review.answers and review.showing != question.id)
    return LineTold(notice, review, question, proposal, settled)


def _line(work: Work, notice: Notice, knowledge: Knowledge) -> Telling | None:
    review = work.reviews.get(notice.review) if notice.review else None
    return LineTold(notice, review, _question_of(notice, knowledge))


def _question_of(notice: Notice, knowledge: Knowledge) -> Question | None:
    asked = notice.facts.get("question")
    return knowledge.bank.by_id.get(QuestionId(asked)) if asked else None


def _review_of(notice: Notice) -> ReviewId:
    if notice.review is None:
        raise ValueError(f"notice {notice.key} names no review")
    return notice.review


def novelty(decision: Decision, review: Review, today: date) -> Coverage | None:
    """What of a review's use an earlier decision was not made for."""
    return covers(decision, review.profile, today=today) if review.profile else None
