"""What has to be looked at, as rows: claimed for a while, looked at, put off or done. Why is no business of this file.

A claim is a lease with a number, the fence. Whatever moves a row ends a claim on it, and whoever held that claim finds
the number changed: what they were about to do is looked at anew by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, case, delete, func, select, update

from bot.domain.due import Due, DueKind
from bot.store.client_tables import due as table
from bot.store.columns import UtcTime
from bot.store.points import point
from bot.store.upsert import by_engine

_d: Final = table.c
_AT: Final = bindparam("b_at", type_=UtcTime())
_NOW: Final = bindparam("b_now", type_=UtcTime())
_UNTIL: Final = bindparam("b_until", type_=UtcTime())
_THIS: Final = and_(_d.kind == bindparam("b_kind"), _d.about == bindparam("b_about"))
# A row that was deleted and put again begins with the first fence once more; when it is due tells the two apart.
_HELD: Final = and_(_THIS, _d.fence == bindparam("b_fence"), _d.due_at == _AT)


def _put(insert: Any) -> Any:
    adding = insert(table)
    moved = {"due_at": adding.excluded.due_at, "next_at": adding.excluded.due_at, "fence": _d.fence + 1}
    return adding.on_conflict_do_update(index_elements=[_d.kind, _d.about], set_=moved)


def _earlier(insert: Any) -> Any:
    adding = insert(table)
    # Also where somebody looks at it right now: they began without knowing what made it earlier.
    first = case((adding.excluded.due_at < _d.due_at, adding.excluded.due_at), else_=_d.due_at)
    moved = {"due_at": first, "next_at": first, "fence": _d.fence + 1}
    return adding.on_conflict_do_update(index_elements=[_d.kind, _d.about], set_=moved)


_PUT: Final = by_engine(_put)
_EARLIER: Final = by_engine(_earlier)
_DROP: Final = delete(table).where(_THIS)
_due = (
    select(_d.id)
    .where(_d.next_at <= _NOW)
    .order_by(_d.urgency, _d.next_at, _d.id)
    .limit(bindparam("b_limit"))
    .with_for_update(skip_locked=True)
    .cte("ready")
)
_CLAIM: Final = (
    update(table)
    .where(_d.id.in_(select(_due.c.id)))
    .values(next_at=_UNTIL, fence=_d.fence + 1)
    .returning(_d.id, _d.kind, _d.about, _d.due_at, _d.urgency, _d.fence)
)
_OURS: Final = select(_d.id).where(_HELD).with_for_update()
_OURS_OF: Final = (
    select(_d.about, _d.fence, _d.due_at)
    .where(_d.kind == bindparam("b_kind"), _d.about.in_(bindparam("b_abouts", expanding=True)))
    .order_by(_d.id)
    .with_for_update()
)
# Claimed is what is to be looked at later than it was due.
_LET_GO: Final = update(table).where(_d.next_at > _d.due_at, _d.next_at < _UNTIL).values(next_at=_NOW)
_NEXT_AT: Final = select(func.min(_d.next_at))
_PUT_OFF: Final = update(table).where(_HELD).values(due_at=_UNTIL, next_at=_UNTIL, fence=_d.fence + 1)
_DONE: Final = delete(table).where(_HELD)


class DueRows:
    """Everything that has to be looked at some time."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, kind: DueKind, about: str, at: datetime) -> None:
        """Have it looked at then, whatever was set before. Ends a claim on it."""
        self._add(_PUT, kind, about, at)

    def put_all(self, kind: DueKind, about: Sequence[str], at: datetime) -> None:
        """The same for many at once."""
        if about:
            rows = [_row(kind, each, at) for each in about]
            self._connection.execute(_PUT[self._connection.dialect.name], rows)

    def earlier(self, kind: DueKind, about: str, at: datetime) -> None:
        """Have it looked at then at the latest: an earlier moment that was set before stays. Ends a claim on it."""
        self._add(_EARLIER, kind, about, at)

    def drop(self, kind: DueKind, about: str) -> None:
        """Look at it no more. Ends a claim on it."""
        self._connection.execute(_DROP, {"b_kind": kind.value, "b_about": about})

    def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Due]:
        """Take what is due, the most urgent first; a claim that ran out counts as due. Others skip what is taken."""
        rows = self._connection.execute(_CLAIM, {"b_now": now, "b_until": now + lease, "b_limit": limit}).all()
        if rows:
            point("store.due_claimed")
        rows = sorted(rows, key=lambda row: (row.urgency, row.due_at, row.id))
        return [Due(DueKind(row.kind), row.about, row.due_at, row.fence) for row in rows]

    def ours(self, due: Due) -> bool:
        """Is the claim still ours? Then the row is held until the end of the act."""
        return self._connection.execute(_OURS, _held(due)).first() is not None

    def still_ours(self, dues: Sequence[Due]) -> list[Due]:
        """Of claims of one kind, those that are still ours; their rows are held until the end of the act."""
        if not dues:
            return []
        asked = {"b_kind": dues[0].kind.value, "b_abouts": [due.about for due in dues]}
        held = {row.about: (row.fence, row.due_at) for row in self._connection.execute(_OURS_OF, asked)}
        return [due for due in dues if held.get(due.about) == (due.fence, due.at)]

    def done_all(self, dues: Iterable[tuple[Due, datetime | None]]) -> None:
        """End claims that are known to be ours: each is looked at again then, or never."""
        later, never = [], []
        for due, next_at in dues:
            if next_at is None:
                never.append(_held(due))
            else:
                later.append(_held(due) | {"b_until": next_at})
        if later:
            self._connection.execute(_PUT_OFF, later)
        if never:
            self._connection.execute(_DONE, never)

    def next_at(self) -> datetime | None:
        """When the next thing has to be looked at, or the next claim runs out. None when nothing is due, ever."""
        found: datetime | None = self._connection.execute(_NEXT_AT).scalar_one()
        return found

    def let_go(self, at: datetime, *, held_until: datetime) -> int:
        """End the claims that would run out before `held_until`: whoever held them is known to be gone."""
        return self._connection.execute(_LET_GO, {"b_now": at, "b_until": held_until}).rowcount

    def done(self, due: Due, next_at: datetime | None) -> bool:
        """End our claim: look again then, or never. False, and nothing changed, when the claim is no longer ours."""
        if next_at is None:
            return self._connection.execute(_DONE, _held(due)).rowcount == 1
        return self._connection.execute(_PUT_OFF, _held(due) | {"b_until": next_at}).rowcount == 1

    def _add(self, statement: Any, kind: DueKind, about: str, at: datetime) -> None:
        self._connection.execute(statement[self._connection.dialect.name], _row(kind, about, at))


def _row(kind: DueKind, about: str, at: datetime) -> dict[str, Any]:
    return {"kind": kind.value, "about": about, "due_at": at, "next_at": at, "urgency": kind.urgency, "fence": 0}


def _held(due: Due) -> dict[str, Any]:
    return {"b_kind": due.kind.value, "b_about": due.about, "b_fence": due.fence, "b_at": due.at}
