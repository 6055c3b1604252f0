"""The desk every use case works at: store, knowledge, directory, clock. Frozen and typed; it decides nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from bot.domain.audit import BOT, AuditEvent, Tag
from bot.domain.bank import QuestionBank
from bot.domain.digest import DigestPlan
from bot.domain.ids import ChannelId, ReviewId
from bot.domain.model_use import Use
from bot.domain.notice import Notice, Owed
from bot.domain.policy import Policy
from bot.domain.review import Review
from bot.knowledge import Knowledge
from bot.store.database import Store
from bot.store.work import Work
from bot.use_cases.marks import Marks
from bot.use_cases.ports import Directory, Model, Streams, Via

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Long enough for a slow Slack call with its look-up, short enough that a crash is made good within half a minute.
LEASE: Final = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class Came:
    """By which payload an act was asked for: the key that makes it happen once, and a digest of what it said."""

    key: str
    digest: str


class Repeated(Exception):
    """Slack sent this before and it was done then. Nothing is to be done, and nobody is to be told anything."""


@dataclass(slots=True)
class Acting:
    """One act while its transaction is open: the work, the time it happens at, and the notices it owes."""

    work: Work
    at: datetime
    desk: Desk
    owed: list[Owed]  # claimed by this act
    owing: list[Notice] = field(default_factory=list)

    @property
    def bank(self) -> QuestionBank:
        return self.desk.knowledge.bank

    @property
    def policy(self) -> Policy:
        return self.desk.knowledge.policy

    @property
    def today(self) -> date:
        return self.at.date()

    def once(self, came: Came | None) -> None:
        """Write the payload's key; a repeat ends the act here, having changed nothing."""
        if came is not None and not self.work.inbox.first(came.key, came.digest, self.at):
            raise Repeated

    def owe(self, *notices: Notice) -> None:
        """Owe messages; they are written at the act's end."""
        self.owing += notices

    def take(self, key: str) -> None:
        """Claim one that is owed already, to be delivered when this act is committed."""
        if (claimed := self.work.notices.claim_one(key, self.at, LEASE)) is not None:
            self.owed.append(claimed)

    def owe_later(self, *notices: Notice, not_before: datetime | None = None) -> None:
        """Owe messages and leave them to whoever looks next for what is due: for many at once, and for later ones."""
        for notice in notices:
            self.work.notices.owe(notice, self.at, not_before=not_before)

    def finish(self) -> None:
        """Write what is owed, and claim it for this process at once, which spares a second look for it."""
        # In one order for all, so that no two transactions ever wait for each other's notices in a ring.
        for notice in sorted(self.owing, key=lambda notice: notice.key):
            if (claimed := self.work.notices.owe_claimed(notice, self.at, LEASE)) is not None:
                self.owed.append(claimed)

    def record(self, tag: Tag, about: str, *, by: str = BOT, **facts: str | int | bool | None) -> None:
        self.work.audit.add(AuditEvent(tag, self.at, by, about, facts))


# What to deliver, the way to the clicked message, and the reviews as the act left them.
Deliver = Callable[[list[Owed], Via | None, Mapping[ReviewId, Review]], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Desk:
    """Everything a use case may touch."""

    store: Store
    knowledge: Knowledge
    directory: Directory
    security_channel: ChannelId
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    model: Model
    model_use: Use = Use.ALL  # while the security leads have switched nothing
    digest: DigestPlan = field(default_factory=DigestPlan)
    digest_channel: ChannelId | None = None  # None: the security channel
    deliver: list[Deliver] = field(default_factory=list)  # filled by wiring, once somebody delivers
    streams: list[Streams] = field(default_factory=list)  # the same, for direct messages that grow in view
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    marks: Marks = field(default_factory=Marks)

    @property
    def company_zone(self) -> str:
        """The company's own time zone: of reminders in channels, and of the digest."""
        return self.digest.zone

    async def act(self, fn: Callable[Concatenate[Acting, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one act in one transaction, then set off what it owes."""
        return await self.act_via(None, fn, *args, **kwargs)

    async def act_via(
        self, via: Via | None, fn: Callable[Concatenate[Acting, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for a click, whose own card is best brought up to date through its response address."""
        owed: list[Owed] = []
        saved: dict[ReviewId, Review] = {}
        at = self.now()

        def run(work: Work) -> T:
            owed.clear()  # a retried transaction starts from nothing
            saved.clear()
            acting = Acting(work, at, self, owed)
            result = fn(acting, *args, **kwargs)
            acting.finish()
            saved.update(work.reviews.saved)
            return result

        result = await self.store.act(run)
        self.nudge(owed, via, saved)
        return result

    async def read(self, fn: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Look something up without changing anything."""
        return await self.store.read(fn, *args, **kwargs)

    def nudge(self, owed: list[Owed], via: Via | None, saved: Mapping[ReviewId, Review]) -> None:
        """Deliver claimed notices now, on a task of their own: nobody waits for Slack inside a listener."""
        if owed and self.deliver:
            self.spawn(self.deliver[0](owed, via, saved))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a background task that is kept until it ends, and whose failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("background task failed", exc_info=error)
