"""From synonyms.toml to words of the field that mean the same. It shows nobody anything, and judges no tool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Final

from bot.knowledge.faults import Entry
from bot.knowledge.tokens import Word, words_of

if TYPE_CHECKING:
    from Stemmer import Stemmer  # type: ignore[import-not-found]  # it ships no types

SYNONYMS_FILE: Final = "ask/synonyms.toml"
ASKED_FILE: Final = "ask/asked.toml"
ASKED_MOST: Final = 600
LANGUAGES: Final = {"en": "english", "de": "german", "es": "spanish"}
PHRASE_MOST: Final = 80
SURE_STEM: Final = 5

Phrase = tuple[str, ...]

_ONE_AT_A_TIME: Final = Lock()


@dataclass(slots=True)
class Phrases:
    """Phrases of one language, and what each of them stands for."""

    meant: dict[Phrase, tuple[str, ...]] = field(default_factory=dict)
    first: set[str] = field(default_factory=set)  # the words they begin with: most of a text is none of these

    def add(self, phrase: Phrase, targets: Iterable[str]) -> None:
        self.first.add(phrase[0])
        self.meant[phrase] = tuple(dict.fromkeys((*self.meant.get(phrase, ()), *targets)))


Table = dict[str, Phrases]


@dataclass(frozen=True)
class Synonyms:
    """Phrases by the stems of their words. A concept is a word that begins with `=`, so that no page can hold it."""

    concepts: Table  # by language
    hints: Table
    elsewhere: Table
    small: frozenset[str]
    everyday: frozenset[str]  # concepts that people name whatever they talk about
    spelled: frozenset[str]  # every word named here, so that it is not taken for a slip of the pen
    longest: int = 1

    def found(self, words: Sequence[Word]) -> list[tuple[int, int, str]]:
        """Where concepts stand among the words: from, until, concept. They may overlap."""
        return self._look(self.concepts, words)

    def meant(self, words: Sequence[Word]) -> list[tuple[int, int, str]]:
        """Where words stand that may mean something else: from, until, what it may be."""
        return self._look(self.hints, words)

    def asks_elsewhere(self, words: Sequence[Word]) -> bool:
        """Do the words ask for something that no knowledge of ours holds, such as somebody's telephone number?"""
        return bool(self._look(self.elsewhere, words))

    def _look(self, table: Table, words: Sequence[Word]) -> list[tuple[int, int, str]]:
        found: dict[tuple[int, int, str], None] = {}
        for language, phrases in table.items():
            if not phrases.meant:
                continue
            stems = [stem(word.plain, language) for word in words]
            for start in [at for at, each in enumerate(stems) if each in phrases.first]:
                for end in range(start + 1, min(start + self.longest, len(stems)) + 1):
                    for concept in phrases.meant.get(tuple(stems[start:end]), ()):
                        found[start, end, concept] = None
        return list(found)


NO_SYNONYMS: Final = Synonyms({}, {}, {}, frozenset(), frozenset(), frozenset())


def read_synonyms(file: Entry) -> Synonyms:
    """Read the whole file; what is wrong is left out, and among the faults."""
    concepts: Table = {language: Phrases() for language in LANGUAGES}
    hints: Table = {language: Phrases() for language in LANGUAGES}
    spelled: set[str] = set()
    everyday: set[str] = set()
    longest = 1

    def enter(table: Phrases, text: str, language: str, targets: tuple[str, ...]) -> None:
        nonlocal longest
        words = [word.plain for word in words_of(text)]
        spelled.update(words)
        longest = max(longest, len(words))
        table.add(tuple(stem(word, language) for word in words), targets)

    for group in file.tables("same") if file.has("same") else []:
        by_language = {language: _phrases(group, language) for language in LANGUAGES if group.has(language)}
        first = next(chain.from_iterable(by_language.values()), None)
        if first is None:
            group.fault("it names no words", f"write two or more under {', '.join(LANGUAGES)}")
        for language, phrases in by_language.items():
            for phrase in phrases:
                enter(concepts[language], phrase, language, (f"={first}",))
        if group.flag("everyday"):
            everyday.add(f"={first}")
        group.close()
    for hint in file.tables("hint") if file.has("hint") else []:
        means = tuple(" ".join(word.plain for word in words_of(each)) for each in _phrases(hint, "means"))
        for phrase in _phrases(hint, "say"):
            for language in LANGUAGES:
                enter(hints[language], phrase, language, means)
        hint.close()
    small: set[str] = set()
    if file.has("small_words"):
        table = file.table("small_words")
        small = {word.plain for language in LANGUAGES if table.has(language) for word in _small(table, language)}
        table.close()
    elsewhere: Table = {language: Phrases() for language in LANGUAGES}
    if file.has("elsewhere"):
        table = file.table("elsewhere")
        for language in LANGUAGES:
            for phrase in _phrases(table, language) if table.has(language) else []:
                enter(elsewhere[language], phrase, language, ("elsewhere",))
        table.close()
    file.close()
    return Synonyms(
        concepts, hints, elsewhere, frozenset(small), frozenset(everyday), frozenset(spelled | small), longest
    )


def read_asked(file: Entry) -> dict[str, str]:
    """The words by which people ask for single passages, beyond those in them."""
    table = file.table("asked")
    found = {passage: table.text(passage, most=ASKED_MOST) for passage in table.names()}
    file.close()
    return found


def stem(word: str, language: str = "en") -> str:
    """One form for a word's many."""
    return _stemmed(word, language)


@lru_cache(maxsize=50_000)
def _stemmed(word: str, language: str) -> str:
    if not word.isalpha():
        return word
    with _ONE_AT_A_TIME:  # a stemmer keeps a state of its own while it works
        short = str(_stemmer(language).stemWord(word))
    # Stems of few letters are the same in many languages: English "come" is no Spanish "comida".
    return short if language == "en" or len(short) >= SURE_STEM else word


@lru_cache(maxsize=len(LANGUAGES))
def _stemmer(language: str) -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer(LANGUAGES[language], 0)


def _phrases(entry: Entry, key: str) -> list[str]:
    good = []
    for phrase in entry.texts(key):
        if len(phrase) > PHRASE_MOST or not words_of(phrase):
            entry.fault(f"{key} holds {phrase[:40]!r}", f"write words, at most {PHRASE_MOST} characters")
        else:
            good.append(phrase)
    return good


def _small(entry: Entry, language: str) -> Iterable[Word]:
    return chain.from_iterable(words_of(each) for each in entry.texts(language))
