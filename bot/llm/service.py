"""One service that speaks OpenAI's protocol: a question goes out; text comes back, or a named failure.

Services differ in how they can be asked for a shape. The first call finds out by asking in the best way first, and what
worked is kept for the life of the process.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bot.domain.model_use import CallOutcome
from bot.llm.prompts import Filled
from bot.llm.shapes import LONGEST_ANSWER

if TYPE_CHECKING:
    import openai

OPENAI: Final = "https://api.openai.com/v1"
NO_KEY: Final = "none"  # a service of one's own may need none, yet the library wants one
STEPS: Final = 5  # requests that may go into finding out how a service wants to be asked
LARGEST_COUNT: Final = 10_000_000  # tokens; more is no count but a mistake
_NO_SUCH_MODEL: Final = re.compile(r"model.{0,200}(not.found|not.exist|no such|unknown)|(no such|unknown).{0,20}model")


class Mode(StrEnum):
    """How an answer's shape is asked for, the best first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    PLAIN = "plain"


class Why(StrEnum):
    """What exactly went wrong, for whoever set the service up."""

    NOT_REACHED = "not reached"
    KEY = "key"
    MODEL = "model"
    TOO_OFTEN = "too often"
    ITS_FAULT = "its fault"
    REQUEST = "request"
    PROTOCOL = "protocol"
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is, and by which name it is asked there."""

    model: str
    base_url: str | None = None  # None: OpenAI's own
    key: str | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.base_url or OPENAI).hostname or ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the words, the shape of the answer, and the most tokens it may take."""

    words: Filled
    name: str
    schema: Mapping[str, Any]
    most: int


@dataclass(frozen=True, slots=True)
class Said:
    """What came back; `text` is None where the model refused."""

    text: str | None
    tokens: tuple[int, int] | None  # in and out, as far as it told


class Failed(Exception):
    """It did not work. `again` says whether it might, once more, and `after` how long it asked us to wait."""

    def __init__(
        self, outcome: CallOutcome, why: Why, *, status: int = 0, again: bool = False, after: float | None = None
    ) -> None:
        super().__init__(f"{outcome}: {why} {status or ''}".rstrip())
        self.outcome, self.why, self.status, self.again, self.after = outcome, why, status, again, after


@dataclass(frozen=True, slots=True)
class Dialect:
    """How this service wants to be asked."""

    mode: Mode = Mode.SCHEMA
    most: str = "max_tokens"
    temperature: bool = True
    counts_streams: bool = True


Heard = Callable[[str], Awaitable[None]]  # hears each piece as it comes


class Service:
    """One client for all calls, made when the first one comes."""

    def __init__(self, place: Place, at_once: int) -> None:
        self._place, self._at_once = place, at_once
        self._client: openai.AsyncOpenAI | None = None
        self._loading = asyncio.Lock()
        self.dialect = Dialect()
        self.known = False  # whether a call in this dialect has worked

    async def load(self) -> openai.AsyncOpenAI:
        """The client. Loading the library takes about a second, on a thread of its own."""
        if self._client is None:
            async with self._loading:
                if self._client is None:
                    self._client = await asyncio.to_thread(self._made)
        return self._client

    def _made(self) -> openai.AsyncOpenAI:
        from bot.llm import wire

        return wire.client(self._place.base_url or OPENAI, self._place.key or NO_KEY, self._at_once)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def complete(self, request: Request, heard: Heard | None = None) -> Said:
        """Ask; raises Failed, and nothing else that is ours to name. Nobody waits here but for the service itself."""
        client = await self.load()
        dialect = self.dialect
        for step in range(1, STEPS + 1):
            try:
                said = await _complete(client, self._place.model, request, dialect, heard)
            except Failed as failed:
                other = None if self.known or step == STEPS else _other(dialect, failed, first=step == 1)
                if other is None:
                    failed.again = failed.again and step == 1  # a second try has been made already
                    raise
                dialect = other
            else:
                self.dialect, self.known = dialect, True
                return said
        raise AssertionError("the last step either answers or fails")


def _other(dialect: Dialect, failed: Failed, *, first: bool) -> Dialect | None:
    """Another way to ask that might be understood, as far as the failure tells."""
    if isinstance(failed, _NotUnderstood):
        said = failed.said
        if "max_tokens" in said and dialect.most == "max_tokens":
            return replace(dialect, most="max_completion_tokens")
        if "temperature" in said and dialect.temperature:
            return replace(dialect, temperature=False)
        if "stream_options" in said and dialect.counts_streams:
            return replace(dialect, counts_streams=False)
    elif not (failed.why is Why.ITS_FAULT and first):  # some answer a schema they don't know with a 500
        return None
    match dialect.mode:
        case Mode.SCHEMA:
            return replace(dialect, mode=Mode.OBJECT)
        case Mode.OBJECT:
            return replace(dialect, mode=Mode.PLAIN)
    return None


class _NotUnderstood(Failed):
    """The service did not understand the request. `said` is why, for us to look words up in; nobody is shown it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(CallOutcome.FAILED, Why.REQUEST, status=status)
        self.said = said


async def _complete(
    client: openai.AsyncOpenAI, model: str, request: Request, dialect: Dialect, heard: Heard | None
) -> Said:
    import openai

    try:
        if heard is None:
            raw = await client.chat.completions.with_raw_response.create(**asked(model, request, dialect))
            return _whole(raw.content)
        return await _streamed(client, asked(model, request, dialect, stream=True), heard)
    except openai.APITimeoutError:
        raise Failed(CallOutcome.FAILED, Why.NOT_REACHED) from None  # only connecting has a limit there
    except openai.APIStatusError as error:
        raise _by_status(error) from None
    except Failed:
        raise
    except Exception as error:
        raise _by_cause(error) from None


def asked(model: str, request: Request, dialect: Dialect, *, stream: bool = False) -> dict[str, Any]:
    """The request as the protocol has it."""
    words = request.words
    sent: dict[str, Any] = {"model": model, dialect.most: request.most}
    if dialect.temperature:
        sent["temperature"] = 0
    if dialect.mode is Mode.SCHEMA:
        shape = {"name": request.name, "strict": True, "schema": dict(request.schema)}
        sent["response_format"] = {"type": "json_schema", "json_schema": shape}
    else:
        line = json.dumps(request.schema, ensure_ascii=False)
        words = replace(words, instructions=f"{words.instructions}\n\nThe JSON has to fit this JSON Schema:\n{line}")
    if dialect.mode is Mode.OBJECT:
        # Some hold the answer to a schema that stands here; the others read it among the words.
        sent["response_format"] = {"type": "json_object", "schema": dict(request.schema)}
    if stream:
        sent["stream"] = True
        if dialect.counts_streams:
            sent["stream_options"] = {"include_usage": True}
    return {**sent, "messages": words.messages()}


def _whole(content: bytes) -> Said:
    try:
        body = json.loads(content)
        choices = body["choices"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Failed(CallOutcome.FAILED, Why.PROTOCOL) from None
    tokens = _tokens(body.get("usage"))
    if not isinstance(choices, list) or not choices:
        return Said("", tokens)
    try:
        message, finish = choices[0]["message"], choices[0].get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (AttributeError, TypeError, KeyError):
        raise Failed(CallOutcome.FAILED, Why.PROTOCOL) from None
    if refusal or finish == "content_filter":
        return Said(None, tokens)
    return Said(text if isinstance(text, str) else "", tokens)


async def _streamed(client: openai.AsyncOpenAI, sent: dict[str, Any], heard: Heard) -> Said:
    pieces: list[str] = []
    signs = 0
    tokens: tuple[int, int] | None = None
    refused = spoke = False
    async with await client.chat.completions.create(**sent) as stream:
        async for chunk in stream:
            spoke = True
            if (usage := getattr(chunk, "usage", None)) is not None:
                tokens = _counts(usage.prompt_tokens, usage.completion_tokens)
            for choice in (getattr(chunk, "choices", None) or ())[:1]:
                delta = choice.delta
                refused = refused or bool(getattr(delta, "refusal", None)) or choice.finish_reason == "content_filter"
                if isinstance(delta.content, str) and delta.content and not refused:
                    signs += len(delta.content)
                    if signs > LONGEST_ANSWER:
                        raise Failed(CallOutcome.UNREADABLE, Why.TOO_LONG)
                    pieces.append(delta.content)
                    await heard(delta.content)
    if not spoke:
        raise Failed(CallOutcome.FAILED, Why.PROTOCOL)
    return Said(None if refused else "".join(pieces), tokens)


def _tokens(usage: Any) -> tuple[int, int] | None:
    """What it says it counted; None where it says nothing, or nothing that could be a count."""
    return _counts(usage.get("prompt_tokens"), usage.get("completion_tokens")) if isinstance(usage, dict) else None


def _counts(tokens_in: Any, tokens_out: Any) -> tuple[int, int] | None:
    if type(tokens_in) is not int or type(tokens_out) is not int:
        return None
    fit = 0 <= tokens_in <= LARGEST_COUNT and 0 <= tokens_out <= LARGEST_COUNT
    return (tokens_in, tokens_out) if fit else None


def _by_status(error: openai.APIStatusError) -> Failed:
    status, said = error.status_code, f"{error.body}".casefold()
    if status in (401, 403):
        return Failed(CallOutcome.DENIED, Why.KEY, status=status)
    if status in (400, 404) and _NO_SUCH_MODEL.search(said):
        return Failed(CallOutcome.DENIED, Why.MODEL, status=status)
    if status == 429:
        return Failed(CallOutcome.BUSY, Why.TOO_OFTEN, status=status, again=True, after=_after(error))
    if status >= 500:
        return Failed(CallOutcome.FAILED, Why.ITS_FAULT, status=status, again=True, after=_after(error))
    if status in (400, 415, 422):
        return _NotUnderstood(status, said)
    return Failed(CallOutcome.FAILED, Why.PROTOCOL, status=status)


def _after(error: openai.APIStatusError) -> float | None:
    """How many seconds it asks us to wait; a date there is rare, and then we wait by our own measure."""
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _by_cause(error: BaseException) -> Failed:
    """What lies behind an error of the library, which wraps whatever went wrong on the way."""
    import openai

    from bot.llm import wire

    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, wire.TooLong):
            return Failed(CallOutcome.UNREADABLE, Why.TOO_LONG)
        if isinstance(behind, wire.Packed):
            return Failed(CallOutcome.FAILED, Why.PROTOCOL)
        behind = behind.__cause__ or behind.__context__
    if isinstance(error, openai.APIConnectionError):
        return Failed(CallOutcome.FAILED, Why.NOT_REACHED, again=True)
    return Failed(CallOutcome.FAILED, Why.PROTOCOL)
