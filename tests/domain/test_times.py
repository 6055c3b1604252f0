"""Moments on somebody's clock: gaps, repeats, names of zones, mornings."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.times import (
    UnknownZone,
    in_working_hours,
    local_date,
    local_moment,
    next_morning,
    working_days_later,
    zone_of,
)

BERLIN, NEW_YORK, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca", "UTC"]
).map(ZoneInfo)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def test_a_time_of_day_that_never_happens_becomes_the_next_minute_that_does():
    assert local_moment(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    # Lord Howe puts its clocks forward by half an hour only.
    moment = local_moment(date(2026, 10, 4), time(2, 15), ZoneInfo("Australia/Lord_Howe"))
    assert moment.astimezone(ZoneInfo("Australia/Lord_Howe")).time() == time(2, 30)


def test_a_time_of_day_that_happens_twice_is_the_first_of_the_two():
    assert local_moment(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert local_moment(date(2026, 11, 1), time(1, 30, fold=1), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_date_that_a_country_left_out_becomes_the_first_minute_of_the_next():
    moment = local_moment(date(2011, 12, 30), time(10), APIA)
    assert moment.astimezone(APIA).replace(tzinfo=None) == datetime(2011, 12, 31)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/Newyork", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("IST", "Asia/Kolkata"),
        ("Asia/Calcuta", "Asia/Calcutta"),
    ],
)
def test_an_unknown_zone_is_answered_with_the_one_that_was_meant(said: str, meant: str):
    with pytest.raises(UnknownZone) as refused:
        zone_of(said)
    assert meant in refused.value.near
    assert f"Did you mean {refused.value.near[0]}" in refused.value.reason
    assert said in refused.value.reason


@pytest.mark.parametrize("said", ["", "../etc/passwd", "localtime", "right/UTC", "America", "Factory", "zzzzqq", "\0"])
def test_what_names_no_place_is_no_zone(said: str):
    with pytest.raises(UnknownZone):
        zone_of(said)


def test_a_morning_is_the_next_one_from_monday_to_friday():
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)  # nine o'clock in Berlin
    assert next_morning(friday - timedelta(minutes=1), BERLIN) == friday
    assert next_morning(friday, BERLIN) == friday + timedelta(days=3)
    assert next_morning(friday, BERLIN, hour=10) == friday + timedelta(hours=1)


def test_working_hours_are_those_of_the_place():
    four_utc = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)  # a Friday
    assert not in_working_hours(four_utc, BERLIN)  # 17:00
    assert in_working_hours(four_utc - timedelta(minutes=1), BERLIN)
    assert in_working_hours(four_utc, NEW_YORK)
    assert not in_working_hours(four_utc + timedelta(days=1), NEW_YORK)


def test_working_days_are_counted_over_the_weekend():
    friday = date(2026, 11, 27)
    assert working_days_later(friday, 0) == friday
    assert working_days_later(friday, 1) == date(2026, 11, 30)
    assert working_days_later(friday, 5) == date(2026, 12, 4)


@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.times(), zones)
def test_a_moment_shows_the_time_asked_for_or_a_later_one(on: date, at: time, zone: ZoneInfo):
    at = at.replace(fold=0)
    shown = local_moment(on, at, zone).astimezone(zone)
    assert shown.date() == on  # no date of these zones in these years was left out
    assert shown.replace(tzinfo=None) >= datetime.combine(on, at)
    assert shown.fold == 0


@given(st.dates(date(2015, 1, 1), date(2035, 1, 1)), st.times(), st.times(), zones)
def test_a_later_time_of_day_is_never_an_earlier_moment(on: date, one: time, other: time, zone: ZoneInfo):
    early, late = sorted((one.replace(fold=0), other.replace(fold=0)))
    assert local_moment(on, early, zone) <= local_moment(on, late, zone)


@given(moments, zones, st.integers(0, 23))
def test_the_next_morning_lies_ahead_and_no_working_morning_before_it(after: datetime, zone: ZoneInfo, hour: int):
    morning = next_morning(after, zone, hour=hour)
    assert after < morning <= after + timedelta(days=4)
    skipped = local_date(morning, zone) - timedelta(days=1)
    while skipped >= local_date(after, zone):
        assert skipped.weekday() >= 5 or local_moment(skipped, time(hour), zone) <= after
        skipped -= timedelta(days=1)
