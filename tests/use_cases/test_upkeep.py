"""Looks at what waits while others look too, while people act, and while the clock jumps: on both engines."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.domain.audit import Tag
from bot.domain.decision import Condition, Decision, Standing, standing
from bot.domain.due import DueKind
from bot.domain.ids import DecisionId, ReviewId, UserId
from bot.domain.review import Stage
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases.conditions import Which, close_condition, restore_decision
from bot.use_cases.desk import Came
from bot.use_cases.timetable import tick
from tests import postgres
from tests.store.samples import ANA, a_decision, a_review, a_submitted_review, put_review
from tests.use_cases.clockwork import KEY, Clockwork

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday morning in Berlin and by the company's clock
TODAY = NOW.date()
MANY = 20
LEA = UserId("U0LEA")


@dataclass
class Pair:
    """Two processes on one database; on SQLite, which one process serves alone, two desks in it."""

    one: Clockwork
    two: Clockwork

    def at(self, moment: datetime) -> None:
        self.one.at = self.two.at = moment

    async def tick_both(self) -> None:
        await asyncio.gather(tick(self.one.desk), tick(self.two.desk))
        await self.one.deliver()

    async def look(self) -> list[str]:
        """One look, and the keys of what was newly said."""
        before = len(self.one.slack.posts)
        await tick(self.one.desk)
        await self.one.deliver()
        return [each.key for each in self.one.slack.posts[before:]]

    async def tags(self) -> list[tuple[str, str]]:
        return await self.one.store.read(
            lambda work: [(entry.event.tag.value, entry.event.about) for entry in work.audit.all()]
        )

    async def decisions(self) -> list[Decision]:
        return await self.one.store.read(lambda work: list(work.decisions.all()))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'upkeep.sqlite3'}"
        await asyncio.to_thread(migrate, url)
        store = open_store(url, audit_key=KEY)
        yield Pair(Clockwork(store, NOW), Clockwork(store, NOW))
        await store.close()
        return
    with postgres.running() as server:
        url = server.new_database()
        await asyncio.to_thread(migrate, url)
        first, second = open_store(url, audit_key=KEY), open_store(url, audit_key=KEY)
        yield Pair(Clockwork(first, NOW), Clockwork(second, NOW))
        await asyncio.gather(first.close(), second.close())


def put_decided(work: Work, name: str, due_on: date | None, until: date = TODAY + timedelta(days=90)) -> None:
    put_review(work, a_submitted_review(name, stage=Stage.DECIDED))
    conditions = (Condition("Do it.", None, 3, ANA, due_on),) if due_on else ()
    decided_at = NOW - timedelta(days=60)
    decision = a_decision(name, conditions=conditions, signatures=(), decided_at=decided_at, valid_until=until)
    work.decisions.add(decision)
    work.due.put(DueKind.DECISION, decision.id, NOW)


async def put_many(pair: Pair, due_on: date) -> None:
    def put(work: Work) -> None:
        for number in range(MANY):
            put_decided(work, f"{number:02}", due_on)

    await pair.one.store.act(put)


def came(_numbers: count[int] = count()) -> Came:  # noqa: B008 - one row of numbers for all
    return Came(f"test:{next(_numbers)}", "test")


async def test_two_processes_that_look_at_once_suspend_each_decision_once(pair: Pair) -> None:
    await put_many(pair, TODAY - timedelta(days=14))
    await pair.tick_both()
    assert Counter(await pair.tags()) == Counter({("decision:suspend", f"D_{n:02}"): 1 for n in range(MANY)})
    said = Counter(key.split(":")[1] for key in pair.one.slack.keys("suspended:"))
    assert said == Counter({f"D_{n:02}": 3 for n in range(MANY)})  # the team's thread, its requester, the leads
    assert isinstance(await pair.one.store.read(verify, KEY), Intact)


async def test_who_closes_a_condition_while_it_is_looked_at_is_heard_or_restored_but_never_lost(pair: Pair) -> None:
    await put_many(pair, TODAY - timedelta(days=14))
    closes = [
        close_condition(pair.two.desk, came(), Which(DecisionId(f"D_{n:02}"), 0), by=ANA, evidence="It is on.")
        for n in range(MANY)
    ]
    await asyncio.gather(tick(pair.one.desk), *closes)
    tags = await pair.tags()
    closed = [about for tag, about in tags if tag == Tag.CONDITION_CLOSE]
    assert sorted(closed) == [f"D_{n:02}" for n in range(MANY)]
    for about in closed:
        mine = [tag for tag, each in tags if each == about]
        # Closed first, it is not suspended any more; suspended first, it can be restored.
        assert mine in (["condition:close"], ["decision:suspend", "condition:close"])
    for decision in await pair.decisions():
        if standing(decision, today=TODAY) is Standing.SUSPENDED:
            await restore_decision(pair.one.desk, came(), decision.id, by=LEA, reason="It is on.")
    assert all(standing(each, today=TODAY) is Standing.VALID for each in await pair.decisions())


async def test_what_was_looked_at_is_looked_at_again_when_somebody_closed_or_restored(pair: Pair) -> None:
    await put_many(pair, TODAY - timedelta(days=14))
    await pair.look()
    first = DecisionId("D_00")
    await restore_decision(pair.one.desk, came(), first, by=LEA, reason="They were ill.")
    await pair.one.deliver()
    pair.at(NOW + timedelta(days=7))
    assert await pair.look() == [f"condition_late:D_00:{(NOW + timedelta(days=7)).date()}"]
    pair.at(NOW + timedelta(days=14))
    again = [key for key in await pair.look() if key.startswith("suspended:")]
    assert {key.split(":")[1] for key in again} == {first}


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)])
async def test_a_jump_of_the_clock_says_nothing_twice_and_loses_nothing(pair: Pair, jump: timedelta) -> None:
    def put(work: Work) -> None:
        put_decided(work, "late", TODAY - timedelta(days=1))
        put_decided(work, "ends", None, until=TODAY + timedelta(days=14))
        put_review(work, a_submitted_review("waits", submitted_at=NOW - timedelta(days=1)))
        work.reviews.add(a_review("lies"), NOW - timedelta(days=2))
        for name in ("waits", "lies"):
            work.due.put(DueKind.REVIEW, ReviewId(f"R_{name}"), NOW)

    await pair.one.store.act(put)
    said = await pair.look()
    assert sorted(key.split(":")[0] for key in said) == ["conditions", "expiring", "sign_off_waits", "stalled"]
    pair.at(NOW + jump)
    said += await pair.look()
    pair.at(NOW + timedelta(minutes=1))
    said += await pair.look()
    assert Counter(said).most_common(1)[0][1] == 1
    # A day ahead, what is due then is said then; back again, nothing is.
    later = {"sign_off_waits"} if jump == timedelta(days=1) else set()
    assert Counter(key.split(":")[0] for key in said) == Counter(
        {kind: 1 + (kind in later) for kind in ("conditions", "expiring", "sign_off_waits", "stalled")}
    )


async def test_what_is_replaced_or_gone_is_looked_at_no_more(pair: Pair) -> None:
    def put(work: Work) -> None:
        put_decided(work, "old", TODAY - timedelta(days=14))
        put_decided(work, "new", None)
        work.decisions.supersede(DecisionId("D_old"), DecisionId("D_new"))
        work.due.put(DueKind.DECISION, "D_nobody", NOW)
        work.due.put(DueKind.REVIEW, "R_nobody", NOW)
        work.due.put(DueKind.ACTIONS, "U0NOBODY", NOW)

    await pair.one.store.act(put)
    assert await pair.look() == []
    pair.at(NOW + timedelta(days=400))
    rest = await pair.one.store.act(lambda work: work.due.claim(pair.one.at, timedelta(seconds=1), 99))
    assert {each.about for each in rest} == {"D_new"}
