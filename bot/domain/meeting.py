"""The steps of one client review: start, item by item, attendance, close; or skip, or move. Steps make new values.

Nothing is closed without attendance, outcome and next date, and no review is called off twice in a row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot.domain.client import Client, Series
from bot.domain.client_review import ActionItem, Item, Light, Note, Noted, Occurrence, Outcome, Presence, Skip, State
from bot.domain.decision import months_later
from bot.domain.ids import DecisionId, UserId
from bot.domain.refused import OutdatedCard, Refused

_ACCOUNT: Final = re.compile(r"[UW][A-Z0-9_]{2,30}")  # people of ours are known by their account, contacts by name
QUARTER_MONTHS: Final = 3
ABSENT_MOST: Final = 3  # reviews in a row without anybody of the client's: that is a finding of its own


class NotTheHost(Refused):
    reason = "Only the host, the stand-in or a security lead can do that for this review."


class NotAtTheTable(Refused):
    reason = (
        "Only those who take part in this review can add to it: its host, the stand-in, our attendees and the leads."
    )


class NotRunning(Refused):
    reason = "This review is not running. Press Start Review on its card first."


class AlreadyRunning(Refused):
    reason = "This review has started already. Its thread shows how far it is."


class ReviewSettled(Refused):
    reason = "This review is over or was called off, so nothing was changed. Its card shows how it ended."


class NothingToGoBackTo(Refused):
    reason = "This is the first item: there is none before it."


class StillToSay(Refused):
    """What is missing before a review can be closed."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(f"Before this review can be closed, say {' and '.join(missing)}.")


class NextNotAhead(Refused):
    reason = "The next date has to be after today."


class NoReason(Refused):
    reason = "Write one sentence why: it stays on record."


class NotYourAgreement(Refused):
    reason = (
        "Nobody wrote that you agreed to call this review off, so nothing was changed. Its card shows how it stands."
    )


class SkippedTwice(Refused):
    reason = (
        "The review before or after this one was called off already, and two in a row are not possible. "
        "Move this one to another day of the same week instead."
    )


class QuarterWithout(Refused):
    reason = (
        "This client holds us to PCI DSS, which asks for a review every quarter. Without this one, one would pass. "
        "Move it to another day of the same week instead."
    )


class NotAhead(Refused):
    reason = "Give a day and time that are still to come."


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a review takes."""

    outcome: Outcome | None
    next_on: date | None
    summary: str = ""
    contact: str = ""  # who signed for the client


def host_only(occurrence: Occurrence, by: UserId, leads: Collection[UserId]) -> None:
    """Refuse whoever neither hosts nor stands in, and is no lead."""
    if by not in (occurrence.host, occurrence.stand_in) and by not in leads:
        raise NotTheHost


def at_the_table(occurrence: Occurrence, series: Series, client: Client, by: UserId, leads: Collection[UserId]) -> None:
    """Refuse whoever takes no part on our side."""
    ours = {occurrence.host, occurrence.stand_in, series.host, series.stand_in, client.account_owner, *series.our_side}
    if by not in ours and by not in leads:
        raise NotAtTheTable


def start(occurrence: Occurrence, codes: Iterable[str], light: Light, *, at: datetime) -> Occurrence:
    """Open the meeting over its frozen pack; a missed one can still be held late, and goes on where it had come to."""
    if occurrence.state is State.OPEN:
        raise AlreadyRunning
    not_settled(occurrence)
    if occurrence.started_at is not None:
        return _next(occurrence, state=State.OPEN, started_at=at)
    items = tuple(Item(code) for code in codes)
    return _next(occurrence, state=State.OPEN, started_at=at, as_of=at, light=light, items=items)


def current(occurrence: Occurrence) -> Item | None:
    """The item that is talked about: the first that was not yet; None when all were."""
    return next((item for item in occurrence.items if item.discussed_at is None), None)


def discussed(occurrence: Occurrence, code: str, *, at: datetime) -> Occurrence:
    """Move on from an item. One that was discussed before stays so, and only the current one can be."""
    running(occurrence)
    item = current(occurrence)
    if item is None or item.code != code:
        raise OutdatedCard
    return _next(occurrence, items=_with(occurrence, replace(item, discussed_at=at)))


def back(occurrence: Occurrence, code: str) -> Occurrence:
    """Go back to the item before; `code` is the one in front of whoever pressed, or empty at the end."""
    running(occurrence)
    item = current(occurrence)
    if (item.code if item else "") != code:
        raise OutdatedCard
    done = [each for each in occurrence.items if each.discussed_at is not None]
    if not done:
        raise NothingToGoBackTo
    return _next(occurrence, items=_with(occurrence, replace(done[-1], discussed_at=None)))


def noted_down(occurrence: Occurrence, code: str, note: Note) -> Occurrence:
    """Add a note to an item, whichever is talked about now."""
    running(occurrence)
    for item in occurrence.items:
        if item.code == code:
            return _next(occurrence, items=_with(occurrence, replace(item, notes=(*item.notes, note))))
    raise OutdatedCard


def asked_for(occurrence: Occurrence, note: Note) -> Occurrence:
    """Put something on the agenda before the meeting."""
    if occurrence.state is State.OPEN:
        raise AlreadyRunning
    not_settled(occurrence)
    return _next(occurrence, asked_for=(*occurrence.asked_for, note))


def attended(occurrence: Occurrence, presence: Mapping[str, Presence]) -> Occurrence:
    """Record who was there; what was recorded of others stays."""
    running(occurrence)
    return _next(occurrence, attendance={**occurrence.attendance, **presence})


def heard(occurrence: Occurrence, noted: Noted) -> Occurrence:
    """Record that the client accepts a decision or objects to it; what they say last counts."""
    running(occurrence)
    return _next(occurrence, noted=(*(each for each in occurrence.noted if each.decision != noted.decision), noted))


def objects_to(occurrence: Occurrence, decision: DecisionId) -> bool:
    """Did the client object to this decision in this review?"""
    return any(each.decision == decision and each.objects for each in occurrence.noted)


def close(occurrence: Occurrence, closing: Closing, *, by: UserId, at: datetime, today: date) -> Occurrence:
    """End the meeting; refuses, naming it, whatever is still to be said."""
    running(occurrence)
    missing = []
    if Presence.PRESENT not in occurrence.attendance.values():
        missing.append("who was there")
    if closing.outcome is None:
        missing.append("what came out of it")
    if closing.next_on is None:
        missing.append("when you meet next")
    if missing:
        raise StillToSay(missing)
    if closing.next_on is not None and closing.next_on <= today:
        raise NextNotAhead
    return _next(
        occurrence,
        state=State.HELD,
        outcome=closing.outcome,
        summary=closing.summary,
        next_on=closing.next_on,
        client_contact=closing.contact,
        closed_at=at,
        closed_by=by,
    )


def skip(
    occurrence: Occurrence,
    because: Skip,
    client: Client,
    *,
    beside: Iterable[Occurrence],
    last_held_on: date | None,
    begun_on: date,
    next_on: date | None,
) -> Occurrence:
    """Call it off. `beside` are the reviews just before and after; `next_on` is the next that is planned."""
    if occurrence.state is State.OPEN:
        raise AlreadyRunning
    not_settled(occurrence)
    if not because.because.strip():
        raise NoReason
    if any(each.state is State.SKIPPED for each in beside):
        raise SkippedTwice
    if client.cardholder and not within_a_quarter(last_held_on or begun_on, next_on):
        raise QuarterWithout
    return _next(occurrence, state=State.SKIPPED, skip=because)


def denied(occurrence: Occurrence, *, by: UserId) -> Occurrence:
    """Plan it as before: whoever is said to have agreed did not. Past its day, the clock finds it missed."""
    if occurrence.state is not State.SKIPPED or occurrence.skip is None or occurrence.skip.approved_by != by:
        raise NotYourAgreement
    return _next(occurrence, state=State.PLANNED, skip=None)


def within_a_quarter(last: date, next_on: date | None) -> bool:
    """Is the next review at most three months after the last?"""
    return next_on is not None and next_on <= months_later(last, QUARTER_MONTHS)


def same_week(one: date, other: date) -> bool:
    """Do both days lie in the same ISO week?"""
    return one.isocalendar()[:2] == other.isocalendar()[:2]


def moved(occurrence: Occurrence, start_at: datetime, because: str, *, at: datetime) -> Occurrence:
    """Another time in the same week: the slot counts as held, and a missed one is planned again."""
    if occurrence.state is State.OPEN:
        raise AlreadyRunning
    not_settled(occurrence)
    if not because.strip():
        raise NoReason
    if start_at <= at:
        raise NotAhead
    return _next(occurrence, state=State.PLANNED, start_at=start_at, moved_because=because)


def carried_over(action: ActionItem) -> ActionItem:
    """The same action, one meeting older."""
    return replace(action, meetings=action.meetings + 1, version=action.version + 1)


def ours_in(occurrence: Occurrence, series: Series, client: Client) -> frozenset[str]:
    """Whoever in the attendance is of our side: those expected, and whoever else is known by an account of ours."""
    joined = (who for who in occurrence.attendance if _ACCOUNT.fullmatch(who))
    return frozenset((*our_people(occurrence, series, client), *joined))


def client_absent(occurrence: Occurrence, ours: Collection[str]) -> bool:
    """Was nobody of the client's there?"""
    return not any(presence is Presence.PRESENT for who, presence in occurrence.attendance.items() if who not in ours)


def our_people(occurrence: Occurrence, series: Series, client: Client) -> tuple[UserId, ...]:
    """Everyone of ours who is expected, each once."""
    return tuple(dict.fromkeys((occurrence.host, occurrence.stand_in, *series.our_side, client.account_owner)))


def running(occurrence: Occurrence) -> None:
    """Refuse unless the meeting runs."""
    not_settled(occurrence)
    if occurrence.state is not State.OPEN:
        raise NotRunning


def not_settled(occurrence: Occurrence) -> None:
    """Refuse when nothing more can happen to it."""
    if occurrence.settled:
        raise ReviewSettled


def _with(occurrence: Occurrence, changed: Item) -> tuple[Item, ...]:
    return tuple(changed if item.code == changed.code else item for item in occurrence.items)


def _next(occurrence: Occurrence, **changes: object) -> Occurrence:
    return replace(occurrence, version=occurrence.version + 1, **changes)  # type: ignore[arg-type]  # fields of it
