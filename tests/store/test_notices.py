"""Owed messages: each is sent once, by one sender at a time, and none is forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.domain.ids import ChannelId, DecisionId, UserId
from bot.domain.notice import NoticeKind, Owed, Recipient
from bot.store.database import Store
from tests.store.samples import AT, a_notice, later

LEASE = timedelta(seconds=30)
TEAM = ChannelId("C_TEAM")


async def owe(store: Store, key: str = "card|R_1", *, seconds: float = 0, **changes: object) -> None:
    await store.act(lambda work: work.notices.owe(a_notice(key, **changes), later(seconds=seconds)))


async def claim(store: Store, *, seconds: float = 0, limit: int = 10) -> list[Owed]:
    return await store.act(lambda work: work.notices.claim(later(seconds=seconds), LEASE, limit))


async def claim_one(store: Store, *, seconds: float = 0) -> Owed:
    (owed,) = await claim(store, seconds=seconds)
    return owed


async def sent(store: Store, owed: Owed, *, ts: str = "7.1", seconds: float = 0) -> bool:
    return await store.act(lambda work: work.notices.sent(owed, TEAM, ts, later(seconds=seconds)))


async def test_an_owed_notice_is_claimed_as_it_was_owed(store: Store) -> None:
    notice = a_notice(
        "outcome|1", kind=NoticeKind.OUTCOME, decision=DecisionId("D_1"), facts={"by": "U_LEA"}, live=False
    )
    await store.act(lambda work: work.notices.owe(notice, AT))
    assert await claim_one(store) == Owed(notice, 1, 0, 1, None, None, False, AT)


async def test_a_claimed_notice_is_not_claimed_again_while_the_claim_lasts(store: Store) -> None:
    await owe(store)
    await claim_one(store)
    assert await claim(store, seconds=29) == []


async def test_two_senders_at_once_never_claim_the_same_notice(store: Store) -> None:
    for number in range(40):
        await owe(store, f"k{number}")
    parts = await asyncio.gather(*(claim(store, limit=10) for _ in range(8)))
    keys = [owed.notice.key for part in parts for owed in part]
    assert len(keys) == len(set(keys))
    assert len(keys) + len(await claim(store, limit=99)) == 40


async def test_an_expired_claim_is_taken_over_as_doubtful_and_the_late_sender_records_nothing(store: Store) -> None:
    await owe(store)
    late = await claim_one(store)
    taken = await claim_one(store, seconds=31)
    assert (taken.doubtful, taken.fence, taken.tries, taken.first_tried_at) == (True, 2, 1, AT)
    assert not await sent(store, late)
    assert await sent(store, taken)


async def test_a_sender_who_is_late_but_was_not_replaced_may_still_record(store: Store) -> None:
    await owe(store)
    late = await claim_one(store)
    assert await sent(store, late, seconds=90)
    assert await claim(store, seconds=100) == []


async def test_a_sent_notice_is_owed_no_more_and_says_where_it_stands(store: Store) -> None:
    await owe(store)
    assert await sent(store, await claim_one(store))
    assert await claim(store, seconds=999) == []
    assert await store.read(lambda work: work.notices.posted("card|R_1")) == (TEAM, "7.1")
    assert await store.read(lambda work: (work.notices.due_count(), work.notices.next_due())) == (0, None)


async def test_a_live_notice_owed_again_is_brought_up_to_date_where_it_stands(store: Store) -> None:
    await owe(store)
    await sent(store, await claim_one(store))
    await owe(store, seconds=5)
    again = await claim_one(store, seconds=5)
    assert (again.posted_channel, again.posted_ts, again.wanted, again.tries) == (TEAM, "7.1", 2, 0)


async def test_any_other_notice_owed_twice_is_sent_once(store: Store) -> None:
    await owe(store, "outcome|1", live=False)
    await owe(store, "outcome|1", live=False)
    await sent(store, await claim_one(store))
    await owe(store, "outcome|1", live=False, seconds=5)
    assert await claim(store, seconds=99) == []


async def test_a_live_notice_owed_while_it_is_sent_is_sent_again_afterwards(store: Store) -> None:
    await owe(store)
    first = await claim_one(store)
    await owe(store, seconds=1)
    assert await claim(store, seconds=1) == []
    assert await sent(store, first, seconds=2)
    second = await claim_one(store, seconds=2)
    assert (second.wanted, second.posted_ts) == (2, "7.1")
    assert await sent(store, second, seconds=3)
    assert await claim(store, seconds=999) == []


async def test_a_notice_given_back_waits_until_its_time_however_often_it_is_owed(store: Store) -> None:
    await owe(store)
    owed = await claim_one(store)
    assert await store.act(lambda work: work.notices.again(owed, later(seconds=60), doubtful=True, error="timeout"))
    await owe(store, seconds=10)
    assert await claim(store, seconds=59) == []
    assert await store.read(lambda work: work.notices.next_due()) == later(seconds=60)
    again = await claim_one(store, seconds=60)
    assert (again.tries, again.doubtful, again.first_tried_at) == (1, True, AT)


async def test_a_claim_that_was_lost_can_neither_give_back_nor_give_up(store: Store) -> None:
    await owe(store)
    late = await claim_one(store)
    await claim_one(store, seconds=31)
    assert not await store.act(lambda work: work.notices.again(late, AT, doubtful=False, error="x"))
    assert not await store.act(lambda work: work.notices.dead(late, "x", AT))


async def test_a_dead_notice_rests_and_a_live_one_comes_back_when_it_is_owed_again(store: Store) -> None:
    await owe(store)
    owed = await claim_one(store)
    assert await store.act(lambda work: work.notices.dead(owed, "channel_not_found", AT))
    assert await claim(store, seconds=999) == []
    await owe(store, seconds=1000)
    assert (await claim_one(store, seconds=1000)).tries == 0


async def test_a_live_notice_owed_while_its_sending_fails_for_good_gets_another_chance(store: Store) -> None:
    await owe(store)
    owed = await claim_one(store)
    await owe(store, seconds=1)
    await store.act(lambda work: work.notices.dead(owed, "msg_too_long", later(seconds=2)))
    assert (await claim_one(store, seconds=2)).wanted == 2


async def test_owing_and_claiming_in_one_go_leaves_nothing_for_others(store: Store) -> None:
    owed = await store.act(lambda work: work.notices.owe_claimed(a_notice(), AT, LEASE))
    assert owed is not None
    assert await claim(store) == []
    assert await sent(store, owed)
    again = await store.act(lambda work: work.notices.owe_claimed(a_notice(), AT, LEASE))
    assert again is not None
    assert (again.posted_ts, again.fence, again.wanted) == ("7.1", 2, 2)


async def test_owing_and_claiming_what_another_is_sending_only_owes_it(store: Store) -> None:
    await owe(store)
    other = await claim_one(store)
    assert await store.act(lambda work: work.notices.owe_claimed(a_notice(), AT, LEASE)) is None
    await sent(store, other)
    assert (await claim_one(store)).wanted == 2


async def test_owing_and_claiming_what_has_to_wait_only_owes_it_until_its_time_has_come(store: Store) -> None:
    async def owe_claimed(seconds: float) -> Owed | None:
        return await store.act(lambda work: work.notices.owe_claimed(a_notice(), later(seconds=seconds), LEASE))

    first = await owe_claimed(0)
    assert first is not None
    await store.act(lambda work: work.notices.again(first, later(seconds=60), doubtful=True, error="timeout"))
    assert await owe_claimed(59) is None
    assert await claim(store, seconds=59) == []
    again = await owe_claimed(60)
    assert again is not None
    assert (again.wanted, again.fence, again.tries, again.doubtful, again.first_tried_at) == (3, 2, 1, True, AT)


async def test_owing_and_claiming_anew_what_was_given_up_begins_its_tries_anew(store: Store) -> None:
    await owe(store)
    owed = await claim_one(store)
    await store.act(lambda work: work.notices.dead(owed, "channel_not_found", AT))
    again = await store.act(lambda work: work.notices.owe_claimed(a_notice(), later(seconds=9), LEASE))
    assert again is not None
    assert (again.tries, again.wanted, again.first_tried_at) == (0, 2, later(seconds=9))


async def test_owing_and_claiming_twice_what_is_said_once_says_it_once(store: Store) -> None:
    notice = a_notice("outcome|1", live=False)
    owed = await store.act(lambda work: work.notices.owe_claimed(notice, AT, LEASE))
    assert owed is not None
    assert await sent(store, owed)
    assert await store.act(lambda work: work.notices.owe_claimed(notice, later(seconds=9), LEASE)) is None
    assert await claim(store, seconds=99) == []


async def test_a_moved_notice_is_posted_anew_at_its_new_place(store: Store) -> None:
    await owe(store)
    under_way = await claim_one(store)
    await store.act(lambda work: work.notices.retarget("card|R_1", Recipient.person(UserId("U_ANA")), AT))
    assert not await sent(store, under_way)
    moved = await claim_one(store)
    assert (moved.notice.to, moved.posted_ts) == (Recipient(ChannelId("U_ANA")), None)


async def test_what_was_owed_first_is_claimed_first_and_no_more_than_asked_for(store: Store) -> None:
    for number in (3, 1, 2):
        await owe(store, f"k{number}", seconds=number)
    assert [owed.notice.key for owed in await claim(store, seconds=9, limit=2)] == ["k1", "k2"]
    assert [owed.notice.key for owed in await claim(store, seconds=9)] == ["k3"]


async def test_what_is_not_due_yet_is_not_claimed(store: Store) -> None:
    await owe(store, seconds=10)
    assert await claim(store, seconds=9) == []
    assert await store.read(lambda work: (work.notices.due_count(), work.notices.next_due())) == (1, later(seconds=10))


async def test_claims_of_a_process_that_is_gone_are_let_go_and_those_of_this_one_are_kept(store: Store) -> None:
    started = later(seconds=5)
    await owe(store, "before")
    await claim_one(store)
    await owe(store, "after", seconds=5)
    await claim_one(store, seconds=5)
    await store.act(lambda work: work.notices.let_go(later(seconds=6), held_until=started + LEASE))
    again = await claim(store, seconds=6)
    assert [(owed.notice.key, owed.doubtful) for owed in again] == [("before", True)]


async def test_what_is_urgent_is_claimed_before_what_was_owed_earlier(store: Store) -> None:
    await owe(store, "news", kind=NoticeKind.REVIEW_MISSED)
    await owe(store, "pack", kind=NoticeKind.PACK, seconds=1)
    await owe(store, "click", kind=NoticeKind.REVIEW_CARD, seconds=2)
    await owe(store, "start", kind=NoticeKind.REVIEW_NOW, seconds=3)
    assert [each.notice.key for each in await claim(store, seconds=3, limit=2)] == ["click", "start"]
    assert [each.notice.key for each in await claim(store, seconds=3)] == ["news", "pack"]


async def test_what_is_owed_for_later_waits_until_then(store: Store) -> None:
    await store.act(lambda work: work.notices.owe(a_notice("a"), AT, not_before=later(seconds=60)))
    await store.act(lambda work: work.notices.owe(a_notice("b"), later(seconds=5), not_before=AT))
    assert [each.notice.key for each in await claim(store, seconds=59)] == ["b"]
    assert [each.notice.key for each in await claim(store, seconds=60)] == ["a"]


async def test_what_another_message_says_is_settled_once_and_never_sent(store: Store) -> None:
    once = a_notice("start|1", live=False)
    assert await store.act(lambda work: work.notices.settle(once, AT, "said together with others"))
    assert not await store.act(lambda work: work.notices.settle(once, AT, "said together with others"))
    await owe(store, "start|1", live=False)
    assert await claim(store, seconds=3600) == []
    await owe(store, "start|2", live=False)
    assert not await store.act(lambda work: work.notices.settle(a_notice("start|2", live=False), AT, "too late"))
    assert [each.notice.key for each in await claim(store)] == ["start|2"]


async def test_what_is_held_is_let_out_early_and_what_waits_after_a_try_is_not(store: Store) -> None:
    await store.act(lambda work: work.notices.owe(a_notice("held"), AT, not_before=later(seconds=10)))
    assert await claim(store, seconds=1) == []
    await store.act(lambda work: work.notices.hasten("held", later(seconds=1)))
    owed = await claim_one(store, seconds=1)
    await store.act(lambda work: work.notices.again(owed, later(seconds=60), doubtful=False, error="slow down"))
    await store.act(lambda work: work.notices.hasten("held", later(seconds=2)))
    assert await claim(store, seconds=59) == []


async def test_what_waits_is_called_off_for_good_but_not_once_somebody_has_taken_it(store: Store) -> None:
    async def call_off(key: str) -> bool:
        return await store.act(lambda work: work.notices.call_off(key, later(seconds=1), "said better"))

    held = a_notice("held", live=False)
    await store.act(lambda work: work.notices.owe(held, AT, not_before=later(seconds=10)))
    assert await call_off("held")
    assert not await call_off("held")
    await owe(store, "held", live=False)  # the same message sent to us once more
    assert await claim(store, seconds=3600) == []
    await owe(store, "taken", live=False)
    await claim_one(store)
    assert not await call_off("taken")
    assert not await call_off("never owed")


async def test_a_notice_is_found_by_its_key_whatever_became_of_it(store: Store) -> None:
    notice = a_notice("card|R_1", facts={"by": "U_LEA"})
    await store.act(lambda work: work.notices.owe(notice, AT))
    await sent(store, await claim_one(store))
    assert await store.read(lambda work: work.notices.get("card|R_1")) == notice
    assert await store.read(lambda work: work.notices.get("another")) is None
