"""How it stands with the model: what it is used for, which one it is, what it did today. It shows nobody's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.model_use import CallOutcome, Use
from bot.slack.cards.blocks import Block, Safe, context, message, say, section
from bot.slack.cards.parts import bullets, paragraphs
from bot.slack.cards.words import plural
from bot.use_cases.model_switch import Standing

USE_WORDS: Final[Mapping[Use, Safe]] = {
    Use.OFF: say("*The model is off.* Nothing is sent to it."),
    Use.QUESTIONS: say("*The model answers questions to the knowledge base*, and is used for nothing else."),
    Use.ALL: say("*The model is used for all it can do:* it reads requests, answers questions, and drafts."),
}
OUTCOME_WORDS: Final[Mapping[CallOutcome, str]] = {
    CallOutcome.USED: "answered",
    CallOutcome.EMPTY: "had nothing to say",
    CallOutcome.REFUSED: "refused to answer",
    CallOutcome.UNREADABLE: "answered in no usable form",
    CallOutcome.TIMED_OUT: "took too long",
    CallOutcome.BUSY: "had no place free",
    CallOutcome.FAILED: "failed",
    CallOutcome.DENIED: "refused our key or the model's name",
    CallOutcome.RESTING: "not sent: it failed often, and was left alone for a while",
    CallOutcome.SPENT: "not sent: the day's tokens are used up",
}


def model_message(standing: Standing, *, switched: bool | None = None) -> dict[str, Any]:
    """The card; `switched` tells whether the switch was just turned, and whether that changed anything."""
    blocks: list[Block] = []
    if switched is not None:
        blocks.append(section(say("Switched, and on record.") if switched else say("It stood like that already.")))
    if standing.about is None:
        blocks.append(section(say("*No model is set up.* Everything works without one.")))
        blocks.append(context(say("If there were one: {use}", use=USE_WORDS[standing.use])))
    else:
        about = standing.about
        blocks.append(section(USE_WORDS[standing.use]))
        facts = [
            say("Model: {model}, on {host}", model=about.model, host=about.host),
            say("Tokens today (UTC): {n} of {most}", n=f"{standing.tokens:,}", most=f"{about.daily_tokens:,}"),
        ]
        blocks += paragraphs(bullets(facts))
        if calls := sum(standing.outcomes.values()):
            ends = [
                say("{n}: {words}", n=count, words=OUTCOME_WORDS[outcome])
                for outcome, count in sorted(standing.outcomes.items(), key=lambda each: (-each[1], each[0]))
            ]
            blocks.append(section(say("Its {calls} of today:", calls=plural(calls, "call"))))
            blocks += paragraphs(bullets(ends))
    blocks.append(
        context(
            say("It reads and drafts; it decides nothing, and where it fails everything goes on without it."),
            say("Security leads switch it: `/preflight model off`, `questions` or `all`."),
        )
    )
    return message(say("How it stands with the model"), blocks)
