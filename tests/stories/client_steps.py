"""Clients, their series and reviews for the stories, and the steps of a meeting. Everything goes the real ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from bot.domain.client import Cadence, Client, Rhythm, Series
from bot.domain.client_review import ActionItem, Finding, Occurrence
from bot.domain.ids import ChannelId, ClientId, OccurrenceId, SeriesId, UserId
from bot.domain.times import local_date, zone_of
from bot.slack import ids
from bot.use_cases.desk import Acting
from bot.use_cases.occurrence_clock import pack_notice
from tests.stories.town import LEAD_2, OTHER_LEAD, TEAM_CHANNEL, TEAM_LEAD, Town

HOST, STAND_IN, OWNER = TEAM_LEAD, OTHER_LEAD, LEAD_2
ZONE = "Europe/Berlin"


class Clock:
    """A clock that stands still until it is moved. It begins on a Tuesday morning."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


def a_client(name: str = "Northwind", **facts: Any) -> Client:
    told: dict[str, Any] = {"channel": ChannelId(TEAM_CHANNEL)}
    return Client(ClientId(f"C-{name}"), name, UserId(OWNER), ZONE, **(told | facts))


async def with_client(town: Town, client: Client, **facts: Any) -> Series:
    """Enter a client with a weekly series on Tuesdays at ten, their time."""
    told: dict[str, Any] = {"client_side": ("Dana Nord", "Nils Nord")}
    series = Series(
        SeriesId(f"S-{client.name}"),
        client.id,
        Rhythm(Cadence.WEEKLY, (1,), time(10), town.bot.desk.now().date() - timedelta(days=90)),
        ZONE,
        30,
        UserId(HOST),
        UserId(STAND_IN),
        **(told | facts),
    )

    def enter(act: Acting) -> None:
        act.work.clients.add(client, act.at)
        act.work.series.add(series, act.at)

    await town.bot.desk.act(enter)
    return series


async def planned(town: Town, series: Series, *, days: int = 0, show: bool = True, **facts: Any) -> Occurrence:
    """Plan a review so many days from now, and post its pack where it belongs."""
    start_at = town.bot.desk.now() + timedelta(days=days, hours=1)
    occurrence = Occurrence(
        OccurrenceId(f"O-{series.id}-{start_at:%m%d}"),
        series.id,
        series.client,
        local_date(start_at, zone_of(ZONE)),
        start_at,
        ZONE,
        30,
        series.host,
        series.stand_in,
    )

    def plan(act: Acting) -> None:
        act.work.occurrences.add(replace(occurrence, **facts), act.at)
        if show:
            act.owe(pack_notice(occurrence, act.work.clients.get(occurrence.client)))

    await town.bot.desk.act(plan)
    await town.settle()
    return occurrence


async def a_review(town: Town, name: str = "Northwind", **facts: Any) -> tuple[Occurrence, Any]:
    """A client with a review today; its pack's card comes back too."""
    series = await with_client(town, a_client(name, **facts))
    occurrence = await planned(town, series)
    return occurrence, await town.card_with(TEAM_CHANNEL, ids.MEET_START)


async def started(town: Town, pack: Any, user: str = HOST) -> Any:
    """Start a review; the card of the meeting comes back."""
    await town.click(user, pack, ids.MEET_START)
    await town.settle()
    return await town.card_with(TEAM_CHANNEL, ids.MEET_CLOSE)


async def walked(town: Town, card: Any, user: str = HOST) -> Any:
    """Discuss every item."""
    for _ in town.bot.desk.knowledge.agenda.items:
        await town.click(user, again(town, card), ids.MEET_DISCUSSED)
        await town.settle()
    return again(town, card)


async def form(town: Town, user: str, card: Any, action_id: str, **values: Any) -> dict[str, Any]:
    """Press a button, fill in its form and send it; the faults come back."""
    await town.click(user, again(town, card), action_id)
    await town.until(lambda: town.workspace.top_view(user))
    faults = await town.submit(user, **values)
    await town.settle()
    return faults


async def closed(town: Town, card: Any, user: str = HOST, **values: Any) -> dict[str, Any]:
    """Close a review with everything that is missing."""
    next_on = (town.bot.desk.now() + timedelta(days=7)).date().isoformat()
    told = {
        "client_review|present": [HOST],
        "client_review|client_present": ["0"],
        "client_review|outcome": "calm",
        "client_review|next": next_on,
        "client_review|summary": "Nothing new.",
    }
    return await form(town, user, card, ids.MEET_CLOSE, **(told | values))


def again(town: Town, card: Any) -> Any:
    return town.workspace.message(card.channel, card.ts)


async def the_review(town: Town, occurrence: Occurrence) -> Occurrence:
    """As it is on record now."""
    return await town.bot.desk.read(lambda work: work.occurrences.get(occurrence.id))


async def actions_of(town: Town, client: ClientId) -> list[ActionItem]:
    return await town.bot.desk.read(lambda work: work.actions.open_of_client(client))


async def findings_of(town: Town, client: ClientId) -> list[Finding]:
    since = datetime(2000, 1, 1, tzinfo=UTC)
    return await town.bot.desk.read(lambda work: work.findings.of_client(client, since=since))


def told(town: Town, user: str) -> list[str]:
    """What somebody was told in direct messages."""
    return [each.text for each in town.cards(town.dm(user))]


Until = Callable[[], Any]
