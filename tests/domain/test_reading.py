"""What a model read is kept only where words hold it, is put together in one way, and waits for a person's yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Origin, Proposal
from bot.domain.ids import ChannelId, ReviewId, UserId
from bot.domain.profile import Clients, Profile
from bot.domain.reading import (
    CODES,
    FACTS,
    LOOKED_AT,
    ONE_VALUED,
    about_use,
    checked,
    confirm,
    disputed,
    is_confirmed,
    kept,
    mark_of,
    merged,
    numbers_in,
    profile_of,
    settled,
    the_one,
    unconfirmed,
)
from bot.domain.review import Home, Review
from bot.domain.utterance import Utterance
from tests.hostile import FORMS

ANA, BEN, CAM = UserId("UANA"), UserId("UBEN"), UserId("UCAM")
SAID = (
    Utterance(ANA, "Is Otter.ai (https://otter.example/x) safe for 1,200 home agents? It keeps call recordings."),
    Utterance(BEN, "Northwind asked for it. All 220 of us would use it, so would two hundred in Manila."),
)
OPTIONS = {"G1-ACCESS-MFA": ("password", "sso_mfa")}


def read(fact: str, value: str, quote: str, **more: Any) -> Proposal:
    return Proposal(fact, value, quote, **({"origin": Origin.MODEL} | more))


def held(*found: Proposal) -> list[tuple[str, str]]:
    return [(each.fact, each.value) for each in checked(found, SAID, asker=ANA, options=OPTIONS)]


def a_review(*proposals: Proposal, **facts: Any) -> Review:
    told: dict[str, Any] = {"tool": None, "tool_name": "", "requester": ANA, "home": Home(ChannelId("C1"), "1.1")}
    told |= {"opened_at": datetime(2026, 11, 23, tzinfo=UTC), "proposals": proposals}
    return Review(id=ReviewId("r1"), **(told | facts))


# --- held against the words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "good",
    [
        read("data", "recordings", "call recordings"),
        read("users", "wah_agents", "home agents"),
        read("seats", "1200", "1,200 home agents"),
        read("seats", "220", "All 220 of us"),
        read("seats", "200", "two hundred in Manila"),
        read("tool", "Otter.ai", "Is Otter.ai"),
        read("url", "https://otter.example/x", "https://otter.example/x"),
        read("clients", "Northwind", "Northwind asked for it"),
        read("G1-ACCESS-MFA", "password", "It keeps call"),
    ],
)
def test_what_the_words_hold_is_kept(good: Proposal) -> None:
    assert held(good) == [(good.fact, good.value)]


@pytest.mark.parametrize(
    "lie",
    [
        read("data", "recordings", "screen recordings"),  # nobody said that
        read("data", "recordings", "call record"),  # half a word
        read("data", "gossip", "call recordings"),  # no such code
        read("data", "unknown", "call recordings"),  # not knowing is not read
        read("clients", "none", "Northwind asked for it"),  # neither is that there is none
        read("seats", "200", "200 home agents"),  # a part of "1,200"
        read("seats", "300", "1,200 home agents"),
        read("seats", "-5", "1,200 home agents"),
        read("seats", "99999999999", "1,200 home agents"),
        read("tool", "Zoom", "Is Otter.ai"),
        read("tool", "Otte", "Is Otter.ai"),
        read("url", "https://evil.example", "https://otter.example/x"),
        read("url", "javascript:alert(1)", "It keeps call recordings"),
        read("vendor", "It keeps call recordings. " * 20, "It keeps call recordings"),
        read("G1-ACCESS-MFA", "gone", "call recordings"),
        read("G9-NO-SUCH", "password", "call recordings"),
        read("approver", "self_serve", "call recordings"),
        read("data", "recordings", ""),
        read("data", "recordings", "."),
        read("data", "recordings", SAID[0].text * 4),
    ],
)
def test_what_they_do_not_hold_is_dropped(lie: Proposal) -> None:
    assert held(lie) == []


def test_whose_words_they_are_is_found_in_the_words_not_believed() -> None:
    claims = [
        read("data", "recordings", "call recordings", said_by=CAM, confirmed_by=CAM, origin=Origin.RULES),
        read("clients", "Northwind", "Northwind", said_by=None),
    ]
    own, other = checked(claims, SAID, asker=ANA, options=OPTIONS)
    assert (own.said_by, own.confirmed_by, own.origin) == (None, None, Origin.MODEL)
    assert other.said_by == BEN


def test_ten_thousand_proposals_are_not_looked_at_one_by_one() -> None:
    flood = [read("data", "gossip", "call recordings")] * LOOKED_AT + [read("data", "recordings", "call recordings")]
    assert held(*flood) == []
    assert held(*flood[1:]) == [("data", "recordings")]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,200 and 3.000 or 4 500", {1200, 3000, 4, 500}),
        ("3k people, 1.5k more", {3000, 1500}),
        ("twelve, or two hundred, or a thousand", {12, 200, 1000}),
        ("version 2.5 and 10.000.000", {10_000_000}),
        ("1,23,456", set()),
        ("²³ ½, but ١٢", {12}),
    ],
)
def test_the_numbers_of_a_text(text: str, numbers: set[int]) -> None:
    assert numbers_in(text) == numbers


words = st.sampled_from(
    ["Otter.ai", "200", "1,200", "agents", "call recordings", "Northwind", "日本語", "€", "<!here>", *FORMS[:8]]
)
texts = st.lists(words | st.text(max_size=12), max_size=8).map(" ".join)
utterances = st.lists(st.builds(Utterance, st.sampled_from([ANA, BEN]), texts), max_size=3)
any_fact = st.sampled_from([*FACTS, "G1-ACCESS-MFA", "approver"])
any_value = st.sampled_from([*(code for codes in CODES.values() for code in codes), "200", "all", "password"]) | words
proposals = st.builds(
    Proposal,
    any_fact,
    any_value | st.text(max_size=20),
    words | texts,
    st.sampled_from(list(Origin)),
    st.sampled_from([None, BEN, CAM]),
)


@given(st.lists(proposals, max_size=8), utterances)
def test_nothing_is_kept_that_no_words_hold(found: list[Proposal], said: list[Utterance]) -> None:
    for each in checked(found, said, asker=ANA, options=OPTIONS):
        by = each.said_by or ANA
        assert any(each.quote in one.text and one.by == by for one in said)
        if each.fact in CODES:
            assert each.value in CODES[each.fact]
        elif each.fact == "seats":
            assert int(each.value) in numbers_in(each.quote)
        elif each.fact in ("tool", "vendor", "url"):
            assert each.value in each.quote
        elif each.fact not in ("clients", "purpose"):
            assert each.value in OPTIONS[each.fact]


@given(st.lists(proposals, max_size=8), st.lists(utterances.filter(bool), min_size=1, max_size=1))
def test_more_words_never_take_away_what_words_hold(found: list[Proposal], said: list[list[Utterance]]) -> None:
    before = checked(found, said[0], asker=ANA, options=OPTIONS)
    after = checked(found, (*said[0], Utterance(CAM, "and more")), asker=ANA, options=OPTIONS)
    assert set(before) <= set(after)


@pytest.mark.parametrize(
    ("text", "quote", "holds"),
    [
        ("It holds no customer data at all.", "customer data", False),
        ("It holds no customer data at all.", "no customer data", False),
        ("It does not keep customer data", "keep customer data", False),
        ("Customer data: none", "Customer data", False),
        ("No recordings, but customer data", "customer data", True),
        ("Without customer data at first. Then with customer data.", "customer data", True),
        ("We have no doubt. It holds customer data.", "customer data", True),
    ],
)
def test_what_somebody_denies_is_not_what_they_said(text: str, quote: str, holds: bool) -> None:
    found = checked([read("data", "customer_pii", quote)], [Utterance(ANA, text)], asker=ANA, options={})
    assert bool(found) is holds


# --- put together ----------------------------------------------------------------------------------------------------


@given(st.lists(proposals, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_readings_changes_nothing(found: list[Proposal], chance: Any) -> None:
    other = list(found)
    chance.shuffle(other)
    assert merged(other) == merged(found)
    assert merged(merged(found)) == merged(found)
    assert mark_of(merged(other)) == mark_of(merged(found))


@given(st.lists(proposals, max_size=12))
def test_nothing_appears_by_being_put_together_and_no_dispute_is_settled_by_code(found: list[Proposal]) -> None:
    whole = merged(found)
    assert set(whole) <= set(found)
    for fact in ONE_VALUED:
        values = {each.value for each in whole if each.fact == fact}
        if the_one(whole, fact):
            assert fact not in disputed(whole)
            assert values == {the_one(whole, fact)}
    assert not {each.fact for each in settled(whole)} & disputed(whole)


def test_of_the_same_value_the_rules_reading_stays_and_only_what_the_model_alone_read_is_marked() -> None:
    rules = (Proposal("data", "recordings", "recordings"), Proposal("seats", "200", "200 agents"))
    model = (
        read("data", "recordings", "call recordings"),
        read("data", "customer_pii", "names"),
        read("seats", "200", "200"),
    )
    whole = merged((*model, *rules))
    assert [(each.fact, each.value, each.origin) for each in whole] == [
        ("data", "customer_pii", Origin.MODEL),
        ("data", "recordings", Origin.RULES),
        ("seats", "200", Origin.RULES),
    ]
    assert disputed(whole) == frozenset()


def test_two_numbers_are_a_question_and_so_is_another_tool() -> None:
    whole = merged(
        [
            Proposal("seats", "200", "200 agents"),
            read("seats", "220", "all 220"),
            Proposal("tool", "Otter", "Otter"),
            read("tool", "OTTER", "OTTER"),
            read("url", "https://a.example/", "https://a.example/"),
            read("url", "https://A.example", "https://A.example"),
        ]
    )
    assert disputed(whole) == {"seats"}
    assert [each.value for each in whole if each.fact == "seats"] == ["200", "220"]
    assert (the_one(whole, "tool"), the_one(whole, "seats")) == ("Otter", "")


def test_whoever_asks_names_the_tool_whatever_others_call_by_name() -> None:
    whole = merged([Proposal("tool", "Zoom", "Zoom", said_by=BEN), Proposal("tool", "Otter", "Otter")])
    assert [(each.value, each.said_by) for each in whole] == [("Otter", None)]
    two = merged([Proposal("tool", "Zoom", "Zoom", said_by=BEN), Proposal("tool", "Otter", "Otter", said_by=CAM)])
    assert disputed(two) == {"tool"}


# --- a person's yes --------------------------------------------------------------------------------------------------

WHOLE = (
    read("tool", "Otter", "Otter"),
    Proposal("kinds", "saas", "online"),
    read("kinds", "ai_llm", "writes summaries"),
    read("data", "recordings", "recordings"),
    read("users", "wah_agents", "home agents"),
    read("seats", "200", "200 home agents"),
    read("clients", "Northwind", "Northwind", said_by=BEN),
    read("layers", "data", "holds data"),
    read("change", "new", "new"),
)


def test_a_yes_to_all_of_it_is_the_whole_profile() -> None:
    changed, confirmed = confirm(a_review(*WHOLE), by=ANA)
    assert set(confirmed) == set(WHOLE)
    assert is_confirmed(changed)
    assert changed.tool_name == "Otter"
    assert changed.version == 1
    assert profile_of(changed) == Profile(
        frozenset({"saas", "ai_llm"}),
        frozenset({"recordings"}),
        frozenset({"wah_agents"}),
        200,
        Clients.named(["Northwind"]),
        frozenset({"data"}),
    )


@pytest.mark.parametrize("fact", ["tool", "kinds", "data", "users", "seats", "clients", "layers", "change"])
def test_what_nobody_said_is_asked_for_and_never_made_up(fact: str) -> None:
    changed, _ = confirm(a_review(*(each for each in WHOLE if each.fact != fact)), by=ANA)
    assert unconfirmed(changed) == (fact,)
    assert profile_of(changed) is None


def test_what_is_disputed_is_not_confirmed() -> None:
    changed, confirmed = confirm(a_review(*WHOLE, read("seats", "220", "all 220")), by=ANA)
    assert "seats" not in {each.fact for each in confirmed}
    assert unconfirmed(changed) == ("seats",)
    assert all(each.confirmed_by is None for each in changed.proposals if each.fact == "seats")
    assert profile_of(changed) is None


@given(st.lists(proposals, max_size=10))
def test_without_a_yes_there_is_no_profile_and_a_yes_never_reaches_an_answer(found: list[Proposal]) -> None:
    review = a_review(*merged(found))
    assert profile_of(review) is None
    changed, confirmed = confirm(review, by=ANA)
    assert set(confirmed) <= set(about_use(review.proposals))
    assert all(each.confirmed_by is None for each in changed.proposals if each.fact not in FACTS)


def test_a_form_confirms_exactly_what_it_holds() -> None:
    profile = Profile(frozenset({"saas"}), frozenset({"recordings"}), frozenset({"hq_staff"}), 200)
    names = {"tool": "otter", "vendor": "", "url": "", "purpose": ""}
    assert [(each.fact, each.value) for each in kept(WHOLE, profile, names)] == [
        ("tool", "Otter"),
        ("kinds", "saas"),
        ("data", "recordings"),
        ("seats", "200"),
        ("change", "new"),
    ]


def test_the_mark_changes_with_whatever_a_person_sees_and_with_nothing_else() -> None:
    one = read("data", "recordings", "recordings")
    mark = mark_of([one])
    others = [
        replace(one, value="customer_pii"),
        replace(one, quote="the recordings"),
        replace(one, said_by=BEN),
        replace(one, origin=Origin.RULES),
    ]
    assert mark not in {mark_of([each]) for each in others}
    assert mark == mark_of([replace(one, confirmed_by=ANA), read("G1-ACCESS-MFA", "password", "x y")])
