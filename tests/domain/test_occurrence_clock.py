"""What a review owes at each moment around its start, whom a missed one is told to, and when people have peace."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import Slot, planned
from bot.domain.client import Quiet, SideOf
from bot.domain.client_review import Occurrence, State
from bot.domain.ids import OccurrenceId, UserId
from bot.domain.occurrence_clock import (
    Rung,
    Step,
    first_look_at,
    ladder,
    look_again_at,
    missed_in_a_row,
    new_date,
    not_in_quiet,
    owed_now,
    pack_not_before,
    person_not_before,
    planned_from,
    replanned,
)
from bot.domain.reminders import MissedRows
from tests.domain.rhythms import a_rhythm, a_series

BERLIN = ZoneInfo("Europe/Berlin")
SERIES = a_series()
SLOT = planned(SERIES, {}, after=date(2026, 11, 23), until=date(2026, 11, 24))[0]
REVIEW = planned_from(SERIES, SLOT, OccurrenceId("O1"))
START = REVIEW.start_at
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = Quiet(time(20), time(8))


def a_review(state: State = State.PLANNED, **fields) -> Occurrence:
    return replace(REVIEW, state=state, **fields)


def owed(offset: timedelta, review: Occurrence = REVIEW) -> set[Step]:
    return set(owed_now(review, SERIES, now=START + offset))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (-DAY - MINUTE, set()),
        (-DAY, {Step.PACK}),
        (-HOUR - MINUTE, {Step.PACK}),
        (-HOUR, {Step.PACK, Step.HOST}),
        (-MINUTE, {Step.PACK, Step.HOST}),
        (timedelta(), {Step.PACK, Step.START}),
        (14 * MINUTE, {Step.PACK, Step.START}),
        (15 * MINUTE, {Step.PACK, Step.LATE}),
        (DAY - MINUTE, {Step.PACK, Step.LATE}),
        (DAY, {Step.MISSED}),
        (30 * DAY, {Step.MISSED}),
    ],
)
def test_a_planned_review_owes_what_has_come_due_and_is_not_moot(offset: timedelta, expected: set[Step]):
    assert owed(offset) == expected


def test_one_that_has_started_owes_no_reminder_and_is_missed_only_when_nobody_closes_it():
    late_start = a_review(State.OPEN, started_at=START + 5 * HOUR)
    assert owed(5 * HOUR, late_start) == set()
    assert owed(DAY + 5 * HOUR - MINUTE, late_start) == set()
    assert owed(DAY + 5 * HOUR, late_start) == {Step.MISSED}


@pytest.mark.parametrize("state", [State.HELD, State.SKIPPED, State.MISSED])
def test_one_that_is_settled_owes_nothing_and_is_looked_at_no_more(state: State):
    for offset in (-DAY, -HOUR, timedelta(), DAY):
        assert owed(offset, a_review(state)) == set()
        assert look_again_at(a_review(state), SERIES, now=START + offset) is None


def test_a_series_chooses_its_own_lead_times():
    series = replace(SERIES, pack_hours=48, host_minutes=10)
    assert first_look_at(REVIEW, series) == START - 2 * DAY
    assert owed_now(REVIEW, series, now=START - 11 * MINUTE) == {Step.PACK}
    assert owed_now(REVIEW, series, now=START - 10 * MINUTE) == {Step.PACK, Step.HOST}


@given(st.integers(-3 * 24 * 60, 3 * 24 * 60), st.sampled_from(State), st.integers(0, 100), st.integers(0, 2_000))
def test_nothing_comes_due_between_two_looks(minutes: int, state: State, pack_hours: int, host_minutes: int):
    """Following `look_again_at` from any moment meets every step that a look each minute would meet."""
    series = replace(SERIES, pack_hours=pack_hours, host_minutes=host_minutes)
    review = a_review(state, started_at=START if state is State.OPEN else None)
    now = START + minutes * MINUTE
    following = look_again_at(review, series, now=now)
    assert following is None or following > now
    # What is due by then was due at the look before, apart from "late", which only a late look can find.
    end = (following or now + 3 * DAY) - timedelta(seconds=1)
    for fraction in range(1, 5):
        between = owed_now(review, series, now=now + (end - now) * fraction / 4)
        assert between - {Step.LATE} <= owed_now(review, series, now=now) - {Step.LATE}


def test_quiet_hours_hold_until_they_end_on_that_clock():
    evening = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)  # 21:30 in Berlin
    assert not_in_quiet(evening, BERLIN, NIGHT) == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    early = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert not_in_quiet(early, BERLIN, NIGHT) == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    noon = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
    assert not_in_quiet(noon, BERLIN, NIGHT) == noon
    assert not_in_quiet(noon, BERLIN, Quiet(time(12), time(13))) == noon + HOUR
    assert not_in_quiet(noon, BERLIN, Quiet(time(12), time(12))) == noon
    assert not_in_quiet(noon, BERLIN, None) == noon


def test_a_pack_waits_for_the_morning_unless_that_is_too_late_to_read_it():
    series = replace(SERIES, quiet=NIGHT)
    night = START - 11 * HOUR  # 23:00 before a review at 10:00
    assert pack_not_before(REVIEW, series, BERLIN, now=night) == START - 2 * HOUR
    early = replace(REVIEW, start_at=START - 1 * HOUR)  # at 9:00, its host's reminder comes at 8:00
    assert pack_not_before(early, series, BERLIN, now=night) == night


def test_news_that_can_wait_reaches_people_in_their_working_hours():
    saturday = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    monday_nine = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert person_not_before(SERIES, BERLIN, now=saturday) == monday_nine
    assert person_not_before(SERIES, BERLIN, now=monday_nine) == monday_nine
    busy_morning = replace(SERIES, quiet=Quiet(time(8), time(11)))
    assert person_not_before(busy_morning, BERLIN, now=saturday) == monday_nine + 2 * HOUR
    always = replace(SERIES, quiet=Quiet(time(8), time(18)))
    assert person_not_before(always, BERLIN, now=saturday) == saturday


def a_row(*states: State) -> list[Occurrence]:
    return [a_review(state) for state in states]


def test_a_row_of_missed_ones_ends_at_one_that_was_held():
    held, missed, skipped, planned_one = State.HELD, State.MISSED, State.SKIPPED, State.PLANNED
    assert missed_in_a_row([]) == 0
    assert missed_in_a_row(a_row(held, missed, missed)) == 0
    assert missed_in_a_row(a_row(missed, missed, held, missed)) == 2
    assert missed_in_a_row(a_row(planned_one, State.OPEN, missed)) == 1
    # Calling one off in between is no way out of the row.
    assert missed_in_a_row(a_row(skipped, missed, skipped, missed, held)) == 2


def test_each_further_miss_is_told_one_rung_higher():
    rows = MissedRows(leads=2, ciso=3, new_date=5)
    assert ladder(1, rows) == (Rung.HOSTS,)
    assert ladder(2, rows) == (Rung.HOSTS, Rung.LEADS)
    assert ladder(3, rows) == ladder(7, rows) == (Rung.HOSTS, Rung.LEADS, Rung.CISO)
    assert ladder(3, MissedRows(leads=1, ciso=4, new_date=5)) == (Rung.HOSTS, Rung.LEADS)


def test_a_missed_review_gets_a_new_date_within_five_working_days():
    wednesday = date(2026, 11, 25)
    assert new_date(wednesday, 5, busy=[], days_off={}) == date(2026, 11, 26)
    off = {SideOf.CLIENTS: {date(2026, 11, 26): "Thanksgiving", date(2026, 11, 27): "Day After"}}
    assert new_date(wednesday, 5, busy=[date(2026, 11, 30)], days_off=off) == date(2026, 12, 1)
    all_off = {SideOf.OURS: {wednesday + each * DAY: "Closed" for each in range(20)}}
    assert new_date(wednesday, 5, busy=[], days_off=all_off) == date(2026, 12, 2)


def test_a_changed_series_moves_what_it_planned_and_keeps_what_people_moved():
    after = replace(SERIES, rhythm=a_rhythm(at=time(15)), host=UserId("U_NEW"), minutes=45)
    new = Slot(SLOT.on, SLOT.held_on, START + 5 * HOUR)
    moved = replanned(REVIEW, SLOT, new, before=SERIES, after=after)
    assert (moved.start_at, moved.host, moved.stand_in, moved.minutes) == (START + 5 * HOUR, "U_NEW", "U_STAN", 45)
    by_hand = replace(REVIEW, start_at=START + HOUR, moved_because="The client is at a fair.")
    kept = replanned(by_hand, SLOT, new, before=SERIES, after=after)
    assert (kept.start_at, kept.moved_because, kept.host) == (START + HOUR, "The client is at a fair.", "U_NEW")
    handed_over = replace(REVIEW, host=UserId("U_STAN"), stand_in=UserId("U_HANA"))
    assert replanned(handed_over, SLOT, new, before=SERIES, after=after).host == "U_STAN"
