"""Decisions told to people: what is on record for a tool, the news of an outcome, what nobody had to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bot.domain.decision import Decision, OwedCondition, Standing, is_met
from bot.domain.ids import DecisionId
from bot.domain.policy import Outcome
from bot.domain.review import Review, Stage
from bot.domain.tool import Tool
from bot.domain.upkeep import days_late, suspended_by_clock
from bot.knowledge import Knowledge
from bot.slack import ids, limits
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    button,
    context,
    date_token,
    day_token,
    divider,
    header,
    lines,
    mention,
    message,
    say,
    section,
)
from bot.slack.cards.parts import bullets, card_of, people, titled
from bot.slack.cards.records import decision_blocks, decision_state, pulled_back_blocks, suspended_words
from bot.slack.cards.words import STANDING_WORDS, decision_words, joined, reason_lines, scope_lines
from bot.use_cases.sign_off import PULL_BACK_WORKING_DAYS
from bot.use_cases.tellings import OutcomeTold, StandingTold

CONDITIONS_IN_LIST: Final = 3
CONDITIONS_IN_NEWS: Final = 12
FOUND_MOST: Final = 10
STAGE_WORDS: Final = {
    Stage.DESCRIBING: "its use is being described",
    Stage.ANSWERING: "its questions are being answered",
    Stage.SUBMITTED: "it is with the security leads",
    Stage.DECIDED: "it is decided",
    Stage.WITHDRAWN: "it was withdrawn",
}


def standing_card(told: StandingTold, k: Knowledge) -> dict[str, Any]:
    """What is on record for a tool somebody asked about, and the way on when their case differs."""
    tool = told.tool.name
    blocks: list[Block] = [header(f"On record: {tool}")]
    if told.covered is not None:
        blocks.append(section(say("A standing decision covers this use, so nothing more is needed.")))
    for decision, standing in told.decisions:
        met = told.met.get(decision.id, frozenset())
        blocks += [section(_headline(decision, standing)), *pulled_back_blocks(decision)]
        blocks += [*decision_blocks(decision, k, conditions=CONDITIONS_IN_LIST, standing=standing, met=met), divider()]
    if told.under_way is not None:
        blocks.append(section(under_way_line(told.under_way)))
    if not told.decisions and told.under_way is None:
        blocks.append(section(say("Nothing is on record for it any more.")))
    blocks.append(actions("standing|acts", *_ways_on(told)))
    return message(say("{tool}: {what}", tool=tool, what=_in_short(told)), blocks)


def _headline(decision: Decision, standing: Standing) -> Safe:
    words, state = decision_words(decision.outcome), STANDING_WORDS[standing]
    if standing is Standing.EXPIRED:
        state = "expired: ask for a fresh review before you go on"
    elif standing is Standing.VALID and not decision.allows:
        state = "in force: it may not be rolled out for this use"
    day = day_token(decision.decided_at.date())
    return say("*{words}* on {day}, {state}", words=words, day=day, state=state)


def under_way_line(review: Review) -> Safe:
    """Where a review stands, who asked, and since when."""
    return say(
        "*A review is under way:* {stage}. Asked by {who}, {when}.",
        stage=STAGE_WORDS[review.stage],
        who=mention(review.requester),
        when=date_token(review.opened_at, with_time=False),
    )


def _ways_on(told: StandingTold) -> list[Element]:
    ways: list[Element] = []
    review = told.under_way
    if review is not None:
        value = str(card_of(review))
        if told.asked_by in review.team:
            ways.append(button("Resume", ids.RESUME, value=value))
        else:
            ways.append(button("Join", ids.JOIN, value=value))
    differs = f"{told.tool.id}|{told.said}"[: limits.BUTTON_VALUE]
    counts = review is not None or any(standing is Standing.VALID for _, standing in told.decisions)
    label = "My Case Differs" if counts else "Start a New Review"
    # Whoever was just told that a decision covers the use has nothing left to do; the button stays for second thoughts.
    return [*ways, button(label, ids.NEW, value=differs)]


def _in_short(told: StandingTold) -> Safe:
    if told.covered is not None:
        return say("a standing decision covers this use, so nothing more is needed.")
    if told.decisions:
        decision, standing = told.decisions[0]
        words = decision_words(decision.outcome).lower()
        return say("{words}, {state}.", words=words, state=STANDING_WORDS[standing])
    return say("a review is under way.") if told.under_way else say("nothing is on record any more.")


def outcome_message(told: OutcomeTold, k: Knowledge) -> dict[str, Any]:
    """The news of a decision, to everyone concerned, with its reason."""
    decision, state = told.decision, decision_state(told.decision, told.standing)
    blocks: list[Block] = [header(state), *pulled_back_blocks(decision)]
    if decision.outcome is Outcome.REJECT or not any(each.rationale.strip() for each in decision.signatures):
        reasons = reason_lines(told.verdict, told.review.choices(), k)
        blocks += titled(say("What the rules see"), bullets(reasons))
    blocks += decision_blocks(decision, k, conditions=CONDITIONS_IN_NEWS, standing=told.standing, met=told.met)
    next_step = _next_step(decision, told.standing)
    blocks.append(context(next_step))
    return message(say("{state}. {next}", state=state, next=next_step), blocks)


def _next_step(decision: Decision, standing: Standing) -> Safe:
    if suspended_by_clock(decision):
        return say("Please take it to no new users until a security lead restores it.")
    if standing is Standing.EXPIRED and decision.allows:
        return say("Please take it to no new users. Ask for a fresh review with /preflight and the tool's name.")
    if decision.suspended_at is not None:
        return say("Please stop using it until this is settled. To change the case, ask again with /preflight.")
    if not decision.allows:
        return say("To try with changed answers, ask again with /preflight and the tool's name.")
    if decision.conditions:
        return say("You can roll it out, on these conditions.")
    return say("You can roll it out, for the use it covers.")


def self_serve_card(told: OutcomeTold, k: Knowledge) -> dict[str, Any]:
    """A decision that nobody had to sign, for the leads to look at."""
    decision = told.decision
    state = decision_state(decision, told.standing)
    blocks: list[Block] = [
        header(state),
        section(say("The rules allowed this without a signature. Asked by {who}.", who=people(told.review.team))),
        *pulled_back_blocks(decision),
        *decision_blocks(decision, k, standing=told.standing, met=told.met),
    ]
    if decision.suspended_at is None and told.standing is Standing.VALID:
        days = PULL_BACK_WORKING_DAYS
        blocks.append(actions("self_serve|acts", button("Pull Back", ids.PULL_BACK, value=decision.id)))
        blocks.append(context(say("Nothing to do. You can pull it back within {days} working days.", days=days)))
    return message(say("{state}, without a signature, as the rules allow.", state=state), blocks)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What there is under a name: decisions, newest first, a review under way, and tools called nearly the same."""

    decisions: Sequence[tuple[Decision, Standing]]
    under_way: Review | None = None
    near: Sequence[Tool] = ()
    duties: Mapping[DecisionId, Sequence[OwedCondition]] = field(default_factory=dict)
    today: date = date.min


def found_message(text: str, found: OnRecord, k: Knowledge) -> dict[str, Any]:
    """What `/preflight find` found, newest first."""
    blocks: list[Block] = [header(f"Decisions about {text}")]
    for decision, state in found.decisions[:FOUND_MOST]:
        blocks.append(section(_found(decision, state, k)))
        if state in (Standing.VALID, Standing.SUSPENDED):
            blocks += _conditions_found(decision, found.duties.get(decision.id, ()), found.today)
    if not found.decisions:
        blocks.append(
            section(say("There is no decision under that name. To ask for one, type /preflight and the name."))
        )
    if found.under_way is not None:
        blocks.append(section(under_way_line(found.under_way)))
    if found.near:
        names = joined(tool.name for tool in found.near)
        blocks.append(context(say("Similar names: {names}", names=names)))
    if not found.decisions:
        return message(say("There is no decision about {text}.", text=text), blocks)
    return message(say("Decisions about {text}: {n}", text=text, n=len(found.decisions)), blocks)


def _conditions_found(decision: Decision, duties: Sequence[OwedCondition], today: date) -> list[Block]:
    """How its dated conditions stand, and the way to close one."""
    dated = [each for each in duties if each.condition.due_on is not None]
    if not dated:
        return []
    open_ones = [each for each in dated if not is_met(each.condition, each.closing)]
    late_ones = sum(days_late(each, today) > 0 for each in dated)
    line = say("Conditions: {open} of {all} open", open=len(open_ones), all=len(dated))
    if open_ones:
        first = min(each.condition.due_on for each in open_ones if each.condition.due_on)
        line = say("{line}, the first due on {day}", line=line, day=day_token(first))
    if late_ones:
        line = say("{line}, *{n} late*", line=line, n=late_ones)
    if all(each.closing is not None for each in dated):
        return [section(line)]
    name = f"Close a condition of {decision.tool_name}"
    close = button("Close a Condition", ids.CONDITION_CHOOSE, value=decision.id, accessible=name)
    return [section(line, accessory=close)]


def _found(decision: Decision, state: Standing, k: Knowledge) -> Safe:
    day = day_token(decision.decided_at.date())
    words = decision_words(decision.outcome)
    found = [say("*{tool}: {words}* on {day}", tool=decision.tool_name, words=words, day=day)]
    if state is Standing.SUPERSEDED:
        found.append(say("Replaced by a newer decision."))
    elif state is Standing.SUSPENDED and decision.suspended_at is not None:
        how = suspended_words(decision).capitalize()
        found.append(say("{how} on {when}.", how=how, when=date_token(decision.suspended_at)))
    elif decision.allows:
        until = day_token(decision.valid_until)
        expired = state is Standing.EXPIRED
        found.append(say("Expired on {day}", day=until) if expired else say("Valid until {day}", day=until))
    return lines(*found, *bullets(scope_lines(decision.profile, k)))
