"""Questions to the knowledge base: passages at once, a model's checked sentences later, what people say of them.

Nothing is decided here, and nothing that is answered becomes a fact. With no model, or one that fails, says nothing or
says what its passages do not carry, the passages are the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.asked import KEPT_FOR, Asked, Feedback
from bot.domain.asking import LONGEST, READ_MOST, Means, Signs, is_question, means
from bot.domain.audit import Tag
from bot.domain.grounding import MOST_SENTENCES, grounded
from bot.domain.ids import AskedId, ChannelId, UserId
from bot.domain.model_use import Task, Wrote
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.passage import Cited, Passage
from bot.domain.refused import Refused
from bot.domain.review import Home
from bot.domain.sentence import read_sentence
from bot.domain.tool import clean_text
from bot.store.work import Work
from bot.use_cases.ask_tellings import AnswerTold, find, tell_answer
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.model_use import may_ask, still_may
from bot.use_cases.ports import A_PERSON_WAITS, Sent

HELD: Final = A_PERSON_WAITS + timedelta(seconds=5)


_FEWEST_WORDS: Final = 4  # of words that are no question


class QuestionForgotten(Refused):
    reason = f"That question is not kept any more: questions are deleted after {KEPT_FOR.days} days. Please ask again."


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody's words that may be a question, and where they were said."""

    by: UserId
    text: str
    home: Home
    direct: tuple[ChannelId, str] | None = None  # the direct message that it was, with its time


async def means_of(desk: Desk, text: str, *, outright: bool = False) -> Means:
    """What these words want; nothing is looked up for words that have not the shape of a question."""
    if not text.strip() or len(text) > (READ_MOST if outright else LONGEST) or not (outright or is_question(text)):
        return Means.NEITHER
    text = clean_text(text, most=READ_MOST)
    on_record = await desk.read(lambda work: work.tools.mentioned(text))
    reading = read_sentence(text, desk.knowledge.words, known_tools=on_record)
    tool = bool(on_record) or reading.tool is not None
    # What finding needs is loaded with the first question. Where a tool is named, what our pages know changes nothing.
    known = not tool and bool(await asyncio.to_thread(find, desk.knowledge, text))
    return means(text, Signs(tool, bool(reading.proposals()), known), outright=outright)


async def _tools_in(desk: Desk, text: str) -> tuple[str, ...]:
    """The names of tools that a text holds: those on record, and the one that its reader finds."""
    known = await desk.read(lambda work: work.tools.mentioned(text))
    named = read_sentence(text, desk.knowledge.words, known_tools=known).tool
    return (*known, *([named.value] if named is not None else []))


async def take(desk: Desk, came: Came, question: Question) -> bool:
    """Answer it, if it is a question to the knowledge base; False when it is none."""
    means = await means_of(desk, question.text)
    if means is Means.QUESTION or (means is Means.NEITHER and await _is_known(desk, question.text)):
        await ask(desk, came, question)
        return True
    return False


async def _is_known(desk: Desk, text: str) -> bool:
    """Words that ask nothing and describe no tool, about something that our pages know: better those than plain help.

    Where a model may read them, it does so first: it may find a request in them.
    """
    if not len(text.split()) >= _FEWEST_WORDS or len(text) > LONGEST or await may_ask(desk, Task.EXTRACT):
        return False
    text = clean_text(text, most=READ_MOST)
    if read_sentence(text, desk.knowledge.words).proposals() or await _tools_in(desk, text):
        return False
    return bool(await asyncio.to_thread(find, desk.knowledge, text))


async def ask(desk: Desk, came: Came, question: Question) -> Asked:
    """Take a question: its passages are shown at once, and a model may be asked to put them in sentences."""
    text = clean_text(question.text, most=READ_MOST)
    hits = await asyncio.to_thread(find, desk.knowledge, text)
    passages = tuple(hit.passage for hit in hits)
    at = desk.now()
    asked = Asked(AskedId(desk.new_id()), question.by, text, tuple(each.id for each in passages), at)
    writes = bool(passages) and await means_of(desk, text, outright=True) is Means.QUESTION
    writes = writes and await may_ask(desk, Task.ANSWER)
    if writes and question.direct is not None and desk.streams:
        home = replace(question.home, thread=question.direct[1])
        await desk.act(_ask, came, asked, home, held=True)
        desk.spawn(_answer_in_view(desk, asked, home, question.direct, passages))
        return asked
    await desk.act(_ask, came, asked, question.home)
    if writes:
        desk.spawn(_answer(desk, asked, question.home, passages))
    return asked


def _ask(act: Acting, came: Came, asked: Asked, home: Home, held: bool = False) -> None:
    act.once(came)
    act.work.asked.add(asked)
    if held:  # should nobody come back to it, the card comes by itself
        act.owe_later(_notice(asked.id, home), not_before=act.at + HELD)
    else:
        act.owe(_notice(asked.id, home))


def _notice(asked: AskedId, home: Home) -> Notice:
    to = Recipient(home.channel, home.thread)
    return Notice(f"answer:{asked}", NoticeKind.ANSWER, to, facts={"asked": asked}, live=True)


async def _answer(desk: Desk, asked: Asked, home: Home, passages: Sequence[Passage]) -> None:
    """Have a model put the passages in sentences, keep those that they carry, and bring the card up to date."""
    drafted = await desk.model.answer(asked.question, passages, within=A_PERSON_WAITS)
    if drafted is None:
        return
    carried = await checked(desk, asked.question, drafted.sentences, passages)
    if carried:
        await desk.act(_keep, asked.id, home, carried, drafted.by)


async def _answer_in_view(
    desk: Desk, asked: Asked, home: Home, direct: tuple[ChannelId, str], passages: Sequence[Passage]
) -> None:
    """The same in a direct message, where each sentence is shown as soon as it was checked.

    What is shown meanwhile is only a view of it. At its end, however it ends, the card itself takes its place.
    """
    streams, carried, drafted = desk.streams[0], tuple[Cited, ...](), None
    stands = await streams.start(*direct, passages)
    shown: list[Cited] = []
    goes_on = stands is not None

    async def told(sentence: Cited) -> None:
        nonlocal goes_on
        for each in await checked(desk, asked.question, [sentence], passages) if goes_on and stands else ():
            if goes_on and len(shown) < MOST_SENTENCES and stands:
                goes_on = await streams.append(stands, each)
                shown.append(each)

    try:
        if stands is not None:
            await desk.act(_stands, asked.id, home, stands)
        drafted = await desk.model.answer(
            asked.question, passages, within=A_PERSON_WAITS, told=told if stands else None
        )
        if drafted is not None:
            carried = await checked(desk, asked.question, drafted.sentences, passages)
    finally:
        if stands is not None:
            await streams.stop(stands)
        await desk.act(_show, asked.id, home, carried, drafted.by if drafted else None)


def _stands(act: Acting, asked: AskedId, home: Home, stands: Sent) -> None:
    act.work.notices.stands(_notice(asked, home).key, stands.channel, stands.ts)


def _show(act: Acting, asked: AskedId, home: Home, carried: tuple[Cited, ...], wrote: Wrote | None) -> None:
    if carried and wrote is not None and still_may(act, Task.ANSWER):
        act.work.asked.answer(asked, carried, wrote)
    notice = _notice(asked, home)
    act.work.notices.hasten(notice.key, act.at)
    act.owe(notice)


async def checked(
    desk: Desk, question: str, sentences: Sequence[Cited], passages: Sequence[Passage]
) -> tuple[Cited, ...]:
    """The sentences that stand on their passages. No name of a tool, in question or answer, may come with a yes."""
    said = " ".join((question, *(each.text[:READ_MOST] for each in sentences[:10])))
    return grounded(sentences, passages, tools=await _tools_in(desk, said))


def _keep(act: Acting, asked: AskedId, home: Home, sentences: tuple[Cited, ...], wrote: Wrote) -> None:
    if not still_may(act, Task.ANSWER):
        return
    act.work.asked.answer(asked, sentences, wrote)
    act.owe(_notice(asked, home))  # it stays where it stands by now: a live notice that is owed again does not move


async def told(desk: Desk, asked: AskedId) -> AnswerTold:
    """An answer as of now, to show more of it."""
    return await desk.read(_told, asked, desk)


def _told(work: Work, asked: AskedId, desk: Desk) -> AnswerTold:
    return tell_answer(work, _kept(work, asked), desk.knowledge, desk.now())


async def kept(desk: Desk, asked: AskedId) -> Asked:
    """A question that was asked; a refusal where it was forgotten."""
    return await desk.read(_kept, asked)


def _kept(work: Work, asked: AskedId) -> Asked:
    found = work.asked.get(asked)
    if found is None:
        raise QuestionForgotten
    return found


# --- what people say of an answer -------------------------------------------------------------------------------------


async def judge(desk: Desk, came: Came, asked: AskedId, feedback: Feedback) -> Asked:
    """Keep what somebody pressed; the last press counts."""
    return await desk.act(_judge, came, asked, feedback)


def _judge(act: Acting, came: Came, asked: AskedId, feedback: Feedback) -> Asked:
    act.once(came)
    found = _kept(act.work, asked)
    act.work.asked.judge(asked, feedback)
    return replace(found, feedback=feedback)


async def dispute(desk: Desk, came: Came, asked: AskedId, *, by: UserId, remark: str) -> None:
    """Send an answer to the security leads, because somebody says that it is wrong."""
    await desk.act(_dispute, came, asked, by, remark)


def _dispute(act: Acting, came: Came, asked: AskedId, by: UserId, remark: str) -> None:
    act.once(came)
    found = _kept(act.work, asked)
    act.work.asked.judge(asked, Feedback.WRONG)
    if remark:
        act.work.asked.remark(asked, remark)
    act.record(Tag.ASK_DISPUTE, asked, by=by, sentences=len(found.sentences), passages=",".join(found.passages)[:500])
    facts = {"asked": asked, "by": by}
    to = Recipient(act.desk.security_channel)
    # Once for each person: who sends it again with other words changes what the record says, and calls nobody twice.
    act.owe(Notice(f"dispute:{asked}:{by}", NoticeKind.ANSWER_DISPUTED, to, facts=facts))


def forget_questions(work: Work, now: datetime) -> None:
    """Delete the questions, and what was answered, that are too old to be disputed."""
    work.asked.forget(now - KEPT_FOR)
