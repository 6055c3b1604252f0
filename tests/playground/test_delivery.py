"""Events are sent again as Slack does it: same body, same id, with a number and a reason; never for ever."""

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.playground import delivery
from bot.playground.delivery import Delivery, NoAnswer
from tests.serving import served

SECRET = "a signing secret"


class Bot:
    """Answers with what it was told to, and keeps what it was sent."""

    def __init__(self, *answers: Response) -> None:
        self.answers, self.bodies, self.headers = list(answers), list[bytes](), list[dict[str, str]]()

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.body())
        self.headers.append(dict(request.headers))
        return self.answers.pop(0) if self.answers else PlainTextResponse("")

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/", self.take, methods=["POST"])])


async def sent(bot: Bot, **more: Any) -> list[str]:
    """Deliver one event to this bot; what was said in the end about its failure."""
    failures: list[str] = []
    async with served(bot.app()) as url:
        way = Delivery(url, secret=SECRET, clock=lambda: datetime.now(UTC), retry_after=(0.0, 0.0, 0.0), **more)
        way.event({"event_id": "Ev1"}, on_failure=failures.append)
        await way.settled()
        await way.close()
    return failures


async def test_an_event_is_sent_again_until_it_is_taken():
    bot = Bot(PlainTextResponse("", 500), PlainTextResponse("", 404))
    assert await sent(bot) == []
    assert len(set(bot.bodies)) == 1
    assert [h.get("x-slack-retry-num") for h in bot.headers] == [None, "1", "2"]
    assert [h.get("x-slack-retry-reason") for h in bot.headers] == [None, "http_error", "http_error"]


async def test_after_three_retries_it_is_given_up_and_said():
    bot = Bot(*(PlainTextResponse("", 500) for _ in range(9)))
    assert await sent(bot) == ["http_error"]
    assert len(bot.bodies) == 4


async def test_a_bot_can_ask_not_to_hear_it_again():
    bot = Bot(PlainTextResponse("", 500, headers={"x-slack-no-retry": "1"}))
    assert await sent(bot) == ["http_error"]
    assert len(bot.bodies) == 1


async def test_each_request_carries_a_signature_slacks_own_library_believes():
    bot = Bot()
    await sent(bot)
    assert SignatureVerifier(SECRET).is_valid_request(bot.bodies[0], bot.headers[0])
    assert not SignatureVerifier("another secret").is_valid_request(bot.bodies[0], bot.headers[0])


async def test_an_interaction_is_sent_once_and_its_answer_read():
    bot = Bot(JSONResponse({"response_action": "clear"}), PlainTextResponse(""), PlainTextResponse("", 500))
    async with served(bot.app()) as url:
        way = Delivery(url, secret=SECRET, clock=lambda: datetime.now(UTC))
        assert await way.ask({"type": "x"}) == {"response_action": "clear"}
        assert await way.ask({"type": "x"}) is None
        with pytest.raises(NoAnswer, match="http_error"):
            await way.ask({"type": "x"})
        await way.close()
    assert len(bot.bodies) == 3


async def test_a_bot_that_is_not_there_or_too_slow_is_named_so(monkeypatch: pytest.MonkeyPatch):
    way = Delivery("http://127.0.0.1:1/", secret=SECRET, clock=lambda: datetime.now(UTC))
    with pytest.raises(NoAnswer, match="connection_failed"):
        await way.ask({})
    await way.close()
    monkeypatch.setattr(delivery, "ANSWER_SECONDS", 0.000_001)
    async with served(Bot().app()) as url:
        way = Delivery(url, secret=SECRET, clock=lambda: datetime.now(UTC))
        with pytest.raises(NoAnswer, match="http_timeout"):
            await way.ask({})
        await way.close()
