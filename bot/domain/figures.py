"""Numbers as sentences spell them, read so that two spellings of one number can be compared. It judges none.

It would rather read a number where there is none than overlook one: what it reads wrongly costs a draft, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from bot.domain.days import Dates, Day
from bot.domain.english import stem


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and what it counts, where that matters: a share, money, a span of time, or a thing that weighs."""

    value: Fraction
    of: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """All that a text says in numbers. `unclear` are dates that can be read in two ways, or that are none."""

    quantities: frozenset[Quantity]
    days: frozenset[Day]
    literals: frozenset[str]  # times, weekdays, names with digits in them: compared as they are written
    unclear: bool = False

    def rest_on(self, basis: Figures) -> bool:
        """Does every one of these stand in the basis as well?"""
        years = {Quantity(Fraction(day.year)) for day in basis.days if day.year is not None}
        return (
            not self.unclear
            and all(_held(each, basis.quantities | years) for each in self.quantities)
            and all(any(day.within(said) for said in basis.days) for day in self.days)
            and self.literals <= basis.literals
        )


def figures_in(texts: Iterable[str]) -> Figures:
    """What several texts say in numbers, together."""
    quantities: set[Quantity] = set()
    dates = Dates()
    for text in texts:
        quantities |= set(_quantities(_items(dates.cut(text), dates.literals)))
    return Figures(frozenset(quantities), frozenset(dates.days), frozenset(dates.literals), dates.unclear)


def _held(quantity: Quantity, basis: frozenset[Quantity]) -> bool:
    """The same number of the same thing. What counts nothing in particular may count any thing, but measures none."""
    if quantity in basis:
        return True
    return not quantity.of and any(
        each.value == quantity.value and each.of not in MEASURES and not each.of.startswith(MONEY) for each in basis
    )


# --- numbers ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Item:
    """A word, a number or a break between two clauses."""

    word: str = ""
    value: Fraction | None = None
    of: str = ""
    plain: bool = True  # False: it counts only where it stands before a thing that weighs ("both", "single")

    @property
    def breaks(self) -> bool:
        return not self.word and self.value is None


def _items(text: str, literals: set[str]) -> list[_Item]:
    """The text as words, numbers and breaks; number words are numbers too."""
    found: list[_Item] = []
    end = 0
    for chunk in _CHUNK.finditer(text):
        gap = text[end : chunk.start()]
        _close(found, gap)
        if _BREAK.search(gap):
            found.append(_Item())
        found += _read_chunk(chunk[0], gap[-2:], literals)
        end = chunk.end()
    _close(found, text[end:])
    return list(_spoken(found, literals))


def _close(found: list[_Item], gap: str) -> None:
    """A sign right behind a number says what it is a number of."""
    if found and (behind := gap.strip()[:1]):
        if behind in "%‰":
            found[-1].of = behind
        elif behind in _SIGNS:
            found[-1].of = MONEY + behind


def _read_chunk(chunk: str, before: str, literals: set[str]) -> Iterator[_Item]:
    money = MONEY + before.strip()[-1:] if before.strip()[-1:] in tuple(_SIGNS) else ""
    if (number := _number(chunk)) is not None:
        yield _Item(value=number, of=money)
    elif (counted := _COUNTED.fullmatch(chunk)) is not None and (number := _number(counted[1])) is not None:
        yield _Item(value=number, of=money)  # 30-day
        yield from (_Item(word.casefold()) for word in counted[2].split("-"))
    elif (span := _SPAN.fullmatch(chunk)) is not None:
        yield from (_Item(value=Fraction(each)) for each in span.groups())
    elif (ordinal := _ORDINAL.fullmatch(chunk)) is not None:
        yield _Item(value=Fraction(ordinal[1]))
    elif any(letter.isdigit() for letter in chunk):
        literals.add(chunk.casefold())
        yield _Item()
    else:
        yield from (_Item(word.casefold()) for word in re.split(r"[-/.,&+]+", chunk))


def _number(chunk: str) -> Fraction | None:
    if _GROUPED.fullmatch(chunk):
        return Fraction(chunk.replace(",", ""))
    if _DECIMAL.fullmatch(chunk):
        return Fraction(chunk.replace(",", "."))
    return Fraction(chunk) if chunk.isascii() and chunk.isdigit() else None


def _spoken(items: Sequence[_Item], literals: set[str]) -> Iterator[_Item]:
    """The same with the words for numbers turned into them."""
    at = 0
    while at < len(items):
        value, after = _words_for(items, at)
        if value is not None:
            yield _Item(value=value, of=items[after - 1].of)
            at = after
            continue
        item = items[at]
        if item.word in _MAGNITUDES or item.word in _SCALES:
            literals.add(item.word)
        elif item.word in _ONLY_OF_WEIGHT:
            yield _Item(value=Fraction(_ONLY_OF_WEIGHT[item.word]), plain=False)
        yield item
        at += 1


def _words_for(items: Sequence[_Item], at: int) -> tuple[Fraction | None, int]:
    word, number = items[at].word, items[at].value
    following = items[at + 1] if at + 1 < len(items) else _Item()
    if number is not None and following.word in _SCALES:  # 2 million
        return number * _SCALES[following.word], at + 2
    if word in ("a", "one", "two", "three") and following.word in _PARTS:
        times = {"two": 2, "three": 3}.get(word, 1)
        after = items[at + 2].word if at + 2 < len(items) else ""
        if following.word not in _ALSO_TIME or after == "of":
            return Fraction(times, _PARTS[following.word]), at + 2
    if word in ("half", "halves"):
        return Fraction(1, 2), at + 1
    if word == "a" and following.word in (*_SCALES, "dozen"):
        return Fraction(_SCALES.get(following.word, 12)), at + 2
    if word not in _UNITS or (word == "one" and not _counts(items, at)):
        return None, at
    return _whole(items, at)


def _whole(items: Sequence[_Item], at: int) -> tuple[Fraction, int]:
    """One hundred and twenty thousand, say."""
    total, current = 0, 0
    while at < len(items):
        word = items[at].word
        following = items[at + 1].word if at + 1 < len(items) else ""
        if word in _UNITS:
            current += _UNITS[word]
        elif word == "hundred":
            current *= 100
        elif word in _SCALES:
            total, current = total + current * _SCALES[word], 0
        elif not (word == "and" and (total or current >= 100) and following in _UNITS):
            break
        at += 1
        # "three five" are two numbers, "twenty five" is one.
        if word in _UNITS and following in _UNITS and not (_UNITS[word] >= 20 and _UNITS[following] < 10):
            break
    return Fraction(total + current), at


def _counts(items: Sequence[_Item], at: int) -> bool:
    """Is this "one" a number, and no pronoun?"""
    before = items[at - 1].word if at else ""
    after = items[at + 1].word if at + 1 < len(items) else ""
    if after in _SCALES:
        return True
    return before not in _BEFORE_PRONOUN and bool(after) and (after == "of" or after not in _ENDS_NOUN)


def _quantities(items: Sequence[_Item]) -> Iterator[Quantity]:
    for at, item in enumerate(items):
        if item.value is not None:
            of = item.of or _thing_after(items, at)
            if not of and at and items[at - 1].word in _NUMBERED:
                of = items[at - 1].word
            if item.plain or of in WEIGHTY:
                yield Quantity(item.value, of)
        elif item.word in _NONE and (thing := _thing_after(items, at)) in WEIGHTY:
            yield Quantity(Fraction(0), thing)


def _thing_after(items: Sequence[_Item], at: int) -> str:
    """What is counted: the first thing that weighs, or measure, of the noun that follows."""
    words = 0
    for number, item in enumerate(items[at + 1 :], at + 1):
        if item.breaks or words == _NOUN_MOST:
            return ""
        if item.value is not None:
            if items[number - 1].word != "of":  # "3 of 4 answers" are three answers
                return ""
            continue
        if item.word in _MEASURED:
            return _MEASURED[item.word]
        thing = stem(item.word)
        if thing in WEIGHTY or (thing in MEASURES and thing not in _NUMBERED):
            return thing
        if item.word in _ENDS_NOUN:
            return ""
        words += 1
    return ""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MONEY: Final = "money:"
MEASURES: Final = frozenset({"%", "‰", "minute", "hour", "day", "week", "month", "quarter", "year", "tier", "level"})
# A wrong number of these would mislead whoever signs; of agents or screens it is enough that the number was said.
WEIGHTY: Final = _set(
    """
    action answer blocker breach client condition control decision exception finding gap incident lead question
    report request review risk signature tool unknown vendor
    """
)
_SMALL: Final = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
    """
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS: Final = {word: number for number, word in enumerate(_SMALL.split())} | {
    word: number * 10 for number, word in enumerate(_TENS.split(), 2)
}
_SCALES: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_PARTS: Final = {
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fifth": 5,
    "fifths": 5,
    "tenth": 10,
    "tenths": 10,
}
_ALSO_TIME: Final = frozenset({"quarter", "quarters", "third", "fifth", "tenth"})
_MAGNITUDES: Final = _set(
    """
    billions couple decade decades double doubled dozen dozens fortnight hundreds millions quadruple score
    scores tens thousands thrice triple tripled twice
    """
)
_ONLY_OF_WEIGHT: Final = {"both": 2, "single": 1, "sole": 1, "lone": 1}
_NONE: Final = frozenset({"no", "without", "none", "zero"})
_NUMBERED: Final = frozenset({"tier", "level"})
_MEASURED: Final = {
    **dict.fromkeys(("percent", "percentage", "pct", "cent"), "%"),
    **dict.fromkeys(("euro", "euros", "eur"), f"{MONEY}€"),
    **dict.fromkeys(("dollar", "dollars", "usd"), f"{MONEY}$"),
    **dict.fromkeys(("pound", "pounds", "gbp"), f"{MONEY}£"),
}
_SIGNS: Final = "$€£¥"
_NOUN_MOST: Final = 4
_BEFORE_PRONOUN: Final = _set("no any every some this that the which each another other")
_ENDS_NOUN: Final = _set(
    """
    a about after an and are as at be because been before behind but by can could did do does for from had has
    have if in into is it its like may might must nor not on or per should since so than that their then they
    this to under until was were what when where which while who whose will with within would
    """
)
_BREAK: Final = re.compile(r"[,;:.!?()—–\n]")
_CHUNK: Final = re.compile(r"[^\W_]+(?:[-.,'/&+]+[^\W_]+)*")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL: Final = re.compile(r"[0-9]+[.,][0-9]+")
_COUNTED: Final = re.compile(r"([0-9][0-9.,]*)-([^\W\d_]+(?:-[^\W\d_]+)*)")
_SPAN: Final = re.compile(r"([0-9]+)-([0-9]+)")
_ORDINAL: Final = re.compile(r"([0-9]+)(?:st|nd|rd|th)")
