"""The profile as a modal of two pages, filled in with what is known or was understood. It saves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from bot.domain.answers import Origin, Proposal
from bot.domain.client import Client
from bot.domain.profile import SEATS_LIMIT, UNKNOWN, Profile, infer
from bot.domain.reading import disputed, is_confirmed, settled, the_one, unconfirmed
from bot.domain.review import Review
from bot.domain.tool import LONGEST_NAME, Tool
from bot.knowledge import Fact, Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    checkboxes,
    clip,
    context,
    date_input,
    external_multi_select,
    input_block,
    modal,
    multi_select,
    number_input,
    option,
    radio,
    say,
    text_input,
    url_input,
)
from bot.slack.cards.parts import card_of
from bot.slack.limits import CHOICE_OPTIONS
from bot.use_cases.client_pick import NO_PICK, ClientPick

TITLE: Final = "How it will be used"
VALUE: Final = "value"  # the action id of every field: its block says which fact it is
DIFFERENT: Final = "different"
SOME: Final = "some"  # clients that are named in the field below
PURPOSE_MOST: Final = 500
NAME_MOST: Final = LONGEST_NAME
CLIENTS_MOST: Final = 3_000
QUOTE_MOST: Final = 200
EMPTY: Final = Profile(frozenset(), frozenset(), frozenset(), None)


def profile_page_1(review: Review, k: Knowledge) -> dict[str, Any]:
    """The tool itself: its name, what it is, what for, whose."""
    kinds = k.facts["kinds"]
    fields = [
        input_block(
            "Which tool is it?",
            text_input(VALUE, initial=_word(review, "tool", review.tool_name), most=NAME_MOST),
            block_id=_block("tool"),
            hint=_hint(review, "tool", "", typed=True) or None,
        ),
        input_block(
            kinds.ask,
            multi_select(VALUE, _options(kinds), initial=_known(review, "kinds")),
            block_id=_block("kinds"),
            hint=_hint(review, "kinds", kinds.hint),
        ),
        input_block(
            "What does it do, and for whom?",
            text_input(VALUE, initial=_word(review, "purpose", review.purpose), multiline=True, most=PURPOSE_MOST),
            block_id=_block("purpose"),
            optional=True,
        ),
        input_block(
            "Who makes or runs it?",
            text_input(VALUE, initial=_word(review, "vendor", review.vendor), most=NAME_MOST),
            block_id=_block("vendor"),
            hint=_hint(review, "vendor", "", typed=True) or None,
            optional=True,
        ),
        input_block(
            "Its website",
            url_input(VALUE, initial=_word(review, "url", review.url), placeholder="https://"),
            block_id=_block("url"),
            hint=_hint(review, "url", "", typed=True) or None,
            optional=True,
        ),
        _change_field(review, k),
    ]
    opening = context(say("1 of 2. Change what is not right; nothing counts until you save."))
    blocks = [opening, *_open_first(review, fields)]
    return modal(ids.PROFILE_1, TITLE, blocks, submit="Next", metadata=str(card_of(review)))


def profile_page_2(
    review: Review,
    k: Knowledge,
    *,
    page_1: str,
    kinds: frozenset[str],
    near: tuple[Tool, ...],
    clients: ClientPick = NO_PICK,
    alone: bool = False,
) -> dict[str, Any]:
    """Its use: data, people, clients, layers. `near` are tools called nearly the same, to tell apart first.

    `clients` is what the register says about `clients_named`; without one, clients are named in words only. `alone`:
    what the first page asks is confirmed already, and only whether it is new is asked here instead.
    """
    facts = k.facts
    fields = [
        _ticks(review, facts["data"], _known(review, "data")),
        _ticks(review, facts["users"], _known(review, "users")),
        input_block(
            facts["seats"].ask,
            number_input(VALUE, initial=_seats(review), at_least=0, at_most=SEATS_LIMIT),
            block_id=_block("seats"),
            hint=_hint(review, "seats", "Leave empty if you don't know."),
            optional=True,
        ),
        *_clients(review, facts["clients"], clients),
        _ticks(review, facts["layers"], _layers(review, kinds), optional=True),
        *([_change_field(review, k)] if alone else []),
        input_block(
            "When would you like to start?",
            date_input(VALUE, initial=review.go_live),
            block_id=_block("go_live"),
            optional=True,
        ),
    ]
    place = say("What is missing." if alone else "2 of 2.")
    blocks = [
        context(say("{place} “I don't know” is a good answer; it can be found out later.", place=place)),
        *_did_you_mean(near),
        *_open_first(review, fields),
    ]
    return modal(ids.PROFILE_2, TITLE, blocks, submit="Save", metadata=page_1)


def _open_first(review: Review, fields: list[Block]) -> list[Block]:
    """What nobody has confirmed comes first; what somebody has stands below, and can still be changed."""
    if review.profile is not None or not is_confirmed(review):
        return fields
    done = {_block(each.fact) for each in settled(review.proposals) if each.confirmed_by is not None}
    if "tool" not in unconfirmed(review):
        done.add(_block("tool"))
    if _block("clients") in done:
        done |= {_block("client_register"), _block("client_names")}
    confirmed = [field for field in fields if field["block_id"] in done]
    still = [field for field in fields if field["block_id"] not in done]
    heading = [context(say("*Confirmed already*; change what is not right."))] if confirmed else []
    return [*still, *heading, *confirmed]


def _block(fact: str) -> str:
    return ids.fact_block(fact)


def _options(fact: Fact) -> list[Element]:
    return [option(each.label, each.code, each.description) for each in fact.values.values()]


def _ticks(review: Review, fact: Fact, initial: Iterable[str], *, optional: bool = False) -> Block:
    element = checkboxes(VALUE, _options(fact), initial=initial)
    hint = _hint(review, fact.code, fact.hint)
    return input_block(fact.ask, element, block_id=_block(fact.code), hint=hint, optional=optional)


def _proposed(review: Review, fact: str) -> list[str]:
    """What was understood; nothing where it was understood in two ways: then the person says which."""
    return [each.value for each in settled(review.proposals) if each.fact == fact]


def _word(review: Review, fact: str, known: str) -> str:
    """The words to start with: what is on record, else what was understood."""
    if review.profile is not None:
        return known
    if fact in disputed(review.proposals):
        return ""
    return known or the_one(review.proposals, fact)


def _change_field(review: Review, k: Knowledge) -> Block:
    change = k.facts["change"]
    return input_block(
        change.ask,
        radio(VALUE, _options(change), initial=_change(review)),
        block_id=_block("change"),
        hint=_hint(review, "change", change.hint),
    )


def _hint(review: Review, fact: str, hint: str, *, typed: bool = False) -> str:
    """The fact's own hint, and the words that a filled-in value rests on while nobody has confirmed it.

    Where the asker `typed` the value itself, as with a name, only what others said or a model read is pointed out.
    """
    if review.profile is not None:
        return hint
    told = [each for each in review.proposals if each.fact == fact and each.quote.strip()]
    if typed:
        told = [each for each in told if each.origin is Origin.MODEL or each.said_by is not None]
    if fact in disputed(review.proposals):
        several = [each for each in review.proposals if each.fact == fact]
        ways = " or ".join(f"{each.value} (“{clip(each.quote.strip(), QUOTE_MOST)}”)" for each in several)
        return f"{hint} I read {ways}. Which is right?".strip()
    own = _quotes(each for each in told if each.said_by is None)
    others = _quotes(each for each in told if each.said_by is not None)
    parts = [
        hint,
        f"Filled in from your message: {own}" if own else "",
        f"Filled in from what somebody else wrote: {others}" if others else "",
        "Read by a model." if any(each.origin is Origin.MODEL for each in told) else "",
    ]
    return " ".join(part for part in parts if part)


def _quotes(told: Iterable[Proposal]) -> str:
    quotes = dict.fromkeys(each.quote.strip() for each in told)
    return ", ".join(f"“{clip(quote, QUOTE_MOST)}”" for quote in quotes)


def _known(review: Review, fact: str) -> list[str]:
    """The values to start with: what was confirmed, else what was understood."""
    if review.profile is None:
        return _proposed(review, fact)
    known: frozenset[str] = getattr(review.profile, fact)
    return sorted(known)


def _change(review: Review) -> str:
    if review.profile is not None:
        return review.profile.change
    proposed = _proposed(review, "change")
    return proposed[0] if proposed else "new"


def _seats(review: Review) -> int | None:
    if review.profile is not None:
        return review.profile.seats
    numbers = [value for value in _proposed(review, "seats") if value.isascii() and value.isdecimal()]
    return min(int(numbers[0]), SEATS_LIMIT) if numbers and len(numbers[0]) < 12 else None


def _layers(review: Review, kinds: frozenset[str]) -> list[str]:
    """The layers that were ticked or understood, and those that follow from the kinds on page 1."""
    told = replace(EMPTY, kinds=kinds, layers=frozenset(_known(review, "layers")))
    full, _ = infer(told)
    return sorted(full.layers)


def clients_named(review: Review, k: Knowledge) -> tuple[str, ...]:
    """The clients the review names so far: those that were confirmed, else those that were understood."""
    if review.profile is not None:
        return tuple(sorted(review.profile.clients.names))
    return tuple(value for value in _proposed(review, "clients") if value not in k.facts["clients"].values)


def _clients(review: Review, fact: Fact, pick: ClientPick) -> list[Block]:
    """Whose data or work it touches: none, all, not known, or those that are picked or named."""
    proposed = _proposed(review, "clients")
    if review.profile is not None:
        given = review.profile.clients
        names = sorted(given.names)
        which = "all" if given.everyone else UNKNOWN if given.unknown else SOME if given.any else "none"
    else:
        names = [value for value in proposed if value not in fact.values]
        which = SOME if names else next((value for value in proposed if value in fact.values), "")
    options = _options(fact)
    words = "These clients (pick or name them below)" if pick.known else "These clients (name them below)"
    options.insert(1, option(words, SOME))
    typed = pick.typed if pick.known else tuple(names)
    others = "Other clients" if pick.known else "Clients"
    return [
        input_block(
            fact.ask,
            radio(VALUE, options, initial=which),
            block_id=_block("clients"),
            hint=_hint(review, "clients", "") or None,
        ),
        *_register(pick),
        input_block(
            f"{others}, one per line or separated by commas",
            text_input(VALUE, initial="\n".join(typed), multiline=True, most=CLIENTS_MOST),
            block_id=_block("client_names"),
            optional=True,
        ),
    ]


def _register(pick: ClientPick) -> list[Block]:
    """The clients of the register to pick from; of more than a menu holds, those that fit what is typed."""
    if not pick.known:
        return []
    picked = [option(client.name, client.id) for client in pick.picked]
    if len(pick.offered) < pick.known:
        menu: Element = external_multi_select(VALUE, initial=picked)
    else:
        offered = [option(client.name, client.id) for client in pick.offered]
        menu = multi_select(VALUE, offered, initial=[each["value"] for each in picked])
    return [input_block("Clients in the register", menu, block_id=_block("client_register"), optional=True)]


def client_options(clients: Iterable[Client]) -> list[Element]:
    """Clients as choices, for whoever types a part of a name."""
    return [option(client.name, client.id) for client in clients]


def _did_you_mean(near: tuple[Tool, ...]) -> list[Block]:
    if not near:
        return []
    known = [option(tool.name, tool.id, tool.vendor or None) for tool in near[: CHOICE_OPTIONS - 1]]
    element = radio(VALUE, [*known, option("No, it is a different tool", DIFFERENT)])
    return [input_block("Did you mean…?", element, block_id=_block("same_as"))]
