"""Who counts as a lead: those who were there from the start, those named one by one, and others after their wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import UserId
from bot.domain.roster import Compared, Counts, Member, Roster, compare, counts

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
LEA, LEO, EVE = UserId("U_LEA"), UserId("U_LEO"), UserId("U_EVE")
USERS = st.frozensets(st.sampled_from([LEA, LEO, EVE]))


def group(*users: UserId, named: frozenset[UserId] = frozenset()) -> Roster:
    return Roster(named, {"S1": frozenset(users)})


def looked(known: list[Member], present: frozenset[UserId], at: datetime, *, first: bool = False) -> list[Member]:
    changes = compare(known, present, first_look=first, at=at, wait=DAY)
    return [each for each in known if each.user not in changes.left] + list(changes.came)


def test_at_the_first_look_nobody_waits():
    known = looked([], frozenset({LEA, LEO}), AT, first=True)
    assert all(counts(user, group(LEA, LEO), {"S1": known}, at=AT) == Counts(now=True) for user in (LEA, LEO))


@pytest.mark.parametrize(
    ("after", "now"),
    [
        (timedelta(0), False),
        (timedelta(hours=23, minutes=59), False),
        (DAY, True),
        (timedelta(hours=24, minutes=1), True),
    ],
)
def test_a_newcomer_counts_a_day_after_they_were_first_seen(after: timedelta, now: bool):
    known = looked(looked([], frozenset({LEA}), AT, first=True), frozenset({LEA, EVE}), AT)
    found = counts(EVE, group(LEA, EVE), {"S1": known}, at=AT + after)
    assert found == (Counts(now=True) if now else Counts(now=False, later=AT + DAY))
    assert counts(LEA, group(LEA, EVE), {"S1": known}, at=AT + after) == Counts(now=True)


def test_whoever_comes_back_starts_anew():
    known = looked([], frozenset({LEA, LEO}), AT, first=True)
    known = looked(known, frozenset({LEA}), AT + DAY)
    known = looked(known, frozenset({LEA, LEO}), AT + 2 * DAY)
    assert counts(LEO, group(LEA, LEO), {"S1": known}, at=AT + 2 * DAY) == Counts(now=False, later=AT + 3 * DAY)


def test_whoever_fills_an_emptied_group_waits_like_any_newcomer():
    known = looked(looked([], frozenset({LEA}), AT, first=True), frozenset(), AT)
    assert known == []
    known = looked(known, frozenset({EVE}), AT)
    assert counts(EVE, group(EVE), {"S1": known}, at=AT) == Counts(now=False, later=AT + DAY)


def test_whoever_the_settings_name_counts_at_once():
    known = looked(looked([], frozenset({LEA}), AT, first=True), frozenset({LEA, EVE}), AT)
    roster = group(LEA, EVE, named=frozenset({EVE}))
    assert counts(EVE, roster, {"S1": known}, at=AT) == Counts(now=True)
    assert counts(EVE, Roster(frozenset({EVE}), {}), {}, at=AT) == Counts(now=True)


def test_of_several_groups_the_one_that_counts_earliest_decides():
    later, earlier = Member(EVE, AT, AT + 2 * DAY), Member(EVE, AT, AT + DAY)
    roster = Roster(frozenset(), {"S1": frozenset({EVE}), "S2": frozenset({EVE})})
    assert counts(EVE, roster, {"S1": [later], "S2": [earlier]}, at=AT) == Counts(now=False, later=AT + DAY)
    assert counts(EVE, roster, {"S1": [later], "S2": [Member(EVE, AT, None)]}, at=AT) == Counts(now=True)


def test_not_knowing_since_when_is_a_no():
    assert counts(EVE, group(EVE), {}, at=AT) == Counts(now=False)


def test_what_is_stored_helps_nobody_who_is_not_in_the_group_now():
    assert counts(LEA, group(), {"S1": [Member(LEA, AT, None)]}, at=AT) == Counts(now=False)


@given(looks=st.lists(st.tuples(USERS, st.integers(0, 40)), min_size=1, max_size=12))
def test_whatever_happens_to_the_group_nobody_counts_who_was_not_there_at_every_look_of_a_day(
    looks: list[tuple[frozenset[UserId], int]],
):
    known: list[Member] = []
    at, since = AT, dict[UserId, datetime | None]()
    for number, (present, hours) in enumerate(looks):
        at += timedelta(hours=hours)
        known = looked(known, present, at, first=not number)
        since = {user: since.get(user, at if number else None) for user in present}
        for user in (LEA, LEO, EVE):
            found = counts(user, group(*present), {"S1": known}, at=at)
            joined = since.get(user)
            assert found.now == (user in present and (joined is None or at - joined >= DAY))


@given(known=USERS, present=USERS)
def test_comparing_twice_finds_nothing_new(known: frozenset[UserId], present: frozenset[UserId]):
    after = looked([Member(user, AT, None) for user in known], present, AT)
    assert {each.user for each in after} == present
    assert compare(after, present, first_look=False, at=AT + DAY, wait=DAY) == Compared((), ())
