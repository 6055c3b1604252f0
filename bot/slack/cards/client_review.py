"""The cards of client reviews: the pack, the moving card of the meeting, the minutes. They decide nothing.

What they say of a pack is worded in `use_cases/pack_words`, where the papers take it from too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, assert_never

from bot.domain.agenda import ACTIONS
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import DecisionId
from bot.domain.meeting import current
from bot.domain.pack import ActionLine, DecisionLine, EndingLine, Pack, PackItem
from bot.domain.times import zone_of
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    bar,
    button,
    confirm,
    context,
    date_token,
    day_token,
    divider,
    header,
    mention,
    message,
    modal,
    quote,
    say,
    section,
)
from bot.slack.cards.client_review_news import (
    carried_message,
    day_of,
    objected_message,
    shown,
    skip_agreed_message,
    why_not,
)
from bot.slack.cards.parts import bullets, cut, drafted_blocks, paragraphs, titled
from bot.slack.cards.text import clip_safe
from bot.slack.cards.words import plural
from bot.use_cases.client_review_tellings import (
    CarriedTold,
    ClientReviewTelling,
    MeetingTold,
    MinutesTold,
    ObjectedTold,
    PackTold,
    SkipAgreedTold,
)
from bot.use_cases.pack_papers import Held, action_lines, finding_lines, noted_lines, present, settled_lines
from bot.use_cases.pack_words import (
    LIGHT_WORDS,
    OUTCOME_WORDS,
    Words,
    counted,
    day_words,
    item_lines,
    line_words,
)

LINES_MOST: Final = 5  # of an item, on the pack's card
LINE_MOST: Final = 400  # characters of a line there: a guideline with its story and its question
TALK_MOST: Final = 10  # lines of the item that is talked about
TALK_LINE: Final = 600
SPOKEN_MOST: Final = 8  # decisions with buttons of their own
NOTES_MOST: Final = 5
RESULT_MOST: Final = 8


def client_review_message(told: ClientReviewTelling, k: Knowledge) -> dict[str, Any]:
    """The message for what there is to tell of a client review."""
    match told:
        case PackTold():
            return pack_card(told, k)
        case MeetingTold():
            return meeting_card(told, k)
        case MinutesTold():
            return _result(told.held) if told.brief else minutes_card(told.held, told.drafted)
        case CarriedTold():
            return carried_message(told)
        case ObjectedTold():
            return objected_message(told)
        case SkipAgreedTold():
            return skip_agreed_message(told)
        case other:
            assert_never(other)


# --- the pack ---------------------------------------------------------------------------------------------------------


def pack_card(told: PackTold, k: Knowledge) -> dict[str, Any]:
    """The prepared facts of one client, and what can be done about the review."""
    occurrence, pack = told.occurrence, told.pack
    blocks: list[Block] = [header(f"Security review: {told.client.name}"), section(_when(occurrence))]
    if (state := _state(occurrence)) is not None:
        blocks += [section(state), *why_not(occurrence)]
    if occurrence.state is not State.SKIPPED:
        light = say("*State:* {words}. {time}.", words=LIGHT_WORDS[pack.light], time=plural(pack.minutes, "minute"))
        blocks += [section(light), divider()]
        for item in pack.items:
            blocks += _in_short(item, k) if item.lines else []
        blocks += _calm(pack)
    if acts := _pack_acts(occurrence):
        blocks.append(actions("client_review|acts", *acts))
    if occurrence.state is not State.SKIPPED:
        blocks.append(context(say("As of {moment}", moment=date_token(pack.as_of))))
    return message(_pack_text(told), blocks)


def pack_view(told: PackTold, k: Knowledge) -> dict[str, Any]:
    """The pack of a review as it was frozen at its start, item by item, with nothing to press."""
    pack = told.pack
    blocks: list[Block] = [
        header(f"{told.client.name}, {day_words(day_of(told.occurrence))}"),
        context(say("Frozen as of {moment}. What was decided since is not in it.", moment=date_token(pack.as_of))),
        section(say("*State:* {words}", words=LIGHT_WORDS[pack.light])),
    ]
    for item in pack.items:
        lines = [clip_safe(shown(words), TALK_LINE) for words in item_lines(item, k)]
        blocks += titled(_timed(item), bullets(cut(lines, TALK_MOST)))
    return modal(ids.READ_ONLY, "The pack as it was", blocks, close="Close")


def _pack_text(told: PackTold) -> Safe:
    on = day_words(day_of(told.occurrence))
    client, occurrence = told.client.name, told.occurrence
    match occurrence.state:
        case State.PLANNED:
            state = LIGHT_WORDS[told.pack.light]
            return say(
                "Security review for {client} on {on}: {state}. Press Start Review when you meet.",
                client=client,
                on=on,
                state=state,
            )
        case State.OPEN:
            return say("The security review for {client} runs, in this message's thread.", client=client)
        case State.HELD:
            return say("The security review for {client} on {on} was held.", client=client, on=on)
        case State.SKIPPED:
            return say("The security review for {client} on {on} was called off.", client=client, on=on)
        case State.MISSED:
            return say("The security review for {client} on {on} did not take place.", client=client, on=on)


def _when(occurrence: Occurrence) -> Safe:
    local = occurrence.start_at.astimezone(zone_of(occurrence.zone))
    line = say(
        "*When:* {moment}, {local} in {zone}\n*Host:* {host}",
        moment=date_token(occurrence.start_at),
        local=f"{local:%H:%M}",
        zone=occurrence.zone,
        host=mention(occurrence.host),
    )
    if occurrence.moved_because:
        line = say("{line}\n*Moved:* {why}", line=line, why=occurrence.moved_because)
    return line


def _state(occurrence: Occurrence) -> Safe | None:
    match occurrence.state:
        case State.OPEN:
            return say("*The review runs.* It goes on in the thread of this message.")
        case State.HELD:
            return say("*Held.* {words}.", words=_outcome(occurrence))
        case State.SKIPPED if occurrence.skip is not None:
            line = say("*Called off* by {who}", who=mention(occurrence.skip.by))
            if occurrence.skip.approved_by is not None:
                line = say("{line}, agreed to by {who}", line=line, who=mention(occurrence.skip.approved_by))
            return line
        case State.MISSED:
            return say("*Nobody held it.* Start it late, or give it a new date.")
        case _:
            return None


def _in_short(item: PackItem, k: Knowledge) -> list[Block]:
    lines = [clip_safe(shown(words), LINE_MOST) for words in item_lines(item, k)]
    return titled(_timed(item), bullets(cut(lines, LINES_MOST)))


def _calm(pack: Pack) -> list[Block]:
    """The items without a fact, in one place: a host has five minutes to prepare, and reads what there is."""
    calm = [_timed(item) for item in pack.items if not item.lines]
    return titled(say("Nothing on record"), bullets(calm))


def _timed(item: PackItem) -> Safe:
    return say("{title} ({minutes} min)", title=item.title, minutes=item.minutes)


def _pack_acts(occurrence: Occurrence) -> list[Element]:
    if occurrence.state not in (State.PLANNED, State.MISSED):
        return []
    value = ids.meet_value(occurrence.id)
    frozen = "The pack is frozen as of now, and the thread opens with the first item."
    start = confirm("Start this review?", frozen, "Start", "Not Yet")
    return [
        button("Start Review", ids.MEET_START, value=value, style="primary", confirm=start),
        button("Reschedule", ids.MEET_MOVE, value=value),
        button("Skip", ids.MEET_SKIP, value=value),
        button("Add to Agenda", ids.MEET_ADD, value=value),
    ]


# --- the meeting ------------------------------------------------------------------------------------------------------


def meeting_card(told: MeetingTold, k: Knowledge) -> dict[str, Any]:
    """The item that is talked about, what was written down under it, and the way on."""
    held = told.held
    occurrence, pack = held.occurrence, held.pack
    item = current(occurrence)
    done = sum(each.discussed_at is not None for each in occurrence.items)
    if occurrence.state is State.MISSED:
        line = say(
            "This review was not closed within a day, so it counts as missed. Start it again on its card to go on."
        )
        return message(line, [section(line)])
    if occurrence.state is not State.OPEN:
        line = say("The review is over. {words}.", words=_outcome(occurrence))
        return message(line, [section(line)])
    packed = pack.item(item.code) if item is not None else None
    title = packed.title if packed is not None else "Everything was discussed"
    blocks: list[Block] = [header(f"{held.client.name}: {title}"), section(_progress(told, done, packed))]
    if packed is not None and item is not None:
        blocks.append(section(say("_{ask}_", ask=packed.ask)))
        blocks += _talked_about(packed, occurrence, k)
        notes = [
            clip_safe(say("• {text} ({who})", text=note.text, who=mention(note.by)), TALK_LINE)
            for note in item.notes[-NOTES_MOST:]
        ]
        blocks += titled(say("Notes"), notes)
    blocks += _written_down(held)
    blocks += _meeting_acts(held, item.code if item is not None else "")
    text = say("Now: {title}. Security review for {client}.", title=title, client=held.client.name)
    return message(text, blocks)


def _progress(told: MeetingTold, done: int, item: PackItem | None) -> Safe:
    occurrence, pack = told.held.occurrence, told.held.pack
    used = int((told.now - (occurrence.started_at or told.now)).total_seconds() // 60)
    line = say("{bar} discussed", bar=bar(done, len(occurrence.items)))
    if item is not None:
        line = say("{line}. This item: {minutes}", line=line, minutes=plural(item.minutes, "minute"))
    return say("{line}\n*Time used:* {used} of {whole}", line=line, used=used, whole=plural(pack.minutes, "minute"))


def _talked_about(item: PackItem, occurrence: Occurrence, k: Knowledge) -> list[Block]:
    """The lines of an item; a decision also takes what the client says of it."""
    spoken = [line for line in item.lines if isinstance(line, DecisionLine | EndingLine)][:SPOKEN_MOST]
    if not spoken:
        lines = [clip_safe(shown(words), TALK_LINE) for words in item_lines(item, k)]
        return paragraphs(bullets(cut(lines, TALK_MOST)))
    blocks: list[Block] = []
    for line in spoken:
        blocks.append(section(clip_safe(shown(line_words(line, k)), TALK_LINE)))
        blocks.append(_said_of(line.decision, line.tool, occurrence))
    if (more := len(item.lines) - len(spoken)) > 0:
        blocks.append(context(say("and {n} more, in the pack above", n=more)))
    return blocks


def _said_of(decision: DecisionId, tool: str, occurrence: Occurrence) -> Block:
    said = next((each for each in occurrence.noted if each.decision == decision), None)
    value = ids.meet_value(occurrence.id, decision)
    if said is not None and said.objects:
        return context(say("The client objects; the question of their consent is open again."))
    accepts = button("Accepts", ids.MEET_ACCEPTS, value=value, accessible=f"The client accepts {tool}")
    objects = button("Objects", ids.MEET_OBJECTS, value=value, accessible=f"The client objects to {tool}")
    if said is not None:
        objects = button("Objects After All", ids.MEET_OBJECTS, value=value, accessible=f"The client objects to {tool}")
        return actions(f"client_review|said|{decision}", objects)
    return actions(f"client_review|said|{decision}", accepts, objects)


def _written_down(held: Held) -> list[Block]:
    ours, theirs = present(held)
    there = say("nobody recorded yet") if not held.occurrence.attendance else say("{n} of ours", n=ours)
    if held.occurrence.attendance:
        there = say("{there}, {n} of the client's", there=there, n=theirs)
    line = say("*Present:* {there}", there=there)
    if held.actions:
        line = say("{line}. *Actions agreed:* {n}", line=line, n=len(held.actions))
    if held.settled:
        line = say("{line}. *Actions settled:* {n}", line=line, n=len(held.settled))
    if held.findings:
        line = say("{line}. *Findings:* {n}", line=line, n=len(held.findings))
    return [divider(), context(line)]


def _meeting_acts(held: Held, item: str) -> list[Block]:
    occurrence = held.occurrence
    value = ids.meet_value(occurrence.id, item)
    first: list[Element] = []
    if item:
        first.append(button("Discussed", ids.MEET_DISCUSSED, value=value, style="primary"))
    if any(each.discussed_at is not None for each in occurrence.items):
        first.append(button("Back", ids.MEET_BACK, value=value))
    if item:
        first.append(button("Add Note", ids.MEET_NOTE, value=value))
    first.append(button("Add Action", ids.MEET_ACTION, value=value))
    first.append(button("Add Finding", ids.MEET_FINDING, value=value))
    second: list[Element] = []
    if held.actions or any(isinstance(line, ActionLine) for line in held.pack.item(ACTIONS).lines):
        second.append(button("Settle Action", ids.MEET_SETTLE, value=value))
    second += [
        button("Attendance", ids.MEET_ATTENDANCE, value=value),
        button("Close Review", ids.MEET_CLOSE, value=value, style=None if item else "primary"),
    ]
    return [actions("client_review|item", *first), actions("client_review|end", *second)]


# --- afterwards -------------------------------------------------------------------------------------------------------


def minutes_card(held: Held, drafted: Sequence[str] = ()) -> dict[str, Any]:
    """What came out of the review, and the ways to take it along."""
    occurrence = held.occurrence
    value = ids.meet_value(occurrence.id)
    ours, theirs = present(held)
    blocks: list[Block] = [
        header(f"Minutes: {held.client.name}, {day_words(day_of(occurrence))}"),
        *drafted_blocks(drafted),
        section(say("*{words}.*", words=_outcome(occurrence))),
    ]
    if occurrence.summary:
        blocks.append(quote(occurrence.summary))
    facts = [say("*Present:* {ours} of ours, {theirs} of the client's", ours=ours, theirs=theirs)]
    if occurrence.client_contact:
        facts.append(say("*Agreed for the client by:* {who}", who=occurrence.client_contact))
    if occurrence.next_on is not None:
        facts.append(say("*Next review:* {day}", day=day_token(occurrence.next_on)))
    blocks += paragraphs(facts)
    blocks += _listed(say("Actions agreed"), action_lines(held))
    blocks += _listed(say("Actions settled"), settled_lines(held))
    blocks += _listed(say("Findings"), finding_lines(held))
    blocks += _listed(say("What the client said of decisions"), noted_lines(held))
    over = {action.id for action in held.settled}
    lines = held.pack.item(ACTIONS).lines
    carried = [line for line in lines if isinstance(line, ActionLine) and line.action not in over]
    if carried:
        blocks.append(context(say("{n} from earlier reviews carried over", n=plural(len(carried), "action"))))
    blocks.append(
        actions(
            "client_review|papers",
            button("Get Markdown", ids.MEET_MARKDOWN, value=value),
            button("Get PDF", ids.MEET_PDF, value=value),
            button("Client Copy", ids.MEET_CLIENT_COPY, value=value, accessible="A copy that the client may see"),
        )
    )
    text = say(
        "Minutes of the security review for {client}: {words}.", client=held.client.name, words=_outcome(occurrence)
    )
    return message(text, blocks)


def _listed(title: Safe, found: Iterable[Words]) -> list[Block]:
    lines = [clip_safe(shown(words), TALK_LINE) for words in found]
    return titled(title, bullets(cut(lines, RESULT_MOST)))


def _result(held: Held) -> dict[str, Any]:
    """Two lines for somebody who was not there."""
    occurrence = held.occurrence
    first = say(
        "*{client}:* the security review was held. {words}.", client=held.client.name, words=_outcome(occurrence)
    )
    second = say("{n} agreed", n=counted(len(held.actions), "action"))
    if occurrence.next_on is not None:
        second = say("{second}. Next review: {day}", second=second, day=day_token(occurrence.next_on))
    where = say("The minutes are in the client's channel.")
    text = say("The security review for {client} was held without you.", client=held.client.name)
    return message(text, [section(say("{first}\n{second}. {where}", first=first, second=second, where=where))])


# --- how --------------------------------------------------------------------------------------------------------------


def _outcome(occurrence: Occurrence) -> str:
    return OUTCOME_WORDS[occurrence.outcome] if occurrence.outcome else "It was held"
