"""Messages that grow in view: chat.startStream, chat.appendStream, chat.stopStream, with Slack's error codes.

Text only, and blocks at the end. Chunks of other kinds are not known here.
"""

from collections.abc import Callable
from datetime import datetime

from bot.playground.block_check import message_problems
from bot.playground.block_kit import Json
from bot.playground.lookups import need, room
from bot.playground.records import Message, SlackError
from bot.playground.workspace import Workspace

MOST_MARKDOWN = 12_000


class Streaming:
    """The three methods over one workspace."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime]) -> None:
        self._workspace, self._clock = workspace, clock

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "chat.startStream": self._start,
            "chat.appendStream": self._append,
            "chat.stopStream": self._stop,
        }

    def _start(self, params: Json) -> Json:
        channel, thread = room(self._workspace, params), need(params, "thread_ts")
        if channel.kind != "dm" and not (params.get("recipient_user_id") and params.get("recipient_team_id")):
            raise SlackError("missing_recipient_user_id")
        text = _markdown(params)
        message = self._workspace.post(
            channel.id, self._workspace.bot_id, text or " ", at=self._clock(), thread_ts=thread, blocks=_blocks(text)
        )
        message.streaming = True
        return {"channel": channel.id, "ts": message.ts}

    def _append(self, params: Json) -> Json:
        message = self._streaming(params)
        if not (more := _markdown(params)):
            raise SlackError("no_text")
        self._show(message, message.text + more, [])
        return {"channel": message.channel, "ts": message.ts}

    def _stop(self, params: Json) -> Json:
        message = self._streaming(params)
        added = params.get("blocks") or []
        if problems := message_problems(added):
            raise SlackError("invalid_blocks", *problems)
        self._show(message, message.text + _markdown(params), added)
        message.streaming = False
        return {"channel": message.channel, "ts": message.ts}

    def _show(self, message: Message, text: str, added: list[Json]) -> None:
        self._workspace.update(message, text, [*_blocks(text), *added], at=self._clock())

    def _streaming(self, params: Json) -> Message:
        message = self._workspace.message(room(self._workspace, params).id, need(params, "ts"))
        if message.user != self._workspace.bot_id or not message.streaming:
            raise SlackError("message_not_in_streaming_state")
        return message


def _markdown(params: Json) -> str:
    text = str(params.get("markdown_text") or "")
    if len(text) > MOST_MARKDOWN:
        raise SlackError("msg_too_long")
    return text


def _blocks(text: str) -> list[Json]:
    return [{"type": "markdown", "text": text}] if text.strip() else []
