"""Which words people use for which facts, and where a text says them. It knows phrases and plain "no", not sentences.

An organisation adds its own words to `knowledge/policy/words.toml`; the codes they stand for are the profile's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from bot.domain import english
from bot.domain.english import stem
from bot.domain.profile import DATA, KINDS, USERS

CODES: Final[Mapping[str, tuple[str, ...]]] = {"kinds": KINDS, "data": DATA, "users": USERS}
_IGNORED: Final = "ignored"
_LISTS: Final = {"seats": "people", "tools": "never"}
_GAP: Final = "..."
_WIDEST_GAP: Final = 4
_LONGEST_PHRASE: Final = 8


class WordsUnreadable(ValueError):
    """The table of words has faults; `faults` names each with its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class Token(NamedTuple):
    """One word of a text: where it stands, how it is spelt, what it is compared by, and the signs before it."""

    start: int
    end: int
    text: str
    stem: str
    before: str


class Phrase(NamedTuple):
    """Words that stand for a fact. `shouted` are those that count in capitals only; a gap takes up to four words."""

    stems: tuple[str, ...]
    shouted: tuple[str | None, ...]
    fact: str
    code: str


class Said(NamedTuple):
    """A phrase found in a text: tokens `first` to `last`, both included."""

    fact: str
    code: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases an organisation uses, by their first word, longest first."""

    phrases: Mapping[str, tuple[Phrase, ...]]
    people: frozenset[str]
    never: frozenset[str]

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Words:
        """Read the tables of words.toml; raises `WordsUnreadable` with all faults at once.

        `[kinds]`, `[data]` and `[users]` hold a list of phrases for each code, `[ignored] phrases` what only sounds
        like one, `[seats] people` the nouns that follow a number of people, `[tools] never` what is no tool.
        """
        faults: list[str] = []
        found: dict[str, list[Phrase]] = {}
        seen: dict[tuple[tuple[str, ...], tuple[str | None, ...]], str] = {}
        for place, fact, code, written in _entries(tables, faults):
            phrase = _phrase(written, fact, code)
            if not phrase.stems or len(phrase.stems) > _LONGEST_PHRASE or _GAP in (phrase.stems[0], phrase.stems[-1]):
                faults.append(f"{place}: {written!r} is no phrase of one to {_LONGEST_PHRASE} words")
            elif (first := seen.setdefault((phrase.stems, phrase.shouted), place)) != place:
                faults.append(f"{place}: {written!r} already stands in {first}")
            else:
                found.setdefault(phrase.stems[0], []).append(phrase)
        people, never = (_listed(tables, table, key, faults) for table, key in _LISTS.items())
        if faults:
            raise WordsUnreadable(faults)
        longest_first = {word: tuple(sorted(group, key=lambda p: -len(p.stems))) for word, group in found.items()}
        return cls(longest_first, people, never)

    def said(self, tokens: Sequence[Token]) -> Iterator[Said]:
        """The phrases of a text, longest first, none inside another; what is ignored takes its words away too."""
        at = 0
        while at < len(tokens):
            for phrase in self.phrases.get(tokens[at].stem, ()):
                last = _ends(phrase, tokens, at)
                if last is not None:
                    if phrase.fact != _IGNORED:
                        yield Said(phrase.fact, phrase.code, at, last)
                    at = last
                    break
            at += 1


def tokens_of(text: str) -> list[Token]:
    """The words of a text. "Otter.ai", "3,000" and "doesn't" are one word each; "work-at-home" is three."""
    tokens: list[Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        word = found.group()
        tokens.append(Token(found.start(), found.end(), word, stem(word), text[end : found.start()]))
        end = found.end()
    return tokens


def ends_clause(token: Token) -> bool:
    """Whether a new clause begins with this token."""
    return not _CLAUSE_ENDS.isdisjoint(token.before)


def denied(tokens: Sequence[Token]) -> list[bool]:
    """For each word whether a "no" before it reaches it: up to the end of the clause, or to a "but", "only", "just"."""
    reached: list[bool] = []
    no = False
    for at, token in enumerate(tokens):
        after_comma = "," in token.before and token.stem in english.SUBJECTS
        if ends_clause(token) or after_comma or token.stem in english.TURNS:
            no = False
        if token.stem in english.EXCEPT:
            no = not no
        elif says_no(token) and not (
            at + 1 < len(tokens) and tokens[at + 1].stem in ("only", "just", "sure", "problem")
        ):
            no = True
        reached.append(no)
    return reached


def denied_after(tokens: Sequence[Token], last: int) -> bool:
    """Whether the words right after a phrase take it back: "recordings are off", "customer data: none"."""
    for at in range(last + 1, min(last + 5, len(tokens))):
        token = tokens[at]
        if at == last + 1 and ("?" in token.before or ":" in token.before):
            return token.stem in english.NO
        if ends_clause(token) or "," in token.before or token.stem in english.TURNS:
            return False
        if says_no(token) or token.stem in english.TAKEN_OUT:
            return True
        if token.stem == "out" and tokens[at - 1].stem in ("stay", "stays", "kept", "left", "be", "is", "are"):
            return True
    return False


def says_no(token: Token) -> bool:
    """Whether the word denies what follows."""
    return token.stem in english.NO or token.stem in english.WITHOUT or token.stem.endswith("n't")


def _entries(tables: Mapping[str, Any], faults: list[str]) -> Iterator[tuple[str, str, str, str]]:
    for fact, table in tables.items():
        if fact in _LISTS:
            continue
        known = CODES.get(fact, ("phrases",) if fact == _IGNORED else None)
        if known is None or not isinstance(table, Mapping):
            faults.append(f"{fact}: no such table; there are {', '.join((*CODES, _IGNORED, *_LISTS))}")
            continue
        for code, phrases in table.items():
            if code not in known:
                faults.append(f"{fact}.{code}: unknown code; there are {', '.join(known)}")
            elif not isinstance(phrases, list):
                faults.append(f"{fact}.{code}: not a list of phrases")
            else:
                for number, phrase in enumerate(phrases, 1):
                    yield f"{fact}.{code} {number}", fact, code, phrase if isinstance(phrase, str) else ""


def _listed(tables: Mapping[str, Any], table: str, key: str, faults: list[str]) -> frozenset[str]:
    listed = tables[table].get(key) if isinstance(tables.get(table), Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(word, str) and word for word in listed):
        faults.append(f"{table}.{key}: a list of words is missing")
        return frozenset()
    return frozenset(stem(word) for word in listed)


def _phrase(written: str, fact: str, code: str) -> Phrase:
    words = [token.text for token in tokens_of(written.replace(_GAP, " gapgapgap "))]
    stems = tuple(_GAP if word == "gapgapgap" else stem(word) for word in words)
    return Phrase(stems, tuple(word if len(word) > 1 and word.isupper() else None for word in words), fact, code)


def _ends(phrase: Phrase, tokens: Sequence[Token], first: int) -> int | None:
    """The last token of a phrase that begins at `first`, if it stands there."""
    at = first
    for place, (wanted, shouted) in enumerate(zip(phrase.stems, phrase.shouted, strict=True)):
        if wanted == _GAP:
            target = phrase.stems[place + 1]
            reach = range(at, min(at + _WIDEST_GAP + 1, len(tokens)))
            skipped = next((n for n in reach if tokens[n].stem == target or _parts(tokens[n])), None)
            if skipped is None:
                return None
            at = skipped
            continue
        if at >= len(tokens) or tokens[at].stem != wanted or (at > first and _parts(tokens[at])):
            return None
        if shouted is not None and tokens[at].text != shouted:
            return None
        at += 1
    return at - 1


def _parts(token: Token) -> bool:
    """Whether the signs before a word part it from the word before; hyphens, slashes and quotes do not."""
    return not _PARTING.isdisjoint(token.before)


_TOKEN: Final = re.compile(
    r"\d[\d.,'\u2019\u00a0\u202f]*\d[kK]?(?![^\W_])|[^\W_]+(?:[.'\u2019&][^\W_]+)*",
)
_CLAUSE_ENDS: Final = frozenset(".!?;\n")
_PARTING: Final = frozenset(".!?;\n,:()")
