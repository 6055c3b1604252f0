"""How conditions and improvements read on a card."""

from __future__ import annotations

from bot.domain.bank import Choice
from bot.domain.improve import Change
from bot.domain.policy import Deadline
from bot.domain.verdict import Duty
from bot.slack.cards.words import change_words, duty_line
from tests.domain.cases import BANK

TICKED = next(each for each in BANK.by_id.values() if each.choice is not Choice.ONE and len(each.options) > 2)
ONE, TWO = TICKED.options[0], TICKED.options[1]


def test_a_condition_that_always_holds_names_no_day() -> None:
    assert duty_line(Duty(None, "Roll out in steps", 0, False, None)) == "• Roll out in steps"
    assert duty_line(Duty(None, "Tell users", 0, False, Deadline(30))).endswith("(within 30 days)")


def test_more_ticks_are_told_as_what_has_to_come_on_top() -> None:
    assert change_words(Change(TICKED, (ONE.code,), (ONE.code, TWO.code))).endswith(f"also with “{TWO.label}”")
    assert f"from “{ONE.label}” to “{TWO.label}”" in change_words(Change(TICKED, (ONE.code,), (TWO.code,)))
    assert "from nothing ticked" in change_words(Change(TICKED, (), (ONE.code,)))
