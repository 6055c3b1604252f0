"""The register of clients in Slack: the list, and the form to add or change one. No rule is decided here."""

from __future__ import annotations

from typing import Final

from bot.domain.client import Client, Series
from bot.domain.ids import ClientId, UserId
from bot.domain.refused import Refused
from bot.domain.register import ClientDraft, FieldsRefused, SeriesDraft, tidy
from bot.slack import ids
from bot.slack.call import Call
from bot.slack.cards import clients as cards
from bot.slack.cards.client_view import client_view
from bot.slack.client_form import (
    Known,
    Page1,
    known_of,
    read_back,
    read_page_1,
    read_page_2,
    read_page_3,
    to_start_with,
)
from bot.use_cases import clients
from bot.use_cases.client_dates import NeedsConfirming
from bot.use_cases.clients import Reviews, Saved
from bot.use_cases.desk import Desk

NAME_MOST: Final = 80


class WhichClient(Refused):
    reason = (
        "Say what to do: /preflight client add, or /preflight client edit or show and the client's name. "
        "/preflight clients lists all of them."
    )


class NotFound(Refused):
    """No client is called so; those that are called nearly so are named."""

    def __init__(self, name: str, near: tuple[Client, ...]) -> None:
        others = " or ".join(f"“{client.name}”" for client in near[:3])
        hint = f"Did you mean {others}?" if near else "Add it with /preflight client add."
        super().__init__(f"No client is called “{name}”. {hint}")


async def on_clients(call: Call, desk: Desk, words: str) -> None:
    """`/preflight clients`, with or without a part of a name."""
    await call.whisper_card(await _list(desk, tidy(words, most=NAME_MOST), 0))


def is_about_clients(words: str) -> bool:
    """Do these words, said after "client", ask for the register?"""
    return words.strip().partition(" ")[0].casefold() in ("", "add", "edit", "change", "show")


async def on_client(call: Call, desk: Desk, words: str) -> None:
    """`/preflight client add [name]`, `/preflight client edit <name>` and `/preflight client show <name>`."""
    act, _, rest = words.strip().partition(" ")
    name = tidy(rest, most=NAME_MOST)[:NAME_MOST]
    match act.casefold():
        case "add":
            await _open_new(call, desk, name)
        case "edit" | "change" | "show" if name:
            client, near = await desk.read(clients.by_name, name)
            if client is None:
                raise NotFound(name, near)
            await (_show_one if act.casefold() == "show" else _open)(call, desk, client.id)
        case _:
            raise WhichClient


async def on_page(call: Call, desk: Desk) -> None:
    """Turn the list to another page, where it stands."""
    start, _, words = str(call.action.get("value") or "").partition("|")
    card = await _list(desk, words, int(start) if start.isdecimal() else 0)
    await call.whisper_card(card, instead=True)


async def on_add(call: Call, desk: Desk) -> None:
    await _open_new(call, desk, "")


async def on_show(call: Call, desk: Desk) -> None:
    await _show_one(call, desk, ClientId(str(call.action.get("value") or "")))


async def on_edit(call: Call, desk: Desk) -> None:
    await _open(call, desk, ClientId(str(call.action.get("value") or "")))


async def on_page_1(call: Call, desk: Desk) -> None:
    """The client itself: checked, then the reviews, or saved where it has none."""
    page = read_page_1(call)
    try:
        await clients.check_client(desk, page.client, page.known.id)
        if page.reviews is not Reviews.SERIES:
            await _told(call, await clients.save(desk, call.came, by=call.user, filled=page.filled()))
            return
    except FieldsRefused as refused:
        _show(call, refused)
        return
    series = await _series(call, desk, page)
    today = desk.now().date()
    view = cards.client_page_2(desk.knowledge, page, to_start_with(series), today=today)
    call.reply = {"response_action": "update", "view": view}


async def on_page_2(call: Call, desk: Desk) -> None:
    """The rhythm and the host: checked, then who comes, days off and reminders."""
    page, _ = read_back(call.metadata)
    series = await _series(call, desk, page)
    try:
        draft = read_page_2(call, to_start_with(series))
        await clients.check_series(desk, draft, series, by=call.user)
    except FieldsRefused as refused:
        _show(call, refused)
        return
    view = cards.client_page_3(desk.knowledge, page.kept(draft), draft, new=series is None)
    call.reply = {"response_action": "update", "view": view}


async def on_page_3(call: Call, desk: Desk) -> None:
    """The rest: everything is saved, or what clashes has to be confirmed."""
    page, page_2 = read_back(call.metadata)
    if page_2 is None:
        raise WhichClient
    series = await _series(call, desk, page)
    draft: SeriesDraft = page_2
    try:
        draft, confirmed = read_page_3(call, page_2, series)
        saved = await clients.save(desk, call.came, by=call.user, filled=page.filled(draft, confirmed))
    except FieldsRefused as refused:
        _show(call, refused)
        return
    except NeedsConfirming as needed:
        clash = (needed.code, needed.lines)
        view = cards.client_page_3(desk.knowledge, call.metadata, draft, new=False, clash=clash)
        call.reply = {"response_action": "update", "view": view}
        return
    await _told(call, saved)


# --- how --------------------------------------------------------------------------------------------------------------


async def _list(desk: Desk, words: str, start: int) -> dict[str, object]:
    page = await clients.listing(desk, words=words, start=start, lines=cards.LINES)
    return cards.clients_message(page, words=words)


async def _open_new(call: Call, desk: Desk, name: str) -> None:
    if name and (client := (await desk.read(clients.by_name, name))[0]) is not None:
        raise Refused(f"{client.name} is in the register already. Change it with /preflight client edit {client.name}")
    draft = ClientDraft(name=name, account_owner=UserId(call.user), zone="")
    await call.open(cards.client_page_1(desk.knowledge, Known(), draft))


async def _show_one(call: Call, desk: Desk, client_id: ClientId) -> None:
    await call.open(client_view(await clients.shown(desk, client_id, by=call.user), desk.knowledge))


async def _open(call: Call, desk: Desk, client_id: ClientId) -> None:
    client, series = await clients.to_change(desk, client_id, by=call.user)
    draft = ClientDraft(
        name=client.name,
        account_owner=client.account_owner,
        zone=client.zone,
        aliases=client.aliases,
        channel=client.channel,
        frameworks=client.frameworks,
    )
    running = series if series is not None and series.ended_at is None else None
    left = client.left_on is not None
    known = known_of(client, series)
    await call.open(cards.client_page_1(desk.knowledge, known, draft, series=running, left=left))


async def _series(call: Call, desk: Desk, page: Page1) -> Series | None:
    if page.known.id is None:
        return None
    return (await clients.to_change(desk, page.known.id, by=call.user))[1]


async def _told(call: Call, saved: Saved) -> None:
    if call.sent_form:
        call.reply = {"response_action": "clear"}  # also what the form was opened from: it shows how things were
    await call.whisper(cards.saved_lines(saved))


def _show(call: Call, refused: FieldsRefused) -> None:
    """Put each fault beside its field; one whose field is on another page beside the first."""
    shown = {each["block_id"] for each in call.view.get("blocks", ()) if each.get("type") == "input"}
    by_block = {ids.client_block(field.value): fault[:500] for field, fault in refused.faults.items()}
    if errors := {block: fault for block, fault in by_block.items() if block in shown}:
        call.reply = {"response_action": "errors", "errors": errors}
    else:
        call.refuse_view(refused.reason)


ACTIONS: Final = {
    ids.CLIENT_ADD: on_add,
    ids.CLIENT_SHOW: on_show,
    ids.CLIENT_EDIT: on_edit,
    ids.CLIENT_PAGE: on_page,
    f"{ids.CLIENT_PAGE}|next": on_page,
}
VIEWS: Final = {ids.CLIENT_1: on_page_1, ids.CLIENT_2: on_page_2, ids.CLIENT_3: on_page_3}
