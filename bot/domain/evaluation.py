"""How well words are read and passages found, counted against labels. It only counts; nothing here reads or finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.answers import Proposal
from bot.domain.tool import name_key

NAMES: Final = ("tool", "vendor", "clients")
CODES: Final = ("kinds", "data", "users")
ANSWERS: Final = "answers"
FACTS: Final = ("tool", "vendor", "url", *CODES, "seats", "clients", ANSWERS)  # those that are labelled

Read = tuple[str, str]  # a fact and its value, spelled so that two that mean the same are the same


class Half(StrEnum):
    """Which half of the labelled data: the one that may be looked at, or the one that is only ever counted."""

    TUNE = "tune"
    TEST = "test"


def read_of(fact: str, value: str) -> Read:
    """A fact's value as it is compared: names without case and signs, addresses without their protocol."""
    if fact in NAMES:
        return fact, name_key(value)
    if fact == "url":
        bare = value.casefold().removeprefix("https://").removeprefix("http://").removeprefix("www.")
        return fact, bare.rstrip("/")
    if fact == "seats":
        return fact, "".join(filter(str.isdigit, value)) or value
    return fact, value


def read_in(proposals: Iterable[Proposal]) -> frozenset[Read]:
    """What proposals say about the facts that are labelled; an answer is `answers`, and its value `question/option`."""
    found: set[Read] = set()
    for each in proposals:
        if each.fact in FACTS:
            found.add(read_of(each.fact, each.value))
        elif each.fact.startswith("G"):  # a question's id; other facts, such as the purpose, have no labels
            found.add((ANSWERS, f"{each.fact}/{each.value}"))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Label:
    """What a careful reader would confirm: each thing wanted in all its spellings, and what would do no harm."""

    wanted: tuple[frozenset[Read], ...] = ()
    may: frozenset[Read] = frozenset()


@dataclass(frozen=True, slots=True)
class Marked:
    """One case held against its label. What may be read or not counts on no side."""

    right: frozenset[Read]
    wrong: frozenset[Read]
    missed: frozenset[Read]

    @property
    def needs_correction(self) -> bool:
        """Would a person have to change or add a fact of the profile? Answers are asked for anyway."""
        return any(fact != ANSWERS for fact, _ in self.wrong | self.missed)

    @property
    def misleads(self) -> bool:
        """Was anything proposed that is not so?"""
        return bool(self.wrong)


def mark(found: frozenset[Read], label: Label) -> Marked:
    """Hold what was read against what should have been."""
    right, missed = set[Read](), set[Read]()
    for spellings in label.wanted:
        # Two spellings of one thing, both read, are two proposals: the person sees both, so the second is no mistake.
        if hit := spellings & found:
            right |= hit
        else:
            missed.add(min(spellings))
    return Marked(frozenset(right), found - right - label.may, frozenset(missed))


@dataclass(frozen=True, slots=True)
class Score:
    """How many were right, wrong and missed, and the shares that follow; None where there is nothing to divide by."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        return share(self.right, self.right + self.missed)


@dataclass(frozen=True, slots=True)
class ReadingFigures:
    """How well a set of cases was read: by fact, in all, and how often a person has to step in."""

    cases: int
    by_fact: Mapping[str, Score]
    total: Score
    needing_correction: float | None
    misleading: float | None


def reading_figures(marked: Sequence[Marked]) -> ReadingFigures:
    """Count by fact and in all. The total counts single proposals, so that a frequent fact weighs more."""
    by_fact = {fact: _score(marked, {fact}) for fact in FACTS}
    return ReadingFigures(
        len(marked),
        by_fact,
        _score(marked, set(FACTS)),
        share(sum(each.needs_correction for each in marked), len(marked)),
        share(sum(each.misleads for each in marked), len(marked)),
    )


def _score(marked: Iterable[Marked], facts: set[str]) -> Score:
    counts = [0, 0, 0]
    for each in marked:
        for n, reads in enumerate((each.right, each.wrong, each.missed)):
            counts[n] += sum(fact in facts for fact, _ in reads)
    return Score(*counts)


@dataclass(frozen=True, slots=True)
class Looked:
    """One question to the knowledge base: which passages answer it, which were found, the best first, and whether it
    was said that nothing is known."""

    right: frozenset[str]
    found: tuple[str, ...]
    refused: bool

    @property
    def answerable(self) -> bool:
        return bool(self.right)

    def within(self, first: int) -> bool:
        """Is a right passage among the first so many?"""
        return not self.right.isdisjoint(self.found[:first])


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """How well passages are found, and how well "nothing known" is told from "something"."""

    answerable: int
    unanswerable: int
    recall_at_1: float | None
    recall_at_5: float | None
    refused_rightly: float | None  # of the unanswerable
    refused_wrongly: float | None  # of the answerable


def retrieval_figures(looked: Sequence[Looked]) -> RetrievalFigures:
    """Count over all questions. Recall looks at the order alone; what is refused all the same is counted by itself."""
    known = [each for each in looked if each.answerable]
    unknown = [each for each in looked if not each.answerable]
    return RetrievalFigures(
        len(known),
        len(unknown),
        share(sum(each.within(1) for each in known), len(known)),
        share(sum(each.within(5) for each in known), len(known)),
        share(sum(each.refused for each in unknown), len(unknown)),
        share(sum(each.refused for each in known), len(known)),
    )


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of one question that a model was asked: how many sentences it wrote, and how many had a source."""

    answerable: bool
    sentences: int
    kept: int

    @property
    def answered(self) -> bool:
        return self.kept > 0


@dataclass(frozen=True, slots=True)
class ReplyFigures:
    """How a model answers: whether it speaks where something is known, and how much of what it says is dropped."""

    questions: int
    answered: float | None  # of the answerable
    held_back: float | None  # of the unanswerable
    sentences: int
    dropped: int


def reply_figures(replied: Sequence[Replied]) -> ReplyFigures:
    """Count over all questions that were put to a model, or were refused before."""
    known = [each for each in replied if each.answerable]
    unknown = [each for each in replied if not each.answerable]
    return ReplyFigures(
        len(replied),
        share(sum(each.answered for each in known), len(known)),
        share(sum(not each.answered for each in unknown), len(unknown)),
        sum(each.sentences for each in replied),
        sum(each.sentences - each.kept for each in replied),
    )


@dataclass(frozen=True, slots=True)
class CallFigures:
    """What calls of the model cost: how long they took, how many tokens, and how they ended."""

    calls: int
    median_ms: int | None
    p95_ms: int | None
    tokens_in: int
    tokens_out: int
    outcomes: Mapping[str, int] = field(default_factory=dict)


def share(part: int, whole: int) -> float | None:
    """A share, or None where there is nothing to share."""
    return part / whole if whole else None


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many percent of all do not exceed."""
    if not values:
        return None
    place = -(-len(values) * percent // 100)
    return sorted(values)[max(place, 1) - 1]
