"""A Slack that answers at once and counts: calls and new connections per path. It also drives: raw HTTP, kept open.

Both sides speak just enough HTTP for the servers measured here, so that little of the second core is spent on them.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

TEAM: Final = "TBENCH"
_USER: Final = {"is_bot": False, "deleted": False, "team_id": TEAM, "tz": "UTC", "real_name": "Somebody"}


class FakeSlack:
    """The Web API and the response addresses. `arrived(path, body)` hears of everything that changes a message."""

    def __init__(self, arrived: Callable[[str, bytes], None]) -> None:
        self.arrived = arrived
        self.calls: Counter[str] = Counter()
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Serving(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def answer(self, path: str, body: bytes) -> bytes:
        what = path.partition("?")[0]
        if what.startswith("/response/"):
            self.calls["response_url"] += 1
            self.arrived(what, body)
            return b"ok"
        method = what.removeprefix("/api/")
        self.calls[method] += 1
        said: dict[str, Any] = {"ok": True}
        if method == "auth.test":
            said |= {"team_id": TEAM, "team": "Bench", "user_id": "UBOT", "user": "preflight", "bot_id": "BBOT"}
            said["url"] = "https://bench.slack.com/"
        elif method == "users.info":
            said["user"] = {"id": "UANYBODY", **_USER}
        elif method == "conversations.info":
            said["channel"] = {"id": "CANY", "is_ext_shared": False}
        elif method in ("chat.postMessage", "chat.update"):
            said |= {"channel": "CANY", "ts": "1700000000.000001", "message": {"text": "x"}}
            self.arrived(what, body)
        return json.dumps(said).encode()


class _Http(asyncio.Protocol):
    """Whole messages with a Content-Length, one after the other; headers in any case."""

    def __init__(self) -> None:
        self._held = b""
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            size, at = 0, head.lower().find(b"content-length:")
            if at >= 0:
                size = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._held) < end + 4 + size:
                return
            body = self._held[end + 4 : end + 4 + size]
            self._held = self._held[end + 4 + size :]
            self.whole(head, body)

    def whole(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class _Serving(_Http):
    def __init__(self, slack: FakeSlack) -> None:
        super().__init__()
        self._slack = slack

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._slack.connections += 1

    def whole(self, head: bytes, body: bytes) -> None:
        answer = self._slack.answer(head.split(b" ", 2)[1].decode(), body)
        length = str(len(answer)).encode()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: "
            + length
            + b"\r\n\r\n"
            + answer
        )


class Sender(_Http):
    """One kept connection to a server, with one request under way at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: asyncio.Future[int] | None = None

    def send(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the future holds the status of its answer."""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waiting

    def whole(self, head: bytes, body: bytes) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the server closed the connection"))


async def connect(port: int) -> Sender:
    _, sender = await asyncio.get_running_loop().create_connection(Sender, "127.0.0.1", port)
    return sender
