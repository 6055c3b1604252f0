"""No model: it reads nothing, answers nothing, drafts nothing. Every fault of a real one ends in the same place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.answers import Proposal
from bot.domain.bank import Question
from bot.domain.model_use import Task
from bot.domain.passage import Passage
from bot.domain.utterance import Utterance
from bot.use_cases.ports import Drafted, Readable, Telling


class Absent:
    """The model that is not there."""

    set_up = False
    about = None

    async def extract(
        self, said: Sequence[Utterance], readable: Readable, *, within: timedelta
    ) -> tuple[Proposal, ...]:
        return ()

    async def choose(self, question: Question, said: Utterance, *, within: timedelta) -> Proposal | None:
        return None

    async def answer(
        self, asked: str, passages: Sequence[Passage], *, within: timedelta, told: Telling | None = None
    ) -> Drafted | None:
        return None

    async def draft(self, task: Task, facts: Sequence[str], *, within: timedelta) -> Drafted | None:
        return None
