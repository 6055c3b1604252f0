"""The record of a model's calls: what each was for, what it took, how it ended. It holds nobody's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from bot.domain.model_use import CallOutcome, ModelCall
from bot.store.columns import UtcTime
from bot.store.tables import model_calls

_c: Final = model_calls.c
_SPENT: Final = select(func.coalesce(func.sum(_c.tokens_in + _c.tokens_out), 0)).where(
    _c.at >= bindparam("b_since", type_=UtcTime())
)


_OUTCOMES: Final = (
    select(_c.outcome, func.count().label("calls"))
    .where(_c.at >= bindparam("b_since", type_=UtcTime()))
    .group_by(_c.outcome)
)


class ModelCalls:
    """Every call of a model."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, call: ModelCall) -> None:
        self._connection.execute(
            model_calls.insert(),
            {
                "at": call.at,
                "task": call.task.value,
                "prompt_version": call.prompt_version,
                "model": call.model,
                "tokens_in": call.tokens_in,
                "tokens_out": call.tokens_out,
                "milliseconds": call.milliseconds,
                "outcome": call.outcome.value,
            },
        )

    def tokens_since(self, since: datetime) -> int:
        """How many tokens were used from that time on."""
        return int(self._connection.execute(_SPENT, {"b_since": since}).scalar_one())

    def outcomes_since(self, since: datetime) -> Mapping[CallOutcome, int]:
        """How many calls ended in which way from that time on."""
        found = self._connection.execute(_OUTCOMES, {"b_since": since})
        return {CallOutcome(row.outcome): int(row.calls) for row in found}
