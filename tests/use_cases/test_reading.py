"""What a model is shown to read for: the codes that exist, and only as many questions as fit."""

from __future__ import annotations

import pytest

from bot.domain.answers import Proposal
from bot.domain.profile import DATA, KINDS
from bot.use_cases.reading import QUESTIONS_MOST, readable_of
from tests.domain.cases import KNOWN

USE = (Proposal("kinds", "telephony_acd", "our dialer"), Proposal("data", "cardholder", "card numbers"))


@pytest.mark.parametrize("found", [(), USE, tuple(Proposal("data", each, "x y") for each in DATA)])
def test_the_questions_shown_are_those_of_this_use_and_within_their_bound(found: tuple[Proposal, ...]) -> None:
    shown = readable_of(KNOWN, found).questions
    length = sum(
        len(question.text) + sum(len(option.code) + len(option.label) for option in question.options)
        for question in shown
    )
    assert len(shown) > 10
    assert length <= QUESTIONS_MOST


def test_nobody_is_asked_to_read_that_something_is_not_known_or_not_so() -> None:
    shown = readable_of(KNOWN, USE)
    assert tuple(shown.facts["kinds"]) == KINDS
    assert tuple(shown.facts["data"]) == DATA
    assert not {"unknown", "none"} & {code for codes in shown.facts.values() for code in codes}
    assert not set(shown.free) & set(shown.facts)
