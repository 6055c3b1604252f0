"""What a model may be used for, and what is remembered of each use. What it says decides nothing, anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Use(StrEnum):
    """The workspace's switch: for nothing, for questions to the knowledge base only, or for all it can do."""

    OFF = "off"
    QUESTIONS = "questions"
    ALL = "all"


class Task(StrEnum):
    """Each thing a model is asked to do; a prompt's file has its name."""

    EXTRACT = "extract"  # read facts and answers out of people's words
    CHOOSE = "choose"  # which option a typed reply names
    ANSWER = "answer"  # answer a question from passages
    SUMMARY = "summary"  # five lines for the security leads
    DIGEST = "digest"  # the opening sentence of the week's digest
    MINUTES = "minutes"  # what a client review came to, in a few lines

    def allowed(self, use: Use) -> bool:
        return use is Use.ALL or (use is Use.QUESTIONS and self is Task.ANSWER)


class CallOutcome(StrEnum):
    """How a call of a model ended. Whatever it is but `used`, things go on as if there were no model."""

    USED = "used"
    EMPTY = "empty"
    REFUSED = "refused"
    UNREADABLE = "unreadable"  # prose, cut JSON, another shape, too long
    TIMED_OUT = "timed_out"
    BUSY = "busy"  # 429, or as many calls at once as are allowed
    FAILED = "failed"  # 5xx, no connection
    DENIED = "denied"  # the key or the model's name is not accepted
    RESTING = "resting"  # it failed often, so it is not asked for a while
    SPENT = "spent"  # the day's tokens are used up


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call, for the record: never a word of what was sent or said."""

    task: Task
    prompt_version: int
    model: str
    at: datetime
    tokens_in: int
    tokens_out: int
    milliseconds: int
    outcome: CallOutcome


@dataclass(frozen=True, slots=True)
class Wrote:
    """Who wrote a piece of text: which model, by which version of its prompt."""

    model: str
    prompt_version: int
