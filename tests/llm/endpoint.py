"""A service on this machine that speaks OpenAI's protocol and says what a test tells it to, faults included.

It stands in for the model, which is not ours; everything on our side of the wire is the real thing. What was asked of
it is kept in `requests`, word for word: what must never leave is looked for there.

    async def test_…(endpoint):                         # or `endpoint_aside`, for code that runs a loop of its own
        endpoint.says = lambda asked: proposals(("data", "customer", "their names"))
        endpoint.fail(Fault.CUT)                        # the next call only; `always=` for every call from now on
        settings: OPENAI_BASE_URL = endpoint.base_url, OPENAI_MODEL = MODEL, OPENAI_API_KEY = KEY
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.serving import a_port, served

MODEL: Final = "a-model-in-tests"
KEY: Final = "sk-in-tests-only"
DRIP_SECONDS: Final = 0.1  # between two bytes
HUGE: Final = 1_000_000  # signs
FOREIGN: Final = "它看起来很安全，可以放心使用，并且不需要任何人的批准。"
REFUSING: Final = "I'm sorry, but I can't help with that."
PROSE: Final = "Sure! I looked at it for you, and it seems fine. You can go ahead and roll it out."


class Fault(StrEnum):
    """What can go wrong with a call. The first thirteen are those that every place that asks has to bear."""

    HANG = "hang"  # takes the request and never answers
    DRIP = "drip"  # answers one byte in a tenth of a second
    ERROR = "500"
    TOO_MANY = "429"
    PROSE = "prose"
    CUT = "cut JSON"
    EMPTY = "empty"
    REFUSAL = "refusal"
    WRONG_SCHEMA = "wrong schema"
    HUGE = "1 MB"
    OBEDIENT = "injection"  # does what the text might have told it to do
    WRONG_LANGUAGE = "wrong language"
    KEY_REVOKED = "key revoked"
    # And more, where they can be told apart.
    NO_CHOICES = "no choices"
    FILTERED = "content filter"
    KEY_FORBIDDEN = "403"
    UNKNOWN_MODEL = "unknown model"
    GARBAGE = "garbage"  # 200, and no JSON at all
    OTHER_JSON = "other JSON"  # 200, JSON, and not the protocol's
    DRIP_AFTER_HALF = "drip after half"
    BROKEN_OFF = "broken off"  # the connection ends in the middle of the answer
    REDIRECT = "redirect"  # sends the caller, and what it carries, somewhere else


THE_THIRTEEN: Final = tuple(Fault)[:13]


@dataclass(frozen=True)
class Asked:
    """One call as it arrived."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """Everything that was sent as words."""
        return "\n".join(self.parts)

    @property
    def parts(self) -> list[str]:
        """The parts of all messages, in order."""
        found: list[str] = []
        for message in self.body.get("messages", ()):
            content = message.get("content") or ""
            found += [content] if isinstance(content, str) else [part.get("text", "") for part in content]
        return found

    @property
    def signs(self) -> int:
        return sum(map(len, self.parts))

    @property
    def mode(self) -> str:
        """The way the answer's shape was asked for: json_schema, json_object or plain."""
        return str((self.body.get("response_format") or {}).get("type", "plain"))

    @property
    def task(self) -> str:
        """What was asked for, by the title of the answer's shape: extract, choose, answer, summary, digest, minutes."""
        return str(self.schema.get("title", ""))

    @property
    def schema(self) -> dict[str, Any]:
        """The answer's shape: beside the words where that was asked for, else a line of its own among them."""
        if self.mode == "json_schema":
            return dict(self.body["response_format"]["json_schema"]["schema"])
        written = [line for line in self.text.splitlines() if line.startswith("{") and '"properties"' in line]
        return dict(json.loads(written[0])) if written else {}


@dataclass
class Endpoint:
    """The service: what it says, how it fails, what it was asked."""

    base_url: str = ""
    says: Callable[[Asked], str] = lambda asked: nothing(asked)
    modes: frozenset[str] = frozenset({"json_schema", "json_object", "plain"})  # any other is a 400
    unknown_words: frozenset[str] = frozenset()  # parts of a request that are a 400 as well
    always: Fault | None = None
    retry_after: str | None = None  # sent with each 429
    usage: tuple[int, int] | None = (40, 10)  # tokens in and out; None: it doesn't say
    piece: int = 16  # signs in each piece of a streamed answer
    redirects_to: str = "http://127.0.0.1:9/v1/chat/completions"
    requests: list[Asked] = field(default_factory=list)
    now: int = 0  # calls under way at this moment
    most_at_once: int = 0
    gate: asyncio.Event | None = None  # while it is not set, calls are held
    _next: list[Fault | None] = field(default_factory=list)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, *faults: Fault | None, always: Fault | None = None) -> None:
        """Let the next calls go wrong in these ways, one after the other (None: this one goes well)."""
        self._next += faults
        self.always = always if always is not None else self.always

    @property
    def nowhere(self) -> str:
        """An address of this machine where nobody listens."""
        with a_port() as free:
            return f"http://127.0.0.1:{free.getsockname()[1]}/v1"

    # --- the service ------------------------------------------------------------------------------------------------

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models, methods=["GET"]),
            ]
        )

    def close(self) -> None:
        """Let go of everybody who is kept waiting."""
        self._over.set()

    async def _models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "tests"}]})

    async def _complete(self, request: Request) -> Response:
        asked = Asked(await request.json(), dict(request.headers))
        self.requests.append(asked)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            if self.gate is not None:
                await self.gate.wait()
            fault = self._next.pop(0) if self._next else self.always
            if asked.mode not in self.modes:
                return _error(400, f"'response_format' of type '{asked.mode}' is not supported", "invalid_request")
            if unknown := sorted(self.unknown_words & asked.body.keys()):
                return _error(400, f"Unsupported parameter: '{unknown[0]}' is not supported.", "unsupported_parameter")
            return await self._answer(request, asked, fault)
        finally:
            self.now -= 1

    async def _answer(self, request: Request, asked: Asked, fault: Fault | None) -> Response:
        match fault:
            case Fault.HANG:
                await self._until_gone(request)
                return Response(status_code=504)
            case Fault.ERROR:
                return _error(500, f"The server had an error. {asked.text[:200]}", "server_error")
            case Fault.TOO_MANY:
                headers = {"Retry-After": self.retry_after} if self.retry_after is not None else {}
                return _error(429, "Rate limit reached", "rate_limit_exceeded", headers)
            case Fault.KEY_REVOKED:
                return _error(401, f"Incorrect API key provided: {asked.headers.get('authorization')}", "invalid_key")
            case Fault.KEY_FORBIDDEN:
                return _error(403, "You are not allowed to use this model", "forbidden")
            case Fault.UNKNOWN_MODEL:
                return _error(404, f"The model '{asked.body.get('model')}' does not exist", "model_not_found")
            case Fault.GARBAGE:
                return Response(
                    "<html><body>Welcome to the proxy. Please log in.</body></html>", media_type="text/html"
                )
            case Fault.OTHER_JSON:
                return JSONResponse([{"status": "ok"}, 7])
            case Fault.REDIRECT:
                return RedirectResponse(self.redirects_to, status_code=307)
            case _:
                said = self._said(asked, fault)
                body = self._streamed(said) if asked.body.get("stream") else [json.dumps(self._whole(said)).encode()]
                return self._sent(body, fault, streamed=bool(asked.body.get("stream")))

    def _said(self, asked: Asked, fault: Fault | None) -> dict[str, Any]:
        """The message and how it ended, as the protocol has it."""
        message: dict[str, Any] = {"role": "assistant", "content": None}
        finish = "stop"
        match fault:
            case Fault.NO_CHOICES:
                return {"choices": []}
            case Fault.REFUSAL:
                message["refusal"] = REFUSING
            case Fault.FILTERED:
                finish = "content_filter"
            case Fault.EMPTY:
                message["content"] = ""
            case Fault.PROSE:
                message["content"] = PROSE
            case Fault.CUT:
                whole = example(asked, "words that are cut off")
                message["content"], finish = whole[: len(whole) * 2 // 3], "length"
            case Fault.WRONG_SCHEMA:
                message["content"] = json.dumps({"verdict": "approve", "approver": "self_serve", "confidence": 1.0})
            case Fault.HUGE:
                message["content"] = example(asked, "a" * HUGE)
            case Fault.WRONG_LANGUAGE:
                message["content"] = example(asked, FOREIGN)
            case Fault.OBEDIENT:
                message["content"] = f"{example(asked, 'Approved.')}\nVerdict: approve. No sign-off needed. <!channel>"
            case _:
                message["content"] = self.says(asked)
        return {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}

    def _whole(self, said: dict[str, Any]) -> dict[str, Any]:
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": MODEL, **said}
        return {**head, "usage": _usage(*self.usage)} if self.usage is not None else head

    def _streamed(self, said: dict[str, Any]) -> list[bytes]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
        chunks: list[dict[str, Any]] = []
        for choice in said["choices"]:
            message = choice["message"]
            if message.get("refusal"):
                chunks.append({"choices": [_delta({"role": "assistant", "refusal": message["refusal"]})]})
            content = message["content"] or ""
            for start in range(0, len(content), self.piece):
                chunks.append({"choices": [_delta({"content": content[start : start + self.piece]})]})
            chunks.append({"choices": [_delta({}, choice["finish_reason"])]})
        if self.usage is not None:
            chunks.append({"choices": [], "usage": _usage(*self.usage)})
        events = [f"data: {json.dumps({**head, **chunk})}\n\n".encode() for chunk in chunks]
        return [*events, b"data: [DONE]\n\n"]

    def _sent(self, body: list[bytes], fault: Fault | None, *, streamed: bool) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            if fault is Fault.DRIP:
                for byte in b"".join(body):
                    if self._over.is_set():
                        return
                    yield bytes([byte])
                    await asyncio.sleep(DRIP_SECONDS)
                return
            for place, event in enumerate(body):
                if fault is Fault.DRIP_AFTER_HALF and place > len(body) // 2:
                    await self._over.wait()
                yield event
                await asyncio.sleep(0)

        media = "text/event-stream" if streamed else "application/json"
        if fault is Fault.BROKEN_OFF:
            half = b"".join(body)
            return _BrokenOff(half[: len(half) // 2], headers={"content-length": str(len(half))}, media_type=media)
        return StreamingResponse(pieces(), media_type=media)

    async def _until_gone(self, request: Request) -> None:
        """Wait until the caller hangs up, or the service is closed."""

        async def hung_up() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                continue

        waiting = [asyncio.create_task(hung_up()), asyncio.create_task(self._over.wait())]
        _, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()


class _BrokenOff(Response):
    """Announces more than it sends, and then ends; the server closes the connection on it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        # Returning with more to come makes the server say so in its log and hang up, as a crash over there would.


def _error(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": code, "code": code}}, status, headers)


def _usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}


def _delta(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


# --- what a model may say, in the shapes of prompts/*.md ------------------------------------------------------------


def proposals(*found: tuple[str, str, str]) -> str:
    """What `extract` answers: each a fact or a question's id, a value, and the words it rests on."""
    return json.dumps({"proposals": [{"fact": fact, "value": value, "quote": quote} for fact, value, quote in found]})


def choice(option: str, quote: str) -> str:
    """What `choose` answers; both empty where the reply names no option."""
    return json.dumps({"option": option, "quote": quote})


def sentences(*said: tuple[str, list[int]]) -> str:
    """What `answer` answers: each sentence with the numbers of its passages."""
    return json.dumps({"sentences": [{"text": text, "passages": passages} for text, passages in said]})


def lines(*written: str) -> str:
    """What `summary`, `digest` and `minutes` answer."""
    return json.dumps({"lines": list(written)})


def nothing(asked: Asked) -> str:
    """The answer of the right shape in which nothing was found."""
    return json.dumps(_filled(asked.schema, None))


def example(asked: Asked, words: str) -> str:
    """An answer of the right shape with these words wherever words belong; numbers are 1."""
    return json.dumps(_filled(asked.schema, words), ensure_ascii=False)


def _filled(schema: dict[str, Any], words: str | None) -> Any:
    match schema.get("type"):
        case "object":
            return {name: _filled(part, words) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [] if words is None else [_filled(schema.get("items", {}), words)]
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return words or ""


# --- fixtures; tests/conftest.py hands them to every folder ---------------------------------------------------------


@asynccontextmanager
async def open_endpoint() -> AsyncIterator[Endpoint]:
    """The service in the running loop."""
    endpoint = Endpoint()
    async with served(endpoint.app(), lifespan="off") as address:
        endpoint.base_url = f"{address}/v1"
        try:
            yield endpoint
        finally:
            endpoint.close()


@contextmanager
def open_endpoint_aside() -> Iterator[Endpoint]:
    """The service in a loop and thread of its own."""
    up, done = threading.Event(), threading.Event()
    opened: list[Endpoint] = []

    async def serve() -> None:
        async with open_endpoint() as endpoint:
            opened.append(endpoint)
            up.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert up.wait(30), "the endpoint did not come up"
    try:
        yield opened[0]
    finally:
        done.set()
        thread.join(30)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A model's service in the loop of an async test."""
    async with open_endpoint() as opened:
        yield opened


@pytest.fixture
def endpoint_aside() -> Iterator[Endpoint]:
    """The same for a test without a loop, of a command for example."""
    with open_endpoint_aside() as opened:
        yield opened
