"""Verdicts as computed, whole and with their rows. They are written once; a trigger refuses any change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from bot.domain.ids import ReviewId, VerdictId
from bot.domain.verdict import Verdict
from bot.store.spelling import verdict_from, verdict_text
from bot.store.tables import decisions, verdicts

_ADD: Final = insert(verdicts)
_CONTENT: Final = select(verdicts.c.content).where(verdicts.c.id == bindparam("of"))
_OF_REVIEW: Final = (
    select(verdicts.c.at, verdicts.c.content)
    .where(verdicts.c.review_id == bindparam("review"))
    .order_by(verdicts.c.at.desc(), verdicts.c.version.desc())
    .limit(bindparam("most"))
)
_INPUTS_HASH: Final = select(verdicts.c.inputs_hash).where(verdicts.c.id == bindparam("of"))
_IN_FORCE: Final = (
    select(verdicts.c.content)
    .join(decisions, decisions.c.verdict_id == verdicts.c.id)
    .where(
        decisions.c.outcome != "reject",
        decisions.c.superseded_by.is_(None),
        decisions.c.suspended_at.is_(None),
        decisions.c.valid_until >= bindparam("today"),
    )
    .order_by(decisions.c.decided_at.desc())
    .limit(bindparam("most"))
)


class Verdicts:
    """Every verdict that was shown to somebody who could act on it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, verdict_id: VerdictId, review: ReviewId, version: int, verdict: Verdict, inputs_hash: str, at: datetime
    ) -> None:
        """Keep a verdict for good. `version` is the version of the review it was computed for."""
        self._connection.execute(
            _ADD,
            {
                "id": verdict_id,
                "review_id": review,
                "version": version,
                "inputs_hash": inputs_hash,
                "bank_version": verdict.bank_version,
                "content": verdict_text(verdict),
                "at": at,
            },
        )

    def get(self, verdict_id: VerdictId) -> Verdict:
        """The verdict with this id. A missing one is a fault: ids only come from what was stored."""
        return verdict_from(self._connection.execute(_CONTENT, {"of": verdict_id}).scalar_one())

    def of_review(self, review: ReviewId, *, limit: int) -> list[tuple[datetime, Verdict]]:
        """What was computed for a review when it was handed in, and when; newest first."""
        found = self._connection.execute(_OF_REVIEW, {"review": review, "most": limit})
        return [(row.at, verdict_from(row.content)) for row in found]

    def in_force(self, today: date, most: int) -> list[Verdict]:
        """What the newest decisions that allow a use today were made on."""
        found = self._connection.execute(_IN_FORCE, {"today": today, "most": most})
        return [verdict_from(content) for (content,) in found]

    def inputs_hash(self, verdict_id: VerdictId) -> str:
        """The digest of what the verdict was computed from."""
        digest: str = self._connection.execute(_INPUTS_HASH, {"of": verdict_id}).scalar_one()
        return digest
