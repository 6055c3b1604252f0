"""What the security leads do with a review that was handed in, and what everybody else then sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.policy import Outcome
from tests.stories.steps import (
    AGENTS,
    GAPS,
    HEAVY,
    HEAVY_KINDS,
    SMALL,
    again,
    answer_quickly,
    ask,
    decided,
    describe,
    hand_in,
    offers,
    old,
    open_review,
    pick,
    press_old,
    question_of,
    review_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import (
    KNOWLEDGE,
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


def told(town: Town, user: str) -> list[str]:
    """What somebody was told in direct messages."""
    return [each.text for each in town.cards(town.dm(user))]


async def heavy(town: Town, user: str = TEAM_LEAD, **answers: str) -> Any:
    """A tier 4 review with the leads."""
    card = await ask(town, user)
    await describe(town, card, user, HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card, user, **answers)
    return await hand_in(town, card, user)


# --- looking at it ----------------------------------------------------------------------------------------------------


async def test_a_claim_shows_who_looks_and_reserves_nothing(town: Town) -> None:
    card, request = await with_the_leads(town)
    await town.click(LEAD_1, request, "sign_off|claim")
    await town.settle()
    assert f"*Looking at it*\n<@{LEAD_1}>" in words(again(town, request))
    await town.click(LEAD_1, again(town, request), "sign_off|claim")
    await town.settle()
    assert "*Looking at it*\nnobody yet" in words(again(town, request)).replace("* *", "*\n*")
    await town.click(LEAD_1, again(town, request), "sign_off|claim")
    await sign(town, request, user=LEAD_2)
    (decision,) = await decided(town)
    assert decision.signed_by == (LEAD_2,)
    assert "approved with conditions" in words(again(town, card))


async def test_a_question_goes_to_the_team_and_the_reply_under_the_card(town: Town) -> None:
    card, request = await with_the_leads(town)
    await sign(town, request, "sign_off|ask", **{"sign_off|question": "Which region?\n<!channel> & why"})
    asked = await town.card_with(TEAM_CHANNEL, "review|reply")
    assert asked.thread_ts == card.thread_ts
    await town.click(OTHER_LEAD, asked, "review|reply")
    assert town.workspace.top_view(OTHER_LEAD) is None
    await town.click(TEAM_LEAD, asked, "review|reply")
    assert "Which region?" in words(town.modal(TEAM_LEAD))  # the question itself, not the line above it
    assert await town.submit(TEAM_LEAD, **{"reply|text": "Only in the EU."}) == {}
    await town.settle()
    reply = town.cards(SECURITY_CHANNEL)[-1]
    assert reply.thread_ts == request.ts
    assert "Only in the EU." in words(reply)


async def test_a_no_of_the_rules_offers_no_approval(town: Town) -> None:
    _, request = await with_the_leads(town, answers={"G1-ACCESS-MFA": "password"})
    assert "sign_off|approve" not in offers(request)
    assert "sign_off|conditions" not in offers(request)
    assert "only other answers help" in words(request)
    await sign(town, request, "sign_off|reject", **{"sign_off|rationale": "A second factor first."})
    (decision,) = await decided(town)
    assert decision.outcome is Outcome.REJECT
    assert any("Fabrikam Notes: rejected" in each for each in told(town, TEAM_LEAD))
    assert any("A second factor first." in words(each) for each in town.cards(town.dm(TEAM_LEAD)))


async def test_one_rejection_decides_and_needs_its_reason(town: Town) -> None:
    request = await heavy(town)
    await sign(town, request, user=LEAD_1)
    await town.click(LEAD_2, again(town, request), "sign_off|reject")
    assert "sign_off|rationale" in await town.submit(LEAD_2, **{"sign_off|rationale": "   "})
    assert await town.submit(LEAD_2, **{"sign_off|rationale": "The vendor had a breach last week."}) == {}
    await town.settle()
    (decision,) = await decided(town)
    assert (decision.outcome, decision.signed_by) == (Outcome.REJECT, (LEAD_2,))
    assert "rejected" in words(again(town, request))


# --- other conditions -------------------------------------------------------------------------------------------------


async def test_one_condition_more_is_stricter_and_needs_nobody_else(town: Town) -> None:
    _, request = await with_the_leads(town)
    more = {"sign_off|added": "Only the night shift at first.", "sign_off|days": "14"}
    await town.click(LEAD_1, request, "sign_off|conditions")
    assert "sign_off|days" in await town.submit(
        LEAD_1, **{**more, "sign_off|days": "0", "sign_off|rationale": "Small steps."}
    )
    assert await town.submit(LEAD_1, **{**more, "sign_off|rationale": "Small steps."}) == {}
    await town.settle()
    (decision,) = await decided(town)
    assert not decision.risk_acceptance
    (added,) = (each for each in decision.conditions if each.added_by)
    assert (added.text, added.added_by) == ("Only the night shift at first.", LEAD_1)
    assert added.due_on == decision.decided_at.date() + timedelta(days=14)


async def test_one_condition_less_is_milder_and_goes_one_level_up(town: Town) -> None:
    _, request = await with_the_leads(town)
    after = await sign(
        town,
        request,
        "sign_off|conditions",
        **{"sign_off|kept|0": [], "sign_off|rationale": "Covered by the contract."},
    )
    assert await decided(town) == []
    assert "milder than the rules" in words(after)
    assert "*Needs 2 security leads*; 1 of 2 has signed" in words(after)
    await town.click(LEAD_1, again(town, request), "sign_off|approve")
    assert any("You have signed this already" in each for each in town.whispers(LEAD_1))
    await sign(town, request, user=LEAD_2)
    (decision,) = await decided(town)
    assert decision.risk_acceptance
    assert decision.signed_by == (LEAD_1, LEAD_2)
    assert "as a risk acceptance" in words(again(town, request))


async def test_other_conditions_void_the_first_signature_and_its_author_is_told(town: Town) -> None:
    request = await heavy(town)
    await sign(town, request, user=LEAD_1)
    more = {"sign_off|added": "A check after the first week.", "sign_off|rationale": "One step more."}
    after = await sign(town, request, "sign_off|conditions", user=LEAD_2, **more)
    assert f"*Signed by*\n<@{LEAD_2}>" in words(after)
    assert any("another lead changed the conditions" in each for each in told(town, LEAD_1))
    assert "review:sign_off:void" in await tags(town)
    await sign(town, request, user=LEAD_1)
    (decision,) = await decided(town)
    assert decision.signed_by == (LEAD_2, LEAD_1)


# --- what changes under their hands -----------------------------------------------------------------------------------


async def test_taking_it_back_voids_what_was_signed_and_a_fresh_card_asks_again(town: Town) -> None:
    request = await heavy(town, **GAPS)
    await sign(town, request, user=LEAD_1)
    card = next(each for each in town.cards(TEAM_CHANNEL) if has_control(each.blocks, "review|reopen"))
    await town.click(TEAM_LEAD, card, "review|reopen")
    await town.settle()
    assert "took this review back" in words(again(town, request))
    assert any("the team took the review back to change it" in each for each in told(town, LEAD_1))
    assert (await review_of(town)).sign_offs == ()
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    assert "0 of 2 have signed" in words(again(town, request))


async def test_a_press_on_an_old_card_signs_nothing_and_shows_the_fresh_one(town: Town) -> None:
    card, request = await with_the_leads(town)
    seen = old(town, request)
    await town.click(TEAM_LEAD, card, "review|reopen")
    await town.settle()
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    for act in ("sign_off|approve", "sign_off|conditions", "sign_off|reject"):
        await press_old(town, LEAD_1, seen, act)
        assert town.workspace.top_view(LEAD_1) is None  # a form from an old card would be signed for a new one
        assert "Something changed since this card was shown" in town.whispers(LEAD_1)[-1]
    await town.settle()
    assert await decided(town) == []
    await sign(town, request)
    assert len(await decided(town)) == 1


async def test_a_form_that_was_open_while_the_team_took_it_back_signs_nothing(town: Town) -> None:
    card, request = await with_the_leads(town)
    await town.click(LEAD_1, request, "sign_off|approve")
    await town.click(TEAM_LEAD, card, "review|reopen")
    await town.settle()
    refused = await town.submit(LEAD_1, **{"sign_off|rationale": "Looks fine."})
    assert "took this review back" in refused["sign_off|rationale"]
    assert await decided(town) == []


async def test_a_withdrawal_is_told_to_those_who_signed(town: Town) -> None:
    request = await heavy(town)
    await sign(town, request, user=LEAD_1)
    card = next(each for each in town.cards(TEAM_CHANNEL) if has_control(each.blocks, "review|withdraw"))
    await town.click(TEAM_LEAD, card, "review|withdraw")
    await town.settle()
    assert any("the team withdrew the review" in each for each in told(town, LEAD_1))
    assert "the team withdrew this review" in words(again(town, request))
    await town.settle()
    assert await decided(town) == []


async def test_two_leads_who_press_at_once_decide_once(town: Town) -> None:
    _, request = await with_the_leads(town)
    for lead in (LEAD_1, LEAD_2):
        await town.click(lead, request, "sign_off|approve")
    given = {"sign_off|rationale": "Fine with its conditions."}
    answers = await asyncio.gather(town.submit(LEAD_1, **given), town.submit(LEAD_2, **given))
    await town.settle()
    (decision,) = await decided(town)
    assert len(decision.signed_by) == 1
    assert sum(bool(each) for each in answers) == 1  # the slower one is told
    assert "settled already" in next(each for each in answers if each)["sign_off|rationale"]


# --- self-serve -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def ticking(tmp_path: Path) -> AsyncIterator[tuple[Town, list[timedelta]]]:
    """A town whose clock can be turned on."""
    later = [timedelta()]
    url = f"sqlite:///{tmp_path / 'town.sqlite3'}"
    async with open_town(url, now=lambda: datetime.now(UTC) + later[0]) as opened:
        yield opened, later


async def self_served(town: Town) -> Any:
    """A small tool, decided by the rules alone; the card that shows it to the leads."""
    card = await open_review(town, **SMALL)
    await answer_quickly(town, card)
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    return await town.card_with(SECURITY_CHANNEL, "sign_off|pull_back")


async def test_a_self_serve_decision_is_shown_to_the_leads_who_can_pull_it_back(town: Town) -> None:
    shown = await self_served(town)
    assert "The rules allowed this without a signature." in words(shown)
    await sign(town, shown, "sign_off|pull_back", **{"sign_off|rationale": "Customer names are kept in it."})
    assert "pulled back" in words(again(town, shown))
    assert "sign_off|pull_back" not in offers(again(town, shown))
    assert any("pulled back" in each for each in told(town, TEAM_LEAD))
    assert any("Customer names are kept in it." in words(each) for each in town.cards(town.dm(TEAM_LEAD)))
    # The next team does not get it as a yes.
    await town.command(OTHER_LEAD, "Fabrikam Notes")
    found = await town.card_with(town.dm(OTHER_LEAD), "review|new")
    assert "suspended" in words(found)
    assert "Start a New Review" in words(found)


async def test_after_five_working_days_it_stands(ticking: tuple[Town, list[timedelta]]) -> None:
    town, later = ticking
    shown = await self_served(town)
    later[0] = timedelta(days=9)
    await town.click(LEAD_1, shown, "sign_off|pull_back")
    assert town.workspace.top_view(LEAD_1) is None
    assert "within 5 working days" in town.whispers(LEAD_1)[-1]


async def test_an_expired_decision_is_shown_as_expired(ticking: tuple[Town, list[timedelta]]) -> None:
    town, later = ticking
    await self_served(town)
    later[0] = timedelta(days=500)
    await town.command(OTHER_LEAD, "Fabrikam Notes")
    found = await town.card_with(town.dm(OTHER_LEAD), "review|new")
    assert "expired: ask for a fresh review before you go on" in words(found)
    assert "Start a New Review" in words(found)


async def test_a_wider_decision_supersedes_the_one_within_it(town: Town) -> None:
    await self_served(town)
    await town.command(OTHER_LEAD, "Fabrikam Notes")
    await town.click(OTHER_LEAD, await town.card_with(town.dm(OTHER_LEAD), "review|new"), "review|new")
    town.workspace.close_view(town.workspace.top_view(OTHER_LEAD), all=True)
    card = await town.card_with(town.dm(OTHER_LEAD), "review|profile")
    await describe(town, card, OTHER_LEAD, **{**SMALL, "profile|seats": "24"})
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card, OTHER_LEAD)
    await town.click(OTHER_LEAD, again(town, card), "review|submit")
    await town.settle()
    new, replaced = await decided(town)
    assert replaced.superseded_by == new.id
    await town.command(TEAM_LEAD, "find Fabrikam Notes")
    await town.until(lambda: town.whispers(TEAM_LEAD))
    assert "Replaced by a newer decision" in words(town.cards(TEAM_CHANNEL)[-1])


async def test_an_answer_that_grew_old_before_the_signature_brings_a_fresh_verdict(
    ticking: tuple[Town, list[timedelta]],
) -> None:
    town, later = ticking
    _, request = await with_the_leads(town)
    later[0] = timedelta(days=100)
    await town.click(LEAD_1, request, "sign_off|approve")
    refused = await town.submit(LEAD_1, **{"sign_off|rationale": "Looks fine."})
    assert "I computed the verdict again" in refused["sign_off|rationale"]
    await town.settle()
    assert await decided(town) == []
    assert "Nobody knows yet" in words(again(town, request))  # what is too old counts as not known
    assert (await tags(town)).count("review:verdict:add") == 2


async def test_leads_and_team_hear_the_outcome_where_it_was_asked(town: Town) -> None:
    card, request = await with_the_leads(town, **AGENTS)
    await sign(town, request)
    in_thread = [each.text for each in town.cards(TEAM_CHANNEL) if each.thread_ts == card.thread_ts]
    assert any("You can roll it out, on these conditions." in each for each in in_thread)
    assert "Nothing is left to sign." in again(town, request).text
    assert offers(again(town, card)) == []  # nothing is left to press


async def test_who_signed_yes_and_then_learns_better_can_still_reject(town: Town) -> None:
    request = await heavy(town)
    await sign(town, request, user=LEAD_1)
    await sign(town, request, "sign_off|reject", **{"sign_off|rationale": "A breach became known today."})
    (decision,) = await decided(town)
    assert (decision.outcome, decision.signed_by) == (Outcome.REJECT, (LEAD_1,))


async def test_rules_that_changed_since_it_was_handed_in_bring_a_fresh_verdict(town: Town) -> None:
    _, request = await with_the_leads(town)
    stricter = replace(KNOWLEDGE, bank=replace(KNOWLEDGE.bank, version="another version"), version="another version")
    object.__setattr__(town.bot.desk, "knowledge", stricter)  # as after a start with changed files
    await town.click(LEAD_1, request, "sign_off|approve")
    refused = await town.submit(LEAD_1, **{"sign_off|rationale": "Looks fine."})
    assert "I computed the verdict again" in refused["sign_off|rationale"]
    await town.settle()
    assert await decided(town) == []
    town.workspace.close_view(town.workspace.top_view(LEAD_1), all=True)  # type: ignore[arg-type]
    await sign(town, request)
    assert len(await decided(town)) == 1


async def test_the_leads_see_when_the_team_would_like_to_start(town: Town) -> None:
    _, request = await with_the_leads(town, **AGENTS, **{"profile|go_live": "2027-01-04"})
    assert "Would like to start*\n4 Jan 2027" in words(request)
    assert "wanted from 4 Jan 2027" in words(await town.home(LEAD_1))


async def test_the_card_counts_an_old_answer_as_handing_in_will_and_the_same_answer_renews_it(
    ticking: tuple[Town, list[timedelta]],
) -> None:
    town, later = ticking
    card = await open_review(town)
    assert "safe to roll out" in words(await answer_quickly(town, card))
    later[0] = timedelta(days=100)  # what the organisation answered is believed for ninety
    await town.command(TEAM_LEAD, "mine")
    await town.click(TEAM_LEAD, await town.card_with(TEAM_CHANNEL, "review|resume"), "review|resume")
    card = await town.card_with(town.dm(TEAM_LEAD), "review|submit")
    await town.settle()
    assert "1 answer is too old to be believed" in words(card)
    assert "safe with conditions" in words(card)
    assert "answered again, because the answer is old" in words(card)
    review = await review_of(town)
    (old_one,) = [each for each in review.answers if KNOWLEDGE.bank.by_id[each].source == "organisation"]
    await town.click(TEAM_LEAD, card, "review|change")
    field = next(each for each in town.modal(TEAM_LEAD)["blocks"] if each["type"] == "input")
    assert await town.submit(TEAM_LEAD, **{field["block_id"]: old_one}) == {}
    await town.until(lambda: question_of(again(town, card)) == old_one)
    await pick(town, card, *review.answers[old_one].codes)
    assert "safe to roll out" in words(again(town, card))
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    (decision,) = await decided(town)
    assert decision.outcome is Outcome.APPROVE
