"""`preflight demo`: the playground and the real bot behind it, in one process, on this machine only.

The company in it is made up and says so. Nothing here is a short cut: every decision it starts with was asked for,
answered and signed through the same acts that a click takes.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

import uvicorn
from rich.console import Console
from starlette.applications import Starlette

from bot.domain.model_use import Use
from bot.jobs.timetable import TIMETABLE
from bot.knowledge import Knowledge, default_folder, load_knowledge
from bot.playground.clock import MovableClock
from bot.playground.server import PlaygroundServer, build_playground
from bot.playground.workspace import Workspace
from bot.slack import ids
from bot.slack.manifest import USAGE_HINT
from bot.slack.pace import Pace
from bot.slack.serve import Receive, Scope, Send
from bot.store.migrations import migrate
from bot.store.work import Work
from bot.use_cases.notices import deliver_due
from bot.use_cases.ports import Model
from bot.wiring.demo_company import CISO, LEADS_GROUP, SECURITY_CHANNEL, fill_workspace
from bot.wiring.demo_records import seed_records
from bot.wiring.logs import set_up_logs
from bot.wiring.model import demo_model, no_model
from bot.wiring.parts import Bot, SlackAccess, build_bot
from bot.wiring.serving import loop_factory

HOST: Final = "127.0.0.1"
SOON: Final = 0.01  # seconds between two looks whether the others have sent theirs


def serve_demo(*, port: int, db: Path | None, open_browser: bool) -> None:
    """Serve until Ctrl-C. Without a file everything is forgotten at the end, and a person may start over."""
    set_up_logs("WARNING")
    make_model, use = demo_model()
    with tempfile.TemporaryDirectory(prefix="preflight-demo-") as folder:
        fresh = (Path(folder) / f"demo-{n}.sqlite3" for n in count(1))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(port, db.resolve() if db else None, fresh, open_browser, make_model, use))


class _Behind:
    """The bot behind the page. Records are never deleted, so to start over is to put another bot in its place."""

    def __init__(
        self,
        access: SlackAccess,
        clock: MovableClock,
        make_model: Callable[[Knowledge], Model] = no_model,
        use: Use = Use.ALL,
    ) -> None:
        self._access, self._clock, self._knowledge = access, clock, load_knowledge(default_folder())
        self._make_model, self._use = make_model, use
        self._one_at_a_time = asyncio.Lock()
        self.bot: Bot
        self.again = False  # whether the records were there before

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.bot.door(scope, receive, send)

    async def prepare(self, file: Path) -> Bot:
        """A bot over that file, with the records of the demo in it."""
        database = f"sqlite:///{file}"
        await asyncio.to_thread(migrate, database)
        key = b"the demo keeps nothing that needs a key"
        bot = build_bot(
            self._access,
            database=database,
            audit_key=key,
            knowledge=self._knowledge,
            now=self._clock.now,
            model=self._make_model(self._knowledge),
            model_use=self._use,
        )
        # A file that was kept may have been left on a later day: what is on record never lies in the future.
        if (last := await bot.desk.read(_last_recorded_at)) is not None and last > self._clock.now():
            self._clock.forward(last - self._clock.now())
        # The playground asks nobody to slow down. With a second between two messages of a channel, as Slack wants it, a
        # week that is moved ahead would take minutes; two seconds pass before each, so it is always its turn.
        bot.messenger.pace = Pace(seconds=count(0, 2).__next__)
        self.again = not await seed_records(bot.desk)
        return bot

    async def live(self, moved: timedelta) -> None:
        """Do what has come due by now, and say what is owed by now: the clock was moved ahead."""
        desk, messenger = self.bot.desk, self.bot.messenger
        for job in TIMETABLE:
            await job.act(desk)
        # Also what others send right now: a claim that the next hour finds under way would count as left behind.
        while await deliver_due(desk, messenger) or desk.tasks or await desk.read(_being_sent):  # noqa: ASYNC110
            await asyncio.sleep(SOON)  # nobody tells when the last of them is sent

    async def start_over(self, file: Path, workspace: Workspace) -> None:
        """Let what runs end, then begin again with the workspace and the records as they were at first."""
        async with self._one_at_a_time:
            self._clock.reset()
            before, self.bot = self.bot, await self.prepare(file)
            await before.stop()
            fill_workspace(workspace, self._clock.now())
            self.bot.start()


@dataclass(frozen=True)
class Demo:
    """What is served: the page with its Slack, and the bot behind it."""

    playground: Starlette
    behind: _Behind
    workspace: Workspace


async def open_demo(
    page: str,
    door: str,
    fresh: Iterator[Path],
    kept: Path | None = None,
    make_model: Callable[[Knowledge], Model] = no_model,
    use: Use = Use.ALL,
) -> Demo:
    """Put both together for these addresses, over a file that is kept or over fresh ones."""
    token, secret = f"xoxb-{secrets.token_hex(12)}", secrets.token_hex(16)
    clock, workspace = MovableClock(), _workspace()
    access = SlackAccess(token, secret, f"{page}/api/", True, SECURITY_CHANNEL, (LEADS_GROUP,), (CISO,))
    behind = _Behind(access, clock, make_model, use)
    behind.bot = await behind.prepare(kept or next(fresh))
    fill_workspace(workspace, clock.now(), again=behind.again)

    async def start_over() -> None:
        await behind.start_over(next(fresh), workspace)

    playground = build_playground(
        workspace,
        bot_url=f"{door}/slack/events",
        signing_secret=secret,
        bot_token=token,
        clock=clock,
        on_forward=behind.live,
        on_reset=start_over if kept is None else None,  # what somebody asked to keep is not thrown away by a click
    )
    return Demo(playground, behind, workspace)


async def _serve(
    port: int,
    kept: Path | None,
    fresh: Iterator[Path],
    open_browser: bool,
    make_model: Callable[[Knowledge], Model],
    use: Use,
) -> None:
    console = Console()
    page, door = _listen(port), _listen(0)
    address = f"http://{HOST}:{page.getsockname()[1]}"
    demo = await open_demo(address, f"http://{HOST}:{door.getsockname()[1]}", fresh, kept, make_model, use)
    servers = (
        PlaygroundServer(_config(demo.playground)),
        uvicorn.Server(_config(demo.behind, lifespan="off")),
    )
    console.print(f"\n[bold]Preflight playground[/bold]  {address}", soft_wrap=True)
    console.print("A made-up company to try things in. Stop it with Ctrl-C.\n")
    if (about := demo.behind.bot.desk.model.about) is not None:
        console.print(f"Model: {about.model} on {about.host}. What you write in there is sent to it.\n", markup=False)
    await _run(servers, (page, door), demo.behind, address if open_browser else None)


def _being_sent(work: Work) -> int:
    return work.notices.being_sent()


def _last_recorded_at(work: Work) -> datetime | None:
    return max((entry.event.at for entry in work.audit.all()), default=None)


async def _run(
    servers: tuple[uvicorn.Server, uvicorn.Server],
    sockets: tuple[socket.socket, socket.socket],
    behind: _Behind,
    address: str | None,
) -> None:
    page, door = servers
    running = [asyncio.create_task(each.serve([at])) for each, at in zip(servers, sockets, strict=True)]
    await _both_listen(page, door)
    behind.bot.start()
    if address is not None:
        await asyncio.to_thread(webbrowser.open, address)
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        page.should_exit = door.should_exit = True
        await asyncio.gather(*running, return_exceptions=True)
        await behind.bot.stop()


async def _both_listen(*servers: uvicorn.Server) -> None:
    for server in servers:
        while not server.started and not server.should_exit:  # noqa: ASYNC110 - uvicorn tells nobody when it is ready
            await asyncio.sleep(0.02)


def _listen(port: int) -> socket.socket:
    at = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    at.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        at.bind((HOST, port))
    except OSError:
        at.close()
        raise SystemExit(f"Port {port} is taken. Choose another: preflight demo --port 3100") from None
    return at


def _config(app: object, *, lifespan: str = "on") -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn's own union of ASGI shapes is narrower than ASGI
        log_config=None,
        access_log=False,
        lifespan="off" if lifespan == "off" else "on",
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _workspace() -> Workspace:
    workspace = Workspace(
        bot_id="UPREFLIGHT",
        bot_name="Preflight",
        bot_handle="Preflight",
        team_id="TDEMO",
        team_name="Example Contact Centre (demo)",
        title="Example Contact Centre (demo)",
        banner="A made-up company. Be anybody in it (top right). Try in #team-leads: "
        "@Preflight is Otter.ai safe to roll out to our home agents?",
    )
    workspace.add_command(ids.COMMAND, hint=USAGE_HINT, description="Check a tool, find a decision, see your week")
    workspace.add_shortcut(ids.CHECK_TOOL, "Check This Tool")
    return workspace
