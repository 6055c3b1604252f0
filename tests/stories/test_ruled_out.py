"""An answer that ruled a tool out is in front of the leads, though the team withdrew and began anew, or changed it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import QuestionId
from bot.slack import ids
from tests.stories.steps import (
    AGENTS,
    again,
    answer_quickly,
    hand_in,
    menu,
    open_review,
    pick,
    question_of,
    sign,
    with_the_leads,
    words,
)
from tests.stories.town import KNOWLEDGE, OTHER_LEAD, TEAM_LEAD, Town

MFA = "G1-ACCESS-MFA"
QUESTION = KNOWLEDGE.bank.by_id[QuestionId(MFA)]
ANSWERED = f"had answered “{QUESTION.text}” with “{QUESTION.by_code['password'].label}”, which rules the tool out"


async def change(town: Town, card: Any, code: str, user: str = TEAM_LEAD) -> None:
    """Give another answer to the first question, through *Change an Answer*."""
    await menu(town, user, again(town, card), ids.CHANGE_ANSWER)
    await town.until(lambda: town.workspace.top_view(user))
    field = next(each for each in town.modal(user)["blocks"] if each["type"] == "input")
    assert await town.submit(user, **{field["block_id"]: MFA}) == {}
    await town.until(lambda: question_of(again(town, card)) == MFA)
    await pick(town, card, code, user=user)


async def withdrawn(town: Town, *codes: str, user: str = TEAM_LEAD) -> Any:
    """A review that answered its first question so, or first so and then so, and was then withdrawn."""
    card = await open_review(town, user, **AGENTS)
    assert question_of(card) == MFA
    await pick(town, card, codes[0], user=user)
    for code in codes[1:]:
        await change(town, card, code, user=user)
    await menu(town, user, again(town, card), ids.WITHDRAW)
    if town.workspace.top_view(user):
        assert await town.submit(user) == {}
    await town.settle()
    return again(town, card)


@pytest.mark.parametrize("user", [TEAM_LEAD, OTHER_LEAD], ids=["themselves", "a colleague"])
async def test_starting_over_with_i_do_not_know_hides_no_blocker_from_the_leads(town: Town, user: str) -> None:
    assert "closed without a decision" in words(await withdrawn(town, "password", user=user))
    _, request = await with_the_leads(town, answers={MFA: "unknown"})
    assert f"An earlier request by <@{user}>, withdrawn on" in words(request)
    assert ANSWERED in words(request)


async def test_a_better_answer_just_before_withdrawing_hides_it_no_more(town: Town) -> None:
    await withdrawn(town, "password", "local_mfa")
    _, request = await with_the_leads(town, answers={MFA: "unknown"})
    assert ANSWERED in words(request)


async def test_what_was_withdrawn_without_such_an_answer_is_no_news(town: Town) -> None:
    await withdrawn(town, "local_mfa")
    _, request = await with_the_leads(town, answers={MFA: "unknown"})
    assert "Answered before" not in words(request)


async def test_of_many_withdrawn_requests_the_newest_three_are_shown(town: Town) -> None:
    for _ in range(4):
        await withdrawn(town, "password")
    await withdrawn(town, "local_mfa")
    _, request = await with_the_leads(town, answers={MFA: "unknown"})
    assert words(request).count(ANSWERED) == 3


async def test_what_another_tool_had_answered_is_not_shown(town: Town) -> None:
    await withdrawn(town, "password")
    _, request = await with_the_leads(town, tool="Contoso Calls", answers={MFA: "unknown"})
    assert "Answered before" not in words(request)


async def test_an_answer_changed_after_the_leads_had_it_stays_on_their_card(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await answer_quickly(town, card, **{MFA: "password"})
    request = await hand_in(town, card)
    assert "Answered before" not in words(request)  # it stands there as the reason
    await town.click(TEAM_LEAD, again(town, card), "review|reopen")
    await town.settle()
    await change(town, card, "local_mfa")
    await town.click(TEAM_LEAD, again(town, card), "review|submit")
    await town.settle()
    shown = words(again(town, request))
    assert "This request, handed in on" in shown
    assert f"taken back since, {ANSWERED}" in shown
    assert "which rules the tool out" not in words(
        await sign(town, request)
    )  # the decision's card is about the decision
