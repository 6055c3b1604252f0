"""One client as the register knows it: its reviews, its people, and which tools and decisions touch it. Only shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.client import Series
from bot.domain.client_review import State
from bot.domain.decision import Standing
from bot.domain.times import local_date, zone_of
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Safe,
    actions,
    button,
    channel_mention,
    context,
    day_token,
    mention,
    modal,
    say,
    section,
)
from bot.slack.cards.clients import rhythm_words
from bot.slack.cards.decision import STAGE_WORDS
from bot.slack.cards.parts import bullets, cut, paragraphs, people, titled, tool_of
from bot.slack.cards.records import decision_state
from bot.slack.cards.words import plural
from bot.use_cases.clients import Shown
from bot.use_cases.pack_words import OUTCOME_WORDS, day_words

TOOLS_MOST: Final = 25
PAST_WORDS: Final[Mapping[State, str]] = {
    State.PLANNED: "put off after it had begun",
    State.OPEN: "runs",
    State.HELD: "held",
    State.SKIPPED: "called off",
    State.MISSED: "begun, and never closed",
}


def client_view(shown: Shown, k: Knowledge) -> dict[str, Any]:
    """Everything about one client, with *Edit* for whoever may change it."""
    client = shown.client
    facts = [
        say("*Account owner:* {who}", who=mention(client.account_owner)),
        say("*Time zone:* {zone}", zone=client.zone),
    ]
    if client.aliases:
        facts.append(say("*Also called:* {aliases}", aliases=", ".join(client.aliases)))
    if client.frameworks:
        labels = [k.register.frameworks[code] for code in sorted(client.frameworks)]
        facts.append(say("*Holds us to:* {labels}", labels="; ".join(labels)))
    if client.channel:
        facts.append(say("*Our channel:* {channel}", channel=channel_mention(client.channel)))
    if client.left_on is not None:
        facts.append(say("*Left on* {day}: no reviews any more.", day=day_token(client.left_on)))
    blocks: list[Block] = [section(say("*{name}*", name=client.name)), *paragraphs(facts)]
    if client.left_on is None:
        blocks += titled(say("Security reviews"), _reviews(shown.series, shown))
    blocks += titled(say("Tools on record that touch it"), _decisions(shown))
    blocks += titled(say("Tools under review that touch it"), _under_way(shown))
    blocks += _past(shown)
    if not shown.decisions and not shown.under_way:
        blocks.append(section(say("No tool on record names it, or says “all clients”.")))
    if shown.nameless:
        blocks.append(
            context(
                say(
                    "{n} more on record don't say which clients they touch: they may concern this one.",
                    n=plural(shown.nameless, "tool"),
                )
            )
        )
    if shown.mine:
        blocks.append(actions("client|acts", button("Edit", ids.CLIENT_EDIT, value=client.id)))
    return modal(ids.READ_ONLY, "Client", blocks, close="Close")


def _reviews(series: Series | None, shown: Shown) -> list[Safe]:
    if series is None:
        return [say("None is set up.")]
    found = [
        rhythm_words(series),
        say("{host} holds them; {other} stands in.", host=mention(series.host), other=mention(series.stand_in)),
    ]
    if shown.next_on is not None:
        found.append(say("The next one is on {day}.", day=day_token(shown.next_on)))
    if series.our_side:
        found.append(say("From our side also {who}.", who=people(series.our_side)))
    if series.client_side:
        found.append(say("From the client's side: {who}.", who=", ".join(series.client_side)))
    if series.slower is not None:
        because = say(
            "Less often than weekly until {day}, as {who} allows: {because}",
            day=day_token(series.slower.until),
            who=mention(series.slower.by),
            because=series.slower.because,
        )
        found.append(because)
    return found


def _past(shown: Shown) -> list[Block]:
    """The reviews that were begun, each with the way to its pack as it was."""
    if not shown.past:
        return []
    blocks: list[Block] = [section(say("*Past reviews*"))]
    for each in shown.past:
        on = local_date(each.start_at, zone_of(each.zone))
        line = say("{day}: {what}", day=day_token(on), what=PAST_WORDS[each.state])
        if each.outcome is not None:
            line = say("{line}. {words}", line=line, words=OUTCOME_WORDS[each.outcome])
        see = button("Show Pack", ids.MEET_PACK, value=ids.meet_value(each.id), accessible=f"Pack of {day_words(on)}")
        blocks.append(section(line, accessory=see))
    return blocks


def _decisions(shown: Shown) -> list[Safe]:
    found = []
    for decision, standing in shown.decisions:
        state = decision_state(decision, standing)
        if standing is Standing.VALID and decision.allows:
            state = say("{state}, until {day}", state=state, day=day_token(decision.valid_until))
        found.append(state)
    return cut(bullets(found), TOOLS_MOST)


def _under_way(shown: Shown) -> list[Safe]:
    found = [say("{tool}: {stage}", tool=tool_of(each), stage=STAGE_WORDS[each.stage]) for each in shown.under_way]
    return cut(bullets(found), TOOLS_MOST)
