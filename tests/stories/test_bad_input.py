"""What people type that is no name, no number, no address; text that would be live; a database that is not there."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.store import engine
from bot.store.audit import AuditTrail
from bot.store.engine import StoreUnavailable
from tests.hostile import FORMS
from tests.slack.mrkdwn_reader import Live, live_in
from tests.stories.steps import (
    AGENTS,
    SMALL,
    again,
    answer_quickly,
    ask,
    close_all,
    decided,
    describe,
    hand_in,
    open_review,
    pick,
    question_of,
    review_of,
    sign,
    tags,
    to_page_2,
    words,
)
from tests.stories.town import (
    LEAD_1,
    OTHER_LEAD,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    open_town,
)

# --- the profile ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "   ", "x" * 3_000, "***", "\u202e\u200f", "<>"])
async def test_a_name_that_is_none_gets_a_kind_line_beside_its_field(town: Town, name: str) -> None:
    card = await ask(town)
    await town.click(TEAM_LEAD, card, "review|profile")
    faults = await town.submit(TEAM_LEAD, **{"profile|tool": name, "profile|kinds": ["saas"]})
    assert list(faults) == ["profile|tool"]
    assert town.modal(TEAM_LEAD)["callback_id"] == "profile|1"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.invalid", "x", "https://a b", "data:text/html,x"])
async def test_an_address_that_is_none_is_refused_beside_its_field(town: Town, url: str) -> None:
    card = await ask(town)
    await town.click(TEAM_LEAD, card, "review|profile")
    assert list(await town.submit(TEAM_LEAD, **{"profile|kinds": ["saas"], "profile|url": url})) == ["profile|url"]


async def test_page_1_without_a_kind_is_refused(town: Town) -> None:
    card = await ask(town)
    await town.click(TEAM_LEAD, card, "review|profile")
    assert list(await town.submit(TEAM_LEAD)) == ["profile|kinds"]


@pytest.mark.parametrize("seats", ["-1", "lots", "1000000000000", "10^12", "200.5", "1,2", "٣", "1e9"])
async def test_a_number_of_people_that_is_none_is_refused_beside_its_field(town: Town, seats: str) -> None:
    card = await ask(town)
    await to_page_2(town, card)
    assert list(await town.submit(TEAM_LEAD, **{**SMALL, "profile|seats": seats})) == ["profile|seats"]
    assert (await review_of(town)).profile is None


async def test_clients_that_are_not_named_are_asked_for(town: Town) -> None:
    card = await ask(town)
    await to_page_2(town, card)
    nameless = {**SMALL, "profile|clients": "some", "profile|client_names": " , \n"}
    assert list(await town.submit(TEAM_LEAD, **nameless)) == ["profile|client_names"]
    # What was filled in is still there, and the first page is not asked again.
    assert await town.submit(TEAM_LEAD, **{**SMALL, "profile|seats": ""}) == {}
    profile = (await review_of(town)).profile
    assert profile is not None
    assert profile.seats is None


async def test_the_command_with_a_name_that_is_none_is_answered_kindly(town: Town) -> None:
    for text, says in {"x" * 3_000: "That is a long name", "***": "I can't read that"}.items():
        await town.command(TEAM_LEAD, text)
        await town.until(lambda says=says: any(says in each for each in town.whispers(TEAM_LEAD)))
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)) == []


# --- live text --------------------------------------------------------------------------------------------------------

PEOPLE = {TEAM_LEAD, OTHER_LEAD, LEAD_1, "ULEADTWO", "UCISO"}


def _is_our_link(town: Town, live: Live) -> bool:
    return (
        live.kind == "link" and re.fullmatch(rf"{town.page}/archives/[A-Z]+/p\d+(\?[^<>|]*)?", live.target) is not None
    )


def live_for_others(town: Town) -> list[str]:
    """What any of our payloads would make Slack do, besides naming who takes part, showing a date, or our own link."""
    found: list[str] = []
    for method, params in town.calls:
        payload = dict(params)
        for key in ("blocks", "view"):
            if isinstance(payload.get(key), str):
                payload[key] = json.loads(payload[key])
        for part in (payload, payload.get("view") or {}):
            found += [
                f"{method}: {live.kind} {live.target}"
                for live in live_in(part)
                if live.kind != "date" and live.target not in PEOPLE and not _is_our_link(town, live)
            ]
    return found


NAMES = [each for each in FORMS if 0 < len(each.strip()) <= 80 and any(letter.isalnum() for letter in each)]
NAMES = [each for each in NAMES if not any("\ud800" <= letter <= "\udfff" for letter in each)]  # no JSON carries those


async def test_names_and_words_with_markup_are_never_live_anywhere(town: Town) -> None:
    # As many as there are, spread over everything that somebody can type, in one review after the other.
    nasty = iter(NAMES * 2)
    for user in (TEAM_LEAD, OTHER_LEAD):
        name = next(each for each in nasty if "<" in each)
        card = await ask(town, user, "@Preflight is Fabrikam Notes safe to roll out?")
        text = {"tool": name, "purpose": next(nasty), "vendor": next(nasty)}
        await to_page_2(town, card, user, **{f"profile|{fact}": value for fact, value in text.items()})
        use = {**AGENTS, "profile|client_names": "\n".join(next(nasty) for _ in range(3))}
        if "Did you mean" in words(town.modal(user)):
            use["profile|same_as"] = "different"
        assert await town.submit(user, **use) == {}
        await town.until(lambda card=card: question_of(again(town, card)))
        await town.say(user, TEAM_CHANNEL, next(nasty), thread=card.thread_ts)
        await answer_quickly(town, card, user)
        request = await hand_in(town, card, user)
        await sign(town, request, "sign_off|ask", **{"sign_off|question": next(nasty)})
        reply = await town.card_with(TEAM_CHANNEL, "review|reply")
        await town.click(user, reply, "review|reply")
        await town.submit(user, **{"reply|text": next(nasty)})
        await sign(town, request, **{"sign_off|rationale": next(nasty)})
        await town.command(user, "mine")
        await town.command(user, f"find {name}")
        await town.home(user)
        close_all(town, user)
    await town.settle()
    assert live_for_others(town) == []


async def test_names_typed_behind_the_command_are_never_live(town: Town) -> None:
    for name in NAMES[::7]:  # a channel takes about one message a second, so not all of them
        await town.command(TEAM_LEAD, name)
        close_all(town, TEAM_LEAD)
        await town.command(TEAM_LEAD, f"find {name}")
        await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight is {name} safe?")
    await town.settle()
    assert live_for_others(town) == []


async def test_joining_a_tool_with_a_live_name_whispers_it_as_words(town: Town) -> None:
    card = await ask(town)
    await to_page_2(town, card, **{"profile|tool": "Otter <!channel> <@U0STRANGER>"})
    assert await town.submit(TEAM_LEAD, **AGENTS) == {}
    await town.command(OTHER_LEAD, "Otter <!channel> <@U0STRANGER>")
    await town.command(OTHER_LEAD, "find otter")
    await town.settle()
    assert live_for_others(town) == []
    assert all("<!" not in each and "<@U0" not in each for each in town.whispers(OTHER_LEAD))


# --- the database -----------------------------------------------------------------------------------------------------


def told_with_reference(town: Town, user: str) -> list[str]:
    return [each for each in town.whispers(user) if "nothing was recorded" in each and "Reference " in each]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A database that runs full at the last moment of every act, while the list holds something."""
    on: list[bool] = []
    write = AuditTrail.write

    def may_write(self: AuditTrail) -> None:
        if on and self._waiting:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = 13
            raise error
        write(self)

    monkeypatch.setattr(AuditTrail, "write", may_write)
    return on


async def test_an_answer_while_the_disk_is_full_is_not_recorded_and_the_person_knows(
    town: Town, full: list[bool]
) -> None:
    card = await open_review(town, **AGENTS)
    before, trail = await review_of(town), await tags(town)
    full.append(True)
    await town.click(TEAM_LEAD, card, "answer|unknown")
    assert len(told_with_reference(town, TEAM_LEAD)) == 1
    assert await review_of(town) == before  # nothing half-saved
    assert await tags(town) == trail
    full.clear()
    await pick(town, card, "unknown")
    assert (await review_of(town)).version == before.version + 1


async def test_a_form_sent_while_the_disk_is_full_stays_open_with_what_was_typed(town: Town, full: list[bool]) -> None:
    card = await ask(town)
    await to_page_2(town, card)
    full.append(True)
    faults = await town.submit(TEAM_LEAD, **SMALL)
    (told,) = faults.values()
    assert "nothing was recorded" in told
    assert "Reference " in told
    assert (await review_of(town)).profile is None
    full.clear()
    assert await town.submit(TEAM_LEAD, **SMALL) == {}
    assert (await review_of(town)).profile is not None


async def test_a_signature_while_the_disk_is_full_is_none(town: Town, full: list[bool]) -> None:
    card = await open_review(town, **AGENTS)
    await answer_quickly(town, card)
    request = await hand_in(town, card)
    await town.click(LEAD_1, request, "sign_off|approve")
    full.append(True)
    (told,) = (await town.submit(LEAD_1, **{"sign_off|rationale": "Fine."})).values()
    assert "nothing was recorded" in told
    assert await decided(town) == []
    full.clear()
    assert await town.submit(LEAD_1, **{"sign_off|rationale": "Fine."}) == {}
    await town.settle()
    assert len(await decided(town)) == 1


async def test_a_mention_while_the_disk_is_full_is_told_once_and_taken_when_slack_sends_it_again(
    town: Town, full: list[bool]
) -> None:
    full.append(True)
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight is Fabrikam Notes safe?")
    await town.until(lambda: told_with_reference(town, TEAM_LEAD))
    full.clear()
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight is Contoso Board safe?")
    await town.card_with(TEAM_CHANNEL, "review|profile")
    assert len(told_with_reference(town, TEAM_LEAD)) == 1


async def test_a_click_while_somebody_else_holds_the_database_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 50)
    path = tmp_path / "town.sqlite3"
    async with open_town(f"sqlite:///{path}") as town:
        card = await open_review(town, **AGENTS)
        await town.settle()  # or it would be the mark of the card just posted that is not written, and not the answer
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        await town.click(TEAM_LEAD, card, "answer|unknown")
        assert len(told_with_reference(town, TEAM_LEAD)) == 1
        holder.execute("ROLLBACK")
        holder.close()
        assert (await review_of(town)).answers == {}
        await pick(town, card, "unknown")


@pytest.mark.parametrize("act", ["message", "command", "home", "button"])
async def test_a_database_that_is_gone_is_told_wherever_somebody_asks(
    town: Town, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    card = await open_review(town, **AGENTS)
    await town.settle()

    async def gone(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("the store is closed")

    with monkeypatch.context() as broken:
        for door in ("act", "read"):
            broken.setattr(town.bot.desk.store, door, gone)
        match act:
            case "message":
                await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), "is Contoso Board safe?")
            case "command":
                await town.command(TEAM_LEAD, "mine")
            case "home":
                await town._act("home", TEAM_LEAD)
            case "button":
                await town.click(TEAM_LEAD, card, "review|why")
                await town.click(TEAM_LEAD, card, "review|form")
        await town.until(
            lambda: [c for c in (*town.cards(town.dm(TEAM_LEAD)), *town.cards(TEAM_CHANNEL)) if "Reference " in c.text]
        )
    # It works again as soon as the database does.
    card = await ask(town, OTHER_LEAD, "@Preflight is Contoso Board safe?")
    await describe(town, card, OTHER_LEAD, **SMALL)
