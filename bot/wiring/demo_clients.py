"""Three made-up clients of the made-up company, in three time zones, and their security reviews of the last weeks.

One review comes soon and its pack is there; one action was carried over twice; one review was missed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.domain.client import Cadence, Rhythm, SideOf
from bot.domain.client_review import FoundBy, Occurrence, Outcome, Presence, Severity
from bot.domain.ids import ChannelId, UserId
from bot.domain.meeting import Closing
from bot.domain.register import ClientDraft, SeriesDraft
from bot.domain.times import local_date, local_moment, working_days_later, zone_of
from bot.store.work import Work
from bot.use_cases import client_reviews, clients, meetings
from bot.use_cases.clients import Filled, Reviews
from bot.wiring.demo_company import (
    BANK_CHANNEL,
    CLINIC_CHANNEL,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    PARCELS_CHANNEL,
    TEAM_LEAD,
)
from bot.wiring.demo_past import Event, Past, Play, nothing

BANK: Final = "Example Bank"
CLINIC: Final = "Sample Clinic"
PARCELS: Final = "Mock Parcels"

WEEK: Final = timedelta(days=7)
# Over a weekend and a day: on whichever day a demo is started, the pack of the next review is there.
PACK_HOURS: Final = 96


@dataclass(frozen=True)
class _Action:
    text: str
    owner: str  # one of ours, or a contact of the client's
    days: int  # from the review to the day it is due


@dataclass(frozen=True)
class _Finding:
    text: str
    guideline: str
    severity: Severity
    source: FoundBy


@dataclass(frozen=True)
class _Held:
    """What came out of one review. Notes are by the code of the agenda's item."""

    summary: str
    actions: Sequence[_Action] = ()
    findings: Sequence[_Finding] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()


@dataclass(frozen=True)
class _Client:
    """One client, and what became of its weekly reviews so far, the oldest first; None where one was missed."""

    name: str
    zone: str
    channel: str
    owner: str
    frameworks: str
    contacts: tuple[str, ...]
    next_in: int  # working days from today to the next review
    at: time
    reviews: Sequence[_Held | None]
    alias: str = ""
    pack_hours: int = 24


CLIENTS: Final = (
    _Client(
        BANK,
        "Europe/Berlin",
        BANK_CHANNEL,
        LEAD_2,
        "pci gdpr",
        ("Bea Beispiel", "Bernd Beispiel"),
        1,
        time(15),
        (
            _Held(
                "Everyone has met. Two questions about recordings are left.",
                actions=(
                    _Action("List who can listen to recorded calls, and why", TEAM_LEAD, 10),
                    _Action("Name who at the bank decides how long recordings are kept", "Bea Beispiel", 7),
                ),
                notes={"people": "All 12 agents have done this year's training."},
            ),
            _Held(
                "Recordings outlive their date. The list of listeners is not ready yet.",
                findings=(
                    _Finding(
                        "Recordings from before June are still in the old folder, although 90 days were agreed.",
                        "G4",
                        Severity.MEDIUM,
                        FoundBy.CLIENT,
                    ),
                ),
                actions=(_Action("Delete the recordings in the old folder, with a log of it", OTHER_LEAD, 21),),
            ),
            _Held(
                "The list of listeners is still open: the tool shows groups and not people.",
                actions=(_Action("Show the bank which groups can listen to recorded calls", OTHER_LEAD, 14),),
                notes={"changes": "The bank asks to hear of new survey tools before they start."},
                absent=("Bernd Beispiel",),
            ),
        ),
        alias="ExBank",
        pack_hours=PACK_HOURS,
    ),
    _Client(
        CLINIC,
        "America/New_York",
        CLINIC_CHANNEL,
        LEAD_1,
        "hipaa",
        ("Sally Sample",),
        2,
        time(11),
        (
            _Held(
                "A calm first review.",
                actions=(_Action("Send the clinic our rules for note taking in calls", TEAM_LEAD, 12),),
            ),
            _Held(
                "The clinic wants to know more before a note taker hears patients.",
                actions=(_Action("Say which calls no tool may ever listen to", "Sally Sample", 14),),
                notes={"coming": "Sample Notetaker: only with a notice at the start of each call."},
            ),
        ),
    ),
    _Client(
        PARCELS,
        "Asia/Manila",
        PARCELS_CHANNEL,
        LEAD_1,
        "",
        ("Manny Mock",),
        3,
        time(16),
        (
            _Held("Nothing open.", notes={"own": "A new contact joins next month."}),
            None,
        ),
    ),
)


def client_events(now: datetime) -> list[Event]:
    """When each client was added and each review was held, and how to play it."""
    events: list[Event] = []
    for client in CLIENTS:
        zone = zone_of(client.zone)
        next_on = working_days_later(local_date(now, zone), client.next_in)
        first_on = next_on - len(client.reviews) * WEEK
        added_at = local_moment(first_on, client.at, zone) - timedelta(days=5)
        events.append((added_at, _adding(client, first_on)))
        for number, held in enumerate(client.reviews):
            on = first_on + number * WEEK
            start_at = local_moment(on, client.at, zone)
            if held is None:
                events.append((start_at + timedelta(hours=24, minutes=1), nothing))  # nobody held it
            else:
                events.append((start_at, _holding(client, on, held)))
    return events


def _adding(client: _Client, first_on: date) -> Play:
    series = SeriesDraft(
        Rhythm(Cadence.WEEKLY, (first_on.weekday(),), client.at, first_on),
        30,
        UserId(TEAM_LEAD),
        UserId(OTHER_LEAD),
        client_side=client.contacts,
        pack_hours=client.pack_hours,
    )
    draft = ClientDraft(
        client.name,
        UserId(client.owner),
        client.zone,
        (client.alias,) if client.alias else (),
        ChannelId(client.channel),
        frozenset(client.frameworks.split()),
    )

    async def add(past: Past) -> None:
        await clients.save(
            past.desk, past.came(), by=UserId(client.owner), filled=Filled(draft, Reviews.SERIES, series)
        )
        await past.go_to(past.now())  # its reviews are planned

    return add


def _holding(client: _Client, on: date, held: _Held) -> Play:
    async def hold(past: Past) -> None:
        planned = await past.desk.read(_on, client.name, on)
        if planned is None:
            raise RuntimeError(f"the demo has no review of {client.name} on {on}")
        await _hold(past, client, planned, held)

    return hold


def _on(work: Work, name: str, on: date) -> Occurrence | None:
    client = work.clients.named(name)
    series = work.series.of_client(client.id) if client is not None else None
    return work.occurrences.on(series.id, on) if series is not None else None


async def _hold(past: Past, client: _Client, planned: Occurrence, held: _Held) -> None:
    """Take a review from its start to its minutes, two minutes an item."""
    desk, host, on = past.desk, UserId(TEAM_LEAD), planned.on
    review = await client_reviews.start(desk, past.came(), occurrence=planned.id, by=host)
    for item in review.items:
        past.wait(minutes=2)
        if item.code in held.notes:
            await meetings.add_note(
                desk, past.came(), occurrence=review.id, by=host, item=item.code, text=held.notes[item.code]
            )
        await meetings.discussed(desk, past.came(), occurrence=review.id, by=host, item=item.code)
    for found in held.findings:
        stated = meetings.NewFinding(found.text, found.guideline, found.severity, found.source)
        await meetings.add_finding(desk, past.came(), occurrence=review.id, by=host, stated=stated)
    for action in held.actions:
        side = SideOf.CLIENTS if action.owner in client.contacts else SideOf.OURS
        wanted = meetings.NewAction(action.text, side, action.owner, on + timedelta(days=action.days))
        await meetings.add_action(desk, past.came(), occurrence=review.id, by=host, wanted=wanted)
    here = dict.fromkeys((TEAM_LEAD, OTHER_LEAD, client.owner, *client.contacts), Presence.PRESENT)
    here |= dict.fromkeys(held.absent, Presence.EXCUSED)
    outcome = Outcome.ACTIONS if held.actions or held.findings else Outcome.CALM
    closing = Closing(outcome, on + WEEK, held.summary, client.contacts[0])
    await client_reviews.close(desk, past.came(), occurrence=review.id, by=host, closing=closing, presence=here)
