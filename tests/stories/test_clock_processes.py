"""Three processes on one PostgreSQL look at the same clock, and one is killed every two seconds: each message once.

By hand, for longer: python -m tests.stories.test_clock_processes 30
And to see that it notices: python -m tests.stories.test_clock_processes 30 "no look before posting again"
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.domain.calendar import Slot
from bot.domain.due import DueKind
from bot.domain.ids import ChannelId, OccurrenceId, UserId
from bot.domain.notice import NoticeKind
from bot.domain.occurrence_clock import planned_from
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.store.audit import Intact, verify
from bot.store.database import Store, open_store
from bot.store.migrations import migrate
from bot.store.tables import notices
from bot.store.work import Work
from tests import postgres
from tests.serving import a_port, served
from tests.stories.killed import AUDIT_KEY, Nursery
from tests.stories.town import LEAD_1, LEAD_2, SECRET, TEAM_CHANNEL, TEAM_LEAD, TOKEN, fill_workspace
from tests.use_cases.clockwork import a_client, weekly

PROCESSES = 3
KILLED_EVERY = 2.0
HURRY = 0.5  # seconds between two looks; a claim lasts two
REVIEWS_A_SECOND = 5
PATIENCE = 60.0


@dataclass
class Outcome:
    """What a run came to: how often a process died, what was shown, what was promised and does not hold."""

    kills: int
    shown: int
    wrong: list[str]


def put_reviews(work: Work, first: datetime, many: int) -> None:
    """Reviews that start one after the other from a moment on, their packs and hosts' reminders due already."""
    for number in range(many):
        client = a_client(f"Client {number}", f"CL{number}", channel=ChannelId(TEAM_CHANNEL))
        series = weekly(f"S{number}", client=client.id, host=UserId(TEAM_LEAD), stand_in=UserId(LEAD_2))
        work.clients.add(replace(client, account_owner=UserId(LEAD_1)), first)
        work.series.add(replace(series, planned_until=date(2099, 1, 1)), first)
        start_at = first + timedelta(seconds=number / REVIEWS_A_SECOND)
        review = planned_from(series, Slot(start_at.date(), start_at.date(), start_at), OccurrenceId(f"O{number}"))
        work.occurrences.add(review, first)
        work.due.put(DueKind.OCCURRENCE, review.id, first - timedelta(hours=1))


async def run(database: str, nursery: Nursery, seconds: float, defect: str = "") -> Outcome:
    """Let them work for so long, one of them killed every two seconds, and then until nothing is owed."""
    many = int(seconds * REVIEWS_A_SECOND)
    migrate(database)
    store = open_store(database, audit_key=AUDIT_KEY)
    workspace = Workspace(bot_id="UPREFLIGHT", bot_handle="Preflight", team_id="TDEMO")
    fill_workspace(workspace, datetime.now(UTC))
    at = a_port()
    page = f"http://127.0.0.1:{at.getsockname()[1]}"
    cases = [await nursery.start(database=database, page=page, hurry=HURRY, defect=defect) for _ in range(PROCESSES)]
    playground = build_playground(
        workspace,
        bot_url=f"http://127.0.0.1:{cases[0].port}/slack/events",
        signing_secret=SECRET,
        bot_token=TOKEN,
        clock=lambda: datetime.now(UTC),
    )
    async with served(playground, at):
        hearing = [asyncio.create_task(case.listen()) for case in cases]
        await asyncio.gather(*(case.up.wait() for case in cases))
        await store.act(put_reviews, datetime.now(UTC) + timedelta(seconds=1), many)
        end = asyncio.get_running_loop().time() + seconds
        for turn in range(sys.maxsize):
            if asyncio.get_running_loop().time() + KILLED_EVERY > end:
                break
            await asyncio.sleep(KILLED_EVERY)  # the rhythm is what is asked for, not a wait for anything
            victim = cases[turn % PROCESSES]
            await victim.up.wait()
            victim.kill()
        await asyncio.gather(*(case.up.wait() for case in cases))
        await until_nothing_is_owed(store, many)
        for case in cases:
            await case.end()
        await asyncio.gather(*hearing)
    wrong = [fault for case in cases for fault in case.faults] + await what_is_wrong(store, workspace, many)
    await store.close()
    shown = sum(1 for messages in workspace.messages.values() for each in messages if each.metadata)
    return Outcome(sum(case.kills for case in cases), shown, wrong)


async def until_nothing_is_owed(store: Store, many: int) -> None:
    """Wait until every start was said and nothing is under way; whoever died, their claims have to run out first."""

    def left(work: Work) -> int:
        said = select(func.count()).where(notices.c.kind == NoticeKind.REVIEW_NOW.value)
        return int(many - work.connection.execute(said).scalar_one()) + work.notices.due_count()

    async with asyncio.timeout(PATIENCE):
        while await store.read(left):  # noqa: ASYNC110 - other processes work; nothing could tell us
            await asyncio.sleep(0.1)


async def what_is_wrong(store: Store, workspace: Workspace, many: int) -> list[str]:
    """Each pack, each reminder and each start, once; and a record that holds together."""
    said = Counter(
        each.metadata["event_payload"]["key"]
        for messages in workspace.messages.values()
        for each in messages
        if each.metadata
    )
    wrong = [f"{key} stands there {times} times" for key, times in said.items() if times != 1]
    kinds = Counter(key.split(":")[0] for key in said)
    owed = await store.read(
        lambda work: Counter(key.split(":")[0] for key in work.connection.execute(select(notices.c.key)).scalars())
    )
    for kind in ("pack", "start"):
        if (kinds[kind], owed[kind]) != (many, many):
            wrong.append(f"{kinds[kind]} of {many} {kind}s were shown, {owed[kind]} owed")
    # Who is told an hour before is told nothing more of it once it has started: then it is moot.
    if not kinds["host"] <= owed["host"] <= many:
        wrong.append(f"{kinds['host']} hosts reminded, {owed['host']} owed")
    if not isinstance(found := await store.read(verify, AUDIT_KEY), Intact):
        wrong.append(f"the audit trail: {found}")
    return wrong


@pytest.mark.postgres
async def test_three_processes_of_which_one_dies_every_two_seconds_say_each_thing_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        nursery = Nursery(tmp_path)
        stack.callback(nursery.close)
        outcome = await run(server.new_database(), nursery, 12.0)
    assert outcome.wrong == []
    assert outcome.kills >= 5


def main(seconds: float, defect: str = "") -> None:
    """The same for as long as somebody wants, told in one line."""
    with tempfile.TemporaryDirectory() as folder, postgres.running() as server:
        nursery = Nursery(Path(folder))
        with suppress(KeyboardInterrupt):
            outcome = asyncio.run(run(server.new_database(), nursery, seconds, defect))
            print(f"{seconds:.0f} s, {outcome.kills} kills, {outcome.shown} messages shown, wrong: {outcome.wrong}")
        nursery.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0, *sys.argv[2:3])
