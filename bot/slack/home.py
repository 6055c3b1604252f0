"""The App Home tab: what waits for me, and my reviews. It shows and never changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.ids import ChannelId, ReviewId, UserId
from bot.domain.review import Review
from bot.slack.call import Call
from bot.slack.cards.home import SHOWN_MOST, home_view
from bot.store.work import Work
from bot.use_cases.desk import Desk
from bot.use_cases.tellings import review_notice, sign_off_notice

LINKS_WITHIN: Final = 1.0  # seconds: Slack wants its answer within three, and a page without a link is a page still

Places = Mapping[ReviewId, tuple[ChannelId, str]]


@dataclass(frozen=True, slots=True)
class _Found:
    mine: list[Review]
    waiting: list[Review]
    my_cards: Places
    lead_cards: Places


async def on_home_opened(call: Call, desk: Desk) -> None:
    """Publish the tab afresh each time it is opened."""
    if call.event.get("tab") != "home":
        return
    leads = await desk.directory.security_leads() | await desk.directory.cisos()
    is_lead = call.user in leads
    found = await desk.read(_gather, call.user, desk.security_channel, is_lead)
    my_links, lead_links = await asyncio.gather(_links(call, found.my_cards), _links(call, found.lead_cards))
    view = home_view(
        found.mine, found.waiting, desk.knowledge, is_lead=is_lead, my_links=my_links, lead_links=lead_links
    )
    await call.client.views_publish(user_id=call.user, view=view)


def _gather(work: Work, user: UserId, security_channel: ChannelId, is_lead: bool) -> _Found:
    mine, waiting = work.reviews.team_of(user), work.reviews.waiting(SHOWN_MOST) if is_lead else []
    # A card in a colleague's direct messages is out of this person's reach; Resume brings it into theirs.
    readable = [each for each in mine[:SHOWN_MOST] if each.home.channel[:1] not in ("U", "W", "D") or _is(each, user)]
    my_keys = {review_notice(each).key: each.id for each in readable}
    lead_keys = {sign_off_notice(each, security_channel).key: each.id for each in waiting}
    posted = work.notices.posted_of([*my_keys, *lead_keys])
    return _Found(
        mine,
        waiting,
        {my_keys[key]: place for key, place in posted.items() if key in my_keys},
        {lead_keys[key]: place for key, place in posted.items() if key in lead_keys},
    )


def _is(review: Review, user: UserId) -> bool:
    return review.home.channel == str(user)


async def _links(call: Call, places: Places) -> dict[ReviewId, str]:
    """The addresses of cards, as far as Slack gives them in time."""
    found: dict[ReviewId, str] = {}

    async def find(review: ReviewId, channel: ChannelId, ts: str) -> None:
        if url := await call.permalink(channel, ts):
            found[review] = url

    try:
        async with asyncio.timeout(LINKS_WITHIN):
            await asyncio.gather(*(find(review, *place) for review, place in places.items()))
    except TimeoutError:
        pass  # those that came are shown
    return found
