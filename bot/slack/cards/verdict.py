"""The card that shows what the rules say of a tool, why, and the smallest change that would make it better.

It shows the sum's result; the sum itself is a modal of its own. Nothing is computed here.
"""

from __future__ import annotations

from typing import Any, Final

from bot.domain.answers import missing_extras
from bot.domain.approval import TO_ADD, raised
from bot.domain.ids import QuestionId
from bot.domain.improve import Improvement
from bot.domain.policy import Approver, Outcome
from bot.domain.review import Review
from bot.domain.verdict import Verdict
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import Block, Safe, actions, button, context, header, lines, message, say, section
from bot.slack.cards.parts import (
    CONDITIONS_MOST,
    bullets,
    card_of,
    cut,
    more_menu,
    quiet_acts,
    submit_value,
    titled,
    tool_of,
)
from bot.slack.cards.question import extras_wanted
from bot.slack.cards.words import (
    approver_words,
    deadline_words,
    duty_line,
    improvement_words,
    lapsed_line,
    plural,
    reason_lines,
    strength_lines,
    verdict_words,
)

IMPROVEMENTS_MOST: Final = 3
EXTRAS_MOST: Final = 3
VERSION_SHOWN: Final = 8  # of the rules' digest: enough to tell two apart


def verdict_card(
    review: Review,
    verdict: Verdict,
    improvements: tuple[Improvement, ...],
    k: Knowledge,
    *,
    lapsed: tuple[str, ...] = (),
) -> dict[str, Any]:
    """All questions are answered: what that means, and where it goes from here."""
    tool, words = tool_of(review), verdict_words(verdict.outcome)
    blocks: list[Block] = [
        header(f"{tool}: {words[0].lower()}{words[1:]}"),
        *titled(say("Why"), bullets(reason_lines(verdict, review.choices(), k))),
        *improvement_blocks(improvements, verdict),
        *titled(say("Strengths, by guideline"), bullets(strength_lines(verdict, k))),
        *titled(say("Conditions"), cut([duty_line(duty) for duty in verdict.duties], CONDITIONS_MOST))
        * (verdict.outcome is not Outcome.REJECT),
        section(lines(*signing_lines(verdict, lapsed))),
        *extras_wanted(review, k, most=EXTRAS_MOST),
        *_left_out(review, verdict, k),
        actions("review|verdict", *_acts(review, verdict, lapsed)),
        context(measure_line(verdict)),
    ]
    return message(say("{tool}: {words}. {next}", tool=tool, words=words, next=_next_step(verdict, lapsed)), blocks)


def improvement_blocks(improvements: tuple[Improvement, ...], verdict: Verdict) -> list[Block]:
    """The smallest change first, then up to two others."""
    shown = [improvement_words(each, verdict.outcome) for each in improvements[:IMPROVEMENTS_MOST]]
    if not shown:
        return []
    others = [say("Or: {words}", words=words) for words in shown[1:]]
    return titled(say("The smallest change that would improve it"), [shown[0], *others])


def signing_lines(verdict: Verdict, lapsed: tuple[str, ...] = ()) -> list[Safe]:
    """Who has to sign, why that is one level more if it is, and for how long it would stand."""
    if verdict.outcome is Outcome.REJECT:
        return [say("*Who signs:* signatures can't change this verdict; other answers can.")]
    months = plural(verdict.months, "month")
    return [
        say("*Who signs:* {who}", who=approver_words(_signs(verdict, lapsed))),
        *([lapsed_line(lapsed)] if lapsed else []),
        say("*For how long:* at most {months}", months=months),
    ]


def left_out_of(review: Review, verdict: Verdict, k: Knowledge) -> list[tuple[QuestionId, str]]:
    """The names, dates and links that belong to answers and were left out; each question's become one condition."""
    return [each for each in missing_extras(review.answers, k.bank) if each[0] in verdict.asked]


def left_out_words(review: Review, verdict: Verdict, k: Knowledge) -> str:
    """How many of them, in words; empty when nothing was left out."""
    number = len(left_out_of(review, verdict, k))
    return plural(number, "name, date or link") if number == 1 else f"{number} names, dates or links" if number else ""


def _left_out(review: Review, verdict: Verdict, k: Knowledge) -> list[Block]:
    """What else was left out, and what becomes of it. Nothing of this holds for a tool that is ruled out."""
    number = len(left_out_of(review, verdict, k))
    if not number or verdict.outcome is Outcome.REJECT:
        return []
    line = say("What is left out becomes a condition, to be added {due}.", due=deadline_words(TO_ADD))
    if (more := number - EXTRAS_MOST) > 0:
        line = say("{more} more like these are missing. {line}", more=more, line=line)
    return [context(line)]


def measure_line(verdict: Verdict) -> Safe:
    """The numbers behind the words, for those who want them."""
    return say(
        "Tier {tier} of 4 · missing protection {gap} of 100 · risk left: {band} · rules {version}",
        tier=verdict.tier,
        gap=verdict.control_gap,
        band=verdict.band.name.lower(),
        version=verdict.bank_version[:VERSION_SHOWN],
    )


def _signs(verdict: Verdict, lapsed: tuple[str, ...]) -> Approver:
    return raised(verdict.approver, lapsed=bool(lapsed))


def _next_step(verdict: Verdict, lapsed: tuple[str, ...]) -> str:
    if verdict.outcome is Outcome.REJECT:
        return "The card shows the smallest change that would help."
    if _signs(verdict, lapsed) is Approver.SELF_SERVE:
        return "Record the decision when it is right."
    return "Send it to the security leads when it is right."


def _acts(review: Review, verdict: Verdict, lapsed: tuple[str, ...]) -> list[dict[str, Any]]:
    card, value = card_of(review), str(card_of(review))
    self_serve = _signs(verdict, lapsed) is Approver.SELF_SERVE
    label = "Record the Decision" if self_serve else "Send to the Security Leads"
    return [
        button(label, ids.SUBMIT, value=submit_value(review, verdict, lapsed), style="primary"),
        button("Show the Sum", ids.SUM, value=value),
        button("Change an Answer", ids.CHANGE_ANSWER, value=value),
        more_menu(
            card,
            (ids.FORM, "Answer as a Form"),
            (ids.PROFILE, "Change the Profile"),
            *(() if self_serve else ((ids.NOTE, "Add a Note for the Leads"),)),
            # A menu holds five; the answers are all given, so there is nothing left that a DM would keep private.
            *(each for each in quiet_acts(review) if each[0] != ids.DM),
        ),
    ]
