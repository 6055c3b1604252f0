"""A desk at moments that are over, for records that look as if they had grown. Nothing is told while they are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.ids import ChannelId, PersonId, UserId
from bot.domain.roster import Roster
from bot.llm.absent import Absent
from bot.use_cases.desk import Came, Desk
from bot.use_cases.ports import Person, Room
from bot.use_cases.timetable import tick
from bot.wiring.demo_company import CISO, LEAD_1, LEAD_2, ZONES

Play = Callable[["Past"], Awaitable[None]]
Event = tuple[datetime, Play]


async def nothing(past: Past) -> None:
    """Nobody does anything; what had come due by then was done when the clock came here."""


@dataclass(frozen=True)
class Everyone:
    """The directory while the records are made, before anybody could be asked."""

    async def person(self, user: UserId, *, now: bool = False) -> Person:
        return Person(user, PersonId(user), full_member=True, tz=ZONES.get(user, "UTC"))

    async def persons(self, users: Iterable[UserId]) -> Mapping[UserId, PersonId]:
        return {user: PersonId(user) for user in users}

    async def security_leads(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({UserId(LEAD_1), UserId(LEAD_2)})

    async def cisos(self, *, now: bool = False) -> frozenset[UserId]:
        return frozenset({UserId(CISO)})

    async def rosters(self, *, now: bool = False) -> tuple[Roster, Roster]:
        return Roster(await self.security_leads(), {}), Roster(await self.cisos(), {})

    async def is_internal(self, channel: ChannelId) -> bool:
        return True

    async def room(self, channel: ChannelId) -> Room:
        return Room(member=True, internal=True)


class Past:
    """The same store at another time. What is done there goes through the acts that people's clicks go through."""

    def __init__(self, desk: Desk) -> None:
        self._at = desk.now()
        self._number = 0
        # No model is asked about the past: its records are the same whether there is one or not.
        self.desk = replace(desk, directory=Everyone(), deliver=[], now=self.now, model=Absent())

    def now(self) -> datetime:
        return self._at

    def came(self) -> Came:
        """A payload that no other act came by."""
        self._number += 1
        return Came(f"demo:{self._number}", "demo")

    async def go_to(self, at: datetime) -> None:
        """Be at that moment, with everything done that had come due by then."""
        self._at = at
        await tick(self.desk)

    def wait(self, minutes: int) -> None:
        self._at += timedelta(minutes=minutes)
