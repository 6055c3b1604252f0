"""What an author is told whose words held a secret or a card number: the kinds, and what to do. Never the words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from bot.knowledge.secrets import CARD
from bot.slack.cards.blocks import Safe, say
from bot.slack.cards.text import lines


class Stood(StrEnum):
    """Where the words stand in Slack."""

    MESSAGE = "message"  # the author's own
    ANOTHERS = "another's"  # a message that somebody chose
    FORM = "form"
    COMMAND = "command"


def removed_words(kinds: Sequence[str], stood: Stood) -> Safe:
    """What was removed, that it has to be changed now, and how to get rid of it in Slack."""
    parts = [
        say(
            "I removed something from {where} before I kept anything of it: *{kinds}*.",
            where=_WHERE[stood],
            kinds=", ".join(kinds),
        )
    ]
    if any(kind != CARD for kind in kinds):
        parts.append(
            say("It has been in Slack, so others may have it: please change it now, wherever it opens something.")
        )
    if CARD in kinds:
        parts.append(say("If the card is a customer's, tell the security leads that its number was in Slack."))
    return lines(*parts, _UNDO[stood])


_WHERE = {
    Stood.MESSAGE: say("your message"),
    Stood.ANOTHERS: say("the message you chose"),
    Stood.FORM: say("the form you sent"),
    Stood.COMMAND: say("your command"),
}
_UNDO = {
    Stood.MESSAGE: say("Then delete your message: point at it, open *More actions* (⋮), and choose *Delete message*."),
    Stood.ANOTHERS: say("It still stands in that message: ask its author to change it and to delete the message."),
    Stood.FORM: say("There is no message to delete: a form is shown to nobody else."),
    Stood.COMMAND: say("There is no message to delete: a command is shown to nobody else."),
}
