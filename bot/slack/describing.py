"""What a team touches to describe the use: the yes to what was read, and the two pages of the profile. No rule here."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.reading import settled, the_one, unconfirmed
from bot.domain.review import Review
from bot.slack import ids
from bot.slack.call import Call, picked_in
from bot.slack.cards import profile
from bot.slack.profile_form import FieldFaults, Page1, read_clients, read_page_1, read_page_2
from bot.store.work import Work
from bot.use_cases import intake, reading
from bot.use_cases.client_pick import matching, names_of, pick_for
from bot.use_cases.desk import Desk


async def on_profile(call: Call, desk: Desk) -> None:
    review = intake.may_describe(await desk.read(_get, _card(call)), call.user)
    await call.open(profile.profile_page_1(review, desk.knowledge))


async def on_confirm(call: Call, desk: Desk) -> None:
    """Yes to what was read: it is recorded, and the form opens for what is missing."""
    card, shown = _card(call), str(call.action.get("value") or "").rpartition("|")[2]
    review = await reading.confirm(
        desk, call.came, review=card.review, by=call.user, saw=card.version, shown=shown, via=call.via
    )
    if review.profile is None:
        await call.open(await _the_rest(desk, review))


async def _the_rest(desk: Desk, review: Review) -> dict[str, Any]:
    """The form for what is missing: only its second page, where nothing of the first is."""
    if {"tool", "kinds"} & set(unconfirmed(review)):
        return profile.profile_page_1(review, desk.knowledge)
    known = {fact: the_one(review.proposals, fact) for fact in ("tool", "change")}
    kinds = frozenset(each.value for each in settled(review.proposals) if each.fact == "kinds")
    name = review.tool_name or known["tool"]
    page = Page1(name, kinds, known["change"] or "new", review.vendor, review.url, review.purpose)
    return await _page_2(desk, review, page, alone=True)


async def on_page_1(call: Call, desk: Desk) -> None:
    """The first page: check it, look for tools that are called alike, and turn to the second."""
    card = ids.read_card(call.metadata)
    try:
        page = read_page_1(call)
    except FieldFaults as faults:
        call.reply = {"response_action": "errors", "errors": faults.by_block}
        return
    review = await desk.read(_get, card)
    call.reply = {"response_action": "update", "view": await _page_2(desk, review, page)}


async def _page_2(desk: Desk, review: Review, page: Page1, *, alone: bool = False) -> dict[str, Any]:
    found = await intake.look_alikes(desk, page.tool)
    near = () if found.tool else found.near
    pick = await desk.read(pick_for, profile.clients_named(review, desk.knowledge))
    card = ids.Card(review.id, review.version)
    return profile.profile_page_2(
        review, desk.knowledge, page_1=page.kept(card), kinds=page.kinds, near=near, clients=pick, alone=alone
    )


async def on_page_2(call: Call, desk: Desk) -> None:
    """The second page: the profile is complete, and the questions begin."""
    card, page = Page1.read_back(call.metadata)
    try:
        said = read_page_2(call, page, await desk.read(names_of, *read_clients(call)))
    except FieldFaults as faults:
        call.reply = {"response_action": "errors", "errors": faults.by_block}
        return
    try:
        await intake.describe(desk, call.came, review=card.review, by=call.user, said=said)
    except intake.DifferentTool as refusal:
        call.refuse_view(refusal.reason, ids.fact_block("same_as"))


async def on_client_options(call: Call, desk: Desk) -> None:
    """Somebody types a client's name in the profile: those of the register that fit."""
    found = await desk.read(matching, str(call.body.get("value") or "")[:100])
    call.reply = {"options": profile.client_options(found)}


def _card(call: Call) -> ids.Card:
    value = str(call.action.get("value") or next(iter(picked_in(call.action)), ""))
    return ids.read_card(value.rpartition("#")[2])


def _get(work: Work, card: ids.Card) -> Review:
    return work.reviews.get(card.review)


OPTIONS: Final = {ids.fact_block("client_register"): on_client_options}  # by block: menus that ask while one types
ACTIONS: Final = {ids.PROFILE: on_profile, ids.CONFIRM: on_confirm}
VIEWS: Final = {ids.PROFILE_1: on_page_1, ids.PROFILE_2: on_page_2}
