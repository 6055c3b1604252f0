"""What was said by the clock, suspensions and their end, and the lists a digest is made of: on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.domain.audit import BOT
from bot.domain.decision import Closing, Decision, Restored
from bot.domain.ids import DecisionId
from bot.domain.policy import Outcome
from bot.domain.refused import NoSuchDecision
from bot.store.database import Store
from tests.store.samples import ANA, AT, LEA, LEO, a_decision, a_review, change, later, put_decision, put_review

MARCH = date(2026, 3, 1)


async def test_what_was_said_is_remembered_by_thing_and_subject(store: Store) -> None:
    await store.act(lambda work: work.reminded.keep("D_1", {"0": MARCH, "end": MARCH}))
    await store.act(lambda work: work.reminded.keep("D_2", {"0": MARCH + timedelta(days=9)}))
    await store.act(lambda work: work.reminded.keep("D_1", {"0": MARCH + timedelta(days=1)}))
    said = {"0": MARCH + timedelta(days=1), "end": MARCH}
    assert await store.read(lambda work: work.reminded.of("D_1")) == said
    assert await store.read(lambda work: work.reminded.of("D_3")) == {}


async def test_a_clock_that_was_put_back_makes_nothing_unsaid(store: Store) -> None:
    await store.act(lambda work: work.reminded.keep("D_1", {"0": MARCH}))
    await store.act(lambda work: work.reminded.keep("D_1", {"0": MARCH - timedelta(days=1)}))
    assert await store.read(lambda work: work.reminded.of("D_1")) == {"0": MARCH}


def suspended(name: str = "1", **changes: object) -> Decision:
    fields = {"suspended_at": later(days=40), "suspended_because": "14 days late.", "suspended_by": BOT}
    return a_decision(name, **(fields | changes))


async def test_a_restored_decision_counts_again_and_both_reasons_stay(store: Store) -> None:
    decision = suspended()
    restored = Restored(LEA, later(days=41), "Two days more.", later(days=40), "14 days late.")
    await store.act(put_decision, decision)
    await store.act(lambda work: work.decisions.restore(decision, restored))
    held = await store.read(lambda work: work.decisions.get(decision.id))
    assert held == replace(decision, suspended_at=None, suspended_because="", suspended_by="")
    assert await store.read(lambda work: work.decisions.restored(decision.id)) == restored


async def test_the_last_restoration_is_the_one_that_counts(store: Store) -> None:
    decision = a_decision()
    await store.act(put_decision, decision)
    for days in (40, 60):
        at = later(days=days)
        await store.act(lambda work, at=at: work.decisions.suspend(decision.id, at, "14 days late.", BOT))
        held = await store.read(lambda work: work.decisions.get(decision.id))
        restored = Restored(LEA, at + timedelta(days=1), f"Because {at.day}.", at, "14 days late.")
        await store.act(lambda work, held=held, restored=restored: work.decisions.restore(held, restored))
    last = await store.read(lambda work: work.decisions.restored(decision.id))
    assert last is not None
    assert last.suspended_at == later(days=60)


async def test_what_is_not_suspended_cannot_be_restored(store: Store) -> None:
    decision = a_decision()
    await store.act(put_decision, decision)
    restored = Restored(LEA, later(days=41), "Why not.", later(days=40), "")
    with pytest.raises(NoSuchDecision):
        await store.act(lambda work: work.decisions.restore(decision, restored))
    assert await store.read(lambda work: work.decisions.restored(decision.id)) is None


@pytest.mark.parametrize("statement", ["UPDATE restorations SET because = 'Better.'", "DELETE FROM restorations"])
async def test_a_restoration_is_not_changed(store: Store, statement: str) -> None:
    decision = suspended()
    await store.act(put_decision, decision)
    restored = Restored(LEA, later(days=41), "Two days more.", later(days=40), "14 days late.")
    await store.act(lambda work: work.decisions.restore(decision, restored))
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text(statement)) and None)


async def test_what_ends_soon_what_ended_and_what_is_suspended(store: Store) -> None:
    soon, ended, long_ago = (date(2026, 9, each) for each in (20, 8, 1))
    for decision in (
        a_decision("1", valid_until=soon),
        a_decision("2", valid_until=ended),
        a_decision("3", valid_until=long_ago),
        a_decision("4", valid_until=long_ago, superseded_by=DecisionId("D_1")),
        a_decision("5", valid_until=long_ago, outcome=Outcome.REJECT, conditions=(), signatures=()),
        suspended("6", valid_until=long_ago),
    ):
        await store.act(put_decision, decision)

    def ids(found: list[Decision]) -> list[str]:
        return [each.id for each in found]

    today = date(2026, 9, 10)
    look = store.read
    assert await look(lambda work: ids(work.decisions.ending(today, today + timedelta(days=30)))) == ["D_1"]
    assert await look(lambda work: ids(work.decisions.unapproved(today))) == ["D_3", "D_2"]
    assert await look(lambda work: ids(work.decisions.unapproved(ended))) == ["D_3"]
    assert await look(lambda work: ids(work.decisions.suspended())) == ["D_6"]


async def test_evidence_that_did_not_do_is_taken_back_unless_a_lead_confirmed_it(store: Store) -> None:
    decision = a_decision()
    await store.act(put_decision, decision)
    await store.act(lambda work: work.conditions.close(decision.id, 0, Closing("A link.", ANA, AT)))
    assert await store.act(lambda work: work.conditions.open_again(decision.id, 0))
    assert await store.read(lambda work: work.conditions.of(decision.id)[0][2]) is None
    await store.act(lambda work: work.conditions.close(decision.id, 0, Closing("A link.", ANA, AT, LEO, AT)))
    assert not await store.act(lambda work: work.conditions.open_again(decision.id, 0))


async def test_when_somebody_last_did_something_about_a_review(store: Store) -> None:
    await store.act(put_review, a_review("1"))
    await store.act(put_review, a_review("2"))
    await store.act(change, a_review("2").id, note="One thing more.")
    touched = await store.read(lambda work: work.reviews.touched(a_review("1").id, a_review("2").id))
    assert touched == {a_review("1").id: AT, a_review("2").id: later(hours=1)}
    assert await store.read(lambda work: work.reviews.touched()) == {}
