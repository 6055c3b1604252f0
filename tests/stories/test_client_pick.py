"""A profile picks its clients from the register: by name, by alias, in words where a client is not in it."""

from __future__ import annotations

from typing import Any

from bot.domain.client import Client
from bot.domain.ids import ClientId, UserId
from bot.slack import ids
from bot.use_cases.desk import Acting
from tests.stories.steps import AGENTS, ask, menu, open_review, review_of, to_page_2, words
from tests.stories.town import TEAM_LEAD, Town

OWNER = UserId(TEAM_LEAD)


async def register(town: Town, *clients: Client) -> None:
    def fill(act: Acting) -> None:
        for client in clients:
            act.work.clients.add(client, act.at)

    await town.bot.desk.act(fill)


def many(number: int) -> list[Client]:
    return [
        Client(ClientId(f"CL{each}"), f"Client {each:03}", OWNER, "UTC", (f"K{each:03}",)) for each in range(number)
    ]


def field(town: Town, name: str = "client_register") -> dict[str, Any] | None:
    blocks = town.modal(TEAM_LEAD)["blocks"]
    return next((each for each in blocks if each.get("block_id") == f"profile|{name}"), None)


async def fill_in(town: Town, **use: Any) -> dict[str, Any]:
    return await town.submit(TEAM_LEAD, **{**AGENTS, "profile|client_names": "", **use})


async def test_registered_clients_are_picked_and_stored_by_name(town: Town) -> None:
    left = Client(ClientId("CLL"), "Contoso", OWNER, "UTC", left_on=town.bot.desk.now().date())
    await register(town, *many(2), left)
    await to_page_2(town, await ask(town))
    shown = field(town)
    assert shown is not None
    assert [each["text"]["text"] for each in shown["element"]["options"]] == ["Client 000", "Client 001"]
    assert await fill_in(town, **{"profile|client_register": ["CL1"]}) == {}
    profile = (await review_of(town)).profile
    assert profile is not None
    assert profile.clients.names == {"Client 001"}


async def test_an_alias_becomes_the_registered_name_and_a_stranger_stays_as_typed(town: Town) -> None:
    await register(town, *many(2))
    await to_page_2(town, await ask(town))
    assert (
        await fill_in(town, **{"profile|client_names": "k000\nNewcomer Ltd", "profile|client_register": ["CL0"]}) == {}
    )
    profile = (await review_of(town)).profile
    assert profile is not None
    assert profile.clients.names == {"Client 000", "Newcomer Ltd"}
    touching = await town.bot.desk.read(lambda work: work.reviews.touching(work.clients.get(ClientId("CL0"))))
    assert len(touching) == 1


async def test_what_was_named_before_is_picked_when_the_profile_is_opened_again(town: Town) -> None:
    await register(town, *many(2))
    card = await open_review(town, **{**AGENTS, "profile|client_names": "K001, Newcomer Ltd"})
    await menu(town, TEAM_LEAD, card, ids.PROFILE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert await town.submit(TEAM_LEAD) == {}
    await town.until(lambda: town.modal(TEAM_LEAD)["callback_id"] == "profile|2")
    picked, typed = field(town), field(town, "client_names")
    assert picked is not None
    assert typed is not None
    assert [each["value"] for each in picked["element"]["initial_options"]] == ["CL1"]
    assert typed["element"]["initial_value"] == "Newcomer Ltd"


async def test_all_and_not_known_stay_answers(town: Town) -> None:
    await register(town, *many(1))
    await to_page_2(town, await ask(town))
    assert await fill_in(town, **{"profile|clients": "unknown"}) == {}
    profile = (await review_of(town)).profile
    assert profile is not None
    assert profile.clients.unknown


async def test_picking_none_of_them_is_a_fault_that_names_both_ways(town: Town) -> None:
    await register(town, *many(1))
    await to_page_2(town, await ask(town))
    faults = await fill_in(town)
    assert "Pick the clients, or name them" in faults["profile|client_names"]


async def test_without_a_register_clients_are_named_in_words_only(town: Town) -> None:
    await to_page_2(town, await ask(town))
    assert field(town) is None
    assert "pick" not in words(town.modal(TEAM_LEAD))


async def test_a_register_beyond_a_hundred_is_asked_while_somebody_types(town: Town) -> None:
    await register(town, *many(120))
    await to_page_2(town, await ask(town))
    shown = field(town)
    assert shown is not None
    assert shown["element"]["type"] == "multi_external_select"
    offered = await town.suggested(TEAM_LEAD, "profile|client_register", "client 11")
    assert [each["text"]["text"] for each in offered] == [f"Client {each}" for each in range(110, 120)]
    by_alias = await town.suggested(TEAM_LEAD, "profile|client_register", "k007")
    assert [each["value"] for each in by_alias] == ["CL7"]
    assert len(await town.suggested(TEAM_LEAD, "profile|client_register", "client")) == 100
    assert await fill_in(town, **{"profile|client_register": by_alias}) == {}
    profile = (await review_of(town)).profile
    assert profile is not None
    assert profile.clients.names == {"Client 007"}
