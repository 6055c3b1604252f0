"""Cases as people write them: read as meant, or refused with every field that is wrong."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.case_file import CaseFaults, read_case
from bot.domain.profile import UNKNOWN, Clients
from tests.domain.cases import BANK, POLICY, SMALL, best_answers, opened

GOOD: dict[str, Any] = {
    "kinds": ["saas"],
    "data": ["internal"],
    "users": ["hq_staff"],
    "seats": 20,
    "clients": [],
    "layers": ["application"],
}


def read(**given: Any):
    return read_case({"profile": GOOD, **given}, BANK, POLICY)


def with_facts(**facts: Any):
    return read_case({"profile": {**GOOD, **facts}}, BANK, POLICY).profile


def faults_of(**given: Any) -> list[str]:
    with pytest.raises(CaseFaults) as caught:
        read(**given)
    return list(caught.value.faults)


def test_what_is_not_listed_is_not_known():
    case = read(answers={"G1-ACCESS-MFA": "sso_mfa"})
    assert case.profile == SMALL
    assert set(case.answers) == {question.id for question in opened(SMALL).asked}
    assert {each for each, codes in case.answers.items() if codes != (UNKNOWN,)} == {"G1-ACCESS-MFA"}


def test_what_is_not_listed_can_be_taken_as_the_best():
    case = read(default="best", answers={"G1-ACCESS-MFA": "password"})
    assert dict(case.answers) == best_answers(SMALL, G1_ACCESS_MFA="password")


def test_answers_that_this_profile_is_not_asked_are_named_and_left_out():
    case = read(answers={"G4-CARD-CAPTURE": "is_yes", "G1-ACCESS-MFA": "sso_mfa"})
    assert case.ignored == ("G4-CARD-CAPTURE",)
    assert "G4-CARD-CAPTURE" not in case.answers


def test_ticks_are_a_list_and_one_tick_may_stand_alone():
    ticks = read_case(
        {
            "profile": {**GOOD, "data": ["customer_pii"], "kinds": ["saas"]},
            "answers": {"G6-CONTRACT-TERMS": ["security", "breach"]},
        },
        BANK,
        POLICY,
    )
    assert ticks.answers["G6-CONTRACT-TERMS"] == ("security", "breach")
    one = read_case(
        {"profile": {**GOOD, "data": ["customer_pii"]}, "answers": {"G6-CONTRACT-TERMS": "unsigned"}}, BANK, POLICY
    )
    assert one.answers["G6-CONTRACT-TERMS"] == ("unsigned",)


def test_an_answer_may_say_on_which_day_it_was_given():
    case = read(
        as_of=date(2026, 11, 24),
        answers={
            "G1-ACCESS-MFA": {"answer": "sso_mfa", "on": "2026-11-01"},
            "G1-ACCESS-LEAVER": {"answer": "auto", "on": datetime(2026, 10, 1, 12)},
        },
    )
    assert case.as_of == date(2026, 11, 24)
    assert case.answered_on == {"G1-ACCESS-MFA": date(2026, 11, 1), "G1-ACCESS-LEAVER": date(2026, 10, 1)}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ([], Clients()),
        (["Alder", " Birch "], Clients.named(["Alder", "Birch"])),
        ("Alder", Clients.named(["Alder"])),
        ("none", Clients()),
        (0, Clients()),
        (3, Clients.counted(3)),
        ("all", Clients.named(["all"])),
        ("unknown", Clients.named(["unknown"])),
    ],
    ids=lambda value: "" if isinstance(value, Clients) else str(value),  # the names of clients are a set, in no order
)
def test_clients_are_a_list_a_name_or_a_number(written: Any, read_as: Clients):
    assert with_facts(clients=written).clients == read_as


def test_a_fact_that_is_left_out_is_not_known():
    assert read_case({"profile": {}}, BANK, POLICY).profile.unknown_facts == (
        "kinds",
        "data",
        "users",
        "seats",
        "clients",
    )


@pytest.mark.parametrize(
    ("facts", "has_prior"),
    [
        ({}, False),
        ({"change": "expansion"}, True),
        ({"change": "replacement"}, False),
        ({"change": "expansion", "has_prior": False}, False),
        ({"has_prior": "unknown"}, True),
        ({"change": "unknown"}, True),
    ],
    ids=str,
)
def test_an_earlier_decision_is_assumed_from_the_kind_of_change(facts: dict[str, Any], has_prior: bool):
    assert with_facts(**facts).has_prior is has_prior


def test_every_fault_is_named_at_once_each_with_its_field():
    with pytest.raises(CaseFaults) as caught:
        read_case(
            {
                "profil": {},
                "profile": {
                    "kinds": ["sass"],
                    "data": 7,
                    "users": "hq",
                    "seats": -1,
                    "clients": -2,
                    "layers": [["data"]],
                    "change": "newish",
                    "has_prior": "maybe",
                    "colour": "blue",
                },
                "answers": {
                    "G1-ACCESS-MFA": "telepathy",
                    "G9-NOTHING": "x",
                    "G1-ACCESS-LEAVER": 3,
                    "G2-SHARE-REACH": {"answer": "inside", "on": "yesterday"},
                },
                "default": "good",
                "as_of": "soon",
            },
            BANK,
            POLICY,
        )
    fields = [fault.split(":")[0] for fault in caught.value.faults]
    assert sorted(fields) == sorted(
        [
            "profil",
            "profile.kinds",
            "profile.data",
            "profile.users",
            "profile.seats",
            "profile.clients",
            "profile.layers",
            "profile.change",
            "profile.has_prior",
            "profile.colour",
            "answers.G1-ACCESS-MFA",
            "answers.G9-NOTHING",
            "answers.G1-ACCESS-LEAVER",
            "answers.G2-SHARE-REACH.on",
            "default",
            "as_of",
        ]
    )


@pytest.mark.parametrize("seats", [-1, "lots", 10**12, 2.5, True, [20], float("nan")], ids=str)
def test_seats_are_a_whole_number_within_reason(seats: Any):
    with pytest.raises(CaseFaults, match=r"profile\.seats"):
        with_facts(seats=seats)


@pytest.mark.parametrize("clients", [-1, 10**9, 1.5, True, [3], [""], {"name": "Alder"}, None], ids=str)
def test_clients_are_refused_otherwise(clients: Any):
    with pytest.raises(CaseFaults, match=r"profile\.clients"):
        with_facts(clients=clients)


@pytest.mark.parametrize("codes", ["", [], ["sso_mfa", "password"], ["sso_mfa", "unknown"], None, {"on": "2026-01-01"}])
def test_one_question_takes_one_answer(codes: Any):
    (fault,) = faults_of(answers={"G1-ACCESS-MFA": codes})
    assert fault.startswith("answers.G1-ACCESS-MFA: ")


@pytest.mark.parametrize("codes", [["unsigned", "audit"], ["audit", "audit"], ["audit", "unknown"]], ids=str)
def test_ticks_that_contradict_each_other_are_refused(codes: list[str]):
    (fault,) = faults_of(answers={"G6-CONTRACT-TERMS": codes})
    assert fault.startswith("answers.G6-CONTRACT-TERMS: ")


def test_a_dated_answer_knows_only_its_answer_and_its_day():
    (fault,) = faults_of(answers={"G1-ACCESS-MFA": {"answer": "sso_mfa", "date": "2026-11-01"}})
    assert fault.startswith("answers.G1-ACCESS-MFA.date: ")


@pytest.mark.parametrize("profile", [None, [], "saas", 3])
def test_a_case_without_a_profile_says_so(profile: Any):
    with pytest.raises(CaseFaults, match=r"^profile: a table with kinds, data"):
        read_case({"profile": profile}, BANK, POLICY)


def test_a_wrong_option_is_told_the_right_ones():
    (fault,) = faults_of(answers={"G1-ACCESS-LEAVER": "at once"})
    assert "auto, same_day, week, none, unknown" in fault


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["kinds", "data", "users", "seats", "clients", "layers", "change", "has_prior"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "profile": st.dictionaries(fields, anything) | anything,
            "answers": st.dictionaries(st.sampled_from([question.id for question in BANK.questions]), anything)
            | anything,
            "default": anything,
            "as_of": anything,
        },
    )
)
def test_whatever_is_written_it_is_read_or_refused_with_its_faults(given: dict[str, Any]):
    faults: tuple[str, ...] = ("fine: nothing was wrong",)
    try:
        read_case(given, BANK, POLICY)
    except CaseFaults as error:
        faults = error.faults
    assert faults
    assert all(": " in fault for fault in faults)
