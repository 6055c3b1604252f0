"""An answer that grows in view in a direct message: begun, added to, ended. Only what was checked is ever added.

It never raises. Streams may be started about twenty times a minute; who comes after that gets the card at once instead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import ChannelId
from bot.domain.passage import Cited, Passage
from bot.slack.cards.ask import streamed, streamed_sources
from bot.slack.troubles import BROKEN, code_of
from bot.use_cases.ports import Sent

log = logging.getLogger(__name__)

STARTS_A_MINUTE: Final = 15  # https://docs.slack.dev/apis/web-api/rate-limits: tier 2, about 20
LONGEST_CALL: Final = 3.0  # seconds; a view that comes later than the card itself is of no use


@dataclass
class SlackStreams:
    """Streams of one workspace. `seconds` is a clock that only ever rises."""

    client: AsyncWebClient
    seconds: Callable[[], float] = time.monotonic
    _started: deque[float] = field(default_factory=deque)

    async def start(self, channel: ChannelId, thread: str, passages: Sequence[Passage]) -> Sent | None:
        """Begin in answer to a message, with what was found."""
        if not self._may_start():
            return None
        text = streamed_sources(passages)
        begun = await self._call("chat.startStream", channel=channel, thread_ts=thread, markdown_text=text)
        return Sent(ChannelId(str(begun["channel"])), str(begun["ts"])) if begun is not None else None

    async def append(self, stands: Sent, sentence: Cited) -> bool:
        """Show one more sentence."""
        where = {"channel": stands.channel, "ts": stands.ts}
        return await self._call("chat.appendStream", **where, markdown_text=streamed(sentence)) is not None

    async def stop(self, stands: Sent) -> None:
        """End it."""
        await self._call("chat.stopStream", channel=stands.channel, ts=stands.ts)

    def _may_start(self) -> bool:
        now = self.seconds()
        while self._started and now - self._started[0] >= 60:
            self._started.popleft()
        if len(self._started) >= STARTS_A_MINUTE:
            return False
        self._started.append(now)
        return True

    async def _call(self, method: str, **what: Any) -> Any:
        try:
            async with asyncio.timeout(LONGEST_CALL):
                return await self.client.api_call(method, json=what)
        except (SlackApiError, *BROKEN) as error:
            code = code_of(error) if isinstance(error, SlackApiError) else ""
            log.warning("not streamed", extra={"method": method, "error": code or type(error).__name__})
            return None
