"""The process is killed while it looks at decisions, reviews and actions, and everybody still hears everything once.

At the moment the clock shows, one owner has a condition that is a day late, the leads one that is a week late, one
decision has to be suspended, one ends soon, a request has waited for a week, a review lies, and an action is due.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.calendar import Slot
from bot.domain.client import SideOf
from bot.domain.client_review import ActionItem
from bot.domain.decision import Condition, Decision
from bot.domain.due import DueKind
from bot.domain.ids import ActionItemId, ChannelId, OccurrenceId, UserId
from bot.domain.occurrence_clock import planned_from
from bot.domain.review import Home, Stage
from bot.playground.workspace import Workspace
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from tests.store.samples import a_decision, a_review, a_submitted_review, put_review
from tests.stories.killed import AUDIT_KEY, Case, Nursery
from tests.stories.test_clock_kills import Ground
from tests.stories.town import LEAD_1, OTHER_LEAD, TEAM_LEAD
from tests.use_cases.clockwork import a_client, weekly

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday morning in London, where those live who hear of it
TODAY = NOW.date()
DECIDED = NOW - timedelta(days=60)
POINTS = (
    "store.before_commit",
    "store.after_commit",
    "store.due_claimed",
    "tick.claimed",
    "upkeep.looked",
    "store.notice_owed",
    "upkeep.owed",
    "store.audit_written",
    "tick.handled",
    "notice.claimed",
    "slack.after_post",
    "notice.posted",
    "notice.marked",
)
# What has to be said: kind and thing, and to whom.
EXPECTED = Counter(
    {
        ("conditions", TEAM_LEAD): 1,
        ("condition_late", "D_week"): 1,
        ("suspended", "D_two_weeks"): 2,  # to the team, and the card for the leads
        ("expiring", "D_ends"): 1,
        ("sign_off_waits", "R_waits"): 1,
        ("ciso_waits", "R_waits"): 1,
        ("stalled", "R_lies"): 1,
        ("actions", LEAD_1): 1,
    }
)


def put_what_is_due(work: Work) -> None:
    decided(work, "day", TODAY - timedelta(days=1))
    decided(work, "week", TODAY - timedelta(days=7))
    decided(work, "two_weeks", TODAY - timedelta(days=14))
    decided(work, "ends", None, valid_until=TODAY + timedelta(days=14))
    home = Home(ChannelId(TEAM_LEAD))
    waits = a_submitted_review("waits", requester=UserId(TEAM_LEAD), home=home)
    put_review(work, replace(waits, submitted_at=NOW - timedelta(days=10)))
    lies = a_review("lies", requester=UserId(TEAM_LEAD), home=home, stage=Stage.ANSWERING)
    work.reviews.add(lies, NOW - timedelta(days=8))
    for name in ("waits", "lies"):
        work.due.put(DueKind.REVIEW, f"R_{name}", NOW)
    client = a_client("Northwind", "CL1", account_owner=UserId(TEAM_LEAD))
    series = weekly("S1", client=client.id, host=UserId(TEAM_LEAD), stand_in=UserId(OTHER_LEAD))
    work.clients.add(client, NOW)
    work.series.add(series, NOW)
    meeting = planned(series)
    work.occurrences.add(meeting, NOW)
    owner = UserId(LEAD_1)
    text, due_on = "Send the contract.", TODAY + timedelta(days=1)
    action = ActionItem(ActionItemId("A1"), client.id, text, SideOf.OURS, owner, due_on, meeting.id, NOW, owner)
    work.actions.add(action, NOW)
    work.due.put(DueKind.ACTIONS, owner, NOW)


def change_of(review: Any, **fields: Any) -> Any:
    from dataclasses import replace

    return replace(review, **fields)


def planned(series: Any) -> Any:

    at = NOW + timedelta(days=7)
    return planned_from(series, Slot(at.date(), at.date(), at), OccurrenceId("O1"))


def decided(work: Work, name: str, due_on: date | None, **fields: Any) -> Decision:
    review = a_submitted_review(name, requester=UserId(TEAM_LEAD), home=Home(ChannelId(TEAM_LEAD)), stage=Stage.DECIDED)
    put_review(work, review)
    conditions = (Condition("Do it.", None, 3, UserId(TEAM_LEAD), due_on),) if due_on else ()
    given = {"valid_until": TODAY + timedelta(days=90), "conditions": conditions, "signatures": ()}
    decision = a_decision(name, decided_at=DECIDED, **{**given, **fields})
    work.decisions.add(decision)
    work.due.put(DueKind.DECISION, decision.id, NOW)
    return decision


async def what_is_wrong(file: Path, workspace: Workspace, case: Case) -> list[str]:
    """Everything that was promised and does not hold, read from the database and from what people see."""
    wrong = list(case.faults)
    said = Counter(
        each.metadata["event_payload"]["key"]
        for messages in workspace.messages.values()
        for each in messages
        if each.metadata
    )
    wrong += [f"{key} stands there {times} times" for key, times in said.items() if times != 1]
    kinds = Counter(tuple(key.split(":")[:2]) for key in said)
    if kinds != EXPECTED:
        wrong.append(f"too much: {kinds - EXPECTED}, never seen: {EXPECTED - kinds}")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        tags = Counter(each for (each,) in database.execute("SELECT tag FROM audit_events"))
        rest = database.execute("SELECT key, state, error FROM notices WHERE state <> 'sent'").fetchall()
        suspended = database.execute("SELECT id, suspended_by FROM decisions WHERE suspended_at IS NOT NULL").fetchall()
        again = database.execute(
            "SELECT kind, about FROM due WHERE next_at <= ?", (f"{NOW:%Y-%m-%dT%H:%M:%S}",)
        ).fetchall()
    if tags != Counter({"decision:suspend": 1, "review:sign_off:escalate": 1}):
        wrong.append(f"on record: {tags}")
    if suspended != [("D_two_weeks", "preflight")]:
        wrong.append(f"suspended: {suspended}")
    wrong += [f"{key} is {state}: {error}" for key, state, error in rest]
    wrong += [f"{each} would be looked at for ever" for each in again]
    store = open_store(f"sqlite:///{file}", audit_key=AUDIT_KEY)
    found = await store.read(verify, AUDIT_KEY)
    await store.close()
    return wrong if isinstance(found, Intact) else [*wrong, f"the audit trail: {found}"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The database in which all that is due, and a dry run that counts how often each point is passed."""
    folder = tmp_path_factory.mktemp("upkeep")
    url = f"sqlite:///{folder / 'due.sqlite3'}"
    await asyncio.to_thread(migrate, url)
    store = open_store(url, audit_key=AUDIT_KEY)
    await store.act(put_what_is_due)
    await store.close()
    opened = Ground(nursery, folder, now=NOW, judge=what_is_wrong)
    case, wrong = await opened.run()
    assert wrong == []
    opened.hits = case.hits
    return opened


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_anywhere_loses_no_reminder_and_doubles_none(ground: Ground, point: str) -> None:
    assert await ground.kill_at(point) == []
