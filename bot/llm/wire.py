"""The library's client, with what may pass narrowed down. Import it late and on a thread: it takes about a second.

What leaves are the headers that the protocol needs, to one address. What comes back is plain, ends after so many bytes,
and leads nowhere else: no redirects, no proxies from the environment, nothing packed.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Final

import httpx2
import openai

# Asked for here, where it costs nobody time: the library loads this only when it is first used.
import openai.resources.chat.completions

LONGEST_RESPONSE: Final = 512 * 1024  # bytes; a streamed answer comes with some 350 around each word
SENT_HEADERS: Final = frozenset(
    {"accept", "authorization", "connection", "content-length", "content-type", "host", "user-agent"}
)
CONNECTING: Final = 5.0  # seconds

# They would log addresses, headers and, at DEBUG, what is sent. OPENAI_LOG must not bring it back.
for _name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class TooLong(Exception):
    """The answer goes on beyond what we read."""


class Packed(Exception):
    """The answer is compressed though we asked for a plain one; what it would unpack to, nobody knows."""


def client(base_url: str, key: str, at_once: int) -> openai.AsyncOpenAI:
    """One client for all calls. It never tries anything twice and never gives up by itself: whoever calls does."""
    transport = _Narrow(httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_connections=at_once), trust_env=False))
    http = httpx2.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        timeout=httpx2.Timeout(None, connect=CONNECTING),
    )
    return openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, http_client=http)


class _Narrow(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # The library also sends what it knows of this machine, and headers named in the environment. It reads its own
        # request again afterwards, so that one stays as it is.
        kept = [(name, value) for name, value in request.headers.multi_items() if name.lower() in SENT_HEADERS]
        sent = httpx2.Request(
            request.method,
            request.url,
            headers=[*kept, ("accept-encoding", "identity")],
            stream=request.stream,
            extensions=request.extensions,
        )
        response = await self._inner.handle_async_request(sent)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise Packed
        stream = response.stream
        if isinstance(stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._inner:
            read += len(piece)
            if read > LONGEST_RESPONSE:
                raise TooLong
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
