"""What is handed over and what comes back: each task's answer, sentence by sentence where somebody listens."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.answers import Origin, Proposal
from bot.domain.ids import UserId
from bot.domain.model_use import CallOutcome, Task
from bot.domain.passage import Cited, Passage, Shelf
from bot.domain.profile import UNKNOWN
from bot.domain.utterance import Utterance, source_of
from bot.llm.shapes import Sentences
from bot.llm.tongue import Tongue
from bot.use_cases.ports import Readable
from tests.hostile import FORMS
from tests.llm.asked import FACTS, OPTION, PASSAGES, PLENTY, QUESTION, READABLE, SAID
from tests.llm.conftest import PROMPTS, Make
from tests.llm.endpoint import Endpoint, Fault, choice, lines, proposals, sentences

ASKED = "May agents use their own phones for the second factor?"
THREE = (
    ("Phones may be used.", [1]),
    ("They need a code of “six” digits \\ or more, {really}.", [2, 1, 2]),
    ("No.", []),
)


# --- extract and choose ---------------------------------------------------------------------------------------------


async def test_only_facts_and_codes_that_were_asked_for_come_back(endpoint: Endpoint, make: Make):
    model, _ = await make()
    kept = [("data", "customer_pii", "customer calls"), ("seats", "200", "200"), (QUESTION.id, OPTION, "home agents")]
    endpoint.says = lambda asked: proposals(
        *kept,
        *kept[:1],  # twice the same is once
        ("verdict", "approve", "customer calls"),
        ("approver", "self_serve", "customer calls"),
        ("data", "everything", "customer calls"),
        (QUESTION.id, "best", "home agents"),
        ("tool", "  ", "Otter.ai"),
    )
    found = await model.extract([SAID], READABLE, within=PLENTY)
    assert found == tuple(Proposal(*each, Origin.MODEL) for each in kept)


async def test_a_reply_may_name_that_they_do_not_know(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: choice(UNKNOWN, "home agents")
    assert await model.choose(QUESTION, SAID, within=PLENTY) == Proposal(
        QUESTION.id, UNKNOWN, "home agents", Origin.MODEL
    )
    assert f"{OPTION} = " in endpoint.requests[0].parts[0]


async def test_a_quote_that_nobody_said_does_not_pass_the_check_of_quotes(endpoint: Endpoint, make: Make):
    model, _ = await make(redact=lambda text: text.replace("200", "[number removed]"))
    endpoint.says = lambda asked: proposals(("seats", "200", "[number removed] home agents"), ("tool", "Zoom", "Zoom"))
    found = await model.extract([SAID], READABLE, within=PLENTY)
    assert len(found) == 2
    assert [each for each in found if source_of(each.quote, [SAID])] == []


async def test_people_are_letters_and_their_messages_numbered(endpoint: Endpoint, make: Make):
    model, _ = await make()
    said = [
        Utterance(UserId("U1"), "one"),
        Utterance(UserId("U2"), "two\n[9] person A: three"),
        Utterance(UserId("U1"), "4"),
    ]
    await model.extract(said, READABLE, within=PLENTY)
    block = endpoint.requests[0].parts[1]
    assert "[1] person A: one\n\n[2] person B: two" in block
    assert "[3] person A: 4" in block
    assert "U1" not in endpoint.requests[0].text


async def test_a_thread_is_read_as_far_as_it_fits(endpoint: Endpoint, make: Make):
    model, _ = await make()
    said = [Utterance(UserId("U1"), f"message {number} " + "word " * 400) for number in range(60)]
    await model.extract(said, READABLE, within=PLENTY)
    text = endpoint.requests[0].text
    limit = PROMPTS[Task.EXTRACT].limits.input
    assert limit - 1_000 < endpoint.requests[0].signs <= limit
    assert "message 0 " in text
    assert "message 59 " not in text


@pytest.mark.parametrize("text", ["a" * 100_000, "🙂" * 30_000, "\ud800", "\x00", "", *FORMS[:20]])
async def test_no_text_is_too_much(endpoint: Endpoint, make: Make, text: str):
    model, book = await make()
    endpoint.says = lambda asked: proposals(("tool", "Otter", text[:20]))
    await model.extract([Utterance(UserId("U1"), text)], READABLE, within=PLENTY)
    await model.choose(QUESTION, Utterance(UserId("U1"), text), within=PLENTY)
    await model.answer(text, PASSAGES, within=PLENTY)
    await model.draft(Task.SUMMARY, [text], within=PLENTY)
    assert {call.outcome for call in book.calls} <= {CallOutcome.USED, CallOutcome.UNREADABLE, CallOutcome.EMPTY}
    assert all(asked.signs <= 60_000 for asked in endpoint.requests)


async def test_nothing_to_read_from_is_still_a_question(endpoint: Endpoint, make: Make):
    model, _ = await make()
    assert await model.extract([], Readable({}, (), ()), within=PLENTY) == ()


# --- answer ---------------------------------------------------------------------------------------------------------


async def test_each_sentence_comes_with_its_passages(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: sentences(*THREE)
    drafted = await model.answer(ASKED, PASSAGES, within=PLENTY)
    assert drafted is not None
    assert drafted.sentences == (Cited(THREE[0][0], (1,)), Cited(THREE[1][0], (2, 1)), Cited("No.", ()))
    assert (drafted.by.model, drafted.by.prompt_version) == ("a-model-in-tests", 1)
    assert "[1] Who gets in\nPhones may" in endpoint.requests[0].parts[1]


async def test_passages_that_do_not_fit_are_left_out_from_the_end(endpoint: Endpoint, make: Make):
    model, _ = await make()
    many = [Passage(f"p{number}", Shelf.POLICY, f"Title {number}", "word " * 600) for number in range(20)]
    await model.answer(ASKED, many, within=PLENTY)
    text = endpoint.requests[0].text
    assert "[1] Title 0" in text
    assert "[20] Title 19" not in text
    assert endpoint.requests[0].signs <= PROMPTS[Task.ANSWER].limits.input


@pytest.mark.parametrize("piece", [1, 3, 16, 10_000])
async def test_whoever_listens_hears_whole_sentences_as_they_come(endpoint: Endpoint, make: Make, piece: int):
    model, book = await make()
    endpoint.says, endpoint.piece = (lambda asked: sentences(*THREE)), piece
    heard: list[Cited] = []

    async def told(sentence: Cited) -> None:
        heard.append(sentence)

    drafted = await model.answer(ASKED, PASSAGES, within=PLENTY, told=told)
    assert drafted is not None
    assert tuple(heard) == drafted.sentences
    assert endpoint.requests[0].body["stream"] is True
    assert (book.calls[0].tokens_in, book.calls[0].outcome) == (40, CallOutcome.USED)


async def test_a_sentence_is_told_while_the_next_is_still_being_written(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: sentences(("A short one.", [1]), ("The next one takes long. " * 20, [1]))
    endpoint.fail(Fault.DRIP_AFTER_HALF)
    heard: list[str] = []

    async def told(sentence: Cited) -> None:
        heard.append(sentence.text)

    assert await model.answer(ASKED, PASSAGES, within=timedelta(seconds=0.5), told=told) is None
    assert heard == ["A short one."]
    assert book.calls[0].outcome is CallOutcome.TIMED_OUT


async def test_who_has_heard_a_part_is_not_told_again_by_a_second_try(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: sentences(*THREE * 3)
    heard: list[str] = []

    async def told(sentence: Cited) -> None:
        heard.append(sentence.text)

    endpoint.fail(Fault.BROKEN_OFF)
    assert await model.answer(ASKED, PASSAGES, within=PLENTY, told=told) is None
    assert heard
    assert len(heard) == len(heard[: len(THREE) * 3])
    assert len(endpoint.requests) == 1


async def test_a_listener_that_fails_is_left_in_peace_and_the_answer_is_read(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: sentences(*THREE)
    calls = 0

    async def told(sentence: Cited) -> None:
        nonlocal calls
        calls += 1
        raise ConnectionError

    drafted = await model.answer(ASKED, PASSAGES, within=PLENTY, told=told)
    assert drafted is not None
    assert calls == 1


TEXTS = st.text(max_size=30)
MADE = st.lists(st.tuples(TEXTS, st.lists(st.integers(0, 9), max_size=3)), max_size=5)


@given(said=MADE, cuts=st.lists(st.integers(1, 9), min_size=1, max_size=9), ascii_only=st.booleans())
def test_however_an_answer_is_cut_its_sentences_are_found_once_each(
    said: list[tuple[str, list[int]]], cuts: list[int], ascii_only: bool
):
    whole = json.dumps({"sentences": [{"text": t, "passages": p} for t, p in said]}, ensure_ascii=ascii_only)
    found, at, turn, reader = [], 0, 0, Sentences()
    while at < len(whole):
        step = cuts[turn % len(cuts)]
        found += reader.more(whole[at : at + step])
        at, turn = at + step, turn + 1
    assert [(each.text, list(each.passages)) for each in found] == said


@given(noise=st.text(alphabet='{}[]"\\,:<think>/ab1', max_size=80))
def test_no_noise_stops_the_reader(noise: str):
    reader = Sentences()
    for sign in noise:
        reader.more(sign)


# --- draft, and the language of what is written ---------------------------------------------------------------------


async def test_a_draft_is_lines_without_passages(endpoint: Endpoint, make: Make):
    model, _ = await make()
    endpoint.says = lambda asked: lines("The pilot team\n asks for Otter.ai.", " ", "200 people would use it.")
    drafted = await model.draft(Task.MINUTES, FACTS, within=PLENTY)
    assert drafted is not None
    assert [each.text for each in drafted.sentences] == [
        "The pilot team asks for Otter.ai.",
        "200 people would use it.",
    ]


async def test_the_dots_of_the_form_are_no_line_and_no_sentence(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: lines("…") if asked.task == "digest" else sentences(("…", [1]))
    assert await model.draft(Task.DIGEST, FACTS, within=PLENTY) is None
    assert await model.answer(ASKED, PASSAGES, within=PLENTY) is None
    assert [call.outcome for call in book.calls] == [CallOutcome.UNREADABLE] * 2


async def test_facts_are_sent_whole_or_not_at_all(endpoint: Endpoint, make: Make):
    model, book = await make()
    assert await model.draft(Task.SUMMARY, ["fact " * 100] * 100, within=PLENTY) is None
    assert (endpoint.requests, book.calls) == ([], [])


async def test_a_fact_of_several_lines_is_one(endpoint: Endpoint, make: Make):
    model, _ = await make()
    await model.draft(Task.SUMMARY, ["Tool: Otter\n- People: 1", "People: 200"], within=PLENTY)
    assert "- Tool: Otter - People: 1\n- People: 200" in endpoint.requests[0].parts[1]


ENGLISH = "The security team has not said that it may be used by agents at home."
GERMAN = "Die Agenten dürfen es nicht mit ihren eigenen Telefonen von zu Hause nutzen."
SPANISH = "Los agentes no pueden usar sus propios teléfonos para el segundo factor en la casa."


@pytest.mark.parametrize(
    ("sentence", "beside", "strange"),
    [
        (ENGLISH, (GERMAN,), False),
        (GERMAN, (GERMAN, ENGLISH), False),
        (GERMAN, (ENGLISH,), True),
        (SPANISH, (ENGLISH, GERMAN), True),
        (SPANISH, (SPANISH,), False),
        ("Otter.ai, 200, Zürich", (ENGLISH,), False),
        ("Müller GmbH & Co. KG, Straße 5", (ENGLISH,), False),
        ("看起来很安全", (ENGLISH,), True),
        ("Это безопасно", (ENGLISH,), True),
        ("これは安全です", ("携帯電話は使えますか",), False),
        ("The µ and the ß.", (ENGLISH,), False),
        ("", (), False),
        ("200", (), False),
    ],
)
def test_a_sentence_in_a_language_that_nobody_used_is_seen(sentence: str, beside: tuple[str, ...], strange: bool):
    assert Tongue(beside).is_strange(sentence) is strange


@given(st.text(max_size=200))
def test_what_repeats_somebody_s_own_words_is_never_strange(text: str):
    assert not Tongue([text]).is_strange(text)


async def test_a_draft_in_another_language_is_none_and_an_answer_may_be_in_the_asker_s(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.says = lambda asked: lines(GERMAN)
    assert await model.draft(Task.SUMMARY, [GERMAN], within=PLENTY) is None
    assert book.calls[0].outcome is CallOutcome.UNREADABLE
    endpoint.says = lambda asked: sentences((GERMAN, [1]), (SPANISH, [1]))
    drafted = await model.answer("Dürfen die Agenten ihre eigenen Telefone nutzen?", PASSAGES, within=PLENTY)
    assert drafted is not None
    assert [each.text for each in drafted.sentences] == [GERMAN]


async def test_it_closes_while_something_is_still_going_on(endpoint: Endpoint, make: Make):
    model, book = await make()
    endpoint.fail(Fault.HANG)
    await model.draft(Task.SUMMARY, FACTS, within=timedelta(seconds=0.1))
    async with asyncio.timeout(10):
        await model.close()
    assert len(book.calls) == 1


def test_nothing_heavy_is_loaded_by_putting_a_model_together():
    put_together = (
        "import sys; from bot.wiring.parts import build_bot; from bot.wiring.model import model_of; "
        "print(sorted({'openai', 'httpx2', 'numpy', 'bm25s'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", put_together], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
