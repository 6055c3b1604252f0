"""Client reviews by the clock: planned ahead, each reminder once and in time, missed ones told to who must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.domain.client import Cadence, DayOff, Holidays, Quiet, SideOf
from bot.domain.client_review import Skip, State
from bot.domain.due import Due, DueKind
from bot.domain.ids import OccurrenceId, SeriesId, UserId
from bot.domain.times import zone_of
from bot.store.audit import Intact, verify
from bot.use_cases import timetable
from bot.use_cases.occurrence_clock import replan
from tests.domain.rhythms import MON, THU, TUE, a_rhythm
from tests.use_cases.clockwork import (
    CISO,
    HOST,
    KEY,
    MONDAY,
    OWNER,
    SECURITY,
    STAND_IN,
    Clockwork,
    a_client,
    clockwork,
    weekly,
)

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the first review: Tuesday, ten o'clock in Berlin
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
CHANNEL = "C0CL1"


@pytest.fixture
async def clock(tmp_path: Path) -> AsyncIterator[Clockwork]:
    async with clockwork(tmp_path) as opened:
        yield opened


# --- planning ---------------------------------------------------------------------------------------------------------


async def test_reviews_are_planned_five_weeks_ahead_and_once_for_each_date(clock: Clockwork) -> None:
    await clock.add()
    for _ in range(3):
        await clock.look()
    assert [each.on for each in await clock.reviews()] == [date(2026, 11, 24) + n * WEEK for n in range(5)]
    assert [each.start_at for each in await clock.reviews()] == [START + n * WEEK for n in range(5)]
    await clock.live_until(MONDAY + 8 * DAY)
    assert len(await clock.reviews()) == 6


async def test_a_series_that_starts_today_plans_no_review_for_an_hour_that_is_over(clock: Clockwork) -> None:
    clock.at = START + HOUR
    await clock.add()
    await clock.look()
    assert (await clock.reviews())[0].on == date(2026, 12, 1)


async def test_a_series_that_ends_is_planned_to_its_end_and_then_no_more(clock: Clockwork) -> None:
    await clock.add(weekly(rhythm=a_rhythm(Cadence.WEEKLY, TUE, ends_on=date(2026, 12, 8))))
    await clock.look()
    assert [each.on.day for each in await clock.reviews()] == [24, 1, 8]
    for each in await clock.reviews():
        await clock.change(each, state=State.SKIPPED, skip=Skip("No.", HOST, clock.at))
    await clock.look()
    assert await clock.next_moment() is None


async def test_a_holiday_moves_the_review_and_keeps_the_date_it_belongs_to(clock: Clockwork) -> None:
    off = Holidays({SideOf.OURS: "DE"}, {SideOf.CLIENTS: (DayOff(date(2026, 12, 1), "Founders' Day"),)})
    await clock.add(weekly(holidays=off))
    await clock.look()
    moved = (await clock.reviews())[1]
    assert (moved.on, moved.start_at) == (date(2026, 12, 1), START + 6 * DAY)
    assert moved.moved_because == "Founders' Day is a day off for the client."


async def test_what_nobody_planned_in_time_is_planned_late_and_on_record_as_missed(clock: Clockwork) -> None:
    await clock.add()
    await clock.look()
    clock.at = MONDAY + 60 * DAY
    await clock.look()
    states = Counter(each.state for each in await clock.reviews())
    assert states[State.MISSED] == 9  # every Tuesday of those 60 days
    assert [each.on for each in await clock.reviews()] == [date(2026, 11, 24) + n * WEEK for n in range(14)]


async def test_a_client_that_left_is_planned_and_reminded_no_more(clock: Clockwork) -> None:
    await clock.add(client=a_client())
    await clock.look()

    def leave(act) -> None:
        before = act.work.clients.locked(a_client().id)
        act.work.clients.save(replace(before, left_on=date(2026, 11, 24), version=before.version + 1), before, act.at)

    await clock.act(leave)
    await clock.live_until(START + 30 * DAY)
    assert clock.slack.posts == []
    assert await clock.next_moment() is None


# --- reminders --------------------------------------------------------------------------------------------------------


async def test_the_pack_comes_a_day_before_the_host_hears_an_hour_before_and_at_the_start(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + HOUR)
    assert [(each.to, each.at) for each in clock.slack.posts] == [
        (CHANNEL, START - DAY),
        (HOST, START - HOUR),
        (HOST, START),
    ]
    assert "starts now" in clock.slack.posts[2].text
    assert "Acme Bank" in clock.slack.posts[1].text


async def test_a_client_without_a_channel_has_its_packs_sent_to_the_host(clock: Clockwork) -> None:
    await clock.add(client=a_client(channel=None))
    await clock.live_until(START - 2 * HOUR)
    assert [each.to for each in clock.slack.posts] == [HOST]


async def test_who_has_begun_or_called_it_off_hears_nothing_more(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    (first, second, *_) = await clock.reviews()
    await clock.change(first, state=State.OPEN, started_at=clock.at)
    await clock.change(second, state=State.SKIPPED, skip=Skip("A fair.", HOST, clock.at))
    await clock.live_until(START + 23 * HOUR)
    assert clock.slack.to(HOST) == []
    await clock.change(first, state=State.HELD)
    await clock.live_until(START + WEEK + 2 * DAY)
    assert clock.slack.to(HOST) == []
    assert len(clock.slack.keys("pack:")) == 1


async def test_a_reminder_that_waited_to_be_sent_is_dropped_when_somebody_begins(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    clock.at = START
    assert await timetable.tick(clock.desk) > 0  # owed, and not yet sent
    await clock.change((await clock.reviews())[0], state=State.OPEN, started_at=START)
    await clock.deliver()
    assert clock.slack.to(HOST) == []


async def test_a_reminder_that_waited_to_be_sent_is_dropped_when_the_review_moves(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    clock.at = START - HOUR
    assert await timetable.tick(clock.desk) > 0
    await clock.change((await clock.reviews())[0], start_at=START + 2 * DAY, moved_because="The client asked.")
    await clock.deliver()
    assert clock.slack.to(HOST) == []


async def test_a_review_that_moves_is_reminded_of_at_its_new_time_and_not_at_its_old_one(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    await clock.change((await clock.reviews())[0], start_at=START + 2 * DAY, moved_because="The client asked.")
    await clock.live_until(START + 2 * DAY + HOUR)
    assert [each.at for each in clock.slack.posts if each.to == HOST] == [START + 2 * DAY - HOUR, START + 2 * DAY]
    assert len(clock.slack.keys("pack:")) == 1


async def test_a_pack_waits_for_the_end_of_quiet_hours_and_a_start_does_not(clock: Clockwork) -> None:
    early = a_rhythm(Cadence.WEEKLY, TUE, at=time(7, 30))
    await clock.add(weekly(rhythm=early, pack_hours=12, quiet=Quiet(time(18), time(6))))
    start = START - 2.5 * HOUR
    await clock.live_until(start + HOUR)
    # A pack at half past seven in the evening would wake people; it comes at six. The host's reminder is not held back.
    assert [each.at for each in clock.slack.posts] == [start - 1.5 * HOUR, start - HOUR, start]


async def test_looking_twice_at_the_same_minute_says_nothing_twice(clock: Clockwork) -> None:
    await clock.add()
    for moment in (START - DAY, START - HOUR, START, START + 5 * timedelta(minutes=1)):
        clock.at = moment
        for _ in range(3):
            for each in await clock.reviews():
                await clock.act(lambda act, each=each: act.work.due.put(DueKind.OCCURRENCE, each.id, act.at))
            await clock.look()
    assert Counter(each.key for each in clock.slack.posts).most_common(1)[0][1] == 1
    assert len(clock.slack.posts) == 3


# --- after a gap ------------------------------------------------------------------------------------------------------


async def test_after_a_day_of_downtime_a_host_gets_one_message_for_all_stale_starts(clock: Clockwork) -> None:
    for n in range(1, 6):
        client = a_client(f"Client {n}", f"CL{n}")
        await clock.add(weekly(f"S{n}", rhythm=a_rhythm(Cadence.WEEKLY, TUE, at=time(9 + n))), client)
    await clock.live_until(MONDAY + HOUR)
    clock.at = START + 5 * HOUR  # 15:00 there; the last of the five was to start an hour ago
    await clock.look()
    (away,) = [text for text in clock.slack.to(HOST) if text.startswith("While I was away")]
    assert all(f"Client {n}" in away for n in range(1, 6))
    assert len(clock.slack.to(HOST)) == 1
    assert len(clock.slack.keys("pack:")) == 5
    for _ in range(3):
        clock.at += HOUR
        await clock.look()
    assert len(clock.slack.to(HOST)) == 1


async def test_what_can_wait_is_told_in_the_hosts_own_working_hours(clock: Clockwork) -> None:
    clock.people.zones[HOST] = "Asia/Manila"
    await clock.add()
    await clock.live_until(MONDAY + HOUR)
    clock.at = START + 5 * HOUR  # 22:00 in Manila
    await clock.look()
    assert clock.slack.to(HOST) == []
    await clock.live_until(START + 20 * HOUR)
    (message,) = [each for each in clock.slack.posts if each.to == HOST]
    there = message.at.astimezone(zone_of("Asia/Manila"))
    assert (there.date(), there.hour, there.minute) == (date(2026, 11, 25), 9, 0)


async def test_a_start_that_slack_took_late_says_that_it_is_over(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    clock.at = START
    await timetable.tick(clock.desk)
    clock.at = START + HOUR
    await clock.deliver()
    (text,) = clock.slack.to(HOST)
    assert "was to start" in text


async def test_weeks_of_downtime_are_told_once_for_each_series(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(MONDAY + HOUR)
    clock.at = START + 3 * WEEK + 2 * DAY
    await clock.live_until(clock.at + DAY)
    missed = [key for key in clock.slack.keys("missed:")]
    assert Counter(each.to for each in clock.slack.posts if each.key in missed) == {
        each: 1 for each in (HOST, STAND_IN, OWNER, CISO, SECURITY)
    }


@pytest.mark.parametrize("jump", [-DAY, -HOUR, HOUR, DAY])
@pytest.mark.parametrize("when", [-DAY, -HOUR, timedelta()])
async def test_a_jump_of_the_clock_loses_no_reminder_and_doubles_none(
    clock: Clockwork, jump: timedelta, when: timedelta
) -> None:
    await clock.add()
    await clock.live_until(START + when - timedelta(minutes=1))
    clock.at += jump  # somebody sets the machine's clock wrong, and right again an hour later
    for _ in range(60):
        clock.at += timedelta(minutes=1)
        await clock.look()
    clock.at = max(clock.at - jump, START + when)
    await clock.live_until(START + 6 * HOUR)
    told = Counter(each.key for each in clock.slack.posts)
    assert max(told.values()) == 1
    first = (await clock.reviews())[0].id
    assert f"pack:{first}" in told
    # However the clock went: the host was told of the start, in time, late, or that it was missed.
    assert [key for key in told if key.startswith(("start:", "away:", "missed:"))]


async def test_a_loop_that_was_blocked_for_seconds_is_made_good_at_the_next_look(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START - 2 * HOUR)
    clock.at = START - timedelta(seconds=2)
    await clock.look()
    clock.at = START + timedelta(seconds=3)  # five seconds in which nothing ran
    await clock.look()
    assert [each.key.split(":")[0] for each in clock.slack.posts] == ["pack", "host", "start"]


# --- missed -----------------------------------------------------------------------------------------------------------


async def test_each_further_missed_review_is_told_one_rung_higher(clock: Clockwork) -> None:
    await clock.add()
    told: list[set[str]] = []
    for week in range(3):
        clock.slack.posts.clear()
        await clock.live_until(START + week * WEEK + 3 * DAY)
        told.append({each.to for each in clock.slack.posts if each.key.startswith("missed:")})
    assert told == [
        {HOST, STAND_IN},
        {HOST, STAND_IN, OWNER, SECURITY},
        {HOST, STAND_IN, OWNER, SECURITY, CISO},
    ]
    assert [each.missed_row for each in await clock.reviews()][:3] == [1, 2, 3]
    query = "SELECT count(*) FROM audit_events WHERE tag = 'client_review:miss'"
    assert await clock.store.read(lambda work: work.connection.exec_driver_sql(query).scalar_one()) == 3
    assert isinstance(await clock.store.read(verify, KEY), Intact)


async def test_a_missed_review_proposes_a_new_date_within_five_working_days(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + DAY + HOUR)
    (text,) = [each.text for each in clock.slack.posts if each.key == f"missed:{(await clock.reviews())[0].id}:{HOST}"]
    assert "Acme Bank" in text
    facts = await clock.store.read(lambda work: work.connection.exec_driver_sql("SELECT facts FROM notices").all())
    assert any('"new_date":"2026-11-26"' in row[0].replace(" ", "") for row in facts)


async def test_one_that_was_started_and_never_closed_is_missed_a_day_after_it_began(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + HOUR)
    await clock.change((await clock.reviews())[0], state=State.OPEN, started_at=clock.at)
    await clock.live_until(START + DAY)
    assert (await clock.reviews())[0].state is State.OPEN
    await clock.live_until(START + DAY + HOUR)
    assert (await clock.reviews())[0].state is State.MISSED


async def test_who_holds_a_missed_review_late_ends_the_row(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + DAY)
    await clock.change((await clock.reviews())[0], state=State.HELD)
    await clock.live_until(START + WEEK + 2 * DAY)
    assert [each.missed_row for each in await clock.reviews()][1] == 1


async def test_calling_one_off_in_between_is_no_way_out_of_the_row(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + 2 * DAY)
    await clock.change((await clock.reviews())[1], state=State.SKIPPED, skip=Skip("A fair.", HOST, clock.at))
    await clock.live_until(START + 2 * WEEK + 2 * DAY)
    assert [each.missed_row for each in await clock.reviews()][:3] == [1, 0, 2]


async def test_without_the_directory_a_missed_review_is_told_when_it_answers_again(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + HOUR)
    clock.people.gone = True
    clock.at = START + DAY
    await clock.look()
    assert (await clock.reviews())[0].state is State.PLANNED
    clock.people.gone = False
    await clock.live_until(START + DAY + 2 * HOUR)
    assert (await clock.reviews())[0].state is State.MISSED
    assert len(clock.slack.keys("missed:")) == 2


# --- a series that changes --------------------------------------------------------------------------------------------


async def change_series(clock: Clockwork, **fields) -> None:
    def change(act) -> None:
        before = act.work.series.locked(SeriesId("S1"))
        after = replace(before, version=before.version + 1, **fields)
        act.work.series.save(after, before, act.at)
        replan(act, before, after)

    await clock.act(change)


async def test_a_series_in_another_zone_moves_what_is_planned(clock: Clockwork) -> None:
    await clock.add()
    await clock.live_until(START + 2 * HOUR)
    await change_series(clock, zone="America/New_York")
    first, *later = await clock.reviews()
    assert first.start_at == START  # what has begun, or should have, stays as it was
    assert [each.start_at.astimezone(zone_of("America/New_York")).time() for each in later] == [time(10)] * 4
    clock.slack.posts.clear()
    await clock.change(first, state=State.HELD)
    await clock.live_until(START + WEEK + 7 * HOUR)
    assert [each.at for each in clock.slack.posts if each.to == HOST] == [
        START + WEEK + 5 * HOUR,
        START + WEEK + 6 * HOUR,
    ]


async def test_another_weekday_calls_the_old_dates_off_and_plans_the_new_ones(clock: Clockwork) -> None:
    await clock.add()
    await clock.look()
    await change_series(clock, rhythm=a_rhythm(Cadence.WEEKLY, THU))
    states = {each.on: each.state for each in await clock.reviews()}
    assert [on.day for on, state in states.items() if state is State.SKIPPED] == [24, 1, 8, 15, 22]
    assert [on.day for on, state in states.items() if state is State.PLANNED] == [26, 3, 10, 17, 24]
    await change_series(clock, rhythm=a_rhythm(Cadence.WEEKLY, TUE))
    states = {each.on: each.state for each in await clock.reviews()}
    assert [on.day for on, state in states.items() if state is State.PLANNED] == [24, 1, 8, 15, 22]


async def test_what_somebody_moved_by_hand_stays_where_they_put_it(clock: Clockwork) -> None:
    await clock.add()
    await clock.look()
    await clock.change((await clock.reviews())[1], start_at=START + 8 * DAY, moved_because="The client asked.")
    await change_series(clock, rhythm=a_rhythm(Cadence.WEEKLY, TUE, at=time(15)), host=UserId("U0NEW"))
    reviews = await clock.reviews()
    assert reviews[1].start_at == START + 8 * DAY
    assert reviews[2].start_at == START + 2 * WEEK + 5 * HOUR
    assert {each.host for each in reviews} == {"U0NEW"}


async def test_a_review_that_somebody_put_on_a_date_of_its_own_stays_when_the_series_changes(clock: Clockwork) -> None:
    await clock.add()
    await clock.look()
    own = replace((await clock.reviews())[1], id=OccurrenceId("own"), on=date(2026, 12, 3), start_at=START + 9 * DAY)
    await clock.act(lambda act: act.work.occurrences.add(own, act.at))
    await change_series(clock, rhythm=a_rhythm(Cadence.WEEKLY, MON), host=UserId("U0NEW"))
    there = next(each for each in await clock.reviews() if each.id == "own")
    assert (there.state, there.start_at, there.host) == (State.PLANNED, START + 9 * DAY, "U0NEW")
    await change_series(clock, ended_at=clock.at)
    assert {each.state for each in await clock.reviews()} == {State.SKIPPED}


async def test_ending_a_series_calls_off_what_is_ahead(clock: Clockwork) -> None:
    await clock.add()
    await clock.look()
    await change_series(clock, ended_at=clock.at)
    assert {each.state for each in await clock.reviews()} == {State.SKIPPED}
    await clock.live_until(START + 30 * DAY)
    assert clock.slack.posts == []


# --- the look itself --------------------------------------------------------------------------------------------------


async def test_one_broken_row_keeps_no_other_from_being_looked_at(clock: Clockwork) -> None:
    await clock.add(weekly("S0", zone="Europe/Berlin"), a_client("Broken", "CL0"))
    await clock.add()
    broken = weekly("S0", zone="Nowhere/Land", rhythm=a_rhythm(Cadence.WEEKLY, MON))

    def break_it(act) -> None:
        before = act.work.series.locked(SeriesId("S0"))
        act.work.series.save(replace(broken, client=before.client, version=1), before, act.at)

    await clock.act(break_it)
    await clock.look()
    assert len(await clock.reviews()) == 5
    assert await clock.reviews("CL0") == []
    assert await clock.look() == 0  # the broken one is put off, not looked at for ever


async def test_a_kind_that_nobody_handles_yet_is_put_off_and_kept(clock: Clockwork) -> None:
    await clock.store.act(lambda work: work.due.put(DueKind.DIGEST, "channel", clock.at))
    assert await timetable.tick(clock.desk, {}) == 1
    assert await clock.next_moment() == clock.at + timetable.PUT_OFF


async def test_a_handler_that_changes_nothing_is_not_asked_for_ever(clock: Clockwork) -> None:
    await clock.store.act(lambda work: work.due.put(DueKind.DIGEST, "channel", clock.at))
    asked: list[Due] = []

    async def backwards(desk, dues) -> None:
        asked.extend(dues)
        await desk.store.act(lambda work: [work.due.done(due, clock.at - HOUR) for due in dues])

    await timetable.tick(clock.desk, {DueKind.DIGEST: backwards})
    assert len(asked) == 1
