"""Each thing a model is asked, once: what is handed over, what a good answer is, and what no model would give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.ids import UserId
from bot.domain.model_use import Task
from bot.domain.passage import Passage, Shelf
from bot.domain.utterance import Utterance, source_of
from bot.knowledge import default_folder, load_knowledge
from bot.use_cases.ports import Model, Readable
from tests.llm.endpoint import choice, lines, proposals, sentences

BANK = load_knowledge(default_folder()).bank
QUESTION = BANK.questions[0]
OPTION = QUESTION.options[0].code
PLENTY = timedelta(seconds=20)
SHORT = timedelta(seconds=0.4)

CANARY = "canary-7f3a"  # in everything that people wrote
SAID = Utterance(UserId("U0CANARY"), f"Otter.ai would hear customer calls of our 200 home agents, {CANARY}")
READABLE = Readable({"data": {"customer_pii": "Customer data"}}, ("tool", "seats"), [QUESTION])
PASSAGES = [
    Passage("g1#why", Shelf.GUIDELINE, "Who gets in", f"Phones may be used for the second factor. {CANARY}"),
    Passage("policies/phones.md#own", Shelf.POLICY, "Phones", "Own phones need a code of six digits or more."),
]
FACTS = [f"Tool: Otter.ai, asked for by the pilot team ({CANARY})", "People: 200", "Not known: where the data is kept"]


@dataclass(frozen=True)
class Case:
    """One way in."""

    task: Task
    ask: Callable[..., Awaitable[Any]]  # the model, and how long it may take
    good: str
    absent: Any


async def extract(model: Model, within: timedelta) -> Any:
    found = await model.extract([SAID], READABLE, within=within)
    return tuple(each for each in found if source_of(each.quote, [SAID]))  # as everybody has to who asks


async def choose(model: Model, within: timedelta) -> Any:
    found = await model.choose(QUESTION, SAID, within=within)
    return found if found and source_of(found.quote, [SAID]) else None


async def answer(model: Model, within: timedelta) -> Any:
    return await model.answer("May agents use their own phones?", PASSAGES, within=within)


async def answer_streamed(model: Model, within: timedelta) -> Any:
    async def told(sentence: Any) -> None:
        return None

    return await model.answer("May agents use their own phones?", PASSAGES, within=within, told=told)


def drafting(task: Task) -> Callable[..., Awaitable[Any]]:
    async def draft(model: Model, within: timedelta) -> Any:
        return await model.draft(task, FACTS, within=within)

    return draft


CASES = {
    "extract": Case(Task.EXTRACT, extract, proposals(("seats", "200", "200 home agents")), ()),
    "choose": Case(Task.CHOOSE, choose, choice(OPTION, "customer calls"), None),
    "answer": Case(Task.ANSWER, answer, sentences(("Phones may be used.", [1])), None),
    "answer, streamed": Case(Task.ANSWER, answer_streamed, sentences(("Phones may be used.", [1])), None),
    **{
        task.value: Case(task, drafting(task), lines("The pilot team asks for Otter.ai for 200 people."), None)
        for task in (Task.SUMMARY, Task.DIGEST, Task.MINUTES)
    },
}
