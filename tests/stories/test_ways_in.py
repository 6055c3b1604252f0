"""Every way to ask, and what each leads to: a review, what stands on record, a review to join, or help."""

from __future__ import annotations

import pytest

from bot.domain.verdict import open_case
from bot.slack import ids
from tests.stories.steps import (
    AGENTS,
    SMALL,
    again,
    answer_quickly,
    ask,
    card_in_thread,
    close_all,
    decided,
    describe,
    menu,
    offers,
    open_review,
    question_of,
    review_of,
    sign,
    tags,
    to_page_2,
    with_the_leads,
    words,
)
from tests.stories.town import (
    KNOWLEDGE,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
)


async def approved(town: Town, tool: str = "Fabrikam Notes") -> None:
    """A small use of a tool, on record by the rules alone."""
    card = await open_review(town, TEAM_LEAD, tool, **SMALL)
    await answer_quickly(town, card)
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()


async def last_in_dm(town: Town, user: str) -> object:
    await town.settle()
    return town.cards(town.dm(user))[-1]


# --- the ways ---------------------------------------------------------------------------------------------------------


async def test_the_message_action_reads_the_message_and_opens_the_form(town: Town) -> None:
    ts = await town.say(OTHER_LEAD, TEAM_CHANNEL, "We want Fabrikam Notes for 300 home agents, with call recordings")
    await town.shortcut(TEAM_LEAD, TEAM_CHANNEL, ts)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert town.modal(TEAM_LEAD)["callback_id"] == "profile|1"
    card = await town.until(lambda: card_in_thread(town, ts, "review|profile"))
    said = words(card)
    assert "Recordings of calls" in said
    assert "300" in said
    assert (await review_of(town)).requester == TEAM_LEAD


@pytest.mark.parametrize("text", ["", "help", "HELP", "?"])
async def test_help_shows_the_ways_to_ask_to_nobody_else(town: Town, text: str) -> None:
    await town.command(TEAM_LEAD, text)
    await town.until(lambda: town.whispers(TEAM_LEAD))
    (shown,) = town.cards(TEAM_CHANNEL)
    assert shown.only_for == TEAM_LEAD
    assert "/preflight find" in words(shown)
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)) == []


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Otter.ai", "Otter.ai"),
        ("is Otter.ai safe for 200 home agents", "Otter.ai"),
        ("blorb grumble", "blorb grumble"),  # words we do not know are a name
    ],
)
async def test_the_command_opens_the_form_and_the_review_stands_in_a_direct_message(
    town: Town, text: str, tool: str
) -> None:
    await town.command(TEAM_LEAD, text)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    card = await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    assert tool in card.text
    assert "review|dm" not in offers(card)  # it is in one already
    if "200" in text:
        assert "Work-at-home agents" in words(card)


async def test_a_sentence_fills_the_form_and_says_what_it_rests_on(town: Town) -> None:
    text = "is Otter.ai safe for 200 home agents? It holds call recordings"
    card = await ask(town, text=f"@Preflight {text}")
    assert "Recordings of calls or screens (“call recordings”)" in words(card)
    await to_page_2(town, card, kinds=("ai_llm",))
    form = words(town.modal(TEAM_LEAD))
    assert "Filled in from your message: “200 home agents”" in form
    assert "Filled in from your message: “call recordings”" in form
    # Sent as it stands, what was understood counts, because somebody looked at it.
    assert await town.submit(TEAM_LEAD, **{"profile|clients": "none"}) == {}
    profile = (await review_of(town)).profile
    assert profile is not None
    assert (profile.seats, profile.users, profile.data) == (200, {"wah_agents"}, {"recordings"})


async def test_a_direct_message_and_a_mention_in_a_thread_both_begin(town: Town) -> None:
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), "can we use Contoso Board?")
    await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    above = await town.say(OTHER_LEAD, TEAM_CHANNEL, "What about a new board?")
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight is Northwind Board safe?", thread=above)
    card = await town.until(lambda: card_in_thread(town, above, "review|profile"))
    assert "Northwind Board" in card.text


async def test_a_mention_with_nothing_gets_help_and_in_a_reviews_thread_how_it_stands(town: Town) -> None:
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight")
    help_card = await town.until(lambda: next((c for c in town.cards(TEAM_CHANNEL) if c.thread_ts == ts), None))
    assert "/preflight find" in words(help_card)

    card, _ = await with_the_leads(town)
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight", thread=card.thread_ts)
    stands = await town.until(lambda: card_in_thread(town, card.thread_ts, "review|resume"))
    assert "it is with the security leads" in words(stands)


async def test_small_talk_with_a_number_of_people_begins_no_review(town: Town) -> None:
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight the Manila site has 340 people on shift tonight")
    help_card = await town.until(lambda: next((c for c in town.cards(TEAM_CHANNEL) if c.thread_ts == ts), None))
    assert "/preflight find" in words(help_card)
    assert await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD)) == []


async def test_asking_twice_before_describing_is_one_review(town: Town) -> None:
    for _ in range(2):
        await town.command(TEAM_LEAD, "Fabrikam Notes")
        close_all(town, TEAM_LEAD)
    await town.settle()
    assert len(await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD))) == 1


async def test_a_request_without_a_name_is_none_for_the_tool_that_was_named_before(town: Town) -> None:
    await town.command(TEAM_LEAD, "otter (beta) 2")
    await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    await town.command(TEAM_LEAD, "is this one safe? https://tools.invalid/for-our-agents")
    await town.settle()
    names = [each.tool_name for each in await town.bot.desk.read(lambda work: work.reviews.team_of(TEAM_LEAD))]
    assert sorted(names) == ["", "otter (beta) 2"]


async def test_a_question_about_another_tool_is_no_answer_to_the_question_that_is_open(town: Town) -> None:
    await town.command(TEAM_LEAD, "Fabrikam Notes")
    card = await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    close_all(town, TEAM_LEAD)
    await describe(town, card, **SMALL)
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), "is Contoso Board safe for our office staff?")
    other = await town.card_with(town.dm(TEAM_LEAD), "review|profile")
    assert "Contoso Board" in other.text
    await town.settle()
    assert not any("could not match" in words(each) for each in town.cards(town.dm(TEAM_LEAD)))


# --- what is on record ------------------------------------------------------------------------------------------------


async def test_a_case_that_differs_begins_with_what_was_understood(town: Town) -> None:
    await approved(town)
    ts = await town.say(OTHER_LEAD, TEAM_CHANNEL, "@Preflight is Fabrikam Notes safe for 400 home agents?")
    found = await town.until(lambda: card_in_thread(town, ts, "review|new"))
    assert "in force" in words(found)
    for _ in range(2):  # a second press means the same review
        await town.click(OTHER_LEAD, found, "review|new")
        await town.until(lambda: town.workspace.top_view(OTHER_LEAD))
        close_all(town, OTHER_LEAD)
    (review,) = await town.bot.desk.read(lambda work: work.reviews.team_of(OTHER_LEAD))
    assert {(each.fact, each.value) for each in review.proposals} == {("users", "wah_agents"), ("seats", "400")}
    card = await town.until(lambda: card_in_thread(town, ts, "review|profile"))
    assert "Work-at-home agents" in words(card)


async def test_a_use_that_is_covered_ends_the_review_and_points_at_the_decision(town: Town) -> None:
    await approved(town)
    ts = await town.say(OTHER_LEAD, TEAM_CHANNEL, "@Preflight is Fabrikam Notes safe?")
    await town.click(OTHER_LEAD, await town.until(lambda: card_in_thread(town, ts, "review|new")), "review|new")
    close_all(town, OTHER_LEAD)
    card = await town.until(lambda: card_in_thread(town, ts, "review|profile"))
    await describe(town, card, OTHER_LEAD, **{**SMALL, "profile|seats": "10"})
    await town.settle()
    assert "a standing decision covers exactly this use" in words(again(town, card))
    newest = [each for each in town.cards(TEAM_CHANNEL) if each.thread_ts == ts][-1]
    assert "A standing decision covers this use, so nothing more is needed." in words(newest)
    assert (await review_of(town, OTHER_LEAD)).ended
    assert "review:covered" in await tags(town)


async def test_a_second_team_joins_hears_the_outcome_and_cannot_sign(town: Town) -> None:
    _, request = await with_the_leads(town)
    await town.command(OTHER_LEAD, "Fabrikam Notes")
    found = await town.card_with(town.dm(OTHER_LEAD), "review|join")
    assert "it is with the security leads" in words(found)
    await town.click(OTHER_LEAD, found, "review|join")
    await town.until(lambda: any("You are part of the review" in each for each in town.whispers(OTHER_LEAD)))
    await town.settle()
    assert f"<@{OTHER_LEAD}>" in words(again(town, request))
    await sign(town, request)
    assert any("Fabrikam Notes: approved" in each.text for each in town.cards(town.dm(OTHER_LEAD)))
    assert any("Fabrikam Notes: approved" in each.text for each in town.cards(town.dm(TEAM_LEAD)))


async def test_somebody_beside_the_team_can_join_from_the_card_itself(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    element = next(e for b in card.blocks for e in b.get("elements", ()) if e.get("action_id") == ids.MORE)
    option = next(each for each in element["options"] if each["value"].startswith("review|join#"))
    await town.click(OTHER_LEAD, card, ids.MORE, selected_option=option)
    await town.settle()
    assert (await review_of(town)).co_requesters == (OTHER_LEAD,)


async def test_two_teams_that_began_before_the_tool_had_a_name_learn_of_each_other(town: Town) -> None:
    one = await ask(town, TEAM_LEAD, "@Preflight is Fabrikam Notes safe?")
    two = await ask(town, OTHER_LEAD, "@Preflight is Fabrikam Notes safe?")
    await describe(town, one, TEAM_LEAD, **AGENTS)
    await describe(town, two, OTHER_LEAD, **AGENTS)
    told = await town.until(lambda: card_in_thread(town, two.thread_ts, "review|join"))
    assert f"Asked by <@{TEAM_LEAD}>" in words(told)


# --- finding ----------------------------------------------------------------------------------------------------------


async def test_find_shows_decisions_by_part_of_the_name_and_says_when_there_is_none(town: Town) -> None:
    await approved(town)
    await town.command(OTHER_LEAD, "find fabrikam")
    await town.until(lambda: town.whispers(OTHER_LEAD))
    assert "Valid until" in words(town.cards(TEAM_CHANNEL)[-1])
    await town.command(OTHER_LEAD, "find zebra")
    await town.until(lambda: len(town.whispers(OTHER_LEAD)) == 2)
    assert "no decision" in words(town.cards(TEAM_CHANNEL)[-1])
    await town.command(OTHER_LEAD, "find")
    await town.until(lambda: len(town.whispers(OTHER_LEAD)) == 3)
    assert "/preflight find Otter.ai" in town.whispers(OTHER_LEAD)[-1]


async def test_find_says_that_a_review_is_under_way(town: Town) -> None:
    await open_review(town, **AGENTS)
    await town.command(OTHER_LEAD, "find Fabrikam Notes")
    await town.until(lambda: town.whispers(OTHER_LEAD))
    assert "A review is under way" in words(town.cards(TEAM_CHANNEL)[-1])


async def test_mine_lists_my_reviews_and_brings_one_back_into_view(town: Town) -> None:
    await town.command(TEAM_LEAD, "mine")
    await town.until(lambda: town.whispers(TEAM_LEAD))
    assert "You have no review yet" in town.whispers(TEAM_LEAD)[0]
    card = await open_review(town, **AGENTS)
    open_question = question_of(card)
    await town.command(TEAM_LEAD, "mine")
    mine = await town.card_with(TEAM_CHANNEL, "review|resume")
    await town.click(TEAM_LEAD, mine, "review|resume")
    moved = await town.card_with(town.dm(TEAM_LEAD), "review|why")
    await town.settle()
    assert question_of(moved) == open_question
    assert "goes on in a direct message" in words(again(town, card))
    # Once more: the card is there already, so the answer leads to it.
    await town.click(TEAM_LEAD, mine, "review|resume")
    await town.until(lambda: any("|here>" in each for each in town.whispers(TEAM_LEAD)))


# --- did you mean -----------------------------------------------------------------------------------------------------


async def test_a_name_like_a_known_one_is_asked_about_and_becomes_its_alias_only_by_a_yes(town: Town) -> None:
    await approved(town, "Fabrikam Notes")
    card = await ask(town, OTHER_LEAD, "@Preflight is Fabrikam Note safe?")
    await to_page_2(town, card, OTHER_LEAD)
    form = town.modal(OTHER_LEAD)
    assert "Did you mean" in words(form)
    radio = next(each for each in form["blocks"] if each.get("block_id") == "profile|same_as")["element"]
    known = next(each["value"] for each in radio["options"] if each["text"]["text"] == "Fabrikam Notes")
    # Without a choice it is not sent.
    assert "profile|same_as" in await town.submit(OTHER_LEAD, **{**SMALL, "profile|seats": "500"})
    use = {**SMALL, "profile|seats": "500", "profile|same_as": known}
    assert await town.submit(OTHER_LEAD, **use) == {}
    review = await review_of(town, OTHER_LEAD)
    assert review.tool == known
    assert (await town.bot.desk.read(lambda work: work.tools.find("Fabrikam Note"))).tool.id == known


async def test_a_different_tool_of_nearly_the_same_name_stays_its_own(town: Town) -> None:
    await approved(town, "Fabrikam Notes")
    card = await ask(town, OTHER_LEAD, "@Preflight is Fabrikam Note safe?")
    await to_page_2(town, card, OTHER_LEAD)
    assert await town.submit(OTHER_LEAD, **{**SMALL, "profile|same_as": "different"}) == {}
    review = await review_of(town, OTHER_LEAD)
    (decision,) = await decided(town, "Fabrikam Notes")
    assert review.tool != decision.tool
    assert not review.ended  # the decision about the other tool says nothing about this one


async def test_where_a_yes_is_on_record_its_conditions_are_asked_after_whatever_the_form_says(town: Town) -> None:
    await approved(town)
    await town.command(OTHER_LEAD, "Fabrikam Notes")
    await town.click(OTHER_LEAD, await town.card_with(town.dm(OTHER_LEAD), "review|new"), "review|new")
    card = await town.card_with(town.dm(OTHER_LEAD), "review|profile")
    await describe(town, card, OTHER_LEAD, **{**SMALL, "profile|seats": "500"})
    await town.until(lambda: question_of(again(town, card)))
    review = await review_of(town, OTHER_LEAD)
    assert (review.profile.change, review.profile.has_prior) == ("new", True)
    asked = open_case(KNOWLEDGE.bank, KNOWLEDGE.policy, review.profile).asked
    assert "G3-PRIOR-CONDITIONS" in [each.id for each in asked]


# --- App Home ---------------------------------------------------------------------------------------------------------


async def test_home_is_never_empty_and_shows_leads_what_waits(town: Town) -> None:
    team = await town.home(TEAM_LEAD)
    assert "You have no review yet" in words(team)
    assert "Waiting for the security leads" not in words(team)
    assert "Nothing waits for a signature" in words(await town.home("ULEADONE"))
    _, request = await with_the_leads(town)
    mine = await town.home(TEAM_LEAD)
    assert has_control(mine["blocks"], "review|resume")
    assert "*Fabrikam Notes*, asked for by <@UTEAMLEAD>" in words(await town.home("ULEADONE"))
    assert request.channel == SECURITY_CHANNEL


async def test_home_links_to_the_cards_of_what_it_lists(town: Town) -> None:
    card, request = await with_the_leads(town)
    await town.settle()
    assert f"/archives/{card.channel}/p{card.ts.replace('.', '')}" in words(await town.home(TEAM_LEAD))
    assert f"/archives/{SECURITY_CHANNEL}/p{request.ts.replace('.', '')}" in words(await town.home("ULEADONE"))


async def test_home_links_to_no_card_in_a_colleagues_direct_messages(town: Town) -> None:
    card = await open_review(town)
    await menu(town, OTHER_LEAD, card, ids.JOIN)
    await town.settle()
    assert "Open its card" in words(await town.home(OTHER_LEAD))
    await menu(town, TEAM_LEAD, again(town, card), ids.DM)
    await town.settle()
    home = await town.home(OTHER_LEAD)
    assert "Open its card" not in words(home)
    assert has_control(home["blocks"], "review|resume")


async def test_home_is_shown_without_links_where_slack_gives_none(town: Town) -> None:
    await with_the_leads(town)
    town.faults.append(
        lambda method, _: {"ok": False, "error": "internal_error"} if method == "chat.getPermalink" else None
    )
    home = words(await town.home("ULEADONE"))
    assert "*Fabrikam Notes*, asked for by <@UTEAMLEAD>" in home
    assert "Open its card" not in home
