"""What the security leads switched in Slack. What a switch means is decided elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from bot.domain.ids import UserId
from bot.store.tables import switches
from bot.store.upsert import by_engine

_VALUE: Final = select(switches.c.value).where(switches.c.name == bindparam("b_name"))


def _set(insert: Any) -> Any:
    made = insert(switches)
    return made.on_conflict_do_update(
        index_elements=[switches.c.name],
        set_={column: made.excluded[column] for column in ("value", "by", "at")},
    )


_SET: Final = by_engine(_set)


class Switches:
    """Switches by name; one that nobody turned has no value."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def value(self, name: str) -> str | None:
        found = self._connection.execute(_VALUE, {"b_name": name}).first()
        return None if found is None else str(found.value)

    def set(self, name: str, value: str, *, by: UserId, at: datetime) -> None:
        row = {"name": name, "value": value, "by": by, "at": at}
        self._connection.execute(_SET[self._connection.dialect.name], row)
