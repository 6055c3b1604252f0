"""Secrets and card numbers: found in all forms; clean words left alone, broken rules named, hostile texts read fast."""

import re
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.knowledge import KnowledgeFaults, default_folder
from bot.knowledge.secrets import Secrets, load_secrets, mark_of
from tests.knowledge.clean_sentences import clean_sentences
from tests.knowledge.made_secrets import AROUND, BY_PREFIX, IN_WORDS, card_number, grouped

TIMES = 40
ISSUERS = ("visa", "mastercard", "amex", "discover")


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return load_secrets(default_folder())


def leaks(secret: str, text: str) -> bool:
    """Does any part of the secret still stand there? Its first letters only say what kind it was."""
    body = re.sub(r"-----[^-]+-----|\s", "", secret)[12:]
    text = re.sub(r"\s", "", text)
    return any(body[at : at + 8] in text for at in range(max(1, len(body) - 7)))


@pytest.mark.parametrize("kind", BY_PREFIX)
def test_a_secret_with_a_prefix_is_taken_out_wherever_it_stands(secrets: Secrets, kind: str):
    r = Random(kind)
    missed = []
    for at in range(TIMES):
        secret = BY_PREFIX[kind](r)
        cleaned = secrets.clean(AROUND[at % len(AROUND)].format(it=secret))
        if not cleaned.kinds or leaks(secret, cleaned.text):
            missed.append((kind, at))
    assert len(missed) <= TIMES * 0.01, missed


@pytest.mark.parametrize("kind", IN_WORDS)
def test_a_password_or_key_is_taken_out_by_the_words_around_it(secrets: Secrets, kind: str):
    r = Random(kind)
    missed = []
    for at in range(TIMES * 5):
        said, secret = IN_WORDS[kind](r)
        cleaned = secrets.clean(AROUND[at % len(AROUND)].format(it=said))
        if secret in cleaned.text or any(secret[i : i + 6] in cleaned.text for i in range(len(secret) - 5)):
            missed.append((kind, at))
    assert len(missed) <= TIMES * 5 * 0.05, missed


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("between", ["", " ", "-", "."])
def test_a_card_number_is_taken_out(secrets: Secrets, issuer: str, between: str):
    r = Random(issuer + between)
    for at in range(TIMES):
        number = grouped(card_number(r, issuer), between)
        cleaned = secrets.clean(AROUND[at % len(AROUND)].format(it=number))
        assert number not in cleaned.text
        assert cleaned.kinds == ("card number",)


def test_a_number_with_one_digit_changed_is_no_card_number(secrets: Secrets):
    r = Random(5)
    for _ in range(TIMES):
        number = card_number(r, r.choice(ISSUERS))
        other = number[:-1] + str((int(number[-1]) + r.randrange(1, 10)) % 10)
        assert secrets.clean(f"we have {other} of them").kinds == ()


@pytest.mark.parametrize(
    "said",
    [
        "Case 4{rest}",
        "ticket no. 4{rest}",
        "the tracking number is 4{rest}",
        "Fall-Nummer: Vorgang 4{rest}",
        "id-4{rest}",
        "4{rest}.25",
        "+4{rest}",
        "1.4{rest}",
    ],
)
def test_a_number_that_counts_something_survives_even_where_it_passes_the_check(secrets: Secrets, said: str):
    r = Random(said)
    for _ in range(TIMES):
        text = said.format(rest=card_number(r, "visa").removeprefix("4"))
        assert secrets.clean(text).text == text


def test_at_least_two_thousand_clean_sentences_and_at_most_one_in_a_hundred_is_altered(secrets: Secrets):
    sentences = clean_sentences()
    assert len(sentences) >= 2_000
    altered = [(text, secrets.clean(text).text) for text in sentences if secrets.clean(text).kinds]
    assert len(altered) <= len(sentences) * 0.01, altered[:20]


def test_what_was_removed_is_named_and_the_words_around_it_stay(secrets: Secrets):
    token = BY_PREFIX["slack bot token"](Random(1))
    number = card_number(Random(1), "visa")
    cleaned = secrets.clean(f"ñ use {token}, and pay with {number}. Password: {'Zebra' + '77!'}")
    assert cleaned.text == (
        "ñ use [secret removed: slack token], and pay with [card number removed]. Password: [secret removed: password]"
    )
    assert cleaned.kinds == ("slack token", "card number", "password")


def test_a_secret_longer_than_its_rule_knows_is_removed_whole(secrets: Secrets):
    token = BY_PREFIX["github token"](Random(1)) + "Zz9" * 10
    assert secrets.clean(f"use {token} please").text == "use [secret removed: github token] please"


def test_a_secret_is_found_with_letters_in_it_that_nobody_sees(secrets: Secrets):
    token = BY_PREFIX["github token"](Random(3))
    number = card_number(Random(3), "visa")
    said = f"é use {token[:20]}\u200b{token[20:]}, pay with {number[:8]}\u2060{number[8:]} and\u200b go"
    assert secrets.clean(said).text == (
        "é use [secret removed: github token], pay with [card number removed] and\u200b go"
    )


def test_a_secret_is_found_in_the_letters_and_figures_of_other_keyboards(secrets: Secrets):
    token, number = BY_PREFIX["github token"](Random(4)), card_number(Random(4), "visa")
    wide = " ".join("".join(chr(ord(sign) + 0xFEE0) for sign in said) for said in (token, number))
    arabic = "".join(chr(0x660 + int(figure)) for figure in number)
    assert secrets.clean(f"使う {wide} か").text == "使う [secret removed: github token] [card number removed] か"
    assert secrets.clean(f"رقم {arabic} شكرا").text == "رقم [card number removed] شكرا"


def test_a_mark_typed_by_somebody_hides_nothing(secrets: Secrets):
    token = BY_PREFIX["github token"](Random(2))
    mark = mark_of("password")
    for text in (f"{mark}{token}", f"{token}{mark}", f"password: {mark} {token}"):
        assert token[8:20] not in secrets.clean(text).text


@given(st.lists(st.sampled_from([*BY_PREFIX, *IN_WORDS, *ISSUERS, "words"]), max_size=6), st.integers(), st.text())
def test_cleaning_twice_is_cleaning_once(secrets: Secrets, kinds: list[str], seed: int, words: str):
    r = Random(seed)
    parts = [words]
    for kind in kinds:
        if kind in BY_PREFIX:
            parts.append(BY_PREFIX[kind](r))
        elif kind in IN_WORDS:
            parts.append(IN_WORDS[kind](r)[0])
        elif kind in ISSUERS:
            parts.append(card_number(r, kind))
    once = secrets.clean(r.choice([" ", "\n", ", ", " ñ🙂 "]).join(parts)).text
    assert secrets.clean(once).text == once


@given(st.text(st.characters(), max_size=300))
@example("\ud800 password: \udfff" + "a1" * 8)
def test_any_text_is_cleaned_without_a_fault(secrets: Secrets, text: str):
    found = secrets.find(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


HOSTILE = {
    "one letter": "a",
    "one digit": "4",
    "digits and blanks": "4 ",
    "digit groups": "4111 ",
    "passwords": "password: ",
    "passwords found": "password: Zebra77! ",
    "quotes": 'password: "',
    "for": "password for ",
    "curl": "curl -H ",
    "curl without end": "curl ",
    "keys": "key=a1b2c3d4e5f6g7h8 ",
    "private keys": "-----BEGIN PRIVATE KEY-----",
    "private key lines": "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n",
    "jwt": "eyJ",
    "jwt parts": "eyJhbGciOiJIUzI1NiIsInR5cCI6.",
    "addresses": "https://",
    "addresses with names": "https://a:",
    "addresses found": "https://a:bcdefgh1@c ",
    "kubernetes": "kind: secret data: ",
    "marks": "[secret removed: ",
    "four bytes": "🙂",
    "two bytes and a password": "ñ password: Zebra77! ",
    "slack": "xoxb-",
    "at signs": "a:b@",
    "hex": "0123456789abcdef",
    "unseen": "\u200b",
    "unseen between": "api key \u200ba1b2c3d4",
    "wide": "ａ４",
    "points": "4111.",
}


@pytest.mark.timeout(30)  # about half a second each; a rule that looked back would need hours
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_of_100_000_characters_is_read_to_its_end(secrets: Secrets, what: str):
    piece = HOSTILE[what]
    # With every keyword in front, so that no rule is spared.
    keywords = " ".join(word for rule in secrets.rules.rules for word in rule.keywords)
    text = (keywords + " " + piece * (100_000 // len(piece) + 1))[:100_000]
    assert secrets.clean(text).text


# ── The rules are data, and what is wrong with them is named ─────────────────────────────────────────────────────────


def faults_of(path) -> list[str]:
    with pytest.raises(KnowledgeFaults) as refused:
        load_secrets(path)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "file", "entry", "wrong"),
    [
        ('id = "telegram-token"', 'id = "Telegram Token"', "own.toml", "rules", "the id is"),
        ("'''\\b(\\d{8,10}", "'''\\b((?=\\d{8,10}", "own.toml", "telegram-token", "a regex is not understood"),
        ('keywords = [":aa"]', "keywords = []", "own.toml", "telegram-token", "keywords is missing"),
        ("entropy = 2.5", 'entropy = "high"', "own.toml", "password-beside", "entropy is 'high'"),
        ("entropy = 2.5", "secretGroup = 7", "own.toml", "password-beside", "secretGroup is 7"),
        ('id = "pkcs12-file"', 'id = "pkcs13-file"', "own.toml", "dropped 2", "has no rule 'pkcs13-file'"),
        ("read_as = ", "reads_as = ", "own.toml", "prose", "read_as is missing"),
        ('regions = ["US", ', 'regions = ["Germany", ', "own.toml", "phones", "no list of countries"),
        ('"jwt" = "session token"', '"jwts" = "session token"', "own.toml", "kinds.jwts", "no rule has this id"),
        ("[phones]", "[phones", "own.toml", "line", "it is not valid TOML"),
    ],
)
def test_a_broken_rule_is_named_with_its_fix(folder, old: str, new: str, file: str, entry: str, wrong: str):
    folder.change(f"secrets/{file}", old, new)
    found = faults_of(folder.path)
    assert any(each.startswith(f"secrets/{file} · ") and entry in each and wrong in each for each in found), found


def test_a_broken_rule_of_theirs_is_named_too(folder):
    folder.change("secrets/gitleaks.toml", "ghp_[0-9a-zA-Z]{36}", "ghp_[0-9a-zA-Z{36}")
    assert any("gitleaks.toml" in each and "github-pat" in each for each in faults_of(folder.path))


@pytest.mark.parametrize("file", ["secrets/gitleaks.toml", "secrets/own.toml"])
def test_without_a_file_of_rules_nothing_is_loaded(folder, file: str):
    (folder.path / file).unlink()
    assert folder.fault().file == file


def test_the_rules_are_no_part_of_what_a_verdict_is_computed_from(folder, shipped):
    folder.change("secrets/own.toml", "entropy = 2.5", "entropy = 2.6")
    assert folder.load().version == shipped.version


def test_every_rule_left_out_has_its_reason_and_is_left_out(secrets: Secrets):
    ids = {rule.id for rule in secrets.rules.rules}
    assert "sourcegraph-access-token" not in ids
    assert len(ids) > 220


def test_the_rules_are_compiled_when_they_are_first_needed(shipped, folder):
    fresh = folder.load()
    assert fresh.secrets.compiled is None
    assert fresh.secrets.get() is fresh.secrets.get() is fresh.secrets.compiled
