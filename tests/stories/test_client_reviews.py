"""One client review through the real app: from the pack to the minutes, and what is refused on the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.client import SideOf
from bot.domain.client_review import Outcome, Presence, State
from bot.slack import ids
from tests.stories.client_steps import (
    HOST,
    OWNER,
    STAND_IN,
    Clock,
    a_client,
    a_review,
    actions_of,
    again,
    closed,
    findings_of,
    form,
    planned,
    started,
    the_review,
    told,
    walked,
    with_client,
)
from tests.stories.steps import offers, old, press_old, tags, words
from tests.stories.town import (
    CISO,
    GUEST,
    LEAD_1,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    Town,
    controls,
    open_town,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        yield opened


# --- from pack to minutes ---------------------------------------------------------------------------------------------


async def test_a_meeting_goes_from_its_pack_through_every_item_to_its_minutes(town: Town) -> None:
    occurrence, pack = await a_review(town)
    assert "Security review: Northwind" in words(pack)
    assert "calm. 15 minutes" in words(pack)
    card = await started(town, pack)
    assert card.thread_ts == pack.ts
    assert ids.MEET_START not in offers(again(town, pack))
    assert "Roll call and open actions" in words(card)
    card = await walked(town, card)
    assert "Everything was discussed" in words(card)
    assert "10 of 10 discussed" in words(card)
    assert await closed(town, card) == {}
    minutes = await town.card_with(TEAM_CHANNEL, ids.MEET_PDF)
    assert minutes.thread_ts is None
    assert "Minutes: Northwind" in words(minutes)
    assert "Nothing new." in words(minutes)
    held = await the_review(town, occurrence)
    assert (held.state, held.outcome) == (State.HELD, Outcome.CALM)
    assert held.attendance[HOST] is Presence.PRESENT
    assert held.attendance["Dana Nord"] is Presence.PRESENT
    assert held.attendance["Nils Nord"] is Presence.ABSENT
    assert "Held." in words(again(town, pack))
    assert [tag for tag in await tags(town) if tag.startswith("client_review")] == [
        "client_review:start",
        *["client_review:item:discussed"] * 10,
        "client_review:close",
    ]


async def test_notes_actions_and_findings_are_written_down_where_they_were_said(town: Town, clock: Clock) -> None:
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    clock.forward(minutes=4)
    assert (
        await form(town, STAND_IN, card, ids.MEET_NOTE, **{"client_review|text": "Nobody <!here> was missing."}) == {}
    )
    assert "Nobody &lt;" in words(again(town, card))
    assert "Time used:* 4 of 15 minutes" in words(again(town, card))
    what = {"client_review|text": "Switch sign-on on", "client_review|side": "ours"}
    faults = await form(town, HOST, card, ids.MEET_ACTION, **what)
    assert faults == {"client_review|owner": "Choose who does it."}
    assert await town.submit(HOST, **what, **{"client_review|owner": OWNER, "client_review|due": "2026-11-20"}) == {
        "client_review|due": "An action is due today or later."
    }
    assert await town.submit(HOST, **what, **{"client_review|owner": OWNER, "client_review|due": "2026-12-01"}) == {}
    theirs = {"client_review|text": "Send the list", "client_review|side": "clients"}
    assert await form(town, HOST, card, ids.MEET_ACTION, **theirs) == {
        "client_review|client_owner": "Write the name of who does it."
    }
    assert await town.submit(HOST, **theirs, **{"client_review|client_owner": "Dana Nord"}) == {}
    found = {"client_review|text": "Shared accounts", "client_review|guideline": "G1"}
    found |= {"client_review|severity": "high", "client_review|source": "client", "client_review|tool": "Otter"}
    assert await form(town, HOST, card, ids.MEET_FINDING, **found) == {}
    await town.settle()
    agreed = await actions_of(town, occurrence.client)
    assert {(each.text, each.side, each.owner) for each in agreed} == {
        ("Switch sign-on on", SideOf.OURS, OWNER),
        ("Send the list", SideOf.CLIENTS, "Dana Nord"),
    }
    (finding,) = await findings_of(town, occurrence.client)
    assert (finding.text, finding.guideline, finding.tool_name) == ("Shared accounts", "G1", "Otter")
    assert "Actions agreed:* 2" in words(again(town, card))
    assert await closed(town, card) == {}
    minutes = words(await town.card_with(TEAM_CHANNEL, ids.MEET_PDF))
    for said in (
        "Switch sign-on on",
        "Send the list (Dana Nord, client, due 8 Dec 2026)",
        "Shared accounts (G1, high, Otter)",
    ):
        assert said in minutes
    recorded = await town.bot.desk.read(lambda work: [str(entry.event.facts) for entry in work.audit.all()])
    assert not any(re.search("missing|Switch|Send|Shared", each) for each in recorded)


async def test_back_opens_the_item_before_again_and_an_old_button_changes_nothing(town: Town) -> None:
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    seen = old(town, card)
    before = len(town.calls)
    await town.click(HOST, card, ids.MEET_DISCUSSED)
    await town.settle()
    # The moving card takes the click's own way; the pack is frozen and costs nothing of what Slack allows.
    assert [method for method, _ in town.calls[before:] if method.startswith("chat.")] == []
    assert "What changed since last time" in words(again(town, card))
    await press_old(town, STAND_IN, seen, ids.MEET_DISCUSSED)
    await town.settle()
    assert any("out of date" in each for each in town.whispers(STAND_IN))
    assert "What changed since last time" in words(again(town, card))
    await town.click(HOST, again(town, card), ids.MEET_BACK)
    await town.settle()
    assert "Roll call and open actions" in words(again(town, card))
    assert ids.MEET_BACK not in offers(again(town, card))
    assert (await the_review(town, occurrence)).items[0].discussed_at is None


async def test_a_review_is_not_closed_without_attendance_outcome_and_next_date(town: Town) -> None:
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    assert "client_review|present" in await closed(
        town, card, **{"client_review|present": [], "client_review|client_present": []}
    )
    assert "client_review|outcome" in await town.submit(
        HOST, **{"client_review|present": [HOST], "client_review|next": "2026-12-01"}
    )
    assert "client_review|next" in await town.submit(
        HOST, **{"client_review|present": [HOST], "client_review|outcome": "calm", "client_review|next": "2026-11-24"}
    )
    assert (await the_review(town, occurrence)).state is State.OPEN


async def test_attendance_is_recorded_before_closing_and_then_not_asked_again(town: Town) -> None:
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    there = {"client_review|present": [HOST, LEAD_1], "client_review|excused": [STAND_IN]}
    there |= {"client_review|client_excused": ["1"], "client_review|client_more": "Erin East,  Tom <b>"}
    assert await form(town, HOST, card, ids.MEET_ATTENDANCE, **there) == {}
    assert "2 of ours, 2 of the client's" in words(again(town, card))
    recorded = (await the_review(town, occurrence)).attendance
    assert recorded["Erin East"] is Presence.PRESENT
    assert recorded["Nils Nord"] is Presence.EXCUSED
    assert recorded["Dana Nord"] is Presence.ABSENT
    await town.click(HOST, again(town, card), ids.MEET_CLOSE)
    assert "client_review|present" not in [each.get("block_id") for each in town.modal(HOST)["blocks"]]
    outcome = {"client_review|outcome": "actions", "client_review|next": "2026-12-01"}
    assert await town.submit(HOST, **outcome) == {}
    await town.settle()
    assert any("held without you" in each for each in told(town, STAND_IN))
    assert any("held without you" in each for each in told(town, OWNER))
    assert not any("held without you" in each for each in told(town, HOST))


async def test_a_guest_is_not_counted_among_our_people(town: Town) -> None:
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    faults = await form(town, HOST, card, ids.MEET_ATTENDANCE, **{"client_review|present": [HOST, GUEST]})
    assert faults == {"client_review|present": "Guests are not ours: write their names under the client's people."}
    assert (await the_review(town, occurrence)).attendance == {}


async def test_the_pack_is_frozen_when_the_meeting_starts(town: Town, clock: Clock) -> None:
    occurrence, pack = await a_review(town)
    assert await form(town, STAND_IN, pack, ids.MEET_ADD, **{"client_review|text": "Their new office"}) == {}
    assert "Their new office" in words(again(town, pack))
    await started(town, pack)
    kept = await town.bot.desk.read(lambda work: work.occurrences.pack(occurrence.id))
    assert kept is not None
    assert "Their new office" in kept[0]
    assert kept[2] == (await the_review(town, occurrence)).as_of == clock.at
    clock.forward(days=1)
    assert "As of <!date^1795507200^" in words(again(town, pack))


async def test_an_old_pack_is_shown_as_it_was_however_the_record_moved_on(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client())
    await planned(town, series)
    card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
    what = {"client_review|text": "Switch it on", "client_review|side": "ours", "client_review|owner": HOST}
    assert await form(town, HOST, card, ids.MEET_ACTION, **what) == {}
    assert await closed(town, card) == {}
    clock.forward(days=7)
    await planned(town, series)
    await closed(town, await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START)))
    await town.command(HOST, "client show Northwind")
    await town.until(lambda: town.workspace.top_view(HOST))
    view = town.modal(HOST)
    newest, oldest = [control["value"] for _, control in controls(view["blocks"]) if control["text"]["text"] == SHOW]
    assert await shown_pack(town, oldest) == (False, True)
    await town.command(HOST, "client show Northwind")
    await town.until(lambda: SHOW in words(town.modal(HOST)))
    assert await shown_pack(town, newest) == (True, True)
    await town.command(CISO, "client show Northwind")
    await town.until(lambda: town.workspace.top_view(CISO))
    assert SHOW not in words(town.modal(CISO))  # whoever takes no part reads no packs


SHOW = "Show Pack"


async def shown_pack(town: Town, value: str) -> tuple[bool, bool]:
    """Whether an old pack shows the action, and says that it is frozen."""
    view = town.modal(HOST)
    block, _ = next(each for each in controls(view["blocks"]) if each[1].get("value") == value)
    where = {"block_id": block["block_id"], "action_id": ids.MEET_PACK, "type": "button", "value": value}
    await town._act("view_click", HOST, view_id=view["id"], state={}, **where)
    await town.until(lambda: "The pack as it was" in str(town.modal(HOST)["title"]))
    said = words(town.modal(HOST))
    return "Switch it on" in said, "Frozen as of" in said


# --- who may ----------------------------------------------------------------------------------------------------------


async def test_only_host_stand_in_or_a_lead_starts_closes_skips_and_moves(town: Town) -> None:
    occurrence, pack = await a_review(town)
    for action in (ids.MEET_START, ids.MEET_SKIP, ids.MEET_MOVE):
        await town.click(CISO, pack, action)
        await town.settle()
        assert town.workspace.top_view(CISO) is None
    assert len([each for each in town.whispers(CISO) if "Only the host" in each]) == 3
    assert (await the_review(town, occurrence)).state is State.PLANNED
    card = await started(town, pack, user=LEAD_1)
    await town.click(CISO, card, ids.MEET_NOTE)
    await town.click(CISO, card, ids.MEET_CLOSE)
    await town.click(CISO, card, ids.MEET_DISCUSSED)
    await town.settle()
    assert town.workspace.top_view(CISO) is None
    assert (await the_review(town, occurrence)).items[0].discussed_at is None


async def test_pressing_start_twice_starts_once(town: Town) -> None:
    occurrence, pack = await a_review(town)
    seen = old(town, pack)
    await started(town, pack)
    before = await the_review(town, occurrence)
    await press_old(town, STAND_IN, seen, ids.MEET_START)
    await town.settle()
    assert await the_review(town, occurrence) == before
    assert len([each for each in town.cards(TEAM_CHANNEL) if each.thread_ts == pack.ts]) == 1


# --- skip and move ----------------------------------------------------------------------------------------------------


async def test_a_skip_takes_a_reason_and_an_agreement_and_two_in_a_row_are_refused(town: Town) -> None:
    series = await with_client(town, a_client())
    first, second = await planned(town, series), await planned(town, series, days=7)
    cards = [each for each in town.cards(TEAM_CHANNEL) if ids.MEET_SKIP in offers(each)]
    why = {"client_review|why": "They move house.", "client_review|agreed_by": OWNER}
    assert await form(town, HOST, cards[0], ids.MEET_SKIP, **{**why, "client_review|why": " "}) == {
        "client_review|why": "Write one sentence why: it stays on record."
    }
    assert await town.submit(HOST, **{**why, "client_review|agreed_by": CISO}) == {
        "client_review|agreed_by": "Only a security lead or the client's account owner can agree to a skipped review."
    }
    assert await town.submit(HOST, **why) == {}
    await town.settle()
    skipped = await the_review(town, first)
    assert skipped.skip is not None
    assert (skipped.state, skipped.skip.approved_by) == (State.SKIPPED, OWNER)
    assert "They move house." in words(again(town, cards[0]))
    assert any("called off, with your agreement" in each for each in told(town, OWNER))
    faults = await form(town, HOST, cards[1], ids.MEET_SKIP, **why)
    assert "two in a row are not possible" in next(iter(faults.values()))
    assert (await the_review(town, second)).state is State.PLANNED


async def test_who_is_named_without_having_agreed_says_so_and_the_review_stands(town: Town) -> None:
    occurrence, pack = await a_review(town)
    why = {"client_review|why": "They move house.", "client_review|agreed_by": OWNER}
    assert await form(town, HOST, pack, ids.MEET_SKIP, **why) == {}
    asked = await town.card_with(town.dm(OWNER), ids.MEET_DENY)
    seen = old(town, asked)
    await town.click(OWNER, asked, ids.MEET_DENY)
    await town.settle()
    stands = await the_review(town, occurrence)
    assert (stands.state, stands.skip) == (State.PLANNED, None)
    assert ids.MEET_START in offers(again(town, pack))
    assert "not called off any more" in words(again(town, asked))
    assert any("was not called off" in each for each in told(town, HOST))
    assert "client_review:skip:deny" in await tags(town)
    assert await form(town, HOST, pack, ids.MEET_SKIP, **{**why, "client_review|agreed_by": LEAD_1}) == {}
    await press_old(town, OWNER, seen, ids.MEET_DENY)  # another agreement stands now, and it is not theirs
    await town.settle()
    assert (await the_review(town, occurrence)).state is State.SKIPPED


async def test_a_cardholder_client_never_has_a_quarter_without_a_review(town: Town) -> None:
    series = await with_client(town, a_client(frameworks=frozenset({"pci"})))
    first = await planned(town, series)
    pack = await town.card_with(TEAM_CHANNEL, ids.MEET_SKIP)
    why = {"client_review|why": "They move house.", "client_review|agreed_by": OWNER}
    faults = await form(town, HOST, pack, ids.MEET_SKIP, **why)
    assert "asks for a review every quarter" in next(iter(faults.values()))
    await planned(town, series, days=1, show=False)
    assert await town.submit(HOST, **why) == {}  # the next one comes in time
    assert (await the_review(town, first)).state is State.SKIPPED


async def test_moving_within_the_week_keeps_the_slot_and_out_of_it_is_a_skip(town: Town) -> None:
    occurrence, pack = await a_review(town)
    move = {"client_review|on": "2026-11-26", "client_review|time": "14:30", "client_review|why": "Dana is ill."}
    assert await form(town, HOST, pack, ids.MEET_MOVE, **{**move, "client_review|time": "2:3"}) == {
        "client_review|time": "Write a time of day like 09:30 or 14:00."
    }
    assert await town.submit(HOST, **{**move, "client_review|on": "2026-11-23"}) == {
        "client_review|on": "Give a day and time that are still to come."
    }
    assert await town.submit(HOST, **move) == {}
    await town.settle()
    moved = await the_review(town, occurrence)
    assert (moved.state, moved.on) == (State.PLANNED, occurrence.on)
    assert moved.start_at.isoformat() == "2026-11-26T13:30:00+00:00"
    assert "14:30 in Europe/Berlin" in words(again(town, pack))
    assert "Dana is ill." in words(again(town, pack))
    away = {**move, "client_review|on": "2026-12-03"}
    assert "client_review|agreed_by" in await form(town, HOST, pack, ids.MEET_MOVE, **away)
    assert await town.submit(HOST, **away, **{"client_review|agreed_by": LEAD_1}) == {}
    await town.settle()
    assert (await the_review(town, occurrence)).state is State.SKIPPED
    row = await town.bot.desk.read(lambda work: work.occurrences.of_client(occurrence.client, limit=5))
    assert [(each.on.isoformat(), each.state) for each in row] == [
        ("2026-12-03", State.PLANNED),
        ("2026-11-24", State.SKIPPED),
    ]


async def test_moving_a_host_into_another_review_of_theirs_takes_a_tick(town: Town) -> None:
    occurrence, pack = await a_review(town)
    other = await with_client(town, a_client("Fabrikam", channel=None))
    await planned(town, other, days=1)
    move = {"client_review|on": "2026-11-25", "client_review|time": "10:40", "client_review|why": "Dana is ill."}
    # The other one ends at 10:30: that leaves ten minutes, although the two starts are forty apart.
    assert await form(town, HOST, pack, ids.MEET_MOVE, **move) == {}
    view = town.modal(HOST)
    assert "leaves the host less than 15 minutes in between" in words(view)
    assert (await the_review(town, occurrence)).start_at == occurrence.start_at
    code = next(each for each in view["blocks"] if each.get("block_id") == ids.CLIENT_CONFIRM)
    tick = code["element"]["options"][0]["value"]
    assert await town.submit(HOST, **{ids.CLIENT_CONFIRM: [tick]}) == {}
    await town.settle()
    assert (await the_review(town, occurrence)).start_at.isoformat() == "2026-11-25T09:40:00+00:00"


async def test_a_fifth_review_in_a_hosts_day_takes_a_tick_when_it_is_moved_there(town: Town) -> None:
    _, pack = await a_review(town)
    for n in range(4):
        other = await with_client(town, a_client(f"Fabrikam {n}", channel=None))
        at = datetime(2026, 11, 25, 12 + n, tzinfo=UTC)
        await planned(town, other, days=1, show=False, start_at=at)
    move = {"client_review|on": "2026-11-25", "client_review|time": "09:00", "client_review|why": "Dana is ill."}
    assert await form(town, HOST, pack, ids.MEET_MOVE, **move) == {}
    assert "5 reviews in a day; the most is 4" in words(town.modal(HOST))


# --- carried over -----------------------------------------------------------------------------------------------------


async def test_an_action_grows_a_meeting_older_and_the_third_time_it_goes_further_up(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client())
    await planned(town, series)
    card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
    what = {"client_review|text": "Switch sign-on on", "client_review|side": "ours", "client_review|owner": HOST}
    assert await form(town, HOST, card, ids.MEET_ACTION, **what) == {}
    assert await closed(town, card) == {}
    for week in (1, 2, 3):
        clock.forward(days=7)
        await planned(town, series)
        card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
        assert not any("carried over" in each.text for each in town.cards(SECURITY_CHANNEL))
        assert await closed(town, card) == {}
        (action,) = await actions_of(town, series.client)
        assert action.meetings == week
    (up,) = [each for each in town.cards(SECURITY_CHANNEL) if "carried over" in each.text]
    assert "Switch sign-on on" in words(up)
    assert any("carried over too often" in each for each in told(town, OWNER))


async def test_a_client_that_stays_away_three_times_is_a_finding(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client())
    for week in range(4):
        await planned(town, series)
        card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
        assert await closed(town, card, **{"client_review|client_present": []}) == {}
        clock.forward(days=7)
        found = await findings_of(town, series.client)
        assert len(found) == (week >= 2)
    assert "three reviews in a row" in found[0].text


async def test_seven_held_reviews_lose_no_guideline(town: Town, clock: Clock) -> None:
    series = await with_client(town, a_client())
    seen = []
    for _ in range(7):
        occurrence = await planned(town, series)
        card = await started(town, await town.card_with(TEAM_CHANNEL, ids.MEET_START))
        kept = await town.bot.desk.read(lambda work, which=occurrence: work.occurrences.pack(which.id))
        assert kept is not None
        seen.append(re.findall(r'"guideline":"(G\d)"', kept[0])[0])
        assert await closed(town, card) == {}
        clock.forward(days=7)
    assert seen == ["G1", "G2", "G3", "G4", "G5", "G6", "G7"]


# --- where nobody from outside may read along -------------------------------------------------------------------------


async def test_without_a_channel_the_review_runs_in_the_hosts_direct_messages(town: Town) -> None:
    series = await with_client(town, a_client(channel=None))
    occurrence = await planned(town, series)
    pack = await town.card_with(town.dm(HOST), ids.MEET_START)
    await town.click(HOST, pack, ids.MEET_START)
    await town.settle()
    card = await town.card_with(town.dm(HOST), ids.MEET_CLOSE)
    assert await closed(town, card) == {}
    assert (await the_review(town, occurrence)).state is State.HELD
    assert any(ids.MEET_PDF in offers(each) for each in town.cards(town.dm(HOST)))
