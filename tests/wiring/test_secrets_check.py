"""`preflight check` says whether the rules for secrets can be used, and names what is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.knowledge import default_folder
from bot.settings import load_settings, variables
from bot.wiring.checks import Check, check_all


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    return Path(shutil.copytree(default_folder(), tmp_path / "knowledge"))


def lines(folder: Path) -> list[Check]:
    settings = load_settings(
        env_file=None, database_url=f"sqlite:///{folder.parent / 'x.sqlite3'}", knowledge_dir=folder
    )
    return [each for each in check_all(settings) if each.name == "secrets"]


def test_rules_that_can_be_used_are_counted(folder: Path):
    (line,) = lines(folder)
    assert line.ok
    assert line.text.endswith("kinds are taken out of what people write")


def test_a_broken_rule_is_a_line_of_its_own_with_its_fix(folder: Path):
    own = folder / "secrets" / "own.toml"
    own.write_text(own.read_text("utf-8").replace('keywords = ["sig="]', "keywords = []"), "utf-8")
    (line,) = lines(folder)
    assert not line.ok
    assert "secrets/own.toml · rules" in line.text
    assert "(azure-signature) · keywords is missing · name at least one text" in line.text
