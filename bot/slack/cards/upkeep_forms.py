"""The forms of what the clock asks for: evidence, a reason, another day. They hold an id and decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from bot.domain.client_review import ActionItem
from bot.domain.decision import Condition, Decision, OwedCondition
from bot.domain.upkeep import late
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Safe,
    clip,
    date_input,
    input_block,
    mention,
    modal,
    option,
    quote,
    say,
    section,
    select,
    text_input,
)
from bot.slack.cards.parts import cut, titled
from bot.slack.limits import SELECT_OPTIONS

VALUE: Final = "value"
WHICH: Final = "condition|which"
EVIDENCE: Final = "condition|evidence"
REASON: Final = "upkeep|reason"
DAY: Final = "action|day"
EVIDENCE_MOST: Final = 1_000
REASON_MOST: Final = 1_500
SHOWN_MOST: Final = 5
FOR_AUDITORS: Final = "One or two sentences: an auditor will read them years from now."


def close_view(decision: Decision, duties: Sequence[OwedCondition]) -> dict[str, Any]:
    """Say that a condition is met, and how one can see it; with several open ones, first which."""
    blocks: list[Block] = [section(say("*{tool}*, on these conditions:", tool=decision.tool_name))]
    metadata = str(decision.id)
    if len(duties) == 1:
        blocks[0] = section(say("*{tool}:* {line}", tool=decision.tool_name, line=_line(duties[0].condition)))
        metadata = f"{decision.id}|{duties[0].place}"
    else:
        options = [option(each.condition.text, str(each.place)) for each in duties[:SELECT_OPTIONS]]
        blocks.append(input_block("Which one is met?", select(VALUE, options), block_id=WHICH))
    blocks.append(_evidence("A sentence or a link. What was missing altogether is seen by a security lead too."))
    return modal(ids.CLOSE_PAGE, "Close a condition", blocks, submit="Close It", metadata=metadata)


def closed_view(*, counts: bool) -> dict[str, Any]:
    """What became of it, to whoever sent the form."""
    done = say("It is on record as closed.")
    waits = say("It is on record. A security lead looks at the evidence next; until then it counts as open.")
    return modal(ids.READ_ONLY, "Recorded", [section(done if counts else waits)], close="Done")


def send_back_view(decision: Decision, duty: OwedCondition, metadata: str) -> dict[str, Any]:
    """Why the evidence does not do."""
    evidence = duty.closing.evidence if duty.closing else ""
    blocks = [
        section(say("*{tool}:* {line}", tool=decision.tool_name, line=_line(duty.condition))),
        quote(evidence),
        _reason("What is missing?", "Whoever gave the evidence reads this."),
    ]
    return modal(ids.SEND_BACK_PAGE, "Send the evidence back", blocks, submit="Send Back", metadata=metadata)


def restore_view(decision: Decision, duties: Sequence[OwedCondition], today: date, days: int) -> dict[str, Any]:
    """Let a suspended decision count again, with a reason."""
    still = [say("• {line}", line=_line(each.condition)) for each in late(duties, today)]
    then = say("What is late now has {n} days once more, and then it is suspended again.", n=days)
    blocks = [
        section(
            say("The decision about {tool} counts again, and everyone concerned hears why.", tool=decision.tool_name)
        ),
        *titled(say("Still late"), cut(still, SHOWN_MOST)),
        *([section(then)] if still else []),
        _reason("Why may it count again?", FOR_AUDITORS),
    ]
    return modal(ids.RESTORE_PAGE, "Restore the decision", blocks, submit="Restore", metadata=decision.id)


def action_done_view(action: ActionItem, metadata: str) -> dict[str, Any]:
    """How one can see that an action is done."""
    blocks = [
        quote(clip(action.text, EVIDENCE_MOST)),
        _evidence("A sentence or a link. It is read out in the next review."),
    ]
    return modal(ids.ACTION_DONE_PAGE, "Action done", blocks, submit="Done", metadata=metadata)


def action_date_view(action: ActionItem, metadata: str) -> dict[str, Any]:
    """Another day for an action, and why."""
    blocks = [
        quote(clip(action.text, EVIDENCE_MOST)),
        input_block("When will it be done?", date_input(VALUE, initial=action.due_on), block_id=DAY),
        _reason("Why not by then?", "It is read out in the next review."),
    ]
    return modal(ids.ACTION_DATE_PAGE, "Another day", blocks, submit="Save", metadata=metadata)


def _line(condition: Condition) -> Safe:
    return say("{text} ({owner})", text=clip(condition.text, EVIDENCE_MOST), owner=mention(condition.owner))


def _evidence(hint: str) -> Block:
    element = text_input(VALUE, multiline=True, most=EVIDENCE_MOST)
    return input_block("How can somebody see that it is done?", element, block_id=EVIDENCE, hint=hint)


def _reason(label: str, hint: str) -> Block:
    return input_block(label, text_input(VALUE, multiline=True, most=REASON_MOST), block_id=REASON, hint=hint)
