"""Papers of a client review, what a client says of a decision, and channels that are no safe place any more."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.domain.client import Cadence, Rhythm
from bot.domain.client_review import State
from bot.domain.due import DueKind
from bot.domain.review import Stage
from bot.slack import ids
from bot.use_cases import timetable
from bot.use_cases.desk import Acting
from tests.stories.client_steps import (
    HOST,
    STAND_IN,
    Clock,
    a_client,
    a_review,
    again,
    closed,
    form,
    planned,
    started,
    the_review,
    with_client,
)
from tests.stories.steps import (
    AGENTS,
    SMALL,
    answer_quickly,
    decided,
    offers,
    open_review,
    review_of,
    sign,
    tags,
    with_the_leads,
    words,
)
from tests.stories.town import CISO, LEAD_1, OTHER_LEAD, SECURITY_CHANNEL, TEAM_CHANNEL, Town, find_control, open_town


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=clock) as opened:
        yield opened


async def minutes_of_a_review(town: Town) -> Any:
    """A review that was held; the message with its minutes."""
    _, pack = await a_review(town)
    card = await started(town, pack)
    assert await closed(town, card) == {}
    return await town.card_with(TEAM_CHANNEL, ids.MEET_PDF)


def files_in(town: Town, channel: str) -> list[tuple[Any, Any]]:
    """The files of a channel with the messages that show them."""
    return [
        (town.workspace.files[each], message)
        for message in town.workspace.messages.get(channel, [])
        for each in message.files or ()
    ]


# --- papers -----------------------------------------------------------------------------------------------------------


async def test_minutes_come_as_markdown_and_pdf_under_their_message(town: Town) -> None:
    minutes = await minutes_of_a_review(town)
    await town.click(HOST, minutes, ids.MEET_MARKDOWN)
    await town.click(STAND_IN, minutes, ids.MEET_PDF)
    await town.until(lambda: len(files_in(town, TEAM_CHANNEL)) == 2)
    (markdown, one), (pdf, other) = files_in(town, TEAM_CHANNEL)
    assert one.thread_ts == other.thread_ts == minutes.ts
    assert markdown.name == "minutes-northwind-2026-11-24.md"
    text = markdown.content.decode()
    assert "Tara Teamlead: present" in text
    assert "Nothing new." in text
    assert pdf.content.startswith(b"%PDF-")
    recorded = await town.bot.desk.read(lambda work: [entry.event for entry in work.audit.all()])
    digests = [event.facts["sha256"] for event in recorded if event.tag == "client_review:export"]
    assert digests == [hashlib.sha256(each.content).hexdigest() for each in (markdown, pdf)]


async def test_the_clients_copy_goes_to_the_host_alone_with_none_of_our_names(town: Town) -> None:
    minutes = await minutes_of_a_review(town)
    await town.click(CISO, minutes, ids.MEET_CLIENT_COPY)
    await town.settle()
    assert any("Only the host" in each for each in town.whispers(CISO))
    await town.click(HOST, minutes, ids.MEET_CLIENT_COPY)
    await town.until(lambda: files_in(town, town.dm(HOST)))
    ((copy, _),) = files_in(town, town.dm(HOST))
    assert copy.name == "security-review-northwind-2026-11-24.pdf"
    assert files_in(town, TEAM_CHANNEL) == []
    digest = hashlib.sha256(copy.content).hexdigest()
    assert any(digest in each for each in town.whispers(HOST))


async def test_a_file_that_slack_does_not_take_is_said_and_nothing_is_lost(town: Town) -> None:
    minutes = await minutes_of_a_review(town)
    town.faults.append(
        lambda method, _: {"ok": False, "error": "storage_limit_reached"} if method.startswith("files.") else None
    )
    await town.click(HOST, minutes, ids.MEET_PDF)
    await town.settle()
    assert any("could not be sent" in each for each in town.whispers(HOST))


async def test_minutes_of_a_channel_that_became_shared_go_to_whoever_asks_in_private(town: Town) -> None:
    minutes = await minutes_of_a_review(town)
    share(town)
    await town.click(HOST, minutes, ids.MEET_MARKDOWN)
    await town.until(lambda: files_in(town, town.dm(HOST)))
    assert files_in(town, TEAM_CHANNEL) == []


def share(town: Town) -> None:
    """The client's channel is shared with another company from now on."""
    town.workspace.channels[TEAM_CHANNEL].is_ext_shared = True
    town.bot.desk.directory.forget()  # type: ignore[attr-defined]  # what `channel_shared` does


async def test_a_pack_for_a_channel_that_became_shared_goes_to_the_host(town: Town) -> None:
    series = await with_client(town, a_client())
    share(town)
    occurrence = await planned(town, series)
    assert not any("Security review" in words(each) for each in town.cards(TEAM_CHANNEL))
    pack = await town.card_with(town.dm(HOST), ids.MEET_START)
    await town.click(HOST, pack, ids.MEET_START)
    await town.settle()
    card = await town.card_with(town.dm(HOST), ids.MEET_CLOSE)
    assert await closed(town, card) == {}
    assert (await the_review(town, occurrence)).state is State.HELD
    assert any(ids.MEET_PDF in offers(each) for each in town.cards(town.dm(HOST)))
    assert not any("Northwind" in words(each) for each in town.cards(TEAM_CHANNEL))


async def test_a_channel_that_became_shared_after_a_review_was_planned_reads_nothing_and_the_hosts_hear_why(
    town: Town, clock: Clock
) -> None:
    thursdays = Rhythm(Cadence.WEEKLY, (3,), time(10), clock.at.date())
    series = await with_client(town, a_client())

    def on_thursdays(act: Acting) -> None:
        held = act.work.series.locked(series.id)
        act.work.series.save(replace(held, rhythm=thursdays, version=held.version + 1), held, act.at)
        act.work.due.put(DueKind.SERIES, series.id, act.at)

    await town.bot.desk.act(on_thursdays)
    await timetable.tick(town.bot.desk)  # planned on a Tuesday; the pack is due a day before the review
    share(town)
    before = town.cards(TEAM_CHANNEL)
    clock.forward(days=1, hours=1, minutes=1)
    await timetable.tick(town.bot.desk)
    await town.settle()
    assert len(town.cards(TEAM_CHANNEL)) == len(before)
    assert await town.card_with(town.dm(HOST), ids.MEET_START)
    for user in (HOST, STAND_IN):
        (said,) = [each for each in town.cards(town.dm(user)) if "held back the pack" in words(each)]
        assert "shared with people from outside" in words(said)
        assert "/preflight client edit" in words(said)
    assert "Not ready: its pack was held back" in words(await town.home(HOST))


async def test_a_channel_that_the_bot_was_removed_from_reads_nothing_and_the_hosts_hear_how_to_invite_it(
    town: Town,
) -> None:
    series = await with_client(town, a_client())
    town.workspace.channels[TEAM_CHANNEL].members.remove(town.workspace.bot_id)
    await planned(town, series)
    assert await town.card_with(town.dm(HOST), ids.MEET_START)
    (said,) = [each for each in town.cards(town.dm(STAND_IN)) if "held back the pack" in words(each)]
    assert "/invite @Preflight" in words(said)


# --- what the client says of a decision -------------------------------------------------------------------------------


async def a_decision_in_a_meeting(town: Town) -> tuple[Any, Any, Any]:
    """A decision that touches Northwind, and a meeting that has come to it: occurrence, card, decision."""
    _, request = await with_the_leads(town, OTHER_LEAD)
    await sign(town, request)
    (decision,) = await decided(town)
    occurrence, pack = await a_review(town)
    card = await started(town, pack)
    await town.click(HOST, card, ids.MEET_DISCUSSED)
    await town.settle()
    return occurrence, again(town, card), decision


async def test_an_accepted_decision_is_noted_and_can_still_be_objected_to(town: Town) -> None:
    occurrence, card, decision = await a_decision_in_a_meeting(town)
    assert "Fabrikam Notes: approved with conditions" in words(card)
    await town.click(HOST, card, ids.MEET_ACCEPTS)
    await town.settle()
    (noted,) = (await the_review(town, occurrence)).noted
    assert (noted.decision, noted.objects) == (decision.id, False)
    assert ids.MEET_ACCEPTS not in offers(again(town, card))
    assert ids.MEET_OBJECTS in offers(again(town, card))


async def test_an_objection_asks_the_question_of_consent_again_and_tells_the_leads(town: Town) -> None:
    occurrence, card, decision = await a_decision_in_a_meeting(town)
    assert await form(town, HOST, card, ids.MEET_OBJECTS, **{"client_review|why": "Not with our voices."}) == {}
    review = await review_of(town, HOST)
    old = await town.bot.desk.read(lambda work: work.reviews.get(decision.review))
    assert (review.stage, review.requester, review.co_requesters) == (Stage.ANSWERING, HOST, (OTHER_LEAD,))
    assert review.profile == decision.profile
    assert set(old.answers) - set(review.answers) == {"G6-CLIENT-CONSENT"}
    asked = await town.until(lambda: consent_card(town))
    assert "Do the affected clients allow it?" in words(asked)
    (news,) = [each for each in town.cards(SECURITY_CHANNEL) if "objects to a decision" in each.text]
    assert "Not with our voices." in words(news)
    assert "The client objects" in words(again(town, card))
    assert "review:open" in await tags(town)
    await town.bot.desk.act(_object_twice, occurrence, decision)
    await town.settle()
    assert len([each for each in town.cards(SECURITY_CHANNEL) if "objects to a decision" in each.text]) == 1


async def test_an_objection_where_no_consent_is_asked_for_tells_the_leads_and_opens_nothing(town: Town) -> None:
    card = await open_review(town, OTHER_LEAD, **{**SMALL, "profile|clients": "all"})
    await answer_quickly(town, card, OTHER_LEAD)
    await town.click(OTHER_LEAD, again(town, card), "review|submit")
    await town.settle()
    _, pack = await a_review(town)
    card = await started(town, pack)
    await town.click(HOST, card, ids.MEET_DISCUSSED)
    await town.settle()
    assert await form(town, HOST, card, ids.MEET_OBJECTS, **{"client_review|why": "Not for us."}) == {}
    (news,) = [each for each in town.cards(SECURITY_CHANNEL) if "objects to a decision" in each.text]
    assert "not asked for clients' consent" in words(news)
    assert consent_card(town) is None


def consent_card(town: Town) -> Any:
    cards = town.cards(town.dm(HOST))
    return next((each for each in cards if "Do the affected clients allow it?" in words(each)), None)


def _object_twice(act: Any, occurrence: Any, decision: Any) -> None:
    from bot.use_cases.meetings import _hear

    _hear(act, None, occurrence.id, HOST, frozenset(), decision.id, "Again.", "R-another")  # type: ignore[arg-type]


async def test_a_decision_of_another_client_is_not_spoken_about(town: Town) -> None:
    _, card, decision = await a_decision_in_a_meeting(town)
    other, pack = await a_review(town, "Contoso")
    assert "Fabrikam" not in words(pack)
    await started(town, pack)
    accepts = find_control(card.blocks, ids.MEET_ACCEPTS)[1]
    accepts["value"] = ids.meet_value(other.id, decision.id)  # as somebody could send it who wants to know
    await town.click(HOST, card, ids.MEET_ACCEPTS)
    await town.settle()
    assert any("can't find that decision" in each for each in town.whispers(HOST))
    assert (await the_review(town, other)).noted == ()


async def test_what_was_not_known_of_another_client_stays_out_of_the_pack(town: Town) -> None:
    """Two clients at once, one tool for both, one for each: each pack names its own."""
    for tool, clients in (("Adatum Board", "Northwind, Contoso"), ("Tailspin Chat", "Contoso")):
        _, request = await with_the_leads(town, OTHER_LEAD, tool, **{**AGENTS, "profile|client_names": clients})
        await sign(town, request, user=LEAD_1)
    await with_client(town, a_client("Contoso", channel=None))
    _, pack = await a_review(town)
    assert "Adatum Board: approved with conditions" in words(pack)
    assert "Tailspin Chat" not in words(pack)
    assert "Contoso" not in words(pack)
