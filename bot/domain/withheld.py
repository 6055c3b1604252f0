"""Keep other clients out of what one client may see: in words that people wrote, their names are taken out.

It knows names and nothing else: which facts belong to a client is decided in `packing`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from bot.domain.tool import name_key

ANOTHER: Final = "another client"
Span = tuple[int, int]
_key_of = lru_cache(maxsize=65_536)(name_key)  # a register's names come by for every pack


class Withheld:
    """The names a text may not carry. A client's own names stay, also where they contain another's."""

    def __init__(self, own: Iterable[str], others: Iterable[str]) -> None:
        self._own = frozenset(key for name in own if (key := _key_of(name)))
        self._others = frozenset(key for name in others if (key := _key_of(name))) - self._own
        names = self._own | self._others
        self._longest = max(map(len, names), default=0)
        self._signs = frozenset(name for name in names if not any(letter.isalnum() for letter in name))

    def out_of(self, text: str) -> str:
        """The text with every other client's name replaced, however it is spelled."""
        found = list(self._named(text))
        own = {span for name, span in found if name in self._own}
        spans = sorted(span for name, span in found if name in self._others)
        kept, end = "", 0
        for start, stop in _unprotected(spans, own):
            if stop > end:
                kept += text[end:start] + ANOTHER if start >= end else ""
                end = stop
        return kept + text[end:]

    def _named(self, text: str) -> Iterator[tuple[str, Span]]:
        """Each name a text says, and where. A name is whole words: “Acme” is not in “Acmeville”, but in “acme-portal”.

        Words are joined one after the other and looked up, so that the length of the register costs nothing.
        """
        for sign in self._signs:
            yield from ((sign, span) for span in _literally(sign, text))
        words = list(_words(text))
        for at, (start, _, _) in enumerate(words):
            said = ""
            for _, stop, key in words[at:]:
                said += key
                if len(said) > self._longest:
                    break
                if said in self._others or said in self._own:
                    yield said, (start, stop)


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """The words of a text: where each stands, and how `name_key` spells it."""
    start, key = -1, ""
    for place, letter in enumerate(text):
        if letter.isalnum() or (start >= 0 and unicodedata.combining(letter)):
            start = place if start < 0 else start
            key += "".join(
                each
                for each in unicodedata.normalize("NFKD", letter).casefold()
                if each.isalnum() and not unicodedata.combining(each)
            )
        elif start >= 0:
            yield start, place, key
            start, key = -1, ""
    if start >= 0:
        yield start, len(text), key


def _literally(name: str, text: str) -> Iterator[Span]:
    at = text.find(name)
    while at >= 0:
        yield at, at + len(name)
        at = text.find(name, at + 1)


def _unprotected(spans: list[Span], own: set[Span]) -> list[Span]:
    """The spans that lie in none of the client's own. One that cuts into an own one ends what that protects."""
    while True:
        bare = [each for each in spans if not any(first <= each[0] and each[1] <= last for first, last in own)]
        cut = {each for each in own if any(start < each[1] and each[0] < stop for start, stop in bare)}
        if not cut:
            return bare
        own = own - cut
