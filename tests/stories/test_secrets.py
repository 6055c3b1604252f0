"""Secrets typed everywhere people can type: none is kept, logged or shown again, and whoever typed one is told."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from bot.slack import ids
from bot.wiring.logs import JsonLines, set_up_logs
from tests.knowledge.made_secrets import BY_PREFIX, card_number
from tests.slack.knock import event_body, knock, signed
from tests.stories.client_steps import HOST, OWNER, Clock, a_review, closed, form, started, walked
from tests.stories.model import Scripted
from tests.stories.steps import (
    AGENTS,
    GAPS,
    again,
    answer_quickly,
    ask,
    best_of,
    close_all,
    decided,
    menu,
    open_review,
    pick,
    question_of,
    sign,
    tags,
    to_page_2,
    with_the_leads,
)
from tests.stories.town import (
    KNOWLEDGE,
    LEAD_1,
    LEAD_2,
    SECRET,
    SECURITY_CHANNEL,
    TEAM_CHANNEL,
    TEAM_LEAD,
    Town,
    has_control,
    open_town,
)
from tests.stories.upkeep_steps import pass_time

KINDS = tuple(BY_PREFIX)


class Typed:
    """Makes up a secret for each place, and remembers who typed how many."""

    def __init__(self) -> None:
        self._r = Random(14)
        self.by_place: dict[str, str] = {}
        self.by_user: dict[str, int] = {}

    def secret(self, user: str, place: str) -> str:
        kind = KINDS[len(self.by_place) % len(KINDS)]
        self.by_user[user] = self.by_user.get(user, 0) + 1
        self.by_place[place] = made = BY_PREFIX[kind](self._r)
        return made

    def found_in(self, text: bytes) -> list[str]:
        """The places whose secret, or half of it, stands in there."""
        return [
            place
            for place, secret in self.by_place.items()
            if any(half.encode() in text for half in (secret[:24], secret[-24:], json.dumps(secret[-24:])[1:-1]))
        ]


class Everything(logging.Handler):
    """All that is logged, as it would be written, and with all its parts."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._spelled = JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self._spelled.format(record)} {record.args!r} {vars(record)!r}")


@pytest.fixture
def logged() -> Iterator[Everything]:
    """Logs as they are set up for a bot that runs, at their most talkative."""
    root, handler = logging.getLogger(), Everything()
    handlers, level = root.handlers[:], root.level
    set_up_logs("DEBUG")
    root.addHandler(handler)
    yield handler
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=Clock()) as opened:
        yield opened


def on_disk(folder: Path) -> bytes:
    """The raw bytes of the database with its log."""
    files = sorted(folder.glob("town.sqlite3*"))
    assert len(files) >= 2, "the write-ahead log is not there"
    return b"".join(each.read_bytes() for each in files)


def shown(town: Town) -> bytes:
    """All that the bot has ever sent to Slack."""
    return json.dumps(town.calls, default=str).encode()


def told(town: Town, user: str) -> list[str]:
    """What somebody was told about secrets, whispered or in direct messages."""
    said = [each.text for each in town.cards(town.dm(user)) if each.only_for is None] + town.whispers(user)
    return [each for each in said if each.startswith("I removed something from")]


async def all_told(town: Town, typed: Typed) -> None:
    await town.settle()
    for user, times in typed.by_user.items():
        assert len(told(town, user)) == times, (user, told(town, user))


async def kept_apart(town: Town, typed: Typed, folder: Path, logged: Everything) -> None:
    """Nothing of what was typed is in the database, its log, what was logged, or what was sent."""
    assert typed.by_place
    assert logged.lines
    assert typed.found_in(on_disk(folder)) == []
    assert typed.found_in(shown(town)) == []
    assert typed.found_in("\n".join(logged.lines).encode()) == []
    cleanings = await town.bot.desk.read(
        lambda work: [each.event for each in work.audit.all() if each.event.tag == "text:clean"]
    )
    assert len(cleanings) == sum(typed.by_user.values())
    assert typed.found_in(json.dumps([dict(each.facts) for each in cleanings]).encode()) == []
    assert all(each.facts["kinds"] and each.facts["where"] for each in cleanings)
    assert b"[secret removed: " in on_disk(folder)


async def test_a_request_with_secrets_in_every_text_is_decided_without_keeping_one(
    town: Town, tmp_path: Path, logged: Everything
) -> None:
    typed = Typed()
    card = await ask(
        town,
        TEAM_LEAD,
        f"@Preflight is Fabrikam Notes safe to roll out? We log in with {typed.secret(TEAM_LEAD, 'mention')}, ok?",
    )
    purpose = {"profile|purpose": f"Notes. The key is {typed.secret(TEAM_LEAD, 'purpose')}"}
    await to_page_2(town, card, TEAM_LEAD, ("saas",), **purpose)
    assert await town.submit(TEAM_LEAD, **AGENTS) == {}
    await town.settle()
    await town.say(TEAM_LEAD, TEAM_CHANNEL, f"no idea, {typed.secret(TEAM_LEAD, 'thread')}", thread=card.thread_ts)
    await town.settle()
    card = await answer_quickly(town, card, **GAPS)
    await menu(town, TEAM_LEAD, again(town, card), ids.NOTE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    assert await town.submit(TEAM_LEAD, **{"submit|note": f"see {typed.secret(TEAM_LEAD, 'note')}"}) == {}
    request = await town.card_with(SECURITY_CHANNEL, "sign_off|reject")
    await town.click(LEAD_1, request, "sign_off|ask")
    assert (
        await town.submit(LEAD_1, **{"sign_off|question": f"Is {typed.secret(LEAD_1, 'question')} still yours?"}) == {}
    )
    reply = await town.card_with(TEAM_CHANNEL, ids.REPLY)
    await town.click(TEAM_LEAD, reply, ids.REPLY)
    assert await town.submit(TEAM_LEAD, **{"reply|text": f"No: {typed.secret(TEAM_LEAD, 'reply')}"}) == {}
    await town.settle()
    await town.click(LEAD_2, again(town, request), "sign_off|conditions")
    given = {"sign_off|added": f"Rotate {typed.secret(LEAD_2, 'condition')}", "sign_off|days": "14"}
    assert (
        await town.submit(LEAD_2, **given, **{"sign_off|rationale": "Few data. " + typed.by_place["condition"]}) == {}
    )
    await town.settle()
    assert len(await decided(town)) == 1
    await all_told(town, typed)
    await kept_apart(town, typed, tmp_path, logged)


async def test_a_meeting_with_secrets_in_every_text_keeps_none(town: Town, tmp_path: Path, logged: Everything) -> None:
    typed = Typed()
    _, pack = await a_review(town)
    card = await started(town, pack)
    note = {"client_review|text": f"They sent {typed.secret(HOST, 'meeting note')}"}
    assert await form(town, HOST, card, ids.MEET_NOTE, **note) == {}
    action = {"client_review|text": f"Rotate {typed.secret(HOST, 'action')}", "client_review|side": "ours"}
    due = {"client_review|owner": OWNER, "client_review|due": "2026-12-01"}
    assert await form(town, HOST, card, ids.MEET_ACTION, **action, **due) == {}
    finding = {
        "client_review|text": f"Pasted: {typed.secret(HOST, 'finding')}",
        "client_review|guideline": "G1",
        "client_review|severity": "high",
        "client_review|source": "us",
    }
    assert await form(town, HOST, card, ids.MEET_FINDING, **finding) == {}
    card = await walked(town, card)
    summary = {"client_review|summary": f"Calm but for {typed.secret(HOST, 'summary')}"}
    assert await closed(town, card, **summary) == {}
    await all_told(town, typed)
    await kept_apart(town, typed, tmp_path, logged)


async def test_a_direct_message_a_command_and_a_chosen_message_are_cleaned(
    town: Town, tmp_path: Path, logged: Everything
) -> None:
    typed = Typed()
    await town.say(
        TEAM_LEAD, town.dm(TEAM_LEAD), f"is Contoso Chat ok? login {typed.secret(TEAM_LEAD, 'direct message')}"
    )
    await town.settle()
    await town.command(LEAD_1, f"Tailspin Sync {typed.secret(LEAD_1, 'command')}")
    await town.settle()
    await town.command(LEAD_1, f"find {typed.secret(LEAD_1, 'search')}")
    await town.command(LEAD_1, f"ask may agents share {typed.secret(LEAD_1, 'question')} for the second factor?")
    await town.settle()
    aloud = f"@Preflight may agents use their own phones? {typed.secret(TEAM_LEAD, 'question aloud')}"
    await town.say(TEAM_LEAD, TEAM_CHANNEL, aloud)
    await town.settle()
    ts = await town.say(LEAD_2, TEAM_CHANNEL, "we could use Wingtip Mail, " + typed.secret(OWNER, "chosen message"))
    await town.shortcut(OWNER, TEAM_CHANNEL, ts)
    await town.settle()
    await all_told(town, typed)
    await kept_apart(town, typed, tmp_path, logged)


async def test_a_link_with_a_password_is_kept_without_it(town: Town, tmp_path: Path, logged: Everything) -> None:
    typed = Typed()
    card = await open_review(town)
    for _ in range(40):
        shown_question = question_of(again(town, card))
        assert shown_question is not None, "no question asked for a link"
        card = await pick(town, card, *_with_details(shown_question))
        if has_control(again(town, card).blocks, "review|extra"):
            await town.click(TEAM_LEAD, again(town, card), "review|extra")
            await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
            if "extra|link" in [block.get("block_id") for block in town.modal(TEAM_LEAD)["blocks"]]:
                break
            close_all(town, TEAM_LEAD)
    link = f"https://anna:{typed.secret(TEAM_LEAD, 'link')}@wiki.invalid/page"
    assert await town.submit(TEAM_LEAD, **{"extra|link": link}) == {}
    await all_told(town, typed)
    raw = on_disk(tmp_path)
    assert typed.found_in(raw) == []
    assert b"@wiki.invalid/page" in raw


def _with_details(question: str) -> tuple[str, ...]:
    wanted = [code for extra in KNOWLEDGE.bank.by_id[question].extras for code in extra.wanted_for]  # type: ignore[index]
    return (wanted[0],) if wanted else best_of(question)


async def test_a_card_number_is_treated_alike_and_its_advice_is_another(town: Town, tmp_path: Path) -> None:
    number = card_number(Random(2), "mastercard")
    await ask(town, TEAM_LEAD, f"@Preflight is Fabrikam Notes safe? A customer paid with {number}.")
    await town.settle()
    (said,) = told(town, TEAM_LEAD)
    assert "tell the security leads" in said
    assert "change it now" not in said
    assert number.encode() not in on_disk(tmp_path)


async def test_the_same_payload_sent_again_tells_nobody_twice(town: Town) -> None:
    text = f"<@UPREFLIGHT> is Fabrikam Notes safe? {BY_PREFIX['npm token'](Random(5))}"
    body = event_body({"type": "app_mention", "user": TEAM_LEAD, "channel": TEAM_CHANNEL, "ts": "1.5", "text": text})
    for _ in range(3):
        answer = await knock(town.bot.door, body, signed(body, secret=SECRET, x_slack_retry_num="1"))
        assert answer.status == 200
    await town.settle()
    assert len(told(town, TEAM_LEAD)) == 1
    assert (await tags(town)).count("text:clean") == 1


async def test_evidence_of_a_condition_is_cleaned(town: Town, tmp_path: Path, logged: Everything) -> None:
    typed, clock = Typed(), town.bot.desk.now
    assert isinstance(clock, Clock)
    _, request = await with_the_leads(town)
    await sign(town, request)
    await pass_time(town, clock, clock.at + timedelta(days=8))
    card = next(
        each for each in reversed(town.cards(town.dm(TEAM_LEAD))) if has_control(each.blocks, ids.CONDITION_CLOSE)
    )
    await town.click(TEAM_LEAD, card, ids.CONDITION_CLOSE)
    await town.until(lambda: town.workspace.top_view(TEAM_LEAD))
    evidence = f"done, log in with {typed.secret(TEAM_LEAD, 'evidence')}"
    assert await town.submit(TEAM_LEAD, **{"condition|evidence": evidence}) == {}
    await all_told(town, typed)
    await kept_apart(town, typed, tmp_path, logged)


async def test_talk_in_a_thread_that_is_not_ours_is_nobodys_business(town: Town) -> None:
    ts = await town.say(TEAM_LEAD, TEAM_CHANNEL, "shall we have lunch?")
    await town.say(LEAD_1, TEAM_CHANNEL, f"here: {BY_PREFIX['npm token'](Random(6))}", thread=ts)
    await town.settle()
    assert told(town, LEAD_1) == []


async def test_with_broken_rules_no_words_are_taken_and_buttons_still_work(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await open_review(town)
    rules = town.bot.desk.knowledge.secrets
    monkeypatch.setattr(rules, "compiled", None)
    monkeypatch.setattr(rules, "_folder", tmp_path / "nowhere")
    await town.command(LEAD_1, "Tailspin Sync")
    await town.settle()
    assert any("Something went wrong, and nothing was recorded" in each for each in town.whispers(LEAD_1))
    assert b"Tailspin" not in on_disk(tmp_path)
    ready = await knock(town.bot.door, b"", [], method="GET", path="/readyz")
    assert (ready.status, b"secrets: the rules are not read yet, or broken" in ready.body) == (503, True)
    await menu(town, TEAM_LEAD, again(town, card), ids.WHY)
    assert town.workspace.top_view(TEAM_LEAD) is not None


async def test_what_others_said_in_a_thread_is_shown_to_a_model_and_kept_without_their_secrets(
    tmp_path: Path, logged: Everything
) -> None:
    typed = Typed()
    quote = "calls are recorded"
    model = Scripted((("tool", "Fabrikam Notes", "Fabrikam Notes"), ("data", "recordings", quote)))
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", now=Clock(), model=model) as town:
        said = f"Fabrikam Notes: {quote}, login {typed.secret(LEAD_2, 'said before')}"
        ts = await town.say(LEAD_2, TEAM_CHANNEL, said)
        await town.say(TEAM_LEAD, TEAM_CHANNEL, "@Preflight is this safe to roll out?", thread=ts)
        await town.settle()
        assert any(quote in each.text for shown_to_it in model.shown for each in shown_to_it)
        assert typed.found_in(repr(model.shown).encode()) == []
        assert typed.found_in(on_disk(tmp_path)) == []
        assert typed.found_in(shown(town)) == []
        assert typed.found_in("\n".join(logged.lines).encode()) == []
        assert told(town, LEAD_2) == []  # it was said to the others, and we only read it there
