"""The one place where text from people, or from a model, becomes text that Slack may show.

Text that Slack would parse has the type `Safe`, and only this module makes it: a sentence somebody typed cannot become
a mention, a link or a date because somebody forgot. It knows no card and no rule; limits are the builders' business.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from string import Formatter
from typing import Final, LiteralString


class Safe(str):
    """Text ready for a mrkdwn object: what people wrote in it is escaped. Made in this module only."""

    __slots__ = ()


def esc(text: str) -> Safe:
    """Somebody's words, several lines allowed, to be read as typed and parsed by nobody."""
    if isinstance(text, Safe):
        return text
    return _escaped(clean(text))


def say(template: LiteralString, **holes: str | int) -> Safe:
    """A sentence of ours with holes; each hole is escaped and put on one line, unless it is already `Safe`.

    One line, because a tool called "Otter", line feed, "*Approved by the CISO*" must not write a line of its own. Pass
    `esc(text)` where lines are wanted. The template is a literal, never something computed: a test reads the calls.
    """
    parts: list[str] = []
    for words, hole in _parsed(template):
        parts.append(words)
        if hole is not None:
            filling = holes[hole]
            parts.append(filling if isinstance(filling, Safe) else _escaped(one_line(str(filling))))
    return Safe("".join(parts))


def lines(*parts: Safe) -> Safe:
    """Several safe texts, one under the other."""
    return Safe("\n".join(parts))


def clean(text: str) -> str:
    """The same words without what nobody sees: control and direction characters, hidden letters, live mentions."""
    if not (text.isascii() and text.isprintable()):
        text = typed(_LINE_ENDS.sub("\n", text).replace("\t", " "))
    # Entities stop "<!here>" in mrkdwn, and plain text is not parsed. But a bare "@here" needs no brackets where Slack
    # looks for names by itself, and text outside blocks has no `verbatim`: so each is broken by a joiner.
    return _CALLS.sub(rf"\1{_JOINER}", text) if "@" in text or "<" in text else text


def typed(text: str) -> str:
    """What a person typed, for a field that gives it back: only what no keyboard types is taken out."""
    return _BROKEN.sub("\N{REPLACEMENT CHARACTER}", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """Clean, on one line, without blanks around it."""
    return " ".join(clean(text).split())


def unescaped(text: Safe) -> str:
    """Safe text as plain text, for the objects that Slack does not parse."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def clip(text: str, most: int) -> str:
    """At most so many characters, the last one an ellipsis where something was left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def mention(user_id: str) -> Safe:
    """A live mention of one person; anything that is no user id comes out as text."""
    return Safe(f"<@{user_id}>") if is_user_id(user_id) else esc(user_id)


def channel_mention(channel_id: str) -> Safe:
    """A live link to a channel; anything that is no channel id comes out as text."""
    return Safe(f"<#{channel_id}>") if _CHANNEL_ID.fullmatch(channel_id) else esc(channel_id)


def link(url: str, label: str) -> Safe:
    """A link to an address of ours (a permalink, a source in the knowledge base), never to one that somebody typed."""
    if not _OUR_LINK.fullmatch(url):
        return esc(label)
    return Safe(f"<{url.replace('&', '&amp;')}|{say('{label}', label=label.replace('|', '/'))}>")


def date_token(at: datetime, *, with_time: bool = True) -> Safe:
    """A moment, shown in the reader's own zone; where Slack cannot, in UTC and saying so."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a zone")
    utc = at.astimezone(UTC)
    shown = "{date_short_pretty} at {time}" if with_time else "{date_short_pretty}"
    return Safe(f"<!date^{int(utc.timestamp())}^{shown}|{utc:{'%Y-%m-%d %H:%M UTC' if with_time else '%Y-%m-%d'}}>")


def day_token(on: date) -> Safe:
    """A calendar day, the same for every reader: "23 Nov 2026".

    Not a date token: those are moments, and no moment is the same day from Honolulu to Auckland.
    """
    return Safe(f"{on.day} {_MONTHS[on.month - 1]} {on.year}")


def model_text(text: str, *, hosts: Collection[str] = (), most: int = 400) -> Safe:
    """A model's words on one line: nothing in them calls, draws, shouts or leads anywhere but to a host of the list.

    Every text of a model goes through here. What is taken out is said in its place, so that nobody reads a sentence
    that means something else without it.
    """
    # Joiners too, which people's words keep: in a model's they can hide an address or a name from the eye.
    bare = _HIDDEN.sub("", typed(_LINE_ENDS.sub(" ", text[:_MODEL_MOST]).replace("\n", " ").replace("\t", " ")))
    bare = _MARKS_AHEAD.sub("", " ".join(bare.split()))
    bare = _EMOJI_NAME.sub("", _PLAIN_STRESS.sub(r"\2", _STRESS.sub(r"\2", bare)))
    return clip_safe(Safe(" ".join("".join(_calmed(bare, hosts)).split())), most)


def marked(text: str, words: Collection[str]) -> Safe:
    """Somebody's words on one line, those of them in bold that are among these, whatever ends they have."""
    wanted = frozenset(word.casefold() for word in words)
    calm = one_line(text).replace("*", "")  # a star of theirs would end a bold word of ours
    parts, end = [], 0
    for found in _PLAIN_WORD.finditer(calm):
        if found.group().casefold() in wanted:
            parts += [_escaped(calm[end : found.start()]), f"*{_escaped(found.group())}*"]
            end = found.end()
    return Safe("".join((*parts, _escaped(calm[end:]))))


def bar(done: int, total: int) -> Safe:
    """Progress for the eye, with the words beside it that carry it for everybody else."""
    width = max(1, min(total, 10))
    done_in_bar = 0 if total <= 0 else max(0, min(width, done * width // total))
    return Safe(f"{'▰' * done_in_bar}{'▱' * (width - done_in_bar)} {done} of {total}")


def clip_safe(text: Safe, most: int) -> Safe:
    """Cut safe text without cutting an entity or a token in two, which would set half of it free."""
    if len(text) <= most:
        return text
    return Safe(_HALF.sub("", text[: most - 1]).rstrip() + "…")


def is_user_id(user_id: str) -> bool:
    """Whether Slack could have given this id to a person."""
    return _USER_ID.fullmatch(user_id) is not None


# --- a model's words --------------------------------------------------------------------------------------------------


def _calmed(text: str, hosts: Collection[str]) -> Iterator[Safe]:
    """The pieces of one line, each calm: images gone, links judged, mentions taken out, all the rest escaped."""
    end = 0
    for found in _LIVE.finditer(text):
        yield _escaped(text[end : found.start()])
        end = found.end()
        if found["image"] is not None:
            continue
        if found["target"] is not None:
            yield from (*_calmed(found["label"], hosts), Safe(" "), _led(found["target"].strip(" <>"), hosts))
        elif found["token"] is not None:
            yield _of_token(found["token"], hosts)
        else:
            yield _of_word(found["word"], hosts)
    yield _escaped(text[end:])


def _of_token(token: str, hosts: Collection[str]) -> Safe:
    """What stood between angle brackets: a mention or a date of Slack's, an address, or a mark of HTML."""
    if token[0] in "!@#":
        return _NO_MENTION
    first = token.split()[0].partition("|")[0]
    return _led(first, hosts) if _ADDRESS.search(unicodedata.normalize("NFKC", first)) else Safe(" ")


def _of_word(word: str, hosts: Collection[str]) -> Safe:
    # Read as the look-alikes that a browser would take it for: full-width letters make an address as well.
    if _ADDRESS.search(unicodedata.normalize("NFKC", word)):
        ahead, address, behind = _split(word)
        return Safe(f"{_escaped(ahead)}{_led(address, hosts)}{_escaped(behind)}")
    if _ID.search(word):
        return _NO_MENTION
    return _escaped(clean(_CALLING.sub("", word).replace("*", "\N{ASTERISK OPERATOR}")))


def _split(word: str) -> tuple[str, str, str]:
    """An address and the signs of the sentence around it."""
    core = word.lstrip("(\"'“‘„«,;")
    address = core.rstrip(".,;:!?\"'”’»*_~")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?")
    return word[: len(word) - len(core)], address, core[len(address) :]


def _led(address: str, hosts: Collection[str]) -> Safe:
    """A live link, if it leads to exactly one of the hosts by https; else only the word that there was one.

    No port, no user before the host, no letters beyond ASCII: each has been used to make one host look like another.
    """
    found = _MODEL_LINK.fullmatch(address)
    if found is None or found[1].lower() not in hosts:
        return _NO_LINK
    shown = clip(address.removeprefix("https://").rstrip("/"), 60)
    return Safe(f"<{address.replace('&', '&amp;')}|{_escaped(shown)}>")


_MODEL_MOST: Final = 4_000  # characters that are looked at; whatever shows them shows far fewer
_NO_LINK: Final = Safe("(link left out)")
_NO_MENTION: Final = Safe("(mention left out)")
_HIDDEN: Final = re.compile("[\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\u2800\ue000-\uf8ff]")
_MARKS_AHEAD: Final = re.compile(r"^(?:(?:>+|#{1,6}|[-*•–])(?:\s+|(?<=>)))+")
_STRESS: Final = re.compile(r"(?<![\w*_~`])(\*{1,3}|_{1,3}|~{1,2}|`{1,3})(?=\S)([^*_~`]+)(?<=\S)\1(?![\w*_~`])")
_PLAIN_STRESS: Final = re.compile(r"(?<!\w)([_`~])(?=\S)([^_`~]+)(?<=\S)\1(?!\w)")
_EMOJI_NAME: Final = re.compile(r"(?<!\w):(?=[a-z0-9_+'-]*[a-z])[a-z0-9_+'-]{1,60}:(?!\w)")
_LIVE: Final = re.compile(
    r"(?P<image>!\[[^\[\]]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\]))"
    r"|\[(?P<label>[^\[\]]*)\]\((?P<target>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"|<(?P<token>[!@#/?a-zA-Z][^<>]*)>"
    r"|(?P<word>[^\s<>\[\]]+)"
)
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]{1,30}:[/\\]|(?:^|[^\w:])(?://|\\\\)\w|\bwww\."
    r"|\b(?:mailto|tel|sms|callto|javascript|vbscript|slack|https?):\S|\bdata:[a-z]+/"
    r"|[^\W_](?:\.[\w-]{1,63}){0,6}\.[^\W\d_]{2,63}(?:/[^\s]|:\d|\?\w)|\S@[\w-]{1,63}\.\w",
    re.IGNORECASE,
)
_MODEL_LINK: Final = re.compile(
    r"https://((?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63})(?:[/?#][a-z0-9/?#&=%.,;:!()+~$'_@-]*)?", re.IGNORECASE
)
_ID: Final = re.compile(r"[@#][UWCGS][A-Z0-9]{6,}\b")
_CALLING: Final = re.compile("(?<!\\w)(?:[@\uff20\ufe6b]{1,9}(?=\\w)|[#\uff03\ufe5f]{1,9}(?=[^\\W\\d]))")

# --- how --------------------------------------------------------------------------------------------------------------

_JOINER: Final = "\N{WORD JOINER}"
_LINE_ENDS: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Control characters; direction marks, which make one line read as another; letters without a width, which hide words or
# split them. The joiners that scripts and emoji need (U+200C, U+200D) stay.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_BROKEN: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_CALLS: Final = re.compile(r"(<(?=[!@#])|@(?=(?:here|channel|everyone|group)\b))", re.IGNORECASE)
_PLAIN_WORD: Final = re.compile(r"(?<![\w*_~`])\w+(?![\w*_~`])")
_HALF: Final = re.compile("(?:<[^<>]*|&[a-z]{0,3})$")
_FENCE: Final = "\N{MODIFIER LETTER GRAVE ACCENT}"
_USER_ID: Final = re.compile(r"[UW][A-Z0-9_]{2,30}")
_CHANNEL_ID: Final = re.compile(r"[CG][A-Z0-9_]{2,30}")
_OUR_LINK: Final = re.compile(r"https?://[^\s<>|\"\x00-\x20]{1,2000}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=1024)
def _parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    parsed = []
    for words, hole, spec, conversion in Formatter().parse(template):
        if hole is not None and (spec or conversion or not hole.isidentifier()):
            raise ValueError(f"a hole is a plain name in braces, not {hole!r}: {template!r}")
        parsed.append((words, hole))
    return tuple(parsed)


def _escaped(calm: str) -> Safe:
    calm = calm.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A backtick in somebody's words would swallow the words of ours that follow it; its look-alike opens no code.
    return Safe(calm.replace("`", _FENCE))
