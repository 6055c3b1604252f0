"""The papers of a client review as files in Slack: minutes for our side, the client's own copy for the host alone."""

from __future__ import annotations

import logging
from typing import Final

from bot.domain.ids import OccurrenceId
from bot.domain.refused import Refused
from bot.slack import ids
from bot.slack.call import UNREACHABLE, Call
from bot.slack.cards.blocks import say
from bot.slack.files import File, upload
from bot.use_cases import review_papers as papers
from bot.use_cases.desk import Desk
from bot.use_cases.review_papers import Form

log = logging.getLogger(__name__)


class NotSent(Refused):
    reason = "The file could not be sent. Nothing is lost: press the button again in a minute."


async def on_markdown(call: Call, desk: Desk) -> None:
    await _send_minutes(call, desk, Form.MARKDOWN)


async def on_pdf(call: Call, desk: Desk) -> None:
    await _send_minutes(call, desk, Form.PDF)


async def _send_minutes(call: Call, desk: Desk, form: Form) -> None:
    """The minutes as a file: under their message, or in private where somebody from outside reads along."""
    occurrence = _pressed(call)
    made = await papers.minutes(desk, call.came, occurrence=occurrence, by=call.user, form=form)
    internal = bool(call.channel) and await desk.directory.is_internal(call.channel)
    if internal and not call.channel.startswith("D"):
        thread = str(call.message.get("thread_ts") or call.message_ts)
        await _send(call, made, str(call.channel), thread)
    else:
        await _send(call, made, await _private(call), None)


async def on_client_copy(call: Call, desk: Desk) -> None:
    """The copy that the client may see, to the host alone: they pass it on."""
    occurrence = _pressed(call)
    made = await papers.client_copy(desk, call.came, occurrence=occurrence, by=call.user, form=Form.PDF)
    await _send(call, made, await _private(call), None)
    await call.whisper(
        say(
            "I have sent you the client's copy in a direct message. Its SHA-256, {digest}, is on record.",
            digest=made.digest,
        )
    )


async def _send(call: Call, made: papers.Made, channel: str, thread: str | None) -> None:
    try:
        await upload(
            call.client, call.addresses, File(made.name, made.content, made.title), channel=channel, thread=thread
        )
    except UNREACHABLE as error:
        log.warning("paper not sent", extra={"error": type(error).__name__})
        raise NotSent from error


async def _private(call: Call) -> str:
    try:
        opened = await call.client.conversations_open(users=str(call.user))
    except UNREACHABLE as error:
        raise NotSent from error
    return str(opened["channel"]["id"])


def _pressed(call: Call) -> OccurrenceId:
    return ids.read_meet(str(call.action.get("value") or ""))[0]


ACTIONS: Final = {
    ids.MEET_MARKDOWN: on_markdown,
    ids.MEET_PDF: on_pdf,
    ids.MEET_CLIENT_COPY: on_client_copy,
}
