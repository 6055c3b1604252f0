"""What the tests of the playground share: a small workspace, a page to act on, blocks."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot.playground.clock import MovableClock, OnForward
from bot.playground.workspace import Workspace

SECRET, TOKEN = "a signing secret", "xoxb-playground"


class Clock(MovableClock):
    """The playground's time, and beside it a real time that a test lets pass."""

    def __init__(self) -> None:
        self.passed = timedelta()
        super().__init__(lambda: datetime.now(UTC) + self.passed)

    def __call__(self) -> datetime:
        return self.now()


def small_workspace() -> Workspace:
    """Two colleagues, a client's guest, an open channel, a closed one, a shared one, and one without the bot."""
    workspace = Workspace(bot_id="UBOT", bot_name="Helper", bot_handle="helper", app_id="AHELPER", title="Test")
    workspace.add_person("UANA", "ana", "Ana Ito", email="ana@example.com", tz="Europe/Lisbon")
    workspace.add_person("UBEN", "ben", "Ben Okoro", email="ben@example.com", can_switch=True)
    workspace.add_person("UEXT", "eve", "Eve Client", team_id="TOTHER", is_stranger=True)
    workspace.add_group("SLEADS", "leads", "The leads", ["UBEN"])
    workspace.add_channel("CGENERAL", "general", members=["UANA", "UBEN"])
    workspace.add_channel("CCLOSED", "closed", members=["UBEN"], is_private=True, with_bot=False)
    workspace.add_channel("CSHARED", "shared", members=["UANA", "UEXT"], is_ext_shared=True)
    workspace.add_channel("CALONE", "alone", members=["UANA"], with_bot=False)
    workspace.add_command("/try", hint="[something]", description="Try it")
    workspace.add_shortcut("look", "Look At This")
    return workspace


@dataclass
class Town:
    workspace: Workspace
    clock: Clock
    url: str
    playground: Starlette
    bolt: AsyncApp
    slack: AsyncWebClient
    browser: httpx.AsyncClient
    heard: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    on_forward: list[OnForward] = field(default_factory=list)

    async def act(self, act: str, person: str = "UANA", **body: Any) -> dict[str, Any]:
        """Do something on the page, and wait until the bot has heard all of it."""
        answer = await self.browser.post(f"/page/{act}", json={"as": person, **body})
        await self.playground.state.delivery.settled()
        return answer.json()

    async def sees(self, person: str = "UANA") -> dict[str, Any]:
        return (await self.browser.get("/page/state", params={"as": person})).json()

    async def messages(self, channel: str = "CGENERAL", person: str = "UANA") -> list[dict[str, Any]]:
        return (await self.sees(person))["messages"][channel]

    async def modal(self, person: str = "UANA") -> dict[str, Any] | None:
        return (await self.sees(person))["modal"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [body["event"] for body in self.heard if body.get("event", {}).get("type") == kind]

    def last(self, kind: str) -> dict[str, Any]:
        return next(body for body in reversed(self.heard) if body.get("type") == kind)


def png(width: int = 320, height: int = 160) -> bytes:
    """A picture of this size, in stripes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + b"".join(bytes((40 + 6 * (x // 10 % 32), 110, 160)) for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    )


def button(action_id: str, *, block_id: str = "buttons", value: str = "1", **more: Any) -> list[dict[str, Any]]:
    """A message with one button."""
    element = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "Press"},
        "value": value,
    }
    return [{"type": "actions", "block_id": block_id, "elements": [element | more]}]


def form(callback_id: str, *, block_id: str = "name", **more: Any) -> dict[str, Any]:
    """A modal with one text input."""
    element = {"type": "plain_text_input", "action_id": "typed", "max_length": 20}
    label = {"type": "plain_text", "text": "Name"}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": callback_id},
        "submit": {"type": "plain_text", "text": "Next"},
        "blocks": [{"type": "input", "block_id": block_id, "label": label, "element": element}],
        **more,
    }


def typed(text: str, *, block_id: str = "name") -> dict[str, Any]:
    return {block_id: {"typed": {"type": "plain_text_input", "value": text}}}
