"""Reading a person's sentence by rules: what it says about a tool and its use, each with the words it rests on.

Everything found is a proposal for a person to confirm; where a sentence could mean two things, nothing is proposed. No
model, no look-up, and time that grows with the length of the text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from bot.domain.headcount import seats_said
from bot.domain.profile import ALL_CLIENTS
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
        seats=seats_said(prose, tokens, words.people, aside),
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
_IFS: Final = frozenset({"if", "ob", "saber", "si", "unsure", "whether"})
_CLAUSE_SIGN: Final = re.compile(r"[.!?;\n](?:\s|$)")
_STORE: Final = re.compile(
    r"https?://(?:chrome\.google\.com/webstore|chromewebstore\.|addons\.mozilla\.|microsoftedge\.|apps\.apple\.|"
    r"play\.google\.|appsource\.|marketplace\.|github\.com/[^/]+/[^/]+/?$)",
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
