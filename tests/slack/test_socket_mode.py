"""Over Socket Mode the same app answers, and an envelope is acknowledged once its act is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.knowledge import default_folder, load_knowledge
from bot.slack.serve import serve_socket
from bot.wiring.parts import SlackAccess, build_bot
from tests.databases import migrated

PATIENCE = 20.0
MENTION = {
    "type": "event_callback",
    "event_id": "Ev1",
    "team_id": "T1",
    "event": {"type": "app_mention", "user": "UANA", "channel": "C1", "ts": "1.1", "text": "<@UBOT> is Otter.ai safe?"},
}


@dataclass
class Slack:
    """The far end of the socket, and the few methods the bot calls."""

    url: str = ""
    posted: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    to_send: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def method(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        sent = dict(request.query)
        sent |= await request.json() if request.content_type == "application/json" else dict(await request.post())
        said: dict[str, Any] = {"ok": True}
        if name == "apps.connections.open":
            said["url"] = f"{self.url.replace('http', 'ws')}/socket"
        elif name == "auth.test":
            said |= {"team_id": "T1", "user_id": "UBOT", "bot_id": "B1"}
        elif name == "users.info":
            said["user"] = {"id": sent["user"], "team_id": "T1", "profile": {}}
        elif name == "conversations.info":
            said["channel"] = {"id": sent["channel"]}
        elif name == "chat.postMessage":
            self.posted.append(sent)
            said |= {"channel": sent["channel"], "ts": "2.1"}
            self.changed.set()
        return web.json_response(said)

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})

        async def send() -> None:
            while True:
                await socket.send_json(await self.to_send.get())

        sending = asyncio.create_task(send())
        async for message in socket:
            if message.type is WSMsgType.TEXT and "envelope_id" in message.data:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
                self.changed.set()
        sending.cancel()
        return socket

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.changed.clear()
                if not holds():
                    await self.changed.wait()


@asynccontextmanager
async def slack_at_the_far_end() -> AsyncIterator[Slack]:
    slack = Slack()
    app = web.Application()
    app.add_routes([web.route("*", "/api/{name}", slack.method), web.get("/socket", slack.socket)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield slack
    finally:
        await runner.cleanup()


async def test_a_mention_over_the_socket_is_acknowledged_and_answered_once(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'socket.sqlite3'}"
    migrated(database)
    async with slack_at_the_far_end() as slack:
        access = SlackAccess("xoxb-test", "", f"{slack.url}/api/", True, "CSEC", ("ULEA",), ())
        bot = build_bot(
            access, database=database, audit_key=b"audit key of a test", knowledge=load_knowledge(default_folder())
        )
        bot.start()
        stop = asyncio.Event()
        serving = asyncio.create_task(serve_socket(bot.app, "xapp-test", stop=stop))
        async with asyncio.timeout(PATIENCE):
            while bot.identity is None:  # noqa: ASYNC110 - it introduces itself in the background
                await asyncio.sleep(0)
        for envelope in ("first", "again"):  # Slack sends an envelope again when the acknowledgement was lost
            await slack.to_send.put({"type": "events_api", "envelope_id": envelope, "payload": MENTION})
            await slack.until(lambda envelope=envelope: envelope in slack.acknowledged)
        await slack.until(lambda: slack.posted)
        stop.set()
        await serving
        await bot.stop()
    assert [each["channel"] for each in slack.posted] == ["C1"]
    assert slack.posted[0]["thread_ts"] == "1.1"
