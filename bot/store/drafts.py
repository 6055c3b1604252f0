"""What a model drafted, kept by what it is about. Nothing is computed from a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bot.domain.model_use import Task, Wrote
from bot.store.spelling import names_from, names_text
from bot.store.tables import drafts
from bot.store.upsert import by_engine

_OF: Final = select(drafts).where(drafts.c.key == bindparam("b_key"))
_ADD: Final = by_engine(lambda insert: insert(drafts).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Draft:
    """Lines a model wrote about something, after they were checked against its facts."""

    key: str
    task: Task
    lines: tuple[str, ...]
    by: Wrote


class Drafts:
    """Drafts by key; the first one of a key stays."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, draft: Draft, at: datetime) -> None:
        self._connection.execute(
            _ADD[self._connection.dialect.name],
            {
                "key": draft.key,
                "task": draft.task.value,
                "lines": names_text(draft.lines),
                "model": draft.by.model,
                "prompt_version": draft.by.prompt_version,
                "at": at,
            },
        )

    def get(self, key: str) -> Draft | None:
        row = self._connection.execute(_OF, {"b_key": key}).first()
        if row is None:
            return None
        return Draft(row.key, Task(row.task), names_from(row.lines), Wrote(row.model, row.prompt_version))
