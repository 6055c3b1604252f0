"""The playground as one ASGI app: the page, its API, live updates, the Web API, deliveries to the bot.

Loopback only, for one browser.
"""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground.acts import Acts
from bot.playground.block_kit import Json
from bot.playground.clock import MovableClock, Mover, OnForward
from bot.playground.delivery import RETRY_AFTER, Delivery
from bot.playground.files import MOST_FILE_BYTES, for_the_page
from bot.playground.records import SlackError
from bot.playground.screen import state_of
from bot.playground.web_api import Before, WebApi
from bot.playground.workspace import Workspace

PAGE = Path(__file__).parent / "page"
_KINDS = {
    ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".woff2": "font/woff2", ".json": "application/json",
}  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MOST_BODY = 2 * 1024 * 1024
_WITH_FILES, MOST_WITH_FILES = ("/page/post", "/upload/"), MOST_FILE_BYTES * 3 // 2  # base64 makes four bytes of three
# A stream ends by itself after a while, so that a server which does not know `PlaygroundServer` can stop as well.
STREAM_SECONDS, KEEP_ALIVE_SECONDS = 60.0, 15.0


def build_playground(
    workspace: Workspace,
    *,
    bot_url: str,
    signing_secret: str,
    bot_token: str,
    clock: MovableClock | Callable[[], datetime],
    on_forward: OnForward | None = None,
    on_reset: Callable[[], Awaitable[None]] | None = None,
    before: Before | None = None,
    retry_after: Sequence[float] = RETRY_AFTER,
) -> Starlette:
    """The whole playground over this workspace. `bot_url` is where the bot takes events, commands and clicks.

    A `MovableClock` can be moved ahead on the page: hour by hour, with `on_forward` awaited after each step, so that
    the bot, which should live by the same clock, has done what is due in every hour. `on_reset` starts over (it clears
    and refills the workspace); `before` injects faults into the Web API for tests.
    """
    movable = isinstance(clock, MovableClock)
    clock = clock if isinstance(clock, MovableClock) else MovableClock(clock)
    mover = Mover(clock, on_forward=on_forward, moved=workspace.touch) if movable else None
    api = WebApi(workspace, bot_token=bot_token, clock=clock.now, real=clock.real, before=before)
    delivery = Delivery(bot_url, secret=signing_secret, clock=clock.real, retry_after=retry_after)
    acts = Acts(workspace, api=api, delivery=delivery, clock=clock, mover=mover, on_reset=on_reset)
    page = _Page(workspace, acts, clock=clock.now, mover=mover, may_reset=on_reset is not None)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        page.stop()
        await delivery.close()

    app = Starlette(
        routes=[*page.routes(), *api.routes(), *page.files()],
        middleware=[Middleware(_Guard, workspace=workspace)],
        lifespan=lifespan,
    )
    app.state.stop, app.state.delivery, app.state.web_api = page.stop, delivery, api
    return app


class PlaygroundServer(uvicorn.Server):
    """uvicorn waits for open responses before it tells the app to stop; here the live streams are ended first."""

    async def shutdown(self, sockets: Any = None) -> None:
        if isinstance(self.config.app, Starlette):
            self.config.app.state.stop()
        await super().shutdown(sockets)


class _Guard:
    """Lets in only what the page itself or the bot can have sent: no rebound name, no other site, no oversized body."""

    def __init__(self, app: ASGIApp, *, workspace: Workspace) -> None:
        self._app, self._workspace = app, workspace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, port = scope["server"] or ("127.0.0.1", 80)
        self._workspace.base_url = f"http://{f'[{host}]' if ':' in host else host}:{port}"

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refusal(scope, Headers(scope=scope), port)
        await (refused or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, headers: Headers, port: int | None) -> Response | None:
        host = headers.get("host", "")
        names = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        if host not in names and not (port == 80 and f"{host}:80" in names):
            return PlainTextResponse("this address is not the playground's", status_code=403)
        origin, site, path = headers.get("origin"), headers.get("sec-fetch-site"), scope["path"]
        own = origin == f"http://{host}"
        if path.startswith(("/api/", "/response/", "/upload/", "/files/")):
            # Only the bot calls these, and a bot has no origin: a browser here was sent by a page that should not.
            if origin is not None or site is not None:
                return PlainTextResponse("browsers have no business here", status_code=403)
        elif scope["method"] not in ("GET", "HEAD"):
            if not own or site not in (None, "same-origin"):
                return PlainTextResponse("other sites have no business here", status_code=403)
            if headers.get("content-type", "").split(";")[0] != "application/json":
                return PlainTextResponse("send JSON", status_code=415)
            if "content-length" not in headers:
                return PlainTextResponse("say how much", status_code=411)
        elif path.startswith("/page/") and not ((origin is None or own) and site in (None, "same-origin", "none")):
            return PlainTextResponse("other sites have no business here", status_code=403)
        length, most = (
            headers.get("content-length", "0"),
            MOST_WITH_FILES if path.startswith(_WITH_FILES) else MOST_BODY,
        )
        if not length.isdigit() or int(length) > most:
            return PlainTextResponse("too much at once", status_code=413)
        return None


class _Page:
    """What the browser asks for."""

    def __init__(
        self,
        workspace: Workspace,
        acts: Acts,
        *,
        clock: Callable[[], datetime],
        mover: Mover | None,
        may_reset: bool,
    ) -> None:
        self._workspace, self._acts, self._clock, self._mover = workspace, acts, clock, mover
        self._may_reset = may_reset
        self._watchers: set[asyncio.Event] = set()
        self._stopping = False
        workspace.changed = self._wake

    def routes(self) -> list[Route]:
        return [
            Route("/page/state", self._state, methods=["GET"]),
            Route("/page/events", self._events, methods=["GET"]),
            Route("/page/file/{file}", self._file, methods=["GET"]),
            Route("/page/{act}", self._act, methods=["POST"]),
            Route("/archives/{channel}/p{ts:int}", self._permalink, methods=["GET"]),
        ]

    def files(self) -> list[Route]:
        return [Route("/", self._static, methods=["GET"]), Route("/{name}", self._static, methods=["GET"])]

    def stop(self) -> None:
        """End the live streams, now and for good, and a move of the clock with its next step."""
        self._stopping = True
        if self._mover is not None:
            self._mover.stop()
        self._wake()

    def _wake(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    async def _static(self, request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        path = PAGE / name
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)*", name) or path.suffix not in _KINDS or not path.is_file():
            return PlainTextResponse("no such page", status_code=404)
        return FileResponse(path, media_type=_KINDS[path.suffix], headers={"Cache-Control": "no-cache"})

    async def _permalink(self, request: Request) -> Response:
        digits, thread = str(request.path_params["ts"]), request.query_params.get("thread_ts")
        where = f"/?channel={quote(request.path_params['channel'])}&message={digits[:-6]}.{digits[-6:]}"
        return RedirectResponse(where + (f"&thread={quote(thread)}" if thread else ""))

    async def _state(self, request: Request) -> Response:
        switchable = [person for person in self._workspace.people.values() if person.can_switch]
        if not switchable:
            return JSONResponse({"ok": False, "error": "user_not_found"})
        me = next((person for person in switchable if person.id == request.query_params.get("as")), switchable[0])
        state = state_of(
            self._workspace,
            me,
            at=self._clock(),
            may_reset=self._may_reset,
            may_forward=self._mover is not None,
            moving=self._mover is not None and self._mover.under_way,
        )
        return JSONResponse(state)

    async def _file(self, request: Request) -> Response:
        asked = request.query_params
        return for_the_page(self._workspace, request.path_params["file"], asked.get("as"), in_place="show" in asked)

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._ticks(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _ticks(self) -> AsyncIterator[str]:
        watcher, seen = asyncio.Event(), -1
        self._watchers.add(watcher)
        ends = asyncio.get_running_loop().time() + STREAM_SECONDS
        try:
            yield "retry: 1000\n\n"
            while not self._stopping and asyncio.get_running_loop().time() < ends:
                watcher.clear()
                if seen != self._workspace.seq:
                    seen = self._workspace.seq
                    yield f"event: changed\ndata: {json.dumps({'seq': seen})}\n\n"
                    continue
                try:
                    await asyncio.wait_for(watcher.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self._watchers.discard(watcher)

    async def _act(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            if not isinstance(body, dict):
                raise SlackError("json_not_object")
            answer = await self._acts.do(request.path_params["act"], _with_files(body))
        except (ValueError, binascii.Error):
            return JSONResponse({"ok": False, "error": "invalid_json"})
        except SlackError as refused:
            return JSONResponse({"ok": False, "error": refused.code, "messages": refused.messages})
        return JSONResponse({"ok": True} | answer)


def _with_files(body: Json) -> Json:
    """The body with its files' content in bytes; what is no list of files is no JSON of ours."""
    files = body.get("files") or []
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise ValueError("files")
    decoded = [
        file | {"content": base64.b64decode(str(file.get("content_base64", "")), validate=True)} for file in files
    ]
    return body | {"files": decoded}
