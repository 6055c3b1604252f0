"""Packs, cards and papers made from a real database: none shows another client, whatever is on record."""

from __future__ import annotations

import asyncio
import html
import json
import re
import tempfile
from datetime import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from bot.domain.answers import Answer
from bot.domain.client import Cadence, Client, Rhythm, Series
from bot.domain.client_review import Note, Occurrence
from bot.domain.ids import OccurrenceId, SeriesId
from bot.domain.pack import safe_for_client
from bot.domain.packing import Before, Recorded, Register
from bot.domain.review import Home, Review, Stage
from bot.domain.tool import Tool
from bot.slack.cards.client_review import client_review_message
from bot.store.database import open_store
from bot.store.work import Work
from bot.use_cases.client_review_tellings import PackTold, agreed_pack, pack_for
from bot.use_cases.pack_papers import client_paper
from bot.use_cases.papers import as_markdown
from tests.databases import migrated
from tests.domain.cases import KNOWN
from tests.domain.registers import AT, HOST, LEAD, OWNER, TODAY, a_pack, days
from tests.domain.test_pack import PEOPLE, carries, others_in, registers
from tests.store.samples import KEY


def put(work: Work, register: Register) -> dict[str, Occurrence]:
    """Store a register, with a review ahead for each client."""
    ahead: dict[str, Occurrence] = {}
    for client in register.clients:
        work.clients.add(client, AT)
        rhythm = Rhythm(Cadence.WEEKLY, (3,), time(10), days(-90))
        series = Series(SeriesId(f"S:{client.id}"), client.id, rhythm, "Europe/Berlin", 30, HOST, LEAD)
        work.series.add(series, AT)
        whole = (OccurrenceId(f"O:{client.id}"), series.id, client.id, TODAY, AT, "Europe/Berlin", 30, HOST, LEAD)
        asked = tuple(Note(f"Remember {each.name}", HOST, AT) for each in register.clients)
        ahead[client.id] = Occurrence(*whole, asked_for=asked)
        work.occurrences.add(ahead[client.id], AT)
    for recorded in register.recorded:
        put_decision(work, recorded)
    for request in register.requests:
        put_tool(work, request)
        work.reviews.add(request, AT)
    for action in register.actions:
        opened_in = ahead[action.client].id
        work.actions.add(type(action)(**{**fields_of(action), "opened_in": opened_in}), AT)
    return ahead


def fields_of(action: object) -> dict[str, object]:
    return {name: getattr(action, name) for name in action.__slots__}  # type: ignore[attr-defined]


def put_tool(work: Work, review: Review) -> None:
    assert review.tool is not None
    work.tools.add(Tool(review.tool, review.tool_name), AT)


def put_decision(work: Work, recorded: Recorded) -> None:
    decision = recorded.decision
    answers = {question: Answer(question, codes, OWNER, AT) for question, codes in recorded.answers.items()}
    home = Home("C1", "1.2")  # type: ignore[arg-type]  # an id is a plain string here
    review = Review(
        decision.review,
        decision.tool,
        decision.tool_name,
        OWNER,
        home,
        AT,
        stage=Stage.DECIDED,
        profile=decision.profile,
        answers=answers,
    )
    put_tool(work, review)
    work.reviews.add(review, AT)
    work.verdicts.add(decision.verdict, decision.review, 1, recorded.verdict, "digest", AT)
    work.decisions.add(decision)
    if decision.suspended_at is not None:
        work.decisions.suspend(decision.id, decision.suspended_at, decision.suspended_because)


def look(work: Work, register: Register, ahead: dict[str, Occurrence]) -> list[str]:
    """Everything any client's pack, card or paper says that it must not; and where the database knows it otherwise."""
    wrong: list[str] = []
    for client in register.clients:
        occurrence = ahead[client.id]
        pack = pack_for(work, occurrence, KNOWN, AT)
        series = work.series.get(occurrence.series)
        card = client_review_message(PackTold(client, series, occurrence, pack), KNOWN)
        copy = safe_for_client(pack)
        paper = client_paper(copy, KNOWN, occurrence, agreed=safe_for_client(agreed_pack(work, occurrence, KNOWN, AT)))
        wrong += others_in(pack, client, register) + others_in(copy, client, register)
        for said in (as_markdown(paper), html.unescape(json.dumps(card, ensure_ascii=False))):
            wrong += [
                f"{name} in {line}" for name in others_of(client, register) for line in saying(said, name, client)
            ]
        wrong += [f"{ours} in the client's paper" for ours in (*PEOPLE, "Remember") if ours in as_markdown(paper)]
        pure = a_pack(register, client, before=Before(), asked_for=occurrence.asked_for)
        if [item.lines for item in pure.items] != [item.lines for item in pack.items]:
            wrong.append(f"{client.name}: the database and the rules see different facts")
    return wrong


def others_of(client: Client, register: Register) -> list[str]:
    """Names long enough not to be a word of ours by chance."""
    own = {name.casefold() for name in (client.name, *client.aliases)}
    names = [name for each in register.clients if each.id != client.id for name in (each.name, *each.aliases)]
    return [name for name in names if len(name) > 3 and name.casefold() not in own]


def saying(text: str, name: str, client: Client) -> list[str]:
    """The lines that say a name."""
    lines = re.split(r"\n|\\n|\"", text)
    return [line for line in lines if carries(line.replace("\\", ""), name, [client.name, *client.aliases])]


@given(registers())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_made_from_the_database_shows_another_client(register: Register) -> None:
    async def run() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(migrated(f"sqlite:///{Path(folder) / 'leaks.sqlite3'}"), audit_key=KEY)
            try:
                ahead = await store.act(put, register)
                return await store.read(look, register, ahead)
            finally:
                await store.close()

    wrong = asyncio.run(run())
    assert not wrong, wrong[:3]
