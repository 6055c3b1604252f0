"""The shapes that a model's answers must have, one a task. What fits none is thrown away whole; nothing is repaired."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.model_use import Task

LONGEST_ANSWER: Final = 48_000  # signs of JSON; twice what the longest shape below needs in practice
THINKING: Final = ("<think>", "</think>")  # some models say first what they think, in a block of its own
FENCE: Final = "```"


class Unreadable(Exception):
    """What came is not JSON, or not of this shape. It holds nothing of what came."""


class _Shape(BaseModel):
    # Strict: "3" is no number and 1.0 is no passage. Whatever else a model adds makes the answer one of another shape.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @property
    def empty(self) -> bool:
        """Whether nothing is said in it."""
        return not any(value for _, value in self)


class Found(_Shape):
    fact: Annotated[str, Field(max_length=80)]
    value: Annotated[str, Field(max_length=300)]
    quote: Annotated[str, Field(max_length=1000)]


class Extracted(_Shape):
    proposals: Annotated[tuple[Found, ...], Field(max_length=120)]


class Chosen(_Shape):
    option: Annotated[str, Field(max_length=80)]
    quote: Annotated[str, Field(max_length=1000)]


class Sentence(_Shape):
    text: Annotated[str, Field(max_length=800)]
    passages: Annotated[tuple[int, ...], Field(max_length=20)]


class Answered(_Shape):
    sentences: Annotated[tuple[Sentence, ...], Field(max_length=12)]


class Written(_Shape):
    lines: Annotated[tuple[Annotated[str, Field(max_length=800)], ...], Field(max_length=12)]


Shape = Extracted | Chosen | Answered | Written

SHAPES: Final[Mapping[Task, type[Extracted | Chosen | Answered | Written]]] = {
    Task.EXTRACT: Extracted,
    Task.CHOOSE: Chosen,
    Task.ANSWER: Answered,
    Task.SUMMARY: Written,
    Task.DIGEST: Written,
    Task.MINUTES: Written,
}


def read_shape(task: Task, text: str) -> Shape:
    """A model's whole answer in the shape of its task; raises Unreadable when it has another."""
    if len(text) > LONGEST_ANSWER:
        raise Unreadable
    try:
        # From JSON rather than from Python's values: only there does strict take a list for a tuple.
        return SHAPES[task].model_validate_json(bare(text))
    except ValidationError:
        raise Unreadable from None


def bare(text: str) -> str:
    """The JSON itself, where thoughts stand before it or it is fenced as code; anything else is left as it is."""
    text = text.strip()
    if text.startswith(THINKING[0]):
        text = text.partition(THINKING[1])[2].strip()
    if text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text:
        text = text[text.index("\n") + 1 : -len(FENCE)].strip()
    return text


class Sentences:
    """Reads an answer while it is still being written, and gives each sentence out once it is whole, never sooner.

    It looks for the objects within the first list. Whether the answer as a whole has the right shape is only known at
    its end.
    """

    def __init__(self) -> None:
        self._text = ""
        self._thought = False  # whether what stands before the JSON is behind us
        self._at = 0
        self._depth = 0  # of brackets and braces
        self._in_words = False
        self._escaped = False
        self._began = -1

    def more(self, piece: str) -> list[Sentence]:
        """The sentences that this piece completes."""
        self._text += piece
        if not self._thought:
            said = self._text.lstrip()
            if said.startswith(THINKING[0]) or THINKING[0].startswith(said):
                if THINKING[1] not in said:
                    return []
                self._at = self._text.index(THINKING[1]) + len(THINKING[1])
            self._thought = True
        done: list[Sentence] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            self._at += 1
            if self._in_words:
                if self._escaped:
                    self._escaped = False
                elif sign == "\\":
                    self._escaped = True
                elif sign == '"':
                    self._in_words = False
            elif sign == '"':
                self._in_words = True
            elif sign in "{[":
                self._depth += 1
                if self._depth == 3 and sign == "{":
                    self._began = self._at - 1
            elif sign in "}]":
                self._depth -= 1
                if self._depth == 2 and sign == "}" and self._began >= 0:
                    done += _sentence(self._text[self._began : self._at])
                    self._began = -1
        return done


def _sentence(text: str) -> list[Sentence]:
    try:
        return [Sentence.model_validate_json(text)]
    except ValidationError:
        return []


def outline(schema: Mapping[str, Any]) -> str:
    """What a JSON Schema comes down to: names and types, without limits and words. Equal outlines, equal shapes."""
    return json.dumps(_outline(schema, schema.get("$defs", {})), sort_keys=True)


def expected(task: Task) -> str:
    """The outline that the prompt of this task has to ask for."""
    return outline(SHAPES[task].model_json_schema())


def _outline(schema: Any, defs: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping):
        return "?"
    if "$ref" in schema:
        return _outline(defs.get(str(schema["$ref"]).rpartition("/")[2]), defs)
    match schema.get("type"):
        case "object":
            parts = schema.get("properties")
            inner = {name: _outline(part, defs) for name, part in parts.items()} if isinstance(parts, Mapping) else "?"
            required = schema.get("required", ())
            needed = sorted(map(str, required)) if isinstance(required, list) else "?"
            return {"of": inner, "required": needed, "closed": schema.get("additionalProperties") is False}
        case "array":
            return [_outline(schema.get("items"), defs)]
        case kind:
            return str(kind)
