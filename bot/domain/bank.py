"""The question bank: which questions a profile is asked, in which order, and how far each answer is from good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from bot.domain.ids import QuestionId
from bot.domain.profile import LAYERS, UNKNOWN, Condition, Profile

GUIDELINES: Final = ("G1", "G2", "G3", "G4", "G5", "G6", "G7")
WORST_GAP: Final = 4


class Source(StrEnum):
    """Who can answer a question."""

    TEAM = "team"
    VENDOR = "vendor"
    ORGANISATION = "organisation"
    CLIENT = "client"
    LOOK_UP = "look_up"


class Choice(StrEnum):
    """How a question is answered: one option; ticks of which the missing ones count; the layers that were checked."""

    ONE = "one"
    TICKS = "ticks"
    LAYERS = "layers"


class ExtraKind(StrEnum):
    """What some answers need beside the option."""

    PERSON = "person"
    DATE = "date"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `gap` counts for questions with one answer, and for a choice that stands `alone` among ticks.

    Not everything that is less bad is something to `aim` for: nobody mends a tool by asking and waiting.
    """

    code: str
    label: str
    gap: int = 0
    blocks: Condition | None = None
    alone: bool = False
    aim: bool = True


@dataclass(frozen=True, slots=True)
class Extra:
    """A name, a date or a link that belongs to certain answers."""

    kind: ExtraKind
    wanted_for: frozenset[str]
    ask: str


@dataclass(frozen=True)
class Question:
    """One row of the bank."""

    id: QuestionId
    guideline: str
    text: str
    why: str
    weight: int
    source: Source
    choice: Choice
    when: Condition
    fix: str
    options: tuple[Option, ...]
    gaps_by_missing: tuple[int, ...] = ()
    extras: tuple[Extra, ...] = ()
    maps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_code(self) -> Mapping[str, Option]:
        return {option.code: option for option in self.options}

    @cached_property
    def worst_gap(self) -> int:
        return max((*(option.gap for option in self.options), *self.gaps_by_missing))

    def gap(self, codes: Iterable[str], layers: frozenset[str] = frozenset()) -> int:
        """How far the chosen codes are from good, 0 to 4. Not knowing counts as the worst answer.

        `layers` are the layers of the profile, which only a question about layers looks at.
        """
        chosen = frozenset(codes)
        if UNKNOWN in chosen:
            return self.worst_gap
        alone = [self.by_code[code].gap for code in chosen if self.by_code[code].alone]
        if alone:
            return max(alone)
        if self.choice is Choice.ONE:
            return max(self.by_code[code].gap for code in chosen)
        missing = len((_touched(layers) if self.choice is Choice.LAYERS else self._ticks) - chosen)
        return self.gaps_by_missing[min(missing, len(self.gaps_by_missing) - 1)]

    @cached_property
    def _ticks(self) -> frozenset[str]:
        return frozenset(option.code for option in self.options if not option.alone)

    @cached_property
    def _blockers(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.blocks)

    def blockers(self, on: frozenset[str]) -> tuple[Option, ...]:
        """The options that would rule the tool out where these facts hold."""
        return tuple(option for option in self._blockers if option.blocks and option.blocks.holds(on))

    def blocked_by(self, codes: Iterable[str], on: frozenset[str]) -> bool:
        chosen = frozenset(codes)
        return any(option.code in chosen for option in self.blockers(on))

    def best(self, layers: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The answer that leaves no gap."""
        if self.choice is Choice.LAYERS:
            return tuple(layer for layer in LAYERS if layer in _touched(layers))
        if self.choice is Choice.TICKS:
            return tuple(option.code for option in self.options if not option.alone)
        return (min(self.options, key=lambda option: option.gap).code,)

    def faults_in(self, codes: Iterable[str]) -> str | None:
        """Why these codes are no answer to this question, or None when they are one."""
        chosen = tuple(codes)
        strangers = sorted(set(chosen) - set(self.by_code) - {UNKNOWN})
        if strangers:
            known = ", ".join([*self.by_code, UNKNOWN])
            return f"{', '.join(strangers)!r} is not an option; the options are {known}"
        if len(set(chosen)) != len(chosen):
            return "the same option is given twice"
        lonely = [code for code in chosen if code == UNKNOWN or self.by_code[code].alone]
        if len(chosen) > 1 and (self.choice is Choice.ONE or lonely):
            return f"{(lonely or list(chosen))[0]!r} stands alone; give one answer"
        if not chosen and self.choice is Choice.ONE:
            return "no option is given"
        return None


def _touched(layers: frozenset[str]) -> frozenset[str]:
    return frozenset(LAYERS) if UNKNOWN in layers else layers


@dataclass(frozen=True, slots=True)
class Guideline:
    """One of the seven: its code, its title, and its page as Markdown."""

    code: str
    title: str
    page: str


@dataclass(frozen=True)
class QuestionBank:
    """All questions of one version."""

    questions: tuple[Question, ...]
    version: str

    @cached_property
    def by_id(self) -> Mapping[QuestionId, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def _asked(self) -> dict[frozenset[str], tuple[Question, ...]]:
        return {}

    def asked(self, on: frozenset[str]) -> tuple[Question, ...]:
        """The questions for a profile with these atoms, in order.

        Those that could rule it out come first, then by weight, then by guideline.
        Only the profile decides, never an answer, so that no answer can hide a question.
        """
        if (known := self._asked.get(on)) is None:
            held = [question for question in self.questions if question.when.holds(on)]
            known = tuple(sorted(held, key=lambda q: (not q.blockers(on), -q.weight, q.guideline)))
            if len(self._asked) >= 512:
                self._asked.clear()  # profiles repeat within a review; a ceiling keeps a year of them out of memory
            self._asked[on] = known
        return known


def touched_layers(profile: Profile) -> frozenset[str]:
    """The layers a profile says the tool touches; all of them where nobody knew."""
    return _touched(profile.layers)
