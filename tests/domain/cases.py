"""Profiles and answers for tests of the rules: some drawn by hypothesis, some from the design. It asserts nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bot.domain.bank import Choice, Question
from bot.domain.ids import QuestionId
from bot.domain.profile import CHANGES, DATA, KINDS, LAYERS, UNKNOWN, USERS, Clients, Profile
from bot.domain.verdict import Case, Verdict, open_case
from bot.knowledge import default_folder, load_knowledge

KNOWN = load_knowledge(default_folder())
BANK, POLICY = KNOWN.bank, KNOWN.policy

Answers = dict[QuestionId, tuple[str, ...]]


def a_profile(**facts: Any) -> Profile:
    """A profile from lists as a case file has them; an internal online service for a few where nothing is said."""
    told: dict[str, Any] = {"kinds": ["saas"], "data": ["internal"], "users": ["hq_staff"], "seats": 20, "layers": []}
    told |= facts
    return Profile(**{name: frozenset(value) if isinstance(value, list) else value for name, value in told.items()})


SMALL = a_profile(layers=["application"])
CALLS = a_profile(
    kinds=["telephony_acd", "saas"],
    data=["cardholder", "recordings", "customer_pii"],
    users=["wah_agents"],
    seats=10_000,
    clients=Clients.counted(3),
    layers=["application", "network", "data", "people"],
)
WIKI = a_profile(data=["confidential"], seats=200, layers=["application"])
CRM = a_profile(
    data=["customer_pii"],
    users=["wah_agents"],
    seats=2_000,
    clients=Clients.counted(2),
    layers=["application", "data"],
)
EVERYTHING = Profile(
    frozenset(KINDS),
    frozenset(DATA),
    frozenset(USERS),
    20_000,
    Clients.counted(3),
    frozenset(LAYERS),
    change="expansion",
    has_prior=True,
)


def opened(profile: Profile) -> Case:
    return open_case(BANK, POLICY, profile)


def best_answers(profile: Profile, **others: str | tuple[str, ...]) -> Answers:
    """No gap anywhere, except where it is said otherwise; ids are written with underscores."""
    case = opened(profile)
    answers = {question.id: question.best(case.profile.layers) for question in case.asked}
    for name, codes in others.items():
        answers[QuestionId(name.replace("_", "-"))] = (codes,) if isinstance(codes, str) else codes
    return answers


def severity(verdict: Verdict) -> dict[str, int]:
    """Everything that must not get milder when things get worse, each as a number that must not fall."""
    return {
        "outcome": verdict.outcome.strictness,
        "approver": verdict.approver.rank,
        "band": verdict.band,
        "control gap": verdict.control_gap,
        "shorter life": -verdict.months,
        **verdict.sub_scores,
    }


def milder(before: Verdict, after: Verdict) -> dict[str, tuple[int, int]]:
    """Where `after` is milder than `before`; empty when it nowhere is."""
    was, now = severity(before), severity(after)
    return {what: (was[what], now[what]) for what in was if now[what] < was[what]}


def answers_to(question: Question) -> list[tuple[str, ...]]:
    """Every known answer to a question with one answer; for ticks, each number of ticks once, and what stands alone."""
    if question.choice is Choice.ONE:
        return [(option.code,) for option in question.options]
    ticks = [option.code for option in question.options if not option.alone]
    alone = [(option.code,) for option in question.options if option.alone]
    return [*(tuple(ticks[:number]) for number in range(len(ticks) + 1)), *alone]


def grown(profile: Profile) -> Iterator[tuple[str, Profile]]:
    """The profile with one more kind, data class, user group, layer, client, or with more seats: every way there is."""
    for fact, known in (("kinds", KINDS), ("data", DATA), ("users", USERS), ("layers", LAYERS)):
        there: frozenset[str] = getattr(profile, fact)
        for value in known:
            if value not in there:
                yield f"{fact} + {value}", replace(profile, **{fact: there | {value}})
    if profile.seats is not None:
        for seats in (26, 251, 2_501, 100_000):
            if seats > profile.seats:
                yield f"{seats} seats", replace(profile, seats=seats)
    clients = profile.clients
    more = replace(clients, names=clients.names | {"One More"}, number=clients.number + 1)
    yield "a client more", replace(profile, clients=more)
    yield "all clients", replace(profile, clients=replace(clients, everyone=True))
    if not profile.has_prior:
        yield "an earlier decision", replace(profile, has_prior=True)


def _some(codes: tuple[str, ...], *, least: int = 1) -> st.SearchStrategy[frozenset[str]]:
    # A few more often than many: with everything ticked every case would be the worst one.
    few = st.frozensets(st.sampled_from(codes), min_size=least, max_size=2)
    return few | few | st.frozensets(st.sampled_from(codes), min_size=least)


some_clients = st.one_of(
    st.just(Clients()),
    st.integers(0, 3).map(Clients.counted),
    st.lists(st.sampled_from(["Alder", "Birch", "Cedar", "all", UNKNOWN]), max_size=3).map(Clients.named),
)

known_profiles = st.builds(
    Profile,
    kinds=_some(KINDS),
    data=_some(DATA),
    users=_some(USERS),
    seats=st.sampled_from([0, 20, 25, 26, 250, 251, 2_500, 2_501, 10_000]),
    clients=st.just(Clients()) | st.lists(st.sampled_from(["Alder", "Birch", "Cedar"]), max_size=3).map(Clients.named),
    layers=_some(LAYERS, least=0),
    change=st.sampled_from(CHANGES),
    has_prior=st.booleans(),
)

profiles = known_profiles | st.builds(
    Profile,
    kinds=_some((*KINDS, UNKNOWN)),
    data=_some((*DATA, UNKNOWN)),
    users=_some((*USERS, UNKNOWN)),
    seats=st.none() | st.integers(0, 20_000),
    clients=some_clients,
    layers=_some((*LAYERS, UNKNOWN), least=0),
    change=st.sampled_from(CHANGES),
    has_prior=st.booleans(),
)

# One byte a question is drawn far faster than a dictionary, and shrinks to 0, which is the best answer.
_bytes = st.binary(min_size=len(BANK.questions), max_size=len(BANK.questions))
_carelessness = st.sampled_from([0, 6, 16, 64, 255])


def _answers(drawn: bytes, careless: int, layers: frozenset[str]) -> Answers:
    answers: Answers = {}
    for question, byte in zip(BANK.questions, drawn, strict=True):
        choices = [*answers_to(question), (UNKNOWN,)]
        answers[question.id] = choices[byte % len(choices)] if byte % 251 < careless else question.best(layers)
    return answers


@st.composite
def answered(draw: st.DrawFn, of: st.SearchStrategy[Profile] = profiles) -> tuple[Profile, Answers]:
    """A profile and an answer to every question there is: some all best, some careless, some anything."""
    profile = draw(of)
    return profile, _answers(draw(_bytes), draw(_carelessness), opened(profile).profile.layers)


def only_asked(profile: Profile, answers: Mapping[QuestionId, tuple[str, ...]]) -> Answers:
    return {question.id: answers[question.id] for question in opened(profile).asked if question.id in answers}
