"""What was read out of people's words, held against those words and put together, for a person to say yes to.

What no words hold is dropped, where readings differ a person is asked, and nothing here becomes a fact by itself.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from bot.domain import english
from bot.domain.answers import Origin, Proposal
from bot.domain.case_file import WITH_PRIOR
from bot.domain.ids import UserId
from bot.domain.profile import CHANGES, DATA, KINDS, LAYERS, SEATS_LIMIT, USERS, Clients, Profile
from bot.domain.refused import Refused
from bot.domain.review import Review
from bot.domain.tool import name_key, tool_name
from bot.domain.utterance import Utterance, source_of
from bot.domain.words import Token, denied, denied_after, tokens_of

ONE_VALUED: Final = ("tool", "vendor", "url", "seats", "change")  # two different values of one are a question
FACTS: Final = ("tool", "vendor", "url", "kinds", "data", "users", "seats", "clients", "layers", "change", "purpose")
# Not read by a model: "I don't know", and that there is none of something, which no words hold as such.
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "kinds": KINDS,
    "data": DATA,
    "users": USERS,
    "layers": LAYERS,
    "change": CHANGES,
}
DEMANDED: Final = ("tool", "kinds", "data", "users", "seats", "clients", "layers", "change")  # of a whole profile

SAYS_ENOUGH: Final = frozenset({"tool", "url", "kinds", "data", "users"})

LOOKED_AT: Final = 400  # proposals of one reading; what comes after is not looked at
QUOTE_MOST: Final = 300  # characters; who quotes more than that points at nothing
PLACES_MOST: Final = 50  # in one text at which a quote is looked for
VALUES_MOST: Final = 4  # different values of a fact that has one
NAMES_MOST: Final = 20
ANSWERS_MOST: Final = 60


# --- what words hold -------------------------------------------------------------------------------------------------


def checked(
    found: Iterable[Proposal],
    said: Sequence[Utterance],
    *,
    asker: UserId,
    options: Mapping[str, Collection[str]],
) -> tuple[Proposal, ...]:
    """What a model read, as far as the words hold it; `options` are the codes of each question that may be answered.

    Kept is what quotes whole words that somebody really said and did not deny, names a code that exists, and has its
    number or name in its quote. `said_by` is set here, from whose words hold the quote: what the model says about that
    is not heard.
    """
    kept: list[Proposal] = []
    texts = {each.text: _Read(each.text) for each in said}
    for number, each in enumerate(found):
        if number >= LOOKED_AT:
            break
        quote = each.quote.strip()
        if len(quote) > QUOTE_MOST or source_of(quote, said) is None:
            continue
        asserts = each.fact in ("kinds", "data", "users", "layers", "clients")
        source = next((one for one in said if texts[one.text].holds(quote, asserted=asserts)), None)
        value = _value(each.fact, each.value.strip(), quote, options) if source is not None else None
        if source is not None and value is not None:
            said_by = source.by if source.by != asker else None
            kept.append(Proposal(each.fact, value, quote, Origin.MODEL, said_by))
    return tuple(kept)


def spoken(found: Iterable[Proposal], *, by: UserId, asker: UserId) -> tuple[Proposal, ...]:
    """What the rules read in one person's words, as theirs."""
    return tuple(found) if by == asker else tuple(replace(each, said_by=by) for each in found)


class _Read:
    """A text that quotes are looked for in. Its words are told apart once, when that is first asked."""

    def __init__(self, text: str) -> None:
        self._text = text

    def holds(self, quote: str, *, asserted: bool) -> bool:
        """Whether the quote stands there in whole words and whole numbers: "200" is not what "1,200" says.

        Where something is to be `asserted`, one place has to say so: "no customer data" tells of none.
        """
        at = -1
        for _ in range(PLACES_MOST):
            at = self._text.find(quote, at + 1)
            if at < 0:
                return False
            end = at + len(quote)
            before, after = self._text[max(0, at - 2) : at], self._text[end : end + 2]
            whole = not _cuts(before, quote[:1]) and not _cuts_after(quote[-1:], after)
            if whole and not (asserted and self._denies(end)):
                return True
        return False

    def _denies(self, end: int) -> bool:
        """Whether the last word before this place is taken back, as far as the rules' own English goes."""
        last = bisect_right(self._ends, end) - 1
        return last >= 0 and (self._denied[last] or denied_after(self._tokens, last))

    @cached_property
    def _tokens(self) -> list[Token]:
        return tokens_of(self._text)

    @cached_property
    def _ends(self) -> list[int]:
        return [token.end for token in self._tokens]

    @cached_property
    def _denied(self) -> list[bool]:
        return denied(self._tokens)


def _cuts(before: str, first: str) -> bool:
    if first.isdigit() and len(before) == 2 and before[1] in _IN_NUMBERS and before[0].isdigit():
        return True
    return bool(before) and _one_word(before[-1], first)


def _cuts_after(last: str, after: str) -> bool:
    if last.isdigit() and len(after) == 2 and after[0] in _IN_NUMBERS and after[1].isdigit():
        return True
    return bool(after) and _one_word(last, after[0])


def _one_word(one: str, other: str) -> bool:
    # Scripts without cases often have no blanks between words either: there, any cut may be between two words.
    return one.isalnum() and other.isalnum() and "Lo" not in (unicodedata.category(one), unicodedata.category(other))


def _value(fact: str, value: str, quote: str, options: Mapping[str, Collection[str]]) -> str | None:
    """The value as it is kept; None where it does not exist or the quote does not hold it."""
    if fact in CODES:
        return value if value in CODES[fact] else None
    if fact == "clients" and value == "all":
        return value
    if fact in ("tool", "vendor", "clients"):
        return _name(value, quote)
    if fact == "seats":
        return value if _is_seats(value) and int(value) in numbers_in(quote) else None
    if fact == "url":
        return value if _ADDRESS.fullmatch(value) and value in quote else None
    if fact == "purpose":
        words = " ".join(value.split())
        return words if len(words) > 1 and words in " ".join(quote.split()) else None
    return value if value in options.get(fact, ()) else None


def _name(value: str, quote: str) -> str | None:
    """The name as the quote spells it, whole."""
    try:
        name = tool_name(value)
    except Refused:
        return None
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", quote, re.IGNORECASE)
    # A name that means something as a code would say what its quote does not.
    return found.group() if found and found.group() not in ("all", "none", "unknown") else None


def _is_seats(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 12 and 0 < int(value) <= SEATS_LIMIT


def numbers_in(text: str) -> frozenset[int]:
    """The whole numbers that a text gives in digits or in words."""
    return frozenset((*_in_digits(text), *_in_words(text)))


def _in_digits(text: str) -> Iterator[int]:
    for found in _NUMBER.finditer(text):
        whole, tenth, thousands = found.group("grouped", "tenth", "thousands")
        if whole is not None:
            yield int(re.sub(r"\D", "", whole))
        elif thousands:
            yield int(found.group("plain")) * 1_000 + int((tenth or "0")[-1]) * 100
        elif not tenth:
            yield int(found.group("plain"))


def _in_words(text: str) -> Iterator[int]:
    number: int | None = None
    for token in tokens_of(text):
        word = token.text.casefold()
        if word in _TIMES:
            number = (number or 1) * _TIMES[word]
        elif word in _WORDED:
            if number is not None:
                yield number
            number = _WORDED[word]
        elif number is not None:
            yield number
            number = None
    if number is not None:
        yield number


# --- put together ----------------------------------------------------------------------------------------------------


def merged(found: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """All readings as one, in the order of the profile, whatever order they came in.

    Of one value, the reading that counts most stays: a confirmed one, the rules', one in the asker's own words. What
    differs stays side by side; `disputed` says where that is a question. Whoever asks names the tool: what others in
    the thread call by name is then another matter.
    """
    by_fact: dict[str, list[Proposal]] = {}
    for each in sorted(found, key=_rank):
        same = by_fact.setdefault(each.fact, [])
        if all(_key(each) != _key(other) for other in same):
            same.append(each)
    for fact in ("tool", "vendor", "url"):
        if own := [each for each in by_fact.get(fact, ()) if each.said_by is None]:
            by_fact[fact] = own
    order = {fact: place for place, fact in enumerate(FACTS)}
    whole: list[Proposal] = []
    for fact in sorted(by_fact, key=lambda fact: (order.get(fact, len(order)), fact)):
        most = 1 if fact == "purpose" else VALUES_MOST if fact in ONE_VALUED else NAMES_MOST
        whole += sorted(by_fact[fact][:most], key=lambda each: _place(each))
    facts = [each for each in whole if each.fact in order]
    return (*facts, *[each for each in whole if each.fact not in order][:ANSWERS_MOST])


def about_use(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Those about the tool and its use; the others are about questions."""
    return tuple(each for each in proposals if each.fact in FACTS)


def disputed(proposals: Iterable[Proposal]) -> frozenset[str]:
    """The facts that were read in two ways which cannot both be so."""
    values: dict[str, set[str]] = {}
    for each in proposals:
        values.setdefault(each.fact, set()).add(_key(each))
    apart = {fact for fact in ONE_VALUED if len(values.get(fact, ())) > 1}
    clients = values.get("clients", set())
    return frozenset(apart | ({"clients"} if "none" in clients and len(clients) > 1 else set()))


def says_enough(proposals: Iterable[Proposal]) -> bool:
    """Is it about a tool at all? A number of people or a client alone may stand in small talk."""
    return any(each.fact in SAYS_ENOUGH for each in proposals)


def settled(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """What may stand in a form or be confirmed: everything about the use that is not disputed."""
    apart = disputed(proposals)
    return tuple(each for each in about_use(proposals) if each.fact not in apart)


def the_one(proposals: Sequence[Proposal], fact: str) -> str:
    """The value of a fact that has one; empty where it was not read, or is disputed."""
    return next((each.value for each in settled(proposals) if each.fact == fact), "")


def by_rules(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """What was read without a model."""
    return tuple(each for each in proposals if each.origin is Origin.RULES)


def mark_of(proposals: Iterable[Proposal]) -> str:
    """A short mark of all that a person sees of what was read; other readings, or other words, have another."""
    seen = sorted(
        (each.fact, each.value, each.quote, each.origin.value, each.said_by or "") for each in about_use(proposals)
    )
    return hashlib.sha256(repr(seen).encode("utf-8", "backslashreplace")).hexdigest()[:12]


def _rank(each: Proposal) -> tuple[bool, bool, bool, int, str, str, str]:
    model, others = each.origin is Origin.MODEL, each.said_by is not None
    return each.confirmed_by is None, model, others, len(each.quote), each.quote, each.value, each.said_by or ""


def _key(each: Proposal) -> str:
    """What makes two values of a fact the same."""
    if each.fact in ("tool", "vendor") or (each.fact == "clients" and each.value not in ("all", "none", "unknown")):
        return f"name {name_key(each.value)}"
    if each.fact == "url":
        return each.value.casefold().rstrip("/")
    if each.fact == "seats" and each.value.isdecimal():
        return each.value.lstrip("0")
    return each.value


def _place(each: Proposal) -> tuple[int, int, str]:
    codes = CODES.get(each.fact, ())
    number = int(each.value) if each.fact == "seats" and _is_seats(each.value) else 0
    return codes.index(each.value) if each.value in codes else len(codes), number, each.value


# --- a person's yes --------------------------------------------------------------------------------------------------


def is_confirmed(review: Review) -> bool:
    """Has a person said yes to what was read? Then nothing more is read into it."""
    return any(each.confirmed_by is not None for each in about_use(review.proposals))


def confirm(review: Review, *, by: UserId) -> tuple[Review, tuple[Proposal, ...]]:
    """The review with everything that is not disputed confirmed by this person, and what that was."""
    now = settled(review.proposals)
    proposals = tuple(replace(each, confirmed_by=by) if each in now else each for each in review.proposals)
    changed = replace(
        review,
        proposals=proposals,
        tool_name=review.tool_name if review.tool else the_one(now, "tool") or review.tool_name,
        vendor=the_one(now, "vendor") or review.vendor,
        url=the_one(now, "url") or review.url,
        purpose=the_one(now, "purpose") or review.purpose,
        version=review.version + 1,
    )
    return changed, now


def unconfirmed(review: Review) -> tuple[str, ...]:
    """The facts of a whole profile that nobody has confirmed."""
    known = {each.fact for each in settled(review.proposals) if each.confirmed_by is not None}
    if review.tool_name and "tool" not in disputed(review.proposals):
        known.add("tool")  # it stands above the card
    return tuple(fact for fact in DEMANDED if fact not in known)


def profile_of(review: Review) -> Profile | None:
    """The profile that was confirmed, when no fact of it is missing; what is not stated is never made up."""
    if unconfirmed(review):
        return None
    values: dict[str, list[str]] = {}
    for each in settled(review.proposals):
        values.setdefault(each.fact, []).append(each.value)
    (change,), (seats,) = values["change"], values["seats"]
    return Profile(
        kinds=frozenset(values["kinds"]),
        data=frozenset(values["data"]),
        users=frozenset(values["users"]),
        seats=int(seats),
        clients=Clients.named(values["clients"]),
        layers=frozenset(values["layers"]),
        change=change,
        has_prior=change in WITH_PRIOR,
    )


def kept(proposals: Iterable[Proposal], profile: Profile, words: Mapping[str, str]) -> tuple[Proposal, ...]:
    """The proposals that a saved form holds; `words` are its tool, vendor, url and purpose."""
    clients = profile.clients.names | ({"all"} if profile.clients.everyone else frozenset())
    sets = {"kinds": profile.kinds, "data": profile.data, "users": profile.users, "layers": profile.layers}
    held: list[Proposal] = []
    for each in about_use(proposals):
        match each.fact:
            case "seats":
                so = each.value == str(profile.seats)
            case "change":
                so = each.value == profile.change
            case "clients":
                so = each.value in clients or (each.value == "none" and not profile.clients.any)
            case fact if fact in sets:
                so = each.value in sets[fact]
            case fact:
                so = _key(each) == _key(replace(each, value=words.get(fact, "")))
        if so:
            held.append(each)
    return tuple(held)


_IN_NUMBERS: Final = ".,'\u2019\u00a0\u202f"
_ADDRESS: Final = re.compile(r"https?://[^\s<>|\"\x00-\x20]{2,380}", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"(?<![\d.,])(?:(?P<grouped>\d{1,3}(?:[.,'\u2019\u00a0\u202f]\d{3})+)(?![\d.,]*\d)"
    r"|(?P<plain>\d{1,9})(?P<tenth>[.,]\d)?(?P<thousands>[kK](?!\w))?(?![.,]?\d))"
)
_WORDED: Final = {word: number for number, word in enumerate(english.NUMBERS, 2)} | {
    word: tens * 10
    for tens, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2)
}
_TIMES: Final = {"hundred": 100, "thousand": 1_000}
