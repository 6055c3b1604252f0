"""Which dates a series meets on: rhythms, their ends, days off, another zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendar import DaysOff, Slot, dates, planned
from bot.domain.client import LAST_WEEK, Cadence, Rhythm, SideOf, Slower
from bot.domain.ids import UserId
from tests.domain.rhythms import FRI, MON, THU, TUE, WED, a_rhythm, a_series

DAY = timedelta(days=1)
YEAR_BEFORE, YEAR_AFTER = date(2025, 11, 24), date(2027, 11, 24)


def first(rhythm: Rhythm, how_many: int = 4, slower: Slower | None = None) -> list[str]:
    return [f"{on:%m-%d}" for on in islice(dates(rhythm, slower), how_many)]


def slots(rhythm: Rhythm, days_off: DaysOff | None = None, until: date = YEAR_AFTER) -> list[Slot]:
    return planned(a_series(rhythm), days_off or {}, after=YEAR_BEFORE, until=until)


def off(*days: str, side: SideOf = SideOf.CLIENTS) -> DaysOff:
    return {side: {date.fromisoformat(day): "Founders' Day" for day in days}}


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (a_rhythm(Cadence.WEEKLY, TUE), ["11-24", "12-01", "12-08", "12-15"]),
        (a_rhythm(Cadence.WEEKLY, MON, THU), ["11-26", "11-30", "12-03", "12-07"]),
        (a_rhythm(Cadence.FORTNIGHTLY, MON), ["11-30", "12-14", "12-28", "01-11"]),
        (a_rhythm(Cadence.MONTHLY, TUE, week_of_month=1), ["12-01", "01-05", "02-02", "03-02"]),
        (a_rhythm(Cadence.MONTHLY, TUE, week_of_month=4), ["11-24", "12-22", "01-26", "02-23"]),
        (a_rhythm(Cadence.MONTHLY, MON, week_of_month=LAST_WEEK), ["11-30", "12-28", "01-25", "02-22"]),
        (a_rhythm(Cadence.MONTHLY, WED, week_of_month=LAST_WEEK), ["11-25", "12-30", "01-27", "02-24"]),
        (a_rhythm(Cadence.QUARTERLY, FRI, week_of_month=2), ["12-11", "03-12", "06-11", "09-10"]),
        (a_rhythm(Cadence.QUARTERLY, FRI, week_of_month=LAST_WEEK), ["11-27", "02-26", "05-28", "08-27"]),
    ],
)
def test_each_rhythm_has_its_dates(rhythm: Rhythm, expected: list[str]):
    assert first(rhythm) == expected


def test_the_last_date_is_the_day_the_rhythm_ends_or_before():
    assert first(a_rhythm(ends_on=date(2026, 12, 8))) == ["11-24", "12-01", "12-08"]
    assert first(a_rhythm(ends_on=date(2026, 12, 7))) == ["11-24", "12-01"]
    assert first(a_rhythm(ends_on=date(2026, 11, 1))) == []


def test_when_the_leave_to_meet_less_often_runs_out_reviews_are_weekly_again():
    leave = Slower("A quiet quarter.", UserId("U_LEO"), date(2026, 12, 20))
    assert first(a_rhythm(Cadence.FORTNIGHTLY, TUE), 5, leave) == ["11-24", "12-08", "12-22", "12-29", "01-05"]
    assert first(a_rhythm(Cadence.WEEKLY, TUE), 5, leave) == ["11-24", "12-01", "12-08", "12-15", "12-22"]
    ending = a_rhythm(Cadence.FORTNIGHTLY, TUE, ends_on=date(2026, 12, 22))
    assert first(ending, 9, leave) == ["11-24", "12-08", "12-22"]


def test_a_series_that_has_ended_has_no_further_reviews():
    ended = a_series(ended_at=datetime(2026, 12, 8, 9, 0, tzinfo=UTC))  # the hour of its review
    assert [slot.on for slot in planned(ended, {}, after=YEAR_BEFORE, until=YEAR_AFTER)] == [
        date(2026, 11, 24),
        date(2026, 12, 1),
    ]


def test_in_another_zone_a_series_keeps_its_dates_and_its_time_of_day():
    berlin, manila = a_series(), a_series(zone="Asia/Manila")
    ours = planned(berlin, {}, after=YEAR_BEFORE, until=YEAR_AFTER)
    theirs = planned(manila, {}, after=YEAR_BEFORE, until=YEAR_AFTER)
    assert [slot.on for slot in ours] == [slot.on for slot in theirs]
    for series, planned_slots in ((berlin, ours), (manila, theirs)):
        shown = {slot.start_at.astimezone(ZoneInfo(series.zone)).time() for slot in planned_slots}
        assert shown == {time(10)}


def test_a_day_off_moves_a_review_to_the_nearest_workday_before():
    moved = slots(a_rhythm(Cadence.WEEKLY, MON), off("2026-12-07"))
    assert [(slot.on, slot.held_on) for slot in moved[:2]] == [
        (date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 12, 7), date(2026, 12, 4)),
    ]
    assert moved[1].moved_because == "Founders' Day is a day off for the client."
    assert moved[1].start_at == datetime(2026, 12, 4, 9, 0, tzinfo=UTC)


def test_where_no_day_before_is_free_it_moves_to_the_nearest_workday_after():
    # The first date of a series cannot move to before its beginning, nor one to or over its neighbour's day.
    assert slots(a_rhythm(), off("2026-11-24"))[0].held_on == date(2026, 11, 25)
    twice_a_week = slots(a_rhythm(Cadence.WEEKLY, TUE, WED), off("2026-12-02"))
    assert [slot.held_on.day for slot in twice_a_week[2:4]] == [1, 3]


def test_one_that_moved_later_leaves_that_day_to_no_other():
    # Friday's review goes to Saturday's nearest workday after, Monday; Monday's own has nowhere to go but Tuesday.
    rhythm = a_rhythm(Cadence.WEEKLY, THU, FRI, starts_on=date(2026, 11, 26))
    moved = slots(rhythm, off("2026-11-27", "2026-12-03", "2026-12-04"), until=date(2026, 12, 5))
    assert [slot.held_on for slot in moved] == [
        date(2026, 11, 26),
        date(2026, 11, 30),
        date(2026, 12, 2),
        date(2026, 12, 7),
    ]


def test_with_no_free_workday_near_a_review_stays_and_says_so():
    daily = slots(a_rhythm(Cadence.WEEKLY, MON, TUE, WED, THU, FRI), off("2026-12-02"))
    stays = next(slot for slot in daily if slot.on == date(2026, 12, 2))
    assert stays.held_on == stays.on
    assert stays.moved_because.endswith("No workday near it was free, so it stays.")


def test_the_day_off_of_either_side_counts_and_is_named():
    christmas = {date(2026, 12, 22): "Winter Break"}
    both = slots(a_rhythm(), {SideOf.OURS: christmas, SideOf.CLIENTS: christmas})
    assert both[4].moved_because == "Winter Break is a day off for both sides."
    ours = {SideOf.OURS: christmas, SideOf.CLIENTS: {date(2026, 12, 22): "Yule"}}
    assert slots(a_rhythm(), ours)[4].moved_because == (
        "Yule is a day off for the client and Winter Break is a day off for us."
    )


weekdays = st.sets(st.integers(0, 6), min_size=1, max_size=5)
rhythms = st.builds(
    lambda cadence, days, at, starts_on, week, length: a_rhythm(
        cadence,
        *(sorted(days) if cadence is Cadence.WEEKLY else [min(days)]),
        at=at.replace(fold=0),
        starts_on=starts_on,
        week_of_month=week,
        ends_on=starts_on + length if length is not None else None,
    ),
    st.sampled_from(Cadence),
    weekdays,
    st.times(),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(1, LAST_WEEK),
    st.none() | st.timedeltas(timedelta(), timedelta(days=500)),
)
years = st.dates(date(2025, 12, 1), date(2028, 1, 1))
days_off = st.fixed_dictionaries(
    {},
    optional={side: st.dictionaries(years, st.just("A day off"), max_size=60) for side in SideOf},
)
# Long runs of days off are where neighbours could get into each other's way.
closures = st.builds(
    lambda start, length: {SideOf.CLIENTS: {start + each * DAY: "Closed" for each in range(length)}},
    st.dates(date(2026, 1, 1), date(2027, 6, 1)),
    st.integers(1, 40),
)


@given(rhythms, days_off | closures)
def test_no_two_reviews_share_a_day_and_none_overtakes_another(rhythm: Rhythm, off: DaysOff):
    found = slots(rhythm, off, until=date(2027, 12, 31))
    for one, next_one in pairwise(found):
        assert one.on < next_one.on
        assert one.held_on < next_one.held_on
        assert one.start_at < next_one.start_at


@given(rhythms, days_off | closures)
def test_a_review_moves_only_for_a_day_off_and_only_to_a_workday_of_both(rhythm: Rhythm, off: DaysOff):
    closed = {day for days in off.values() for day in days}
    for slot in slots(rhythm, off, until=date(2027, 12, 31)):
        if slot.on not in closed:
            assert (slot.held_on, slot.moved_because) == (slot.on, "")
            continue
        assert slot.moved_because
        if slot.held_on != slot.on:
            assert slot.held_on not in closed
            assert slot.held_on >= rhythm.starts_on
            assert slot.held_on.weekday() < 5 or slot.held_on.weekday() in rhythm.weekdays


@given(rhythms, days_off | closures, years, years, years)
def test_planning_in_two_steps_gives_what_planning_in_one_gives(rhythm, off, one: date, two: date, three: date):
    early, middle, late = sorted((one, two, three))
    series = a_series(rhythm)
    in_steps = planned(series, off, after=early, until=middle) + planned(series, off, after=middle, until=late)
    assert in_steps == planned(series, off, after=early, until=late)


@given(rhythms, st.integers(1, 60))
def test_the_dates_of_a_rhythm_are_its_weekdays_and_never_further_apart_than_it_says(rhythm: Rhythm, how_many: int):
    found = list(islice(dates(rhythm), how_many))
    widest = {Cadence.WEEKLY: 7, Cadence.FORTNIGHTLY: 14, Cadence.MONTHLY: 35, Cadence.QUARTERLY: 98}[rhythm.cadence]
    assert all(on.weekday() in rhythm.weekdays and on >= rhythm.starts_on for on in found)
    assert all(timedelta() < later - earlier <= timedelta(days=widest) for earlier, later in pairwise(found))
    if found:
        assert found[0] - rhythm.starts_on < timedelta(days=38)


@given(rhythms.filter(lambda rhythm: rhythm.cadence is not Cadence.WEEKLY), years)
def test_leave_to_meet_less_often_never_makes_reviews_rarer_than_the_rhythm_without_an_end(rhythm, until: date):
    leave = Slower("Agreed.", UserId("U_LEO"), until)
    last = date(2028, 1, 1)
    with_end = {on for on in islice(dates(replace(rhythm, ends_on=last), leave), 200)}
    assert {on for on in dates(replace(rhythm, ends_on=min(until, last)))} <= with_end
    weekly = {on for on in dates(replace(rhythm, cadence=Cadence.WEEKLY, ends_on=last)) if on > until}
    assert weekly <= with_end
