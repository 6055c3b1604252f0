"""The process is killed at every named point from Start Review to the minutes: nothing is lost, nothing is said twice.

The client has an action that is carried over for the third time, so closing also owes what goes further up.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.client import Cadence, Client, Rhythm, Series, SideOf
from bot.domain.client_review import ActionItem, Occurrence, State
from bot.domain.ids import ActionItemId, ChannelId, ClientId, OccurrenceId, SeriesId, UserId
from bot.slack import ids
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases.occurrence_clock import pack_notice
from tests.stories.killed import AUDIT_KEY, Case, Nursery
from tests.stories.steps import words
from tests.stories.test_kills import Lost, People, people_in
from tests.stories.town import LEAD_2, OTHER_LEAD, TEAM_CHANNEL, TEAM_LEAD, has_control

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = 6
MOST_HITS = 6  # of one point that are tried; where it is passed more often, they are spread over all of them
EVERY_HIT = ("store.before_commit", "store.after_commit")  # what is done in two acts is lost between just two of these
POINTS = (
    "slack.received",
    "slack.before_ack",
    "slack.acked",
    "store.tx_begun",
    "store.key_noted",
    "store.occurrence_saved",
    "store.notice_owed",
    "store.audit_written",
    "store.before_commit",
    "store.after_commit",
    "notice.claimed",
    "notice.gathered",
    "slack.before_post",
    "slack.after_post",
    "slack.before_update",
    "slack.after_update",
    "notice.posted",
    "notice.marked",
)
SAID = ("pack:now", "meeting:now", "minutes:now", f"result:now:{OTHER_LEAD}", f"result:now:{LEAD_2}")
CARRIED = ("carried:A1:3:CSECURITY", f"carried:A1:3:{LEAD_2}")


def put_a_review(work: Work) -> None:
    """One review that can be started now, and an action from the one before."""
    now = datetime.now(UTC)
    client = Client(ClientId("CL1"), "Northwind", UserId(LEAD_2), "UTC", channel=ChannelId(TEAM_CHANNEL))
    rhythm = Rhythm(Cadence.WEEKLY, (1,), time(10), (now - timedelta(days=90)).date())
    series = Series(SeriesId("S1"), client.id, rhythm, "UTC", 30, UserId(TEAM_LEAD), UserId(OTHER_LEAD))
    work.clients.add(client, now)
    work.series.add(series, now)

    def at(name: str, start_at: datetime, state: State) -> Occurrence:
        whole = (OccurrenceId(name), series.id, client.id, start_at.date(), start_at, "UTC", 30)
        return Occurrence(*whole, series.host, series.stand_in, state, packed_at=now)

    work.occurrences.add(at("before", now - timedelta(days=7), State.HELD), now)
    occurrence = at("now", now + timedelta(minutes=5), State.PLANNED)
    work.occurrences.add(occurrence, now)
    due_on = (now + timedelta(days=3)).date()
    action = ActionItem(
        ActionItemId("A1"),
        client.id,
        "Send the list",
        SideOf.CLIENTS,
        "Dana",
        due_on,
        OccurrenceId("before"),
        now,
        UserId(TEAM_LEAD),
        meetings=2,
    )
    work.actions.add(action, now)
    work.notices.owe(pack_notice(occurrence, client), now)


async def hold(people: People) -> None:
    """Start the review, discuss its first item, and close it; whoever is not answered presses again."""

    def card(control: str) -> Any:
        cards = people.cards(TEAM_CHANNEL)
        return next((each for each in reversed(cards) if has_control(each.blocks, control)), None)

    def top() -> bool:
        view = people.workspace.top_view(TEAM_LEAD)
        return view is not None and view.definition["callback_id"] == ids.MEET_CLOSE_PAGE

    await people.see("the pack", lambda: card(ids.MEET_START))
    pack = card(ids.MEET_START)
    await people.do(
        "the meeting", lambda: people.click(TEAM_LEAD, pack, ids.MEET_START), lambda: card(ids.MEET_DISCUSSED)
    )
    meeting = card(ids.MEET_DISCUSSED)

    def moved_on() -> bool:
        return "Roll call" not in words(people.workspace.message(meeting.channel, meeting.ts))

    await people.do("the second item", lambda: people.click(TEAM_LEAD, meeting, ids.MEET_DISCUSSED), moved_on)
    for _ in range(5):
        whispers = len(people.whispers(TEAM_LEAD))
        await people.do(
            "the form",
            lambda: people.click(TEAM_LEAD, card(ids.MEET_CLOSE), ids.MEET_CLOSE),
            lambda whispers=whispers: top() or len(people.whispers(TEAM_LEAD)) > whispers,
        )
        if top():
            break
    else:
        raise Lost("the form")
    next_on = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    given = {"client_review|present": [TEAM_LEAD], "client_review|outcome": "calm", "client_review|next": next_on}
    await people.do("the minutes", lambda: people.submit(TEAM_LEAD, **given), lambda: card(ids.MEET_PDF))


@dataclass
class Ground:
    """What cases are run on, and how often each point is passed when nobody is killed."""

    nursery: Nursery
    folder: Path
    hits: dict[str, int] = field(default_factory=dict)
    _ran: int = 0

    async def run(self, arm: tuple[str, int] | None = None) -> tuple[Case, list[str]]:
        """One case, with one kill at most, and what is wrong in the end."""
        self._ran += 1
        file = self.folder / f"case-{self._ran}.sqlite3"
        shutil.copyfile(self.folder / "review.sqlite3", file)
        wrong: list[str] = []
        async with people_in(self.nursery, file, arm, "") as (people, case):
            try:
                await hold(people)
            except Lost as lost:
                wrong.append(f"{lost} never showed")
            await case.end()
        return case, wrong + await what_is_wrong(file, people, case)

    async def kill_at(self, point: str) -> list[str]:
        """The cases of one point, some at a time; what is wrong, by case."""
        places = asyncio.Semaphore(AT_ONCE)
        last = self.hits[point]
        step = 1 if point in EVERY_HIT else max(1, -(-last // MOST_HITS))
        kills: list[int] = []

        async def one(hit: int) -> list[str]:
            async with places:
                case, wrong = await self.run((point, hit))
                kills.append(case.kills)
                return [f"{point} {hit}: {each}" for each in wrong]

        found = await asyncio.gather(*(one(hit) for hit in range(1, last + 1, step)))
        return [each for wrong in found for each in wrong] if any(kills) else [f"{point}: nobody was killed"]


async def what_is_wrong(file: Path, people: People, case: Case) -> list[str]:
    """Everything that was promised and does not hold, read from the database and from what people see."""
    wrong = list(case.faults)
    said = Counter(
        each.metadata["event_payload"]["key"]
        for messages in people.workspace.messages.values()
        for each in messages
        if each.metadata
    )
    wrong += [f"{key} stands there {said[key]} times" for key in {*SAID, *CARRIED, *said} if said[key] != 1]
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        state, content = database.execute("SELECT state, content FROM occurrences WHERE id = 'now'").fetchone()
        meetings = json.loads(database.execute("SELECT content FROM actions WHERE id = 'A1'").fetchone()[0])["meetings"]
        packs = database.execute("SELECT count(*) FROM packs WHERE occurrence_id = 'now'").fetchone()[0]
        tags = Counter(tag for (tag,) in database.execute("SELECT tag FROM audit_events WHERE about IN ('now', 'A1')"))
        rest = database.execute("SELECT key, state, error FROM notices WHERE state <> 'sent'").fetchall()
    if (state, meetings, packs) != ("held", 3, 1):
        wrong.append(f"{state}, {meetings} meetings, {packs} packs")
    if json.loads(content)["attendance"].get(TEAM_LEAD) != "present":
        wrong.append("who was there is lost")
    once = ("client_review:start", "client_review:item:discussed", "client_review:close", "action:carry")
    wrong += [f"{tag} is on record {tags[tag]} times" for tag in once if tags[tag] != 1]
    wrong += [f"{key} is {state}: {error}" for key, state, error in rest]
    store = open_store(f"sqlite:///{file}", audit_key=AUDIT_KEY)
    found = await store.read(verify, AUDIT_KEY)
    await store.close()
    if not isinstance(found, Intact):
        wrong.append(f"the audit trail: {found}")
    return wrong


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The database with one review in it, and a dry run that counts how often each point is passed."""
    folder = tmp_path_factory.mktemp("meeting")
    url = f"sqlite:///{folder / 'review.sqlite3'}"
    await asyncio.to_thread(migrate, url)
    store = open_store(url, audit_key=AUDIT_KEY)
    await store.act(put_a_review)
    await store.close()
    opened = Ground(nursery, folder)
    case, wrong = await opened.run()
    assert wrong == []
    opened.hits = case.hits
    return opened


async def test_the_points_passed_are_those_we_know(ground: Ground) -> None:
    assert set(POINTS) <= set(ground.hits)


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_anywhere_in_a_meeting_loses_nothing_and_doubles_nothing(ground: Ground, point: str) -> None:
    assert await ground.kill_at(point) == []
