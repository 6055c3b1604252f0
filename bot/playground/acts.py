"""What a person does on the page, done in the workspace and told to the bot as Slack would tell it.

Nothing here draws anything.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from bot.playground import events
from bot.playground.block_check import suggestion_problems
from bot.playground.block_kit import VALUE_KEY, Json, find_element, is_input
from bot.playground.choices import chosen_action, filled_state, unfilled
from bot.playground.clock import LONGEST_MOVE, MovableClock, Mover
from bot.playground.delivery import Delivery, NoAnswer
from bot.playground.files import MOST_FILE_BYTES
from bot.playground.records import Channel, Message, Person, SlackError, View
from bot.playground.web_api import WebApi, checked_view
from bot.playground.workspace import Workspace

T = TypeVar("T")
log = logging.getLogger(__name__)
MOST_TYPED, MOST_FILES = 12_000, 10


class Acts:
    """One public function, `do`: an act by its name in the page's API; a refusal is a SlackError."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        api: WebApi,
        delivery: Delivery,
        clock: MovableClock,
        mover: Mover | None,
        on_reset: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._workspace, self._api, self._delivery = workspace, api, delivery
        self._clock, self._real, self._mover, self._on_reset = clock.now, clock.real, mover, on_reset
        self._acts: dict[str, Callable[[Person, Json], Awaitable[Json]]] = {
            "post": self._post,
            "command": self._command,
            "click": self._click,
            "view_click": self._view_click,
            "view_submit": self._view_submit,
            "view_close": self._view_close,
            "options": self._options,
            "shortcut": self._shortcut,
            "home": self._home,
            "read": self._read,
            "notice_close": self._notice_close,
        }

    async def do(self, act: str, body: Json) -> Json:
        """Do it and give back what the page should know besides the new state."""
        if act == "reset" and self._on_reset is not None:
            if self._mover is not None and self._mover.under_way:
                raise SlackError("clock_is_moving")
            await self._on_reset()
            return {}
        if act == "forward" and self._mover is not None:
            await self._mover.forward(_hours(body))
            return {}
        if act not in self._acts:
            raise SlackError("unknown_method")
        person = self._workspace.person(_text(body, "as"))
        if not person.can_switch:
            raise SlackError("user_not_found")
        return await self._acts[act](person, body)

    # -- saying something --------------------------------------------------------------------------------------------

    async def _post(self, person: Person, body: Json) -> Json:
        channel, typed, files = self._room(person, body), str(body.get("text") or ""), body.get("files") or []
        thread_ts = body.get("thread_ts") or None
        if typed.startswith("/"):
            if thread_ts:
                raise SlackError("command_in_thread")
            command, _, rest = typed.partition(" ")
            return await self._command(person, {"channel": channel.id, "command": command, "text": rest})
        if not typed.strip() and not files:
            raise SlackError("no_text")
        if len(typed) > MOST_TYPED:
            raise SlackError("msg_too_long")
        if len(files) > MOST_FILES:
            raise SlackError("too_many_files")
        if sum(len(file["content"]) for file in files) > MOST_FILE_BYTES:
            raise SlackError("file_too_large")
        kept = [
            self._workspace.add_file(
                str(file.get("name") or "file"), person.id, file["content"], at=self._clock(),
                mimetype=str(file.get("mimetype") or "application/octet-stream"),
            )
            for file in files
        ]  # fmt: skip
        text, blocks = events.as_sent(self._workspace, typed)
        message = self._workspace.post(
            channel.id, person.id, text, at=self._clock(), thread_ts=thread_ts, files=[file.id for file in kept]
        )  # fmt: skip
        for event in events.message_events(self._workspace, message, blocks):
            self._tell(person, event, channel)
        if f"<@{self._workspace.bot_id}>" in text and self._workspace.bot_id not in channel.members:
            self._workspace.notify(
                person.id,
                "not_in_channel",
                f"{self._workspace.bot_name} is not in #{channel.name}, so it does not see this.",
                channel=channel.id,
            )
        return {"ts": message.ts}

    async def _command(self, person: Person, body: Json) -> Json:
        channel, command = self._room(person, body), _text(body, "command")
        self._insiders_only(person)
        if command not in {known["command"] for known in self._workspace.commands}:
            raise SlackError("unknown_command")
        hook = self._workspace.issue_hook(channel.id, person.id, at=self._real())
        form = events.slash_command(
            self._workspace, person, channel, command=command, text=str(body.get("text") or "").strip(),
            trigger_id=self._workspace.issue_trigger(person.id, at=self._real()),
            response_url=self._response_url(hook.token),
        )  # fmt: skip
        answer = await self._asked(person, self._delivery.command(form), channel.id)
        if answer:
            self._shown(person, lambda: self._api.respond(hook, answer))
        return {}

    async def _home(self, person: Person, body: Json) -> Json:
        self._insiders_only(person)
        tab = "messages" if body.get("tab") == "messages" else "home"
        self._tell(person, events.app_home_opened(self._workspace, person, tab=tab, at=self._clock()))
        return {}

    def _tell(self, person: Person, event: Json, channel: Channel | None = None) -> None:
        def failed(reason: str) -> None:
            text = f"{self._workspace.bot_name} could not be reached, so it has not seen this."
            self._workspace.notify(person.id, "not_delivered", text, channel=channel.id if channel else None)

        id = self._workspace.new_id("Ev")
        wrapped = events.event_callback(self._workspace, event, event_id=id, at=self._clock(), channel=channel)
        self._delivery.event(wrapped, on_failure=failed)

    # -- clicking ----------------------------------------------------------------------------------------------------

    async def _click(self, person: Person, body: Json) -> Json:
        message, now = self._message(person, body), self._clock()
        action = chosen_action(message.blocks, body, at=now)
        values = _with_choice(filled_state(message.blocks, body.get("state") or {}), action)
        hook = self._workspace.issue_hook(message.channel, person.id, at=self._real(), message_ts=message.ts)
        payload = events.message_click(
            self._workspace, person, message, action, values=values,
            trigger_id=self._workspace.issue_trigger(person.id, at=self._real()),
            response_url=self._response_url(hook.token),
        )  # fmt: skip
        await self._asked(person, self._delivery.ask(payload), message.channel)
        return {}

    async def _view_click(self, person: Person, body: Json) -> Json:
        view, now = self._view(person, body), self._clock()
        action = chosen_action(view.blocks, body, at=now)
        values = _with_choice(filled_state(view.blocks, body.get("state") or {}), action)
        trigger = self._workspace.issue_trigger(person.id, at=self._real())
        payload = events.view_click(self._workspace, person, view, action, values=values, trigger_id=trigger)
        await self._asked(person, self._delivery.ask(payload))
        return {}

    async def _shortcut(self, person: Person, body: Json) -> Json:
        self._insiders_only(person)
        message, now, callback_id = self._message(person, body), self._clock(), _text(body, "callback_id")
        if callback_id not in {known["callback_id"] for known in self._workspace.shortcuts}:
            raise SlackError("action_not_found")
        hook = self._workspace.issue_hook(message.channel, person.id, at=self._real(), message_ts=None)
        payload = events.message_action(
            self._workspace, person, message, callback_id=callback_id,
            trigger_id=self._workspace.issue_trigger(person.id, at=self._real()),
            response_url=self._response_url(hook.token), at=now,
        )  # fmt: skip
        await self._asked(person, self._delivery.ask(payload), message.channel)
        return {}

    async def _options(self, person: Person, body: Json) -> Json:
        where: Json
        if body.get("view_id"):
            view = self._view(person, body)
            blocks, where = view.blocks, events.in_view(self._workspace, view)
        else:
            message = self._message(person, body)
            blocks, where = message.blocks, events.in_message(self._workspace, message)
        block_id = _text(body, "block_id")
        found = find_element(blocks, block_id, _text(body, "action_id"))
        if found is None:
            raise SlackError("action_not_found")
        typed = str(body.get("value") or "")
        payload = events.block_suggestion(self._workspace, person, found[1], block_id, typed, **where)
        answer = await self._asked(person, self._delivery.ask(payload)) or {}

        def offer() -> Json:
            if problems := suggestion_problems(answer):
                raise SlackError("invalid_arguments", *problems)
            return {"options": answer.get("options"), "option_groups": answer.get("option_groups")}

        return self._shown(person, offer)

    # -- modals ------------------------------------------------------------------------------------------------------

    async def _view_submit(self, person: Person, body: Json) -> Json:
        view = self._view(person, body)
        values = filled_state(view.blocks, body.get("state") or {})
        if errors := unfilled(view.blocks, values):
            self._workspace.show_errors(view, errors)
            return {"errors": errors}
        self._workspace.show_errors(view, {})
        trigger = self._workspace.issue_trigger(person.id, at=self._real())
        payload = events.view_submission(self._workspace, person, view, values=values, trigger_id=trigger)
        answer = await self._asked(person, self._delivery.ask(payload)) or {}
        if view not in self._workspace.stacks.get(person.id, []):
            return {}  # closed meanwhile, by the person or because the bot opened another one
        return self._shown(person, lambda: self._follow(view, answer))

    def _follow(self, view: View, answer: Json) -> Json:
        now = self._clock()
        match answer.get("response_action"):
            case None:
                self._workspace.close_view(view)
            case "clear":
                self._workspace.close_view(view, all=True)
            case "update":
                self._workspace.update_view(view, checked_view(self._workspace, answer.get("view"), "modal"), at=now)
            case "push":
                self._workspace.push_view(
                    view.person, checked_view(self._workspace, answer.get("view"), "modal"), at=now
                )
            case "errors":
                errors = {str(block): str(text) for block, text in (answer.get("errors") or {}).items()}
                inputs = {block["block_id"] for block in view.blocks if is_input(block)}
                if not errors or not errors.keys() <= inputs:
                    raise SlackError(
                        "invalid_arguments",
                        f"[ERROR] errors name blocks that are no inputs: {sorted(errors.keys() - inputs)}",
                    )
                self._workspace.show_errors(view, errors)
                return {"errors": errors}
            case other:
                raise SlackError("invalid_arguments", f"[ERROR] unknown response_action: {other}")
        return {}

    async def _view_close(self, person: Person, body: Json) -> Json:
        view = self._view(person, body)
        stack = list(self._workspace.stacks.get(person.id, []))
        if view not in stack:
            raise SlackError("view_not_found")
        cleared = bool(view.definition.get("clear_on_close"))
        gone = stack if cleared else [view]
        self._workspace.close_view(view, all=cleared)
        for closed in gone:
            if closed.definition.get("notify_on_close"):
                try:
                    await self._delivery.ask(events.view_closed(self._workspace, person, closed, is_cleared=cleared))
                except NoAnswer as failed:  # the modal is gone either way: Slack does not trouble the person with it
                    log.info("view_closed not delivered", extra={"reason": failed.reason})
        return {}

    # -- marks and notices -------------------------------------------------------------------------------------------

    async def _read(self, person: Person, body: Json) -> Json:
        self._workspace.mark_read(person.id, self._room(person, body).id)
        return {}

    async def _notice_close(self, person: Person, body: Json) -> Json:
        self._workspace.dismiss(person.id, _text(body, "id"))
        return {}

    # -- finding and asking ------------------------------------------------------------------------------------------

    async def _asked(self, person: Person, question: Awaitable[Json | None], channel: str | None = None) -> Json | None:
        """The bot's answer to an interaction; without one the person is told, and nothing is sent again."""
        try:
            return await question
        except NoAnswer as failed:
            log.info("interaction not answered", extra={"reason": failed.reason})
            self._fail(person, channel)
            raise SlackError("dispatch_failed", failed.reason) from failed

    def _shown(self, person: Person, show: Callable[[], T]) -> T:
        """Show what the bot answered; an answer that Slack would not take counts as none."""
        try:
            return show()
        except SlackError as refused:
            log.warning("the bot's answer was refused", extra={"error": refused.code, "problems": refused.messages})
            self._fail(person)
            raise SlackError("dispatch_failed", refused.code, *refused.messages) from refused

    def _fail(self, person: Person, channel: str | None = None) -> None:
        self._workspace.notify(
            person.id, "dispatch_failed", f"{self._workspace.bot_name} did not answer; try again.", channel=channel
        )

    def _insiders_only(self, person: Person) -> None:
        # Slack Connect: people of another organisation cannot use this one's commands, shortcuts and App Homes.
        if self._workspace.is_external(person.id):
            raise SlackError("not_allowed")

    def _room(self, person: Person, body: Json) -> Channel:
        channel = self._workspace.channel(_text(body, "channel"))
        if person.id not in channel.members:
            raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
        return channel

    def _message(self, person: Person, body: Json) -> Message:
        message = self._workspace.message(self._room(person, body).id, _text(body, "message_ts"))
        if message.only_for not in (None, person.id):
            raise SlackError("message_not_found")
        return message

    def _view(self, person: Person, body: Json) -> View:
        home = self._workspace.homes.get(person.id)
        for view in [*self._workspace.stacks.get(person.id, []), *([home] if home else [])]:
            if view.id == _text(body, "view_id"):
                return view
        raise SlackError("view_not_found")

    def _response_url(self, token: str) -> str:
        return f"{self._workspace.base_url}/response/{token}"


def _text(body: Json, name: str) -> str:
    if not isinstance(body.get(name), str) or not body[name]:
        raise SlackError("invalid_arguments", f"missing: {name}")
    text: str = body[name]
    return text


def _hours(body: Json) -> timedelta:
    hours, most = body.get("hours"), int(LONGEST_MOVE / timedelta(hours=1))
    if type(hours) is not int or not 1 <= hours <= most:
        raise SlackError("invalid_arguments", f"hours: a whole number from 1 to {most}")
    return timedelta(hours=hours)


def _with_choice(values: Json, action: Json) -> Json:
    """The state as it is after the click: the page may have sent the one before it."""
    key: Any = VALUE_KEY.get(action["type"])
    if key in action:
        values.setdefault(action["block_id"], {})[action["action_id"]] = {"type": action["type"], key: action[key]}
    return values
