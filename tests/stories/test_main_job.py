"""The main job, from a mention to a decision that the next team finds. One story a test, as people see it."""

from __future__ import annotations

from bot.domain.policy import Outcome
from tests.stories.steps import AGENTS, answer_all, ask, decided, describe
from tests.stories.town import (
    CISO,
    GUEST,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
)


async def test_a_small_internal_tool_is_decided_by_the_rules_alone_and_the_next_team_finds_it(town: Town) -> None:
    card = await ask(town)
    await describe(town, card)
    await answer_all(town, card)
    verdict = await town.card_with(TEAM_CHANNEL, "review|submit")
    assert "Safe to roll out" in verdict.text
    await town.click(TEAM_LEAD, verdict, "review|submit")
    await town.settle()

    (decision,) = await decided(town, "Fabrikam Notes")
    assert decision.outcome is Outcome.APPROVE
    assert decision.signed_by == ()
    assert any("Fabrikam Notes" in c.text for c in town.cards(SECURITY_CHANNEL))

    again = await town.say(OTHER_LEAD, TEAM_CHANNEL, "@Preflight can we use fabrikam notes?")
    found = await town.until(lambda: next((c for c in town.cards(TEAM_CHANNEL) if c.thread_ts == again), None))
    assert has_control(found.blocks, "review|new")
    assert not has_control(found.blocks, "review|profile")


async def test_a_tool_for_home_agents_is_signed_off_by_people_who_did_not_ask(town: Town) -> None:
    card = await ask(town)
    await describe(town, card, **AGENTS)
    await answer_all(town, card, **{"G7-INSIDER-LIMIT": "weekly", "G4-KEEP-TIME": "manual"})
    verdict = await town.card_with(TEAM_CHANNEL, "review|submit")
    await town.click(TEAM_LEAD, verdict, "review|submit")

    request = await town.card_with(SECURITY_CHANNEL, "sign_off|approve")
    await town.click(LEAD_1, request, "sign_off|claim")
    await town.settle()
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|approve")
    await town.click(LEAD_1, request, "sign_off|approve")
    if town.workspace.top_view(LEAD_1):
        assert await town.submit(LEAD_1, **{"sign_off|rationale": "Few data, dated conditions."}) == {}
    await town.settle()

    (decision,) = await decided(town, "Fabrikam Notes")
    assert decision.outcome is Outcome.CONDITIONS
    assert decision.signed_by == (LEAD_1,)
    assert any(each.question == "G4-KEEP-TIME" for each in decision.conditions)
    assert any("Fabrikam Notes" in each.text for each in town.cards(town.dm(TEAM_LEAD)))


async def test_two_leads_sign_what_needs_four_eyes_and_the_requester_cannot(town: Town) -> None:
    card = await ask(town, user=LEAD_2)
    await describe(
        town,
        card,
        user=LEAD_2,
        kinds=("saas", "telephony_acd"),
        **{
            "profile|data": ["cardholder", "recordings"],
            "profile|users": ["wah_agents"],
            "profile|seats": "10000",
            "profile|clients": "all",
        },
    )
    await answer_all(town, card, user=LEAD_2)
    await town.click(LEAD_2, await town.card_with(TEAM_CHANNEL, "review|submit"), "review|submit")
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|approve")

    await town.click(LEAD_2, request, "sign_off|approve")
    assert any("someone else has to sign it off" in each for each in town.whispers(LEAD_2))

    for signer in (LEAD_1, CISO):
        request = await town.card_with(SECURITY_CHANNEL, "sign_off|approve")
        await town.click(signer, request, "sign_off|approve")
        assert await town.submit(signer, **{"sign_off|rationale": "Checked, and the roll-out is in steps."}) == {}
        await town.settle()
    (decision,) = await decided(town, "Fabrikam Notes")
    assert decision.signed_by == (LEAD_1, CISO)
    assert decision.tier == 4


async def test_nothing_is_said_in_a_channel_that_a_client_reads(town: Town) -> None:
    await town.say(TEAM_LEAD, SHARED_CHANNEL, "@Preflight is Fabrikam Notes safe?")
    await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    await town.settle()
    assert [each.text for each in town.cards(SHARED_CHANNEL)] == ["I have answered you in a direct message."]


async def test_a_guest_gets_one_neutral_line(town: Town) -> None:
    await town.say(GUEST, town.dm(GUEST), "is Fabrikam Notes safe?")
    await town.until(lambda: town.whispers(GUEST))
    assert [each.only_for for each in town.cards(town.dm(GUEST))] == [GUEST]
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(GUEST)) == []
