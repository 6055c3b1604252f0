"""Conditions closed by people, confirmed or sent back by leads; suspended decisions restored. Who may is asked now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.answers import Answer
from bot.domain.approval import Signer
from bot.domain.audit import Tag
from bot.domain.closing import (
    NoReason,
    NoSuchCondition,
    close,
    may_close,
    may_confirm,
    may_restore,
    nothing_late,
    restore,
)
from bot.domain.decision import Closing, Condition, Decision, OwedCondition, is_met
from bot.domain.due import DueKind
from bot.domain.ids import DecisionId, PersonId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.review import Review
from bot.domain.times import local_date
from bot.domain.tool import clean_text
from bot.domain.upkeep import suspended_by_clock
from bot.store.work import Work
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.ports import Via
from bot.use_cases.sign_off import involved, signer_of
from bot.use_cases.upkeep import (
    CONDITIONS,
    SOON,
    company_of,
    leads_thread,
    leads_to_call,
    refresh_card,
    show_standing,
    suspended_notice,
    tell_reliant,
)
from bot.use_cases.upkeep_tellings import duties_of

EVIDENCE_MOST = 1_000
REASON_MOST = 1_500


@dataclass(frozen=True, slots=True)
class Which:
    """One condition of a decision, by its place in it."""

    decision: DecisionId
    place: int


@dataclass(frozen=True, slots=True)
class Case:
    """A decision with its conditions and the review behind it."""

    decision: Decision
    duties: tuple[OwedCondition, ...]
    review: Review
    history: Sequence[Answer]

    def duty(self, place: int) -> OwedCondition:
        found = next((each for each in self.duties if each.place == place), None)
        if found is None:
            raise NoSuchCondition
        return found


def case_of(work: Work, decision_id: DecisionId) -> Case:
    """All that is on record about one decision."""
    decision = work.decisions.get(decision_id)
    review = work.reviews.get(decision.review)
    return Case(decision, duties_of(work, decision_id), review, work.reviews.history(review.id))


def _locked_case(act: Acting, decision_id: DecisionId) -> Case:
    act.work.reviews.locked(act.work.decisions.get(decision_id).review)
    return case_of(act.work, decision_id)


# --- closing ----------------------------------------------------------------------------------------------------------


async def may_be_closed_by(
    desk: Desk, decision_id: DecisionId, by: UserId, *, place: int | None = None
) -> tuple[Decision, tuple[OwedCondition, ...]]:
    """The conditions of a decision, or the one at a place, that somebody may close now; else the refusal that fits."""
    case = await desk.read(case_of, decision_id)
    is_lead = await _is_lead(desk, by)
    refusal: Refused = NoSuchCondition()
    open_ones = []
    for duty in case.duties if place is None else (case.duty(place),):
        try:
            may_close(duty, case.decision, by=by, team=case.review.team, is_lead=is_lead)
        except Refused as refused:
            refusal = refused
        else:
            open_ones.append(duty)
    if not open_ones:
        raise refusal
    return case.decision, tuple(open_ones)


async def close_condition(
    desk: Desk, came: Came, which: Which, *, by: UserId, evidence: str
) -> tuple[Condition, Closing]:
    """Say that a condition is met. A wide gap goes to the leads, and counts as closed only with their yes."""
    is_lead, leads = await _is_lead(desk, by), await desk.directory.security_leads()
    return await desk.act(_close, came, which, by, is_lead, leads, clean_text(evidence, most=EVIDENCE_MOST))


async def _is_lead(desk: Desk, user: UserId) -> bool:
    signer = await signer_of(desk, user)
    return signer.full_member and (signer.is_lead or signer.is_ciso)


def _close(
    act: Acting,
    came: Came,
    which: Which,
    by: UserId,
    is_lead: bool,
    leads: Collection[UserId],
    evidence: str,
) -> tuple[Condition, Closing]:
    act.once(came)
    case = _locked_case(act, which.decision)
    duty = case.duty(which.place)
    closing = close(duty, case.decision, by=by, team=case.review.team, is_lead=is_lead, evidence=evidence, at=act.at)
    act.work.conditions.close(which.decision, which.place, closing)
    met = is_met(duty.condition, closing)
    act.record(Tag.CONDITION_CLOSE, which.decision, by=by, place=which.place, met=met)
    if not met:
        to = leads_thread(act, case.review, case.decision)
        who = leads_to_call(case.decision, case.review, leads, but={by, duty.condition.owner})
        act.owe(_closing_notice(which, closing, case.review, to, who))
    _changed(act, case, duty)
    return duty.condition, closing


def _closing_notice(
    which: Which, closing: Closing, review: Review, to: Recipient, who: Iterable[UserId] = ()
) -> Notice:
    stamp = closing.at.isoformat()
    key, facts = (
        f"closing:{which.decision}:{which.place}:{stamp}",
        {"place": str(which.place), "at": stamp, "who": ",".join(who)},
    )
    return Notice(key, NoticeKind.CLOSING_CARD, to, review.id, which.decision, facts, live=True)


def _changed(act: Acting, case: Case, duty: OwedCondition) -> None:
    """After a condition changed: the owner's card, the next look, and a way back where nothing is late any more."""
    refresh_card(act, duty.condition.owner, CONDITIONS)
    show_standing(act, case.review, case.decision)
    decision, now = case.decision, duties_of(act.work, case.decision.id)
    if not suspended_by_clock(decision) or decision.suspended_at is None:
        act.work.due.put(DueKind.DECISION, decision.id, act.at)
        return
    stamp = decision.suspended_at.isoformat()
    act.owe(suspended_notice(act, decision.id, stamp, case.review))
    if nothing_late(now, local_date(act.at, company_of(act.desk))):
        posted = act.work.notices.posted(f"suspended:{decision.id}:{stamp}")
        to = Recipient(act.desk.security_channel, posted[1] if posted else None)
        key = f"restore_offer:{decision.id}:{act.at.isoformat()}"
        act.owe(Notice(key, NoticeKind.RESTORE_OFFER, to, case.review.id, decision.id, {"suspended_at": stamp}))


# --- a lead's yes or no to the evidence -------------------------------------------------------------------------------


async def check_may_confirm(desk: Desk, which: Which, by: UserId, *, saw: datetime) -> tuple[Decision, OwedCondition]:
    """Refuse before a form is opened what would be refused when it is sent; the act checks again."""
    case = await desk.read(case_of, which.decision)
    duty = case.duty(which.place)
    signer = await signer_of(desk, by)
    persons = await desk.directory.persons(_everyone(case))
    may_confirm(duty, case.review, signer, saw=saw, bank=desk.knowledge.bank, persons=persons, answered=case.history)
    return case.decision, duty


async def confirm(desk: Desk, came: Came, which: Which, *, by: UserId, saw: datetime, via: Via | None = None) -> None:
    """A lead has seen the evidence and says that the condition is met."""
    signer, persons = await _who(desk, which.decision, by)
    await desk.act_via(via, _confirm, came, which, signer, persons, saw)


async def send_back(desk: Desk, came: Came, which: Which, *, by: UserId, saw: datetime, reason: str) -> None:
    """A lead has seen the evidence and it does not do: the condition is open again, and whoever gave it hears why."""
    signer, persons = await _who(desk, which.decision, by)
    await desk.act(_send_back, came, which, signer, persons, saw, clean_text(reason, most=REASON_MOST))


def _judged(
    act: Acting, came: Came, which: Which, signer: Signer, persons: Mapping[UserId, PersonId], saw: datetime
) -> tuple[Case, OwedCondition, Closing]:
    act.once(came)
    case = _locked_case(act, which.decision)
    duty = case.duty(which.place)
    if not _everyone(case) <= set(persons):
        raise OutdatedCard  # somebody else gave the evidence since we asked who is who
    closing = may_confirm(duty, case.review, signer, saw=saw, bank=act.bank, persons=persons, answered=case.history)
    return case, duty, closing


def _confirm(
    act: Acting, came: Came, which: Which, signer: Signer, persons: Mapping[UserId, PersonId], saw: datetime
) -> None:
    case, duty, closing = _judged(act, came, which, signer, persons, saw)
    seen = replace(closing, confirmed_by=signer.user, confirmed_at=act.at)
    act.work.conditions.close(which.decision, which.place, seen)
    act.record(Tag.CONDITION_CONFIRM, which.decision, by=signer.user, place=which.place, given_by=closing.by)
    act.owe(_closing_notice(which, closing, case.review, Recipient(act.desk.security_channel)))
    _changed(act, case, duty)


def _send_back(
    act: Acting,
    came: Came,
    which: Which,
    signer: Signer,
    persons: Mapping[UserId, PersonId],
    saw: datetime,
    reason: str,
) -> None:
    case, duty, closing = _judged(act, came, which, signer, persons, saw)
    if not reason.strip():
        raise NoReason
    act.work.conditions.open_again(which.decision, which.place)
    act.record(Tag.CONDITION_SEND_BACK, which.decision, by=signer.user, place=which.place, given_by=closing.by)
    act.owe(_closing_notice(which, closing, case.review, Recipient(act.desk.security_channel)))
    for user in dict.fromkeys((closing.by, duty.condition.owner)):
        key = f"sent_back:{which.decision}:{which.place}:{closing.at.isoformat()}:{user}"
        facts = {"place": str(which.place), "by": user, "lead": signer.user, "text": reason}
        act.owe(Notice(key, NoticeKind.SENT_BACK, Recipient.person(user), case.review.id, which.decision, facts))
    _changed(act, case, duty)


# --- restoring --------------------------------------------------------------------------------------------------------


async def check_may_restore(desk: Desk, decision_id: DecisionId, by: UserId) -> Case:
    """Refuse before the form is opened what would be refused when it is sent; the act checks again."""
    case = await desk.read(case_of, decision_id)
    signer = await signer_of(desk, by)
    persons = await desk.directory.persons(_everyone(case))
    may_restore(case.decision, case.review, signer, bank=desk.knowledge.bank, persons=persons, answered=case.history)
    return case


async def restore_decision(desk: Desk, came: Came, decision_id: DecisionId, *, by: UserId, reason: str) -> None:
    """A lead lets a suspended decision count again, with a reason; everyone who relies on it hears so."""
    signer, persons = await _who(desk, decision_id, by)
    await desk.act(_restore, came, decision_id, signer, persons, clean_text(reason, most=REASON_MOST))


def _restore(
    act: Acting,
    came: Came,
    decision_id: DecisionId,
    signer: Signer,
    persons: Mapping[UserId, PersonId],
    reason: str,
) -> None:
    act.once(came)
    case = _locked_case(act, decision_id)
    if not _everyone(case) <= set(persons):
        raise OutdatedCard
    restored = restore(
        case.decision,
        case.review,
        signer,
        bank=act.bank,
        persons=persons,
        answered=case.history,
        because=reason,
        at=act.at,
    )
    act.work.decisions.restore(case.decision, restored)
    act.record(Tag.DECISION_RESTORE, decision_id, by=signer.user)
    act.owe(suspended_notice(act, decision_id, restored.suspended_at.isoformat(), case.review))
    tell_reliant(act, case.review, case.decision, NoticeKind.RESTORED)
    show_standing(act, case.review, case.decision)
    act.work.due.put(DueKind.DECISION, decision_id, act.at + SOON)


async def _who(desk: Desk, decision_id: DecisionId, by: UserId) -> tuple[Signer, Mapping[UserId, PersonId]]:
    """Asked of the directory at the moment of the click: who this is, and who stands behind everyone involved."""
    signer = await signer_of(desk, by, now=True)
    return signer, await desk.directory.persons(_everyone(await desk.read(case_of, decision_id)))


def _everyone(case: Case) -> set[UserId]:
    people = {each.condition.owner for each in case.duties}
    people |= {each.closing.by for each in case.duties if each.closing}
    return involved(case.review, case.history) | {user for user in people if user[:1] in ("U", "W") and user.isalnum()}
