"""The weekly digest: the number that matters, a picture, a table; and the details for its thread. It counts nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, assert_never

from bot.domain.digest import Digest, DigestPlan, Matter, ages, what_matters
from bot.domain.times import zone_of
from bot.knowledge import Knowledge
from bot.slack.cards.blocks import (
    Block,
    Safe,
    context,
    day_token,
    divider,
    header,
    mention,
    message,
    model_text,
    picture,
    say,
    section,
    table,
)
from bot.slack.cards.parts import DRAFTED_BY, bullets, cut, titled
from bot.slack.cards.text import clip_safe
from bot.slack.cards.words import decision_words, plural
from bot.slack.charts import Ages, Strength, chart_words

LINE_MOST: Final = 280  # characters: a condition may be a paragraph
TO_CONFIRM: Final = say("its evidence waits for a lead")
DETAILS_MOST: Final = 10  # of each kind; whoever needs more has the export
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def digest_card(
    digest: Digest, plan: DigestPlan, k: Knowledge, *, file: str | None = None, drafted: Sequence[str] = ()
) -> dict[str, Any]:
    """The week in half a minute; `file` is the picture, once it is in Slack.

    A model's sentence stands where ours would, but never in a notification, which has no room to say whose it is.
    """
    line = headline(digest)
    title = say("Security digest, {days}", days=_days(digest, plan))
    if digest.calm:
        return message(line, [section(line), context(title, _when(plan))])
    opening = [section(say("*{line}*", line=model_text(drafted[0]) if drafted else line))]
    opening += [context(say("{drafted_by}", drafted_by=DRAFTED_BY))] if drafted else []
    blocks: list[Block] = [header(title), *opening, table(*_rows(digest), numbers=(1,))]
    if file is not None:
        blocks.append(picture(file, chart_words(*chart_of(digest, k))))
    return message(line, [*blocks, context(say("Details are in the thread."), _when(plan))])


def details_card(digest: Digest) -> dict[str, Any]:
    """What the numbers count, kind by kind, for the digest's thread."""
    groups = [
        (
            say("Conditions overdue"),
            [
                say(
                    "{tool}: {text} ({late} late, {whose})",
                    tool=each.decision.tool_name,
                    text=each.condition.text,
                    whose=TO_CONFIRM if each.to_confirm else mention(each.condition.owner),
                    late=plural(each.days, "day"),
                )
                for each in digest.overdue
            ],
        ),
        (
            say("Client reviews not held"),
            [
                say(
                    "{client}, {day} (host: {host})",
                    client=each.client_name,
                    day=day_token(each.occurrence.on),
                    host=mention(each.occurrence.host),
                )
                for each in digest.missed
            ],
        ),
        (
            say("In use without a decision, for all we know"),
            [
                say("{tool}: its decision ended on {day}", tool=each.tool_name, day=day_token(each.valid_until))
                for each in digest.unapproved
            ],
        ),
        (
            say("Waiting for a signature"),
            [say("{tool}, {days}", tool=each.tool, days=_waited(each.days)) for each in digest.waiting],
        ),
        (say("Suspended"), [say("{tool}", tool=each.tool_name) for each in digest.suspended]),
        (
            say("Ending within 30 days"),
            [say("{tool}: {day}", tool=each.tool_name, day=day_token(each.valid_until)) for each in digest.ending],
        ),
        (
            say("Decided"),
            [
                say("{tool}: {words}", tool=each.tool_name, words=decision_words(each.outcome).lower())
                for each in digest.decided
            ],
        ),
        (
            say("Decided by the rules alone: please look at these, one in ten"),
            [
                say("{tool}, until {day}", tool=each.tool_name, day=day_token(each.valid_until))
                for each in digest.to_sample
            ],
        ),
    ]
    blocks: list[Block] = []
    for title, found in groups:
        blocks += titled(title, cut(bullets(clip_safe(line, LINE_MOST) for line in found), DETAILS_MOST))
    return message(say("What the digest counts"), blocks or [divider()])


def headline(digest: Digest) -> Safe:
    """One sentence with the number that matters most."""
    matter = what_matters(digest)
    match matter:
        case Matter.OVERDUE:
            late = plural(digest.overdue[0].days, "day")
            n = plural(len(digest.overdue), "condition")
            return say("{n} {are} overdue, the oldest by {late}.", n=n, are=_are(digest.overdue), late=late)
        case Matter.MISSED:
            n = plural(len(digest.missed), "client review")
            return say("{n} {were} not held.", n=n, were=_were(digest.missed))
        case Matter.UNAPPROVED:
            n = plural(len(digest.unapproved), "tool")
            return say("{n} may be in use without a decision.", n=n)
        case Matter.WAITING_LONG | Matter.WAITING:
            n = plural(len(digest.waiting), "request")
            line = say("{n} {wait} for a signature", n=n, wait="waits" if len(digest.waiting) == 1 else "wait")
            if matter is Matter.WAITING:
                return say("{line}, none for long.", line=line)
            return say("{line}, the oldest for {longest}.", line=line, longest=_waited(digest.waiting[0].days))
        case Matter.SUSPENDED:
            n = plural(len(digest.suspended), "decision")
            return say("{n} {are} suspended.", n=n, are=_are(digest.suspended))
        case Matter.ENDING:
            n = plural(len(digest.ending), "decision")
            return say("{n} {end} within 30 days.", n=n, end="ends" if len(digest.ending) == 1 else "end")
        case Matter.DECIDED:
            n = plural(len(digest.decided), "decision")
            return say("{n} this week, and nothing is open.", n=n)
        case Matter.TO_SAMPLE:
            n = plural(len(digest.to_sample), "decision")
            return say("{n} by the rules alone to look at, and nothing is open.", n=n)
        case Matter.CALM:
            return say("A calm week: nothing was decided, nothing waits, and nothing is overdue.")
        case other:
            assert_never(other)


def chart_of(digest: Digest, k: Knowledge) -> tuple[Ages, tuple[Strength, ...]]:
    """What the picture shows."""
    found = (
        Strength(k.guidelines[code].title if code in k.guidelines else code, value) for code, value in digest.strengths
    )
    return Ages(ages(digest.waiting)), tuple(found)


def _rows(digest: Digest) -> tuple[tuple[str, str, str], list[tuple[str, str, str]]]:
    named = {
        "Conditions overdue": [each.decision.tool_name for each in digest.overdue],
        "Client reviews not held": [each.client_name for each in digest.missed],
        "In use without a decision": [each.tool_name for each in digest.unapproved],
        "Waiting for a signature": [each.tool for each in digest.waiting],
        "Suspended": [each.tool_name for each in digest.suspended],
        "Ending within 30 days": [each.tool_name for each in digest.ending],
        "Decided this week": [each.tool_name for each in digest.decided],
        "By the rules alone, to look at": [each.tool_name for each in digest.to_sample],
    }
    rows = [(what, str(len(names)), names[0]) for what, names in named.items() if names]
    return ("What", "How many", "First of them"), rows


def _days(digest: Digest, plan: DigestPlan) -> Safe:
    since, until = (day_token(_local(at, plan).date()) for at in (digest.since, digest.until))
    return say("{since} to {until}", since=since, until=until)


def _local(at: datetime, plan: DigestPlan) -> datetime:
    return at.astimezone(zone_of(plan.zone))


def _when(plan: DigestPlan) -> Safe:
    day, hour = WEEKDAYS[plan.weekday], f"{plan.hour:02}:00"
    return say("Every {day} at {hour}, {zone}.", day=day, hour=hour, zone=plan.zone)


def _waited(days: int) -> str:
    return "less than a day" if days < 1 else plural(days, "working day")


def _are(found: Sequence[object]) -> str:
    return "is" if len(found) == 1 else "are"


def _were(found: Sequence[object]) -> str:
    return "was" if len(found) == 1 else "were"
