"""Reminders on their worst content: they fit, nobody's words become markup, and each says when and what next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import BOT
from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem
from bot.domain.decision import Closing, Condition, Decision, OwedCondition, Restored, Standing
from bot.domain.ids import ActionItemId, ClientId, DecisionId, OccurrenceId, ReviewId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.slack.cards.decision import OnRecord, found_message
from bot.slack.cards.upkeep import upkeep_message
from bot.slack.cards.upkeep_forms import (
    action_date_view,
    action_done_view,
    close_view,
    restore_view,
    send_back_view,
)
from bot.slack.limits import Surface
from bot.use_cases.upkeep_tellings import (
    KINDS,
    ActionsTold,
    ConditionsTold,
    DecisionTold,
    OwnAction,
    OwnDuty,
    UpkeepTold,
    WaitingTold,
)
from tests.domain.cases import KNOWN
from tests.domain.test_upkeep import a_decision
from tests.slack.cards.reading import assert_fits
from tests.slack.cards.told import ANA, AT, BEN, LEA, a_review, somebodys_words

TODAY = date(2026, 11, 23)
LONG = "No end is in sight of this condition, which goes on and on. " * 60


def a_duty(text: str, place: int = 0, days: int = 3, closing: Closing | None = None) -> OwedCondition:
    condition = Condition(text, None, 4, ANA, TODAY - timedelta(days=days))
    return OwedCondition(DecisionId("D1"), place, condition, closing)


def decided(tool: str, because: str = "") -> Decision:
    return a_decision(
        until=TODAY + timedelta(days=3),
        tool_name=tool,
        suspended_at=AT if because else None,
        suspended_because=because,
        suspended_by=BOT if because else "",
    )


def tellings(words: str, count: int) -> list[tuple[NoticeKind, UpkeepTold]]:
    """Every kind of reminder, with the same words wherever people write any."""
    closing = Closing(words, BEN, AT)
    review = a_review(tool_name=words)
    found: list[tuple[NoticeKind, UpkeepTold]] = []
    duties = tuple(a_duty(words, place, place - 2) for place in range(count))
    for kind in sorted(KINDS):
        facts = {
            "by": ANA,
            "who": f"{LEA},{BEN}",
            "days": "3",
            "stage": "paused",
            "place": "0",
            "text": words,
            "lead": LEA,
            "at": AT.isoformat(),
            "suspended_at": AT.isoformat(),
        }
        notice = Notice(f"k:{kind}", kind, Recipient.person(ANA), ReviewId("r1"), DecisionId("D1"), facts)
        match kind:
            case NoticeKind.CONDITIONS_CARD:
                own = tuple(OwnDuty(decided(words, words), each) for each in duties)
                found.append((kind, ConditionsTold(ANA, own, TODAY)))
            case NoticeKind.ACTIONS_CARD | NoticeKind.ACTION_HANDED:
                found.append(
                    (
                        kind,
                        ActionsTold(
                            ANA, tuple(OwnAction(an_action(words, each.place), words) for each in duties), TODAY
                        ),
                    )
                )
            case NoticeKind.SIGN_OFF_WAITS | NoticeKind.CISO_WAITS | NoticeKind.STALLED:
                found.append((kind, WaitingTold(notice, review)))
            case _:
                about = (replace(duties[0], closing=closing), *duties[1:])
                restored = Restored(LEA, AT, words, AT - timedelta(days=1), words)
                told = DecisionTold(notice, review, decided(words, words), about, duties, restored, TODAY)
                found.append((kind, told))
                found.append((kind, replace(told, restored=replace(restored, suspended_at=AT))))
    return found


def an_action(words: str, number: int = 1) -> ActionItem:
    return ActionItem(
        ActionItemId(f"A{number}"),
        ClientId("C1"),
        words,
        SideOf.OURS,
        str(ANA),
        TODAY,
        OccurrenceId("O1"),
        AT,
        BEN,
        meetings=2,
    )


@given(somebodys_words, st.integers(1, 14))
def test_every_reminder_fits_whatever_people_wrote(words: str, count: int) -> None:
    for kind, told in tellings(words, count):
        assert_fits(upkeep_message(told, kind, KNOWN))


@pytest.mark.parametrize("words", [LONG, "<!channel> & <https://evil.example|here> *bold* `code`"])
def test_the_longest_words_and_markup_fit_too(words: str) -> None:
    for kind, told in tellings(words, 14):
        assert_fits(upkeep_message(told, kind, KNOWN))


def _formatted(value: Any) -> str:
    """All text that Slack would parse."""
    if isinstance(value, dict):
        own = value.get("text", "") if value.get("type") == "mrkdwn" else ""
        return str(own) + "".join(_formatted(each) for each in value.values() if isinstance(each, dict | list))
    return "".join(_formatted(each) for each in value) if isinstance(value, list) else ""


@given(somebodys_words, st.integers(1, 14))
def test_every_form_fits_whatever_people_wrote(words: str, count: int) -> None:
    decision, duties = decided(words), tuple(a_duty(words, place) for place in range(count))
    closed = replace(duties[0], closing=Closing(words, BEN, AT))
    for view in (
        close_view(decision, duties),
        close_view(decision, duties[:1]),
        send_back_view(decision, closed, f"D1|0|{AT.isoformat()}"),
        restore_view(decision, duties, TODAY, 14),
        action_done_view(an_action(words), "A1|0"),
        action_date_view(an_action(words), "A1|0"),
    ):
        assert_fits(view, Surface.MODAL)


@given(somebodys_words, st.integers(0, 8))
def test_what_the_look_up_finds_fits_with_its_conditions(words: str, count: int) -> None:
    decisions = [(replace(decided(words), id=DecisionId(f"D{n}")), Standing.VALID) for n in range(10)]
    duties = {each.id: tuple(a_duty(words, place) for place in range(count)) for each, _ in decisions}
    assert_fits(found_message(words, OnRecord(decisions, None, (), duties, TODAY), KNOWN))


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (-7, "Due on 30 Nov 2026, in 7 days"),
        (-1, "Due on 24 Nov 2026, in 1 day"),
        (0, "*Due today*, 23 Nov 2026"),
        (1, "*1 day late*: it was due on 22 Nov 2026"),
        (14, "*14 days late*: it was due on 9 Nov 2026"),
    ],
)
def test_a_condition_says_when_it_is_due(days: int, says: str) -> None:
    told = ConditionsTold(ANA, (OwnDuty(decided("Otter"), a_duty("Do it.", days=days)),), TODAY)
    assert says in _formatted(upkeep_message(told, NoticeKind.CONDITIONS_CARD, KNOWN))


def test_a_suspension_that_was_lifted_and_came_back_offers_to_restore_it_again() -> None:
    earlier = Restored(LEA, AT - timedelta(days=14), "It follows.", AT - timedelta(days=15), "Late.")
    facts = {"suspended_at": AT.isoformat()}
    notice = Notice("k", NoticeKind.SUSPENDED_CARD, Recipient.person(ANA), ReviewId("r1"), DecisionId("D1"), facts)
    told = DecisionTold(notice, a_review(), decided("Otter", "Late."), (), (), earlier, TODAY)
    assert "decision|restore" in str(upkeep_message(told, NoticeKind.SUSPENDED_CARD, KNOWN)["blocks"])
