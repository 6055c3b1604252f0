"""The pages in a folder: which there are, and their bytes. Nothing outside the folder is read, whatever a link says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.knowledge.faults import Fault

PAGE_MOST: Final = 100_000  # bytes
PAGES_MOST: Final = 300
ALL_MOST: Final = 3_000_000  # bytes of all pages of a folder together
NAME_MOST: Final = 200
FOLDERS_MOST: Final = 1_000

Seen = tuple[int, ...]  # what shows that a file is still the one that was read


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page as it lies there: its name in the knowledge folder, where to read it, and what to know it again by."""

    name: str
    path: Path
    seen: Seen
    size: int


def pages_in(knowledge: Path, folder: str, faults: list[Fault]) -> list[PageFile]:
    """The pages of one folder in the order of their names. A folder that is not there has none."""
    root = knowledge / folder
    if not os.path.lexists(root):
        return []
    if not root.is_dir():
        faults.append(Fault(folder, "folder", "it is not a folder", f"make {folder}/ a folder with pages in it"))
        return []
    found: list[PageFile] = []
    left = ALL_MOST
    for page in sorted(_walk(root, root.resolve(), folder, faults), key=lambda page: page.name):
        left -= min(page.size, PAGE_MOST)
        if len(found) == PAGES_MOST or left < 0:
            wrong = f"it holds more than {PAGES_MOST} pages or {ALL_MOST:,} bytes; the last by name are left out"
            faults.append(Fault(folder, "folder", wrong, "keep what people ask about, and move the rest elsewhere"))
            break
        found.append(page)
    return found


def read_bytes(page: PageFile, faults: list[Fault]) -> tuple[bytes, Seen] | None:
    """The content of a page, and what it looked like when it was read. None when it cannot be or is gone."""
    try:
        # Not following a link and not waiting: between the look and now, something else may have been put there.
        handle = os.open(page.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                faults.append(Fault(page.name, "file", "it is not a file", "put a text file there, or remove it"))
                return None
            content = file.read(PAGE_MOST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        faults.append(Fault(page.name, "file", f"it cannot be read: {error.strerror}", "check who may read it"))
        return None
    if len(content) > PAGE_MOST:
        wrong = f"it has more than {PAGE_MOST:,} bytes"
        faults.append(Fault(page.name, "file", wrong, "split it into pages, each about one thing"))
        return None
    return content, seen_of(status)


def seen_of(status: os.stat_result) -> Seen:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _walk(root: Path, real_root: Path, name: str, faults: list[Fault]) -> Iterator[PageFile]:
    waiting = [(root, name)]
    looked_at = 0
    while waiting:
        folder, name = waiting.pop()
        looked_at += 1
        if looked_at > FOLDERS_MOST:
            wrong = f"it holds more than {FOLDERS_MOST:,} folders"
            faults.append(Fault(name.partition("/")[0], "folder", wrong, "remove folders that hold no pages"))
            return
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            faults.append(Fault(name, "folder", f"it cannot be read: {error.strerror}", "check who may read it"))
            continue
        for entry in listed:
            if entry.name.startswith("."):
                continue
            inner = f"{name}/{entry.name}"
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), inner))
                elif (page := _page(entry, inner, real_root, faults)) is not None:
                    yield page
            except OSError as error:
                shown = f"{name}/{ascii(entry.name)[1:-1]}"
                faults.append(Fault(shown, "file", f"it cannot be read: {error.strerror}", "check what it is"))


def _page(entry: os.DirEntry[str], name: str, real_root: Path, faults: list[Fault]) -> PageFile | None:
    low = entry.name.lower()
    if entry.is_symlink() and Path(entry.path).is_dir():
        faults.append(
            Fault(name, "folder", "it is a link to a folder", "put the folder itself here, or remove the link")
        )
        return None
    if not low.endswith(".md") or low == "readme.md":
        return None
    if not name.isprintable() or len(name) > NAME_MOST:
        shown = ascii(name)[1:-1][:NAME_MOST]
        faults.append(Fault(shown, "name", "the name is too long or cannot be shown", "rename it, such as phones.md"))
        return None
    path = Path(entry.path)
    if entry.is_symlink():
        path = path.resolve()
        if not path.is_relative_to(real_root):
            wrong = "it is a link that leads outside this folder"
            faults.append(Fault(name, "file", wrong, "put the file itself here, or remove the link"))
            return None
    status = path.stat()
    return PageFile(name, path, seen_of(status), status.st_size)
