"""An app on a free port of this machine, up when the block begins and gone when it ends. Nothing polls, nothing waits.

uvicorn looks ten times a second whether to end and pauses when it does; hundreds of tests would each pay for that.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette

from bot.playground.server import PlaygroundServer


def a_port() -> socket.socket:
    """A free port of this machine. Named as TCP, or asyncio leaves Nagle's delay on: 40 ms for each answer."""
    at = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    at.bind(("127.0.0.1", 0))
    return at


class _AtOnce(uvicorn.Server):
    """uvicorn without its pauses: what is under way is let come to its end, and that is waited for."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - it tells nobody when
            await asyncio.sleep(0)
        await self.lifespan.shutdown()


class _PlaygroundAtOnce(PlaygroundServer, _AtOnce):
    """The same with the playground's live streams, which are ended first."""


@asynccontextmanager
async def served(
    app: Any, at: socket.socket | None = None, *, lifespan: Literal["on", "off"] = "on"
) -> AsyncIterator[str]:
    """Serve the app, on this socket if one is given; its address comes back."""
    listening = at or a_port()
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan=lifespan)
    config.load()
    has_streams = isinstance(app, Starlette) and hasattr(app.state, "stop")
    server = _PlaygroundAtOnce(config) if has_streams else _AtOnce(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup([listening])
    await server.on_tick(0)  # the Date header, which its loop would set
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await server.shutdown([listening])
