"""A bot that can be killed at a named point: in a process of its own, started again at once, on the same database.

One process imports everything once and forks for each case: a keeper, which forks the bot and starts it anew whenever
it was killed. The listening socket is the keeper's, so whoever knocks meanwhile waits in line, as behind a real proxy.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from tests.serving import a_port

ROOT = Path(__file__).parents[2]
AUDIT_KEY = b"audit key of a test"


# --- this side: start cases, and hear from them -----------------------------------------------------------------------


@dataclass
class Case:
    """One keeper and its bot. `port` is where the bot listens, whichever process it is at the moment."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int
    kills: int = 0
    pid: int = 0  # of the bot as it lives now
    up: asyncio.Event = field(default_factory=asyncio.Event)
    hits: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Hear what happens, until the case has ended."""
        while line := await self.reader.readline():
            match json.loads(line):
                case {"up": pid}:
                    self.pid = pid
                    self.up.set()
                case {"killed": _}:
                    self.up.clear()
                    self.kills += 1
                case {"hits": hits}:
                    self.hits = hits
                case {"fault": fault}:
                    self.faults.append(fault)
        self._ended.set()

    def kill(self) -> None:
        """Kill the bot as it lives now; its keeper starts another one."""
        self.up.clear()
        os.kill(self.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Let the bot deliver what it owes and stop calmly."""
        self.writer.write_eof()
        await self._ended.wait()
        self.writer.close()


class Nursery:
    """The process that has imported everything and forks for each case."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "nursery")
        command = [sys.executable, "-m", "tests.stories.killed", self._address]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    async def start(self, **case: Any) -> Case:
        """Fork a keeper with its bot; what can be said of a case is told in `_Told`."""
        reader, writer = await asyncio.open_unix_connection(self._address)
        writer.write(json.dumps(case).encode() + b"\n")
        port = json.loads(await reader.readline())["port"]
        return Case(reader, writer, port)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


# --- the other side: the process that forks ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    database: str
    page: str  # where the pretended Slack is
    arm: tuple[str, int] | None = None  # kill yourself at the n-th time this point is passed
    defect: str = ""
    clock: str = ""  # what the bot's clock shows when it first starts; two minutes more after each kill
    hurry: float = 0.0  # seconds from look to look and of each claim, where nobody can wait for a minute


def main(address: str) -> None:
    """Import everything, then fork a keeper for whoever connects."""
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers end by themselves
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(64)
        print("ready", flush=True)
        while True:
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _keep(line)
            line.close()


def _import_everything() -> None:
    # In the parent, once; what is imported after the fork would be paid for in each case.

    import tests.stories.town  # noqa: F401


def _keep(line: socket.socket) -> None:
    """Run one case: a bot, and another one whenever it was killed. Never returns."""
    told = _Told(**json.loads(line.makefile().readline()))
    arm = (str(told.arm[0]), int(told.arm[1])) if told.arm else None
    with a_port() as at:
        at.listen(64)
        _tell(line, port=at.getsockname()[1])
        for start in count():
            pid = os.fork()
            if pid == 0:
                _be_the_bot(told, arm, line, at, start)
            _, status = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(status):
                os._exit(0)
            _tell(line, killed=pid)
            arm = None


def _be_the_bot(told: _Told, arm: tuple[str, int] | None, line: socket.socket, at: socket.socket, start: int) -> None:
    from bot.slack import pace
    from bot.store import engine
    from bot.store.points import armed

    pace.CHANNEL_GAP = 0.0  # type: ignore[misc]  # nobody is to wait for Slack's pace here
    as_ever = engine._set_pragmas

    def without_waiting_for_the_disk(connection: Any, record: Any) -> None:
        # Fair: it is the process that is killed here, never the machine, and what was written the kernel keeps.
        as_ever(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    engine._set_pragmas = without_waiting_for_the_disk
    hits: Counter[str] = Counter()
    guard = threading.Lock()

    def passed(name: str) -> None:
        with guard:
            hits[name] += 1
            if (name, hits[name]) == arm:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        with armed(passed), ExitStack() as stack:
            if told.hurry:
                _hurry(told.hurry)
            if told.defect:
                stack.enter_context(DEFECTS[told.defect]())
            asyncio.run(_live(told, line, at, hits, start))
    except BaseException:
        _tell(line, fault=traceback.format_exc())
    os._exit(0)


def _hurry(seconds: float) -> None:
    """Look as often as that, and let claims of those who are gone run out as soon."""
    from bot.jobs import scheduler
    from bot.slack import delivery
    from bot.use_cases import desk, notices, timetable
    from bot.wiring import parts

    lease = timedelta(seconds=seconds * 4)
    for module in (desk, notices, timetable, parts):
        module.LEASE = lease  # type: ignore[misc]
    delivery.LONGEST_TRY = seconds * 3  # type: ignore[misc]
    (look, *_) = scheduler.TIMETABLE
    scheduler.Scheduler.__init__.__defaults__ = ((replace(look, every=timedelta(seconds=seconds)),),)


async def _live(told: _Told, line: socket.socket, at: socket.socket, hits: Counter[str], start: int) -> None:
    """Serve until the other side has nothing more to say, then deliver what is owed and be gone."""
    import uvicorn

    from bot.wiring.demo_company import CISO, LEADS_GROUP, SECURITY_CHANNEL
    from bot.wiring.parts import SlackAccess, build_bot
    from tests.stories.town import KNOWLEDGE, SECRET, TOKEN

    access = SlackAccess(TOKEN, SECRET, f"{told.page}/api/", True, SECURITY_CHANNEL, (LEADS_GROUP,), (CISO,))
    began, real = datetime.now(UTC), lambda: datetime.now(UTC)
    shown = datetime.fromisoformat(told.clock) + start * timedelta(minutes=2) if told.clock else began
    bot = build_bot(
        access,
        database=told.database,
        audit_key=AUDIT_KEY,
        knowledge=KNOWLEDGE,
        now=lambda: shown + (real() - began),
    )
    bot.start()
    while bot.identity is None:  # noqa: ASYNC110 - it introduces itself in the background
        await asyncio.sleep(0)
    server = uvicorn.Server(uvicorn.Config(bot.door, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve([at]))  # never awaited: this process ends, and calmly is another test
    _tell(line, up=os.getpid())
    line.setblocking(False)
    await asyncio.get_running_loop().sock_recv(line, 1)
    await _settle(bot)
    assert not serving.done()
    _tell(line, hits=hits)
    os._exit(0)


async def _settle(bot: Any) -> None:
    """Deliver until nothing is owed any more; what waits for a later time is told that it has come."""
    from bot.use_cases.notices import deliver_due
    from bot.use_cases.timetable import tick

    await bot.scheduler.stop(within=30.0)
    await tick(bot.desk)
    bot._stop.set()  # its own looking ends first: it must not still be sending when time is told to have passed
    await asyncio.wait(bot._loops)
    while True:
        while bot.desk.tasks:
            await asyncio.wait(set(bot.desk.tasks))
        due = await bot.desk.read(lambda work: work.notices.next_due())
        if due is None:
            return
        later = replace(bot.desk, now=lambda due=due: max(due, bot.desk.now()))
        await deliver_due(later, bot.messenger)


def _tell(line: socket.socket, **what: Any) -> None:
    line.setblocking(True)
    line.sendall(json.dumps(what).encode() + b"\n")


# --- defects that the harness has to notice ---------------------------------------------------------------------------


@contextmanager
def _no_memory_of_payloads() -> Iterator[None]:
    """Slack's repeats are taken for new."""
    from bot.store.inbox import Inbox

    Inbox.first = lambda self, key, digest, at: True  # type: ignore[method-assign]
    yield


@contextmanager
def _ack_before_commit() -> Iterator[None]:
    """Slack is told "taken" first; the work is done afterwards."""
    from bot.slack.serve import Door

    dispatch = Door._dispatch
    kept: set[asyncio.Task[Any]] = set()

    async def at_once(self: Door, headers: Any, text: str) -> tuple[int, bytes, bytes]:
        if "view_submission" in text:
            return await dispatch(self, headers, text)  # its answer is needed
        kept.add(asyncio.create_task(dispatch(self, headers, text)))
        return 200, b"", b"text/plain"

    Door._dispatch = at_once  # type: ignore[method-assign]
    yield


@contextmanager
def _no_look_before_posting_again() -> Iterator[None]:
    """What may have arrived is posted again without looking."""
    from bot.slack.delivery import SlackMessenger

    async def never(self: Any, *_: Any) -> None:
        return None

    SlackMessenger._look = never  # type: ignore[method-assign]
    yield


@contextmanager
def _decision_apart_from_its_notices() -> Iterator[None]:
    """What an act owes is not written in its transaction but kept in memory and delivered afterwards."""
    from bot.store.points import point
    from bot.use_cases.desk import Acting

    owe = Acting.owe

    def forgetful(self: Acting, *notices: Any) -> None:
        if any(each.key.startswith("outcome:") for each in notices):
            kept, desk = list(notices), self.desk

            async def later() -> None:
                await desk.store.act(lambda work: None)  # behind the decision's own commit
                point("defect.gap")
                await desk.act(lambda act: owe(act, *kept))

            loop = desk_loop[0]
            loop.call_soon_threadsafe(lambda: desk.spawn(later()))
            return
        owe(self, *notices)

    desk_loop: list[Any] = []
    from bot.wiring.parts import Bot

    start = Bot.start

    def starting(self: Bot) -> None:
        desk_loop.append(asyncio.get_running_loop())
        start(self)

    Bot.start = starting  # type: ignore[method-assign]
    Acting.owe = forgetful  # type: ignore[method-assign]
    yield


@contextmanager
def _done_before_it_is_owed() -> Iterator[None]:
    """What is due is marked as looked at in a transaction of its own, before anything is owed for it."""
    from bot.domain.due import DueKind
    from bot.store.points import point
    from bot.use_cases import timetable
    from bot.use_cases.occurrence_clock import look_at_occurrences

    async def done_first(desk: Any, dues: Any) -> None:
        def done(work: Any) -> None:
            for due in dues:
                work.due.done(due, None)

        await desk.store.act(done)
        point("defect.gap")

        def again(work: Any) -> Any:
            for due in dues:
                work.due.put(due.kind, due.about, due.at)
            return work.due.claim(desk.now(), timetable.LEASE, len(dues))

        await look_at_occurrences(desk, await desk.store.act(again))

    timetable.HANDLERS[DueKind.OCCURRENCE] = done_first  # type: ignore[index]
    yield


DEFECTS = {
    "done before it is owed": _done_before_it_is_owed,
    "no memory of payloads": _no_memory_of_payloads,
    "ack before commit": _ack_before_commit,
    "no look before posting again": _no_look_before_posting_again,
    "decision apart from its notices": _decision_apart_from_its_notices,
}


if __name__ == "__main__":
    main(sys.argv[1])
