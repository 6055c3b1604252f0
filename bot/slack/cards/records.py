"""A decision as it stands on record, for every card that shows one. It judges no decision."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.decision import Decision, Standing
from bot.domain.upkeep import suspended_by_clock
from bot.knowledge import Knowledge
from bot.slack.cards.blocks import Block, Safe, date_token, day_token, quote, say, section
from bot.slack.cards.parts import CONDITIONS_MOST, bullets, condition_lines, signed_lines, titled
from bot.slack.cards.words import decision_words, scope_lines


def decision_state(decision: Decision, standing: Standing = Standing.VALID) -> Safe:
    """The tool and what was decided, in one line without markup, and whether it counts no more."""
    words = decision_words(decision.outcome).lower()
    state = say("{tool}: {words}", tool=decision.tool_name, words=words)
    if decision.suspended_at is not None:
        return say("{state}, {how}", state=state, how=suspended_words(decision))
    ended = standing is Standing.EXPIRED and decision.allows
    return say("{state}, expired", state=state) if ended else state


def decision_in_short(decision: Decision, standing: Standing) -> Safe:
    """What was decided and whether it counts, for a list in which the tool is named already."""
    words, until = decision_words(decision.outcome).lower(), day_token(decision.valid_until)
    match standing:
        case Standing.SUPERSEDED:
            return say("{words}, replaced by a newer decision", words=words)
        case Standing.SUSPENDED:
            return say("{words}, {how}", words=words, how=suspended_words(decision))
        case Standing.EXPIRED if decision.allows:
            return say("{words}, *expired* on {day}", words=words, day=until)
        case Standing.VALID if decision.allows:
            return say("{words}, until {day}", words=words, day=until)
        case _:
            return say("{words}", words=words)


def suspended_words(decision: Decision) -> str:
    """How a decision came not to count: a lead pulled it back, or a condition of it was late."""
    return "suspended" if suspended_by_clock(decision) else "pulled back"


def pulled_back_blocks(decision: Decision) -> list[Block]:
    """That a decision does not count at the moment, and why."""
    if decision.suspended_at is None:
        return []
    when = date_token(decision.suspended_at)
    line = say("*Pulled back* by the security leads on {when}. Please stop using it until this is settled.", when=when)
    if suspended_by_clock(decision):
        line = say("*Suspended* on {when}. Please take it to no new users until it counts again.", when=when)
    return [section(line), *([quote(decision.suspended_because)] if decision.suspended_because.strip() else [])]


def decision_blocks(
    decision: Decision,
    k: Knowledge,
    *,
    conditions: int = CONDITIONS_MOST,
    standing: Standing = Standing.VALID,
    met: Collection[int] = frozenset(),
) -> list[Block]:
    """A decision in full: who, why, on which conditions, until when, for which use."""
    blocks: list[Block] = []
    for line, reason in signed_lines(decision):
        blocks += [section(line), *([quote(reason)] if reason else [])]
    blocks += titled(say("Conditions"), condition_lines(decision, most=conditions, met=met))
    if decision.allows:
        until = day_token(decision.valid_until)
        expired = say("*Expired on {day}.* Ask for a fresh review before anybody new uses it.", day=until)
        blocks.append(section(expired if standing is Standing.EXPIRED else say("*Valid until:* {day}", day=until)))
        blocks += titled(say("It covers exactly this use"), bullets(scope_lines(decision.profile, k)))
    else:
        blocks += titled(say("It was about this use"), bullets(scope_lines(decision.profile, k)))
    return blocks
