"""A decision as it stands on record, for every card that shows one. It judges no decision."""

from __future__ import annotations

from bot.domain.decision import Decision
from bot.knowledge import Knowledge
from bot.slack.cards.blocks import Block, Safe, date_token, day_token, quote, say, section
from bot.slack.cards.parts import CONDITIONS_MOST, bullets, condition_lines, signed_lines, titled
from bot.slack.cards.words import decision_words, scope_lines


def decision_state(decision: Decision) -> Safe:
    """The tool and what was decided, in one line without markup."""
    words = decision_words(decision.outcome).lower()
    state = say("{tool}: {words}", tool=decision.tool_name, words=words)
    return state if decision.suspended_at is None else say("{state}, pulled back", state=state)


def pulled_back_blocks(decision: Decision) -> list[Block]:
    """That a decision does not count at the moment, and why."""
    if decision.suspended_at is None:
        return []
    when = date_token(decision.suspended_at)
    line = say("*Pulled back* by the security leads on {when}. Please stop using it until this is settled.", when=when)
    return [section(line), *([quote(decision.suspended_because)] if decision.suspended_because.strip() else [])]


def decision_blocks(decision: Decision, k: Knowledge, *, conditions: int = CONDITIONS_MOST) -> list[Block]:
    """A decision in full: who, why, on which conditions, until when, for which use."""
    blocks: list[Block] = []
    for line, reason in signed_lines(decision):
        blocks += [section(line), *([quote(reason)] if reason else [])]
    blocks += titled(say("Conditions"), condition_lines(decision, most=conditions))
    if decision.allows:
        blocks.append(section(say("*Valid until:* {day}", day=day_token(decision.valid_until))))
        blocks += titled(say("It covers exactly this use"), bullets(scope_lines(decision.profile, k)))
    else:
        blocks += titled(say("It was about this use"), bullets(scope_lines(decision.profile, k)))
    return blocks
