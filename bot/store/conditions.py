"""The conditions of decisions and whether they were met. A decision never changes; closings stand beside it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, or_, select

from bot.domain.audit import BOT
from bot.domain.decision import NEEDS_CONFIRMING, Closing, Condition, OwedCondition
from bot.domain.ids import DecisionId, UserId
from bot.store.decisions import CONDITION, condition_from
from bot.store.tables import condition_closings, conditions, decisions
from bot.store.upsert import AnyRow, by_engine

_c: Final = conditions.c
_x: Final = condition_closings.c
_d: Final = decisions.c
_joined: Final = (
    select(*CONDITION, _c.place, _x.evidence, _x.by, _x.at, _x.confirmed_by, _x.confirmed_at)
    .select_from(conditions.outerjoin(condition_closings, and_(_x.decision_id == _c.decision_id, _x.place == _c.place)))
    .order_by(_c.due_on.is_(None), _c.due_on, _c.decision_id, _c.place)
)
_OF: Final = _joined.where(_c.decision_id == bindparam("b_id"))
# Of decisions that something else has replaced, or that somebody pulled back, nothing is owed any more; of those that
# the clock suspended it is: that is how they come to count again.
_open: Final = _joined.join(decisions, _d.id == _c.decision_id).where(
    _d.superseded_by.is_(None),
    or_(_d.suspended_at.is_(None), _d.suspended_by == BOT),
    or_(_x.by.is_(None), and_(_c.gap >= NEEDS_CONFIRMING, _x.confirmed_at.is_(None))),
)
_OWNED: Final = _open.where(_c.owner == bindparam("b_owner"))
# Once a decision has ended, its use has none; whoever goes on is listed for that, not for the condition.
_DUE: Final = _open.where(_c.due_on <= bindparam("b_until"), _d.valid_until >= bindparam("b_until"))


def _close(insert: Any) -> Any:
    adding = insert(condition_closings)
    replaced = {name: adding.excluded[name] for name in ("evidence", "by", "at", "confirmed_by", "confirmed_at")}
    return adding.on_conflict_do_update(
        index_elements=[_x.decision_id, _x.place], set_=replaced, where=_x.confirmed_at.is_(None)
    ).returning(_x.place)


_CLOSE: Final = by_engine(_close)
_OPEN_AGAIN: Final = delete(condition_closings).where(
    _x.decision_id == bindparam("b_id"), _x.place == bindparam("b_place"), _x.confirmed_at.is_(None)
)


class Conditions:
    """Every condition of every decision."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, decision_id: DecisionId) -> tuple[tuple[int, Condition, Closing | None], ...]:
        """The conditions of a decision in their order: place, condition, and what was said of it."""
        found = [_owed(row) for row in self._connection.execute(_OF, {"b_id": decision_id})]
        return tuple((each.place, each.condition, each.closing) for each in sorted(found, key=lambda each: each.place))

    def owned_by(self, user: UserId) -> list[OwedCondition]:
        """What a person still owes, the one due first first; standing duties last."""
        return [_owed(row) for row in self._connection.execute(_OWNED, {"b_owner": user})]

    def all_open_due(self, until: date) -> list[OwedCondition]:
        """What is open and due on that day or before, of decisions that still stand then; the one due first first."""
        return [_owed(row) for row in self._connection.execute(_DUE, {"b_until": until})]

    def close(self, decision_id: DecisionId, place: int, closing: Closing) -> bool:
        """Write down that a condition was met, or that a lead confirmed it. False where one had confirmed it before."""
        values = {
            "decision_id": decision_id,
            "place": place,
            "evidence": closing.evidence,
            "by": closing.by,
            "at": closing.at,
            "confirmed_by": closing.confirmed_by,
            "confirmed_at": closing.confirmed_at,
        }
        return self._connection.execute(_CLOSE[self._connection.dialect.name], values).first() is not None

    def open_again(self, decision_id: DecisionId, place: int) -> bool:
        """Take back that a condition was met, because the evidence did not do. False where a lead had confirmed it."""
        return self._connection.execute(_OPEN_AGAIN, {"b_id": decision_id, "b_place": place}).rowcount == 1


def _owed(row: AnyRow) -> OwedCondition:
    closing = None
    if row.by is not None:
        confirmed_by = UserId(row.confirmed_by) if row.confirmed_by else None
        closing = Closing(row.evidence, UserId(row.by), row.at, confirmed_by, row.confirmed_at)
    return OwedCondition(DecisionId(row.decision_id), row.place, condition_from(row), closing)
