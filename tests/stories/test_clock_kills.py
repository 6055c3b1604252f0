"""The process is killed at every named point from the look at what is due to the message, and each is shown once.

At the moment the clock shows, one client's pack is due, one host's reminder, one start, two starts that nobody was
reminded of, a review that was missed for the third time in a row, and a series that has to be planned.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.calendar import Slot
from bot.domain.client_review import Occurrence, State
from bot.domain.due import DueKind
from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.domain.occurrence_clock import planned_from
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from tests.serving import a_port, served
from tests.stories.killed import AUDIT_KEY, Case, Nursery
from tests.stories.town import (
    CISO,
    LEAD_1,
    LEAD_2,
    OTHER_LEAD,
    SECRET,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    TOKEN,
    fill_workspace,
)
from tests.use_cases.clockwork import a_client, weekly

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)  # a Tuesday, two o'clock in Berlin
HOUR = timedelta(hours=1)
AT_ONCE = 6
MOST_HITS = 4  # of one point that are tried; where it is passed more often, they are spread over all of them
POINTS = (
    "store.tx_begun",
    "store.before_commit",
    "store.after_commit",
    "store.due_claimed",
    "tick.claimed",
    "store.occurrence_added",
    "series.planned",
    "store.occurrence_saved",
    "store.notice_owed",
    "store.audit_written",
    "occurrences.owed",
    "tick.handled",
    "notice.claimed",
    "notice.gathered",
    "slack.before_post",
    "slack.after_post",
    "notice.posted",
    "notice.marked",
)


# --- what is due ------------------------------------------------------------------------------------------------------

STARTS = {  # by client: when its review starts, and its host
    "pack": (NOW + 23 * HOUR, TEAM_LEAD),
    "soon": (NOW + HOUR / 2, TEAM_LEAD),
    "now": (NOW - HOUR / 60, TEAM_LEAD),
    "late": (NOW - 5 * HOUR, OTHER_LEAD),
    "later": (NOW - 4 * HOUR, OTHER_LEAD),
    "missed": (NOW - 25 * HOUR, LEAD_1),
}
MISSED_BEFORE = 2
PLANNED = "planned"


def expected() -> set[str]:
    """The key of each message that has to be shown, and nothing else."""
    packs = {f"pack:{name}" for name in STARTS if name != "missed"}
    reminders = {f"host:soon:{STARTS['soon'][0].isoformat()}", f"start:now:{STARTS['now'][0].isoformat()}"}
    away = {f"away:{OTHER_LEAD}:late:{STARTS['late'][0].isoformat()}"}
    told = {f"missed:missed:{who}" for who in (LEAD_1, LEAD_2, TEAM_LEAD, CISO, "leads")}
    return packs | reminders | away | told


def put_what_is_due(work: Work) -> None:
    for number, (name, (start_at, host)) in enumerate(STARTS.items()):
        client = a_client(
            f"Client {name}", f"CL{number}", channel=ChannelId(TEAM_CHANNEL), account_owner=UserId(TEAM_LEAD)
        )
        series = weekly(f"S{number}", client=client.id, host=UserId(host), stand_in=UserId(LEAD_2))
        series = replace(series, planned_until=date(2027, 1, 1))
        work.clients.add(client, NOW)
        work.series.add(series, NOW)
        slot = Slot(start_at.date(), start_at.date(), start_at)
        put(work, planned_from(series, slot, OccurrenceId(name)))
        for week in range(1, MISSED_BEFORE + 1) if name == "missed" else ():
            earlier = Slot(slot.on - week * timedelta(days=7), slot.on, start_at - week * timedelta(days=7))
            row = planned_from(series, earlier, OccurrenceId(f"earlier-{week}"))
            work.occurrences.add(replace(row, state=State.MISSED), NOW)
    client = a_client("Client to plan", "CL9", channel=None)
    series = weekly("S9", client=client.id, host=UserId(TEAM_LEAD), stand_in=UserId(LEAD_2))
    series = replace(series, rhythm=replace(series.rhythm, starts_on=date(2026, 12, 1)))
    work.clients.add(client, NOW)
    work.series.add(series, NOW)
    work.due.put(DueKind.SERIES, series.id, NOW)


def put(work: Work, occurrence: Occurrence) -> None:
    assert work.occurrences.add(occurrence, NOW)
    work.due.put(DueKind.OCCURRENCE, occurrence.id, NOW)


# --- cases ------------------------------------------------------------------------------------------------------------


@dataclass
class Ground:
    """What cases are run on, and how often each point is passed when nobody is killed."""

    nursery: Nursery
    folder: Path
    hits: dict[str, int] = field(default_factory=dict)
    now: datetime = NOW
    judge: Callable[[Path, Workspace, Case], Awaitable[list[str]]] | None = None  # what must hold; ours below, if None
    _ran: int = 0

    async def run(self, arm: tuple[str, int] | None = None, *, defect: str = "") -> tuple[Case, list[str]]:
        """One case, with one kill at most, and what is wrong in the end."""
        self._ran += 1
        file = self.folder / f"case-{self._ran}.sqlite3"
        shutil.copyfile(self.folder / "due.sqlite3", file)
        workspace = Workspace(bot_id="UPREFLIGHT", bot_handle="Preflight", team_id="TDEMO")
        fill_workspace(workspace, datetime.now(UTC))
        at = a_port()
        page = f"http://127.0.0.1:{at.getsockname()[1]}"
        case = await self.nursery.start(
            database=f"sqlite:///{file}", page=page, arm=arm, defect=defect, clock=self.now.isoformat()
        )
        playground = build_playground(
            workspace,
            bot_url=f"http://127.0.0.1:{case.port}/slack/events",
            signing_secret=SECRET,
            bot_token=TOKEN,
            clock=lambda: datetime.now(UTC),
        )
        async with served(playground, at):
            hearing = asyncio.create_task(case.listen())
            await case.up.wait()
            await case.end()
            await hearing
        return case, await (self.judge or what_is_wrong)(file, workspace, case)

    async def kill_at(self, point: str) -> list[str]:
        """The cases of one point, some at a time; what is wrong, by case."""
        places = asyncio.Semaphore(AT_ONCE)
        last = self.hits[point]
        step = max(1, -(-last // MOST_HITS))
        kills: list[int] = []

        async def one(hit: int) -> list[str]:
            async with places:
                case, wrong = await self.run((point, hit))
                kills.append(case.kills)
                return [f"{point} {hit}: {each}" for each in wrong]

        found = await asyncio.gather(*(one(hit) for hit in sorted({*range(1, last + 1, step)})))
        # How many transactions there are depends on who is quicker; that nobody dies at all means nothing was tried.
        return [each for wrong in found for each in wrong] if any(kills) else [f"{point}: nobody was killed"]


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
    wrong += [f"{key} was never seen" for key in expected() - set(said)]
    wrong += [f"{key} should not have been said" for key in set(said) - expected()]
    wrong += [f"somebody else reads {each}" for each in misplaced(workspace)]
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        states = dict(database.execute("SELECT id, state FROM occurrences").fetchall())
        planned = database.execute("SELECT local_on FROM occurrences WHERE series_id = 'S9'").fetchall()
        rest = database.execute("SELECT key, state, error FROM notices WHERE state NOT IN ('sent')").fetchall()
        misses = database.execute("SELECT count(*) FROM audit_events WHERE tag = 'client_review:miss'").fetchone()[0]
        row = json.loads(database.execute("SELECT content FROM occurrences WHERE id = 'missed'").fetchone()[0])
    if (states["missed"], row["missed_row"], misses) != ("missed", MISSED_BEFORE + 1, 1):
        wrong.append(f"the missed one: {states['missed']}, {row['missed_row']} in a row, {misses} times on record")
    if len(planned) != 5 or len(set(planned)) != 5:
        wrong.append(f"planned: {planned}")
    wrong += [f"{key} is {state}: {error}" for key, state, error in rest if error != "told together with others"]
    store = open_store(f"sqlite:///{file}", audit_key=AUDIT_KEY)
    found = await store.read(verify, AUDIT_KEY)
    await store.close()
    if not isinstance(found, Intact):
        wrong.append(f"the audit trail: {found}")
    return wrong


def misplaced(workspace: Workspace) -> list[str]:
    """Messages that stand where they should not."""
    places: dict[str, set[str]] = {}
    for channel, messages in workspace.messages.items():
        for each in messages:
            if each.metadata:
                places.setdefault(each.metadata["event_payload"]["key"].split(":")[0], set()).add(channel)
    channels = {"pack": {TEAM_CHANNEL}}
    private = {
        SECURITY_CHANNEL,
        *(workspace.dm_with(user).id for user in (LEAD_1, LEAD_2, TEAM_LEAD, CISO, OTHER_LEAD)),
    }
    return [f"{kind} in {found}" for kind, found in places.items() if not found <= channels.get(kind, private)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The database in which all that is due, and a dry run that counts how often each point is passed."""
    folder = tmp_path_factory.mktemp("clock")
    url = f"sqlite:///{folder / 'due.sqlite3'}"
    await asyncio.to_thread(migrate, url)
    store = open_store(url, audit_key=AUDIT_KEY)
    await store.act(put_what_is_due)
    await store.close()
    opened = Ground(nursery, folder)
    case, wrong = await opened.run()
    assert wrong == []
    opened.hits = case.hits
    return opened


async def test_the_points_are_those_we_know(ground: Ground) -> None:
    assert set(POINTS) == set(ground.hits)


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_anywhere_loses_no_reminder_and_doubles_none(ground: Ground, point: str) -> None:
    assert await ground.kill_at(point) == []


# --- does the harness notice? -----------------------------------------------------------------------------------------

SEEDED = {
    "no look before posting again": "slack.after_post",
    "done before it is owed": "defect.gap",
}


@pytest.mark.parametrize("defect", SEEDED)
async def test_a_defect_put_in_on_purpose_is_noticed(ground: Ground, defect: str) -> None:
    found = await asyncio.gather(*(ground.run((SEEDED[defect], hit), defect=defect) for hit in range(1, 3)))
    assert any(wrong for _, wrong in found)


@pytest.mark.parametrize("defect", SEEDED)
async def test_without_a_kill_a_defect_goes_unnoticed_so_that_it_is_the_kill_that_shows_it(
    ground: Ground, defect: str
) -> None:
    _, wrong = await ground.run(defect=defect)
    assert wrong == []
