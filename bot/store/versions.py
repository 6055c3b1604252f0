"""Saving on top of what was read: refused when somebody else has saved in between. What changed is not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update

from bot.domain.refused import OutdatedCard


class Versions:
    """The rows of one table that this act holds, and the one way to change them."""

    __slots__ = ("_connection", "_ours", "_table")

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection, self._table = connection, table
        self._ours: set[str] = set()

    def hold(self, row_id: str) -> None:
        """Remember that this act locked or made the row."""
        self._ours.add(row_id)

    def save(self, row_id: str, columns: Mapping[str, Any], *, before: int) -> None:
        """Change the row if its version is still `before`. Raises OutdatedCard when it moved on."""
        if columns["version"] == before and row_id not in self._ours:
            # Two acts that read the same version and both keep it would overwrite each other without a trace.
            raise RuntimeError("a change needs a new version, or the lock on what it changes")
        # Put together here and not with the door: every act opens every door, and few go through this one.
        there = (self._table.c.id == bindparam("b_id"), self._table.c.version == bindparam("b_version"))
        statement = update(self._table).where(*there).values(**columns)
        if self._connection.execute(statement, {"b_id": row_id, "b_version": before}).rowcount != 1:
            raise OutdatedCard
