"""`preflight clients`: the register from a file and into one, and days off into it, on the database that is set."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.client import DayOff, SideOf
from bot.domain.client_review import Occurrence, State
from bot.domain.digest import DigestPlan
from bot.domain.ids import ChannelId, ClientId, UserId
from bot.knowledge import load_knowledge
from bot.knowledge.holidays import read_calendar, read_list
from bot.llm.absent import Absent
from bot.slack.directory import SlackDirectory
from bot.slack.troubles import BROKEN
from bot.store.database import open_store
from bot.store.migrations import Migrated, migration_state
from bot.store.work import Work
from bot.use_cases import client_import, clients
from bot.use_cases.client_import import Checked, Imported, Lines, Progress
from bot.use_cases.client_rows import COLUMNS, row_of
from bot.use_cases.desk import Desk
from bot.use_cases.ports import DirectoryUnavailable
from bot.wiring.ready import NotReady, audit_key_of

if TYPE_CHECKING:
    from bot.settings import Settings

T = TypeVar("T")
RATE_TRIES: Final = 20  # looking many people up runs into Slack's pace; a file may wait for it
PLANNED: Final = (State.PLANNED, State.OPEN)


@dataclass(frozen=True, slots=True)
class Planned:
    """One review that is planned, as a calendar shows it."""

    occurrence: Occurrence
    client: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file would do or did: `imported` is None while something stood in its way."""

    checked: Checked
    imported: Imported | None


def import_clients(settings: Settings, lines: Lines, *, skip_bad: bool, confirmed: bool, progress: Progress) -> Outcome:
    """Check every row, then write all of them or none. Clashes of hosts have to be confirmed."""

    async def run(desk: Desk) -> Outcome:
        ask, leads = await _leads(settings, desk)
        checked = await client_import.check(desk, lines, ask_people=ask, leads=leads, progress=progress)
        if (checked.faults and not skip_bad) or (checked.clashes and not confirmed):
            return Outcome(checked, None)
        return Outcome(checked, await client_import.bring_in(desk, checked, progress))

    return _at_desk(settings, run)


def client_rows(settings: Settings) -> tuple[list[str], list[dict[str, str]]]:
    """The register as columns and rows, as an import takes them."""

    async def run(desk: Desk) -> list[dict[str, str]]:
        return await desk.read(_rows)

    return list(COLUMNS), _at_desk(settings, run)


def planned_reviews(settings: Settings) -> list[Planned]:
    """The reviews that are planned from now on, in their order."""

    async def run(desk: Desk) -> list[Planned]:
        return await desk.read(_planned, desk.now())

    return _at_desk(settings, run)


def take_days_off(settings: Settings, content: bytes, side: SideOf, name: str | None) -> tuple[tuple[DayOff, ...], int]:
    """Give one client, or without a name all of them, the days off of a calendar or list; how many series changed."""

    async def run(desk: Desk) -> tuple[tuple[DayOff, ...], int]:
        if b"BEGIN:VCALENDAR" in content[:1_000].upper():
            days = read_calendar(content, today=desk.now().date())
        else:
            days = read_list(content.decode("utf-8-sig", "replace"))
        client_id = None
        if name is not None:
            found, near = await desk.read(clients.by_name, name)
            if found is None:
                hint = f"Did you mean “{near[0].name}”?" if near else "preflight clients export lists all."
                raise NotReady(f"No client is called “{name}”. {hint}")
            client_id = found.id
        names = await desk.knowledge.secrets.clean(*(day.name for day in days))
        days = tuple(replace(day, name=name.text) for day, name in zip(days, names, strict=True))
        return days, await clients.set_days_off(desk, days, side, client_id)

    return _at_desk(settings, run)


def _rows(work: Work) -> list[dict[str, str]]:
    series = {each.client: each for each in work.series.all()}
    return [row_of(client, series.get(client.id)) for client in work.clients.all()]


def _planned(work: Work, now: datetime) -> list[Planned]:
    names: dict[ClientId, str] = {client.id: client.name for client in work.clients.all()}
    rows = work.occurrences.between(now, datetime.max.replace(tzinfo=UTC))
    return [Planned(each, names[each.client]) for each in rows if each.state in PLANNED]


async def _leads(settings: Settings, desk: Desk) -> tuple[bool, frozenset[UserId]]:
    """Can people be looked up, and who are the leads? Without Slack, those leads that are set by their own id."""
    if settings.slack_bot_token is None:
        return False, frozenset(UserId(each) for each in settings.security_leads if not each.startswith("S"))
    try:
        return True, await desk.directory.security_leads()
    except DirectoryUnavailable as error:
        raise NotReady("Slack does not say who people are. Look at SLACK_BOT_TOKEN, or try again later.") from error


def _at_desk(settings: Settings, run: Callable[[Desk], Awaitable[T]]) -> T:
    if not isinstance(migration_state(settings.database), Migrated):
        raise NotReady("The database is not up to date. Run: preflight migrate")

    async def at_desk() -> T:
        async with _desk(settings) as desk:
            return await run(desk)

    return asyncio.run(at_desk())


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[Desk]:
    store = open_store(settings.database, audit_key=audit_key_of(settings))
    token = settings.slack_bot_token
    try:
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient(
                token=token.get_secret_value() if token else None,
                base_url=settings.slack_api_url,
                session=session,
                retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=RATE_TRIES)],
            )
            team = await _team(client) if token else ""
            yield Desk(
                store=store,
                knowledge=load_knowledge(settings.knowledge),
                directory=SlackDirectory(client, settings.security_leads, settings.ciso, lambda: team, time.monotonic),
                security_channel=ChannelId(settings.security_channel or ""),
                now=lambda: datetime.now(UTC),
                new_id=lambda: secrets.token_urlsafe(16),
                model=Absent(),
                digest=DigestPlan(zone=settings.time_zone),
            )
    finally:
        await store.close()


async def _team(client: AsyncWebClient) -> str:
    try:
        return str((await client.auth_test()).get("team_id") or "")
    except (SlackApiError, *BROKEN) as error:
        raise NotReady("Slack cannot be reached, so people can't be looked up. Look at SLACK_BOT_TOKEN.") from error
