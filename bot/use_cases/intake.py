"""From “is this tool safe?” to the last answer: begin, describe, answer. Nothing is handed in or signed off here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.domain import review as reviews
from bot.domain.answers import Answer, Proposal
from bot.domain.answers import Came as CameBy
from bot.domain.audit import Tag
from bot.domain.bank import ExtraKind
from bot.domain.decision import Decision, Standing, covers, standing
from bot.domain.ids import QuestionId, ReviewId, ToolId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.profile import Profile
from bot.domain.refused import OutdatedCard, Refused
from bot.domain.reply import meant
from bot.domain.review import Home, Review, Stage
from bot.domain.sentence import Reading, read_sentence
from bot.domain.tool import Found, NameMissing, NameTooLong, NameUnreadable, Tool, clean_text, tool_name
from bot.store.work import Work
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.ports import Via
from bot.use_cases.tellings import review_notice, sign_off_notice


class DifferentTool(Refused):
    reason = "Choose whether it is one of the tools I know, or a different one."


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's words, cleaned of markup, and where they were said."""

    by: UserId
    text: str
    home: Home
    bare_name: bool = False  # a slash command: words that say nothing else are the tool's name


@dataclass(frozen=True, slots=True)
class Began:
    """What asking led to: a review of its own, or the tool whose decision or review was shown instead."""

    review: Review | None
    tool: Tool | None
    understood: bool = True


async def begin(desk: Desk, came: Came, asked: Asked) -> Began:
    """Answer a request: show the standing decision or the review under way, else open a review."""
    text = clean_text(asked.text, most=5_000)
    known = await desk.read(lambda work: work.tools.mentioned(text))
    reading = read_sentence(text, desk.knowledge.words, known_tools=known)
    return await desk.act(_begin, came, asked, reading, desk.new_id())


def _begin(act: Acting, came: Came, asked: Asked, reading: Reading, new_id: str) -> Began:
    act.once(came)
    name = _name_or_none(reading)
    if name is None and asked.bare_name and not _said_something(reading):
        name = tool_name(asked.text)
    if name is None and not _said_something(reading):
        act.owe(Notice(f"hello:{came.key}", NoticeKind.HELLO, _to(asked.home), facts={"by": asked.by}))
        return Began(None, None, understood=False)
    found = act.work.tools.find(name) if name else Found(None)
    if found.tool is not None and _known(act, found.tool):
        facts = {"tool": found.tool.id, "by": asked.by, "said": _codes(reading)}
        act.owe(Notice(f"standing:{came.key}", NoticeKind.STANDING_CARD, _to(asked.home), facts=facts))
        return Began(None, found.tool)
    review = _open(act, asked.by, asked.home, reading, new_id, found.tool, name or "")
    return Began(review, found.tool)


async def begin_anyway(desk: Desk, came: Came, *, by: UserId, tool: ToolId, home: Home, said: str) -> Review:
    """Open a review of a tool that has a decision, because this case differs."""
    return await desk.act(_begin_anyway, came, by, tool, home, said, desk.new_id())


def _begin_anyway(act: Acting, came: Came, by: UserId, tool: ToolId, home: Home, said: str, new_id: str) -> Review:
    act.once(came)
    known = act.work.tools.get(tool)
    review = _open(act, by, home, None, new_id, known, known.name)
    proposals = tuple(
        Proposal(fact, value, "") for fact, value in (part.split("=", 1) for part in said.split(";") if "=" in part)
    )
    changed = replace(review, proposals=proposals)
    act.work.reviews.save(changed, review, act.at)
    return changed


def _open(
    act: Acting, by: UserId, home: Home, reading: Reading | None, new_id: str, tool: Tool | None, name: str
) -> Review:
    review = Review(
        id=ReviewId(new_id),
        tool=tool.id if tool else None,
        tool_name=tool.name if tool else name,
        vendor=tool.vendor if tool else "",
        requester=by,
        home=home,
        opened_at=act.at,
        purpose=reading.purpose.value if reading and reading.purpose else "",
        url=reading.url.value if reading and reading.url else "",
        proposals=reading.proposals() if reading else (),
    )
    act.work.reviews.add(review, act.at)
    act.record(Tag.REVIEW_OPEN, review.id, by=by)
    act.owe(review_notice(review))
    return review


def _known(act: Acting, tool: Tool) -> bool:
    """Is there anything to show for this tool: a decision that was not superseded, or a review under way?"""
    decisions = act.work.decisions.of_tool(tool.id)
    return (
        any(standing(each, today=act.today) is not Standing.SUPERSEDED for each in decisions)
        or act.work.reviews.under_way(tool.id) is not None
    )


@dataclass(frozen=True, slots=True)
class Described:
    """A filled-in profile, checked field by field."""

    profile: Profile
    tool_name: str
    same_as: ToolId | None = None  # a person said it is this one …
    different: bool = False  # … or that it is none of those called alike
    vendor: str = ""
    url: str = ""
    purpose: str = ""
    go_live: date | None = None


async def look_alikes(desk: Desk, name: str) -> Found:
    """The tool of that name, or those called nearly the same, to ask "did you mean"."""
    return await desk.read(_look_up, tool_name(name))


def _look_up(work: Work, name: str) -> Found:
    return work.tools.find(name)


async def describe(desk: Desk, came: Came, *, review: ReviewId, by: UserId, said: Described) -> Review:
    """Set the profile of a review; where a standing decision covers it exactly, say so and end the review."""
    return await desk.act(_describe, came, review, by, said, desk.new_id())


def _describe(act: Acting, came: Came, review_id: ReviewId, by: UserId, said: Described, new_id: str) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    reviews.team_only(before, by)
    tool = _resolve(act, said, by, new_id)
    changed = replace(
        reviews.describe(before, said.profile, tool=tool.id, tool_name=tool.name),
        vendor=said.vendor or tool.vendor,
        url=said.url,
        purpose=said.purpose,
        go_live=said.go_live,
    )
    act.record(Tag.REVIEW_PROFILE, changed.id, by=by, version=changed.version, tool=tool.id)
    if (decision := _covering(act, tool.id, said.profile)) is not None:
        changed = replace(changed, stage=Stage.WITHDRAWN)
        act.record(Tag.REVIEW_COVERED, changed.id, by=by, decision=decision.id)
        facts = {"tool": tool.id, "by": by, "covered": decision.id}
        act.owe(Notice(f"covered:{changed.id}", NoticeKind.STANDING_CARD, _to(changed.home), facts=facts))
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


def _resolve(act: Acting, said: Described, by: UserId, new_id: str) -> Tool:
    """The tool a person means. A name only becomes another tool's alias because somebody said so."""
    name = tool_name(said.tool_name)
    found = act.work.tools.find(name)
    if found.tool is not None:
        return found.tool
    if said.same_as is not None:
        tool = act.work.tools.get(said.same_as)
        act.work.tools.add_alias(tool.id, name, by, act.at)
        act.record(Tag.TOOL_ALIAS, tool.id, by=by)
        return tool
    if found.near and not said.different:
        raise DifferentTool
    tool = Tool(ToolId(new_id), name, said.vendor)
    act.work.tools.add(tool, act.at)
    act.record(Tag.TOOL_ADD, tool.id, by=by)
    return tool


def _covering(act: Acting, tool: ToolId, profile: Profile) -> Decision | None:
    for decision in act.work.decisions.of_tool(tool):
        if decision.allows and covers(decision, profile, today=act.today).covered:
            return decision
    return None


async def answer(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    question: QuestionId,
    codes: tuple[str, ...],
    saw: int,
    stay: bool = False,
    via: Via | None = None,
) -> Review:
    """Record one answer and move the card on; with `stay`, only when the same answer comes a second time."""
    return await desk.act_via(via, _answer_one, came, review, by, question, codes, saw, stay)


class AnsweredMeanwhile(OutdatedCard):
    reason = (
        "Somebody else answered this question a moment ago, so your answer was not recorded. "
        "If yours is right, press Back and answer again."
    )


def _answer_one(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    question: QuestionId,
    codes: tuple[str, ...],
    saw: int,
    stay: bool,
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    there = before.answers.get(question)
    if saw != before.version and there is not None and there.codes != codes and there.by != by:
        raise AnsweredMeanwhile
    case = reviews.case_of(before, act.bank, act.policy)
    given = Answer(question, codes, by, act.at)
    changed = reviews.answer(before, case, given, history=_history(act, before, given))
    if changed.answers is not before.answers:
        act.record(Tag.REVIEW_ANSWER, review_id, by=by, question=question, codes=",".join(codes))
        if stay:  # one tick of several: the question stays in view
            changed = replace(changed, showing=question)
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def move_on(desk: Desk, came: Came, *, review: ReviewId, via: Via | None = None) -> Review:
    """Go from the question that is shown to the next open one."""
    return await desk.act_via(via, _move_on, came, review)


def _move_on(act: Acting, came: Came, review_id: ReviewId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    changed = replace(before, showing=None)
    if changed != before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def answer_form(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    given: tuple[tuple[QuestionId, tuple[str, ...]], ...],
) -> Review:
    """Record the answers of a form, all of them or none."""
    return await desk.act(_answer, came, review, by, given, CameBy.FORM)


def _answer(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    given: tuple[tuple[QuestionId, tuple[str, ...]], ...],
    came_by: CameBy,
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    changed = before
    for question, codes in given:
        answer_given = Answer(question, codes, by, act.at, came_by)
        step = reviews.answer(changed, case, answer_given, history=_history(act, before, answer_given))
        if step.answers is not changed.answers:
            act.record(Tag.REVIEW_ANSWER, review_id, by=by, question=question, codes=",".join(codes))
        changed = step
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


def _history(act: Acting, review: Review, given: Answer) -> Sequence[Answer]:
    """All earlier answers, looked up only where they matter: when somebody now says they don't know."""
    return act.work.reviews.history(review.id) if given.is_unknown and given.question in review.answers else ()


async def add_extras(
    desk: Desk,
    came: Came,
    *,
    review: ReviewId,
    by: UserId,
    question: QuestionId,
    extras: Mapping[ExtraKind, str],
) -> Review:
    """Add the owner, date or link that belongs to an answer given before."""
    return await desk.act(_add_extras, came, review, by, question, extras)


def _add_extras(
    act: Acting,
    came: Came,
    review_id: ReviewId,
    by: UserId,
    question: QuestionId,
    extras: Mapping[ExtraKind, str],
) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    given = before.answers.get(question)
    if given is None:
        raise Refused("That answer is not there any more. Answer the question again, then add the details.")
    changed = reviews.answer(before, case, replace(given, by=by, at=act.at, extras=dict(extras)))
    if changed is not before:
        act.work.reviews.save(changed, before, act.at)
        act.record(Tag.REVIEW_EXTRA, review_id, by=by, question=question)
    act.owe(review_notice(changed))
    return changed


async def step_back(desk: Desk, came: Came, *, review: ReviewId, via: Via | None = None) -> Review:
    """Show the question before the one that is shown."""
    return await desk.act_via(via, _step_back, came, review)


def _step_back(act: Acting, came: Came, review_id: ReviewId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    case = reviews.case_of(before, act.bank, act.policy)
    earlier = reviews.question_before(before, case)
    changed = reviews.go_to(before, case, earlier.id) if earlier else before
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def go_to(desk: Desk, came: Came, *, review: ReviewId, question: QuestionId) -> Review:
    """Show one question again, to change its answer."""
    return await desk.act(_go_to, came, review, question)


def _go_to(act: Acting, came: Came, review_id: ReviewId, question: QuestionId) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    changed = reviews.go_to(before, reviews.case_of(before, act.bank, act.policy), question)
    act.work.reviews.save(changed, before, act.at)
    act.owe(review_notice(changed))
    return changed


async def owe_fresh_card(desk: Desk, review: ReviewId) -> None:
    """Bring the cards of a review up to date, after somebody pressed an old one."""
    await desk.act(_fresh_card, review)


def _fresh_card(act: Acting, review_id: ReviewId) -> None:
    review = act.work.reviews.get(review_id)
    act.owe(review_notice(review))
    if review.submitted_at is not None:
        act.owe(sign_off_notice(review, act.desk.security_channel))


@dataclass(frozen=True, slots=True)
class Typed:
    """Text typed where a review's card stands."""

    by: UserId
    text: str
    home: Home


async def reply(desk: Desk, came: Came, typed: Typed) -> bool:
    """Take typed words as the answer to the question that is shown, or ask back. False when no review stands there."""
    # Looked up before an act is opened: most of what people write in threads is not for us.
    if await desk.read(lambda work: work.reviews.at_home(typed.home.channel, typed.home.thread)) is None:
        return False
    return await desk.act(_reply, came, typed)


def _reply(act: Acting, came: Came, typed: Typed) -> bool:
    review_id = act.work.reviews.at_home(typed.home.channel, typed.home.thread)
    if review_id is None:
        return False
    review = act.work.reviews.locked(review_id)
    if review.stage is not Stage.ANSWERING:
        return False
    case = reviews.case_of(review, act.bank, act.policy)
    question = reviews.next_question(review, case)
    if question is None:
        return False
    codes = meant(question, typed.text)
    if codes is None:
        act.once(came)
        facts = {"question": question.id, "by": typed.by}
        act.owe(Notice(f"ask_back:{came.key}", NoticeKind.ASK_BACK, _to(typed.home), review_id, facts=facts))
        return True
    _answer(act, came, review_id, typed.by, ((question.id, codes),), CameBy.REPLY)
    return True


def _to(home: Home) -> Recipient:
    return Recipient(home.channel, home.thread)


def _name_or_none(reading: Reading) -> str | None:
    if reading.tool is None:
        return None
    try:
        return tool_name(reading.tool.value)
    except (NameMissing, NameTooLong, NameUnreadable):
        return None


def _said_something(reading: Reading) -> bool:
    return bool(reading.proposals())


def _codes(reading: Reading) -> str:
    """What was understood, without anybody's words: fact codes only, to be carried by a button."""
    return ";".join(f"{each.fact}={each.value}" for each in reading.proposals() if each.fact in _CARRIED)


_CARRIED = frozenset({"kinds", "data", "users", "seats"})
