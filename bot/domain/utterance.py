"""What somebody said, and whether a quote of it really is one. Nothing here understands a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.ids import UserId

SHORTEST_QUOTE: Final = 2  # signs: a single letter occurs in everything


@dataclass(frozen=True, slots=True)
class Utterance:
    """One person's words, as they wrote them."""

    by: UserId
    text: str


def source_of(quote: str, said: Sequence[Utterance]) -> Utterance | None:
    """The first utterance that holds these very words, letter for letter; None when nobody said them."""
    if len(quote.strip()) < SHORTEST_QUOTE:
        return None
    return next((each for each in said if quote in each.text), None)
