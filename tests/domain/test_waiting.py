"""How long a review waits: the leads are reminded of a request, the team of open questions, and nothing is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChannelId, ReviewId, UserId
from bot.domain.reminders import Reminders, in_morning
from bot.domain.review import Home, Review, Stage
from bot.domain.times import in_working_hours
from bot.domain.waiting import Nudge, Told, is_paused, look_at_review, working_days_between
from bot.knowledge import default_folder, load_knowledge

RULES: Reminders = load_knowledge(default_folder()).reminders
COMPANY = ZoneInfo("Europe/Berlin")
MANILA = ZoneInfo("Asia/Manila")
SINCE = datetime(2026, 9, 3, 12, 30, tzinfo=UTC)  # a Thursday, half past two in Berlin


def a_review(stage: Stage, **fields: object) -> Review:
    review = Review(ReviewId("R1"), None, "Otter", UserId("U_ANA"), Home(ChannelId("C1"), "1.2"), SINCE, stage)
    return replace(review, **fields)  # type: ignore[arg-type]


def a_request(**fields: object) -> Review:
    return a_review(Stage.SUBMITTED, **{"submitted_at": SINCE, **fields})


@dataclass
class Watch:
    review: Review
    touched_at: datetime = SINCE
    team_zone: ZoneInfo = COMPANY
    reached: dict[str, date] = field(default_factory=dict)
    said: list[tuple[datetime, str]] = field(default_factory=list)

    def look(self, now: datetime) -> Told:
        told = look_at_review(
            self.review,
            touched_at=self.touched_at,
            rules=RULES,
            reached=self.reached,
            team_zone=self.team_zone,
            company=COMPANY,
            now=now,
        )
        self.reached |= told.reached
        self.said += [(now, "leads")] if told.leads else []
        self.said += [(now, "ciso")] if told.ciso else []
        self.said += [(now, told.team)] if told.team else []
        return told

    def run(self, days: int, start: datetime = SINCE) -> None:
        at: datetime | None = start
        while at is not None and at < start + timedelta(days=days):
            following = self.look(at).look_at
            assert following is None or following > at, "it would be looked at again at once, for ever"
            at = following


def test_leads_are_reminded_after_a_working_day_and_then_daily_and_weekly_once_the_ciso_was_told():
    watch = Watch(a_request())
    watch.run(30)
    leads = [at for at, said in watch.said if said == "leads"]
    # The same time of day: Friday, then Monday.
    assert leads[:2] == [datetime(2026, 9, 4, 12, 30, tzinfo=UTC), datetime(2026, 9, 7, 12, 30, tzinfo=UTC)]
    assert [at.day for at in leads] == [4, 7, 8, 9, 10, 17, 24, 1]
    assert [at for at, said in watch.said if said == "ciso"] == [datetime(2026, 9, 10, 12, 30, tzinfo=UTC)]


def test_while_somebody_looks_at_it_half_as_often():
    watch = Watch(a_request(claimed_by=UserId("U_LEA")))
    watch.run(21)
    # On Thursday the CISO is told: from then on weekly for the lead who looks at it, too.
    assert [at.day for at, said in watch.said if said == "leads"] == [7, 9, 16, 23]


def test_what_was_handed_in_at_night_waits_for_working_hours():
    watch = Watch(a_request(submitted_at=datetime(2026, 9, 5, 22, tzinfo=UTC)))  # a Saturday
    watch.run(5, datetime(2026, 9, 5, 22, tzinfo=UTC))
    assert watch.said[0] == (datetime(2026, 9, 8, 7, tzinfo=UTC), "leads")  # nine o'clock on Tuesday


def test_a_week_away_is_one_reminder():
    watch = Watch(a_request())
    watch.look(datetime(2026, 9, 15, 9, tzinfo=UTC))
    assert [said for _, said in watch.said] == ["leads", "ciso"]
    assert watch.look(datetime(2026, 9, 15, 9, 1, tzinfo=UTC)).look_at == datetime(2026, 9, 22, 12, 30, tzinfo=UTC)


def test_handed_in_again_it_waits_anew():
    watch = Watch(a_request())
    watch.run(8)
    watch.said.clear()
    watch.review = a_request(submitted_at=datetime(2026, 9, 14, 8, tzinfo=UTC))
    watch.run(8, datetime(2026, 9, 14, 8, tzinfo=UTC))
    assert watch.said[0] == (datetime(2026, 9, 15, 8, tzinfo=UTC), "leads")
    assert [at.day for at, said in watch.said if said == "ciso"] == [21]


def test_a_team_is_nudged_twice_and_then_left_alone():
    watch = Watch(a_review(Stage.ANSWERING), team_zone=MANILA)
    watch.run(60)
    assert watch.said == [
        (datetime(2026, 9, 7, 1, tzinfo=UTC), Nudge.AGAIN),
        (datetime(2026, 9, 10, 1, tzinfo=UTC), Nudge.AGAIN),
        (datetime(2026, 9, 17, 1, tzinfo=UTC), Nudge.PAUSED),
    ]


def test_an_answer_starts_the_wait_anew():
    watch = Watch(a_review(Stage.DESCRIBING))
    watch.run(7)
    watch.touched_at = datetime(2026, 9, 10, 15, tzinfo=UTC)
    watch.said.clear()
    watch.run(30, watch.touched_at)
    assert [(at.day, said) for at, said in watch.said] == [(14, "again"), (17, "again"), (24, "paused")]


def test_three_weeks_away_is_one_word_that_it_is_paused():
    watch = Watch(a_review(Stage.ANSWERING))
    watch.look(datetime(2026, 9, 28, 8, tzinfo=UTC))
    watch.run(30, datetime(2026, 9, 28, 8, 1, tzinfo=UTC))
    assert [said for _, said in watch.said] == [Nudge.PAUSED]


@pytest.mark.parametrize(("days", "paused"), [(13, False), (14, True)])
def test_it_is_paused_after_ten_working_days(days: int, paused: bool):
    now = SINCE + timedelta(days=days)
    assert is_paused(a_review(Stage.ANSWERING), touched_at=SINCE, rules=RULES, zone=COMPANY, now=now) is paused
    assert not is_paused(a_request(), touched_at=SINCE, rules=RULES, zone=COMPANY, now=now)


@pytest.mark.parametrize("stage", [Stage.DECIDED, Stage.WITHDRAWN])
def test_what_has_ended_waits_for_nobody(stage: Stage):
    assert Watch(a_review(stage)).look(SINCE + timedelta(days=30)) == Told()


@given(st.integers(0, 400), st.integers(0, 90))
def test_working_days_are_counted_as_one_would_on_a_calendar(start: int, length: int):
    begin = SINCE + timedelta(days=start)
    days = [(begin + timedelta(days=each)).astimezone(COMPANY).weekday() for each in range(1, length + 1)]
    counted = working_days_between(begin, begin + timedelta(days=length), COMPANY)
    assert counted == sum(day < 5 for day in days)


LOOKS = st.lists(st.integers(0, 40 * 24 * 60).map(lambda minutes: SINCE + timedelta(minutes=minutes)), max_size=40)
STAGES = st.sampled_from([Stage.DESCRIBING, Stage.ANSWERING, Stage.SUBMITTED])
CLAIMED = st.sampled_from([None, UserId("U_LEA")])


@given(STAGES, CLAIMED, LOOKS)
def test_nobody_hears_the_same_twice_a_day_whatever_the_looks(
    stage: Stage, claimed: UserId | None, looks: Sequence[datetime]
) -> None:
    watch = Watch(a_review(stage, claimed_by=claimed, submitted_at=SINCE), team_zone=MANILA)
    for at in looks:
        before = dict(watch.reached)
        told = watch.look(at)
        for subject, on in told.reached.items():
            assert subject not in before or before[subject] < on
        if told.leads or told.ciso:
            assert in_working_hours(at, COMPANY)
        if told.team:
            assert in_morning(at, MANILA, RULES.morning)
        assert watch.look(at).reached == {}
    said = [what for _, what in watch.said]
    assert said.count("ciso") <= 1
    assert said.count(Nudge.AGAIN) <= 2
    assert said.count(Nudge.PAUSED) <= 1
