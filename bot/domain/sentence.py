"""Reading a person's sentence by rules: what it says about a tool and its use, each with the words it rests on.

Everything found is a proposal for a person to confirm; where a sentence could mean two things, nothing is proposed. No
model, no look-up, and time that grows with the length of the text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bot.domain import english
from bot.domain.answers import Proposal
from bot.domain.asides import (
    asks_what_it_is,
    belongs_elsewhere,
    have_done,
    only_asked_in_short,
    only_mentioned,
    speaks_of_a_tool,
    talks_of_the_day,
    told_aside,
)
from bot.domain.profile import ALL_CLIENTS, SEATS_LIMIT
from bot.domain.tool import name_key
from bot.domain.tool_mention import find_tool
from bot.domain.words import Said, Token, Words, denied, denied_after, ends_clause, tokens_of

READ_MOST: Final = 5_000  # characters; what comes after is not read


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says, as proposals: fact, value, and the exact words."""

    tool: Proposal | None = None
    vendor: Proposal | None = None
    url: Proposal | None = None
    kinds: tuple[Proposal, ...] = ()
    data: tuple[Proposal, ...] = ()
    users: tuple[Proposal, ...] = ()
    seats: Proposal | None = None
    clients: tuple[Proposal, ...] = ()
    purpose: Proposal | None = None

    def proposals(self) -> tuple[Proposal, ...]:
        """All of them, in the order of the profile."""
        one = (self.tool, self.vendor, self.url)
        found = (*one, *self.kinds, *self.data, *self.users, self.seats, *self.clients, self.purpose)
        return tuple(each for each in found if each is not None)


def read_sentence(text: str, words: Words, *, known_tools: Sequence[str] = ()) -> Reading:
    """Read a request: plain text, already unescaped, without the mention of the bot itself."""
    text = text[:READ_MOST]
    prose = _NO_PROSE.sub(lambda found: " " * len(found.group()), text)  # same length, so that quotes stay exact
    tokens = tokens_of(prose)
    said = list(words.said(tokens))
    used = frozenset(n for each in said for n in range(each.first, each.last + 1))

    tool_at = find_tool(prose, tokens, known=known_tools, never=words.never, facts=used)
    aside = told_aside(tokens)
    facts = list(_facts(text, tokens, said, aside, tool_at))
    tool = Proposal("tool", prose[slice(*tool_at)], prose[slice(*tool_at)]) if tool_at else None
    return Reading(
        tool=tool,
        vendor=_vendor(prose, tool_at, words.never),
        url=_url(text, tokens, tool.value if tool else None),
        kinds=tuple(each for each in facts if each.fact == "kinds"),
        data=tuple(each for each in facts if each.fact == "data"),
        users=tuple(each for each in facts if each.fact == "users"),
        seats=_seats(prose, tokens, words.people, aside),
        clients=tuple(_clients(prose, words.never)),
        purpose=_purpose(text, prose, tool_at),
    )


def wants_something(text: str) -> bool:
    """Whether anything is asked for or wanted; else a number of people is small talk: "340 people on shift tonight"."""
    return "?" in text or any(token.stem in _WANTED for token in tokens_of(text[:READ_MOST]))


def _facts(
    text: str, tokens: Sequence[Token], said: Sequence[Said], aside: Sequence[bool], tool_at: tuple[int, int] | None
) -> Iterator[Proposal]:
    no, asked = denied(tokens), _only_asked(tokens)
    seen: set[tuple[str, str]] = set()
    for each in said:
        if any(no[each.first : each.last + 1]) or denied_after(tokens, each.last) or aside[each.first]:
            continue
        if asked[each.first] and each.fact != "users":
            continue
        if asks_what_it_is(tokens, each.first) or _is_aside(text, tokens, each, tool_at):
            continue
        if (each.fact, each.code) not in seen:
            seen.add((each.fact, each.code))
            yield Proposal(each.fact, each.code, text[tokens[each.first].start : tokens[each.last].end])


def _is_aside(text: str, tokens: Sequence[Token], said: Said, tool_at: tuple[int, int] | None) -> bool:
    """Whether a fact is only spoken of: people who did something, data of others, a kind that only a question names."""
    if tool_at is None and not speaks_of_a_tool(tokens) and talks_of_the_day(tokens, said):
        return True
    if said.fact == "users":
        return have_done(tokens, said.last)
    if belongs_elsewhere(tokens, said) or only_asked_in_short(text, tokens, said.first):
        return True
    between = sorted((tokens[said.first].start, tool_at[0])) if tool_at else None
    named = between is not None and _CLAUSE_SIGN.search(text, *between) is None
    return said.fact == "data" and only_mentioned(tokens, said, named=named)


def _only_asked(tokens: Sequence[Token]) -> list[bool]:
    """For each word whether it only stands in a question about the tool: "does it store passwords?" tells nothing."""
    asked: list[bool] = []
    doubt = False
    for at, token in enumerate(tokens):
        if at == 0 or ends_clause(token):
            doubt = token.stem in _IFS or _asks_of_the_tool(tokens, at)
        elif token.stem in _IFS:
            doubt = True
        elif token.stem in ("but", "and") or "," in token.before:
            doubt = doubt and token.stem != "but" and "," not in token.before
        asked.append(doubt)
    return asked


def _asks_of_the_tool(tokens: Sequence[Token], at: int) -> bool:
    asks, of = tokens[at].stem, tokens[at + 1].stem if at + 1 < len(tokens) else ""
    if asks in ("doe", "does", "did", "how", "where", "what", "which", "who"):
        return True
    if asks not in ("will", "would", "can", "could") or of not in ("it", "this", "that", "they", "the"):
        return False
    return not any(token.stem == "be" for token in tokens[at + 1 : at + 5])


# --- how many --------------------------------------------------------------------------------------------------------


def _seats(text: str, tokens: Sequence[Token], people: frozenset[str], aside: Sequence[bool]) -> Proposal | None:
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
        and following[-1].stem in english.DAYS
        and following[0].stem in ("on", "for", "till", *english.DAYS)
    ):
        return True
    for n in range(at - 1, -1, -1):
        if ends_clause(tokens[n + 1]):
            return False
        if tokens[n].text.casefold() in english.EVENTS:
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
    has = bool(before) and (before[-1] in english.HAVING or (before[-1] in _ROUGHLY and before[0] in english.HAVING))
    return has and not any(token.stem in english.EVERYBODY for token in tokens)


def _may_be_a_word(tokens: Sequence[Token], at: int) -> bool:
    """Whether "2" or "4" may stand for "to" or "for", as in "postman 4 devs"."""
    if tokens[at].text not in ("2", "4") or at == 0 or tokens[at].before != " ":
        return False
    return tokens[at - 1].stem not in english.BEFORE_COUNTS


def _are_records(tokens: Sequence[Token], at: int) -> bool:
    """Whether the people are those in some records: "the bank data of 30 freelancers"."""
    return at >= 2 and tokens[at - 1].stem in ("of", "about") and tokens[at - 2].stem in english.RECORDS


def _grows_to(tokens: Sequence[Token], at: int) -> bool:
    """Whether a number is what a smaller one grows to: "start with 20 agents and grow to 300"."""
    if at < 2 or tokens[at - 1].stem != "to":
        return False
    starts = any(token.stem in english.STARTING for token in tokens[max(at - 16, 0) : at])
    return starts and tokens[at - 2].stem in english.GROWING


# --- who makes it, for which clients, what for -----------------------------------------------------------------------


def _vendor(text: str, tool_at: tuple[int, int] | None, never: frozenset[str]) -> Proposal | None:
    found = _VENDOR.search(text)
    if found is None and tool_at is not None:
        found = _BY.match(text, tool_at[1])
    if found is None or _no_name(found.group(1), never):
        return None
    name, sentence_ends, _ = found.group(1).partition(". ")
    name = name.rstrip(".")
    quote = text[found.start() : found.start(1) + len(name)] if sentence_ends else found.group()
    return Proposal("vendor", name, quote.strip().rstrip("."))


def _clients(text: str, never: frozenset[str]) -> Iterator[Proposal]:
    if (everyone := _ALL_CLIENTS.search(text)) is not None:
        yield Proposal("clients", ALL_CLIENTS, everyone.group())
        return
    found = _CLIENT.search(text) or _PROGRAMME.search(text)
    if found is None:
        return
    for name in re.split(r",\s*|\s+and\s+|\s*&\s*", found.group(1)):
        if name and not _no_name(name, never):
            yield Proposal("clients", name, name)


def _no_name(name: str, never: frozenset[str]) -> bool:
    first = english.stem(name.split()[0])
    return first in english.COMMON or first in english.CALENDAR or first in never


def _purpose(text: str, prose: str, tool_at: tuple[int, int] | None) -> Proposal | None:
    """What it does for whom: what follows the tool's name as "to transcribe …", "so that …" or "for checking …"."""
    if tool_at is None:
        return None
    for lead in _PURPOSE.finditer(prose, tool_at[1]):
        to, doing = lead.group("to"), lead.group("doing")
        if (to is not None and to not in english.DEEDS) or (doing is not None and doing in english.NO_DEEDS):
            continue
        clause = _REST_OF_CLAUSE.match(prose, lead.start())
        if clause is not None and len(clause.group().split()) > 1:
            quote = text[clause.start() : clause.start() + len(clause.group().rstrip())]
            return Proposal("purpose", " ".join(clause.group().split()), quote)
    return None


def _url(text: str, tokens: Sequence[Token], tool: str | None) -> Proposal | None:
    """The tool's address: one that holds its name or leads into a store, or the only site of a text without a name.

    People also pass on agendas, articles, wiki pages and the foot of a mail: where nothing is asked, where an address
    leads deep into a site, or where the name is only the title of a page elsewhere, an address is nobody's tool.
    """
    every = (found.group().rstrip(".,;:!?)]}>'\"") for found in _URL.finditer(text))
    addresses = [address for address in every if len(address) > len("https://") + 2]
    if tool is not None:
        name = name_key(tool)
        of_it = (one for one in addresses if name in name_key(_host(one)) or name_key(_host(one)) in name)
        address = next(of_it, None) or next((one for one in addresses if _STORE.match(one)), None)
    else:
        asked = not tokens or "?" in text or any(token.stem in _JUDGING for token in tokens)
        door = _ONE_PAGE if any(token.stem in english.JUDGED for token in tokens) else _FRONT_DOOR
        of_it = (one for one in addresses if _STORE.match(one) or door.fullmatch(one))
        address = next(of_it, None) if asked and len(set(addresses)) == 1 else None
    return Proposal("url", address, address) if address is not None else None


def _host(address: str) -> str:
    return address.split("/")[2]


_JUDGING: Final = english.JUDGED | english.VERBS_OF_USE | {"approve", "assess", "check", "evaluate", "review", "vet"}
_WANTED: Final = _JUDGING | english.WANTING | {"please", "pls", "request", "would", "could", "can", "should"}
_ROUGHLY: Final = frozenset({"about", "around", "etwa", "rund", "roughly", "some", "unos", "unas"})
_IFS: Final = frozenset({"if", "ob", "saber", "si", "unsure", "whether"})
_CLAUSE_SIGN: Final = re.compile(r"[.!?;\n](?:\s|$)")
_STORE: Final = re.compile(
    r"https?://(?:chrome\.google\.com/webstore|chromewebstore\.|addons\.mozilla\.|microsoftedge\.|apps\.apple\.|"
    r"play\.google\.|appsource\.|marketplace\.|www\.npmjs\.|github\.com/[^/]+/[^/]+/?$)",
    re.IGNORECASE,
)
# A site itself, or a page about what it is and costs; wikis, news and files are somebody's pages.
_SITE: Final = (
    r"https?://(?!(?:wiki|blog|news|docs|files|jira|intranet|confluence|sharepoint|drive|mail|calendar|status|support|"
    r"help|community|forum|meet|login|portal|learn|academy|careers|trust)\.)(?!(?:www\.)?(?:youtube|youtu|linkedin|reddit|wikipedia|medium|forms)\.)[^/?#]+"
)
_FRONT_DOOR: Final = re.compile(
    _SITE + r"(?:/(?:[a-z]{2}|[a-z]{2}-[a-z]{2}|home|index\.html?|products?|features|pricing|security|about))?/?",
    re.IGNORECASE,
)
_ONE_PAGE: Final = re.compile(_SITE + r"(?:/[^/?#.]*)?/?", re.IGNORECASE)
_URL: Final = re.compile(r"\bhttps?://[^\s<>|]{1,2000}", re.IGNORECASE)
# Addresses, mentions in Slack's and in people's spelling, e-mail addresses, emoji: read past, not read.
_NO_PROSE: Final = re.compile(
    r"<(?:[@#!]|https?:|mailto:)[^<>\n]{1,2000}>|https?://[^\s<>|]{0,2000}[^\s<>|.,;:!?)]|www\.[^\s<>|]{1,200}|(?<![\w@])@[\w.-]{1,80}|:[a-z0-9_+-]{2,40}:"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,100}|^\s*/\w{1,40}(?=\s)",
    re.IGNORECASE,
)
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
_NAME: Final = r"[A-Z][\w&.-]{0,40}(?: [A-Z][\w&.-]{0,40}){0,2}"
_VENDOR: Final = re.compile(
    rf"\b(?:(?:made|built|developed|sold|provided|run) by|[Vv]endor(?: is|:)|from the vendor|the vendor,) ({_NAME})"
)
_BY: Final = re.compile(rf" (?:by|from the makers of|\(by) ({_NAME})")
_ALL_CLIENTS: Final = re.compile(
    r"\b(?:all(?: of)?(?: our| the)? clients|every client|each client)\b(?! data)", re.IGNORECASE
)
_CLIENT: Final = re.compile(
    rf"\b(?:for|of|from|with|at) (?:our |the )?clients? ({_NAME}(?:(?:, | and | & ){_NAME}){{0,5}})(?=[\s.,;:?!')]|$)"
)
_PROGRAMME: Final = re.compile(rf"\bthe ({_NAME}) (?:programmes?|programs?|helpline|hotline)\b")
_PURPOSE: Final = re.compile(
    r"\b(?:to (?P<to>[a-z]{3,20})|for (?P<doing>[a-z]{3,20}ing)|so(?: that)? (?:agents|people|we|they|our|the))\b"
)
_REST_OF_CLAUSE: Final = re.compile(r"[^.?!;,\n]{1,200}")
