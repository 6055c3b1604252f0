"""A model that says what a test tells it to, and remembers what it was shown. It checks nothing, as no model does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import Question
from bot.domain.model_use import Task
from bot.domain.passage import Cited, Passage
from bot.domain.utterance import Utterance
from bot.use_cases.ports import Drafted, ModelAbout, Readable, Telling

Read = tuple[str, str, str]  # fact, value, quote


@dataclass
class Scripted:
    """What it will say to whoever asks. With `silent`, it says nothing until the event is set: it hangs."""

    reads: Sequence[Read] = ()
    chooses: Read | None = None
    answers: Drafted | None = None
    drafts: Drafted | None = None
    silent: asyncio.Event | None = None
    set_up: bool = True
    about: ModelAbout | None = None
    shown: list[Sequence[Utterance]] = field(default_factory=list)
    readable: list[Readable] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def extract(
        self, said: Sequence[Utterance], readable: Readable, *, within: timedelta
    ) -> tuple[Proposal, ...]:
        self.shown.append(tuple(said))
        self.readable.append(readable)
        await self._think()
        return tuple(_proposal(each) for each in self.reads)

    async def choose(self, question: Question, said: Utterance, *, within: timedelta) -> Proposal | None:
        self.shown.append((said,))
        await self._think()
        return _proposal(self.chooses) if self.chooses else None

    async def answer(
        self, asked: str, passages: Sequence[Passage], *, within: timedelta, told: Telling | None = None
    ) -> Drafted | None:
        self.asked.append(asked)
        await self._think()
        for sentence in self.answers.sentences if self.answers and told else ():
            await _tell(told, sentence)
        return self.answers

    async def draft(self, task: Task, facts: Sequence[str], *, within: timedelta) -> Drafted | None:
        self.asked += facts
        await self._think()
        return self.drafts

    async def _think(self) -> None:
        if self.silent is not None:
            await self.silent.wait()


def _proposal(read: Read) -> Proposal:
    return Proposal(*read, origin=Origin.MODEL)


async def _tell(told: Telling | None, sentence: Cited) -> None:
    if told is not None:
        await told(sentence)
