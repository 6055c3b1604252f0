"""The rest of the clock as people see it in Slack: conditions, decisions that end, requests and questions that wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.decision import Decision, Standing, standing
from bot.domain.digest import DigestPlan
from bot.slack import ids
from bot.use_cases.conditions import Which, close_condition
from bot.use_cases.desk import Came
from bot.use_cases.digest import gather_digest
from tests.stories.client_steps import HOST, a_client, with_client
from tests.stories.steps import (
    again,
    close_all,
    decided,
    offers,
    open_review,
    question_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import (
    CISO,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
    open_town,
)
from tests.stories.upkeep_steps import Clock, everybody_lives_in, fresh, pass_time, tick

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY)


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        everybody_lives_in(opened, "UTC")
        yield opened


async def with_conditions(
    town: Town, answers: dict[str, str] | None = None, *, user: str = TEAM_LEAD, signers: tuple[str, ...] = (LEAD_1,)
) -> tuple[Any, Any, Decision]:
    """A decision with dated conditions: the team's card, the leads' card, and the decision."""
    card, request = await with_the_leads(town, user, answers=answers)
    for signer in signers:
        await sign(town, request, user=signer)
    (decision,) = await decided(town)
    return card, request, decision


def whispered(town: Town, user: str) -> Any:
    """The newest card that only this person was shown."""
    shown = [each for messages in town.workspace.messages.values() for each in messages if each.only_for == user]
    return shown[-1]


def came(number: int) -> Came:
    return Came(f"test:{number}", "test")


def told(town: Town, user: str) -> list[str]:
    return [each.text for each in town.cards(town.dm(user))]


async def close_one(town: Town, user: str, card: Any, evidence: str = "https://wiki.example/proof") -> None:
    """Press the first Close of a card and give the evidence."""
    await town.click(user, again(town, card), ids.CONDITION_CLOSE)
    await town.until(lambda: town.workspace.top_view(user))
    assert await town.submit(user, **{"condition|evidence": evidence}) == {}
    close_all(town, user)
    await town.settle()


def reminder(town: Town, user: str) -> Any:
    """The newest card of somebody's conditions."""
    return [each for each in town.cards(town.dm(user)) if "Your conditions" in words(each)][-1]


# --- conditions -------------------------------------------------------------------------------------------------------


async def test_an_owner_is_reminded_once_a_stage_and_each_time_in_one_message(town: Town, clock: Clock) -> None:
    await with_conditions(town)
    before = town.cards(town.dm(TEAM_LEAD))
    await pass_time(town, clock, MONDAY + timedelta(days=16))
    cards = fresh(town, town.dm(TEAM_LEAD), before)
    assert [words(each).count("Fabrikam Notes") for each in cards] == [4, 4, 4, 4]
    assert [words(each).splitlines()[2].removesuffix(" Close") for each in cards] == [
        "Due on 7 Dec 2026, in 7 days",
        "Due on 7 Dec 2026, in 3 days",
        "*Due today*, 7 Dec 2026",
        "*1 day late*: it was due on 7 Dec 2026",
    ]


async def test_closed_conditions_leave_the_card_and_nobody_is_reminded_of_them_again(town: Town, clock: Clock) -> None:
    _, _, decision = await with_conditions(town)
    await pass_time(town, clock, MONDAY + timedelta(days=8))
    card = reminder(town, TEAM_LEAD)
    for left in (3, 2, 1):
        await close_one(town, TEAM_LEAD, card)
        assert words(again(town, card)).count("Fabrikam Notes") == left
    await close_one(town, TEAM_LEAD, card)
    assert words(again(town, card)) == "None of your conditions is due now."
    for channel in (TEAM_CHANNEL, SECURITY_CHANNEL):
        shown = words(town.cards(channel)[0])
        assert shown.count(": *closed*") == 4
        assert "(<@UTEAMLEAD>, by 21 Feb 2027)\n" in shown  # the one that is not due yet
    before = town.cards(town.dm(TEAM_LEAD))
    await pass_time(town, clock, MONDAY + timedelta(days=70))
    assert fresh(town, town.dm(TEAM_LEAD), before) == []
    (held,) = await decided(town)
    assert standing(held, today=clock.at.date()) is Standing.VALID
    assert (await tags(town)).count("condition:close") == 4
    closed = await town.bot.desk.read(lambda work: work.conditions.of(decision.id))
    assert {each[2].evidence for each in closed if each[2]} == {"https://wiki.example/proof"}


async def test_a_condition_is_closed_from_what_the_look_up_finds_and_not_by_strangers(town: Town) -> None:
    await with_conditions(town)
    await town.command(TEAM_LEAD, "find Fabrikam Notes")
    found = whispered(town, TEAM_LEAD)
    assert "Conditions: 5 of 5 open, the first due on 7 Dec 2026" in words(found)
    await town.command(OTHER_LEAD, "find Fabrikam Notes")
    await town.click(OTHER_LEAD, whispered(town, OTHER_LEAD), ids.CONDITION_CHOOSE)
    await town.until(lambda: any("Only the owner of this condition" in each for each in town.whispers(OTHER_LEAD)))
    await town.click(TEAM_LEAD, found, ids.CONDITION_CHOOSE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert "condition|evidence" in await town.submit(TEAM_LEAD, **{"condition|which": "2", "condition|evidence": "  "})
    assert await town.submit(TEAM_LEAD, **{"condition|which": "2", "condition|evidence": "It is on the page."}) == {}
    assert "It is on record as closed." in words(town.modal(TEAM_LEAD))
    close_all(town, TEAM_LEAD)
    await town.command(TEAM_LEAD, "find Fabrikam Notes")
    assert "Conditions: 4 of 5 open" in words(whispered(town, TEAM_LEAD))


FOREVER = {"G7-INSIDER-LIMIT": "weekly", "G4-KEEP-TIME": "forever"}  # a gap of 4, due within a week


async def with_evidence(
    town: Town, clock: Clock, *, asked_by: str = TEAM_LEAD, signers: tuple[str, ...] = (LEAD_1, LEAD_2)
) -> tuple[Any, Decision]:
    """Evidence for a wide gap: the card under the leads' card that asks for their yes."""
    _, request, decision = await with_conditions(town, FOREVER, user=asked_by, signers=signers)
    await pass_time(town, clock, MONDAY + timedelta(days=5))
    await close_one(town, asked_by, reminder(town, asked_by), "Deletion after 30 days is on.\n<!channel>")
    card = town.cards(SECURITY_CHANNEL)[-1]
    assert card.thread_ts == request.ts
    assert has_control(card.blocks, ids.CONDITION_CONFIRM)
    return card, decision


async def test_a_wide_gap_is_closed_only_with_the_yes_of_a_lead_who_gave_no_evidence(town: Town, clock: Clock) -> None:
    card, decision = await with_evidence(town, clock, asked_by=LEAD_1, signers=(LEAD_2, CISO))
    assert "Deletion after 30 days is on." in words(card)
    assert f"For <@{LEAD_2}>" in words(card)  # who asked is a lead too, and not called
    assert "A security lead looks at the evidence next." in words(again(town, reminder(town, LEAD_1)))
    await town.click(LEAD_1, card, ids.CONDITION_CONFIRM)
    await town.until(lambda: any("You asked for this review" in each for each in town.whispers(LEAD_1)))
    assert (await tags(town)).count("review:sign_off:refuse") == 1
    await town.click(LEAD_2, card, ids.CONDITION_CONFIRM)
    await town.settle()
    assert f"<@{LEAD_2}> has seen it" in words(again(town, card))
    assert not has_control(again(town, card).blocks, ids.CONDITION_CONFIRM)
    await pass_time(town, clock, MONDAY + timedelta(days=12))
    closed = [each for each in await town.bot.desk.read(lambda work: work.conditions.of(decision.id)) if each[2]]
    assert [each[2].confirmed_by for each in closed] == [LEAD_2]
    assert "automatic deletion" not in words(reminder(town, LEAD_1))


async def test_evidence_that_nobody_confirms_is_overdue_all_the_same_and_said_to_wait_for_a_lead(
    town: Town, clock: Clock
) -> None:
    await with_evidence(town, clock)
    await pass_time(town, clock, MONDAY + timedelta(days=20))
    await town.command(LEAD_1, "week")
    assert "its evidence waits for a lead" in words(whispered(town, LEAD_1))
    since, rules = clock.at - timedelta(days=7), town.bot.desk.knowledge.reminders
    digest = await town.bot.desk.read(lambda work: gather_digest(work, since, clock.at, DigestPlan(), rules))
    assert [each.to_confirm for each in digest.overdue if each.condition.gap == 4] == [True]


async def test_a_lead_who_gave_the_evidence_cannot_confirm_it(town: Town, clock: Clock) -> None:
    _, _, decision = await with_conditions(town, FOREVER, signers=(LEAD_1, LEAD_2))
    which = Which(decision.id, next(at for at, each in enumerate(decision.conditions) if each.gap == 4))
    await close_condition(town.bot.desk, came(1), which, by=LEAD_1, evidence="I saw it.")  # type: ignore[arg-type]
    card = await town.card_with(SECURITY_CHANNEL, ids.CONDITION_CONFIRM)
    await town.click(LEAD_1, card, ids.CONDITION_CONFIRM)
    await town.until(lambda: any("You gave this evidence" in each for each in town.whispers(LEAD_1)))
    assert "condition:confirm" not in await tags(town)


async def test_evidence_that_does_not_do_is_sent_back_with_the_reason_and_given_again(town: Town, clock: Clock) -> None:
    card, decision = await with_evidence(town, clock)
    await town.click(LEAD_1, card, ids.CONDITION_SEND_BACK)
    await town.until(lambda: town.workspace.top_view(LEAD_1))
    assert await town.submit(LEAD_1, **{"upkeep|reason": "That is a plan. Show the setting."}) == {}
    await town.settle()
    assert words(again(town, card)) == "Fabrikam Notes: this evidence was sent back."
    back = town.cards(town.dm(TEAM_LEAD))[-1]
    assert "That is a plan. Show the setting." in words(back)
    clock.at += timedelta(hours=1)
    await close_one(town, TEAM_LEAD, back, "https://wiki.example/setting")
    newer = town.cards(SECURITY_CHANNEL)[-1]
    assert newer.ts != card.ts
    # The card of the first evidence decides nothing about the second.
    await town.click(LEAD_2, newer, ids.CONDITION_CONFIRM)
    await town.settle()
    closed = [each for each in await town.bot.desk.read(lambda work: work.conditions.of(decision.id)) if each[2]]
    assert [(each[2].evidence, each[2].confirmed_by) for each in closed] == [("https://wiki.example/setting", LEAD_2)]


# --- suspended and restored -------------------------------------------------------------------------------------------


async def suspended(town: Town, clock: Clock, asked_by: str = TEAM_LEAD, signer: str = LEAD_1) -> tuple[Any, Decision]:
    """A decision suspended for a late condition, and the leads' card of it."""
    await with_conditions(town, user=asked_by, signers=(signer,))
    await pass_time(town, clock, MONDAY + timedelta(days=29))
    card = await town.card_with(SECURITY_CHANNEL, ids.RESTORE)
    (decision,) = await decided(town)
    return card, decision


async def test_two_weeks_late_it_is_suspended_and_everyone_who_relies_on_it_hears_why(town: Town, clock: Clock) -> None:
    _, decision = await suspended(town, clock)
    assert decision.suspended_at == datetime(2026, 12, 21, 9, tzinfo=UTC)
    assert decision.suspended_because.startswith("This condition is 14 days late: Add what was left out")
    assert any("Fabrikam Notes: suspended" in each for each in told(town, TEAM_LEAD))
    assert any("Fabrikam Notes: suspended" in words(each) for each in town.cards(TEAM_CHANNEL))
    # It no longer covers anybody, and every card of it says so.
    await town.command(OTHER_LEAD, "find Fabrikam Notes")
    assert "Suspended on" in words(whispered(town, OTHER_LEAD))
    for channel in (TEAM_CHANNEL, SECURITY_CHANNEL):
        assert "approved with conditions, suspended" in words(town.cards(channel)[0])


@pytest.mark.parametrize(("client", "hears"), [("Northwind", True), ("Southwind", False)])
async def test_the_host_of_a_client_hears_of_it_where_the_tool_touches_that_client(
    town: Town, clock: Clock, client: str, hears: bool
) -> None:
    await with_client(town, a_client(client))  # its host is no member of the team that asks
    await with_conditions(town, user=OTHER_LEAD)
    before = town.cards(town.dm(HOST))
    await pass_time(town, clock, MONDAY + timedelta(days=29))
    heard = [each for each in fresh(town, town.dm(HOST), before) if "Fabrikam Notes: suspended" in each.text]
    assert len(heard) == hears


async def test_the_leads_who_signed_are_called_to_what_is_late_and_suspended(town: Town, clock: Clock) -> None:
    card, _ = await suspended(town, clock, signer=LEAD_2)
    (late,) = [each for each in town.cards(SECURITY_CHANNEL) if "4 conditions of" in each.text]
    for each in (late, card):
        assert f"For <@{LEAD_2}>" in words(each)
        assert f"<@{LEAD_1}>" not in words(each)


async def test_a_lead_restores_it_with_a_reason_and_who_asked_for_it_cannot(town: Town, clock: Clock) -> None:
    card, _ = await suspended(town, clock, LEAD_1, LEAD_2)
    await town.click(LEAD_1, card, ids.RESTORE)
    await town.until(lambda: any("You asked for this review" in each for each in town.whispers(LEAD_1)))
    assert (await tags(town)).count("review:sign_off:refuse") == 1
    await town.click(LEAD_2, card, ids.RESTORE)
    await town.until(lambda: town.workspace.top_view(LEAD_2))
    assert "upkeep|reason" in await town.submit(LEAD_2, **{"upkeep|reason": " "})
    assert await town.submit(LEAD_2, **{"upkeep|reason": "The owner was ill; it follows this week."}) == {}
    await town.settle()
    (held,) = await decided(town)
    assert standing(held, today=clock.at.date()) is Standing.VALID
    assert "restored" in words(again(town, card))
    assert not has_control(again(town, card).blocks, ids.RESTORE)
    assert any("counts again" in each for each in told(town, LEAD_1))
    assert "suspended" not in words(town.cards(TEAM_CHANNEL)[0])
    # What is late has the same time once more, and then it is suspended again.
    await pass_time(town, clock, clock.at + timedelta(days=15))
    (held,) = await decided(town)
    assert standing(held, today=clock.at.date()) is Standing.SUSPENDED
    assert (await tags(town)).count("decision:suspend") == 2
    assert (await tags(town)).count("decision:restore") == 1


async def test_closing_the_last_late_condition_offers_the_leads_to_restore_it(town: Town, clock: Clock) -> None:
    _, decision = await suspended(town, clock)
    card = reminder(town, TEAM_LEAD)
    for _ in range(4):
        assert not [each for each in town.cards(SECURITY_CHANNEL) if "Every late condition" in words(each)]
        await close_one(town, TEAM_LEAD, card)
    (offer,) = [each for each in town.cards(SECURITY_CHANNEL) if "Every late condition" in words(each)]
    (held,) = await decided(town)
    assert standing(held, today=clock.at.date()) is Standing.SUSPENDED  # closing alone restores nothing
    await town.click(LEAD_1, offer, ids.RESTORE)
    await town.until(lambda: town.workspace.top_view(LEAD_1))
    assert await town.submit(LEAD_1, **{"upkeep|reason": "All of it is there now."}) == {}
    await town.settle()
    (held,) = await decided(town)
    assert standing(held, today=clock.at.date()) is Standing.VALID
    assert held.valid_until == decision.valid_until


async def test_what_a_lead_pulled_back_no_late_condition_restores(town: Town, clock: Clock) -> None:
    card, _ = await suspended(town, clock)

    def pull_back(work: Any) -> None:
        (decision,) = work.decisions.find("Fabrikam Notes", 5)
        work.decisions.suspend(decision.id, decision.suspended_at, "A leak.", LEAD_1)

    await town.bot.desk.store.act(pull_back)
    await town.click(LEAD_2, card, ids.RESTORE)
    await town.until(lambda: any("nothing to restore" in each for each in town.whispers(LEAD_2)))


# --- the end of a decision --------------------------------------------------------------------------------------------


async def test_the_end_is_announced_three_times_and_then_every_card_says_expired(town: Town, clock: Clock) -> None:
    _, _, decision = await with_conditions(town)
    for place in range(5):
        which = Which(decision.id, place)
        await close_condition(town.bot.desk, came(place), which, by=TEAM_LEAD, evidence="Done.")  # type: ignore[arg-type]
    await town.settle()
    before = town.cards(town.dm(TEAM_LEAD))
    await pass_time(town, clock, datetime(2027, 5, 23, 12, tzinfo=UTC))
    cards = fresh(town, town.dm(TEAM_LEAD), before)
    assert [each.text for each in cards] == [
        f"The decision about Fabrikam Notes ends on 23 May 2027, in {days} days. Start a fresh review."
        for days in (30, 16, 3)
    ]
    assert ids.NEW in offers(cards[0])
    assert all("expired" not in words(each) for each in town.cards(TEAM_CHANNEL))
    assert "*Fabrikam Notes*: approved with conditions, until 23 May 2027" in words(await town.home(TEAM_LEAD))
    await pass_time(town, clock, datetime(2027, 5, 24, 12, tzinfo=UTC))
    for channel in (TEAM_CHANNEL, SECURITY_CHANNEL):
        assert "approved with conditions, expired" in words(town.cards(channel)[0])
        assert "Expired on 23 May 2027" in words(town.cards(channel)[0])
    listed = "*Fabrikam Notes*: approved with conditions, *expired* on 23 May 2027"
    assert listed in words(await town.home(TEAM_LEAD))
    for word in ("mine", "week"):
        await town.command(TEAM_LEAD, word)
        assert listed in words(whispered(town, TEAM_LEAD))
    await town.command(OTHER_LEAD, "find Fabrikam")
    assert "Expired on 23 May 2027" in words(whispered(town, OTHER_LEAD))
    unapproved = await town.bot.desk.read(lambda work: work.decisions.unapproved(clock.at.date()))
    assert [each.id for each in unapproved] == [decision.id]


# --- requests and questions that wait ---------------------------------------------------------------------------------


async def test_leads_are_reminded_under_the_card_until_somebody_signs(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    before = town.cards(SECURITY_CHANNEL)
    await pass_time(town, clock, MONDAY + timedelta(days=3, hours=1))
    reminders = fresh(town, SECURITY_CHANNEL, before)
    assert [each.text for each in reminders] == [
        f"Fabrikam Notes has waited {days} for a signature."
        for days in ("1 working day", "2 working days", "3 working days")
    ]
    assert {each.thread_ts for each in reminders} == {request.ts}
    assert f"<@{LEAD_1}>, <@{LEAD_2}>" in words(reminders[0])
    await sign(town, request)
    before = town.cards(SECURITY_CHANNEL)
    await pass_time(town, clock, MONDAY + timedelta(days=6))
    assert fresh(town, SECURITY_CHANNEL, before) == []


async def test_the_ciso_is_told_once_that_a_request_has_waited_a_week(town: Town, clock: Clock) -> None:
    await with_the_leads(town)
    await pass_time(town, clock, MONDAY + timedelta(days=11))
    assert [each for each in told(town, CISO) if "Fabrikam Notes has waited" in each] == [
        "Fabrikam Notes has waited 5 working days for the security leads."
    ]
    assert (await tags(town)).count("review:sign_off:escalate") == 1


async def test_once_claimed_it_is_half_as_often_and_to_that_lead_alone(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    await town.click(LEAD_2, request, "sign_off|claim")
    await town.settle()
    before = town.cards(SECURITY_CHANNEL)
    await pass_time(town, clock, MONDAY + timedelta(days=4, hours=1))
    reminders = fresh(town, SECURITY_CHANNEL, before)
    assert len(reminders) == 2
    assert all(f"<@{LEAD_2}> is looking at it" in words(each) for each in reminders)
    assert all(f"<@{LEAD_1}>" not in words(each) for each in reminders)


async def test_a_stalled_review_is_nudged_twice_then_paused_and_taken_up_again(town: Town, clock: Clock) -> None:
    card = await open_review(town)
    before = town.cards(town.dm(TEAM_LEAD))
    await pass_time(town, clock, MONDAY + timedelta(days=40))
    nudges = fresh(town, town.dm(TEAM_LEAD), before)
    assert [each.text for each in nudges] == [
        "The review of Fabrikam Notes waits for your answers. Press Resume to go on.",
        "The review of Fabrikam Notes waits for your answers. Press Resume to go on.",
        "The review of Fabrikam Notes is paused. Nothing is lost; press Resume to take it up.",
    ]
    await town.command(TEAM_LEAD, "mine")
    assert "paused" in words(whispered(town, TEAM_LEAD))
    assert "*Fabrikam Notes*: its questions are being answered, paused" in words(await town.home(TEAM_LEAD))
    await town.click(TEAM_LEAD, nudges[-1], ids.RESUME)
    await town.settle()
    await town.command(TEAM_LEAD, "mine")
    assert "paused" not in words(whispered(town, TEAM_LEAD))
    assert question_of(town.cards(town.dm(TEAM_LEAD))[-1]) is not None
    assert "goes on in a direct message" in words(again(town, card))
    before = town.cards(town.dm(TEAM_LEAD))
    await pass_time(town, clock, clock.at + timedelta(days=4))
    assert len([each for each in fresh(town, town.dm(TEAM_LEAD), before) if "waits for your answers" in each.text]) == 1


# --- being away, and doing nothing ------------------------------------------------------------------------------------


async def test_after_three_weeks_away_everybody_hears_once_what_counts_now(town: Town, clock: Clock) -> None:
    await with_conditions(town)
    await ask_and_leave(town, OTHER_LEAD, "Sample Planner")
    clock.at = MONDAY + timedelta(days=23)  # a Wednesday, nine days after the conditions were due
    before = {channel: town.cards(channel) for channel in (SECURITY_CHANNEL, town.dm(TEAM_LEAD), town.dm(OTHER_LEAD))}
    for _ in range(3):
        await tick(town)
        clock.at += timedelta(minutes=1)
    said = {channel: [each.text for each in fresh(town, channel, cards)] for channel, cards in before.items()}
    assert said == {
        SECURITY_CHANNEL: ["4 conditions of Fabrikam Notes: 9 days late."],
        town.dm(TEAM_LEAD): [],
        town.dm(OTHER_LEAD): ["The review of Sample Planner is paused. Nothing is lost; press Resume to take it up."],
    }


async def test_ninety_days_without_a_click_approve_and_extend_nothing(town: Town, clock: Clock) -> None:
    await with_conditions(town)
    await with_the_leads(town, OTHER_LEAD, "Sample Dialer")
    await ask_and_leave(town, OTHER_LEAD, "Sample Planner")
    then = await everything(town)
    recorded = await tags(town)
    counted = {each.id for each in then if standing(each, today=clock.at.date()) is Standing.VALID}
    for _ in range(90):
        await pass_time(town, clock, clock.at + timedelta(days=1))
        now = await everything(town)
        assert [(each.id, each.outcome, each.valid_until, each.conditions) for each in now] == [
            (each.id, each.outcome, each.valid_until, each.conditions) for each in then
        ]
        still = {each.id for each in now if standing(each, today=clock.at.date()) is Standing.VALID}
        assert still <= counted
        counted = still
    by_the_clock = set((await tags(town))[len(recorded) :])
    assert by_the_clock == {"decision:suspend", "review:sign_off:escalate", "review:pause"}
    waiting = await town.bot.desk.read(lambda work: [each.tool_name for each in work.reviews.waiting(9)])
    assert waiting == ["Sample Dialer"]


async def everything(town: Town) -> list[Decision]:
    return await town.bot.desk.read(lambda work: list(work.decisions.all()))


async def ask_and_leave(town: Town, user: str, tool: str) -> None:
    """Begin a review and let it lie."""
    await open_review(town, user, tool)


async def test_while_nobody_can_be_looked_up_nothing_is_said_and_nothing_is_lost(town: Town, clock: Clock) -> None:
    await with_conditions(town)
    before = town.cards(town.dm(TEAM_LEAD))
    clock.at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    town.bot.desk.directory._people.clear()  # type: ignore[attr-defined]  # what it knew has grown too old
    town.faults.append(lambda method, _: {"ok": False, "error": "internal_error"} if method == "users.info" else None)
    await tick(town)
    assert fresh(town, town.dm(TEAM_LEAD), before) == []
    town.faults.clear()
    clock.at += timedelta(minutes=6)  # the claim has run out
    await tick(town)
    assert len(fresh(town, town.dm(TEAM_LEAD), before)) == 1
