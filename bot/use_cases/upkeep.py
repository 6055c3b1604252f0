"""What the clock asks for of decisions, reviews and actions: look at what is due, owe what is said, set the next look.

Nothing here approves, restores or extends. Who is where is asked before the transaction opens; who cannot be looked up
is left for the next look, and somebody nobody knows any more counts as being where the company is.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.actions import look_at_actions
from bot.domain.audit import BOT, Tag
from bot.domain.bank import ExtraKind
from bot.domain.decision import Decision, OwedCondition, Standing, standing
from bot.domain.due import Due, DueKind
from bot.domain.ids import DecisionId, QuestionId, ReviewId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.policy import Approver
from bot.domain.refused import NoSuchDecision, NoSuchReview
from bot.domain.review import Review, Stage
from bot.domain.times import UnknownZone, local_date, zone_of
from bot.domain.upkeep import because_late, look_at_decision
from bot.domain.waiting import Nudge, is_paused, look_at_review
from bot.store.points import point
from bot.store.work import Work
from bot.use_cases.desk import Acting, Desk
from bot.use_cases.ports import DirectoryUnavailable, PersonUnknown
from bot.use_cases.tellings import review_notice, sign_off_notice
from bot.use_cases.upkeep_tellings import duties_of

log = logging.getLogger(__name__)

SOON: Final = timedelta(hours=1)  # when what was just made or changed is first looked at; that look sets the next one
OWNER: Final = QuestionId("G3-OWNER-NAME")
CONDITIONS: Final = "conditions"  # what is remembered of a person: the date of their last card of each kind
ACTIONS: Final = "actions"


# --- looks ------------------------------------------------------------------------------------------------------------


async def on_decisions_due(desk: Desk, due: Sequence[Due]) -> None:
    """Look at decisions: their conditions, and their end."""
    await _each(desk, due, _look_at_decision)


async def on_reviews_due(desk: Desk, due: Sequence[Due]) -> None:
    """Look at reviews that wait: for the leads, or for their team."""
    await _each(desk, due, _look_at_review)


async def on_actions_due(desk: Desk, due: Sequence[Due]) -> None:
    """Look at the open actions of people."""
    await _each(desk, due, _look_at_actions)


async def _each(desk: Desk, due: Sequence[Due], look: Callable[[Desk, Due], Awaitable[None]]) -> None:
    for each in due:
        try:
            await look(desk, each)
        except DirectoryUnavailable:
            # The claim runs out within a minute, and then it is looked at again.
            log.warning("nobody could be looked up", extra={"kind": each.kind, "about": each.about})


async def zones_of(desk: Desk, users: Iterable[UserId]) -> dict[UserId, ZoneInfo]:
    """On which clock each of these people lives, as far as anybody knows."""
    zones: dict[UserId, ZoneInfo] = {}
    for user in dict.fromkeys(users):
        try:
            zones[user] = zone_of((await desk.directory.person(user)).tz)
        except (PersonUnknown, UnknownZone):
            continue
    return zones


def company_of(desk: Desk) -> ZoneInfo:
    """The company's own clock."""
    return zone_of(desk.company_zone)


# --- decisions --------------------------------------------------------------------------------------------------------


async def _look_at_decision(desk: Desk, due: Due) -> None:
    found = await desk.read(_decision_with_review, DecisionId(due.about))
    if found is None:
        await desk.act(_nothing_there, due)
        return
    decision, review = found
    owners = {each.owner for each in decision.conditions} | {owner_of(review)}
    leads = await desk.directory.security_leads()
    await desk.act(_on_decision, due, decision.review, await zones_of(desk, owners), leads)


def _decision_with_review(work: Work, decision_id: DecisionId) -> tuple[Decision, Review] | None:
    try:
        decision = work.decisions.get(decision_id)
    except NoSuchDecision:
        return None
    return decision, work.reviews.get(decision.review)


def _nothing_there(act: Acting, due: Due) -> None:
    act.work.due.done(due, None)


def owner_of(review: Review) -> UserId:
    """Who answers for the tool: whoever was named as its owner, else who asked."""
    given = review.answers.get(OWNER)
    named = (given.extras or {}).get(ExtraKind.PERSON) if given else None
    return UserId(named or review.requester)


def _on_decision(
    act: Acting, due: Due, review_id: ReviewId, zones: Mapping[UserId, ZoneInfo], leads: Collection[UserId]
) -> None:
    # The review first, as everybody does who changes anything about its decision; then the claim.
    review = act.work.reviews.locked(review_id)
    if not act.work.due.ours(due):
        return
    decision, company = act.work.decisions.get(DecisionId(due.about)), company_of(act.desk)
    restored = act.work.decisions.restored(decision.id)
    owed = look_at_decision(
        decision,
        duties_of(act.work, decision.id),
        rules=act.desk.knowledge.reminders,
        reached=act.work.reminded.of(decision.id),
        restored_at=restored.at if restored else None,
        zones=zones,
        owner=owner_of(review),
        company=company,
        now=act.at,
    )
    point("upkeep.looked")
    act.work.reminded.keep(decision.id, owed.reached)
    if owed.suspend_for is not None:
        _suspend(act, decision, review, owed.suspend_for, leads)
    # In one order for all: two looks that remind the same two people never wait for each other in a ring.
    for owner in sorted({each.condition.owner for each in owed.remind}):
        remind_owner(act, owner, zones.get(owner, company))
    if owed.tell_leads:
        facts = {"places": ",".join(str(each.place) for each in owed.tell_leads)}
        facts["who"] = ",".join(leads_to_call(decision, review, leads))
        key = f"condition_late:{decision.id}:{local_date(act.at, company)}"
        act.owe_later(
            Notice(key, NoticeKind.CONDITION_LATE, leads_thread(act, review, decision), review.id, decision.id, facts)
        )
    if owed.expiring:
        owner = owner_of(review)
        key = f"expiring:{decision.id}:{owed.reached['end']}"
        act.owe_later(Notice(key, NoticeKind.EXPIRING, Recipient.person(owner), review.id, decision.id))
    if owed.ended:
        show_standing(act, review, decision)
    act.work.due.done(due, owed.look_at)
    point("upkeep.owed")


def remind_owner(act: Acting, owner: UserId, zone: ZoneInfo) -> None:
    """Owe somebody the card of their conditions: one a day, whatever the number of decisions and looks."""
    today = local_date(act.at, zone)
    act.work.reminded.keep(owner, {CONDITIONS: today})
    act.owe_later(_card_of(owner, CONDITIONS, today.isoformat()))


def refresh_card(act: Acting, user: UserId, kind: str) -> None:
    """Bring somebody's last card of that kind up to date, if there is one."""
    last = act.work.reminded.of(user).get(kind)
    if last is not None:
        act.owe(_card_of(user, kind, last.isoformat()))


def _card_of(user: UserId, kind: str, day: str) -> Notice:
    what = NoticeKind.CONDITIONS_CARD if kind == CONDITIONS else NoticeKind.ACTIONS_CARD
    return Notice(f"{kind}:{user}:{day}", what, Recipient.person(user), facts={"by": user}, live=True)


def leads_thread(act: Acting, review: Review, decision: Decision | None = None) -> Recipient:
    """Under the leads' card of that review, where they have one; else in their channel."""
    posted = act.work.notices.posted(f"sign_off:{review.id}")
    if posted is None and decision is not None:
        posted = act.work.notices.posted(f"self_serve:{decision.id}")
    return Recipient(act.desk.security_channel, posted[1] if posted else None)


def leads_to_call(
    decision: Decision, review: Review, leads: Collection[UserId], *, but: Collection[UserId] = ()
) -> list[UserId]:
    """Whom of the leads to mention: those who signed it, else all who could have; a thread alone wakes nobody."""
    able = [each for each in sorted(leads) if each not in review.team and each not in but]
    return [each for each in able if each in decision.signed_by] or able


def _suspend(act: Acting, decision: Decision, review: Review, duty: OwedCondition, leads: Collection[UserId]) -> None:
    """The decision stops counting; its leads get the card to restore it, and everyone who relies on it hears why."""
    because = because_late(duty, local_date(act.at, company_of(act.desk)))
    act.work.decisions.suspend(decision.id, act.at, because, BOT)
    act.record(Tag.DECISION_SUSPEND, decision.id, place=duty.place, gap=duty.condition.gap)
    tell_reliant(act, review, decision, NoticeKind.SUSPENDED, duty.condition.owner)
    who = leads_to_call(decision, review, leads)
    act.owe_later(suspended_notice(act, decision.id, act.at.isoformat(), review, who))
    show_standing(act, review, decision)


def suspended_notice(
    act: Acting, decision_id: DecisionId, suspended_at: str, review: Review, who: Iterable[UserId] = ()
) -> Notice:
    """The leads' card of one suspension; `who` is called to it."""
    to, key = Recipient(act.desk.security_channel), f"suspended:{decision_id}:{suspended_at}"
    facts = {"suspended_at": suspended_at, "who": ",".join(who)}
    return Notice(key, NoticeKind.SUSPENDED_CARD, to, review.id, decision_id, facts, live=True)


def tell_reliant(act: Acting, review: Review, decision: Decision, kind: NoticeKind, *more: UserId) -> None:
    """Tell everyone who relies on a decision: the team, its thread, the owner, the hosts of the clients it touches."""
    hosts = []
    for client in act.work.clients.touched_by(decision.profile.clients):
        series = act.work.series.of_client(client.id)
        if series is not None and series.ended_at is None:
            hosts.append(series.host)
    stamp = act.at.isoformat()
    for user in dict.fromkeys((*review.team, owner_of(review), *more, *hosts)):
        if review.home.channel != str(user):
            key = f"{kind.value}:{decision.id}:{stamp}:{user}"
            act.owe_later(Notice(key, kind, Recipient.person(user), review.id, decision.id, {"by": user, "at": stamp}))
    home = Recipient(review.home.channel, review.home.thread)
    key = f"{kind.value}:{decision.id}:{stamp}:home"
    act.owe_later(Notice(key, kind, home, review.id, decision.id, {"by": review.requester, "at": stamp}))


def show_standing(act: Acting, review: Review, decision: Decision) -> None:
    """Bring every card up to date that was ever posted of a decision; none is posted anew for it."""
    cards = [review_notice(review)]
    if decision.approver is Approver.SELF_SERVE:
        key, to = f"self_serve:{decision.id}", Recipient(act.desk.security_channel)
        cards.append(Notice(key, NoticeKind.SELF_SERVE, to, review.id, decision.id, live=True))
    else:
        cards.append(sign_off_notice(review, act.desk.security_channel))
    for card in cards:
        if act.work.notices.posted(card.key) is not None:
            act.owe_later(card)


# --- reviews ----------------------------------------------------------------------------------------------------------


async def _look_at_review(desk: Desk, due: Due) -> None:
    try:
        review = await desk.read(lambda work: work.reviews.get(ReviewId(due.about)))
    except NoSuchReview:
        await desk.act(_nothing_there, due)
        return
    zones = await zones_of(desk, [review.requester])
    leads, cisos = await desk.directory.security_leads(), await desk.directory.cisos()
    await desk.act(_on_review, due, zones, tuple(sorted(leads)), tuple(sorted(cisos)))


def _on_review(
    act: Acting, due: Due, zones: Mapping[UserId, ZoneInfo], leads: Sequence[UserId], cisos: Sequence[UserId]
) -> None:
    review = act.work.reviews.locked(ReviewId(due.about))
    if not act.work.due.ours(due):
        return
    company = company_of(act.desk)
    told = look_at_review(
        review,
        touched_at=act.work.reviews.touched(review.id)[review.id],
        rules=act.desk.knowledge.reminders,
        reached=act.work.reminded.of(review.id),
        team_zone=zones.get(review.requester, company),
        company=company,
        now=act.at,
    )
    point("upkeep.looked")
    act.work.reminded.keep(review.id, told.reached)
    facts = {"days": str(told.days)}
    if told.leads:
        # Whoever looks at it already, else those who may sign: the team's own leads could not.
        who = [review.claimed_by] if review.claimed_by else [each for each in leads if each not in review.team]
        key = f"sign_off_waits:{review.id}:{told.reached['leads']}"
        to = leads_thread(act, review)
        act.owe_later(Notice(key, NoticeKind.SIGN_OFF_WAITS, to, review.id, facts=facts | {"who": ",".join(who)}))
    if told.ciso:
        act.record(Tag.SIGN_OFF_ESCALATE, review.id, days=told.days)
        for user in cisos:
            key = f"ciso_waits:{review.id}:{told.reached['ciso']}:{user}"
            act.owe_later(
                Notice(key, NoticeKind.CISO_WAITS, Recipient.person(user), review.id, facts=facts | {"by": user})
            )
    if told.team is not None:
        if told.team is Nudge.PAUSED:
            act.record(Tag.REVIEW_PAUSE, review.id, days=told.days)
        key = f"stalled:{review.id}:{told.reached['team']}"
        facts |= {"stage": told.team.value, "by": review.requester}
        act.owe_later(Notice(key, NoticeKind.STALLED, Recipient.person(review.requester), review.id, facts=facts))
    act.work.due.done(due, told.look_at)
    point("upkeep.owed")


async def paused_of(desk: Desk, reviews: Sequence[Review]) -> frozenset[ReviewId]:
    """Those of some reviews that have lain for so long that nobody is reminded of them any more."""
    lying = [each for each in reviews if each.stage in (Stage.DESCRIBING, Stage.ANSWERING)]
    touched = await desk.read(lambda work: work.reviews.touched(*(each.id for each in lying)))
    zones, company = await zones_of(desk, (each.requester for each in lying)), company_of(desk)
    rules, now = desk.knowledge.reminders, desk.now()
    return frozenset(
        each.id
        for each in lying
        if is_paused(each, touched_at=touched[each.id], rules=rules, zone=zones.get(each.requester, company), now=now)
    )


def decided_of(work: Work, reviews: Sequence[Review], today: date) -> dict[ReviewId, tuple[Decision, Standing]]:
    """The decisions that some reviews led to, and whether each counts today."""
    found = (work.decisions.of_review(each.id) for each in reviews if each.stage is Stage.DECIDED)
    return {each.review: (each, standing(each, today=today)) for each in found if each is not None}


# --- actions ----------------------------------------------------------------------------------------------------------


async def _look_at_actions(desk: Desk, due: Due) -> None:
    user = UserId(due.about)
    await desk.act(_on_actions, due, (await zones_of(desk, [user])).get(user, company_of(desk)))


def _on_actions(act: Acting, due: Due, zone: ZoneInfo) -> None:
    if not act.work.due.ours(due):
        return
    user = UserId(due.about)
    owed = look_at_actions(
        act.work.actions.open_of_owner(user),
        rules=act.desk.knowledge.reminders,
        reached=act.work.reminded.of(user).get(ACTIONS),
        zone=zone,
        now=act.at,
    )
    point("upkeep.looked")
    if owed.remind and owed.reached is not None:
        act.work.reminded.keep(user, {ACTIONS: owed.reached})
        act.owe_later(_card_of(user, ACTIONS, owed.reached.isoformat()))
    act.work.due.done(due, owed.look_at)
    point("upkeep.owed")


# --- what is looked at from now on ------------------------------------------------------------------------------------


def watch_review(act: Acting, review: Review) -> None:
    """Have a review looked at while it waits for anybody; once it has ended, no more."""
    if review.ended:
        act.work.due.drop(DueKind.REVIEW, review.id)
    else:
        act.work.due.put(DueKind.REVIEW, review.id, act.at + SOON)


def watch_decision(act: Acting, decision: Decision) -> None:
    """Have a new decision looked at, unless it is a no, which asks for nothing."""
    if decision.allows:
        act.work.due.put(DueKind.DECISION, decision.id, act.at + SOON)


def unwatch_decision(act: Acting, decision_id: DecisionId) -> None:
    """Look at a decision no more: it was replaced, or pulled back."""
    act.work.due.drop(DueKind.DECISION, decision_id)


def watch_actions(act: Acting, owner: UserId) -> None:
    """Have somebody's actions looked at soon, because one was given to them or changed."""
    act.work.due.earlier(DueKind.ACTIONS, owner, act.at)
