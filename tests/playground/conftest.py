"""A small town: a real Bolt app and the playground, each on its own loopback port, talking over signed HTTP."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.clock import OnForward
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from tests.playground.town import SECRET, TOKEN, Clock, Town, small_workspace
from tests.serving import served


@pytest.fixture
def workspace() -> Workspace:
    return small_workspace()


@pytest.fixture
async def town(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> AsyncIterator[Town]:
    """Everything running; the Bolt app does nothing yet but write down what it hears."""
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_ID",
        "SLACK_CLIENT_SECRET",
        "SLACK_APP_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    clock, heard = Clock(), []
    faults: dict[str, Callable[[dict[str, Any]], Any]] = {}
    client = AsyncWebClient(token=TOKEN, base_url="http://127.0.0.1:1/api/")
    bolt = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)

    @bolt.middleware
    async def write_down(body: dict[str, Any], next: Callable[[], Any]) -> None:
        heard.append(body)
        await next()

    handler = AsyncSlackRequestHandler(bolt)

    async def entrance(request: Request) -> Response:
        return await handler.handle(request)

    bot = Starlette(routes=[Route("/slack/events", entrance, methods=["POST"])])

    on_forward: list[OnForward] = []

    async def forward(step: timedelta) -> None:
        for tell in on_forward:
            await tell(step)

    async def start_over() -> None:
        workspace.clear()
        workspace.add_person("UNEW", "new", "New Person")

    async with served(bot) as bot_url:
        playground = build_playground(
            workspace,
            bot_url=f"{bot_url}/slack/events",
            signing_secret=SECRET,
            bot_token=TOKEN,
            clock=clock,
            on_forward=forward,
            on_reset=start_over,
            before=lambda method, params: faults[method](params) if method in faults else None,
            retry_after=(0.0, 0.0, 0.0),
        )
        async with (
            served(playground) as url,
            httpx.AsyncClient(base_url=url, headers={"Origin": url}) as browser,
        ):
            client.base_url = f"{url}/api/"
            yield Town(workspace, clock, url, playground, bolt, client, browser, heard, faults, on_forward)
