"""From “is this tool safe?” to the first question: begin, describe. Nothing is answered or signed off here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from bot.domain import review as reviews
from bot.domain.answers import Proposal
from bot.domain.audit import Tag
from bot.domain.decision import Decision, Standing, covers, standing
from bot.domain.ids import ReviewId, ToolId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.profile import Profile
from bot.domain.refused import Refused
from bot.domain.review import Home, Review, Stage
from bot.domain.sentence import Reading, read_sentence
from bot.domain.tool import Found, NameMissing, NameTooLong, NameUnreadable, Tool, clean_text, name_key, tool_name
from bot.store.work import Work
from bot.use_cases.answering import still_open
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.tellings import review_notice
from bot.use_cases.upkeep import watch_review


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
        tool = _talked_about(act, asked.home)
        facts: dict[str, str] = {"by": asked.by} | ({"tool": tool} if tool else {})
        kind = NoticeKind.STANDING_CARD if tool else NoticeKind.HELLO
        act.owe(Notice(f"hello:{came.key}", kind, _to(asked.home), facts=facts))
        return Began(None, None, understood=False)
    found = act.work.tools.find(name) if name else Found(None)
    if found.tool is not None and _known(act, found.tool):
        facts = {"tool": found.tool.id, "by": asked.by, "said": _codes(reading)}
        act.owe(Notice(f"standing:{came.key}", NoticeKind.STANDING_CARD, _to(asked.home), facts=facts))
        return Began(None, found.tool)
    if (there := _begun_before(act, asked.by, asked.home, name or "")) is not None:
        act.owe(review_notice(there))
        return Began(there, found.tool)
    review = _open(act, asked.by, asked.home, reading, new_id, found.tool, name or "")
    return Began(review, found.tool)


def _begun_before(act: Acting, by: UserId, home: Home, name: str) -> Review | None:
    """The review of that name that the same person began at the same place and has not described yet.

    Whoever asks twice, presses twice, or whose message reaches us twice under two keys, means one review.
    """
    for review in act.work.reviews.team_of(by):
        same = review.requester == by and review.home == home and name_key(review.tool_name) == name_key(name)
        if same and review.stage is Stage.DESCRIBING:
            return review
    return None


def _talked_about(act: Acting, home: Home) -> ToolId | None:
    """The tool whose review stands in this thread: a mention there without a word asks how it stands."""
    review = act.work.reviews.at_home(home.channel, home.thread) if home.thread else None
    return act.work.reviews.get(review).tool if review else None


async def begin_anyway(desk: Desk, came: Came, *, by: UserId, tool: ToolId, home: Home, said: str) -> Review:
    """Open a review of a tool that has a decision, because this case differs."""
    return await desk.act(_begin_anyway, came, by, tool, home, said, desk.new_id())


def _begin_anyway(act: Acting, came: Came, by: UserId, tool: ToolId, home: Home, said: str, new_id: str) -> Review:
    act.once(came)
    known = act.work.tools.get(tool)
    if (there := _begun_before(act, by, home, known.name)) is not None:
        act.owe(review_notice(there))
        return there
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
    watch_review(act, review)
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


def may_describe(review: Review, by: UserId) -> Review:
    """The review, if this person may set its profile now. To refuse before the form opens; the act checks again."""
    reviews.team_only(still_open(review), by)
    return review


async def describe(desk: Desk, came: Came, *, review: ReviewId, by: UserId, said: Described) -> Review:
    """Set the profile of a review; where a standing decision covers it exactly, say so and end the review."""
    return await desk.act(_describe, came, review, by, said, desk.new_id())


def _describe(act: Acting, came: Came, review_id: ReviewId, by: UserId, said: Described, new_id: str) -> Review:
    act.once(came)
    before = act.work.reviews.locked(review_id)
    reviews.team_only(before, by)
    tool = _resolve(act, said, by, new_id)
    # Whatever the form says: where a yes is on record, what became of its conditions is asked.
    known = any(each.allows for each in act.work.decisions.of_tool(tool.id))
    profile = replace(said.profile, has_prior=said.profile.has_prior or known)
    changed = replace(
        reviews.describe(before, profile, tool=tool.id, tool_name=tool.name),
        vendor=said.vendor or tool.vendor,
        url=said.url,
        purpose=said.purpose,
        go_live=said.go_live,
    )
    act.record(Tag.REVIEW_PROFILE, changed.id, by=by, version=changed.version, tool=tool.id)
    if any(given.is_unknown for given in changed.answers.values()):
        case = reviews.case_of(changed, act.bank, act.policy)
        changed, back = reviews.recall(changed, case, act.work.reviews.history(review_id))
        for given in back:
            facts = {"question": given.question, "codes": ",".join(given.codes)}
            act.record(Tag.REVIEW_ANSWER, review_id, recalled=True, **facts)
    if (decision := _covering(act, tool.id, profile)) is not None:
        changed = replace(changed, stage=Stage.WITHDRAWN)
        watch_review(act, changed)
        act.record(Tag.REVIEW_COVERED, changed.id, by=by, decision=decision.id)
        facts = {"tool": tool.id, "by": by, "covered": decision.id}
        act.owe(Notice(f"covered:{changed.id}", NoticeKind.STANDING_CARD, _to(changed.home), facts=facts))
    elif before.tool is None and (other := act.work.reviews.under_way(tool.id)) is not None:
        # Two teams began before either had named the tool: the second learns of the first, and may join it instead.
        facts = {"tool": tool.id, "by": by, "review": other.id}
        act.owe(Notice(f"under_way:{changed.id}", NoticeKind.STANDING_CARD, _to(changed.home), facts=facts))
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
