"""What has to be looked at: claimed by one at a time, most urgent first, and never forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.domain.due import Due, DueKind
from bot.store.database import Store
from tests.store.samples import AT, later

LEASE = timedelta(seconds=30)
REVIEW = DueKind.REVIEW


async def put(store: Store, about: str = "R_1", *, kind: DueKind = REVIEW, seconds: float = 0) -> None:
    await store.act(lambda work: work.due.put(kind, about, later(seconds=seconds)))


async def claim(store: Store, *, seconds: float = 0, limit: int = 10) -> list[Due]:
    return await store.act(lambda work: work.due.claim(later(seconds=seconds), LEASE, limit))


async def ours(store: Store, due: Due) -> bool:
    return await store.act(lambda work: work.due.ours(due))


async def done(store: Store, due: Due, next_at: datetime | None = None) -> bool:
    return await store.act(lambda work: work.due.done(due, next_at))


async def test_what_is_due_is_claimed_with_the_moment_it_was_due_at(store: Store) -> None:
    await put(store)
    (due,) = await claim(store, seconds=3600)
    assert (due.kind, due.about, due.at) == (REVIEW, "R_1", AT)
    assert await ours(store, due)


async def test_what_is_not_due_yet_is_not_claimed(store: Store) -> None:
    await put(store, seconds=10)
    assert await claim(store, seconds=9) == []
    assert len(await claim(store, seconds=10)) == 1


async def test_a_claim_lasts_for_its_lease_and_its_fence_ends_with_it(store: Store) -> None:
    await put(store)
    (late,) = await claim(store)
    assert await claim(store, seconds=29) == []
    (taken,) = await claim(store, seconds=30)
    assert taken.at == AT
    assert not await ours(store, late)
    assert not await done(store, late)
    assert await ours(store, taken)


async def test_what_is_done_is_looked_at_again_at_the_next_moment_or_never(store: Store) -> None:
    await put(store)
    (due,) = await claim(store)
    assert await done(store, due, later(seconds=100))
    assert not await done(store, due)
    assert await claim(store, seconds=99) == []
    (again,) = await claim(store, seconds=100)
    assert again.at == later(seconds=100)
    assert await done(store, again)
    assert await claim(store, seconds=9999) == []


async def test_putting_it_again_moves_it_and_ends_a_claim(store: Store) -> None:
    await put(store)
    (due,) = await claim(store)
    await put(store, seconds=50)
    assert not await ours(store, due)
    assert not await done(store, due, AT)
    assert await claim(store, seconds=49) == []
    assert len(await claim(store, seconds=50)) == 1


async def test_earlier_only_ever_brings_it_forward(store: Store) -> None:
    await put(store, seconds=50)
    await store.act(lambda work: work.due.earlier(REVIEW, "R_1", later(seconds=80)))
    assert await claim(store, seconds=49) == []
    await store.act(lambda work: work.due.earlier(REVIEW, "R_1", later(seconds=20)))
    (due,) = await claim(store, seconds=20)
    assert due.at == later(seconds=20)


async def test_what_became_earlier_while_it_was_looked_at_is_looked_at_again(store: Store) -> None:
    await put(store)
    (due,) = await claim(store, seconds=5)
    await store.act(lambda work: work.due.earlier(REVIEW, "R_1", later(seconds=10)))
    assert not await done(store, due, later(days=7))
    assert len(await claim(store, seconds=10)) == 1


async def test_what_was_dropped_and_put_again_is_not_mistaken_for_the_old_claim(store: Store) -> None:
    await put(store)
    (old,) = await claim(store)
    await store.act(lambda work: work.due.drop(REVIEW, "R_1"))
    assert await claim(store, seconds=999) == []
    await put(store, seconds=1)
    (new,) = await claim(store, seconds=1)
    assert not await ours(store, old)
    assert await ours(store, new)


async def test_the_most_urgent_comes_first_and_no_more_than_asked_for(store: Store) -> None:
    await put(store, "S_1", kind=DueKind.SERIES)
    await put(store, "R_2", seconds=1)
    await put(store, "R_1", seconds=0.5)
    await put(store, "O_1", kind=DueKind.OCCURRENCE, seconds=2)
    assert [due.about for due in await claim(store, seconds=9, limit=3)] == ["O_1", "R_1", "R_2"]
    assert [due.about for due in await claim(store, seconds=9)] == ["S_1"]


async def test_the_same_id_may_be_due_as_different_things(store: Store) -> None:
    await put(store, "U_ANA", kind=DueKind.ACTIONS)
    await put(store, "U_ANA", kind=DueKind.DIGEST)
    assert len(await claim(store)) == 2


async def test_two_at_once_never_claim_the_same(store: Store) -> None:
    for number in range(40):
        await put(store, f"R_{number}")
    parts = await asyncio.gather(*(claim(store) for _ in range(8)))
    names = [due.about for part in parts for due in part]
    assert len(names) == len(set(names))
    assert len(names) + len(await claim(store, limit=99)) == 40


async def test_of_many_claims_those_that_are_still_ours_are_told_apart_and_ended_together(store: Store) -> None:
    for about in ("a", "b", "c"):
        await put(store, about)
    dues = await claim(store)
    await put(store, "b", seconds=5)  # somebody changed what it is about
    held = await store.act(lambda work: work.due.still_ours(dues))
    assert [due.about for due in held] == ["a", "c"]
    assert await store.act(lambda work: work.due.still_ours([])) == []
    await store.act(lambda work: work.due.done_all([(held[0], later(seconds=60)), (held[1], None)]))
    (moved,) = await claim(store, seconds=59)
    assert moved.about == "b"
    await done(store, moved)
    assert [due.about for due in await claim(store, seconds=600)] == ["a"]


async def test_the_next_moment_is_that_of_the_first_thing_due_or_the_first_claim_to_run_out(store: Store) -> None:
    assert await store.read(lambda work: work.due.next_at()) is None
    await put(store, "late", seconds=100)
    await put(store, "early", seconds=5)
    assert await store.read(lambda work: work.due.next_at()) == later(seconds=5)
    await claim(store, seconds=5)
    assert await store.read(lambda work: work.due.next_at()) == later(seconds=35)


async def test_claims_of_a_process_that_is_gone_are_let_go_and_what_is_due_later_is_left(store: Store) -> None:
    await put(store, "theirs")
    await put(store, "later", seconds=20)
    await claim(store)
    assert await store.act(lambda work: work.due.let_go(later(seconds=5), held_until=later(seconds=31))) == 1
    (due,) = await claim(store, seconds=5)
    assert (due.about, due.at) == ("theirs", AT)
    # A claim made after the start is ours, and stays.
    assert await store.act(lambda work: work.due.let_go(later(seconds=6), held_until=later(seconds=31))) == 0
