"""Questions to the knowledge base, with what was answered. Words of people and of a model, so they are forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.domain.asked import Asked, Feedback
from bot.domain.ids import AskedId, UserId
from bot.domain.model_use import Wrote
from bot.domain.passage import Cited
from bot.store.columns import UtcTime
from bot.store.spelling import names_from, names_text, spell, unspell
from bot.store.tables import asked

_OF: Final = select(asked).where(asked.c.id == bindparam("b_id"))
_ANSWER: Final = (
    update(asked)
    .where(asked.c.id == bindparam("b_id"))
    .values(
        sentences=bindparam("b_sentences"), model=bindparam("b_model"), prompt_version=bindparam("b_prompt_version")
    )
)
_JUDGE: Final = update(asked).where(asked.c.id == bindparam("b_id")).values(feedback=bindparam("b_feedback"))
_REMARK: Final = update(asked).where(asked.c.id == bindparam("b_id")).values(remark=bindparam("b_remark"))
_FORGET: Final = delete(asked).where(asked.c.at < bindparam("b_before", type_=UtcTime()))


class AskedQuestions:
    """Questions by id."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, question: Asked) -> None:
        self._connection.execute(
            insert(asked),
            {
                "id": question.id,
                "by": question.by,
                "question": question.question,
                "passages": names_text(question.passages),
                "sentences": _sentences_text(question.sentences),
                "model": question.wrote.model if question.wrote else "",
                "prompt_version": question.wrote.prompt_version if question.wrote else None,
                "feedback": question.feedback.value if question.feedback else None,
                "remark": question.remark,
                "at": question.at,
            },
        )

    def get(self, asked_id: AskedId) -> Asked | None:
        """The question; None when it was forgotten, or never asked."""
        row = self._connection.execute(_OF, {"b_id": asked_id}).first()
        if row is None:
            return None
        return Asked(
            AskedId(row.id),
            UserId(row.by),
            row.question,
            names_from(row.passages),
            row.at,
            tuple(Cited(str(text), tuple(numbers)) for text, numbers in unspell(row.sentences)),
            Wrote(row.model, row.prompt_version) if row.prompt_version is not None else None,
            Feedback(row.feedback) if row.feedback else None,
            row.remark,
        )

    def answer(self, asked_id: AskedId, sentences: Sequence[Cited], wrote: Wrote) -> None:
        """Keep what a model said, after it was checked."""
        said = {"b_sentences": _sentences_text(sentences), "b_model": wrote.model}
        self._connection.execute(_ANSWER, {"b_id": asked_id, "b_prompt_version": wrote.prompt_version} | said)

    def judge(self, asked_id: AskedId, feedback: Feedback) -> None:
        """Keep what somebody pressed; the last press counts."""
        self._connection.execute(_JUDGE, {"b_id": asked_id, "b_feedback": feedback.value})

    def remark(self, asked_id: AskedId, words: str) -> None:
        """Keep what somebody says is wrong."""
        self._connection.execute(_REMARK, {"b_id": asked_id, "b_remark": words})

    def forget(self, before: datetime) -> int:
        """Delete what was asked before that time; how many they were."""
        return self._connection.execute(_FORGET, {"b_before": before}).rowcount


def _sentences_text(sentences: Sequence[Cited]) -> str:
    return spell([[each.text, list(each.passages)] for each in sentences])
