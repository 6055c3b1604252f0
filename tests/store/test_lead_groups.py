"""Who was seen in the leads' user groups, since when and from when they count: on both engines."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.ids import UserId
from bot.domain.roster import Member
from bot.store.database import Store, open_store
from bot.store.work import Work
from tests.store.samples import AT, KEY, LEA, LEO, later

OLD, NEW = Member(LEA, AT, None), Member(LEO, later(days=1), later(days=2))


def seen(work: Work, group: str, *members: Member) -> bool:
    first = work.lead_groups.locked(group, AT)
    work.lead_groups.change(group, came=members, left=())
    return first


async def test_what_was_seen_is_kept_by_group(store: Store) -> None:
    assert await store.act(seen, "S1", OLD, NEW)
    assert await store.act(seen, "S2", NEW)
    found = await store.read(lambda work: work.lead_groups.members(["S1", "S2", "S3"]))
    assert found == {"S1": (OLD, NEW), "S2": (NEW,)}
    assert await store.read(lambda work: work.lead_groups.members([])) == {}


async def test_who_left_is_forgotten_and_may_come_again(store: Store) -> None:
    await store.act(seen, "S1", OLD, NEW)
    await store.act(lambda work: work.lead_groups.change("S1", came=(), left=[LEA]))
    assert await store.read(lambda work: work.lead_groups.members(["S1"])) == {"S1": (NEW,)}
    again = Member(LEA, later(days=3), later(days=4))
    await store.act(lambda work: work.lead_groups.change("S1", came=[again], left=()))
    assert await store.read(lambda work: work.lead_groups.members(["S1"])) == {"S1": (again, NEW)}


async def test_a_group_that_was_emptied_was_looked_at_all_the_same(store: Store) -> None:
    await store.act(seen, "S1", OLD)
    await store.act(lambda work: work.lead_groups.change("S1", came=(), left=[LEA]))
    assert await store.read(lambda work: work.lead_groups.members(["S1"])) == {"S1": ()}
    assert not await store.act(seen, "S1")


@pytest.mark.parametrize("first", [True, False])
async def test_of_many_looks_at_once_one_is_the_first_and_one_sees_the_newcomer(url: str, first: bool) -> None:
    stores = [open_store(url, audit_key=KEY) for _ in range(4)]
    if not first:
        await stores[0].act(seen, "S1", OLD)

    def look(work: Work) -> tuple[bool, bool]:
        begins = work.lead_groups.locked("S1", AT)
        new = NEW.user not in {each.user for each in work.lead_groups.members(["S1"])["S1"]}
        work.lead_groups.change("S1", came=[NEW] if new else (), left=())
        return begins, new

    found = await asyncio.gather(*(each.act(look) for each in stores * 5))
    assert sum(begins for begins, _ in found) == (1 if first else 0)
    assert sum(new for _, new in found) == 1
    for each in stores:
        await each.close()


async def test_an_act_that_fails_has_seen_nobody(store: Store) -> None:
    def fails(work: Work) -> None:
        seen(work, "S1", Member(UserId("U0EVE"), AT, None))
        raise RuntimeError("this one fails")

    with pytest.raises(RuntimeError):
        await store.act(fails)
    assert await store.read(lambda work: work.lead_groups.members(["S1"])) == {}
