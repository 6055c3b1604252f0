"""The digest's card: the number that matters first, a calm line for a calm week, within limits on the worst names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import Digest, DigestPlan, Overdue, Waiting
from bot.slack.cards.digest import details_card, digest_card, headline
from bot.slack.cards.parts import DRAFTED_BY
from bot.slack.limits import Surface, check
from tests.domain.test_digest import SINCE, UNTIL, a_decision, a_missed, an_overdue
from tests.slack.cards.reading import shown
from tests.slack.cards.told import KNOWN, somebodys_words
from tests.slack.mrkdwn_reader import live_in

PLAN = DigestPlan(0, 9, "Europe/Berlin")


def mentioned(card: dict[str, Any]) -> set[str]:
    """Everybody a card calls; anything else that is live in it fails."""
    return {live.target for live in live_in(card) if live.kind != "date"}


def full(name: str = "Otter", count: int = 30) -> Digest:
    """A week in which everything happened, many times."""
    decisions = tuple(a_decision(n, tool_name=name) for n in range(count))
    late = replace(an_overdue(), decision=decisions[0])
    text = replace(late, condition=replace(late.condition, text=name))
    return Digest(
        SINCE,
        UNTIL,
        decided=decisions,
        waiting=tuple(Waiting(name, days) for days in range(count, 0, -1)),
        overdue=(text,) * count,
        ending=decisions,
        suspended=decisions,
        unapproved=decisions,
        missed=(replace(a_missed(), client_name=name),) * count,
        to_sample=decisions,
        strengths=(("G1", 80), ("G4", None)),
    )


def test_the_first_line_says_the_number_that_matters_and_is_the_notification_too() -> None:
    card = digest_card(full(count=3), PLAN, KNOWN)
    assert card["text"] == "3 conditions are overdue, the oldest by 4 days."
    assert "*3 conditions are overdue" in shown(card)


def test_one_of_a_kind_is_spoken_of_as_one() -> None:
    one = {
        "overdue": "1 condition is overdue, the oldest by 4 days.",
        "missed": "1 client review was not held.",
        "waiting": "1 request waits for a signature, none for long.",
        "suspended": "1 decision is suspended.",
        "ending": "1 decision ends within 30 days.",
    }
    everything = replace(full(count=1), waiting=(Waiting("Otter", 0),))
    said = {kind: headline(Digest(SINCE, UNTIL, **{kind: getattr(everything, kind)})) for kind in one}
    assert said == one


@given(somebodys_words)
def test_a_models_sentence_stands_in_place_of_ours_and_says_whose_it_is(words: str) -> None:
    card = digest_card(full(count=3), PLAN, KNOWN, drafted=(words,))
    assert card["text"] == "3 conditions are overdue, the oldest by 4 days."
    assert DRAFTED_BY in shown(card)
    assert check(card, Surface.MESSAGE) == []
    assert mentioned(card) == set()
    said = digest_card(full(count=3), PLAN, KNOWN, drafted=("Three are late.",))
    assert "*Three are late.*" in shown(said)
    assert "overdue, the oldest" not in shown(said)
    assert "Conditions overdue" in str(said["blocks"])  # the table has every number in any case


def test_a_calm_week_is_one_calm_line() -> None:
    card = digest_card(Digest(SINCE, UNTIL), PLAN, KNOWN, file="F1")
    assert [block["type"] for block in card["blocks"]] == ["section", "context"]
    assert "A calm week" in card["text"]


def test_the_picture_comes_with_its_numbers_in_shown() -> None:
    card = digest_card(full(), PLAN, KNOWN, file="F1")
    image = next(block for block in card["blocks"] if block["type"] == "image")
    assert image["slack_file"] == {"id": "F1"}
    assert "Keep less data: not asked yet" in image["alt_text"]
    assert not [block for block in digest_card(full(), PLAN, KNOWN)["blocks"] if block["type"] == "image"]


def test_the_days_are_those_of_the_companys_calendar() -> None:
    late = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)  # Monday already in Berlin
    card = digest_card(replace(full(), since=late - timedelta(days=7), until=late), PLAN, KNOWN)
    assert "23 Nov 2026 to 30 Nov 2026" in shown(card)
    assert "Every Monday at 09:00, Europe/Berlin." in shown(card)


def test_a_long_list_is_cut_and_says_so() -> None:
    assert shown(details_card(full(count=30))).count("and 20 more") == 8


@given(somebodys_words, st.integers(1, 120))
def test_whatever_things_are_called_the_cards_fit_and_call_nobody(name: str, count: int) -> None:
    digest = full(name, count)
    for card in (digest_card(digest, PLAN, KNOWN, file="F1"), details_card(digest)):
        assert check(card, Surface.MESSAGE) == []
        assert mentioned(card) <= {"U_ANA", "U_HOST"}


def test_only_those_who_must_act_are_mentioned() -> None:
    waiting = Digest(SINCE, UNTIL, waiting=(Waiting("Otter", 5),), decided=(a_decision(),))
    assert mentioned(details_card(waiting)) == set()
    overdue = Digest(SINCE, UNTIL, overdue=(Overdue(a_decision(), an_overdue().condition, 3),))
    assert mentioned(details_card(overdue)) == {"U_ANA"}
    confirm = replace(overdue.overdue[0], to_confirm=True)
    card = details_card(replace(overdue, overdue=(confirm,)))
    assert mentioned(card) == set()  # its owner has done what they can
    assert "3 days late, its evidence waits for a lead" in shown(card)
