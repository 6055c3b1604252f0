"""A case as somebody writes it down: a profile and answers, checked whole. Every fault is named with its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from bot.domain.bank import QuestionBank
from bot.domain.ids import QuestionId
from bot.domain.policy import Policy
from bot.domain.profile import (
    ALL_CLIENTS,
    CHANGES,
    CLIENTS_LIMIT,
    DATA,
    KINDS,
    LAYERS,
    SEATS_LIMIT,
    UNKNOWN,
    USERS,
    Clients,
    Profile,
)
from bot.domain.verdict import open_case

SETS: Final[Mapping[str, tuple[str, ...]]] = {"kinds": KINDS, "data": DATA, "users": USERS, "layers": LAYERS}
PROFILE_FIELDS: Final = (*SETS, "seats", "clients", "change", "has_prior")
CASE_FIELDS: Final = ("profile", "answers", "default", "as_of", "name", "note")
DATED: Final = ("answer", "on")
WITH_PRIOR: Final = frozenset({"expansion", "change", "renewal", UNKNOWN})


class CaseFaults(ValueError):
    """A case that cannot be read; `faults` names each field and what is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(faults))


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case that was read: what the rules need, and the answers that this profile does not ask for."""

    profile: Profile
    answers: Mapping[QuestionId, tuple[str, ...]]
    answered_on: Mapping[QuestionId, date]
    ignored: tuple[QuestionId, ...]
    as_of: date | None


def read_case(given: Mapping[str, Any], bank: QuestionBank, policy: Policy) -> CaseFile:
    """Read a case. What is asked and not listed is filled in by `default`: "unknown", or "best" for no gap at all.

    Raises CaseFaults with every fault found.
    """
    faults = [f"{name}: not a field of a case; the fields are {', '.join(CASE_FIELDS)}" for name in _strange(given)]
    profile = _read_profile(given.get("profile"), faults)
    default = given.get("default", UNKNOWN)
    if default not in (UNKNOWN, "best"):
        faults.append(f'default: {default!r} is neither "best" nor "unknown"')
    as_of = _read_date(given.get("as_of"), "as_of", faults)
    answers, dates = _read_answers(given.get("answers", {}), bank, faults)
    if faults or profile is None:
        raise CaseFaults(faults)
    case = open_case(bank, policy, profile)
    asked = {question.id: question for question in case.asked}
    if default == "best":
        filled = {each: question.best(case.profile.layers) for each, question in asked.items()}
    else:
        filled = dict.fromkeys(asked, (UNKNOWN,))
    known = {each: codes for each, codes in answers.items() if each in asked}
    ignored = tuple(each for each in answers if each not in asked)
    return CaseFile(profile, {**filled, **known}, dates, ignored, as_of)


def _strange(given: Mapping[str, Any]) -> list[str]:
    return [str(name) for name in given if name not in CASE_FIELDS]


def _read_profile(given: object, faults: list[str]) -> Profile | None:
    if not isinstance(given, Mapping):
        faults.append(f"profile: a table with {', '.join(PROFILE_FIELDS)} is needed")
        return None
    before = len(faults)
    for name in given:
        if name not in PROFILE_FIELDS:
            faults.append(f"profile.{name}: not a fact; the facts are {', '.join(PROFILE_FIELDS)}")
    sets = {name: _read_set(name, given.get(name), known, faults) for name, known in SETS.items()}
    seats = _read_seats(given.get("seats", UNKNOWN), faults)
    clients = _read_clients(given.get("clients", UNKNOWN), faults)
    change = given.get("change", "new")
    if change not in (*CHANGES, UNKNOWN):
        faults.append(f"profile.change: {change!r} is none of {', '.join((*CHANGES, UNKNOWN))}")
        change = "new"
    has_prior = given.get("has_prior", change in WITH_PRIOR)
    if has_prior == UNKNOWN:
        has_prior = True  # not knowing counts as risk: the questions about the last review are asked
    if not isinstance(has_prior, bool):
        faults.append(f"profile.has_prior: {has_prior!r} is neither true nor false")
    if len(faults) > before:
        return None
    return Profile(sets["kinds"], sets["data"], sets["users"], seats, clients, sets["layers"], change, bool(has_prior))


def _read_set(name: str, given: object, known: tuple[str, ...], faults: list[str]) -> frozenset[str]:
    if given is None:
        return frozenset() if name == "layers" else frozenset({UNKNOWN})
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        faults.append(f"profile.{name}: a list of codes is needed, from {', '.join((*known, UNKNOWN))}")
        return frozenset()
    for value in values:
        if value not in (*known, UNKNOWN):
            faults.append(f"profile.{name}: {value!r} is none of {', '.join((*known, UNKNOWN))}")
    if not values and name != "layers":
        return frozenset({UNKNOWN})
    return frozenset(values)


def _read_seats(given: object, faults: list[str]) -> int | None:
    if given == UNKNOWN:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= SEATS_LIMIT:
        faults.append(f'profile.seats: {given!r} is neither a whole number from 0 to {SEATS_LIMIT:,} nor "unknown"')
        return None
    return given


def _read_clients(given: object, faults: list[str]) -> Clients:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= CLIENTS_LIMIT:
        return Clients.counted(given)
    values = [given] if isinstance(given, str) else given
    if isinstance(values, list | tuple) and all(isinstance(value, str) and value.strip() for value in values):
        return Clients.named(value.strip() for value in values)
    faults.append(f'profile.clients: {given!r} is neither a list of names, a number, "{ALL_CLIENTS}" nor "{UNKNOWN}"')
    return Clients(unknown=True)


def _read_answers(
    given: object, bank: QuestionBank, faults: list[str]
) -> tuple[dict[QuestionId, tuple[str, ...]], dict[QuestionId, date]]:
    if not isinstance(given, Mapping):
        faults.append("answers: a table from question id to option code is needed")
        return {}, {}
    answers: dict[QuestionId, tuple[str, ...]] = {}
    dates: dict[QuestionId, date] = {}
    for name, value in given.items():
        question = bank.by_id.get(QuestionId(name))
        if question is None:
            faults.append(f"answers.{name}: there is no such question in the bank")
            continue
        if isinstance(value, Mapping):
            faults += [
                f"answers.{name}.{key}: not known here; give answer, and on for its day"
                for key in value
                if key not in DATED
            ]
            if on := _read_date(value.get("on"), f"answers.{name}.on", faults):
                dates[question.id] = on
            value = value.get("answer")
        codes = [value] if isinstance(value, str) else value
        if not isinstance(codes, list | tuple) or not all(isinstance(code, str) for code in codes):
            faults.append(f"answers.{name}: an option code, or a list of them, is needed")
        elif wrong := question.faults_in(codes):
            faults.append(f"answers.{name}: {wrong}")
        else:
            answers[question.id] = tuple(codes)
    return answers, dates


def _read_date(given: object, field: str, faults: list[str]) -> date | None:
    if given is None:
        return None
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        faults.append(f"{field}: {given!r} is not a date like 2026-11-24")
        return None
