"""A desk whose clock is moved by hand, and a pretended Slack that keeps what it was told. It asserts nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.domain.client import Cadence, Client, Series
from bot.domain.client_review import Occurrence
from bot.domain.due import DueKind
from bot.domain.ids import ChannelId, ClientId, PersonId, SeriesId, UserId
from bot.domain.notice import Owed
from bot.domain.roster import Roster
from bot.knowledge import default_folder, load_knowledge
from bot.llm.absent import Absent
from bot.slack.delivery import render
from bot.store.client_tables import due as due_rows
from bot.store.database import Store, open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.notices import deliver_due
from bot.use_cases.ports import Delivered, DirectoryUnavailable, Person, Sent, Via
from bot.use_cases.timetable import tick
from tests.domain.rhythms import TUE, a_rhythm, a_series

KNOWLEDGE = load_knowledge(default_folder())
KEY = b"audit key of a test"
SECURITY = ChannelId("C0SECURITY")
HOST, STAND_IN, OWNER, CISO = UserId("U0HOST"), UserId("U0STANDIN"), UserId("U0OWNER"), UserId("U0CISO")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a day and an hour before the first review below, in Berlin
MINUTE = timedelta(minutes=1)


@dataclass
class People:
    """The directory: everybody is a full member, and lives where it is said."""

    zones: dict[str, str] = field(default_factory=dict)
    gone: bool = False

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        if self.gone:
            raise DirectoryUnavailable
        return Person(user, PersonId(user), True, self.zones.get(user, "Europe/Berlin"))

    async def persons(self, users: Iterable[UserId]) -> Mapping[UserId, PersonId]:
        return {user: PersonId(user) for user in users}

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({UserId("U0LEA"), UserId("U0LOU")})

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        if self.gone:
            raise DirectoryUnavailable
        return frozenset({CISO})

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        return Roster(await self.security_leads(), {}), Roster(await self.cisos(), {})

    async def is_internal(self, channel: ChannelId) -> bool:
        return True


@dataclass(frozen=True)
class Message:
    """What somebody was shown: where, by which notice, in which words, and when."""

    to: str
    key: str
    text: str
    at: datetime


@dataclass
class Slack:
    """Keeps every message; one that may have arrived is looked for by its key, as the real messenger does."""

    now: Any
    posts: list[Message] = field(default_factory=list)
    updates: list[Message] = field(default_factory=list)

    async def send(self, owed: Owed, telling: object, *, via: Via | None = None) -> Delivered:
        notice = owed.notice
        card = render(telling, notice.kind, KNOWLEDGE)
        message = Message(notice.to.channel, notice.key, str(card["text"]), self.now())
        if owed.posted_ts and owed.posted_channel:
            self.updates.append(message)
            return Sent(owed.posted_channel, owed.posted_ts)
        there = [n for n, each in enumerate(self.posts, 1) if (each.to, each.key) == (message.to, message.key)]
        if owed.doubtful and there:
            return Sent(notice.to.channel, str(there[0]))
        self.posts.append(message)
        return Sent(notice.to.channel, str(len(self.posts)))

    def to(self, channel: str) -> list[str]:
        """The words posted to one channel or person, in order."""
        return [each.text for each in self.posts if each.to == channel]

    def keys(self, prefix: str = "") -> list[str]:
        return [each.key for each in self.posts if each.key.startswith(prefix)]


@dataclass
class Clockwork:
    """The store, the people, and a clock that only moves when it is told to."""

    store: Store
    at: datetime = MONDAY
    people: People = field(default_factory=People)

    def __post_init__(self) -> None:
        self.slack = Slack(lambda: self.at)
        numbers = count(1)
        self.desk = Desk(
            self.store, KNOWLEDGE, self.people, SECURITY, lambda: self.at, lambda: f"id-{next(numbers):05d}", Absent()
        )

    async def act(self, fn: Any, *args: Any) -> Any:
        return await self.desk.act(fn, *args)

    async def add(self, series: Series | None = None, client: Client | None = None) -> Series:
        """A client with its series, to be planned at the next look."""
        client = client or a_client()
        series = replace(series or weekly(), client=client.id)

        def put(work: Work) -> None:
            work.clients.add(client, self.at)
            work.series.add(series, self.at)
            work.due.put(DueKind.SERIES, series.id, self.at)

        await self.store.act(put)
        return series

    async def look(self) -> int:
        """One look at what is due, and everything sent that can be sent now."""
        looked = await tick(self.desk)
        await self.deliver()
        return looked

    async def deliver(self) -> None:
        for _ in range(10_000):
            if not await deliver_due(self.desk, self.slack):
                return
        raise AssertionError("it never ends")

    async def live_until(self, moment: datetime) -> None:
        """Let time pass with a look at each full minute at which something is due, as if one were made each minute."""
        while True:
            await self.look()
            following = await self.next_moment()
            if following is None or following > moment:
                self.at = max(self.at, moment)
                return
            minutes = -(-(following - MONDAY) // MINUTE)
            self.at = max(self.at + MINUTE, MONDAY + minutes * MINUTE)

    async def next_moment(self) -> datetime | None:
        def earliest(work: Work) -> datetime | None:
            found = [work.connection.execute(select(func.min(due_rows.c.next_at))).scalar_one()]
            found.append(work.notices.next_due())
            return min((each for each in found if each is not None), default=None)

        return await self.store.read(earliest)

    async def reviews(self, client: str = "CL1") -> list[Occurrence]:
        """The client's reviews, the first one first."""
        found = await self.store.read(lambda work: work.occurrences.of_client(ClientId(client), limit=500))
        return list(reversed(found))

    async def change(self, occurrence: Occurrence, **fields: Any) -> Occurrence:
        """Somebody does something with a review."""
        changed = replace(occurrence, version=occurrence.version + 1, **fields)

        def save(act: Acting) -> None:
            before = act.work.occurrences.locked(occurrence.id)
            act.work.occurrences.save(changed, before, act.at)
            act.work.due.put(DueKind.OCCURRENCE, occurrence.id, act.at)

        await self.desk.act(save)
        return changed


def a_client(name: str = "Acme Bank", client_id: str = "CL1", **fields: Any) -> Client:
    told: dict[str, Any] = {"channel": ChannelId(f"C0{client_id}"), "zone": "Europe/Berlin", "account_owner": OWNER}
    return Client(ClientId(client_id), name, **(told | fields))


def weekly(series_id: str = "S1", **fields: Any) -> Series:
    """Every Tuesday at ten in Berlin, from the day after the clock starts."""
    rhythm = a_rhythm(Cadence.WEEKLY, TUE, at=time(10), starts_on=date(2026, 11, 24))
    told: dict[str, Any] = {"host": HOST, "stand_in": STAND_IN, "rhythm": rhythm, "id": SeriesId(series_id)}
    return a_series(**(told | fields))


@asynccontextmanager
async def clockwork(folder: Path) -> AsyncIterator[Clockwork]:
    url = f"sqlite:///{folder / 'clock.sqlite3'}"
    migrate(url)
    store = open_store(url, audit_key=KEY)
    yield Clockwork(store)
    await store.close()
