"""The agenda of a client review as data: its items, how long each may take, what it looks at. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.client_review import Light
from bot.domain.ids import QuestionId

# The items in the order of the meeting. Their codes are in frozen packs and minutes: add new ones, keep the old.
ACTIONS = "actions"
CHANGES = "changes"
COMING = "coming"
CONDITIONS = "conditions"
ENDING = "ending"
SIGNALS = "signals"
KEPT = "kept"
PEOPLE = "people"
GUIDELINE = "guideline"
OWN = "own"
CODES = (ACTIONS, CHANGES, COMING, CONDITIONS, ENDING, SIGNALS, KEPT, PEOPLE, GUIDELINE, OWN)


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One item: what it is called, its minutes by light, what the host asks, and whose answers it shows."""

    code: str
    title: str
    minutes: Mapping[Light, int]
    ask: str
    questions: tuple[QuestionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """The guideline of a week: one story to tell, one thing to ask."""

    story: str
    ask: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """What every client review goes through."""

    items: tuple[AgendaItem, ...]
    weeks: Mapping[str, Week]  # by guideline
    lengths: Mapping[Light, int]  # minutes of the whole
    soon_days: int  # a condition due within so many days is talked about
    ending_days: int  # a decision that ends within so many days is talked about
    first_days: int  # how far the very first review looks back
    carried_most: int  # an action carried over so often goes to the security leads
    alarms: Mapping[QuestionId, Mapping[str, Light]] = field(default_factory=dict)  # answers that turn a light
