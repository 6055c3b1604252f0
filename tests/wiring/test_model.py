"""From settings to a model: what `check` says about it, what `run` and `demo` refuse, and the record of its calls."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from bot.domain.ids import UserId
from bot.domain.model_use import CallOutcome, Task, Use
from bot.domain.passage import Passage, Shelf
from bot.domain.utterance import Utterance
from bot.knowledge import Knowledge, default_folder, load_knowledge
from bot.llm.absent import Absent
from bot.llm.client import RemoteModel
from bot.llm.probe import probe
from bot.llm.prompts import PromptFaults, load_prompts
from bot.llm.service import Place
from bot.settings import Settings, SettingsFaults, load_settings, variables
from bot.store.database import open_store
from bot.use_cases.model_switch import how_it_stands
from bot.use_cases.ports import Model, Readable
from bot.wiring.checks import Check, check_all
from bot.wiring.demo import open_demo, serve_demo
from bot.wiring.model import InStore, demo_model, model_of
from bot.wiring.serving import serve
from tests.databases import migrated
from tests.knowledge.made_secrets import BY_PREFIX, card_number
from tests.llm.endpoint import KEY, MODEL, PROSE, Endpoint, Fault, lines

PROMPTS = Path(__file__).parents[2] / "prompts"
KNOWLEDGE = load_knowledge(default_folder())


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)


def settings_of(**set_here: object) -> Settings:
    database = {"database_url": f"sqlite:///{Path.cwd() / 'preflight.sqlite3'}"}
    return load_settings(env_file=None, **{**database, **set_here})


def with_model(endpoint: Endpoint, **more: object) -> Settings:
    named = {"openai_base_url": endpoint.base_url, "openai_model": MODEL, "openai_api_key": KEY}
    return settings_of(**{**named, **more})


def line(settings: Settings, name: str = "model") -> Check:
    return next(each for each in check_all(settings) if each.name == name)


# --- check ----------------------------------------------------------------------------------------------------------


def test_no_model_is_no_fault():
    assert line(settings_of()) == Check("model", True, "none set; everything works without one")
    assert line(settings_of(openai_api_key=KEY)) == Check(
        "model", True, "OPENAI_MODEL names none; everything works without one"
    )


def test_a_model_that_answers_is_named_with_its_time(endpoint_aside: Endpoint):
    endpoint_aside.says = lambda asked: '{"ok": true}'
    found = line(with_model(endpoint_aside))
    assert found.ok
    assert found.text.startswith(f"{MODEL} on 127.0.0.1, reached, ")
    assert found.text.endswith(" ms; json_schema: yes")
    (asked,) = endpoint_aside.requests
    assert len(asked.text) < 200  # one tiny call, with nothing of anybody's in it


def test_a_model_without_schemas_is_no_fault(endpoint_aside: Endpoint):
    endpoint_aside.modes = frozenset({"plain"})
    endpoint_aside.says = lambda asked: '```json\n{"ok": true}\n```'
    found = line(with_model(endpoint_aside))
    assert (found.ok, found.text.rpartition("; ")[2]) == (True, "json_schema: no")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.KEY_REVOKED, "127.0.0.1 refuses the key (401). Look at OPENAI_API_KEY."),
        (Fault.KEY_FORBIDDEN, "127.0.0.1 refuses the key (403). Look at OPENAI_API_KEY."),
        (Fault.UNKNOWN_MODEL, f"127.0.0.1 knows no model called {MODEL} (404). Look at OPENAI_MODEL."),
        (Fault.TOO_MANY, "127.0.0.1 takes no more calls (429): its limit, or what the account may spend, is used up."),
        (Fault.ERROR, "127.0.0.1 failed (500). Look at its own log, or try again later."),
        (Fault.GARBAGE, "127.0.0.1 does not speak OpenAI's protocol. OPENAI_BASE_URL usually ends in /v1."),
        (Fault.OTHER_JSON, "127.0.0.1 does not speak OpenAI's protocol. OPENAI_BASE_URL usually ends in /v1."),
        (Fault.REDIRECT, "127.0.0.1 does not speak OpenAI's protocol (307). OPENAI_BASE_URL usually ends in /v1."),
        (Fault.PROSE, f"{MODEL} on 127.0.0.1 answers, but not with JSON. Choose a model that can, or another."),
        (Fault.EMPTY, f"{MODEL} on 127.0.0.1 answers, but not with JSON. Choose a model that can, or another."),
    ],
)
def test_what_is_wrong_is_named_in_one_line(endpoint_aside: Endpoint, fault: Fault, said: str):
    endpoint_aside.fail(always=fault)
    assert line(with_model(endpoint_aside)) == Check("model", False, said)


def test_an_address_where_nobody_listens(endpoint_aside: Endpoint):
    found = line(with_model(endpoint_aside, openai_base_url=endpoint_aside.nowhere))
    assert found == Check("model", False, "127.0.0.1 cannot be reached. Look at OPENAI_BASE_URL, and at the network.")


def test_an_address_that_lacks_a_part(endpoint_aside: Endpoint):
    found = line(with_model(endpoint_aside, openai_base_url=endpoint_aside.base_url.removesuffix("/v1")))
    assert found.text == "127.0.0.1 does not speak OpenAI's protocol (404). OPENAI_BASE_URL usually ends in /v1."


async def test_a_model_that_is_too_slow(endpoint: Endpoint):
    endpoint.fail(Fault.HANG)
    found = await probe(Place(MODEL, endpoint.base_url), within=0.1)
    assert found.text == "127.0.0.1 gave no answer within 0.1 s. Where a person waits, that is too slow."


def test_neither_the_key_nor_what_the_service_says_is_shown(endpoint_aside: Endpoint):
    for fault in Fault:
        if fault not in (Fault.HANG, Fault.DRIP, Fault.DRIP_AFTER_HALF):
            endpoint_aside.fail(fault, fault)
            said = line(with_model(endpoint_aside)).text
            assert KEY not in said
            assert PROSE not in said


# --- prompts --------------------------------------------------------------------------------------------------------


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(PROMPTS, tmp_path / "spoiled"))
    page = folder / "answer.md"
    page.write_text(page.read_text("utf-8").replace("${asked}", ""), "utf-8")
    return folder


def test_check_names_the_prompts_and_what_is_wrong_with_them(spoiled: Path):
    told = r"extract v\d+, choose v\d+, answer v\d+, summary v\d+, digest v\d+, minutes v\d+"
    assert re.fullmatch(told, line(settings_of(), "prompts").text)
    found = line(settings_of(prompts_dir=spoiled), "prompts")
    assert (found.ok, found.text) == (False, "answer.md · ${asked} is missing · every input has its hole in the text")


def test_a_spoiled_prompt_refuses_the_start_even_without_a_model(spoiled: Path, monkeypatch: pytest.MonkeyPatch):
    settings = settings_of(
        prompts_dir=spoiled,
        slack_bot_token="xoxb-1",
        slack_signing_secret="s",
        security_channel="C1",
        security_leads="U1",
    )
    with pytest.raises(PromptFaults, match=r"answer\.md"):
        serve(settings)
    monkeypatch.setenv("PROMPTS_DIR", str(spoiled))
    with pytest.raises(PromptFaults, match=r"answer\.md"):
        serve_demo(port=0, db=None, open_browser=False)


# --- the model itself -----------------------------------------------------------------------------------------------


def test_settings_without_a_model_give_the_one_that_is_not_there():
    prompts = load_prompts(PROMPTS)
    assert isinstance(model_of(settings_of(), prompts, KNOWLEDGE), Absent)
    assert isinstance(model_of(settings_of(openai_api_key=KEY), prompts, KNOWLEDGE), Absent)
    model = model_of(settings_of(openai_model=MODEL, openai_base_url="http://127.0.0.1:9/v1"), prompts, KNOWLEDGE)
    assert isinstance(model, RemoteModel)
    assert (model.about.model, model.about.host, model.about.daily_tokens) == (MODEL, "127.0.0.1", 500_000)


def test_the_demo_takes_a_model_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECURITY_CHANNEL", "not an id")  # nothing the demo needs
    made, use = demo_model()
    assert (made(KNOWLEDGE).set_up, use) == (False, Use.ALL)
    monkeypatch.setenv("OPENAI_MODEL", MODEL)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("MODEL_USE", "questions")
    made, use = demo_model()
    assert (made(KNOWLEDGE).set_up, made(KNOWLEDGE) is not made(KNOWLEDGE), use) == (True, True, Use.QUESTIONS)
    monkeypatch.setenv("OPENAI_BASE_URL", "not an address")
    with pytest.raises(SettingsFaults, match="OPENAI_BASE_URL"):
        demo_model()


async def test_calls_are_put_on_record_without_a_word_of_them(endpoint: Endpoint, tmp_path: Path):
    database = f"sqlite:///{tmp_path / 'calls.sqlite3'}"
    migrated(database)
    store = open_store(database, audit_key=b"audit key of a test")
    model = model_of(with_model(endpoint), load_prompts(PROMPTS), KNOWLEDGE)
    assert isinstance(model, RemoteModel)
    model.keep_in(InStore(store))
    endpoint.says = lambda asked: lines("A canary in a line for 200 people.")
    try:
        await model.warm_up()
        assert await model.draft(Task.SUMMARY, ["A canary in a fact", "200"], within=timedelta(seconds=20))
        assert await InStore(store).spent_since(datetime.now(UTC) - timedelta(minutes=1)) == 50
        rows = await store.read(lambda work: work.model_calls.outcomes_since(datetime.now(UTC) - timedelta(minutes=1)))
        assert rows == {CallOutcome.USED: 1}
    finally:
        await model.close()
        await store.close()
    kept = (tmp_path / "calls.sqlite3").read_bytes()  # closing has brought all of it there
    assert b"summary" in kept
    assert b"canary" not in kept


@pytest.mark.parametrize("removes", ["none", "emails", "phones", "emails,phones"])
async def test_what_leaves_holds_no_secret_and_nothing_that_the_setting_names(endpoint: Endpoint, removes: str):
    r = Random(removes)
    secrets = [BY_PREFIX[kind](r) for kind in BY_PREFIX] + [card_number(r, "visa")]
    person = "call +49 170 1234567 or write to anna@example.com"
    text = "\n".join([*secrets, person])
    model = model_of(with_model(endpoint, model_removes=removes), load_prompts(PROMPTS), KNOWLEDGE)
    assert isinstance(model, RemoteModel)
    endpoint.says = lambda asked: lines("Nothing.")
    said, question = Utterance(UserId("U1"), text), KNOWLEDGE.bank.questions[0]
    within = timedelta(seconds=20)
    try:
        await model.warm_up()
        await model.extract([said], Readable({}, ("tool",), [question]), within=within)
        await model.choose(question, said, within=within)
        short = f"{secrets[1]} {secrets[-1]}, {person}?"
        await model.answer(short, [Passage("p", Shelf.POLICY, short, short)], within=within)
        await model.draft(Task.SUMMARY, [text], within=within)
    finally:
        await model.close()
    assert {each.task for each in endpoint.requests} >= {"extract", "choose", "answer", "summary"}
    for request in endpoint.requests:
        assert not [each for each in secrets if each in request.text or each[8:40] in request.text]
        assert "[secret removed: " in request.text
        assert ("anna@example.com" in request.text) is ("emails" not in removes)
        assert ("170 1234567" in request.text) is ("phones" not in removes)


async def test_the_demo_s_past_is_made_without_its_model_and_its_calls_follow_the_demo_s_clock(
    endpoint: Endpoint, tmp_path: Path
):
    def make_model(knowledge: Knowledge) -> Model:
        return model_of(with_model(endpoint), load_prompts(PROMPTS), knowledge)

    files = (tmp_path / f"{number}.sqlite3" for number in count(1))
    opened = await open_demo("http://127.0.0.1:9", "http://127.0.0.1:9", files, make_model=make_model)
    bot = opened.behind.bot
    try:
        assert endpoint.requests == []
        endpoint.says = lambda asked: lines("Three requests wait.")
        opened.behind._clock.forward(timedelta(days=7))
        assert await bot.desk.model.draft(Task.DIGEST, ["Requests that wait: three"], within=timedelta(seconds=20))
        assert (await how_it_stands(bot.desk)).tokens == 50
        assert (await how_it_stands(bot.desk)).outcomes == {CallOutcome.USED: 1}
    finally:
        await bot.stop()
