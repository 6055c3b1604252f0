"""From agenda.toml to an `Agenda`: every item there, its minutes adding up, every question known. It words nothing."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from bot.domain.agenda import CODES, Agenda, AgendaItem, Week
from bot.domain.bank import GUIDELINES, QuestionBank
from bot.domain.client_review import Light
from bot.domain.ids import QuestionId
from bot.knowledge.faults import Entry

AGENDA_FILE: Final = "client_review/agenda.toml"
TITLE_MOST: Final = 75
WORDS_MOST: Final = 200
DAYS_MOST: Final = 365
MINUTES_MOST: Final = 240


def read_agenda(file: Entry, bank: QuestionBank | None) -> Agenda:
    """Read the whole file; stand-ins fill what is wrong, so look at the faults before using it.

    Without a bank, because that has faults of its own, nobody can say which questions there are, and nothing is said.
    """
    lengths = file.table("lengths")
    agenda = Agenda(
        items=tuple(_item(entry, bank) for entry in file.tables("item")),
        weeks=_weeks(file.table("weeks")),
        lengths={light: lengths.number(light.value, least=1, most=MINUTES_MOST) for light in Light},
        soon_days=file.number("soon_days", least=1, most=DAYS_MOST),
        ending_days=file.number("ending_days", least=1, most=DAYS_MOST),
        first_days=file.number("first_days", least=1, most=DAYS_MOST),
        carried_most=file.number("carried_most", least=1, most=52),
        alarms=_alarms(file.table("alarms"), bank) if file.has("alarms") else {},
    )
    lengths.close()
    file.close()
    if file.sound:
        _check(file, agenda)
    return agenda


def _item(entry: Entry, bank: QuestionBank | None) -> AgendaItem:
    code = entry.text("code", most=40)
    if code:
        entry.rename(f"item {code}")
    if code and code not in CODES:
        entry.fault(f"code is {code!r}", f"use one of {', '.join(CODES)}")
    minutes = entry.numbers("minutes", count=len(Light), most=MINUTES_MOST)
    questions = entry.texts("questions") if entry.has("questions") else ()
    for question in questions:
        _known(entry, question, bank)
    item = AgendaItem(
        code,
        entry.text("title", most=TITLE_MOST),
        dict(zip(Light, minutes, strict=False)),
        entry.text("ask", most=WORDS_MOST),
        tuple(QuestionId(question) for question in questions),
    )
    entry.close()
    return item


def _weeks(table: Entry) -> dict[str, Week]:
    weeks: dict[str, Week] = {}
    for code in GUIDELINES:
        entry = table.table(code)
        weeks[code] = Week(entry.text("story", most=WORDS_MOST), entry.text("ask", most=WORDS_MOST))
        entry.close()
    table.close()
    return weeks


def _alarms(table: Entry, bank: QuestionBank | None) -> dict[QuestionId, Mapping[str, Light]]:
    alarms: dict[QuestionId, Mapping[str, Light]] = {}
    for question in table.names():
        entry = table.table(question)
        options = _known(table, question, bank)
        codes = entry.names()
        for code in codes:
            if options is not None and code not in options:
                entry.fault(f"{code!r} is no answer to it", f"use one of {', '.join(options)}")
        alarms[QuestionId(question)] = {code: entry.one_of(code, Light) for code in codes}
    return alarms


def _known(entry: Entry, question: str, bank: QuestionBank | None) -> list[str] | None:
    """The option codes of a question; None, and a fault, where there is no such question."""
    if bank is None:
        return None
    found = bank.by_id.get(QuestionId(question))
    if found is None:
        entry.fault(f"{question!r} is no question", "use the id of one in questions/")
        return None
    return list(found.by_code)


def _check(file: Entry, agenda: Agenda) -> None:
    codes = [item.code for item in agenda.items]
    if missing := [code for code in CODES if code not in codes]:
        file.fault(f"there is no item {', '.join(missing)}", "put it back; an item may be short, but not be gone")
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        file.fault(f"{', '.join(twice)} is there twice", "keep one of the two")
    for light in Light:
        total, whole = sum(item.minutes[light] for item in agenda.items), agenda.lengths[light]
        if total != whole:
            file.fault(f"the {light} minutes add up to {total}", f"let them add up to {whole}, as lengths says")
    if any(later < earlier for earlier, later in pairwise(agenda.lengths[light] for light in Light)):
        file.fault("lengths do not rise from green to red", "give a worse light at least as much time")
