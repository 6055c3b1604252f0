"""What client reviews leave behind ↔ rows: actions, which are carried over until they are done, and findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select

from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem, ActionState, Finding
from bot.domain.ids import ActionItemId, ClientId, FindingId, OccurrenceId, UserId
from bot.domain.refused import NoSuchAction
from bot.store.client_spelling import action_from, action_text, finding_from, finding_text
from bot.store.client_tables import actions, findings
from bot.store.columns import UtcTime
from bot.store.upsert import AnyRow
from bot.store.versions import Versions

_a: Final = actions.c
_SINCE: Final = bindparam("b_since", type_=UtcTime())
_heads: Final = select(
    _a.id,
    _a.client_id,
    _a.opened_in,
    _a.finding_id,
    _a.side,
    _a.owner,
    _a.due_on,
    _a.state,
    _a.closed_at,
    _a.version,
    _a.content,
)
_GET: Final = _heads.where(_a.id == bindparam("b_id"))
_LOCK: Final = _GET.with_for_update()
_open: Final = _heads.where(_a.state == ActionState.OPEN.value).order_by(_a.due_on, _a.id)
_OPEN_OF_CLIENT: Final = _open.where(_a.client_id == bindparam("b_client"))
_OPEN_OF_OWNER: Final = _open.where(_a.owner == bindparam("b_owner"), _a.side == SideOf.OURS.value)
_CLOSED: Final = _heads.where(_a.client_id == bindparam("b_client"), _a.closed_at >= _SINCE).order_by(
    _a.closed_at, _a.id
)
_COUNT: Final = select(func.count()).where(_a.state == ActionState.OPEN.value)
_ADD: Final = insert(actions)

_f: Final = findings.c
_ADD_FINDING: Final = insert(findings)
_FINDINGS: Final = (
    select(_f.id, _f.client_id, _f.occurrence_id, _f.at, _f.content)
    .where(_f.client_id == bindparam("b_client"), _f.at >= _SINCE)
    .order_by(_f.at, _f.id)
)


class Actions:
    """Every action that was ever agreed."""

    __slots__ = ("_connection", "_versions")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions = Versions(connection, actions)

    def add(self, action: ActionItem, at: datetime) -> None:
        """Store a new action."""
        fixed = {"id": action.id, "client_id": action.client, "opened_in": action.opened_in}
        self._connection.execute(_ADD, fixed | _columns(action, at))
        self._versions.hold(action.id)

    def save(self, action: ActionItem, before: ActionItem, at: datetime) -> None:
        """Store a changed action. Raises OutdatedCard when somebody changed it since `before`."""
        self._versions.save(action.id, _columns(action, at), before=before.version)

    def get(self, action_id: ActionItemId) -> ActionItem:
        """The action, to look at only. Raises NoSuchAction."""
        return self._one(_GET, action_id)

    def locked(self, action_id: ActionItemId) -> ActionItem:
        """The action, held until the end of the act. Raises NoSuchAction."""
        action = self._one(_LOCK, action_id)
        self._versions.hold(action_id)
        return action

    def open_of_client(self, client_id: ClientId) -> list[ActionItem]:
        """A client's open actions of both sides, the one due first first."""
        return self._many(_OPEN_OF_CLIENT, {"b_client": client_id})

    def open_of_owner(self, user: UserId) -> list[ActionItem]:
        """The open actions of one of ours, over all clients, the one due first first."""
        return self._many(_OPEN_OF_OWNER, {"b_owner": user})

    def closed_since(self, client_id: ClientId, at: datetime) -> list[ActionItem]:
        """A client's actions that were done or dropped from then on, in that order."""
        return self._many(_CLOSED, {"b_client": client_id, "b_since": at})

    def count_open(self) -> int:
        """How many actions are open, over all clients."""
        return self._connection.execute(_COUNT).scalar_one()

    def _one(self, statement: Any, action_id: ActionItemId) -> ActionItem:
        found = self._many(statement, {"b_id": action_id})
        if not found:
            raise NoSuchAction
        return found[0]

    def _many(self, statement: Any, asked: dict[str, Any]) -> list[ActionItem]:
        return [_action(row) for row in self._connection.execute(statement, asked)]


class Findings:
    """Every finding that was ever stated. None is changed."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, finding: Finding) -> None:
        """Put a finding on record."""
        self._connection.execute(
            _ADD_FINDING,
            {
                "id": finding.id,
                "client_id": finding.client,
                "occurrence_id": finding.occurrence,
                "at": finding.at,
                "content": finding_text(finding),
            },
        )

    def of_client(self, client_id: ClientId, *, since: datetime) -> list[Finding]:
        """A client's findings from then on, oldest first."""
        return [_finding(row) for row in self._connection.execute(_FINDINGS, {"b_client": client_id, "b_since": since})]


def _columns(action: ActionItem, at: datetime) -> dict[str, Any]:
    return {
        "finding_id": action.finding,
        "side": action.side.value,
        "owner": action.owner,
        "due_on": action.due_on,
        "state": action.state.value,
        "closed_at": action.closed_at,
        "version": action.version,
        "content": action_text(action),
        "updated_at": at,
    }


def _action(row: AnyRow) -> ActionItem:
    return ActionItem(
        id=ActionItemId(row.id),
        client=ClientId(row.client_id),
        opened_in=OccurrenceId(row.opened_in),
        finding=FindingId(row.finding_id) if row.finding_id else None,
        side=SideOf(row.side),
        owner=row.owner,
        due_on=row.due_on,
        state=ActionState(row.state),
        closed_at=row.closed_at,
        version=row.version,
        **action_from(row.content),
    )


def _finding(row: AnyRow) -> Finding:
    return Finding(
        id=FindingId(row.id),
        client=ClientId(row.client_id),
        occurrence=OccurrenceId(row.occurrence_id),
        at=row.at,
        **finding_from(row.content),
    )
