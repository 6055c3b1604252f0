"""Typed words that name an option. When they could mean two things, or none, they mean nothing."""

from __future__ import annotations

import re
from typing import Final

from bot.domain.bank import Choice, Question
from bot.domain.profile import UNKNOWN

NOT_KNOWING: Final = frozenset(
    {
        "i don t know",
        "i dont know",
        "don t know",
        "dont know",
        "i do not know",
        "do not know",
        "not sure",
        "i m not sure",
        "no idea",
        "unknown",
        "dunno",
        "idk",
    }
)
SHORTEST_PART: Final = 5  # letters of a phrase that may stand for the whole label


def meant(question: Question, text: str) -> tuple[str, ...] | None:
    """The option these words name, or None: its label or code, its place ("2"), or a part only one label has."""
    said = _plain(text)
    if not said or question.choice is not Choice.ONE:
        return None
    if said in NOT_KNOWING:
        return (UNKNOWN,)
    labels = {option.code: _plain(option.label) for option in question.options}
    for code, label in labels.items():
        if said in (label, _plain(code)):
            return (code,)
    if place := re.fullmatch(r"(?:option |answer |number )?(\d)", said):
        index = int(place[1]) - 1
        return (question.options[index].code,) if 0 <= index < len(question.options) else None
    return _part_of_one(said, labels)


def _part_of_one(said: str, labels: dict[str, str]) -> tuple[str, ...] | None:
    if len(said) < SHORTEST_PART:
        # "yes" and "no" are short, and good enough where one label starts with them
        found = [code for code, label in labels.items() if label.split(" ")[0] == said]
    else:
        found = [code for code, label in labels.items() if f" {said} " in f" {label} " or f" {label} " in f" {said} "]
    return (found[0],) if len(found) == 1 else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text[:400].casefold().replace("_", " ")))
