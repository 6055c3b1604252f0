"""Time in the stories: a clock that is moved, and everything that falls due on the way. It asserts nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from bot.domain.due import DueKind
from bot.store.client_tables import due as due_table
from bot.store.work import Work
from bot.use_cases import timetable
from tests.stories.town import CISO, LEAD_1, LEAD_2, OTHER_LEAD, TEAM_LEAD, Town

KINDS: Final = (DueKind.DECISION, DueKind.REVIEW, DueKind.ACTIONS)


class Clock:
    """The time everything of ours lives by."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def everybody_lives_in(town: Town, zone: str) -> None:
    """Have one morning for all: where people of the made-up company live is of no matter to these stories."""
    for user in (TEAM_LEAD, OTHER_LEAD, LEAD_1, LEAD_2, CISO):
        town.workspace.set_zone(user, zone)


async def tick(town: Town) -> None:
    """Look at everything that is due now, and deliver what is owed for it."""
    await timetable.tick(town.bot.desk, {kind: timetable.HANDLERS[kind] for kind in KINDS})
    await town.settle()


async def pass_time(town: Town, clock: Clock, until: datetime) -> None:
    """Let time pass as it does, from one due moment to the next."""
    while (following := await town.bot.desk.read(_next_due)) is not None and following <= until:
        clock.at = max(clock.at, following)
        await tick(town)
    clock.at = until
    await tick(town)


def _next_due(work: Work) -> datetime | None:
    kinds = [kind.value for kind in KINDS]
    row = work.connection.execute(
        select(due_table.c.next_at).where(due_table.c.kind.in_(kinds)).order_by(due_table.c.next_at).limit(1)
    ).first()
    return row[0] if row else None


def fresh(town: Town, channel: str, before: Iterable[Any]) -> list[Any]:
    """What the bot has posted in a channel since then."""
    seen = {each.ts for each in before}
    return [each for each in town.cards(channel) if each.ts not in seen]
