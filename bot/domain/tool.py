"""Tools and how they are called. Two names are the same tool only when they spell alike or a person said so."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.domain.ids import ToolId
from bot.domain.refused import Refused

LONGEST_NAME: Final = 80


class NameMissing(Refused):
    reason = "Which tool is it? Give its name, for example: /preflight Otter.ai"


class NameTooLong(Refused):
    reason = f"That is a long name. Give just the tool's name, at most {LONGEST_NAME} characters."


class NameUnreadable(Refused):
    reason = "I can't read that as a tool's name. Give its name in letters or digits, for example: Otter.ai"


@dataclass(frozen=True, slots=True)
class Tool:
    """What a team wants to roll out, and who makes it."""

    id: ToolId
    name: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a name led to: the tool itself, or tools that are called nearly the same."""

    tool: Tool | None
    near: tuple[Tool, ...] = ()


def clean_text(text: str, *, most: int = 3_000) -> str:
    """Take out what databases and screens choke on: control characters, half a surrogate, direction overrides."""
    kept = "".join(
        letter
        for letter in text[: most * 2]
        if letter in "\n\t" or (unicodedata.category(letter) not in {"Cc", "Cs", "Cn"} and letter not in _OVERRIDES)
    )
    return kept.strip()[:most]


_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")


def tool_name(text: str) -> str:
    """A name as a person gave it, made fit to store. Raises a refusal that says what is wrong."""
    name = " ".join(clean_text(text, most=LONGEST_NAME * 4).split())
    if not name:
        raise NameMissing
    if len(name) > LONGEST_NAME:
        raise NameTooLong
    if not any(letter.isalnum() for letter in name):
        raise NameUnreadable
    return name


def name_key(name: str) -> str:
    """The spelling that decides whether two names are the same: letters and digits only, without case or accents."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    key = re.sub(r"[\W_]+", "", "".join(c for c in folded if not unicodedata.combining(c)))
    return key or folded.strip()
