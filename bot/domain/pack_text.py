"""A pack as text and back, for keeping it as it was. What is written is read for ever: new fields get a default."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bot.domain import pack as lines
from bot.domain.client import SideOf
from bot.domain.client_review import ActionState, Light
from bot.domain.decision import Standing
from bot.domain.ids import ClientId, OccurrenceId
from bot.domain.pack import Line, Pack, PackItem
from bot.domain.policy import Outcome
from bot.domain.review import Stage

_LINES: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "missed": lines.MissedLine,
        "action": lines.ActionLine,
        "settled": lines.SettledLine,
        "decision": lines.DecisionLine,
        "request": lines.RequestLine,
        "condition": lines.ConditionLine,
        "ending": lines.EndingLine,
        "answer": lines.AnswerLine,
        "guideline": lines.GuidelineLine,
        "asked": lines.AskedLine,
    }
)
_KINDS: Final[Mapping[type[Any], str]] = {made: kind for kind, made in _LINES.items()}
_ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    each.__name__: each for each in (Light, SideOf, ActionState, Outcome, Stage, Standing)
}


def pack_text(pack: Pack) -> str:
    """The whole pack as plain ASCII, the same text for the same pack."""
    held = {
        "client": pack.client,
        "name": pack.name,
        "occurrence": pack.occurrence,
        "as_of": pack.as_of.isoformat(),
        "since": pack.since and pack.since.isoformat(),
        "light": pack.light.value,
        "for_client": pack.for_client,
        "items": [
            {
                "code": item.code,
                "title": item.title,
                "minutes": item.minutes,
                "ask": item.ask,
                "lines": [_line(line) for line in item.lines],
            }
            for item in pack.items
        ],
    }
    return json.dumps(held, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)


def pack_from(text: str) -> Pack:
    """Read a kept pack back, exactly."""
    held = json.loads(text)
    items = tuple(
        PackItem(
            each["code"],
            each["title"],
            each["minutes"],
            each["ask"],
            tuple(_line_from(line) for line in each["lines"]),
        )
        for each in held["items"]
    )
    return Pack(
        ClientId(held["client"]),
        held["name"],
        OccurrenceId(held["occurrence"]),
        datetime.fromisoformat(held["as_of"]),
        date.fromisoformat(held["since"]) if held["since"] else None,
        Light(held["light"]),
        items,
        held["for_client"],
    )


def digest_of(text: str) -> str:
    """The SHA-256 of a text, by which anybody can tell that it is the one on record."""
    return hashlib.sha256(text.encode()).hexdigest()


def _line(line: Line) -> dict[str, Any]:
    held: dict[str, Any] = {"kind": _KINDS[type(line)]}
    for field in fields(line):
        value = getattr(line, field.name)
        held[field.name] = value.isoformat() if isinstance(value, date) else value
    return held


def _line_from(held: Mapping[str, Any]) -> Line:
    made = _LINES[held["kind"]]
    values: dict[str, Any] = {}
    for field in fields(made):
        if field.name in held:
            values[field.name] = _value(str(field.type), held[field.name])
        elif field.default is MISSING:
            raise ValueError(f"a kept {held['kind']} line has no {field.name}")
    line: Line = made(**values)
    return line


def _value(type_name: str, held: Any) -> Any:
    if held is None:
        return None
    if type_name in _ENUMS:
        return _ENUMS[type_name](held)
    if type_name.startswith("date"):
        return date.fromisoformat(held)
    return tuple(held) if type_name.startswith("tuple") else held
