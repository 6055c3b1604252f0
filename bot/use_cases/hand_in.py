"""Handing in: the verdict is computed and kept, and the review goes to the record or to the leads. Or is taken back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

from bot.domain import review as reviews
from bot.domain.approval import approver_for, decide, decision_event, mark_of, package_for, refuse_stale
from bot.domain.audit import Tag
from bot.domain.decision import Decision, covers
from bot.domain.ids import DecisionId, QuestionId, ReviewId, UserId, VerdictId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.policy import Approver
from bot.domain.proposed import without_words
from bot.domain.refused import AnotherVerdict, NoProfileYet
from bot.domain.review import Review, Stage
from bot.domain.tool import clean_text
from bot.domain.verdict import Verdict, assess
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.lapses import lapsed_clients
from bot.use_cases.ports import Via
from bot.use_cases.summary import draft_summary
from bot.use_cases.tellings import aged_answers, review_notice, sign_off_notice
from bot.use_cases.upkeep import unwatch_decision, watch_decision, watch_review


async def submit(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    saw: int,
    shown: str | None = None,
    note: str | None = None,
    via: Via | None = None,
) -> Review:
    """Hand a complete review in: to the record where the rules say self-serve, else to the security leads.

    `shown` is the mark of the verdict that stood on the card; with another verdict by now, nothing is handed in.
    """
    ids = (VerdictId(desk.new_id()), DecisionId(desk.new_id()))
    changed = await desk.act_via(via, _submit, came, review, by, saw, shown, note, ids)
    if changed.package is not None and changed.package.verdict == ids[0]:  # else it was handed in before
        draft_summary(desk, changed)
    return changed


def _submit(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    saw: int,
    shown: str | None,
    note: str | None,
    ids: tuple[VerdictId, DecisionId],
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    reviews.team_only(before, by)
    if before.stage in (Stage.SUBMITTED, Stage.DECIDED):
        act.owe(review_notice(before))  # the second of two clicks: it is handed in already
        return before
    refuse_stale(saw, before)
    case = reviews.case_of(before, act.bank, act.policy)
    verdict = record_verdict(act, before, ids[0], version=before.version + 1)
    lapsed_now = lapsed_clients(act.work, before.profile, act.at)
    if shown and shown != mark_of(verdict, lapsed=bool(lapsed_now)):
        raise AnotherVerdict
    handed_in = before if note is None else replace(before, note=clean_text(note, most=2_000))
    # No question is open any more, so nobody needs the words that answers were proposed by.
    handed_in = replace(handed_in, proposals=without_words(handed_in.proposals, act.bank.by_id))
    package = package_for(verdict, ids[0], lapsed=lapsed_now)
    changed = reviews.submit(handed_in, case, package, at=act.at)
    version, lapsed = changed.version, len(package.lapsed)
    act.record(Tag.REVIEW_SUBMIT, review_id, by=by, version=version, verdict=ids[0], lapsed=lapsed)
    if approver_for(package, verdict) is Approver.SELF_SERVE:
        decision = decide(changed, verdict, bank=act.bank, rejected=False, decision_id=ids[1], at=act.at)
        changed = replace(changed, stage=Stage.DECIDED)
        act.work.reviews.save(changed, before, act.at)
        record_decision(act, changed, decision)
        act.work.audit.add(decision_event(decision, by=by))
        key = f"self_serve:{decision.id}"
        to = Recipient(act.desk.security_channel)
        act.owe(Notice(key, NoticeKind.SELF_SERVE, to, changed.id, decision.id, live=True))
    else:
        act.work.reviews.save(changed, before, act.at)
        act.owe(sign_off_notice(changed, act.desk.security_channel))
    watch_review(act, changed)
    act.owe(review_notice(changed))
    return changed


def record_verdict(act: Acting, review: Review, verdict_id: VerdictId, *, version: int) -> Verdict:
    """Compute the verdict as of now and keep it with what it was computed from."""
    if review.profile is None:
        raise NoProfileYet
    act.work.knowledge.keep(act.desk.knowledge.version, act.desk.knowledge.content, act.at)
    verdict = assess(act.bank, act.policy, review.profile, review.choices(), stale=stale_answers(act, review))
    act.work.verdicts.add(verdict_id, review.id, version, verdict, inputs_hash(review, verdict.bank_version), act.at)
    act.record(Tag.VERDICT_COMPUTE, review.id, verdict=verdict_id, outcome=verdict.outcome, bank=verdict.bank_version)
    return verdict


def stale_answers(act: Acting, review: Review) -> frozenset[QuestionId]:
    """The answers of a review that have grown too old to be believed."""
    return aged_answers(review, act.desk.knowledge, act.today)


def inputs_hash(review: Review, bank_version: str) -> str:
    """The digest of everything a verdict was computed from."""
    profile = review.profile
    if profile is None:
        raise NoProfileYet
    facts: dict[str, Any] = {
        "bank": bank_version,
        "kinds": sorted(profile.kinds),
        "data": sorted(profile.data),
        "users": sorted(profile.users),
        "seats": profile.seats,
        "clients": profile.clients.codes(),
        "layers": sorted(profile.layers),
        "change": profile.change,
        "has_prior": profile.has_prior,
        "answers": {question: sorted(codes) for question, codes in review.choices().items()},
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def record_decision(act: Acting, review: Review, decision: Decision) -> None:
    """Put a decision on record, let it supersede what it replaces, and owe the news to everyone concerned."""
    earlier = act.work.decisions.of_tool(decision.tool)
    act.work.decisions.add(decision)
    watch_decision(act, decision)
    for old in earlier:
        if old.superseded_by is None and _replaces(decision, old, act.today):
            act.work.decisions.supersede(old.id, decision.id)
            unwatch_decision(act, old.id)
            act.record(Tag.DECISION_SUPERSEDE, old.id, by_decision=decision.id)
    for user in review.team:
        if review.home.channel != str(user):
            key = f"outcome:{decision.id}:{user}"
            act.owe(Notice(key, NoticeKind.OUTCOME, Recipient.person(user), review.id, decision.id))
    key = f"outcome:{decision.id}:home"
    act.owe(Notice(key, NoticeKind.OUTCOME, Recipient(review.home.channel, review.home.thread), review.id, decision.id))


def _replaces(new: Decision, old: Decision, today: date) -> bool:
    """A new decision replaces one whose use lies within its own; a no only replaces a decision about the same use."""
    within = not covers(new, old.profile, today=today).beyond
    return within and (new.allows or not covers(old, new.profile, today=today).beyond)


async def reopen(desk: Desk, came: Came, *, review: ReviewId, by: UserId, via: Via | None = None) -> Review:
    """Take a submitted review back to change something; signatures fall, and those who signed are told."""
    return await desk.act_via(via, _reopen, came, review, by)


def _reopen(act: Acting, came: Came, review_id: ReviewId, by: UserId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    reviews.team_only(before, by)
    changed = reviews.reopen(before)
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_REOPEN, review_id, by=by, version=changed.version)
        for sign in before.sign_offs:
            act.record(Tag.SIGN_OFF_VOID, review_id, by=by, of=sign.by, version=sign.version)
            key = f"voided:{review_id}:{sign.version}:{sign.by}"
            facts = {"why": "reopened"}
            act.owe(Notice(key, NoticeKind.VOIDED, Recipient.person(sign.by), review_id, facts=facts))
        act.owe(sign_off_notice(changed, act.desk.security_channel))
        watch_review(act, changed)
    act.owe(review_notice(changed))
    return changed
