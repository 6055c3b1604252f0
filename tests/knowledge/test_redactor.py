"""What leaves to a model: no secret ever, and neither e-mail addresses nor phone numbers where the setting says so."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.knowledge.redactor import EMAIL_MARK, PHONE_MARK, Redactor, redactor
from tests.knowledge.made_secrets import BY_PREFIX, card_number

BOTH = ("emails", "phones")
NUMBERS = (
    "+49 170 1234567",
    "+1 (415) 555-2671",
    "415-555-2671",
    "(415) 555 2671",
    "+44 20 7946 0958",
    "020 7946 0958",
    "0170 1234567",
    "+34 612 34 56 78",
    "612 34 56 78",
    "+63 917 123 4567",
    "0049 89 636 48018",
    "+52 55 5123 4567",
    "+919876543210",
)
ADDRESSES = (
    "anna@example.com",
    "anna.lee+tools@mail.example.co.uk",
    "ünal@exämple.de",
    "o'neil@example.org",
    "a_b@x-y.io",
)
CLEAN = (
    "about 200 home agents and 10,000 seats from 2026-12-01",
    "version 6.2.1 of Zoom, build 20261126, on 10.0.0.12",
    "ticket HELP-1234567, commit 4f2a9c1e77",
    "@anna knows more, and so does @preflight",
    "between 9:30 and 17:45, for 1,000,000 people",
    "see https://example.com/docs?id=4155552671",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_phone_number_is_taken_out(shipped: Knowledge, number: str):
    said = redactor(shipped, BOTH).redact(f"call {number}, or Anna")
    assert said == f"call {PHONE_MARK}, or Anna"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_e_mail_address_is_taken_out(shipped: Knowledge, address: str):
    assert redactor(shipped, BOTH).redact(f"write to <{address}>.") == f"write to <{EMAIL_MARK}>."


@pytest.mark.parametrize("text", CLEAN)
def test_other_words_leave_as_they_are(shipped: Knowledge, text: str):
    assert redactor(shipped, BOTH).redact(text) == text


@pytest.mark.parametrize("removes", [(), ("emails",), ("phones",), BOTH])
def test_the_setting_says_what_is_taken_out_beside_secrets_which_always_are(
    shipped: Knowledge, removes: tuple[str, ...]
):
    token, number = BY_PREFIX["slack bot token"](Random(1)), card_number(Random(1), "amex")
    said = redactor(shipped, removes).redact(f"{token} {number} anna@example.com +49 170 1234567")
    assert token not in said
    assert number not in said
    assert (EMAIL_MARK in said) is ("emails" in removes)
    assert (PHONE_MARK in said) is ("phones" in removes)


def test_a_text_with_more_numbers_than_can_be_looked_at_loses_them_all(shipped: Knowledge):
    said = redactor(shipped, BOTH).redact("0170 1234567, " * 500)
    assert "1234567" not in said


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece", ["0170 1234567 ", "1234567 ", "a@", "a@b.", "1 ", "+", "1", "1-", "anna@example.com ", "@"]
)
def test_a_hostile_text_of_100_000_characters_is_read_to_its_end(shipped: Knowledge, piece: str):
    redact: Redactor = redactor(shipped, BOTH)
    redact.redact("once 0170 1234567")  # the first time reads the countries
    assert redact.redact((piece * (100_000 // len(piece) + 1))[:100_000])


@given(st.text(st.characters(), max_size=200))
def test_any_text_is_redacted_without_a_fault_and_twice_is_once(shipped: Knowledge, text: str):
    redact = redactor(shipped, BOTH).redact
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "hidden", ["anna＠example.com", "anna\u200b@example.com", "+４９ １７０ １２３４５６７", "+49\u200b170 1234567"]
)
def test_letters_of_other_keyboards_and_those_nobody_sees_hide_neither(shipped: Knowledge, hidden: str):
    said = redactor(shipped, BOTH).redact(f"ask {hidden} today")
    assert said in (f"ask {EMAIL_MARK} today", f"ask {PHONE_MARK} today")


def test_letters_that_nobody_sees_stay_where_they_hide_nothing(shipped: Knowledge):
    said = "می\u200cخواهیم, for 👩\u200d💻 and 200 agents, mail anna@example.com"
    assert redactor(shipped, BOTH).redact(said) == said.replace("anna@example.com", EMAIL_MARK)
