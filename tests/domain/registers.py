"""Small registers of clients, decisions, requests and actions, for tests of packs. It asserts nothing."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.answers import Answer
from bot.domain.client import Client, SideOf
from bot.domain.client_review import ActionItem
from bot.domain.decision import Condition, Decision
from bot.domain.ids import (
    ActionItemId,
    ClientId,
    DecisionId,
    OccurrenceId,
    QuestionId,
    ReviewId,
    ToolId,
    UserId,
    VerdictId,
)
from bot.domain.pack import Pack
from bot.domain.packing import Before, Recorded, Register, pack_of
from bot.domain.policy import Approver, Outcome
from bot.domain.profile import Clients, Profile
from bot.domain.review import Home, Review, Stage
from bot.domain.verdict import assess
from tests.domain.cases import BANK, CRM, KNOWN, POLICY, best_answers

AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TODAY = AT.date()
HOST, OWNER, LEAD = UserId("U0HOST"), UserId("U0OWNER"), UserId("U0LEAD")
OCCURRENCE = OccurrenceId("O1")


def _id(kind: str, words: str) -> str:
    """An id that does not carry the words, as real ones do not."""
    return f"{kind}{zlib.crc32(words.encode('utf-8', 'surrogatepass')):08x}"


def days(number: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=number)


def a_client(name: str = "Northwind", *aliases: str, **facts: Any) -> Client:
    return Client(ClientId(f"C:{name}"), name, OWNER, "Europe/Berlin", aliases, **facts)


NORTHWIND = a_client()


def used_for(*clients: str, of: Profile = CRM) -> Profile:
    return replace(of, clients=Clients.named(clients))


def recorded(
    tool: str = "Otter",
    *conditions: Condition,
    profile: Profile | None = None,
    answers: Mapping[str, str] | None = None,
    closed: frozenset[int] = frozenset(),
    **facts: Any,
) -> Recorded:
    """A decision for Northwind, decided ten days ago and good for half a year, unless said otherwise."""
    profile = profile or used_for("Northwind")
    given = {**best_answers(profile), **{QuestionId(each): (code,) for each, code in (answers or {}).items()}}
    verdict = assess(BANK, POLICY, profile, given)
    decision = Decision(
        id=DecisionId(_id("D", tool)),
        review=ReviewId(_id("R", tool)),
        tool=ToolId(_id("T", tool)),
        tool_name=tool,
        profile=profile,
        verdict=VerdictId(_id("V", tool)),
        computed=verdict.outcome,
        outcome=Outcome.CONDITIONS,
        approver=Approver.ONE_LEAD,
        signatures=(),
        conditions=conditions,
        decided_at=AT - timedelta(days=10),
        valid_until=days(180),
        tier=verdict.tier,
    )
    return Recorded(replace(decision, **facts), given, verdict, closed)


def a_condition(due_in: int, text: str = "Switch single sign-on on", gap: int = 2, **facts: Any) -> Condition:
    return Condition(text, QuestionId("G1-ACCESS-MFA"), gap, OWNER, days(due_in), **facts)


def a_request(tool: str = "Quill", profile: Profile | None = None, **facts: Any) -> Review:
    told: dict[str, Any] = {
        "id": ReviewId(_id("R", tool)),
        "tool": ToolId(_id("T", tool)),
        "tool_name": tool,
        "requester": OWNER,
        "home": Home("C1", "1.2"),  # type: ignore[arg-type]  # an id is a plain string here
        "opened_at": AT,
        "stage": Stage.ANSWERING,
        "profile": profile or used_for("Northwind"),
    }
    return Review(**(told | facts))


def an_action(
    text: str = "Send the report", *, due_in: int = 7, client: Client = NORTHWIND, **facts: Any
) -> ActionItem:
    made = ActionItem(
        ActionItemId(_id("A", text)), client.id, text, SideOf.OURS, OWNER, days(due_in), OccurrenceId("O0"), AT, HOST
    )
    return replace(made, **facts)


def an_answer(question: str, code: str) -> Answer:
    return Answer(QuestionId(question), (code,), OWNER, AT)


def a_pack(register: Register | None = None, client: Client = NORTHWIND, **facts: Any) -> Pack:
    """The pack of a client as of today, after a calm review two weeks ago."""
    told: dict[str, Any] = {
        "before": Before(AT - timedelta(days=14), days(-14), held=3),
        "agenda": KNOWN.agenda,
        "bank": BANK,
        "policy": POLICY,
        "as_of": AT,
        "today": TODAY,
    }
    told |= facts
    before = told.pop("before")
    return pack_of(client, OCCURRENCE, register or Register((client,)), before, **told)
