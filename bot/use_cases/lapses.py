"""Whose client reviews are missed: no review, no growth. What follows from it is `domain/approval`'s to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.occurrence_clock import LAPSED_AFTER, missed_in_a_row
from bot.domain.profile import Profile
from bot.store.work import Work

ROW_MOST: Final = 60  # reviews looked back at


def lapsed_clients(work: Work, profile: Profile | None, at: datetime) -> tuple[str, ...]:
    """The clients a profile touches whose last reviews were missed, two in a row or more, by name.

    Where it is not known whom it touches, it may be any of them. A client that left has no reviews to hold any more.
    """
    if profile is None or not profile.clients.any:
        return ()
    candidates = work.occurrences.clients_with_missed(LAPSED_AFTER)
    if not candidates:
        return ()
    anybody = replace(profile.clients, everyone=True) if profile.clients.nameless else profile.clients
    return tuple(
        client.name
        for client in work.clients.touched_by(anybody)
        if client.id in candidates
        and client.left_on is None
        and missed_in_a_row(work.occurrences.of_client(client.id, limit=ROW_MOST, before=at)) >= LAPSED_AFTER
    )
