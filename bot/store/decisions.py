"""Decisions on record ↔ rows. They are added, superseded and suspended; what was decided never changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from bot.domain.client import Client
from bot.domain.decision import Condition, Decision, Restored, Signature
from bot.domain.ids import DecisionId, QuestionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.policy import Approver, Outcome
from bot.domain.refused import NoSuchDecision
from bot.domain.review import Stance
from bot.store.columns import UtcTime
from bot.store.points import point
from bot.store.spelling import names_text, profile_from, profile_text
from bot.store.tables import conditions, decisions, restorations, review_clients, sign_offs
from bot.store.tools import Tools
from bot.store.touched import ALL, BY_KEYS, NAMELESS, keys_of
from bot.store.upsert import AnyRow

_d: Final = decisions.c
_heads: Final = select(
    _d.id,
    _d.review_id,
    _d.tool_id,
    _d.tool_name,
    _d.profile,
    _d.verdict_id,
    _d.computed,
    _d.outcome,
    _d.approver,
    _d.decided_at,
    _d.valid_until,
    _d.tier,
    _d.risk_acceptance,
    _d.superseded_by,
    _d.suspended_at,
    _d.suspended_because,
    _d.suspended_by,
)
_newest: Final = _heads.order_by(_d.decided_at.desc(), _d.id)
_GET: Final = _heads.where(_d.id == bindparam("b_id"))
_OF_REVIEW: Final = _heads.where(_d.review_id == bindparam("b_review"))
_OF_TOOL: Final = _newest.where(_d.tool_id == bindparam("b_tool"))
_OF_TOOLS: Final = _newest.where(_d.tool_id.in_(bindparam("b_tools", expanding=True))).limit(bindparam("b_limit"))
_SINCE: Final = _newest.where(_d.decided_at > bindparam("b_at", type_=UtcTime()))
_RECENT: Final = _newest.limit(bindparam("b_limit"))
_TOUCHING: Final = _newest.where(
    _d.review_id.in_(select(review_clients.c.review_id).where(review_clients.c.client_key.in_(BY_KEYS)))
)
_ALL: Final = _heads.order_by(_d.decided_at, _d.id).execution_options(yield_per=500)

_c: Final = conditions.c
CONDITION: Final = (_c.decision_id, _c.text, _c.question, _c.gap, _c.owner, _c.due_on, _c.before_go_live, _c.added_by)
_CONDITIONS: Final = (
    select(*CONDITION).where(_c.decision_id.in_(bindparam("b_ids", expanding=True))).order_by(_c.decision_id, _c.place)
)
_s: Final = sign_offs.c
_SIGNATURES: Final = (
    select(_s.review_id, _s.stance, _s.by, _s.rationale, _s.as_ciso)
    .where(_s.review_id.in_(bindparam("b_reviews", expanding=True)), _s.voided_at.is_(None))
    .order_by(_s.seq)
)
_ADD: Final = insert(decisions)
_ADD_CONDITION: Final = insert(conditions)
_SUPERSEDE: Final = update(decisions).where(_d.id == bindparam("b_id")).values(superseded_by=bindparam("b_by"))
_SUSPEND: Final = (
    update(decisions)
    .where(_d.id == bindparam("b_id"))
    .values(
        suspended_at=bindparam("b_at", type_=UtcTime()),
        suspended_because=bindparam("b_because"),
        suspended_by=bindparam("b_by"),
    )
)
_in_force: Final = and_(_d.superseded_by.is_(None), _d.suspended_at.is_(None), _d.outcome != Outcome.REJECT.value)
_ENDING: Final = _heads.where(
    _in_force, _d.valid_until >= bindparam("b_from"), _d.valid_until < bindparam("b_until")
).order_by(_d.valid_until, _d.id)
_ENDED: Final = _heads.where(_in_force, _d.valid_until < bindparam("b_until")).order_by(_d.valid_until, _d.id)
_SUSPENDED: Final = _heads.where(_d.superseded_by.is_(None), _d.suspended_at.is_not(None)).order_by(
    _d.suspended_at, _d.id
)
_LIFT: Final = (
    update(decisions)
    .where(_d.id == bindparam("b_id"), _d.suspended_at.is_not(None))
    .values(suspended_at=None, suspended_because="", suspended_by=None)
)
_r: Final = restorations.c
_ADD_RESTORATION: Final = insert(restorations)
_RESTORED: Final = (
    select(_r.by, _r.at, _r.because, _r.suspended_at, _r.suspended_because)
    .where(_r.decision_id == bindparam("b_id"))
    .order_by(_r.at.desc())
    .limit(1)
)


class Decisions:
    """Every decision on record. Its signatures are those of its review, which nothing changes once it is decided."""

    __slots__ = ("_connection", "_tools")

    def __init__(self, connection: Connection, tools: Tools) -> None:
        self._connection = connection
        self._tools = tools

    def add(self, decision: Decision) -> None:
        """Put a decision on record. A review has at most one."""
        point("store.decision_due")
        self._connection.execute(
            _ADD,
            {
                "id": decision.id,
                "review_id": decision.review,
                "tool_id": decision.tool,
                "tool_name": decision.tool_name,
                "profile": profile_text(decision.profile),
                "verdict_id": decision.verdict,
                "computed": decision.computed.value,
                "outcome": decision.outcome.value,
                "approver": decision.approver.value,
                "signed_by": names_text(decision.signed_by),
                "rationale": decision.rationale,
                "decided_at": decision.decided_at,
                "valid_until": decision.valid_until,
                "tier": decision.tier,
                "risk_acceptance": decision.risk_acceptance,
                "superseded_by": decision.superseded_by,
                "suspended_at": decision.suspended_at,
                "suspended_because": decision.suspended_because,
                "suspended_by": decision.suspended_by or None,
            },
        )
        rows = [
            {
                "decision_id": decision.id,
                "place": place,
                "text": each.text,
                "question": each.question,
                "gap": each.gap,
                "owner": each.owner,
                "due_on": each.due_on,
                "before_go_live": each.before_go_live,
                "added_by": each.added_by,
            }
            for place, each in enumerate(decision.conditions)
        ]
        if rows:
            self._connection.execute(_ADD_CONDITION, rows)

    def get(self, decision_id: DecisionId) -> Decision:
        """The decision. Raises NoSuchDecision."""
        found = self._load(_GET, {"b_id": decision_id})
        if not found:
            raise NoSuchDecision
        return found[0]

    def of_review(self, review_id: ReviewId) -> Decision | None:
        """The decision a review ended with, if it did."""
        found = self._load(_OF_REVIEW, {"b_review": review_id})
        return found[0] if found else None

    def of_tool(self, tool_id: ToolId) -> list[Decision]:
        """All decisions about one tool, newest first."""
        return self._load(_OF_TOOL, {"b_tool": tool_id})

    def find(self, text: str, limit: int) -> list[Decision]:
        """Decisions by the tool's name as somebody typed it: that tool's, newest first, else those of names near it."""
        found = self._tools.find(text)
        tools = [found.tool.id] if found.tool else [tool.id for tool in found.near]
        if not tools:
            return []
        decided = self._load(_OF_TOOLS, {"b_tools": tools, "b_limit": limit})
        return sorted(decided, key=lambda decision: tools.index(decision.tool))

    def recent(self, limit: int) -> list[Decision]:
        """The newest decisions."""
        return self._load(_RECENT, {"b_limit": limit})

    def touching(self, client: Client) -> list[Decision]:
        """Decisions whose use names the client or one of its aliases, or all clients; newest first."""
        return self._load(_TOUCHING, {"b_keys": [*keys_of(client), ALL]})

    def unknown_clients(self) -> list[Decision]:
        """Decisions that touch clients nobody named, newest first. They may concern any client: internal eyes only."""
        return self._load(_TOUCHING, {"b_keys": [NAMELESS]})

    def all(self) -> Iterator[Decision]:
        """Every decision, oldest first. Read it within the act or look that asked."""
        for part in self._connection.execute(_ALL).partitions():
            yield from self._complete(part)

    def supersede(self, old_id: DecisionId, by_id: DecisionId) -> None:
        """Say that a newer decision stands in its place."""
        if self._connection.execute(_SUPERSEDE, {"b_id": old_id, "b_by": by_id}).rowcount != 1:
            raise NoSuchDecision

    def suspend(self, decision_id: DecisionId, at: datetime, because: str, by: str = "") -> None:
        """Say that it does not count for now, why, and who says so: a person's id, or ours."""
        changed = {"b_id": decision_id, "b_at": at, "b_because": because, "b_by": by or None}
        if self._connection.execute(_SUSPEND, changed).rowcount != 1:
            raise NoSuchDecision

    def restore(self, decision: Decision, restored: Restored) -> None:
        """Let a suspended decision count again. Why it was suspended, and why it is no more, stay on record."""
        if self._connection.execute(_LIFT, {"b_id": decision.id}).rowcount != 1:
            raise NoSuchDecision
        self._connection.execute(
            _ADD_RESTORATION,
            {
                "decision_id": decision.id,
                "suspended_at": restored.suspended_at,
                "suspended_because": restored.suspended_because,
                "suspended_by": decision.suspended_by,
                "at": restored.at,
                "by": restored.by,
                "because": restored.because,
            },
        )

    def restored(self, decision_id: DecisionId) -> Restored | None:
        """How a suspension of it ended last, if one did."""
        row = self._connection.execute(_RESTORED, {"b_id": decision_id}).first()
        return None if row is None else Restored(UserId(row.by), row.at, row.because, row[3], row.suspended_because)

    def ending(self, since: date, until: date) -> list[Decision]:
        """Those in force whose last day is within these days, the second one not included; the first to end first."""
        return self._load(_ENDING, {"b_from": since, "b_until": until})

    def unapproved(self, ended_before: date) -> list[Decision]:
        """Those that allowed a use, ended before that day and were never replaced: whoever goes on has no approval."""
        return self._load(_ENDED, {"b_until": ended_before})

    def decided_since(self, at: datetime) -> list[Decision]:
        """Those put on record after that moment, the newest first."""
        return self._load(_SINCE, {"b_at": at})

    def suspended(self) -> list[Decision]:
        """Those that do not count for now, the one suspended first first."""
        return self._load(_SUSPENDED, {})

    def _load(self, statement: Any, params: dict[str, Any]) -> list[Decision]:
        return self._complete(self._connection.execute(statement, params).all())

    def _complete(self, heads: Sequence[AnyRow]) -> list[Decision]:
        if not heads:
            return []
        duties: dict[str, list[Condition]] = {head.id: [] for head in heads}
        for row in self._connection.execute(_CONDITIONS, {"b_ids": list(duties)}):
            duties[row[0]].append(condition_from(row))
        signed: dict[str, list[AnyRow]] = {head.review_id: [] for head in heads}
        for sign in self._connection.execute(_SIGNATURES, {"b_reviews": list(signed)}):
            signed[sign.review_id].append(sign)
        return [_decision(head, duties[head.id], signed[head.review_id]) for head in heads]


def condition_from(row: AnyRow) -> Condition:
    """A condition from the columns of `CONDITION`."""
    return Condition(
        text=row.text,
        question=QuestionId(row.question) if row.question else None,
        gap=row.gap,
        owner=UserId(row.owner),
        due_on=row.due_on,
        before_go_live=row.before_go_live,
        added_by=UserId(row.added_by) if row.added_by else None,
    )


def _decision(head: AnyRow, duties: list[Condition], signed: list[AnyRow]) -> Decision:
    # Who had said yes before somebody else's no decided has not signed the no.
    stance = Stance.REJECT if head.outcome == Outcome.REJECT else Stance.APPROVE
    return Decision(
        id=DecisionId(head.id),
        review=ReviewId(head.review_id),
        tool=ToolId(head.tool_id),
        tool_name=head.tool_name,
        profile=profile_from(head.profile),
        verdict=VerdictId(head.verdict_id),
        computed=Outcome(head.computed),
        outcome=Outcome(head.outcome),
        approver=Approver(head.approver),
        signatures=tuple(
            Signature(UserId(sign.by), sign.rationale, sign.as_ciso) for sign in signed if sign.stance == stance
        ),
        conditions=tuple(duties),
        decided_at=head.decided_at,
        valid_until=head.valid_until,
        tier=head.tier,
        risk_acceptance=head.risk_acceptance,
        superseded_by=DecisionId(head.superseded_by) if head.superseded_by else None,
        suspended_at=head.suspended_at,
        suspended_because=head.suspended_because,
        suspended_by=head.suspended_by or "",
    )
