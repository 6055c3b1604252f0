"""Text as words to look for: small letters, no accents, ids of requirements whole. It knows no meaning."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# An id such as 8.4.2, PR.AA-03 or G1-ACCESS-MFA is one word and its parts; an apostrophe and what follows is left out.
_WORD: Final = re.compile(r"[^\W_]+(?:[.\-][^\W_]+)+|[^\W_]+")
_MANY: Final = re.compile(r"[.\-]")
_OWN: Final = re.compile(r"(?<=\w)['’`´](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_MARK: Final = "Mn"
WORD_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as it is looked for, and where it stands in its text."""

    plain: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text in their order. Each letter keeps its place, so that a word can be marked where it stands."""
    text = _OWN.sub(lambda found: " " * len(found[0]), text)
    words: list[Word] = []
    for found in _WORD.finditer(text):
        whole = found[0]
        if not _MANY.search(whole):
            words.append(Word(plain(whole), found.start(), found.end()))
            continue
        if any(sign.isdecimal() for sign in whole):
            words.append(Word(plain(whole), found.start(), found.end()))
        at = found.start()
        for part in _MANY.split(whole):
            words.append(Word(plain(part), at, at + len(part)))
            at += len(part) + 1
    return words


def plain(word: str) -> str:
    """In small letters and without accents."""
    if word.isascii():
        return word.lower()[:WORD_MOST]
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in spread if unicodedata.category(sign) != _MARK)[:WORD_MOST]
