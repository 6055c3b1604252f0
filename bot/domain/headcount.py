"""How many people a sentence says will use a tool: the one number for it, or several that it adds up.

Everything else that is counted, people who only took part in something among it, is no such number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.domain import english, english_asides
from bot.domain.answers import Proposal
from bot.domain.asides import have_done
from bot.domain.profile import SEATS_LIMIT
from bot.domain.words import Token, ends_clause


def seats_said(text: str, tokens: Sequence[Token], people: frozenset[str], aside: Sequence[bool]) -> Proposal | None:
    """How many people, when the sentence gives one number for it, or several that it adds up with "and"."""
    found: list[tuple[int, int, int]] = []
    at = 0
    while at < len(tokens):
        number = _number_at(text, tokens, at)
        if number is None or aside[at] or _may_be_a_word(tokens, at):
            at += 1
            continue
        value, last = number
        noun = _people_after(tokens, last, people)
        if noun is not None and (_only_happened(tokens, noun) or _are_records(tokens, at) or _gather(tokens, at, noun)):
            at = noun + 1
            continue
        if (found or noun is None) and _is_part(tokens, last, found=bool(found)):
            return None  # "20 of our 350 agents"
        if noun is not None and _only_employs(tokens, at):
            at = noun + 1
            continue
        if noun is None and found and _grows_to(tokens, at):
            return Proposal("seats", str(value), text[tokens[at].start : tokens[last].end])
        if noun is None and (_group_before(tokens, at, people) or _means_everybody(tokens, at, last)):
            noun = last
        if noun is not None and 0 < value <= SEATS_LIMIT:
            found.append((value, at, noun))
        at = (noun if noun is not None else last) + 1
    if not found:
        return None
    total = found[0][0]
    for (_, _, before), (value, first, _) in pairwise(found):
        between = [token.stem for token in tokens[before + 1 : first]]
        if value == total and len(found) == 2 and between[-1:] != ["and"]:
            continue  # said twice
        if between[-1:] not in (["and"], ["plus"]) and between[-2:] != ["and", "another"]:
            return None
        total += value
    return Proposal("seats", str(total), text[tokens[found[0][1]].start : tokens[found[-1][2]].end])


def _number_at(text: str, tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """The number that begins here and the token it ends with; years, versions, prices, dates, shares are none."""
    token = tokens[at]
    if (worded := _in_words(tokens, at)) is not None:
        return worded
    if not token.text[0].isdigit():
        return None
    behind = text[token.end : token.end + 2].lstrip(" ")[:1]
    if not _SIGNS_BEFORE.isdisjoint(token.before[-1:]) or not _SIGNS_BEHIND.isdisjoint(behind):
        return None
    if token.before.endswith("-") and not token.before.endswith(("--", " - ")) and len(token.before) != 1:
        return None  # "-1 users"
    value = _value(token.text)
    if value is None:
        return None
    before = tokens[at - 1] if at else None
    if before is not None and not ends_clause(token) and not {",", ":"} & set(token.before):
        if before.stem in english.COUNTED_FROM or (
            before.text[0].isupper() and at > 1 and value < 100 and not ends_clause(before)
        ):
            return None
        if len(token.text) == 4 and 1990 <= value <= 2040 and before.stem in english.BEFORE_YEARS:
            return None
    if at + 2 < len(tokens) and tokens[at + 1].stem in ("to", "or") and tokens[at + 2].text[0].isdigit():
        return None  # "50 to 100 people": the upper end is read on its own
    if at + 1 < len(tokens) and tokens[at + 1].before.strip() in ("-", "\u2013") and tokens[at + 1].text[0].isdigit():
        return None
    return value, at


def _in_words(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A number in words: "twelve", "thirty-two", "a hundred and fifty", "half a dozen"."""

    def follows(n: int, *signs: str) -> str | None:
        return tokens[n].stem if n < len(tokens) and tokens[n].before in signs else None

    token = tokens[at]
    if token.text.casefold() in _ROUND:
        first = 1  # "a hundred"; "hundreds" is no number
    elif token.text.casefold() in _NUMBER_WORDS:
        first = _NUMBER_WORDS[token.stem]
    elif token.stem == "half" and follows(at + 1, " ") == "a" and follows(at + 2, " ") == "dozen":
        return 6, at + 2
    else:
        return None
    value, last = first, at - 1 if token.text.casefold() in _ROUND else at
    if value in _TENS and (ones := _NUMBER_WORDS.get(follows(last + 1, " ", "-") or "", 10)) < 10:
        value, last = value + ones, last + 1
    while last < at or follows(last + 1, " ") in _ROUND:
        value, last = value * _ROUND[tokens[last + 1].stem], last + 1
        if follows(last + 1, " ") == "and" and (more := _NUMBER_WORDS.get(follows(last + 2, " ") or "")) is not None:
            value, last = value + more, last + 2
    return value, last


def _value(written: str) -> int | None:
    thousands = 1
    if written[-1] in "kK":
        written, thousands = written[:-1], 1_000
    if _PLAIN.fullmatch(written):
        return int(written) * thousands
    if _GROUPED.fullmatch(written) and thousands == 1:
        return int(re.sub(r"\D", "", written))
    if _TENTHS.fullmatch(written) and thousands == 1_000:
        return int(written[:-2]) * 1_000 + int(written[-1]) * 100
    return None


def _people_after(tokens: Sequence[Token], at: int, people: frozenset[str]) -> int | None:
    """The noun for people that a number counts; between them stands what describes people, and one free word."""
    free = 1
    for n in range(at + 1, min(at + 7, len(tokens))):
        token = tokens[n]
        if ends_clause(token) or "," in token.before or token.stem in english.NO_PEOPLE:
            return None
        if token.stem in people:
            return n
        if token.stem not in english.DESCRIBES_PEOPLE:
            free -= 1
            if free < 0 or not token.text[0].isalpha():
                return None
    return None


def _group_before(tokens: Sequence[Token], at: int, people: frozenset[str]) -> bool:
    if at >= 2 and tokens[at - 1].stem == "of" and tokens[at - 2].stem in ("team", "group", "headcount", "department"):
        return at + 1 >= len(tokens) or ends_clause(tokens[at + 1]) or tokens[at + 1].stem in english.AFTER_A_GROUP
    if at >= 1 and tokens[at - 1].stem in ("seat", "user", "headcount") and ":" in tokens[at].before:
        return True
    opens = next((n for n in (at, at - 1) if n >= 1 and "(" in tokens[n].before), None)  # "employees (about 900)"
    return opens is not None and tokens[opens - 1].stem in people


def _means_everybody(tokens: Sequence[Token], at: int, last: int) -> bool:
    """Whether a number without a noun counts people: "9 of us", or "all 300" at the end of a clause or before "on"."""
    following = [token.stem for token in tokens[last + 1 : last + 3]]
    if following == ["of", "us"]:
        return True
    ends = last + 1 == len(tokens) or ends_clause(tokens[last + 1]) or following[:1] == ["on"]
    return at > 0 and tokens[at - 1].stem == "all" and ends


def _only_happened(tokens: Sequence[Token], noun: int) -> bool:
    """Whether what follows the people tells what they did or do today: "20 people said", "3 people are waiting"."""
    if have_done(tokens, noun):
        return True
    following = [token.stem for token in tokens[noun + 1 : noun + 3]]
    return not english.HAPPENED.isdisjoint(following[:1] if following[:1] != ["are"] else following)


def _gather(tokens: Sequence[Token], at: int, noun: int) -> bool:
    """Whether people come together on a day: "the demo is on Tuesday, 8 people", "6 agents on Saturday"."""
    following = tokens[noun + 1 : noun + 3]
    together = not any(ends_clause(token) for token in following)
    if (
        following
        and together
        and following[-1].stem in english_asides.DAYS
        and following[0].stem in ("on", "for", "till", *english_asides.DAYS)
    ):
        return True
    for n in range(at - 1, -1, -1):
        if ends_clause(tokens[n + 1]):
            return False
        if tokens[n].text.casefold() in english_asides.EVENTS:
            return True
    return False


def _is_part(tokens: Sequence[Token], last: int, *, found: bool) -> bool:
    """Whether a number is only a part of another one: "20 of our 350 agents", and "20 of them" behind "350 agents"."""
    following = [token.stem for token in tokens[last + 1 : last + 4]]
    if following[:1] != ["of"] or len(following) < 2:
        return False
    counts_on = any(token.text[0].isdigit() for token in tokens[last + 2 : last + 4])
    return counts_on or (found and following[1] in ("them", "those", "these"))


def _only_employs(tokens: Sequence[Token], at: int) -> bool:
    """Whether somebody just has so many people, and nothing says that all of them will use it."""
    before = [token.stem for token in tokens[max(at - 2, 0) : at]]
    having = english_asides.HAVING
    has = bool(before) and (before[-1] in having or (before[-1] in _ROUGHLY and before[0] in having))
    return has and not any(token.stem in english_asides.EVERYBODY for token in tokens)


def _may_be_a_word(tokens: Sequence[Token], at: int) -> bool:
    """Whether "2" or "4" may stand for "to" or "for", as in "postman 4 devs"."""
    if tokens[at].text not in ("2", "4") or at == 0 or tokens[at].before != " ":
        return False
    return tokens[at - 1].stem not in english_asides.BEFORE_COUNTS


def _are_records(tokens: Sequence[Token], at: int) -> bool:
    """Whether the people are those in some records: "the bank data of 30 freelancers"."""
    return at >= 2 and tokens[at - 1].stem in ("of", "about") and tokens[at - 2].stem in english.RECORDS


def _grows_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number is what a smaller one grows to: "start with 20 agents and grow to 300"."""
    if at < 2 or tokens[at - 1].stem != "to":
        return False
    starts = any(token.stem in english.STARTING for token in tokens[max(at - 16, 0) : at])
    return starts and tokens[at - 2].stem in english.GROWING


_ROUGHLY: Final = frozenset({"about", "around", "etwa", "rund", "roughly", "some", "unos", "unas"})
_PLAIN: Final = re.compile(r"\d{1,9}")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,'\u2019\u00a0\u202f])\d{3})(?:\1\d{3}){0,2}")
_TENTHS: Final = re.compile(r"\d{1,3}[.,]\d")
_SIGNS_BEFORE: Final = frozenset("$€£¥#/.:^=@_")
_SIGNS_BEHIND: Final = frozenset("%‰°/^€$£")
_TENS: Final = range(20, 100, 10)
_NUMBER_WORDS: Final = {word: number for number, word in enumerate(english.NUMBERS, 2)} | dict(
    zip(english.TENS, _TENS, strict=True)
)
_ROUND: Final = {"dozen": 12, "hundred": 100, "thousand": 1_000}
