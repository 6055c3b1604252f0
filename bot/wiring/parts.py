"""The parts of a running bot, put together once: store, Slack client, directory, desk, app, door, deliveries."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.digest import DigestPlan
from bot.domain.ids import ChannelId, ReviewId
from bot.domain.model_use import Use
from bot.domain.notice import Owed
from bot.domain.review import Review
from bot.jobs.scheduler import Scheduler
from bot.knowledge import Knowledge, KnowledgeFaults
from bot.llm.absent import Absent
from bot.llm.client import RemoteModel
from bot.slack.addresses import Addresses
from bot.slack.app import build_app
from bot.slack.delivery import SlackMessenger
from bot.slack.directory import SlackDirectory
from bot.slack.serve import Door, Ready
from bot.slack.streams import SlackStreams
from bot.slack.troubles import BROKEN
from bot.store.database import Store, open_store
from bot.store.work import Work
from bot.use_cases.ask import forget_questions
from bot.use_cases.desk import LEASE, Desk
from bot.use_cases.notices import deliver_all, deliver_due
from bot.use_cases.ports import Model, Via
from bot.use_cases.timetable import LEASE as LOOKED_AT_FOR
from bot.wiring.model import InStore

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0  # seconds between two looks for notices that came due, or that a crash left behind
KEPT_KEYS_FOR: Final = timedelta(hours=48)
STOP_WITHIN: Final = 20.0


@dataclass(frozen=True)
class SlackAccess:
    """How to reach one workspace."""

    token: str
    signing_secret: str
    api_url: str
    loopback: bool
    security_channel: str
    leads: tuple[str, ...]
    ciso: tuple[str, ...]
    digest_channel: str | None = None  # None: the security channel


@dataclass
class Bot:
    """A bot that is put together. `start` sets its background work going; `stop` lets everything end calmly."""

    desk: Desk
    app: AsyncApp
    client: AsyncWebClient
    messenger: SlackMessenger
    door: Door
    session: aiohttp.ClientSession
    token: str
    started_at: datetime
    alone: bool  # on SQLite only one process serves, so nobody else can be sending
    scheduler: Scheduler
    identity: AuthorizeResult | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _loops: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self.scheduler.start()
        self._loops = [asyncio.create_task(self._introduce()), asyncio.create_task(self._keep_delivering())]

    async def stop(self) -> None:
        """Take no more work, let what runs come to its end, and close."""
        self._stop.set()
        until = time.monotonic() + STOP_WITHIN
        await self.scheduler.stop(within=STOP_WITHIN)
        # Again and again: a card that was owed once more while it was sent sets off another delivery.
        while running := {task for task in (*self._loops, *self.desk.tasks) if not task.done()}:
            if (left := until - time.monotonic()) > 0:
                await asyncio.wait(running, timeout=left)
                continue
            for task in running:
                task.cancel()
            break
        if isinstance(self.desk.model, RemoteModel):
            await self.desk.model.close()
        await self.desk.store.close()
        await self.session.close()

    async def _introduce(self) -> None:
        """Ask Slack once who we are, again and again only until it says so."""
        wait = 1.0
        while not self._stop.is_set():
            try:
                answer = await self.client.auth_test()
            except (SlackApiError, *BROKEN) as error:
                said = error.response.get("error") if isinstance(error, SlackApiError) else None
                log.error("Slack does not know us yet", extra={"error": type(error).__name__, "slack": said})
                await _pause(self._stop, wait)
                wait = min(wait * 2, 60.0)
                continue
            self.identity = AuthorizeResult.from_auth_test_response(bot_token=self.token, auth_test_response=answer)
            log.info("introduced", extra={"team": self.identity.team_id})
            # Only now, because it is a second's work for the processor: the port is open, and Slack has its answer.
            await self._learn_secrets()
            if isinstance(self.desk.model, RemoteModel):
                self.desk.spawn(self.desk.model.warm_up())
            return

    async def _learn_secrets(self) -> None:
        """Compile the rules that clean people's words, now that the port is open and before they are needed."""
        try:
            await asyncio.to_thread(self.desk.knowledge.secrets.get)
        except KnowledgeFaults as faults:
            log.error(
                "no words are taken: rules of secrets are broken",
                extra={"faults": [str(each) for each in faults.faults]},
            )

    async def _keep_delivering(self) -> None:
        """Send what came due, and what a crash left unsent; forget keys and questions that are old enough."""
        took_over = not self.alone
        forgot_at = datetime.min.replace(tzinfo=UTC)
        while not self._stop.is_set():
            try:
                now = self.desk.now()
                if not took_over:  # whatever is claimed since before our start was claimed by a process that is gone
                    await self.desk.store.act(_let_go, now, self.started_at)
                    took_over = True
                if now - forgot_at > timedelta(hours=1):
                    await self.desk.store.act(_forget, now)
                    forgot_at = now
                due = await self.desk.store.read(_next_due)
                if due is not None and due <= now and await deliver_due(self.desk, self.messenger):
                    continue
            except Exception:
                log.exception("looking for due notices failed")
            await _pause(self._stop, LOOK_EVERY)


def build_bot(
    access: SlackAccess,
    *,
    database: str,
    audit_key: bytes,
    knowledge: Knowledge,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    digest: DigestPlan = DigestPlan(),  # noqa: B008 - it is frozen
    model: Model = Absent(),  # noqa: B008 - it holds nothing
    model_use: Use = Use.ALL,
    link_hosts: Collection[str] = (),
) -> Bot:
    """Put a bot together over a migrated database. To be called inside the running loop."""
    # The time limit belongs to the session: the client's own is not heeded once it is handed one.
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60),
        timeout=aiohttp.ClientTimeout(total=10),
        cookie_jar=aiohttp.DummyCookieJar(),  # Slack knows us by the token alone
    )
    client = AsyncWebClient(token=access.token, base_url=access.api_url, session=session, retry_handlers=[])
    bot: Bot
    store = open_store(database, audit_key=audit_key)
    if isinstance(model, RemoteModel):
        model.keep_in(InStore(store), now=now)
    directory = SlackDirectory(client, access.leads, access.ciso, lambda: _team(bot), time.monotonic)
    desk = Desk(
        store,
        knowledge,
        directory,
        ChannelId(access.security_channel),
        now,
        lambda: secrets.token_urlsafe(16),
        model,
        model_use,
        digest,
        ChannelId(access.digest_channel) if access.digest_channel else None,
    )
    addresses = Addresses(session, access.loopback)
    messenger = SlackMessenger(client, addresses, directory, knowledge, now, frozenset(link_hosts))

    async def deliver(owed: list[Owed], via: Via | None, saved: Mapping[ReviewId, Review]) -> None:
        await deliver_all(desk, messenger, owed, via, saved)

    desk.deliver.append(deliver)
    desk.streams.append(SlackStreams(client))
    app = build_app(desk, client, addresses, lambda: bot.identity)

    async def ready() -> Ready:
        return await _ready(bot, store)

    door = Door(app, signing_secret=access.signing_secret, ready=ready)
    alone = database.startswith("sqlite")
    bot = Bot(desk, app, client, messenger, door, session, access.token, now(), alone, Scheduler(desk))
    return bot


def _team(bot: Bot) -> str:
    return (bot.identity.team_id or "") if bot.identity else ""


async def _ready(bot: Bot, store: Store) -> Ready:
    missing = [] if bot.identity else ["slack: not reached yet"]
    if bot.desk.knowledge.secrets.compiled is None:
        missing.append("secrets: the rules are not read yet, or broken")
    try:
        await store.read(_next_due)
    except Exception as error:
        log.warning("not ready", extra={"error": type(error).__name__})
        missing.append("database: not available")
    return Ready(not missing, tuple(missing))


def _next_due(work: Work) -> datetime | None:
    return work.notices.next_due()


def _let_go(work: Work, at: datetime, started_at: datetime) -> None:
    work.notices.let_go(at, held_until=started_at + LEASE)
    work.due.let_go(at, held_until=started_at + LOOKED_AT_FOR)


def _forget(work: Work, now: datetime) -> None:
    work.inbox.forget(now - KEPT_KEYS_FOR)
    forget_questions(work, now)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
