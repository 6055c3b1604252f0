"""The leads' acts: claim, approve, change the conditions, reject, ask, pull back. Who may is asked at the click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.domain import review as reviews
from bot.domain.answers import Answer
from bot.domain.approval import (
    NotSubmitted,
    Signed,
    Signer,
    VerdictChanged,
    leads_only,
    may_approve,
    may_sign,
    package_for,
    shape,
    sign_off,
)
from bot.domain.audit import Tag
from bot.domain.decision import Decision, due_on
from bot.domain.ids import DecisionId, PersonId, QuestionId, ReviewId, UserId, VerdictId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.policy import Approver, Deadline
from bot.domain.refused import Refused
from bot.domain.review import AddedCondition, Review, Stage, Stance
from bot.domain.roster import counts
from bot.domain.tool import clean_text
from bot.domain.verdict import Verdict
from bot.store.work import Work
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.hand_in import inputs_hash, record_decision, record_verdict, stale_answers
from bot.use_cases.lapses import lapsed_clients
from bot.use_cases.ports import Via
from bot.use_cases.roster import look_at_leads
from bot.use_cases.summary import draft_summary
from bot.use_cases.tellings import review_notice, sign_off_notice
from bot.use_cases.upkeep import unwatch_decision, watch_review

PULL_BACK_WORKING_DAYS: Final = 5


class RulesChanged(Refused):
    reason = (
        "The rules, the age of an answer or a client's missed reviews changed since this was handed in, so nothing was "
        "signed. I computed the verdict again; read the fresh card and decide again."
    )


class TooLateToPullBack(Refused):
    reason = (
        f"A self-serve decision can be pulled back within {PULL_BACK_WORKING_DAYS} working days. That time is over."
    )


class NotSelfServe(Refused):
    reason = "Leads signed this decision, so it can't be pulled back. Start a new review if things changed."


@dataclass(frozen=True, slots=True)
class SignClick:
    """A lead's press of a button: on which review, as the card stood at `saw`."""

    review: ReviewId
    by: UserId
    saw: int
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Shaped:
    """What a lead makes of the conditions: those of the rules that stay, and what is added."""

    kept: frozenset[QuestionId]
    added: tuple[AddedCondition, ...]


async def approve(desk: Desk, came: Came, click: SignClick, *, via: Via | None = None) -> Signed:
    """Record one lead's yes to what the card shows; when it is the last one needed, the decision too."""
    return await _sign(desk, came, click, Stance.APPROVE, None, via)


async def approve_with_conditions(desk: Desk, came: Came, click: SignClick, shaped: Shaped) -> Signed:
    """Record one lead's yes to other conditions than the rules ask for."""
    return await _sign(desk, came, click, Stance.APPROVE, shaped, None)


async def reject(desk: Desk, came: Came, click: SignClick) -> Signed:
    """Record one lead's no, which decides: stricter needs no second person."""
    return await _sign(desk, came, click, Stance.REJECT, None, None)


async def _sign(
    desk: Desk, came: Came, click: SignClick, stance: Stance, shaped: Shaped | None, via: Via | None
) -> Signed:
    # Asked before the transaction opens; the transaction then refuses if the team changed in between.
    signer = await signer_of(desk, click.by, now=True)
    persons = await desk.directory.persons(involved(*await desk.read(_with_history, click.review)))
    try:
        signed = await desk.act_via(
            via, _record, came, click, stance, shaped, signer, persons, DecisionId(desk.new_id())
        )
    except Refused as refusal:
        await desk.act(_record_refusal, click, stance, type(refusal).__name__)
        raise
    if signed is None:
        draft_summary(desk, await desk.act(_recompute, click.review, VerdictId(desk.new_id())))
        raise RulesChanged
    return signed


async def signer_of(desk: Desk, user: UserId, *, now: bool = False) -> Signer:
    """Who is behind a click; with `now` asked this moment, as it has to be for whatever counts."""
    person = await desk.directory.person(user, now=True)
    seen = await look_at_leads(desk, now=now)
    at = desk.now()
    lead = counts(user, seen.leads, seen.known, at=at)
    ciso = counts(user, seen.cisos, seen.known, at=at)
    later = min((each for each in (lead.later, ciso.later) if each is not None), default=None)
    return Signer(user, person.person, person.full_member, lead.now, ciso.now, later)


async def check_may_sign(
    desk: Desk, review_id: ReviewId, user: UserId, *, saw: int | None = None, approves: bool = False
) -> tuple[Review, Verdict]:
    """Refuse before a form is opened what would be refused when it is sent; the act checks again.

    `saw` is the version on the card that was pressed: a form opened from an old card would be signed for a new one.
    `approves` when the form would sign as the card stands, which not everybody may who may sign.
    """
    signer = await signer_of(desk, user)
    review, verdict, history = await desk.read(_review_and_verdict, review_id)
    persons = await desk.directory.persons(involved(review, history))
    may_sign(review, signer, bank=desk.knowledge.bank, persons=persons, answered=history)
    if saw is not None and saw != review.version:
        raise VerdictChanged
    if approves:
        may_approve(review, verdict, signer)
    return review, verdict


def involved(review: Review, history: Sequence[Answer]) -> set[UserId]:
    """Everyone whose second account a signer must not be: the team, whoever ever answered, owners."""
    people = set(review.team) | {given.by for given in (*review.answers.values(), *history)}
    people |= {UserId(value) for given in review.answers.values() for value in (given.extras or {}).values()}
    return {user for user in people if user[:1] in ("U", "W") and user.isalnum()}


def _with_history(work: Work, review_id: ReviewId) -> tuple[Review, Sequence[Answer]]:
    return work.reviews.get(review_id), work.reviews.history(review_id)


def _review_and_verdict(work: Work, review_id: ReviewId) -> tuple[Review, Verdict, Sequence[Answer]]:
    review, history = _with_history(work, review_id)
    if review.ended:
        raise AlreadySettled
    if review.package is None:
        raise NotSubmitted
    return review, work.verdicts.get(review.package.verdict), history


def _record(
    act: Acting,
    came: Came,
    click: SignClick,
    stance: Stance,
    shaped: Shaped | None,
    signer: Signer,
    persons: Mapping[UserId, PersonId],
    decision_id: DecisionId,
) -> Signed | None:
    """One transaction: the row locked first, the domain asked, everything it says written. None: the rules changed."""
    act.once(came)
    before = act.work.reviews.locked(click.review)
    if before.ended:
        raise AlreadySettled
    if before.package is None:
        raise NotSubmitted
    history = act.work.reviews.history(click.review)
    if not involved(before, history) <= set(persons):
        raise VerdictChanged  # somebody joined or answered since we asked who is who
    verdict = act.work.verdicts.get(before.package.verdict)
    if _rules_changed(act, before, verdict):
        return None
    package = None
    if shaped is not None:
        waived = {duty.question for duty in verdict.duties if duty.question} - shaped.kept
        there = {(each.text, each.days): each for each in before.package.added}
        added = tuple(there.get((each.text, each.days), each) for each in shaped.added)
        package = shape(before, verdict, by=click.by, waived=waived, added=added)
    signed = sign_off(
        before,
        verdict,
        signer=signer,
        stance=stance,
        saw=click.saw,
        bank=act.bank,
        persons=persons,
        answered=history,
        rationale=clean_text(click.rationale, most=2_000),
        package=package,
        decision_id=decision_id,
        at=act.at,
    )
    act.work.reviews.save(signed.review, before, act.at)
    act.work.audit.add(*signed.events)
    if signed.decision is not None:
        record_decision(act, signed.review, signed.decision)
        watch_review(act, signed.review)
    for old in signed.voided:
        key = f"voided:{before.id}:{old.version}:{old.by}"
        facts = {"why": "reshaped", "who": click.by}
        act.owe(Notice(key, NoticeKind.VOIDED, Recipient.person(old.by), before.id, facts=facts))
    act.owe(sign_off_notice(signed.review, act.desk.security_channel), review_notice(signed.review))
    return signed


class AlreadySettled(Refused):
    reason = "This is settled already, so nothing was changed. The card shows how and by whom."


def _rules_changed(act: Acting, review: Review, verdict: Verdict) -> bool:
    if review.package is None:
        raise NotSubmitted
    same_rules = verdict.bank_version == act.bank.version
    same_input = act.work.verdicts.inputs_hash(review.package.verdict) == inputs_hash(review, act.bank.version)
    aged = stale_answers(act, review) - set(verdict.unknowns)
    # Whose reviews were missed may change as long as it takes as many signatures.
    lapsed = bool(lapsed_clients(act.work, review.profile, act.at)) != bool(review.package.lapsed)
    return not (same_rules and same_input) or bool(aged) or lapsed


def _recompute(act: Acting, review_id: ReviewId, verdict_id: VerdictId) -> Review:
    """Put a fresh verdict in front of the leads; whatever was signed before does not count for it."""
    before = act.work.reviews.locked(review_id)
    if before.stage is not Stage.SUBMITTED:
        return before
    verdict = record_verdict(act, before, verdict_id, version=before.version + 1)
    case = reviews.case_of(before, act.bank, act.policy)
    if reviews.open_questions(before, case):
        changed = reviews.reopen(before)  # the rules ask something new: back to the team
    else:
        package = package_for(verdict, verdict_id, lapsed=lapsed_clients(act.work, before.profile, act.at))
        changed = replace(before, package=package, sign_offs=(), version=before.version + 1)
    act.work.reviews.save(changed, before, act.at)
    for old in before.sign_offs:
        act.record(Tag.SIGN_OFF_VOID, review_id, of=old.by, version=old.version)
        key = f"voided:{review_id}:{old.version}:{old.by}"
        act.owe(Notice(key, NoticeKind.VOIDED, Recipient.person(old.by), review_id, facts={"why": "rules"}))
    act.owe(sign_off_notice(changed, act.desk.security_channel), review_notice(changed))
    return changed


def _record_refusal(act: Acting, click: SignClick, stance: Stance, refusal: str) -> None:
    act.record(Tag.SIGN_OFF_REFUSE, click.review, by=click.by, stance=stance, version=click.saw, refusal=refusal)
    if refusal in ("VerdictChanged", "AlreadySettled", "AlreadySigned"):
        review = act.work.reviews.get(click.review)
        act.owe(sign_off_notice(review, act.desk.security_channel))


async def claim(desk: Desk, came: Came, *, review: ReviewId, by: UserId, via: Via | None = None) -> Review:
    """Say who is looking at it; that reserves nothing, and anyone who may sign still can."""
    await check_may_sign(desk, review, by)
    return await desk.act_via(via, _claim, came, review, by)


def _claim(act: Acting, came: Came, review_id: ReviewId, by: UserId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    if before.stage is not Stage.SUBMITTED:
        raise NotSubmitted if not before.ended else AlreadySettled
    changed = replace(before, claimed_by=None if before.claimed_by == by else by)
    act.work.reviews.save(changed, before, act.at)
    act.record(Tag.SIGN_OFF_CLAIM, review_id, by=by, released=changed.claimed_by is None)
    act.owe(sign_off_notice(changed, act.desk.security_channel))
    return changed


async def ask_team(desk: Desk, came: Came, *, review: ReviewId, by: UserId, text: str) -> None:
    """Put a lead's question to the team, where the review stands."""
    await check_may_sign(desk, review, by)
    await desk.act(_ask_team, came, review, by, clean_text(text, most=1_500))


def _ask_team(act: Acting, came: Came, review_id: ReviewId, by: UserId, text: str) -> None:
    act.once(came)
    review = act.work.reviews.locked(review_id)
    act.record(Tag.SIGN_OFF_ASK, review_id, by=by)
    facts = {"by": by, "text": text}
    to = Recipient(review.home.channel, review.home.thread)
    act.owe(Notice(f"lead_asks:{came.key}", NoticeKind.LEAD_ASKS, to, review_id, facts=facts))


async def answer_lead(desk: Desk, came: Came, *, review: ReviewId, by: UserId, text: str) -> None:
    """Bring the team's reply to the leads, under the card in the security channel."""
    await desk.act(_answer_lead, came, review, by, clean_text(text, most=1_500))


def _answer_lead(act: Acting, came: Came, review_id: ReviewId, by: UserId, text: str) -> None:
    act.once(came)
    review = act.work.reviews.locked(review_id)
    reviews.team_only(review, by)
    act.record(Tag.REVIEW_NOTE, review_id, by=by)
    posted = act.work.notices.posted(f"sign_off:{review_id}")
    to = Recipient(act.desk.security_channel, posted[1] if posted else None)
    facts = {"by": by, "text": text}
    act.owe(Notice(f"lead_answered:{came.key}", NoticeKind.LEAD_ANSWERED, to, review_id, facts=facts))


async def check_may_pull_back(desk: Desk, decision_id: DecisionId, by: UserId) -> Decision:
    """Refuse before the form is opened what would be refused when it is sent; the act checks again."""
    await _leads_only(desk, by, now=False)
    decision = await desk.read(lambda work: work.decisions.get(decision_id))
    if decision.suspended_at is not None:
        raise AlreadySettled
    _still_in_time(decision, desk.now().date())
    return decision


async def _leads_only(desk: Desk, by: UserId, *, now: bool) -> None:
    leads_only(await signer_of(desk, by, now=now))


def _still_in_time(decision: Decision, today: date) -> None:
    if decision.approver is not Approver.SELF_SERVE:
        raise NotSelfServe
    if today > due_on(Deadline(PULL_BACK_WORKING_DAYS, working=True), decision.decided_at.date()):
        raise TooLateToPullBack


async def pull_back(desk: Desk, came: Came, *, decision: DecisionId, by: UserId, reason: str) -> None:
    """Suspend a self-serve decision within five working days; the team hears why."""
    await _leads_only(desk, by, now=True)
    await desk.act(_pull_back, came, decision, by, clean_text(reason, most=1_500))


def _pull_back(act: Acting, came: Came, decision_id: DecisionId, by: UserId, reason: str) -> None:
    act.once(came)
    decision = act.work.decisions.get(decision_id)
    act.work.reviews.locked(decision.review)
    decision = act.work.decisions.get(decision_id)
    if decision.suspended_at is not None:
        return
    _still_in_time(decision, act.today)
    act.work.decisions.suspend(decision_id, act.at, reason, by)
    unwatch_decision(act, decision_id)
    act.record(Tag.DECISION_PULL_BACK, decision_id, by=by)
    review = act.work.reviews.get(decision.review)
    for user in review.team:
        key = f"pulled_back:{decision_id}:{user}"
        act.owe(Notice(key, NoticeKind.OUTCOME, Recipient.person(user), review.id, decision_id))
    key = f"self_serve:{decision_id}"
    act.owe(Notice(key, NoticeKind.SELF_SERVE, Recipient(act.desk.security_channel), review.id, decision_id, live=True))
    act.owe(review_notice(review))
