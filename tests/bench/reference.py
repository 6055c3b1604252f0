"""What the bot is measured against: bare Bolt with one call to Slack, and bare Starlette. Neither keeps anything.

`python -m tests.bench.reference bolt|starlette PORT API` serves one of them.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

SECRET = "signed-in-the-bench-only"


def bolt(api: str) -> Any:
    """Bolt as quick as it goes: one shared session, no lookup of who we are, the call beside the acknowledgement."""
    import aiohttp
    from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult
    from slack_sdk.web.async_client import AsyncWebClient
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    known = AuthorizeResult(enterprise_id=None, team_id="TBENCH", bot_token="xoxb-bench", bot_user_id="UBOT")

    async def authorize() -> AuthorizeResult:
        return known

    client = AsyncWebClient(base_url=api)
    # Without this flag Bolt looks every 10 ms whether a click was acknowledged; the reference shall not wait for that.
    app = AsyncApp(client=client, signing_secret=SECRET, authorize=authorize, process_before_response=True)
    tasks: set[asyncio.Task[Any]] = set()

    async def tell(client: AsyncWebClient, body: dict[str, Any]) -> None:
        await client.chat_postMessage(channel=body["channel"]["id"], text=body["trigger_id"])

    @app.action(re.compile(".*"))
    async def answered(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        task = asyncio.create_task(tell(client, body))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def session(_: Any) -> Any:
        client.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60))
        app.client.session = client.session

    starlette = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    return starlette, session


def bare(_: str) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def events(request: Request) -> Response:
        await request.body()
        return Response("")

    async def nothing(_: Any) -> None:
        return None

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])]), nothing


async def main() -> None:
    import uvicorn

    kind, port, api = sys.argv[1:4]
    app, ready = (bolt if kind == "bolt" else bare)(api)
    await ready(app)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=int(port), log_config=None, access_log=False, lifespan="off", server_header=False
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
