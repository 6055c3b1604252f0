"""What a look at the clock costs: with nothing due among a hundred series and a million, and with 10,000 reviews due.

In this process, over the real store; Slack is a list that takes every message at once.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import create_engine, text

from bot.domain.calendar import Slot
from bot.domain.client_review import Occurrence
from bot.domain.due import DueKind
from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.domain.notice import NoticeKind, Owed
from bot.domain.occurrence_clock import planned_from
from bot.knowledge import Knowledge
from bot.llm.absent import Absent
from bot.store.client_spelling import series_text
from bot.store.columns import utc_text
from bot.store.database import Store, open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases.desk import Desk
from bot.use_cases.notices import deliver_due
from bot.use_cases.ports import Delivered, Sent, Via
from bot.use_cases.timetable import tick
from tests import postgres
from tests.bench.figures import Figure, percentile
from tests.use_cases.clockwork import People, a_client, weekly

FEW: Final = 100
MANY: Final = 1_000_000
DUE: Final = 10_000
IDLE_LOOKS: Final = 400
NOW: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OWED_WITHIN: Final = 60.0
DELIVERED: Final = 400  # of the less urgent ones, whose packs are worked out one by one
KEY: Final = b"audit key of the bench"


def look_costs(knowledge: Knowledge, engines: list[str], *, quick: bool) -> tuple[list[Figure], dict[str, Any]]:
    """Measure (g)."""
    many, due = (MANY // 10, DUE // 10) if quick else (MANY, DUE)
    figures: list[Figure] = []
    raw: dict[str, Any] = {}
    for engine in engines:
        with _databases(engine) as new:
            figures += asyncio.run(_idle(knowledge, engine, [new() for _ in range(2)], many, raw))
            figures += asyncio.run(_rush(knowledge, engine, new(), due, raw))
    return figures, {"clock": raw}


@contextmanager
def _databases(engine: str) -> Iterator[Any]:
    """Somewhere to make empty, migrated databases, gone afterwards."""
    numbers = itertools.count(1)
    if engine == "postgresql":
        with postgres.running() as server:

            def one_more() -> str:
                url = server.new_database()
                migrate(url)
                return url

            yield one_more
        return
    place = Path(tempfile.mkdtemp(prefix="preflight-bench-"))

    def another() -> str:
        url = f"sqlite:///{place / f'clock-{next(numbers)}.sqlite3'}"
        migrate(url)
        return url

    try:
        yield another
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _desk(store: Store, knowledge: Knowledge, at: list[datetime]) -> Desk:
    ids = (f"id-{n}" for n in itertools.count(1))
    return Desk(store, knowledge, People(), ChannelId("C0SECURITY"), lambda: at[0], lambda: next(ids), Absent())


# --- nothing due ------------------------------------------------------------------------------------------------------


async def _idle(knowledge: Knowledge, engine: str, urls: list[str], many: int, raw: dict[str, Any]) -> list[Figure]:
    """Look after look at both in turn, so that whatever else the machine does falls on both alike."""
    for url, number in zip(urls, (FEW, many), strict=True):
        await asyncio.to_thread(_fill, url, number)
    stores = [open_store(url, audit_key=KEY) for url in urls]
    desks = [_desk(store, knowledge, [NOW]) for store in stores]
    times: list[list[float]] = [[], []]
    for turn in range(IDLE_LOOKS + 20):
        # Now this one first, now the other: whoever comes second finds the machine warmer, or busier.
        for desk, taken in sorted(zip(desks, times, strict=True), key=lambda pair: pair[1] is times[turn % 2]):
            begun = time.perf_counter()
            assert await tick(desk) == 0
            if turn >= 20:
                taken.append(time.perf_counter() - begun)
    for store in stores:
        await store.close()
    few, lots = times
    ratio = median(lots) / median(few)
    raw[f"idle, {engine}"] = times
    return [
        Figure("g", f"{engine}: a look with nothing due, {FEW} series: p50 / p99", _ms(few), None),
        Figure("g", f"{engine}: the same, {many:,} series: p50 / p99", _ms(lots), None),
        Figure("g", f"{engine}: many / few, by the median", f"{ratio:.2f}", ratio <= 1.5, "<= 1.5"),
    ]


def _fill(url: str, number: int) -> None:
    """So many clients with a series each, planned, the next look at series and review some time in the next weeks."""
    sqlite = url.startswith("sqlite")
    last = {"last": number - 1, "now": utc_text(NOW) if sqlite else NOW, "content": series_text(weekly())}
    if sqlite:
        numbers = "(WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM g WHERE n < :last) SELECT n FROM g)"
        later = "strftime('%Y-%m-%dT%H:%M:%S', :now, (1 + n % 40000) || ' minutes') || '.000000+00:00'"
    else:
        numbers = "(SELECT generate_series(0, :last) AS n) AS g"
        later = "CAST(:now AS timestamptz) + (1 + n % 40000) * interval '1 minute'"
    people = "'U0HOST', 'U0STANDIN'"
    statements = (
        "INSERT INTO clients (id, name, account_owner, zone, frameworks, version, created_at, updated_at) "
        f"SELECT 'id-' || n, 'Client ' || n, 'U0OWNER', 'Europe/Berlin', '[]', 0, :now, :now FROM {numbers}",
        "INSERT INTO series (id, client_id, host, stand_in, planned_until, version, content, updated_at) "
        f"SELECT 'id-' || n, 'id-' || n, {people}, '2026-12-29', 0, :content, :now FROM {numbers}",
        *(
            "INSERT INTO due (kind, about, due_at, next_at, urgency, fence) "
            f"SELECT '{kind}', 'id-' || n, {later}, {later}, {kind.urgency}, 0 FROM {numbers}"
            for kind in (DueKind.SERIES, DueKind.OCCURRENCE)
        ),
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            date_of = statement if sqlite else statement.replace("'2026-12-29'", "CAST('2026-12-29' AS date)")
            wanted = {name: value for name, value in last.items() if f":{name}" in date_of}
            connection.execute(text(date_of), wanted)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
        if not sqlite:
            connection.exec_driver_sql("CHECKPOINT")  # or the server would write all that down while we measure
    engine.dispose()


# --- everything at once -----------------------------------------------------------------------------------------------


class _List:
    """A Slack that takes everything at once and remembers in which order it came."""

    def __init__(self) -> None:
        self.kinds: list[NoticeKind] = []

    async def send(self, owed: Owed, telling: object, *, via: Via | None = None) -> Delivered:
        self.kinds.append(owed.notice.kind)
        return Sent(owed.notice.to.channel, str(len(self.kinds)))


async def _rush(knowledge: Knowledge, engine: str, url: str, number: int, raw: dict[str, Any]) -> list[Figure]:
    """Half of the reviews start this minute, half want their pack; one look owes all, then they are sent."""
    store, at = open_store(url, audit_key=KEY), [NOW]
    for first in range(0, number, 1_000):
        await store.act(_put, range(first, min(first + 1_000, number)))
    desk, slack = _desk(store, knowledge, at), _List()
    begun = time.perf_counter()
    looked = await tick(desk)
    owing = time.perf_counter() - begun
    owed = await desk.read(lambda work: work.notices.due_count())
    begun = time.perf_counter()
    while len(slack.kinds) < number // 2 + DELIVERED and await deliver_due(desk, slack):
        at[0] += timedelta(seconds=1)
    sending = time.perf_counter() - begun
    await store.close()
    urgent = slack.kinds[: number // 2]
    in_order = set(urgent) == {NoticeKind.REVIEW_NOW} and NoticeKind.REVIEW_NOW not in slack.kinds[number // 2 :]
    raw[f"rush, {engine}"] = {"owing": owing, "sending": sending, "sent": len(slack.kinds)}
    rate = len(slack.kinds) / sending
    return [
        Figure(
            "g",
            f"{engine}: {number:,} reviews due in one minute, all owed",
            f"{owing:.1f} s",
            owing <= OWED_WITHIN,
            "<= 60 s",
        ),
        Figure("g", f"{engine}: looked at / owed", f"{looked:,} / {owed:,}", (looked, owed) == (number, number)),
        Figure("g", f"{engine}: sent, where Slack takes all at once", f"{rate:.0f} a second", None),
        Figure("g", f"{engine}: the most urgent first", "yes" if in_order else "no", in_order),
    ]


def _put(work: Work, numbers: range) -> None:
    for n in numbers:
        client = a_client(f"Client {n}", f"CL{n}", channel=ChannelId(f"C0CL{n}"))
        series = replace(weekly(f"S{n}"), client=client.id, host=UserId(f"U0HOST{n // 4}"))
        series = replace(series, planned_until=date(2026, 12, 29))
        work.clients.add(client, NOW)
        work.series.add(series, NOW)
        work.occurrences.add(_review(series, n), NOW)
        work.due.put(DueKind.OCCURRENCE, f"O{n}", NOW)


def _review(series: Any, n: int) -> Occurrence:
    starts_now = n % 2 == 0
    start_at = NOW if starts_now else NOW + timedelta(hours=24)
    review = planned_from(series, Slot(start_at.date(), start_at.date(), start_at), OccurrenceId(f"O{n}"))
    # Whose review starts now, their pack came yesterday.
    return replace(review, packed_at=NOW - timedelta(hours=24)) if starts_now else review


def _ms(times: list[float]) -> str:
    return f"{median(times) * 1e3:.2f} / {percentile(times, 99) * 1e3:.2f} ms"
