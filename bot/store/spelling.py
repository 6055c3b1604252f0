"""How domain values are spelled in a column of JSON text, and read back exactly. The text is plain ASCII on purpose:

no NUL and no half surrogate can reach a database inside it, and a seal over it never depends on an encoding.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import ExtraKind
from bot.domain.ids import QuestionId, UserId, VerdictId
from bot.domain.policy import Approver, Band, Deadline, Outcome
from bot.domain.profile import Clients, Inferred, Profile
from bot.domain.review import AddedCondition, Package
from bot.domain.verdict import Duty, Row, Verdict

spell: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode
spell_sorted: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, sort_keys=True).encode
unspell: Final = json.JSONDecoder().decode


def profile_text(profile: Profile) -> str:
    clients = profile.clients
    return spell(
        {
            "kinds": sorted(profile.kinds),
            "data": sorted(profile.data),
            "users": sorted(profile.users),
            "seats": profile.seats,
            # All four parts, not the short form people write: only so does every profile come back as it was.
            "clients": {
                "names": sorted(clients.names),
                "number": clients.number,
                "everyone": clients.everyone,
                "unknown": clients.unknown,
            },
            "layers": sorted(profile.layers),
            "change": profile.change,
            "has_prior": profile.has_prior,
        }
    )


def profile_from(text: str) -> Profile:
    held = unspell(text)
    clients = held["clients"]
    return Profile(
        kinds=frozenset(held["kinds"]),
        data=frozenset(held["data"]),
        users=frozenset(held["users"]),
        seats=held["seats"],
        clients=Clients(frozenset(clients["names"]), clients["number"], clients["everyone"], clients["unknown"]),
        layers=frozenset(held["layers"]),
        change=held["change"],
        has_prior=held["has_prior"],
    )


def package_text(package: Package) -> str:
    return spell(
        {
            "verdict": package.verdict,
            "outcome": package.outcome.value,
            "waived": package.waived,
            "added": [[each.text, each.days, each.by] for each in package.added],
            "shaped_by": package.shaped_by,
            "milder": package.milder,
            "lapsed": package.lapsed,
        }
    )


def package_from(text: str) -> Package:
    held = unspell(text)
    return Package(
        verdict=VerdictId(held["verdict"]),
        outcome=Outcome(held["outcome"]),
        waived=tuple(QuestionId(each) for each in held["waived"]),
        added=tuple(AddedCondition(words, days, UserId(by)) for words, days, by in held["added"]),
        shaped_by=held["shaped_by"],
        milder=held["milder"],
        lapsed=tuple(held.get("lapsed", ())),  # packages from before there were client reviews have none
    )


def proposals_text(proposals: tuple[Proposal, ...]) -> str:
    return spell([_proposal(each) for each in proposals]) if proposals else "[]"


def proposals_from(text: str) -> tuple[Proposal, ...]:
    return tuple(_proposal_from(*each) for each in unspell(text)) if text != "[]" else ()


def _proposal(proposal: Proposal) -> list[str | None]:
    told = [proposal.fact, proposal.value, proposal.quote]
    if proposal.confirmed_by is not None:
        return [*told, proposal.origin.value, proposal.said_by, proposal.confirmed_by]
    if proposal.origin is Origin.RULES and proposal.said_by is None:
        return [*told]  # as all of them were spelled before there was a model
    return [*told, proposal.origin.value, proposal.said_by]


def _proposal_from(
    fact: str,
    value: str,
    quote: str,
    origin: str = Origin.RULES.value,
    said_by: str | None = None,
    confirmed_by: str | None = None,
) -> Proposal:
    people = (UserId(user) if user else None for user in (said_by, confirmed_by))
    return Proposal(fact, value, quote, Origin(origin), *people)


def extras_text(extras: Mapping[ExtraKind, str] | None) -> str | None:
    return None if extras is None else spell({kind.value: given for kind, given in extras.items()})


def extras_from(text: str | None) -> dict[ExtraKind, str] | None:
    return None if text is None else {ExtraKind(kind): given for kind, given in unspell(text).items()}


def names_text(names: tuple[str, ...]) -> str:
    return spell(names) if names else "[]"


@functools.lru_cache(maxsize=4_096)  # the same few codes come back with every answer of every review
def names_from(text: str) -> tuple[str, ...]:
    return tuple(unspell(text)) if text != "[]" else ()


def verdict_text(verdict: Verdict) -> str:
    return spell(
        {
            "tier": verdict.tier,
            "inherent": verdict.inherent,
            "asked": verdict.asked,
            "sub_scores": dict(verdict.sub_scores),
            "flags": dict(verdict.flags),
            "control_gap": verdict.control_gap,
            "band": verdict.band.value,
            "blockers": verdict.blockers,
            "floors": verdict.floors,
            "outcome": verdict.outcome.value,
            "approver": verdict.approver.value,
            "months": verdict.months,
            "duties": [_duty(duty) for duty in verdict.duties],
            "unknowns": verdict.unknowns,
            "unknown_facts": verdict.unknown_facts,
            "inferred": [[each.fact, each.value, each.because] for each in verdict.inferred],
            "rows": [[row.part, row.what, row.points] for row in verdict.rows],
            "bank_version": verdict.bank_version,
        }
    )


def verdict_from(text: str) -> Verdict:
    held = unspell(text)
    return Verdict(
        tier=held["tier"],
        inherent=held["inherent"],
        asked=_questions(held["asked"]),
        sub_scores=held["sub_scores"],
        flags=held["flags"],
        control_gap=held["control_gap"],
        band=Band(held["band"]),
        blockers=_questions(held["blockers"]),
        floors=tuple(held["floors"]),
        outcome=Outcome(held["outcome"]),
        approver=Approver(held["approver"]),
        months=held["months"],
        duties=tuple(_duty_from(each) for each in held["duties"]),
        unknowns=_questions(held["unknowns"]),
        unknown_facts=tuple(held["unknown_facts"]),
        inferred=tuple(Inferred(fact, value, tuple(because)) for fact, value, because in held["inferred"]),
        rows=tuple(Row(part, what, points) for part, what, points in held["rows"]),
        bank_version=held["bank_version"],
    )


def _duty(duty: Duty) -> dict[str, Any]:
    deadline = duty.deadline
    return {
        "question": duty.question,
        "text": duty.text,
        "gap": duty.gap,
        "unknown": duty.unknown,
        "deadline": deadline and [deadline.days, deadline.working, deadline.before_go_live],
    }


def _duty_from(held: dict[str, Any]) -> Duty:
    deadline = held["deadline"]
    return Duty(
        question=held["question"],
        text=held["text"],
        gap=held["gap"],
        unknown=held["unknown"],
        deadline=Deadline(*deadline) if deadline else None,
    )


def _questions(codes: list[str]) -> tuple[QuestionId, ...]:
    return tuple(QuestionId(code) for code in codes)
