"""Minutes and packs as Markdown and PDF: every word comes out, and no word becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain.client import Cadence, Rhythm, Series, SideOf
from bot.domain.client_review import (
    Finding,
    FoundBy,
    Item,
    Light,
    Note,
    Noted,
    Occurrence,
    Outcome,
    Presence,
    Severity,
    State,
)
from bot.domain.ids import DecisionId, FindingId, SeriesId
from bot.domain.pack import safe_for_client
from bot.domain.packing import Register
from bot.use_cases.pack_papers import Held, client_paper, minutes_paper, people_of
from bot.use_cases.paper_pdf import as_pdf
from bot.use_cases.papers import Paper, Section, as_markdown
from tests.domain.cases import KNOWN
from tests.domain.registers import (
    AT,
    HOST,
    LEAD,
    NORTHWIND,
    OCCURRENCE,
    OWNER,
    TODAY,
    a_client,
    a_condition,
    a_pack,
    an_action,
    days,
    recorded,
)
from tests.domain.test_pack import others_in, registers
from tests.hostile import FORMS

NAMES = {HOST: "Hana Host", OWNER: "Ola Owner", LEAD: "Lea Lead"}
SERIES = Series(
    SeriesId("S1"),
    NORTHWIND.id,
    Rhythm(Cadence.WEEKLY, (3,), time(10), days(-90)),
    "Europe/Berlin",
    30,
    HOST,
    LEAD,
    client_side=("Dana Nord",),
)


def a_held_review() -> Held:
    """A review in which everything happened once."""
    otter = recorded("Otter", a_condition(-3))
    pack = a_pack(replace(a_register(), recorded=[otter]), asked_for=[Note("Their new office", HOST, AT)])
    occurrence = Occurrence(
        OCCURRENCE,
        SERIES.id,
        NORTHWIND.id,
        TODAY,
        AT,
        "Europe/Berlin",
        30,
        HOST,
        LEAD,
        state=State.HELD,
        started_at=AT,
        light=Light.AMBER,
        items=(*(Item(item.code, AT) for item in pack.items[:-1]), Item("own")),
        attendance={HOST: Presence.PRESENT, LEAD: Presence.EXCUSED, "Dana Nord": Presence.PRESENT},
        noted=(Noted(DecisionId(otter.decision.id), True, "Not with our voices.", HOST, AT),),
        outcome=Outcome.ACTIONS,
        summary="Sign-on comes first.",
        next_on=days(7),
        client_contact="Dana Nord",
    )
    noted = replace(occurrence.items[0], notes=(Note("Nobody was missing.", HOST, AT),))
    finding = Finding(
        FindingId("F1"), NORTHWIND.id, OCCURRENCE, "Two shared accounts", "G1", Severity.HIGH, FoundBy.US, HOST, AT
    )
    actions = (an_action("Switch it on"), an_action("Send the list", side=SideOf.CLIENTS, owner="Dana Nord"))
    return Held(NORTHWIND, SERIES, replace(occurrence, items=(noted, *occurrence.items[1:])), pack, actions, (finding,))


def a_register() -> Register:
    return Register((NORTHWIND, a_client("Contoso")), actions=[an_action("Renew the certificate", due_in=-4)])


def test_the_minutes_say_who_was_there_what_was_said_agreed_and_found():
    held = a_held_review()
    assert people_of(held, KNOWN) == {HOST, OWNER, LEAD}
    text = as_markdown(minutes_paper(held, KNOWN, NAMES))
    for said in (
        "# Minutes of the security review for Northwind",
        "Outcome: Actions were agreed",
        "Next review: 3 Dec 2026",
        "- Hana Host: present",
        "- Lea Lead: excused",
        "- Dana Nord, client: present",
        "Overdue: Renew the certificate (Ola Owner, due 22 Nov 2026)",
        "Note: Nobody was missing.",
        "Otter: the client objects. Not with our voices.",
        "Switch it on (Ola Owner, due 3 Dec 2026)",
        "Send the list (Dana Nord, client, due 3 Dec 2026)",
        "Two shared accounts (G1, high)",
        "Not discussed.",
    ):
        assert said in text
    assert "U0" not in text


def test_somebody_whose_name_is_not_known_is_somebody_of_ours():
    assert "Host: somebody of ours" in as_markdown(minutes_paper(a_held_review(), KNOWN, {}))


def test_the_clients_copy_is_only_made_from_what_is_safe_for_the_client():
    held = a_held_review()
    pack, safe = held.pack, safe_for_client(held.pack)
    with pytest.raises(ValueError, match="safe for the client"):
        client_paper(pack, KNOWN, held.occurrence)
    with pytest.raises(ValueError, match="safe for the client"):
        client_paper(safe, KNOWN, held.occurrence, agreed=pack)
    text = as_markdown(client_paper(safe, KNOWN, held.occurrence, agreed=safe))
    assert "Outcome: Actions were agreed" in text
    assert "Next review: 3 Dec 2026" in text
    assert "## Actions agreed" in text
    assert "Security review for Northwind, 26 Nov 2026" in text
    assert "Overdue: Renew the certificate (us, due 22 Nov 2026)" in text
    for ours in ("Hana", "Ola", "U0", "new office", "somebody of ours", "Sign-on comes first", "Nobody was missing"):
        assert ours not in text


@given(registers())
@settings(max_examples=40, deadline=None)
def test_no_other_client_is_in_any_clients_copy(whole):
    for client in whole.clients:
        copy = safe_for_client(a_pack(whole, client))
        assert others_in(copy, client, whole) == []
        said = as_markdown(client_paper(copy, KNOWN, a_held_review().occurrence, agreed=copy))
        assert not re.search(r"U0\w+|somebody of ours", said)


@given(st.sampled_from(FORMS) | st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_in_markdown_no_words_become_markup(words: str):
    paper = Paper(words, (("Client", words),), (Section("Lines", words, (words,)),), words)
    tokens = MarkdownIt("commonmark", {"linkify": False}).parse(as_markdown(paper))
    kinds = {token.type for token in tokens} | {
        child.type for token in tokens for child in token.children or () if child.type != "text"
    }
    known = {"heading", "paragraph", "bullet_list", "list_item"}
    allowed = {f"{kind}_{end}" for kind in known for end in ("open", "close")} | {"inline", "hr", "text_special"}
    assert kinds <= allowed
    assert [token.content for token in tokens if token.type == "fence"] == []


def letters_of_pdf(content: bytes) -> set[str]:
    """The letters a PDF can be read and searched by, from the tables that go with its fonts."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    tables = [each for each in streams if b"beginbfchar" in each]
    found = (re.findall(rb"<([0-9A-Fa-f]{4})>\s+<([0-9A-Fa-f]+)>", each) for each in tables)
    return {bytes.fromhex(letters.decode()).decode("utf-16-be") for pairs in found for _, letters in pairs}


def test_letters_of_many_scripts_come_out_and_those_the_font_lacks_are_named():
    words = "Łukasz Žižek, Αθήνα, Привет, Ærø, Việt Nam, “–…” €, שלום"
    content = as_pdf(Paper(words, (), (Section("S", lines=("名前",)),)), made_at=AT)
    letters = letters_of_pdf(content)
    assert set(words) - {" "} <= letters
    assert set("[U+540D]") <= letters


def test_a_pdf_is_one_and_the_same_for_the_same_paper_and_moment():
    paper = minutes_paper(a_held_review(), KNOWN, NAMES)
    first, second = as_pdf(paper, made_at=AT), as_pdf(paper, made_at=AT)
    assert first.startswith(b"%PDF-")
    assert first == second
    assert as_pdf(paper, made_at=AT + timedelta(days=1)) != first


@pytest.mark.parametrize("words", FORMS)
def test_a_pdf_comes_out_whatever_people_write(words: str):
    assert as_pdf(Paper(words, ((words, words),), (Section(words, words, (words,)),), words), made_at=AT)
