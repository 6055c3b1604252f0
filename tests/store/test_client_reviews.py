"""Occurrences, packs, actions and findings: one a local date, kept as they were, carried until they are done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.domain.client import SideOf
from bot.domain.client_review import (
    ActionState,
    DateMoved,
    Finding,
    FoundBy,
    Item,
    Light,
    Note,
    Noted,
    Outcome,
    Presence,
    Severity,
    Skip,
    State,
)
from bot.domain.ids import ActionItemId, ClientId, DecisionId, FindingId, OccurrenceId, SeriesId
from bot.domain.refused import NoSuchAction, NoSuchOccurrence, OutdatedCard
from bot.store.database import Store
from bot.store.work import Work
from tests.store.samples import ACME, ANA, AT, BEN, LEA, SERIES, an_action, an_occurrence, later, put_series

FULL = an_occurrence(
    "2",
    state=State.HELD,
    version=7,
    moved_because="A holiday.",
    asked_for=(Note("The new dialler?", BEN, AT),),
    packed_at=later(hours=1),
    started_at=later(hours=2),
    as_of=later(hours=2),
    light=Light.RED,
    items=(Item("actions", AT, (Note("Fine — 👍", ANA, AT),)), Item("own:1")),
    attendance={ANA: Presence.PRESENT, "Kim Öz": Presence.EXCUSED},
    noted=(Noted(DecisionId("D_1"), True, "Not in our contract.", BEN, AT),),
    outcome=Outcome.ESCALATED,
    summary="Open points.",
    next_on=date(2026, 3, 24),
    closed_at=later(hours=3),
    closed_by=ANA,
    client_contact="Kim Öz",
    skip=Skip("No.", BEN, AT),
    missed_row=2,
)
FINDING = Finding(
    FindingId("F_1"),
    ACME.id,
    OccurrenceId("O_1"),
    "No single sign-on.",
    "G1",
    Severity.HIGH,
    FoundBy.CLIENT,
    ANA,
    AT,
    "Otter",
)


@pytest.fixture(autouse=True)
async def _acme(store: Store) -> None:
    await store.act(put_series)


async def test_an_occurrence_comes_back_as_it_was_stored(store: Store) -> None:
    assert await store.act(lambda work: work.occurrences.add(FULL, AT))
    assert await store.read(lambda work: work.occurrences.get(FULL.id)) == FULL
    assert await store.read(lambda work: work.occurrences.get(an_occurrence().id)) == an_occurrence()


async def test_a_saved_change_comes_back_exactly(store: Store) -> None:
    changed = replace(FULL, id=OccurrenceId("O_1"), on=an_occurrence().on)
    await store.act(lambda work: work.occurrences.save(changed, an_occurrence(), AT))
    assert await store.read(lambda work: work.occurrences.get(changed.id)) == changed


async def test_a_series_has_one_review_a_local_date_wherever_it_is_moved(store: Store) -> None:
    again = replace(an_occurrence(), id=OccurrenceId("O_AGAIN"), start_at=later(days=9))
    assert not await store.act(lambda work: work.occurrences.add(again, AT))
    assert await store.read(lambda work: work.occurrences.on(SERIES.id, again.on)) == an_occurrence()
    assert await store.read(lambda work: work.occurrences.on(SERIES.id, date(2020, 1, 1))) is None


async def test_unknown_ids_are_named_refusals(store: Store) -> None:
    for door in ("get", "locked"):
        with pytest.raises(NoSuchOccurrence):
            await store.act(lambda work, door=door: getattr(work.occurrences, door)(OccurrenceId("O_NONE")))
        with pytest.raises(NoSuchAction):
            await store.act(lambda work, door=door: getattr(work.actions, door)(ActionItemId("A_NONE")))


async def test_nobody_saves_on_top_of_what_they_have_not_seen(store: Store) -> None:
    seen = an_occurrence()
    await store.act(lambda work: work.occurrences.save(replace(seen, summary="A", version=1), seen, AT))
    with pytest.raises(OutdatedCard):
        await store.act(lambda work: work.occurrences.save(replace(seen, summary="B", version=1), seen, AT))
    assert (await store.read(lambda work: work.occurrences.get(seen.id))).summary == "A"


async def test_occurrences_are_found_by_client_by_time_and_by_what_came_before(store: Store) -> None:
    def plan(work: Work) -> None:
        for name in ("2", "3", "4"):
            state = State.HELD if name in "23" else State.PLANNED
            work.occurrences.add(an_occurrence(name, state=state, host=BEN if name == "3" else ANA), AT)

    await store.act(plan)
    third = an_occurrence("3")

    def found(work: Work) -> dict[str, list[str]]:
        doors = work.occurrences
        held = doors.last_held(ACME.id)
        return {
            "newest": [each.id for each in doors.of_client(ACME.id, limit=2)],
            "before": [each.id for each in doors.of_client(ACME.id, limit=9, before=third.start_at)],
            "between": [each.id for each in doors.between(an_occurrence("2").start_at, an_occurrence("4").start_at)],
            "hosted": [each.id for each in doors.between(AT, later(weeks=9), host=BEN)],
            "held": [held.id] if held else [],
            "row": [each.id for each in doors.row_before(SERIES.id, third.on, 9)],
        }

    assert await store.read(found) == {
        "newest": ["O_4", "O_3"],
        "before": ["O_2", "O_1"],
        "between": ["O_2", "O_3"],
        "hosted": ["O_3"],
        "held": ["O_3"],
        "row": ["O_2", "O_1"],
    }


async def test_a_pack_is_kept_as_it_was_and_never_changes(store: Store) -> None:
    occurrence = an_occurrence().id
    assert await store.read(lambda work: work.occurrences.pack(occurrence)) is None
    await store.act(lambda work: work.occurrences.keep_pack(occurrence, "{}", "digest", AT))
    assert await store.read(lambda work: work.occurrences.pack(occurrence)) == ("{}", "digest", AT)
    with pytest.raises(IntegrityError):
        await store.act(lambda work: work.occurrences.keep_pack(occurrence, "{1}", "other", AT))
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text("UPDATE packs SET content = ''")) and None)


async def test_an_action_comes_back_as_it_was_stored(store: Store) -> None:
    action = an_action(
        side=SideOf.CLIENTS,
        owner="Kim Öz",
        finding=FINDING.id,
        moved=(DateMoved(date(2026, 4, 1), date(2026, 4, 8), "Away.", ANA, AT),),
        meetings=3,
        state=ActionState.DONE,
        closed_at=later(days=1),
        closed_by=LEA,
        closed_because="See the log.",
        version=4,
    )
    await store.act(lambda work: work.findings.add(FINDING))
    await store.act(lambda work: work.actions.add(action, AT))
    assert await store.read(lambda work: work.actions.get(action.id)) == action
    open_again = replace(an_action(), version=5)
    await store.act(lambda work: work.actions.save(open_again, work.actions.locked(action.id), AT))
    assert await store.read(lambda work: work.actions.get(action.id)) == open_again


async def test_actions_are_found_by_client_by_owner_and_when_they_were_closed(store: Store) -> None:
    def agree(work: Work) -> None:
        work.actions.add(an_action("1", due_on=date(2026, 5, 1)), AT)
        work.actions.add(an_action("2", owner=BEN), AT)
        work.actions.add(an_action("3", owner=ANA, side=SideOf.CLIENTS), AT)
        for name, days in (("4", 1), ("5", 3)):
            work.actions.add(an_action(name, state=ActionState.DONE, closed_at=later(days=days)), AT)

    await store.act(agree)

    def found(work: Work) -> tuple[list[str], list[str], list[str], int]:
        return (
            [each.id for each in work.actions.open_of_client(ACME.id)],
            [each.id for each in work.actions.open_of_owner(ANA)],
            [each.id for each in work.actions.closed_since(ACME.id, AT + timedelta(days=2))],
            work.actions.count_open(),
        )

    assert await store.read(found) == (["A_2", "A_3", "A_1"], ["A_1"], ["A_5"], 3)


async def test_a_finding_comes_back_as_it_was_stated_and_never_changes(store: Store) -> None:
    await store.act(lambda work: work.findings.add(FINDING))
    assert await store.read(lambda work: work.findings.of_client(ACME.id, since=AT)) == [FINDING]
    assert await store.read(lambda work: work.findings.of_client(ACME.id, since=later(seconds=1))) == []
    with pytest.raises(IntegrityError, match="append-only"):
        await store.act(lambda work: work.connection.execute(text("UPDATE findings SET content = '{}'")) and None)


async def test_several_are_read_together_and_those_that_are_not_there_left_out(store: Store) -> None:
    second = an_occurrence("2")
    await store.act(lambda work: work.occurrences.add(second, AT))

    def read(work: Work) -> None:
        found = work.occurrences.locked_these([OccurrenceId("O_2"), OccurrenceId("O_1"), OccurrenceId("O_9")])
        assert found == {each.id: each for each in (an_occurrence(), second)}
        work.occurrences.save(replace(second, packed_at=AT), second, AT)  # they are held, like a single one
        assert work.series.these({SERIES.id, SeriesId("S_9")}) == {SERIES.id: SERIES}
        assert work.clients.these({ACME.id, ClientId("CL_9")}) == {ACME.id: ACME}
        assert (work.occurrences.locked_these([]), work.series.these(()), work.clients.these(())) == ({}, {}, {})

    await store.act(read)
