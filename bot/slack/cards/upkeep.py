"""What the clock tells people: conditions due, decisions that end or are suspended, reviews that wait, open actions.

Each says what is the matter, since when, and the next step; whether somebody may take it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, assert_never

from bot.domain.decision import Condition, OwedCondition
from bot.domain.notice import NoticeKind
from bot.domain.upkeep import days_late
from bot.domain.waiting import Nudge
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    button,
    clip,
    confirm,
    context,
    date_token,
    day_token,
    header,
    lines,
    mention,
    message,
    quote,
    say,
    section,
)
from bot.slack.cards.parts import card_of, cut, people, titled, tool_of
from bot.slack.cards.words import plural
from bot.use_cases.upkeep_tellings import ActionsTold, ConditionsTold, DecisionTold, OwnAction, UpkeepTold, WaitingTold

SHOWN_MOST: Final = 10
WORDS_MOST: Final = 500  # characters of a condition or an action


def upkeep_message(told: UpkeepTold, kind: NoticeKind, k: Knowledge) -> dict[str, Any]:
    """The message of one reminder, or of what came of it."""
    match told:
        case ConditionsTold():
            return _conditions_card(told)
        case ActionsTold():
            return _handed(told) if kind is NoticeKind.ACTION_HANDED else _actions_card(told)
        case WaitingTold():
            return _waiting(told)
        case DecisionTold():
            return _decision(told, k)
        case other:
            assert_never(other)


# --- conditions of one owner ------------------------------------------------------------------------------------------


def _conditions_card(told: ConditionsTold) -> dict[str, Any]:
    if not told.own:
        line = say("None of your conditions is due now.")
        return message(line, [section(line)])
    blocks: list[Block] = [header("Your conditions that are due")]
    for own in told.own[:SHOWN_MOST]:
        tool, duty = own.decision.tool_name, own.duty
        text = clip(duty.condition.text, WORDS_MOST)
        said = [say("*{tool}:* {text}", tool=tool, text=text), due_words(duty, told.today)]
        if own.decision.suspended_at is not None:
            said.append(say("The decision is suspended until this is settled."))
        waits = duty.closing is not None
        if waits:
            said.append(say("A security lead looks at the evidence next."))
        blocks.append(section(lines(*said), accessory=None if waits else close_button(duty, tool)))
    if (more := len(told.own) - SHOWN_MOST) > 0:
        blocks.append(context(say("and {n} more: look the tools up with `/preflight find`", n=more)))
    blocks.append(context(say("Close one when it is done, with a sentence or a link that shows it.")))
    count = plural(len(told.own), "condition")
    return message(say("{count} of yours: due soon or late. Close what is done.", count=count), blocks)


def due_words(duty: OwedCondition, today: date) -> Safe:
    """When a condition is due, as one says it on a day."""
    due = duty.condition.due_on
    if due is None:
        return say("Standing duty")
    return _due(due, today, days_late(duty, today))


def _due(due: date, today: date, late: int) -> Safe:
    day = day_token(due)
    if late:
        return say("*{days} late*: it was due on {day}", days=plural(late, "day"), day=day)
    if due == today:
        return say("*Due today*, {day}", day=day)
    return say("Due on {day}, in {days}", day=day, days=plural((due - today).days, "day"))


def close_button(duty: OwedCondition, tool: str) -> Element:
    """Opens the form that closes one condition."""
    value = f"{duty.decision}|{duty.place}"
    return button("Close", ids.CONDITION_CLOSE, value=value, accessible=f"Close this condition of {tool}")


# --- decisions --------------------------------------------------------------------------------------------------------


def _decision(told: DecisionTold, k: Knowledge) -> dict[str, Any]:
    match told.notice.kind:
        case NoticeKind.CONDITION_LATE:
            return _late(told, k)
        case NoticeKind.CLOSING_CARD:
            return _closing_card(told)
        case NoticeKind.SENT_BACK:
            return _sent_back(told)
        case NoticeKind.EXPIRING:
            return _expiring(told)
        case NoticeKind.SUSPENDED_CARD:
            return _suspended_card(told, k)
        case NoticeKind.RESTORED:
            return _restored(told)
        case NoticeKind.RESTORE_OFFER:
            line = say("Every late condition of {tool} is closed. The decision is still suspended.", tool=_tool(told))
            blocks = [section(line), actions("decision|restore", _restore_button(told))]
            return message(say("{line} A lead can restore it.", line=line), blocks)
        case _:
            return _suspended(told)


def _called(told: DecisionTold) -> list[Safe]:
    """The leads who are asked to look: mentioned, because they have to act."""
    who = [each for each in told.notice.facts.get("who", "").split(",") if each]
    return [say("For {who}", who=people(who))] if who else []


def _tool(told: DecisionTold) -> str:
    return told.decision.tool_name


def _late(told: DecisionTold, k: Knowledge) -> dict[str, Any]:
    days = max((days_late(each, told.today) for each in told.duties), default=0)
    what = plural(len(told.duties), "condition")
    line = say("*{what} of {tool}:* {days} late", what=what, tool=_tool(told), days=plural(days, "day"))
    found = [_with_evidence(each, told.today) for each in told.duties]
    after = k.reminders.conditions.suspended
    blocks = [
        section(lines(line, *cut(found, SHOWN_MOST))),
        context(*_called(told), say("At {n} days the decision is suspended, and a lead has to restore it.", n=after)),
    ]
    return message(say("{what} of {tool}: {days} late.", what=what, tool=_tool(told), days=plural(days, "day")), blocks)


def _with_evidence(duty: OwedCondition, today: date) -> Safe:
    line = say("{line}, {due}", line=_short(duty.condition), due=due_words(duty, today))
    return line if duty.closing is None else say("{line}. Its evidence waits for your yes.", line=line)


def _short(condition: Condition) -> Safe:
    return say("• {text} ({owner})", text=clip(condition.text, WORDS_MOST), owner=mention(condition.owner))


def _closing_card(told: DecisionTold) -> dict[str, Any]:
    tool, duty = _tool(told), told.duties[0]
    closing = duty.closing
    if closing is None or closing.at.isoformat() != told.notice.facts.get("at"):
        line = say("{tool}: this evidence was sent back.", tool=tool)
        return message(line, [section(line)])
    blocks: list[Block] = [
        header(f"{tool}: is this condition met?"),
        section(_short(duty.condition)),
        section(say("Evidence from {who}, {when}:", who=mention(closing.by), when=date_token(closing.at))),
        quote(closing.evidence),
    ]
    if closing.confirmed_by is not None and closing.confirmed_at is not None:
        who, when = mention(closing.confirmed_by), date_token(closing.confirmed_at)
        blocks.append(section(say("*Closed:* {who} has seen it, {when}.", who=who, when=when)))
        return message(say("{tool}: this condition is closed.", tool=tool), blocks)
    value = f"{duty.decision}|{duty.place}|{closing.at.isoformat()}"
    blocks.append(
        actions(
            "condition|acts",
            button("Confirm", ids.CONDITION_CONFIRM, value=value, style="primary"),
            button("Send Back", ids.CONDITION_SEND_BACK, value=value),
        )
    )
    why = say("It was missing altogether, so it counts as closed only with a security lead's yes.")
    blocks.append(context(*_called(told), why))
    return message(say("{tool}: is this condition met? A security lead has to look.", tool=tool), blocks)


def _sent_back(told: DecisionTold) -> dict[str, Any]:
    facts, duty = told.notice.facts, told.duties[0]
    who = mention(facts.get("lead", ""))
    line = say("{who} sent the evidence for a condition of {tool} back:", who=who, tool=_tool(told))
    blocks: list[Block] = [section(lines(line, _short(duty.condition))), quote(facts.get("text", ""))]
    if duty.closing is None:
        blocks.append(actions("condition|again", close_button(duty, _tool(told))))
    text = say("The evidence for a condition of {tool} was sent back. It is open again.", tool=_tool(told))
    return message(text, blocks)


def _expiring(told: DecisionTold) -> dict[str, Any]:
    decision = told.decision
    days = (decision.valid_until - told.today).days
    when = say("on {day}, in {days}", day=day_token(decision.valid_until), days=plural(days, "day"))
    line = say("*The decision about {tool} ends {when}.*", tool=_tool(told), when=when)
    then = say("After that day nobody new may use it. A fresh review starts from the answers you gave.")
    fresh = button("Start a Fresh Review", ids.NEW, value=f"{decision.tool}|")
    blocks = [section(lines(line, then)), actions("decision|expiring", fresh)]
    return message(
        say("The decision about {tool} ends {when}. Start a fresh review.", tool=_tool(told), when=when), blocks
    )


def _suspended_card(told: DecisionTold, k: Knowledge) -> dict[str, Any]:
    tool, decision, restored = _tool(told), told.decision, told.restored
    stamp = told.notice.facts.get("suspended_at", "")
    if restored is not None and restored.suspended_at.isoformat() == stamp:
        line = say("{who} restored it, {when}:", who=mention(restored.by), when=date_token(restored.at))
        blocks = [header(f"{tool}: restored"), section(line), quote(restored.because)]
        return message(say("{tool}: restored.", tool=tool), blocks)
    if decision.suspended_at is None or decision.superseded_by is not None:
        line = say("{tool}: a newer decision stands in its place.", tool=tool)
        return message(line, [section(line)])
    days = k.reminders.conditions.suspended
    found = [_with_evidence(each, told.today) for each in told.late]
    blocks = [
        header(f"{tool}: suspended"),
        section(
            say(
                "Suspended by the clock, {when}. No new users until it counts again.",
                when=date_token(decision.suspended_at),
            )
        ),
        quote(decision.suspended_because),
        *(titled(say("Late now"), cut(found, SHOWN_MOST)) or [section(say("Nothing is late any more."))]),
        actions("decision|restore", _restore_button(told)),
        context(*_called(told), say("Restored with something late, it has {n} days once more.", n=days)),
    ]
    return message(say("{tool}: suspended, because a condition is late. A lead can restore it.", tool=tool), blocks)


def _restore_button(told: DecisionTold) -> Element:
    return button("Restore", ids.RESTORE, value=told.decision.id)


def _suspended(told: DecisionTold) -> dict[str, Any]:
    tool, decision = _tool(told), told.decision
    next_step = say("Please take it to no new users. Once the condition is closed, a security lead can restore it.")
    blocks: list[Block] = [
        header(f"{tool}: suspended"),
        section(next_step),
        quote(decision.suspended_because),
        actions("condition|choose", button("Close a Condition", ids.CONDITION_CHOOSE, value=decision.id)),
    ]
    return message(say("{tool}: suspended, because a condition is late. {next}", tool=tool, next=next_step), blocks)


def _restored(told: DecisionTold) -> dict[str, Any]:
    tool, restored = _tool(told), told.restored
    line = say(
        "The decision about {tool} counts again, until {day}.", tool=tool, day=day_token(told.decision.valid_until)
    )
    blocks: list[Block] = [section(line)]
    if restored is not None:
        blocks += [section(say("{who} restored it:", who=mention(restored.by))), quote(restored.because)]
    blocks += titled(say("Still late"), [_with_owner(each, told.today) for each in told.late[:SHOWN_MOST]])
    return message(line, blocks)


def _with_owner(duty: OwedCondition, today: date) -> Safe:
    return say("{line}, {due}", line=_short(duty.condition), due=due_words(duty, today))


# --- reviews that wait ------------------------------------------------------------------------------------------------


def _waiting(told: WaitingTold) -> dict[str, Any]:
    review, facts = told.review, told.notice.facts
    tool, days = tool_of(review), plural(int(facts.get("days", "0")), "working day")
    if told.notice.kind is NoticeKind.STALLED:
        return _stalled(told, tool, days)
    if told.notice.kind is NoticeKind.CISO_WAITS:
        waits = say("*{tool}* has waited {days} for the security leads.", tool=tool, days=days)
        where = say("Asked for by {who}. Its card stands in the security channel.", who=people(review.team))
        text = say("{tool} has waited {days} for the security leads.", tool=tool, days=days)
        return message(text, [section(lines(waits, where))])
    who = [each for each in facts.get("who", "").split(",") if each]
    line = say("*{tool}* has waited {days} for a signature.", tool=tool, days=days)
    if review.claimed_by is not None:
        line = say("{line} {who} is looking at it.", line=line, who=mention(review.claimed_by))
    elif who:
        line = say("{line} Who takes it? {who}", line=line, who=people(who))
    return message(say("{tool} has waited {days} for a signature.", tool=tool, days=days), [section(line)])


def _stalled(told: WaitingTold, tool: str, days: str) -> dict[str, Any]:
    resume = button("Resume", ids.RESUME, value=str(card_of(told.review)), accessible=f"Resume the review of {tool}")
    if told.notice.facts.get("stage") == Nudge.PAUSED:
        line = say("*The review of {tool} is paused:* {days} without an answer.", tool=tool, days=days)
        then = say("I remind nobody of it any more. Nothing is lost: Resume takes it up where it stands.")
        text = say("The review of {tool} is paused. Nothing is lost; press Resume to take it up.", tool=tool)
    else:
        line = say("*The review of {tool} waits for you:* {days} without an answer.", tool=tool, days=days)
        then = say("“I don't know” is an answer too. If it is no longer wanted, withdraw it on its card.")
        text = say("The review of {tool} waits for your answers. Press Resume to go on.", tool=tool)
    return message(text, [section(lines(line, then)), actions("review|stalled", resume)])


# --- actions of one owner ---------------------------------------------------------------------------------------------


def _actions_card(told: ActionsTold) -> dict[str, Any]:
    if not told.own:
        line = say("You have no open action.")
        return message(line, [section(line)])
    late = sum(each.action.due_on < told.today for each in told.own)
    blocks: list[Block] = [header("Your open actions"), *_action_blocks(told.own, told.today)]
    count = plural(len(told.own), "open action")
    text = say("{count} from client reviews, {late} overdue.", count=count, late=late)
    return message(text, blocks)


def _handed(told: ActionsTold) -> dict[str, Any]:
    line = say("An action of a client review is yours now: its owner said it is not theirs. Please find its owner.")
    return message(line, [section(line), *_action_blocks(told.own, told.today)])


def _action_blocks(own: Sequence[OwnAction], today: date) -> Iterable[Block]:
    for each in own[:SHOWN_MOST]:
        action = each.action
        card = f"{action.id}|{action.version}"
        late = max(0, (today - action.due_on).days)
        text, client = clip(action.text, WORDS_MOST), each.client_name
        said = [say("*{client}:* {text}", client=client, text=text), _due(action.due_on, today, late)]
        if action.meetings:
            said.append(say("Carried over {times}.", times=plural(action.meetings, "time")))
        yield section(lines(*said))
        short = clip(action.text, 30)
        not_mine = confirm(
            "Is it not yours?",
            "The host of this client's reviews gets it and finds its owner. It stays open.",
            "Hand It On",
            "Keep It",
        )
        yield actions(
            f"action|{action.id}",
            button("Done", ids.ACTION_DONE, value=card, accessible=f"Done: {short}"),
            button("New Date", ids.ACTION_DATE, value=card, accessible=f"New date: {short}"),
            button("Not Mine", ids.ACTION_NOT_MINE, value=card, confirm=not_mine, accessible=f"Not mine: {short}"),
        )
    if (more := len(own) - SHOWN_MOST) > 0:
        yield context(say("and {n} more; they follow when these are done", n=more))
