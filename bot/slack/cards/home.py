"""The App Home tab: what waits for me, my reviews, how to ask. It shows what is there when it is opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from bot.domain.decision import Decision, Standing
from bot.domain.ids import OccurrenceId, ReviewId
from bot.domain.review import Review
from bot.knowledge import Knowledge
from bot.slack.cards.blocks import (
    Block,
    Safe,
    context,
    date_token,
    day_token,
    divider,
    header,
    home,
    mention,
    say,
    section,
)
from bot.slack.cards.notes import UNDECIDED, how_to_ask, my_reviews, with_link
from bot.slack.cards.parts import people, tool_of
from bot.slack.cards.week import hosted_blocks, late_blocks, owed_blocks
from bot.slack.cards.words import decision_words, plural
from bot.use_cases.week import SHOWN_MOST, Week

NOWHERE: Final[Mapping[ReviewId, str]] = {}
NO_PACK: Final[Mapping[OccurrenceId, str]] = {}
NOTHING: Final[Mapping[ReviewId, int]] = {}


def home_view(
    mine: Sequence[Review],
    waiting: Sequence[Review],
    week: Week,
    k: Knowledge,
    *,
    is_lead: bool,
    tiers: Mapping[ReviewId, int] = NOTHING,
    my_links: Mapping[ReviewId, str] = NOWHERE,
    lead_links: Mapping[ReviewId, str] = NOWHERE,
    pack_links: Mapping[OccurrenceId, str] = NO_PACK,
    paused: Collection[ReviewId] = (),
    decided: Mapping[ReviewId, tuple[Decision, Standing]] = UNDECIDED,
) -> dict[str, Any]:
    """A person's own page; `waiting` are the reviews that wait for the leads. The links lead to their cards."""
    blocks: list[Block] = []
    if is_lead:
        blocks += [header("Waiting for the security leads"), *_waiting(waiting, lead_links, tiers)]
        if week.leads is not None:
            blocks += late_blocks(week.leads, waiting=False)
        blocks.append(divider())
    if hosted := hosted_blocks(week, pack_links):
        blocks += [header("My client reviews this week"), *hosted, divider()]
    blocks += [header("Waiting for me"), *owed_blocks(week), divider()]
    blocks += [header("My reviews"), *_mine(mine, my_links, paused, decided), divider()]
    blocks += [header("How to ask"), *how_to_ask()]
    return home(blocks)


def _waiting(reviews: Sequence[Review], links: Mapping[ReviewId, str], tiers: Mapping[ReviewId, int]) -> list[Block]:
    if not reviews:
        return [section(say("Nothing waits for a signature."))]
    blocks: list[Block] = [
        section(with_link(_waits(review, tiers.get(review.id)), links.get(review.id)))
        for review in reviews[:SHOWN_MOST]
    ]
    return [*blocks, context(say("Each has its card in the security channel.")), *_more(reviews)]


def _waits(review: Review, tier: int | None) -> Safe:
    line = say("*{tool}*, asked for by {who}", tool=tool_of(review), who=mention(review.requester))
    if tier is not None:
        line = say("{line}, tier {tier} of 4", line=line, tier=tier)
    if review.submitted_at is not None:
        line = say("{line}, waiting since {when}", line=line, when=date_token(review.submitted_at))
    if review.go_live is not None:
        line = say("{line}, wanted from {day}", line=line, day=day_token(review.go_live))
    if review.package is not None:
        line = say("{line}. Would be: {words}", line=line, words=decision_words(review.package.outcome).lower())
    if review.sign_offs:
        signed = plural(len(review.sign_offs), "signature")
        who = people(sign.by for sign in review.sign_offs)
        line = say("{line}. {signed} so far ({who}); more are needed", line=line, signed=signed, who=who)
    if review.claimed_by is not None:
        line = say("{line}. {who} is looking at it", line=line, who=mention(review.claimed_by))
    return line


def _mine(
    reviews: Sequence[Review],
    links: Mapping[ReviewId, str],
    paused: Collection[ReviewId],
    decided: Mapping[ReviewId, tuple[Decision, Standing]],
) -> list[Block]:
    if not reviews:
        return [section(say("You have no review yet. Name a tool to start one, as shown below."))]
    return [*my_reviews(reviews[:SHOWN_MOST], links, paused=paused, decided=decided), *_more(reviews)]


def _more(reviews: Sequence[Review]) -> list[Block]:
    more = len(reviews) - SHOWN_MOST
    return [context(say("and {n} more", n=more))] if more > 0 else []
