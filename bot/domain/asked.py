"""A question to the knowledge base and what was answered. Nothing follows from an answer: it decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.ids import AskedId, UserId
from bot.domain.model_use import Wrote
from bot.domain.passage import Cited

KEPT_FOR: Final = timedelta(days=30)  # so long somebody may still say that an answer is wrong


class Feedback(StrEnum):
    """What somebody pressed under an answer."""

    GOOD = "good"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's question, the passages found for it, and what a model made of them, if one did."""

    id: AskedId
    by: UserId
    question: str
    passages: tuple[str, ...]  # their ids, best first; sentences name them by their place here, from 1
    at: datetime
    sentences: tuple[Cited, ...] = ()  # those that passed the check
    wrote: Wrote | None = None
    feedback: Feedback | None = None
    remark: str = ""  # what somebody said is wrong with it
