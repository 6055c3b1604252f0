"""What a decision asks for as time goes by: each warning once, in the recipient's morning, and never a milder word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.audit import BOT
from bot.domain.decision import Closing, Condition, Decision, OwedCondition, Standing, standing
from bot.domain.ids import DecisionId, ReviewId, ToolId, UserId, VerdictId
from bot.domain.policy import Approver, Outcome
from bot.domain.profile import Profile
from bot.domain.reminders import Reminders, in_morning
from bot.domain.upkeep import Owed, because_late, days_late, late, look_at_decision, suspended_by_clock
from bot.knowledge import default_folder, load_knowledge

RULES: Reminders = load_knowledge(default_folder()).reminders
COMPANY = ZoneInfo("Europe/Berlin")
MANILA, LOS_ANGELES = ZoneInfo("Asia/Manila"), ZoneInfo("America/Los_Angeles")
ANA, BEN = UserId("U_ANA"), UserId("U_BEN")
DECIDED = datetime(2026, 9, 1, 14, tzinfo=UTC)  # a Tuesday
USE = Profile(frozenset({"saas"}), frozenset({"internal"}), frozenset({"hq_staff"}), 10)


def a_condition(due: date | None, owner: UserId = ANA, gap: int = 3, text: str = "Delete recordings.") -> Condition:
    return Condition(text, None, gap, owner, due)


def a_decision(*conditions: Condition, until: date = date(2027, 3, 1), **fields: object) -> Decision:
    made = Decision(
        DecisionId("D1"),
        ReviewId("R1"),
        ToolId("T1"),
        "Otter",
        USE,
        VerdictId("V1"),
        Outcome.CONDITIONS,
        Outcome.CONDITIONS,
        Approver.ONE_LEAD,
        (),
        conditions,
        DECIDED,
        until,
        2,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@dataclass
class Watch:
    """A decision under watch: what every look said, remembered as the store would."""

    decision: Decision
    closings: dict[int, Closing] = field(default_factory=dict)
    reached: dict[str, date] = field(default_factory=dict)
    restored_at: datetime | None = None
    zones: Mapping[UserId, ZoneInfo] = field(default_factory=dict)
    said: list[tuple[datetime, str]] = field(default_factory=list)

    def look(self, now: datetime) -> Owed:
        owed = look_at_decision(
            self.decision,
            self.duties,
            rules=RULES,
            reached=self.reached,
            restored_at=self.restored_at,
            zones=self.zones,
            owner=BEN,
            company=COMPANY,
            now=now,
        )
        self.reached |= owed.reached
        self.said += [(now, f"owner {each.place}") for each in owed.remind]
        self.said += [(now, f"leads {each.place}") for each in owed.tell_leads]
        self.said += [(now, "expiring")] if owed.expiring else []
        self.said += [(now, "ended")] if owed.ended else []
        if owed.suspend_for is not None:
            self.said.append((now, f"suspend {owed.suspend_for.place}"))
            because = because_late(owed.suspend_for, now.date())
            self.decision = replace(self.decision, suspended_at=now, suspended_because=because, suspended_by=BOT)
        return owed

    @property
    def duties(self) -> tuple[OwedCondition, ...]:
        conditions = enumerate(self.decision.conditions)
        return tuple(OwedCondition(self.decision.id, at, each, self.closings.get(at)) for at, each in conditions)

    def run(self, until: datetime, start: datetime = DECIDED) -> None:
        """Look whenever the last look said to, as the timetable does."""
        at: datetime | None = start
        while at is not None and at < until:
            following = self.look(at).look_at
            assert following is None or following > at, "it would be looked at again at once, for ever"
            at = following


def days_of(watch: Watch, what: str) -> list[date]:
    return [at.date() for at, said in watch.said if said == what]


# --- conditions -------------------------------------------------------------------------------------------------------


def test_an_owner_is_reminded_before_and_on_the_day_and_a_day_late_then_the_leads_then_it_is_suspended():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15))))  # a Thursday
    watch.run(DECIDED + timedelta(days=100))
    assert days_of(watch, "owner 0") == [date(2026, 10, each) for each in (8, 14, 15, 16)]
    assert days_of(watch, "leads 0") == [date(2026, 10, 22)]
    assert days_of(watch, "suspend 0") == [date(2026, 10, 29)]
    assert suspended_by_clock(watch.decision)
    assert watch.decision.suspended_because == "This condition is 14 days late: Delete recordings."


def test_a_weekend_moves_a_warning_forward_and_a_consequence_back():
    watch = Watch(a_decision(a_condition(date(2026, 10, 18))))  # a Sunday
    watch.run(DECIDED + timedelta(days=100))
    assert days_of(watch, "owner 0") == [date(2026, 10, 9), date(2026, 10, 16), date(2026, 10, 19)]
    assert days_of(watch, "leads 0") == [date(2026, 10, 26)]
    assert days_of(watch, "suspend 0") == [date(2026, 11, 2)]


def test_nobody_is_warned_of_what_was_just_decided():
    watch = Watch(a_decision(a_condition(date(2026, 9, 8), gap=4)))
    watch.run(DECIDED + timedelta(days=6))
    assert watch.said == [] or days_of(watch, "owner 0") == [date(2026, 9, 7)]
    assert days_of(watch, "owner 0") == [date(2026, 9, 7)]


def test_after_three_weeks_without_a_look_only_what_counts_now_is_said():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15)), a_condition(date(2026, 11, 2), BEN)))
    watch.look(datetime(2026, 11, 1, 3, tzinfo=UTC))
    assert [said for _, said in watch.said] == ["suspend 0"]


def test_a_late_look_is_put_off_to_the_owners_own_morning():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15))), zones={ANA: MANILA})
    at_night = datetime(2026, 10, 8, 14, tzinfo=UTC)  # ten in the evening in Manila
    owed = watch.look(at_night)
    assert owed.remind == ()
    assert owed.look_at == datetime(2026, 10, 9, 1, tzinfo=UTC)
    watch.look(owed.look_at)
    assert [said for _, said in watch.said] == ["owner 0"]


def test_once_it_is_the_leads_turn_the_owner_is_not_told_what_is_out_of_date():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15))), zones={ANA: MANILA})
    owed = watch.look(datetime(2026, 10, 23, 2, tzinfo=UTC))  # morning in Manila, night in Berlin
    assert (owed.remind, owed.tell_leads) == ((), ())
    assert owed.look_at == datetime(2026, 10, 23, 7, tzinfo=UTC)
    watch.look(owed.look_at)
    assert [said for _, said in watch.said] == ["leads 0"]


def test_a_closed_condition_is_left_alone_and_one_that_waits_for_a_lead_only_by_its_owner():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15)), a_condition(date(2026, 10, 15), gap=4)))
    watch.closings = {0: Closing("A link.", ANA, DECIDED), 1: Closing("A link.", ANA, DECIDED)}
    watch.run(DECIDED + timedelta(days=100))
    assert [said for _, said in watch.said] == ["leads 1", "suspend 1"]


def test_a_confirmed_one_is_closed():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15), gap=4)))
    watch.closings = {0: Closing("A link.", ANA, DECIDED, BEN, DECIDED)}
    watch.run(DECIDED + timedelta(days=100))
    assert watch.said == []


def test_a_standing_duty_has_no_day_and_so_no_reminder():
    watch = Watch(a_decision(a_condition(None)))
    watch.run(DECIDED + timedelta(days=100))
    assert watch.said == []


def test_restored_with_a_condition_still_late_it_has_the_same_time_once_more_and_no_longer():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15)), a_condition(date(2026, 10, 20), BEN)))
    watch.run(datetime(2026, 11, 10, 12, tzinfo=UTC))
    assert watch.said[-1][1] == "suspend 0"
    watch.restored_at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    watch.decision = replace(watch.decision, suspended_at=None, suspended_because="", suspended_by="")
    watch.said.clear()
    watch.run(DECIDED + timedelta(days=150), start=watch.restored_at)
    # The lead who restored it knew of both conditions, also of the one that was not yet so late.
    assert [(at.date(), said) for at, said in watch.said] == [
        (date(2026, 11, 17), "leads 0"),
        (date(2026, 11, 17), "leads 1"),
        (date(2026, 11, 24), "suspend 0"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"superseded_by": DecisionId("D2")},
        {"suspended_at": DECIDED, "suspended_by": "U_LEA"},
        {"outcome": Outcome.REJECT},
    ],
)
def test_what_no_longer_counts_asks_for_nothing(fields: dict[str, object]):
    watch = Watch(a_decision(a_condition(date(2026, 10, 15)), **fields))
    assert watch.look(datetime(2026, 10, 15, 8, tzinfo=UTC)) == Owed()


def test_the_latest_condition_stands_first():
    duties = Watch(a_decision(a_condition(date(2026, 10, 15)), a_condition(date(2026, 10, 12), BEN))).duties
    assert [each.place for each in late(duties, date(2026, 10, 16))] == [1, 0]
    assert [days_late(each, date(2026, 10, 12)) for each in duties] == [0, 0]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_its_end_is_announced_three_times_to_the_owner_of_the_tool_and_then_shown():
    watch = Watch(a_decision(until=date(2027, 3, 1)), zones={BEN: LOS_ANGELES})  # a Monday
    watch.run(DECIDED + timedelta(days=300))
    assert days_of(watch, "expiring") == [date(2027, 1, 29), date(2027, 2, 15), date(2027, 2, 26)]
    assert days_of(watch, "ended") == [date(2027, 3, 2)]


def test_once_it_has_ended_its_conditions_are_nobodys_worry():
    watch = Watch(a_decision(a_condition(date(2026, 10, 15)), until=date(2026, 10, 20)))
    watch.run(DECIDED + timedelta(days=300))
    assert [said for at, said in watch.said if at.date() > date(2026, 10, 20)] == ["ended"]


# --- laws -------------------------------------------------------------------------------------------------------------

ZONES = st.sampled_from([MANILA, LOS_ANGELES, COMPANY, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Auckland")])
DUE = st.one_of(st.none(), st.integers(1, 60).map(lambda days: DECIDED.date() + timedelta(days=days)))
CONDITIONS = st.lists(
    st.builds(a_condition, DUE, st.sampled_from([ANA, BEN]), st.integers(0, 4), st.just("Do it.")), max_size=4
)
UNTIL = st.integers(0, 120).map(lambda days: DECIDED.date() + timedelta(days=days))
# Any minutes at all, in any order: a clock that is put back is one of them.
LOOKS = st.lists(st.integers(0, 90 * 24 * 60).map(lambda minutes: DECIDED + timedelta(minutes=minutes)), max_size=40)


@given(CONDITIONS, UNTIL, ZONES, ZONES, LOOKS)
def test_each_stage_is_said_once_whatever_the_order_and_number_of_looks(
    conditions: list[Condition], until: date, ana: ZoneInfo, ben: ZoneInfo, looks: Sequence[datetime]
) -> None:
    watch = Watch(a_decision(*conditions, until=until), zones={ANA: ana, BEN: ben})
    for at in looks:
        before = dict(watch.reached)
        owed = watch.look(at)
        for subject, on in owed.reached.items():
            assert subject not in before or before[subject] < on
    for place in range(len(conditions)):
        reminded = [said for _, said in watch.said if said.endswith(f" {place}")]
        assert reminded.count(f"owner {place}") <= 4
        assert reminded.count(f"leads {place}") <= 1
    assert [said for _, said in watch.said].count("expiring") <= 3
    assert [said for _, said in watch.said].count("ended") <= 1


@given(CONDITIONS, UNTIL, ZONES, ZONES, LOOKS)
def test_people_are_reminded_in_their_own_working_morning(
    conditions: list[Condition], until: date, ana: ZoneInfo, ben: ZoneInfo, looks: Sequence[datetime]
) -> None:
    zones = {ANA: ana, BEN: ben}
    watch = Watch(a_decision(*conditions, until=until), zones=zones)
    for at in looks:
        owed = watch.look(at)
        for duty in owed.remind:
            assert in_morning(at, zones[duty.condition.owner], RULES.morning)
        if owed.tell_leads:
            assert in_morning(at, COMPANY, RULES.morning)
        if owed.expiring:
            assert in_morning(at, ben, RULES.morning)


@given(CONDITIONS, UNTIL, ZONES, LOOKS)
def test_looking_twice_says_nothing_twice(
    conditions: list[Condition], until: date, ana: ZoneInfo, looks: Iterable[datetime]
) -> None:
    watch = Watch(a_decision(*conditions, until=until), zones={ANA: ana})
    for at in looks:
        watch.look(at)
        said = list(watch.said)
        watch.look(at)
        assert watch.said == said


@given(CONDITIONS, UNTIL, ZONES, LOOKS)
def test_time_alone_never_makes_anything_count_that_did_not(
    conditions: list[Condition], until: date, ana: ZoneInfo, looks: Iterable[datetime]
) -> None:
    watch = Watch(a_decision(*conditions, until=until), zones={ANA: ana})
    counted = True
    for at in sorted(looks):
        watch.look(at)
        counts = standing(watch.decision, today=at.date()) is Standing.VALID
        assert counted or not counts
        counted = counts
        assert watch.decision.valid_until == until


@settings(max_examples=20)
@given(CONDITIONS, UNTIL, ZONES, ZONES)
def test_looking_when_it_is_time_finds_what_looking_every_hour_would(
    conditions: list[Condition], until: date, ana: ZoneInfo, ben: ZoneInfo
) -> None:
    lazy = Watch(a_decision(*conditions[:2], until=until), zones={ANA: ana, BEN: ben})
    busy = Watch(a_decision(*conditions[:2], until=until), zones={ANA: ana, BEN: ben})
    lazy.run(DECIDED + timedelta(days=60))
    for hours in range(60 * 24):
        busy.look(DECIDED + timedelta(hours=hours))
    assert _by_day(busy) == _by_day(lazy)


def _by_day(watch: Watch) -> list[tuple[date, str]]:
    return sorted((at.astimezone(COMPANY).date(), said) for at, said in watch.said)
