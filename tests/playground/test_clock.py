"""A clock that is moved: every hour has its say, stamps grow, and nothing measured in real seconds grows old by it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.clock import MovableClock, Mover
from bot.playground.records import SlackError
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from tests.playground.town import Town, button, form, small_workspace

HOUR = timedelta(hours=1)
QUARTER_PAST_NINE = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)


def a_clock(at: datetime = QUARTER_PAST_NINE) -> MovableClock:
    return MovableClock(lambda: at)


async def hours_told(clock: MovableClock, by: timedelta) -> list[datetime]:
    told: list[datetime] = []

    async def tell(step: timedelta) -> None:
        assert timedelta() < step <= HOUR
        told.append(clock.now())

    await Mover(clock, on_forward=tell, moved=lambda: None).forward(by)
    return told


async def test_a_move_stops_at_every_full_hour_on_its_way():
    told = await hours_told(a_clock(), timedelta(hours=3))
    assert [f"{at:%H:%M}" for at in told] == ["10:00", "11:00", "12:00", "12:15"]


async def test_a_week_is_moved_whole_and_every_hour_of_it_is_told():
    clock = a_clock()
    told = await hours_told(clock, timedelta(days=7))
    assert clock.now() == QUARTER_PAST_NINE + timedelta(days=7)
    assert len({at.replace(minute=0) for at in told}) == 7 * 24


async def test_the_next_hour_waits_until_the_last_one_is_done():
    clock, seen, going = a_clock(), list[datetime](), asyncio.Event()

    async def slow(step: timedelta) -> None:
        seen.append(clock.now())
        await going.wait()

    mover = Mover(clock, on_forward=slow, moved=lambda: None)
    moving = asyncio.create_task(mover.forward(timedelta(hours=2)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert [f"{at:%H:%M}" for at in seen] == ["10:00"]
    with pytest.raises(SlackError, match="clock_is_moving"):
        await mover.forward(HOUR)
    going.set()
    await moving
    assert f"{clock.now():%H:%M}" == "11:15"


async def test_a_fault_on_the_way_leaves_the_clock_where_it_got_to_and_free_to_move_again():
    clock = a_clock()

    async def breaks(step: timedelta) -> None:
        if clock.now().hour == 11:
            raise RuntimeError("no")

    mover = Mover(clock, on_forward=breaks, moved=lambda: None)
    with pytest.raises(SlackError, match="clock_stopped"):
        await mover.forward(timedelta(hours=8))
    assert f"{clock.now():%H:%M}" == "11:00"
    await mover.forward(timedelta(minutes=59) + HOUR)
    assert f"{clock.now():%H:%M}" == "12:59"


async def test_a_move_ends_with_its_step_when_the_server_stops():
    clock = a_clock()

    async def stops(step: timedelta) -> None:
        mover.stop()

    mover = Mover(clock, on_forward=stops, moved=lambda: None)
    await mover.forward(timedelta(days=1))
    assert f"{clock.now():%H:%M}" == "10:00"


@pytest.mark.parametrize("by", [timedelta(), -HOUR, timedelta(days=32)])
async def test_a_clock_goes_neither_back_nor_out_of_sight(by: timedelta):
    with pytest.raises(SlackError, match="invalid_arguments"):
        await Mover(a_clock(), on_forward=None, moved=lambda: None).forward(by)


def test_only_a_start_from_the_beginning_sets_it_back():
    clock = a_clock()
    with pytest.raises(ValueError, match="only goes forward"):
        clock.forward(-HOUR)
    clock.forward(HOUR)
    clock.reset()
    assert clock.now() == QUARTER_PAST_NINE


@given(st.lists(st.sampled_from([timedelta(), timedelta(microseconds=1), HOUR, timedelta(days=7)]), max_size=12))
def test_stamps_are_unique_and_grow_however_the_clock_moves(moves: list[timedelta]):
    clock, workspace = a_clock(), small_workspace()
    stamps = []
    for by in moves:
        clock.forward(by)
        stamps.append(workspace.post("CGENERAL", "UANA", "x", at=clock.now()).ts)
    assert stamps == sorted(set(stamps))


# -- on the page -------------------------------------------------------------------------------------------------------


async def forward(town: Town, hours: Any) -> dict[str, Any]:
    return await town.act("forward", hours=hours)


async def test_the_page_shows_the_time_and_moves_it(town: Town):
    before = (await town.sees())["clock"]
    assert before["movable"] is True
    assert (await forward(town, 24))["ok"] is True
    after = (await town.sees())["clock"]
    assert after["now"] - before["now"] >= 24 * 3600
    assert after["moving"] is False


@pytest.mark.parametrize("hours", [0, -1, 745, 1.5, "1", True, None])
async def test_how_far_is_a_whole_number_of_hours(town: Town, hours: Any):
    assert (await forward(town, hours))["error"] == "invalid_arguments"
    assert town.clock.ahead == timedelta()


async def test_another_site_cannot_move_the_time(town: Town):
    foreign = {"Origin": "https://evil.example"}
    answer = await town.browser.post("/page/forward", json={"as": "UANA", "hours": 1}, headers=foreign)
    assert answer.status_code == 403
    assert town.clock.ahead == timedelta()


async def test_each_hour_is_told_and_what_it_makes_the_bot_say_carries_that_hour(town: Town):
    async def remind(step: timedelta) -> None:
        await town.slack.chat_postMessage(channel="CGENERAL", text=f"{town.clock.now():%H}")

    town.on_forward.append(remind)
    assert (await forward(town, 5))["ok"]
    said = await town.messages()
    assert len(said) in (5, 6)
    assert [datetime.fromtimestamp(float(one["ts"]), UTC).strftime("%H") for one in said] == [o["text"] for o in said]


async def test_nobody_starts_over_while_the_time_moves(town: Town):
    refused: list[str] = []

    async def start_over(step: timedelta) -> None:
        refused.append((await town.browser.post("/page/reset", json={"as": "UANA"})).json()["error"])

    town.on_forward.append(start_over)
    await forward(town, 1)
    assert set(refused) == {"clock_is_moving"}
    assert (await town.act("reset"))["ok"]


async def test_signatures_keep_the_real_time_and_messages_the_moved_one(town: Town):
    # Bolt drops a request whose signature is five minutes off, so that it hears this at all proves the first half.
    town.bolt.event("message")(_nothing)
    town.clock.forward(timedelta(days=7))
    await town.act("post", channel="CGENERAL", text="next week")
    (event,) = town.events("message")
    week_from_now = (datetime.now(UTC) + timedelta(days=7)).timestamp()
    assert float(event["ts"]) == pytest.approx(week_from_now, abs=60)
    assert town.heard[0]["event_time"] == pytest.approx(week_from_now, abs=60)


async def test_a_trigger_and_a_response_url_do_not_grow_old_when_the_clock_moves(town: Town):
    @town.bolt.action("press")
    async def pressed(ack: Any, body: dict[str, Any], client: Any, respond: Any) -> None:
        town.clock.forward(timedelta(days=1))
        await client.views_open(trigger_id=body["trigger_id"], view=form("one"))
        await respond(text="still here", replace_original=False)
        await ack()

    posted = await town.slack.chat_postMessage(channel="CGENERAL", text="press", blocks=button("press"))
    click = {"channel": "CGENERAL", "message_ts": posted["ts"], "block_id": "buttons", "action_id": "press"}
    assert (await town.act("click", **click))["ok"]
    assert await town.modal() is not None
    assert [one["text"] for one in await town.messages()] == ["press", "still here"]


async def test_a_playground_on_a_plain_clock_cannot_be_moved(workspace: Workspace):
    app = build_playground(
        workspace, bot_url="http://127.0.0.1:1/", signing_secret="s", bot_token="t", clock=lambda: QUARTER_PAST_NINE
    )
    at = "http://127.0.0.1:3001"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=at, headers={"Origin": at}) as browser:
        assert (await browser.get("/page/state")).json()["clock"] == {
            "now": QUARTER_PAST_NINE.timestamp(), "movable": False, "moving": False,
        }  # fmt: skip
        answer = await browser.post("/page/forward", json={"as": "UANA", "hours": 1})
        assert answer.json()["error"] == "unknown_method"


async def _nothing() -> None:
    """Hear it and do nothing."""
