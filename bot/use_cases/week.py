"""What waits for one person, gathered by what they are: anybody, the host of client reviews, a security lead.

It shows and never changes anything; *Copy Last Week* is the one act here, and it copies only what a host wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.agenda import OWN
from bot.domain.audit import Tag
from bot.domain.client import Client
from bot.domain.client_review import ActionItem, Light, Note, Occurrence, State
from bot.domain.decision import Decision, OwedCondition
from bot.domain.digest import ENDING_WITHIN, MissedReview
from bot.domain.ids import ClientId, DecisionId, ReviewId, UserId
from bot.domain.occurrence_clock import MISSED_AFTER
from bot.domain.refused import Refused
from bot.domain.review import Review
from bot.domain.times import local_date, zone_of
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.client_review_tellings import pack_for
from bot.use_cases.client_reviews import save
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.occurrence_clock import pack_notice

AHEAD: Final = timedelta(days=7)
BACK: Final = timedelta(days=7)
MISSED_SINCE: Final = timedelta(days=14)
WAITING_MOST: Final = 50
SHOWN_MOST: Final = 20  # of those that wait, and of somebody's reviews
WEEKS_MOST: Final = 14  # reviews of one client in two weeks, one a day at most


class NothingToCopy(Refused):
    reason = "There is nothing to copy: last week's own agenda items were all dealt with, or there were none."


@dataclass(frozen=True, slots=True)
class Hosted:
    """One review that this person hosts or stands in for, and whether it can begin."""

    occurrence: Occurrence
    client: Client
    light: Light
    missing: tuple[str, ...]  # codes of what it lacks: "channel", "held", "outcome"

    @property
    def ready(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class LeadsPart:
    """What only security leads are shown."""

    waiting: tuple[Review, ...]
    overdue: tuple[tuple[OwedCondition, Decision], ...]
    ending: tuple[Decision, ...]
    missed: tuple[MissedReview, ...]
    tiers: Mapping[ReviewId, int] = field(default_factory=dict)  # of those that wait and are shown


@dataclass(frozen=True, slots=True)
class Week:
    """One person's week, on their own clock."""

    zone: str
    now: datetime
    hosts: bool  # hosts a series, even if nothing is due this week
    hosted: tuple[Hosted, ...] = ()  # red first, then by time
    actions: tuple[tuple[ActionItem, str], ...] = ()  # with the client's name; the one due first first
    conditions: tuple[tuple[OwedCondition, str], ...] = ()  # with the tool's name
    leads: LeadsPart | None = None


def tell_week(work: Work, user: UserId, knowledge: Knowledge, *, zone: str, is_lead: bool, now: datetime) -> Week:
    """Gather one person's week from what is on record now."""
    clients: dict[ClientId, Client] = {}

    def client_of(client: ClientId) -> Client:
        if client not in clients:
            clients[client] = work.clients.get(client)
        return clients[client]

    today = local_date(now, zone_of(zone))
    waiting = tuple(work.reviews.waiting(WAITING_MOST)) if is_lead else ()
    hosted = [
        _hosted(work, each, client_of(each.client), knowledge, now)
        for each in _hosted_by(work, user, now - BACK, now + AHEAD)
        if not each.settled and (each.start_at >= now - timedelta(hours=12) or each.state is not State.PLANNED)
    ]
    return Week(
        zone,
        now,
        bool(work.series.of_host(user)),
        tuple(sorted(hosted, key=lambda each: (_RED_FIRST[each.light], each.occurrence.start_at))),
        tuple((each, client_of(each.client).name) for each in work.actions.open_of_owner(user)),
        tuple((each, _tool(work, each.decision)) for each in work.conditions.owned_by(user)),
        LeadsPart(
            waiting,
            tuple((each, work.decisions.get(each.decision)) for each in work.conditions.all_open_due(today)),
            tuple(work.decisions.ending(today, today + ENDING_WITHIN)),
            tuple(
                MissedReview(client_of(each.client).name, each)
                for each in work.occurrences.between(now - MISSED_SINCE, now)
                if each.state is State.MISSED
            ),
            {each.id: work.verdicts.get(each.package.verdict).tier for each in waiting[:SHOWN_MOST] if each.package},
        )
        if is_lead
        else None,
    )


def _hosted_by(work: Work, user: UserId, since: datetime, until: datetime) -> list[Occurrence]:
    """The reviews this person hosts, or stands in for."""
    found = {each.id: each for each in work.occurrences.between(since, until, host=user)}
    for series in work.series.of_host(user):
        for each in work.occurrences.of_client(series.client, limit=WEEKS_MOST, before=until):
            if each.start_at >= since and user in (each.host, each.stand_in):
                found[each.id] = each
    return list(found.values())


_RED_FIRST: Final = {Light.RED: 0, Light.AMBER: 1, Light.GREEN: 2}


def _hosted(work: Work, occurrence: Occurrence, client: Client, knowledge: Knowledge, now: datetime) -> Hosted:
    light = pack_for(work, occurrence, knowledge, now).light
    missing = [] if client.channel else ["channel"]
    if work.notices.posted(f"{pack_notice(occurrence, client).key}:dm") is not None:
        missing.append("held")
    unclosed = occurrence.state is State.OPEN and occurrence.start_at < now - MISSED_AFTER
    if occurrence.state is State.MISSED or unclosed:
        missing.append("outcome")
        light = Light.RED
    return Hosted(occurrence, client, light, tuple(missing))


def _tool(work: Work, decision: DecisionId) -> str:
    return work.decisions.get(decision).tool_name


async def copy_last_week(desk: Desk, came: Came, *, by: UserId) -> int:
    """Put last week's own agenda items that were not dealt with on this week's agendas; how many they were."""
    return await desk.act(_copy_last_week, came, by)


def _copy_last_week(act: Acting, came: Came, by: UserId) -> int:
    act.once(came)
    copied = 0
    coming = _hosted_by(act.work, by, act.at, act.at + AHEAD)
    for occurrence in sorted(coming, key=lambda each: each.id):  # in one order for all who lock several
        before = act.work.occurrences.locked(occurrence.id)
        if before.state is not State.PLANNED:
            continue
        last = act.work.occurrences.row_before(before.series, before.on, 1)
        there = {note.text for note in before.asked_for}
        left = [note for note in _left_open(last) if note.text not in there]
        if not left:
            continue
        notes = tuple(Note(note.text, by, act.at) for note in left)
        changed = replace(before, asked_for=(*before.asked_for, *notes), version=before.version + 1)
        save(act, changed, before)
        act.record(Tag.CLIENT_REVIEW_ASK, before.id, by=by, copied=len(notes))
        copied += len(notes)
    if not copied:
        raise NothingToCopy
    return copied


def _left_open(last: Sequence[Occurrence]) -> Sequence[Note]:
    """What people had put on the agenda of the review before, where it was never dealt with."""
    for occurrence in last:
        dealt = any(item.code == OWN and item.discussed_at is not None for item in occurrence.items)
        return () if occurrence.state is State.HELD and dealt else occurrence.asked_for
    return ()
