"""Whatever Slack answers, or does not: what is owed stands there once in the end; what can never be sent is told."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import delete, select
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from bot.domain.ids import ChannelId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind, Owed, Recipient
from bot.domain.review import Home, Review, Stage
from bot.playground.web_api import WebApi
from bot.slack import addresses, pace
from bot.slack.delivery import EVENT_TYPE, LONGEST_TRY, SlackMessenger
from bot.slack.pace import Pace
from bot.store.tables import notices
from bot.store.work import Work
from bot.use_cases.desk import LEASE, Desk
from bot.use_cases.notices import deliver, deliver_due
from bot.use_cases.ports import Via
from bot.use_cases.tellings import gather, review_notice
from tests.stories.town import SECURITY_CHANNEL, TEAM_CHANNEL, TEAM_LEAD, TOKEN, Town, open_town

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHORT = aiohttp.ClientTimeout(total=0.4)
KEY = "hello:test"
NUMBERS = count(1)


@dataclass
class Office:
    """Deliveries driven by hand, on a clock of their own; the town's own deliveries live a day earlier and see none."""

    town: Town
    client: AsyncWebClient
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def desk(self) -> Desk:
        return replace(self.town.bot.desk, now=lambda: self.at, deliver=[])

    @property
    def messenger(self) -> SlackMessenger:
        return self._messenger

    def __post_init__(self) -> None:
        line = Pace(seconds=lambda: self.at.timestamp())
        self._messenger = replace(self.town.bot.messenger, client=self.client, now=lambda: self.at, pace=line)

    async def wait(self, seconds: float) -> None:
        """Stand in line: time passes, and nobody sleeps."""
        self.at += timedelta(seconds=seconds)

    async def owe(self, notice: Notice) -> None:
        await self.desk.store.act(lambda work: work.notices.owe(notice, self.at))

    async def claim(self) -> Owed:
        (owed,) = await self.desk.store.act(lambda work: work.notices.claim(self.at, LEASE, 5))
        return owed

    async def run(self, *, until: datetime | None = None) -> None:
        """Deliver whatever is owed, waiting as long as it takes, or until that time."""
        for _ in range(2_000):
            due = await self.desk.read(lambda work: work.notices.next_due())
            if due is None or (until is not None and due > until):
                return
            self.at = max(self.at + timedelta(seconds=2), due)
            await deliver_due(self.desk, self.messenger)
        raise AssertionError("it never ends")

    async def row(self, key: str) -> Any:
        query = select(notices).where(notices.c.key == key)
        return await self.desk.read(lambda work: work.connection.execute(query).one())

    def standing(self, key: str) -> list[Any]:
        """Every message that carries this notice's mark, wherever it stands."""
        return [
            each
            for messages in self.town.workspace.messages.values()
            for each in messages
            if each.metadata
            and each.metadata["event_type"] == EVENT_TYPE
            and each.metadata["event_payload"]["key"] == key
        ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One town for all of these tests; each begins with nothing owed and nothing broken."""

    def yesterday() -> datetime:
        return datetime.now(UTC) - timedelta(days=1)

    database = tmp_path_factory.mktemp("delivery") / "town.sqlite3"
    async with open_town(f"sqlite:///{database}", now=yesterday) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def office(town: Town, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    town.faults.clear()
    town.calls.clear()
    async with aiohttp.ClientSession(timeout=SHORT) as session:
        opened = Office(town, AsyncWebClient(TOKEN, f"{town.page}/api/", session=session, retry_handlers=[]))
        monkeypatch.setattr(addresses, "WAIT", SHORT)
        monkeypatch.setattr(pace, "asyncio", SimpleNamespace(sleep=opened.wait))
        yield opened
        await opened.desk.store.act(lambda work: work.connection.execute(delete(notices)))
        for messages in town.workspace.messages.values():
            messages.clear()


# --- what Slack, or the way to it, can do to us -----------------------------------------------------------------------


class Silence(Response):
    """Nothing comes back; with `begun`, the answer begins and never ends."""

    def __init__(self, *, begun: bool = False) -> None:
        super().__init__()
        self._begun = begun

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._begun:
            start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
            await send(start)
            await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass


class Cut(Response):
    """The answer begins, and the connection breaks."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":true,', "more_body": True})
        raise ConnectionResetError


FAULTS: dict[str, tuple[bool, Callable[[], Any]]] = {
    # name: (was it accepted all the same?, what comes back)
    "429 for a second": (False, lambda: _slow_down("1")),
    "429 for half a minute": (False, lambda: _slow_down("30")),
    "429 without saying how long": (False, lambda: _slow_down(None)),
    "429 for a time nobody can read": (False, lambda: _slow_down("soon")),
    "429 in plain text": (False, lambda: PlainTextResponse("slow down", 429, {"Retry-After": "3"})),
    "500": (False, lambda: JSONResponse({"ok": False, "error": "internal_error"}, 500)),
    "500 as a page": (False, lambda: HTMLResponse("<h1>Oops</h1>", 500)),
    "503 in plain text": (False, lambda: PlainTextResponse("upstream connect error", 503)),
    "503 after it was accepted": (True, lambda: PlainTextResponse("upstream connect error", 503)),
    "no answer": (False, Silence),
    "no answer after it was accepted": (True, Silence),
    "an answer that never ends": (True, lambda: Silence(begun=True)),
    "a broken connection": (False, Cut),
    "a broken connection after it was accepted": (True, Cut),
    "a page instead of JSON": (False, lambda: HTMLResponse("<h1>Sign in</h1>")),
    "plain text instead of JSON": (False, lambda: PlainTextResponse("OK")),
    "plain text after it was accepted": (True, lambda: PlainTextResponse("OK")),
    "half an answer": (True, lambda: Response('{"ok": tr', media_type="application/json")),
    "a list instead of an object": (False, lambda: Response("[]", media_type="application/json")),
    "no, for now": (False, lambda: {"ok": False, "error": "service_unavailable"}),
    "no, too fast": (False, lambda: {"ok": False, "error": "ratelimited"}),
    "no, and no word why": (False, lambda: {"ok": False}),
    "a locked-out token": (False, lambda: {"ok": False, "error": "token_expired"}),
}


def _slow_down(seconds: str | None) -> Response:
    headers = {"Retry-After": seconds} if seconds else {}
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)


def break_once(town: Town, method: str, fault: str, *, times: int = 1) -> list[dict[str, Any]]:
    """Let the next calls of a method end that way; the calls that met it."""
    accepted, answer = FAULTS[fault]
    api = WebApi(town.workspace, bot_token=TOKEN, clock=lambda: datetime.now(UTC))
    met: list[dict[str, Any]] = []

    def before(called: str, params: dict[str, Any]) -> Any:
        if called != method or len(met) >= times:
            return None
        met.append(params)
        if accepted:
            assert api.call(called, params, token=TOKEN)["ok"]
        return answer()

    town.faults.append(before)
    return met


def calls(town: Town, method: str) -> int:
    return sum(1 for called, _ in town.calls if called == method)


def hello(to: str = TEAM_CHANNEL, thread: str | None = None) -> Notice:
    return Notice(KEY, NoticeKind.HELLO, Recipient(ChannelId(to), thread), facts={"by": TEAM_LEAD})


# --- posting ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_message_whose_post_met_a_fault_stands_there_once(office: Office, fault: str) -> None:
    met = break_once(office.town, "chat.postMessage", fault)
    await office.owe(hello())
    await office.run()
    assert len(met) == 1
    assert len(office.standing(KEY)) == 1
    row = await office.row(KEY)
    assert (row.state, row.doubtful) == ("sent", False)
    assert row.posted_ts == office.standing(KEY)[0].ts


@pytest.mark.parametrize("fault", ["no answer after it was accepted", "a broken connection after it was accepted"])
@pytest.mark.parametrize("place", ["thread", "direct message"])
async def test_it_is_looked_for_where_it_would_stand(office: Office, fault: str, place: str) -> None:
    thread = await office.town.say(TEAM_LEAD, TEAM_CHANNEL, "Something else.") if place == "thread" else None
    break_once(office.town, "chat.postMessage", fault)
    await office.owe(hello(TEAM_CHANNEL if thread else TEAM_LEAD, thread))
    await office.run()
    assert len(office.standing(KEY)) == 1
    assert calls(office.town, "chat.postMessage") == 1


async def test_it_is_found_beyond_the_first_page(office: Office) -> None:
    break_once(office.town, "chat.postMessage", "no answer after it was accepted")
    await office.owe(hello())
    await deliver_due(office.desk, office.messenger)
    for _ in range(230):
        office.town.workspace.post(TEAM_CHANNEL, TEAM_LEAD, "More talk.", at=datetime.now(UTC))
    await office.run()
    assert len(office.standing(KEY)) == 1
    assert calls(office.town, "conversations.history") == 2


async def test_while_nobody_can_look_nothing_is_said_twice(office: Office) -> None:
    break_once(office.town, "chat.postMessage", "no answer after it was accepted")
    looked = break_once(office.town, "conversations.history", "503 in plain text", times=3)
    await office.owe(hello())
    await office.run()
    assert len(looked) == 3
    assert len(office.standing(KEY)) == 1


async def test_where_slack_never_lets_us_look_it_is_rather_said_again_than_not_at_all(office: Office) -> None:
    break_once(office.town, "chat.postMessage", "no answer")
    office.town.faults.append(
        lambda method, _: {"ok": False, "error": "missing_scope"} if method == "conversations.history" else None
    )
    await office.owe(hello())
    await office.run()
    assert len(office.standing(KEY)) == 1


async def test_what_was_claimed_by_a_process_that_died_after_slack_took_it_is_found_again(office: Office) -> None:
    await office.owe(hello())
    owed = await office.claim()
    telling = await office.desk.read(gather, owed.notice, office.desk.knowledge, office.at)
    await office.messenger.send(owed, telling)  # and nobody wrote that down
    await office.run()
    assert len(office.standing(KEY)) == 1
    assert calls(office.town, "chat.postMessage") == 1


@pytest.mark.parametrize(("fault", "least"), [("429 for half a minute", 30), ("429 without saying how long", 30)])
async def test_slack_is_left_alone_for_as_long_as_it_asks_and_that_is_no_failed_try(
    office: Office, fault: str, least: int
) -> None:
    break_once(office.town, "chat.postMessage", fault)
    await office.owe(hello())
    await deliver_due(office.desk, office.messenger)
    row = await office.row(KEY)
    assert row.next_at >= office.at + timedelta(seconds=least)
    assert not row.doubtful


async def test_a_pause_of_one_method_holds_every_message_of_it(office: Office) -> None:
    break_once(office.town, "chat.postMessage", "429 for half a minute")
    await office.owe(hello())
    await deliver_due(office.desk, office.messenger)
    other = replace(hello(SECURITY_CHANNEL), key="hello:other")
    await office.owe(other)
    await deliver_due(office.desk, office.messenger)
    assert calls(office.town, "chat.postMessage") == 1
    await office.run()
    assert len(office.standing(KEY)) == len(office.standing("hello:other")) == 1


async def test_a_port_where_nobody_listens_is_tried_again(office: Office) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        office.client.base_url = f"http://127.0.0.1:{closed.getsockname()[1]}/api/"
    await office.owe(hello())
    await deliver_due(office.desk, office.messenger)
    row = await office.row(KEY)
    assert (row.state, row.tries, row.doubtful) == ("owed", 1, False)
    office.client.base_url = f"{office.town.page}/api/"
    await office.run()
    assert len(office.standing(KEY)) == 1


@pytest.mark.parametrize("hours", [2, 23])
async def test_slack_may_be_away_for_hours_and_nothing_owed_is_lost(office: Office, hours: int) -> None:
    began = office.at
    away = began + timedelta(hours=hours)
    office.town.faults.append(
        lambda method, _: (
            HTMLResponse("<h1>Down</h1>", 503) if office.at < away and method.startswith("chat.") else None
        )
    )
    for number in range(5):
        await office.owe(replace(hello(), key=f"hello:{number}"))
    await office.run()
    assert [len(office.standing(f"hello:{number}")) for number in range(5)] == [1] * 5
    assert office.at < away + timedelta(hours=1)


async def test_after_a_day_of_silence_it_is_given_up_and_that_is_on_record(office: Office) -> None:
    began = office.at
    office.town.faults.append(
        lambda method, params: (
            HTMLResponse("", 503) if method == "chat.postMessage" and params["channel"] == TEAM_CHANNEL else None
        )
    )
    await office.owe(hello())
    await office.run()
    row = await office.row(KEY)
    assert row.state == "dead"
    assert timedelta(hours=20) < office.at - began < timedelta(hours=30)
    assert len(office.standing(f"trouble:{KEY}")) == 1


# --- what can never be sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["invalid_arguments", "not_allowed_token_type", "missing_scope", "something_new"])
async def test_a_refusal_for_good_is_tried_once_and_told_to_the_leads(office: Office, code: str) -> None:
    def refuse(method: str, params: dict[str, Any]) -> Any:
        elsewhere = params.get("channel") != TEAM_CHANNEL
        return None if method != "chat.postMessage" or elsewhere else {"ok": False, "error": code}

    office.town.faults.append(refuse)
    await office.owe(hello())
    await office.run()
    await office.town.settle()
    assert sum(1 for m, p in office.town.calls if m == "chat.postMessage" and p["channel"] == TEAM_CHANNEL) == 1
    assert (await office.row(KEY)).state == "dead"
    (trouble,) = office.standing(f"trouble:{KEY}")
    assert trouble.channel == SECURITY_CHANNEL


async def test_trouble_about_the_leads_own_channel_makes_no_further_trouble(office: Office) -> None:
    office.town.faults.append(
        lambda method, _: {"ok": False, "error": "invalid_arguments"} if method == "chat.postMessage" else None
    )
    await office.owe(hello(SECURITY_CHANNEL))
    await office.run()
    assert calls(office.town, "chat.postMessage") == 1


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived", "restricted_action"])
async def test_where_we_may_not_post_the_person_is_told_directly(office: Office, code: str) -> None:
    office.town.faults.append(
        lambda method, params: (
            {"ok": False, "error": code} if method == "chat.postMessage" and params["channel"] == TEAM_CHANNEL else None
        )
    )
    await office.owe(hello())
    await office.run()
    await office.town.settle()
    assert [each.channel for each in office.standing(f"{KEY}:dm")] == [office.town.dm(TEAM_LEAD)]


@pytest.mark.parametrize("code", ["invalid_blocks", "invalid_blocks_format"])
async def test_a_card_that_slack_refuses_is_said_plainly_instead(office: Office, code: str) -> None:
    refused: list[Any] = []

    def refuse(method: str, params: dict[str, Any]) -> Any:
        if method == "chat.postMessage" and len(params["blocks"]) > 1:
            refused.append(params)
            return {"ok": False, "error": code}
        return None

    office.town.faults.append(refuse)
    review = await a_review(office)
    await office.run()
    (card,) = office.standing(review_notice(review).key)
    assert len(refused) == 1
    assert len(card.blocks) == 1


async def test_a_plain_card_that_meets_a_fault_is_tried_again_too(office: Office) -> None:
    met: list[int] = []

    def refuse(method: str, params: dict[str, Any]) -> Any:
        if method != "chat.postMessage":
            return None
        if len(params["blocks"]) > 1:
            return {"ok": False, "error": "invalid_blocks"}
        met.append(1)
        return PlainTextResponse("", 503) if len(met) == 1 else None

    office.town.faults.append(refuse)
    review = await a_review(office)
    await office.run()
    assert len(office.standing(review_notice(review).key)) == 1


# --- bringing a card up to date ---------------------------------------------------------------------------------------


async def a_review(office: Office) -> Review:
    """A review in the team channel whose card is owed and not yet sent."""
    review = Review(
        id=ReviewId(f"review-{next(NUMBERS)}"),
        tool=None,
        tool_name="Fabrikam Notes",
        requester=UserId(TEAM_LEAD),
        home=Home(ChannelId(TEAM_CHANNEL)),
        opened_at=office.at,
    )

    def add(work: Work) -> None:
        work.reviews.add(review, office.at)
        work.notices.owe(review_notice(review), office.at)

    await office.desk.store.act(add)
    return review


async def change(office: Office, review: Review) -> None:
    """Something happens to the review, and its card is owed again."""

    def withdraw(work: Work) -> None:
        before = work.reviews.locked(review.id)
        work.reviews.save(replace(before, stage=Stage.WITHDRAWN), before, office.at)
        work.notices.owe(review_notice(before), office.at)

    await office.desk.store.act(withdraw)


def is_up_to_date(card: Any) -> bool:
    return "is closed" in card.text


async def a_standing_card(office: Office) -> Review:
    review = await a_review(office)
    await office.run()
    assert not is_up_to_date(office.standing(review_notice(review).key)[0])
    return review


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_card_whose_update_met_a_fault_is_brought_up_to_date_in_place(office: Office, fault: str) -> None:
    review = await a_standing_card(office)
    await change(office, review)
    met = break_once(office.town, "chat.update", fault)
    await office.run()
    assert len(met) == 1
    (card,) = office.standing(review_notice(review).key)
    assert is_up_to_date(card)
    assert (await office.row(review_notice(review).key)).state == "sent"


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
@pytest.mark.parametrize("then", [None, "429 for a second", "503 in plain text", "no answer after it was accepted"])
async def test_a_card_that_can_no_longer_be_updated_is_posted_anew_whatever_happens_then(
    office: Office, code: str, then: str | None
) -> None:
    review = await a_standing_card(office)
    (old,) = office.standing(review_notice(review).key)
    if code == "message_not_found":
        office.town.workspace.delete(old)
    await change(office, review)
    office.town.faults.append(
        lambda method, params: (
            {"ok": False, "error": code} if method == "chat.update" and params["ts"] == old.ts else None
        )
    )
    if then:
        break_once(office.town, "chat.postMessage", then)
    await office.run()
    new = [each for each in office.standing(review_notice(review).key) if each is not old]
    assert [is_up_to_date(each) for each in new] == [True]
    assert (await office.row(review_notice(review).key)).posted_ts == new[0].ts


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_response_address_that_fails_costs_the_card_nothing(office: Office, fault: str) -> None:
    review = await a_standing_card(office)
    (card,) = office.standing(review_notice(review).key)
    hook = office.town.workspace.issue_hook(TEAM_CHANNEL, TEAM_LEAD, at=datetime.now(UTC), message_ts=card.ts)
    _, answer = FAULTS[fault]
    office.town.faults.append(lambda method, _: answer() if method == "response_url" else None)
    await change(office, review)
    owed = await office.claim()
    await deliver(office.desk, office.messenger, owed, Via(f"{office.town.page}/response/{hook.token}", card.ts))
    await office.run()
    assert office.standing(review_notice(review).key) == [card]
    assert is_up_to_date(card)


async def test_a_card_found_again_after_a_crash_shows_what_happened_meanwhile(office: Office) -> None:
    break_once(office.town, "chat.postMessage", "no answer after it was accepted")
    review = await a_review(office)
    await deliver_due(office.desk, office.messenger)
    await change(office, review)  # somebody pressed the card that we do not know to stand there
    await office.run()
    (card,) = office.standing(review_notice(review).key)
    assert is_up_to_date(card)


async def test_a_card_owed_again_while_it_is_sent_is_sent_again(office: Office) -> None:
    review = await a_standing_card(office)
    await office.owe(review_notice(review))
    owed = await office.claim()
    await change(office, review)
    await deliver(office.desk, office.messenger, owed)
    await office.run()
    assert is_up_to_date(office.standing(review_notice(review).key)[0])


async def test_who_comes_back_after_the_claim_ran_out_records_nothing(office: Office) -> None:
    await office.owe(hello())
    late = await office.claim()
    office.at += LEASE + timedelta(seconds=1)
    await office.run()
    before = await office.row(KEY)
    await deliver(office.desk, office.messenger, late)
    assert await office.row(KEY) == before


async def test_a_try_ends_before_its_claim_does() -> None:
    assert timedelta(seconds=LONGEST_TRY) < LEASE
