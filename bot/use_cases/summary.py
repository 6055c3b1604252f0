"""The lines at the head of the leads' card, drafted once a review is with them. The card stands without them first.

They change no review: whoever signs, signs the verdict and its conditions, whether lines stood there or came meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import ChannelId, ReviewId, VerdictId
from bot.domain.review import Review, Stage
from bot.knowledge import Knowledge
from bot.store.drafts import Draft
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.draft_facts import ToDraft
from bot.use_cases.drafting import drafted
from bot.use_cases.tellings import sign_off_notice, tell_sign_off


def draft_summary(desk: Desk, review: Review) -> None:
    """Have the lines drafted for a review that has just come to the leads; nobody waits for them."""
    if desk.model.set_up and review.stage is Stage.SUBMITTED and review.package is not None:
        desk.spawn(_draft(desk, review.id, review.package.verdict))


async def _draft(desk: Desk, review: ReviewId, verdict: VerdictId) -> None:
    wanted = await desk.read(_wanted, review, verdict, desk.security_channel, desk.knowledge, desk.now())
    if wanted is not None and (draft := await drafted(desk, wanted)) is not None:
        await desk.act(_keep, review, verdict, draft)


def _wanted(
    work: Work, review_id: ReviewId, verdict: VerdictId, channel: ChannelId, knowledge: Knowledge, now: datetime
) -> ToDraft | None:
    review = work.reviews.get(review_id)
    if not _with_the_leads(review, verdict):
        return None
    told = tell_sign_off(work, sign_off_notice(review, channel), knowledge, now.date())
    return told.to_draft if told else None


def _keep(act: Acting, review_id: ReviewId, verdict: VerdictId, draft: Draft) -> None:
    """Keep the lines and show them, unless the review has moved on meanwhile."""
    review = act.work.reviews.locked(review_id)
    if not _with_the_leads(review, verdict):
        return
    act.work.drafts.add(draft, act.at)
    act.owe(sign_off_notice(review, act.desk.security_channel))


def _with_the_leads(review: Review, verdict: VerdictId) -> bool:
    return review.stage is Stage.SUBMITTED and review.package is not None and review.package.verdict == verdict
