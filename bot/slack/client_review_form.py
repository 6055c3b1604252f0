"""The forms of a client review, read field by field. What is no day, no time and no person reads as none."""

from __future__ import annotations

from datetime import date, time

from bot.domain.ids import UserId
from bot.slack.call import Call, picked_in


def places_in(call: Call, block: str, most: int) -> list[int]:
    """The places that were ticked, as far as there are so many."""
    return [int(each) for each in call.picked(block) if each.isdecimal() and int(each[:4]) < most]


def users_in(call: Call, block: str) -> list[str]:
    """Everybody who was chosen."""
    return [str(user) for user in call.values().get(block, {}).get("selected_users") or ()]


def user_in(call: Call, block: str) -> UserId | None:
    """The one person who was chosen, if anybody was."""
    user = call.values().get(block, {}).get("selected_user")
    return UserId(str(user)) if user else None


def picked_one(call: Call, block: str) -> str:
    """The one option that was picked; empty where none was."""
    return next(iter(picked_in(call.values().get(block, {}))), "")


def day_in(call: Call, block: str) -> date | None:
    """The day that was chosen, if it is one."""
    try:
        return date.fromisoformat(str(call.values().get(block, {}).get("selected_date") or ""))
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """A time of day as people type it, hours and minutes; None where it is none."""
    hours, colon, minutes = text.partition(":")
    if not colon or not (hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and len(hours) <= 2):
        return None
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        return None
