"""What there is to tell about a question to the knowledge base, from what is known and on record when it is shown.

An answer is looked at again each time: a sentence whose passage was changed meanwhile is not shown any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.asked import Asked
from bot.domain.asking import Means, Signs, is_question, means
from bot.domain.decision import Decision, Standing, standing
from bot.domain.grounding import supported
from bot.domain.ids import AskedId, UserId
from bot.domain.notice import Notice, NoticeKind
from bot.domain.passage import Cited
from bot.domain.sentence import read_sentence
from bot.domain.tool import Tool
from bot.knowledge import Knowledge
from bot.knowledge.search import Hit
from bot.store.work import Work

FOUND_MOST: Final = 6


@dataclass(frozen=True, slots=True)
class AnswerTold:
    """The passages to somebody's question, and the answer a model made of them."""

    asked: Asked
    hits: tuple[Hit, ...]  # best first; sentences name them by their place, from 1
    sentences: tuple[Cited, ...] = ()
    tool: Tool | None = None  # the one the question names, if it is on record …
    decision: tuple[Decision, Standing] | None = None  # … and what was decided about it last
    names_a_tool: bool = False  # on record or not
    request: bool = False  # it asks for a yes, which no page can give
    statement: bool = False  # nobody asked: somebody said something that our pages know about
    private: bool = False  # shown where the question itself is not in view


@dataclass(frozen=True, slots=True)
class DisputedTold:
    """An answer that somebody says is wrong, for the security leads."""

    answer: AnswerTold
    by: UserId


def tell_asked(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> AnswerTold | DisputedTold | None:
    """The answer to a question as of now; None when the question was forgotten."""
    asked = work.asked.get(AskedId(notice.facts["asked"]))
    if asked is None:
        return None
    told = tell_answer(work, asked, knowledge, now)
    if notice.kind is NoticeKind.ANSWER_DISPUTED:
        return DisputedTold(told, UserId(notice.facts["by"]))
    return replace(told, private=notice.to.thread is None)


def tell_answer(work: Work, asked: Asked, knowledge: Knowledge, now: datetime) -> AnswerTold:
    """The passages that were found and are still there, the sentences they still carry, and what is on record."""
    hits, sentences = _still_there(asked, knowledge)
    known = work.tools.mentioned(asked.question)
    named = read_sentence(asked.question, knowledge.words, known_tools=known).tool
    tools = [*known, *([named.value] if named else [])]
    passages = [hit.passage for hit in hits]
    carried = tuple(each for each in sentences if supported(each, passages, tools=tools) == each)
    tool, decision = _on_record(work, tools, now)
    wants = means(asked.question, Signs(bool(tools), known=bool(hits)), outright=True)
    return AnswerTold(
        asked,
        hits,
        carried,
        tool,
        decision,
        bool(tools),
        request=wants is Means.REQUEST,
        statement=not is_question(asked.question),
    )


def find(knowledge: Knowledge, question: str) -> tuple[Hit, ...]:
    """The passages for a question, best first; none where nothing is known."""
    found = knowledge.library.find(question, FOUND_MOST)
    return found.hits if found.known else ()


def _still_there(asked: Asked, knowledge: Knowledge) -> tuple[tuple[Hit, ...], list[Cited]]:
    """The passages in the order in which they were found first, and the sentences with their places in it."""
    words = {hit.passage.id: hit for hit in knowledge.library.find(asked.question, FOUND_MOST).hits}
    there = {each: passage for each in asked.passages if (passage := knowledge.library.passage(each)) is not None}
    places = [place for place, each in enumerate(asked.passages, 1) if each in there]
    now_at = {place: at for at, place in enumerate(places, 1)}
    sentences = [
        Cited(each.text, tuple(now_at[place] for place in each.passages))
        for each in asked.sentences
        if all(place in now_at for place in each.passages)
    ]
    return tuple(words.get(each, Hit(passage, 0.0, ())) for each, passage in there.items()), sentences


def _on_record(work: Work, names: Sequence[str], now: datetime) -> tuple[Tool | None, tuple[Decision, Standing] | None]:
    """The tool of that name and the decision about it that stands, or stood last."""
    for name in names:
        tool = work.tools.find(name).tool
        if tool is None:
            continue
        told = [(each, standing(each, today=now.date())) for each in work.decisions.of_tool(tool.id)]
        shown = [each for each in told if each[1] is not Standing.SUPERSEDED]
        shown.sort(key=lambda each: each[1] is not Standing.VALID)
        return tool, shown[0] if shown else None
    return None, None
