"""The slash command: check a tool, find a decision, see what is mine. And buttons that nobody knows any more."""

from __future__ import annotations

from typing import Final

from bot.domain.decision import Decision
from bot.domain.ids import ChannelId
from bot.domain.refused import OutdatedCard
from bot.domain.review import Home
from bot.domain.tool import Tool, tool_name
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards import decision, notes
from bot.slack.intake import after_begin
from bot.store.work import Work
from bot.use_cases import intake, team
from bot.use_cases.desk import Desk


async def on_command(call: Call, desk: Desk) -> None:
    """`/preflight`, with a word or a sentence behind it."""
    text = call.text()
    word, _, rest = text.partition(" ")
    match word.casefold():
        case "" | "help" | "?":
            await call.whisper_card(notes.help_message())
        case "mine":
            reviews = await desk.read(lambda work: work.reviews.team_of(call.user))
            await call.whisper_card(notes.mine_message(reviews, desk.knowledge))
        case "find":
            name = tool_name(rest)
            decisions, near = await desk.read(_find, name)
            await call.whisper_card(decision.found_message(decisions, name, near, desk.knowledge))
        case _:
            await _check(call, desk, text)


async def _check(call: Call, desk: Desk, text: str) -> None:
    # A slash command has no thread to answer in, so the review stands in the person's direct messages.
    asked = intake.Asked(call.user, text, Home(ChannelId(call.user)), bare_name=True)
    began = await intake.begin(desk, call.came, asked)
    if began.review is not None:
        await after_begin(call, desk, began)
    elif began.understood:
        await call.whisper("There is something on record for that tool. I have sent it to you in a direct message.")
    else:
        await call.whisper_card(notes.help_message())


def _find(work: Work, name: str) -> tuple[list[Decision], tuple[Tool, ...]]:
    found = work.tools.find(name)
    return list(work.decisions.find(name, 10)), found.near


async def on_resume(call: Call, desk: Desk) -> None:
    card = ids.read_card(str(call.action.get("value") or ""))
    review = await team.resume(desk, call.came, review=card.review, by=call.user)
    await call.whisper(f"The review of {review.tool_name or 'your tool'} goes on in our direct messages.")


async def on_unknown_button(call: Call, desk: Desk) -> None:
    """A control we do not know, or no longer know: say so instead of an error."""
    if call.action.get("url"):
        return  # a link button opens by itself
    raise OutdatedCard


ACTIONS: Final = {ids.RESUME: on_resume}
