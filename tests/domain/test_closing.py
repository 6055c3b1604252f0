"""Closing a condition, a lead's yes to it, and a decision that counts again: who may, and who never may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.approval import NotALead, NotAPerson, SelfApproval, Signer
from bot.domain.audit import BOT
from bot.domain.closing import (
    ClosedAlready,
    NoEvidence,
    NoReason,
    NotSuspended,
    NotYourCondition,
    OwnCondition,
    OwnEvidence,
    Replaced,
    WaitsForLead,
    close,
    may_confirm,
    nothing_late,
    restore,
)
from bot.domain.decision import Closing, Decision, OwedCondition
from bot.domain.ids import ChannelId, DecisionId, PersonId, ReviewId, UserId
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.review import Home, Review, Stage
from tests.domain.cases import BANK
from tests.domain.test_upkeep import a_condition, a_decision

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
ANA, BEN, TEAM, EVE = UserId("U_ANA"), UserId("U_BEN"), UserId("U_TEAM"), UserId("U_EVE")
REVIEW = Review(ReviewId("R1"), None, "Otter", TEAM, Home(ChannelId("C1")), NOW, Stage.DECIDED)
NARROW = OwedCondition(DecisionId("D1"), 0, a_condition(NOW.date(), ANA, gap=3))
WIDE = OwedCondition(DecisionId("D1"), 1, a_condition(NOW.date(), ANA, gap=4))
GIVEN = replace(WIDE, closing=Closing("A link.", BEN, NOW))
DECISION = a_decision(NARROW.condition, WIDE.condition)


def a_signer(user: str, **facts: object) -> Signer:
    known = Signer(UserId(user), PersonId(user), full_member=True, is_lead=True, is_ciso=False)
    return replace(known, **facts)  # type: ignore[arg-type]


LEA = a_signer("U_LEA")


def closed(duty: OwedCondition, by: UserId, *, is_lead: bool = False, decision: Decision = DECISION) -> Closing:
    return close(duty, decision, by=by, team=[TEAM], is_lead=is_lead, evidence=" It is on. ", at=NOW)


@pytest.mark.parametrize(("by", "is_lead"), [(ANA, False), (TEAM, False), (EVE, True)])
def test_the_owner_the_team_and_a_lead_close_a_condition(by: UserId, is_lead: bool):
    assert closed(NARROW, by, is_lead=is_lead) == Closing("It is on.", by, NOW)


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda: closed(NARROW, EVE), NotYourCondition),
        (lambda: closed(replace(NARROW, closing=Closing("x", ANA, NOW)), ANA), ClosedAlready),
        (lambda: closed(GIVEN, ANA), WaitsForLead),
        (lambda: closed(NARROW, ANA, decision=replace(DECISION, superseded_by=DecisionId("D2"))), Replaced),
        (lambda: close(NARROW, DECISION, by=ANA, team=[], is_lead=False, evidence=" ", at=NOW), NoEvidence),
    ],
)
def test_what_is_not_closed(step: Callable[[], object], refusal: type[Refused]):
    with pytest.raises(refusal):
        step()


def confirmed(signer: Signer, duty: OwedCondition = GIVEN, *, saw: datetime = NOW, **persons: str) -> Closing:
    known = {UserId(user): PersonId(person) for user, person in persons.items()}
    return may_confirm(duty, REVIEW, signer, saw=saw, bank=BANK, persons=known)


def test_a_lead_with_no_part_in_it_confirms_the_evidence():
    assert confirmed(LEA) == GIVEN.closing


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda: confirmed(a_signer("U_LEA", is_lead=False)), NotALead),
        (lambda: confirmed(a_signer("U_LEA", full_member=False)), NotAPerson),
        (lambda: confirmed(a_signer("U_TEAM")), SelfApproval),
        (lambda: confirmed(a_signer("U_BEN")), OwnEvidence),
        (lambda: confirmed(a_signer("U_BEN2", person=PersonId("ben")), U_BEN="ben"), OwnEvidence),
        (lambda: confirmed(a_signer("U_ANA")), OwnCondition),
        (lambda: confirmed(LEA, saw=NOW - timedelta(minutes=1)), OutdatedCard),
        (lambda: confirmed(LEA, WIDE), OutdatedCard),
        (
            lambda: confirmed(LEA, replace(GIVEN, closing=Closing("A link.", BEN, NOW, UserId("U_LEO"), NOW))),
            ClosedAlready,
        ),
    ],
)
def test_who_does_not_confirm_what(step: Callable[[], object], refusal: type[Refused]):
    with pytest.raises(refusal):
        step()


SUSPENDED = replace(DECISION, suspended_at=NOW, suspended_because="14 days late.", suspended_by=BOT)


def restored(signer: Signer = LEA, decision: Decision = SUSPENDED, because: str = "It follows.") -> object:
    return restore(decision, REVIEW, signer, bank=BANK, persons={}, because=because, at=NOW)


def test_a_lead_restores_a_suspended_decision_and_both_reasons_stay():
    back = restore(SUSPENDED, REVIEW, LEA, bank=BANK, persons={}, because=" It follows. ", at=NOW)
    assert (back.by, back.because, back.suspended_because) == (LEA.user, "It follows.", "14 days late.")


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (lambda: restored(a_signer("U_TEAM")), SelfApproval),
        (lambda: restored(a_signer("U_EVE", is_lead=False)), NotALead),
        (lambda: restored(decision=DECISION), NotSuspended),
        (lambda: restored(decision=replace(SUSPENDED, suspended_by="U_LEA")), NotSuspended),
        (lambda: restored(decision=replace(SUSPENDED, superseded_by=DecisionId("D2"))), Replaced),
        (lambda: restored(because="  "), NoReason),
    ],
)
def test_what_is_not_restored(step: Callable[[], object], refusal: type[Refused]):
    with pytest.raises(refusal):
        step()


def test_what_waits_for_a_lead_is_still_late():
    assert not nothing_late([GIVEN], NOW.date() + timedelta(days=1))
    assert nothing_late([replace(NARROW, closing=Closing("x", ANA, NOW))], NOW.date() + timedelta(days=1))
