"""A library of three pages for stories about answers, so that what is known there does not change with ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from bot.domain.model_use import Wrote
from bot.domain.passage import Cited, Passage, Shelf
from bot.knowledge import Knowledge
from bot.knowledge.search import Findings, Hit
from tests.stories.town import KNOWLEDGE

PHONES: Final = Passage(
    "policies/phones.md#second-factor",
    Shelf.POLICY,
    "The second factor",
    "Agents may use their own phones for an authenticator app, but not for text messages with codes. A security key is "
    "handed out free of charge to whoever has no phone.",
    "Phones policy, March 2026",
)
KEYS = Passage(
    "second-factor#keys",
    Shelf.REFERENCE,
    "Security keys",
    "A passkey or a security key cannot be talked out of people, as a code on a phone can.",
    "NIST SP 800-63B",
    "https://pages.nist.gov/800-63-4/sp800-63b.html",
)
ZOOM = Passage("policies/zoom.md", Shelf.POLICY, "Meetings", "Zoom is approved. Ask for a BAA with Zoom first.")
QUESTION = "may agents use their own phones for the second factor?"
TRUE = Cited("Agents may use their own phones for an authenticator app.", (1,))
WROTE = Wrote("a-model-in-tests", 3)


@dataclass
class Shelves:
    """A library of three pages that finds a page by its words."""

    pages: tuple[Passage, ...] = (PHONES, KEYS, ZOOM)

    def find(self, question: str, most: int) -> Findings:
        asked = {word.strip("?.,").casefold() for word in question.split() if len(word) > 3}
        hits = []
        for page in self.pages:
            words = {word.strip(".,").casefold() for word in page.text.split()}
            shared = tuple(sorted(word for word in words if {word, f"{word}s", word.rstrip("s")} & asked))
            hits += [Hit(page, 1.0, shared)] if shared else []
        hits.sort(key=lambda hit: -len(hit.words))
        return Findings(tuple(hits[:most]), bool(hits))

    def passage(self, passage_id: str) -> Passage | None:
        return next((page for page in self.pages if page.id == passage_id), None)


def with_shelves() -> tuple[Knowledge, Shelves]:
    """The shipped knowledge with these pages in place of ours."""
    shelves: Any = Shelves()
    return replace(KNOWLEDGE, library=shelves), shelves
