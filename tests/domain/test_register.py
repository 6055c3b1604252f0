"""The register's rules: who may change a client, who may let it meet less often, and what clashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.client import Cadence, Client, Rhythm, Series, Slower
from bot.domain.ids import ClientId, SeriesId, UserId
from bot.domain.register import (
    Booked,
    ClientDraft,
    DayFull,
    Field,
    FieldsRefused,
    RegisterPolicy,
    SeriesDraft,
    TooClose,
    changed_fields,
    clash_code,
    clashes,
    client_from,
    faults_of_client,
    faults_of_series,
    leave,
    may_change,
    series_from,
)

OWNER, HOST, OTHER, LEAD, NOBODY = (UserId(each) for each in ("UOWNER", "UHOST", "UOTHER", "ULEAD", "UNOBODY"))
LEADS = frozenset({LEAD})
TODAY = date(2026, 3, 2)
POLICY = RegisterPolicy({}, (15, 30, 45, 60), 15, 4, 366, 56, 30, 24, 60)
CLIENT = Client(ClientId("C1"), "Acme", OWNER, "America/New_York")
RHYTHM = Rhythm(Cadence.WEEKLY, (1,), time(9, 30), date(2026, 3, 3))
DRAFT = SeriesDraft(RHYTHM, 30, HOST, OTHER)
MONTHLY = replace(
    DRAFT,
    rhythm=replace(RHYTHM, cadence=Cadence.MONTHLY),
    slower_because="A small account.",
    slower_until=date(2026, 9, 1),
)
NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)


def a_series(draft: SeriesDraft = DRAFT, slower: Slower | None = None) -> Series:
    return series_from(draft, CLIENT, SeriesId("S1"), slower=slower, today=TODAY)


def booked(minutes_later: int, client: str = "C2", length: int = 30) -> Booked:
    return Booked(ClientId(client), NINE + timedelta(minutes=minutes_later), length)


@pytest.mark.parametrize("user", [OWNER, HOST, OTHER, LEAD])
def test_those_who_answer_for_a_client_may_change_it(user: UserId) -> None:
    assert may_change(CLIENT, a_series(), by=user, leads=LEADS)


def test_nobody_else_may_change_it_and_a_host_only_while_there_is_a_series() -> None:
    assert not may_change(CLIENT, a_series(), by=NOBODY, leads=LEADS)
    assert not may_change(CLIENT, None, by=HOST, leads=LEADS)


def test_leave_to_meet_less_often_is_given_by_a_lead_only() -> None:
    with pytest.raises(FieldsRefused) as refused:
        leave(MONTHLY, None, by=OWNER, leads=LEADS)
    assert list(refused.value.faults) == [Field.CADENCE]
    assert leave(MONTHLY, None, by=LEAD, leads=LEADS) == Slower("A small account.", LEAD, date(2026, 9, 1))
    assert leave(DRAFT, None, by=OWNER, leads=LEADS) is None


def test_leave_that_was_given_holds_until_somebody_asks_for_more() -> None:
    given_before = Slower("A small account.", LEAD, date(2026, 9, 1))
    before = a_series(MONTHLY, given_before)
    assert leave(replace(MONTHLY, minutes=45), before, by=HOST, leads=LEADS) == given_before
    for more in (
        replace(MONTHLY, slower_until=date(2026, 12, 1)),
        replace(MONTHLY, slower_because="It is fine."),
        replace(MONTHLY, rhythm=replace(RHYTHM, cadence=Cadence.QUARTERLY)),
    ):
        with pytest.raises(FieldsRefused):
            leave(more, before, by=HOST, leads=LEADS)


def test_leave_needs_a_reason_and_an_end_within_a_year() -> None:
    bare = replace(MONTHLY, slower_because=" ", slower_until=None)
    assert set(faults_of_series(bare, POLICY, today=TODAY)) == {Field.SLOWER_BECAUSE, Field.SLOWER_UNTIL}
    for until in (TODAY - timedelta(days=1), TODAY + timedelta(days=367)):
        wrong = replace(MONTHLY, slower_until=until)
        assert set(faults_of_series(wrong, POLICY, today=TODAY)) == {Field.SLOWER_UNTIL}
    assert faults_of_series(MONTHLY, POLICY, today=TODAY) == {}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (replace(DRAFT, rhythm=replace(RHYTHM, weekdays=())), Field.WEEKDAYS),
        (replace(MONTHLY, rhythm=replace(MONTHLY.rhythm, weekdays=(1, 2))), Field.WEEKDAYS),
        (replace(DRAFT, rhythm=replace(RHYTHM, week_of_month=6)), Field.WEEK_OF_MONTH),
        (replace(DRAFT, rhythm=replace(RHYTHM, ends_on=date(2026, 3, 2))), Field.LAST_DATE),
        (replace(DRAFT, minutes=20), Field.MINUTES),
        (replace(DRAFT, host=UserId("")), Field.HOST),
        (replace(DRAFT, stand_in=HOST), Field.STAND_IN),
        (replace(DRAFT, pack_hours=0), Field.PACK_HOURS),
        (replace(DRAFT, host_minutes=1), Field.HOST_MINUTES),
        (replace(DRAFT, our_side=(HOST,) * 21), Field.OUR_SIDE),
        (replace(DRAFT, client_side=("x" * 81,)), Field.CLIENT_SIDE),
    ],
)
def test_each_fault_of_a_series_is_named_by_its_field(wrong: SeriesDraft, field: Field) -> None:
    assert list(faults_of_series(wrong, POLICY, today=TODAY)) == [field]


def test_faults_of_a_client_come_all_at_once() -> None:
    draft = ClientDraft("", UserId(""), "Mars/Base", ("Acme", "acme"), frameworks=frozenset({"pcj"}))
    assert set(faults_of_client(draft)) == {
        Field.NAME,
        Field.ALIASES,
        Field.ZONE,
        Field.FRAMEWORKS,
        Field.ACCOUNT_OWNER,
    }


def test_a_changed_series_goes_on_from_where_it_was_planned_and_keeps_the_clients_clock() -> None:
    before = replace(a_series(), planned_until=date(2026, 5, 1), version=4)
    manila = replace(CLIENT, zone="Asia/Manila")
    after = series_from(DRAFT, manila, before.id, slower=None, today=TODAY, before=before)
    assert (after.planned_until, after.version, after.zone) == (date(2026, 5, 1), 5, "Asia/Manila")


def test_a_series_that_had_ended_has_missed_nothing_when_it_begins_again() -> None:
    ended = replace(a_series(), planned_until=date(2026, 1, 1), ended_at=datetime(2025, 12, 1, tzinfo=UTC))
    after = series_from(DRAFT, CLIENT, ended.id, slower=None, today=TODAY, before=ended)
    assert (after.planned_until, after.ended_at) == (None, None)


def test_changed_fields_say_which_and_never_what() -> None:
    renamed = client_from(ClientDraft("Acme Bank", OWNER, "UTC"), CLIENT.id, CLIENT)
    assert changed_fields(renamed, CLIENT) == ("name", "zone")


def test_fifteen_minutes_in_between_are_enough_and_fourteen_are_not() -> None:
    zone = ZoneInfo("UTC")
    new = [Booked(ClientId("C1"), NINE, 30)]
    assert clashes(new, [booked(45), booked(-45)], POLICY, zone=zone) == ()
    assert clashes(new, [booked(44)], POLICY, zone=zone) == (TooClose(ClientId("C2"), NINE.date(), 1),)
    assert clashes(new, [booked(-44)], POLICY, zone=zone) == (TooClose(ClientId("C2"), NINE.date(), 1),)


def test_the_load_counts_by_the_hosts_own_day() -> None:
    others = [booked(60 * hours, f"C{hours}") for hours in (2, 4, 6, 8)]
    new = [Booked(ClientId("C1"), NINE, 30)]
    assert clashes(new, others, POLICY, zone=ZoneInfo("UTC")) == (DayFull(NINE.date(), 5, 1),)
    assert clashes(new, others[:3], POLICY, zone=ZoneInfo("UTC")) == ()  # four a day are as many as one may hold
    assert clashes(new, others, POLICY, zone=ZoneInfo("Pacific/Auckland")) == ()  # it is the next day there by then


@given(st.lists(st.integers(-600, 600), max_size=8), st.integers(-600, 600))
def test_whether_two_clash_does_not_depend_on_who_came_first(others: list[int], new: int) -> None:
    zone = ZoneInfo("UTC")
    one = {
        clash.client
        for other in others
        for clash in clashes([booked(new, "A")], [booked(other, "B")], POLICY, zone=zone)
        if isinstance(clash, TooClose)
    }
    two = {
        clash.client
        for other in others
        for clash in clashes([booked(other, "B")], [booked(new, "A")], POLICY, zone=zone)
        if isinstance(clash, TooClose)
    }
    assert bool(one) == bool(two)


def test_a_confirmation_holds_for_these_clashes_and_no_others() -> None:
    one, other = TooClose(ClientId("C2"), TODAY, 1), TooClose(ClientId("C3"), TODAY, 1)
    assert clash_code([]) == ""
    assert clash_code([one]) == clash_code([replace(one, on=date(2026, 4, 1), times=9)])
    assert len({clash_code(each) for each in ([one], [other], [one, other], [DayFull(TODAY, 5, 1)])}) == 4
