"""Takes out of words what must not leave the company: secrets and card numbers always, and what the setting names.

Towards a model only: what stays with us keeps its e-mail addresses and phone numbers. It fails closed: a text with more
numbers than can be looked at loses them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from bot.knowledge.loader import Knowledge
from bot.knowledge.secrets import PLAIN_FORMS, UNSEEN, SecretsWhenNeeded

Span = tuple[int, int]

EMAILS: Final = "emails"
PHONES: Final = "phones"
EMAIL_MARK: Final = "[e-mail removed]"
PHONE_MARK: Final = "[phone number removed]"
LOOKED_AT_MOST: Final = 100  # numbers of one text; each is tried by the rules of every country
# Both sides of an "@" are looked at from there, so that no text makes it slow.
_BEFORE: Final = re.compile(r"[\w.%+'-]{1,64}\Z")
_BEHIND: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
NAME_MOST: Final = 64
# Seven digits or more, with what people put between them; not behind a letter, a point or within an address.
_NUMBER: Final = re.compile(r"(?<![\w.@/#=-])[+＋(]?\d(?:[ \u00a0().–/-]{0,3}\d){6,17}(?![\w@])", re.ASCII)


class Redactor:
    """Cleans words that are about to leave."""

    def __init__(self, rules: SecretsWhenNeeded, removes: Collection[str]) -> None:
        self._rules, self._emails, self._phones = rules, EMAILS in removes, PHONES in removes

    def redact(self, text: str) -> str:
        """The same words with marks where something was."""
        secrets = self._rules.get()
        text = secrets.clean(text).text
        if not UNSEEN.search(text):
            return self._personal(text, secrets.rules.regions)
        bare = UNSEEN.sub("", text)
        told, of_bare = (self._personal(each, secrets.rules.regions) for each in (text, bare))
        # Without the letters that nobody sees only where they hid something: a quote has to stay what was said.
        return of_bare if of_bare != UNSEEN.sub("", told) else told

    def _personal(self, text: str, regions: Collection[str]) -> str:
        if self._emails:
            text = _marked(text, _emails(text.translate(PLAIN_FORMS)), EMAIL_MARK)
        if self._phones:
            text = _marked(text, _phones(text.translate(PLAIN_FORMS), regions), PHONE_MARK)
        return text


def redactor(knowledge: Knowledge, removes: Collection[str]) -> Redactor:
    """What takes out secrets, card numbers and these (`MODEL_REMOVES`) before words leave."""
    return Redactor(knowledge.secrets, removes)


def _marked(text: str, spans: Iterable[Span], mark: str) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], mark]
        at = end
    return "".join((*parts, text[at:]))


def _emails(text: str) -> Iterator[Span]:
    last = 0
    for sign in re.finditer("@", text):
        at = sign.start()
        before = _BEFORE.search(text[max(last, at - NAME_MOST) : at])
        behind = _BEHIND.match(text, at + 1)
        if before and behind:
            yield at - len(before.group()), behind.end()
            last = behind.end()


def _phones(text: str, regions: Collection[str]) -> Iterator[Span]:
    for number, found in enumerate(_NUMBER.finditer(text)):
        if number >= LOOKED_AT_MOST:
            yield found.span()
            continue
        for start, end in _numbers_in(found.group(), regions):
            yield found.start() + start, found.start() + end


def _numbers_in(said: str, regions: Collection[str]) -> list[Span]:
    """The phone numbers within a run of digits, by the rules of the first country that knows one there."""
    from phonenumbers import Leniency, PhoneNumberMatcher

    for region in regions:
        if spans := [(each.start, each.end) for each in PhoneNumberMatcher(said, region, leniency=Leniency.VALID)]:
            return spans
    return []
