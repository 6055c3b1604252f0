"""The register of clients: added, changed, listed; plain words beside each field that is wrong; clashes confirmed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.client import Cadence, Client, Series
from bot.domain.due import DueKind
from bot.domain.ids import ClientId, UserId
from bot.store.work import Work
from bot.use_cases import timetable
from bot.use_cases.clients import Entry
from bot.use_cases.desk import Acting
from tests.stories.steps import AGENTS, offers, open_review, tags, words
from tests.stories.town import (
    CISO,
    GUEST,
    LEAD_1,
    OTHER_LEAD,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
)

CLIENT = {
    "client|name": "Northwind",
    "client|aliases": "NW\nNorthwind Traders",
    "client|account_owner": TEAM_LEAD,
    "client|zone": "America/New_York",
    "client|channel": TEAM_CHANNEL,
    "client|frameworks": ["pci", "soc_2"],
}
RHYTHM = {
    "client|weekdays": ["1", "3"],
    "client|time": "09:30",
    "client|first_date": "2027-01-05",
    "client|host": OTHER_LEAD,
    "client|stand_in": LEAD_1,
}


async def page_1(town: Town, user: str = TEAM_LEAD, text: str = "client add", **given: Any) -> dict[str, Any]:
    """Open the form and send its first page; the faults come back."""
    await town.command(user, text)
    await town.until(lambda: town.workspace.top_view(user))
    return await town.submit(user, **{**CLIENT, **given})


async def page_2(town: Town, user: str = TEAM_LEAD, **given: Any) -> dict[str, Any]:
    await town.until(lambda: town.modal(user)["callback_id"] == "client|2")
    return await town.submit(user, **{**RHYTHM, **given})


async def page_3(town: Town, user: str = TEAM_LEAD, **given: Any) -> dict[str, Any]:
    await town.until(lambda: town.modal(user)["callback_id"] == "client|3")
    return await town.submit(user, **given)


async def add(town: Town, user: str = TEAM_LEAD, **given: Any) -> None:
    """Add a client with its series."""
    assert await page_1(town, user, **{key: each for key, each in given.items() if key in CLIENT}) == {}
    assert await page_2(town, user, **{key: each for key, each in given.items() if key in RHYTHM}) == {}
    assert await page_3(town, user) == {}
    await town.settle()


async def in_register(town: Town, name: str = "Northwind") -> Entry | None:
    def look(work: Work) -> Entry | None:
        client = work.clients.named(name)
        return Entry(client, work.series.of_client(client.id)) if client else None

    return await town.bot.desk.read(look)


async def series_of(town: Town, name: str = "Northwind") -> Series:
    found = await in_register(town, name)
    assert found is not None
    assert found.series is not None
    return found.series


async def shown(town: Town, user: str = TEAM_LEAD) -> Any:
    """The last thing that only this person was shown."""
    return await town.until(
        lambda: next(
            (m for all in town.workspace.messages.values() for m in reversed(all) if m.only_for == user and m.blocks),
            None,
        )
    )


# --- adding and changing ----------------------------------------------------------------------------------------------


async def test_a_client_is_added_on_three_pages_and_its_planning_is_due(town: Town) -> None:
    assert await page_1(town) == {}
    assert await page_2(town) == {}
    given = {
        "client|our_side": [CISO],
        "client|client_side": "Kim Öz\nLee",
        "client|our_country": "us",
        "client|client_days_off": "2027-07-02 Founders' day",
        "client|quiet_from": "18:00",
        "client|quiet_until": "08:00",
    }
    assert await page_3(town, **given) == {}
    found = await in_register(town, "nw")
    assert found is not None
    assert (found.client.name, found.client.aliases) == ("Northwind", ("NW", "Northwind Traders"))
    assert found.client.cardholder
    series = await series_of(town)
    assert (series.rhythm.weekdays, series.rhythm.at.isoformat(), series.zone) == (
        (1, 3),
        "09:30:00",
        "America/New_York",
    )
    assert (series.host, series.stand_in, series.our_side) == (OTHER_LEAD, LEAD_1, (CISO,))
    assert series.client_side == ("Kim Öz", "Lee")
    assert dict(series.holidays.countries) == {"ours": "US"}
    assert (series.pack_hours, series.host_minutes) == (24, 60)
    assert (await tags(town))[-2:] == ["client:add", "series:add"]
    due = await town.bot.desk.act(lambda act: act.work.due.claim(act.at, act.at - act.at, 9))
    assert [(each.kind, each.about) for each in due if each.kind is DueKind.SERIES] == [(DueKind.SERIES, series.id)]
    told = town.cards(town.dm(TEAM_LEAD))[-1]
    assert "Every Tuesday and Thursday at 09:30 (America/New_York), 30 minutes" in told.text


async def test_a_client_without_reviews_is_saved_from_the_first_page(town: Town) -> None:
    assert await page_1(town, **{"client|reviews": "none"}) == {}
    found = await in_register(town)
    assert found is not None
    assert found.series is None


async def test_a_name_typed_after_the_command_is_in_the_form_already(town: Town) -> None:
    await town.command(TEAM_LEAD, "client add Fabrikam Bank")
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert await town.submit(TEAM_LEAD, **{"client|zone": "Asia/Manila", "client|reviews": "none"}) == {}
    found = await in_register(town, "fabrikam bank")
    assert found is not None
    assert found.client.account_owner == TEAM_LEAD


async def test_a_change_bumps_the_version_and_is_on_record_without_words(town: Town) -> None:
    await add(town)
    assert await page_1(town, text="client edit nw", **{"client|name": "Northwind Group"}) == {}
    assert await page_2(town, **{"client|time": "10:00"}) == {}
    assert await page_3(town) == {}
    found = await in_register(town, "Northwind Group")
    assert found is not None
    assert (found.client.version, (await series_of(town, "Northwind Group")).version) == (1, 1)
    entries = await town.bot.desk.read(lambda work: [each.event for each in work.audit.all()])
    assert [each.tag for each in entries[-2:]] == ["client:change", "series:change"]
    assert (entries[-2].facts["changed"], entries[-1].facts["changed"]) == ("name", "rhythm")
    assert not any("Northwind" in str(each.facts) for each in entries)


async def test_saving_what_is_the_same_changes_nothing(town: Town) -> None:
    await add(town)
    before = await tags(town)
    assert await page_1(town, text="client edit Northwind") == {}
    assert await page_2(town) == {}
    assert await page_3(town) == {}
    assert await tags(town) == before
    assert (await series_of(town)).version == 0


async def test_of_two_who_change_it_at_once_the_second_is_told(town: Town) -> None:
    await add(town)
    assert await page_1(town, LEAD_1, "client edit Northwind", **{"client|zone": "Asia/Manila"}) == {}
    assert await page_1(town, text="client edit Northwind", **{"client|reviews": "none"}) == {}
    assert await page_2(town, LEAD_1) == {}
    faults = await page_3(town, LEAD_1)
    assert "out of date" in str(faults.values())
    found = await in_register(town)
    assert found is not None
    assert found.client.zone == "America/New_York"


async def test_a_client_without_reviews_is_not_overwritten_either(town: Town) -> None:
    none = {"client|reviews": "none"}
    assert await page_1(town, **none) == {}
    for user in (TEAM_LEAD, LEAD_1):
        await town.command(user, "client edit Northwind")
        await town.until(lambda user=user: town.workspace.top_view(user))
    assert await town.submit(LEAD_1, **{**CLIENT, **none, "client|zone": "Asia/Manila"}) == {}
    faults = await town.submit(TEAM_LEAD, **{**CLIENT, **none, "client|zone": "UTC"})
    assert "out of date" in str(faults.values())
    found = await in_register(town)
    assert found is not None
    assert found.client.zone == "Asia/Manila"


async def test_a_client_that_left_keeps_its_record_and_loses_its_reviews(town: Town) -> None:
    await add(town)
    assert await page_1(town, text="client edit Northwind", **{"client|reviews": "left"}) == {}
    found = await in_register(town)
    assert found is not None
    assert found.client.left_on is not None
    assert found.series is not None
    assert found.series.ended_at is not None
    assert (await tags(town))[-2:] == ["client:leave", "series:end"]


async def test_what_was_planned_follows_the_change_and_what_ended_is_called_off(town: Town) -> None:
    await add(town, **{"client|first_date": "2026-01-05"})
    await timetable.tick(town.bot.desk)

    async def rows() -> set[tuple[str, str, str]]:
        series = await series_of(town)
        found = await town.bot.desk.read(lambda work: work.occurrences.of_client(series.client, limit=99))
        return {
            (each.start_at.astimezone(ZoneInfo(each.zone)).strftime("%a %H:%M"), each.host, each.state)
            for each in found
        }

    assert await rows() == {("Tue 09:30", OTHER_LEAD, "planned"), ("Thu 09:30", OTHER_LEAD, "planned")}
    assert await page_1(town, text="client edit Northwind") == {}
    given = {"client|first_date": "2026-01-05", "client|weekdays": ["1"], "client|host": CISO}
    assert await page_2(town, **given) == {}
    assert await page_3(town) == {}
    changed = await rows()
    assert ("Tue 09:30", CISO, "planned") in changed
    assert {state for at, _, state in changed if at.startswith("Thu")} == {"skipped"}
    assert await page_1(town, text="client edit Northwind", **{"client|reviews": "none"}) == {}
    assert {state for _, _, state in await rows()} == {"skipped"}


# --- who may ----------------------------------------------------------------------------------------------------------


async def test_only_those_who_answer_for_a_client_may_change_it(town: Town) -> None:
    await add(town)
    for user in (TEAM_LEAD, OTHER_LEAD, LEAD_1):  # account owner, host, stand-in
        await town.command(user, "client edit Northwind")
        await town.until(lambda user=user: town.workspace.top_view(user))
    await town.command(CISO, "client edit Northwind")
    said = await town.until(lambda: town.whispers(CISO))
    assert "Only security leads" in said[-1]
    assert town.workspace.top_view(CISO) is None


async def test_less_often_than_weekly_takes_a_lead_a_reason_and_an_end(town: Town) -> None:
    slower = {"client|cadence": "monthly", "client|weekdays": ["1"]}
    because = {"client|slower_because": "A small account.", "client|slower_until": "2027-06-30"}
    assert await page_1(town) == {}
    faults = await page_2(town, **slower)
    assert set(faults) == {"client|slower_because", "client|slower_until"}
    faults = await page_2(town, **slower, **because)
    assert "Only a security lead" in faults["client|cadence"]
    assert await page_1(town, LEAD_1, **{"client|name": "Contoso", "client|aliases": ""}) == {}
    assert await page_2(town, LEAD_1, **slower, **because) == {}
    assert await page_3(town, LEAD_1) == {}
    series = await series_of(town, "Contoso")
    assert series.rhythm.cadence is Cadence.MONTHLY
    assert series.slower is not None
    assert (series.slower.by, series.slower.because) == (LEAD_1, "A small account.")


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "***", "letters or digits"),
        ("name", "all", "means something else"),
        ("zone", "America/NewYork", "Did you mean America/New_York?"),
        ("zone", "EST5EDT/x", "no time zone"),
        ("aliases", "Northwind", "twice, or is the name itself"),
        ("account_owner", GUEST, "full member"),
        ("channel", SHARED_CHANNEL, "shared with people from outside"),
    ],
)
async def test_what_is_wrong_with_a_client_stands_beside_its_field(
    town: Town, field: str, value: str, said: str
) -> None:
    faults = await page_1(town, **{f"client|{field}": value})
    assert list(faults) == [f"client|{field}"]
    assert said in faults[f"client|{field}"]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"client|host": GUEST}, "host", "full member"),
        ({"client|stand_in": OTHER_LEAD}, "stand_in", "somebody else than the host"),
        ({"client|last_date": "2026-01-01"}, "last_date", "comes before the first"),
        ({"client|first_date": "2090-01-01"}, "first_date", "Check the year"),
    ],
)
async def test_what_is_wrong_with_a_rhythm_stands_beside_its_field(
    town: Town, given: dict[str, Any], field: str, said: str
) -> None:
    assert await page_1(town) == {}
    faults = await page_2(town, **given)
    assert list(faults) == [f"client|{field}"]
    assert said in faults[f"client|{field}"]


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"client|our_country": "Germny"}, "our_country", "Did you mean DE?"),
        ({"client|client_days_off": "Christmas"}, "client_days_off", "Line 1"),
        ({"client|quiet_from": "18:00"}, "quiet_until", "both"),
    ],
)
async def test_what_is_wrong_with_the_rest_stands_beside_its_field(
    town: Town, given: dict[str, Any], field: str, said: str
) -> None:
    assert await page_1(town) == {}
    assert await page_2(town) == {}
    faults = await page_3(town, **given)
    assert list(faults) == [f"client|{field}"]
    assert said in faults[f"client|{field}"]


async def test_a_channel_without_the_bot_says_how_to_invite_it(town: Town) -> None:
    town.workspace.add_channel("COUTSIDE", "elsewhere", members=[TEAM_LEAD])
    if town.workspace.bot_id in town.workspace.channels["COUTSIDE"].members:
        town.workspace.channels["COUTSIDE"].members.remove(town.workspace.bot_id)
    faults = await page_1(town, **{"client|channel": "COUTSIDE"})
    assert "/invite @Preflight" in faults["client|channel"]


async def test_a_name_of_another_client_is_refused_and_says_whose_it_is(town: Town) -> None:
    await add(town)
    faults = await page_1(town, OTHER_LEAD, **{"client|name": "Contoso", "client|aliases": "nw"})
    assert "Northwind" in faults["client|aliases"]


async def test_a_time_the_clocks_jump_over_is_kept_and_the_person_told(town: Town) -> None:
    await add(town, **{"client|weekdays": ["6"], "client|time": "02:30", "client|first_date": "2026-11-29"})
    told = town.cards(town.dm(TEAM_LEAD))[-1].text
    assert "put forward over 02:30; that day it starts at 03:00" in told


async def test_a_client_nobody_knows_is_answered_with_those_that_are_called_alike(town: Town) -> None:
    await add(town)
    await town.command(TEAM_LEAD, "client edit Nortwind")
    said = await town.until(lambda: town.whispers(TEAM_LEAD))
    assert "Did you mean “Northwind”?" in said[-1]


# --- clashes ----------------------------------------------------------------------------------------------------------


async def test_a_review_too_close_to_another_of_its_host_takes_a_tick(town: Town) -> None:
    await add(town)
    assert await page_1(town, **{"client|name": "Contoso", "client|aliases": ""}) == {}
    assert await page_2(town, **{"client|time": "10:10"}) == {}  # ten minutes after the other one ends
    assert await page_3(town) == {}
    warned = words(town.modal(TEAM_LEAD))
    assert "Northwind" in warned
    assert "15 minutes" in warned
    assert await in_register(town, "Contoso") is None
    tick = next(each for each in town.modal(TEAM_LEAD)["blocks"] if each.get("block_id") == "client|confirm")
    code = tick["element"]["options"][0]["value"]
    assert await page_3(town, **{"client|confirm": [code]}) == {}
    assert (await series_of(town, "Contoso")).rhythm.at.isoformat() == "10:10:00"


async def test_a_fifth_review_in_a_day_takes_a_tick(town: Town) -> None:
    town.workspace.set_zone(OTHER_LEAD, "America/New_York")  # a day is the host's own, and here the client's too
    for number, at in enumerate(("08:00", "10:00", "12:00", "14:00")):
        name = f"Client {number}"
        await add(town, **{"client|name": name, "client|aliases": "", "client|time": at})
    assert await page_1(town, **{"client|name": "Contoso", "client|aliases": ""}) == {}
    assert await page_2(town, **{"client|time": "16:00"}) == {}
    assert await page_3(town) == {}
    assert "5 reviews in a day; the most is 4" in words(town.modal(TEAM_LEAD))
    assert await in_register(town, "Contoso") is None


# --- the list ---------------------------------------------------------------------------------------------------------


async def test_an_empty_register_teaches_how_to_fill_it(town: Town) -> None:
    await town.command(TEAM_LEAD, "clients")
    card = await shown(town)
    assert "/preflight client add" in words(card)
    assert offers(card) == ["client|add"]


async def test_the_list_shows_whose_review_is_when_and_opens_each_client(town: Town) -> None:
    await add(town)
    await town.command(TEAM_LEAD, "clients")
    mine = await shown(town)
    assert "Every Tuesday and Thursday at 09:30" in words(mine)
    await town.click(TEAM_LEAD, mine, "client|show")
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    opened = words(town.modal(TEAM_LEAD))
    assert "PCI DSS" in opened
    assert "The next one is on" in opened
    await town.click_in_form(TEAM_LEAD, "client|edit")
    await town.until(lambda: town.modal(TEAM_LEAD)["callback_id"] == "client|1")
    assert await town.submit(TEAM_LEAD, **{"client|reviews": "none"}) == {}
    assert town.workspace.top_view(TEAM_LEAD) is None


async def test_whoever_may_not_change_a_client_looks_at_it_without_a_button(town: Town) -> None:
    await add(town)
    await town.command(CISO, "client show north-wind")
    await town.until(lambda: town.workspace.top_view(CISO))
    assert "Northwind" in words(town.modal(CISO))
    assert not has_control(town.modal(CISO)["blocks"], "client|edit")


async def test_a_client_shows_the_tools_that_touch_it_and_how_many_do_not_say(town: Town) -> None:
    await add(town)
    await open_review(town, tool="Fabrikam Notes", **{**AGENTS, "profile|client_names": "nw"})
    await open_review(town, tool="Contoso Wiki", **{**AGENTS, "profile|client_names": "Somebody Else"})
    await town.command(CISO, "client show Northwind")
    await town.until(lambda: town.workspace.top_view(CISO))
    told = words(town.modal(CISO))
    assert "Fabrikam Notes: its questions are being answered" in told
    assert "Contoso Wiki" not in told


async def test_a_long_list_comes_in_pages(town: Town) -> None:
    def fill(act: Acting) -> None:
        for number in range(45):
            act.work.clients.add(
                Client(ClientId(f"CL{number}"), f"Client {number:02}", UserId(TEAM_LEAD), "UTC"), act.at
            )

    await town.bot.desk.act(fill)
    await town.command(TEAM_LEAD, "clients")
    first = await shown(town)
    assert "1 to 20 of 45" in words(first)
    await town.click(TEAM_LEAD, first, "client|page|next")
    second = await town.until(lambda: (m := last(town)) and "21 to 40 of 45" in words(m) and m)
    await town.click(TEAM_LEAD, second, "client|page|next")
    third = await town.until(lambda: (m := last(town)) and "41 to 45 of 45" in words(m) and m)
    assert offers(third).count("client|page") == 1
    assert "client|page|next" not in offers(third)


def last(town: Town, user: str = TEAM_LEAD) -> Any:
    found = [m for all in town.workspace.messages.values() for m in all if m.only_for == user and m.blocks]
    return found[-1] if found else None


async def test_a_tool_that_is_called_client_something_is_still_checked(town: Town) -> None:
    await town.command(TEAM_LEAD, "client portal pro")
    assert await town.card_with(town.dm(TEAM_LEAD), "review|profile")
