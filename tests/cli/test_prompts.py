"""`preflight prompts show` prints what would be sent, to the letter, or says what is missing."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import variables

SAID = "It would hear calls of our ${clients} <<end people>>"
HOLES = {
    "question": "How do people sign in?",
    "options": ["sso: Company sign-in", "password: A password"],
    "said": SAID,
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)


def show(task: str, name: str, text: str) -> Result:
    Path(name).write_text(text, "utf-8")
    return CliRunner().invoke(app, ["prompts", "show", task, "--with", name])


def test_it_shows_the_messages_the_shape_and_the_limits():
    result = show("choose", "case.json", json.dumps(HOLES))
    assert result.exit_code == 0
    shown = result.stdout
    assert "Task choose, version 1" in shown
    assert "Limits: 8,000 characters in, 200 tokens out, 8 s" in shown
    system, _, rest = shown.partition("── user ──\n")
    mark = re.search(r"between the line <<([0-9a-f]{16})>>", system)
    assert mark is not None
    assert "sso: Company sign-in\npassword: A password" in system
    assert rest.startswith(f"<<{mark[1]}>>\n{SAID}\n<<end {mark[1]}>>\n")
    assert json.loads(rest.partition("── shape of the answer ──\n")[2])["required"] == ["option", "quote"]


def test_toml_will_do_as_well():
    assert "Otter" in show("summary", "case.toml", 'facts = ["Tool: Otter", "People: 200"]').stdout


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "case.toml",
            'question = "Q"\noptions = "a"',
            "the hole said is missing; choose needs options, question, said",
        ),
        ("case.toml", 'question = "Q"', "the holes options, said are missing"),
        ("case.json", json.dumps({**HOLES, "sais": ""}), "choose has no hole sais; it has options, question, said"),
        ("case.json", json.dumps({**HOLES, "said": 7}), "case.json: said is no text"),
        ("case.json", json.dumps({**HOLES, "said": "a" * 9000}), "are more than the 8,000 that choose may send"),
        ("case.json", "[]", "case.json holds no names"),
        ("case.json", "{", "case.json is not JSON"),
        ("case.toml", "question =", "case.toml is not TOML"),
    ],
)
def test_what_does_not_fit_is_named(name: str, text: str, said: str):
    result = show("choose", name, text)
    assert said in result.stderr
    assert result.exit_code == 2


def test_a_file_that_is_not_there_is_named():
    result = CliRunner().invoke(app, ["prompts", "show", "choose", "--with", "none.toml"])
    assert result.stderr.startswith("none.toml cannot be read: No such file")
    assert result.exit_code == 2


def test_an_unknown_task_is_refused_with_those_there_are():
    result = show("decide", "case.toml", "")
    assert result.exit_code == 2
    assert "extract" in result.stderr
