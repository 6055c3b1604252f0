"""The inbox: a payload acts once, in the same act as its key."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.database import Store
from bot.store.inbox import ReplayedDifferently
from bot.store.work import Work
from tests.store.samples import AT, later


async def test_a_key_is_first_only_once(store: Store) -> None:
    seen = [await store.act(lambda work: work.inbox.first("Ev1", "d", AT)) for _ in range(3)]
    assert seen == [True, False, False]


async def test_of_many_deliveries_at_once_exactly_one_is_first(store: Store) -> None:
    seen = await asyncio.gather(*(store.act(lambda work: work.inbox.first("Ev1", "d", AT)) for _ in range(12)))
    assert seen.count(True) == 1


async def test_a_key_with_another_content_is_refused(store: Store) -> None:
    await store.act(lambda work: work.inbox.first("Ev1", "d", AT))
    with pytest.raises(ReplayedDifferently):
        await store.act(lambda work: work.inbox.first("Ev1", "other", AT))


async def test_an_act_that_failed_leaves_its_key_unseen(store: Store) -> None:
    def fails(work: Work) -> None:
        work.inbox.first("Ev1", "d", AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.act(fails)
    assert await store.act(lambda work: work.inbox.first("Ev1", "d", AT))


async def test_old_keys_are_forgotten_and_newer_ones_are_not(store: Store) -> None:
    await store.act(lambda work: (work.inbox.first("old", "d", AT), work.inbox.first("new", "d", later(hours=2))))
    assert await store.act(lambda work: work.inbox.forget(later(hours=1))) == 1
    again = await store.act(lambda work: (work.inbox.first("old", "d", AT), work.inbox.first("new", "d", AT)))
    assert again == (True, False)


async def test_a_version_of_the_knowledge_is_kept_once_and_comes_back(store: Store) -> None:
    kept = [await store.act(lambda work: work.knowledge.keep("v1", "Grüße\n", AT)) for _ in range(2)]
    assert kept == [True, False]
    assert await store.read(lambda work: (work.knowledge.content("v1"), work.knowledge.content("v2"))) == (
        "Grüße\n",
        None,
    )
