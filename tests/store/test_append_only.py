"""What is on record stays: the database itself refuses to change it, whoever asks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.store.database import Store
from tests.store.samples import (
    AT,
    LEA,
    a_decision,
    a_sign_off,
    a_submitted_review,
    an_event,
    change,
    later,
    put_decision,
    put_review,
)


@pytest.fixture
async def on_record(store: Store) -> None:
    """One row in every table that is protected."""
    await store.act(put_decision, a_decision("1"))
    await store.act(put_review, a_submitted_review("2", sign_offs=(a_sign_off(LEA),)))
    await store.act(lambda work: work.audit.add(an_event()))
    await store.act(lambda work: work.knowledge.keep("v1", "text", AT))


@pytest.mark.usefixtures("on_record")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET about = 'R_2'",
        "DELETE FROM audit_events",
        "UPDATE verdicts SET content = '{}'",
        "DELETE FROM verdicts",
        "UPDATE answers SET codes = '[]'",
        "UPDATE profile_versions SET profile = '{}'",
        "UPDATE knowledge_versions SET content = ''",
        "UPDATE sign_offs SET stance = 'reject'",
        "UPDATE sign_offs SET rationale = 'Better words.'",
        "DELETE FROM sign_offs",
        "UPDATE decisions SET outcome = 'approve'",
        "UPDATE decisions SET valid_until = '2099-01-01'",
        "UPDATE decisions SET suspended_because = 'x', rationale = 'Better words.'",
    ],
)
async def test_what_is_on_record_is_not_changed(store: Store, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text(statement)) and None)


@pytest.mark.usefixtures("on_record")
async def test_a_statement_that_takes_many_at_a_stroke_is_refused_too(store: Store) -> None:
    replacing = (
        "INSERT OR REPLACE INTO audit_events SELECT seq, at, tag, 'U_OTHER', about, facts, mac FROM audit_events"
    )
    engine = await store.read(lambda work: work.connection.dialect.name)
    statement = replacing if engine == "sqlite" else "TRUNCATE audit_events"
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text(statement)) and None)


@pytest.mark.usefixtures("on_record")
async def test_a_voided_signature_stays_voided(store: Store) -> None:
    await store.act(change, a_submitted_review("2").id, sign_offs=())
    for statement in (
        "UPDATE sign_offs SET voided_at = NULL",
        "UPDATE sign_offs SET voided_at = opened_at FROM reviews",
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            await store.act(lambda work, statement=statement: work.connection.execute(text(statement)) and None)


@pytest.mark.usefixtures("on_record")
async def test_superseding_and_suspending_are_no_change_of_what_was_decided(store: Store) -> None:
    decision = a_decision("1")
    await store.act(lambda work: work.decisions.supersede(decision.id, decision.id))
    await store.act(lambda work: work.decisions.suspend(decision.id, later(days=1), "A leak."))
    held = await store.read(lambda work: work.decisions.get(decision.id))
    assert held == replace(decision, superseded_by=decision.id, suspended_at=later(days=1), suspended_because="A leak.")
