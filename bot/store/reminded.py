"""What people were reminded of: by thing and subject, the date of the last stage that was said. It only rises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from bot.store.tables import reminded as table
from bot.store.upsert import by_engine

_c: Final = table.c
_OF: Final = select(_c.subject, _c.reached_on).where(_c.about == bindparam("b_about"))


def _keep(insert: Any) -> Any:
    adding = insert(table)
    return adding.on_conflict_do_update(
        index_elements=[_c.about, _c.subject],
        set_={"reached_on": adding.excluded.reached_on},
        where=_c.reached_on < adding.excluded.reached_on,  # a clock that was put back makes nothing unsaid
    )


_KEEP: Final = by_engine(_keep)


class Reminded:
    """Everything that was said by the clock."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, about: str) -> dict[str, date]:
        """How far each subject of one thing has come."""
        rows = self._connection.execute(_OF, {"b_about": about})
        return {row.subject: row.reached_on for row in rows}

    def keep(self, about: str, reached: Mapping[str, date]) -> None:
        """Remember how far they have come now."""
        rows = [{"about": about, "subject": subject, "reached_on": on} for subject, on in sorted(reached.items())]
        if rows:
            self._connection.execute(_KEEP[self._connection.dialect.name], rows)
