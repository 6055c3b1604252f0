"""Verdicts, approvers and deadlines as plain words, for cards and for what a model is told. They word no rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.domain.policy import Approver, Deadline, Outcome
from bot.use_cases.pack_words import counted

VERDICT_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.APPROVE: "Safe to roll out",
    Outcome.CONDITIONS: "Safe with conditions",
    Outcome.NEEDS_LEAD: "Needs the security leads",
    Outcome.REJECT: "Not as it stands",
}
APPROVER_WORDS: Final[Mapping[Approver, str]] = {
    Approver.SELF_SERVE: "nobody has to sign",
    Approver.ONE_LEAD: "one security lead",
    Approver.TWO_LEADS: "two security leads",
    Approver.CISO: "two security leads and the CISO",
}
STRENGTH_WORDS: Final[Mapping[str, str]] = {"green": "strong", "amber": "fair", "red": "weak"}


def due_words(deadline: Deadline | None) -> str:
    """How soon something is due, counted from the decision; None is for what always holds."""
    if deadline is None:
        return "always"
    days = counted(deadline.days, "working day" if deadline.working else "day")
    return f"before go-live, within {days}" if deadline.before_go_live else f"within {days}"
