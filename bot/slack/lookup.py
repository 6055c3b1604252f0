"""The slash command: check, ask, find, see what is mine, clients. And buttons nobody knows any more."""

from __future__ import annotations

from datetime import date
from typing import Final

from bot.domain.asking import Means
from bot.domain.decision import standing
from bot.domain.ids import ChannelId
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.review import Home
from bot.domain.tool import tool_name
from bot.slack import ask, clients, ids, model, week
from bot.slack.call import Call
from bot.slack.cards import decision, notes
from bot.slack.cards.blocks import date_token, link, say
from bot.slack.intake import after_begin, begin
from bot.store.work import Work
from bot.use_cases import ask as ask_use
from bot.use_cases import digest, intake, team
from bot.use_cases.desk import Desk
from bot.use_cases.upkeep import decided_of, paused_of
from bot.use_cases.upkeep_tellings import duties_of


class NothingToFind(Refused):
    reason = "Which tool? Give its name, for example: /preflight find Otter.ai"


async def on_command(call: Call, desk: Desk) -> None:
    """`/preflight`, with a word or a sentence behind it."""
    text = call.text()
    word, _, rest = text.partition(" ")
    match word.casefold():
        case "" | "help" | "?":
            await call.whisper_card(notes.help_message())
        case "mine":
            reviews = await desk.read(lambda work: work.reviews.team_of(call.user))
            paused = await paused_of(desk, reviews)
            today = desk.now().date()
            decided = await desk.read(lambda work: decided_of(work, reviews[: notes.MINE_MOST], today))
            await call.whisper_card(notes.mine_message(reviews, desk.knowledge, paused, decided))
        case "find":
            if not rest.strip():
                raise NothingToFind
            name = tool_name(rest)
            found = await desk.read(_find, name, desk.now().date())
            await call.whisper_card(decision.found_message(name, found, desk.knowledge))
        case "ask":
            await ask.on_ask(call, desk, rest)
        case "digest" if rest.strip().casefold() in ("", "on", "off"):
            await _digest(call, desk, rest.strip().casefold())
        case "model" if (wanted := rest.strip().casefold()) in model.WORDS:  # a tool may be called "Model X"
            await model.on_model(call, desk, wanted)
        case "week" if not rest.strip():
            await week.on_week(call, desk)
        case "clients":
            await clients.on_clients(call, desk, rest)
        case "client" if clients.is_about_clients(rest):  # a tool may be called "Client Portal"
            await clients.on_client(call, desk, rest)
        case _:
            await _check(call, desk, text)


async def _digest(call: Call, desk: Desk, wanted: str) -> None:
    """The weekly digest as a direct message: on, off, or how to."""
    if wanted == "on":
        at = await digest.subscribe(desk, call.came, by=call.user)
        await call.whisper(say("You get the weekly digest from now on, next on {when}.", when=date_token(at)))
    elif wanted == "off":
        await digest.unsubscribe(desk, call.came, by=call.user)
        await call.whisper(say("You get no weekly digest any more. The channel still does."))
    else:
        await call.whisper(say("Type `/preflight digest on` for the weekly digest as a direct message, or `off`."))


async def _check(call: Call, desk: Desk, text: str) -> None:
    if await ask_use.means_of(desk, text) is Means.QUESTION:
        await ask.on_ask(call, desk, text)
        return
    # A slash command has no thread to answer in, so the review stands in the person's direct messages.
    asked = intake.Asked(call.user, text, Home(ChannelId(call.user)), bare_name=True)
    began = await begin(call, desk, asked)
    if began.review is not None:
        await after_begin(call, desk, began)
    elif began.held:
        await call.whisper(say("I am reading that. You will find my answer in our direct messages in a moment."))
    elif began.understood:
        await call.whisper(
            say("There is something on record for that tool. I have sent it to you in a direct message.")
        )
    else:
        await call.whisper_card(notes.help_message())


def _find(work: Work, name: str, today: date) -> decision.OnRecord:
    found = work.tools.find(name)
    decisions = [(each, standing(each, today=today)) for each in work.decisions.find(name, 10)]
    shown = {each.tool for each, _ in decisions}
    near = tuple(tool for tool in found.near if tool.id not in shown)
    under_way = work.reviews.under_way(found.tool.id) if found.tool else None
    duties = {each.id: duties_of(work, each.id) for each, _ in decisions}
    return decision.OnRecord(decisions, under_way, near, duties, today)


async def on_resume(call: Call, desk: Desk) -> None:
    card = ids.read_card(str(call.action.get("value") or ""))
    resumed = await team.resume(desk, call.came, review=card.review, by=call.user)
    tool = resumed.review.tool_name or "your tool"
    if resumed.posted is not None and (url := await call.permalink(*resumed.posted)):
        card_link = link(url, "here")
        await call.whisper(
            say("The review of {tool} goes on {here}, in our direct messages.", tool=tool, here=card_link)
        )
    else:
        await call.whisper(say("The review of {tool} goes on in our direct messages.", tool=tool))


async def on_unknown_button(call: Call, desk: Desk) -> None:
    """A control we do not know, or no longer know: say so instead of an error."""
    if call.action.get("url"):
        return  # a link button opens by itself
    raise OutdatedCard


ACTIONS: Final = {ids.RESUME: on_resume}
