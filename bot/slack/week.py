"""The week of one person on request, and the host's *Copy Last Week*. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.decision import Decision, Standing
from bot.domain.ids import ChannelId, OccurrenceId, ReviewId, UserId
from bot.domain.review import Review
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards.blocks import say
from bot.slack.cards.week import MINE_MOST, week_message
from bot.slack.cards.words import plural
from bot.slack.home import links_to, places_of_packs
from bot.store.work import Work
from bot.use_cases import week
from bot.use_cases.desk import Desk
from bot.use_cases.upkeep import decided_of, paused_of


async def on_week(call: Call, desk: Desk) -> None:
    """`/preflight week`: the same as on App Home, as a message only this person sees."""
    leads = await desk.directory.security_leads() | await desk.directory.cisos()
    zone = (await desk.directory.person(call.user)).tz
    found = await desk.read(_gather, call.user, desk, zone, call.user in leads, desk.now())
    paused = await paused_of(desk, found.mine[:MINE_MOST])
    links = await links_to(call, found.packs)
    await call.whisper_card(week_message(found.week, links, mine=found.mine, paused=paused, decided=found.decided))


@dataclass(frozen=True, slots=True)
class _Found:
    week: week.Week
    packs: Mapping[OccurrenceId, tuple[ChannelId, str]]
    mine: Sequence[Review]
    decided: Mapping[ReviewId, tuple[Decision, Standing]]


def _gather(work: Work, user: UserId, desk: Desk, zone: str, is_lead: bool, now: datetime) -> _Found:
    found = week.tell_week(work, user, desk.knowledge, zone=zone, is_lead=is_lead, now=now)
    mine = work.reviews.team_of(user)
    return _Found(found, places_of_packs(work, found), mine, decided_of(work, mine[:MINE_MOST], now.date()))


async def on_copy_last_week(call: Call, desk: Desk) -> None:
    copied = await week.copy_last_week(desk, call.came, by=call.user)
    await call.whisper(say("{n} put on this week's agendas.", n=plural(copied, "open item")))


ACTIONS: Final = {ids.COPY_LAST_WEEK: on_copy_last_week}
