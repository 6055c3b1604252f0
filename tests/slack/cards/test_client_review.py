"""The cards and forms of client reviews: they fit and say what matters, whatever people write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import agenda as codes
from bot.domain.client import Cadence, Client, Rhythm, Series, SideOf
from bot.domain.client_review import (
    ActionItem,
    Finding,
    FoundBy,
    Item,
    Light,
    Note,
    Noted,
    Occurrence,
    Outcome,
    Presence,
    Severity,
    Skip,
    State,
)
from bot.domain.decision import Standing
from bot.domain.ids import ActionItemId, ClientId, DecisionId, FindingId, OccurrenceId, QuestionId, ReviewId, SeriesId
from bot.domain.pack import (
    ActionLine,
    AnswerLine,
    AskedLine,
    ConditionLine,
    DecisionLine,
    EndingLine,
    GuidelineLine,
    Line,
    MissedLine,
    Pack,
    PackItem,
    RequestLine,
)
from bot.domain.policy import Outcome as Decided
from bot.domain.review import Stage
from bot.slack import ids
from bot.slack.cards import client_review_forms as forms
from bot.slack.cards.client_review import client_review_message, pack_view
from bot.slack.limits import Surface
from bot.use_cases.client_review_tellings import (
    CarriedTold,
    MeetingTold,
    MinutesTold,
    ObjectedTold,
    PackTold,
    SkipAgreedTold,
)
from bot.use_cases.pack_papers import Held
from tests.domain.cases import CRM, KNOWN
from tests.domain.registers import recorded
from tests.slack.cards.reading import acts, assert_fits, labels, shown, values
from tests.slack.cards.told import ANA, AT, BEN, LEA, LOU, answering, somebodys_words

TODAY = AT.date()
LONG = st.sampled_from(["w" * 1_500, "ß word " * 210, "<!channel> & *bold* " * 70])
words_of_people = somebodys_words | LONG
days = st.dates(date(2025, 1, 1), date(2035, 12, 31))
lights = st.sampled_from(Light)
questions = st.sampled_from([QuestionId("G4-KEEP-TIME"), QuestionId("G1-ACCESS-MFA"), QuestionId("G9-GONE")])
numbers = st.integers(0, 9_999)
LINES: dict[str, st.SearchStrategy[Line]] = {
    codes.ACTIONS: st.builds(MissedLine, lights)
    | st.builds(
        ActionLine,
        lights,
        st.just(ActionItemId("A1")),
        words_of_people,
        st.sampled_from(SideOf),
        st.sampled_from([BEN, LEA]) | words_of_people,
        days,
        st.booleans(),
        numbers,
    ),
    codes.CHANGES: st.builds(
        DecisionLine,
        lights,
        st.uuids().map(str).map(DecisionId),
        words_of_people,
        st.sampled_from([Decided.APPROVE, Decided.CONDITIONS, Decided.REJECT]),
        days,
        days,
        numbers,
        st.booleans(),
    ),
    codes.COMING: st.builds(
        RequestLine,
        lights,
        st.just(ReviewId("R1")),
        words_of_people,
        st.sampled_from(Stage),
        st.integers(1, 4),
        numbers,
        st.lists(questions, max_size=6).map(tuple),
        st.none() | days,
    ),
    codes.CONDITIONS: st.builds(
        ConditionLine,
        lights,
        st.just(DecisionId("D1")),
        st.integers(0, 40),
        words_of_people,
        words_of_people,
        st.sampled_from([BEN, LEA]) | words_of_people,
        days,
        st.booleans(),
        st.integers(0, 4),
        st.booleans(),
    ),
    codes.ENDING: st.builds(
        EndingLine,
        lights,
        st.uuids().map(str).map(DecisionId),
        words_of_people,
        days,
        st.sampled_from(Standing),
    ),
    codes.SIGNALS: st.builds(
        AnswerLine,
        lights,
        words_of_people,
        questions,
        st.lists(st.sampled_from(["manual", "unknown", "gone"]), max_size=3).map(tuple),
        st.integers(0, 4),
        st.booleans(),
    ),
    codes.GUIDELINE: st.builds(
        GuidelineLine,
        lights,
        st.sampled_from(["G1", "G7"]),
        words_of_people,
        words_of_people,
        numbers,
        st.integers(0, 120),
        words_of_people,
        st.integers(0, 120),
    ),
    codes.OWN: st.builds(AskedLine, lights, words_of_people, st.sampled_from([BEN, LEA]) | words_of_people),
}
NOTES = st.lists(st.builds(Note, words_of_people, st.sampled_from([BEN, LEA]), st.just(AT)), max_size=8).map(tuple)


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A pack with any lines, few or far too many."""
    items = []
    for item in KNOWN.agenda.items:
        lines: list[Line] = []
        if item.code in LINES:
            lines = draw(st.lists(LINES[item.code], max_size=draw(st.sampled_from([3, 12]))))
            lines = (
                lines * draw(st.sampled_from([1, 1, 1, 20]))
                if item.code not in (codes.CHANGES, codes.ENDING)
                else lines
            )
        items.append(PackItem(item.code, item.title, draw(st.integers(1, 9)), item.ask, tuple(lines)))
    return Pack(
        ClientId("C1"), draw(words_of_people), OccurrenceId("O1"), AT, draw(st.none() | days), Light.RED, tuple(items)
    )


def a_client(name: str = "Northwind") -> Client:
    return Client(ClientId("C1"), name, LOU, "Europe/Berlin")


def a_series(contacts: tuple[str, ...] = ("Dana Nord",)) -> Series:
    rhythm = Rhythm(Cadence.WEEKLY, (1,), time(10), TODAY)
    return Series(SeriesId("S1"), ClientId("C1"), rhythm, "Europe/Berlin", 30, ANA, BEN, (LEA,), contacts)


def an_occurrence(**facts: Any) -> Occurrence:
    told: dict[str, Any] = {"items": tuple(Item(each.code) for each in KNOWN.agenda.items)}
    whole = (OccurrenceId("O1"), SeriesId("S1"), ClientId("C1"), TODAY, AT, "Europe/Berlin", 30, ANA, BEN)
    return Occurrence(*whole, **(told | facts))


@st.composite
def reviews(draw: st.DrawFn, states: st.SearchStrategy[State]) -> Held:
    """A review in any state by people who write anything anywhere."""
    pack, name = draw(packs()), draw(words_of_people)
    state = draw(states)
    done = draw(st.integers(0, len(pack.items)))
    items = tuple(
        Item(each.code, AT if at < done else None, draw(NOTES) if at == done else ())
        for at, each in enumerate(pack.items)
    )
    decisions = [
        line.decision for item in pack.items for line in item.lines if isinstance(line, DecisionLine | EndingLine)
    ]
    noted = tuple(Noted(each, draw(st.booleans()), draw(words_of_people), BEN, AT) for each in decisions[:2])
    contacts = draw(st.lists(words_of_people.map(lambda text: text[:80]).filter(str.strip), max_size=12, unique=True))
    attendance = dict.fromkeys([ANA, *contacts[:3]], Presence.PRESENT) if draw(st.booleans()) else {}
    skip = Skip(draw(words_of_people), BEN, AT, LOU) if state is State.SKIPPED else None
    occurrence = an_occurrence(
        state=state,
        started_at=AT - timedelta(minutes=7) if state in (State.OPEN, State.HELD) else None,
        items=items,
        noted=noted,
        attendance=attendance,
        skip=skip,
        moved_because=draw(words_of_people),
        outcome=draw(st.sampled_from(Outcome)) if state is State.HELD else None,
        summary=draw(words_of_people),
        client_contact=draw(words_of_people)[:120],
        next_on=draw(st.none() | days),
    )
    action = st.builds(
        ActionItem,
        st.just(ActionItemId("A1")),
        st.just(ClientId("C1")),
        words_of_people,
        st.just(SideOf.CLIENTS),
        words_of_people,
        days,
        st.just(OccurrenceId("O1")),
        st.just(AT),
        st.just(BEN),
    )
    finding = st.builds(
        Finding,
        st.just(FindingId("F1")),
        st.just(ClientId("C1")),
        st.just(OccurrenceId("O1")),
        words_of_people,
        st.just("G1"),
        st.sampled_from(Severity),
        st.sampled_from(FoundBy),
        st.just(BEN),
        st.just(AT),
        words_of_people,
    )
    many = draw(st.sampled_from([1, 30]))
    return Held(
        a_client(name),
        a_series(tuple(contacts)),
        occurrence,
        pack,
        tuple(draw(st.lists(action, max_size=2)) * many),
        tuple(draw(st.lists(finding, max_size=2)) * many),
        tuple(draw(st.lists(action, max_size=2)) * many),
    )


@given(reviews(st.sampled_from(State)))
@settings(max_examples=60, deadline=None)
def test_the_cards_fit_whatever_people_write(held: Held) -> None:
    assert_fits(client_review_message(PackTold(held.client, held.series, held.occurrence, held.pack), KNOWN))
    assert_fits(client_review_message(MeetingTold(held, AT), KNOWN))
    assert_fits(client_review_message(MinutesTold(held, brief=False), KNOWN))
    assert_fits(client_review_message(MinutesTold(held, brief=True), KNOWN))
    worst = ("&<@U0LEA>*" * 20, held.client.name, "x" * 200, held.occurrence.summary or "-")
    assert_fits(client_review_message(MinutesTold(held, brief=False, drafted=worst), KNOWN))
    for denied_by in (None, BEN):
        assert_fits(client_review_message(SkipAgreedTold(held.client, held.occurrence, denied_by), KNOWN))
    for action in held.actions[:1]:
        assert_fits(client_review_message(CarriedTold(held.client, action, ANA), KNOWN))
    decision = replace(recorded(held.client.name[:80]).decision, id=DecisionId("D1"))
    occurrence = replace(held.occurrence, noted=(Noted(DecisionId("D1"), True, held.client.name, BEN, AT),))
    assert_fits(client_review_message(ObjectedTold(held.client, occurrence, decision, answering(CRM)), KNOWN))
    assert_fits(client_review_message(ObjectedTold(held.client, occurrence, decision, None), KNOWN))


@given(reviews(st.just(State.OPEN)))
@settings(max_examples=40, deadline=None)
def test_the_forms_fit_whatever_people_write(held: Held) -> None:
    occurrence, client, series = held.occurrence, held.client, held.series
    for view in (
        pack_view(PackTold(client, series, occurrence, held.pack), KNOWN),
        forms.skip_view(occurrence, client),
        forms.move_view(occurrence, client),
        forms.agenda_view(occurrence, client),
        forms.note_view("O1|actions", "Roll call"),
        forms.action_view("O1", client, today=TODAY),
        forms.finding_view("O1", KNOWN),
        *(forms.settle_view("O1", client, several) for several in [with_own_ids(held.actions)] if several),
        forms.objects_view("O1|D1", recorded(client.name[:80]).decision),
        forms.attendance_view(occurrence, series, client),
        forms.close_view(occurrence, series, client, next_on=TODAY),
        forms.close_view(replace(occurrence, attendance={}), series, client, next_on=None),
    ):
        assert_fits(view, Surface.MODAL)


def with_own_ids(drawn: tuple[ActionItem, ...]) -> list[ActionItem]:
    return [replace(each, id=ActionItemId(f"A{n}")) for n, each in enumerate(drawn)]


def a_pack(**lines: Line) -> Pack:
    items = tuple(
        PackItem(each.code, each.title, 2, each.ask, (lines[each.code],) if each.code in lines else ())
        for each in KNOWN.agenda.items
    )
    return Pack(ClientId("C1"), "Northwind", OccurrenceId("O1"), AT, None, Light.AMBER, items)


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.PLANNED, [ids.MEET_START, ids.MEET_MOVE, ids.MEET_SKIP, ids.MEET_ADD]),
        (State.MISSED, [ids.MEET_START, ids.MEET_MOVE, ids.MEET_SKIP, ids.MEET_ADD]),
        (State.OPEN, []),
        (State.HELD, []),
        (State.SKIPPED, []),
    ],
)
def test_the_packs_card_offers_only_what_can_be_done_in_its_state(state: State, offered: list[str]):
    card = client_review_message(PackTold(a_client(), a_series(), an_occurrence(state=state), a_pack()), KNOWN)
    assert acts(card) == offered


def test_the_packs_card_says_when_on_the_clients_clock_and_calm_items_say_so():
    card = client_review_message(PackTold(a_client(), a_series(), an_occurrence(), a_pack()), KNOWN)
    assert "15:00 in Europe/Berlin" in shown(card)
    assert "Nothing on record" in shown(card)
    assert "• Signals from outside (2 min)" in shown(card)
    assert "something is due. 20 minutes" in shown(card)
    assert values(card) == {"O1"}


def test_the_meetings_card_walks_the_items_and_ends_with_closing():
    held = Held(a_client(), a_series(), an_occurrence(state=State.OPEN, started_at=AT), a_pack(), (), ())
    first = client_review_message(MeetingTold(held, AT + timedelta(minutes=3)), KNOWN)
    assert labels(first)[ids.MEET_DISCUSSED] == "Discussed"
    assert ids.MEET_BACK not in acts(first)
    assert "3 of 20 minutes" in shown(first)
    done = tuple(replace(each, discussed_at=AT) for each in held.occurrence.items)
    last = client_review_message(MeetingTold(replace(held, occurrence=replace(held.occurrence, items=done)), AT), KNOWN)
    assert acts(last) == [ids.MEET_BACK, ids.MEET_ACTION, ids.MEET_FINDING, ids.MEET_ATTENDANCE, ids.MEET_CLOSE]


def test_a_decision_shown_can_be_accepted_or_objected_to():
    line = DecisionLine(Light.GREEN, DecisionId("D1"), "Otter", Decided.APPROVE, TODAY, TODAY, 0, False)
    items = (Item("actions", AT), *(Item(each.code) for each in KNOWN.agenda.items[1:]))
    occurrence = an_occurrence(state=State.OPEN, started_at=AT, items=items)
    held = Held(a_client(), a_series(), occurrence, a_pack(changes=line), (), ())
    card = client_review_message(MeetingTold(held, AT), KNOWN)
    assert [labels(card)[each] for each in (ids.MEET_ACCEPTS, ids.MEET_OBJECTS)] == ["Accepts", "Objects"]
    assert "O1|D1" in values(card)
    objected = replace(occurrence, noted=(Noted(DecisionId("D1"), True, "No.", BEN, AT),))
    card = client_review_message(MeetingTold(replace(held, occurrence=objected), AT), KNOWN)
    assert ids.MEET_OBJECTS not in acts(card)
