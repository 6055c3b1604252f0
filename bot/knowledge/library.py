"""The library: all passages, searched; and pages that change while we run. It answers with passages, never with a yes.

A page with a fault is left out as a whole and named: a policy that is half there would be taken for all of it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import time_ns
from typing import Final

from bot.domain.bank import Guideline, Question
from bot.domain.passage import Passage, Shelf
from bot.knowledge.faults import TOP, Entry, Fault
from bot.knowledge.folders import PageFile, Seen, pages_in, read_bytes
from bot.knowledge.passages import guideline_passages, page_passages, question_passages
from bot.knowledge.search import Findings, Hit, Index
from bot.knowledge.synonyms import ASKED_FILE, NO_SYNONYMS, SYNONYMS_FILE, Synonyms, read_asked, read_synonyms

__all__ = ["Broken", "Findings", "Hit", "Library"]

FOLDERS: Final[Mapping[str, Shelf]] = {"references": Shelf.REFERENCE, "policies": Shelf.POLICY}
FRESH_NS: Final = 2_000_000_000  # a file written so short a time ago may be written again at the same time by its clock


@dataclass(frozen=True, slots=True)
class Broken:
    """A page that is left out: what is wrong with it, and a digest that changes when its content does."""

    file: str
    digest: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it was read, good or not."""

    seen: Seen | None  # None: look again next time
    digest: str
    passages: tuple[Passage, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Shelved:
    """All that is known at one moment; replaced as a whole."""

    index: Index
    broken: tuple[Broken, ...]
    by_id: Mapping[str, Passage] = field(default_factory=dict)


class Library:
    """Finds passages in what the knowledge folder holds. Making one reads nothing; the first use does."""

    def __init__(self, folder: Path, guidelines: Mapping[str, Guideline], questions: Iterable[Question]) -> None:
        self._folder, self._guidelines, self._questions = folder, guidelines, tuple(questions)
        self._changing = Lock()
        self._pages: dict[str, _Page] = {}
        self._ours: tuple[Passage, ...] = ()
        self._synonyms: Synonyms = NO_SYNONYMS
        self._asked: Mapping[str, str] = {}
        self._faults_of_ours: tuple[Fault, ...] = ()
        self._about_folders: tuple[Broken, ...] = ()
        self._settled: frozenset[Broken] = frozenset()
        self._told: frozenset[Broken] = frozenset()
        self._shelved: _Shelved | None = None

    @property
    def built(self) -> bool:
        """Has it been read? Until then the first use takes some tenths of a second, and belongs on a thread."""
        return self._shelved is not None

    @property
    def passages(self) -> tuple[Passage, ...]:
        return self._now().index.passages

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The pages that are left out at the moment."""
        return self._now().broken

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that is wrong, each with its fix."""
        return (*self._faults_of_ours, *self._of_nothing(), *(fault for page in self.broken for fault in page.faults))

    @property
    def untold(self) -> tuple[Broken, ...]:
        """Pages left out that nobody was told of yet, and that stood so at two looks: one may be half written."""
        return tuple(each for each in self.broken if each in self._settled and each not in self._told)

    def told(self, broken: Iterable[Broken]) -> None:
        """Remember that somebody was told."""
        self._told |= set(broken)

    def passage(self, passage_id: str) -> Passage | None:
        """The passage of this id, if it is still there."""
        return self._now().by_id.get(passage_id)

    def find(self, question: str, most: int = 5) -> Findings:
        """The passages a question is about, the best first. Any thread may ask; once built, in about a millisecond."""
        return self._now().index.find(question, most)

    def refresh(self) -> bool:
        """Read what changed in references/ and policies/, and say whether anything did. Belongs on a thread."""
        with self._changing:
            if self._shelved is None:
                self._read_ours()
            faults: list[Fault] = []
            pages = {
                file.name: self._page(file, shelf)
                for folder, shelf in FOLDERS.items()
                for file in pages_in(self._folder, folder, faults)
            }
            pages = {name: page for name, page in pages.items() if page is not _GONE}
            before, self._pages = self._pages, pages
            about_folders = tuple(_by_file(faults))
            if self._shelved is not None and about_folders == self._about_folders and _same(before, pages):
                self._settled = frozenset(self._shelved.broken)
                return False
            left_out = frozenset(self._shelved.broken) if self._shelved else frozenset()
            self._about_folders = about_folders
            self._shelved = self._shelve()
            self._settled = left_out & frozenset(self._shelved.broken)
            self._told &= frozenset(self._shelved.broken)
            return True

    def _now(self) -> _Shelved:
        if self._shelved is None:
            self.refresh()
        if self._shelved is None:
            raise RuntimeError("the library was read and is not there")
        return self._shelved

    def _page(self, file: PageFile, shelf: Shelf) -> _Page:
        known = self._pages.get(file.name)
        if known is not None and known.seen == file.seen:
            return known
        faults: list[Fault] = []
        read = read_bytes(file, faults)
        if read is None:
            return _Page(None, _digest(*map(str, faults)), (), tuple(faults)) if faults else _GONE
        content, seen = read
        digest = hashlib.sha256(content).hexdigest()
        settled = seen if time_ns() - seen[1] > FRESH_NS else None
        if known is not None and known.digest == digest:
            return _Page(settled, digest, known.passages, known.faults)
        passages = page_passages(file.name, content, shelf, faults)
        return _Page(settled, digest, passages, tuple(faults))

    def _shelve(self) -> _Shelved:
        by_id = {each.id: each for each in self._ours}
        broken = [*self._about_folders]
        for name, page in sorted(self._pages.items()):
            faults = page.faults
            if clash := next((each.id for each in page.passages if each.id in by_id), None):
                faults = (Fault(name, clash, "a passage of this id is there already", "rename the page"),)
            if faults:
                broken.append(Broken(name, page.digest, faults))
            else:
                by_id.update((each.id, each) for each in page.passages)
        index = Index.of(tuple(by_id.values()), self._synonyms, self._asked)
        return _Shelved(index, tuple(broken), by_id)

    def _of_nothing(self) -> Iterator[Fault]:
        """Words for passages that are not there, though their pages are."""
        known = self._now().by_id
        left_out = {each.file for each in self.broken}
        for each in self._asked:
            if each not in known and f"references/{each.partition('#')[0]}.md" not in left_out:
                yield Fault(ASKED_FILE, each, "no passage has this id", "correct the id, or remove the line")

    def _read_ours(self) -> None:
        faults: list[Fault] = []
        synonyms = _entry(self._folder, SYNONYMS_FILE, faults)
        self._synonyms = read_synonyms(synonyms) if synonyms else NO_SYNONYMS
        asked = _entry(self._folder, ASKED_FILE, faults)
        self._asked = read_asked(asked) if asked else {}
        self._faults_of_ours = tuple(faults)
        guidelines = guideline_passages(self._guidelines.values())
        self._ours = (*guidelines, *question_passages(self._questions, self._guidelines))


_GONE: Final = _Page(None, "", (), ())


def _same(before: Mapping[str, _Page], now: Mapping[str, _Page]) -> bool:
    return {name: page.digest for name, page in before.items()} == {name: page.digest for name, page in now.items()}


def _by_file(faults: Iterable[Fault]) -> Iterator[Broken]:
    by_file: dict[str, list[Fault]] = {}
    for fault in faults:
        by_file.setdefault(fault.file, []).append(fault)
    for file, found in by_file.items():
        yield Broken(file, _digest(*map(str, found)), tuple(found))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()


def _entry(folder: Path, file: str, faults: list[Fault]) -> Entry | None:
    """A file of words. Without it, or where it cannot be read, words stand for themselves alone."""
    try:
        text = (folder / file).read_bytes().decode("utf-8-sig")
        return Entry(tomllib.loads(text), file, TOP, faults)
    except FileNotFoundError:
        return None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        fix = "check quotes, commas and brackets there"
        faults.append(Fault(file, f"line {line[1]}" if line else TOP, f"it is not valid TOML: {error}", fix))
    except (OSError, UnicodeDecodeError) as error:
        wrong = f"it cannot be read: {type(error).__name__}"
        faults.append(Fault(file, TOP, wrong, "put it back from the version you started from"))
    return None
