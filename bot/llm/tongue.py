"""Is a sentence in a language that nobody here used? It knows no language well, and lets pass what it cannot tell."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

ENGLISH: Final = "en"
SURE: Final = 3  # small words of one language in one sentence, before it counts as being in it
LOOKED_AT: Final = 2_000  # signs of each text
_WORD: Final = re.compile(r"[^\W\d_]+")
# The scripts of Chinese and Japanese stand beside each other in one sentence.
_TOGETHER: Final = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "KATAKANA-HIRAGANA": "CJK", "HALFWIDTH": "CJK"}


class Tongue:
    """The scripts and languages of some texts. English always belongs to them: it is what we are written in."""

    def __init__(self, texts: Iterable[str]) -> None:
        here = [text[:LOOKED_AT] for text in texts]
        self._scripts = _scripts("English").union(*(_scripts(text) for text in here))
        self._languages = {ENGLISH}.union(*(_spoken(text) for text in here))

    def is_strange(self, sentence: str) -> bool:
        """Whether a sentence is in another script, or clearly in another language, than the texts."""
        if not _scripts(sentence) <= self._scripts:
            return True
        counts = _counts(sentence)
        most = max(counts.values())
        return most >= SURE and most > 2 * max(counts[language] for language in self._languages)


def _spoken(text: str) -> set[str]:
    counts = _counts(text)
    most = max(counts.values())
    return {language for language, count in counts.items() if most and count * 2 >= most}


def _counts(text: str) -> dict[str, int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {language: sum(word in small for word in words) for language, small in small_words().items()}


def _scripts(text: str) -> frozenset[str]:
    """The scripts of its letters; a single letter of a script is a name or a slip and does not count."""
    found = [_script(sign) for sign in set(text) if sign.isalpha()]
    return frozenset(script for script in found if found.count(script) > 1)


@lru_cache(maxsize=4096)
def _script(sign: str) -> str:
    script = unicodedata.name(sign, "?").partition(" ")[0]
    return _TOGETHER.get(script, script)


@lru_cache(maxsize=1)
def small_words() -> Mapping[str, frozenset[str]]:
    """The small words of some languages, as the library of the search has them. Loaded late: it brings numpy along."""
    from bm25s import stopwords  # type: ignore[import-untyped]  # it ships no types

    logging.getLogger("bm25s").setLevel(logging.ERROR)  # it sets itself to DEBUG when it is loaded

    return {
        ENGLISH: frozenset(stopwords.STOPWORDS_EN_PLUS),
        "de": frozenset(stopwords.STOPWORDS_GERMAN),
        "es": frozenset(stopwords.STOPWORDS_SPANISH),
        "fr": frozenset(stopwords.STOPWORDS_FRENCH),
        "it": frozenset(stopwords.STOPWORDS_ITALIAN),
        "nl": frozenset(stopwords.STOPWORDS_DUTCH),
        "pt": frozenset(stopwords.STOPWORDS_PORTUGUESE),
    }
