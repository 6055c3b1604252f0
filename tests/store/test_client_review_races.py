"""Client reviews when several people press at once, on both engines: nothing lost, nothing twice, nothing stuck."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain import meeting
from bot.domain.client import Cadence, SideOf
from bot.domain.client_review import Occurrence, Outcome, Presence, State
from bot.domain.refused import Refused
from bot.domain.register import ClientDraft, SeriesDraft
from bot.store.database import Store
from bot.store.work import Work
from bot.use_cases import client_reviews, clients, meetings
from bot.use_cases.clients import Filled, Reviews
from bot.use_cases.desk import Came, Repeated
from tests.domain.rhythms import TUE, a_rhythm
from tests.use_cases.clockwork import HOST, OWNER, SECURITY, STAND_IN, Clockwork

DAY = timedelta(days=1)
CLOSING = meeting.Closing(Outcome.CALM, date(2026, 12, 1))


@pytest.fixture
async def clock(store: Store) -> Clockwork:
    """A client whose first review starts now, with its pack posted."""
    made = Clockwork(store)
    await made.add()
    await made.look()
    made.at = (await made.reviews())[0].start_at
    await made.look()
    return made


def came(name: str) -> Came:
    return Came(f"click:{name}", name)


async def started(clock: Clockwork) -> Occurrence:
    first = (await clock.reviews())[0]
    await client_reviews.start(clock.desk, came("start"), occurrence=first.id, by=HOST)
    await settle(clock)
    return (await clock.reviews())[0]


async def settle(clock: Clockwork) -> None:
    """Send what was owed: nobody took it along, so it waits until the claim on it has run out."""
    clock.at += timedelta(seconds=30)
    await clock.deliver()


async def all_of(*acts: Any) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


def there(clock: Clockwork, occurrence: Occurrence, name: str) -> Any:
    return client_reviews.close(
        clock.desk,
        came(name),
        occurrence=occurrence.id,
        by=HOST,
        closing=CLOSING,
        presence={HOST: Presence.PRESENT, "Dana": Presence.PRESENT},
    )


async def test_notes_of_many_at_once_are_all_there(clock: Clockwork) -> None:
    occurrence = await started(clock)
    results = await all_of(
        *(
            meetings.add_note(
                clock.desk, came(f"n{n}"), occurrence=occurrence.id, by=STAND_IN, item="own", text=f"note {n}"
            )
            for n in range(12)
        )
    )
    assert [each for each in results if isinstance(each, BaseException)] == []
    notes = (await clock.reviews())[0].items[-1].notes
    assert {note.text for note in notes} == {f"note {n}" for n in range(12)}


async def test_the_same_press_twice_counts_once(clock: Clockwork) -> None:
    occurrence = await started(clock)
    wanted = meetings.NewAction("Send it", SideOf.CLIENTS, "Dana", occurrence.on + DAY)
    results = await all_of(
        *(
            meetings.add_action(clock.desk, came("same"), occurrence=occurrence.id, by=HOST, wanted=wanted)
            for _ in range(4)
        )
    )
    assert sum(isinstance(each, Repeated) for each in results) == 3
    assert len(await clock.store.read(lambda work: work.actions.open_of_client(occurrence.client))) == 1


async def test_two_who_give_a_host_a_review_at_once_wait_for_each_other(store: Store) -> None:
    entered, go_on, order = threading.Event(), threading.Event(), list[str]()

    def first(work: Work) -> None:
        work.series.in_turn(HOST)
        entered.set()
        assert go_on.wait(30)
        order.append("first")

    def second(work: Work) -> None:
        work.series.in_turn(HOST)
        order.append("second")

    one = asyncio.create_task(store.act(first))
    assert await asyncio.to_thread(entered.wait, 30)
    two = asyncio.create_task(store.act(second))
    await asyncio.wait({two}, timeout=0.5)  # what would not wait is over long before
    go_on.set()
    await asyncio.gather(one, two)
    assert order == ["first", "second"]


async def test_of_two_clients_entered_at_once_for_one_hour_of_a_host_one_is_asked_about(store: Store) -> None:
    desk = Clockwork(store).desk
    series = SeriesDraft(a_rhythm(Cadence.WEEKLY, TUE), 30, HOST, STAND_IN)
    results = await all_of(
        *(
            clients.save(desk, came(name), by=HOST, filled=Filled(client, Reviews.SERIES, series))
            for name in ("Northwind", "Fabrikam")
            for client in [ClientDraft(name, OWNER, "Europe/Berlin")]
        )
    )
    assert sorted(type(each).__name__ for each in results) == ["NeedsConfirming", "Saved"]


async def test_two_who_start_at_once_freeze_one_pack(clock: Clockwork) -> None:
    first = (await clock.reviews())[0]
    results = await all_of(
        *(
            client_reviews.start(clock.desk, came(f"s{n}"), occurrence=first.id, by=by)
            for n, by in enumerate((HOST, STAND_IN, HOST))
        )
    )
    assert [each for each in results if isinstance(each, BaseException)] == []
    await settle(clock)
    assert len(clock.slack.keys("meeting:")) == 1
    starts = await clock.store.read(
        lambda work: [entry for entry in work.audit.all() if entry.event.tag == "client_review:start"]
    )
    assert len(starts) == 1


async def test_two_who_close_at_once_close_once_and_actions_age_once(clock: Clockwork) -> None:
    occurrence = await started(clock)
    action = meetings.NewAction("Send it", SideOf.OURS, HOST, occurrence.on + DAY)
    await meetings.add_action(clock.desk, came("a"), occurrence=occurrence.id, by=HOST, wanted=action)
    assert not isinstance(await there(clock, occurrence, "c0"), BaseException)
    clock.at += 7 * DAY
    await clock.look()
    second = (await clock.reviews())[1]
    await client_reviews.start(clock.desk, came("start 2"), occurrence=second.id, by=HOST)
    closing = replace(CLOSING, next_on=date(2026, 12, 8))

    def close(name: str) -> Any:
        return client_reviews.close(
            clock.desk, came(name), occurrence=second.id, by=HOST, closing=closing, presence={HOST: Presence.PRESENT}
        )

    results = await all_of(close("c1"), close("c2"), close("c3"))
    assert sum(isinstance(each, Refused) for each in results) == 2
    assert sum(isinstance(each, Occurrence) for each in results) == 1
    await settle(clock)
    assert len(clock.slack.keys(f"minutes:{second.id}")) == 1
    (kept,) = await clock.store.read(lambda work: work.actions.open_of_client(second.client))
    assert kept.meetings == 1


async def test_the_clock_and_a_host_at_the_same_moment_do_not_block_each_other(clock: Clockwork) -> None:
    """A look at what is due holds its row and wants the review; a press holds the review and wants the row."""
    occurrence = await started(clock)
    for n in range(6):
        results = await all_of(
            meetings.add_note(clock.desk, came(f"m{n}"), occurrence=occurrence.id, by=HOST, item="own", text=f"{n}"),
            clock.look(),
        )
        assert [each for each in results if isinstance(each, BaseException)] == []
    assert len((await clock.reviews())[0].items[-1].notes) == 6


async def test_one_that_was_not_closed_in_a_day_is_missed_and_goes_on_where_it_was(clock: Clockwork) -> None:
    occurrence = await started(clock)
    await meetings.discussed(clock.desk, came("d"), occurrence=occurrence.id, by=HOST, item="actions")
    clock.at += DAY
    await clock.look()
    missed = (await clock.reviews())[0]
    assert missed.state is State.MISSED
    again = await client_reviews.start(clock.desk, came("again"), occurrence=occurrence.id, by=HOST)
    assert (again.state, again.as_of) == (State.OPEN, occurrence.as_of)
    assert again.items[0].discussed_at is not None
    clock.at += timedelta(minutes=2)
    await clock.look()
    assert (await clock.reviews())[0].state is State.OPEN  # a day to close it, counted from the late start
    assert not isinstance(await there(clock, occurrence, "late"), BaseException)
    assert (await clock.reviews())[0].state is State.HELD


async def test_a_closed_review_asks_nothing_of_anybody_any_more(clock: Clockwork) -> None:
    occurrence = await started(clock)
    await there(clock, occurrence, "c")
    before = len(clock.slack.posts)
    await settle(clock)
    assert {each.key.partition(":")[0] for each in clock.slack.posts[before:]} == {"minutes", "result"}
    clock.at += 3 * DAY
    await clock.look()
    assert not any("missed" in each for each in clock.slack.to(SECURITY))
    assert (await clock.reviews())[0].state is State.HELD
