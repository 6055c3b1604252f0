"""A reply that a model is asked about, when the process ends in between: what is said without a model is said then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import ChannelId, ReviewId, ToolId, UserId
from bot.domain.notice import Notice, NoticeKind, Owed, Recipient
from bot.domain.review import Home, Review, Stage
from bot.domain.tool import Tool
from bot.store.work import Work
from bot.use_cases import answering, choosing
from bot.use_cases.answering import Typed
from bot.use_cases.desk import Acting, Came, Repeated
from bot.use_cases.notices import deliver_all
from bot.use_cases.ports import Via
from tests.domain.cases import CRM, opened
from tests.stories.model import Scripted
from tests.use_cases.clockwork import Clockwork, clockwork

ANA = UserId("U0ANA")
HOME = Home(ChannelId("C0TEAM"), "1795442400.000100")
REVIEW = ReviewId("r1")
FIRST = opened(CRM).asked[0]
SAID = Typed(ANA, "we do something of that kind", HOME)
CAME = Came("event:Ev1", "digest")
MEANT = (FIRST.id, FIRST.options[1].code, "something of that kind")
SECOND = timedelta(seconds=1)


@pytest.fixture
async def works(tmp_path: Path) -> AsyncIterator[Clockwork]:
    async with clockwork(tmp_path) as running:

        def put(work: Work) -> None:
            work.tools.add(Tool(ToolId("t1"), "Fabrikam Notes", "Fabrikam"), running.at)
            told: dict[str, Any] = {"stage": Stage.ANSWERING, "profile": CRM}
            work.reviews.add(Review(REVIEW, ToolId("t1"), "Fabrikam Notes", ANA, HOME, running.at, **told), running.at)

        await running.store.act(put)
        yield running


def with_model(works: Clockwork, model: Scripted) -> Clockwork:
    works.desk = replace(works.desk, model=model, tasks=set(), deliver=[partial(_deliver, works)])
    return works


async def _deliver(works: Clockwork, owed: list[Owed], via: Via | None, saved: Mapping[ReviewId, Review]) -> None:
    await deliver_all(works.desk, works.slack, owed, via, saved)


async def settled(works: Clockwork) -> None:
    while works.desk.tasks:
        await asyncio.gather(*works.desk.tasks)


async def thinking(works: Clockwork) -> Scripted:
    """Somebody replies, and the model does not come to an end."""
    model = Scripted(chooses=MEANT, silent=asyncio.Event())
    assert await answering.reply(with_model(works, model).desk, CAME, SAID)
    while not model.shown:  # noqa: ASYNC110 - only the model knows
        await asyncio.sleep(0)
    return model


async def end(works: Clockwork) -> None:
    """The process is gone, and what it was thinking about with it; another one starts over the same database."""
    for task in works.desk.tasks:
        task.cancel()
    await asyncio.gather(*works.desk.tasks, return_exceptions=True)
    with_model(works, Scripted())


async def review(works: Clockwork) -> Review:
    return await works.store.read(lambda work: work.reviews.get(REVIEW))


async def test_after_a_crash_while_a_model_is_thinking_it_is_asked_back_in_time(works: Clockwork) -> None:
    await thinking(works)
    await end(works)
    works.at += choosing.HELD - SECOND
    await works.deliver()
    assert works.slack.posts == []
    works.at += SECOND
    await works.deliver()
    (back,) = works.slack.posts
    assert back.text.startswith("Which answer do you mean?")
    assert (await review(works)).proposals == ()


async def test_what_a_model_said_is_written_down_whole_or_not_at_all(
    works: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await thinking(works)

    def broken(self: Acting, *notices: Notice) -> None:
        raise OSError("the process ends here")

    with monkeypatch.context() as changed:
        changed.setattr(Acting, "owe", broken)
        assert model.silent is not None
        model.silent.set()
        await asyncio.gather(*works.desk.tasks, return_exceptions=True)
    assert (await review(works)).proposals == ()
    works.at += choosing.HELD - SECOND
    await works.deliver()
    assert works.slack.posts == []
    works.at += SECOND
    await works.deliver()
    assert [each.text.startswith("Which answer do you mean?") for each in works.slack.posts] == [True]


async def test_a_reply_that_slack_sends_twice_is_shown_to_the_model_once(works: Clockwork) -> None:
    model = await thinking(works)
    with pytest.raises(Repeated):
        await answering.reply(works.desk, CAME, SAID)
    assert model.silent is not None
    model.silent.set()
    await settled(works)
    assert len(model.shown) == 1
    (read,) = works.slack.posts
    assert read.text.startswith("I read your reply as one of the answers to:")


async def test_a_model_that_keeps_to_no_time_is_let_go(works: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "A_PERSON_WAITS", -SECOND)
    await thinking(works)
    await settled(works)  # it comes to an end although the model does not
    assert [each.text.startswith("Which answer do you mean?") for each in works.slack.posts] == [True]


@pytest.mark.parametrize("key", ["sign_off:r1", "ask_back:other", "nothing", ""])
async def test_a_button_that_names_no_message_of_its_kind_brings_none_up_to_date(works: Clockwork, key: str) -> None:
    desk = with_model(works, Scripted()).desk
    to = Recipient(HOME.channel)
    others = [
        Notice("sign_off:r1", NoticeKind.SIGN_OFF_CARD, to, REVIEW, live=True),
        Notice("ask_back:other", NoticeKind.ASK_BACK, to, ReviewId("r2"), live=True),
    ]

    def put(work: Work) -> None:
        work.reviews.add(Review(ReviewId("r2"), None, "Another", ANA, HOME, works.at), works.at)
        for each in others:
            work.notices.owe(each, works.at)

    await works.store.act(put)
    await works.deliver()
    before = [*works.slack.posts, *works.slack.updates]
    told: dict[str, Any] = {"review": REVIEW, "by": ANA, "question": FIRST.id, "codes": ("unknown",), "saw": 0}
    await answering.answer(desk, CAME, **told, asked_in=key)
    await settled(works)
    await choosing.another(desk, Came("event:Ev2", "digest"), review=REVIEW, key=key)
    await settled(works)
    after = [each for each in (*works.slack.posts, *works.slack.updates) if each.key != "review:r1:C0TEAM"]
    assert after == before
