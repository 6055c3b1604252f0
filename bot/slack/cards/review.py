"""The review's own card, which moves on with the review: describe, answer, verdict, with the leads, decided, withdrawn.

It shows one stage at a time and changes none.
"""

from __future__ import annotations

from typing import Any

from bot.domain.decision import Decision
from bot.domain.policy import Outcome
from bot.domain.review import Review, Stage
from bot.domain.verdict import Verdict
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    actions,
    button,
    confirm,
    context,
    date_token,
    header,
    lines,
    mention,
    message,
    say,
    section,
)
from bot.slack.cards.describing import describing_card
from bot.slack.cards.parts import (
    can_move,
    card_of,
    more_menu,
    paragraphs,
    signatures_line,
    tool_of,
    withdraw_button,
)
from bot.slack.cards.question import question_card
from bot.slack.cards.records import decision_blocks, decision_state, pulled_back_blocks
from bot.slack.cards.verdict import verdict_card
from bot.slack.cards.words import lapsed_line, verdict_words
from bot.use_cases.tellings import ReviewTold


def review_card(told: ReviewTold, k: Knowledge) -> dict[str, Any]:
    """The card of a review as it stands now."""
    review = told.review
    if told.elsewhere:
        line = say("This review goes on in a direct message.")
        return message(line, [section(line)])
    if review.stage is Stage.WITHDRAWN:
        return _covered_card(review) if told.covered else _withdrawn_card(review)
    if review.stage is Stage.DECIDED:
        return _decided_card(told, told.decision, k)
    if review.stage is Stage.SUBMITTED:
        return _submitted_card(review, told.verdict)
    if told.question is not None and told.case is not None:
        return question_card(told, told.question, told.case, k)
    if told.verdict is not None and review.stage is Stage.ANSWERING:
        return verdict_card(review, told.verdict, told.improvements, k, lapsed=told.lapsed)
    return describing_card(review, k)


def _submitted_card(review: Review, verdict: Verdict | None) -> dict[str, Any]:
    tool, card = tool_of(review), card_of(review)
    told = [say("*With:* {who}", who=mention(review.claimed_by) if review.claimed_by else say("the security leads"))]
    if review.submitted_at is not None:
        told.append(say("*Since:* {when}", when=date_token(review.submitted_at)))
    if verdict is not None:
        told.append(say("*The rules say:* {words}", words=verdict_words(verdict.outcome)))
        told.append(say("*Signatures:* {line}", line=signatures_line(review, verdict)))
        if review.package is not None and review.package.lapsed and verdict.outcome is not Outcome.REJECT:
            told.append(lapsed_line(review.package.lapsed))
    blocks: list[Block] = [
        header(f"{tool} is with the security leads"),
        section(lines(*told)),
        section(say("You will hear the decision and its reason here. Until then, please don't roll it out.")),
        actions(
            "review|submitted",
            button(
                "Take Back to Change",
                ids.REOPEN,
                value=str(card),
                confirm=confirm(
                    "Take it back?",
                    "You can then change answers and send it again. Signatures given so far no longer count.",
                    "Take It Back",
                    "Leave It",
                ),
            ),
            button("Show the Sum", ids.SUM, value=str(card)),
            withdraw_button(review),
            *([more_menu(card, (ids.JOIN, "Join"))] if can_move(review) else []),
        ),
    ]
    return message(say("{tool} is with the security leads. There is nothing for you to do now.", tool=tool), blocks)


def _decided_card(told: ReviewTold, decision: Decision | None, k: Knowledge) -> dict[str, Any]:
    tool = tool_of(told.review)
    if decision is None:
        line = say("{tool}: this review is decided.", tool=tool)
        return message(line, [section(line)])
    state = decision_state(decision, told.standing)
    blocks: list[Block] = [
        header(state),
        *pulled_back_blocks(decision),
        *decision_blocks(decision, k, standing=told.standing, met=told.met),
        context(say("Something changed? Ask again with /preflight and the tool's name.")),
    ]
    return message(say("{state}. The card shows the reason and what it covers.", state=state), blocks)


def _covered_card(review: Review) -> dict[str, Any]:
    line = say(
        "The review of {tool} ended here: a standing decision covers exactly this use. It follows below.",
        tool=tool_of(review),
    )
    return message(line, paragraphs([line]))


def _withdrawn_card(review: Review) -> dict[str, Any]:
    line = say(
        "The review of {tool} is closed without a decision. To start again, type /preflight and the tool's name.",
        tool=tool_of(review),
    )
    return message(line, paragraphs([line]))
