"""What the clock has to tell about client reviews, gathered when it is sent: whoever has acted by then has peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.client import Client
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.domain.notice import Notice, NoticeKind
from bot.domain.occurrence_clock import STARTS_NOW
from bot.store.work import Work
from bot.use_cases.occurrence_clock import pack_notice


@dataclass(frozen=True, slots=True)
class OccurrenceTold:
    """One client review: that it comes, starts, or was to have started."""

    kind: NoticeKind
    occurrence: Occurrence
    client: Client
    late: bool  # its start is over by more than a moment
    pack: ChannelId | None = None  # where its card stands


@dataclass(frozen=True, slots=True)
class MissedTold:
    """A client review without an outcome, and what is proposed."""

    occurrence: Occurrence
    client: Client
    row: int
    new_date: date
    within: int  # working days


@dataclass(frozen=True, slots=True)
class AwayTold:
    """Client reviews that should have started while nobody reminded their host."""

    host: UserId
    reviews: tuple[tuple[Occurrence, Client], ...]


@dataclass(frozen=True, slots=True)
class PackHeldTold:
    """A pack that could not go to the client's channel, and why."""

    occurrence: Occurrence
    client: Client
    channel: ChannelId
    shared: bool  # with people from outside; else we can't post there


ClockTelling = OccurrenceTold | MissedTold | AwayTold | PackHeldTold


def tell_occurrence(work: Work, notice: Notice, now: datetime) -> ClockTelling | None:
    """What is true now of the review a notice is about; None when the reminder is moot."""
    if notice.kind is NoticeKind.WHILE_AWAY:
        found = [work.occurrences.get(OccurrenceId(each)) for each in notice.facts["occurrences"].split()]
        open_ones = [each for each in found if each.state is State.PLANNED]
        told = tuple((each, work.clients.get(each.client)) for each in open_ones)
        return AwayTold(UserId(notice.to.channel), told) if told else None
    occurrence = work.occurrences.get(OccurrenceId(notice.facts["occurrence"]))
    client = work.clients.get(occurrence.client)
    if notice.kind is NoticeKind.PACK_HELD:
        return PackHeldTold(
            occurrence, client, ChannelId(notice.facts["channel"]), shared=notice.facts["why"] == "external"
        )
    if notice.kind is NoticeKind.REVIEW_MISSED:
        if occurrence.state is not State.MISSED:
            return None  # held late, meanwhile
        new_date = date.fromisoformat(notice.facts["new_date"])
        within = int(notice.facts.get("within", "5"))  # what was owed before this was a number of the rules names none
        return MissedTold(occurrence, client, int(notice.facts["row"]), new_date, within)
    if not _still_true(notice, occurrence, now):
        return None
    late = now >= occurrence.start_at + STARTS_NOW
    key = pack_notice(occurrence, client).key
    pack = work.notices.posted(key) or work.notices.posted(f"{key}:dm")  # where the channel was no safe place
    return OccurrenceTold(notice.kind, occurrence, client, late, pack[0] if pack else None)


def _still_true(notice: Notice, occurrence: Occurrence, now: datetime) -> bool:
    """Is the reminder still about this start, before it where it says "soon", and has nobody begun?"""
    same_start = notice.facts["start_at"] == occurrence.start_at.isoformat()
    too_late = notice.kind is NoticeKind.REVIEW_SOON and now >= occurrence.start_at
    return occurrence.state is State.PLANNED and same_start and not too_late
