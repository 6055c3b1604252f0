"""A person's week on App Home and in a message: red first, what is missing in words, and within limits on the worst."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.client import Client, SideOf
from bot.domain.client_review import ActionItem, Light, Occurrence, State
from bot.domain.decision import Condition, OwedCondition
from bot.domain.digest import MissedReview
from bot.domain.ids import ActionItemId, ClientId, DecisionId, OccurrenceId, SeriesId
from bot.slack.cards.home import home_view
from bot.slack.cards.week import week_message
from bot.slack.limits import Surface
from bot.use_cases.week import Hosted, LeadsPart, Week
from tests.domain.test_digest import a_decision
from tests.slack.cards.reading import acts, assert_fits, shown
from tests.slack.cards.told import ANA, AT, BEN, KNOWN, a_review, somebodys_words

CALM = Week("Europe/Berlin", AT, hosts=False)


def hosted(name: str = "Northwind", light: Light = Light.GREEN, *missing: str, number: int = 1) -> Hosted:
    client = Client(ClientId("C1"), name, ANA, "Europe/Berlin")
    occurrence = Occurrence(
        OccurrenceId(f"O{number}"),
        SeriesId("S1"),
        ClientId("C1"),
        AT.date(),
        AT + timedelta(hours=number),
        "Europe/Berlin",
        30,
        ANA,
        BEN,
    )
    return Hosted(occurrence, client, light, missing)


def an_action(text: str = "Renew the contract") -> ActionItem:
    return ActionItem(
        ActionItemId("A1"), ClientId("C1"), text, SideOf.OURS, ANA, date(2026, 12, 1), OccurrenceId("O1"), AT, BEN
    )


def owed(text: str = "Turn it off") -> OwedCondition:
    return OwedCondition(DecisionId("D1"), 0, Condition(text, None, 4, ANA, date(2026, 11, 20)))


def busy(words: str, count: int) -> Week:
    """A week in which everything happens to somebody who is everything."""
    decision = a_decision(tool_name=words)
    condition = replace(owed(words), condition=replace(owed(words).condition, owner=ANA))
    missed = replace(hosted(words).occurrence, state=State.MISSED)
    return Week(
        "Europe/Berlin",
        AT,
        hosts=True,
        hosted=tuple(hosted(words, Light.RED, "channel", "outcome", number=n) for n in range(count)),
        actions=((an_action(words), words),) * count,
        conditions=((condition, words),) * count,
        leads=LeadsPart(
            (replace(a_review(tool_name=words), submitted_at=AT),) * count,
            ((condition, decision),) * count,
            (decision,) * count,
            (MissedReview(words, missed),) * count,
        ),
    )


def test_a_host_reads_the_light_and_what_is_missing_in_words() -> None:
    week = replace(CALM, hosts=True, hosted=(hosted("Northwind", Light.RED, "outcome"),))
    said = shown(week_message(week))
    assert "Red: look at it before the meeting" in said
    assert "Not ready: it has no outcome, so start it late or close it" in said
    assert "client_review|copy_week" in acts(week_message(week))


def test_a_review_that_lacks_nothing_reads_ready() -> None:
    said = shown(week_message(replace(CALM, hosts=True, hosted=(hosted("Northwind"),))))
    assert "Green: nothing pressing. Ready" in said
    assert "Not ready" not in said


def test_of_a_review_that_nobody_held_a_host_reads_what_to_do_and_no_light() -> None:
    each = hosted("Northwind", Light.RED, "outcome")
    missed = replace(each, occurrence=replace(each.occurrence, state=State.MISSED))
    said = shown(week_message(replace(CALM, hosts=True, hosted=(missed,))))
    assert "Nobody held it: start it late, or give it a new date" in said
    assert "before the meeting" not in said
    assert "Not ready" not in said


def test_what_is_late_says_so_and_what_is_due_today_does_not() -> None:
    late = replace(an_action("Renew it"), due_on=AT.date() - timedelta(days=1))
    today = replace(an_action("Sign it"), due_on=AT.date())
    said = shown(week_message(replace(CALM, actions=((late, "Northwind"), (today, "Northwind")))))
    assert "Renew it (Northwind, *late*: it was due" in said
    assert "Sign it (Northwind, by" in said


def test_whoever_hosts_nothing_is_shown_no_reviews_and_no_button() -> None:
    assert acts(week_message(CALM)) == []
    assert "Client reviews" not in shown(week_message(CALM))


def test_a_host_without_a_review_this_week_is_told_so() -> None:
    assert "None. The next pack comes a day before" in shown(week_message(replace(CALM, hosts=True)))


def test_empty_lists_say_what_will_stand_there() -> None:
    lead = replace(CALM, leads=LeadsPart((), (), (), ()))
    assert "Actions from client reviews and conditions of your tools will show here" in shown(week_message(CALM))
    assert "Nothing is late" in shown(week_message(lead))
    assert "Nothing is late" not in shown(week_message(CALM))


def test_home_shows_a_lead_the_tier_of_what_waits() -> None:
    review = replace(a_review(), submitted_at=AT)
    view = home_view([], [review], replace(CALM, leads=LeadsPart((), (), (), ())), KNOWN, is_lead=True, tiers={"r1": 3})  # type: ignore[dict-item]  # an id
    assert "tier 3 of 4" in shown(view)


def test_the_message_shows_the_tier_of_what_waits_and_my_reviews_as_home_does() -> None:
    review = replace(a_review(), submitted_at=AT)
    week = replace(CALM, leads=LeadsPart((review,), (), (), (), {review.id: 3}))
    said = shown(week_message(week, mine=[a_review(tool_name="Fabrikam Notes")] * 12))
    assert "tier 3 of 4" in said
    assert said.count("*Fabrikam Notes*") == 10
    assert "and 2 more" in said
    assert "Your reviews" not in shown(week_message(week))


@settings(max_examples=40)
@given(somebodys_words, st.integers(0, 40))
def test_however_much_there_is_it_fits(words: str, count: int) -> None:
    week = busy(words, count)
    reviews = [replace(a_review(tool_name=words), submitted_at=AT)] * count
    assert_fits(week_message(week, mine=reviews))
    assert_fits(home_view(reviews, reviews, week, KNOWN, is_lead=True), Surface.HOME)
