"""The one place through which all that people write comes in: what must not be kept is taken out of the payload here.

That is before anything of ours reads, keeps, logs or shows it. No text passes unread, and only kinds are told.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.audit import Tag
from bot.knowledge.secrets import SecretsWhenNeeded
from bot.slack.call import Call, plain_words
from bot.slack.cards.removed import Stood, removed_words
from bot.use_cases.desk import Acting, Came, Desk, Repeated

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]
# The same words a second time, and what others wrote; nobody here reads them.
_BESIDE: Final = ("blocks", "attachments", "files")
_NAMED: Final = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>")
_BEHIND_A_LABEL: Final = re.compile(r"<((?:https?|mailto):[^|>]*)\|")


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of a payload: the kinds, where the words stood, and by which control they came."""

    kinds: tuple[str, ...]
    stood: Stood
    where: str


async def clean(call: Call, rules: SecretsWhenNeeded) -> Removed | None:
    """Take every secret out of this payload. Waits for the rules, if they are not compiled yet."""
    body = call.body
    match body.get("type"):
        case "block_actions" | "view_submission":
            return await _clean_form(call, rules)
        case "event_callback":
            event = call.event
            if "text" not in event:
                return None
            said, kinds = await _clean_message(event, rules)
            call.go_on_with({**body, "event": said})
            return Removed(kinds, Stood.MESSAGE, str(event.get("type"))) if kinds else None
        case "message_action":
            said, kinds = await _clean_message(call.message, rules)
            call.go_on_with({**body, "message": said})
            return Removed(kinds, Stood.ANOTHERS, str(body.get("callback_id"))) if kinds else None
        case "block_suggestion":  # typed so far, letter by letter: said to nobody yet
            typed = (await rules.clean(str(body.get("value") or "")))[0]
            if typed.kinds:
                call.go_on_with({**body, "value": typed.text})
            return None
    if "command" in body:
        said, kinds = await _clean_message(body, rules)
        call.go_on_with(said)
        return Removed(kinds, Stood.COMMAND, str(body.get("command"))) if kinds else None
    return None


async def tell(call: Call, desk: Desk, removed: Removed) -> None:
    """Put on record that something was taken out, and tell the author what to do, once for each payload."""
    if not await _concerns_us(call, desk):
        return
    came = Came(f"cleaned:{call.came.key}", call.came.digest)
    try:
        await desk.act(_record, came, call.user, removed)
    except Repeated:
        return
    desk.spawn(call.whisper(removed_words(removed.kinds, removed.stood)))


def _record(act: Acting, came: Came, user: str, removed: Removed) -> None:
    act.once(came)
    act.record(Tag.TEXT_CLEANED, user, by=user, kinds=", ".join(removed.kinds), where=removed.where)


async def _concerns_us(call: Call, desk: Desk) -> bool:
    """Was it said to us? Talk in a channel is read only where a card of ours stands; elsewhere nobody is bothered."""
    event = call.event
    if event.get("type") != "message" or call.channel.startswith("D") or event.get("channel_type") == "im":
        return True
    us = {str(each.get("user_id")) for each in call.body.get("authorizations") or ()}
    if any(named[2:].rstrip(">").partition("|")[0] in us for named in _NAMED.findall(str(event.get("text") or ""))):
        return False  # a mention of us comes as an event of its own as well
    home = call.home()
    return await desk.read(lambda work: work.reviews.at_home(home.channel, home.thread)) is not None


async def _clean_form(call: Call, rules: SecretsWhenNeeded) -> Removed | None:
    """The typed fields of a form; a pressed button costs no more than the look whether there are any."""
    body = call.body
    view: Raw = body.get("view") or {}
    holder = view if view else body
    state: Raw = holder.get("state") or {}
    values: Raw = state.get("values") or {}
    typed = [
        (block, action, element["value"])
        for block, elements in values.items()
        for action, element in elements.items()
        if isinstance(element.get("value"), str)
    ]
    if not typed:
        return None
    cleaned = await rules.clean(*(text for _, _, text in typed))
    kinds = tuple(dict.fromkeys(kind for each in cleaned for kind in each.kinds))
    if not kinds:
        return None
    now = {block: dict(elements) for block, elements in values.items()}
    for (block, action, _), each in zip(typed, cleaned, strict=True):
        now[block][action] = {**now[block][action], "value": each.text}
    held = {**holder, "state": {**state, "values": now}}
    call.go_on_with({**body, "view": held} if view else held)
    return Removed(kinds, Stood.FORM, str(call.view.get("callback_id") or call.action.get("action_id") or ""))


async def _clean_message(message: Raw, rules: SecretsWhenNeeded) -> tuple[Raw, tuple[str, ...]]:
    """A message in Slack's spelling, without what repeats its words. Looked at as it reads, links behind labels too."""
    said = {key: value for key, value in message.items() if key not in _BESIDE}
    raw = str(message.get("text") or "")
    if not raw:
        return said, ()
    behind = html.unescape(" ".join(_BEHIND_A_LABEL.findall(raw)))
    plain, hidden = await rules.clean(plain_words(raw), behind)
    kinds = tuple(dict.fromkeys((*plain.kinds, *hidden.kinds)))
    if kinds:
        said["text"] = " ".join((*_NAMED.findall(raw), html.escape(plain.text, quote=False)))
    return said, kinds
