"""How it stands with the model: everything that can be said about it fits, and the model's name stays text."""

from __future__ import annotations

import pytest

from bot.domain.model_use import CallOutcome, Use
from bot.slack.cards.model import OUTCOME_WORDS, USE_WORDS, model_message
from bot.slack.limits import Surface, check
from bot.use_cases.model_switch import Standing
from bot.use_cases.ports import ModelAbout
from tests.hostile import FORMS

ALL_ENDS = dict.fromkeys(CallOutcome, 10**9)


@pytest.mark.parametrize("use", list(Use))
@pytest.mark.parametrize("switched", [None, True, False])
@pytest.mark.parametrize("name", ["m" * 500, *FORMS[:12]])
def test_it_fits_whatever_happened_and_however_the_model_is_called(use: Use, switched: bool | None, name: str):
    about = ModelAbout(name, "models.example.com", 10**12)
    card = model_message(Standing(use, about, 10**12, ALL_ENDS), switched=switched)
    assert check(card, Surface.MESSAGE) == []
    assert "<!" not in str(card)


def test_every_end_and_every_use_has_its_words():
    assert set(OUTCOME_WORDS) == set(CallOutcome)
    assert set(USE_WORDS) == set(Use)
