"""The register of tools: a name leads to one tool or to none; near names are offered, never taken."""

from __future__ import annotations

import asyncio
import random

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.ids import ToolId
from bot.domain.tool import Found, Tool
from bot.store.database import Store
from bot.store.tools import NameTaken, NoSuchTool, grams
from bot.store.work import Work
from tests.store.samples import ANA, AT, OTTER


async def enter(store: Store, *names: str) -> None:
    def act(work: Work) -> None:
        for name in names:
            work.tools.add(Tool(ToolId(f"T_{name}"), name), AT)

    await store.act(act)


async def find(store: Store, name: str, near: int = 5) -> Found:
    return await store.read(lambda work: work.tools.find(name, near))


async def near(store: Store, name: str) -> list[str]:
    found = await find(store, name)
    assert found.tool is None
    return [tool.name for tool in found.near]


@pytest.mark.parametrize("spelling", ["Otter.ai", "otter ai", "OTTER-AI", "Ötter.ai", "Otter Notes"])
async def test_a_tool_is_found_however_its_name_or_alias_is_spelt(store: Store, spelling: str) -> None:
    await store.act(lambda work: work.tools.add(OTTER, AT))
    assert await find(store, spelling) == Found(OTTER)


async def test_a_misspelt_name_is_offered_and_never_taken(store: Store) -> None:
    await enter(store, "Otter.ai", "Grammarly", "Zoom", "Microsoft Teams")
    assert await near(store, "Oter.ai") == ["Otter.ai"]
    assert await near(store, "Gramarly") == ["Grammarly"]
    assert await near(store, "Zom") == ["Zoom"]
    assert await near(store, "Teams") == ["Microsoft Teams"]
    assert await near(store, "Salesforce") == []


async def test_a_product_whose_name_holds_another_is_near_it_but_not_it(store: Store) -> None:
    await enter(store, "Zoom", "Zoom Phone", "Zoom Rooms", "Figma")
    assert (await find(store, "zoom")).tool == Tool(ToolId("T_Zoom"), "Zoom")
    assert sorted(await near(store, "Zoom Scheduler")) == ["Zoom"]


async def test_no_more_near_names_than_asked_for_and_each_tool_once(store: Store) -> None:
    await store.act(lambda work: work.tools.add(Tool(ToolId("T_A"), "Notetaker A", "", ("Notetaker AA",)), AT))
    await enter(store, *(f"Notetaker {letter}" for letter in "BCDEFGH"))
    found = await find(store, "Notetaker Q", near=3)
    assert len(found.near) == len({tool.id for tool in found.near}) == 3
    assert (await find(store, "Notetaker Q", near=0)).near == ()


async def test_a_name_of_signs_only_finds_nothing_and_breaks_nothing(store: Store) -> None:
    await enter(store, "Otter.ai")
    for name in ("", "%", "'; --", "\0", "🙂", "_" * 500):
        assert (await find(store, name)).tool is None


async def test_nobody_takes_another_tools_name(store: Store) -> None:
    await enter(store, "Otter.ai", "Zoom")
    zoom = ToolId("T_Zoom")
    assert await store.act(lambda work: work.tools.add_alias(zoom, "Zoom Meetings", ANA, AT))
    assert not await store.act(lambda work: work.tools.add_alias(zoom, "zoom meetings", ANA, AT))
    for tool, stolen in ((zoom, "otter ai"), (ToolId("T_Otter.ai"), "ZOOM-meetings")):
        with pytest.raises(NameTaken):
            await store.act(lambda work, tool=tool, name=stolen: work.tools.add_alias(tool, name, ANA, AT))
    with pytest.raises(IntegrityError):
        await store.act(lambda work: work.tools.add(Tool(ToolId("T_NEW"), "zoom"), AT))
    with pytest.raises(NoSuchTool):
        await store.read(lambda work: work.tools.get(ToolId("T_NEW")))


async def test_when_many_enter_one_tool_at_once_it_is_entered_once(store: Store) -> None:
    def find_or_enter(work: Work, number: int) -> ToolId:
        found = work.tools.find("Otter.ai").tool
        if found is None:
            found = Tool(ToolId(f"T_{number}"), "Otter.ai")
            work.tools.add(found, AT)
        return found.id

    ids = await asyncio.gather(*(store.act(find_or_enter, number) for number in range(8)), return_exceptions=True)
    assert len(set(map(str, ids))) == 1


async def test_who_makes_a_tool_can_be_said_later_and_changed(store: Store) -> None:
    await enter(store, "Otter.ai", "Zoom")
    for vendor in ("Otter Inc.", "otter inc", "Someone Else", ""):
        await store.act(lambda work, vendor=vendor: work.tools.set_vendor(ToolId("T_Zoom"), vendor))
        held = await store.read(lambda work: work.tools.get(ToolId("T_Zoom")))
        assert held.vendor == ("Otter Inc." if vendor == "otter inc" else vendor)
    with pytest.raises(NoSuchTool):
        await store.act(lambda work: work.tools.set_vendor(ToolId("T_NONE"), "Otter"))


async def test_a_name_with_a_slip_or_two_is_found_among_thousands(store: Store) -> None:
    chance = random.Random(11)
    syllables = [a + b for a in "bcdfgklmnprstvz" for b in "aeiou"]
    names = sorted({"".join(chance.choices(syllables, k=chance.randint(3, 6))) for _ in range(3_000)})
    await enter(store, *names)
    found = 0
    for name in chance.sample([name for name in names if len(name) >= 8], 60):
        place = chance.randrange(len(name))
        slip = name[:place] + chance.choice("aeioubcdz") + name[place + chance.randint(0, 1) :]
        held = await find(store, slip, near=10)
        found += held.tool is not None or name in [tool.name for tool in held.near]
    assert found >= 58


def test_short_names_have_something_to_be_compared_by() -> None:
    assert grams("x") == {"^x$"}
    assert grams("box") == {"^bo", "box", "ox$"}
    assert grams("") == frozenset()
