"""Actions between the reviews: one message a morning to their owner, and done, put off or handed on from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem, ActionState, Occurrence
from bot.domain.due import DueKind
from bot.domain.ids import ActionItemId, UserId
from bot.slack import ids
from bot.use_cases.desk import Acting
from tests.stories.client_steps import HOST, a_client, planned, with_client
from tests.stories.steps import again, tags, words
from tests.stories.town import LEAD_1, LEAD_2, Town, controls, open_town
from tests.stories.upkeep_steps import Clock, everybody_lives_in, fresh, pass_time

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
OWNER = LEAD_1
MANILA = "Asia/Manila"


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        everybody_lives_in(opened, "UTC")
        opened.workspace.set_zone(OWNER, MANILA)
        yield opened


async def a_meeting(town: Town, name: str = "Northwind") -> Occurrence:
    series = await with_client(town, a_client(name))
    return await planned(town, series, show=False)


async def agreed(
    town: Town, meeting: Occurrence, text: str, due_on: date, owner: str = OWNER, by: str = LEAD_2
) -> ActionItem:
    """An action that was written down in a meeting."""
    action = ActionItem(
        ActionItemId(f"A-{text[:20]}"),
        meeting.client,
        text,
        SideOf.OURS,
        owner,
        due_on,
        meeting.id,
        town.bot.desk.now(),
        UserId(by),
    )

    def enter(act: Acting) -> None:
        act.work.actions.add(action, act.at)
        act.work.due.earlier(DueKind.ACTIONS, owner, act.at)

    await town.bot.desk.act(enter)
    return action


async def held(town: Town, action: ActionItem) -> ActionItem:
    return await town.bot.desk.read(lambda work: work.actions.get(action.id))


def card_of(town: Town, user: str = OWNER) -> Any:
    return [each for each in town.cards(town.dm(user)) if "Your open actions" in words(each)][-1]


async def press(town: Town, user: str, card: Any, action: ActionItem, act: str) -> None:
    """Press one of the three buttons of one action on a card."""
    card = again(town, card)
    block, element = next(
        (block, each)
        for block, each in controls(card.blocks)
        if each["action_id"] == act and str(each["value"]).startswith(f"{action.id}|")
    )
    await town._act(
        "click",
        user,
        channel=card.channel,
        message_ts=card.ts,
        block_id=block["block_id"],
        action_id=act,
        type="button",
        value=element["value"],
    )


async def test_all_actions_come_in_one_message_a_morning_on_the_owners_clock(town: Town, clock: Clock) -> None:
    await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    await agreed(town, await a_meeting(town, "Southwind"), "Ask for the new test.", date(2026, 11, 27))
    before = town.cards(town.dm(OWNER))
    await pass_time(town, clock, MONDAY + timedelta(days=4))
    cards = fresh(town, town.dm(OWNER), before)
    assert [each.text for each in cards] == [
        "2 open actions from client reviews, 0 overdue.",
        "2 open actions from client reviews, 0 overdue.",
        "2 open actions from client reviews, 1 overdue.",
        "2 open actions from client reviews, 1 overdue.",
    ]
    assert "*Northwind:* Send the new contract." in words(cards[0])
    assert "*Southwind:* Ask for the new test." in words(cards[0])


async def test_the_morning_is_that_of_the_owners_clock(town: Town, clock: Clock) -> None:
    await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    before = town.cards(town.dm(OWNER))
    await pass_time(town, clock, datetime(2026, 11, 24, 0, 59, tzinfo=UTC))  # a minute to nine in Manila
    assert fresh(town, town.dm(OWNER), before) == []
    await pass_time(town, clock, datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert len(fresh(town, town.dm(OWNER), before)) == 1


async def test_done_takes_its_evidence_and_leaves_the_card(town: Town, clock: Clock) -> None:
    action = await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    await pass_time(town, clock, MONDAY + timedelta(days=1))
    card = card_of(town)
    await press(town, OWNER, card, action, ids.ACTION_DONE)
    await town.until(lambda: town.workspace.top_view(OWNER))
    assert "condition|evidence" in await town.submit(OWNER, **{"condition|evidence": " "})
    assert await town.submit(OWNER, **{"condition|evidence": "https://wiki.example/contract"}) == {}
    await town.settle()
    closed = await held(town, action)
    assert (closed.state, closed.closed_because) == (ActionState.DONE, "https://wiki.example/contract")
    assert words(again(town, card)) == "You have no open action."
    before = town.cards(town.dm(OWNER))
    await pass_time(town, clock, MONDAY + timedelta(days=9))
    assert fresh(town, town.dm(OWNER), before) == []
    assert (await tags(town)).count("action:done") == 1


async def test_a_new_date_takes_its_reason_and_the_reminders_follow_it(town: Town, clock: Clock) -> None:
    action = await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    await pass_time(town, clock, MONDAY + timedelta(days=1))
    await press(town, OWNER, card_of(town), action, ids.ACTION_DATE)
    await town.until(lambda: town.workspace.top_view(OWNER))
    wrong = await town.submit(OWNER, **{"action|day": "2026-11-24", "upkeep|reason": "They are away."})
    assert "Choose a day after today" in str(wrong)
    assert "upkeep|reason" in await town.submit(OWNER, **{"action|day": "2026-12-10", "upkeep|reason": ""})
    given = {"action|day": "2026-12-10", "upkeep|reason": "They are away."}
    assert await town.submit(OWNER, **given) == {}
    await town.settle()
    later = await held(town, action)
    assert later.due_on == date(2026, 12, 10)
    assert [(each.old, each.because) for each in later.moved] == [(date(2026, 11, 25), "They are away.")]
    before = town.cards(town.dm(OWNER))
    await pass_time(town, clock, datetime(2026, 12, 6, 12, tzinfo=UTC))
    assert fresh(town, town.dm(OWNER), before) == []
    await pass_time(town, clock, datetime(2026, 12, 7, 12, tzinfo=UTC))
    assert len(fresh(town, town.dm(OWNER), before)) == 1


async def test_not_mine_goes_to_the_host_who_hears_of_it_at_once_and_each_morning(town: Town, clock: Clock) -> None:
    action = await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    await pass_time(town, clock, MONDAY + timedelta(days=1))
    card = card_of(town)
    await press(town, OWNER, card, action, ids.ACTION_NOT_MINE)
    await town.settle()
    assert (await held(town, action)).owner == HOST
    assert words(again(town, card)) == "You have no open action."
    (told,) = [each for each in town.cards(town.dm(HOST)) if "Send the new contract." in words(each)]
    assert "Please find its owner" in words(told)
    await pass_time(town, clock, MONDAY + timedelta(days=3))
    assert "Send the new contract." in words(card_of(town, HOST))
    assert (await held(town, action)).state is ActionState.OPEN


async def test_only_its_owner_changes_an_action_and_an_old_card_changes_nothing(town: Town, clock: Clock) -> None:
    action = await agreed(town, await a_meeting(town), "Send the new contract.", date(2026, 11, 25))
    await pass_time(town, clock, MONDAY + timedelta(days=1))
    card = card_of(town)
    value = f"{action.id}|{action.version}"
    await press(town, OWNER, card, action, ids.ACTION_NOT_MINE)
    await town.settle()
    block = {"block_id": f"action|{action.id}", "action_id": ids.ACTION_NOT_MINE, "type": "button", "value": value}
    message = {"channel": card.channel, "message_ts": card.ts}
    card.blocks = [{"type": "actions", "block_id": block["block_id"], "elements": [{**_button(value)}]}]
    await town._act("click", OWNER, **message, **block)
    await town.until(lambda: any("somebody else's" in each for each in town.whispers(OWNER)))
    assert (await held(town, action)).owner == HOST
    assert (await tags(town)).count("action:hand_on") == 1


def _button(value: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": ids.ACTION_NOT_MINE,
        "value": value,
        "text": {"type": "plain_text", "text": "Not Mine"},
    }
