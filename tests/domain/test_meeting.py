"""The steps of a client review, one at a time: what each needs, and what is refused with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import meeting
from bot.domain.client import Cadence, Rhythm, Series
from bot.domain.client_review import Light, Note, Noted, Occurrence, Outcome, Presence, Skip, State
from bot.domain.ids import DecisionId, OccurrenceId, SeriesId, UserId
from bot.domain.refused import OutdatedCard, Refused
from tests.domain.registers import AT, HOST, LEAD, NORTHWIND, OWNER, TODAY, a_client, days

STAND_IN, COLLEAGUE, STRANGER = UserId("U0STANDIN"), UserId("U0COLLEAGUE"), UserId("U0STRANGER")
CODES = ("actions", "changes", "own")
RHYTHM = Rhythm(Cadence.WEEKLY, (3,), time(10), days(-90))
SERIES = Series(SeriesId("S1"), NORTHWIND.id, RHYTHM, "Europe/Berlin", 30, HOST, STAND_IN, (COLLEAGUE,), ("Dana",))
FULL = meeting.Closing(Outcome.CALM, days(7))


def planned(on: date = TODAY, **facts: Any) -> Occurrence:
    whole = (OccurrenceId(f"O{on}"), SERIES.id, NORTHWIND.id, on, AT, "Europe/Berlin", 30, HOST, STAND_IN)
    return replace(Occurrence(*whole), **facts)


def running(**facts: Any) -> Occurrence:
    return replace(meeting.start(planned(), CODES, Light.GREEN, at=AT), **facts)


def there(**more: Presence) -> Occurrence:
    return meeting.attended(running(), {HOST: Presence.PRESENT, **more})


def test_only_host_stand_in_or_lead_run_it_and_whoever_takes_part_adds_to_it():
    for who in (HOST, STAND_IN, LEAD):
        meeting.host_only(planned(), who, {LEAD})
    for who in (COLLEAGUE, OWNER, STRANGER):
        with pytest.raises(meeting.NotTheHost):
            meeting.host_only(planned(), who, {LEAD})
    for who in (HOST, STAND_IN, LEAD, COLLEAGUE, OWNER):
        meeting.at_the_table(planned(), SERIES, NORTHWIND, who, {LEAD})
    with pytest.raises(meeting.NotAtTheTable):
        meeting.at_the_table(planned(), SERIES, NORTHWIND, STRANGER, {LEAD})


def test_a_missed_review_can_be_started_late_and_one_that_runs_or_is_over_cannot_be_started():
    assert meeting.start(planned(state=State.MISSED), CODES, Light.RED, at=AT).state is State.OPEN
    with pytest.raises(meeting.AlreadyRunning):
        meeting.start(running(), CODES, Light.GREEN, at=AT)
    for state in (State.HELD, State.SKIPPED):
        with pytest.raises(meeting.ReviewSettled):
            meeting.start(planned(state=state), CODES, Light.GREEN, at=AT)


@given(st.lists(st.sampled_from(["on", "back"]), max_size=20))
def test_the_card_walks_forth_and_back_and_never_loses_its_place(steps: list[str]):
    occurrence, place = running(), 0
    for step in steps:
        item = meeting.current(occurrence)
        code = item.code if item else ""
        try:
            if step == "on":
                occurrence, place = meeting.discussed(occurrence, code, at=AT), place + 1
            else:
                occurrence, place = meeting.back(occurrence, code), place - 1
        except OutdatedCard:
            assert place == len(CODES)
        except meeting.NothingToGoBackTo:
            assert place == 0
        now = meeting.current(occurrence)
        assert (now.code if now else "") == (*CODES, "")[place]


def test_a_step_from_a_card_that_has_moved_on_changes_nothing():
    occurrence = meeting.discussed(running(), "actions", at=AT)
    with pytest.raises(OutdatedCard):
        meeting.discussed(occurrence, "actions", at=AT)
    with pytest.raises(OutdatedCard):
        meeting.back(occurrence, "actions")
    with pytest.raises(OutdatedCard):
        meeting.noted_down(occurrence, "no such item", Note("x", HOST, AT))


def test_what_the_client_says_last_of_a_decision_counts():
    yes, no = (Noted(DecisionId("D1"), objects, "", HOST, AT) for objects in (False, True))
    occurrence = meeting.heard(meeting.heard(running(), yes), no)
    assert occurrence.noted == (no,)
    assert meeting.objects_to(occurrence, DecisionId("D1"))
    assert not meeting.objects_to(meeting.heard(occurrence, yes), DecisionId("D1"))


@pytest.mark.parametrize(
    ("occurrence", "closing", "missing"),
    [
        (running(), FULL, ("who was there",)),
        (meeting.attended(running(), {HOST: Presence.ABSENT}), FULL, ("who was there",)),
        (there(), replace(FULL, outcome=None), ("what came out of it",)),
        (there(), replace(FULL, next_on=None), ("when you meet next",)),
        (running(), meeting.Closing(None, None), ("who was there", "what came out of it", "when you meet next")),
    ],
)
def test_closing_names_everything_that_is_missing(occurrence, closing, missing):
    with pytest.raises(meeting.StillToSay) as refused:
        meeting.close(occurrence, closing, by=HOST, at=AT, today=TODAY)
    assert refused.value.missing == missing


def test_a_review_is_closed_with_attendance_outcome_and_a_next_date_ahead():
    with pytest.raises(meeting.NextNotAhead):
        meeting.close(there(), replace(FULL, next_on=TODAY), by=HOST, at=AT, today=TODAY)
    held = meeting.close(there(), FULL, by=HOST, at=AT, today=TODAY)
    assert (held.state, held.closed_by, held.next_on) == (State.HELD, HOST, days(7))
    for step in (
        lambda: meeting.close(held, FULL, by=HOST, at=AT, today=TODAY),
        lambda: meeting.attended(held, {}),
        lambda: meeting.noted_down(held, "own", Note("late", HOST, AT)),
        lambda: meeting.moved(held, AT + timedelta(days=1), "late", at=AT),
    ):
        with pytest.raises(meeting.ReviewSettled):
            step()


def skipped(occurrence: Occurrence, **facts: Any) -> Occurrence:
    told: dict[str, Any] = {"beside": (), "last_held_on": days(-7), "begun_on": days(-90), "next_on": days(7)}
    because = Skip(facts.pop("why", "They move house."), HOST, AT, OWNER)
    return meeting.skip(occurrence, because, facts.pop("client", NORTHWIND), **(told | facts))


def test_a_skip_needs_a_reason_and_none_just_before_or_after_it():
    assert skipped(planned()).state is State.SKIPPED
    with pytest.raises(meeting.NoReason):
        skipped(planned(), why=" ")
    with pytest.raises(meeting.SkippedTwice):
        skipped(planned(), beside=[planned(days(-7), state=State.SKIPPED)])
    with pytest.raises(meeting.AlreadyRunning):
        skipped(running())


CARDS = a_client("Northwind", frameworks=frozenset({"pci"}))


@pytest.mark.parametrize(
    ("client", "last_held_on", "begun_on", "next_on", "allowed"),
    [
        (CARDS, date(2026, 9, 1), date(2026, 1, 1), date(2026, 12, 1), True),
        (CARDS, date(2026, 9, 1), date(2026, 1, 1), date(2026, 12, 2), False),
        (CARDS, date(2026, 11, 30), date(2026, 1, 1), date(2027, 2, 28), True),  # the month's last day
        (CARDS, date(2026, 9, 1), date(2026, 1, 1), None, False),
        (CARDS, None, date(2026, 10, 1), date(2027, 1, 1), True),
        (CARDS, None, date(2026, 8, 1), date(2026, 12, 1), False),
        (NORTHWIND, None, date(2026, 8, 1), None, True),
    ],
)
def test_a_cardholder_client_never_has_a_quarter_without(client, last_held_on, begun_on, next_on, allowed):
    facts = {"client": client, "last_held_on": last_held_on, "begun_on": begun_on, "next_on": next_on}
    if allowed:
        assert skipped(planned(), **facts).state is State.SKIPPED
    else:
        with pytest.raises(meeting.QuarterWithout):
            skipped(planned(), **facts)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (date(2026, 11, 23), date(2026, 11, 29), True),
        (date(2026, 11, 29), date(2026, 11, 30), False),
        (date(2026, 12, 31), date(2027, 1, 3), True),  # week 53 runs over the year
        (date(2026, 1, 1), date(2026, 12, 31), False),  # both are in some week 1 or 53, of different years
    ],
)
def test_a_week_is_an_iso_week(one, other, same):
    assert meeting.same_week(one, other) is same


def test_a_move_needs_a_reason_and_a_time_ahead_and_makes_a_missed_one_planned():
    later = AT + timedelta(days=1)
    moved = meeting.moved(planned(state=State.MISSED), later, "Dana is ill.", at=AT)
    assert (moved.state, moved.on, moved.start_at) == (State.PLANNED, TODAY, later)
    with pytest.raises(meeting.NoReason):
        meeting.moved(planned(), later, "", at=AT)
    with pytest.raises(meeting.NotAhead):
        meeting.moved(planned(), AT, "Now.", at=AT)


def test_our_people_are_known_by_their_account_and_contacts_by_name():
    occurrence = there(U0JOINED=Presence.PRESENT, Dana=Presence.ABSENT)
    ours = meeting.ours_in(occurrence, SERIES, NORTHWIND)
    assert {HOST, STAND_IN, COLLEAGUE, OWNER, "U0JOINED"} == ours
    assert meeting.client_absent(occurrence, ours)
    assert not meeting.client_absent(meeting.attended(occurrence, {"Walter": Presence.PRESENT}), ours)


STEPS = {
    "start": lambda each: meeting.start(each, CODES, Light.GREEN, at=AT),
    "on": lambda each: meeting.discussed(each, item.code if (item := meeting.current(each)) else "", at=AT),
    "note": lambda each: meeting.noted_down(each, "own", Note("x", HOST, AT)),
    "ask": lambda each: meeting.asked_for(each, Note("x", HOST, AT)),
    "attend": lambda each: meeting.attended(each, {HOST: Presence.PRESENT}),
    "close": lambda each: meeting.close(each, FULL, by=HOST, at=AT, today=TODAY),
    "skip": skipped,
    "move": lambda each: meeting.moved(each, AT + timedelta(days=1), "Why.", at=AT),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_no_order_of_steps_holds_a_review_without_attendance_outcome_and_next_date(steps: list[str]):
    occurrence = planned()
    for step in steps:
        before = occurrence
        try:
            occurrence = STEPS[step](before)
        except Refused:
            occurrence = before
        else:
            assert occurrence.version == before.version + 1
            assert not before.settled
        if occurrence.state is State.HELD:
            assert occurrence.started_at is not None
            assert Presence.PRESENT in occurrence.attendance.values()
            assert occurrence.outcome is not None
            assert isinstance(occurrence.next_on, date)
            assert isinstance(occurrence.closed_at, datetime)
