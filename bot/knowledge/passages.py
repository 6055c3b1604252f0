"""All we know as passages: guidelines, questions, references, the organisation's own pages. It ranks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from bot.domain.bank import Choice, Guideline, Option, Question
from bot.domain.passage import Passage, Shelf
from bot.domain.profile import ALWAYS
from bot.knowledge.faults import Fault
from bot.knowledge.pages import clean, read_page

QUESTIONS_OF: Final = "Questions that come from it"
GAP_WORDS: Final = ("in place", "a small gap", "partly in place", "a serious gap", "missing")

# The headings every guideline has, and the short names they go by: ids with them are in answers on record.
GUIDELINE_ANCHORS: Final[Mapping[str, str]] = {
    "what-it-means": "means",
    "why": "why",
    "what-good-looks-like-at-home": "home",
    "what-good-looks-like-on-the-floor": "floor",
}


def guideline_passages(guidelines: Iterable[Guideline]) -> tuple[Passage, ...]:
    """The sections of the guidelines, known as `g1#why` and so on."""
    made: list[Passage] = []
    for guideline in guidelines:
        file = guideline.code.lower()
        # The loader has checked what it relies on; a page with something else wrong is only not found.
        for each in read_page(file, guideline.page, Shelf.GUIDELINE, [], skip=frozenset({QUESTIONS_OF})):
            _, hash_, anchor = each.id.partition("#")
            heading, dot, part = anchor.partition(".")
            short = f"{file}{hash_}{GUIDELINE_ANCHORS.get(heading, heading)}{dot}{part}"
            made.append(replace(each, id=short, title=f"{guideline.code} {each.title}"))
    return tuple(made)


def question_passages(questions: Iterable[Question], guidelines: Mapping[str, Guideline]) -> tuple[Passage, ...]:
    """One passage a question: why it is asked, what each answer means, and how a poor one is put right."""
    return tuple(_question(each, guidelines) for each in questions)


def page_passages(file: str, content: bytes, shelf: Shelf, faults: list[Fault]) -> tuple[Passage, ...]:
    """The passages of one file of ours or of the organisation's; none where anything about it is wrong."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        faults.append(Fault(file, f"line {line}", "it is not UTF-8 text", "save the file as UTF-8"))
        return ()
    found: list[Fault] = []
    # A page of ours is known by its name alone, as the guidelines are: `second-factor#own-phones…`.
    name = file.rpartition("/")[2].removesuffix(".md") if shelf is Shelf.REFERENCE else file
    passages = read_page(file, text, shelf, found, name=name)
    if shelf is Shelf.REFERENCE:
        found += [
            Fault(file, each.title, "it names no source", 'end the section with a paragraph "Source: …"')
            for each in passages
            if not each.source
        ]
    faults += found
    if found:
        return ()
    return tuple(each if each.source else replace(each, source=f"our own policy, {file}") for each in passages)


def _question(question: Question, guidelines: Mapping[str, Guideline]) -> Passage:
    guideline = guidelines.get(question.guideline)
    answers = "\n".join(f"• {option.label}{_meaning(question, option)}" for option in question.options)
    text = clean(f"{question.why}\n\nAnswers:\n{answers}\n\nWhat puts it right: {question.fix}.")
    named = [f"guideline {question.guideline}" + (f", {guideline.title}" if guideline else "")]
    named += [f"{framework} {', '.join(ids)}" for framework, ids in question.maps.items()]
    return Passage(question.id, Shelf.QUESTION, question.text, text, "; ".join(named))


def _meaning(question: Question, option: Option) -> str:
    if question.choice is not Choice.ONE and not option.alone:
        return ""  # there what is missing counts, not the tick
    rules_out = ""
    if option.blocks is not None:
        rules_out = "; rules the tool out" if option.blocks is ALWAYS else "; may rule the tool out"
    return f" ({GAP_WORDS[option.gap]}{rules_out})"
