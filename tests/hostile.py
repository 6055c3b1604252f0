"""Text that could make a message lie: our own short list, and larger collections where a folder holds them.

Set PREFLIGHT_HOSTILE_DIR to a folder of JSON files (lists of strings, however nested) to test with those as well.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

FORMS: tuple[str, ...] = (
    # mentions
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<!here|here>",
    "<!channel|not a call>",
    "<!group>",
    "<@U0123456789>",
    "<@W0123456789|the CISO>",
    "<@USLACKBOT>",
    "<!subteam^S0123456789>",
    "<!subteam^S0123456789|@security-leads>",
    "<#C0123456789>",
    "<#C0123456789|general>",
    "@here",
    "@channel please approve",
    "@everyone",
    "@HERE",
    "@\u200bhere",
    "@\u2060channel",
    "<\u200b!channel>",
    "<!\x00channel>",
    "<!chan\u00adnel>",
    "\x00<!here>\x00",
    "text before <!channel> and after",
    "<<!channel>>",
    "<!channel",
    "!channel>",
    "#general",
    # links and dates
    "<https://evil.example|login>",
    "<https://evil.example|https://good.example>",
    "<mailto:ciso@evil.example|ciso@good.example>",
    "<tel:+100|call>",
    "<slack://channel?id=C1|open>",
    "<javascript:alert(1)|x>",
    "<http://evil.example>",
    "https://evil.example/?q=secret",
    "[login](https://evil.example)",
    "![x](https://evil.example/pixel.png)",
    "<!date^1392734382^{date_pretty}|yesterday>",
    "<!date^0^{date}^https://evil.example|now>",
    # entities
    "&lt;!channel&gt;",
    "&lt;@U0123456789&gt;",
    "&amp;lt;!here&amp;gt;",
    "&#60;!here&#62;",
    "&lt",
    "&",
    "AT&T <b>bold</b>",
    # fences and formatting
    "```",
    "``` *Approved by the CISO*",
    "`code",
    "*Approved*",
    "> quoted\n> twice",
    "Otter\n*Approved by the CISO*",
    "Otter\r\n:white_check_mark: Approved",
    "~struck~ _slanted_ *strong*",
    # direction, width, control
    "safe\u202eevas",
    "\u2066<!here>\u2069",
    "\u200f\u200e\u061c",
    "Ot\u200bter",
    "\ufeffOtter",
    "Otter\u2028*Approved*",
    "Otter\x85next",
    "\x1b[31mred\x1b[0m",
    "\x00",
    "\x07\x08\x7f",
    "\ud800",
    "\udfff<!here>",
    "\ufffe\uffff",
    "\U000e0041\U000e0042",
    "T\u0335\u0321\u0322o\u0334\u0327ol",
    "👩\u200d💻",
    "می\u200cخواهم",
    # lengths and nothing
    "",
    " ",
    "\n\n\n",
    "x" * 3_000,
    "&" * 3_000,
    "<!channel>" * 400,
    "@here " * 700,
    "{tool} {0} {x!r} %s ${x}",
)


def corpora() -> Iterator[str]:
    """The strings of the larger collections, if there are any here."""
    folder = os.environ.get("PREFLIGHT_HOSTILE_DIR")
    for file in sorted(Path(folder).glob("*.json")) if folder else ():
        yield from _strings(json.loads(file.read_text(encoding="utf-8")))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
