"""One thing Slack sent us, made plain: who, where, which control, and the ways to answer. It decides nothing."""

from __future__ import annotations

import hashlib
import html
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import ChannelId, UserId
from bot.domain.refused import Refused
from bot.domain.review import Home
from bot.slack.addresses import Addresses, NotTaken
from bot.slack.cards.blocks import Safe
from bot.slack.troubles import BROKEN, code_of
from bot.use_cases.desk import Came
from bot.use_cases.ports import Via

log = logging.getLogger(__name__)

# What may go wrong between us and Slack while we answer somebody at once.
UNREACHABLE: Final = (SlackApiError, NotTaken, *BROKEN)
# Slack opens a form only within three seconds after the press, and once.
TOO_LATE: Final = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_exchanged"})


MOST_IN_FIELD: Final = 500  # characters beside a field; Slack gives no number, and every reason of ours is shorter


class FormNotOpened(Refused):
    reason = "The form could not open. Nothing is lost: press the button on the card to try once more."


@dataclass(slots=True)
class Call:
    """A payload and the means to answer it. `reply` is what the acknowledgement will carry, for modals only."""

    body: Mapping[str, Any]
    digest: str
    client: AsyncWebClient
    addresses: Addresses
    reply: dict[str, Any] | None = None
    retried: bool = False
    our_team: str = ""  # our own team, to tell people from outside apart
    _came: Came | None = field(default=None, repr=False)

    # --- what was sent ------------------------------------------------------------------------------------------------

    @property
    def event(self) -> Mapping[str, Any]:
        return self.body.get("event") or {}

    @property
    def came(self) -> Came:
        """The key that makes this payload count once."""
        if self._came is None:
            event_id = self.body.get("event_id")
            key = f"event:{event_id}" if event_id else f"click:{self.digest}"
            self._came = Came(key, _digest(self.event) if event_id else self.digest)
        return self._came

    def go_on_with(self, body: Mapping[str, Any]) -> None:
        """Read this in the place of the payload that came; the key stays that of what Slack sent, and sends again."""
        self._came = self.came
        self.body = body

    @property
    def user(self) -> UserId:
        user = self.body.get("user")
        if isinstance(user, Mapping):
            return UserId(str(user.get("id", "")))
        event_user = self.event.get("user")
        if isinstance(event_user, Mapping):
            event_user = event_user.get("id")
        return UserId(str(self.body.get("user_id") or event_user or ""))

    @property
    def user_team(self) -> str:
        """The team the person belongs to, where Slack says so."""
        user = self.body.get("user")
        if isinstance(user, Mapping) and user.get("team_id"):
            return str(user["team_id"])
        return str(self.event.get("user_team") or self.event.get("source_team") or "")

    @property
    def channel(self) -> ChannelId:
        channel = self.body.get("channel")
        if isinstance(channel, Mapping):
            return ChannelId(str(channel.get("id", "")))
        container = self.body.get("container") or {}
        return ChannelId(
            str(self.body.get("channel_id") or self.event.get("channel") or container.get("channel_id") or "")
        )

    @property
    def message(self) -> Mapping[str, Any]:
        return self.body.get("message") or {}

    @property
    def message_ts(self) -> str:
        container = self.body.get("container") or {}
        return str(container.get("message_ts") or self.message.get("ts") or self.event.get("ts") or "")

    @property
    def action(self) -> Mapping[str, Any]:
        actions = self.body.get("actions") or [{}]
        return actions[0] if isinstance(actions[0], Mapping) else {}

    @property
    def view(self) -> Mapping[str, Any]:
        return self.body.get("view") or {}

    @property
    def sent_form(self) -> bool:
        """Is this a modal that was filled in and sent?"""
        return bool(self.view) and self.body.get("type") == "view_submission"

    @property
    def metadata(self) -> str:
        return str(self.view.get("private_metadata") or "")

    @property
    def via(self) -> Via | None:
        """The fresh address at which the clicked message itself can be brought up to date."""
        url = self.body.get("response_url")
        if not isinstance(url, str) or not self.message_ts or not self.addresses.may_call(url):
            return None
        return Via(url, self.message_ts)

    def home(self) -> Home:
        """Where an answer to this belongs: the thread it was said in, or the person's direct messages."""
        if self.channel.startswith("D") or not self.channel:
            return Home(ChannelId(self.user))
        return Home(self.channel, str(self.event.get("thread_ts") or self.message.get("thread_ts") or self.message_ts))

    def text(self) -> str:
        """What the person wrote, as they wrote it: Slack's escapes undone once, mentions of us taken out."""
        raw = self.event.get("text") or self.message.get("text") or self.body.get("text") or ""
        return plain_words(str(raw))

    def quoted(self) -> str:
        """The words that the clicked message of ours quotes."""
        quotes = (
            part
            for block in self.message.get("blocks") or ()
            for part in block.get("elements") or ()
            if part.get("type") in ("rich_text_quote", "rich_text_preformatted")
        )
        return "".join(str(each.get("text") or "") for part in quotes for each in part.get("elements") or ())

    def values(self) -> dict[str, Mapping[str, Any]]:
        """What was filled in, by block: the one element of each block."""
        state = (self.view.get("state") or self.body.get("state") or {}).get("values") or {}
        return {
            block: next(iter(elements.values()))
            for block, elements in state.items()
            if isinstance(elements, Mapping) and elements
        }

    def words(self, block: str) -> str:
        """The text filled in at a block; empty when nothing was."""
        return str(self.values().get(block, {}).get("value") or "").strip()

    def picked(self, block: str) -> tuple[str, ...]:
        """The options picked at a block."""
        return picked_in(self.values().get(block, {}))

    # --- ways to answer -----------------------------------------------------------------------------------------------

    async def open(self, view: Mapping[str, Any]) -> None:
        """Open a modal; on top of the one the person is looking at, where there is one."""
        trigger = str(self.body.get("trigger_id") or "")
        try:
            if self.view and self.view.get("type") == "modal":
                await self.client.views_push(trigger_id=trigger, view=dict(view))
            else:
                await self.client.views_open(trigger_id=trigger, view=dict(view))
        except SlackApiError as error:
            if code_of(error) not in TOO_LATE:
                log.error("form refused", extra={"error": code_of(error), "callback": view.get("callback_id")})
            raise FormNotOpened from error
        except BROKEN as error:
            raise FormNotOpened from error

    async def turn(self, view: Mapping[str, Any]) -> None:
        """Show another page in the modal the person is looking at."""
        # Without a hash: whoever turns pages quickly gets the last one asked for, and no fault.
        try:
            await self.client.views_update(view_id=str(self.view.get("id") or ""), view=dict(view))
        except (SlackApiError, *BROKEN) as error:
            log.warning("page not turned", extra={"error": type(error).__name__})
            raise FormNotOpened(
                "The page could not be turned. What you filled in is saved; choose the part again."
            ) from error

    async def permalink(self, channel: str, ts: str) -> str | None:
        """The address of a message; None when Slack does not give it."""
        try:
            answer = await self.client.chat_getPermalink(channel=channel, message_ts=ts)
        except UNREACHABLE as error:
            log.warning("no permalink", extra={"error": type(error).__name__})
            return None
        return str(answer.get("permalink") or "") or None

    async def whisper(self, text: Safe) -> None:
        """Tell only the person who acted. Best effort: nothing depends on its arrival."""
        via = self.via or self._command_address()
        try:
            if via is not None:
                said: dict[str, Any] = {"response_type": "ephemeral", "replace_original": False, "text": str(text)}
                if thread := self.message.get("thread_ts"):
                    said["thread_ts"] = thread  # else Slack shows it in the channel, away from where they pressed
                await self.addresses.post(via.url, said)
            elif self.channel and self.user:
                thread = self.event.get("thread_ts") or self.message.get("thread_ts")
                await self.client.chat_postEphemeral(
                    channel=self.channel, user=self.user, text=str(text), thread_ts=thread
                )
            elif self.user:
                await self.client.chat_postMessage(channel=self.user, text=str(text))
        except UNREACHABLE as error:
            log.warning("whisper failed", extra={"error": type(error).__name__})

    def _command_address(self) -> Via | None:
        url = self.body.get("response_url")
        return Via(url, "") if isinstance(url, str) and self.addresses.may_call(url) else None

    async def whisper_card(self, card: Mapping[str, Any], *, instead: bool = False) -> None:
        """Show a card only to the person who asked; `instead` puts it in the place of the one they pressed."""
        via = self._command_address()
        if via is not None:
            await self.addresses.post(
                via.url,
                {
                    "response_type": "ephemeral",
                    "replace_original": instead,
                    "text": card["text"],
                    "blocks": card["blocks"],
                },
            )
        else:
            await self.client.chat_postMessage(channel=self.user, text=card["text"], blocks=card["blocks"])

    async def push_notice(self, text: str) -> bool:
        """Say something on top of the form the person is looking at; False when it could not be shown."""
        try:
            await self.open(_notice_view(text))
        except FormNotOpened:
            return False
        return True

    def refuse_view(self, text: str, block: str | None = None) -> None:
        """Keep a sent form open, with the reason beside a field."""
        inputs = [each["block_id"] for each in self.view.get("blocks", ()) if each.get("type") == "input"]
        if block in inputs or inputs:
            self.reply = {
                "response_action": "errors",
                "errors": {block if block in inputs else inputs[0]: text[:MOST_IN_FIELD]},
            }
        else:
            self.reply = {"response_action": "update", "view": _notice_view(text)}


def picked_in(element: Mapping[str, Any]) -> tuple[str, ...]:
    """The option values an element holds, whether it takes one or several."""
    if "selected_options" in element:
        return tuple(str(option["value"]) for option in element.get("selected_options") or ())
    if (option := element.get("selected_option")) is not None:
        return (str(option["value"]),)
    return ()


def plain_words(text: str) -> str:
    """Slack's spelling of what somebody typed, turned back into what they typed, once."""
    text = re.sub(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>", " ", text)
    text = re.sub(r"<#[CG][A-Z0-9]+\|([^>]*)>", r"#\1", text)
    text = re.sub(r"<(?:https?|mailto)[^|>]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<((?:https?|mailto):[^>]*)>", r"\1", text)
    text = re.sub(r"<![^>]*>", " ", text)
    return html.unescape(text).strip()


def _digest(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _notice_view(text: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Nothing was changed"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text[:3_000]}}],
    }
