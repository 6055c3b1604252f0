"""What people do in the stories, a step at a time: ask, describe, answer, hand in, sign; and read what a card says."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from bot.domain.decision import Decision
from bot.domain.review import Review
from bot.slack import ids
from tests.stories.town import (
    KNOWLEDGE,
    LEAD_1,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    controls,
    find_control,
    has_control,
)

SMALL = {
    "profile|data": ["internal"],
    "profile|users": ["hq_staff"],
    "profile|seats": "20",
    "profile|clients": "none",
}
AGENTS = {
    "profile|data": ["customer_pii"],
    "profile|users": ["wah_agents"],
    "profile|seats": "200",
    "profile|clients": "some",
    "profile|client_names": "Northwind",
}
HEAVY = {
    "profile|data": ["cardholder", "recordings"],
    "profile|users": ["wah_agents"],
    "profile|seats": "10000",
    "profile|clients": "all",
}
HEAVY_KINDS = ("saas", "telephony_acd")
GAPS = {"G7-INSIDER-LIMIT": "weekly", "G4-KEEP-TIME": "manual"}  # dated conditions, and one lead who signs
ALL_LAYERS = frozenset({"application", "data", "identity", "network", "endpoint", "people"})


# --- asking and describing --------------------------------------------------------------------------------------------


async def ask(town: Town, user: str = TEAM_LEAD, text: str = "@Preflight is Fabrikam Notes safe to roll out?") -> Any:
    """Ask in the team channel; the review's card comes back."""
    ts = await town.say(user, TEAM_CHANNEL, text)
    return await town.until(lambda: card_in_thread(town, ts, "review|profile"))


def card_in_thread(town: Town, thread: str, action_id: str, channel: str = TEAM_CHANNEL) -> Any:
    """The newest card of a thread that offers a control, if there is one."""
    found = [each for each in town.cards(channel) if each.thread_ts == thread and has_control(each.blocks, action_id)]
    return found[-1] if found else None


async def describe(
    town: Town, card: Any, user: str = TEAM_LEAD, kinds: tuple[str, ...] = ("saas",), **page_2: Any
) -> None:
    """Fill in both pages of the profile."""
    await to_page_2(town, card, user, kinds)
    assert await town.submit(user, **(page_2 or SMALL)) == {}


async def to_page_2(
    town: Town, card: Any, user: str = TEAM_LEAD, kinds: tuple[str, ...] = ("saas",), **page_1: Any
) -> None:
    """Open the profile and fill in its first page."""
    await town.click(user, card, "review|profile")
    await town.until(lambda: town.workspace.top_view(user))
    assert await town.submit(user, **{"profile|kinds": list(kinds), **page_1}) == {}
    await town.until(lambda: town.modal(user)["callback_id"] == "profile|2")


async def open_review(town: Town, user: str = TEAM_LEAD, tool: str = "Fabrikam Notes", **page_2: Any) -> Any:
    """Ask and describe; the card that asks the first question comes back."""
    card = await ask(town, user, f"@Preflight is {tool} safe to roll out?")
    await describe(town, card, user, **page_2)
    await town.until(lambda: question_of(again(town, card)))
    return again(town, card)


# --- answering --------------------------------------------------------------------------------------------------------


def again(town: Town, card: Any) -> Any:
    """The same card as it is now."""
    return town.workspace.message(card.channel, card.ts)


def question_of(card: Any) -> str | None:
    """The question a card shows."""
    for block in card.blocks or ():
        if str(block.get("block_id", "")).startswith("q|"):
            return str(block["block_id"]).split("|")[1]
    return None


def best_of(question: str) -> tuple[str, ...]:
    return KNOWLEDGE.bank.by_id[question].best(ALL_LAYERS)  # type: ignore[index]  # ids are plain strings here


async def pick(town: Town, card: Any, *codes: str, user: str = TEAM_LEAD) -> Any:
    """Give one answer on the card, by button, menu or ticks; the card comes back when it has moved on."""
    card = again(town, card)
    shown = question_of(card)
    assert shown is not None
    if KNOWLEDGE.bank.by_id[shown].choice != "one" and codes[0] != "unknown":  # type: ignore[index]
        element = find_control(card.blocks, "answer")[1]
        options = [each for each in element["options"] if each["value"] in codes]
        await town.click(user, card, "answer", selected_options=options)
        await town.until(lambda: has_control(again(town, card).blocks, "review|next"))
        await town.click(user, again(town, card), "review|next")
    elif has_control(card.blocks, f"answer|{codes[0]}"):
        await town.click(user, card, f"answer|{codes[0]}")
    else:
        element = find_control(card.blocks, "answer")[1]
        option = next(each for each in element["options"] if each["value"] == codes[0])
        await town.click(user, card, "answer", selected_option=option)
    await town.until(lambda: question_of(again(town, card)) != shown)
    await town.settle()
    close_all(town, user)
    return again(town, card)


async def answer_all(town: Town, card: Any, user: str = TEAM_LEAD, **other: str) -> Any:
    """Answer each question with its best option, or as told, until the card shows the verdict."""
    for _ in range(80):
        shown = question_of(again(town, card))
        if shown is None:
            return again(town, card)
        await pick(town, card, *((other[shown],) if shown in other else best_of(shown)), user=user)
    raise AssertionError("the questions never end")


async def answer_quickly(town: Town, card: Any, user: str = TEAM_LEAD, **other: str) -> Any:
    """The same through the form, a guideline at a time: for stories that are about what comes after."""
    await menu(town, user, again(town, card), ids.FORM)
    for _ in range(8):
        await town.until(lambda: town.workspace.top_view(user))
        given: dict[str, Any] = {}
        for block in town.modal(user)["blocks"]:
            question = str(block.get("block_id", "")).split("|")
            if question[0] == "q":
                codes = (other[question[1]],) if question[1] in other else best_of(question[1])
                element = block["element"]["type"]
                given[block["block_id"]] = codes[0] if element == "static_select" else list(codes)
        assert await town.submit(user, **given) == {}
        await town.settle()
        close_all(town, user)
        if question_of(again(town, card)) is None:
            return again(town, card)
        await town.click(user, again(town, card), ids.FORM)
    raise AssertionError("the forms never end")


async def menu(town: Town, user: str, card: Any, act: str) -> None:
    """Press a button, or choose the entry of the three dots that stands for it."""
    if has_control(card.blocks, act):
        await town.click(user, card, act)
        return
    element = find_control(card.blocks, ids.MORE)[1]
    option = next(each for each in element["options"] if each["value"].startswith(f"{act}#"))
    await town.click(user, card, ids.MORE, selected_option=option)


def close_all(town: Town, user: str) -> None:
    while (view := town.workspace.top_view(user)) is not None:
        town.workspace.close_view(view, all=True)


# --- handing in and signing -------------------------------------------------------------------------------------------


async def hand_in(town: Town, card: Any, user: str = TEAM_LEAD) -> Any:
    """Submit; the card of the security channel comes back."""
    await town.click(user, again(town, card), "review|submit")
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|reject")
    await town.settle()  # the team's own card moves on in its own time
    return request


async def with_the_leads(
    town: Town, user: str = TEAM_LEAD, tool: str = "Fabrikam Notes", answers: dict[str, str] | None = None, **use: Any
) -> tuple[Any, Any]:
    """A review handed in: the team's card and the leads' card."""
    card = await open_review(town, user, tool, **(use or AGENTS))
    await answer_quickly(town, card, user, **(GAPS if answers is None else answers))
    request = await hand_in(town, card, user)
    return again(town, card), request


async def sign(town: Town, request: Any, act: str = "sign_off|approve", user: str = LEAD_1, **values: Any) -> Any:
    """Press a lead's button and send its form, where it has one."""
    await town.click(user, again(town, request), act)
    if town.workspace.top_view(user):
        given = {"sign_off|rationale": "Few data, and the open points are dated.", **values}
        assert await town.submit(user, **given) == {}
    await town.settle()
    return again(town, request)


# --- cards that are not how things stand -----------------------------------------------------------------------------


def old(town: Town, card: Any) -> Any:
    """A card as somebody still has it in front of them, after it changed for everybody else."""
    return deepcopy(again(town, card))


async def press_old(town: Town, user: str, seen: Any, action_id: str) -> None:
    """Press a control that the card does not have any more."""
    await town.settle()  # a fresh card on its way would take the old one out of our hands
    message = town.workspace.message(seen.channel, seen.ts)
    now, message.blocks = message.blocks, seen.blocks
    await town.click(user, message, action_id)
    if message.blocks is seen.blocks:
        message.blocks = now


# --- what is on record ------------------------------------------------------------------------------------------------


async def decided(town: Town, tool: str = "Fabrikam Notes") -> list[Decision]:
    return await town.bot.desk.read(lambda work: work.decisions.find(tool, 5))


async def review_of(town: Town, user: str = TEAM_LEAD) -> Review:
    """The review that somebody asked for or joined last."""
    return (await town.bot.desk.read(lambda work: work.reviews.team_of(user)))[0]  # type: ignore[arg-type]


async def tags(town: Town) -> list[str]:
    """The audit trail, by tag."""
    return await town.bot.desk.read(lambda work: [entry.event.tag.value for entry in work.audit.all()])


# --- what a card says -------------------------------------------------------------------------------------------------


def words(card: Any) -> str:
    """Everything a card or a form says, block by block, controls included."""
    blocks = card["blocks"] if isinstance(card, dict) else card.blocks
    return "\n".join(filter(None, (" ".join(_said(block)) for block in blocks or ()))) or getattr(card, "text", "")


def _said(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            elif key in ("text", "label", "hint", "title", "elements", "element", "fields", "accessory", "options") or (
                key in ("placeholder", "confirm", "description", "option_groups")
            ):
                yield from _said(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner)


def offers(card: Any) -> list[str]:
    """The controls of a card, and the entries of its menu."""
    found: list[str] = []
    for _, element in controls(card.blocks or []):
        found.append(element["action_id"])
        if element["action_id"] == ids.MORE:
            found += [each["value"].partition("#")[0] for each in element["options"]]
    return found
