"""Short messages about client reviews fit, call nobody but those who take part, and say what is to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.client import Client
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import ChannelId, ClientId, OccurrenceId, SeriesId
from bot.domain.notice import NoticeKind
from bot.slack.cards.occurrence import away_message, held_message, missed_message, occurrence_message
from bot.slack.limits import Surface, check
from bot.use_cases.occurrence_tellings import AwayTold, MissedTold, OccurrenceTold, PackHeldTold
from tests.slack.cards.reading import assert_fits, shown
from tests.slack.cards.told import ANA, AT, BEN, somebodys_words
from tests.slack.mrkdwn_reader import live_in

CLIENT = Client(ClientId("CL1"), "Acme Bank", ANA, "Europe/Berlin", channel=ChannelId("C0ACME"))
REVIEW = Occurrence(
    OccurrenceId("O1"), SeriesId("S1"), CLIENT.id, date(2026, 11, 24), AT, "Europe/Berlin", 30, ANA, BEN
)
KINDS = (NoticeKind.REVIEW_SOON, NoticeKind.REVIEW_NOW)
names = somebodys_words | st.text(max_size=400)


@given(names, st.sampled_from(KINDS), st.sampled_from(State), st.booleans(), st.integers(1, 40))
def test_every_message_fits_and_calls_nobody_it_should_not(
    name: str, kind: NoticeKind, state: State, late: bool, many: int
) -> None:
    client, review = replace(CLIENT, name=name), replace(REVIEW, state=state)
    assert_fits(occurrence_message(OccurrenceTold(kind, review, client, late, ChannelId("C0ACME"))))
    assert_fits(missed_message(MissedTold(review, client, many, date(2026, 12, 1), 5)))
    assert_fits(away_message(AwayTold(ANA, ((review, client),) * many)))
    held = held_message(PackHeldTold(review, client, ChannelId("C0ACME"), shared=late))
    assert check(held, Surface.MESSAGE) == []
    assert {live.target for live in live_in(held) if live.kind != "date"} == {ANA, "C0ACME"}


def test_who_hosts_reads_why_a_pack_was_held_back_and_what_puts_it_right() -> None:
    shared = shown(held_message(PackHeldTold(REVIEW, CLIENT, ChannelId("C0ACME"), shared=True)))
    assert "<#C0ACME> is shared with people from outside" in shared
    assert "/preflight client edit" in shared
    gone = shown(held_message(PackHeldTold(REVIEW, CLIENT, ChannelId("C0ACME"), shared=False)))
    assert "/invite @Preflight" in gone


@pytest.mark.parametrize(
    ("kind", "late", "words"),
    [
        (NoticeKind.REVIEW_SOON, False, "starts"),
        (NoticeKind.REVIEW_NOW, False, "starts now"),
        (NoticeKind.REVIEW_NOW, True, "nobody has started it"),
    ],
)
def test_a_reminder_says_whose_review_it_is_and_where_its_card_stands(kind: NoticeKind, late: bool, words: str) -> None:
    text = shown(occurrence_message(OccurrenceTold(kind, REVIEW, CLIENT, late, CLIENT.channel)))
    assert "Acme Bank" in text
    assert words in text
    assert "Its card is in the client's channel." in text


def test_a_second_missed_review_says_what_follows_for_the_clients_tools() -> None:
    first = shown(missed_message(MissedTold(REVIEW, CLIENT, 1, date(2026, 12, 1), 5)))
    second = shown(missed_message(MissedTold(REVIEW, CLIENT, 2, date(2026, 12, 1), 5)))
    assert "signature level more" not in first
    assert "It is the second in a row that was missed." in second
    assert "tools that touch Acme Bank need one signature level more" in second
    assert "1 Dec 2026" in first
    assert "1 Dec 2026" in second


def test_what_happened_while_nobody_reminded_is_one_message() -> None:
    text = shown(away_message(AwayTold(ANA, ((REVIEW, CLIENT), (REVIEW, replace(CLIENT, name="Boreal"))))))
    assert "While I was away" in text
    assert "Acme Bank" in text
    assert "Boreal" in text
