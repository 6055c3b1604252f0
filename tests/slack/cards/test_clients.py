"""The register's list and form on their worst content: within Slack's limits, and nobody's words are live."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain.client import FRAMEWORKS, Cadence, Client, DayOff, Holidays, Quiet, Rhythm, Series, SideOf, Slower
from bot.domain.client_review import Occurrence, Outcome, State
from bot.domain.decision import Standing
from bot.domain.ids import ChannelId, ClientId, OccurrenceId, SeriesId, UserId
from bot.domain.register import ClientDraft, draft_of
from bot.knowledge import default_folder, load_knowledge
from bot.slack.cards.blocks import message, section
from bot.slack.cards.client_view import client_view
from bot.slack.cards.clients import client_page_1, client_page_2, client_page_3, clients_message, saved_lines
from bot.slack.client_form import Known, Page1, read_back
from bot.slack.limits import PRIVATE_METADATA, Surface, check
from bot.use_cases.clients import PAST_MOST, Entry, Listing, Reviews, Saved, Shown
from tests.hostile import FORMS
from tests.slack.mrkdwn_reader import live_in
from tests.store.samples import AT, a_decision, a_review

K = load_knowledge(default_folder())
HOST, OTHER = UserId("U" * 12), UserId("W" * 12)
WORST = '"\\' * 40  # each letter takes two where it is carried on
SERIES = Series(
    id=SeriesId("S" * 36),
    client=ClientId("C" * 36),
    rhythm=Rhythm(Cadence.QUARTERLY, (0, 1, 2, 3, 4, 5, 6), time(23, 59), date(2026, 1, 1), 5, date(2030, 1, 1)),
    zone="America/Argentina/ComodRivadavia",
    minutes=60,
    host=HOST,
    stand_in=OTHER,
    our_side=(HOST,) * 20,
    client_side=("ö" * 80,) * 20,
    holidays=Holidays(
        {SideOf.OURS: "US"}, {SideOf.CLIENTS: tuple(DayOff(date(2026, 1, 1), "x" * 80) for _ in range(2_000))}
    ),
    quiet=Quiet(time(18), time(8)),
    slower=Slower('"' * 300, HOST, date(2026, 9, 1)),
)
CLIENT = Client(
    SERIES.client, WORST[:80], HOST, SERIES.zone, (WORST[:80],) * 8, ChannelId("C012345678"), frozenset(FRAMEWORKS)
)
HELD = Occurrence(
    OccurrenceId("O" * 36),
    SERIES.id,
    SERIES.client,
    AT.date(),
    AT,
    SERIES.zone,
    60,
    HOST,
    OTHER,
    state=State.HELD,
    outcome=Outcome.ESCALATED,
)
DRAFT = ClientDraft(CLIENT.name, HOST, CLIENT.zone, CLIENT.aliases, CLIENT.channel, CLIENT.frameworks)
PAGE = Page1(Known(CLIENT.id, 99_999, 99_999), DRAFT, Reviews.SERIES)


@pytest.mark.parametrize("new", [True, False])
def test_every_page_fits_on_its_worst_content(new: bool) -> None:
    known = Known() if new else PAGE.known
    lines = ["x" * 500] * 9
    for view in (
        client_page_1(K, known, DRAFT, series=None if new else SERIES),
        client_page_2(K, PAGE, None if new else draft_of(SERIES), today=date(2026, 1, 1)),
        client_page_3(K, PAGE.kept(draft_of(SERIES)), draft_of(SERIES), new=new),
        client_page_3(K, PAGE.kept(draft_of(SERIES)), draft_of(SERIES), new=new, clash=("code", lines)),
    ):
        assert check(view, Surface.MODAL) == []


def test_what_a_page_carries_comes_back_and_fits() -> None:
    carried = PAGE.kept(draft_of(SERIES))
    assert len(carried) <= PRIVATE_METADATA
    page, series = read_back(carried)
    assert page == PAGE
    assert series is not None
    kept = ("rhythm", "minutes", "host", "stand_in", "slower_because", "slower_until")
    assert all(getattr(series, name) == getattr(draft_of(SERIES), name) for name in kept)
    assert json.loads(carried)


def test_a_full_page_of_the_list_fits_and_so_does_an_empty_one() -> None:
    for start in (0, 20, 40):
        page = Listing((Entry(CLIENT, SERIES),) * 20, start, 60, 99_999)
        assert check(clients_message(page, words="x" * 80), Surface.MESSAGE) == []
    for known in (0, 5):
        assert check(clients_message(Listing((), 0, 0, known), words="x" * 80), Surface.MESSAGE) == []


@pytest.mark.parametrize("words", FORMS)
def test_nobodys_words_are_live_in_the_list_or_in_what_was_saved(words: str) -> None:
    quiet = replace(CLIENT, name=words[:80] or "x", aliases=(words[:80],), channel=None)  # as long as a name may be
    plain = clients_message(Listing((Entry(replace(quiet, name="x", aliases=("x",)), SERIES),), 0, 1, 1))
    hostile = clients_message(Listing((Entry(quiet, SERIES),), 0, 1, 1))
    assert live_in(hostile) == live_in(plain)
    told = saved_lines(Saved(quiet, None, new=True))
    assert live_in(message(told, [section(told)])) == []


def test_the_view_of_a_client_fits_on_its_worst_content() -> None:
    decision = a_decision(tool_name="&" * 80, suspended_at=AT)
    review = a_review(tool_name="<" * 80)
    full = Shown(
        CLIENT,
        SERIES,
        mine=True,
        next_on=date(2026, 1, 1),
        decisions=((decision, Standing.EXPIRED),) * 200,
        under_way=(review,) * 200,
        nameless=9_999,
        past=(HELD,) * PAST_MOST,
    )
    for shown in (full, replace(full, client=replace(CLIENT, left_on=date(2026, 1, 1)), decisions=(), under_way=())):
        view = client_view(shown, K)
        assert check(view, Surface.MODAL) == []
    assert "and 175 more" in str(client_view(full, K))
