"""`preflight eval`: a table for people, a file for machines, and clear words where it cannot measure."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import variables
from tests.llm.endpoint import KEY, MODEL, Endpoint, nothing

CASE = """
[[case]]
id = "a"
half = "{half}"
lang = "en"
said = [{{ by = "U_ANA", text = "Is Otter.ai safe for the purple platypus team of 30 people?" }}]
tool = "Otter.ai"
seats = 31
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a little labelled data, and none of the settings of whoever runs this."""
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    folder = tmp_path / "tests" / "evaluation"
    folder.mkdir(parents=True)
    (folder / "sentences.toml").write_text(CASE.format(half="tune"))
    return folder


def preflight(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments])


def test_it_measures_the_data_of_the_working_directory_and_says_that_there_is_no_model():
    ran = preflight()
    assert ran.exit_code == 0, ran.output
    assert "On the tuning half" in ran.stdout
    assert "On the test half" in ran.stdout
    assert "no model set up" in ran.stdout
    assert "precision" in ran.stdout
    assert "By rules alone, 1.000 of the cases need correction, 1.000 hold something wrong." in ran.stdout
    assert "platypus" not in ran.stdout


def test_the_words_that_were_misread_are_listed_only_when_asked_for():
    ran = preflight("--misses", "--half", "tune", "--only", "rules")
    assert "platypus" in ran.stdout
    assert "wrong: seats 30" in ran.stdout
    assert "missed: seats 31" in ran.stdout
    assert "test half" not in ran.stdout


def test_the_words_of_the_test_half_are_never_listed(data: Path):
    (data / "sentences.toml").write_text(CASE.format(half="test"))
    ran = preflight("--misses")
    assert "On the test half" in ran.stdout
    assert "platypus" not in ran.stdout


def test_all_figures_go_into_a_file(tmp_path: Path):
    ran = preflight("--json", "figures.json", "--only", "rules", "--half", "tune")
    assert ran.exit_code == 0
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["halves"]["tune"]["rules"]["total"] == {"right": 1, "wrong": 1, "missed": 1}
    assert found["halves"]["tune"]["rules"]["precision"]["total"] == 0.5
    assert found["model"] is None


def test_a_model_given_by_name_is_the_one_that_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint_aside: Endpoint
):
    monkeypatch.setenv("OPENAI_BASE_URL", endpoint_aside.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_MODEL", "another")
    endpoint_aside.says = nothing
    ran = preflight("--model", MODEL, "--half", "tune", "--json", "figures.json")
    assert ran.exit_code == 0, ran.output
    assert MODEL in ran.stdout
    assert "Calls of the model" in ran.stdout
    assert endpoint_aside.requests[0].body["model"] == MODEL
    assert json.loads((tmp_path / "figures.json").read_text())["calls"]["extract"]["calls"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--data", "nowhere"), 2, "nowhere is no folder"),
        (("--only", "model"), 1, "No model is set up"),
        (("--model", "some"), 1, "cannot be reached"),
        (("--json", "nowhere/figures.json"), 2, "there is no folder nowhere"),
    ],
)
def test_where_it_cannot_measure_it_says_why(arguments: tuple[str, ...], code: int, says: str):
    ran = preflight(*arguments)
    assert ran.exit_code == code
    assert says in ran.output
    assert "Traceback" not in ran.output
