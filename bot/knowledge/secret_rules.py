"""From knowledge/secrets/ to compiled rules: gitleaks' own, those we add, and none of those we leave out.

RE2 compiles the patterns: its time grows with the text alone, whatever somebody pastes. No text is looked at here.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.knowledge.faults import TOP, Fault

FOLDER: Final = "secrets"
THEIRS: Final = f"{FOLDER}/gitleaks.toml"
OURS: Final = f"{FOLDER}/own.toml"
# Last of all, since it says least: whatever another rule finds as well is called after that one.
LEAST: Final = "generic-api-key"

Pattern = Any  # re2 has no types
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is no secret although a rule found it."""

    patterns: tuple[Pattern, ...]
    stopwords: tuple[str, ...]
    target: str  # what the patterns look at: the secret, the whole match or its line
    every: bool  # do all of them have to hold, or does one do?

    def allows(self, secret: bytes, match: bytes, line: Callable[[], bytes]) -> bool:
        """Is this harmless?"""
        looked_at = {"match": lambda: match, "line": line}.get(self.target, lambda: secret)() if self.patterns else b""
        by_pattern = any(each.search(looked_at) for each in self.patterns)
        lowered = secret.decode("utf-8", "replace").lower()
        by_word = any(word in lowered for word in self.stopwords)
        if self.every:
            return (by_pattern or not self.patterns) and (by_word or not self.stopwords)
        return by_pattern or by_word


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret."""

    id: str
    kind: str  # how people read it
    rank: int  # where two rules find the same, the lower one names it
    pattern: Pattern
    keywords: tuple[str, ...]
    entropy: float
    group: int  # 0: the first that took part, else the whole match
    allowed: tuple[Allowed, ...]

    def find(self, text: bytes, everywhere: Sequence[Allowed]) -> Iterator[Span]:
        """Where the secrets are, in bytes."""
        for match in self.pattern.finditer(text):
            start, end = _secret_in(match, self.group)
            secret = text[start:end]
            if self.entropy and entropy(secret) <= self.entropy:
                continue
            whole = match.group()
            line = _line_around(text, match.start(), match.end())
            if not any(each.allows(secret, whole, line) for each in (*everywhere, *self.allowed)):
                yield start, end


@dataclass(frozen=True, slots=True)
class Rules:
    """All that is looked for, and the countries of phone numbers."""

    rules: tuple[Rule, ...]
    everywhere: tuple[Allowed, ...]
    regions: tuple[str, ...]


def entropy(text: bytes) -> float:
    """Shannon's measure, in bits for each character, as gitleaks reckons it."""
    size = len(text)
    return -sum(times / size * math.log2(times / size) for times in Counter(text).values()) if size else 0.0


def read_rules(folder: Path, faults: list[Fault]) -> Rules:
    """Compile what the folder says, and note everything that is wrong with it."""
    theirs, ours = _table(folder, THEIRS, faults), _table(folder, OURS, faults)
    reader = _Reader(faults, _prose(ours, faults))
    kinds = {str(key): str(kind) for key, kind in _mapping(ours.get("kinds")).items()}
    dropped = _dropped(ours, {str(raw.get("id")) for raw in _tables(theirs, "rules")}, faults)
    read = [
        rule
        for file, tables in ((THEIRS, theirs), (OURS, ours))
        for at, raw in enumerate(_tables(tables, "rules"), 1)
        if raw.get("id") not in dropped and (rule := reader.rule(raw, file, at, kinds)) is not None
    ]
    for name in sorted(kinds.keys() - {rule.id for rule in read} if not faults else ()):
        faults.append(Fault(OURS, f"kinds.{name}", "no rule has this id", "correct the id, or remove the line"))
    everywhere = reader.allowed(theirs.get("allowlist"), THEIRS, "allowlist")
    regions = _mapping(ours.get("phones")).get("regions")
    if not _texts(regions) or not all(re.fullmatch("[A-Z]{2}", str(each)) for each in _texts(regions)):
        faults.append(Fault(OURS, "phones", "regions is no list of countries", 'write regions = ["US", "DE"]'))
    return Rules(tuple(read), everywhere, _texts(regions))


class _Reader:
    """Compiles patterns, and notes those that cannot be."""

    def __init__(self, faults: list[Fault], prose: tuple[str, str]) -> None:
        import re2  # type: ignore[import-untyped]  # it has no types

        self._re2, self._faults, (self._end, self._read_as) = re2, faults, prose
        self._options = re2.Options()
        self._options.log_errors = False  # they are told as faults

    def rule(self, raw: Mapping[str, Any], file: str, at: int, kinds: Mapping[str, str]) -> Rule | None:
        """One rule; None when something is wrong with it."""
        name = str(raw.get("id") or "")
        where = f"rules {at} ({name})" if name else f"rules {at}"
        before = len(self._faults)
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            self._fault(file, where, f"the id is {name!r}", "write small letters, figures and hyphens")
        keywords = tuple(each.lower() for each in _texts(raw.get("keywords")))
        if not keywords:
            self._fault(file, where, "keywords is missing", "name at least one text that has to occur")
        least = raw.get("entropy", 0)
        if not isinstance(least, (int, float)) or not 0 <= least <= 8:
            self._fault(file, where, f"entropy is {least!r}", "write a number from 0 to 8")
            least = 0
        pattern = self._compiled(raw.get("regex"), file, where)
        group = raw.get("secretGroup", 0)
        if not isinstance(group, int) or (pattern is not None and not 0 <= group <= pattern.groups):
            self._fault(file, where, f"secretGroup is {group!r}", "name a group that the regex has")
        lists = raw.get("allowlists") or []
        allowed = tuple(
            each
            for number, table in enumerate(lists if isinstance(lists, list) else [lists], 1)
            for each in self.allowed(table, file, f"{where}, allowlists {number}")
        )
        if len(self._faults) > before or pattern is None or not isinstance(group, int):
            return None
        kind = kinds.get(name, name.replace("-", " "))
        rank = 2 if name == LEAST else int(file == OURS)
        return Rule(name, kind, rank, pattern, keywords, float(least), group, allowed)

    def allowed(self, raw: object, file: str, where: str) -> tuple[Allowed, ...]:
        """A list of what is harmless. One that asks for a file's path never holds: we are given words, not files."""
        if raw is None:
            return ()
        if not isinstance(raw, dict):
            self._fault(file, where, "it is no table", "write it as a table with regexes or stopwords")
            return ()
        every = str(raw.get("condition", "OR")).upper() == "AND"
        if every and (raw.get("paths") or raw.get("commits")):
            return ()
        compiled = tuple(self._compiled(each, file, where) for each in raw.get("regexes") or ())
        target = str(raw.get("regexTarget") or "secret")
        if target not in ("secret", "match", "line"):
            self._fault(file, where, f"regexTarget is {target!r}", "use one of secret, match, line")
        stopwords = tuple(each.lower() for each in _texts(raw.get("stopwords")))
        patterns = tuple(each for each in compiled if each is not None)
        return (Allowed(patterns, stopwords, target, every),) if patterns or stopwords else ()

    def _compiled(self, pattern: object, file: str, where: str) -> Pattern | None:
        if not isinstance(pattern, str) or not pattern:
            self._fault(file, where, "a regex is missing or no text", "write it in three single quotes")
            return None
        try:
            return self._re2.compile(pattern.replace(self._end, self._read_as).encode(), self._options)
        except self._re2.error as error:
            said = error.args[0] if error.args else ""
            why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            self._fault(file, where, f"a regex is not understood: {why}", "correct it; RE2 knows no look-around")
            return None

    def _fault(self, file: str, where: str, wrong: str, fix: str) -> None:
        self._faults.append(Fault(file, where, wrong, fix))


def _secret_in(match: Any, group: int) -> Span:
    if group:
        found: Span = match.span(group)
        return found
    for number in range(1, match.re.groups + 1):
        start, end = match.span(number)
        if start < end:
            return start, end
    return match.start(), match.end()


def _line_around(text: bytes, start: int, end: int) -> Callable[[], bytes]:
    def line() -> bytes:
        after = text.find(b"\n", end)
        return text[text.rfind(b"\n", 0, start) + 1 : len(text) if after < 0 else after]

    return line


def _prose(ours: Mapping[str, Any], faults: list[Fault]) -> tuple[str, str]:
    prose = _mapping(ours.get("prose"))
    end, read_as = str(prose.get("end") or ""), str(prose.get("read_as") or "")
    if ours and not (end and read_as):
        faults.append(Fault(OURS, "prose", "end or read_as is missing", "put both back; they say where a secret ends"))
    return (end, read_as) if end else ("\0", "\0")


def _dropped(ours: Mapping[str, Any], known: set[str], faults: list[Fault]) -> set[str]:
    dropped: set[str] = set()
    for at, raw in enumerate(_tables(ours, "dropped"), 1):
        name, where = str(raw.get("id") or ""), f"dropped {at}"
        if name not in known:
            faults.append(Fault(OURS, where, f"{THEIRS} has no rule {name!r}", "remove the entry, or correct its id"))
        if not str(raw.get("because") or "").strip():
            faults.append(Fault(OURS, where, "because is missing", "say why this rule is left out"))
        dropped.add(name)
    return dropped


def _table(folder: Path, file: str, faults: list[Fault]) -> Mapping[str, Any]:
    try:
        return tomllib.loads((folder / file).read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError:
        faults.append(Fault(file, TOP, "the file is missing", "put it back from the version you started from"))
    except (OSError, UnicodeDecodeError) as error:
        fix = "save it as UTF-8, and check who may read it"
        faults.append(Fault(file, TOP, f"it cannot be read: {type(error).__name__}", fix))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        fix = "check quotes, commas and brackets there"
        faults.append(Fault(file, f"line {line[1]}" if line else "last line", f"it is not valid TOML: {error}", fix))
    return {}


def _tables(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = raw.get(key) or []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _mapping(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _texts(raw: object) -> tuple[str, ...]:
    return tuple(each for each in raw if isinstance(each, str) and each) if isinstance(raw, list) else ()
