"""Who of those on a list may sign by now: a newcomer to a user group waits first, so that the others can object.

Whoever may edit the group could otherwise make themselves a lead and sign at once. Nothing here looks anybody up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import UserId


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on a list of the settings at this moment: named one by one, or as a member of a user group."""

    named: frozenset[UserId]
    groups: Mapping[str, frozenset[UserId]]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a user group, since we first saw them there. `counts_from` is None for whoever never had to wait."""

    user: UserId
    seen_at: datetime
    counts_from: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a group since it was last looked at."""

    came: tuple[Member, ...]
    left: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Does somebody on a list count, and if only later, from when?"""

    now: bool
    later: datetime | None = None


def compare(
    known: Iterable[Member], present: Iterable[UserId], *, first_look: bool, at: datetime, wait: timedelta
) -> Compared:
    """Who is new in a group, and who has left it; whoever comes back starts anew.

    At the first look at a group nobody waits: it has just been named in the settings, and whoever edits the settings
    holds the machine, so a wait would protect nothing and leave a new installation without leads.
    """
    before, there = {member.user for member in known}, set(present)
    counts_from = None if first_look else at + wait
    came = tuple(Member(user, at, counts_from) for user in sorted(there - before))
    return Compared(came, tuple(sorted(before - there)))


def counts(user: UserId, roster: Roster, known: Mapping[str, Iterable[Member]], *, at: datetime) -> Counts:
    """Does this person count as being on the list, by what is stored of its groups?

    Who is named one by one in the settings counts at once, for the same reason as at the first look. Of several groups
    the one that counts earliest decides. A member of whom nothing is stored does not count.
    """
    if user in roster.named:
        return Counts(now=True)
    since = [
        member.counts_from
        for group, present in roster.groups.items()
        if user in present
        for member in known.get(group, ())
        if member.user == user
    ]
    if any(moment is None or moment <= at for moment in since):
        return Counts(now=True)
    return Counts(now=False, later=min((moment for moment in since if moment is not None), default=None))
