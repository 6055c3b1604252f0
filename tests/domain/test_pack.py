"""A client's pack: what is in it, how it turns the light, and that nobody else's name or facts ever are."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.client import Client, SideOf
from bot.domain.client_review import ActionState, DateMoved, Light, Note
from bot.domain.decision import Condition, Standing
from bot.domain.ids import ActionItemId, DecisionId, QuestionId, ReviewId, UserId
from bot.domain.pack import Pack, safe_for_client
from bot.domain.pack_text import digest_of, pack_from, pack_text
from bot.domain.packing import Before, Register, touches
from bot.domain.policy import Outcome
from bot.domain.profile import Clients
from bot.domain.review import Stage
from bot.domain.withheld import ANOTHER, Withheld
from bot.use_cases.pack_words import as_plain, line_words
from tests.domain.cases import CRM, KNOWN, WIKI, opened
from tests.domain.registers import (
    AT,
    HOST,
    LEAD,
    NORTHWIND,
    OWNER,
    a_client,
    a_condition,
    a_pack,
    a_request,
    an_action,
    an_answer,
    days,
    recorded,
    used_for,
)


def register(**facts: Any) -> Register:
    return Register(**({"clients": (NORTHWIND,)} | facts))


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_a_calm_week_is_green_and_takes_fifteen_minutes():
    pack = a_pack()
    assert (pack.light, pack.minutes) == (Light.GREEN, 15)
    assert [item.code for item in pack.items] == [item.code for item in KNOWN.agenda.items]


def test_overdue_actions_stand_on_top_with_their_age_in_meetings():
    pack = a_pack(
        register(
            actions=[
                an_action("Later", due_in=9),
                an_action("Longest overdue", due_in=-9, meetings=2),
                an_action("Overdue", due_in=-1),
                an_action("Done", due_in=-20, state=ActionState.DONE),
            ]
        )
    )
    lines = pack.item("actions").lines
    assert [(line.text, line.overdue, line.meetings) for line in lines] == [
        ("Longest overdue", True, 2),
        ("Overdue", True, 0),
        ("Later", False, 0),
    ]
    assert (pack.light, pack.minutes) == (Light.AMBER, 30)


def test_what_was_settled_since_the_last_review_is_read_out_with_its_reason():
    done = {"state": ActionState.DONE, "closed_because": "Seen in the console"}
    pack = a_pack(
        register(
            actions=[
                an_action("Done last week", closed_at=AT - timedelta(days=3), **done),
                an_action("Done before the last review", closed_at=AT - timedelta(days=20), **done),
                an_action("Put off", moved=(DateMoved(days(-2), days(7), "The vendor is late", OWNER, AT),)),
            ]
        )
    )
    lines = pack.item("actions").lines
    assert [as_plain(line_words(line, KNOWN), {}) for line in lines] == [
        "Put off (somebody of ours, due 3 Dec 2026; put off: The vendor is late)",
        "Done: Done last week (somebody of ours). Seen in the console",
    ]
    assert pack.light is Light.GREEN
    copy = safe_for_client(pack).item("actions").lines
    assert [as_plain(line_words(line, KNOWN), {}) for line in copy] == [
        "Put off (us, due 3 Dec 2026)",
        "Done: Done last week (us)",
    ]


def test_an_action_that_is_carried_over_too_often_is_amber_before_it_is_due():
    assert a_pack(register(actions=[an_action(due_in=20, meetings=2)])).light is Light.GREEN
    assert a_pack(register(actions=[an_action(due_in=20, meetings=3)])).light is Light.AMBER


def test_what_changed_is_what_was_decided_since_the_last_review_that_was_held():
    new = recorded("New", decided_at=AT - timedelta(days=13))
    old = recorded("Old", decided_at=AT - timedelta(days=15))
    gone = recorded("Gone", decided_at=AT - timedelta(days=1), superseded_by=DecisionId("D:New"))
    lines = a_pack(register(recorded=[new, old, gone])).item("changes").lines
    assert [line.tool for line in lines] == ["New"]
    first = a_pack(register(recorded=[new, old]), before=Before()).item("changes").lines
    assert [line.tool for line in first] == ["Old", "New"]


def test_a_rejection_turns_amber():
    no = recorded("No", outcome=Outcome.REJECT, conditions=())
    pack = a_pack(register(recorded=[no]))
    assert pack.item("changes").lines[0].outcome is Outcome.REJECT
    assert pack.light is Light.AMBER
    assert pack.item("ending").lines == pack.item("kept").lines == ()


def test_a_request_shows_what_is_open_and_which_unknown_could_rule_it_out():
    answers = {QuestionId("G1-ACCESS-MFA"): an_answer("G1-ACCESS-MFA", "unknown")}
    request = a_request(answers=answers, go_live=days(30))
    decided = a_request("Decided", stage=Stage.DECIDED)
    nameless = a_request("Nameless", profile=None)
    pack = a_pack(register(requests=[request, decided, replace(nameless, profile=None)]))
    (line,) = pack.item("coming").lines
    assert (line.tool, line.unknown_blockers, line.go_live) == ("Quill", (QuestionId("G1-ACCESS-MFA"),), days(30))
    assert line.open == len(opened(used_for("Northwind")).asked) - 1
    assert pack.light is Light.AMBER


@pytest.mark.parametrize(
    ("due_in", "gap", "light"),
    [(15, 4, Light.GREEN), (14, 2, Light.AMBER), (-1, 3, Light.AMBER), (0, 4, Light.AMBER), (-1, 4, Light.RED)],
)
def test_a_condition_is_shown_when_due_soon_and_red_when_the_widest_gap_is_overdue(due_in, gap, light):
    pack = a_pack(register(recorded=[recorded("Otter", a_condition(due_in, gap=gap))]))
    assert pack.light is light
    assert len(pack.item("conditions").lines) == (light is not Light.GREEN)


def test_a_closed_condition_is_gone():
    closed = recorded("Otter", a_condition(-3, "First"), a_condition(-2, "Second"), closed=frozenset({0}))
    assert [line.text for line in a_pack(register(recorded=[closed])).item("conditions").lines] == ["Second"]


def test_what_ends_soon_has_ended_or_is_suspended_is_named():
    ending = recorded("Ending", valid_until=days(30))
    ended = recorded("Ended", valid_until=days(-1))
    suspended = recorded("Suspended", suspended_at=AT, suspended_because="They sold the company")
    lasting = recorded("Lasting", valid_until=days(31))
    pack = a_pack(register(recorded=[ending, ended, suspended, lasting]))
    assert [(line.tool, line.standing) for line in pack.item("ending").lines] == [
        ("Ended", Standing.EXPIRED),
        ("Ending", Standing.VALID),
        ("Suspended", Standing.SUSPENDED),
    ]
    assert "They sold" not in pack_text(pack)


def test_answers_that_leave_data_behind_are_named():
    pack = a_pack(register(recorded=[recorded("Otter", answers={"G4-KEEP-TIME": "manual"})]))
    (line,) = pack.item("kept").lines
    assert (line.tool, line.question, line.codes, line.light) == ("Otter", "G4-KEEP-TIME", ("manual",), Light.GREEN)


def test_an_open_incident_at_the_vendor_is_red_and_takes_forty_five_minutes():
    pack = a_pack(register(recorded=[recorded("Otter", answers={"G6-VENDOR-INCIDENT": "open"})]))
    assert (pack.light, pack.minutes) == (Light.RED, 45)


def test_a_blocker_on_a_tool_in_use_is_red():
    live = recorded("Otter", answers={"G1-ACCESS-MFA": "password", "G3-STAGE-NOW": "live"})
    (line, *_) = a_pack(register(recorded=[live])).item("signals").lines
    assert (line.light, line.rules_out, line.question) == (Light.RED, True, "G1-ACCESS-MFA")
    planned = recorded("Otter", answers={"G1-ACCESS-MFA": "password", "G3-STAGE-NOW": "idea"})
    assert a_pack(register(recorded=[planned])).light is Light.GREEN


def test_a_review_missed_before_is_red():
    assert a_pack(before=Before(missed=True)).light is Light.RED


def test_the_count_of_reviews_held_chooses_the_guideline_and_seven_lose_none():
    seen = [a_pack(before=Before(held=held)).item("guideline").lines[0].guideline for held in range(14)]
    assert seen == ["G1", "G2", "G3", "G4", "G5", "G6", "G7"] * 2


def test_the_guideline_of_the_week_counts_across_the_clients_tools():
    weak, fine = recorded("Weak", answers={"G4-KEEP-TIME": "manual"}), recorded("Fine")
    line = a_pack(register(recorded=[weak, fine]), before=Before(held=3)).item("guideline").lines[0]
    missing = weak.verdict.sub_scores["G4"]
    assert missing > 0
    assert (line.guideline, line.tools, line.weakest, line.weakest_points) == ("G4", 2, "Weak", missing)
    assert line.points == round(missing / 2)


def test_what_people_asked_for_is_on_the_agenda_and_never_in_the_clients_copy():
    pack = a_pack(asked_for=[Note("Ask them about their new office", HOST, AT)])
    assert [line.text for line in pack.item("own").lines] == ["Ask them about their new office"]
    assert "new office" not in pack_text(safe_for_client(pack))


def test_a_kept_pack_comes_back_as_it_was():
    pack = a_pack(full_register())
    text = pack_text(pack)
    assert pack_from(text) == pack
    assert pack_text(pack_from(text)) == text
    assert len(digest_of(text)) == 64


# --- and nobody else's ------------------------------------------------------------------------------------------------


def full_register() -> Register:
    """Something of every kind."""
    others = a_client("Contoso", "Contoso Health")
    added = a_condition(3, "Mask the numbers as for Contoso Health", gap=4, added_by=LEAD)
    return Register(
        (NORTHWIND, others),
        [
            recorded("Otter", a_condition(-3), added, answers={"G4-KEEP-TIME": "manual"}, valid_until=days(9)),
            recorded("Contoso Dialler", profile=used_for("Northwind", "Contoso")),
        ],
        [a_request(), a_request("Theirs", used_for("Contoso"))],
        [
            an_action("Ask Contoso how they did it", due_in=-2),
            an_action("Send it", owner="Dana of Northwind", side=SideOf.CLIENTS),
            an_action("Something of theirs", client=others),
        ],
    )


@pytest.mark.parametrize(
    ("clients", "so"),
    [
        (Clients.named(["northwind"]), True),
        (Clients.named(["Nord-Wind", "Contoso"]), True),  # an alias, spelled another way
        (Clients.named(["all"]), True),
        (Clients.named(["Contoso"]), False),
        (Clients.named(["North"]), False),
        (Clients.named(["unknown"]), False),  # nobody knew: for our own eyes only
        (Clients.counted(3), False),
        (Clients(), False),
    ],
)
def test_a_use_touches_a_client_by_name_or_because_it_touches_all(clients, so):
    assert touches(a_client("Northwind", "NordWind"), clients) is so
    pack = a_pack(
        register(recorded=[recorded(profile=replace(CRM, clients=clients))]), a_client("Northwind", "NordWind")
    )
    assert bool(pack.item("changes").lines) is so


def test_a_decision_for_several_clients_shows_to_each_only_itself():
    shared = recorded("Otter", a_condition(2), profile=used_for("Northwind", "Contoso", "Fabrikam"))
    pack = a_pack(register(recorded=[shared], clients=(NORTHWIND, a_client("Contoso"))))
    assert [line.tool for line in pack.item("changes").lines] == ["Otter"]
    assert not re.search("contoso|fabrikam|others|3 clients", pack_text(pack), re.IGNORECASE)


def test_other_clients_names_are_taken_out_of_what_people_wrote():
    text = pack_text(a_pack(full_register()))
    assert "Contoso" not in text
    assert f"Ask {ANOTHER} how they did it" in text
    assert f"{ANOTHER} Dialler" in text
    assert f"Mask the numbers as for {ANOTHER}" in text


def test_the_clients_copy_names_none_of_our_people_and_none_of_our_words():
    text = pack_text(safe_for_client(a_pack(full_register(), asked_for=[Note("Between us", HOST, AT)])))
    for ours in (HOST, OWNER, LEAD, "Between us", "Mask the numbers"):
        assert ours not in text
    assert "Dana of Northwind" in text


@pytest.mark.parametrize(
    ("own", "others", "text", "shown"),
    [
        (["Acme"], ["Acme Health"], "For Acme Health and Acme", f"For {ANOTHER} and Acme"),
        (["Acme Health"], ["Acme"], "For Acme Health and Acme", f"For Acme Health and {ANOTHER}"),
        (["Acme"], ["Zenith"], "zenith-portal, ZENITH's", f"{ANOTHER}-portal, {ANOTHER}'s"),
        (["Acme"], ["Zenith"], "Zenithville is a town", "Zenithville is a town"),
        (["Acme"], ["Café Nord"], "CAFE-NORD and Cafe\u0301 Nord", f"{ANOTHER} and {ANOTHER}"),
        (["Acme Health"], ["Health Net"], "Acme Health Net", f"Acme {ANOTHER}"),
        (["Acme"], ["B B", "B"], "B B B", ANOTHER),
        (["Acme"], ["acme"], "Acme", "Acme"),
        (["Acme"], ["", "***"], "a *** b", f"a {ANOTHER} b"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(own, others, text, shown):
    assert Withheld(own, others).out_of(text) == shown


NAMES = [
    "Acme",
    "Acme Health",
    "Health Acme",
    "Zenith",
    "zénith duo",
    "Duo",
    "B&B",
    "Øresund",
    "O'Neil Ltd",
    "A C",
    "Q",
]


def tokens(text: str) -> list[str]:
    """Words without case and accents: another way of reading names than the one that is tested."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return re.findall(r"[^\W_]+", "".join(letter for letter in folded if not unicodedata.combining(letter)))


def carries(text: str, name: str, own: list[str]) -> bool:
    """Whether a text says a name, word by word, other than within one of the client's own names."""
    words, wanted = tokens(text), tokens(name)
    spans = [(at, at + len(part)) for each in own for part in [tokens(each)] for at in _at(words, part)]
    return any(not any(first <= at and at + len(wanted) <= last for first, last in spans) for at in _at(words, wanted))


def _at(words: list[str], part: list[str]) -> Iterator[int]:
    for at in range(len(words) - len(part) + 1):
        if words[at : at + len(part)] == part:
            yield at


def strings(held: Any) -> Iterator[str]:
    match held:
        case str():
            yield held
        case dict():
            for key, each in held.items():
                if key not in ("title", "ask", "story"):
                    yield from strings(each)
        case list():
            for each in held:
                yield from strings(each)


PEOPLE = [UserId("U0HOST"), UserId("U0OWNER"), UserId("U0LEAD")]


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Clients whose names contain each other, and facts of each kind, for one, several, all or unknown clients.

    Whatever belongs to somebody carries a mark, FACT<n>, so that it can be found again wherever it ends up.
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6, unique=True))
    cut = draw(st.integers(2, len(names)))
    clients = tuple(
        Client(f"C{n}", name, OWNER, "UTC", tuple(names[cut:][n::cut]))  # type: ignore[arg-type]
        for n, name in enumerate(names[:cut])
    )
    stranger = draw(st.sampled_from(["Fourth Coffee", "Acme"]))
    some_names = st.lists(st.sampled_from([*names, stranger]), max_size=3)
    scopes = some_names.map(Clients.named) | st.sampled_from(
        [Clients(), Clients.counted(2), Clients.named(["all"]), Clients.named(["unknown"])]
    )
    words = st.lists(st.sampled_from([*names, "for", "the", "-"]), max_size=4).map(" ".join)

    def text(n: int) -> str:
        return f"{draw(words)} FACT{n}X"

    uses = st.builds(replace, st.sampled_from([CRM, WIKI]), clients=scopes)
    profiles = draw(st.lists(uses, max_size=4))
    held = [
        recorded(
            text(n),
            a_condition(draw(st.integers(-9, 20)), gap=draw(st.integers(0, 4))),
            Condition(text(n), None, 0, OWNER, days(draw(st.integers(-9, 20))), added_by=LEAD),
            profile=profile,
            answers=draw(st.sampled_from([{}, {"G4-KEEP-TIME": "manual"}, {"G1-ACCESS-MFA": "password"}])),
            valid_until=days(draw(st.integers(-5, 60))),
            suspended_at=draw(st.sampled_from([None, AT])),
            suspended_because=text(n),
            outcome=draw(st.sampled_from([Outcome.APPROVE, Outcome.CONDITIONS, Outcome.REJECT])),
            id=DecisionId(f"D:FACT{n}X"),
        )
        for n, profile in enumerate(profiles)
    ]
    wanted = [
        a_request(text(n), replace(CRM, clients=draw(scopes)), id=ReviewId(f"R:FACT{n}X"))
        for n in range(10, 10 + draw(st.integers(0, 3)))
    ]
    actions = [
        an_action(
            text(n),
            client=draw(st.sampled_from(clients)),
            due_in=draw(st.integers(-9, 20)),
            id=ActionItemId(f"A:FACT{n}X"),
            **draw(st.sampled_from([{}, {"side": SideOf.CLIENTS, "owner": text(n)}])),
            **draw(
                st.sampled_from(
                    [
                        {},
                        {"moved": (DateMoved(days(0), days(0), text(n), HOST, AT),)},
                        {"state": ActionState.DONE, "closed_at": AT, "closed_because": text(n)},
                    ]
                )
            ),
        )
        for n in range(20, 20 + draw(st.integers(0, 4)))
    ]
    return Register(clients, held, wanted, actions)


def said_in(pack: Pack) -> list[str]:
    """Everything in a pack but the agenda's own words."""
    return list(strings(json.loads(pack_text(pack))))


def others_in(pack: Pack, client: Client, whole: Register) -> list[str]:
    """What a pack says that is not this client's."""
    said = said_in(pack)
    own = [client.name, *client.aliases]
    scopes = [each.decision.profile.clients for each in whole.recorded]
    scopes += [each.profile.clients for each in whole.requests if each.profile]
    names = {name for each in whole.clients for name in (each.name, *each.aliases)}
    names |= {name for clients in scopes for name in clients.names if touches(client, clients)}
    mine = {name for name in names if any(tokens(name) == tokens(each) for each in own)}
    leaks = [f"{name}: {text}" for name in names - mine for text in said if carries(text, name, own)]
    marks = {mark for text in said for mark in re.findall(r"FACT\d+X", text)}
    theirs = [each.decision.id for each in whole.recorded if not touches(client, each.decision.profile.clients)]
    theirs += [each.id for each in whole.requests if each.profile and not touches(client, each.profile.clients)]
    theirs += [each.id for each in whole.actions if each.client != client.id]
    marks &= set(re.findall(r"FACT\d+X", " ".join(theirs)))
    return leaks + sorted(marks)


@given(registers())
@settings(max_examples=150, deadline=None)
def test_no_other_clients_name_or_facts_ever_appear_in_a_clients_pack(whole: Register) -> None:
    for client in whole.clients:
        asked = [Note(f"Remember {each.name}", HOST, AT) for each in whole.clients]
        pack = a_pack(whole, client, asked_for=asked)
        assert others_in(pack, client, whole) == []
        assert pack_from(pack_text(pack)) == pack
        copy = safe_for_client(pack)
        assert others_in(copy, client, whole) == []
        assert [ours for ours in (*PEOPLE, "Remember") if any(ours in each for each in said_in(copy))] == []


@given(registers())
@settings(max_examples=60, deadline=None)
def test_a_pack_does_not_change_with_what_is_not_the_clients(whole: Register) -> None:
    for client in whole.clients:
        mine = replace(
            whole,
            recorded=[each for each in whole.recorded if touches(client, each.decision.profile.clients)],
            requests=[each for each in whole.requests if each.profile and touches(client, each.profile.clients)],
            actions=[each for each in whole.actions if each.client == client.id],
        )
        assert a_pack(whole, client) == a_pack(mine, client)
