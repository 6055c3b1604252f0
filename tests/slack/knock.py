"""Requests as Slack, or somebody who is not Slack, would send them; straight into the door, without a port."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


def signature(secret: str, stamp: str, body: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def signed(body: bytes, *, secret: str, kind: str = JSON, age: float = 0, **more: str) -> Headers:
    """The headers Slack would send with this body, `age` seconds ago."""
    stamp = str(int(time.time() - age))
    headers = {
        "content-type": kind,
        "content-length": str(len(body)),
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(secret, stamp, body),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def event_body(event: dict[str, Any], *, event_id: str = "Ev1", team: str = "TDEMO") -> bytes:
    """An event in its wrapping."""
    wrapped = {
        "type": "event_callback",
        "team_id": team,
        "api_app_id": "APLAYGROUND",
        "event_id": event_id,
        "event_time": 1,
        "authorizations": [{"team_id": team, "user_id": "UPREFLIGHT", "is_bot": True}],
        "event": event,
    }
    return json.dumps(wrapped).encode()


def form_body(payload: dict[str, Any]) -> bytes:
    """An interaction: a form with one field."""
    return urlencode({"payload": json.dumps(payload)}).encode()


async def knock(
    door: Any,
    body: bytes,
    headers: Headers,
    *,
    method: str = "POST",
    path: str = "/slack/events",
    parts: Iterable[bytes] | None = None,
) -> Answer:
    """One request into an ASGI app, in one part or in several."""
    waiting = list(parts if parts is not None else [body])
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"", "client": None}
    await door(scope, receive, send)
    start = next(each for each in said if each["type"] == "http.response.start")
    full = b"".join(each.get("body", b"") for each in said if each["type"] == "http.response.body")
    return Answer(start["status"], dict(start["headers"]), full)
