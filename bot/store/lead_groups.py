"""The leads' user groups that were looked at, and who was seen there since when. Who may sign is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select

from bot.domain.ids import UserId
from bot.domain.roster import Member
from bot.store.tables import lead_groups, lead_members
from bot.store.upsert import by_engine

_m: Final = lead_members.c
_KNOWN: Final = select(lead_groups.c.id).where(lead_groups.c.id.in_(bindparam("b_groups", expanding=True)))
_MEMBERS: Final = (
    select(lead_members).where(_m.group_id.in_(bindparam("b_groups", expanding=True))).order_by(_m.group_id, _m.user_id)
)
_LOCK: Final = select(lead_groups.c.id).where(lead_groups.c.id == bindparam("b_group")).with_for_update()
_LEFT: Final = delete(lead_members).where(_m.group_id == bindparam("b_group"), _m.user_id == bindparam("b_user"))


def _first(insert: Any) -> Any:
    return insert(lead_groups).on_conflict_do_nothing(index_elements=[lead_groups.c.id]).returning(lead_groups.c.id)


_FIRST: Final = by_engine(_first)


class LeadGroups:
    """What is known of the leads' user groups. A group that was emptied is still one that was looked at."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def locked(self, group: str, at: datetime) -> bool:
        """Keep everybody else from changing a group until this act ends. True when it was never looked at before."""
        row = {"id": group, "first_seen_at": at}
        if self._connection.execute(_FIRST[self._connection.dialect.name], row).first() is not None:
            return True
        self._connection.execute(_LOCK, {"b_group": group})
        return False

    def members(self, groups: Iterable[str]) -> dict[str, tuple[Member, ...]]:
        """Who was seen in each of these groups; one that was never looked at is left out."""
        asked = {"b_groups": list(groups)}
        if not asked["b_groups"]:
            return {}
        found: dict[str, list[Member]] = {row.id: [] for row in self._connection.execute(_KNOWN, asked)}
        for row in self._connection.execute(_MEMBERS, asked):
            found.setdefault(row.group_id, []).append(Member(UserId(row.user_id), row.seen_at, row.counts_from))
        return {group: tuple(members) for group, members in found.items()}

    def change(self, group: str, *, came: Iterable[Member], left: Iterable[UserId]) -> None:
        """Write down who came, and forget who left: whoever comes back starts anew."""
        gone = [{"b_group": group, "b_user": user} for user in left]
        if gone:
            self._connection.execute(_LEFT, gone)
        rows = [
            {"group_id": group, "user_id": each.user, "seen_at": each.seen_at, "counts_from": each.counts_from}
            for each in came
        ]
        if rows:
            self._connection.execute(lead_members.insert(), rows)
