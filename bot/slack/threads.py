"""What people said in a thread before somebody asked us there. Best effort: what cannot be read is simply not read.

Never read are channels that people from outside can read, and the words of bots, of guests and of people outside.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.ids import UserId
from bot.domain.sentence import READ_MOST
from bot.domain.tool import clean_text
from bot.domain.utterance import Utterance
from bot.knowledge.secrets import SecretsWhenNeeded
from bot.slack.call import UNREACHABLE, Call, plain_words
from bot.use_cases.ports import Directory, DirectoryUnavailable, Earlier

log = logging.getLogger(__name__)

ONE_PAGE: Final = 1_000  # the most messages that Slack gives at once
MESSAGES_MOST: Final = 50
LETTERS_MOST: Final = 20_000


def earlier_of(call: Call, directory: Directory, secrets: SecretsWhenNeeded) -> Earlier | None:
    """How to read what was said before in the thread of this mention; None where it begins one, or is no channel's."""
    thread = str(call.event.get("thread_ts") or "")
    if not thread or thread == call.message_ts or call.channel[:1] not in ("C", "G"):
        return None

    async def read() -> tuple[Utterance, ...]:
        try:
            if not await directory.is_internal(call.channel):
                return ()
            page = await call.client.conversations_replies(
                channel=call.channel, ts=thread, latest=call.message_ts, limit=ONE_PAGE
            )
        except (DirectoryUnavailable, *UNREACHABLE) as error:
            log.warning("thread not read", extra={"error": type(error).__name__})
            return ()
        talk = [each for each in page.get("messages") or () if _is_talk(each, before=call.message_ts)]
        return await _by_members(talk[-MESSAGES_MOST:], directory, secrets)

    return read


def _is_talk(message: Mapping[str, Any], *, before: str) -> bool:
    if message.get("bot_id") or message.get("subtype") not in (None, "file_share", "thread_broadcast"):
        return False
    return bool(message.get("user")) and str(message.get("ts") or "") < before


async def _by_members(
    talk: list[Mapping[str, Any]], directory: Directory, secrets: SecretsWhenNeeded
) -> tuple[Utterance, ...]:
    """The words of full members of this company without their secrets, the newest as far as they fit."""
    people = list(dict.fromkeys(UserId(str(each["user"])) for each in talk))
    ours = dict(zip(people, await asyncio.gather(*(_is_ours(each, directory) for each in people)), strict=True))
    left = LETTERS_MOST
    kept: list[Utterance] = []
    for each in reversed(talk):
        user = UserId(str(each["user"]))
        if not ours[user]:
            continue
        (said,) = await secrets.clean(plain_words(str(each.get("text") or "")))  # whole: half a secret looks like none
        if not (text := clean_text(said.text, most=READ_MOST)):
            continue
        left -= len(text)
        if left < 0:
            break
        kept.append(Utterance(user, text))
    return tuple(reversed(kept))


async def _is_ours(user: UserId, directory: Directory) -> bool:
    try:
        return (await directory.person(user)).full_member
    except DirectoryUnavailable:
        return False
