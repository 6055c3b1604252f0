"""The other commands: each hands over to the wiring, prints what comes back, and ends with the right code."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from bot import wiring
from bot.cli import TOLD, app
from bot.knowledge import Fault as KnowledgeFault
from bot.knowledge import KnowledgeFaults
from bot.wiring import Check

COMMANDS = ["assess", "audit", "check", "client-pack", "demo", "eval", "export", "manifest", "migrate", "run"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory and none of the settings of whoever runs this."""
    from bot.settings import variables

    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'preflight.sqlite3'}")
    monkeypatch.setenv("AUDIT_KEY", "0123456789abcdef" * 4)


def preflight(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def wired(monkeypatch: pytest.MonkeyPatch, name: str, gives: Any = None) -> list[tuple[Any, ...]]:
    """Put a stand-in where the wiring was, which notes what it is given."""
    calls: list[tuple[Any, ...]] = []

    def stand_in(*given: Any, **named: Any) -> Any:
        calls.append((*given, *named.values()))
        if isinstance(gives, Exception):
            raise gives
        return gives

    monkeypatch.setattr(wiring, name, stand_in)
    return calls


def test_help_names_every_command():
    shown = preflight("--help").stdout
    assert all(command in shown for command in COMMANDS)


def test_every_error_with_a_code_of_its_own_exists():
    for module, name in TOLD:
        assert issubclass(getattr(importlib.import_module(module), name), Exception)


def test_check_prints_a_line_each_and_ends_well_when_all_is_well(monkeypatch: pytest.MonkeyPatch):
    wired(monkeypatch, "check", [Check("knowledge", True, "66 questions"), Check("model", True, "none set")])
    result = preflight("check")
    assert result.stdout.splitlines() == ["ok     knowledge: 66 questions", "ok     model: none set"]
    assert result.exit_code == 0


def test_check_ends_with_1_on_any_fault(monkeypatch: pytest.MonkeyPatch):
    wired(monkeypatch, "check", [Check("slack", False, "not reached"), Check("model", True, "none set")])
    result = preflight("check")
    assert result.stdout.splitlines()[0] == "FAULT  slack: not reached"
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], 1),
        (["run"], 2),
        (["migrate"], 2),
        (["export", "decisions"], 2),
        (["audit", "verify"], 2),
    ],
)
def test_all_faults_of_the_settings_are_told_one_a_line(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PORT", "lots")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "secret-but-wrong")
    result = preflight(*arguments)
    assert result.exit_code == code
    assert sorted(line.split()[0] for line in result.stderr.splitlines()) == ["PORT", "SLACK_BOT_TOKEN"]
    assert "secret-but-wrong" not in result.output
    assert "Traceback" not in result.output


def test_run_says_which_settings_are_missing_and_where_to_get_them():
    result = preflight("run")
    assert result.exit_code == 2
    told = result.stderr.splitlines()
    assert [line.split()[0] for line in told] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SECURITY_CHANNEL",
        "SECURITY_LEADS",
    ]
    assert all("Slack" in line for line in told)


def test_run_on_a_database_without_tables_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch):
    for name, value in (
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_SIGNING_SECRET", "abc"),
        ("SECURITY_CHANNEL", "C1"),
        ("SECURITY_LEADS", "U1"),
    ):
        monkeypatch.setenv(name, value)
    result = preflight("run")
    assert (result.exit_code, result.stderr) == (1, "The database has no tables yet. Run: preflight migrate\n")


def test_all_faults_of_the_knowledge_are_told_one_a_line(monkeypatch: pytest.MonkeyPatch):
    faults = [KnowledgeFault("questions/g1.toml", "G1-X", "it is wrong", "mend it") for _ in range(3)]
    wired(monkeypatch, "run", KnowledgeFaults(faults))
    result = preflight("run")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == ["questions/g1.toml · G1-X · it is wrong · mend it"] * 3


def test_a_fault_nobody_expected_is_not_hidden(monkeypatch: pytest.MonkeyPatch):
    wired(monkeypatch, "run", ZeroDivisionError("surprise"))
    assert isinstance(preflight("run").exception, ZeroDivisionError)


def test_migrate_brings_the_database_up_to_date_and_says_so():
    assert preflight("migrate").stdout.startswith("The database is up to date")
    again = preflight("migrate")
    assert (again.exit_code, "up to date" in again.stdout) == (0, True)


def test_an_empty_trail_verifies_and_exports():
    preflight("migrate")
    verified = preflight("audit", "verify")
    assert verified.exit_code == 0
    assert "no events yet" in verified.stdout
    assert json.loads(preflight("export", "audit", "--format", "json").stdout) == []
    assert preflight("export", "decisions").stdout.startswith("id,tool,outcome,")


def test_a_broken_trail_ends_with_1(monkeypatch: pytest.MonkeyPatch):
    calls = wired(monkeypatch, "verify_audit", Check("audit", False, "row 3: its content was changed"))
    result = preflight("audit", "verify", "--head", "7:abc")
    assert (result.exit_code, result.stdout) == (1, "row 3: its content was changed\n")
    assert calls[0][1] == "7:abc"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_export_writes_what_the_records_hold(form: str, monkeypatch: pytest.MonkeyPatch):
    calls = wired(monkeypatch, "export_rows", (["tool", "why"], [{"tool": "Otter", "why": "=1+1"}]))
    result = preflight("export", "decisions", "--format", form)
    assert calls[0][1] == "decisions"
    if form == "csv":
        assert result.stdout_bytes == b"tool,why\r\nOtter,'=1+1\r\n"
    else:
        assert json.loads(result.stdout) == [{"tool": "Otter", "why": "=1+1"}]


@pytest.mark.parametrize("arguments", [["export", "secrets"], ["export", "audit", "--format", "xml"], ["export"]])
def test_only_decisions_and_the_audit_trail_are_exported(arguments: list[str]):
    assert preflight(*arguments).exit_code == 2


def test_demo_hands_over_port_file_and_browser(monkeypatch: pytest.MonkeyPatch):
    calls = wired(monkeypatch, "demo")
    preflight("demo", "--port", "4000", "--db", "kept.sqlite3", "--no-browser")
    preflight("demo")
    assert calls[0] == (4000, Path("kept.sqlite3"), False)
    assert calls[1][1:] == (None, True)


@pytest.mark.parametrize("port", ["-1", "70000", "many"])
def test_demo_refuses_what_is_no_port(port: str, monkeypatch: pytest.MonkeyPatch):
    calls = wired(monkeypatch, "demo")
    assert preflight("demo", "--port", port).exit_code == 2
    assert calls == []


@pytest.mark.parametrize("arguments", [[], ["--socket"]])
def test_the_manifest_is_for_socket_mode_unless_an_address_is_given(arguments: list[str]):
    result = preflight("manifest", *arguments)
    assert yaml.safe_load(result.stdout)["settings"]["socket_mode_enabled"] is True


def test_the_manifest_for_an_address_sends_everything_there():
    manifest = yaml.safe_load(preflight("manifest", "--url", "https://preflight.example.com").stdout)
    assert manifest["settings"]["interactivity"]["request_url"] == "https://preflight.example.com/slack/events"


@pytest.mark.parametrize("arguments", [["--url", "http://a.example"], ["--socket", "--url", "https://a.example"]])
def test_an_address_slack_cannot_use_is_refused(arguments: list[str]):
    result = preflight("manifest", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
