"""Reads a card as a person or a click does: its words, its controls. It knows none of our builders."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.limits import Surface, check
from tests.slack.cards.told import TEAM_IDS
from tests.slack.mrkdwn_reader import live_in

Payload = Mapping[str, Any]


def assert_fits(payload: Payload, surface: Surface = Surface.MESSAGE) -> None:
    """Slack takes it, and nothing in it is live but our dates and the people who take part."""
    assert check(payload, surface) == []
    strangers = [live for live in live_in(payload) if live.kind != "date" and live.target not in TEAM_IDS]
    assert strangers == []
    json.dumps(payload, ensure_ascii=False).encode()


def elements(payload: Payload) -> Iterator[Mapping[str, Any]]:
    """Every control."""
    for part in _parts(payload.get("blocks")):
        if "action_id" in part:
            yield part


def acts(payload: Payload) -> list[str]:
    """The action ids, in reading order."""
    return [str(each["action_id"]) for each in elements(payload)]


def element(payload: Payload, action_id: str) -> Mapping[str, Any]:
    """The one control with this action id."""
    found = [each for each in elements(payload) if each["action_id"] == action_id]
    assert len(found) == 1, f"{len(found)} of {action_id}"
    return found[0]


def block(payload: Payload, block_id: str) -> Mapping[str, Any]:
    """The block with this id."""
    return next(each for each in payload["blocks"] if each.get("block_id") == block_id)


def labels(payload: Payload) -> dict[str, str]:
    """What the buttons say, by action id."""
    return {each["action_id"]: each["text"]["text"] for each in elements(payload) if each["type"] == "button"}


def values(payload: Payload) -> set[str]:
    """Every value that any control can send."""
    return {str(part["value"]) for part in _parts(payload.get("blocks")) if "value" in part}


def shown(payload: Payload) -> str:
    """All words of the blocks, one text a line, as they read."""
    texts = [str(part["text"]) for part in _parts(payload.get("blocks")) if isinstance(part.get("text"), str)]
    return html.unescape("\n".join(texts))


def _parts(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for below in value.values():
            yield from _parts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _parts(below)
