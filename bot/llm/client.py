"""The model that is set up. It never raises, and keeps nobody waiting: what goes wrong ends where no model would.

Nothing it says is repaired, and nothing is trusted here: an answer has the shape of its task, or it is none, and
whether it rests on anything is for those to check who asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import Question
from bot.domain.model_use import Task, Wrote
from bot.domain.passage import Cited, Passage
from bot.domain.utterance import Utterance
from bot.llm import material
from bot.llm.asking import Asker, Book, Timing
from bot.llm.prompts import Filled, NotFilled, Prompt, Prompts
from bot.llm.service import Place, Service
from bot.llm.shapes import Answered, Chosen, Extracted, Sentence, Sentences, Written
from bot.llm.tongue import Tongue, small_words
from bot.use_cases.ports import Drafted, ModelAbout, Readable, Telling

log = logging.getLogger(__name__)


class RemoteModel:
    """A model behind an address."""

    set_up = True

    def __init__(
        self,
        place: Place,
        prompts: Prompts,
        *,
        daily_tokens: int,
        at_once: int,
        redact: material.Clean,
        timing: Timing = Timing(),  # noqa: B008 - it is frozen
    ) -> None:
        self._place, self._prompts, self._redact = place, prompts, redact
        self._service = Service(place, at_once)
        self._asker = Asker(self._service, place.model, daily_tokens=daily_tokens, at_once=at_once, timing=timing)

    @property
    def about(self) -> ModelAbout:
        return ModelAbout(self._place.model, self._place.host, self._asker.budget.daily)

    def keep_in(self, book: Book, *, now: Callable[[], datetime] | None = None) -> None:
        """Put calls on record there from now on, with the moments of that clock."""
        self._asker.keep_in(book, now)

    async def warm_up(self) -> None:
        """Load what takes long before somebody waits for it."""
        await asyncio.gather(self._service.load(), asyncio.to_thread(small_words))

    async def close(self) -> None:
        """Let what is on its way to the record arrive there, and hang up."""
        await self._asker.close()

    # --- what it is asked -------------------------------------------------------------------------------------------

    async def extract(
        self, said: Sequence[Utterance], readable: Readable, *, within: timedelta
    ) -> tuple[Proposal, ...]:
        codes = _codes(readable)

        def fill(prompt: Prompt) -> Filled:
            ours = {"facts": material.facts_text(readable), "questions": material.questions_text(readable.questions)}
            return prompt.fill({**ours, "said": material.said_text(said, self._redact, _room(prompt, ours, "said"))})

        def read(shape: Extracted) -> tuple[Proposal, ...] | None:
            # A fact that was not asked for, or a code that is none, is left out. Others check whether a quote is one.
            kept = [each for each in shape.proposals if each.fact in codes and _is_code(each.value, codes[each.fact])]
            found = [Proposal(each.fact, each.value, each.quote, Origin.MODEL) for each in kept]
            return tuple(dict.fromkeys(found)) or None

        return await self._asker.ask(self._prompts[Task.EXTRACT], fill, within, read) or ()

    async def choose(self, question: Question, said: Utterance, *, within: timedelta) -> Proposal | None:
        def fill(prompt: Prompt) -> Filled:
            ours = {"question": question.text, "options": material.options_text(question)}
            return prompt.fill({**ours, "said": material.said_text([said], self._redact, _room(prompt, ours, "said"))})

        def read(shape: Chosen) -> Proposal | None:
            if shape.option not in material.options_of(question):
                return None
            return Proposal(question.id, shape.option, shape.quote, Origin.MODEL)

        return await self._asker.ask(self._prompts[Task.CHOOSE], fill, within, read)

    async def answer(
        self, asked: str, passages: Sequence[Passage], *, within: timedelta, told: Telling | None = None
    ) -> Drafted | None:
        def fill(prompt: Prompt) -> Filled:
            if len(asked) > material.LONGEST_QUESTION:
                raise NotFilled("the question is too long")
            question = {"asked": material.whole(self._redact(asked))}
            room = _room(prompt, question, "passages")
            return prompt.fill({**question, "passages": material.passages_text(passages, self._redact, room)})

        def read(shape: Answered) -> Drafted | None:
            kept = tuple(_cited(each) for each in shape.sentences if _may_be_said(each.text, tongue))
            return Drafted(kept, self._wrote(Task.ANSWER)) if kept else None

        tongue = _LateTongue((asked, *(passage.text for passage in passages)))
        hear = None if told is None else _Teller(told, tongue).hear
        return await self._asker.ask(self._prompts[Task.ANSWER], fill, within, read, hear)

    async def draft(self, task: Task, facts: Sequence[str], *, within: timedelta) -> Drafted | None:
        def fill(prompt: Prompt) -> Filled:
            return prompt.fill({"facts": material.lines_text(facts, self._redact)})

        def read(shape: Written) -> Drafted | None:
            tongue = _LateTongue(())  # drafts are in English, whatever language people wrote in
            lines = [" ".join(line.split()) for line in shape.lines]
            kept = tuple(Cited(line, ()) for line in lines if _may_be_said(line, tongue))
            return Drafted(kept, self._wrote(task)) if kept else None

        return await self._asker.ask(self._prompts[task], fill, within, read)

    def _wrote(self, task: Task) -> Wrote:
        return Wrote(self._place.model, self._prompts[task].version)


class _LateTongue:
    """The languages of some texts, looked at only when there is an answer to hold against them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._tongue: Tongue | None = None

    def is_strange(self, sentence: str) -> bool:
        if self._tongue is None:
            self._tongue = Tongue(self._texts)
        return self._tongue.is_strange(sentence)


class _Teller:
    """Tells whole sentences while an answer is written. Whoever is told may fail; the answer is read to its end."""

    def __init__(self, told: Telling, tongue: _LateTongue) -> None:
        self._told, self._tongue = told, tongue
        self._sentences = Sentences()
        self._listens = True

    async def hear(self, piece: str) -> None:
        for sentence in self._sentences.more(piece):
            if self._listens and _may_be_said(sentence.text, self._tongue):
                try:
                    await self._told(_cited(sentence))
                except Exception as error:
                    self._listens = False
                    log.warning("sentence not told", extra={"error": type(error).__name__})


def _codes(readable: Readable) -> Mapping[str, frozenset[str] | None]:
    """What may be named, with the codes it may have; None where any words do."""
    return {
        **{fact: frozenset(values) for fact, values in readable.facts.items()},
        **dict.fromkeys(readable.free),
        **{str(question.id): frozenset(material.options_of(question)) for question in readable.questions},
    }


def _is_code(value: str, codes: frozenset[str] | None) -> bool:
    return bool(value.strip()) if codes is None else value in codes


def _room(prompt: Prompt, ours: Mapping[str, str], hole: str) -> int:
    """How many signs are left for that hole."""
    return prompt.limits.input - prompt.fill({**ours, hole: ""}).signs


def _may_be_said(text: str, tongue: _LateTongue) -> bool:
    # A small model may give the form back as it stood in the prompt, dots and all.
    return any(sign.isalnum() for sign in text) and not tongue.is_strange(text)


def _cited(sentence: Sentence) -> Cited:
    return Cited(" ".join(sentence.text.split()), tuple(dict.fromkeys(sentence.passages)))
