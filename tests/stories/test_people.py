"""Who may and who may not: each refusal is whispered with its reason, and the card is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.policy import Outcome
from bot.use_cases.roster import look_at_leads
from tests.stories.steps import (
    AGENTS,
    GAPS,
    HEAVY,
    HEAVY_KINDS,
    again,
    answer_quickly,
    ask,
    best_of,
    decided,
    describe,
    hand_in,
    open_review,
    pick,
    question_of,
    review_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import (
    CISO,
    GUEST,
    KNOWLEDGE,
    LEAD_1,
    LEAD_2,
    LEADS_GROUP,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    open_town,
)
from tests.stories.upkeep_steps import Clock

SECOND = "USECOND"
ACTS = ("sign_off|approve", "sign_off|conditions", "sign_off|reject", "sign_off|ask", "sign_off|claim")


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        yield opened


async def lead(town: Town, clock: Clock, user: str, email: str, **more: Any) -> None:
    """One more account in the leads' group and their channel, since yesterday: new leads have to wait a day."""
    await look_at_leads(town.bot.desk)  # the first look: whoever is in the group by now is no newcomer
    if user not in town.workspace.people:
        town.workspace.add_person(user, user.lower(), user.title(), email=email, **more)
    town.workspace.channels[SECURITY_CHANNEL].members.append(user)
    town.workspace.groups[LEADS_GROUP].members.append(user)
    await look_at_leads(town.bot.desk)
    clock.at += timedelta(days=1)


async def refused(town: Town, request: Any, user: str, reason: str, acts: tuple[str, ...] = ACTS) -> None:
    """Every act of a lead is refused to this person, in a whisper, and nothing on the card changes."""
    before = words(again(town, request))
    for act in acts:
        said = len(town.whispers(user))
        await town.click(user, again(town, request), act)
        assert town.workspace.top_view(user) is None, act
        assert len(town.whispers(user)) == said + 1, act
        assert reason in town.whispers(user)[-1]
    await town.settle()
    assert words(again(town, request)) == before
    assert await decided(town) == []


async def test_the_requester_cannot_sign(town: Town) -> None:
    _, request = await with_the_leads(town, LEAD_1)
    await refused(town, request, LEAD_1, "You asked for this review, so someone else has to sign it off.")
    await sign(town, request, user=LEAD_2)
    assert len(await decided(town)) == 1


async def test_the_requester_cannot_sign_from_another_account(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    await lead(town, clock, SECOND, "Tara+admin@demo.invalid")  # the same mailbox as the requester's
    await refused(town, request, SECOND, "You asked for this review")


async def test_whoever_joined_cannot_sign(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await town.command(LEAD_1, "Fabrikam Notes")
    await town.click(LEAD_1, await town.card_with(town.dm(LEAD_1), "review|join"), "review|join")
    await answer_quickly(town, card, **GAPS)
    request = await hand_in(town, card)
    await refused(town, request, LEAD_1, "You joined this request")


async def test_whoever_signed_cannot_join_from_any_account(town: Town) -> None:
    card = await ask(town)
    await describe(town, card, kinds=HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card)
    request = await hand_in(town, card)
    await sign(town, request, user=LEAD_1)
    town.workspace.add_person(SECOND, "sam2", "Sam Two", email="sam+home@demo.invalid")
    town.workspace.channels[TEAM_CHANNEL].members.append(SECOND)
    town.workspace.dm_with(SECOND)
    for user in (LEAD_1, SECOND):
        await town.command(user, "Fabrikam Notes")
        await town.click(user, await town.card_with(town.dm(user), "review|join"), "review|join")
        assert any("You have signed this review as a lead" in each for each in town.whispers(user))
    assert (await review_of(town)).co_requesters == ()


@pytest.mark.parametrize("source", ["vendor", "organisation"])
async def test_whoever_answered_for_the_vendor_or_the_organisation_cannot_sign(town: Town, source: str) -> None:
    card = await open_review(town, **AGENTS)
    for _ in range(40):
        shown = str(question_of(again(town, card)))
        by = LEAD_1 if KNOWLEDGE.bank.by_id[shown].source == source else TEAM_LEAD  # type: ignore[index]
        await pick(town, card, *best_of(shown), user=by)
        if by == LEAD_1:
            break
    await answer_quickly(town, card, **GAPS)
    request = await hand_in(town, card)
    await refused(town, request, LEAD_1, "You answered for the vendor or the organisation")


async def test_a_detail_added_by_a_colleague_makes_nobody_less_the_author(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    for _ in range(40):
        if question_of(again(town, card)) == "G6-PROOF-INDEPENDENT":
            break
        await pick(town, card, *best_of(str(question_of(again(town, card)))))
    await pick(town, card, "audit", user=LEAD_1)
    await answer_quickly(town, card, **GAPS)
    while (missing := [e for b in again(town, card).blocks if (e := b.get("accessory"))]) and any(
        each["value"].endswith("G6-PROOF-INDEPENDENT") for each in missing
    ):
        await town.click(TEAM_LEAD, again(town, card), "review|extra")
        given = {"extra|person": OTHER_LEAD, "extra|date": "2027-06-30", "extra|link": "https://fabrikam.invalid/soc"}
        assert await town.submit(TEAM_LEAD, **given) == {}
        await town.settle()
    request = await hand_in(town, card)
    await refused(town, request, LEAD_1, "You answered for the vendor", ("sign_off|approve",))


async def test_the_owner_of_the_tool_cannot_sign(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    for _ in range(40):
        if question_of(again(town, card)) == "G3-OWNER-NAME":
            break
        await pick(town, card, *best_of(str(question_of(again(town, card)))))
    await town.click(TEAM_LEAD, again(town, card), "answer|named")
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert await town.submit(TEAM_LEAD, **{"extra|person": LEAD_1}) == {}
    await town.settle()
    await answer_quickly(town, card, **GAPS)
    request = await hand_in(town, card)
    await refused(town, request, LEAD_1, "You are named as the owner of this tool")


async def test_one_person_with_two_accounts_is_one_signature(town: Town, clock: Clock) -> None:
    card = await ask(town)
    await describe(town, card, kinds=HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card)
    request = await hand_in(town, card)
    await sign(town, request, user=LEAD_1)
    await lead(town, clock, SECOND, "sam+phone@demo.invalid")
    await refused(town, request, SECOND, "from your other account", ("sign_off|approve",))
    assert await decided(town) == []


async def test_where_the_ciso_signs_it_is_last_and_only_then(town: Town, clock: Clock) -> None:
    card = await ask(town)
    await describe(town, card, kinds=HEAVY_KINDS, **HEAVY)
    await town.until(lambda: question_of(again(town, card)))
    await answer_quickly(town, card, **{"G1-ACCESS-MFA": "unknown"})
    request = await hand_in(town, card)
    assert "*Needs 2 security leads*; 0 of 2 have signed; then the CISO signs last" in words(request)
    given = {"sign_off|rationale": "Checked with the vendor."}
    await refused(town, request, CISO, "the CISO signs last", ("sign_off|approve",))
    await sign(town, request, user=LEAD_1)
    await sign(town, request, user=LEAD_2)
    assert await decided(town) == []
    await lead(town, clock, SECOND, "third@demo.invalid")
    await refused(town, request, SECOND, "has to be the CISO's", ("sign_off|approve",))
    # No condition of the rules can be dropped where nobody stands above.
    await town.click(CISO, again(town, request), "sign_off|conditions")
    assert "every condition of the rules has to stay" in words(town.modal(CISO))
    dropped = await town.submit(CISO, **{**given, "sign_off|kept|0": []})
    assert "nobody could make it milder" in str(dropped)
    town.workspace.close_view(town.workspace.top_view(CISO), all=True)  # type: ignore[arg-type]
    await sign(town, request, user=CISO)
    (decision,) = await decided(town)
    assert decision.signed_by == (LEAD_1, LEAD_2, CISO)
    assert decision.outcome is Outcome.CONDITIONS


async def test_somebody_who_is_no_lead_is_told_whom_to_ask(town: Town) -> None:
    _, request = await with_the_leads(town)
    town.workspace.channels[SECURITY_CHANNEL].members.append(OTHER_LEAD)
    await refused(town, request, OTHER_LEAD, "Only a security lead can sign this off")


async def test_a_lead_who_left_the_group_a_moment_ago_is_none(town: Town) -> None:
    _, request = await with_the_leads(town)
    await town.click(LEAD_2, request, "sign_off|approve")  # still one: the form opens
    town.workspace.groups[LEADS_GROUP].members.remove(LEAD_2)
    answer = await town.submit(LEAD_2, **{"sign_off|rationale": "Fine."})
    assert "Only a security lead can sign this off" in answer["sign_off|rationale"]
    assert await decided(town) == []


async def test_a_guest_in_the_leads_group_cannot_sign_and_the_try_is_on_record(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    await lead(town, clock, GUEST, "")
    await town.click(GUEST, request, "sign_off|approve")
    assert town.whispers(GUEST)[-1].startswith("I can only help full members")
    assert "review:sign_off:refuse" in await tags(town)
    assert await decided(town) == []


async def test_when_slack_does_not_say_who_somebody_is_nothing_is_signed(town: Town) -> None:
    _, request = await with_the_leads(town)
    town.faults.append(lambda method, params: (500, {}, {}) if method == "users.info" else None)
    await town.click(LEAD_1, request, "sign_off|approve")
    assert town.workspace.top_view(LEAD_1) is None
    assert "I can't check who you are right now" in town.whispers(LEAD_1)[-1]


async def test_while_nobody_can_be_looked_up_people_talk_in_their_threads_without_a_word_from_us(town: Town) -> None:
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "Who is in on Friday?")
    town.faults.append(lambda method, _: {"ok": False, "error": "fatal_error"} if method == "users.info" else None)
    town.bot.desk.directory._people.clear()  # type: ignore[attr-defined]  # as after five minutes
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "I am", thread=above)
    await town.settle()
    assert [method for method, _ in town.calls].count("users.info")
    assert town.whispers(TEAM_LEAD) == []


async def test_guests_talk_in_shared_channels_without_a_word_from_us(town: Town) -> None:
    above = await town.say(GUEST, SHARED_CHANNEL, "hello")
    await town.say(GUEST, SHARED_CHANNEL, "anybody here?", thread=above)
    await town.settle()
    assert town.cards(SHARED_CHANNEL) == []
