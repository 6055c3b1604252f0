"""A pack's lines in words, once for cards, Markdown, PDF and the command. It knows no Block Kit and no page.

A line is a row of parts: our words, what people wrote, people, and days. Whoever shows it spells people and days their
own way, and escapes the rest. It stands here, below the cards, because the command shows packs without Slack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, assert_never

from bot.domain.bank import Question
from bot.domain.client import SideOf
from bot.domain.client_review import ActionState, Light, Outcome, Presence, Severity
from bot.domain.decision import Standing
from bot.domain.pack import (
    ActionLine,
    AnswerLine,
    AskedLine,
    ConditionLine,
    DecisionLine,
    EndingLine,
    GuidelineLine,
    Line,
    MissedLine,
    PackItem,
    RequestLine,
    SettledLine,
)
from bot.domain.policy import Outcome as Decided
from bot.domain.profile import UNKNOWN
from bot.domain.review import Stage
from bot.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Who:
    """One of our people, by user id."""

    user: str


Part = str | Who | date
Words = tuple[Part, ...]

LIGHT_WORDS: Final[Mapping[Light, str]] = {
    Light.GREEN: "calm",
    Light.AMBER: "something is due",
    Light.RED: "something is red",
}
DECIDED_WORDS: Final[Mapping[Decided, str]] = {
    Decided.APPROVE: "approved",
    Decided.CONDITIONS: "approved with conditions",
    Decided.NEEDS_LEAD: "approved with conditions",
    Decided.REJECT: "rejected",
}
STAGE_WORDS: Final[Mapping[Stage, str]] = {
    Stage.DESCRIBING: "is being described",
    Stage.ANSWERING: "is answering its questions",
    Stage.SUBMITTED: "is with the security leads",
    Stage.DECIDED: "is decided",
    Stage.WITHDRAWN: "was withdrawn",
}
OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.CALM: "Nothing open worries either side",
    Outcome.ACTIONS: "Actions were agreed",
    Outcome.ESCALATED: "Something goes to the security leads",
}
PRESENCE_WORDS: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: "present",
    Presence.EXCUSED: "excused",
    Presence.ABSENT: "absent",
}
STATE_WORDS: Final[Mapping[ActionState, str]] = {
    ActionState.OPEN: "Open",
    ActionState.DONE: "Done",
    ActionState.DROPPED: "Given up",
}
SEVERITY_WORDS: Final[Mapping[Severity, str]] = {
    Severity.LOW: "low",
    Severity.MEDIUM: "medium",
    Severity.HIGH: "high",
}
NOTHING: Final[Mapping[str, str]] = {
    "actions": "No action is open.",
    "changes": "Nothing was decided since last time.",
    "coming": "No request is open.",
    "conditions": "No condition is overdue or due soon.",
    "ending": "No decision ends soon, and none is suspended.",
    "signals": "No signal is on record.",
    "kept": "No store without automatic deletion is on record.",
    "people": "No gap in training or leaving is on record.",
}


def item_lines(item: PackItem, k: Knowledge) -> list[Words]:
    """All lines of one item; a calm one where there is nothing, so that silence is not taken for an oversight."""
    found = [line_words(line, k) for line in item.lines]
    if not found and item.code in NOTHING:
        return [(NOTHING[item.code],)]
    return found


def line_words(line: Line, k: Knowledge) -> Words:
    """One line, with whatever is wrong said in words, not by a colour alone."""
    return tuple(_parts(line, k))


def _parts(line: Line, k: Knowledge) -> Iterator[Part]:
    match line:
        case MissedLine():
            yield "The review before this one did not take place."
        case ActionLine():
            yield from _action(line)
        case SettledLine():
            yield from _settled(line)
        case DecisionLine():
            yield from (f"{line.tool}: {DECIDED_WORDS[line.outcome]} on ", line.decided_on)
            if line.outcome is not Decided.REJECT:
                yield from (", until ", line.valid_until)
                if line.conditions:
                    yield f", {counted(line.conditions, 'condition')}"
            if line.risk_acceptance:
                yield ", as a risk acceptance"
        case RequestLine():
            yield from _request(line, k)
        case ConditionLine():
            yield from _condition(line)
        case EndingLine():
            yield from _ending(line)
        case AnswerLine():
            yield from _answer(line, k)
        case GuidelineLine():
            yield from _guideline(line, k)
        case AskedLine():
            yield from (f"{line.text} (asked for by ", Who(line.by), ")")
        case other:
            assert_never(other)


def _action(line: ActionLine) -> Iterator[Part]:
    yield from _late(overdue=line.overdue)
    yield f"{line.text} ("
    yield _owner(line)
    yield from (", due ", line.due_on)
    if line.meetings:
        yield f", carried over {counted(line.meetings, 'meeting')}"
    yield f"; put off: {line.put_off})" if line.put_off else ")"


def _settled(line: SettledLine) -> Iterator[Part]:
    yield from (f"{STATE_WORDS[line.state]}: {line.text} (", _owner(line), ")")
    if line.because:
        yield f". {line.because}"


def _owner(line: ActionLine | SettledLine) -> Part:
    if line.side is SideOf.CLIENTS:
        return f"{line.owner}, client"
    return Who(line.owner) if line.owner else "us"


def _request(line: RequestLine, k: Knowledge) -> Iterator[Part]:
    yield f"{line.tool} {STAGE_WORDS[line.stage]}, tier {line.tier}"
    if line.open and line.stage is Stage.ANSWERING:
        yield f", {counted(line.open, 'question')} open"
    if line.go_live is not None:
        yield from (", wanted by ", line.go_live)
    if line.unknown_blockers:
        yield "; not known, and could rule it out: "
        yield "; ".join(question_text(str(each), k) for each in line.unknown_blockers)


def _condition(line: ConditionLine) -> Iterator[Part]:
    yield from _late(overdue=line.overdue)
    yield f"{line.tool}: {line.text or 'a further condition'} (due "
    yield line.due_on
    if line.owner:
        yield from (", ", Who(line.owner))
    yield ")"


def _ending(line: EndingLine) -> Iterator[Part]:
    match line.standing:
        case Standing.SUSPENDED:
            yield f"{line.tool}: suspended, it may not be used"
        case Standing.EXPIRED:
            yield from (f"{line.tool}: the decision ended on ", line.valid_until, " and nobody decided again")
        case _:
            yield from (f"{line.tool}: the decision ends on ", line.valid_until)


def _answer(line: AnswerLine, k: Knowledge) -> Iterator[Part]:
    if line.light is Light.RED:
        yield "Red: "
    yield f"{line.tool}: {question_text(line.question, k)} {answer_text(line.question, line.codes, k)}"
    if line.rules_out:
        yield ", which rules it out, and it is in use"


def _guideline(line: GuidelineLine, k: Knowledge) -> Iterator[Part]:
    title = k.guidelines[line.guideline].title if line.guideline in k.guidelines else line.guideline
    yield f"{line.guideline} {title}. "
    if line.tools:
        yield f"In place across {counted(line.tools, 'tool')}: {max(0, 100 - line.points)} of 100"
        if line.weakest:
            yield f"; least at {line.weakest}, {max(0, 100 - line.weakest_points)} of 100"
        yield ". "
    yield f"A story: {line.story} To ask: {line.ask}"


def _late(*, overdue: bool) -> Iterator[Part]:
    if overdue:
        yield "Overdue: "


def question_text(question: str, k: Knowledge) -> str:
    """A question as it is asked; its id where it is asked no more."""
    found = _question(question, k)
    return found.text if found else question


def answer_text(question: str, codes: Iterable[str], k: Knowledge) -> str:
    """An answer as its options read."""
    found = _question(question, k)
    labels = [
        "I don't know" if code == UNKNOWN else found.by_code[code].label if found and code in found.by_code else code
        for code in codes
    ]
    return ", ".join(f"“{label}”" for label in labels) or "nothing ticked"


def _question(question: str, k: Knowledge) -> Question | None:
    return next((each for each in k.bank.questions if each.id == question), None)


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def day_words(on: date) -> str:
    """A day without a clock or a zone: 26 Nov 2026."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def as_plain(words: Words, names: Mapping[str, str]) -> str:
    """A line as plain text; a person nobody could name is "somebody of ours", never an id."""
    return "".join(
        names.get(part.user, "somebody of ours")
        if isinstance(part, Who)
        else day_words(part)
        if isinstance(part, date)
        else part
        for part in words
    )


def people_in(lines: Sequence[Words]) -> set[str]:
    """Whose names a text needs."""
    return {part.user for words in lines for part in words if isinstance(part, Who)}


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
