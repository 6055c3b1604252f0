"""Case files in, verdicts out. A file is read whole or refused with every field that is wrong; nothing is guessed."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from bot.domain.answers import Answer, stale
from bot.domain.bank import QuestionBank
from bot.domain.case_file import CaseFaults, CaseFile, read_case
from bot.domain.ids import QuestionId, UserId
from bot.domain.improve import Improvement, improve
from bot.domain.policy import Policy
from bot.domain.verdict import Duty, Verdict, assess, open_case
from bot.knowledge import Knowledge, default_folder, load_knowledge


@dataclass(frozen=True, slots=True)
class Assessed:
    """One case and what the rules say of it."""

    file: str
    case: CaseFile
    as_of: date | None
    stale: frozenset[QuestionId]
    verdict: Verdict
    improvements: tuple[Improvement, ...]


class Unreadable(Exception):
    """A file that is no case at all; the message says why."""


def load(folder: Path | None) -> Knowledge:
    """The knowledge by the rule of the settings, without loading them all: that takes longer than an assessment."""
    return load_knowledge(folder or _told_folder() or default_folder())


def assess_all(files: Iterable[str], known: Knowledge) -> tuple[list[Assessed], list[str]]:
    """Assess every file that can be read, and name every fault of the others."""
    assessed: list[Assessed] = []
    faults: list[str] = []
    for file in files:
        shown = "standard input" if file == "-" else file.encode("utf-8", "replace").decode()
        try:
            case = read_case(_parsed(file), known.bank, known.policy)
            assessed.append(_assess(shown, case, known))
        except Unreadable as error:
            faults.append(f"{shown}: {error}")
        except CaseFaults as error:
            faults += [f"{shown}: {fault}" for fault in error.faults]
    return assessed, faults


def as_json(assessed: list[Assessed], known: Knowledge, *, many: bool) -> str:
    """One object for one file, a list for several; those that could not be read are left out."""
    found = [_object(each, known) for each in assessed]
    return json.dumps(found if many else found[0], ensure_ascii=False, indent=2)


def _told_folder() -> Path | None:
    told = os.environ.get("KNOWLEDGE_DIR", "").strip()
    if not told and Path(".env").is_file():
        from dotenv import dotenv_values

        told = (dotenv_values(".env").get("KNOWLEDGE_DIR") or "").strip()
    return Path(told) if told else None


def _parsed(file: str) -> Mapping[str, Any]:
    text = _text(file)
    suffix = Path(file).suffix.lower()
    if suffix == ".toml":
        return _toml(text)
    if suffix == ".json" or text.lstrip().startswith("{"):
        return _json(text)
    return _toml(text)


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 text (byte {error.start + 1})") from None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror or error}") from None
    except ValueError:  # a NUL in the name
        raise Unreadable("it cannot be read: that is no file name") from None


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not valid TOML: {error}") from None


def _json(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise Unreadable("it is not one JSON object with profile and answers")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is given twice")  # the last one would win, and nobody would notice
    return found


def _assess(shown: str, case: CaseFile, known: Knowledge) -> Assessed:
    bank, policy = known.bank, known.policy
    # Only dated answers can be stale; without them no clock is needed and the result is the same on every day.
    as_of = case.as_of or (datetime.now(UTC).date() if case.answered_on else None)
    old = _stale(case, as_of, bank, policy) if as_of else frozenset()
    verdict = assess(bank, policy, case.profile, case.answers, stale=old)
    better = improve(bank, policy, case.profile, case.answers, stale=old)
    return Assessed(shown, case, as_of, old & frozenset(verdict.asked), verdict, better)


def _stale(case: CaseFile, as_of: date, bank: QuestionBank, policy: Policy) -> frozenset[QuestionId]:
    nobody = UserId("")
    dated = [
        Answer(question, case.answers.get(question, ()), nobody, datetime.combine(on, time(), UTC))
        for question, on in case.answered_on.items()
    ]
    tier = open_case(bank, policy, case.profile).risk.tier
    return stale(dated, bank, policy.lifetimes, tier=tier, as_of=as_of)


def _object(each: Assessed, known: Knowledge) -> dict[str, object]:
    verdict = each.verdict
    return {
        "file": each.file,
        "verdict": verdict.outcome.value,
        "approver": verdict.approver.value,
        "months": verdict.months,
        "tier": verdict.tier,
        "inherent": verdict.inherent,
        "control_gap": verdict.control_gap,
        "band": verdict.band.name.capitalize(),
        "blockers": list(verdict.blockers),
        "floors": list(verdict.floors),
        "sub_scores": dict(verdict.sub_scores),
        "flags": dict(verdict.flags),
        "asked": list(verdict.asked),
        "conditions": [_condition(duty) for duty in verdict.duties],
        "improvements": [_improvement(better) for better in each.improvements],
        "unknowns": list(verdict.unknowns),
        "unknown_facts": list(verdict.unknown_facts),
        "inferred": [
            {"fact": one.fact, "value": one.value, "because": list(one.because), "reason": known.reason(one)}
            for one in verdict.inferred
        ],
        "ignored": list(each.case.ignored),
        "stale": sorted(each.stale),
        "rows": [{"part": row.part, "what": row.what, "points": row.points} for row in verdict.rows],
        "as_of": each.as_of.isoformat() if each.as_of else None,
        "bank_version": verdict.bank_version,
    }


def _condition(duty: Duty) -> dict[str, object]:
    deadline = duty.deadline
    return {
        "question": duty.question,
        "text": duty.text,
        "gap": duty.gap,
        "unknown": duty.unknown,
        "due_days": deadline.days if deadline else None,
        "working_days": bool(deadline and deadline.working),
        "before_go_live": bool(deadline and deadline.before_go_live),
    }


def _improvement(better: Improvement) -> dict[str, object]:
    return {
        "changes": [
            {"question": change.question.id, "from": list(change.now), "to": list(change.then)}
            for change in better.changes
        ],
        "verdict": better.outcome.value,
        "approver": better.approver.value,
    }
