"""An owner's actions: one reminder a morning at most, and no way to lose one without a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import (
    ActionEnded,
    NobodyElse,
    NoEvidence,
    NoReason,
    NotLater,
    NotYourAction,
    done,
    look_at_actions,
    not_mine,
    put_off,
)
from bot.domain.client import Cadence, Rhythm, Series, SideOf
from bot.domain.client_review import ActionItem, ActionState
from bot.domain.ids import ActionItemId, ClientId, OccurrenceId, SeriesId, UserId
from bot.domain.refused import Refused
from bot.domain.reminders import in_morning
from bot.knowledge import default_folder, load_knowledge

RULES = load_knowledge(default_folder()).reminders
ANA, HOST, STAND_IN = UserId("U_ANA"), UserId("U_HOST"), UserId("U_STAND_IN")
MANILA = ZoneInfo("Asia/Manila")
AT = datetime(2026, 9, 1, 8, tzinfo=UTC)
ACTION = ActionItem(
    ActionItemId("A1"),
    ClientId("K1"),
    "Send the new contract.",
    SideOf.OURS,
    str(ANA),
    date(2026, 9, 10),
    OccurrenceId("O1"),
    AT,
    HOST,
)
SERIES = Series(
    SeriesId("S1"),
    ClientId("K1"),
    Rhythm(Cadence.WEEKLY, (0,), time(10), date(2026, 9, 1)),
    "Asia/Manila",
    30,
    HOST,
    STAND_IN,
)


def test_from_three_days_before_it_is_due_there_is_one_reminder_a_working_morning():
    reached, said, at = None, [], AT
    while at < AT + timedelta(days=13):
        owed = look_at_actions([ACTION], rules=RULES, reached=reached, zone=MANILA, now=at)
        if owed.remind:
            said.append(at.astimezone(MANILA))
        reached = owed.reached or reached
        assert owed.look_at is not None
        assert owed.look_at > at
        at = owed.look_at
    assert [each.day for each in said] == [7, 8, 9, 10, 11, 14]
    assert {each.hour for each in said} == {9}


def test_with_none_open_nobody_looks_again():
    owed = look_at_actions([replace(ACTION, state=ActionState.DONE)], rules=RULES, reached=None, zone=MANILA, now=AT)
    assert (owed.remind, owed.look_at) == (False, None)


@given(st.lists(st.integers(0, 30 * 24 * 60).map(lambda minutes: AT + timedelta(minutes=minutes)), max_size=40))
def test_never_twice_a_day_and_only_in_the_owners_morning(looks: Sequence[datetime]):
    reached, days = None, []
    for at in looks:
        owed = look_at_actions([ACTION], rules=RULES, reached=reached, zone=MANILA, now=at)
        reached = owed.reached or reached
        if owed.remind:
            assert in_morning(at, MANILA, RULES.morning)
            days.append(at.astimezone(MANILA).date())
    assert days == sorted(set(days))


def test_done_keeps_its_evidence():
    closed = done(ACTION, by=ANA, evidence=" https://wiki.example/contract ", at=AT)
    assert (closed.state, closed.closed_by, closed.closed_at) == (ActionState.DONE, ANA, AT)
    assert closed.closed_because == "https://wiki.example/contract"


def test_put_off_keeps_the_old_day_and_the_reason():
    later = put_off(ACTION, by=ANA, to=date(2026, 9, 20), because="The client is away.", today=AT.date(), at=AT)
    assert later.due_on == date(2026, 9, 20)
    assert [(each.old, each.new, each.because) for each in later.moved] == [
        (date(2026, 9, 10), date(2026, 9, 20), "The client is away.")
    ]


@pytest.mark.parametrize(
    ("owner", "wrote", "gets"), [(ANA, HOST, HOST), (HOST, ANA, ANA), (HOST, HOST, STAND_IN), (STAND_IN, ANA, HOST)]
)
def test_not_mine_goes_to_the_host_or_else_to_whoever_wrote_it_down(owner: UserId, wrote: UserId, gets: UserId):
    handed = not_mine(replace(ACTION, owner=str(owner), by=wrote), by=owner, series=SERIES)
    assert (handed.owner, handed.state) == (str(gets), ActionState.OPEN)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda: done(ACTION, by=HOST, evidence="x", at=AT), NotYourAction),
        (lambda: done(replace(ACTION, side=SideOf.CLIENTS), by=ANA, evidence="x", at=AT), NotYourAction),
        (lambda: done(ACTION, by=ANA, evidence="  ", at=AT), NoEvidence),
        (lambda: done(replace(ACTION, state=ActionState.DONE), by=ANA, evidence="x", at=AT), ActionEnded),
        (
            lambda: put_off(ACTION, by=ANA, to=date(2026, 9, 20), because=" ", today=AT.date(), at=AT),
            NoReason,
        ),
        (
            lambda: put_off(ACTION, by=ANA, to=AT.date(), because="x", today=AT.date(), at=AT),
            NotLater,
        ),
        (
            lambda: put_off(ACTION, by=ANA, to=date(2026, 9, 10), because="x", today=AT.date(), at=AT),
            NotLater,
        ),
        (lambda: not_mine(ACTION, by=HOST, series=SERIES), NotYourAction),
        (lambda: not_mine(replace(ACTION, by=ANA), by=ANA, series=None), NobodyElse),
    ],
)
def test_what_is_not_done_with_an_action(step: Callable[[], object], refusal: type[Refused]):
    with pytest.raises(refusal):
        step()
