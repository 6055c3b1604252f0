"""What is written down in a running review: notes, actions, findings, who was there, what the client objects to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot.domain import meeting
from bot.domain.audit import Tag
from bot.domain.client import SideOf
from bot.domain.client_review import (
    ActionItem,
    Finding,
    FoundBy,
    Note,
    Noted,
    Occurrence,
    Presence,
    Severity,
)
from bot.domain.due import DueKind
from bot.domain.ids import ActionItemId, ChannelId, DecisionId, FindingId, OccurrenceId, QuestionId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.packing import touches
from bot.domain.refused import NoSuchDecision, Refused
from bot.domain.review import Home, Review, Stage, join
from bot.domain.times import local_date, next_morning, zone_of
from bot.domain.tool import clean_text
from bot.domain.verdict import open_case
from bot.use_cases.client_review_tellings import objection_of
from bot.use_cases.client_reviews import WORDS_MOST, NothingWritten, at_the_table, leads_of, save
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.ports import Via
from bot.use_cases.tellings import review_notice

CONSENT: Final = QuestionId("G6-CLIENT-CONSENT")  # the question an objection opens again
OWNER_MOST: Final = 120


class NobodyToDoIt(Refused):
    reason = "Say who does it: one of our people, or somebody at the client's by name."


class NotOneOfOurs(Refused):
    reason = "Only a full member of this workspace can own an action on our side."


class DueBefore(Refused):
    reason = "An action is due today or later."


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action as it was agreed: what, whose, by when."""

    text: str
    side: SideOf
    owner: str  # a user id on our side, a name on the client's
    due_on: date


@dataclass(frozen=True, slots=True)
class NewFinding:
    """A finding as it was stated."""

    text: str
    guideline: str
    severity: Severity
    source: FoundBy
    tool_name: str = ""


# --- item by item -----------------------------------------------------------------------------------------------------


async def discussed(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, item: str, via: Via | None = None
) -> Occurrence:
    """The item in front was talked about; the card moves on to the next."""
    return await desk.act_via(via, _step, came, occurrence, by, await leads_of(desk), item, forward=True)


async def back(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, item: str, via: Via | None = None
) -> Occurrence:
    """Go back to the item before."""
    return await desk.act_via(via, _step, came, occurrence, by, await leads_of(desk), item, forward=False)


def _step(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    item: str,
    *,
    forward: bool,
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    changed = meeting.discussed(before, item, at=act.at) if forward else meeting.back(before, item)
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_ITEM if forward else Tag.CLIENT_REVIEW_BACK, occurrence_id, by=by, item=item)
    return changed


async def add_note(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, item: str, text: str) -> Occurrence:
    """Write a note under an item."""
    return await desk.act(_add_note, came, occurrence, by, await leads_of(desk), item, text)


def _add_note(
    act: Acting, came: Came, occurrence_id: OccurrenceId, by: UserId, leads: Collection[UserId], item: str, text: str
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    changed = meeting.noted_down(before, item, Note(_words(text), by, act.at))
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_NOTE, occurrence_id, by=by, item=item)
    return changed


async def set_attendance(
    desk: Desk,
    came: Came,
    *,
    occurrence: OccurrenceId,
    by: UserId,
    presence: Mapping[str, Presence],
) -> Occurrence:
    """Record who was there."""
    return await desk.act(_set_attendance, came, occurrence, by, await leads_of(desk), presence)


def _set_attendance(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    presence: Mapping[str, Presence],
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    changed = meeting.attended(before, presence)
    save(act, changed, before)
    there = sum(each is Presence.PRESENT for each in changed.attendance.values())
    act.record(Tag.CLIENT_REVIEW_ATTEND, occurrence_id, by=by, present=there, recorded=len(changed.attendance))
    return changed


# --- actions and findings ---------------------------------------------------------------------------------------------


async def add_action(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, wanted: NewAction) -> ActionItem:
    """Agree on an action. Without an owner, a side and a day there is none."""
    leads = await leads_of(desk)
    morning: datetime | None = None
    if wanted.side is SideOf.OURS and wanted.owner:
        person = await desk.directory.person(UserId(wanted.owner))
        if not person.full_member:
            raise NotOneOfOurs
        morning = next_morning(desk.now(), zone_of(person.tz))
    return await desk.act(_add_action, came, occurrence, by, leads, wanted, ActionItemId(desk.new_id()), morning)


def _add_action(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    wanted: NewAction,
    new_id: ActionItemId,
    morning: datetime | None,
) -> ActionItem:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    meeting.running(before)
    owner = clean_text(wanted.owner, most=OWNER_MOST)
    if not owner:
        raise NobodyToDoIt
    if wanted.due_on < local_date(act.at, zone_of(before.zone)):
        raise DueBefore
    action = ActionItem(
        new_id, before.client, _words(wanted.text), wanted.side, owner, wanted.due_on, occurrence_id, act.at, by
    )
    act.work.actions.add(action, act.at)
    if morning is not None:
        act.work.due.earlier(DueKind.ACTIONS, owner, morning)
    act.record(Tag.ACTION_ADD, new_id, by=by, occurrence=occurrence_id, side=wanted.side)
    save(act, replace(before, version=before.version + 1), before)
    return action


async def add_finding(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, stated: NewFinding) -> Finding:
    """Put a gap on record, with its source and how grave it is."""
    leads = await leads_of(desk)
    return await desk.act(_add_finding, came, occurrence, by, leads, stated, FindingId(desk.new_id()))


def _add_finding(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    stated: NewFinding,
    new_id: FindingId,
) -> Finding:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    meeting.running(before)
    finding = Finding(
        new_id,
        before.client,
        occurrence_id,
        _words(stated.text),
        stated.guideline,
        stated.severity,
        stated.source,
        by,
        act.at,
        clean_text(stated.tool_name, most=OWNER_MOST),
    )
    act.work.findings.add(finding)
    act.record(
        Tag.FINDING_ADD, new_id, by=by, occurrence=occurrence_id, severity=stated.severity, guideline=stated.guideline
    )
    save(act, replace(before, version=before.version + 1), before)
    return finding


# --- what the client says of a decision -------------------------------------------------------------------------------


async def accept(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, decision: DecisionId, via: Via | None = None
) -> Occurrence:
    """The client accepts a decision they were told of."""
    return await desk.act_via(via, _hear, came, occurrence, by, await leads_of(desk), decision, "", None)


async def objects(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, decision: DecisionId, because: str
) -> Occurrence:
    """The client objects: it is on record, the question of their consent opens again, and the leads are told."""
    leads = await leads_of(desk)
    return await desk.act(_hear, came, occurrence, by, leads, decision, because, ReviewId(desk.new_id()))


def _hear(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    decision_id: DecisionId,
    because: str,
    new_id: ReviewId | None,
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    decision = act.work.decisions.get(decision_id)
    if not touches(act.work.clients.get(before.client), decision.profile.clients):
        raise NoSuchDecision  # another client's: nothing is said of it, not even that it is there
    objecting = new_id is not None
    noted = Noted(decision_id, objecting, _words(because) if objecting else "", by, act.at)
    changed = meeting.heard(before, noted)
    save(act, changed, before)
    tag = Tag.CLIENT_REVIEW_OBJECT if objecting else Tag.CLIENT_REVIEW_ACCEPT
    act.record(tag, occurrence_id, by=by, decision=decision_id)
    if new_id is not None and not meeting.objects_to(before, decision_id):
        _open_again(act, changed, decision_id, new_id)
    return changed


def _open_again(act: Acting, occurrence: Occurrence, decision_id: DecisionId, new_id: ReviewId) -> None:
    """The decided case once more, all its answers kept but the one on consent, which somebody has to give anew."""
    decision = act.work.decisions.get(decision_id)
    decided = act.work.reviews.get(decision.review)
    facts = {"occurrence": str(occurrence.id)}
    to = Recipient(act.desk.security_channel)
    key = objection_of(occurrence.id, decision_id)
    if (there := act.work.reviews.under_way(decision.tool)) is not None:
        # Somebody asks for a change of the same tool already: the host joins them instead of starting a second case.
        locked = act.work.reviews.locked(there.id)
        joined = join(locked, occurrence.host)
        if joined is not locked:
            act.work.reviews.save(joined, locked, act.at)
            act.record(Tag.REVIEW_JOIN, there.id, by=occurrence.host)
        act.owe(Notice(key, NoticeKind.CLIENT_OBJECTS, to, there.id, decision_id, facts))
        return
    if all(question.id != CONSENT for question in open_case(act.bank, act.policy, decision.profile).asked):
        act.owe(Notice(key, NoticeKind.CLIENT_OBJECTS, to, None, decision_id, facts))  # there is no such question here
        return
    others = tuple(user for user in (decided.requester,) if user != occurrence.host)
    review = Review(
        id=new_id,
        tool=decision.tool,
        tool_name=decision.tool_name,
        vendor=decided.vendor,
        url=decided.url,
        purpose=decided.purpose,
        requester=occurrence.host,
        co_requesters=others,
        home=Home(ChannelId(occurrence.host)),
        opened_at=act.at,
        stage=Stage.ANSWERING,
        profile=decision.profile,
        answers={question: given for question, given in decided.answers.items() if question != CONSENT},
    )
    act.work.reviews.add(review, act.at)
    act.record(Tag.REVIEW_OPEN, new_id, by=occurrence.host, decision=decision_id, occurrence=occurrence.id)
    act.owe(review_notice(review), Notice(key, NoticeKind.CLIENT_OBJECTS, to, new_id, decision_id, facts))


def _words(text: str) -> str:
    words = clean_text(text, most=WORDS_MOST)
    if not words:
        raise NothingWritten
    return words
