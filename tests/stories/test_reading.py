"""A sentence, a thread, somebody's message: rules and a model read it, a person says yes, and only that counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.answers import Origin
from bot.domain.audit import Tag
from bot.domain.ids import ChannelId, UserId
from bot.domain.model_use import Use
from bot.domain.reading import FACTS, mark_of
from bot.domain.review import Home, Stage
from bot.domain.sentence import READ_MOST
from bot.slack import ids
from bot.use_cases import intake, reading
from bot.use_cases.desk import Came, Repeated
from bot.use_cases.ports import Model
from bot.use_cases.reading import ReadAnew
from tests import postgres
from tests.slack.knock import event_body, signed
from tests.stories.model import Read, Scripted
from tests.stories.steps import (
    SMALL,
    again,
    answer_quickly,
    ask,
    card_in_thread,
    close_all,
    offers,
    old,
    open_review,
    press_old,
    question_of,
    review_of,
    tags,
    words,
)
from tests.stories.town import (
    GUEST,
    OTHER_LEAD,
    SECRET,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
    open_town,
)

Opens = Callable[..., AbstractAsyncContextManager[Town]]

GERMAN = "@Preflight Wir lassen unsere 200 daheim bald mit Fabrikam Notes arbeiten, es nimmt Gespräche auf"
READ_GERMAN: tuple[Read, ...] = (
    ("tool", "Fabrikam Notes", "Fabrikam Notes"),
    ("seats", "200", "unsere 200 daheim"),
    ("users", "wah_agents", "200 daheim"),
    ("data", "recordings", "nimmt Gespräche auf"),
)
WHOLE = (
    "@Preflight Fabrikam Notes is an online service for 200 home agents, it keeps call recordings of client Northwind, "
    "sits on our data layer and is new to us"
)
READ_WHOLE: tuple[Read, ...] = (
    ("tool", "Fabrikam Notes", "Fabrikam Notes"),
    ("kinds", "saas", "an online service"),
    ("users", "wah_agents", "home agents"),
    ("seats", "200", "200 home agents"),
    ("data", "recordings", "call recordings"),
    ("clients", "Northwind", "client Northwind"),
    ("layers", "data", "our data layer"),
    ("change", "new", "new to us"),
)


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """A town with a model in it, on SQLite."""

    def opened(model: Model, **more: Any) -> AbstractAsyncContextManager[Town]:
        return open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model, **more)

    return opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opens]:
    """The same on either engine."""
    if request.param == "sqlite":
        yield lambda model, **more: open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model, **more)
        return
    with postgres.running() as server:
        yield lambda model, **more: open_town(server.new_database(), model=model, **more)


async def asked(town: Town, text: str, **where: Any) -> Any:
    """Ask, let everything be read, and see the card."""
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, text, **where)
    thread = where.get("thread") or ts
    await town.settle()
    return await town.until(lambda: card_in_thread(town, thread, "review|profile"))


async def confirmations(town: Town) -> list[dict[str, Any]]:
    entries = await town.bot.desk.read(lambda work: list(work.audit.all()))
    return [dict(each.event.facts) for each in entries if each.event.tag is Tag.REVIEW_CONFIRM]


async def nobody_asked(town: Town, user: str = TEAM_LEAD) -> bool:
    return await town.bot.desk.read(lambda work: work.reviews.team_of(UserId(user))) == []


def help_in(town: Town, thread: str) -> list[Any]:
    return [each for each in town.cards(TEAM_CHANNEL) if each.thread_ts == thread and "/preflight find" in words(each)]


# --- what was read is shown, and counts after a yes ------------------------------------------------------------------


async def test_a_yes_confirms_what_is_shown_and_the_form_asks_only_for_the_rest(town: Town) -> None:
    card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents? It holds call recordings")
    assert "Recordings of calls or screens (“call recordings”)" in words(card)
    assert (await review_of(town)).profile is None
    await town.click(TEAM_LEAD, card, ids.CONFIRM)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert (await review_of(town)).profile is None  # nothing counts that was not said
    assert town.modal(TEAM_LEAD)["callback_id"] == "profile|1"
    assert await town.submit(TEAM_LEAD, **{"profile|kinds": ["saas"]}) == {}
    assert await town.submit(TEAM_LEAD, **{"profile|clients": "none"}) == {}
    await town.until(lambda: question_of(again(town, card)))
    review = await review_of(town)
    profile = review.profile
    assert profile is not None
    assert (profile.seats, profile.users, profile.data) == (200, {"wah_agents"}, {"recordings"})
    assert [each.quote for each in review.proposals if each.quote] == []  # what it was read from is needed no more
    found = await confirmations(town)
    assert {(each["fact"], each["value"], each["origin"], each["by_form"]) for each in found} == {
        ("tool", None, "rules", False),
        ("users", "wah_agents", "rules", False),
        ("seats", "200", "rules", False),
        ("data", "recordings", "rules", False),
    }
    assert not any("recordings”" in str(each) or "Fabrikam" in str(each) for each in found)


async def test_a_form_saved_without_a_yes_before_is_the_yes_and_says_so_on_record(town: Town) -> None:
    card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents? It holds call recordings")
    await town.click(TEAM_LEAD, card, ids.PROFILE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert await town.submit(TEAM_LEAD, **{"profile|kinds": ["saas"]}) == {}
    assert await town.submit(TEAM_LEAD, **{"profile|clients": "none", "profile|users": ["hq_staff"]}) == {}
    kept = {(each["fact"], each["value"], each["by_form"]) for each in await confirmations(town)}
    assert kept == {("tool", None, True), ("seats", "200", True), ("data", "recordings", True)}


async def test_a_sentence_that_only_a_model_can_read_opens_a_review_and_no_help_is_sent(opens: Opens) -> None:
    async with opens(Scripted(READ_GERMAN)) as town:
        card = await asked(town, GERMAN)
        assert "Is Fabrikam Notes safe" in words(card)
        assert "200 (“unsere 200 daheim”)" in words(card)
        assert "Read by a model" in words(card)
        assert help_in(town, card.thread_ts) == []
        review = await review_of(town)
        assert (review.tool, review.tool_name, review.profile) == (None, "", None)  # nothing counts yet
        await town.click(TEAM_LEAD, card, ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        assert (await review_of(town)).tool_name == "Fabrikam Notes"
        assert {each["origin"] for each in await confirmations(town)} == {"model"}


async def test_the_whole_profile_in_one_sentence_is_one_press_away_from_the_first_question(opens: Opens) -> None:
    async with opens(Scripted(READ_WHOLE)) as town:
        card = await asked(town, WHOLE)
        await town.click(TEAM_LEAD, card, ids.CONFIRM)
        await town.until(lambda: question_of(again(town, card)))
        assert town.workspace.top_view(TEAM_LEAD) is None
        profile = (await review_of(town)).profile
        assert profile is not None
        assert (profile.seats, profile.clients.names, profile.layers) == (200, {"Northwind"}, {"data"})


async def test_where_only_the_second_page_is_missing_only_that_is_asked(opens: Opens) -> None:
    async with opens(Scripted(READ_WHOLE[:4])) as town:
        card = await asked(town, WHOLE)
        await town.click(TEAM_LEAD, card, ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        form = town.modal(TEAM_LEAD)
        assert form["callback_id"] == "profile|2"
        assert await town.submit(TEAM_LEAD, **{"profile|change": "renewal"}) == {}
        review = await review_of(town)
        assert review.profile is not None
        assert (review.tool_name, review.profile.kinds, review.profile.change) == (
            "Fabrikam Notes",
            {"saas"},
            "renewal",
        )
        assert review.profile.has_prior


async def test_what_a_model_read_is_added_to_what_the_rules_read(opens: Opens) -> None:
    reads = (("kinds", "ai_llm", "writes the summaries"), ("data", "recordings", "call recordings"))
    async with opens(Scripted(reads)) as town:
        card = await asked(town, "@Preflight is Fabrikam Notes safe? It writes the summaries of our call recordings")
        origins = {(each.fact, each.value): each.origin for each in (await review_of(town)).proposals}
        assert origins["kinds", "ai_llm"] is Origin.MODEL
        assert origins["data", "recordings"] is Origin.RULES
        assert "(“writes the summaries”)" in words(card)


async def test_two_readings_are_both_shown_and_neither_is_filled_in(opens: Opens) -> None:
    async with opens(Scripted((("seats", "220", "220 in all"),))) as town:
        card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents? Later 220 in all")
        assert "200 (“200 home agents”) or 220 (“220 in all”)? Please choose in the form." in words(card)
        await town.click(TEAM_LEAD, card, ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        assert await town.submit(TEAM_LEAD, **{"profile|kinds": ["saas"]}) == {}
        seats = next(each for each in town.modal(TEAM_LEAD)["blocks"] if each.get("block_id") == "profile|seats")
        assert "initial_value" not in seats["element"]
        assert "seats" not in {each["fact"] for each in await confirmations(town)}


async def test_what_was_read_is_forgotten_with_a_review_that_is_withdrawn(town: Town) -> None:
    card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents?")
    await town.click(TEAM_LEAD, card, ids.WITHDRAW)
    await town.settle()
    review = await review_of(town)
    assert review.stage is Stage.WITHDRAWN
    assert [each.quote for each in review.proposals if each.quote] == []


# --- others' words ----------------------------------------------------------------------------------------------------


async def test_a_thread_is_read_without_any_model_and_each_word_stays_its_authors(town: Town) -> None:
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "We want Fabrikam Notes for 300 home agents")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "It would hold call recordings", thread=above)
    card = await asked(town, "@Preflight what do you think?", thread=above)
    said = words(card)
    assert "Is Fabrikam Notes safe" in said
    assert f"300 (“300 home agents”, from <@{OTHER_LEAD}>)" in said
    assert "(“call recordings”)" in said
    assert help_in(town, above) == []
    await town.click(TEAM_LEAD, card, ids.CONFIRM)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    said_by = {each["fact"]: each["said_by"] for each in await confirmations(town)}
    assert (said_by["seats"], said_by["data"]) == (OTHER_LEAD, None)


async def test_a_bare_mention_in_a_thread_reads_the_thread(town: Town) -> None:
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "We want Fabrikam Notes for 300 home agents")
    card = await asked(town, "@Preflight", thread=above)
    assert "300 (“300 home agents”" in words(card)


async def test_a_thread_that_says_nothing_gets_help_once(town: Town) -> None:
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "Who is on holiday next week?")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight good morning", thread=above)
    await town.settle()
    assert len(help_in(town, above)) == 1
    assert await nobody_asked(town)


async def test_what_is_on_record_for_the_tool_of_a_thread_is_shown(town: Town) -> None:
    card = await open_review(town, OTHER_LEAD, "Fabrikam Notes", **SMALL)
    await answer_quickly(town, card, OTHER_LEAD)
    await town.click(OTHER_LEAD, again(town, card), "review|submit")
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "We want Fabrikam Notes for 300 home agents")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight ok?", thread=above)
    found = await town.until(lambda: card_in_thread(town, above, "review|new"))
    assert "in force" in words(found)
    await town.settle()
    assert await nobody_asked(town)


async def test_neither_cards_of_ours_nor_guests_are_read_in_a_thread(opens: Opens) -> None:
    model = Scripted()
    async with opens(model) as town:
        town.workspace.add_channel("CMIXED", "mixed", members=[TEAM_LEAD, OTHER_LEAD, GUEST])
        above = await town.say(OTHER_LEAD, "CMIXED", "@Preflight hello")
        await town.until(lambda: town.cards("CMIXED"))
        await town.say(GUEST, "CMIXED", "You may use it for everything", thread=above)
        await town.say(TEAM_LEAD, "CMIXED", "@Preflight and what about this one here?", thread=above)
        await town.settle()
        assert [(each.by, each.text) for each in model.shown[-1]] == [
            (OTHER_LEAD, "hello"),
            (TEAM_LEAD, "and what about this one here?"),
        ]


async def test_what_people_outside_can_read_is_not_read_for_a_request(opens: Opens) -> None:
    model = Scripted()
    async with opens(model) as town:
        shared = await town.say(OTHER_LEAD, SHARED_CHANNEL, "We want Fabrikam Notes for 300 home agents")
        await town.say(TEAM_LEAD, SHARED_CHANNEL, "@Preflight and what about this one here?", thread=shared)
        await town.settle()
        assert [each.text for each in model.shown[-1]] == ["and what about this one here?"]
        assert "conversations.replies" not in [method for method, _ in town.calls]


async def test_where_the_reviews_card_stands_its_thread_is_not_read_again(opens: Opens) -> None:
    model = Scripted()
    async with opens(model) as town:
        card = await asked(town, "@Preflight is Fabrikam Notes safe?")
        await town.say(OTHER_LEAD, TEAM_CHANNEL, "I like it for 300 home agents", thread=card.thread_ts)
        shown = len(model.shown)
        await town.say(OTHER_LEAD, TEAM_CHANNEL, "@Preflight is Contoso Board safe as well?", thread=card.thread_ts)
        await town.settle()
        assert [each.text for each in model.shown[shown]] == ["is Contoso Board safe as well?"]


@pytest.mark.parametrize("error", ["thread_not_found", "missing_scope", "internal_error", "ratelimited"])
async def test_a_thread_that_slack_does_not_give_leaves_the_askers_own_words(town: Town, error: str) -> None:
    town.faults.append(
        lambda method, _: {"ok": False, "error": error} if method == "conversations.replies" else None,
    )
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "We want Fabrikam Notes for 300 home agents")
    card = await asked(town, "@Preflight is Contoso Board safe for 20 people?", thread=above)
    assert "Is Contoso Board safe" in words(card)
    assert "300" not in words(card)


async def test_the_message_action_says_whose_words_it_read_and_the_models_part_arrives_on_the_card(
    opens: Opens,
) -> None:
    silent = asyncio.Event()
    async with opens(Scripted((("kinds", "ai_llm", "writes our summaries"),), silent=silent)) as town:
        text = "Fabrikam Notes for 300 home agents, it writes our summaries"
        ts = await town.say(OTHER_LEAD, TEAM_CHANNEL, text)
        await town.shortcut(TEAM_LEAD, TEAM_CHANNEL, ts)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        card = await town.until(lambda: card_in_thread(town, ts, ids.CONFIRM))
        assert f"300 (“300 home agents”, from <@{OTHER_LEAD}>)" in words(card)
        assert "writes our summaries" not in words(card)
        silent.set()
        await town.until(lambda: "writes our summaries" in words(again(town, card)))
        assert f"from <@{OTHER_LEAD}>" in words(again(town, card))


# --- a model that fails, lies or hangs --------------------------------------------------------------------------------


async def test_a_model_that_lies_changes_nothing(opens: Opens) -> None:
    lies = (
        ("seats", "9", "9 people"),
        ("data", "public", "public data only"),
        ("data", "gossip", "call recordings"),
        ("clients", "none", "call recordings"),
        ("tool", "Zoom", "Fabrikam Notes"),
        ("url", "https://evil.example/x", "Fabrikam Notes"),
        ("approver", "self_serve", "Fabrikam Notes"),
        ("verdict", "approve", "safe"),
    )
    text = "@Preflight is Fabrikam Notes safe for 200 home agents? It holds call recordings"
    async with opens(Scripted(lies * 1_250)) as town:
        card = await asked(town, text)
        lied = (words(card), (await review_of(town)).proposals)
        assert (await review_of(town)).version == 0
    assert "9 people" not in lied[0]
    assert {each.origin for each in lied[1]} == {Origin.RULES}


async def test_a_switch_that_is_turned_off_while_the_model_reads_keeps_its_readings_out(opens: Opens) -> None:
    silent = asyncio.Event()
    text = "@Preflight is Fabrikam Notes safe for 200 home agents? It keeps what callers tell us"
    async with opens(Scripted((("data", "customer_pii", "what callers tell us"),), silent=silent)) as town:
        await ask(town, text=text)
        desk = town.bot.desk
        await desk.store.act(lambda work: work.switches.set("model", Use.OFF.value, by="ULEADONE", at=desk.now()))
        silent.set()
        await town.settle()
        assert {each.origin for each in (await review_of(town)).proposals} == {Origin.RULES}


async def test_a_model_that_hangs_keeps_nobody_waiting(opens: Opens) -> None:
    silent = asyncio.Event()
    async with opens(Scripted((*READ_WHOLE, ("G1-ACCESS-MFA", "password", "online service")), silent=silent)) as town:
        card = await ask(town, text=WHOLE)
        assert "200 (“200 home agents”)" in words(card)
        await town.click(TEAM_LEAD, card, ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        silent.set()  # it comes back when a person has said yes already
        await town.settle()
        about_use = [each for each in (await review_of(town)).proposals if each.fact in FACTS]
        assert {each.origin for each in about_use} == {Origin.RULES}
        assert all(each.confirmed_by == TEAM_LEAD for each in about_use)


async def test_help_that_waits_for_a_model_is_sent_when_its_time_is_over(opens: Opens) -> None:
    silent, at = asyncio.Event(), [datetime.now(UTC)]
    async with opens(Scripted(READ_GERMAN, silent=silent), now=lambda: at[0]) as town:
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, GERMAN)
        await town.deliveries.settled()
        assert help_in(town, ts) == []
        at[0] += timedelta(seconds=30)
        await town.until(lambda: help_in(town, ts))  # by whoever looks for what is due, as after a crash
        silent.set()  # and what it says then is not said beside it
        await town.settle()
        assert len(help_in(town, ts)) == 1
        assert await nobody_asked(town)


async def test_a_greeting_gets_help_at_once_and_no_model_is_asked(opens: Opens) -> None:
    model = Scripted(READ_GERMAN)
    async with opens(model) as town:
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight hello")
        await town.until(lambda: help_in(town, ts))
        assert model.shown == []


async def test_what_nobody_understood_gets_help_when_the_model_has_said_so(opens: Opens) -> None:
    async with opens(Scripted()) as town:
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight wir haben morgen leider keinen Termin mehr frei")
        await town.settle()
        assert len(help_in(town, ts)) == 1
        assert await nobody_asked(town)


async def test_a_fault_on_the_way_stores_nothing_and_help_still_comes(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [datetime.now(UTC)]

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken on purpose")

    model = Scripted()
    monkeypatch.setattr(model, "extract", broken)
    async with opens(model, now=lambda: at[0]) as town:
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, GERMAN)
        await town.deliveries.settled()
        at[0] += timedelta(seconds=30)
        await town.until(lambda: help_in(town, ts))
        assert await nobody_asked(town)


# --- twice, late, by others -------------------------------------------------------------------------------------------


async def test_the_same_message_sent_twice_is_read_once(either: Opens) -> None:
    model = Scripted(READ_GERMAN)
    async with either(model) as town:
        thread = await town.say(TEAM_LEAD, TEAM_CHANNEL, "a message we know nothing of")
        request = intake.Asked(UserId(TEAM_LEAD), GERMAN, Home(ChannelId(TEAM_CHANNEL), thread))
        sent = [reading.begin(town.bot.desk, Came("event:Ev1", "x"), request) for _ in range(3)]
        began = await asyncio.gather(*sent, return_exceptions=True)
        assert [type(each) for each in began if isinstance(each, Exception)] == [Repeated, Repeated]
        await town.settle()
        assert len(model.shown) == 1
        assert (await review_of(town)).stage is Stage.DESCRIBING
        assert [tag for tag in await tags(town) if tag == "review:open"] == ["review:open"]
        cards = [each for each in town.cards(TEAM_CHANNEL) if has_control(each.blocks, ids.CONFIRM)]
        assert len(cards) == 1


async def test_whoever_asks_the_same_once_more_means_the_same_review(opens: Opens) -> None:
    async with opens(Scripted(READ_GERMAN)) as town:
        for _ in range(2):
            await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), GERMAN.removeprefix("@Preflight "))
            await town.settle()
        assert len(await town.bot.desk.read(lambda work: work.reviews.team_of(UserId(TEAM_LEAD)))) == 1


async def test_a_yes_to_a_card_that_has_changed_confirms_nothing_and_shows_the_fresh_one(opens: Opens) -> None:
    silent = asyncio.Event()
    async with opens(Scripted((("kinds", "ai_llm", "writes summaries"),), silent=silent)) as town:
        card = await ask(town, text="@Preflight is Fabrikam Notes safe for 200 home agents? It writes summaries")
        seen = old(town, card)
        silent.set()
        await town.until(lambda: "writes summaries" in words(again(town, card)))
        await press_old(town, TEAM_LEAD, seen, ids.CONFIRM)
        await town.until(lambda: any(ReadAnew.reason[:20] in each for each in town.whispers(TEAM_LEAD)))
        assert town.workspace.top_view(TEAM_LEAD) is None
        assert await confirmations(town) == []
        await town.click(TEAM_LEAD, again(town, card), ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        assert {each["fact"] for each in await confirmations(town)} == {"tool", "seats", "users", "kinds"}


@pytest.mark.parametrize(("saw", "mark"), [(0, "of something else"), (7, None)])
async def test_a_yes_is_to_this_version_and_to_these_words(town: Town, saw: int, mark: str | None) -> None:
    await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents?")
    review = await review_of(town)
    shown = mark or mark_of(review.proposals)
    with pytest.raises(ReadAnew):
        await reading.confirm(
            town.bot.desk, Came("click:1", "x"), review=review.id, by=UserId(TEAM_LEAD), saw=saw, shown=shown
        )
    assert await confirmations(town) == []
    assert await review_of(town) == review


async def test_nobody_beside_the_team_says_yes(town: Town) -> None:
    card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents?")
    await town.click(OTHER_LEAD, card, ids.CONFIRM)
    await town.until(lambda: town.whispers(OTHER_LEAD))
    assert town.workspace.top_view(OTHER_LEAD) is None
    assert await confirmations(town) == []


async def test_pressed_twice_a_yes_is_one_yes_and_opens_the_form_again(either: Opens) -> None:
    async with either(Scripted()) as town:
        card = await asked(town, "@Preflight is Fabrikam Notes safe for 200 home agents?")
        seen = old(town, card)
        await asyncio.gather(*(town.click(TEAM_LEAD, card, ids.CONFIRM) for _ in range(2)))
        await town.settle()
        close_all(town, TEAM_LEAD)
        await press_old(town, TEAM_LEAD, seen, ids.CONFIRM)
        await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
        facts = [each["fact"] for each in await confirmations(town)]
        assert sorted(facts) == ["seats", "tool", "users"]
        assert "Describe the Rest" in words(again(town, card))
        assert "review|profile" in offers(again(town, card))


# --- limits -----------------------------------------------------------------------------------------------------------


LONG = ["is Fabrikam Notes safe? " + "w" * 100_000, "is Fabrikam Notes safe? " + "for 200 home agents and " * 4_000]


@pytest.mark.parametrize("text", [*LONG, "🙂" * 50_000, "é 漢 \u202e <x|y> " * 8_000])
async def test_a_hundred_thousand_letters_are_read_as_far_as_that_goes(opens: Opens, text: str) -> None:
    model = Scripted(READ_GERMAN)
    async with opens(model) as town:
        request = intake.Asked(UserId(TEAM_LEAD), text, Home(ChannelId(TEAM_LEAD)))
        await reading.begin(town.bot.desk, Came("event:Ev1", "x"), request)
        await town.settle()
        assert all(len(each.text) <= READ_MOST for said in model.shown for each in said)
        assert len(town.cards(town.dm(TEAM_LEAD))) == 1


async def test_whoever_wrote_too_much_is_told_that_the_first_part_was_read(town: Town) -> None:
    text = (
        "<@UPREFLIGHT> is Fabrikam Notes safe? " + "w" * 100_000
    )  # more than a person can type, so it is sent for them
    event = {"type": "app_mention", "user": TEAM_LEAD, "channel": TEAM_CHANNEL, "text": text, "ts": "1795000000.000100"}
    body = event_body(event)
    headers = {name.decode(): value.decode() for name, value in signed(body, secret=SECRET)}
    async with town.http.post(town.door, data=body, headers=headers) as answer:
        assert answer.status == 200
    await town.until(lambda: town.whispers(TEAM_LEAD))
    assert town.whispers(TEAM_LEAD) == ["That is long; I read the first part."]
    assert "Fabrikam Notes" in (await review_of(town)).tool_name


@pytest.mark.parametrize(
    "text", ["🙂🙂🙂", "שלום עולם וכל מי שבו היום", "\u202eevil\u202c \u0000\ufeff x y z", "<!channel> <@U0> `x` *y*"]
)
async def test_odd_text_gets_help_and_breaks_nothing(opens: Opens, text: str) -> None:
    async with opens(Scripted(READ_GERMAN)) as town:
        ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight {text}")
        await town.settle()
        assert len(help_in(town, ts)) == 1
        assert await town.bot.desk.read(lambda work: work.notices.due_count()) == 0


async def test_a_long_german_sentence_behind_the_command_is_read_too(opens: Opens) -> None:
    async with opens(Scripted(READ_GERMAN)) as town:
        await town.command(TEAM_LEAD, GERMAN.removeprefix("@Preflight "))
        await town.settle()
        card = await town.card_with(town.dm(TEAM_LEAD), ids.CONFIRM)
        assert "Is Fabrikam Notes safe" in words(card)
        assert any("I am reading that" in each for each in town.whispers(TEAM_LEAD))
