"""The lines at the head of the minutes' card: drafted when a client review is closed, for our side's eyes alone.

The minutes wait a moment for them and come without them where there are none. Papers and the client's copy never hold
a line of a model.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.client import Client
from bot.domain.client_review import Occurrence
from bot.domain.ids import OccurrenceId
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.client_review_tellings import held_review, minutes_notice
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.draft_facts import ToDraft, lead_in_of
from bot.use_cases.drafting import HELD_BACK, drafted, keep, release


def owe_minutes(act: Acting, held: Occurrence, client: Client, *, drafts: bool) -> None:
    """Owe the minutes of a review that was closed, a little later where a model may be asked for their first lines."""
    notice = minutes_notice(held, client)
    if drafts:
        act.owe_later(notice, not_before=act.at + HELD_BACK)
    else:
        act.owe(notice)


def draft_lead_in(desk: Desk, occurrence: OccurrenceId) -> None:
    """Have the first lines drafted, and then let the minutes go out, with them or without them."""
    desk.spawn(_draft(desk, occurrence))


async def _draft(desk: Desk, occurrence: OccurrenceId) -> None:
    try:
        draft = await drafted(desk, await desk.read(_wanted, occurrence, desk.knowledge, desk.now()))
        if draft is not None:
            await desk.store.act(keep, draft, desk.now())
    finally:
        await desk.act(_release, occurrence)


def _wanted(work: Work, occurrence: OccurrenceId, knowledge: Knowledge, now: datetime) -> ToDraft:
    return lead_in_of(held_review(work, work.occurrences.get(occurrence), knowledge, now))


def _release(act: Acting, occurrence: OccurrenceId) -> None:
    held = act.work.occurrences.get(occurrence)
    release(act, [minutes_notice(held, act.work.clients.get(held.client)).key])
