"""The papers of client reviews: a pack, the minutes of a meeting, and the client's own copy of a pack.

The client's copy is made from `safe_for_client` alone: nothing of the meeting's notes, and none of our people's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.agenda import ACTIONS
from bot.domain.client import Client, Series, SideOf
from bot.domain.client_review import ActionItem, Finding, Occurrence, Presence, State
from bot.domain.meeting import ours_in
from bot.domain.pack import ConditionLine, DecisionLine, EndingLine, Pack, PackItem
from bot.domain.times import local_date, zone_of
from bot.knowledge import Knowledge
from bot.use_cases.pack_words import (
    LIGHT_WORDS,
    OUTCOME_WORDS,
    PRESENCE_WORDS,
    SEVERITY_WORDS,
    STATE_WORDS,
    Who,
    Words,
    as_plain,
    counted,
    day_words,
    item_lines,
    line_words,
    people_in,
)
from bot.use_cases.papers import Paper, Section

KEPT_NOTE: Final = "Made from what was on record at that moment. It does not change when the record does."


@dataclass(frozen=True, slots=True)
class Held:
    """A review with all that was written down in it."""

    client: Client
    series: Series
    occurrence: Occurrence
    pack: Pack
    actions: tuple[ActionItem, ...]  # agreed in this review
    findings: tuple[Finding, ...]
    settled: tuple[ActionItem, ...] = ()  # done or given up while it ran, whenever they were agreed


def people_of(held: Held, k: Knowledge) -> set[str]:
    """Whose names the minutes need."""
    found = {who for who in held.occurrence.attendance if who in _ours(held)} | {str(held.occurrence.host)}
    found |= {action.owner for action in (*held.actions, *held.settled) if action.side is SideOf.OURS}
    for item in held.pack.items:
        found |= people_in(item_lines(item, k))
    return found


def client_paper(pack: Pack, k: Knowledge, occurrence: Occurrence, *, agreed: Pack | None = None) -> Paper:
    """The client's own copy: what of a pack they may see, and of a held review what came out of it.

    Both packs have passed `safe_for_client`; of the review itself only outcome, next date and agreed actions are told.
    """
    if not pack.for_client or (agreed is not None and not agreed.for_client):
        raise ValueError("a client's copy is made from what is safe for the client only")
    facts = [("As of", _moment(pack)), ("State", LIGHT_WORDS[pack.light]), ("Time", counted(pack.minutes, "minute"))]
    if occurrence.outcome is not None:
        facts.append(("Outcome", OUTCOME_WORDS[occurrence.outcome]))
    if occurrence.next_on is not None:
        facts.append(("Next review", day_words(occurrence.next_on)))
    sections = [_section(item, k, {}) for item in pack.items]
    if agreed is not None and (lines := agreed.item(ACTIONS).lines):
        told = tuple(as_plain(line_words(line, k), {}) for line in lines)
        sections.append(Section("Actions agreed", lines=told))
    on = day_words(local_date(occurrence.start_at, zone_of(occurrence.zone)))
    return Paper(f"Security review for {pack.name}, {on}", tuple(facts), tuple(sections), KEPT_NOTE)


def minutes_paper(held: Held, k: Knowledge, names: Mapping[str, str]) -> Paper:
    """The minutes of a review, for our own eyes: the frozen pack, what was said, agreed and found."""
    occurrence, pack = held.occurrence, held.pack
    facts = [
        ("Client", held.client.name),
        ("Date", day_words(local_date(occurrence.start_at, zone_of(occurrence.zone)))),
        ("Host", as_plain((Who(occurrence.host),), names)),
        ("Pack as of", _moment(pack)),
        ("State", LIGHT_WORDS[pack.light]),
    ]
    if occurrence.outcome is not None:
        facts.append(("Outcome", OUTCOME_WORDS[occurrence.outcome]))
    if occurrence.summary:
        facts.append(("Summary", occurrence.summary))
    if occurrence.client_contact:
        facts.append(("Agreed for the client by", occurrence.client_contact))
    if occurrence.next_on is not None:
        facts.append(("Next review", day_words(occurrence.next_on)))
    sections = [
        Section("Attendance", lines=tuple(as_plain(words, names) for words in attendance_lines(held))),
        *(_with_notes(item, occurrence, k, names) for item in pack.items),
    ]
    for title, lines in (
        ("Decisions the client spoke about", noted_lines(held)),
        ("Actions agreed", action_lines(held)),
        ("Actions settled", settled_lines(held)),
        ("Findings", finding_lines(held)),
    ):
        if lines:
            sections.append(Section(title, lines=tuple(as_plain(words, names) for words in lines)))
    title = f"Minutes of the security review for {held.client.name}"
    if occurrence.state is not State.HELD:
        title = f"Security review for {held.client.name}"
    return Paper(title, tuple(facts), tuple(sections), KEPT_NOTE)


def attendance_lines(held: Held) -> list[Words]:
    """Who was there, ours first."""
    ours = _ours(held)
    given = sorted(held.occurrence.attendance.items(), key=lambda each: (each[0] not in ours, each[0]))
    return [(Who(who) if who in ours else f"{who}, client", f": {PRESENCE_WORDS[presence]}") for who, presence in given]


def present(held: Held) -> tuple[int, int]:
    """How many were there, of ours and of the client's."""
    ours = _ours(held)
    there = [who for who, presence in held.occurrence.attendance.items() if presence is Presence.PRESENT]
    return sum(who in ours for who in there), sum(who not in ours for who in there)


def noted_lines(held: Held) -> list[Words]:
    """What the client accepts, and what they object to."""
    tools = {
        str(line.decision): line.tool
        for item in held.pack.items
        for line in item.lines
        if isinstance(line, DecisionLine | ConditionLine | EndingLine)
    }
    return [
        (
            f"{tools.get(str(each.decision), 'A decision')}: ",
            f"the client objects. {each.because}" if each.objects else "accepted by the client",
        )
        for each in held.occurrence.noted
    ]


def action_lines(held: Held) -> list[Words]:
    """What was agreed: what, who, by when."""
    return [
        (
            f"{action.text} (",
            Who(action.owner) if action.side is SideOf.OURS else f"{action.owner}, client",
            ", due ",
            action.due_on,
            ")",
        )
        for action in held.actions
    ]


def settled_lines(held: Held) -> list[Words]:
    """What was done or given up in the review, and how one can see it or why."""
    return [
        (
            f"{STATE_WORDS[action.state]}: {action.text} (",
            Who(action.owner) if action.side is SideOf.OURS else f"{action.owner}, client",
            f"). {action.closed_because}",
        )
        for action in held.settled
    ]


def finding_lines(held: Held) -> list[Words]:
    """What was found, and how grave it is."""
    found: list[Words] = []
    for each in held.findings:
        tool = f", {each.tool_name}" if each.tool_name else ""
        found.append((f"{each.text} ({each.guideline}, {SEVERITY_WORDS[each.severity]}{tool})",))
    return found


def _with_notes(item: PackItem, occurrence: Occurrence, k: Knowledge, names: Mapping[str, str]) -> Section:
    done = next((each for each in occurrence.items if each.code == item.code), None)
    notes: Sequence[str] = [f"Note: {note.text}" for note in done.notes] if done else ()
    section = _section(item, k, names)
    left = "" if done is None or done.discussed_at is not None else " Not discussed."
    return Section(section.title, section.about + left, (*section.lines, *notes))


def _section(item: PackItem, k: Knowledge, names: Mapping[str, str]) -> Section:
    about = f"{counted(item.minutes, 'minute')}. {item.ask}"
    return Section(item.title, about, tuple(as_plain(words, names) for words in item_lines(item, k)))


def _ours(held: Held) -> frozenset[str]:
    return ours_in(held.occurrence, held.series, held.client)


def _moment(pack: Pack) -> str:
    return f"{day_words(pack.as_of.date())}, {pack.as_of:%H:%M} UTC"
