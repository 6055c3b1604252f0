"""A copy of the shipped knowledge that a test may break."""

import re
import shutil
from pathlib import Path

import pytest

from bot.knowledge import Fault, Knowledge, KnowledgeFaults, default_folder, load_knowledge


class Folder:
    """A knowledge folder of one's own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def change(self, file: str, old: str, new: str) -> None:
        """Replace the first `old`; a test whose `old` is gone must not pass by accident."""
        page = self.path / file
        text = page.read_text("utf-8")
        assert old in text, f"{old!r} is not in {file}"
        page.write_text(text.replace(old, new, 1), "utf-8")

    def change_question(self, question_id: str, old: str, new: str) -> None:
        """Replace the first `old` within one question."""
        page = next(self.path.glob(f"questions/{question_id[:2].lower()}_*.toml"))
        text = page.read_text("utf-8")
        start = text.index(f'id = "{question_id}"')
        found = re.compile(r"\n\[\[question\]\]|\Z").search(text, start)
        assert found is not None
        part = text[start : found.start()]
        assert old in part, f"{old!r} is not in {question_id}"
        page.write_text(text[:start] + part.replace(old, new, 1) + text[found.start() :], "utf-8")

    def load(self) -> Knowledge:
        return load_knowledge(self.path)

    def faults(self) -> list[Fault]:
        """What loading complains about; nothing, when it loads."""
        try:
            self.load()
        except KnowledgeFaults as found:
            return list(found.faults)
        return []

    def fault(self) -> Fault:
        """The only complaint."""
        found = self.faults()
        assert len(found) == 1, [str(fault) for fault in found]
        return found[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    copy = tmp_path / "knowledge"
    shutil.copytree(default_folder(), copy)
    return Folder(copy)


@pytest.fixture(scope="session")
def shipped() -> Knowledge:
    return load_knowledge(default_folder())
