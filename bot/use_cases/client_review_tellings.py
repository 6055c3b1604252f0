"""What the messages of client reviews have to tell, gathered from what is true when they are sent; and where they go.

A pack is gathered for one client only. Before the start it shows the record as of now, from then on the frozen one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.client import Client, Series
from bot.domain.client_review import ActionItem, Occurrence, State
from bot.domain.decision import Decision, is_met
from bot.domain.ids import ActionItemId, DecisionId, OccurrenceId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.pack import Pack
from bot.domain.pack_text import pack_from
from bot.domain.packing import Before, Recorded, Register, pack_of
from bot.domain.review import Review
from bot.domain.times import local_date, zone_of
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.draft_facts import drafted_lines, lead_in_of
from bot.use_cases.occurrence_clock import pack_notice
from bot.use_cases.pack_papers import Held


@dataclass(frozen=True, slots=True)
class PackTold:
    """The card of a review in the client's channel: before, during and after the meeting."""

    client: Client
    series: Series
    occurrence: Occurrence
    pack: Pack


@dataclass(frozen=True, slots=True)
class MeetingTold:
    """The card that moves through a running review."""

    held: Held
    now: datetime


@dataclass(frozen=True, slots=True)
class MinutesTold:
    """What came out of a review; `brief` for somebody who was not there."""

    held: Held
    brief: bool
    drafted: tuple[str, ...] = ()  # what a model wrote about exactly this


@dataclass(frozen=True, slots=True)
class CarriedTold:
    """An action that was carried over too often."""

    client: Client
    action: ActionItem
    host: UserId


@dataclass(frozen=True, slots=True)
class ObjectedTold:
    """A client objects to a decision; its question is open again in a review of its own."""

    client: Client
    occurrence: Occurrence
    decision: Decision
    review: Review | None


@dataclass(frozen=True, slots=True)
class SkipAgreedTold:
    """A review was called off, with somebody's agreement; or they deny that, and whoever skipped it is told."""

    client: Client
    occurrence: Occurrence
    denied_by: UserId | None = None


ClientReviewTelling = PackTold | MeetingTold | MinutesTold | CarriedTold | ObjectedTold | SkipAgreedTold


def meeting_notice(work: Work, occurrence: Occurrence, client: Client) -> Notice:
    """The card that moves through the meeting, in the thread of the pack."""
    pack = pack_notice(occurrence, client)
    to = pack.to
    if (posted := work.notices.posted(pack.key)) is not None:
        to = Recipient(to.channel, posted[1])
    elif work.notices.posted(f"{pack.key}:dm") is not None:  # the channel was no safe place
        to = Recipient.person(occurrence.host)
    return Notice(f"meeting:{occurrence.id}", NoticeKind.MEETING, to, facts=pack.facts, live=True)


def minutes_notice(occurrence: Occurrence, client: Client) -> Notice:
    """The minutes in the client's channel."""
    pack = pack_notice(occurrence, client)
    return Notice(f"minutes:{occurrence.id}", NoticeKind.MINUTES, pack.to, facts=pack.facts)


def tell_client_review(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> ClientReviewTelling | None:
    """All that one message of a client review needs; None when there is nothing true left to say."""
    occurrence = work.occurrences.get(OccurrenceId(notice.facts["occurrence"]))
    client = work.clients.get(occurrence.client)
    match notice.kind:
        case NoticeKind.PACK:
            series = work.series.get(occurrence.series)
            return PackTold(client, series, occurrence, pack_for(work, occurrence, knowledge, now))
        case NoticeKind.MEETING:
            return (
                None
                if occurrence.started_at is None
                else MeetingTold(held_review(work, occurrence, knowledge, now), now)
            )
        case NoticeKind.MINUTES | NoticeKind.REVIEW_RESULT:
            held = held_review(work, occurrence, knowledge, now)
            if notice.kind is NoticeKind.REVIEW_RESULT:
                return MinutesTold(held, brief=True)
            return MinutesTold(held, brief=False, drafted=drafted_lines(work, lead_in_of(held)))
        case NoticeKind.ACTION_CARRIED:
            action = work.actions.get(ActionItemId(notice.facts["action"]))
            return CarriedTold(client, action, occurrence.host)
        case NoticeKind.CLIENT_OBJECTS if notice.decision is not None:
            review = work.reviews.get(notice.review) if notice.review else None
            return ObjectedTold(client, occurrence, work.decisions.get(notice.decision), review)
        case NoticeKind.SKIP_AGREED:
            denied_by = notice.facts.get("denied_by")
            return SkipAgreedTold(client, occurrence, UserId(denied_by) if denied_by else None)
        case _:
            return None


def held_review(work: Work, occurrence: Occurrence, knowledge: Knowledge, now: datetime) -> Held:
    """A review with what was written down in it so far."""
    client = work.clients.get(occurrence.client)
    since = occurrence.as_of or occurrence.start_at  # its first start, however often it was started again
    closed = work.actions.closed_since(client.id, since)
    own = [each for each in (*work.actions.open_of_client(client.id), *closed) if each.opened_in == occurrence.id]
    until = occurrence.closed_at or now
    settled = [each for each in closed if each.closed_at is not None and each.closed_at <= until]
    found = work.findings.of_client(client.id, since=since)
    return Held(
        client,
        work.series.get(occurrence.series),
        occurrence,
        pack_for(work, occurrence, knowledge, now),
        tuple(sorted(own, key=lambda action: (action.opened_at, action.id))),
        tuple(each for each in found if each.occurrence == occurrence.id),
        tuple(settled) if occurrence.started_at is not None else (),
    )


def pack_for(work: Work, occurrence: Occurrence, knowledge: Knowledge, now: datetime) -> Pack:
    """The pack of a review: as it was frozen at the start, else as of now."""
    if (kept := work.occurrences.pack(occurrence.id)) is not None:
        return pack_from(kept[0])
    return pack_now(work, occurrence, knowledge, now)


def pack_now(work: Work, occurrence: Occurrence, knowledge: Knowledge, now: datetime) -> Pack:
    """The pack as the record stands at this moment."""
    client = work.clients.get(occurrence.client)
    recorded = [
        _recorded(work, decision) for decision in work.decisions.touching(client) if decision.superseded_by is None
    ]
    requests = [review for review in work.reviews.touching(client) if not review.ended]
    before = _before(work, occurrence)
    since = before.held_at or now - timedelta(days=knowledge.agenda.first_days)
    actions = [*work.actions.open_of_client(client.id), *work.actions.closed_since(client.id, since)]
    register = Register(work.clients.all(), recorded, requests, actions)
    return pack_of(
        client,
        occurrence.id,
        register,
        before,
        asked_for=occurrence.asked_for,
        agenda=knowledge.agenda,
        bank=knowledge.bank,
        policy=knowledge.policy,
        as_of=now,
        today=local_date(now, zone_of(occurrence.zone)),
    )


def agreed_pack(work: Work, occurrence: Occurrence, knowledge: Knowledge, now: datetime) -> Pack:
    """A pack of nothing but the actions agreed in this review: other clients' names are taken out of them as well."""
    client = work.clients.get(occurrence.client)
    actions = [each for each in work.actions.open_of_client(client.id) if each.opened_in == occurrence.id]
    return pack_of(
        client,
        occurrence.id,
        Register(work.clients.all(), actions=actions),
        Before(),
        agenda=knowledge.agenda,
        bank=knowledge.bank,
        policy=knowledge.policy,
        as_of=now,
        today=local_date(now, zone_of(occurrence.zone)),
    )


def _recorded(work: Work, decision: Decision) -> Recorded:
    closed = frozenset(place for place, condition, said in work.conditions.of(decision.id) if is_met(condition, said))
    answers = work.reviews.get(decision.review).choices()
    return Recorded(decision, answers, work.verdicts.get(decision.verdict), closed)


def _before(work: Work, occurrence: Occurrence) -> Before:
    last = work.occurrences.last_held(occurrence.client)
    row = work.occurrences.row_before(occurrence.series, occurrence.on, 1)
    return Before(
        held_at=last.closed_at if last else None,
        held_on=last.on if last else None,
        held=work.occurrences.count_held(occurrence.client),
        missed=bool(row) and row[0].state is State.MISSED,
    )


def objection_of(occurrence: OccurrenceId, decision: DecisionId) -> str:
    """The key of what the leads are told when a client objects; each objection is told once."""
    return f"objected:{occurrence}:{decision}"
