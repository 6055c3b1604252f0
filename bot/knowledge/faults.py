"""Reading tables so that all faults are found at once, each with its fix. It does not know what the files mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

TOP: Final = "top of the file"

Chosen = TypeVar("Chosen", bound=StrEnum)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in the knowledge folder, and how to put it right."""

    file: str
    entry: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file} · {self.entry} · {self.wrong} · {self.fix}"


class KnowledgeFaults(Exception):
    """The knowledge folder cannot be used. `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Entry:
    """One table while it is read.

    A getter that finds something wrong notes the fault and returns a harmless stand-in, so that reading goes on to the
    next fault. `sound` says whether what was read may be used.
    """

    def __init__(self, raw: Mapping[str, object], file: str, name: str, faults: list[Fault]) -> None:
        self.file, self.name = file, name
        self._raw, self._faults, self._known = raw, faults, set[str]()
        self._faults_before = len(faults)

    @property
    def sound(self) -> bool:
        """No fault was noted since this entry was opened."""
        return len(self._faults) == self._faults_before

    def fault(self, wrong: str, fix: str) -> None:
        self._faults.append(Fault(self.file, self.name, wrong, fix))

    def rename(self, name: str) -> None:
        """Use a better name in faults, once the entry's own id has been read."""
        self.name = name

    def has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._raw

    def is_list(self, key: str) -> bool:
        return isinstance(self._raw.get(key), list)

    def text(self, key: str, *, most: int) -> str:
        """One line of at most `most` characters."""
        found = self._take(key, str, "", "text in quotes")
        if key not in self._raw or not isinstance(self._raw[key], str):
            return found
        if not found.strip() or "\n" in found:
            self.fault(f"{key} is empty or has a line break", f"write {key} as one line")
        elif len(found) > most:
            self.fault(f"{key} has {len(found)} characters", f"shorten it to {most}: {found[:40]!r}…")
        return found

    def number(self, key: str, *, least: int = 0, most: int = 1000) -> int:
        found = self._take(key, int, least, "a whole number")
        return self._within(key, found, least, most)

    def flag(self, key: str) -> bool:
        """True or false; false when left out."""
        return self._take(key, bool, False, "true or false") if self.has(key) else False

    def one_of(self, key: str, choices: type[Chosen]) -> Chosen:
        found = self._take(key, str, "", "text in quotes")
        if found in {choice.value for choice in choices}:
            return choices(found)
        if isinstance(self._raw.get(key), str):
            self.fault(f"{key} is {found!r}", f"use one of {', '.join(choice.value for choice in choices)}")
        return next(iter(choices))

    def texts(self, key: str) -> tuple[str, ...]:
        return self._list(key, str, "texts in quotes")

    def numbers(self, key: str, *, count: int | None = None, most: int = 1000) -> tuple[int, ...]:
        found = self._list(key, int, "whole numbers")
        if count is not None and found and len(found) != count:
            self.fault(f"{key} has {len(found)} numbers", f"write exactly {count}")
            return ()
        return tuple(self._within(key, number, 0, most) for number in found)

    def lists(self, key: str) -> tuple[list[object], ...]:
        found: tuple[list[object], ...] = self._list(key, list, "lists")
        return found

    def table(self, key: str) -> Entry:
        """The table under this key, named after both."""
        found: dict[str, object] = self._take(key, dict, {}, f"a table: [{key}]")
        return Entry(found, self.file, key if self.name == TOP else f"{self.name}.{key}", self._faults)

    def tables(self, key: str) -> list[Entry]:
        """The list of tables under this key, named by their number from 1."""
        found: list[dict[str, object]] = list(self._list(key, dict, "tables"))
        above = "" if self.name == TOP else f"{self.name}, "
        return [Entry(raw, self.file, f"{above}{key} {at}", self._faults) for at, raw in enumerate(found, 1)]

    def names(self) -> tuple[str, ...]:
        """All keys, for tables whose keys are names; they then count as known."""
        self._known.update(self._raw)
        return tuple(self._raw)

    def points(self, codes: Iterable[str], *, most: int = 100) -> dict[str, int]:
        """A table that gives a number to each of these codes, and to nothing else."""
        found = {code: self.number(code, most=most) for code in codes}
        self.close()
        return found

    def close(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._raw:
            if key not in self._known:
                near = get_close_matches(key, self._known, n=1)
                hint = f"did you mean {near[0]!r}? Known" if near else "remove it. Known"
                self.fault(f"{key!r} is not known here", f"{hint}: {', '.join(sorted(self._known))}")

    def _take(self, key: str, kind: type[Value], stand_in: Value, wanted: str) -> Value:
        if not self.has(key):
            self.fault(f"{key} is missing", f"add {key}: {wanted}")
            return stand_in
        found = self._raw[key]
        # True and false are whole numbers to Python, but nobody means them as such.
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            self.fault(f"{key} is {_kind_name(found)}", f"write {wanted}")
            return stand_in
        return found

    def _list(self, key: str, kind: type[Value], wanted: str) -> tuple[Value, ...]:
        found: list[object] = self._take(key, list, [], f"a list of {wanted}")
        kept = tuple(item for item in found if isinstance(item, kind) and not isinstance(item, bool))
        if len(kept) < len(found) or (key in self._raw and self._raw[key] == []):
            self.fault(f"{key} is not a list of {wanted}", f"write one or more {wanted} in [ ]")
        return kept

    def _within(self, key: str, found: int, least: int, most: int) -> int:
        if least <= found <= most:
            return found
        self.fault(f"{key} is {found}", f"use a number from {least} to {most}")
        return least


def _kind_name(found: object) -> str:
    match found:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a table"
    return "a date or time"
