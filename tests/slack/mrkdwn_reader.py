"""Reads a payload as Slack would and says what in it calls somebody or leads somewhere. Knows none of our builders."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Live:
    """Something Slack would act on: a call, a mention, a link, a date."""

    kind: str
    target: str


def read(text: str, *, verbatim: bool) -> list[Live]:
    """What is live in one formatted text. Without `verbatim` Slack looks for bare names and addresses as well."""
    found = [_token(token) for token in re.findall(r"<([^<>]*)>", text)]
    if not verbatim:
        bare = re.sub(r"<[^<>]*>", " ", text)
        found += [Live("call", name.lower()) for name in re.findall(r"@(here|channel|everyone|group)\b", bare, re.I)]
        found += [Live("link", url) for url in re.findall(r"\bhttps?://\S+", bare)]
    return [live for live in found if live is not None]


def live_in(payload: Mapping[str, Any]) -> list[Live]:
    """What is live anywhere in a message or a view."""
    found: list[Live] = []
    if isinstance(text := payload.get("text"), str):
        # Beside blocks the text is not shown as a message, so its addresses lead nowhere; its calls still would call.
        with_blocks = bool(payload.get("blocks"))
        found += [live for live in read(text, verbatim=False) if not (with_blocks and live.kind == "link")]
    for part in _parts(payload.get("blocks")):
        if part.get("type") == "mrkdwn":
            found += read(part["text"], verbatim=part.get("verbatim") is True)
        elif part.get("type") == "markdown":
            found += read(part["text"], verbatim=False)
        elif part.get("type") in ("user", "usergroup", "channel", "broadcast", "link", "date"):
            found.append(Live(str(part["type"]), str(part)))
    return found


def shown(text: str) -> str:
    """What a reader sees of a formatted text that holds no tokens."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(token: str) -> Live | None:
    target, _, _label = token.partition("|")
    if target.startswith("@"):
        return Live("mention", target[1:])
    if target.startswith("#"):
        return Live("channel", target[1:])
    if target.startswith("!date^"):
        return Live("date", target)
    if target.startswith("!"):
        return Live("call", target[1:])
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
        return Live("link", target)
    return None


def _parts(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for below in value.values():
            yield from _parts(below)
    elif isinstance(value, list | tuple):
        for below in value:
            yield from _parts(below)
