"""The people around a review: join it, withdraw it, take its card elsewhere. No answer or signature changes here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain import review as reviews
from bot.domain.audit import Tag
from bot.domain.ids import ChannelId, PersonId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.proposed import without_words
from bot.domain.reading import FACTS
from bot.domain.refused import Refused
from bot.domain.review import Home, Review, Stage
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.ports import Via
from bot.use_cases.tellings import review_notice, sign_off_notice
from bot.use_cases.upkeep import watch_review


class SignedAlready(Refused):
    reason = "You have signed this review as a lead, so you can't join the team that asked for it."


@dataclass(frozen=True, slots=True)
class Resumed:
    """A review brought back into view, and where its card stands if it was posted there before."""

    review: Review
    posted: tuple[ChannelId, str] | None


async def join(desk: Desk, came: Came, *, review: ReviewId, by: UserId) -> Review:
    """Become a co-requester of a review under way. Whoever signed it, from whichever account, can't."""
    persons = await desk.directory.persons({by})
    return await desk.act(_join, came, review, by, persons[by])


def _join(act: Acting, came: Came, review_id: ReviewId, by: UserId, person: PersonId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    if any(sign.by == by or sign.person == person for sign in before.sign_offs):
        raise SignedAlready
    changed = reviews.join(before, by)
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_JOIN, review_id, by=by)
    act.owe(review_notice(changed))
    if changed.stage is Stage.SUBMITTED:
        act.owe(sign_off_notice(changed, act.desk.security_channel))
    return changed


async def withdraw(desk: Desk, came: Came, *, review: ReviewId, by: UserId, via: Via | None = None) -> Review:
    """End a review without a decision."""
    return await desk.act_via(via, _withdraw, came, review, by)


def _withdraw(act: Acting, came: Came, review_id: ReviewId, by: UserId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    changed = reviews.withdraw(before, by=by)
    if changed is not before:
        changed = replace(changed, proposals=without_words(changed.proposals, {*act.bank.by_id, *FACTS}))
        act.work.reviews.save(changed, before, act.at)
        watch_review(act, changed)
        act.record(Tag.REVIEW_WITHDRAW, review_id, by=by)
        for user in before.team:
            if user != by:
                key, facts = f"withdrawn:{review_id}:{user}", {"by": by}
                act.owe(Notice(key, NoticeKind.WITHDRAWN, Recipient.person(user), review_id, facts=facts))
        for sign in before.sign_offs:
            act.record(Tag.SIGN_OFF_VOID, review_id, by=by, of=sign.by, version=sign.version)
            key = f"voided:{review_id}:{sign.version}:{sign.by}"
            to = Recipient.person(sign.by)
            act.owe(Notice(key, NoticeKind.VOIDED, to, review_id, facts={"why": "withdrawn"}))
        if before.stage is Stage.SUBMITTED:
            act.owe(sign_off_notice(changed, act.desk.security_channel))
    act.owe(review_notice(changed))
    return changed


async def move_to_dm(desk: Desk, came: Came, *, review: ReviewId, by: UserId) -> Review:
    """Go on in the direct messages of whoever pressed the button."""
    return await desk.act(_move, came, review, by, Home(ChannelId(by)))


async def resume(desk: Desk, came: Came, *, review: ReviewId, by: UserId) -> Resumed:
    """Bring a review's card back into view, in the direct messages of whoever asks."""
    return await desk.act(_resume, came, review, by)


def _resume(act: Acting, came: Came, review_id: ReviewId, by: UserId) -> Resumed:
    moved = _move(act, came, review_id, by, Home(ChannelId(by)))
    # Taken up again: what waited for the team, or was paused, begins to wait anew.
    act.work.reviews.save(moved, moved, act.at)
    watch_review(act, moved)
    return Resumed(moved, act.work.notices.posted(review_notice(moved).key))


def _move(act: Acting, came: Came, review_id: ReviewId, by: UserId, home: Home) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    reviews.team_only(before, by)
    changed = replace(before, home=home)
    if changed != before:
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_MOVE, review_id, by=by)
        act.owe(review_notice(before))  # the old card says where it went
    act.owe(review_notice(changed))
    return changed
