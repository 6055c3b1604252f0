"""Who is let in, what the browser is told, and that the server stops when it is asked to."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.playground import server
from bot.playground.server import PlaygroundServer, build_playground
from bot.playground.workspace import Workspace
from tests.playground.town import Town
from tests.serving import a_port

HOST = "127.0.0.1:3001"


@pytest.fixture
async def browser(workspace: Workspace) -> AsyncIterator[httpx.AsyncClient]:
    """The playground without a port and without a bot: enough to see who is let in."""
    transport = httpx.ASGITransport(a_playground(workspace))
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", headers={"Origin": f"http://{HOST}"}
    ) as one:
        yield one


def a_playground(workspace: Workspace) -> Starlette:
    return build_playground(
        workspace, bot_url="http://127.0.0.1:1/", signing_secret="s", bot_token="t", clock=lambda: datetime.now(UTC)
    )


async def test_a_foreign_name_for_this_address_is_turned_away(town: Town):
    # DNS rebinding: a page elsewhere lets its own name point to this address, and the browser thinks they are one site.
    port = town.url.rsplit(":", 1)[1]
    foreign = (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{int(port) + 1}", f"127.0.0.1.evil.example:{port}", "")
    for host in foreign:
        as_one_site = {"Host": host, "Origin": f"http://{host}"}
        assert (await town.browser.get("/page/state", headers=as_one_site)).status_code == 403
        assert (await town.browser.post("/page/reset", json={}, headers=as_one_site)).status_code == 403
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
        own = {"Host": host, "Origin": f"http://{host}"}
        assert (await town.browser.get("/page/state", headers=own)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_can_neither_act_nor_look(
    browser: httpx.AsyncClient, workspace: Workspace, headers: dict[str, str]
):
    body = {"as": "UANA", "channel": "CGENERAL", "text": "x"}
    assert (await browser.post("/page/post", json=body, headers=headers)).status_code == 403
    assert (await browser.get("/page/state", headers=headers)).status_code == 403
    assert workspace.messages["CGENERAL"] == []


async def test_an_act_without_an_origin_is_turned_away(browser: httpx.AsyncClient):
    del browser.headers["Origin"]
    assert (await browser.post("/page/reset", json={})).status_code == 403


async def test_a_form_from_another_page_is_turned_away(browser: httpx.AsyncClient):
    answer = await browser.post("/page/post", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


async def test_a_browser_cannot_call_the_web_api(browser: httpx.AsyncClient):
    headers = {"Authorization": "Bearer xoxb-playground"}
    answer = await browser.post("/api/auth.test", headers=headers)
    assert answer.status_code == 403


async def test_too_much_at_once_is_turned_away(browser: httpx.AsyncClient):
    body = {"as": "UANA", "channel": "CGENERAL", "text": "x" * (2 * 1024 * 1024)}
    assert (await browser.post("/page/command", json=body)).status_code == 413
    assert (await browser.post("/page/post", json=body)).json()["error"] == "msg_too_long"  # it may carry files
    body["text"] *= 4
    assert (await browser.post("/page/post", json=body)).status_code == 413


async def test_every_answer_forbids_what_is_not_the_pages_own(browser: httpx.AsyncClient):
    for path in ("/", "/page/state", "/nothing"):
        policy = (await browser.get(path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


async def test_only_files_of_the_page_are_served(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "app.js").write_text("1")
    (tmp_path / "page" / "notes.txt").write_text("private")
    (tmp_path / "secret.js").write_text("private")
    monkeypatch.setattr(server, "PAGE", tmp_path / "page")
    found = await browser.get("/app.js")
    assert (found.status_code, found.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    for path in ("/notes.txt", "/..%2fsecret.js", "/%2e%2e/secret.js", "/.hidden.js", "/none.js"):
        assert (await browser.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("dance", {}, "unknown_method"),
        ("post", {"as": "UNONE"}, "user_not_found"),
        ("post", {"as": "UBOT", "channel": "CGENERAL", "text": "x"}, "user_not_found"),
        ("post", {}, "invalid_arguments"),
        ("post", {"as": "UANA", "channel": "CCLOSED", "text": "x"}, "channel_not_found"),
        ("post", {"as": "UANA", "channel": "CGENERAL", "text": ""}, "no_text"),
        ("post", {"as": "UANA", "channel": "CGENERAL", "text": "x" * 12_001}, "msg_too_long"),
        ("post", {"as": "UANA", "channel": "CGENERAL", "text": "/try", "thread_ts": "1.1"}, "command_in_thread"),
        ("post", {"as": "UANA", "channel": "CGENERAL", "files": [{"content_base64": "?"}]}, "invalid_json"),
        ("post", {"as": "UANA", "channel": "CGENERAL", "files": "x"}, "invalid_json"),
        ("view_submit", {"as": "UANA", "view_id": "VNONE"}, "view_not_found"),
    ],
)
async def test_an_act_that_cannot_be_done_is_answered_by_its_code(
    browser: httpx.AsyncClient, act: str, body: dict[str, str], code: str
):
    answer = await browser.post(f"/page/{act}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (200, code)


async def test_a_body_that_is_no_json_is_answered(browser: httpx.AsyncClient):
    for content in (b"", b"[]", b"\xff"):
        answer = await browser.post("/page/post", content=content, headers={"Content-Type": "application/json"})
        assert answer.json()["ok"] is False


async def test_a_change_is_told_at_once_to_everyone_who_looks(town: Town):
    async with town.browser.stream("GET", "/page/events") as stream:
        lines = stream.aiter_lines()
        first = await _next_seq(lines)
        await town.slack.chat_postMessage(channel="CGENERAL", text="news")
        assert await _next_seq(lines) > first


async def test_the_server_stops_at_once_although_somebody_looks():
    at = a_port()
    at.listen()
    running = PlaygroundServer(uvicorn.Config(a_playground(Workspace()), log_config=None))
    serving = asyncio.create_task(running.serve([at]))
    async with httpx.AsyncClient() as browser:
        async with asyncio.timeout(server.STREAM_SECONDS / 2):  # by itself a stream ends later
            url = f"http://127.0.0.1:{at.getsockname()[1]}"
            answer = await browser.send(browser.build_request("GET", f"{url}/page/events"), stream=True)
            lines = answer.aiter_lines()
            await _next_seq(lines)
            running.should_exit = True
            await serving
        assert [line async for line in lines if line] == []


async def _next_seq(lines: object) -> int:
    async for line in lines:  # type: ignore[attr-defined]
        if line.startswith("data: "):
            seq: int = json.loads(line.removeprefix("data: "))["seq"]
            return seq
    raise AssertionError("the stream ended")
