"""The sum behind a verdict, every point as a row. It adds nothing up anew: it prints the verdict's own rows.

The rows name answers and facts by their codes, as they stand on record for ever; here they get the words of the cards.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bot.domain.bank import GUIDELINES
from bot.domain.ids import QuestionId
from bot.domain.profile import UNKNOWN
from bot.domain.verdict import Row, Verdict
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import Block, Safe, clean, context, lines, modal, say, section
from bot.slack.cards.parts import bullets
from bot.slack.cards.words import answer_words, fact_words, plural, verdict_words

RISK_PARTS: Final = (("data", "Data"), ("reach", "Reach"), ("position", "Position"))
FACTS_OF: Final = {"data": ("data",), "reach": ("users",), "position": ("kinds", "layers")}
ANSWER_ROW: Final = re.compile(r"(G[1-7][A-Z0-9-]*): (.+?)( \(too old\))?, (gap \d, weight \d)")
PART_MOST: Final = 2_900  # characters of one block of fixed width


def sum_view(verdict: Verdict, k: Knowledge) -> dict[str, Any]:
    """How the numbers come about, part by part; the rows of a part add up to its number."""
    gaps = ", ".join(str(points) for points in k.policy.scoring.gap_points)
    blocks: list[Block] = [section(lines(*_result(verdict, k)))]
    inherent = say("*Risk before any protection: {n} of 100, tier {tier}*", n=verdict.inherent, tier=verdict.tier)
    blocks.append(section(inherent))
    for part, title in RISK_PARTS:
        blocks += _part(verdict, part, title, k)
    blocks.append(section(say("*What is missing, by guideline*")))
    rule = say("An answer counts its weight times the points of its gap: {gaps} for gaps 0 to 4.", gaps=gaps)
    blocks.append(context(rule))
    for code in GUIDELINES:
        if any(row.part == code for row in verdict.rows):
            blocks += _part(verdict, code, f"{code} {k.guidelines[code].title}" if code in k.guidelines else code, k)
    blocks.append(section(say("*Together: {gap} of 100*", gap=verdict.control_gap)))
    blocks += _part(verdict, "control_gap", "Missing protection", k)
    blocks.append(context(say("Rules {version}", version=verdict.bank_version)))
    return modal(ids.READ_ONLY, "How the sum adds up", blocks, close="Close")


def _result(verdict: Verdict, k: Knowledge) -> list[Safe]:
    floors = k.policy.verdicts.floors
    steps = [
        say(
            "Tier {tier} with {gap} of 100 missing leaves a {band} risk.",
            tier=verdict.tier,
            gap=verdict.control_gap,
            band=verdict.band.name.lower(),
        )
    ]
    steps += [say("{code}: {because}", code=code, because=floors[code].because) for code in verdict.floors]
    if verdict.blockers:
        steps.append(say("Ruled out by {answers}.", answers=plural(len(verdict.blockers), "answer")))
    return [say("*{words}*", words=verdict_words(verdict.outcome)), *bullets(steps)]


def _part(verdict: Verdict, part: str, title: str, k: Knowledge) -> list[Block]:
    rows = [row for row in verdict.rows if row.part == part]
    printed = [*(_printed(row, k) for row in rows), f"{sum(row.points for row in rows):>5}  {title}, in all"]
    blocks: list[Block] = []
    page: list[str] = []
    for line in printed:
        if page and sum(len(each) + 1 for each in page) + len(line) > PART_MOST:
            blocks.append(_fixed_width(page))
            page = []
        page.append(line)
    return [*blocks, _fixed_width(page)]


def _printed(row: Row, k: Knowledge) -> str:
    points = f"{row.points:>5}  "
    return points + ("\n" + " " * len(points)).join(" ".join(clean(each).split()) for each in _in_words(row, k))


def _in_words(row: Row, k: Knowledge) -> list[str]:
    """A row with labels for its codes; one whose codes are not known any more is printed as it is on record."""
    if (answer := ANSWER_ROW.fullmatch(row.what)) is not None:
        asked, codes, too_old, weighed = answer.groups(default="")
        question = k.bank.by_id.get(QuestionId(asked))
        chosen = () if codes == "none" and question and "none" not in question.by_code else tuple(codes.split(", "))
        if question is None or not {*chosen} <= {*question.by_code, UNKNOWN}:
            return [row.what]
        return [question.text, f"{answer_words(question, chosen)}{too_old}, {weighed}"]
    what, _, code = row.what.partition(": ")
    for fact in FACTS_OF.get(row.part, ()):
        if code in k.facts[fact].values:
            return [f"{what}: {fact_words(fact, code, k)}"]
    return [row.what]


def _fixed_width(printed: list[str]) -> Block:
    node = {"type": "text", "text": "\n".join(printed)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [node]}]}
