"""Run a client review: start, close, skip, move, put something on its agenda. Who may is asked at the click.

The pack is frozen when the meeting starts, in the same act. Closing makes open actions one meeting older.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final

from bot.domain import meeting
from bot.domain.audit import Tag
from bot.domain.client import Client, Series
from bot.domain.client_review import Finding, FoundBy, Note, Occurrence, Presence, Severity, Skip, State
from bot.domain.due import DueKind
from bot.domain.ids import FindingId, OccurrenceId, UserId
from bot.domain.meeting import Closing
from bot.domain.model_use import Task
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.pack_text import digest_of, pack_from, pack_text
from bot.domain.refused import Refused
from bot.domain.times import local_date, local_moment, zone_of
from bot.domain.tool import clean_text
from bot.use_cases.client_dates import confirm_clash
from bot.use_cases.client_review_tellings import meeting_notice, pack_now
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.minutes import draft_lead_in, owe_minutes
from bot.use_cases.model_use import may_ask
from bot.use_cases.next_date import plan_next
from bot.use_cases.occurrence_clock import pack_notice
from bot.use_cases.ports import Via

WORDS_MOST: Final = 1_500
LOOK_AROUND: Final = 200  # rows of one client: years of quarterly reviews, months of daily ones
ABSENT_TEXT: Final = "Nobody of the client's took part in three reviews in a row."
ABSENT_GUIDELINE: Final = "G2"


class NothingWritten(Refused):
    reason = "Write at least a word."


class NobodyAgreed(Refused):
    reason = "That day lies in another week, so this review counts as skipped. Say who agreed to that."


class NotALeadOrOwner(Refused):
    reason = "Only a security lead or the client's account owner can agree to a skipped review."


@dataclass(frozen=True, slots=True)
class Wanted:
    """When a review should take place instead, on the client's clock, and why."""

    on: date
    at: time
    because: str
    approved_by: UserId | None = None
    confirmed: str = ""  # the code of the clashes they saw and accept


async def leads_of(desk: Desk) -> frozenset[UserId]:
    """The security leads; they may do whatever a host may."""
    return await desk.directory.security_leads()


# --- starting ---------------------------------------------------------------------------------------------------------


async def start(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, via: Via | None = None) -> Occurrence:
    """Start the meeting: the pack is frozen as of now, and its thread opens with the first item."""
    return await desk.act_via(via, _start, came, occurrence, by, await leads_of(desk))


def _start(act: Acting, came: Came, occurrence_id: OccurrenceId, by: UserId, leads: Collection[UserId]) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    meeting.host_only(before, by, leads)
    if before.state is State.OPEN:
        owe_cards(act, before)  # the second of two clicks: it runs already
        return before
    meeting.not_settled(before)
    kept = act.work.occurrences.pack(occurrence_id)  # there, where it began, came to no end, and goes on late
    pack = pack_from(kept[0]) if kept else pack_now(act.work, before, act.desk.knowledge, act.at)
    changed = meeting.start(before, (item.code for item in pack.items), pack.light, at=act.at)
    text = pack_text(pack)
    if kept is None:
        act.work.occurrences.keep_pack(occurrence_id, text, digest_of(text), act.at)
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_START, occurrence_id, by=by, light=pack.light, pack=digest_of(text))
    return changed


def save(act: Acting, changed: Occurrence, before: Occurrence) -> None:
    """Store a changed review, bring its cards up to date, and have the clock look at it again where that matters.

    While the meeting runs the pack is frozen and the clock waits for its end: only the moving card has changed.
    """
    act.work.occurrences.save(changed, before, act.at)
    if before.state is State.OPEN and changed.state is State.OPEN:
        act.owe(meeting_notice(act.work, changed, act.work.clients.get(changed.client)))
        return
    act.work.due.put(DueKind.OCCURRENCE, changed.id, act.at)
    owe_cards(act, changed)


def owe_cards(act: Acting, occurrence: Occurrence) -> None:
    """The card of the pack, and the one of the meeting once it has begun."""
    client = act.work.clients.get(occurrence.client)
    act.owe(pack_notice(occurrence, client))
    if occurrence.started_at is not None:
        act.owe(meeting_notice(act.work, occurrence, client))


async def owe_fresh(desk: Desk, occurrence: OccurrenceId) -> None:
    """Show how a review stands, after somebody pressed a card that no longer does."""
    await desk.act(lambda act: owe_cards(act, act.work.occurrences.get(occurrence)))


# --- closing ----------------------------------------------------------------------------------------------------------


async def close(
    desk: Desk,
    came: Came,
    *,
    occurrence: OccurrenceId,
    by: UserId,
    closing: Closing,
    presence: Mapping[str, Presence] | None = None,
) -> Occurrence:
    """End the meeting with what was missing so far; minutes go to the channel, and actions grow one meeting older."""
    leads, drafts = await leads_of(desk), await may_ask(desk, Task.MINUTES)
    new_id = FindingId(desk.new_id())
    held = await desk.act(_close, came, occurrence, by, leads, closing, presence or {}, new_id, drafts=drafts)
    if drafts:
        draft_lead_in(desk, held.id)
    return held


def _close(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    closing: Closing,
    presence: Mapping[str, Presence],
    finding: FindingId,
    *,
    drafts: bool,
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    meeting.host_only(before, by, leads)
    series, client = act.work.series.get(before.series), act.work.clients.get(before.client)
    there = meeting.attended(before, presence) if presence else before
    cleaned = replace(
        closing, summary=clean_text(closing.summary, most=WORDS_MOST), contact=clean_text(closing.contact, most=120)
    )
    today = local_date(act.at, zone_of(before.zone))
    changed = meeting.close(there, cleaned, by=by, at=act.at, today=today)
    _note_absence(act, changed, series, client, finding)
    _carry_over(act, changed, client)
    save(act, changed, before)
    plan_next(act, changed, series, client)
    act.record(
        Tag.CLIENT_REVIEW_CLOSE,
        occurrence_id,
        by=by,
        outcome=changed.outcome,
        next_on=changed.next_on.isoformat() if changed.next_on else None,
        present=sum(each is Presence.PRESENT for each in changed.attendance.values()),
    )
    owe_minutes(act, changed, client, drafts=drafts)
    for user in meeting.our_people(changed, series, client):
        if changed.attendance.get(user) is not Presence.PRESENT and client.channel is not None:
            facts = {"occurrence": str(changed.id)}
            key = f"result:{changed.id}:{user}"
            act.owe(Notice(key, NoticeKind.REVIEW_RESULT, Recipient.person(user), facts=facts))
    return changed


def _carry_over(act: Acting, held: Occurrence, client: Client) -> None:
    """Every action from an earlier review grows one meeting older; one carried over too often is told further up."""
    for action in act.work.actions.open_of_client(client.id):
        if action.opened_in == held.id:
            continue
        before = act.work.actions.locked(action.id)
        carried = meeting.carried_over(before)
        act.work.actions.save(carried, before, act.at)
        act.record(Tag.ACTION_CARRY, action.id, meetings=carried.meetings, occurrence=held.id)
        if carried.meetings != act.desk.knowledge.agenda.carried_most:
            continue
        facts = {"occurrence": str(held.id), "action": str(action.id)}
        for to in dict.fromkeys((act.desk.security_channel, client.account_owner)):
            key = f"carried:{action.id}:{carried.meetings}:{to}"
            act.owe(Notice(key, NoticeKind.ACTION_CARRIED, Recipient(to), facts=facts))  # type: ignore[arg-type]


def _note_absence(act: Acting, held: Occurrence, series: Series, client: Client, finding: FindingId) -> None:
    """That nobody of the client's came three times in a row is a finding of its own, said once."""
    row = [
        each
        for each in act.work.occurrences.of_client(client.id, limit=LOOK_AROUND, before=held.start_at)
        if each.state is State.HELD
    ]
    absent = 0
    for each in (held, *row):
        if not meeting.client_absent(each, meeting.ours_in(each, series, client)):
            break
        absent += 1
    if absent == meeting.ABSENT_MOST:
        act.work.findings.add(
            Finding(
                finding,
                client.id,
                held.id,
                ABSENT_TEXT,
                ABSENT_GUIDELINE,
                Severity.MEDIUM,
                FoundBy.US,
                held.host,
                act.at,
            )
        )
        act.record(Tag.FINDING_ADD, finding, occurrence=held.id)


# --- skipping and moving ----------------------------------------------------------------------------------------------


async def skip(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, because: str, approved_by: UserId
) -> Occurrence:
    """Call one review off, with a reason and somebody's agreement. Two in a row are refused."""
    leads = await leads_of(desk)
    return await desk.act(_skip, came, occurrence, by, leads, because, approved_by)


def _skip(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    because: str,
    approved_by: UserId,
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    meeting.host_only(before, by, leads)
    return _skipped(act, before, by, leads, because, approved_by)


def _skipped(
    act: Acting, before: Occurrence, by: UserId, leads: Collection[UserId], because: str, approved_by: UserId
) -> Occurrence:
    client, series = act.work.clients.get(before.client), act.work.series.get(before.series)
    if approved_by not in leads and approved_by != client.account_owner:
        raise NotALeadOrOwner
    row = act.work.occurrences.of_client(client.id, limit=LOOK_AROUND)
    later = [each for each in reversed(row) if each.series == before.series and each.on > before.on]
    last = act.work.occurrences.last_held(client.id)
    reason = Skip(clean_text(because, most=WORDS_MOST), by, act.at, approved_by)
    changed = meeting.skip(
        before,
        reason,
        client,
        beside=[*act.work.occurrences.row_before(before.series, before.on, 1), *later[:1]],
        last_held_on=last.on if last else None,
        begun_on=series.rhythm.starts_on,
        next_on=next((each.on for each in later if each.state is State.PLANNED), None),
    )
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_SKIP, before.id, by=by, approved_by=approved_by)
    if approved_by != by:
        act.owe(_agreed_notice(changed, approved_by))
    return changed


def _agreed_notice(occurrence: Occurrence, approved_by: UserId) -> Notice:
    key = f"skip_agreed:{occurrence.id}:{occurrence.version}"
    to, facts = Recipient.person(approved_by), {"occurrence": str(occurrence.id)}
    return Notice(key, NoticeKind.SKIP_AGREED, to, facts=facts, live=True)


async def deny(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, via: Via | None = None) -> Occurrence:
    """Whoever was said to have agreed to a skip says that they did not: the review stands, and who skipped it hears."""
    return await desk.act_via(via, _deny, came, occurrence, by)


def _deny(act: Acting, came: Came, occurrence_id: OccurrenceId, by: UserId) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    changed = meeting.denied(before, by=by)
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_DENY, occurrence_id, by=by)
    act.owe(_agreed_notice(before, by))
    if before.skip is not None:
        facts = {"occurrence": str(occurrence_id), "denied_by": str(by)}
        key, to = f"skip_denied:{occurrence_id}:{changed.version}", Recipient.person(before.skip.by)
        act.owe(Notice(key, NoticeKind.SKIP_AGREED, to, facts=facts))
    return changed


async def reschedule(
    desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, wanted: Wanted
) -> tuple[Occurrence, ...]:
    """Move a review within its week; into another week it counts as skipped, and takes place as one of its own.

    What comes back is the moved one, or the skipped one and the one in its place. Raises NeedsConfirming where the
    host would have too much at once.
    """
    leads = await leads_of(desk)
    host = await desk.read(lambda work: work.occurrences.get(occurrence).host)
    zone = (await desk.directory.person(host)).tz
    return await desk.act(_reschedule, came, occurrence, by, leads, wanted, OccurrenceId(desk.new_id()), zone)


def _reschedule(
    act: Acting,
    came: Came,
    occurrence_id: OccurrenceId,
    by: UserId,
    leads: Collection[UserId],
    wanted: Wanted,
    new_id: OccurrenceId,
    host_zone: str,
) -> tuple[Occurrence, ...]:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    meeting.host_only(before, by, leads)
    start_at = local_moment(wanted.on, wanted.at, zone_of(before.zone))
    because = clean_text(wanted.because, most=WORDS_MOST)
    changed = meeting.moved(before, start_at, because, at=act.at)
    confirm_clash(act, before, start_at, wanted.confirmed, host_zone)
    if meeting.same_week(before.on, wanted.on):
        save(act, changed, before)
        act.record(Tag.CLIENT_REVIEW_MOVE, occurrence_id, by=by, start_at=start_at.isoformat())
        return (changed,)
    if wanted.approved_by is None:
        raise NobodyAgreed
    skipped = _skipped(act, before, by, leads, because, wanted.approved_by)
    instead = Occurrence(
        new_id,
        before.series,
        before.client,
        wanted.on,
        start_at,
        before.zone,
        before.minutes,
        before.host,
        before.stand_in,
        moved_because=because,
        asked_for=before.asked_for,
    )
    if not act.work.occurrences.add(instead, act.at):
        return (skipped,)  # a review is planned on that day anyway
    act.work.due.put(DueKind.OCCURRENCE, new_id, act.at)
    act.record(Tag.CLIENT_REVIEW_MOVE, new_id, by=by, start_at=start_at.isoformat(), instead_of=before.id)
    return skipped, instead


# --- the agenda -------------------------------------------------------------------------------------------------------


async def add_to_agenda(desk: Desk, came: Came, *, occurrence: OccurrenceId, by: UserId, text: str) -> Occurrence:
    """Put something on the agenda before the meeting; whoever takes part on our side may."""
    return await desk.act(_add_to_agenda, came, occurrence, by, await leads_of(desk), text)


def _add_to_agenda(
    act: Acting, came: Came, occurrence_id: OccurrenceId, by: UserId, leads: Collection[UserId], text: str
) -> Occurrence:
    act.once(came)
    before = act.work.occurrences.locked(occurrence_id)
    at_the_table(act, before, by, leads)
    note = Note(clean_text(text, most=WORDS_MOST), by, act.at)
    if not note.text:
        raise NothingWritten
    changed = meeting.asked_for(before, note)
    save(act, changed, before)
    act.record(Tag.CLIENT_REVIEW_ASK, occurrence_id, by=by)
    return changed


def at_the_table(act: Acting, occurrence: Occurrence, by: UserId, leads: Collection[UserId]) -> None:
    """Refuse whoever takes no part in this review."""
    series, client = act.work.series.get(occurrence.series), act.work.clients.get(occurrence.client)
    meeting.at_the_table(occurrence, series, client, by, leads)
