"""What is handed to a model, as text: cleaned, numbered, cut to what fits. It shows nobody's name and no id of Slack.

`Clean` takes out what must not leave (`redact`); when that fails, nothing is sent at all. Text is cut only afterwards,
because half of a secret looks like none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.domain.bank import Question
from bot.domain.ids import UserId
from bot.domain.passage import Passage
from bot.domain.profile import UNKNOWN
from bot.domain.utterance import Utterance
from bot.use_cases.ports import Readable

Clean = Callable[[str], str]

SHORTEST_CUT: Final = 200  # signs; less of a message than that says nothing
LONGEST_QUESTION: Final = 2_000
BETWEEN: Final = "\n\n"
NOTHING: Final = "(none)"


def as_it_is(text: str) -> str:
    """Takes nothing out."""
    return text


def said_text(said: Sequence[Utterance], clean: Clean, room: int) -> str:
    """Messages in their order, by whom only as a letter; what does not fit is left out from the end."""
    letters: dict[UserId, str] = {}
    parts: list[str] = []
    for number, each in enumerate(said, start=1):
        who = letters.setdefault(each.by, _letter(len(letters)))
        opening = f"[{number}] {who}: "
        text = opening + whole(clean(each.text))
        if len(text) > room:
            if room >= SHORTEST_CUT:
                parts.append(text[:room])
            break
        parts.append(text)
        room -= len(text) + len(BETWEEN)
    return BETWEEN.join(parts)


def passages_text(passages: Sequence[Passage], clean: Clean, room: int) -> str:
    """Passages with their numbers; those that do not fit are left out from the end, so that no number changes."""
    parts: list[str] = []
    for number, passage in enumerate(passages, start=1):
        text = f"[{number}] {whole(clean(passage.title))}\n{whole(clean(passage.text))}"
        if len(text) > room:
            break
        parts.append(text)
        room -= len(text) + len(BETWEEN)
    return BETWEEN.join(parts)


def lines_text(lines: Sequence[str], clean: Clean) -> str:
    """Facts, one a line."""
    return "\n".join(f"- {' '.join(whole(clean(line)).split())}" for line in lines)


def facts_text(readable: Readable) -> str:
    """The facts that may be read, with their codes."""
    coded = [f"{fact}: {_codes(values)}" for fact, values in readable.facts.items()]
    return "\n".join([*coded, *(f"{fact}: the words or the number themselves" for fact in readable.free)]) or NOTHING


def questions_text(questions: Sequence[Question]) -> str:
    """Questions with their options."""
    return "\n".join(f"{each.id}: {each.text}\n{options_text(each)}" for each in questions) or NOTHING


def options_text(question: Question) -> str:
    """The options of a question, one a line."""
    return "\n".join(f"  {code} = {label}" for code, label in options_of(question).items())


def options_of(question: Question) -> dict[str, str]:
    """Every code that may be named, with its label."""
    return {**{option.code: option.label for option in question.options}, UNKNOWN: "they don't know"}


def whole(text: str) -> str:
    """The same text as it can travel: half characters, which no encoding takes, become a sign for that."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _codes(values: Mapping[str, str]) -> str:
    return ", ".join(f"{code} = {label}" for code, label in values.items())


def _letter(place: int) -> str:
    return f"person {chr(ord('A') + place)}" if place < 26 else f"person {place + 1}"
