"""Days and times as sentences spell them, read so that two spellings of one day can be compared. It judges none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Day:
    """A date, as much of it as was said."""

    year: int | None
    month: int
    day: int | None

    def within(self, said: Day) -> bool:
        """Is everything that was said here said there too, and the same?"""
        return self.month == said.month and self.year in (None, said.year) and self.day in (None, said.day)


@dataclass(slots=True)
class Dates:
    """The days and times that were found so far. `unclear`: one of them could be two days, or is none."""

    days: set[Day] = field(default_factory=set)
    literals: set[str] = field(default_factory=set)  # times, weekdays, "next week": compared as they are written
    unclear: bool = False

    def cut(self, text: str) -> str:
        """The text without its days and times, each of which is read."""
        kept, end = "", 0
        for found in _when().finditer(text):
            if not self._read(found, text):
                continue
            kept, end = f"{kept}{text[end : found.start()]}{_CUT}", found.end()
        return kept + text[end:]

    def _read(self, found: re.Match[str], text: str) -> bool:
        said = {name: value for name, value in found.groupdict().items() if value is not None}
        if "time" in said:
            self.literals.add(_time(said["hour"], said["minute"], said.get("half", "")))
        elif "o_clock" in said:
            self.literals.add(_time(said["full"], "00", said.get("noon", "")))
        elif "weekday" in said:
            self.literals.add(said["weekday"].casefold())
        elif "relative" in said:
            self.literals.add(" ".join(said["relative"].casefold().split()))
        elif "na" in said:
            self._numeric(int(said["na"]), int(said["nb"]), _year(said["ny"]))
        elif "iy" in said:
            self._day(int(said["iy"]), int(said["im"]), int(said["id"]))
        elif "am" in said:
            word = said["am"]
            if word.casefold() in _ALSO_VERBS and (word[0].islower() or opens_sentence(text, found.start())):
                return False
            self.days.add(Day(None, _MONTHS[word.casefold()], None))
        else:
            month = next(said[name] for name in ("dm", "mm", "om", "pm", "ym") if name in said)
            year = next((_year(said[name]) for name in ("dy", "my", "oy", "py", "yy") if name in said), None)
            day = next((int(said[name]) for name in ("dd", "md") if name in said), None)
            if (word := said.get("ow") or said.get("pw")) is not None:
                day = _ORDINALS["-".join(word.casefold().replace("-", " ").split())]
            self._day(year, _MONTHS[month.casefold()], day)
        return True

    def _numeric(self, first: int, second: int, year: int) -> None:
        """3/4/2027 is two days at once: whoever reads it may take it for the other one."""
        readings = {
            (year, month, day) for month, day in ((second, first), (first, second)) if _exists(year, month, day)
        }
        self.unclear = self.unclear or len(readings) != 1
        for each in readings:
            self.days.add(Day(*each))

    def _day(self, year: int | None, month: int, day: int | None) -> None:
        if not _exists(year or 2024, month, day or 1):
            self.unclear = True
        self.days.add(Day(year, month, day))


def _year(said: str) -> int:
    digits = said.lstrip("'")
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _time(hour: str, minute: str, half: str) -> str:
    shift = {"a": 0, "p": 12}.get(half.casefold())
    return f"{int(hour) if shift is None else int(hour) % 12 + shift:02}:{minute}"


def opens_sentence(text: str, at: int) -> bool:
    """Does a sentence begin at this place? Then a capital letter says nothing."""
    before = text[:at].rstrip(" “\"'(")
    return not before or before[-1] in ".!?:;"


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar enero",
            "february feb februar febrero",
            "march mar märz marzo",
            "april apr abril",
            "may mai mayo",
            "june jun juni junio",
            "july jul juli julio",
            "august aug agosto",
            "september sept sep septiembre",
            "october oct oktober octubre",
            "november nov noviembre",
            "december dec dezember diciembre",
        ),
        1,
    )
    for name in names.split()
}
_ALSO_VERBS: Final = frozenset({"may", "march", "mar"})
_ORDINAL_WORDS: Final = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third
    twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first
    """
_ORDINALS: Final = {word: number for number, word in enumerate(_ORDINAL_WORDS.split(), 1)}
_CUT: Final = " , "
_month: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ordinal: Final = "|".join(each.replace("-", r"[-\s]") for each in sorted(_ORDINALS, key=len, reverse=True))
_weekday: Final = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"


@lru_cache(maxsize=1)
def _when() -> re.Pattern[str]:
    """Put together when the first draft comes, not when the bot starts: it takes longer than all the rest of here."""
    return re.compile(_WHEN, re.VERBOSE | re.IGNORECASE)


_WHEN: Final = rf"""
    (?<![\w.,/-])(?:
      (?P<iy>[0-9]{{4}})[-/.](?P<im>[0-9]{{1,2}})[-/.](?P<id>[0-9]{{1,2}})(?![\w/-])
    | (?P<na>[0-9]{{1,2}})[-/.](?P<nb>[0-9]{{1,2}})[-/.](?P<ny>[0-9]{{4}}|[0-9]{{2}})(?![\w/-])
    | (?P<time>(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?!\w)(?:\s*(?P<half>[ap])\.?m\b)?)
    | (?P<o_clock>(?P<full>[0-9]{{1,2}})\s*(?:(?P<noon>[ap])\.?m\b|o'clock))
    | (?P<dd>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?(?:\s+(?:day\s+)?(?:of|de))?[\s-]+(?P<dm>{_month})\b\.?
      (?:,?(?:\s+(?:de\s+|of\s+)?|-)(?P<dy>[0-9]{{4}}|'[0-9]{{2}})(?![\w]))?
    | (?:the\s+)?(?P<ow>{_ordinal})(?:\s+(?:day\s+)?of)?\s+(?P<om>{_month})\b(?:,?\s+(?P<oy>[0-9]{{4}})\b)?
    | (?P<mm>{_month})\b\.?\s+(?:the\s+)?(?P<md>[0-9]{{1,2}})(?:st|nd|rd|th)?(?![\w])(?:,?\s+(?P<my>[0-9]{{4}})\b)?
    | (?P<pm>{_month})\b\.?\s+(?:the\s+)?(?P<pw>{_ordinal})\b(?:,?\s+(?P<py>[0-9]{{4}})\b)?
    | (?P<ym>{_month})\b\.?,?\s+(?:of\s+|de\s+)?(?P<yy>[0-9]{{4}})\b
    | (?P<am>{_month})\b
    | (?P<weekday>{_weekday})(?=s?\b)
    | (?P<relative>today|tomorrow|yesterday|tonight|overmorrow
      |(?:this|next|last|past|coming|previous|following)\s+(?:{_weekday}|week|weekend|month|quarter|year|morning|evening))\b
    )
    """
