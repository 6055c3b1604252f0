"""The App Home tab: what waits for me, and my reviews. It shows and never changes anything."""

from __future__ import annotations

from bot.domain.review import Review
from bot.slack.call import Call
from bot.slack.cards.home import home_view
from bot.store.work import Work
from bot.use_cases.desk import Desk


async def on_home_opened(call: Call, desk: Desk) -> None:
    """Publish the tab afresh each time it is opened."""
    if call.event.get("tab") != "home":
        return
    leads = await desk.directory.security_leads() | await desk.directory.cisos()
    is_lead = call.user in leads
    mine, waiting = await desk.read(_gather, call, is_lead)
    view = home_view(mine, waiting, desk.knowledge, is_lead=is_lead)
    await call.client.views_publish(user_id=call.user, view=view)


def _gather(work: Work, call: Call, is_lead: bool) -> tuple[list[Review], list[Review]]:
    return work.reviews.team_of(call.user), work.reviews.waiting(20) if is_lead else []
