"""The labelled data of `preflight eval`, read from a folder of TOML files. All that does not fit is named at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.domain.bank import QuestionBank
from bot.domain.evaluation import ANSWERS, CODES, FACTS, Half, Label, Read, read_of
from bot.domain.ids import QuestionId, UserId
from bot.domain.profile import DATA, KINDS, USERS
from bot.domain.utterance import Utterance

SENTENCES: Final = "sentences*.toml"
QUESTIONS: Final = "retrieval*.toml"
_CODES: Final[Mapping[str, tuple[str, ...]]] = {"kinds": KINDS, "data": DATA, "users": USERS}
_ABOUT_A_CASE: Final = frozenset({"id", "half", "lang", "tags", "said", "may"})
_ABOUT_A_QUESTION: Final = frozenset({"id", "half", "lang", "ask", "right"})


class DataFaults(Exception):
    """The labelled data cannot be used; every reason, one a line."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """A sentence or a thread, and what a careful reader would confirm of it."""

    id: str
    half: Half
    lang: str
    tags: tuple[str, ...]
    said: tuple[Utterance, ...]
    label: Label


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question to the knowledge base, and the passages that answer it; none where nothing does."""

    id: str
    half: Half
    lang: str
    ask: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Everything that was found in the folder."""

    cases: tuple[LabelledCase, ...]
    questions: tuple[LabelledQuestion, ...]


def load_labelled(folder: Path, bank: QuestionBank) -> Labelled:
    """Read the folder. Raises DataFaults that name the file, the entry and what is wrong."""
    if not folder.is_dir():
        raise DataFaults([f"{folder} is no folder. Give the folder of the labelled data: --data FOLDER"])
    files = sorted({*folder.glob(SENTENCES), *folder.glob(QUESTIONS)})
    if not files:
        raise DataFaults([f"{folder} holds no labelled data: no file is called {SENTENCES} or {QUESTIONS}."])
    faults: list[str] = []
    cases: list[LabelledCase] = []
    questions: list[LabelledQuestion] = []
    taken: set[str] = set()
    for file in files:
        try:
            tables = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            faults.append(f"{file}: cannot be read as TOML: {error}")
            continue
        for kind, entry in _entries(tables):
            name = f"{file}: {entry.get('id') or 'an entry without an id'}"
            try:
                if entry.get("id") in taken:
                    raise ValueError("this id is taken")
                if kind == "case":
                    cases.append(_case(entry, bank))
                else:
                    questions.append(_question(entry))
                taken.add(entry["id"])
            except (ValueError, TypeError, AttributeError) as error:
                faults.append(f"{name}: {error}")
    if faults:
        raise DataFaults(faults)
    return Labelled(tuple(cases), tuple(questions))


def _entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("case", "question"):
        for entry in tables.get(kind, ()):
            yield kind, entry


def _case(entry: Mapping[str, Any], bank: QuestionBank) -> LabelledCase:
    _only(entry, _ABOUT_A_CASE | set(FACTS))
    said = tuple(Utterance(UserId(each["by"]), each["text"]) for each in _wanted(entry, "said"))
    if not said or not all(each.by and each.text.strip() for each in said):
        raise ValueError("said: somebody has to say something")
    may = entry.get("may", {})
    _only(may, set(FACTS))
    wanted = [spellings for fact in FACTS if fact in entry for spellings in _spelled(fact, entry[fact], bank)]
    harmless = [read for fact in may for read in _harmless(fact, may[fact], bank)]
    return LabelledCase(
        _id(entry),
        _half(entry),
        _wanted(entry, "lang"),
        tuple(entry.get("tags", ())),
        said,
        Label(tuple(wanted), frozenset(harmless)),
    )


def _question(entry: Mapping[str, Any]) -> LabelledQuestion:
    _only(entry, _ABOUT_A_QUESTION)
    return LabelledQuestion(
        _id(entry), _half(entry), _wanted(entry, "lang"), _wanted(entry, "ask"), frozenset(_wanted(entry, "right"))
    )


def _spelled(fact: str, value: Any, bank: QuestionBank) -> Iterator[frozenset[Read]]:
    """Each thing wanted of one fact, in all its spellings."""
    if fact == ANSWERS:
        for question, option in value.items():
            yield frozenset({_answer(question, option, bank)})
    elif fact in ("tool", "vendor", "url"):
        yield frozenset(read_of(fact, name) for name in ([value] if isinstance(value, str) else value))
    else:
        for one in value if isinstance(value, list) else [value]:
            yield frozenset({_read(fact, one)})


def _harmless(fact: str, values: list[Any], bank: QuestionBank) -> Iterator[Read]:
    for value in values:
        question, _, option = str(value).partition("/")
        yield _answer(question, option, bank) if fact == ANSWERS else _read(fact, value)


def _read(fact: str, value: Any) -> Read:
    if fact in CODES and value not in _CODES[fact]:
        raise ValueError(f"{fact}: {value!r} is no code of it")
    if fact == "seats" and not (isinstance(value, int) and value > 0):
        raise ValueError(f"seats: {value!r} is no number of people")
    return read_of(fact, str(value))


def _answer(question: str, option: str, bank: QuestionBank) -> Read:
    asked = bank.by_id.get(QuestionId(question))
    if asked is None:
        raise ValueError(f"answers: there is no question {question!r}")
    if option not in {each.code for each in asked.options}:
        raise ValueError(f"answers: {question} has no option {option!r}")
    return ANSWERS, f"{question}/{option}"


def _only(entry: Mapping[str, Any], fields: set[str] | frozenset[str]) -> None:
    if strangers := sorted(entry.keys() - fields):
        raise ValueError(f"not a field: {', '.join(strangers)}")


def _wanted(entry: Mapping[str, Any], field: str) -> Any:
    if field not in entry:
        raise ValueError(f"{field} is missing")
    return entry[field]


def _id(entry: Mapping[str, Any]) -> str:
    if not isinstance(found := _wanted(entry, "id"), str) or not found:
        raise ValueError("id has to be a word")
    return found


def _half(entry: Mapping[str, Any]) -> Half:
    half = _wanted(entry, "half")
    if half not in set(Half):
        raise ValueError(f"half: {half!r} is neither tune nor test")
    return Half(half)
