"""A small Slack with the real bot in it: the app over signed HTTP, a real database, and people who click.

Only Slack is pretended here; everything of ours is the real thing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import aiohttp
import pytest

from bot.knowledge import Knowledge, default_folder, load_knowledge
from bot.llm.absent import Absent
from bot.playground import delivery as playground_delivery
from bot.playground import workspace as playground_workspace
from bot.playground.delivery import Delivery
from bot.playground.server import build_playground
from bot.playground.workspace import Workspace
from bot.slack.pace import Pace
from bot.use_cases.notices import deliver_due
from bot.use_cases.ports import Model
from bot.wiring.demo_company import (
    CISO,
    GUEST,
    LEAD_1,
    LEAD_2,
    LEADS_GROUP,
    OTHER_LEAD,
    SECURITY_CHANNEL,
    SHARED_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    fill_workspace,
)
from bot.wiring.parts import Bot, SlackAccess, build_bot
from tests.databases import migrated
from tests.serving import a_port, served

SECRET = "signed-in-tests-only"
TOKEN = "xoxb-in-tests-only"
PATIENCE = 60.0  # seconds; nothing waits that long unless it is broken, or the machine is busy with much else
KNOWLEDGE: Knowledge = load_knowledge(default_folder())

__all__ = [
    "CISO",
    "GUEST",
    "KNOWLEDGE",
    "LEAD_1",
    "LEAD_2",
    "OTHER_LEAD",
    "SECURITY_CHANNEL",
    "SHARED_CHANNEL",
    "TEAM_CHANNEL",
    "TEAM_LEAD",
    "Town",
    "open_town",
]


@dataclass
class Town:
    """The pretended workspace, the bot in it, and what people do."""

    workspace: Workspace
    bot: Bot
    page: str
    door: str
    http: aiohttp.ClientSession
    deliveries: Delivery
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Callable[[str, dict[str, Any]], Any]] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    # --- what people do ---------------------------------------------------------------------------------------------

    async def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """Type a message; its timestamp comes back."""
        before = {each.ts for each in self.workspace.messages[channel]}
        await self._act("post", user, channel=channel, text=text, thread_ts=thread)
        return next(each.ts for each in self.workspace.messages[channel] if each.ts not in before and each.user == user)

    async def command(self, user: str, text: str, channel: str = TEAM_CHANNEL) -> None:
        await self._act("command", user, channel=channel, command="/preflight", text=text)

    async def click(self, user: str, message: Any, action_id: str, **chosen: Any) -> None:
        """Press the control with that action id on a message."""
        block, element = find_control(message.blocks, action_id)
        await self._act(
            "click",
            user,
            channel=message.channel,
            message_ts=message.ts,
            block_id=block["block_id"],
            action_id=action_id,
            type=element["type"],
            **({"value": element.get("value")} if element["type"] == "button" else {}),
            **chosen,
        )

    async def submit(self, user: str, **values: Any) -> dict[str, Any]:
        """Fill in the modal in front of somebody and send it: values by block id, the rest as it stands."""
        view = self.modal(user)
        state = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                state[block["block_id"]] = {block["element"]["action_id"]: filled(block, values)}
            elif block.get("accessory", {}).get("action_id"):
                standing = {**block, "element": block["accessory"]}
                state[block["block_id"]] = {block["accessory"]["action_id"]: filled(standing, {})}
        answer = await self._act("view_submit", user, view_id=view["id"], state=state)
        return answer.get("errors") or {}

    async def click_in_form(
        self, user: str, action_id: str, values: dict[str, Any] | None = None, **chosen: Any
    ) -> None:
        """Press a control of the modal in front of somebody, with what is filled in so far."""
        view = self.modal(user)
        block, element = find_control(view["blocks"], action_id)
        state = {
            each["block_id"]: {each["element"]["action_id"]: filled(each, values or {})}
            for each in view["blocks"]
            if each["type"] == "input"
        }
        what = {"block_id": block["block_id"], "action_id": action_id, "type": element["type"], "state": state}
        await self._act("view_click", user, view_id=view["id"], **what, **chosen)

    async def suggested(self, user: str, block_id: str, typed: str) -> list[dict[str, Any]]:
        """What a menu of the modal in front of somebody offers while they type."""
        view = self.modal(user)
        element = next(each["element"] for each in view["blocks"] if each.get("block_id") == block_id)
        where = {"block_id": block_id, "action_id": element["action_id"], "value": typed}
        return (await self._act("options", user, view_id=view["id"], **where))["options"]

    async def home(self, user: str) -> dict[str, Any]:
        self.workspace.homes.pop(user, None)  # what is read is what this opening brought
        await self._act("home", user)
        await self.until(lambda: user in self.workspace.homes)
        return (await self.state(user))["home"]

    async def shortcut(self, user: str, channel: str, ts: str) -> None:
        await self._act("shortcut", user, channel=channel, message_ts=ts, callback_id="check_tool")

    # --- what people see --------------------------------------------------------------------------------------------

    async def state(self, user: str) -> dict[str, Any]:
        async with self.http.get(f"{self.page}/page/state", params={"as": user}) as answer:
            return await answer.json()

    def modal(self, user: str) -> dict[str, Any]:
        """The form in front of somebody."""
        top = self.workspace.top_view(user)
        assert top is not None, f"nothing is open in front of {user}"
        return {**top.definition, "id": top.id}

    def cards(self, channel: str) -> list[Any]:
        """What the bot has posted in a channel, oldest first."""
        return [each for each in self.workspace.messages.get(channel, []) if each.user == self.workspace.bot_id]

    def dm(self, user: str) -> str:
        return self.workspace.dm_with(user).id

    def whispers(self, user: str) -> list[str]:
        """What only this person was shown."""
        return [
            each.text for messages in self.workspace.messages.values() for each in messages if each.only_for == user
        ]

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until something is seen; fails when it never is."""
        async with asyncio.timeout(PATIENCE):
            while not (seen := holds()):
                self._changed.clear()
                if seen := holds():
                    break
                await self._changed.wait()
        return seen

    async def card_with(self, channel: str, action_id: str, *, newest: bool = True) -> Any:
        """The card of that channel that offers a control."""

        def seen() -> Any:
            cards = self.cards(channel)
            return next((c for c in (reversed(cards) if newest else cards) if has_control(c.blocks, action_id)), None)

        return await self.until(seen)

    async def settle(self) -> None:
        """Let the bot hear everything, and deliver what it owes: its look once a second is not waited for."""
        async with asyncio.timeout(PATIENCE):
            await self.deliveries.settled()
            while self.bot.desk.tasks or await self.bot.desk.read(lambda work: work.notices.due_count()):
                if self.bot.desk.tasks:
                    await asyncio.wait(set(self.bot.desk.tasks))
                elif not await deliver_due(self.bot.desk, self.bot.messenger):
                    await asyncio.sleep(0)  # the bot itself is sending it

    async def _act(self, act: str, user: str, **what: Any) -> dict[str, Any]:
        body = {"as": user, **{key: value for key, value in what.items() if value is not None}}
        async with self.http.post(f"{self.page}/page/{act}", json=body, headers={"Origin": self.page}) as answer:
            said = await answer.json()
        assert said.get("ok"), said
        return said


def controls(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every control of a card with the block it stands in."""
    for block in blocks:
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]:
            if "action_id" in element:
                yield block, element


def has_control(blocks: list[dict[str, Any]] | None, action_id: str) -> bool:
    return any(element["action_id"] == action_id for _, element in controls(blocks or []))


def find_control(blocks: list[dict[str, Any]], action_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for block, element in controls(blocks):
        if element["action_id"] == action_id:
            return block, element
    raise AssertionError(f"no control {action_id} among {[e['action_id'] for _, e in controls(blocks)]}")


def filled(block: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The state of one field: what is given, else what it starts with."""
    element = block["element"]
    kind, given = element["type"], values.get(block["block_id"])
    options = {each["value"]: each for each in element.get("options", ())}
    for group in element.get("option_groups", ()):
        options |= {each["value"]: each for each in group["options"]}
    if kind in ("checkboxes", "multi_static_select"):
        chosen = element.get("initial_options", []) if given is None else [options[value] for value in given]
        return {"type": kind, "selected_options": chosen}
    if kind in ("radio_buttons", "static_select"):
        return {"type": kind, "selected_option": element.get("initial_option") if given is None else options[given]}
    if kind == "datepicker":
        return {"type": kind, "selected_date": given or element.get("initial_date")}
    if kind == "multi_external_select":  # given as the options that were offered
        return {"type": kind, "selected_options": element.get("initial_options", []) if given is None else given}
    if kind == "timepicker":
        return {"type": kind, "selected_time": element.get("initial_time") if given is None else given or None}
    if kind == "conversations_select":
        return {"type": kind, "selected_conversation": given or element.get("initial_conversation")}
    if kind == "multi_users_select":
        return {"type": kind, "selected_users": element.get("initial_users", []) if given is None else given}
    if kind == "users_select":
        return {"type": kind, "selected_user": given or element.get("initial_user")}
    return {"type": kind, "value": element.get("initial_value") if given is None else given}


@contextmanager
def patient_slack() -> Iterator[None]:
    """Slack waits three seconds for an answer and a form; a busy machine may need more, and nobody presses twice."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(playground_delivery, "ANSWER_SECONDS", PATIENCE)
        changed.setattr(playground_workspace, "TRIGGER_SECONDS", PATIENCE)
        yield


@asynccontextmanager
async def open_town(
    database: str,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    knowledge: Knowledge = KNOWLEDGE,
    model: Model = Absent(),  # noqa: B008 - it holds nothing
) -> AsyncIterator[Town]:
    """Start it, and end it calmly."""
    migrated(database)
    page_at, door_at = a_port(), a_port()
    page = f"http://127.0.0.1:{page_at.getsockname()[1]}"
    door = f"http://127.0.0.1:{door_at.getsockname()[1]}/slack/events"
    workspace = Workspace(bot_id="UPREFLIGHT", bot_handle="Preflight", team_id="TDEMO")
    workspace.add_command("/preflight")
    workspace.add_shortcut("check_tool", "Check This Tool")
    fill_workspace(workspace, datetime.now(UTC))
    access = SlackAccess(TOKEN, SECRET, f"{page}/api/", True, SECURITY_CHANNEL, (LEADS_GROUP,), (CISO,))
    key = b"audit key of a test"
    bot = build_bot(access, database=database, audit_key=key, knowledge=knowledge, now=now, model=model)
    bot.messenger.pace = Pace(seconds=count(0, 2).__next__)  # two seconds pass before each message: it is its turn
    town: Town

    def before(method: str, params: Any) -> Any:
        town.calls.append((method, dict(params)))
        for fault in town.faults:
            if (answer := fault(method, dict(params))) is not None:
                return answer
        return None

    playground = build_playground(
        workspace,
        bot_url=door,
        signing_secret=SECRET,
        bot_token=TOKEN,
        clock=lambda: datetime.now(UTC),
        before=before,
        retry_after=(0.0, 0.0),
    )
    try:
        with patient_slack():
            async with (
                served(playground, page_at),
                served(bot.door, door_at, lifespan="off"),
                aiohttp.ClientSession() as http,
            ):
                town = Town(workspace, bot, page, door, http, playground.state.delivery)
                seen = workspace.changed

                def changed() -> None:
                    seen()
                    town._changed.set()

                workspace.changed = changed
                bot.start()
                while bot.identity is None:  # noqa: ASYNC110 - it introduces itself in the background
                    await asyncio.sleep(0)
                yield town
    finally:
        await bot.stop()
