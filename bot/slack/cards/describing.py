"""A review's first card: what was read out of people's words, each with the words it rests on. It confirms nothing.

One yes confirms exactly what stands here; what was read in two ways is left open for the form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.domain.answers import Origin, Proposal
from bot.domain.reading import about_use, disputed, is_confirmed, mark_of, unconfirmed
from bot.domain.review import Review
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Element,
    Safe,
    actions,
    button,
    clip,
    context,
    header,
    mention,
    message,
    say,
    section,
)
from bot.slack.cards.parts import bullets, can_move, card_of, more_menu, paragraphs, people, tool_of, withdraw_button
from bot.slack.cards.words import FACT_WORDS, fact_words, joined

QUOTE_MOST: Final = 80  # characters of somebody's words beside what was understood from them
PURPOSE_MOST: Final = 300
ALL_WORDS: Final = {"tool": "Tool", "vendor": "Made by", "url": "Website"} | dict(FACT_WORDS)


def describing_card(review: Review, k: Knowledge) -> dict[str, Any]:
    """The card while nobody has described the use: to say yes to what was read, or to describe it."""
    tool, read = tool_of(review), _read_lines(review, k)
    ask = say("Is {tool} safe to roll out?", tool=tool)
    counts = say("Asked by {who}. Nothing counts until you confirm it.", who=mention(review.requester))
    notes = [counts, *_model_note(review, k)]
    if is_confirmed(review):
        who = people(dict.fromkeys(each.confirmed_by for each in review.proposals if each.confirmed_by))
        rest = joined(ALL_WORDS[fact] for fact in unconfirmed(review))
        left = say("Still to say: {rest}. It takes about a minute.", rest=rest)
        blocks = [*paragraphs([say("*Confirmed by {who}:*", who=who), *read, left])]
        text = say("{ask} What I read is confirmed. Press Describe the Rest: about a minute.", ask=ask)
    elif can_confirm(review):
        rest_of = say("After your yes come only the facts that are missing, then the questions.")
        blocks = [*paragraphs([say("*I read:*"), *read, say("Right?")]), context(rest_of)]
        text = say("{ask} I have read something about its use. Right? Press Yes, or Change.", ask=ask)
    else:
        promise = say("Tell me how it will be used: two short pages, about 90 seconds.")
        blocks = [*paragraphs([say("*What I understood so far*"), *read] if read else []), section(promise)]
        text = say("{ask} Press Describe the Use: two short pages, about 90 seconds.", ask=ask)
    row = actions("review|start", *_controls(review))
    return message(text, [header(f"Is {tool} safe to roll out?"), *blocks, row, context(*notes)])


def can_confirm(review: Review) -> bool:
    """Was anything read that a yes would confirm, beside the name and the purpose that somebody typed?"""
    apart = disputed(review.proposals)
    return any(each.fact not in apart and _tells(each) for each in about_use(review.proposals))


def _tells(each: Proposal) -> bool:
    return each.fact in FACT_WORDS or each.origin is Origin.MODEL or each.said_by is not None


def _controls(review: Review) -> list[Element]:
    card = card_of(review)
    confirm = f"{card}|{mark_of(review.proposals)}"
    if is_confirmed(review):
        first = [button("Describe the Rest", ids.CONFIRM, value=confirm, style="primary")]
    elif can_confirm(review):
        first = [button("Yes", ids.CONFIRM, value=confirm, style="primary")]
    else:
        first = []
    describe = button("Change", ids.PROFILE, value=str(card))
    if not first:
        describe = button("Describe the Use", ids.PROFILE, value=str(card), style="primary")
    moves = can_move(review)
    return [
        *first,
        describe,
        *([button("Continue in a DM", ids.DM, value=str(card))] if moves else []),
        withdraw_button(review),
        *([more_menu(card, (ids.JOIN, "Join"))] if moves else []),
    ]


def _read_lines(review: Review, k: Knowledge) -> list[Safe]:
    """What was read, fact by fact, with the words it rests on."""
    apart = disputed(review.proposals)
    found = _purpose_line(review)
    for fact, words in ALL_WORDS.items():
        told = [each for each in review.proposals if each.fact == fact]
        if fact == "tool" and fact not in apart and review.tool_name:
            continue  # it stands above
        values = [_proposed(each, k) for each in told]
        if not values:
            continue
        between = say(" or ") if fact in apart else say(", ")
        whole = values[0]
        for one in values[1:]:
            whole = say("{whole}{between}{one}", whole=whole, between=between, one=one)
        if fact in apart:
            whole = say("{whole}? Please choose in the form.", whole=whole)
        found.append(say("*{fact}:* {values}", fact=words, values=whole))
    return bullets(found)


def _purpose_line(review: Review) -> list[Safe]:
    told = next((each for each in review.proposals if each.fact == "purpose"), None)
    purpose = told.value if told is not None else review.purpose
    if not purpose:
        return []
    line = say("*For:* “{purpose}”", purpose=clip(purpose, PURPOSE_MOST))
    if told is not None and told.said_by is not None:
        line = say("{line} (from {who})", line=line, who=mention(told.said_by))
    return [line]


def _proposed(proposal: Proposal, k: Knowledge) -> Safe:
    value = clip(fact_words(proposal.fact, proposal.value, k), QUOTE_MOST)
    quoted = proposal.quote.strip()
    if not quoted:
        return say("{value}", value=value)
    if proposal.said_by is None:
        return say("{value} (“{quote}”)", value=value, quote=clip(quoted, QUOTE_MOST))
    who = mention(proposal.said_by)
    return say("{value} (“{quote}”, from {who})", value=value, quote=clip(quoted, QUOTE_MOST), who=who)


def _model_note(review: Review, k: Knowledge) -> Sequence[Safe]:
    """Which of it only a model read."""
    read = [
        fact_words(each.fact, each.value, k) if each.fact in FACT_WORDS else each.value
        for each in about_use(review.proposals)
        if each.origin is Origin.MODEL
    ]
    if not read:
        return ()
    return (say("Read by a model: {what}. Please check it against the words.", what=joined(read, most=300)),)
