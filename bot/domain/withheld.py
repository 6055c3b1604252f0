"""Keep other clients out of what one client may see: in words that people wrote, their names are taken out.

It knows names and nothing else: which facts belong to a client is decided in `pack`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from bot.domain.tool import name_key

ANOTHER: Final = "another client"
Span = tuple[int, int]


class Withheld:
    """The names a text may not carry. A client's own names stay, also where they contain another's."""

    def __init__(self, own: Iterable[str], others: Iterable[str]) -> None:
        self._own = frozenset(key for name in own if (key := name_key(name)))
        self._others = frozenset(key for name in others if (key := name_key(name))) - self._own

    def out_of(self, text: str) -> str:
        """The text with every other client's name replaced, however it is spelled."""
        key, places = _keyed(text)
        own = {span for name in self._own for span in _found(name, key, places, text)}
        spans = sorted(span for name in self._others for span in _found(name, key, places, text))
        kept, end = "", 0
        for start, stop in _unprotected(spans, own):
            if stop > end:
                kept += text[end:start] + ANOTHER if start >= end else ""
                end = stop
        return kept + text[end:]


def _unprotected(spans: list[Span], own: set[Span]) -> list[Span]:
    """The spans that lie in none of the client's own. One that cuts into an own one ends what that protects."""
    while True:
        bare = [each for each in spans if not any(first <= each[0] and each[1] <= last for first, last in own)]
        cut = {each for each in own if any(start < each[1] and each[0] < stop for start, stop in bare)}
        if not cut:
            return bare
        own = own - cut


def _keyed(text: str) -> tuple[str, list[int]]:
    """The text as `name_key` spells names, and for each letter of that where it stood."""
    key: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for each in unicodedata.normalize("NFKD", letter).casefold():
            if each.isalnum() and not unicodedata.combining(each):
                key.append(each)
                places.append(place)
    return "".join(key), places


def _found(name: str, key: str, places: list[int], text: str) -> Iterator[Span]:
    """Where a name stands as words of its own: “Acme” is not in “Acmeville”, but in “acme-portal” it is."""
    if not any(letter.isalnum() for letter in name):  # a name of signs only is looked for as it is
        yield from _literally(name, text)
        return
    at = key.find(name)
    while at >= 0:
        start, stop = places[at], places[at + len(name) - 1] + 1
        while stop < len(text) and unicodedata.combining(text[stop]):
            stop += 1
        before, after = text[start - 1 : start], text[stop : stop + 1]
        if not before.isalnum() and not after.isalnum():
            yield start, stop
        at = key.find(name, at + 1)


def _literally(name: str, text: str) -> Iterator[Span]:
    at = text.find(name)
    while at >= 0:
        yield at, at + len(name)
        at = text.find(name, at + 1)
