"""Decisions on record: complete, findable, superseded rather than changed. And the verdicts they rest on."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.decision import Signature
from bot.domain.ids import DecisionId, ReviewId, ToolId, VerdictId
from bot.domain.policy import Outcome
from bot.domain.refused import NoSuchDecision
from bot.domain.review import Stage, Stance
from bot.domain.tool import Tool
from bot.store.database import Store
from bot.store.work import Work
from tests.store.samples import (
    AT,
    LEA,
    LEO,
    OTTER,
    VERDICT,
    a_decision,
    a_sign_off,
    a_submitted_review,
    change,
    later,
    put_decision,
    put_review,
)


async def test_a_decision_comes_back_as_it_was_recorded(store: Store) -> None:
    signatures = (Signature(LEA, "Weil’s passt — 👍"), Signature(LEO, as_ciso=True))
    decision = a_decision(signatures=signatures, suspended_at=later(days=1), suspended_because="Incident.")
    await store.act(put_decision, decision)
    assert await store.read(lambda work: work.decisions.get(decision.id)) == decision
    assert await store.read(lambda work: work.decisions.of_review(decision.review)) == decision


async def test_a_bare_rejection_comes_back_as_it_was_recorded(store: Store) -> None:
    decision = a_decision(outcome=Outcome.REJECT, conditions=(), signatures=())
    await store.act(put_decision, decision)
    assert await store.read(lambda work: list(work.decisions.all())) == [decision]


async def test_who_said_yes_before_a_no_decided_and_whose_signature_fell_did_not_sign_it(store: Store) -> None:
    yes, no = a_sign_off(LEA), a_sign_off(LEO, stance=Stance.REJECT, rationale="A breach.")
    decision = a_decision(outcome=Outcome.REJECT, conditions=(), signatures=(Signature(LEO, "A breach."),))

    def rejected(work: Work) -> None:
        fallen = a_sign_off(LEO, version=2, rationale="Not any more.")
        put_review(work, a_submitted_review(sign_offs=(fallen,)))
        change(work, decision.review, sign_offs=(yes, no), stage=Stage.DECIDED)
        work.decisions.add(decision)

    await store.act(rejected)
    assert await store.read(lambda work: work.decisions.get(decision.id)) == decision


async def test_an_unknown_decision_is_a_named_refusal(store: Store) -> None:
    with pytest.raises(NoSuchDecision):
        await store.read(lambda work: work.decisions.get(DecisionId("D_NONE")))
    with pytest.raises(NoSuchDecision):
        await store.act(lambda work: work.decisions.supersede(DecisionId("D_NONE"), DecisionId("D_1")))
    assert await store.read(lambda work: work.decisions.of_review(ReviewId("R_NONE"))) is None


async def test_a_review_has_at_most_one_decision(store: Store) -> None:
    await store.act(put_decision, a_decision("1"))
    with pytest.raises(IntegrityError):
        await store.act(lambda work: work.decisions.add(a_decision("1", id=DecisionId("D_OTHER"))))


async def test_a_tools_decisions_come_newest_first_and_know_what_superseded_them(store: Store) -> None:
    await store.act(put_decision, a_decision("1"))
    await store.act(put_decision, a_decision("2", decided_at=later(days=1)))
    await store.act(lambda work: work.decisions.supersede(DecisionId("D_1"), DecisionId("D_2")))
    await store.act(lambda work: work.decisions.suspend(DecisionId("D_2"), later(days=2), "A leak."))
    new, old = await store.read(lambda work: work.decisions.of_tool(OTTER.id))
    assert (old.id, old.superseded_by) == ("D_1", "D_2")
    assert (new.id, new.suspended_at, new.suspended_because) == ("D_2", later(days=2), "A leak.")


async def test_decisions_are_found_by_name_alias_and_near_name(store: Store) -> None:
    def zoom(work: Work) -> None:
        work.tools.add(Tool(ToolId("T_ZOOM"), "Zoom"), AT)
        put_review(work, a_submitted_review("2"))
        work.decisions.add(a_decision("2", tool=ToolId("T_ZOOM"), tool_name="Zoom"))

    await store.act(put_decision, a_decision("1"))
    await store.act(zoom)
    for text, ids in (("OTTER AI", ["D_1"]), ("otter notes", ["D_1"]), ("Oter.ai", ["D_1"]), ("zoom", ["D_2"])):
        found = await store.read(lambda work, text=text: work.decisions.find(text, 5))
        assert [decision.id for decision in found] == ids, text
    assert await store.read(lambda work: work.decisions.find("Grammarly", 5)) == []


async def test_recent_decisions_come_newest_first_and_all_of_them_oldest_first(store: Store) -> None:
    for name in ("1", "2", "3"):
        await store.act(put_decision, a_decision(name, decided_at=later(days=int(name))))
    assert [each.id for each in await store.read(lambda work: work.decisions.recent(2))] == ["D_3", "D_2"]
    everything = await store.read(lambda work: list(work.decisions.all()))
    assert [each.id for each in everything] == ["D_1", "D_2", "D_3"]
    assert all(each.conditions for each in everything)


async def test_a_verdict_comes_back_as_it_was_computed(store: Store) -> None:
    await store.act(put_review, a_submitted_review())
    assert await store.read(lambda work: work.verdicts.get(VerdictId("V_1"))) == VERDICT
    assert await store.read(lambda work: work.verdicts.inputs_hash(VerdictId("V_1"))) == "digest"


async def test_a_decision_needs_its_verdict_on_record(store: Store) -> None:
    await store.act(put_review, a_submitted_review())
    with pytest.raises(IntegrityError):
        await store.act(lambda work: work.decisions.add(a_decision(verdict=VerdictId("V_NONE"))))
