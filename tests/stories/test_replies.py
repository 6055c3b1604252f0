"""Typed replies that our rules can't read: a model may say which option was meant, and a person presses that option."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import Question
from bot.domain.ids import QuestionId
from bot.domain.model_use import Use
from bot.domain.utterance import Utterance
from bot.slack import ids
from bot.use_cases import choosing
from bot.use_cases.notices import deliver_due
from tests.stories.model import Read, Scripted
from tests.stories.steps import (
    AGENTS,
    again,
    best_of,
    menu,
    offers,
    old,
    open_review,
    pick,
    press_old,
    question_of,
    review_of,
    tags,
    words,
)
from tests.stories.town import GUEST, KNOWLEDGE, OTHER_LEAD, TEAM_CHANNEL, TEAM_LEAD, Town, has_control, open_town

SIGN_IN = QuestionId("G1-ACCESS-MFA")
QUESTION = KNOWLEDGE.bank.by_id[SIGN_IN]
SAID = "hm, everybody has one of those Okta pushes I think"
MEANT: Read = (SIGN_IN, "sso_mfa", "one of those Okta pushes")


@dataclass
class Chooser(Scripted):
    """A model that remembers which replies it was shown."""

    replies: list[Utterance] = field(default_factory=list)

    async def choose(self, question: Question, said: Utterance, *, within: timedelta) -> Proposal | None:
        self.replies.append(said)
        return await super().choose(question, said, within=within)


@pytest.fixture
def model() -> Chooser:
    return Chooser(chooses=MEANT)


@pytest.fixture
async def town(tmp_path: Path, model: Chooser) -> AsyncIterator[Town]:
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model) as opened:
        yield opened


def asked_back(town: Town, channel: str = TEAM_CHANNEL) -> list[Any]:
    """What was said to replies that named no option."""
    marks = ("could not match", "as one of the answers", "Then which one?", "Answered:", "waits for no answer")
    return [each for each in town.cards(channel) if any(mark in f"{words(each)}\n{each.text}" for mark in marks)]


async def replied(town: Town, card: Any, text: str = SAID, user: str = TEAM_LEAD) -> Any:
    """Type a reply, and wait for what is said to it."""
    before = len(asked_back(town, card.channel))
    await town.say(user, card.channel, text, thread=card.thread_ts)
    return await town.until(
        lambda: (asked_back(town, card.channel) or [None])[-1] if _more(town, card, before) else None
    )


def _more(town: Town, card: Any, before: int) -> bool:
    return len(asked_back(town, card.channel)) > before


async def codes_of(town: Town) -> tuple[str, ...] | None:
    given = (await review_of(town)).answers.get(SIGN_IN)
    return given.codes if given else None


async def quotes(town: Town) -> list[str]:
    return [each.quote for each in (await review_of(town)).proposals if each.fact == SIGN_IN]


# --- read, shown, pressed ---------------------------------------------------------------------------------------------


async def test_a_reply_is_shown_as_the_option_it_was_read_as_and_counts_when_that_is_pressed(
    town: Town, model: Chooser
) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card, user=OTHER_LEAD)
    assert f"I read “{MEANT[2]}” as one of the answers to “{QUESTION.text}”:" in words(read)
    assert f"*{QUESTION.by_code['sso_mfa'].label}*" in words(read)
    assert offers(read) == ["answer|sso_mfa", ids.ANOTHER]
    assert await codes_of(town) is None
    assert await quotes(town) == [MEANT[2]]
    assert question_of(again(town, card)) == SIGN_IN
    (said,) = model.replies
    assert (said.by, said.text) == (OTHER_LEAD, SAID)

    await town.click(TEAM_LEAD, read, "answer|sso_mfa")
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    given = (await review_of(town)).answers[SIGN_IN]
    assert (given.codes, given.by, given.came, given.proposed) == (("sso_mfa",), TEAM_LEAD, "button", Origin.MODEL)
    facts = await town.bot.desk.read(
        lambda work: [dict(e.event.facts) for e in work.audit.all() if e.event.tag == "review:answer:add"]
    )
    assert facts == [{"question": SIGN_IN, "codes": "sso_mfa", "proposed": "model", "said_by": OTHER_LEAD}]
    await town.until(lambda: offers(again(town, read)) == [])
    assert f"proposed by a model, confirmed by <@{TEAM_LEAD}>" in words(again(town, read))
    assert await quotes(town) == [""]


async def test_of_the_reply_nothing_is_kept_but_the_quote_and_that_only_until_it_is_answered(
    town: Town, tmp_path: Path
) -> None:
    card = await open_review(town, **AGENTS)
    await replied(town, card)
    await town.settle()
    await pick(town, card, "local_mfa")
    await town.settle()

    def everything(work: Any) -> str:
        tables = ("reviews", "answers", "notices", "inbox", "audit_events", "model_calls", "drafts", "asked")
        rows = [work.connection.exec_driver_sql(f"SELECT * FROM {each}").all() for each in tables]
        return str(rows)

    kept = await town.bot.desk.read(everything)
    assert "Okta" not in kept
    assert SIGN_IN in kept


async def test_in_direct_messages_it_goes_the_same_way(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    await menu(town, TEAM_LEAD, card, ids.DM)
    there = await town.card_with(town.dm(TEAM_LEAD), "review|why")
    await town.say(TEAM_LEAD, town.dm(TEAM_LEAD), SAID)
    read = await town.card_with(town.dm(TEAM_LEAD), ids.ANOTHER)
    await town.click(TEAM_LEAD, read, "answer|sso_mfa")
    await town.until(lambda: question_of(again(town, there)) != SIGN_IN)
    assert await codes_of(town) == ("sso_mfa",)


async def test_what_rules_the_tool_out_is_pressed_in_its_own_words_like_any_other(town: Town, model: Chooser) -> None:
    model.chooses = (SIGN_IN, "password", "just a password")
    card = await open_review(town, **AGENTS)
    read = await replied(town, card, "well, just a password to be honest")
    assert "already a no" not in words(again(town, card))
    label = QUESTION.by_code["password"].label
    (pressed,) = [e for b in read.blocks for e in b.get("elements", ()) if e.get("action_id") == "answer|password"]
    assert pressed["text"]["text"] == label
    assert not {"style", "confirm"} & set(pressed)
    await town.click(TEAM_LEAD, read, "answer|password")
    await town.until(lambda: "already a no" in words(again(town, card)))


async def test_not_knowing_can_be_read_too(town: Town, model: Chooser) -> None:
    model.chooses = (SIGN_IN, "unknown", "would have to ask")
    card = await open_review(town, **AGENTS)
    read = await replied(town, card, "I would have to ask around")
    await town.click(TEAM_LEAD, read, "answer|unknown")
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    assert await codes_of(town) == ("unknown",)


async def test_what_our_rules_can_read_is_never_shown_to_a_model(town: Town, model: Chooser) -> None:
    card = await open_review(town, **AGENTS)
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "2", thread=card.thread_ts)
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    assert model.replies == []
    given = (await review_of(town)).answers[SIGN_IN]
    assert (given.came, given.proposed) == ("reply", None)


async def test_markup_in_a_reply_is_quoted_as_text(town: Town, model: Chooser) -> None:
    text = "<!channel> *yes* <https://evil.invalid|Okta> & `push`"
    model.chooses = (SIGN_IN, "sso_mfa", "*yes*")
    card = await open_review(town, **AGENTS)
    read = await replied(town, card, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    assert "I read “*yes*” as" in words(read)


# --- another answer ---------------------------------------------------------------------------------------------------


async def test_another_answer_shows_all_of_them_and_forgets_what_was_read(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card)
    await town.click(TEAM_LEAD, read, ids.ANOTHER)
    await town.until(lambda: "Then which one?" in words(again(town, read)))
    assert offers(again(town, read)) == [*(f"answer|{each.code}" for each in QUESTION.options), "answer|unknown"]
    assert await quotes(town) == []
    await town.click(TEAM_LEAD, again(town, read), "answer|local_mfa")
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    given = (await review_of(town)).answers[SIGN_IN]
    assert (given.codes, given.proposed) == (("local_mfa",), None)
    await town.until(lambda: offers(again(town, read)) == [])


# --- pressed twice, too late, by others -------------------------------------------------------------------------------


async def test_two_who_press_it_at_once_gave_one_answer(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card)
    seen = old(town, read)
    await asyncio.gather(*(town.click(who, seen, "answer|sso_mfa") for who in (TEAM_LEAD, OTHER_LEAD, TEAM_LEAD)))
    await town.settle()
    assert await codes_of(town) == ("sso_mfa",)
    assert (await tags(town)).count("review:answer:add") == 1


async def test_what_was_read_of_a_question_that_somebody_answered_meanwhile_is_explained(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card)
    await pick(town, card, "local_mfa")
    assert offers(again(town, read)) != []  # nobody looked at it since
    await press_old(town, OTHER_LEAD, old(town, read), "answer|sso_mfa")
    assert "Somebody else answered this question a moment ago" in town.whispers(OTHER_LEAD)[-1]
    assert await codes_of(town) == ("local_mfa",)
    await town.until(lambda: offers(again(town, read)) == [])
    assert QUESTION.by_code["local_mfa"].label in words(again(town, read))


async def test_another_answer_pressed_too_late_shows_the_one_that_was_given(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card)
    await pick(town, card, "local_mfa")
    await town.click(OTHER_LEAD, again(town, read), ids.ANOTHER)
    await town.until(lambda: offers(again(town, read)) == [])
    assert QUESTION.by_code["local_mfa"].label in words(again(town, read))
    assert await codes_of(town) == ("local_mfa",)


async def test_what_was_read_before_a_review_ended_can_be_pressed_no_more(town: Town) -> None:
    card = await open_review(town, **AGENTS)
    read = await replied(town, card)
    await menu(town, TEAM_LEAD, again(town, card), ids.WITHDRAW)
    await town.submit(TEAM_LEAD)
    await town.settle()
    await press_old(town, TEAM_LEAD, old(town, read), "answer|sso_mfa")
    assert "This review has ended" in town.whispers(TEAM_LEAD)[-1]
    await town.until(lambda: offers(again(town, read)) == [])
    assert (await review_of(town)).answers == {}


async def test_a_guest_neither_replies_nor_presses(town: Town, model: Chooser) -> None:
    card = await open_review(town, **AGENTS)
    town.workspace.channels[TEAM_CHANNEL].members.append(GUEST)
    await town.say(GUEST, TEAM_CHANNEL, SAID, thread=card.thread_ts)
    await town.settle()
    assert model.replies == []
    read = await replied(town, card)
    await town.click(GUEST, read, "answer|sso_mfa")
    await town.settle()
    assert await codes_of(town) is None


async def test_each_of_two_people_is_told_what_their_own_words_were_read_as(town: Town, model: Chooser) -> None:
    card = await open_review(town, **AGENTS)
    one = await replied(town, card)
    model.chooses = (SIGN_IN, "password", "plain password")
    two = await replied(town, card, "no no, a plain password", user=OTHER_LEAD)
    assert MEANT[2] in words(again(town, one))
    assert "plain password" in words(two)
    assert await quotes(town) == [MEANT[2], "plain password"]
    await town.click(OTHER_LEAD, two, "answer|password")
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    assert await codes_of(town) == ("password",)


# --- a model that lies, is off, or is not there -----------------------------------------------------------------------

LIES: list[Read | None] = [
    None,
    (SIGN_IN, "sso_mfa", "we all use passkeys"),
    (SIGN_IN, "sso_mfa", ""),
    (SIGN_IN, "sso_mfa", "h"),
    (SIGN_IN, "sso_mfa", SAID.upper()),
    (SIGN_IN, "approved", "Okta pushes"),
    (SIGN_IN, "sso_mfa|r1|1", "Okta pushes"),
    (SIGN_IN, ",".join(["sso_mfa"] * 1_000), "Okta pushes"),
    (SIGN_IN, "none", "Okta pushes"),
    ("G4-KEEP-TIME", "forever", "Okta pushes"),
    ("data", "internal", "Okta pushes"),
    (SIGN_IN, "sso_mfa", SAID + "x" * 1_000_000),
]


@pytest.mark.parametrize("lie", LIES, ids=range(len(LIES)))
async def test_what_a_model_makes_up_ends_where_no_model_ends(town: Town, model: Chooser, lie: Read | None) -> None:
    model.chooses = lie
    card = await open_review(town, **AGENTS)
    back = await replied(town, card)
    assert len(model.replies) == 1
    assert "could not match" in words(back)
    assert offers(back) == []
    assert (await review_of(town)).answers == {}
    assert await quotes(town) == []


async def test_with_no_model_it_is_asked_back_at_once(town: Town, model: Chooser) -> None:
    model.set_up = False
    card = await open_review(town, **AGENTS)
    assert "could not match" in words(await replied(town, card))
    assert model.replies == []


@pytest.mark.parametrize("use", [Use.OFF, Use.QUESTIONS])
async def test_where_the_switch_forbids_it_no_model_is_asked(town: Town, model: Chooser, use: Use) -> None:
    object.__setattr__(town.bot.desk, "model_use", use)
    card = await open_review(town, **AGENTS)
    assert "could not match" in words(await replied(town, card))
    assert model.replies == []


async def test_about_ticks_no_model_is_asked(town: Town, model: Chooser) -> None:
    card = await open_review(town, **AGENTS)
    while (shown := question_of(again(town, card))) != "G3-LAYER-CHECK":
        await pick(town, card, *best_of(str(shown)))
    await town.say(TEAM_LEAD, TEAM_CHANNEL, "all of them", thread=card.thread_ts)
    await town.until(lambda: any("Please tick your answer" in words(c) for c in town.cards(TEAM_CHANNEL)))
    assert model.replies == []


@pytest.mark.parametrize("text", ["🙂🙂🙂", "‮evil‬ " * 300, "a" * 11_000, "-"])
async def test_a_strange_reply_is_asked_back_about(town: Town, model: Chooser, text: str) -> None:
    card = await open_review(town, **AGENTS)
    assert "could not match" in words(await replied(town, card, text))
    assert all(len(said.text) <= choosing.READ_MOST for said in model.replies)


# --- a model that thinks ----------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """The time as a story moves it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def thinking(tmp_path: Path, model: Chooser, clock: Clock) -> AsyncIterator[Town]:
    """A town whose model does not come to an end until it is told to."""
    async with open_town(f"sqlite:///{tmp_path / 'town.sqlite3'}", model=model, now=clock) as opened:
        yield opened
        if model.silent is not None:
            model.silent.set()


async def said_to_it(town: Town, model: Chooser, card: Any) -> None:
    """Type a reply; it is acknowledged, and the model is thinking about it."""
    await town.settle()
    model.silent = asyncio.Event()
    await town.say(TEAM_LEAD, card.channel, SAID, thread=card.thread_ts)
    await town.deliveries.settled()
    while not model.replies:  # noqa: ASYNC110 - only the model knows
        await asyncio.sleep(0)


async def test_nobody_waits_for_a_model_that_never_answers(thinking: Town, model: Chooser, clock: Clock) -> None:
    town = thinking
    card = await open_review(town, **AGENTS)
    await said_to_it(town, model, card)
    clock.ahead = choosing.HELD - timedelta(seconds=1)
    await deliver_due(town.bot.desk, town.bot.messenger)
    assert asked_back(town) == []
    clock.ahead = choosing.HELD
    await deliver_due(town.bot.desk, town.bot.messenger)
    (back,) = await town.until(lambda: asked_back(town))
    assert "could not match" in words(back)
    assert (await review_of(town)).answers == {}


async def test_an_answer_of_a_model_that_comes_late_is_shown_in_the_same_message(
    thinking: Town, model: Chooser, clock: Clock
) -> None:
    town = thinking
    card = await open_review(town, **AGENTS)
    await said_to_it(town, model, card)
    clock.ahead = choosing.HELD
    await deliver_due(town.bot.desk, town.bot.messenger)
    (back,) = await town.until(lambda: asked_back(town))
    assert model.silent is not None
    model.silent.set()
    await town.until(lambda: has_control(again(town, back).blocks, "answer|sso_mfa"))
    assert len(asked_back(town)) == 1


async def test_a_question_that_was_answered_while_the_model_was_thinking_is_not_asked_about(
    thinking: Town, model: Chooser
) -> None:
    town = thinking
    card = await open_review(town, **AGENTS)
    await said_to_it(town, model, card)
    await town.click(TEAM_LEAD, again(town, card), "answer|unknown")
    await town.until(lambda: question_of(again(town, card)) != SIGN_IN)
    assert model.silent is not None
    model.silent.set()
    await town.settle()
    assert asked_back(town) == []
    assert await quotes(town) == []
    assert await codes_of(town) == ("unknown",)


async def test_a_review_that_was_withdrawn_while_the_model_was_thinking_is_not_asked_about(
    thinking: Town, model: Chooser
) -> None:
    town = thinking
    card = await open_review(town, **AGENTS)
    await said_to_it(town, model, card)
    await menu(town, TEAM_LEAD, again(town, card), ids.WITHDRAW)
    await town.submit(TEAM_LEAD)
    assert model.silent is not None
    model.silent.set()
    await town.settle()
    assert asked_back(town) == []
    assert await quotes(town) == []
