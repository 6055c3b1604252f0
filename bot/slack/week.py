"""The week of one person on request, and the host's *Copy Last Week*. Nothing is decided here."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards.blocks import say
from bot.slack.cards.week import week_message
from bot.slack.cards.words import plural
from bot.slack.home import links_to, places_of_packs
from bot.store.work import Work
from bot.use_cases import week
from bot.use_cases.desk import Desk


async def on_week(call: Call, desk: Desk) -> None:
    """`/preflight week`: the same as on App Home, as a message only this person sees."""
    leads = await desk.directory.security_leads() | await desk.directory.cisos()
    zone = (await desk.directory.person(call.user)).tz
    found, places = await desk.read(_gather, call.user, desk, zone, call.user in leads, desk.now())
    await call.whisper_card(week_message(found, await links_to(call, places)))


def _gather(
    work: Work, user: UserId, desk: Desk, zone: str, is_lead: bool, now: datetime
) -> tuple[week.Week, dict[OccurrenceId, tuple[ChannelId, str]]]:
    found = week.tell_week(work, user, desk.knowledge, zone=zone, is_lead=is_lead, now=now)
    return found, places_of_packs(work, found)


async def on_copy_last_week(call: Call, desk: Desk) -> None:
    copied = await week.copy_last_week(desk, call.came, by=call.user)
    await call.whisper(say("{n} put on this week's agendas.", n=plural(copied, "open item")))


ACTIONS: Final = {ids.COPY_LAST_WEEK: on_copy_last_week}
