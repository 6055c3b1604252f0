"""How often a second the rules can be asked, in this process and on one core. No store, no Slack."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from bot.domain.improve import improve
from bot.domain.review import case_of, next_question
from bot.domain.verdict import assess, open_case
from bot.knowledge import Knowledge
from tests.bench.clicks import PROFILES, a_review
from tests.bench.figures import Figure, spread

ROUNDS: Final = 9
EACH: Final = 0.15  # seconds of a round


def decisions_a_second(knowledge: Knowledge) -> tuple[list[Figure], dict[str, Any]]:
    """Measure (d), by the number of questions that are asked."""
    figures, raw = [], {}
    for profile in PROFILES:
        case = open_case(knowledge.bank, knowledge.policy, profile)
        size = len(case.asked)
        mixed = {
            question.id: ("unknown",) if place % 4 == 0 else question.best(case.profile.layers)
            for place, question in enumerate(case.asked)
        }
        review = a_review(profile)

        def verdict(profile: Any = profile, answers: Any = mixed) -> object:
            return assess(knowledge.bank, knowledge.policy, profile, answers)

        def question(review: Any = review) -> object:
            return next_question(review, case_of(review, knowledge.bank, knowledge.policy))

        def smallest_change(profile: Any = profile, answers: Any = mixed) -> object:
            return improve(knowledge.bank, knowledge.policy, profile, answers)

        for name, ask in (("assess", verdict), ("next_question", question), ("improve", smallest_change)):
            rates = _rates(ask)
            raw[f"{name}, {size} questions"] = rates
            figures.append(Figure("d", f"{name}, {size} questions", spread(rates, "a second"), None))
    return figures, {"deciding": raw}


def _rates(ask: Callable[[], object]) -> list[float]:
    rates = []
    for _ in range(ROUNDS):
        done, start = 0, time.perf_counter()
        while (passed := time.perf_counter() - start) < EACH:
            ask()
            done += 1
        rates.append(done / passed)
    return rates
