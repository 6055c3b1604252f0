"""From a table to a `Question`, and the laws a bank must keep. These are laws of form; no tool is judged here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from bot.domain.bank import GUIDELINES, WORST_GAP, Choice, Extra, ExtraKind, Option, Question, Source
from bot.domain.ids import QuestionId
from bot.domain.profile import ALWAYS, ATOMS, LAYERS, UNKNOWN, Condition
from bot.domain.verdict import STAGE_NOW, VENDOR_INCIDENT
from bot.knowledge.faults import Entry, Fault

LABEL_MOST: Final = 75  # Slack cuts option labels there
TEXT_MOST: Final = 150
WHY_MOST: Final = 300
ANSWERS_MOST: Final = 5  # with "I don't know" six: more do not fit a phone's screen
TICKS_MOST: Final = 9  # with "I don't know" ten, which is Slack's limit

FRAMEWORKS: Final[Mapping[str, re.Pattern[str]]] = {
    "NIST CSF 2.0": re.compile(r"(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-\d{2}"),
    "CIS Controls 8": re.compile(r"([1-9]|1[0-8])\.\d{1,2}"),
    "ISO/IEC 27001:2022": re.compile(r"A\.[5-8]\.\d{1,2}"),
    "CSA CCM 4.0.7": re.compile(r"[A-Z&]{3}-\d{2}"),
    "MVSP v3.0-20231109": re.compile(r"[1-4]\.\d{1,2}"),
    "PCI DSS 4.0": re.compile(r"([1-9]|1[0-2]|A[1-3])(\.\d{1,2}){1,4}"),
    "OWASP LLM Top 10 2025": re.compile(r"LLM(0[1-9]|10):2025"),
    "NIST AI RMF 1.0": re.compile(r"(GOVERN|MAP|MEASURE|MANAGE) \d\.\d{1,2}"),
}

# Answers that the rules look at by name: without them a floor could never be raised.
RELIED_ON: Final[Mapping[QuestionId, frozenset[str]]] = {
    STAGE_NOW: frozenset({"pilot", "live"}),
    VENDOR_INCIDENT: frozenset({"open"}),
}

_ID: Final = re.compile(r"G[1-7](-[A-Z][A-Z0-9]*)+")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NOT_CODES: Final = frozenset({UNKNOWN, "yes", "no", "on", "off", "true", "false"})
_NEGATIONS: Final = frozenset({"not", "no", "unless", "except", "without", "never", "nor", "neither"})


def read_question(entry: Entry) -> Question | None:
    """Read one question and hold it to the laws of form; None when anything about it is wrong."""
    question_id = entry.text("id", most=60)
    if question_id:
        entry.rename(question_id)
    if question_id and not _ID.fullmatch(question_id):
        entry.fault(f"id is {question_id!r}", "use capitals and dashes, such as G1-ACCESS-MFA")
    choice = entry.one_of("kind", Choice)
    options = tuple(_read_option(each, choice) for each in entry.tables("options"))
    missing = entry.numbers("gaps_by_missing", most=WORST_GAP) if choice is not Choice.ONE else ()
    question = Question(
        id=QuestionId(question_id),
        guideline=question_id[:2],
        text=entry.text("text", most=TEXT_MOST),
        why=entry.text("why", most=WHY_MOST),
        weight=entry.number("weight", least=1, most=3),
        source=entry.one_of("source", Source),
        choice=choice,
        when=_read_condition(entry, "when"),
        fix=entry.text("fix", most=TEXT_MOST),
        options=options,
        gaps_by_missing=missing,
        extras=_read_extras(entry),
        maps=_read_maps(entry),
    )
    entry.close()
    if entry.sound:
        _hold_to_laws(question, entry)
    return question if entry.sound else None


def faults_of_bank(found: Sequence[tuple[str, Question]], broken: frozenset[str]) -> list[Fault]:
    """The laws between questions. `found` pairs each with its file; `broken` guidelines have faults already."""
    faults: list[Fault] = []
    first_in: dict[QuestionId, str] = {}
    for file, question in found:
        if question.id in first_in:
            wrong = f"the id is already used in {first_in[question.id]}"
            faults.append(Fault(file, question.id, wrong, "choose a new id"))
        first_in.setdefault(question.id, file)
    always = {question.guideline for _, question in found if question.when is ALWAYS}
    for code in GUIDELINES:
        if code not in always and code not in broken:
            wrong = f"guideline {code} has no question that is always asked"
            faults.append(Fault("questions", code, wrong, 'give one of its questions when = "always"'))
    by_id = {question.id: question for _, question in found}
    for wanted, codes in RELIED_ON.items():
        known = by_id.get(wanted)
        if known is None and wanted[:2] not in broken:
            faults.append(Fault("questions", wanted, "the rules rely on this question", "put it back"))
        if known and (gone := codes - set(known.by_code)):
            wrong = f"the rules rely on its answers {', '.join(sorted(gone))}"
            faults.append(Fault(first_in[wanted], wanted, wrong, "put them back; reword the labels if you like"))
    return faults


def _read_option(entry: Entry, choice: Choice) -> Option:
    code = entry.text("code", most=40)
    if code:
        entry.rename(f"{entry.name} ({code})")
    if code in _NOT_CODES:
        entry.fault(f"the code {code!r} is reserved", "use another one, such as is_yes; unknown is offered by itself")
    elif code and not _CODE.fullmatch(code):
        entry.fault(f"code is {code!r}", "use small letters, digits and _")
    alone = entry.flag("alone")
    scored = choice is Choice.ONE or alone
    option = Option(
        code=code,
        label=entry.text("label", most=LABEL_MOST),
        gap=entry.number("gap", most=WORST_GAP) if scored else 0,
        blocks=_read_condition(entry, "blocks") if scored and entry.has("blocks") else None,
        alone=alone,
        aim=entry.flag("aim") if entry.has("aim") else True,
    )
    if alone and choice is not Choice.TICKS:
        entry.fault("alone is only for questions of kind ticks", "remove it")
    if not option.aim and not scored:
        entry.fault(
            "aim = false is only for an option with a gap of its own", "remove it: what is missing can be ticked"
        )
    elif not option.aim and option.gap == 0:
        entry.fault("aim = false, but it leaves no gap", "remove it: the best answer is what everybody may aim for")
    entry.close()
    return option


def _read_condition(entry: Entry, key: str) -> Condition:
    text = entry.text(key, most=400)
    if not text.strip():
        return ALWAYS
    words = set(re.findall(r"[a-z0-9_]+|!", text.lower()))
    if words & _NEGATIONS or "!" in words:
        fix = "name the facts that switch it on; a growing profile may never switch it off"
        entry.fault(f'{key} says "not": {text!r}', fix)
        return ALWAYS
    if "(" in text or ")" in text:
        entry.fault(f"{key} has brackets: {text!r}", "write it out: a and b or a and c")
        return ALWAYS
    try:
        return Condition.parse(text)
    except ValueError as error:
        near = [get_close_matches(word, ATOMS, n=1) for word in sorted(words - ATOMS - {"and", "or"})]
        hints = [f"did you mean {match[0]}?" for match in near if match]
        fix = " ".join([*hints, "Use the facts of the profile, joined by and, or"])
        entry.fault(f"{key}: {error}", fix)
        return ALWAYS


def _read_extras(entry: Entry) -> tuple[Extra, ...]:
    if not entry.has("extra"):
        return ()
    found = entry.tables("extra") if entry.is_list("extra") else [entry.table("extra")]
    extras = []
    for each in found:
        wanted_for = frozenset(each.texts("for"))
        extras.append(Extra(each.one_of("kind", ExtraKind), wanted_for, each.text("ask", most=TEXT_MOST)))
        each.close()
    return tuple(extras)


def _read_maps(entry: Entry) -> dict[str, tuple[str, ...]]:
    table = entry.table("maps")
    maps = {name: table.texts(name) for name in table.names()}
    for name, ids in maps.items():
        if name not in FRAMEWORKS:
            near = get_close_matches(name, FRAMEWORKS, n=1)
            table.fault(f"{name!r} is no framework known here", f"use {near[0] if near else ', '.join(FRAMEWORKS)}")
            continue
        for strange in (each for each in ids if not FRAMEWORKS[name].fullmatch(each)):
            table.fault(f"{strange!r} does not look like an id of {name}", "check it against that version")
    return maps


def _hold_to_laws(question: Question, entry: Entry) -> None:
    codes = [option.code for option in question.options]
    for twice in sorted({code for code in codes if codes.count(code) > 1}):
        entry.fault(f"the code {twice!r} is used twice", "give each option its own code")
    for extra in question.extras:
        if strange := sorted(extra.wanted_for - set(codes)):
            entry.fault(f"extra names {', '.join(strange)}", f"name options of this question: {', '.join(codes)}")
    match question.choice:
        case Choice.ONE:
            gaps = [option.gap for option in question.options]
            if not 2 <= len(codes) <= ANSWERS_MOST:
                entry.fault(f"it has {len(codes)} options", f"offer 2 to {ANSWERS_MOST}; {UNKNOWN} comes by itself")
        case Choice.TICKS | Choice.LAYERS:
            gaps = list(question.gaps_by_missing)
            if sorted(gaps) != gaps:
                entry.fault("gaps_by_missing falls", "more missing may never be better: let the numbers rise")
            if not 2 <= len(codes) <= TICKS_MOST:
                entry.fault(f"it has {len(codes)} options", f"offer 2 to {TICKS_MOST}; {UNKNOWN} comes by itself")
    if question.choice is Choice.LAYERS and set(codes) != set(LAYERS):
        entry.fault("its options are not the layers", f"offer exactly {', '.join(LAYERS)}")
    if 0 not in gaps:
        entry.fault("no answer leaves no gap", "give the best answer gap 0")
    if len(set(gaps)) < 2:
        entry.fault("all answers weigh the same", "use at least two different gaps")
    for option in question.options:
        if option.blocks and option.gap < question.worst_gap:
            wrong = f"{option.code} blocks, but is not the worst answer"
            entry.fault(wrong, f"give it gap {question.worst_gap}, or remove blocks")
