"""`preflight export` and `preflight audit verify`: the records as they stand, read and never changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.store.audit import Intact
from bot.store.audit import verify as verify_trail
from bot.store.database import open_store
from bot.store.migrations import Migrated, migration_state
from bot.store.work import Work
from bot.wiring.checks import Check
from bot.wiring.ready import NotReady, audit_key_of

if TYPE_CHECKING:
    from bot.settings import Settings

DECISION_COLUMNS = [
    "id",
    "tool",
    "outcome",
    "computed",
    "approver",
    "signed_by",
    "risk_acceptance",
    "tier",
    "decided_at",
    "valid_until",
    "superseded_by",
    "suspended_at",
    "conditions",
    "rationale",
    "review",
    "verdict",
]
AUDIT_COLUMNS = ["seq", "at", "tag", "by", "about", "facts", "mac"]


def export(settings: Settings, what: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Columns and rows of the decisions, or of the audit trail."""
    _migrated(settings)
    if what == "audit":
        return AUDIT_COLUMNS, asyncio.run(_read(settings, _audit_rows))
    return DECISION_COLUMNS, asyncio.run(_read(settings, _decision_rows))


def verify(settings: Settings, head: str | None) -> Check:
    """Walk the whole trail; `head` is SEQ:MAC as an earlier run printed it."""
    given = None
    if head is not None:
        seq, _, mac = head.partition(":")
        if not seq.isdecimal() or not mac:
            return Check("audit", False, "the head to compare with looks like SEQ:MAC, as an earlier run printed it")
        given = (int(seq), mac)
    _migrated(settings)
    found = asyncio.run(_verify(settings, given))
    if isinstance(found, Intact) and not found.count:
        return Check("audit", True, "no events yet")
    if isinstance(found, Intact):
        return Check("audit", True, f"{found.count} events, none changed; head {found.head[0]}:{found.head[1]}")
    return Check("audit", False, f"row {found.seq}: {found.why}")


def _migrated(settings: Settings) -> None:
    if not isinstance(migration_state(settings.database), Migrated):
        raise NotReady("The database is not up to date. Run: preflight migrate")


async def _verify(settings: Settings, head: tuple[int, str] | None) -> Any:
    key = audit_key_of(settings)
    store = open_store(settings.database, audit_key=key)
    try:
        return await store.read(verify_trail, key, head)
    finally:
        await store.close()


async def _read(settings: Settings, rows: Any) -> list[dict[str, Any]]:
    store = open_store(settings.database, audit_key=audit_key_of(settings))
    try:
        found: list[dict[str, Any]] = await store.read(rows)
        return found
    finally:
        await store.close()


def _audit_rows(work: Work) -> list[dict[str, Any]]:
    return [
        {
            "seq": entry.seq,
            "at": entry.event.at.isoformat(),
            "tag": entry.event.tag.value,
            "by": entry.event.by,
            "about": entry.event.about,
            "facts": dict(entry.event.facts),
            "mac": entry.mac,
        }
        for entry in work.audit.all()
    ]


def _decision_rows(work: Work) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "tool": each.tool_name,
            "outcome": each.outcome.value,
            "computed": each.computed.value,
            "approver": each.approver.value,
            "signed_by": " ".join(each.signed_by),
            "risk_acceptance": each.risk_acceptance,
            "tier": each.tier,
            "decided_at": each.decided_at.isoformat(),
            "valid_until": each.valid_until.isoformat(),
            "superseded_by": each.superseded_by or "",
            "suspended_at": each.suspended_at.isoformat() if each.suspended_at else "",
            "conditions": "; ".join(
                f"{c.text} ({c.due_on.isoformat() if c.due_on else 'standing'})" for c in each.conditions
            ),
            # Who gave which reason, a line each: an auditor reads four pairs of eyes, not the last one.
            "rationale": "\n".join(f"{sign.by}: {sign.rationale}" for sign in each.signatures if sign.rationale),
            "review": each.review,
            "verdict": each.verdict,
        }
        for each in work.decisions.all()
    ]
