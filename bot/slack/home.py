"""The App Home tab: what waits for me, my reviews, my week as a host. It shows and never changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from bot.domain.decision import Decision, Standing
from bot.domain.ids import ChannelId, OccurrenceId, ReviewId, UserId
from bot.domain.review import Review
from bot.slack.call import Call
from bot.slack.cards.home import home_view
from bot.store.work import Work
from bot.use_cases.desk import Desk
from bot.use_cases.occurrence_clock import pack_notice
from bot.use_cases.tellings import review_notice, sign_off_notice
from bot.use_cases.upkeep import decided_of, paused_of
from bot.use_cases.week import SHOWN_MOST, Week, tell_week

LINKS_WITHIN: Final = 1.0  # seconds: Slack wants its answer within three, and a page without a link is a page still

K = TypeVar("K")
Places = Mapping[ReviewId, tuple[ChannelId, str]]


@dataclass(frozen=True, slots=True)
class _Found:
    mine: list[Review]
    waiting: list[Review]
    my_cards: Places
    lead_cards: Places
    tiers: Mapping[ReviewId, int]
    week: Week
    packs: Mapping[OccurrenceId, tuple[ChannelId, str]]
    decided: Mapping[ReviewId, tuple[Decision, Standing]]


async def on_home_opened(call: Call, desk: Desk) -> None:
    """Publish the tab afresh each time it is opened."""
    if call.event.get("tab") != "home":
        return
    leads = await desk.directory.security_leads() | await desk.directory.cisos()
    is_lead = call.user in leads
    zone = (await desk.directory.person(call.user)).tz
    found = await desk.read(_gather, call.user, desk, is_lead, zone, desk.now())
    my_links, lead_links, pack_links = await asyncio.gather(
        links_to(call, found.my_cards), links_to(call, found.lead_cards), links_to(call, found.packs)
    )
    view = home_view(
        found.mine,
        found.waiting,
        found.week,
        desk.knowledge,
        is_lead=is_lead,
        tiers=found.tiers,
        my_links=my_links,
        lead_links=lead_links,
        pack_links=pack_links,
        paused=await paused_of(desk, found.mine[:SHOWN_MOST]),
        decided=found.decided,
    )
    await call.client.views_publish(user_id=call.user, view=view)


def _gather(work: Work, user: UserId, desk: Desk, is_lead: bool, zone: str, now: datetime) -> _Found:
    mine = work.reviews.team_of(user)
    week = tell_week(work, user, desk.knowledge, zone=zone, is_lead=is_lead, now=now)
    waiting = list(week.leads.waiting) if week.leads is not None else []  # more than are shown: the rest is counted
    # A card in a colleague's direct messages is out of this person's reach; Resume brings it into theirs.
    readable = [each for each in mine[:SHOWN_MOST] if each.home.channel[:1] not in ("U", "W", "D") or _is(each, user)]
    my_keys = {review_notice(each).key: each.id for each in readable}
    lead_keys = {sign_off_notice(each, desk.security_channel).key: each.id for each in waiting[:SHOWN_MOST]}
    posted = work.notices.posted_of([*my_keys, *lead_keys])
    return _Found(
        mine,
        waiting,
        {my_keys[key]: place for key, place in posted.items() if key in my_keys},
        {lead_keys[key]: place for key, place in posted.items() if key in lead_keys},
        week.leads.tiers if week.leads is not None else {},
        week,
        places_of_packs(work, week),
        decided_of(work, mine[:SHOWN_MOST], now.date()),
    )


def _is(review: Review, user: UserId) -> bool:
    return review.home.channel == str(user)


async def links_to(call: Call, places: Mapping[K, tuple[ChannelId, str]]) -> dict[K, str]:
    """The addresses of cards, as far as Slack gives them in time."""
    found: dict[K, str] = {}

    async def find(what: K, channel: ChannelId, ts: str) -> None:
        if url := await call.permalink(channel, ts):
            found[what] = url

    try:
        async with asyncio.timeout(LINKS_WITHIN):
            await asyncio.gather(*(find(what, *place) for what, place in places.items()))
    except TimeoutError:
        pass  # those that came are shown
    return found


def places_of_packs(work: Work, week: Week) -> dict[OccurrenceId, tuple[ChannelId, str]]:
    """Where the pack cards of a week's reviews stand, as far as they were posted."""
    keys = {pack_notice(each.occurrence, each.client).key: each.occurrence.id for each in week.hosted}
    return {keys[key]: place for key, place in work.notices.posted_of(list(keys)).items()}
