"""The smallest change that makes a verdict better: better answers, tried one by one and in pairs against the rules.

It never guesses what is easy in real life; cheap means few answers and few steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.domain.bank import Choice, Question, QuestionBank
from bot.domain.ids import QuestionId
from bot.domain.policy import Approver, Outcome, Policy
from bot.domain.profile import UNKNOWN, Profile
from bot.domain.verdict import Answers, Case, Judgement, Mark, judge, mark, mark_all, open_case


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that would be different."""

    question: Question
    now: tuple[str, ...]
    then: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Improvement:
    """Changes that, made together, lead to a better verdict or a lower approver."""

    changes: tuple[Change, ...]
    outcome: Outcome
    approver: Approver


def improve(
    bank: QuestionBank,
    policy: Policy,
    profile: Profile,
    answers: Answers,
    *,
    stale: frozenset[QuestionId] = frozenset(),
    most: int = 5,
) -> tuple[Improvement, ...]:
    """The changes worth making, cheapest first: single answers, then pairs, else the shortest list that helps.

    For a stale answer the change may be to give the same answer again, today.
    """
    case = open_case(bank, policy, profile)
    marks = mark_all(case, answers, stale=stale)
    now = judge(marks, case, policy)
    if _worth(now) == (0, 0):
        return ()
    trial = _Trial(marks, case, policy, now)
    found = trial.singles() or trial.pairs() or trial.shortest_list()
    return tuple(found[:most])


def _worth(found: Judgement) -> tuple[int, int]:
    return found.outcome.strictness, found.approver.rank


class _Trial:
    def __init__(self, marks: Sequence[Mark], case: Case, policy: Policy, now: Judgement) -> None:
        self._marks, self._case, self._policy, self._now = list(marks), case, policy, now
        self._better = {place: self._better_marks(each) for place, each in enumerate(self._marks)}

    def _better_marks(self, each: Mark) -> list[Mark]:
        if each.gap == 0 and not each.blocked:
            return []
        question = each.question
        if question.choice is Choice.ONE:
            # An answer that is the case already may be given again, whatever it is worth: that is only telling.
            options: Iterable[tuple[str, ...]] = (
                (option.code,) for option in question.options if option.aim or option.code in each.codes
            )
        else:
            options = _more_ticks(question, each.codes, question.best(self._case.profile.layers))
        tried = [mark(question, codes, self._case) for codes in options]
        if each.unknown and UNKNOWN not in each.codes and not each.blocked:
            # Too old to be believed: the same answer again is the least, and nobody would be told to answer worse.
            stands = question.gap(each.codes, self._case.profile.layers)
            tried = [other for other in tried if other.gap < stands or other.codes == each.codes]
        return sorted(
            (other for other in tried if not other.blocked and (other.gap < each.gap or each.blocked or each.unknown)),
            key=lambda other: -other.gap,  # the smallest step first
        )

    def _judged(self, chosen: dict[int, Mark]) -> Judgement:
        marks = [chosen.get(place, each) for place, each in enumerate(self._marks)]
        return judge(marks, self._case, self._policy)

    def _helps(self, chosen: dict[int, Mark]) -> Judgement | None:
        found = self._judged(chosen)
        return found if _worth(found) < _worth(self._now) else None

    def _improvement(self, chosen: dict[int, Mark], found: Judgement) -> Improvement:
        changes = tuple(
            Change(other.question, self._marks[place].codes, other.codes) for place, other in chosen.items()
        )
        return Improvement(changes, found.outcome, found.approver)

    def _cost(self, chosen: dict[int, Mark]) -> tuple[int, int]:
        steps = sum(self._marks[place].gap - other.gap for place, other in chosen.items())
        return steps, sum(other.question.weight for other in chosen.values())

    def _cheapest_first(self, found: list[tuple[dict[int, Mark], Judgement]]) -> list[Improvement]:
        found.sort(key=lambda each: (self._cost(each[0]), _worth(each[1])))
        return [self._improvement(chosen, judged) for chosen, judged in found]

    def singles(self) -> list[Improvement]:
        found = []
        for place, options in self._better.items():
            for other in options:
                if judged := self._helps({place: other}):
                    found.append(({place: other}, judged))
                    break
        return self._cheapest_first(found)

    def pairs(self) -> list[Improvement]:
        places = [place for place, options in self._better.items() if options]
        found = []
        for one, two in combinations(places, 2):
            if self._helps({one: self._better[one][-1], two: self._better[two][-1]}):
                found.append(self._cheapened({one: self._better[one][-1], two: self._better[two][-1]}))
        return self._cheapest_first(found)

    def shortest_list(self) -> list[Improvement]:
        """Mend the worst answer again and again until something gets better, then take back what was not needed."""
        chosen: dict[int, Mark] = {}
        places = sorted(
            (place for place, options in self._better.items() if options),
            key=lambda place: (
                not self._marks[place].blocked,
                not (self._marks[place].unknown and self._marks[place].could_block),
                -self._marks[place].gap * self._marks[place].question.weight,
            ),
        )
        for place in places:
            chosen[place] = self._better[place][-1]
            if self._helps(chosen):
                break
        else:
            return []
        for place in list(chosen):
            rest = {other: chosen[other] for other in chosen if other != place}
            if rest and self._helps(rest):
                chosen = rest
        return [self._improvement(*self._cheapened(chosen))]

    def _cheapened(self, chosen: dict[int, Mark]) -> tuple[dict[int, Mark], Judgement]:
        for place in chosen:
            for smaller in self._better[place]:
                if self._helps({**chosen, place: smaller}):
                    chosen = {**chosen, place: smaller}
                    break
        found = self._judged(chosen)
        return chosen, found


def _more_ticks(question: Question, now: tuple[str, ...], best: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What is ticked now with one more, two more … of what is missing, up to all of it."""
    ticked = {code for code in now if code in question.by_code and not question.by_code[code].alone}
    missing = [code for code in best if code not in ticked]
    return [
        tuple(code for code in question.by_code if code in ticked | set(missing[:count]))
        for count in range(1, len(missing) + 1)
    ]
