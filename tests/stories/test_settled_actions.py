"""What becomes of open actions in a review: done, given up, another day, somebody else. For either side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.domain.client import Series, SideOf
from bot.domain.client_review import ActionItem, ActionState
from bot.domain.ids import ActionItemId
from bot.slack import ids
from tests.stories.client_steps import (
    HOST,
    STAND_IN,
    Clock,
    a_client,
    actions_of,
    again,
    closed,
    form,
    planned,
    started,
    with_client,
)
from tests.stories.steps import offers, tags, words
from tests.stories.town import CISO, GUEST, LEAD_1, TEAM_CHANNEL, Town, open_town

WHICH, BECAME, WHY = "client_review|which", "client_review|became", "client_review|why"
THEIRS = {"client_review|text": "Send the list", "client_review|side": "clients"}
THEIRS |= {"client_review|client_owner": "Dana Nord"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        yield opened


async def a_week_later(town: Town, clock: Clock, agreed: dict[str, str]) -> tuple[Series, Any]:
    """A review in which something is agreed, and the card of the next one, which runs."""
    series = await with_client(town, a_client())
    await planned(town, series)
    card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
    assert ids.MEET_SETTLE not in offers(card)  # nothing is open yet
    assert await form(town, HOST, card, ids.MEET_ACTION, **agreed) == {}
    assert await closed(town, card) == {}
    return series, await the_next(town, clock, series)


async def the_next(town: Town, clock: Clock, series: Series) -> Any:
    clock.forward(days=7)
    await planned(town, series)
    return await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))


async def held(town: Town, number: ActionItemId) -> ActionItem:
    return await town.bot.desk.read(lambda work: work.actions.get(number))


async def test_what_the_clients_side_has_done_is_closed_with_its_evidence_and_read_out(
    town: Town, clock: Clock
) -> None:
    series, card = await a_week_later(town, clock, THEIRS)
    (action,) = await actions_of(town, series.client)
    done = {BECAME: "done", WHY: "It lies in the shared folder."}
    assert await form(town, HOST, card, ids.MEET_SETTLE, **{**done, WHY: ""}) == {
        WHY: "Say in a sentence or a link how somebody can see that it is done."
    }
    assert await town.submit(HOST, **done) == {}
    await town.settle()
    assert "Actions settled:* 1" in words(again(town, card))
    after = await held(town, action.id)
    assert (after.state, after.closed_by, after.meetings) == (ActionState.DONE, HOST, 0)
    assert await closed(town, card) == {}
    minutes = words(await town.card_with(TEAM_CHANNEL, ids.MEET_PDF))
    assert "Done: Send the list (Dana Nord, client). It lies in the shared folder." in minutes
    assert "carried over" not in minutes
    assert (await held(town, action.id)).meetings == 0  # it was done before it could grow older
    assert "action:done" in await tags(town)


async def test_an_action_is_given_up_only_with_a_reason(town: Town, clock: Clock) -> None:
    series, card = await a_week_later(town, clock, THEIRS)
    (action,) = await actions_of(town, series.client)
    assert await form(town, HOST, card, ids.MEET_SETTLE, **{BECAME: "dropped"}) == {
        WHY: "Write one sentence why; it is read out in the next review."
    }
    assert await town.submit(HOST, **{BECAME: "dropped", WHY: "The tool is gone."}) == {}
    after = await held(town, action.id)
    assert (after.state, after.closed_because) == (ActionState.DROPPED, "The tool is gone.")
    assert await actions_of(town, series.client) == []


async def test_another_day_takes_a_day_and_a_reason_and_the_next_pack_says_it(town: Town, clock: Clock) -> None:
    series, card = await a_week_later(town, clock, THEIRS)
    later = {BECAME: "later", WHY: "Their auditor is ill."}
    assert await form(town, HOST, card, ids.MEET_SETTLE, **later) == {
        "client_review|due": "Choose the day by which it will be done."
    }
    assert await town.submit(HOST, **later, **{"client_review|due": "2026-12-22"}) == {}
    (action,) = await actions_of(town, series.client)
    assert (action.due_on, action.moved[-1].because) == (date(2026, 12, 22), "Their auditor is ill.")
    assert await closed(town, card) == {}
    assert "put off: Their auditor is ill." in words(await the_next(town, clock, series))


async def test_an_action_is_given_to_somebody_else_on_either_side(town: Town, clock: Clock) -> None:
    ours = {"client_review|text": "Switch it on", "client_review|side": "ours", "client_review|owner": LEAD_1}
    series, card = await a_week_later(town, clock, ours)
    handed = {BECAME: "handed"}
    owner = "client_review|owner"
    assert await form(town, HOST, card, ids.MEET_SETTLE, **handed) == {
        owner: "Say who does it: one of our people, or somebody at the client's by name."
    }
    assert owner in await town.submit(HOST, **handed, **{owner: GUEST})
    assert owner in await town.submit(HOST, **handed, **{owner: LEAD_1})
    assert await town.submit(HOST, **handed, **{owner: STAND_IN}) == {}
    await town.settle()
    (action,) = await actions_of(town, series.client)
    assert action.owner == STAND_IN
    theirs = {"client_review|client_owner": "Nils Nord"}
    assert await form(town, HOST, card, ids.MEET_SETTLE, **handed, **theirs) == {}
    (action,) = await actions_of(town, series.client)
    assert (action.side, action.owner) == (SideOf.CLIENTS, "Nils Nord")


async def test_only_whoever_holds_the_review_settles_its_actions_and_only_while_it_runs(
    town: Town, clock: Clock
) -> None:
    series, card = await a_week_later(town, clock, THEIRS)
    await town.click(CISO, card, ids.MEET_SETTLE)
    await town.settle()
    assert town.workspace.top_view(CISO) is None
    await town.click(HOST, again(town, card), ids.MEET_SETTLE)
    await town.until(lambda: town.workspace.top_view(HOST))
    assert await closed(town, card, user=STAND_IN) == {}
    await town.submit(HOST, **{BECAME: "done", WHY: "Seen."})
    await town.settle()
    (action,) = await actions_of(town, series.client)
    assert action.state is ActionState.OPEN
