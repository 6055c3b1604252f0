"""News of client reviews: an action carried too often, an objection, a call-off; and how their words are spelled here.

They call those who are to act, and decide nothing.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bot.domain.client_review import Occurrence
from bot.domain.times import local_date, zone_of
from bot.slack import ids
from bot.slack.cards.blocks import Block, Safe, actions, button, day_token, esc, mention, message, quote, say, section
from bot.slack.cards.words import plural
from bot.use_cases.client_review_tellings import CarriedTold, ObjectedTold, SkipAgreedTold
from bot.use_cases.pack_words import Who, Words


def carried_message(told: CarriedTold) -> dict[str, Any]:
    """An action was carried over too often, to those who can help."""
    action = told.action
    owner: tuple[Any, ...] = (Who(action.owner),) if action.side == "ours" else (f"{action.owner}, client",)
    line = say(
        "An action for *{client}* was carried over {times} and is still open. Owner: {owner}, due {due}.",
        client=told.client.name,
        times=plural(action.meetings, "meeting"),
        owner=shown(owner),
        due=day_token(action.due_on),
    )
    help_line = say(
        "Please help the owner or decide with the host, {host}, what happens to it.", host=mention(told.host)
    )
    text = say("An action for {client} was carried over too often. Please help.", client=told.client.name)
    return message(text, [section(line), quote(action.text), section(help_line)])


def objected_message(told: ObjectedTold) -> dict[str, Any]:
    """A client objects to a decision, to the leads."""
    said = next((each for each in told.occurrence.noted if each.decision == told.decision.id), None)
    line = say("*{client}* objects to the decision on {tool}.", client=told.client.name, tool=told.decision.tool_name)
    blocks: list[Block] = [section(line)]
    if said is not None and said.because:
        blocks.append(quote(said.because))
    if told.review is None:
        blocks.append(
            section(say("This use is not asked for clients' consent. Pull the decision back if it should end."))
        )
    else:
        who = mention(told.review.requester)
        blocks.append(
            section(
                say(
                    "Whether this client allows it is asked again, in a review of its own. {who} answers it; "
                    "until then the decision stands. Rejecting that review ends it.",
                    who=who,
                )
            )
        )
    text = say("{client} objects to a decision on {tool}.", client=told.client.name, tool=told.decision.tool_name)
    return message(text, blocks)


def skip_agreed_message(told: SkipAgreedTold) -> dict[str, Any]:
    """A review was called off, to whoever is said to have agreed to that."""
    occurrence, client = told.occurrence, told.client.name
    on = day_token(day_of(occurrence))
    if told.denied_by is not None:
        line = say(
            "{who} did not agree to calling off the security review for {client} on {on}, so it is planned as before. "
            "Ask them, or move it within its week.",
            who=mention(told.denied_by),
            client=client,
            on=on,
        )
        return message(say("The security review for {client} was not called off.", client=client), [section(line)])
    if occurrence.skip is None:
        line = say("The security review for {client} on {on} is not called off any more.", client=client, on=on)
        return message(line, [section(line)])
    line = say(
        "{who} called off the security review for {client} on {on}, and wrote that you agreed to that. "
        "If you did not, say so: it is planned as before then.",
        who=mention(occurrence.skip.by),
        client=client,
        on=on,
    )
    text = say("The security review for {client} was called off, with your agreement.", client=client)
    no = button("I Did Not Agree", ids.MEET_DENY, value=ids.meet_value(occurrence.id))
    return message(text, [section(line), *why_not(occurrence), actions("client_review|agreed", no)])


# --- how --------------------------------------------------------------------------------------------------------------


def shown(words: Words) -> Safe:
    """A line in Slack's spelling: people mentioned, days in words, everything else escaped and on one line."""
    whole = say("")
    for part in words:
        match part:
            case Who(user):
                whole = say("{whole}{part}", whole=whole, part=mention(user))
            case date():
                whole = say("{whole}{part}", whole=whole, part=day_token(part))
            case _:
                whole = say("{whole}{part}", whole=whole, part=esc(re.sub(r"\s+", " ", part)))
    return whole


def why_not(occurrence: Occurrence) -> list[Block]:
    """The reason a review was called off for, as a quote."""
    return [quote(occurrence.skip.because)] if occurrence.skip is not None else []


def day_of(occurrence: Occurrence) -> date:
    """The day a review is on, on the client's calendar."""
    return local_date(occurrence.start_at, zone_of(occurrence.zone))
