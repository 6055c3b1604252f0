"""A paper: title, facts, sections; and the same paper as Markdown. What people wrote never becomes markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.domain.tool import clean_text

LINE_MOST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a word about it, and its lines."""

    title: str
    about: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """What is written down, before anybody has chosen a format."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: str = ""


def one_line(text: str) -> str:
    """Words on one line, without what no reader sees and no printer prints."""
    return " ".join(clean_text(text, most=LINE_MOST).split())


def as_markdown(paper: Paper) -> str:
    """The paper as CommonMark; every sign that would mean something is escaped."""
    found = [f"# {_escaped(paper.title)}", ""]
    found += [f"- {_escaped(label)}: {_escaped(value)}" for label, value in paper.facts]
    for section in paper.sections:
        found += ["", f"## {_escaped(section.title)}", ""]
        found += [_escaped(section.about), ""] if section.about else []
        found += [f"- {_escaped(line)}" for line in section.lines]
    found += ["", "---", "", _escaped(paper.foot)] if paper.foot else []
    return "\n".join(found).rstrip() + "\n"


def _escaped(text: str) -> str:
    calm = one_line(text)
    calm = re.sub(r"([\\`*_{}\[\]<>#|~&])", r"\\\1", calm)
    # A number or a sign opens a list or a heading only where a line begins.
    calm = re.sub(r"^([-+=])", r"\\\1", calm)
    calm = re.sub(r"^(\d{1,9})([.)])", r"\1\\\2", calm)
    # Readers make links of bare addresses; a joiner without a width would not be seen, so the colon is escaped.
    return re.sub(r"(https?|mailto|ftp):", r"\1\\:", calm, flags=re.IGNORECASE)
