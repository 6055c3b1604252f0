"""The knowledge each verdict was computed with, kept whole by its version, so that it can be computed again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from bot.store.tables import knowledge_versions
from bot.store.upsert import by_engine

_KEEP: Final = by_engine(
    lambda insert: insert(knowledge_versions).on_conflict_do_nothing().returning(knowledge_versions.c.version)
)
_CONTENT: Final = select(knowledge_versions.c.content).where(knowledge_versions.c.version == bindparam("of"))


class KnowledgeVersions:
    """Every version of the knowledge that was ever loaded."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, version: str, content: str, at: datetime) -> bool:
        """Keep a version; keeping it again changes nothing and says False."""
        statement = _KEEP[self._connection.dialect.name]
        kept = self._connection.execute(statement, {"version": version, "content": content, "at": at}).first()
        return kept is not None

    def content(self, version: str) -> str | None:
        """The text of a version, or None when it was never kept."""
        return self._connection.execute(_CONTENT, {"of": version}).scalar_one_or_none()
