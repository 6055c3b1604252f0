"""The two pages of the profile, read field by field. A fault names its field and the fix; nothing is guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.domain.case_file import WITH_PRIOR
from bot.domain.ids import ToolId
from bot.domain.profile import CHANGES, DATA, KINDS, LAYERS, SEATS_LIMIT, UNKNOWN, USERS, Clients, Profile
from bot.domain.refused import Refused
from bot.domain.tool import clean_text, tool_name
from bot.slack import ids
from bot.slack.call import Call
from bot.use_cases.intake import Described

NOT_KNOWING: Final = frozenset({"", UNKNOWN, "?", "i don't know", "don't know", "not sure"})
MOST_CLIENTS: Final = 200


class FieldFaults(Exception):
    """What is wrong with a sent form, by the block it is wrong in."""

    def __init__(self, by_block: Mapping[str, str]) -> None:
        super().__init__(", ".join(by_block))
        self.by_block = dict(by_block)


@dataclass(frozen=True, slots=True)
class Page1:
    """The first page, carried to the second inside the form."""

    tool: str
    kinds: frozenset[str]
    change: str
    vendor: str = ""
    url: str = ""
    purpose: str = ""

    def kept(self, card: ids.Card) -> str:
        """The page as the second one carries it, within what Slack lets a form carry."""
        return json.dumps(
            {
                "card": str(card),
                "tool": self.tool,
                "kinds": sorted(self.kinds),
                "change": self.change,
                "vendor": self.vendor,
                "url": self.url,
                "purpose": self.purpose,
            },
            ensure_ascii=False,
        )

    @classmethod
    def read_back(cls, metadata: str) -> tuple[ids.Card, Page1]:
        kept = json.loads(metadata)
        page = cls(kept["tool"], frozenset(kept["kinds"]), kept["change"], kept["vendor"], kept["url"], kept["purpose"])
        return ids.read_card(kept["card"]), page


def read_page_1(call: Call) -> Page1:
    """Read the first page. Raises FieldFaults with every fault."""
    faults: dict[str, str] = {}
    name = ""
    try:
        name = tool_name(_words(call, "tool"))
    except Refused as refusal:
        faults[ids.fact_block("tool")] = refusal.reason
    kinds = _codes(call, "kinds", KINDS)
    if not kinds:
        faults[ids.fact_block("kinds")] = "Tick at least one: what kind of tool it is decides what I ask."
    change = next(iter(_codes(call, "change", CHANGES)), "new")
    url = clean_text(_words(call, "url"), most=400)
    if url and not re.match(r"https?://\S+$", url, re.IGNORECASE):
        faults[ids.fact_block("url")] = "Give a web address that starts with https://, or leave this empty."
    if faults:
        raise FieldFaults(faults)
    vendor = " ".join(clean_text(_words(call, "vendor"), most=80).split())
    return Page1(name, kinds, change, vendor, url, clean_text(_words(call, "purpose"), most=500))


def read_clients(call: Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The clients of the second page: the ids of those that were picked, and the names that were typed."""
    text = clean_text(_words(call, "client_names"), most=3_000)
    typed = (" ".join(name.split()) for name in re.split(r"[,;\n]", text) if name.strip())
    return call.picked(ids.fact_block("client_register")), tuple(typed)


def read_page_2(call: Call, page: Page1, clients: Sequence[str]) -> Described:
    """Read the second page and put both together; `clients` are the names of `read_clients`, as they are kept.

    Raises FieldFaults with every fault.
    """
    faults: dict[str, str] = {}
    data = _codes(call, "data", (*DATA, UNKNOWN))
    if not data:
        faults[ids.fact_block("data")] = "Tick what it will see or hold, or “I don't know”."
    users = _codes(call, "users", (*USERS, UNKNOWN))
    if not users:
        faults[ids.fact_block("users")] = "Tick who will use it, or “I don't know”."
    seats = _seats(_words(call, "seats"), faults)
    touched = _clients(call, clients, faults)
    change = next(iter(_codes(call, "change", CHANGES)), page.change)  # asked here where there was no first page
    same_as = next(iter(call.picked(ids.fact_block("same_as"))), "")
    if faults:
        raise FieldFaults(faults)
    profile = Profile(
        kinds=page.kinds,
        data=data,
        users=users,
        seats=seats,
        clients=touched,
        layers=_codes(call, "layers", (*LAYERS, UNKNOWN)),
        change=change,
        has_prior=change in WITH_PRIOR,
    )
    return Described(
        profile=profile,
        tool_name=page.tool,
        same_as=ToolId(same_as) if same_as not in ("", "different") else None,
        different=same_as == "different",
        vendor=page.vendor,
        url=page.url,
        purpose=page.purpose,
        go_live=_day(call),
    )


def _words(call: Call, fact: str) -> str:
    return call.words(ids.fact_block(fact))


def _codes(call: Call, fact: str, known: tuple[str, ...]) -> frozenset[str]:
    return frozenset(call.picked(ids.fact_block(fact))) & frozenset(known)


def _seats(text: str, faults: dict[str, str]) -> int | None:
    said = text.strip().casefold()
    if said in NOT_KNOWING:
        return None
    # "3,000", "3.000" and "3 000" are the same number; "200.5" and "1,2" are none.
    digits = re.sub(r"(?<=\d)[\s,.'’_](?=\d{3}(?!\d))", "", said)
    if not digits.isdecimal() or not digits.isascii():
        faults[ids.fact_block("seats")] = "Give a whole number like 200, or leave it empty if you don't know."
        return None
    seats = int(digits[:15])
    if seats > SEATS_LIMIT:
        faults[ids.fact_block("seats")] = f"That is more than {SEATS_LIMIT:,}. How many people will use it?"
        return None
    return seats


def _clients(call: Call, names: Sequence[str], faults: dict[str, str]) -> Clients:
    picked = next(iter(call.picked(ids.fact_block("clients"))), "")
    if picked == "none" and not names:
        return Clients()
    if picked in ("all", UNKNOWN):
        return Clients.named([*names, picked])
    if picked in ("some", "none") and names:
        if len(names) > MOST_CLIENTS or any(len(name) > 80 for name in names):
            faults[ids.fact_block("client_names")] = "Give one client's name per line, each at most 80 characters."
        return Clients.named(names)
    if picked == "some":
        faults[ids.fact_block("client_names")] = "Pick the clients, or name them here, one per line."
    else:
        faults[ids.fact_block("clients")] = "Choose one; “I don't know” is an answer too."
    return Clients(unknown=True)


def _day(call: Call) -> date | None:
    given = call.values().get(ids.fact_block("go_live"), {}).get("selected_date")
    try:
        return date.fromisoformat(given) if given else None
    except (TypeError, ValueError):
        return None
