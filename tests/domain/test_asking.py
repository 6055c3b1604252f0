"""What people want when they write to us: an answer about policy, a look at a tool, or neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.asking import READ_MOST, Means, Signs, is_question, means
from tests.domain.test_sentence import SENTENCES, read
from tests.hostile import FORMS


def of(text: str, *, outright: bool = False) -> Means:
    reading = read(text)
    return means(text, Signs(reading.tool is not None, bool(reading.proposals())), outright=outright)


@pytest.mark.parametrize(
    "text",
    [
        "may agents use their own phones for the second factor?",
        "how long do we keep call recordings?",
        "Do we need a BAA with a vendor?",
        "does Zoom need a BAA?",  # a tool is named, and nobody wants to roll it out
        "Does Otter.ai have to encrypt recordings?",
        "who signs off a tier 3 tool?",
        "Can agents save passwords in the browser?",
        "is SMS ok as a second factor?",
        "are agents allowed to write on paper?",
        "What is a BAA?",
        "Is a BAA needed for PHI?",
        "when must a breach be reported",
        "hello, what about it: how fast must a breach be reported?",
        "An agent lost a laptop. What do we do?",
        "Dürfen Agenten ihr eigenes Handy als zweiten Faktor nutzen?",
        "Wie lange bewahren wir Aufzeichnungen auf?",
        "Müssen wir Bildschirmaufnahmen verschlüsseln?",
        "¿Pueden los agentes usar su propio teléfono?",
        "¿Cuánto tiempo guardamos las grabaciones?",
        "¿Quién firma un contrato?",
    ],
)
def test_a_question_about_policy(text: str) -> None:
    assert of(text) is Means.QUESTION


@pytest.mark.parametrize(
    "text",
    [
        "is Otter.ai safe to roll out?",
        "can we use Zoom for client calls?",
        "what do you know about Notion?",
        "Is the mobile app of Salesforce allowed on personal phones?",
        "can we use a new dialer for our agents?",
        "We want Fabrikam Notes for 300 home agents. Does it need a BAA?",
        "May we roll out a VPN?",
        "who approved Zoom?",
        "how do we deploy Slack with MFA?",
        "Ist DeepL für unsere Agenten im Homeoffice freigegeben?",
        "¿Es seguro Notion para 50 personas?",
    ],
)
def test_a_request_even_where_it_could_be_a_question(text: str) -> None:
    assert of(text) is Means.REQUEST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "what?",
        "help",
        "thanks!",
        "Otter.ai",
        "is it safe?",
        "is this ok?",
        "what can you do?",
        "where is my review?",
        "who are you?",
        "We want Fabrikam Notes for 300 home agents, with call recordings",
        "Agents keep passwords in a manager.",
        "how " + "long " * 300 + "do we keep recordings?",
    ],
)
def test_neither(text: str) -> None:
    assert of(text) is Means.NEITHER


@pytest.mark.parametrize(
    "text",
    [
        "private laptops for work in the kitchen?",
        "what is allowed to be pasted into a chat assistant",
        "agent hears the customer read the number, problem?",
        "someone calls the service desk and wants in, what then",
        "why is one that you turn on when you like not good enough",
    ],
)
def test_what_our_pages_know_about_is_a_question_in_more_forms(text: str) -> None:
    assert means(text, Signs(known=True)) is Means.QUESTION
    assert means(text, Signs(known=True, tool=True)) is not Means.QUESTION


@pytest.mark.parametrize(
    "text", ["good morning, hello?", "is this ok?", "We look for one for the whole office, any idea what is good?"]
)
def test_what_our_pages_know_about_does_not_make_everything_a_question(text: str) -> None:
    assert means(text, Signs(known=True, facts=True)) is not Means.QUESTION


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("second factor phones", Means.QUESTION),
        ("retention", Means.QUESTION),
        ("can we roll out Otter.ai?", Means.REQUEST),
        ("roll out Otter.ai", Means.REQUEST),
        ("is it safe?", Means.QUESTION),
        ("Zoom recordings", Means.QUESTION),
    ],
)
def test_what_is_said_to_be_a_question_is_one_unless_it_asks_for_a_tool(text: str, wanted: Means) -> None:
    assert of(text, outright=True) is wanted


def test_no_request_of_the_labelled_ones_that_names_a_tool_to_use_is_taken_for_a_question() -> None:
    # In these two nobody wants to use anything yet.
    questions = {
        each["text"]
        for half in SENTENCES.values()
        for each in half
        if "tool" in each and of(each["text"]) is Means.QUESTION
    }
    assert questions <= {"does Grammarly store passwords?", "Does Intercom record calls? Does it keep them in the US?"}


@given(
    st.one_of(st.text(max_size=300), st.lists(st.sampled_from(FORMS), max_size=3).map("".join)),
    st.booleans(),
    st.booleans(),
)
def test_anything_at_all_is_sorted(text: str, tool: bool, known: bool) -> None:
    sorted_as = means(text, Signs(tool, known=known))
    assert sorted_as is Means.NEITHER or is_question(text)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["what ", "?", "A ", "¿", "may. "])
def test_a_flood_is_no_question(piece: str) -> None:
    assert means(piece * 100_000, outright=True) is Means.NEITHER
    means((piece * READ_MOST)[:READ_MOST], outright=True)
