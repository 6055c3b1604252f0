"""The weekly digest: owed once a week to the channel and to the leads who ask for it, told from what is true then.

Who reads it is asked of the directory each time: a lead of last month gets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.domain.audit import Tag
from bot.domain.bank import GUIDELINES
from bot.domain.client_review import State
from bot.domain.digest import (
    ENDING_WITHIN,
    Digest,
    DigestPlan,
    MissedReview,
    Overdue,
    next_digest,
    strengths,
    to_sample,
    waited,
)
from bot.domain.due import Due, DueKind
from bot.domain.ids import ChannelId, UserId
from bot.domain.model_use import Task
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.occurrence_clock import MISSED_AFTER, missed_at
from bot.domain.refused import Refused
from bot.domain.reminders import Reminders
from bot.domain.times import local_date, zone_of
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.draft_facts import ToDraft, drafted_lines, opening_of
from bot.use_cases.drafting import HELD_BACK, drafted, keep, release
from bot.use_cases.model_use import may_ask

CHANNEL: Final = "channel"  # whom a due row is about, where it is no person
WEEK: Final = timedelta(days=7)
VERDICTS_MOST: Final = 300  # the newest decisions in force; reading them all would take minutes where there are many


class NotForYou(Refused):
    reason = "The digest names every team's requests, so only security leads and the CISO can get it."


@dataclass(frozen=True, slots=True)
class DigestTold:
    """The digest, and when it comes."""

    digest: Digest
    plan: DigestPlan
    details: bool = False
    to_draft: ToDraft | None = None  # what a model may put in one sentence
    drafted: tuple[str, ...] = ()  # the one it wrote about exactly this


async def plan_channel_digest(desk: Desk) -> None:
    """Have the channel's digest looked at in time; one that is owed from before stays owed."""
    at = next_digest(desk.now(), desk.digest)
    await desk.store.act(lambda work: work.due.earlier(DueKind.DIGEST, CHANNEL, at))


async def subscribe(desk: Desk, came: Came, *, by: UserId) -> datetime:
    """Send a lead the digest as a direct message from now on; when the next one comes."""
    if by not in await _readers(desk):
        raise NotForYou
    return await desk.act(_subscribe, came, by)


def _subscribe(act: Acting, came: Came, by: UserId) -> datetime:
    act.once(came)
    at = next_digest(act.at, act.desk.digest)
    act.work.due.earlier(DueKind.DIGEST, by, at)
    act.record(Tag.DIGEST_SUBSCRIBE, by, by=by)
    return at


async def unsubscribe(desk: Desk, came: Came, *, by: UserId) -> None:
    """Send somebody no digest any more."""
    await desk.act(_unsubscribe, came, by)


def _unsubscribe(act: Acting, came: Came, by: UserId) -> None:
    act.once(came)
    act.work.due.drop(DueKind.DIGEST, by)
    act.record(Tag.DIGEST_UNSUBSCRIBE, by, by=by)


async def digest_due(desk: Desk, dues: Sequence[Due]) -> None:
    """Owe the digests that are due, each once; after a time away one tells of all the weeks that were missed."""
    readers = await _readers(desk)
    drafts = await may_ask(desk, Task.DIGEST)
    owed = [await desk.act(_owe_digest, due, readers, drafts) for due in dues]
    if held_back := [notice for notice in owed if notice is not None and drafts]:
        desk.spawn(_open(desk, held_back))


async def _readers(desk: Desk) -> frozenset[UserId]:
    return await desk.directory.security_leads(now=True) | await desk.directory.cisos(now=True)


async def _open(desk: Desk, held_back: Sequence[Notice]) -> None:
    """Have the opening sentence drafted, and then let the digests go out, with it or without it."""
    try:
        for since in sorted({notice.facts["since"] for notice in held_back}):
            notice = next(each for each in held_back if each.facts["since"] == since)
            told = await desk.read(tell_digest, notice, desk.knowledge, desk.now())
            draft = await drafted(desk, told.to_draft) if told and told.to_draft else None
            if draft is not None:
                await desk.store.act(keep, draft, desk.now())
    finally:
        await desk.act(release, [notice.key for notice in held_back])


def _owe_digest(act: Acting, due: Due, readers: frozenset[UserId], drafts: bool) -> Notice | None:
    """Owe one digest, a little later where a model may be asked for its first sentence."""
    if not act.work.due.ours(due):
        return None
    owed: Notice | None = None
    plan = act.desk.digest
    if due.about != CHANNEL and due.about not in readers:
        act.work.due.done(due, None)
        act.record(Tag.DIGEST_UNSUBSCRIBE, due.about)
        return None
    if next_digest(due.at - timedelta(seconds=1), plan) == due.at:  # else the plan changed, and this is no day of it
        channel = act.desk.digest_channel or act.desk.security_channel
        to = Recipient(channel) if due.about == CHANNEL else Recipient.person(UserId(due.about))
        # From the first that was missed: after three weeks away one digest tells of three weeks.
        facts = {"since": (due.at - WEEK).isoformat(), "weekday": str(plan.weekday), "hour": str(plan.hour)}
        facts["zone"] = plan.zone
        on = local_date(due.at, zone_of(plan.zone))
        owed = Notice(f"digest:{due.about}:{on}", NoticeKind.DIGEST, to, facts=facts)
        if drafts:
            act.owe_later(owed, not_before=act.at + HELD_BACK)
        else:
            act.owe(owed)
    upcoming = next_digest(act.at, plan)
    act.work.due.done(due, upcoming)
    return owed


def details_of(notice: Notice, channel: ChannelId, ts: str) -> Notice:
    """What follows a digest once it stands somewhere: its details, in its thread."""
    to = Recipient(channel, ts)
    return Notice(f"{notice.key}:details", NoticeKind.DIGEST_DETAILS, to, facts=notice.facts)


def tell_digest(work: Work, notice: Notice, knowledge: Knowledge, now: datetime) -> DigestTold | None:
    """The digest as of now; no details of a week in which there were none."""
    plan = DigestPlan(int(notice.facts["weekday"]), int(notice.facts["hour"]), notice.facts["zone"])
    digest = gather_digest(work, datetime.fromisoformat(notice.facts["since"]), now, plan, knowledge.reminders)
    if notice.kind is NoticeKind.DIGEST_DETAILS:
        return None if digest.calm else DigestTold(digest, plan, details=True)
    zone = zone_of(plan.zone)
    wanted = opening_of(digest, local_date(digest.since, zone), local_date(now, zone), knowledge)
    lines = drafted_lines(work, wanted) if wanted is not None else ()
    return DigestTold(digest, plan, to_draft=wanted, drafted=lines)


def gather_digest(work: Work, since: datetime, until: datetime, plan: DigestPlan, rules: Reminders) -> Digest:
    """Count what happened since then, and what is open now."""
    today = local_date(until, zone_of(plan.zone))
    decided = work.decisions.decided_since(since)
    waiting = sorted(
        (waited(tool, at, today=today) for tool, at in work.reviews.waiting_since()),
        key=lambda each: -each.days,
    )
    overdue = [
        Overdue(
            work.decisions.get(each.decision),
            each.condition,
            (today - each.condition.due_on).days,
            each.closing is not None,
        )
        for each in work.conditions.all_open_due(today - timedelta(days=1))
        if each.condition.due_on is not None
    ]
    # By when it counted as missed, a day after its start or two: at the digest of that morning it had only just begun.
    missed = [
        each
        for each in work.occurrences.between(since - 2 * MISSED_AFTER, until)
        if each.state is State.MISSED and missed_at(each) >= since
    ]
    return Digest(
        since=since,
        until=until,
        decided=tuple(decided),
        waiting=tuple(waiting),
        overdue=tuple(sorted(overdue, key=lambda each: -each.days)),
        ending=tuple(work.decisions.ending(today, today + ENDING_WITHIN)),
        suspended=tuple(work.decisions.suspended()),
        unapproved=tuple(work.decisions.unapproved(today - timedelta(days=rules.expiring.unapproved))),
        missed=tuple(MissedReview(work.clients.get(each.client).name, each) for each in missed),
        to_sample=to_sample(decided),
        strengths=strengths(work.verdicts.in_force(today, VERDICTS_MOST), GUIDELINES),
    )
