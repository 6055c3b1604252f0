"""What Slack has already sent us: one key per payload, written in the act that does its work. It holds no content."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select

from bot.store.columns import UtcTime
from bot.store.points import point
from bot.store.prepared import Prepared
from bot.store.tables import inbox
from bot.store.upsert import by_engine


class ReplayedDifferently(Exception):
    """A key came again with another content. That is no repeat: somebody, or a fault, made it up."""


_ADD: Final = Prepared(
    by_engine(lambda insert: insert(inbox).on_conflict_do_nothing().returning(inbox.c.key)), "key", "digest", "at"
)
_DIGEST: Final = select(inbox.c.digest).where(inbox.c.key == bindparam("the_key"))
_FORGET: Final = delete(inbox).where(inbox.c.at < bindparam("before", type_=UtcTime()))


class Inbox:
    """The keys of what came in."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first(self, key: str, digest: str, at: datetime) -> bool:
        """Note the key; False when it was there before, which means: change nothing."""
        # What came back, not a row count: PostgreSQL's driver gives none for an insert.
        if _ADD.row(self._connection, {"key": key, "digest": digest, "at": at}):
            point("store.key_noted")
            return True
        known = self._connection.execute(_DIGEST, {"the_key": key}).scalar_one()
        if known != digest:
            raise ReplayedDifferently(key)
        return False

    def forget(self, before: datetime) -> int:
        """Drop keys noted before that time; how many they were."""
        return self._connection.execute(_FORGET, {"before": before}).rowcount
