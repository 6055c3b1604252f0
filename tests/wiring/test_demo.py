"""The demo: what it starts with, what becomes of it when its clock is moved, and how it starts over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import given
from hypothesis.strategies import datetimes, just
from sqlalchemy import select

from bot.domain.client_review import State
from bot.domain.ids import UserId
from bot.domain.notice import NoticeKind
from bot.domain.times import local_date, local_moment, working_days_later, zone_of
from bot.playground.clock import MovableClock
from bot.playground.workspace import Workspace
from bot.slack import ids
from bot.store.tables import notices
from bot.store.work import Work
from bot.use_cases.desk import Desk
from bot.wiring.demo import _Behind, _workspace
from bot.wiring.demo_clients import BANK, CLIENTS, client_events
from bot.wiring.demo_company import BANK_CHANNEL, OTHER_LEAD, SECURITY_CHANNEL, TEAM_CHANNEL, TEAM_LEAD, fill_workspace
from bot.wiring.demo_records import STORIES, seed_records
from bot.wiring.parts import SlackAccess
from tests.stories.steps import open_review, sign, with_the_leads, words
from tests.stories.town import SECRET, TOKEN, controls, open_town
from tests.wiring.demo_served import demo_served

NOWHERE = SlackAccess(TOKEN, SECRET, "http://127.0.0.1:9/api/", True, SECURITY_CHANNEL, (), ())


async def on_record(desk: Desk) -> list[str]:
    return sorted(each.tool_name for each in await desk.read(lambda work: list(work.decisions.all())))


def said(workspace: Workspace) -> list[str]:
    return [each.text for each in workspace.messages[TEAM_CHANNEL]]


async def test_to_start_over_brings_back_the_first_words_and_the_first_records(tmp_path: Path) -> None:
    behind, workspace = _Behind(NOWHERE, MovableClock()), _workspace()
    first = behind.bot = await behind.prepare(tmp_path / "1.sqlite3")
    now = first.desk.now()
    fill_workspace(workspace, now)
    first_words, first_records = said(workspace), await on_record(first.desk)
    first.start()
    workspace.post(TEAM_CHANNEL, TEAM_LEAD, "Something new", at=now)

    await behind.start_over(tmp_path / "2.sqlite3", workspace)
    try:
        assert behind.bot is not first
        assert said(workspace) == first_words
        assert await on_record(behind.bot.desk) == first_records
        assert len(first_records) == len(STORIES) - 1  # one still waits for the leads
    finally:
        await behind.bot.stop()


async def test_started_again_over_a_kept_file_the_records_stand_and_open_reviews_have_fresh_cards(
    tmp_path: Path,
) -> None:
    kept = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    async with open_town(kept) as town:
        assert await seed_records(town.bot.desk)
        records = await on_record(town.bot.desk)
        await with_the_leads(town, OTHER_LEAD, "Fabrikam Calls")
        await open_review(town, TEAM_LEAD, "Fabrikam Notes")
        pack = await town.card_with(BANK_CHANNEL, ids.MEET_START)
        await town.click(TEAM_LEAD, pack, ids.MEET_START)
        await town.settle()
    async with open_town(kept) as town:
        assert not await seed_records(town.bot.desk)
        assert await on_record(town.bot.desk) == records
        await town.until(lambda: len(town.cards(SECURITY_CHANNEL)) == 2)  # Sample Notetaker waited from the start
        await town.settle()
        asked = [words(each) for each in town.cards(SECURITY_CHANNEL)]
        for tool in ("Sample Notetaker", "Fabrikam Calls"):
            assert any(f"May {tool} be" in each for each in asked)
        assert all("could not deliver" not in each for each in asked)
        mine = await town.card_with(town.dm(TEAM_LEAD), "review|why")
        assert "Fabrikam Notes" in words(mine)
        request = next(each for each in town.cards(SECURITY_CHANNEL) if "Fabrikam Calls" in words(each))
        assert "Fabrikam Calls: approved" in words(await sign(town, request))
        assert any("Fabrikam Calls" in each.text for each in town.cards(town.dm(OTHER_LEAD)))
        running = await town.card_with(BANK_CHANNEL, ids.MEET_DISCUSSED)
        assert "0 of 10 discussed" in words(running)
        await town.click(TEAM_LEAD, running, ids.MEET_DISCUSSED)
        await town.settle()
        assert "1 of 10 discussed" in words(await town.card_with(BANK_CHANNEL, ids.MEET_DISCUSSED))
        await town.command(TEAM_LEAD, "mine")
        await town.click(TEAM_LEAD, await town.card_with(TEAM_CHANNEL, "review|resume"), "review|resume")
        await town.until(lambda: any("goes on" in each for each in town.whispers(TEAM_LEAD)))


async def test_a_second_start_greets_with_what_is_true_then(tmp_path: Path) -> None:
    for again in (False, True):
        behind, workspace = _Behind(NOWHERE, MovableClock()), _workspace()
        bot = behind.bot = await behind.prepare(tmp_path / "kept.sqlite3")
        assert behind.again == again
        fill_workspace(workspace, bot.desk.now(), again=behind.again)
        assert any("waits for a sign-off" in each for each in said(workspace)) != again
        bot.start()
        await bot.stop()


# --- its clients ------------------------------------------------------------------------------------------------------


@given(datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=just(UTC)))
def test_on_whatever_day_it_starts_the_past_is_over_the_pack_is_there_and_no_two_reviews_clash(now: datetime) -> None:
    assert max(at for at, _ in client_events(now)) < now
    starts = []
    for client in CLIENTS:
        zone = zone_of(client.zone)
        next_on = working_days_later(local_date(now, zone), client.next_in)
        starts += [local_moment(next_on + timedelta(days=7 * week), client.at, zone) for week in range(8)]
        if client.name == BANK:
            assert now < starts[0] <= now + timedelta(hours=client.pack_hours)
    starts.sort()
    assert all(later - one >= timedelta(minutes=45) for one, later in pairwise(starts))


async def test_its_clients_have_held_missed_and_coming_reviews_and_only_what_waits_now_is_still_to_be_told(
    tmp_path: Path,
) -> None:
    behind = _Behind(NOWHERE, MovableClock())
    bot = behind.bot = await behind.prepare(tmp_path / "fresh.sqlite3")

    def look(work: Work) -> dict[str, list[State]]:
        rows = {each.name: work.occurrences.of_client(each.id, limit=50) for each in work.clients.all()}
        return {
            name: [row.state for row in reversed(found) if row.state is not State.PLANNED]
            for name, found in rows.items()
        }

    try:
        assert await bot.desk.read(look) == {
            each.name: [State.MISSED if held is None else State.HELD for held in each.reviews] for each in CLIENTS
        }
        carried = await bot.desk.read(lambda work: work.actions.open_of_owner(UserId(TEAM_LEAD)))
        assert any(each.meetings == 2 and each.due_on < bot.desk.now().date() for each in carried)
        owed = await bot.desk.store.act(lambda work: work.notices.claim(bot.desk.now(), timedelta(seconds=1), 100))
        kinds = [each.notice.kind for each in owed]
        assert sorted(kinds) == [NoticeKind.PACK, NoticeKind.PACK, NoticeKind.REVIEW_CARD, NoticeKind.SIGN_OFF_CARD]
    finally:
        await bot.stop()


# --- its clock --------------------------------------------------------------------------------------------------------

WEEK_BRINGS = {
    NoticeKind.PACK,
    NoticeKind.REVIEW_SOON,
    NoticeKind.REVIEW_NOW,
    NoticeKind.REVIEW_MISSED,
    NoticeKind.ACTIONS_CARD,
    NoticeKind.SIGN_OFF_WAITS,
    NoticeKind.DIGEST,
    NoticeKind.DIGEST_DETAILS,
}


async def test_a_week_moved_ahead_while_somebody_presses_brings_all_that_is_due_each_once(tmp_path: Path) -> None:
    async with demo_served(tmp_path) as (demo, page), aiohttp.ClientSession() as http:

        async def act(what: str, **more: object) -> dict[str, object]:
            body = {"as": TEAM_LEAD, **more}
            async with http.post(f"{page}/page/{what}", json=body, headers={"Origin": page}) as answer:
                return await answer.json()

        async def press() -> None:
            """Start the bank's review, and go through it."""
            for message in list(demo.workspace.messages[BANK_CHANNEL]):
                for block, element in controls(message.blocks):
                    if element["action_id"] in (ids.MEET_START, ids.MEET_DISCUSSED):
                        pressed = {"block_id": block["block_id"], "action_id": element["action_id"], "type": "button"}
                        place = {"channel": BANK_CHANNEL, "message_ts": message.ts}
                        await act("click", **place, **pressed, value=element["value"])

        moving = asyncio.create_task(act("forward", hours=168))
        while not moving.done():
            await press()
            await asyncio.sleep(0)
        assert (await moving)["ok"]

        keys = [
            (channel, str(message.metadata))
            for channel, messages in demo.workspace.messages.items()
            for message in messages
            if message.metadata
        ]
        assert len(keys) == len(set(keys))
        sent = await demo.behind.bot.desk.read(_sent)
        assert {NoticeKind(kind) for kind, _, _ in sent} >= WEEK_BRINGS
        assert all(not doubtful and not tries for _, doubtful, tries in sent)


def _sent(work: Work) -> list[Any]:
    rows = select(notices.c.kind, notices.c.doubtful, notices.c.tries).where(notices.c.state == "sent")
    return list(work.connection.execute(rows).all())
