"""What is proposed from a sentence is nearly always right, rests on the sentence's own words, and is found at once."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot
from bot.domain.profile import SEATS_LIMIT
from bot.domain.sentence import READ_MOST, Reading, read_sentence, wants_something
from bot.domain.words import CODES, Words, WordsUnreadable
from tests.hostile import FORMS, corpora

HERE = Path(__file__).parent
SENTENCES: dict[str, list[dict[str, Any]]] = tomllib.loads((HERE / "sentences.toml").read_text(encoding="utf-8"))
SHIPPED = Path(bot.__file__ or "").parents[1] / "knowledge" / "policy" / "words.toml"


@cache
def tables() -> dict[str, Any]:
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


@cache
def words() -> Words:
    return Words.from_tables(tables())


def read(text: str, *known: str) -> Reading:
    return read_sentence(text, words(), known_tools=known)


def proposed(text: str) -> set[tuple[str, str]]:
    return {(each.fact, each.value) for each in read(text).proposals()}


def labels_of(sentence: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for fact in ("tool", "vendor", "url", "seats", "purpose"):
        if fact in sentence:
            yield fact, str(sentence[fact])
    for fact in ("kinds", "data", "users", "clients"):
        for value in sentence.get(fact, ()):
            yield fact, value


def counted(sentences: list[dict[str, Any]]) -> tuple[int, int, int, list[str]]:
    """How much was proposed, how much of it is right, how much there was to find; and each fault in words."""
    told = right = wanted = 0
    remarks: list[str] = []
    for sentence in sentences:
        may = set(sentence.get("may", ()))
        found, labels = proposed(sentence["text"]), set(labels_of(sentence))
        good = {each for each in found if each in labels or each[1] in may}
        told, right, wanted = told + len(found), right + len(good), wanted + len(labels)
        remarks += [f"wrong {each}: {sentence['text']}" for each in sorted(found - good)]
        remarks += [f"missed {each}: {sentence['text']}" for each in sorted(labels - found)]
    return told, right, wanted, remarks


@pytest.mark.parametrize("half", ["tuned", "held"])
def test_what_is_proposed_is_nearly_always_right(half: str) -> None:
    told, right, _, remarks = counted(SENTENCES[half])
    assert len(SENTENCES[half]) >= 40
    assert told > 70
    assert right / told >= 0.95, "\n".join(remarks)


def test_most_of_what_a_sentence_says_is_found() -> None:
    _, _, wanted, remarks = counted(SENTENCES["held"])
    missed = [remark for remark in remarks if remark.startswith("missed")]
    assert 1 - len(missed) / wanted >= 0.90, "\n".join(missed)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("We'd have 20 people on it, would that be fine?", True),
        ("please, for 30 agents", True),
        ("fyi the Manila site has 340 people on shift tonight", False),
        ("great job, 400 agents logged in on time", False),
    ],
)
def test_small_talk_with_a_number_wants_nothing(text: str, wants: bool) -> None:
    assert wants_something(text) is wants


@given(
    st.one_of(st.sampled_from(FORMS), st.sampled_from([s["text"] for half in SENTENCES.values() for s in half])),
    st.text(max_size=40),
)
def test_every_proposal_rests_on_the_exact_words(text: str, more: str) -> None:
    for whole in (text, text + more, more + text):
        for each in read(whole).proposals():
            assert each.quote
            assert each.quote in whole
            assert (
                each.fact in ("tool", "vendor", "url", "seats", "clients", "purpose") or each.value in CODES[each.fact]
            )


def test_nothing_that_people_send_breaks_the_reading() -> None:
    for text in (*FORMS, *corpora()):
        read(text)


@pytest.mark.parametrize(
    ("words_for_it", "seats"),
    [
        ("200 agents", 200),
        ("3,000 people", 3_000),
        ("3.000 users", 3_000),
        ("3'000 users", 3_000),
        ("1,250,000 users", 1_250_000),
        ("2k agents", 2_000),
        ("2.5K seats", 2_500),
        ("about 50 users", 50),
        ("up to 40 licences", 40),
        ("roughly ~120 employees", 120),
        ("100+ employees", 100),
        ("2000 agents", 2_000),
        ("200 of our finance people", 200),
        ("a team of 12", 12),
        ("two hundred agents", 200),
        ("twelve people", 12),
        ("seats: 75", 75),
        ("50-100 people", 100),
        ("50 to 100 people", 100),
        ("30 contractors and 20 employees", 50),
        ("200 agents, yes, 200 agents", 200),
    ],
)
def test_a_number_of_people_is_read(words_for_it: str, seats: int) -> None:
    found = read(f"We want to roll out Zoom for {words_for_it}.").seats
    assert found is not None
    assert found.value == str(seats)


@pytest.mark.parametrize(
    "words_for_it",
    [
        "in 2024 users complained",
        "since March 2025 people ask",
        "50% of agents",
        "50 % of agents",
        "$20 per user",
        "20 EUR per user",
        "20€ a user",
        "version 3 users",
        "Windows 11 users",
        "Office 365 users",
        "tier 2 agents",
        "24/7 agents",
        "on 12.11.2026 users start",
        "at 9:30 agents start",
        "v2 users",
        "200 customers",
        "200 tickets from users",
        "5 days for agents",
        "3 AI agents",
        "10 monitoring agents",
        "-1 users",
        "0 users",
        "10^12 users",
        f"{SEATS_LIMIT + 1} users",
        "99999999999999999999 users",
        "lots of people",
        "200 agents now, 500 agents next year",
        "several hundred thousand",
        "1.5 users",
        "3,00 users",
        "12,34,567 users",
    ],
)
def test_what_is_no_number_of_people_is_left_alone(words_for_it: str) -> None:
    assert read(f"We want to roll out Zoom, {words_for_it}").seats is None


@pytest.mark.parametrize(
    "text",
    [
        "no customer data",
        "without recordings",
        "It never sees card numbers",
        "it does not store passwords",
        "doesn't touch PII",
        "doesn\u2019t touch PII",
        "neither passwords nor health data",
        "no customer data, recordings or health data",
        "customer data: none",
        "Customer data? No.",
        "recordings are switched off",
        "not for contractors",
        "excluding contractors",
        "no browser extension",
        "it is not self-hosted",
        "ohne Kundendaten",
        "sin datos de clientes",
        "does it store passwords?",
        "will it see customer names?",
        "not sure whether it records calls",
    ],
)
def test_what_is_denied_or_only_asked_is_not_proposed(text: str) -> None:
    reading = read(f"Can we use Zoom? {text}")
    assert reading.kinds + reading.data + reading.users == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no recordings but customer names", "customer_pii"),
        ("no data except passwords", "credentials"),
        ("not only internal notes", "internal"),
        ("No recordings. Customer names are shown", "customer_pii"),
        ("no recordings, it sees customer names", "customer_pii"),
    ],
)
def test_a_no_reaches_only_as_far_as_it_is_meant(text: str, value: str) -> None:
    assert [each.value for each in read(f"Can we use Zoom? {text}").data] == [value]


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Otter.ai", "Otter.ai"),
        ("  Otter.ai?  ", "Otter.ai"),
        ("/preflight Otter.ai", "Otter.ai"),
        ("7-Zip", None),
        ("Adobe Acrobat Pro", "Adobe Acrobat Pro"),
        ("is notion safe?", "notion"),
        ('can we use "Foo bar baz"?', "Foo bar baz"),
        ("Hi team, is Zoom ok?", "Zoom"),
        ("We use Slack. Can we also install Figma?", "Figma"),
        ("something like Zoom", None),
        ("We don't use Zoom", None),
        ("Zoom or Teams?", None),
        ("can we use Zoom and Webex?", None),
        ("is it safe?", None),
        ("is everything ok", None),
        ("can we use headsets?", None),
        ("Is Monday ok?", None),
        ("is the HQ allowed?", None),
        ("Can we use it on Friday?", None),
        ("Thanks for your help", None),
        ("", None),
        ("\u00bfQu\u00e9?", None),
        ("\u65e5\u672c\u8a9e\u306e\u6587\u7ae0\u3067\u3059", None),
    ],
)
def test_the_tool_is_named_or_nothing_is(text: str, tool: str | None) -> None:
    found = read(text).tool
    assert (found.value if found else None) == tool


def test_a_tool_on_record_is_known_in_any_spelling() -> None:
    text = "agents would be happy with zoom phone from March on"
    assert read(text).tool is None
    found = read(text, "Zoom", "Zoom Phone").tool
    assert found is not None
    assert found.value == "zoom phone"


def test_addresses_and_mentions_are_read_past() -> None:
    reading = read(
        "<@U123> can we use Loom? see https://www.loom.com/security, ask bob@example.com or @TeamViewer :Zoom:"
    )
    assert reading.tool is not None
    assert reading.tool.value == "Loom"
    assert reading.url is not None
    assert reading.url.value == "https://www.loom.com/security"


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert read("x " * READ_MOST + "customer names").data == ()
    assert read("customer names " + "x " * READ_MOST).data != ()


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "no ",
        "use ",
        "agents ",
        "200 ",
        "1.",
        "1,000,",
        "'",
        "A",
        "Zoom ",
        "Zoom or ",
        "to ",
        "client A and ",
        "@a",
        "<@",
        "http://",
        ":a",
        "call ",
    ],
)
def test_of_a_hundred_thousand_characters_only_the_beginning_is_read(part: str) -> None:
    text = part * (100_000 // len(part))
    assert read(text, "Zoom", "Zoom Phone") == read(text[:READ_MOST], "Zoom", "Zoom Phone")


def test_an_organisation_adds_its_own_words() -> None:
    own = {
        **tables(),
        "users": {**tables()["users"], "wah_agents": [*tables()["users"]["wah_agents"], "the Blue Crew"]},
    }
    found = read_sentence("is Zoom ok for the blue crews?", Words.from_tables(own)).users
    assert [(each.value, each.quote) for each in found] == [("wah_agents", "the blue crews")]


def test_words_in_capitals_count_in_capitals_only() -> None:
    assert [each.value for each in read("Is Zoom ok? It uses AI").kinds] == ["ai_llm"]
    assert read("Zoom dei ai nostri agenti").kinds == ()


def test_all_faults_in_the_words_are_named_at_once() -> None:
    broken = {
        "kinds": {"saas": ["cloud", "Clouds", ""], "sas": ["x"], "ai_llm": "AI"},
        "colours": {"red": []},
        "data": {"public": ["cloud", 7, "a b c d e f g h i", "... from home"]},
        "seats": {"people": "people"},
    }
    with pytest.raises(WordsUnreadable) as caught:
        Words.from_tables(broken)
    faults = caught.value.faults
    for fault in (
        "kinds.saas 2: 'Clouds' already stands in kinds.saas 1",
        "kinds.saas 3: '' is no phrase",
        "kinds.sas: unknown code",
        "kinds.ai_llm: not a list",
        "colours: no such table",
        "data.public 1: 'cloud' already stands in kinds.saas 1",
        "data.public 2: '' is no phrase",
        "data.public 3:",
        "data.public 4:",
        "seats.people: a list",
        "tools.never: a list",
    ):
        assert any(found.startswith(fault) for found in faults), fault


def test_every_code_has_words() -> None:
    for fact, codes in CODES.items():
        assert set(tables()[fact]) == set(codes)
