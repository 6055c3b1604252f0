"""`preflight eval`: the labelled data through the same code that serves people, counted. It changes and keeps nothing.

Sentences and threads are read as a request is; questions are looked up as they are for people; a model, where one is
set up, is asked and held to its sources as anywhere else. No database and no Slack is needed, and no tool is on record.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bot.domain import evaluation
from bot.domain.answers import Proposal
from bot.domain.asking import Means, Signs, means
from bot.domain.evaluation import (
    CallFigures,
    Half,
    Looked,
    Marked,
    ReadingFigures,
    Replied,
    ReplyFigures,
    RetrievalFigures,
)
from bot.domain.grounding import grounded
from bot.domain.model_use import CallOutcome, ModelCall, Task
from bot.domain.reading import checked, merged, says_enough
from bot.domain.sentence import READ_MOST, read_sentence, wants_something
from bot.domain.tool import clean_text
from bot.domain.utterance import Utterance
from bot.knowledge import Knowledge, load_knowledge
from bot.llm.asking import InMemory
from bot.llm.client import RemoteModel
from bot.llm.prompts import load_prompts
from bot.use_cases.ask_tellings import find
from bot.use_cases.intake import read_by_rules
from bot.use_cases.ports import A_PERSON_WAITS, Model
from bot.use_cases.reading import readable_of
from bot.wiring.evaluation_data import DataFaults, Labelled, LabelledCase, LabelledQuestion, load_labelled
from bot.wiring.model import model_of
from bot.wiring.ready import NotReady

if TYPE_CHECKING:
    from bot.settings import Settings

FIRST: Final = 5  # passages that are looked at
NO_LIMIT: Final = 10**12  # tokens: who measures sees what it takes, and decides
Told = Callable[[str, int, int], None]
T = TypeVar("T")


class Part(StrEnum):
    """What can be measured by itself."""

    RULES = "rules"
    RETRIEVAL = "retrieval"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Miss:
    """One case that was not read as labelled, or a question whose passages were not found; for the tuning half only."""

    id: str
    words: str
    wrong: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HalfFigures:
    """What was measured on one half of the data; None where it was not."""

    rules: ReadingFigures | None = None
    with_model: ReadingFigures | None = None
    retrieval: RetrievalFigures | None = None
    replies: ReplyFigures | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was measured, and with what."""

    knowledge: str  # its version
    model: str | None
    prompts: Mapping[str, int]  # the version of each prompt that was used
    halves: Mapping[Half, HalfFigures]
    calls: Mapping[str, CallFigures] = field(default_factory=dict)
    misses: tuple[Miss, ...] = ()

    def as_object(self) -> dict[str, Any]:
        """All figures in a form that JSON holds; shares have four places, and nobody's words are in it."""
        found = _rounded(asdict(self))
        del found["misses"]
        for half, figures in self.halves.items():
            for name in ("rules", "with_model"):
                if (read := getattr(figures, name)) is not None:
                    scores = {**read.by_fact, "total": read.total}
                    found["halves"][half][name]["precision"] = {f: _rounded(s.precision) for f, s in scores.items()}
                    found["halves"][half][name]["recall"] = {f: _rounded(s.recall) for f, s in scores.items()}
        return dict(found)


def evaluate(
    settings: Settings, *, data: Path, halves: Sequence[Half], parts: Iterable[Part], told: Told
) -> Evaluation:
    """Measure. Raises DataFaults, KnowledgeFaults or NotReady, in clear lines, where it cannot."""
    wanted = frozenset(parts)
    if wanted == {Part.MODEL} and not settings.model_set_up:
        raise NotReady("No model is set up. Set OPENAI_MODEL, and OPENAI_API_KEY or OPENAI_BASE_URL.")
    if settings.openai_model and not settings.model_set_up:
        raise NotReady(f"The model {settings.openai_model} cannot be reached: set OPENAI_API_KEY or OPENAI_BASE_URL.")
    knowledge = load_knowledge(settings.knowledge)
    labelled = load_labelled(data, knowledge.bank)
    _passages_exist(labelled, knowledge)
    chosen = Labelled(
        tuple(each for each in labelled.cases if each.half in halves),
        tuple(each for each in labelled.questions if each.half in halves),
    )
    # The switch of the workspace and the day's budget are the bot's; who measures has asked for these calls.
    unlimited = settings.model_copy(update={"model_daily_tokens": NO_LIMIT})
    model = model_of(unlimited, load_prompts(settings.prompts), knowledge)
    return asyncio.run(_Run(knowledge, model, settings, told).all(chosen, halves, wanted))


class _Run:
    """One evaluation."""

    def __init__(self, knowledge: Knowledge, model: Model, settings: Settings, told: Told) -> None:
        self._knowledge, self._model, self._told = knowledge, model, told
        self._name, self._at_once = settings.openai_model, settings.model_at_once
        self._book = InMemory()

    async def all(self, data: Labelled, halves: Sequence[Half], parts: frozenset[Part]) -> Evaluation:
        asks = Part.MODEL in parts and self._model.set_up
        try:
            if asks and isinstance(self._model, RemoteModel):
                self._model.keep_in(self._book)
                await self._model.warm_up()
            read = self._read(data.cases) if parts & {Part.RULES, Part.MODEL} else {}
            read_on = await self._read_on(data.cases, read) if asks else {}
            looked = self._look_up(data.questions) if Part.RETRIEVAL in parts or asks else {}
            replied = await self._reply(data.questions) if asks else {}
        finally:
            if isinstance(self._model, RemoteModel):
                await self._model.close()
        return Evaluation(
            knowledge=self._knowledge.version,
            model=self._name if asks else None,
            prompts={call.task.value: call.prompt_version for call in self._book.calls},
            halves={half: _figures(half, data, read, read_on, looked, replied) for half in halves},
            calls=_calls(self._book.calls),
            misses=tuple(_misses(data, read_on or read, looked)),
        )

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, cases: Sequence[LabelledCase]) -> dict[str, frozenset[evaluation.Read]]:
        """What the rules read in each case, as it would be shown."""
        return {
            case.id: evaluation.read_in(() if self._is_a_question(case) else _shown(case, self._by_rules(case)))
            for case in self._each("Reading by rules", cases)
        }

    def _by_rules(self, case: LabelledCase) -> tuple[Proposal, ...]:
        said = _cleaned(case)
        return read_by_rules(said, self._knowledge.words, [()] * len(said), asker=said[0].by)

    def _is_a_question(self, case: LabelledCase) -> bool:
        """Does the bot take these words for a question to the knowledge base? Then it answers, and reads nothing."""
        if len(case.said) > 1:
            return False
        return self._means(case.said[0].text) is Means.QUESTION

    async def _read_on(
        self, cases: Sequence[LabelledCase], by_rules: Mapping[str, frozenset[evaluation.Read]]
    ) -> dict[str, frozenset[evaluation.Read]]:
        """What rules and model together read in each case, held against its words."""

        async def one(case: LabelledCase) -> tuple[str, frozenset[evaluation.Read]]:
            if self._is_a_question(case):
                return case.id, by_rules[case.id]
            found = self._by_rules(case)
            said = _cleaned(case)
            readable = readable_of(self._knowledge, found)
            options = {str(asked.id): [option.code for option in asked.options] for asked in readable.questions}
            proposed = await self._model.extract(said, readable, within=A_PERSON_WAITS)
            kept = checked(proposed, said, asker=case.said[0].by, options=options)
            return case.id, evaluation.read_in(_shown(case, (*found, *kept)))

        return dict(await self._at_most("Reading with the model", [one(case) for case in cases]))

    # --- looking up ---------------------------------------------------------------------------------------------------

    def _look_up(self, questions: Sequence[LabelledQuestion]) -> dict[str, Looked]:
        found: dict[str, Looked] = {}
        for each in self._each("Looking up questions", questions):
            findings = self._knowledge.library.find(each.ask, FIRST)
            ids = tuple(hit.passage.id for hit in findings.hits)
            found[each.id] = Looked(each.right, ids, refused=not findings.known)
        return found

    async def _reply(self, questions: Sequence[LabelledQuestion]) -> dict[str, Replied]:
        """What a model answers out of the passages that were found, as far as they carry it."""

        async def one(each: LabelledQuestion) -> tuple[str, Replied]:
            passages = [hit.passage for hit in find(self._knowledge, each.ask)]
            if not passages or self._means(each.ask, outright=True) is not Means.QUESTION:
                return each.id, Replied(bool(each.right), 0, 0)
            drafted = await self._model.answer(each.ask, passages, within=A_PERSON_WAITS)
            sentences = drafted.sentences if drafted is not None else ()
            tools = self._tools_in(" ".join((each.ask, *(sentence.text for sentence in sentences))))
            kept = grounded(sentences, passages, tools=tools)
            return each.id, Replied(bool(each.right), len(sentences), len(kept))

        return dict(await self._at_most("Answering with the model", [one(each) for each in questions]))

    def _means(self, text: str, *, outright: bool = False) -> Means:
        text = clean_text(text, most=READ_MOST)
        reading = read_sentence(text, self._knowledge.words)
        signs = Signs(reading.tool is not None, bool(reading.proposals()), bool(find(self._knowledge, text)))
        return means(text, signs, outright=outright)

    def _tools_in(self, text: str) -> tuple[str, ...]:
        named = read_sentence(text, self._knowledge.words).tool
        return (named.value,) if named is not None else ()

    # --- how ----------------------------------------------------------------------------------------------------------

    def _each(self, what: str, entries: Sequence[T]) -> Iterable[T]:
        for done, entry in enumerate(entries):
            self._told(what, done, len(entries))
            yield entry
        self._told(what, len(entries), len(entries))

    async def _at_most(self, what: str, work: Sequence[Awaitable[T]]) -> list[T]:
        """All of it, so many at a time as the settings allow."""
        room, done = asyncio.Semaphore(self._at_once), 0
        self._told(what, 0, len(work))

        async def one(each: Awaitable[T]) -> T:
            nonlocal done
            async with room:
                result = await each
            done += 1
            self._told(what, done, len(work))
            return result

        return list(await asyncio.gather(*map(one, work)))


def _cleaned(case: LabelledCase) -> tuple[Utterance, ...]:
    return tuple(Utterance(each.by, clean_text(each.text, most=READ_MOST)) for each in case.said)


def _shown(case: LabelledCase, found: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """What a person would be shown of it: nothing, where it is only small talk with a number in it."""
    proposals = merged(found)
    return proposals if says_enough(proposals) or any(wants_something(each.text) for each in case.said) else ()


def _passages_exist(labelled: Labelled, knowledge: Knowledge) -> None:
    known = {each.id for each in knowledge.library.passages}
    faults = [
        f"{each.id}: there is no passage {right!r}"
        for each in labelled.questions
        for right in sorted(each.right - known)
    ]
    if faults:
        raise DataFaults(faults)


def _figures(
    half: Half,
    data: Labelled,
    read: Mapping[str, frozenset[evaluation.Read]],
    read_on: Mapping[str, frozenset[evaluation.Read]],
    looked: Mapping[str, Looked],
    replied: Mapping[str, Replied],
) -> HalfFigures:
    def marked(found: Mapping[str, frozenset[evaluation.Read]]) -> list[Marked]:
        return [evaluation.mark(found[case.id], case.label) for case in data.cases if case.half is half]

    questions = [each.id for each in data.questions if each.half is half]
    return HalfFigures(
        evaluation.reading_figures(marked(read)) if read else None,
        evaluation.reading_figures(marked(read_on)) if read_on else None,
        evaluation.retrieval_figures([looked[each] for each in questions]) if looked else None,
        evaluation.reply_figures([replied[each] for each in questions]) if replied else None,
    )


def _calls(calls: Sequence[ModelCall]) -> dict[str, CallFigures]:
    """What each task's calls took. How long it took is told of those that were answered."""
    by_task: dict[Task, list[ModelCall]] = {}
    for call in calls:
        by_task.setdefault(call.task, []).append(call)
    return {task.value: _call_figures(some) for task, some in by_task.items()}


def _call_figures(calls: Sequence[ModelCall]) -> CallFigures:
    unasked = (CallOutcome.RESTING, CallOutcome.SPENT)
    took = [call.milliseconds for call in calls if call.outcome not in unasked]
    return CallFigures(
        len(calls),
        evaluation.percentile(took, 50),
        evaluation.percentile(took, 95),
        sum(call.tokens_in for call in calls),
        sum(call.tokens_out for call in calls),
        dict(Counter(call.outcome.value for call in calls)),
    )


def _misses(
    data: Labelled, read: Mapping[str, frozenset[evaluation.Read]], looked: Mapping[str, Looked]
) -> Iterable[Miss]:
    for case in data.cases:
        if case.half is not Half.TUNE or case.id not in read:
            continue
        marked = evaluation.mark(read[case.id], case.label)
        if marked.wrong or marked.missed:
            words = " / ".join(" ".join(each.text.split()) for each in case.said)
            yield Miss(case.id, words, _spelled(marked.wrong), _spelled(marked.missed))
    for each in data.questions:
        if each.half is not Half.TUNE or each.id not in looked:
            continue
        found = looked[each.id]
        if found.answerable and (found.refused or not found.within(FIRST)):
            yield Miss(each.id, each.ask, ("refused",) if found.refused else found.found, tuple(sorted(found.right)))
        elif not found.answerable and not found.refused:
            yield Miss(each.id, each.ask, found.found, ("nothing answers it",))


def _spelled(reads: Iterable[evaluation.Read]) -> tuple[str, ...]:
    return tuple(sorted(f"{fact} {value}" for fact, value in reads))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(each) for key, each in value.items()}
    return value
