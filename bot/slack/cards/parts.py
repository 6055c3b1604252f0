"""Pieces that several cards share: paragraphs that fit, menus, confirmations, conditions. They decide nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from bot.domain.approval import mark_of, need, still_wanted
from bot.domain.decision import Condition, Decision, Signature
from bot.domain.policy import Outcome
from bot.domain.reading import the_one
from bot.domain.review import Review
from bot.domain.tool import LONGEST_NAME
from bot.domain.verdict import Verdict
from bot.slack import ids, limits
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    button,
    confirm,
    context,
    day_token,
    lines,
    mention,
    model_text,
    option,
    overflow,
    say,
    section,
)
from bot.slack.cards.words import plural

DRAFTED_BY: Final = "Drafted by a model from the facts below; it decides nothing."
CONDITIONS_MOST: Final = 6  # on a card; the rest is a number


def card_of(review: Review) -> ids.Card:
    """What the controls of a review's card carry."""
    return ids.Card(review.id, review.version)


def submit_value(review: Review, verdict: Verdict, lapsed: tuple[str, ...]) -> str:
    """What handing in carries: the review as it was, and which verdict stood beside it."""
    return f"{card_of(review)}|{mark_of(verdict, lapsed=bool(lapsed))}"


def tool_of(review: Review) -> str:
    """What to call the tool, also while nobody has named it: then as it was read, if it was."""
    return review.tool_name.strip() or the_one(review.proposals, "tool")[:LONGEST_NAME] or "a tool"


def paragraphs(found: Iterable[Safe]) -> list[Block]:
    """Lines as few sections as they fit in; no line is cut to make it fit, unless it is too long by itself."""
    blocks: list[Block] = []
    page: list[Safe] = []
    length = 0
    for line in found:
        if page and length + len(line) + 1 > limits.SECTION_TEXT:
            blocks.append(section(lines(*page)))
            page, length = [], 0
        page.append(line)
        length += len(line) + 1
    if page:
        blocks.append(section(lines(*page)))
    return blocks


def titled(title: Safe, found: Sequence[Safe]) -> list[Block]:
    """A short title above its lines; nothing at all where there are no lines."""
    return paragraphs([say("*{title}*", title=title), *found]) if found else []


def bullets(found: Iterable[Safe]) -> list[Safe]:
    """The same lines, each with a point before it."""
    return [say("• {line}", line=line) for line in found]


def cut(found: Sequence[Safe], most: int) -> list[Safe]:
    """The first lines, and how many there are besides."""
    more = len(found) - most
    return list(found) if more <= 0 else [*found[:most], say("and {more} more", more=more)]


def more_menu(card: ids.Card, *acts: tuple[str, str]) -> Element:
    """The three dots: each act is an id of a button and its label."""
    return overflow(ids.MORE, [option(label, f"{act}#{card}") for act, label in acts])


def quiet_acts(review: Review) -> tuple[tuple[str, str], ...]:
    """What every open review's menu ends with; whoever is in direct messages already needs no way there."""
    there = review.home.channel[:1] in ("U", "W", "D")
    # Whoever works in a channel does it before others, who may want the same tool; nobody else sees direct messages.
    return (*(() if there else ((ids.JOIN, "Join"), (ids.DM, "Continue in a DM"))), (ids.WITHDRAW, "Withdraw"))


def can_move(review: Review) -> bool:
    """Does its card stand where others read along, so that it can be joined and can move to direct messages?"""
    return any(act == ids.DM for act, _ in quiet_acts(review))


def withdraw_button(review: Review) -> Element:
    """Ends the review, after one question."""
    return button("Withdraw", ids.WITHDRAW, value=str(card_of(review)), confirm=withdraw_confirm(review))


def withdraw_confirm(review: Review) -> Element:
    """What withdrawing means."""
    return confirm(
        "Withdraw this review?",
        f"The review of {tool_of(review)[:60]} ends without a decision. You can ask again at any time.",
        "Withdraw",
        "Keep It",
    )


def condition_line(condition: Condition) -> Safe:
    """A dated duty: what, who, by when."""
    line = say("• {text} ({owner}", text=condition.text, owner=mention(condition.owner))
    if condition.before_go_live:
        line = say("{line}, before go-live", line=line)
    if condition.due_on is not None:
        line = say("{line}, by {due}", line=line, due=day_token(condition.due_on))
    if condition.added_by is not None:
        line = say("{line}, asked for by {who}", line=line, who=mention(condition.added_by))
    return say("{line})", line=line)


def condition_lines(
    decision: Decision, *, most: int = CONDITIONS_MOST, met: Collection[int] = frozenset()
) -> list[Safe]:
    """The conditions of a decision, the first ones in words; those that are closed, by their places, say so."""
    found = []
    for place, each in enumerate(decision.conditions):
        line = condition_line(each)
        found.append(say("{line}: *closed*", line=line) if place in met else line)
    return cut(found, most)


def drafted_blocks(drafted: Sequence[str]) -> list[Block]:
    """A model's lines, and whose they are; nothing at all where there are none."""
    if not drafted:
        return []
    lines_of_model = bullets(model_text(line) for line in drafted)
    return [*titled(say("In short"), lines_of_model), context(say("{drafted_by}", drafted_by=DRAFTED_BY))]


def people(users: Iterable[str]) -> Safe:
    """Several people, each mentioned."""
    whole: Safe | None = None
    for user in users:
        whole = mention(user) if whole is None else say("{whole}, {one}", whole=whole, one=mention(user))
    return whole if whole is not None else say("nobody")


def signed_lines(decision: Decision) -> list[tuple[Safe, str]]:
    """Who signed, each with the reason they gave; one line for all where nobody gave one, or nobody had to sign."""
    signed = decision.signatures
    if not signed:
        return [(say("*Signed by:* nobody had to, the rules allow it"), "")]
    if not any(each.rationale.strip() for each in signed):
        told = [(say("*Signed by:* {who}", who=people(decision.signed_by)), "")]
    else:
        told = [(_signed_line(each), each.rationale.strip()) for each in signed]
    if decision.risk_acceptance:  # whoever signs last does so one level up, and bears it
        line, reason = told[-1]
        told[-1] = (say("{line}, as a risk acceptance", line=line), reason)
    return told


def _signed_line(signature: Signature) -> Safe:
    line = say("*Signed by:* {who}", who=mention(signature.by))
    return say("{line}, the CISO", line=line) if signature.as_ciso else line


def signatures_line(review: Review, verdict: Verdict) -> Safe:
    """How many signatures there are, whose, and what is still missing."""
    wanted, missing = (need(review.package, verdict) if review.package else None), still_wanted(review, verdict)
    if verdict.outcome is Outcome.REJECT or wanted is None:
        return say("none can change this verdict")
    given = wanted.leads - missing.leads
    line = say("{given} of {leads}", given=given, leads=plural(wanted.leads, "security lead"))
    if wanted.ciso:
        line = say("{line}, then the CISO", line=line)
    if review.sign_offs:
        line = say("{line}, signed by {who}", line=line, who=people(sign.by for sign in review.sign_offs))
    return line
