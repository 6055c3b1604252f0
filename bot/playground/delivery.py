"""Signed requests to the bot: events are sent again as Slack does, interactions once.

It decides nothing about their content.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

import aiohttp

from bot.playground.block_kit import Json
from bot.playground.events import interaction_body, signed_headers

log = logging.getLogger(__name__)
FORM = "application/x-www-form-urlencoded"
# Slack waits three seconds, then sends an event again at once, after a minute and after five;
# a playground is less patient.
ANSWER_SECONDS = 3.0
RETRY_AFTER = (0.0, 2.0, 10.0)


class NoAnswer(Exception):
    """The bot was too slow, unreachable or unwilling; `reason` is Slack's word for it."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


class Delivery:
    """The way to the bot. `clock` is the real one: by it the bot sees how old a signature is."""

    def __init__(
        self, bot_url: str, *, secret: str, clock: Callable[[], datetime], retry_after: Sequence[float] = RETRY_AFTER
    ) -> None:
        self._url, self._secret, self._clock, self._retry_after = bot_url, secret, clock, retry_after
        self._session: aiohttp.ClientSession | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, payload: Json) -> Json | None:
        """Send an interaction and give back what the bot answered to it; raises NoAnswer, and never sends it again."""
        answer = await self._send(interaction_body(payload), FORM)
        return _read(answer)

    async def command(self, form: bytes) -> Json | None:
        """Send a slash command; a plain text answer counts as its `text`."""
        answer = await self._send(form, FORM)
        return _read(answer) or ({"text": answer} if answer.strip() else None)

    def event(self, payload: Json, *, on_failure: Callable[[str], None]) -> None:
        """Send an event in the background, up to four times under the same event_id; then say so."""
        self._start(self._deliver(payload, on_failure))

    async def settled(self) -> None:
        """Wait until no event is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, payload: Json, on_failure: Callable[[str], None]) -> None:
        body, reason = json.dumps(payload).encode(), ""
        for attempt, wait in enumerate((0.0, *self._retry_after)):
            await asyncio.sleep(wait)
            again = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
            try:
                await self._send(body, "application/json", again)
                return
            except NoAnswer as failed:
                reason = failed.reason
                log.info(
                    "event not delivered",
                    extra={"event_id": payload.get("event_id"), "attempt": attempt, "reason": reason},
                )
                if failed.final:
                    break
        on_failure(reason)

    async def _send(self, body: bytes, content_type: str, more: dict[str, str] | None = None) -> str:
        headers = signed_headers(body, secret=self._secret, at=self._clock(), content_type=content_type) | (more or {})
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                text = await answer.text(errors="replace")
        except TimeoutError as slow:
            raise NoAnswer("http_timeout") from slow
        except aiohttp.ClientError as broken:
            raise NoAnswer("connection_failed") from broken
        if answer.status != 200:
            raise NoAnswer("http_error", final=answer.headers.get("X-Slack-No-Retry") == "1")
        return text


def _read(answer: str) -> Json | None:
    try:
        read = json.loads(answer)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
