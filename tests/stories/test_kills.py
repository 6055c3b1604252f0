"""The process is killed at every hit of every named point, from the mention to the decision, and nothing is lost.

After each kill another process starts on the same database. Slack sends its events again, and people press again what
was not taken. Then a checker that shares no code with the product reads the database and what people see.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.store.audit import Intact, verify
from bot.store.database import open_store
from tests.databases import migrated
from tests.serving import a_port, served
from tests.stories.killed import AUDIT_KEY, Case, Nursery
from tests.stories.steps import SMALL, best_of, question_of
from tests.stories.town import (
    LEAD_1,
    SECRET,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    TOKEN,
    Town,
    fill_workspace,
    has_control,
    patient_slack,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT_ONCE = 6
PATIENCE = 60.0
TOOL = "Fabrikam Notes"
WORSE = {"G1-ACCESS-MFA": "password", "G1-ACCESS-LEAVER": "none"}  # together they need a lead's signature
BY_FORM = "G3-STAGE-NOW"  # where this is asked, the form is used
BY_REPLY = "G4-KEEP-TIME"  # where this is asked, somebody types
POINTS = (
    "door.checked",
    "slack.received",
    "slack.before_ack",
    "slack.acked",
    "door.handled",
    "store.tx_begun",
    "store.key_noted",
    "store.notice_owed",
    "store.decision_due",
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


# --- people -----------------------------------------------------------------------------------------------------------


class NotTaken(Exception):
    """The bot did not answer; whoever pressed sees it and presses again."""


class Lost(Exception):
    """Something that should have shown never did."""


@dataclass
class People(Town):
    """The team and the lead, and what they were told was taken."""

    patience: float = PATIENCE
    taken: dict[str, str] = field(default_factory=dict)  # question → answer, once the bot had said yes to it

    async def _act(self, act: str, user: str, **what: Any) -> dict[str, Any]:
        body = {"as": user, **{key: value for key, value in what.items() if value is not None}}
        async with self.http.post(f"{self.page}/page/{act}", json=body, headers={"Origin": self.page}) as answer:
            said = await answer.json()
        if said.get("error") in ("dispatch_failed", "action_not_found"):
            raise NotTaken  # no answer; or the card moved on under the finger, as it does after a recovery
        assert said.get("ok"), said
        return said

    async def see(self, what: str, holds: Callable[[], Any]) -> Any:
        try:
            async with asyncio.timeout(self.patience):
                return await self.until(holds)
        except TimeoutError:
            raise Lost(what) from None

    async def do(self, what: str, act: Callable[[], Awaitable[Any]], seen: Callable[[], Any]) -> Any:
        """Press until it is taken; then it has to show. What shows already is not pressed again."""
        while not seen():
            try:
                await act()
                break
            except NotTaken:
                continue
        return await self.see(what, seen)

    # --- the whole way ------------------------------------------------------------------------------------------------

    async def go_all_the_way(self) -> None:
        ts = await self.say(TEAM_LEAD, TEAM_CHANNEL, f"@Preflight is {TOOL} safe to roll out?")
        self.thread = ts
        await self.see("the first card", lambda: self.card() and has_control(self.card().blocks, "review|profile"))
        await self.describe()
        while (question := question_of(self.card())) is not None:
            if question == BY_FORM:
                await self.fill_in_form()
            elif question == BY_REPLY:
                await self.type_answer(question)
            else:
                await self.answer(question)
            self.close_all()
        await self.do(
            "the leads' card",
            lambda: self.click(TEAM_LEAD, self.card(), "review|submit"),
            lambda: self.request() and has_control(self.request().blocks, "sign_off|approve"),
        )
        await self.do(
            "the decision",
            lambda: self.click(LEAD_1, self.request(), "sign_off|approve"),
            lambda: not has_control(self.request().blocks, "sign_off|approve"),
        )

    async def describe(self) -> None:
        await self.open_form("the profile", "review|profile", "profile|1")
        await self.do(
            "the second page",
            lambda: self.submit(TEAM_LEAD, **{"profile|kinds": ["saas"]}),
            lambda: self.modal(TEAM_LEAD)["callback_id"] == "profile|2",
        )
        await self.do("the form's end", lambda: self.submit(TEAM_LEAD, **SMALL), lambda: self.top(TEAM_LEAD) is None)
        await self.see("the first question", lambda: question_of(self.card()))

    async def open_form(self, what: str, control: str, callback: str) -> None:
        """Opening a form may come too late for Slack; then one presses again."""

        def open_now() -> bool:
            top = self.top(TEAM_LEAD)
            return top is not None and top.definition["callback_id"] == callback

        for _ in range(5):
            told = len(self.whispers(TEAM_LEAD))
            await self.do(
                what,
                lambda: self.click(TEAM_LEAD, self.card(), control),
                lambda told=told: open_now() or len(self.whispers(TEAM_LEAD)) > told,
            )
            if open_now():
                return
        raise Lost(what)

    async def answer(self, question: str) -> None:
        code = WORSE.get(question) or best_of(question)[0]

        def moved() -> bool:
            return question_of(self.card()) != question

        async def press() -> None:
            card = self.card()
            if has_control(card.blocks, f"answer|{code}"):
                await self.click(TEAM_LEAD, card, f"answer|{code}")
            else:
                await self.click(TEAM_LEAD, card, "answer", selected_option=option(card, code))
            self.taken[question] = code

        await self.do(f"the question after {question}", press, moved)

    async def type_answer(self, question: str) -> None:
        """Answer in words, in the thread. Said again, the same words would answer the next question too."""
        await self.say(TEAM_LEAD, TEAM_CHANNEL, "I don't know", self.thread)
        await self.see(f"the question after {question}", lambda: question_of(self.card()) != question)
        self.taken[question] = "unknown"

    async def fill_in_form(self) -> None:
        question = question_of(self.card())
        await self.open_form("the form", "review|form", "review|form")
        asked = [str(b["block_id"]) for b in self.modal(TEAM_LEAD)["blocks"] if str(b.get("block_id")).startswith("q|")]
        given = {block: best_of(block.split("|")[1])[0] for block in asked}

        async def send() -> None:
            assert await self.submit(TEAM_LEAD, **given) == {}
            self.taken.update({block.split("|")[1]: code for block, code in given.items()})

        await self.do("the form's end", send, lambda: self.top(TEAM_LEAD) is None)
        await self.see("the question after the form", lambda: question_of(self.card()) != question)

    def card(self) -> Any:
        """The team's card."""
        return next((each for each in self.cards(TEAM_CHANNEL) if each.thread_ts == self.thread), None)

    def request(self) -> Any:
        """The leads' card."""
        return next((each for each in self.cards(SECURITY_CHANNEL)), None)

    def top(self, user: str) -> Any:
        return self.workspace.top_view(user)

    def close_all(self) -> None:
        while (view := self.top(TEAM_LEAD)) is not None:
            self.workspace.close_view(view, all=True)


def option(card: Any, code: str) -> dict[str, Any]:
    for block in card.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == "answer":
                return next(each for each in element["options"] if each["value"] == code)
    raise AssertionError(f"no option {code}")


# --- the checker ------------------------------------------------------------------------------------------------------


async def what_is_wrong(file: Path, people: People, case: Case) -> list[str]:
    """Everything that was promised and does not hold, read from the database and from what people see."""
    wrong = list(case.faults)
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row

        def rows(query: str) -> list[sqlite3.Row]:
            return database.execute(query).fetchall()

        reviews = rows("SELECT * FROM reviews")
        if [each["stage"] for each in reviews] != ["decided"]:
            wrong.append(f"reviews: {[each['stage'] for each in reviews]}")
        stored = sorted((each["question"], json.loads(each["codes"])) for each in rows("SELECT * FROM answers"))
        given = sorted((question, [code]) for question, code in people.taken.items())
        if stored != given:  # what was taken is stored, and what is stored somebody gave, once
            wrong.append(f"given: {given}, stored: {stored}")
        decisions = rows("SELECT * FROM decisions")
        signed = [json.loads(each["signed_by"]) for each in decisions]
        if signed != [[LEAD_1]]:
            wrong.append(f"decisions signed by {signed}")
        signs = [(each["by"], each["stance"]) for each in rows("SELECT * FROM sign_offs WHERE voided_at IS NULL")]
        if signs != [(LEAD_1, "approve")]:
            wrong.append(f"signatures: {signs}")
        owed = rows("SELECT * FROM notices")
        wrong += [f"{each['key']} is {each['state']}: {each['error']}" for each in owed if each["state"] != "sent"]
        keys = [each["key"] for each in owed]
        tags = Counter(each["tag"] for each in rows("SELECT tag FROM audit_events"))
        for tag in ("review:open", "review:submit", "review:sign_off:add", "decision:record"):
            if tags[tag] != 1:
                wrong.append(f"{tag} is on record {tags[tag]} times")
    if sum(key.startswith("outcome:") for key in keys) != 2:
        wrong.append(f"outcomes owed: {[key for key in keys if key.startswith('outcome:')]}")
    said = [
        each.metadata["event_payload"]["key"]
        for messages in people.workspace.messages.values()
        for each in messages
        if each.metadata
    ]
    wrong += [f"{key} stands there {count} times" for key, count in Counter(said).items() if count != 1]
    wrong += [f"{key} was never seen" for key in set(keys) - set(said)]
    if people.card() is None or question_of(people.card()) or has_control(people.card().blocks, "review|submit"):
        wrong.append("the team's card does not show the decision")
    if people.request() is None or has_control(people.request().blocks, "sign_off|approve"):
        wrong.append("the leads' card does not show the decision")
    store = open_store(f"sqlite:///{file}", audit_key=AUDIT_KEY)
    found = await store.read(verify, AUDIT_KEY)
    await store.close()
    if not isinstance(found, Intact):
        wrong.append(f"the audit trail: {found}")
    return wrong


# --- cases ------------------------------------------------------------------------------------------------------------


@dataclass
class Ground:
    """Where cases are run: what they start from, and how often each point is passed on the way."""

    nursery: Nursery
    folder: Path
    hits: dict[str, int] = field(default_factory=dict)
    _ran: int = 0

    async def run(
        self, arm: tuple[str, int] | None = None, *, defect: str = "", patience: float = PATIENCE
    ) -> tuple[Case, list[str]]:
        """One case: the whole way, with one kill at most, and what is wrong in the end."""
        self._ran += 1
        file = self.folder / f"case-{self._ran}.sqlite3"
        shutil.copyfile(self.folder / "empty.sqlite3", file)
        async with people_in(self.nursery, file, arm, defect) as (people, case):
            people.patience = patience
            try:
                await people.go_all_the_way()
            except Lost as lost:
                return case, [f"never seen: {lost}", *case.faults]
            finally:
                await case.end()
            return case, await what_is_wrong(file, people, case)

    async def kill_at_every_hit(self, point: str) -> list[str]:
        """All cases of one point, some at a time; what is wrong, by case."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(hit: int) -> list[str]:
            async with places:
                _, wrong = await self.run((point, hit))
                return [f"{point} {hit}: {each}" for each in wrong]

        found = await asyncio.gather(*(one(hit) for hit in range(1, self.hits[point] + 1)))
        return [each for wrong in found for each in wrong]


@asynccontextmanager
async def people_in(
    nursery: Nursery, file: Path, arm: tuple[str, int] | None, defect: str
) -> AsyncIterator[tuple[People, Case]]:
    """A pretended workspace and, in other processes, the bot."""
    at = a_port()
    page = f"http://127.0.0.1:{at.getsockname()[1]}"
    workspace = Workspace(bot_id="UPREFLIGHT", bot_handle="Preflight", team_id="TDEMO")
    fill_workspace(workspace, datetime.now(UTC))
    case = await nursery.start(database=f"sqlite:///{file}", page=page, arm=arm, defect=defect)
    playground = build_playground(
        workspace,
        bot_url=f"http://127.0.0.1:{case.port}/slack/events",
        signing_secret=SECRET,
        bot_token=TOKEN,
        clock=lambda: datetime.now(UTC),
        retry_after=(0.0,) * 5,
    )
    hearing = asyncio.create_task(case.listen())
    async with aiohttp.ClientSession() as http, served(playground, at):
        people = People(workspace, None, page, "", http, playground.state.delivery)  # type: ignore[arg-type]  # the bot is elsewhere
        woken = workspace.changed

        def changed() -> None:
            woken()
            people._changed.set()

        workspace.changed = changed
        await case.up.wait()
        try:
            yield people, case
        finally:
            await hearing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """The empty database, and a dry run that counts how often each point is passed."""
    folder = tmp_path_factory.mktemp("kills")
    migrated(f"sqlite:///{folder / 'empty.sqlite3'}")
    opened = Ground(nursery, folder)
    with patient_slack():
        case, wrong = await opened.run()
        assert wrong == []
        opened.hits = case.hits
        yield opened


async def test_the_points_are_those_we_know(ground: Ground) -> None:
    assert set(ground.hits) == set(POINTS)
    assert len(POINTS) >= 15


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_hit_loses_nothing_and_doubles_nothing(ground: Ground, point: str) -> None:
    assert await ground.kill_at_every_hit(point) == []


# --- does the harness notice? -----------------------------------------------------------------------------------------

SEEDED = {
    "no memory of payloads": ("slack.before_ack", (11, 10, 12)),  # what somebody typed, sent again
    "ack before commit": ("store.key_noted", range(1, 5)),
    "no look before posting again": ("slack.after_post", range(1, 3)),
    "decision apart from its notices": ("defect.gap", range(1, 2)),
}


@pytest.mark.parametrize("defect", SEEDED)
async def test_a_defect_put_in_on_purpose_is_noticed(ground: Ground, defect: str) -> None:
    point, hits = SEEDED[defect]
    for _ in range(3):
        for hit in hits:  # one at a time: beside others, Slack may send again only after somebody has pressed on
            _, wrong = await ground.run((point, hit), defect=defect, patience=20.0)
            if wrong:
                return
    raise AssertionError("nobody noticed")


@pytest.mark.parametrize("defect", SEEDED)
async def test_without_a_kill_a_defect_may_go_unnoticed_so_that_it_is_the_kill_that_shows_it(
    ground: Ground, defect: str
) -> None:
    _, wrong = await ground.run(defect=defect)
    assert wrong == []
