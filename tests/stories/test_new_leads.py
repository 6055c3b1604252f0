"""Somebody new in the leads' user group: the others hear of it, and for a day nothing of theirs counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.audit import Tag
from bot.playground.workspace import Workspace
from bot.use_cases.roster import keep_watch, look_at_leads
from bot.wiring.demo_company import fill_workspace
from tests.stories import town as towns
from tests.stories.steps import again, decided, sign, tags, with_the_leads, words
from tests.stories.town import (
    LEAD_1,
    LEAD_2,
    LEADS_GROUP,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    Town,
    open_town,
)
from tests.stories.upkeep_steps import Clock

TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
REASON = "You are new among the security leads and count as one from Wednesday, 25 November 2026, 10:00 UTC."


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY)


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        await look_at_leads(opened.bot.desk)
        yield opened


def joins(town: Town, user: str = OTHER_LEAD) -> None:
    """They are put into the group, and into the channel where the cards are."""
    if user not in town.workspace.channels[SECURITY_CHANNEL].members:
        town.workspace.channels[SECURITY_CHANNEL].members.append(user)
    town.workspace.groups[LEADS_GROUP].members.append(user)
    town.bot.desk.directory.forget()  # type: ignore[attr-defined]  # as on Slack's news that the group changed


def leaves(town: Town, user: str) -> None:
    town.workspace.groups[LEADS_GROUP].members.remove(user)


def news(town: Town) -> list[Any]:
    """What the leads were told of newcomers."""
    return [each for each in town.cards(SECURITY_CHANNEL) if "new in the security leads" in each.text]


async def refused(town: Town, request: Any, user: str, reason: str = REASON) -> None:
    """The click is answered with the reason, and nothing is recorded but the try."""
    before, said = words(again(town, request)), len(town.whispers(user))
    await town.click(user, again(town, request), "sign_off|approve")
    assert town.workspace.top_view(user) is None
    assert len(town.whispers(user)) == said + 1
    assert reason in town.whispers(user)[-1]
    await town.settle()
    assert words(again(town, request)) == before
    assert await decided(town) == []


async def test_who_joins_the_group_and_clicks_first_signs_nothing_for_a_day(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    joins(town)
    await refused(town, request, OTHER_LEAD)
    clock.at += timedelta(hours=23, minutes=59)
    await refused(town, request, OTHER_LEAD)
    clock.at += timedelta(minutes=2)
    await sign(town, request, user=OTHER_LEAD)
    assert [each.signed_by for each in await decided(town)] == [(OTHER_LEAD,)]


async def test_the_leads_are_told_once_who_is_new_and_from_when_they_count(town: Town, clock: Clock) -> None:
    joins(town)
    for _ in range(3):
        await keep_watch(town.bot.desk)
        clock.at += timedelta(minutes=1)
    await town.settle()
    (told,) = news(town)
    assert f"<@{OTHER_LEAD}>" in words(told)
    assert "|2026-11-25 10:00 UTC>" in words(told)
    assert "take them out of the user group" in words(told)
    assert (await tags(town)).count(Tag.LEAD_SEEN) == 1


async def test_the_leads_who_were_there_at_the_first_look_sign_at_once_and_are_no_news(town: Town) -> None:
    _, request = await with_the_leads(town)
    await sign(town, request, user=LEAD_2)
    assert len(await decided(town)) == 1
    assert news(town) == []


async def test_whoever_leaves_and_comes_back_starts_anew_and_is_told_anew(town: Town, clock: Clock) -> None:
    _, request = await with_the_leads(town)
    leaves(town, LEAD_2)
    await keep_watch(town.bot.desk)
    joins(town, LEAD_2)
    await refused(town, request, LEAD_2)
    assert len(news(town)) == 1
    assert (await tags(town)).count(Tag.LEAD_LEFT) == 1
    await sign(town, request, user=LEAD_1)  # the others are as they were
    assert len(await decided(town)) == 1


async def test_an_emptied_group_is_no_first_look_for_whoever_fills_it(town: Town) -> None:
    _, request = await with_the_leads(town)
    town.workspace.groups[LEADS_GROUP].members.clear()
    await keep_watch(town.bot.desk)
    joins(town)
    await refused(town, request, OTHER_LEAD)


async def test_a_form_opened_before_leaving_signs_nothing_after_coming_back(town: Town) -> None:
    _, request = await with_the_leads(town)
    await town.click(LEAD_2, request, "sign_off|reject")
    leaves(town, LEAD_2)
    await keep_watch(town.bot.desk)
    joins(town, LEAD_2)
    answer = await town.submit(LEAD_2, **{"sign_off|rationale": "It is no good."})
    assert REASON in answer["sign_off|rationale"]
    assert await decided(town) == []
    assert "review:sign_off:refuse" in await tags(town)


@pytest.mark.parametrize(
    "answer",
    [{"ok": False, "error": "internal_error"}, (500, {}, {}), {"ok": True}],
    ids=["error", "500", "nothing"],
)
async def test_a_look_that_fails_changes_nobodys_standing_and_lets_nobody_sign(town: Town, answer: Any) -> None:
    _, request = await with_the_leads(town)
    known = await town.bot.desk.read(lambda work: work.lead_groups.members([LEADS_GROUP]))
    town.faults.append(lambda method, _: answer if method == "usergroups.users.list" else None)
    town.bot.desk.directory.forget()  # type: ignore[attr-defined]  # as some seconds later
    await keep_watch(town.bot.desk)
    await refused(town, request, LEAD_2, "I can't check who you are right now")
    assert await town.bot.desk.read(lambda work: work.lead_groups.members([LEADS_GROUP])) == known
    town.faults.clear()
    await sign(town, request, user=LEAD_2)
    assert len(await decided(town)) == 1
    assert news(town) == []


async def test_who_is_new_is_remembered_across_a_restart(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    async with open_town(kept, now=clock) as town:
        await look_at_leads(town.bot.desk)
        joins(town)
        await look_at_leads(town.bot.desk)
        await town.settle()
        assert len(news(town)) == 1

    def filled(workspace: Workspace, *more: Any) -> None:
        fill_workspace(workspace, *more)
        workspace.groups[LEADS_GROUP].members.append(OTHER_LEAD)
        workspace.channels[SECURITY_CHANNEL].members.append(OTHER_LEAD)

    monkeypatch.setattr(towns, "fill_workspace", filled)
    clock.at += timedelta(hours=2)
    async with open_town(kept, now=clock) as town:
        _, request = await with_the_leads(town)
        await refused(town, request, OTHER_LEAD)
        assert news(town) == []
