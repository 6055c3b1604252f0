"""Load the knowledge folder, whole or not at all: all faults are found before it is refused. It never writes."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.domain.agenda import Agenda
from bot.domain.bank import GUIDELINES, Guideline, Question, QuestionBank
from bot.domain.policy import Policy
from bot.domain.profile import Inferred
from bot.domain.register import RegisterPolicy
from bot.domain.reminders import Reminders
from bot.domain.words import Words, WordsUnreadable
from bot.knowledge.agenda import AGENDA_FILE, read_agenda
from bot.knowledge.facts import Fact, Reason, read_facts, reason_key
from bot.knowledge.faults import TOP, Entry, Fault, KnowledgeFaults
from bot.knowledge.leads import read_lead_wait
from bot.knowledge.library import Library
from bot.knowledge.policy import POLICY_FILES, check_policy, read_policy
from bot.knowledge.questions import LABEL_MOST, faults_of_bank, read_question
from bot.knowledge.register import REGISTER_FILE, read_register
from bot.knowledge.reminders import read_reminders
from bot.knowledge.secrets import SecretsWhenNeeded, missing_files

Raw = Mapping[str, object]


@dataclass(frozen=True)
class Knowledge:
    """All that the knowledge folder says, checked.

    `content` is the bank and the policy as canonical JSON, and `version` its SHA-256: same version, same verdicts.
    """

    bank: QuestionBank
    policy: Policy
    guidelines: Mapping[str, Guideline]
    facts: Mapping[str, Fact]
    reasons: Mapping[Reason, str]
    words: Words
    reminders: Reminders  # no verdict is computed from them, so they are no part of `content`
    lead_wait: timedelta  # no part of `content` either
    agenda: Agenda
    register: RegisterPolicy
    secrets: SecretsWhenNeeded  # what is taken out of people's words; no part of `content` either
    version: str
    content: str
    library: Library = field(compare=False)  # what questions are answered from; no part of `content` either

    def reason(self, inferred: Inferred) -> str:
        """The sentence that tells a person why this fact was added."""
        return self.reasons[reason_key(inferred)]


def default_folder() -> Path:
    """The knowledge folder that belongs to this code: beside it in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "knowledge"
    # A stranger's package may be called "knowledge" too, so look for what only ours holds.
    return beside if (beside / "questions").is_dir() else package / "_data" / "knowledge"


def load_knowledge(folder: Path) -> Knowledge:
    """Read and check everything. Raises KnowledgeFaults with all that is wrong."""
    faults: list[Fault] = []
    if not folder.is_dir():
        fix = "set KNOWLEDGE_DIR to a folder with questions/, policy/ and guidelines/"
        raise KnowledgeFaults([Fault(str(folder), "folder", "this folder does not exist", fix)])
    pages = _question_pages(folder, faults)
    files = {name: raw for name in POLICY_FILES if (raw := _toml(folder, f"policy/{name}.toml", faults)) is not None}
    labels = _toml(folder, "policy/facts.toml", faults)
    # Checking starts only with what could be read; the rest has its fault already.
    _check(pages, files, faults)
    facts, reasons = read_facts(Entry(labels, "policy/facts.toml", TOP, faults)) if labels is not None else ({}, {})
    guidelines = _guidelines(folder, faults)
    words = _words(folder, faults)
    reminders = _reminders(folder, faults)
    lead_wait = _lead_wait(folder, faults)
    content, known = "", None
    if not faults:
        content = _canonical({"questions": _raw_questions(pages), "policy": files})
        known = knowledge_from_content(content)
    agenda = _agenda(folder, known[0] if known else None, faults)
    register = _register(folder, faults)
    faults += missing_files(folder)
    secrets = SecretsWhenNeeded(folder)
    if faults or words is None or reminders is None or lead_wait is None:
        raise KnowledgeFaults(faults)
    if agenda is None or register is None or known is None:
        raise KnowledgeFaults(faults)
    bank, policy = known
    return Knowledge(
        bank,
        policy,
        guidelines,
        facts,
        reasons,
        words,
        reminders,
        lead_wait,
        agenda,
        register,
        secrets,
        bank.version,
        content,
        Library(folder, guidelines, bank.questions),
    )


def knowledge_from_content(content: str) -> tuple[QuestionBank, Policy]:
    """Rebuild bank and policy from a kept `content`, so that a verdict of any age can be computed again.

    The same readers serve both ways: whoever makes them stricter has to keep old content readable.
    """
    raw = json.loads(content)
    faults: list[Fault] = []
    where = "stored content"
    read = [read_question(Entry(each, where, f"question {at}", faults)) for at, each in enumerate(raw["questions"], 1)]
    policy = read_policy({name: Entry(raw["policy"][name], where, name, faults) for name in POLICY_FILES})
    if faults:
        raise KnowledgeFaults(faults)
    version = hashlib.sha256(content.encode()).hexdigest()
    return QuestionBank(tuple(question for question in read if question is not None), version), policy


def _check(pages: Mapping[str, Raw], files: Mapping[str, Raw], faults: list[Fault]) -> None:
    found: list[tuple[str, Question]] = []
    present = {_guideline_of(name) for name in pages}
    broken = set(GUIDELINES) - present  # their file is missing or unreadable, which has its fault already
    for name, raw in pages.items():
        file = f"questions/{name}"
        top = Entry(raw, file, TOP, faults)
        for entry in top.tables("question"):
            question = read_question(entry)
            if question is None:
                broken.add(_guideline_of(name))
                continue
            if question.guideline != _guideline_of(name):
                entry.fault(f"it belongs to {question.guideline}", f"move it to the file of {question.guideline}")
            found.append((file, question))
        top.close()
        if not top.sound:
            broken.add(_guideline_of(name))
    faults += faults_of_bank(found, frozenset(broken))
    check_policy({name: Entry(raw, f"policy/{name}.toml", TOP, faults) for name, raw in files.items()})


def _question_pages(folder: Path, faults: list[Fault]) -> dict[str, Raw]:
    pages: dict[str, Raw] = {}
    paths = sorted((folder / "questions").glob("*.toml"))
    for path in paths:
        name = path.name
        if _guideline_of(name) not in GUIDELINES:
            fix = "name it after its guideline, such as g1_permissions.toml"
            faults.append(Fault(f"questions/{name}", TOP, "the name does not say which guideline it serves", fix))
        elif (raw := _toml(folder, f"questions/{name}", faults)) is not None:
            pages[name] = raw
    there = {_guideline_of(path.name) for path in paths}
    for code in GUIDELINES:
        if code not in there:
            fix = f"put back questions/{code.lower()}_….toml"
            faults.append(Fault("questions", code, f"guideline {code} has no file", fix))
    return pages


def _guideline_of(file_name: str) -> str:
    return file_name[:2].upper() if re.match(r"g[1-7][_.]", file_name) else ""


def _guidelines(folder: Path, faults: list[Fault]) -> dict[str, Guideline]:
    guidelines: dict[str, Guideline] = {}
    for code in GUIDELINES:
        file = f"guidelines/{code.lower()}.md"
        page = _text(folder, file, faults)
        if page is None:
            continue
        first, _, rest = page.strip().partition("\n")
        title = first.removeprefix("# ").strip()
        if not first.startswith("# ") or not 1 <= len(title) <= LABEL_MOST:
            fix = f'start with "# " and a title of at most {LABEL_MOST} characters'
            faults.append(Fault(file, "first line", f"it is no title: {first[:40]!r}", fix))
        if not rest.strip():
            faults.append(Fault(file, TOP, "the page is empty", "write what the guideline means"))
        guidelines[code] = Guideline(code, title, page)
    return guidelines


def _words(folder: Path, faults: list[Fault]) -> Words | None:
    file = "policy/words.toml"
    if (tables := _toml(folder, file, faults)) is None:
        return None
    try:
        return Words.from_tables(tables)
    except WordsUnreadable as unreadable:
        faults += [Fault(file, "phrases", each, "correct or remove the phrase") for each in unreadable.faults]
        return None


def _reminders(folder: Path, faults: list[Fault]) -> Reminders | None:
    file = "policy/reminders.toml"
    tables = _toml(folder, file, faults)
    return None if tables is None else read_reminders(Entry(tables, file, TOP, faults))


def _lead_wait(folder: Path, faults: list[Fault]) -> timedelta | None:
    file = "policy/leads.toml"
    tables = _toml(folder, file, faults)
    return None if tables is None else read_lead_wait(Entry(tables, file, TOP, faults))


def _agenda(folder: Path, bank: QuestionBank | None, faults: list[Fault]) -> Agenda | None:
    raw = _toml(folder, AGENDA_FILE, faults)
    return None if raw is None else read_agenda(Entry(raw, AGENDA_FILE, TOP, faults), bank)


def _register(folder: Path, faults: list[Fault]) -> RegisterPolicy | None:
    raw = _toml(folder, REGISTER_FILE, faults)
    return None if raw is None else read_register(Entry(raw, REGISTER_FILE, TOP, faults))


def _toml(folder: Path, file: str, faults: list[Fault]) -> Raw | None:
    text = _text(folder, file, faults)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        entry = f"line {line[1]}" if line else "last line"
        faults.append(Fault(file, entry, f"it is not valid TOML: {error}", "check quotes, commas and brackets there"))
        return None


def _text(folder: Path, file: str, faults: list[Fault]) -> str | None:
    try:
        return (folder / file).read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(Fault(file, f"line {line}", "it is not UTF-8 text", "save the file as UTF-8"))
    except FileNotFoundError:
        faults.append(Fault(file, TOP, "the file is missing", "put it back from the version you started from"))
    except OSError as error:
        faults.append(Fault(file, TOP, f"it cannot be read: {error.strerror}", "check what it is and who may read it"))
    return None


def _raw_questions(pages: Mapping[str, Raw]) -> list[object]:
    return [question for _, page in sorted(pages.items()) for question in _as_list(page["question"])]


def _as_list(found: object) -> Iterable[object]:
    return found if isinstance(found, list) else []


def _canonical(raw: object) -> str:
    return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
