"""`preflight assess`: what it prints for people and for machines, and how it refuses what it cannot read."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.cases import assess_all, load
from bot.cli.report import print_report
from bot.domain.policy import Outcome

INTERNAL = """
default = "best"
[profile]
kinds = ["saas"]
data = ["internal"]
users = ["hq_staff"]
seats = 20
clients = []
layers = ["application"]
"""
CALLS = """
[profile]
kinds = ["telephony_acd", "saas"]
data = ["cardholder", "recordings", "customer_pii"]
users = ["wah_agents"]
seats = 10000
clients = 3
layers = ["application", "network", "data", "people"]
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, so that no `.env` of whoever runs this is read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KNOWLEDGE_DIR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def a_file(name: str, text: str) -> str:
    Path(name).write_text(text, "utf-8")
    return name


def assess(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["assess", *arguments], input=stdin)


def as_json(*arguments: str, stdin: str | None = None) -> Any:
    result = assess("--json", *arguments, stdin=stdin)
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


# ── For machines ─────────────────────────────────────────────────────────────────────────────────────────────────────

KEYS = {
    *("tier", "inherent", "asked", "sub_scores", "control_gap", "band", "blockers", "flags", "floors", "verdict"),
    *("approver", "months", "conditions", "rows", "bank_version", "ignored", "improvements", "inferred"),
    *("unknown_facts", "as_of"),
}
GUIDELINES = ["G1", "G2", "G3", "G4", "G5", "G6", "G7"]


def test_a_clean_internal_tool_as_json():
    found = as_json(a_file("case.toml", INTERNAL))
    assert set(found) >= KEYS
    assert (found["verdict"], found["approver"], found["months"]) == ("approve", "self_serve", 12)
    assert (found["tier"], found["inherent"], found["control_gap"], found["band"]) == (1, 20, 0, "Low")
    assert list(found["sub_scores"]) == list(found["flags"]) == GUIDELINES
    assert set(found["flags"].values()) == {"green"}
    assert len(found["asked"]) == 9
    assert (found["conditions"], found["improvements"], found["ignored"], found["as_of"]) == ([], [], [], None)
    assert len(found["bank_version"]) == 64


def test_the_worst_case_as_json_and_its_rows_add_up():
    found = as_json(a_file("case.toml", CALLS + '[answers]\nG1-ACCESS-MFA = "password"\n'))
    assert (found["verdict"], found["approver"], found["band"]) == ("reject", "ciso", "Critical")
    assert found["blockers"] == ["G1-ACCESS-MFA"]
    assert found["floors"] == ["E1", "E3", "E5"]
    assert len(found["asked"]) == 34
    sums: dict[str, int] = {}
    for row in found["rows"]:
        sums[row["part"]] = sums.get(row["part"], 0) + row["points"]
    assert sums["data"] + sums["reach"] + sums["position"] == found["inherent"] == 96
    assert sums["control_gap"] == found["control_gap"] == 100
    assert {code: sums[code] for code in GUIDELINES} == found["sub_scores"]


def test_conditions_say_what_to_do_for_which_question_and_when():
    found = as_json(a_file("case.toml", CALLS + '[answers]\nG1-ACCESS-MFA = "local_mfa"\n'))
    by_question = {each["question"]: each for each in found["conditions"]}
    mfa, keep, standing = by_question["G1-ACCESS-MFA"], by_question["G4-KEEP-TIME"], by_question[None]
    assert (mfa["gap"], mfa["unknown"], mfa["due_days"], mfa["before_go_live"]) == (2, False, 90, False)
    assert (keep["unknown"], keep["due_days"], keep["working_days"], keep["before_go_live"]) == (True, 10, True, True)
    assert keep["text"] == "Find out: How long will it keep our data?"
    assert (standing["due_days"], standing["before_go_live"]) == (None, False)


def test_improvements_say_what_would_change_and_what_it_leads_to():
    found = as_json(a_file("case.toml", INTERNAL + '[answers]\nG1-ACCESS-MFA = "local_mfa"\n'))
    assert found["improvements"] == [
        {
            "changes": [{"question": "G1-ACCESS-MFA", "from": ["local_mfa"], "to": ["sso_mfa"]}],
            "verdict": "approve",
            "approver": "self_serve",
        }
    ]


def test_facts_that_were_added_and_answers_left_out_are_named():
    text = INTERNAL.replace('["saas"]', '["browser_extension"]').replace('["hq_staff"]', '["wah_agents"]')
    found = as_json(a_file("case.toml", text + '[answers]\nG4-CARD-CAPTURE = "is_yes"\n'))
    assert found["ignored"] == ["G4-CARD-CAPTURE"]
    assert [(each["fact"], each["value"]) for each in found["inferred"]] == [
        ("data", "customer_pii"),
        ("layers", "endpoint"),
    ]
    assert all(each["reason"].startswith("I added ") for each in found["inferred"])


def test_facts_nobody_knows_are_named():
    found = as_json(a_file("case.toml", INTERNAL.replace("seats = 20", 'seats = "unknown"')))
    assert (found["unknown_facts"], found["floors"], found["verdict"]) == (["seats"], ["E2"], "needs_security_lead")


def test_several_files_make_a_list_in_their_order():
    found = as_json(a_file("one.toml", INTERNAL), a_file("two.toml", CALLS))
    assert [(each["file"], each["tier"]) for each in found] == [("one.toml", 1), ("two.toml", 4)]


@pytest.mark.parametrize("name", ["case.json", "case", "case.txt"])
def test_json_is_read_too_whatever_the_file_is_called(name: str):
    case = {"default": "best", "profile": {"kinds": ["saas"], "data": ["internal"], "users": ["hq_staff"], "seats": 20}}
    assert as_json(a_file(name, json.dumps(case | {"profile": case["profile"] | {"clients": 0}})))["tier"] == 1


@pytest.mark.parametrize("text", [INTERNAL, "\ufeff" + INTERNAL, INTERNAL.replace("\n", "\r\n")])
def test_standard_input_is_read_as_a_dash(text: str):
    assert as_json("-", stdin=text)["verdict"] == "approve"


# ── Answers that are old ─────────────────────────────────────────────────────────────────────────────────────────────


def dated(on: str, as_of: str | None) -> str:
    first = f"as_of = {as_of}\n" if as_of else ""
    return f'{first}{INTERNAL}[answers]\nG1-ACCESS-LEAVER = {{ answer = "auto", on = {on} }}\n'


@pytest.mark.parametrize(
    ("on", "as_of", "stale"),
    [("2026-08-26", "2026-11-24", []), ("2026-08-25", "2026-11-24", ["G1-ACCESS-LEAVER"])],
)
def test_an_answer_older_than_its_source_stays_fresh_counts_as_not_known(on: str, as_of: str, stale: list[str]):
    found = as_json(a_file("case.toml", dated(on, as_of)))
    assert (found["stale"], found["unknowns"], found["as_of"]) == (stale, stale, as_of)
    assert found["verdict"] == ("approve_with_conditions" if stale else "approve")


def test_a_dated_answer_without_a_day_to_look_from_is_looked_at_today():
    today = datetime.now(UTC).date()
    found = as_json(a_file("case.toml", dated((today - timedelta(days=400)).isoformat(), None)))
    assert found["stale"] == ["G1-ACCESS-LEAVER"]
    assert abs((datetime.fromisoformat(found["as_of"]).date() - today).days) <= 1


# ── For people ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_names_verdict_reasons_conditions_improvement_and_sum():
    name = a_file("case.toml", CALLS + '[answers]\nG1-ACCESS-MFA = "password"\n')
    result = assess(name)
    assert (result.exit_code, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    assert "Not as it stands (reject)" in text
    assert "Ruled out: How do people sign in to it? “User name and password only” (G1-ACCESS-MFA)" in text
    assert "Nobody knows the answer to a question that could rule the tool out. (E1)" in text
    assert "Condition, within 10 working days and before go-live" in text
    assert "Condition, before go-live (within 7 days where it is already in use)" in text
    assert "Inherent risk: data, reach, position together (tier 4) = 96" in text
    assert "3 times the worst guideline, G1 300" in text
    assert "G1-ACCESS-MFA: password, gap 4, weight 3 48" in text


@pytest.mark.parametrize("answer", ["sso_strong", "local_mfa"])
def test_a_mild_verdict_names_who_signs_and_what_would_help(answer: str):
    text = assess(a_file("case.toml", INTERNAL + f'[answers]\nG1-ACCESS-MFA = "{answer}"\n')).stdout
    if answer == "sso_strong":
        assert "Safe to roll out (approve)" in text
        assert ", if" not in text
    else:
        assert "Safe with conditions (approve_with_conditions)" in text
        assert "Safe to roll out, signed by nobody else (self-serve, on record), if" in text


def test_the_report_fits_80_columns_and_holds_no_colour_codes_where_it_is_not_a_terminal():
    result = assess(a_file("case.toml", CALLS))
    assert max(len(line) for line in result.stdout.splitlines()) <= 80
    assert "\x1b" not in result.stdout


def test_nothing_people_wrote_is_read_as_markup():
    name = a_file("[red]case[-].toml", INTERNAL)
    assert "[red]case[-].toml" in assess(name).stdout


def test_every_verdict_has_its_words():
    known = load(None)
    (each,), _ = assess_all([a_file("case.toml", INTERNAL)], known)
    for outcome in Outcome:
        out = io.StringIO()
        shown = replace(each, verdict=replace(each.verdict, outcome=outcome))
        print_report(shown, known, Console(file=out, width=80, markup=False))
        assert f"({outcome.value})" in out.getvalue()


# ── What cannot be read ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_fault_of_every_file_is_named_on_standard_error():
    bad = a_file("bad.toml", '[profile]\nkinds = ["sass"]\nseats = -1\n[answers]\nG1-ACCESS-MFA = "x"\nG9 = "y"\n')
    good = a_file("good.toml", INTERNAL)
    result = assess("--json", bad, good, "missing.toml")
    assert result.exit_code == 2
    faults = result.stderr.splitlines()
    assert [fault.split(": ")[:2] for fault in faults] == [
        ["bad.toml", "profile.kinds"],
        ["bad.toml", "profile.seats"],
        ["bad.toml", "answers.G1-ACCESS-MFA"],
        ["bad.toml", "answers.G9"],
        ["missing.toml", "it cannot be read"],
    ]
    assert [each["file"] for each in json.loads(result.stdout)] == ["good.toml"]


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_one_file_that_cannot_be_read_prints_nothing_but_its_fault(flags: list[str]):
    result = assess(*flags, a_file("case.toml", "not a case"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("case.toml: it is not valid TOML")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("case.json", b"{"),
        ("case.json", b"[]"),
        ("case.json", b'{"profile": {}, "profile": {}}'),
        ("case.json", b"[" * 100_000),
        ("case.json", b'{"profile": {"seats": ' + b"9" * 5_000 + b"}}"),
        ("case.toml", b"\xff\xfe"),
        ("case.toml", b""),
        ("case.toml", b"a = 1\na = 2"),
    ],
    ids=["cut off", "a list", "twice", "too deep", "too long a number", "not UTF-8", "empty", "twice in TOML"],
)
def test_whatever_lies_in_the_file_there_is_a_fault_and_no_traceback(name: str, content: bytes):
    Path(name).write_bytes(content)
    result = assess(name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{name}: ")
    assert "Traceback" not in result.stderr


def test_a_folder_is_no_case(elsewhere: Path):
    result = assess(str(elsewhere))
    assert result.exit_code == 2
    assert "it cannot be read" in result.stderr


# ── Which questions ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["option", "environment", ".env"])
def test_a_knowledge_folder_of_ones_own_is_used(way: str, monkeypatch: pytest.MonkeyPatch):
    Path("own").mkdir()
    arguments = [a_file("case.toml", INTERNAL)]
    if way == "option":
        arguments += ["--knowledge", "own"]
    elif way == "environment":
        monkeypatch.setenv("KNOWLEDGE_DIR", "own")
    else:
        Path(".env").write_text("KNOWLEDGE_DIR=own\n")
    result = assess(*arguments)
    # It holds nothing yet, and every fault of that is told.
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) > 10
    assert "policy/scoring.toml" in result.stderr


def test_assess_loads_neither_slack_nor_the_database_nor_the_settings():
    code = (
        "import sys; from bot.cli import app; app(['assess', '--json', 'case.toml'], standalone_mode=False); "
        "heavy = {'slack_bolt', 'slack_sdk', 'sqlalchemy', 'pydantic_settings', 'aiohttp', 'uvicorn', 'rich.table'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    a_file("case.toml", INTERNAL)
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": root}
    )
    assert done.stderr.strip() == "[]"
    assert json.loads(done.stdout)["verdict"] == "approve"
