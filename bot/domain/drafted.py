"""Is every word of a draft held by its facts? One line that says more than they do, and none of the draft is used.

A model's sentence may be put differently, but its numbers, days and names are those of the facts, it judges nothing
that they do not judge, it asks nobody for anything, and it leads nowhere. Whether it is well put, nothing here knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

from bot.domain.days import Dates, opens_sentence
from bot.domain.english import CALENDAR, COMMON, stem
from bot.domain.figures import figures_in

LINE_MOST: Final = 200  # characters
SUMMARY_LINES: Final = 5
MINUTES_LINES: Final = 4
DIGEST_LINES: Final = 1


class Fault(StrEnum):
    """Why a draft is not used."""

    EMPTY = "empty"
    TOO_MANY = "too_many"  # lines
    TOO_LONG = "too_long"
    TWICE = "twice"  # the same line
    SIGN = "sign"  # markup, a mention, a list's mark, letters that no fact has
    LINK = "link"
    NUMBER = "number"  # or day
    NAME = "name"
    VERDICT = "verdict"  # it judges what the facts do not
    TURNED = "turned"  # it says no where the facts say yes, or yes where they say no
    URGING = "urging"  # it tells somebody what to do
    STRANGE = "strange"  # most of its words are neither in the facts nor everyday English


class Basis:
    """What a draft may rest on.

    `facts` are sentences of ours. `said` are people's words: numbers, days and names may be taken from them, judgements
    and requests may not, or a note could have itself repeated as a fact. `names` are known though no fact holds them.
    """

    def __init__(self, facts: Iterable[str], said: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        ours, theirs = [_plain(each) for each in facts], [_plain(each) for each in said]
        self.names = sorted({name for each in names if (name := _plain(each))}, key=len, reverse=True)
        self.texts = [*ours, *theirs, *self.names]
        self.figures = figures_in([*ours, *theirs])  # not of names: “Notes 365” has no 365 people
        self.exact = {word for text in self.texts for word in _words(text)}
        self.words = {word.casefold() for word in self.exact}
        self.stems = {stem(word) for word in self.words}
        self.ours = {stem(word) for text in ours for word in _words(text)}
        self.risks = [{stem(word) for word in _words(text)} for text in ours]
        self.told = [_told(part) for text in ours for part in _SENTENCE.split(_QUOTED.sub(" ", text))]
        self.quoted = {found for text in ours for found in _QUOTED.findall(text)}
        self.judged = {said for text in ours for said in _loaded(_QUOTED.sub(" , ", text))}

    def without_quotes(self, line: str) -> str:
        """The line without what it quotes from our facts: the label of an answer may say “approved” of something."""
        return _QUOTED.sub(lambda found: " , " if found[1] in self.quoted else found[0], line)

    def without_names(self, line: str) -> str:
        """The line with the known names blotted out: what is left has to rest on the facts."""
        for name in self.names:
            line = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "\0" * len(name), line)
        return line


def checked(lines: Sequence[str], basis: Basis, *, most: int) -> tuple[str, ...]:
    """The lines as they may be shown; none of them where one is not held by the basis."""
    if fault_in(lines, basis, most=most) is not None:
        return ()
    return tuple(unicodedata.normalize("NFC", line.strip()) for line in lines)


def fault_in(lines: Sequence[str], basis: Basis, *, most: int) -> Fault | None:
    """The first thing that is wrong with a draft; None when nothing is."""
    if not lines:
        return Fault.EMPTY
    if len(lines) > most:
        return Fault.TOO_MANY
    for line in lines:
        if (fault := _fault_of(line, basis)) is not None:
            return fault
    return Fault.TWICE if len({_plain(line).casefold() for line in lines}) < len(lines) else None


def _fault_of(line: str, basis: Basis) -> Fault | None:
    if len(line) > LINE_MOST:
        return Fault.TOO_LONG
    if not (text := _plain(line)):
        return Fault.EMPTY
    if _marked(text) or not _signs_known(text, basis.words):
        return Fault.SIGN
    rest = basis.without_names(text)
    if _LINK.search(rest) or _SCHEME.search(text):
        return Fault.LINK
    if not figures_in([rest]).rest_on(basis.figures):
        return Fault.NUMBER
    if not _names_known(Dates().cut(rest), basis):  # "26 November" is no name where a fact has it as 2026-11-26
        return Fault.NAME
    told = basis.without_quotes(text)
    if not (_judges_only(told, basis) and _weighs_only(told, basis)):
        return Fault.VERDICT
    if not all(_says_no_alike(part, basis) for part in _SENTENCE.split(told)):
        return Fault.TURNED
    if any(each not in basis.judged for each in _loaded(told, _URGING)):
        return Fault.URGING
    return None if _mostly_known(rest, basis) else Fault.STRANGE


def _plain(text: str) -> str:
    """The text as it is compared: composed, without blanks around it, one kind of apostrophe."""
    return unicodedata.normalize("NFC", text).strip().replace("’", "'").replace("‘", "'")


def _words(text: str) -> list[str]:
    return [each[0].removesuffix("'s") for each in _WORD.finditer(text)]


# --- signs and names --------------------------------------------------------------------------------------------------


def _marked(text: str) -> bool:
    return _LIST_MARK.search(text) is not None or _EMOJI_NAME.search(text) is not None


def _signs_known(text: str, words: set[str]) -> bool:
    """Plain signs, and no letters beyond ASCII but those of a word that the facts hold: look-alikes hide words."""
    strange = {each.casefold() for each in _words(text) if not each.isascii()}
    if not strange <= words:
        return False
    known = set("".join(strange))
    return all(sign in _SIGNS or sign.casefold() in known for sign in text)


def _names_known(text: str, basis: Basis) -> bool:
    """Whatever is written like a name is one of the facts', letter for letter, and so is each row of such words."""
    row: list[str] = []
    opened = False  # the row's first word opens a sentence, and may be no part of a name
    end = -1
    for found in _WORD.finditer(text):
        word = found[0].removesuffix("'s")
        named = any(letter.isupper() for letter in word)
        opens = named and word[1:] == word[1:].lower() and opens_sentence(text, found.start())
        if named and not (_everyday(word, basis) if opens else word in basis.exact):
            return False
        joined = end >= 0 and text[end : found.start()] == " "
        if not (named and joined):
            if not _row_known(row, basis, opened=opened):
                return False
            row, opened = [], opens
        row += [word] * named
        end = found.end()
    return _row_known(row, basis, opened=opened)


def _row_known(row: Sequence[str], basis: Basis, *, opened: bool) -> bool:
    """“Fabrikam Teams” is no name only because there are Fabrikam Notes and Northwind Teams."""
    ways = [row, row[1:]] if opened else [row]
    return len(row) < 2 or any(_holds(text, " ".join(each)) for text in basis.texts for each in ways)


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _everyday(word: str, basis: Basis) -> bool:
    low = word.casefold()
    return low in basis.words or stem(low) in COMMON or low in COMMON or low in _OPENERS


def _mostly_known(text: str, basis: Basis) -> bool:
    words = [each.casefold() for each in _words(text)]
    known = [each for each in words if stem(each) in basis.stems or stem(each) in COMMON or each in _OPENERS]
    return 2 * len(known) >= len(words)


# --- judgements and requests ------------------------------------------------------------------------------------------

# A word that judges or asks, the two words behind it, whether it is denied, and how it is an order: by the word before
# it, or by none where a clause begins. That does not matter where two words say what it is about. None: it is no order.
Said = tuple[str, tuple[str, ...], bool, str | None]


def _loaded(text: str, only: Collection[str] | None = None) -> Iterator[Said]:
    for clause in _CLAUSE.split(text.casefold()):
        words = [each[0] for each in _TOKEN.finditer(clause)]
        for at, word in enumerate(words):
            before, behind = words[at - 1] if at else "", tuple(words[at + 1 : at + 3])
            ordered = None
            if word in _ORDERS and (not at or before in _URGES):
                ordered = before if len(behind) < 2 else ""
            urges = ordered is not None or word in _URGING
            if (urges or _judges(word)) if only is None else urges:
                denied = any(each in _DENIES or each.endswith("n't") for each in words[:at])
                yield word, behind, denied, ordered


def _judges(word: str) -> bool:
    return word in _JUDGING or word.startswith(_JUDGING_ROOTS)


def _judges_only(text: str, basis: Basis) -> bool:
    """Every judgement is one of our facts', in its own words: “safe” is not “safe with conditions”."""
    return all(each in basis.judged for each in _loaded(text) if _judges(each[0]))


def _weighs_only(text: str, basis: Basis) -> bool:
    """Words that carry a verdict, and grades, only where our facts have them; a grade of risk only beside risk."""
    for clause in _CLAUSE.split(text.casefold()):
        stems = {stem(each[0]) for each in _TOKEN.finditer(clause)}
        if not stems & _CARRYING <= basis.ours:
            return False
        grades = stems & _GRADES
        if not grades <= basis.ours:
            return False
        if "risk" in stems and grades and not any(grades | {"risk"} <= fact for fact in basis.risks):
            return False
    return True


def _told(text: str) -> tuple[frozenset[str], bool]:
    """The words of a sentence that carry it, and whether it says no."""
    words = [found[0] for found in _TOKEN.finditer(text.casefold())]
    noes = sum(each in _DENIES or each in _LACKING or each.endswith("n't") for each in words)
    carrying = {stem(each) for each in words if each not in _OPENERS | _SMALL | _DENIES | _LACKING}
    return frozenset(carrying), noes % 2 == 1


def _says_no_alike(text: str, basis: Basis) -> bool:
    """“It holds no customer data” is not held by “Data it holds: customer data”, though each of its words is."""
    carrying, denied = _told(text)
    shares = [(len(carrying & words), says_no) for words, says_no in basis.told]
    best = max((share for share, _ in shares), default=0)
    return 2 * best < len(carrying) or not best or any(no == denied for share, no in shares if share == best)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"()-/%&+$€£¥“”–—…")
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_CLAUSE: Final = re.compile(r"[,;:.!?()\"“”…—–]+")
_QUOTED: Final = re.compile("“([^“”]+)”")
_LIST_MARK: Final = re.compile(r"^(?:[-+–—…]\s*|[0-9]{1,2}[.)]\s|[a-zA-Z]\)\s)")
_EMOJI_NAME: Final = re.compile(r":[\w+-]+:")
_LINK: Final = re.compile(r"[^\W_]\.[^\W\d_]{2,}|\bdot\s+(?:com|org|net|io)\b", re.IGNORECASE)
_SCHEME: Final = re.compile(r"//|\bwww\b|\b(?:https?|mailto|tel|slack|javascript):\S", re.IGNORECASE)
_OPENERS: Final = (
    _set(
        """
    according additionally all also although altogether among and another are as at because besides between both
    but each either even every few for four from further given hence however if in instead is it its itself left
    less like many missing more moreover most neither nobody none nor not nothing of on only open or other
    otherwise overall part several since so some still strongest such that the their then there therefore these
    this those though three to together two unanswered under unless until weakest what when where whether which
    while who with within without
    """
    )
    | CALENDAR
)
_DENIES: Final = _set(
    """
    cannot hardly lacks less neither never no nobody none nor not nothing rarely unless without
    """
)
# "Nothing is missing" judges as well, and a fact that says nothing of all is soon made one that says so of all.
_LACKING: Final = _set("missing unanswered unknown")
_SMALL: Final = _set("a an be been being by has have it its the was were would")
_SENTENCE: Final = re.compile(r"[.;!?]+(?:\s+|$)")
_JUDGING: Final = _set(
    """
    ahead alright always appropriate ban banned banning bans blessed block blocked blocking blocks complete completely
    compliant complies comply concern concerned concerning concerns confident dangerous denied deny entirely everybody
    everyone everything excellent fine flawless fully go good great harmless insecure legal legitimate looks meets minor
    mitigated negligible never nobody none nothing objection objections ok okay perfect pass passed passes problem
    problems proven ready reasonable reassuring reliable requirement requirements resolved risky robust roll rolled
    rollout safe safely safer safest satisfied satisfies secure secured solid sound soundly sufficient suitable superb
    supported trivial trust trusted trustworthy unsafe usable verified vetted worries worry
    """
)
_JUDGING_ROOTS: Final = tuple(
    _set(
        """
        accept adequa allow approv authori blacklist certif clear endors exempt forbad forbid green overrid overrul
        permi prohibit refus reject sanction veto waiv whitelist
        """
    )
)
_CARRYING: Final = _set(
    """
    acceptance agree agreed agrees answered blocker closed complete completed condition decision done encrypted
    exception fixed met protected settled signature signed solved tier verdict works
    """
)
_GRADES: Final = _set(
    """
    amber critical elevated fair green high low medium minimal moderate red severe strong weak
    """
)
_URGING: Final = _set(
    """
    advise advised advises i immediately let let's lets me my ought please quickly recommend
    recommendation recommended recommends should suggest suggested suggests urge urgent urgently us we you your
    yours
    """
)
_URGES: Final = _set("and just kindly must now please should simply then to")
_ORDERS: Final = _set(
    """
    answer ask be call check choose click confirm consider contact deploy disable disregard do don't enable
    follow forget forward give go grant ignore install make note open pay press proceed publish push read
    release remember reply report say send sign skip start stop take tell treat visit vote write
    """
)
