"""What has to be looked at, and when: rows, not timers, so that no restart and no clock loses or doubles one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DueKind(StrEnum):
    """What kind of thing is looked at; `Due.about` is its id."""

    SERIES = "series"  # plan further occurrences
    OCCURRENCE = "occurrence"  # pack, reminders, missed
    ACTIONS = "actions"  # the open actions of one owner, once a day; about is a user id
    REVIEW = "review"  # a request that waits for a sign-off, or a questionnaire that stalls
    DECISION = "decision"  # its conditions, and its end
    DIGEST = "digest"  # about is "channel", or the user id of who gets it as a direct message

    @property
    def urgency(self) -> int:
        """What is looked at first when much is due at once: 0 before 1 before 2."""
        match self:
            case DueKind.OCCURRENCE:
                return 0  # somebody's meeting starts
            case DueKind.SERIES:
                return 2  # it plans weeks ahead
            case _:
                return 1


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to look at, claimed: `fence` proves that the claim is still ours."""

    kind: DueKind
    about: str
    at: datetime  # when it was due, which may be long ago
    fence: int
