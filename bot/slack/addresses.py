"""Addresses that payloads bring along, and whether we may call them: Slack's own, or loopback for a loopback Slack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
WAIT_FOR_FILE: Final = aiohttp.ClientTimeout(total=15)
WAIT: Final = aiohttp.ClientTimeout(total=5)  # a short cut only: whoever takes it knows a longer way as well


class NotTaken(Exception):
    """The address answered, but not with a yes; `status` is what it said."""

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True)
class Addresses:
    """The one shared connection pool, and the rule of where it may go."""

    session: aiohttp.ClientSession
    loopback: bool

    def may_call(self, url: str) -> bool:
        """Only Slack's hosts over https; a payload must not send our cards anywhere else."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return False
        if self.loopback and host in LOOPBACK:
            return parts.scheme in ("http", "https")
        return parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))

    async def post(self, url: str, payload: Mapping[str, Any]) -> None:
        """Post a message to a response address. Raises NotTaken, or aiohttp's own errors."""
        async with self.session.post(url, json=dict(payload), timeout=WAIT, allow_redirects=False) as answer:
            if answer.status != 200:
                after = answer.headers.get("Retry-After", "")
                raise NotTaken(answer.status, float(after) if after.isdecimal() else None)
            if not _is_yes(await answer.text(errors="replace")):
                raise NotTaken(answer.status)

    async def put(self, url: str, content: bytes) -> None:
        """Hand the bytes of a file to an upload address. It is told nothing but them: no token goes along."""
        async with self.session.post(url, data=content, timeout=WAIT_FOR_FILE, allow_redirects=False) as answer:
            if answer.status != 200:
                raise NotTaken(answer.status)


def _is_yes(said: str) -> bool:
    """Slack says `ok`, in plain words or as JSON; a gateway's page is no answer of Slack's."""
    text = said.strip()
    if text in ("", "ok"):
        return True
    try:
        answer = json.loads(text)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("ok") is True
