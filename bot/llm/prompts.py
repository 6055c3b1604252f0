"""What a model is asked, read from `prompts/`: whole or not at all, and never sent half filled.

People's words go into a message of their own, between two lines with a token that is drawn anew for each call, so that
nobody's text can close the block from inside. The format is described in `prompts/README.md`.
"""

from __future__ import annotations

import json
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

from bot.domain.model_use import Task
from bot.llm.shapes import expected, outline

FENCE_HOLE: Final = "fence"  # filled by us, in the instructions, so that they can name the block
OPENS, CLOSES = "<<people>>", "<<end people>>"
# What each task is given. A prompt uses all of it and nothing else: what it asks about has to be there.
HOLES: Final[Mapping[Task, frozenset[str]]] = {
    Task.EXTRACT: frozenset({"facts", "questions", "said"}),
    Task.CHOOSE: frozenset({"question", "options", "said"}),
    Task.ANSWER: frozenset({"passages", "asked"}),
    Task.SUMMARY: frozenset({"facts"}),
    Task.DIGEST: frozenset({"facts"}),
    Task.MINUTES: frozenset({"facts"}),
}
# Those of them that hold words of people, of vendors or of pages: they never stand among the instructions.
PEOPLES: Final[Mapping[Task, frozenset[str]]] = {
    Task.EXTRACT: frozenset({"said"}),
    Task.CHOOSE: frozenset({"said"}),
    Task.ANSWER: frozenset({"passages", "asked"}),
    Task.SUMMARY: frozenset({"facts"}),
    Task.DIGEST: frozenset({"facts"}),
    Task.MINUTES: frozenset({"facts"}),
}
ENTRIES: Final = ("task", "version", "inputs", "people", "limits", "output")
LIMITS: Final = ("input", "output", "seconds")
_PAGE: Final = re.compile(r"\A\+\+\+\n(?P<front>.*?)^\+\+\+\n(?P<text>.*)\Z", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a prompt, and how to put it right."""

    file: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file} · {self.wrong} · {self.fix}"


class PromptFaults(Exception):
    """The prompts cannot be used. `faults` lists everything that is wrong with them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NotFilled(Exception):
    """What is to go into a prompt does not fit its holes, or its limit; the text says which. It quotes nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most signs that go in, the most tokens that come out, and the seconds that it may take at the most."""

    input: int
    output: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What is sent: what we say, and, apart from it, what people said, already fenced."""

    instructions: str
    people: str

    @property
    def signs(self) -> int:
        return len(self.instructions) + len(self.people)

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.instructions.encode()) + len(self.people.encode())

    def messages(self) -> list[dict[str, str]]:
        return [{"role": "system", "content": self.instructions}, {"role": "user", "content": self.people}]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt, checked."""

    task: Task
    version: int
    limits: Limits
    output: Mapping[str, Any]
    instructions: Template
    block: Template

    def fill(self, holes: Mapping[str, str], *, fence: str | None = None) -> Filled:
        """Put everything in its place. Raises NotFilled when a hole is missing or unknown, or it becomes too long."""
        wanted = HOLES[self.task]
        if missing := sorted(wanted - holes.keys()):
            raise NotFilled(f"{_these(missing)} missing; {self.task} needs {', '.join(sorted(wanted))}")
        if unknown := sorted(holes.keys() - wanted):
            raise NotFilled(f"{self.task} has no hole {' or '.join(unknown)}; it has {', '.join(sorted(wanted))}")
        mark = fence or self._fence(holes)
        ours = self.instructions.substitute(holes, **{FENCE_HOLE: mark})
        theirs = f"<<{mark}>>\n{self.block.substitute(holes)}\n<<end {mark}>>"
        filled = Filled(ours, theirs)
        if filled.signs > self.limits.input:
            raise NotFilled(
                f"{filled.signs:,} characters are more than the {self.limits.input:,} that {self.task} may send"
            )
        return filled

    @staticmethod
    def _fence(holes: Mapping[str, str]) -> str:
        while True:
            mark = secrets.token_hex(8)
            if not any(mark in text for text in holes.values()):
                return mark


Prompts = Mapping[Task, Prompt]


def load_prompts(folder: Path) -> Prompts:
    """Read every prompt. Raises PromptFaults with all that is wrong, by file."""
    faults: list[Fault] = []
    if not folder.is_dir():
        raise PromptFaults([Fault(str(folder), "this folder does not exist", "set PROMPTS_DIR to the prompts' folder")])
    prompts = {task: prompt for task in Task if (prompt := _read(folder, task, faults)) is not None}
    known = {f"{task}.md" for task in Task} | {"README.md"}
    for page in sorted(folder.glob("*.md")):
        if page.name not in known:
            faults.append(Fault(page.name, "there is no such task", f"name it after one of {', '.join(Task)}"))
    if faults:
        raise PromptFaults(faults)
    return prompts


def _read(folder: Path, task: Task, faults: list[Fault]) -> Prompt | None:
    file = f"{task}.md"
    found: list[Fault] = []

    def fault(wrong: str, fix: str) -> None:
        found.append(Fault(file, wrong, fix))

    try:
        text = (folder / file).read_text("utf-8")
    except FileNotFoundError:
        fault("this file is missing", "each task has its prompt; take the one that comes with the bot")
    except (OSError, UnicodeDecodeError):
        fault("this file cannot be read", "it has to be a text file in UTF-8 that the bot may read")
    prompt = _page(task, text, fault) if not found else None
    faults += found
    return None if found else prompt


def _page(task: Task, text: str, fault: Any) -> Prompt | None:
    page = _PAGE.match(text.replace("\r\n", "\n"))
    if page is None:
        fault("the front matter is missing", "begin with a line +++, TOML, and another line +++")
        return None
    try:
        front = tomllib.loads(page["front"])
    except tomllib.TOMLDecodeError as error:
        fault(f"the front matter is not TOML ({error})", "correct it; strings stand in quotation marks")
        return None
    for entry in ENTRIES:
        if entry not in front:
            fault(f"{entry} is missing", f"the front matter needs {', '.join(ENTRIES)}")
    for entry in sorted(front.keys() - set(ENTRIES)):
        fault(f"{entry} is not known", f"the front matter has {', '.join(ENTRIES)}, and nothing else")
    if front.keys() != set(ENTRIES):
        return None
    if front["task"] != task:
        fault(f"task is not {task}", "the file is named after its task")
    version = front["version"]
    if type(version) is not int or version < 1:
        fault("version is no whole number of 1 or more", "raise it by one with every change of the text")
    limits = _limits(front["limits"], fault)
    _check_holes(task, front, page["text"], fault)
    output = front["output"]
    if not isinstance(output, dict) or outline(output) != expected(task):
        fault("output is not the shape that the code reads", f"it comes down to {expected(task)}")
    ours, theirs = _parts(page["text"])
    if limits is None:
        return None
    return Prompt(task, version, limits, {"title": task.value, **output}, Template(ours), Template(theirs))


def _limits(given: Any, fault: Any) -> Limits | None:
    if not isinstance(given, dict) or given.keys() != set(LIMITS):
        fault("limits are not input, output and seconds", "write limits = { input = 20000, output = 900, seconds = 8 }")
        return None
    if any(type(value) is not int or value < 1 for value in given.values()):
        fault("a limit is no whole number of 1 or more", "characters in, tokens out, seconds")
        return None
    return Limits(**given)


def _check_holes(task: Task, front: Mapping[str, Any], text: str, fault: Any) -> None:
    for entry, wanted in (("inputs", HOLES[task]), ("people", PEOPLES[task])):
        given = front[entry]
        if not isinstance(given, list) or any(not isinstance(name, str) for name in given) or set(given) != wanted:
            fault(f"{entry} is not {', '.join(sorted(wanted))}", "these are what the code hands over")
    if (text.count(OPENS), text.count(CLOSES)) != (1, 1) or text.find(OPENS) > text.find(CLOSES):
        fault("there is not exactly one block of people's words", f"write {OPENS} and then {CLOSES}, once each")
        return
    ours, theirs = _parts(text)
    named: dict[str, set[str]] = {}
    for where, part in (("the instructions", ours), ("the block", theirs)):
        template = Template(part)
        if not template.is_valid():
            fault(f"a $ in {where} begins no hole", "write a hole as ${name}, and a $ that is meant as such as $$")
            return
        named[where] = set(template.get_identifiers())
    instructions, block = named["the instructions"], named["the block"]
    if FENCE_HOLE not in instructions:
        fault(f"${{{FENCE_HOLE}}} is missing", "the instructions have to name the lines around the block")
    if FENCE_HOLE in block:
        fault(f"${{{FENCE_HOLE}}} stands in the block", "it belongs into the instructions only")
    for name in sorted(HOLES[task] - instructions - block):
        fault(f"${{{name}}} is missing", "every input has its hole in the text")
    for name in sorted((instructions | block) - HOLES[task] - {FENCE_HOLE}):
        fault(f"${{{name}}} is no input", f"the inputs are {', '.join(sorted(HOLES[task]))}")
    for name in sorted(instructions & PEOPLES[task]):
        fault(f"${{{name}}} stands among the instructions", f"people's words stand between {OPENS} and {CLOSES} only")


def _parts(text: str) -> tuple[str, str]:
    """What we say, and what stands in the block."""
    before, _, rest = text.partition(OPENS)
    block, _, after = rest.partition(CLOSES)
    return "\n\n".join(part.strip() for part in (before, after) if part.strip()), block.strip("\n")


def _these(names: list[str]) -> str:
    return f"the hole {names[0]} is" if len(names) == 1 else f"the holes {', '.join(names)} are"


def schema_line(prompt: Prompt) -> str:
    """The shape as one line of JSON, for services that cannot be handed it beside the words."""
    return json.dumps(prompt.output, ensure_ascii=False)
