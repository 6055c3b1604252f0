"""Who may sign a verdict off, and when signatures make a decision. Four eyes live here; nothing here awaits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.domain.answers import Answer, missing_extras
from bot.domain.audit import AuditEvent, Tag
from bot.domain.bank import ExtraKind, QuestionBank, Source
from bot.domain.decision import Condition, Decision, Signature, conditions_from, due_on, months_later
from bot.domain.ids import DecisionId, PersonId, QuestionId, UserId, VerdictId
from bot.domain.policy import Approver, Deadline, Outcome
from bot.domain.refused import OutdatedCard, Refused, ReviewEnded
from bot.domain.review import AddedCondition, Package, Review, SignOff, Stage, Stance
from bot.domain.verdict import Verdict

# The vendor's security updates and the card attestation: their dates say when they end, and a decision ends with them.
RESTS_ON: Final = frozenset({QuestionId("G5-SUPPORT-LEFT"), QuestionId("G6-PCI-ATTEST")})

# A name, date or link that belongs to an answer and was left out does not change the verdict; it has to follow.
TO_ADD: Final = Deadline(10, working=True)
LEFT_OUT: Final = "Add what was left out:"


class NotALead(Refused):
    reason = "Only a security lead can sign this off. You can ask one of the leads in the security channel."


class NewAmongLeads(Refused):
    """Whoever may edit the leads' user group could otherwise make themselves a lead and sign at once."""

    def __init__(self, counts_from: datetime) -> None:
        self.counts_from = counts_from
        # Rounded up to the minute: at the minute that was told, they count.
        told = (counts_from + timedelta(seconds=60, microseconds=-1)).astimezone(UTC)
        super().__init__(
            f"You are new among the security leads and count as one from {told:%A, %d %B %Y, %H:%M} UTC. "
            "Until then another lead has to do this."
        )


class NotAPerson(Refused):
    reason = "Only full members of this company's workspace can sign off, not guests, apps or people from outside."


class SelfApproval(Refused):
    reason = "You asked for this review, so someone else has to sign it off."


class CoRequesterApproval(Refused):
    reason = "You joined this request, so someone else has to sign it off."


class AnswerAuthorApproval(Refused):
    reason = "You answered for the vendor or the organisation in this review, so someone else has to sign it off."


class ToolOwnerApproval(Refused):
    reason = "You are named as the owner of this tool, so someone else has to sign it off."


class AlreadySigned(Refused):
    reason = "You have signed this already. It needs a second, different person."


class SamePersonTwice(Refused):
    reason = "You have signed this already from your other account. It needs a second, different person."


class VerdictChanged(Refused):
    reason = "Something changed since this card was shown, so nothing was signed. Read the fresh card and decide again."


class NotSubmitted(Refused):
    reason = "The team took this review back to change it. You will get a fresh card when they submit it again."


class RationaleMissing(Refused):
    reason = "Write one or two sentences why: an auditor will read them years from now."


class OnlyCisoException(Refused):
    reason = (
        "As answered, the rules say no, and signatures can't change that. "
        "The team can change the answers that rule it out, or you can press Reject to put the no on record."
    )


class CisoOnly(Refused):
    reason = "Two security leads have signed; the last signature has to be the CISO's."


class LeadsFirst(Refused):
    reason = "Two security leads sign first; the CISO signs last."


class NobodyAbove(Refused):
    reason = "This already needs the CISO, so nobody could make it milder. Keep the conditions of the rules."


@dataclass(frozen=True, slots=True)
class Signer:
    """The person behind a click, as the directory knew them at that moment. Not knowing means no."""

    user: UserId
    person: PersonId
    full_member: bool
    is_lead: bool
    is_ciso: bool
    counts_from: datetime | None = None  # for whoever is neither yet, and will be


@dataclass(frozen=True, slots=True)
class Signed:
    """What a click led to: the review as it is now, its signature, and the decision if that was the last one needed."""

    review: Review
    sign_off: SignOff
    voided: tuple[SignOff, ...]
    decision: Decision | None
    events: tuple[AuditEvent, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """The signatures a package needs: so many leads, and the CISO or not."""

    leads: int
    ciso: bool


def package_for(verdict: Verdict, verdict_id: VerdictId, *, lapsed: Iterable[str] = ()) -> Package:
    """What signing a fresh verdict would record: the rules' own words, with every condition.

    `lapsed` names the clients it touches whose reviews were missed twice in a row or more: no review, no growth.
    """
    outcome = Outcome.CONDITIONS if verdict.outcome is Outcome.NEEDS_LEAD else verdict.outcome
    return Package(verdict_id, outcome, lapsed=tuple(lapsed))


def approver_for(package: Package, verdict: Verdict) -> Approver:
    """Who has to sign this package: the verdict's own level, and one up for each reason that there is.

    One when a lead made it milder, one while reviews of a client it touches are missed; the CISO is the highest.
    """
    return raised(verdict.approver, lapsed=bool(package.lapsed), milder=package.milder)


def raised(approver: Approver, *, lapsed: bool = False, milder: bool = False) -> Approver:
    """A level of approval with what else there is to it."""
    return tuple(Approver)[min(approver.rank + lapsed + milder, Approver.CISO.rank)]


def mark_of(verdict: Verdict, *, lapsed: bool = False) -> str:
    """A short mark of all that a team sees of a verdict before it hands it in; another verdict has another mark."""
    duties = [(duty.text, duty.gap, str(duty.deadline)) for duty in verdict.duties]
    seen = (verdict.outcome, raised(verdict.approver, lapsed=lapsed), verdict.months, verdict.control_gap, duties)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:12]


def need(package: Package, verdict: Verdict) -> Need:
    """The signatures wanted for this package."""
    match approver_for(package, verdict):
        case Approver.SELF_SERVE:
            return Need(0, ciso=False)
        case Approver.ONE_LEAD:
            return Need(1, ciso=False)
        case Approver.TWO_LEADS:
            return Need(2, ciso=False)
        case Approver.CISO:
            return Need(2, ciso=True)


def still_wanted(review: Review, verdict: Verdict) -> Need:
    """The signatures that are still missing."""
    wanted = need(review.package, verdict) if review.package else Need(0, ciso=False)
    leads = len({sign.person for sign in review.sign_offs if not sign.as_ciso})
    return Need(max(0, wanted.leads - leads), wanted.ciso and not any(sign.as_ciso for sign in review.sign_offs))


def rationale_needed(stance: Stance, package: Package, verdict: Verdict) -> bool:
    """A reason is required to reject, to make it milder or stricter, and from tier 3 up."""
    return stance is Stance.REJECT or package.shaped_by is not None or verdict.tier >= 3


def shape(
    review: Review,
    verdict: Verdict,
    *,
    by: UserId,
    waived: Iterable[QuestionId],
    added: Iterable[AddedCondition],
) -> Package:
    """What a lead makes of the package: conditions dropped (milder, one level up) or added (stricter)."""
    if review.package is None:
        raise NotSubmitted
    dropped = tuple(sorted({duty.question for duty in verdict.duties if duty.question} & set(waived)))
    extra = tuple(added)
    if verdict.outcome is Outcome.REJECT:
        raise OnlyCisoException
    if dropped and raised(verdict.approver, lapsed=bool(review.package.lapsed)) is Approver.CISO:
        raise NobodyAbove
    kept = len(verdict.duties) - len(dropped) + len(extra)
    outcome = Outcome.CONDITIONS if kept else Outcome.APPROVE
    same = dropped == review.package.waived and extra == review.package.added
    if same:
        return review.package
    return replace(review.package, outcome=outcome, waived=dropped, added=extra, shaped_by=by, milder=bool(dropped))


def leads_only(signer: Signer) -> None:
    """Refuse everyone who is no security lead and no CISO, and whoever is not one yet."""
    if not signer.full_member:
        raise NotAPerson
    if not (signer.is_lead or signer.is_ciso):
        raise NotALead if signer.counts_from is None else NewAmongLeads(signer.counts_from)


def may_sign(
    review: Review,
    signer: Signer,
    *,
    bank: QuestionBank,
    persons: Mapping[UserId, PersonId],
    answered: Iterable[Answer] = (),
) -> None:
    """Refuse everyone who must not sign this review. `persons` says who stands behind the accounts involved.

    `answered` holds what was answered before: a colleague who adds a date makes nobody less the author of an answer.
    """
    leads_only(signer)

    def is_signer(user: UserId) -> bool:
        return user == signer.user or persons.get(user, PersonId(user)) == signer.person

    if is_signer(review.requester):
        raise SelfApproval
    if any(is_signer(user) for user in review.co_requesters):
        raise CoRequesterApproval
    for given in (*review.answers.values(), *answered):
        question = bank.by_id.get(given.question)
        if question and question.source in (Source.VENDOR, Source.ORGANISATION) and is_signer(given.by):
            raise AnswerAuthorApproval
    for given in review.answers.values():
        owner = (given.extras or {}).get(ExtraKind.PERSON)
        if given.question == "G3-OWNER-NAME" and owner and is_signer(UserId(owner)):
            raise ToolOwnerApproval


def sign_off(
    review: Review,
    verdict: Verdict,
    *,
    signer: Signer,
    stance: Stance,
    saw: int,
    bank: QuestionBank,
    persons: Mapping[UserId, PersonId],
    answered: Iterable[Answer] = (),
    rationale: str = "",
    package: Package | None = None,
    decision_id: DecisionId,
    at: datetime,
) -> Signed:
    """Record one signature on what the signer saw; with the last one needed, the decision too.

    `package` is what the signer would change it to, None to sign as it stands. One rejection decides: stricter needs no
    second person. Raises a named refusal and changes nothing otherwise.
    """
    if review.stage is Stage.DECIDED or review.stage is Stage.WITHDRAWN:
        raise ReviewEnded
    if review.stage is not Stage.SUBMITTED or review.package is None:
        raise NotSubmitted
    may_sign(review, signer, bank=bank, persons=persons, answered=answered)
    if saw != review.version:
        raise VerdictChanged
    voided: tuple[SignOff, ...] = ()
    shaped = package or review.package
    if shaped != review.package:
        voided = review.sign_offs
        review = replace(review, package=shaped, sign_offs=(), version=review.version + 1)
    # Stricter is allowed at any time: who signed yes and then sees a reason against it may still reject.
    as_ciso = stance is Stance.APPROVE and may_approve(review, verdict, signer)
    if rationale_needed(stance, shaped, verdict) and not rationale.strip():
        raise RationaleMissing
    signed = SignOff(signer.user, signer.person, stance, review.version, at, rationale.strip(), as_ciso)
    review = replace(review, sign_offs=(*review.sign_offs, signed))
    events = [
        AuditEvent(Tag.SIGN_OFF_VOID, at, signer.user, review.id, {"of": old.by, "version": old.version})
        for old in voided
    ]
    events.append(
        AuditEvent(
            Tag.SIGN_OFF_ADD,
            at,
            signer.user,
            review.id,
            {"stance": stance, "version": signed.version, "person": signer.person, "as_ciso": as_ciso},
        )
    )
    missing = still_wanted(review, verdict)
    if stance is Stance.APPROVE and (missing.leads or missing.ciso):
        return Signed(review, signed, voided, None, tuple(events))
    decision = decide(review, verdict, bank=bank, rejected=stance is Stance.REJECT, decision_id=decision_id, at=at)
    events.append(decision_event(decision, by=signer.user))
    return Signed(replace(review, stage=Stage.DECIDED), signed, voided, decision, tuple(events))


def may_approve(review: Review, verdict: Verdict, signer: Signer) -> bool:
    """Refuse a yes that cannot count now, from somebody who may sign. True when it would count as the CISO's."""
    for earlier in review.sign_offs:
        if earlier.by == signer.user:
            raise AlreadySigned
        if earlier.person == signer.person:
            raise SamePersonTwice
    if verdict.outcome is Outcome.REJECT:
        raise OnlyCisoException
    return _signs_as_ciso(review, verdict, signer)


def _signs_as_ciso(review: Review, verdict: Verdict, signer: Signer) -> bool:
    """Does this signature count as the CISO's? Leads come first; a CISO who is no lead signs last."""
    missing = still_wanted(review, verdict)
    if missing.leads:
        # Also where the CISO is a lead as well: signing as one now would leave nobody for the last signature.
        if missing.ciso and signer.is_ciso:
            raise LeadsFirst
        return False  # the CISO may stand in for a lead where no CISO is asked for
    if missing.ciso and not signer.is_ciso:
        raise CisoOnly
    return missing.ciso


def decide(
    review: Review, verdict: Verdict, *, bank: QuestionBank, rejected: bool, decision_id: DecisionId, at: datetime
) -> Decision:
    """Make the decision that the signatures, or the rules alone for self-serve, stand for."""
    if review.package is None or review.profile is None or review.tool is None:
        raise NotSubmitted
    package, today = review.package, at.date()
    outcome = Outcome.REJECT if rejected else package.outcome
    return Decision(
        id=decision_id,
        review=review.id,
        tool=review.tool,
        tool_name=review.tool_name,
        profile=review.profile,
        verdict=package.verdict,
        computed=verdict.outcome,
        outcome=outcome,
        approver=approver_for(package, verdict),
        signatures=tuple(
            Signature(sign.by, sign.rationale, sign.as_ciso)
            for sign in review.sign_offs
            if not rejected or sign.stance is Stance.REJECT
        ),
        conditions=() if rejected else _conditions(review, package, verdict, bank, today),
        decided_at=at,
        valid_until=_valid_until(review, verdict, today),
        tier=verdict.tier,
        risk_acceptance=package.milder and not rejected,
    )


def decision_event(decision: Decision, *, by: str) -> AuditEvent:
    """The audit event of a recorded decision."""
    return AuditEvent(
        Tag.DECISION_RECORD,
        decision.decided_at,
        by,
        decision.id,
        {
            "review": decision.review,
            "verdict": decision.verdict,
            "outcome": decision.outcome,
            "valid_until": decision.valid_until.isoformat(),
            "risk_acceptance": decision.risk_acceptance,
        },
    )


def _conditions(
    review: Review, package: Package, verdict: Verdict, bank: QuestionBank, today: date
) -> tuple[Condition, ...]:
    kept = [duty for duty in verdict.duties if duty.question is None or duty.question not in package.waived]
    owner_answer = review.answers.get(QuestionId("G3-OWNER-NAME"))
    named = (owner_answer.extras or {}).get(ExtraKind.PERSON) if owner_answer else None
    owner = UserId(named or review.requester)
    stage = review.answers.get(QuestionId("G3-STAGE-NOW"))
    live = bool(stage and {"live", "pilot"} & set(stage.codes))
    added = tuple(
        Condition(each.text, None, 0, owner, today + timedelta(days=each.days), added_by=each.by)
        for each in package.added
    )
    asks: dict[QuestionId, list[str]] = {}
    for question, ask in missing_extras(review.answers, bank):
        if question in verdict.asked:
            asks.setdefault(question, []).append(ask)
    left_out = tuple(
        Condition(f"{LEFT_OUT} {' '.join(parts)}", question, 0, owner, due_on(TO_ADD, today))
        for question, parts in asks.items()
    )
    return (*conditions_from(kept, owner=owner, decided_on=today, live=live), *left_out, *added)


def _valid_until(review: Review, verdict: Verdict, today: date) -> date:
    """As many months as the rules give, or less where something it rests on ends earlier."""
    ends = [months_later(today, verdict.months)]
    for question in RESTS_ON & frozenset(verdict.asked):
        answer = review.answers.get(question)
        if answer and (until := (answer.extras or {}).get(ExtraKind.DATE)):
            ends.append(max(today, date.fromisoformat(until)))
    return min(ends)


def refuse_stale(saw: int, review: Review) -> None:
    """Refuse a click on a card made for an earlier version."""
    if saw != review.version:
        raise OutdatedCard
