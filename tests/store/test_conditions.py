"""Conditions stay as they were decided; that one was met is written beside it, and a gap of 4 takes a lead's word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.domain.audit import BOT
from bot.domain.decision import Closing, Condition, OwedCondition
from bot.domain.ids import DecisionId
from bot.store.database import Store
from bot.store.work import Work
from tests.store.samples import ANA, AT, BEN, LEA, MFA, a_decision, later, put_decision

BLOCKING = Condition("Switch single sign-on on.", MFA.id, 4, ANA, date(2026, 4, 1))
SMALL = Condition("Name an owner.", None, 1, BEN, date(2026, 5, 1))
STANDING = Condition("Look again.", None, 0, ANA, None)
D_1 = DecisionId("D_1")
MET = Closing("https://example.test/log", ANA, later(days=1))
SEEN = replace(MET, confirmed_by=LEA, confirmed_at=later(days=2))


@pytest.fixture(autouse=True)
async def _decided(store: Store) -> None:
    await store.act(put_decision, a_decision(conditions=(BLOCKING, SMALL, STANDING)))


async def close(store: Store, place: int, closing: Closing) -> bool:
    return await store.act(lambda work: work.conditions.close(D_1, place, closing))


async def test_conditions_come_in_their_order_with_what_was_said_of_them(store: Store) -> None:
    await close(store, 1, MET)
    assert await store.read(lambda work: work.conditions.of(D_1)) == (
        (0, BLOCKING, None),
        (1, SMALL, MET),
        (2, STANDING, None),
    )


async def test_an_owner_sees_what_is_open_first_what_is_due_first(store: Store) -> None:
    owned = await store.read(lambda work: work.conditions.owned_by(ANA))
    assert owned == [OwedCondition(D_1, 0, BLOCKING), OwedCondition(D_1, 2, STANDING)]
    due = await store.read(lambda work: work.conditions.all_open_due(date(2026, 4, 30)))
    assert due == [OwedCondition(D_1, 0, BLOCKING)]


async def test_a_small_gap_is_closed_by_its_owner_a_gap_of_4_only_by_a_lead(store: Store) -> None:
    await close(store, 0, MET)
    await close(store, 1, MET)
    due = await store.read(lambda work: work.conditions.all_open_due(date(2026, 8, 1)))
    assert due == [OwedCondition(D_1, 0, BLOCKING, MET)]
    assert await close(store, 0, SEEN)
    assert await store.read(lambda work: work.conditions.all_open_due(date(2026, 8, 1))) == []


async def test_what_a_lead_confirmed_is_not_closed_again_by_anybody(store: Store) -> None:
    await close(store, 0, SEEN)
    assert not await close(store, 0, replace(MET, evidence="Other."))
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text("UPDATE condition_closings SET evidence = ''")))
    (_, _, closing), *_ = await store.read(lambda work: work.conditions.of(D_1))
    assert closing == SEEN


async def test_of_a_superseded_decision_nothing_is_owed_and_of_a_suspended_one_everything(store: Store) -> None:
    await store.act(lambda work: work.decisions.suspend(D_1, AT, "A leak.", BOT))
    assert len(await store.read(lambda work: work.conditions.owned_by(ANA))) == 2
    await store.act(lambda work: work.decisions.supersede(D_1, D_1))
    assert await store.read(lambda work: work.conditions.owned_by(ANA)) == []


async def test_what_no_longer_counts_asks_for_no_condition_unless_the_clock_suspended_it(store: Store) -> None:
    def open_on(day: date) -> Callable[[Work], set[DecisionId]]:
        return lambda work: {each.decision for each in work.conditions.all_open_due(day)}

    assert await store.read(open_on(date(2026, 9, 2))) == {D_1}
    assert await store.read(open_on(date(2026, 9, 3))) == set()  # it has ended
    await store.act(lambda work: work.decisions.suspend(D_1, later(days=40), "14 days late.", BOT))
    assert await store.read(open_on(date(2026, 8, 1))) == {D_1}
    await store.act(lambda work: work.decisions.suspend(D_1, later(days=40), "A leak.", LEA))
    assert await store.read(open_on(date(2026, 8, 1))) == set()
    assert await store.read(lambda work: work.conditions.owned_by(ANA)) == []
