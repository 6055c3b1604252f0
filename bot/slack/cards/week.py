"""One person's week: the reviews they host, what they owe, and for leads what is late; for App Home or a message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from bot.domain.client_review import Light, State
from bot.domain.decision import Decision, Standing
from bot.domain.ids import OccurrenceId, ReviewId
from bot.domain.review import Review
from bot.domain.times import local_date, zone_of
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Safe,
    actions,
    button,
    context,
    date_token,
    day_token,
    header,
    mention,
    message,
    say,
    section,
)
from bot.slack.cards.notes import UNDECIDED, my_reviews, with_link
from bot.slack.cards.parts import bullets, cut, titled, tool_of
from bot.slack.cards.text import clip_safe
from bot.slack.cards.words import plural
from bot.use_cases.week import Hosted, LeadsPart, Week

HOSTED_MOST: Final = 14
MINE_MOST: Final = 10
HOSTED_LINE: Final = 500  # characters
LINES_MOST: Final = 8
TO_CONFIRM: Final = say("its evidence waits for a lead")
LINE_MOST: Final = 260  # characters: an action may be a paragraph
LIGHT_WORDS: Final[Mapping[Light, str]] = {
    Light.RED: "Red: look at it before the meeting",
    Light.AMBER: "Amber: something is due",
    Light.GREEN: "Green: nothing pressing",
}
NOT_HELD: Final = "Nobody held it: start it late, or give it a new date"
MISSING_WORDS: Final[Mapping[str, str]] = {
    "channel": "the client has no channel of ours yet, so the pack comes to the host",
    "held": "its pack was held back from the client's channel; my message about it says why",
    "outcome": "it has no outcome, so start it late or close it",
}
Links = Mapping[OccurrenceId, str]
NOWHERE: Final[Links] = {}


def week_message(
    week: Week,
    links: Links = NOWHERE,
    *,
    mine: Sequence[Review] = (),
    paused: Collection[ReviewId] = (),
    decided: Mapping[ReviewId, tuple[Decision, Standing]] = UNDECIDED,
) -> dict[str, Any]:
    """The week as a message, for whoever asks with a command; `mine` are this person's reviews."""
    hosted = hosted_blocks(week, links)
    blocks: list[Block] = [header("Your client reviews this week"), *hosted] if hosted else []
    blocks += [header("Waiting for you"), *owed_blocks(week)]
    if week.leads is not None:
        blocks.append(header("For the security leads"))
        blocks += late_blocks(week.leads)
    if mine:
        blocks += [header("Your reviews"), *my_reviews(mine[:MINE_MOST], paused=paused, decided=decided)]
        if (more := len(mine) - MINE_MOST) > 0:
            blocks.append(context(say("and {n} more: see `/preflight mine`", n=more)))
    return message(_summary(week), blocks)


def hosted_blocks(week: Week, links: Links = NOWHERE) -> list[Block]:
    """The reviews this person hosts or stands in for; nothing for whoever hosts none."""
    if not week.hosts and not week.hosted:
        return []
    if not week.hosted:
        return [section(say("None. The next pack comes a day before its review."))]
    blocks: list[Block] = [
        section(with_link(clip_safe(_hosted(each), HOSTED_LINE), links.get(each.occurrence.id)))
        for each in week.hosted[:HOSTED_MOST]
    ]
    if (more := len(week.hosted) - HOSTED_MOST) > 0:
        blocks.append(context(say("and {n} more", n=more)))
    copy = button("Copy Last Week", ids.COPY_LAST_WEEK, accessible="Copy last week's open agenda items to this week")
    return [*blocks, actions("client_review|week", copy)]


def owed_blocks(week: Week) -> list[Block]:
    """This person's actions and conditions, the one due first first."""
    today = local_date(week.now, zone_of(week.zone))
    action_lines = [
        say("{text} ({client}, {by})", text=action.text, client=client, by=_due(action.due_on, today))
        for action, client in week.actions
    ]
    condition_lines = [
        say("{tool}: {text} ({by})", tool=tool, text=owed.condition.text, by=_due(owed.condition.due_on, today))
        for owed, tool in week.conditions
    ]
    if not action_lines and not condition_lines:
        return [section(say("Nothing. Actions from client reviews and conditions of your tools will show here."))]
    return [*_listed(say("My actions"), action_lines), *_listed(say("My conditions"), condition_lines)]


def late_blocks(leads: LeadsPart, *, waiting: bool = True) -> list[Block]:
    """For security leads: what waits, unless it is shown already; what is late, what ends, what was not held."""
    queue = [
        _queued(review, leads.tiers.get(review.id), review.submitted_at)
        for review in leads.waiting
        if review.submitted_at is not None
    ]
    overdue = [
        say(
            "{tool}: {text} ({owner}, due {day})",
            tool=decision.tool_name,
            text=owed.condition.text,
            owner=TO_CONFIRM if owed.closing is not None else mention(owed.condition.owner),
            day=_by(owed.condition.due_on),
        )
        for owed, decision in leads.overdue
    ]
    ending = [say("{tool}: {day}", tool=each.tool_name, day=day_token(each.valid_until)) for each in leads.ending]
    missed = [
        say("{client}, {day}", client=each.client_name, day=day_token(each.occurrence.on)) for each in leads.missed
    ]
    found = [
        *(_listed(say("Waiting for a signature"), queue) if waiting else []),
        *_listed(say("Conditions due or overdue"), overdue),
        *_listed(say("Decisions that end within 30 days"), ending),
        *_listed(say("Client reviews not held"), missed),
    ]
    return found or [section(say("Nothing is late, nothing ends within 30 days, and every client review was held."))]


def _queued(review: Review, tier: int | None, since: datetime) -> Safe:
    line = say("{tool}, since {when}", tool=tool_of(review), when=date_token(since, with_time=False))
    return line if tier is None else say("{line}, tier {tier} of 4", line=line, tier=tier)


def _hosted(each: Hosted) -> Safe:
    occurrence = each.occurrence
    line = say(
        "*{client}*, {when}, {long}. {state}",
        client=each.client.name,
        when=date_token(occurrence.start_at),
        long=plural(occurrence.minutes, "minute"),
        state=NOT_HELD if occurrence.state is State.MISSED else LIGHT_WORDS[each.light],
    )
    if each.ready and occurrence.state is State.PLANNED:
        line = say("{line}. Ready", line=line)
    if occurrence.state is State.OPEN:
        line = say("{line}. It is running", line=line)
    for code in each.missing:
        if code == "outcome" and occurrence.state is State.MISSED:
            continue  # just said
        line = say("{line}. Not ready: {what}", line=line, what=MISSING_WORDS[code])
    return line


def _listed(title: Safe, found: list[Safe]) -> list[Block]:
    shown = [clip_safe(line, LINE_MOST) for line in found]
    return titled(title, cut(bullets(shown), LINES_MOST))


def _due(day: date | None, today: date) -> Safe:
    """By when, or that the day is over."""
    if day is None:
        return say("no date")
    if day < today:
        return say("*late*: it was due {day}", day=day_token(day))
    return say("by {day}", day=day_token(day))


def _by(day: date | None) -> Safe:
    return say("no date") if day is None else day_token(day)


def _summary(week: Week) -> Safe:
    reviews, owed = len(week.hosted), len(week.actions) + len(week.conditions)
    return say(
        "Your week: {reviews}, {owed}.",
        reviews=plural(reviews, "client review"),
        owed=plural(owed, "thing") + " waiting for you",
    )
