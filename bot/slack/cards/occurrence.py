"""Short messages about client reviews: one comes, starts, or was missed. What the pack says is not written here."""

from __future__ import annotations

from typing import Any

from bot.domain.client import Client
from bot.domain.notice import NoticeKind
from bot.domain.occurrence_clock import LAPSED_AFTER
from bot.slack.cards.blocks import Safe, mention, message, say, section
from bot.slack.cards.parts import bullets, paragraphs
from bot.slack.cards.text import channel_mention, clip, date_token, day_token
from bot.slack.cards.words import plural
from bot.use_cases.occurrence_tellings import AwayTold, MissedTold, OccurrenceTold, PackHeldTold

NAME_MOST = 80
AWAY_MOST = 12
ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def occurrence_message(told: OccurrenceTold) -> dict[str, Any]:
    """A client review comes, starts now, or should have started."""
    occurrence, client = told.occurrence, _name(told.client)
    when = date_token(occurrence.start_at)
    match told.kind:
        case NoticeKind.REVIEW_SOON:
            line = say("Your security review with *{client}* starts {when}.", client=client, when=when)
        case NoticeKind.REVIEW_NOW if told.late:
            line = say(
                "Your security review with *{client}* was to start {when}, and nobody has started it.",
                client=client,
                when=when,
            )
        case _:
            line = say("Your security review with *{client}* starts now.", client=client)
    where = _where(told)
    return message(line, [section(say("{line} {where}", line=line, where=where) if where else line)])


def away_message(told: AwayTold) -> dict[str, Any]:
    """Everything that should have started unnoticed, in one message."""
    lead = say("While I was away, these security reviews of yours should have started:")
    listed = [
        say("*{client}*, {when}", client=_name(client), when=date_token(occurrence.start_at))
        for occurrence, client in told.reviews[:AWAY_MOST]
    ]
    if (more := len(told.reviews) - AWAY_MOST) > 0:
        listed.append(say("and {more} more", more=more))
    after = say("Start them late, or give them another date, on their cards.")
    names = ", ".join(_name(client) for _, client in told.reviews[:AWAY_MOST])
    text = say("While I was away, your security reviews with {names} should have started.", names=names)
    return message(text, paragraphs([lead, *bullets(listed), after]))


def missed_message(told: MissedTold) -> dict[str, Any]:
    """A review without an outcome: how many in a row that makes, what follows, and when to make it good."""
    client, when = _name(told.client), date_token(told.occurrence.start_at)
    line = say("The security review with *{client}* of {when} has no outcome.", client=client, when=when)
    hosts = say(
        "Its host is {host}, the stand-in {stand_in}.",
        host=mention(told.occurrence.host),
        stand_in=mention(told.occurrence.stand_in),
    )
    said = [say("{line} {hosts}", line=line, hosts=hosts)]
    if told.row >= LAPSED_AFTER:
        nth = ORDINALS.get(told.row, f"{told.row}th")
        row = say("It is the {nth} in a row that was missed.", nth=nth)
        said.append(
            say(
                "{row} Until one is held, tools that touch {client} need one signature level more.",
                row=row,
                client=client,
            )
        )
    said.append(
        say(
            "Please hold it on {day}, or another day within {days}: start it late, or move it, on its card.",
            day=day_token(told.new_date),
            days=plural(told.within, "working day"),
        )
    )
    text = say("The security review with {client} was missed.", client=client)
    return message(text, paragraphs(said))


def held_message(told: PackHeldTold) -> dict[str, Any]:
    """A pack was not posted where it belongs: why, where it is instead, and what puts it right."""
    client, channel = _name(told.client), channel_mention(told.channel)
    when, host = date_token(told.occurrence.start_at), mention(told.occurrence.host)
    if told.shared:
        why = say("{channel} is shared with people from outside, and packs hold internal facts.", channel=channel)
        fix = say("Choose an internal channel with `/preflight client edit`, or end the sharing.")
    else:
        why = say("I can't post in {channel}.", channel=channel)
        fix = say("Type `/invite @Preflight` there, or choose another channel with `/preflight client edit`.")
    line = say("I held back the pack for the security review with *{client}*, {when}.", client=client, when=when)
    instead = say("{host} has it in a direct message, and the review can run there.", host=host)
    text = say("I held back the pack for the security review with {client}.", client=client)
    return message(text, paragraphs([say("{line} {why}", line=line, why=why), instead, fix]))


def _where(told: OccurrenceTold) -> Safe | None:
    if told.pack is None:
        return None
    if told.pack == told.client.channel:
        return say("Its card is in the client's channel.")
    return say("Its card is in this conversation.")


def _name(client: Client) -> str:
    return clip(client.name, NAME_MOST)
