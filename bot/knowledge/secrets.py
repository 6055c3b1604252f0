"""Takes secrets and card numbers out of what people write, before it is kept. What it took out it never returns.

The rules are data (knowledge/secrets/). They are compiled when they are first needed, away from the start: whoever
comes before that waits; nothing passes unread.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.knowledge.faults import TOP, Fault, KnowledgeFaults
from bot.knowledge.payment_cards import card_numbers
from bot.knowledge.secret_rules import OURS, THEIRS, Rules, read_rules

CARD: Final = "card number"
READ_AT_ONCE: Final = 4_000  # characters: what takes about a millisecond
ROUNDS: Final = 4
SHORTEST: Final = 8  # characters; nothing shorter holds a secret that a rule knows
# Letters and figures as other keyboards type them, each for one of ASCII's, so that no place moves.
PLAIN_FORMS: Final = {
    0xFE6B: 0x40,
    **{0xFF01 + at: 0x21 + at for at in range(94)},
    **{first + figure: 0x30 + figure for first in (0x660, 0x6F0, 0x966) for figure in range(10)},
}
UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_LEADS_ON: Final = re.compile(rb"[A-Za-z0-9_+/=-]+")


@dataclass(frozen=True, slots=True)
class Found:
    """Where something stands that must not be kept, and what kind of thing it is."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Words with marks where something was, and the kinds of what was there, each once."""

    text: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secrets:
    """All rules, compiled."""

    rules: Rules
    _marks: re.Pattern[str]

    @staticmethod
    def of(rules: Rules) -> Secrets:
        """Look for these."""
        kinds = sorted({mark_of(rule.kind) for rule in rules.rules} | {mark_of(CARD)})
        return Secrets(rules, re.compile("|".join(map(re.escape, kinds))))

    def find(self, text: str) -> tuple[Found, ...]:
        """Every secret and card number, in order, none overlapping another."""
        if len(text) < SHORTEST:
            return ()
        if not text.isascii():
            text = text.translate(PLAIN_FORMS)
            if UNSEEN.search(text):
                return self._find_between(text)
        if " removed" in text:
            # Our own marks are no secrets, a secret beside one is found, and none begins behind one that a word led to.
            text = self._marks.sub(lambda mark: f"<{' ' * (len(mark.group()) - 2)}>", text)
        found = [*_ranked_cards(text), *self._by_rules(text)]
        return _merged(found) if found else ()

    def _find_between(self, text: str) -> tuple[Found, ...]:
        """The same where letters that nobody sees stand within a secret, as pages put them where a line may break."""
        places = [at for at, sign in enumerate(text) if not UNSEEN.match(sign)]
        found = self.find("".join(text[at] for at in places))
        return tuple(Found(each.kind, places[each.start], places[each.end - 1] + 1) for each in found)

    def clean(self, text: str) -> Cleaned:
        """The same words with a mark in the place of each secret."""
        kinds: dict[str, None] = {}
        for _ in range(ROUNDS):  # what was glued to a secret may show only once that is gone
            if not (found := self.find(text)):
                break
            parts, at = [], 0
            for each in found:
                parts += [text[at : each.start], mark_of(each.kind)]
                at = each.end
            text = "".join((*parts, text[at:]))
            kinds |= dict.fromkeys(each.kind for each in found)
        return Cleaned(text, tuple(kinds))

    def _by_rules(self, text: str) -> Iterator[tuple[int, Found]]:
        lowered = text.lower()
        wanted = [rule for rule in self.rules.rules if any(word in lowered for word in rule.keywords)]
        if not wanted:
            return
        encoded = text.encode("utf-8", "surrogatepass")
        places = _Places(text, encoded)
        spans = sorted(
            (start, _to_its_end(encoded, start, end), rule.rank, rule.kind)
            for rule in wanted
            for start, end in rule.find(encoded, self.rules.everywhere)
        )
        for start, end, rank, kind in spans:
            first, last = places.at(start), places.at(end)
            yield rank, Found(kind, first, max(first + 1, last))


class SecretsWhenNeeded:
    """The rules of a folder, compiled when somebody first needs them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self.compiled: Secrets | None = None

    def get(self) -> Secrets:
        """The compiled rules. The first time takes a moment: not for the event loop. Raises KnowledgeFaults."""
        with self._lock:
            if self.compiled is None:
                self.compiled = load_secrets(self._folder)
            return self.compiled

    async def clean(self, *texts: str) -> tuple[Cleaned, ...]:
        """Each text without its secrets; the event loop waits neither for the rules nor for a long text."""
        if (secrets := self.compiled) is not None and sum(map(len, texts)) <= READ_AT_ONCE:
            return tuple(map(secrets.clean, texts))
        return await asyncio.to_thread(lambda: tuple(map(self.get().clean, texts)))


def missing_files(folder: Path) -> list[Fault]:
    """What the start can tell without reading them."""
    fix = "put it back from the version you started from"
    return [Fault(file, TOP, "the file is missing", fix) for file in (THEIRS, OURS) if not (folder / file).is_file()]


def load_secrets(folder: Path) -> Secrets:
    """Read and compile the rules of a knowledge folder. Raises KnowledgeFaults with all that is wrong."""
    faults: list[Fault] = []
    rules = read_rules(folder, faults)
    if faults:
        raise KnowledgeFaults(faults)
    return Secrets.of(rules)


def mark_of(kind: str) -> str:
    """What stands where something was taken out."""
    return f"[{kind} removed]" if kind == CARD else f"[secret removed: {kind}]"


class _Places:
    """From bytes to characters, going forward once: spans come sorted by their start."""

    def __init__(self, text: str, encoded: bytes) -> None:
        self._same = len(text) == len(encoded)
        self._encoded, self._byte, self._character = encoded, 0, 0

    def at(self, byte: int) -> int:
        if self._same:
            return byte
        if byte < self._byte:  # an end may lie behind the next start
            return self._character - len(self._encoded[byte : self._byte].decode("utf-8", "surrogatepass"))
        self._character += len(self._encoded[self._byte : byte].decode("utf-8", "surrogatepass"))
        self._byte = byte
        return self._character


def _to_its_end(text: bytes, start: int, end: int) -> int:
    """To where the token ends, should it be longer than the rule knew: nothing of it may stay."""
    if end > start and _LEADS_ON.match(text, end - 1, end) and (more := _LEADS_ON.match(text, end)):
        return more.end()
    return end


def _ranked_cards(text: str) -> Iterator[tuple[int, Found]]:
    for start, end in card_numbers(text):
        yield 1, Found(CARD, start, end)


def _merged(found: Sequence[tuple[int, Found]]) -> tuple[Found, ...]:
    """What overlaps is one; it is called after the rule that knows best."""
    merged: list[tuple[int, Found]] = []
    for rank, each in sorted(found, key=lambda pair: (pair[1].start, pair[0])):
        if merged and each.start < merged[-1][1].end:
            before_rank, before = merged[-1]
            kind = each.kind if rank < before_rank else before.kind
            merged[-1] = (min(rank, before_rank), Found(kind, before.start, max(before.end, each.end)))
        else:
            merged.append((rank, each))
    return tuple(each for _, each in merged)
