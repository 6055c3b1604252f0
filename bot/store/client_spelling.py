"""How series, occurrences, actions and findings are spelled in their column of JSON text, and read back exactly.

Columns of their own are not repeated here. A key that a later version adds gets its default where old rows lack it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from bot.domain.client import Cadence, DayOff, Holidays, Quiet, Rhythm, Series, SideOf, Slower
from bot.domain.client_review import (
    ActionItem,
    DateMoved,
    Finding,
    FoundBy,
    Item,
    Light,
    Note,
    Noted,
    Occurrence,
    Outcome,
    Presence,
    Severity,
    Skip,
)
from bot.domain.ids import DecisionId, UserId
from bot.store.columns import utc_text
from bot.store.spelling import spell, unspell


def series_text(series: Series) -> str:
    rhythm, quiet, slower = series.rhythm, series.quiet, series.slower
    return spell(
        {
            "cadence": rhythm.cadence.value,
            "weekdays": rhythm.weekdays,
            "at": rhythm.at.isoformat(),
            "starts_on": rhythm.starts_on.isoformat(),
            "week_of_month": rhythm.week_of_month,
            "ends_on": _day(rhythm.ends_on),
            "zone": series.zone,
            "minutes": series.minutes,
            "our_side": series.our_side,
            "client_side": series.client_side,
            "countries": {side.value: country for side, country in series.holidays.countries.items()},
            "days": {
                side.value: [[each.on.isoformat(), each.name] for each in days]
                for side, days in series.holidays.days.items()
            },
            "pack_hours": series.pack_hours,
            "host_minutes": series.host_minutes,
            "quiet": quiet and [quiet.start.isoformat(), quiet.end.isoformat()],
            "slower": slower and [slower.because, slower.by, slower.until.isoformat()],
        }
    )


def series_from(text: str) -> dict[str, Any]:
    """What a series holds beside its columns, by the names of its fields."""
    held: dict[str, Any] = unspell(text)
    return {
        "rhythm": Rhythm(
            cadence=Cadence(held["cadence"]),
            weekdays=tuple(held["weekdays"]),
            at=time.fromisoformat(held["at"]),
            starts_on=date.fromisoformat(held["starts_on"]),
            week_of_month=held["week_of_month"],
            ends_on=_day_from(held["ends_on"]),
        ),
        "zone": held["zone"],
        "minutes": held["minutes"],
        "our_side": tuple(UserId(user) for user in held["our_side"]),
        "client_side": tuple(held["client_side"]),
        "holidays": Holidays(
            {SideOf(side): country for side, country in held["countries"].items()},
            {
                SideOf(side): tuple(DayOff(date.fromisoformat(on), name) for on, name in days)
                for side, days in held["days"].items()
            },
        ),
        "pack_hours": held["pack_hours"],
        "host_minutes": held["host_minutes"],
        "quiet": Quiet(*map(time.fromisoformat, held["quiet"])) if held["quiet"] else None,
        "slower": _slower_from(held["slower"]),
    }


def _slower_from(held: list[str] | None) -> Slower | None:
    return Slower(held[0], UserId(held[1]), date.fromisoformat(held[2])) if held else None


def occurrence_text(occurrence: Occurrence) -> str:
    skip = occurrence.skip
    return spell(
        {
            "zone": occurrence.zone,
            "minutes": occurrence.minutes,
            "stand_in": occurrence.stand_in,
            "moved_because": occurrence.moved_because,
            "asked_for": [_note(note) for note in occurrence.asked_for],
            "packed_at": _moment(occurrence.packed_at),
            "started_at": _moment(occurrence.started_at),
            "as_of": _moment(occurrence.as_of),
            "light": occurrence.light,
            "items": [
                [item.code, _moment(item.discussed_at), [_note(note) for note in item.notes]]
                for item in occurrence.items
            ],
            "attendance": {who: presence.value for who, presence in occurrence.attendance.items()},
            "noted": [
                [each.decision, each.objects, each.because, each.by, utc_text(each.at)] for each in occurrence.noted
            ],
            "outcome": occurrence.outcome,
            "summary": occurrence.summary,
            "next_on": _day(occurrence.next_on),
            "closed_at": _moment(occurrence.closed_at),
            "closed_by": occurrence.closed_by,
            "client_contact": occurrence.client_contact,
            "skip": skip and [skip.because, skip.by, utc_text(skip.at), skip.approved_by],
            "missed_row": occurrence.missed_row,
        }
    )


def occurrence_from(text: str) -> dict[str, Any]:
    """What an occurrence holds beside its columns, by the names of its fields."""
    held: dict[str, Any] = unspell(text)
    for moment in ("packed_at", "started_at", "as_of", "closed_at"):
        held[moment] = _moment_from(held[moment])
    skip = held["skip"]
    return held | {
        "asked_for": _notes(held["asked_for"]),
        "light": Light(held["light"]) if held["light"] else None,
        "items": tuple(Item(code, _moment_from(at), _notes(notes)) for code, at, notes in held["items"]),
        "attendance": {who: Presence(presence) for who, presence in held["attendance"].items()},
        "noted": tuple(
            Noted(DecisionId(decision), objects, because, UserId(by), datetime.fromisoformat(at))
            for decision, objects, because, by, at in held["noted"]
        ),
        "outcome": Outcome(held["outcome"]) if held["outcome"] else None,
        "next_on": _day_from(held["next_on"]),
        "skip": Skip(skip[0], UserId(skip[1]), datetime.fromisoformat(skip[2]), *skip[3:]) if skip else None,
    }


def action_text(action: ActionItem) -> str:
    return spell(
        {
            "text": action.text,
            "opened_at": utc_text(action.opened_at),
            "by": action.by,
            "meetings": action.meetings,
            "moved": [
                [each.old.isoformat(), each.new.isoformat(), each.because, each.by, utc_text(each.at)]
                for each in action.moved
            ],
            "closed_by": action.closed_by,
            "closed_because": action.closed_because,
        }
    )


def action_from(text: str) -> dict[str, Any]:
    """What an action holds beside its columns, by the names of its fields."""
    held: dict[str, Any] = unspell(text)
    return held | {
        "opened_at": datetime.fromisoformat(held["opened_at"]),
        "moved": tuple(
            DateMoved(date.fromisoformat(old), date.fromisoformat(new), because, UserId(by), datetime.fromisoformat(at))
            for old, new, because, by, at in held["moved"]
        ),
    }


def finding_text(finding: Finding) -> str:
    return spell(
        {
            "text": finding.text,
            "guideline": finding.guideline,
            "severity": finding.severity.value,
            "source": finding.source.value,
            "by": finding.by,
            "tool_name": finding.tool_name,
        }
    )


def finding_from(text: str) -> dict[str, Any]:
    """What a finding holds beside its columns, by the names of its fields."""
    held: dict[str, Any] = unspell(text)
    return held | {"severity": Severity(held["severity"]), "source": FoundBy(held["source"])}


def _note(note: Note) -> list[str]:
    return [note.text, note.by, utc_text(note.at)]


def _notes(held: list[list[str]]) -> tuple[Note, ...]:
    return tuple(Note(text, UserId(by), datetime.fromisoformat(at)) for text, by, at in held)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else utc_text(at)


def _moment_from(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def _day_from(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
