"""The words for the facts of use: how the form asks, and why the rules added one. It adds no fact itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.profile import ALL_CLIENTS, CHANGES, DATA, KINDS, LAYERS, UNKNOWN, USERS, Inferred, Profile, infer
from bot.knowledge.faults import Entry
from bot.knowledge.questions import LABEL_MOST, TEXT_MOST

FACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "kinds": KINDS,
    "data": (*DATA, UNKNOWN),
    "users": (*USERS, UNKNOWN),
    "seats": (UNKNOWN,),
    "clients": ("none", ALL_CLIENTS, UNKNOWN),
    "layers": LAYERS,
    "change": CHANGES,
}

Reason = tuple[str, str, str]  # fact, value, and the first code it follows from


@dataclass(frozen=True, slots=True)
class FactValue:
    """One value of a fact, as a person reads it."""

    code: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of use: how the form asks for it, and its values by code, in the order to show them."""

    code: str
    ask: str
    hint: str
    values: Mapping[str, FactValue]


def read_facts(file: Entry) -> tuple[dict[str, Fact], dict[Reason, str]]:
    """Read all facts and the reasons of inferred ones; look at the faults before using them."""
    facts: dict[str, Fact] = {}
    for entry in file.tables("fact"):
        fact = _read_fact(entry)
        if fact.code in facts:
            entry.fault(f"{fact.code} is described twice", "keep one of them")
        facts[fact.code] = fact
    reasons = _read_reasons(file)
    file.close()
    if file.sound:
        for code in FACTS:
            if code not in facts:
                file.fault(f"the fact {code} is missing", f'add [[fact]] with code = "{code}"')
        for fact_code, value, because in sorted(_inferable() - set(reasons)):
            wrong = f"nothing explains why {because} adds {value} to {fact_code}"
            file.fault(wrong, f'add [[inferred]] with fact = "{fact_code}", value = "{value}", because = "{because}"')
    return facts, reasons


def reason_key(inferred: Inferred) -> Reason:
    """Where the sentence for an inferred fact is found."""
    return inferred.fact, inferred.value, inferred.because[0]


def _read_fact(entry: Entry) -> Fact:
    code = entry.text("code", most=40)
    if code:
        entry.rename(code)
    values: dict[str, FactValue] = {}
    for each in entry.tables("values"):
        value = FactValue(
            each.text("code", most=40),
            each.text("label", most=LABEL_MOST),
            each.text("description", most=LABEL_MOST),
        )
        if value.code in values:
            each.fault(f"{value.code} is described twice", "keep one of them")
        values[value.code] = value
        each.close()
    fact = Fact(code, entry.text("ask", most=TEXT_MOST), entry.text("hint", most=TEXT_MOST), values)
    entry.close()
    if code not in FACTS:
        entry.fault(f"{code!r} is not a fact of use", f"use one of {', '.join(FACTS)}")
    elif strange := set(values) ^ set(FACTS[code]):
        entry.fault(f"its values differ in {', '.join(sorted(strange))}", f"describe exactly {', '.join(FACTS[code])}")
    return fact


def _read_reasons(file: Entry) -> dict[Reason, str]:
    reasons: dict[Reason, str] = {}
    for entry in file.tables("inferred"):
        key = (entry.text("fact", most=40), entry.text("value", most=40), entry.text("because", most=40))
        if entry.sound and key not in _inferable():
            entry.fault(f"the rules never add {key[1]} to {key[0]} for {key[2]}", "remove it, or check its codes")
        if key in reasons:
            entry.fault("it explains the same fact again", "keep one of them")
        reasons[key] = entry.text("reason", most=TEXT_MOST)
        entry.close()
    return reasons


def _inferable() -> frozenset[Reason]:
    """Every fact the rules can add, found by asking the rules themselves, so that the two can never differ."""
    everyone = frozenset(USERS)
    tried = [
        *(Profile(frozenset({kind}), frozenset(), everyone, 1) for kind in KINDS),
        *(Profile(frozenset(), frozenset({data}), everyone, 1) for data in DATA),
        *(Profile(frozenset(), frozenset(), everyone, 1, layers=frozenset({layer})) for layer in LAYERS),
    ]
    return frozenset(reason_key(inferred) for profile in tried for inferred in infer(profile)[1])
