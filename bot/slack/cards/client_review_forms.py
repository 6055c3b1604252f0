"""The forms of client reviews: skip, move, agenda, note, action, finding, objection, attendance, close.

They hold an id, never state: what is filled in counts when the form is sent, and is checked again then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from bot.domain.bank import GUIDELINES
from bot.domain.client import Client, Series, SideOf
from bot.domain.client_review import ActionItem, FoundBy, Occurrence, Presence
from bot.domain.decision import Decision
from bot.domain.meeting import ours_in
from bot.domain.times import zone_of
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    checkboxes,
    date_input,
    input_block,
    modal,
    multi_select,
    multi_user_select,
    option,
    radio,
    say,
    section,
    select,
    text_input,
    user_select,
)
from bot.slack.cards.clients import to_confirm
from bot.slack.cards.forms import VALUE
from bot.slack.limits import CHOICE_OPTIONS, SELECT_OPTIONS
from bot.use_cases.client_reviews import WORDS_MOST, Wanted
from bot.use_cases.pack_words import OUTCOME_WORDS, SEVERITY_WORDS
from bot.use_cases.settling import Became

WHY: Final = "client_review|why"
AGREED_BY: Final = "client_review|agreed_by"
ON: Final = "client_review|on"
TIME: Final = "client_review|time"
TEXT: Final = "client_review|text"
SIDE: Final = "client_review|side"
OWNER: Final = "client_review|owner"
CLIENT_OWNER: Final = "client_review|client_owner"
DUE: Final = "client_review|due"
WHICH: Final = "client_review|which"
BECAME: Final = "client_review|became"
GUIDELINE: Final = "client_review|guideline"
SEVERITY: Final = "client_review|severity"
SOURCE: Final = "client_review|source"
TOOL: Final = "client_review|tool"
OUTCOME: Final = "client_review|outcome"
SUMMARY: Final = "client_review|summary"
NEXT: Final = "client_review|next"
CONTACT: Final = "client_review|contact"
PRESENT: Final = "client_review|present"
EXCUSED: Final = "client_review|excused"
CLIENT_PRESENT: Final = "client_review|client_present"
CLIENT_EXCUSED: Final = "client_review|client_excused"
CLIENT_MORE: Final = "client_review|client_more"
NEXT_HINT: Final = "On another day of its week the next review moves there; in another week one is added."
DUE_AT_FIRST: Final = timedelta(days=14)
NAME_MOST: Final = 120
SOURCE_WORDS: Final[Mapping[FoundBy, str]] = {
    FoundBy.CLIENT: "The client said so",
    FoundBy.US: "We saw it",
    FoundBy.SIGNAL: "A signal from outside",
}

BECAME_WORDS: Final[Mapping[Became, str]] = {
    Became.DONE: "It is done",
    Became.LATER: "It takes longer",
    Became.HANDED: "Somebody else does it",
    Became.DROPPED: "It is not needed any more",
}


def skip_view(occurrence: Occurrence, client: Client) -> dict[str, Any]:
    """Call a review off, with a reason and somebody's agreement."""
    blocks = [
        section(
            say(
                "The security review for {client} will not take place. Two in a row can't be called off; another day "
                "of the same week is better.",
                client=client.name,
            )
        ),
        _words("Why?", WHY, hint="It stays on record."),
        input_block(
            "Who agreed to that?",
            user_select(VALUE, initial=client.account_owner),
            block_id=AGREED_BY,
            hint="A security lead or the account owner. They are told.",
        ),
    ]
    return modal(ids.MEET_SKIP_PAGE, "Skip this review", blocks, submit="Skip", metadata=str(occurrence.id))


def move_view(
    occurrence: Occurrence,
    client: Client,
    *,
    wanted: Wanted | None = None,
    clash: tuple[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Another day or time, on the client's clock. `clash` is what has to be confirmed: its code, and its lines."""
    local = occurrence.start_at.astimezone(zone_of(occurrence.zone))
    on, at = (wanted.on, wanted.at) if wanted else (local.date(), local.time())
    blocks = [
        section(
            say(
                "Within the same week the review counts as held. In another week this one counts as skipped, and "
                "somebody has to have agreed to that."
            )
        ),
        input_block("New day", date_input(VALUE, initial=on), block_id=ON),
        input_block(
            "Time there",
            text_input(VALUE, initial=f"{at:%H:%M}", placeholder="14:30", most=5),
            block_id=TIME,
            hint=f"On the client's clock, {occurrence.zone}.",
        ),
        _words(
            "Why?", WHY, hint="It stands on the card and stays on record.", initial=wanted.because if wanted else ""
        ),
        input_block(
            "Who agreed, if it is another week?",
            user_select(VALUE, initial=wanted.approved_by if wanted else None),
            block_id=AGREED_BY,
            hint="A security lead or the account owner. They are told.",
            optional=True,
        ),
    ]
    title = f"Review for {client.name}"
    blocks = [*to_confirm(clash), section(say("*{title}*", title=title)), *blocks]
    return modal(ids.MEET_MOVE_PAGE, "Reschedule", blocks, submit="Move", metadata=str(occurrence.id))


def agenda_view(occurrence: Occurrence, client: Client) -> dict[str, Any]:
    """Something to talk about in the next review."""
    about = section(say("It comes up at the end of the review for {client}.", client=client.name))
    blocks = [about, _words("What should be talked about?", TEXT, hint="Only our side sees this.")]
    return modal(ids.MEET_ADD_PAGE, "Add to the agenda", blocks, submit="Add", metadata=str(occurrence.id))


def note_view(value: str, title: str) -> dict[str, Any]:
    """A note under one item."""
    blocks = [
        section(say("*{title}*", title=title)),
        _words("What was said?", TEXT, hint="It goes into the minutes. Please no passwords or customer data."),
    ]
    return modal(ids.MEET_NOTE_PAGE, "Add a note", blocks, submit="Add", metadata=value)


def action_view(value: str, client: Client, *, today: date) -> dict[str, Any]:
    """What was agreed: what, on which side, who, by when."""
    sides = [option("Us", SideOf.OURS.value), option(client.name, SideOf.CLIENTS.value)]
    blocks = [
        _words("What has to be done?", TEXT),
        input_block("Which side does it?", radio(VALUE, sides), block_id=SIDE),
        input_block("Who, on our side?", user_select(VALUE), block_id=OWNER, optional=True),
        input_block(
            "Who, at the client's?",
            text_input(VALUE, most=NAME_MOST),
            block_id=CLIENT_OWNER,
            hint="A name.",
            optional=True,
        ),
        input_block("By when?", date_input(VALUE, initial=today + DUE_AT_FIRST), block_id=DUE),
    ]
    return modal(ids.MEET_ACTION_PAGE, "Add an action", blocks, submit="Add", metadata=value)


def settle_view(value: str, client: Client, open_ones: Sequence[ActionItem]) -> dict[str, Any]:
    """What becomes of an open action, of either side."""
    which = [option(each.text, f"{each.id}|{each.version}") for each in open_ones[:SELECT_OPTIONS]]
    became = [option(words, each.value) for each, words in BECAME_WORDS.items()]
    why = _words("How can somebody see that, or why?", WHY, hint="It is read out in the next review.", optional=True)
    blocks = [
        input_block("Which action?", select(VALUE, which, initial=which[0]["value"]), block_id=WHICH),
        input_block("What becomes of it?", radio(VALUE, became), block_id=BECAME),
        why,
        input_block("If it takes longer: until when?", date_input(VALUE), block_id=DUE, optional=True),
        input_block("If somebody else does it: who of ours?", user_select(VALUE), block_id=OWNER, optional=True),
        input_block(
            f"Or who at {client.name}?",
            text_input(VALUE, most=NAME_MOST),
            block_id=CLIENT_OWNER,
            hint="A name.",
            optional=True,
        ),
    ]
    return modal(ids.MEET_SETTLE_PAGE, "Settle an action", blocks, submit="Record", metadata=value)


def finding_view(value: str, k: Knowledge) -> dict[str, Any]:
    """A gap that came to light."""
    guidelines = [option(f"{code} {k.guidelines[code].title}", code) for code in GUIDELINES]
    blocks = [
        _words("What was found?", TEXT),
        input_block("Which guideline does it touch?", select(VALUE, guidelines), block_id=GUIDELINE),
        input_block(
            "How grave is it?",
            radio(VALUE, [option(words.capitalize(), each.value) for each, words in SEVERITY_WORDS.items()]),
            block_id=SEVERITY,
        ),
        input_block(
            "Where does it come from?",
            radio(VALUE, [option(words, each.value) for each, words in SOURCE_WORDS.items()]),
            block_id=SOURCE,
        ),
        input_block("Which tool is it about?", text_input(VALUE, most=NAME_MOST), block_id=TOOL, optional=True),
    ]
    return modal(ids.MEET_FINDING_PAGE, "Add a finding", blocks, submit="Add", metadata=value)


def objects_view(value: str, decision: Decision) -> dict[str, Any]:
    """The client objects to a decision: why."""
    blocks = [
        section(
            say(
                "The decision on {tool} stands for now. Whether this client allows it is asked again in a new review, "
                "and the security leads are told.",
                tool=decision.tool_name,
            )
        ),
        _words("What does the client say?", WHY, hint="The security leads read it."),
    ]
    return modal(ids.MEET_OBJECTS_PAGE, "The client objects", blocks, submit="Record", metadata=value)


def attendance_view(occurrence: Occurrence, series: Series, client: Client) -> dict[str, Any]:
    """Who was there, on both sides; whoever is expected and not chosen counts as absent."""
    blocks = attendance_fields(occurrence, series, client)
    return modal(ids.MEET_ATTENDANCE_PAGE, "Attendance", blocks, submit="Save", metadata=str(occurrence.id))


def attendance_fields(occurrence: Occurrence, series: Series, client: Client) -> list[Block]:
    """The fields of attendance, for its own form and for closing."""
    ours = ours_in(occurrence, series, client)
    there = [who for who in _recorded(occurrence, Presence.PRESENT) if who in ours]
    excused = [who for who in _recorded(occurrence, Presence.EXCUSED) if who in ours]
    blocks: list[Block] = [
        input_block("Present, of ours", multi_user_select(VALUE, initial=there), block_id=PRESENT, optional=True),
        input_block("Excused, of ours", multi_user_select(VALUE, initial=excused), block_id=EXCUSED, optional=True),
    ]
    if contacts := contacts_of(occurrence, series, ours):
        for label, block_id, presence in (
            ("Present, of the client's", CLIENT_PRESENT, Presence.PRESENT),
            ("Excused, of the client's", CLIENT_EXCUSED, Presence.EXCUSED),
        ):
            options = [option(name, str(n)) for n, name in enumerate(contacts)]
            chosen = [str(n) for n, name in enumerate(contacts) if occurrence.attendance.get(name) is presence]
            many = checkboxes if len(options) <= CHOICE_OPTIONS else multi_select
            blocks.append(input_block(label, many(VALUE, options, initial=chosen), block_id=block_id, optional=True))
    more = text_input(VALUE, placeholder="Names, with commas between them", most=500)
    blocks.append(input_block("Who else came from the client?", more, block_id=CLIENT_MORE, optional=True))
    return blocks


def contacts_of(occurrence: Occurrence, series: Series, ours: Collection[str]) -> list[str]:
    """The client's contacts that are expected, and those recorded besides, each once."""
    known = (*series.client_side, *(who for who in occurrence.attendance if who not in ours))
    return list(dict.fromkeys(known))[:SELECT_OPTIONS]


def close_view(occurrence: Occurrence, series: Series, client: Client, *, next_on: date | None) -> dict[str, Any]:
    """What is missing before the review can be closed."""
    blocks: list[Block] = []
    if Presence.PRESENT not in occurrence.attendance.values():
        blocks.append(section(say("*Who was there?*")))
        blocks += attendance_fields(occurrence, series, client)
    outcomes = [option(words, each.value) for each, words in OUTCOME_WORDS.items()]
    blocks += [
        input_block("What came out of it?", radio(VALUE, outcomes), block_id=OUTCOME),
        input_block("Summary", text_input(VALUE, multiline=True, most=WORDS_MOST), block_id=SUMMARY, optional=True),
        input_block("When do you meet next?", date_input(VALUE, initial=next_on), block_id=NEXT, hint=NEXT_HINT),
        input_block(
            "Who agreed to this for the client?", text_input(VALUE, most=NAME_MOST), block_id=CONTACT, optional=True
        ),
    ]
    return modal(ids.MEET_CLOSE_PAGE, "Close the review", blocks, submit="Close Review", metadata=str(occurrence.id))


def _recorded(occurrence: Occurrence, presence: Presence) -> list[str]:
    return [who for who, each in occurrence.attendance.items() if each is presence]


def _words(label: str, block_id: str, *, hint: str | None = None, optional: bool = False, initial: str = "") -> Block:
    element = text_input(VALUE, multiline=True, most=WORDS_MOST, initial=initial or None)
    return input_block(label, element, block_id=block_id, hint=hint, optional=optional)
