"""Which passages a question is about: BM25 over words and their synonyms, and whether anything is known at all.

It finds; what a passage means for somebody's question it does not judge. A page's words are only ever counted.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from bot.domain.passage import Passage, Shelf
from bot.knowledge.synonyms import Synonyms, stem
from bot.knowledge.tokens import Word, words_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float32]

QUESTION_MOST: Final = 600  # characters of a question that are looked at
UNITS_MOST: Final = 40  # words of it that count
TITLE_COUNTS: Final = 2  # times
ASKED_COUNTS: Final = 1
NOTHING_ASKED: Final[Mapping[str, str]] = {}
OWN_COUNTS: Final = 1.2  # what the organisation wrote itself comes first among equals
FROM_ONE_PAGE: Final = 2  # passages, while others fit too
OF_A_PHRASE: Final = 0.5  # what the single words of a phrase count
OF_A_HINT: Final = 0.5
OF_A_SLIP: Final = 0.8  # of a word that was probably mistyped
RAREST: Final = 4.0  # no word alone weighs more than this in what is known
IN_A_TITLE: Final = 0.6  # what a word of a title, or an everyday concept, counts as a sign of our field
IN_A_TEXT: Final = 0.22  # and any other word
COMMON: Final = 1.5  # a word of a title that is less rare than this is like any other
ENOUGH: Final = 6.0  # signs of our field; more prove nothing more
SHARE_COUNTS: Final = 0.75
STRANGER_COUNTS: Final = 0.1  # each of the first two words that stand nowhere in what we know
ELSEWHERE_COUNTS: Final = 1.3
KNOWN_FROM: Final = 0.53
SLIP_FROM: Final = 5  # letters
PART_FROM: Final = 4  # letters of either part of a compound
LINKS: Final = ("", "s", "n", "en", "es")  # what may stand between them
ENDINGS: Final = ("de", "es")  # languages whose words have many forms
FORMS_MOST: Final = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that was found, and its words that matched, as they stand in it."""

    passage: Passage
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, the best first. Not `known`: too little of what was asked is in any of them to rest on it."""

    hits: tuple[Hit, ...]
    known: bool
    sure: float = 0.0  # what `known` is decided by


_Place = tuple[int, int, str]  # from, until, token


@dataclass(slots=True)
class _Unit:
    """One thing asked for: the tokens it may be found by, and what each of them counts."""

    tokens: dict[str, float]
    surely: bool = True  # not by guessing at a slip of the pen

    def add(self, token: str, counts: float) -> None:
        self.tokens[token] = max(counts, self.tokens.get(token, 0.0))


@dataclass(frozen=True)
class Index:
    """Passages ready to be searched. It never changes, so that any number of threads may ask it at once."""

    passages: tuple[Passage, ...]
    synonyms: Synonyms
    _cells: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, passages: Sequence[Passage], synonyms: Synonyms, asked: Mapping[str, str] = NOTHING_ASKED) -> Index:
        """Read all passages, and by which other words people ask for them. Takes a while: not for the event loop."""
        from bm25s import BM25  # type: ignore[import-untyped]  # it ships no types

        logging.getLogger("bm25s").setLevel(logging.ERROR)  # it sets itself to DEBUG when it is loaded
        index = cls(tuple(passages), synonyms)
        spelled: set[str] = set(synonyms.spelled)
        places: list[list[_Place]] = []
        index._cells["places"] = places
        corpus = []
        for at, each in enumerate(index.passages):
            corpus.append(index._tokens(each, asked.get(each.id, ""), spelled, places))
            if at % 10 == 0:
                sleep(0)  # now and then the event loop has its turn at once
        if any(corpus):
            bm25 = BM25(k1=1.5, b=0.6)
            bm25.index(corpus, show_progress=False)
            index._cells["bm25"] = bm25
        index._cells["spelled"] = sorted(word for word in spelled if len(word) >= SLIP_FROM - 1)
        index._cells["known"] = frozenset(spelled)
        # Built here, so that the first who asks does not wait for it.
        index._cells["ready"] = [index._stems, index._by_stem, index._spelled_by_first, index._in_titles, index._titled]
        return index

    def find(self, question: str, most: int) -> Findings:
        """The passages that the question is about."""
        import numpy as np

        words = words_of(question[:QUESTION_MOST])
        units = self._units(words)[:UNITS_MOST]
        bm25 = self._cells.get("bm25")
        if bm25 is None or not units:
            return Findings((), False)
        count = len(self.passages)
        total, signs = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
        surely = np.zeros(count, dtype=bool)
        asked, strangers = 0.0, 0
        for unit in units:
            best, share = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float32)
            weight = 0.0
            for token, counts in unit.tokens.items():
                if token not in bm25.vocab_dict:
                    continue
                scores: Scores = bm25.get_scores([token])
                there = scores > 0
                rarity = self._rarity(int(np.count_nonzero(there)))
                weight = max(weight, rarity * min(1.0, counts * 2))
                field = self._of_the_field(token, rarity)
                np.maximum(best, scores * counts, out=best)
                np.maximum(share, there * (min(1.0, counts * 1.5) * field), out=share)
            strangers += not weight
            weight = weight or RAREST
            total += best
            signs += share * weight
            surely |= (share > 0) & unit.surely
            asked += weight
        total *= self._preferred
        titled = self._titled.get(tuple(word.plain for word in words))
        if titled is not None:
            total[titled] += total.max()  # asked in the very words of a heading or of one of our questions
        order = np.argsort(-total, kind="stable")
        hits = self._chosen(order[: 8 * most], total, units, most)
        # Two things show that a passage is about what was asked: how much in it is of our field, and how much of the
        # question that is. Words that we have never seen speak against it.
        most_signs = float((signs * surely).max())
        sure = SHARE_COUNTS * most_signs / asked + min(most_signs, ENOUGH) / ENOUGH
        sure -= STRANGER_COUNTS * min(strangers, 2) + ELSEWHERE_COUNTS * self.synonyms.asks_elsewhere(words)
        known = bool(hits) and (sure >= KNOWN_FROM or titled is not None)
        return Findings(hits, known, round(sure, 3))

    def _chosen(self, order: Any, total: Any, units: Sequence[_Unit], most: int) -> tuple[Hit, ...]:
        wanted = {token for unit in units for token in unit.tokens}
        first: list[int] = []
        later: list[int] = []
        from_page: dict[str, int] = {}
        for place in (int(each) for each in order):
            if total[place] <= 0:
                break
            page = self.passages[place].id.partition("#")[0]
            from_page[page] = from_page.get(page, 0) + 1
            (first if from_page[page] <= FROM_ONE_PAGE else later).append(place)
        places = sorted((first + later)[:most], key=lambda place: -total[place])
        return tuple(Hit(self.passages[at], round(float(total[at]), 3), self._marks(at, wanted)) for at in places)

    def _units(self, words: Sequence[Word]) -> list[_Unit]:
        """What is asked for. The longest phrase that means something is one thing; small words are none."""
        units: list[_Unit] = []
        concepts = self.synonyms.found(words)
        hints = self.synonyms.meant(words)
        taken = 0
        for at in range(len(words)):
            if at < taken:
                continue
            end = max((until for start, until, _ in concepts if start == at), default=at + 1)
            unit = _Unit({})
            for start, until, concept in concepts:
                if start == at and until == end:
                    unit.add(concept, 1.0)
                elif at <= start and until <= end:
                    unit.add(concept, OF_A_PHRASE)
            for start, until, meant in hints:
                if at <= start and until <= max(end, at + 1):
                    for token in self._meant(meant):
                        unit.add(token, OF_A_HINT)
                    end = max(end, until)
            small = all(word.plain in self.synonyms.small for word in words[at:end])
            if small and not unit.tokens:
                continue
            for word in words[at:end]:
                self._add_word(unit, word.plain, 1.0 if end == at + 1 else OF_A_PHRASE)
            if unit.tokens:
                units.append(unit)
            taken = end
        seen: dict[frozenset[str], None] = {}
        return [unit for unit in units if (key := frozenset(unit.tokens)) not in seen and not seen.update({key: None})]

    def _add_word(self, unit: _Unit, word: str, counts: float) -> None:
        if word in self.synonyms.small:
            return
        if word in self._cells["known"] or unit.tokens:
            unit.add(stem(word), counts)
            return
        unit.add(stem(word), counts)
        if stem(word) in self._stems or not word.isalpha():
            return
        meant = self._inflected(word)
        if not meant and (slip := self._slip(word)) is not None:
            unit.surely = len(word) > 2 + SLIP_FROM
            meant = (slip,)
        for each in meant or self._parts(word):
            self._add_meant(unit, each, OF_A_SLIP * counts)

    def _add_meant(self, unit: _Unit, meant: str, counts: float) -> None:
        if meant in self.synonyms.small:
            return
        unit.add(stem(meant), counts)
        for _, _, concept in self.synonyms.found(words_of(meant)):
            unit.add(concept, counts)

    def _inflected(self, word: str) -> tuple[str, ...]:
        """The words we know that are another form of this one in German or Spanish."""
        if len(word) < SLIP_FROM:
            return ()
        same = (self._by_stem[language].get(stem(word, language), ()) for language in ENDINGS)
        return tuple(dict.fromkeys(each for found in same for each in found))[:FORMS_MOST]

    def _parts(self, word: str) -> tuple[str, ...]:
        """A compound such as "Kundenpasswort" taken apart: both of its parts have to be words we know."""
        known = self._cells["known"]
        for at in range(len(word) - PART_FROM, PART_FROM - 1, -1):  # the longest first part is the likeliest
            first, last = word[:at], word[at:]
            if last not in known:
                continue
            for link in LINKS:
                if (
                    first.endswith(link)
                    and len(first) - len(link) >= PART_FROM
                    and first[: len(first) - len(link)] in known
                ):
                    return first[: len(first) - len(link)], last
        return ()

    def _slip(self, word: str) -> str | None:
        """The word that was probably meant, if one is very near: first letter right, one slip, two in long words."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if len(word) < SLIP_FROM:
            return None
        slips = 1 if len(word) < 8 else 2
        near = [each for each in self._spelled_by_first.get(word[0], ()) if abs(len(each) - len(word)) <= slips]
        found = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=slips)
        return str(found[0]) if found else None

    def _meant(self, phrase: str) -> list[str]:
        words = words_of(phrase)
        whole = [concept for start, end, concept in self.synonyms.found(words) if (start, end) == (0, len(words))]
        return [*whole, *(stem(word.plain) for word in words if word.plain not in self.synonyms.small)]

    def _tokens(self, passage: Passage, asked: str, spelled: set[str], places: list[list[_Place]]) -> list[str]:
        """What a passage is found by; `places` gets where in its text each token stands."""
        tokens: list[str] = []
        found: list[_Place] = []
        for text, counts in ((passage.title, TITLE_COUNTS), (asked, ASKED_COUNTS), (passage.text, 1)):
            words = words_of(text)
            spelled.update(word.plain for word in words)
            found = [(w.start, w.end, stem(w.plain)) for w in words if w.plain not in self.synonyms.small]
            found += [(words[at].start, words[end - 1].end, same) for at, end, same in self.synonyms.found(words)]
            tokens += [token for _, _, token in found] * counts
        places.append(found)
        # Of a source only the ids: "what does 3.4.2 ask for?"
        tokens += [word.plain for word in words_of(passage.source) if any(sign.isdecimal() for sign in word.plain)]
        return tokens

    def _marks(self, at: int, wanted: set[str]) -> tuple[str, ...]:
        """The words of the passage that a wanted token was found by, as they stand, the longest first."""
        text = self.passages[at].text
        spans = {(start, end) for start, end, token in self._cells["places"][at] if token in wanted}
        words = dict.fromkeys(text[start:end] for start, end in sorted(spans))
        return tuple(sorted(words, key=lambda word: -len(word)))

    def _rarity(self, passages: int) -> float:
        count = len(self.passages)
        return min(RAREST, math.log(1 + (count - passages + 0.5) / (passages + 0.5))) if passages else RAREST

    def _of_the_field(self, token: str, rarity: float) -> float:
        """How much of a sign it is that this was asked for: people say some words about anything."""
        if token.startswith("="):
            return IN_A_TITLE if token in self.synonyms.everyday else 1.0
        if token[0].isdecimal() and "." in token:
            return 1.0  # the id of a requirement
        return IN_A_TITLE if rarity >= COMMON and token in self._in_titles else IN_A_TEXT

    @cached_property
    def _in_titles(self) -> frozenset[str]:
        return frozenset(stem(word.plain) for each in self.passages for word in words_of(each.title))

    @cached_property
    def _titled(self) -> dict[tuple[str, ...], int]:
        return {
            tuple(word.plain for word in words_of(each.title.rpartition(" · ")[2])): at
            for at, each in reversed(list(enumerate(self.passages)))
            if each.shelf is not Shelf.GUIDELINE  # all of those have the same headings
        }

    @cached_property
    def _preferred(self) -> Any:
        import numpy as np

        own = [OWN_COUNTS if each.shelf is Shelf.POLICY else 1.0 for each in self.passages]
        return np.array(own, dtype=np.float32)

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self._cells["known"])

    @cached_property
    def _by_stem(self) -> dict[str, dict[str, list[str]]]:
        by_stem: dict[str, dict[str, list[str]]] = {language: {} for language in ENDINGS}
        for language, forms in by_stem.items():
            for word in self._cells["spelled"]:
                forms.setdefault(stem(word, language), []).append(word)
        return by_stem

    @cached_property
    def _spelled_by_first(self) -> dict[str, list[str]]:
        by_first: dict[str, list[str]] = {}
        for word in self._cells["spelled"]:
            if word.isalpha():
                by_first.setdefault(word[0], []).append(word)
        return by_first
