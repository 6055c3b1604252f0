"""From “is this tool safe?” to the first question: begin, describe. Nothing is answered or signed off here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain import review as reviews
from bot.domain.answers import Proposal
from bot.domain.audit import Tag
from bot.domain.decision import Decision, Standing, covers, standing
from bot.domain.ids import ReviewId, ToolId, UserId
from bot.domain.notice import Notice, NoticeKind, Recipient
from bot.domain.profile import Profile
from bot.domain.proposed import without_words
from bot.domain.reading import CODES, FACTS, by_rules, kept, merged, says_enough, spoken, the_one
from bot.domain.refused import Refused
from bot.domain.review import Home, Review, Stage
from bot.domain.sentence import READ_MOST, read_sentence, wants_something
from bot.domain.tool import Found, NameMissing, NameTooLong, NameUnreadable, Tool, clean_text, name_key, tool_name
from bot.domain.utterance import Utterance
from bot.domain.words import Words
from bot.store.work import Work
from bot.use_cases.answering import still_open
from bot.use_cases.desk import Acting, Came, Desk
from bot.use_cases.tellings import review_notice
from bot.use_cases.upkeep import watch_review


class DifferentTool(Refused):
    reason = "Choose whether it is one of the tools I know, or a different one."


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's words, cleaned of markup, and where they were said. `words_of` is who wrote them, if not who asks."""

    by: UserId
    text: str
    home: Home
    bare_name: bool = False  # a slash command: words that say nothing else are the tool's name
    words_of: UserId | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """What asking led to: a review of its own, or the tool whose decision or review was shown instead.

    `opened` tells that the review is new; `held`, that nothing was understood so far, and the help waits for a while.
    """

    review: Review | None
    tool: Tool | None
    understood: bool = True
    opened: bool = False
    held: bool = False


async def begin(desk: Desk, came: Came, asked: Asked, *, held_for: timedelta | None = None) -> Began:
    """Answer a request: show the standing decision or the review under way, else open a review.

    Where nothing is understood, help is owed: at once, or after `held_for`, within which somebody may read on.
    """
    said = (Utterance(asked.words_of or asked.by, clean_text(asked.text, most=READ_MOST)),)
    found = read_by_rules(said, desk.knowledge.words, await desk.read(mentioned, said), asker=asked.by)
    return await desk.act(_begin, came, asked, merged(found), desk.new_id(), held_for)


def mentioned(work: Work, said: Sequence[Utterance]) -> list[list[str]]:
    """The known tools that each of these spells out."""
    return [work.tools.mentioned(each.text) for each in said]


def read_by_rules(
    said: Sequence[Utterance], words: Words, known: Sequence[Sequence[str]], *, asker: UserId
) -> tuple[Proposal, ...]:
    """What the rules read in these, as whose words they are; `known` are the tools that each is known to mention."""
    return tuple(
        proposal
        for each, tools in zip(said, known, strict=True)
        for proposal in spoken(read_sentence(each.text, words, known_tools=tools).proposals(), by=each.by, asker=asker)
    )


def _begin(
    act: Acting, came: Came, asked: Asked, found: tuple[Proposal, ...], new_id: str, held_for: timedelta | None
) -> Began:
    act.once(came)
    name = _name_or_none(found)
    if name is None and asked.bare_name and not found:
        name = _bare_name(asked.text, held_for)
    if name is None and not (says_enough(found) or (found and wants_something(asked.text))):
        tool = _talked_about(act, asked.home)
        facts: dict[str, str] = {"by": asked.by} | ({"tool": tool} if tool else {})
        kind = NoticeKind.STANDING_CARD if tool else NoticeKind.HELLO
        hello = Notice(hello_key(came), kind, _to(asked.home), facts=facts)
        if tool is None and held_for is not None:
            act.owe_later(hello, not_before=act.at + held_for)
            return Began(None, None, understood=False, held=True)
        act.owe(hello)
        return Began(None, None, understood=False)
    return take_up(act, came, asked, found, name or "", new_id)


def hello_key(came: Came) -> str:
    """The key of the help that is owed where nothing was understood."""
    return f"hello:{came.key}"


def _bare_name(text: str, held_for: timedelta | None) -> str | None:
    """Words that say nothing else as a name; a long text that somebody may still read is none."""
    try:
        return tool_name(text)
    except NameTooLong:
        if held_for is None:
            raise
        return None


def take_up(act: Acting, came: Came, asked: Asked, found: tuple[Proposal, ...], name: str, new_id: str) -> Began:
    """Lead somebody who said something to what is on record for the tool of that name, else to a review."""
    known = act.work.tools.find(name) if name else Found(None)
    if known.tool is not None and _known(act, known.tool):
        facts = {"tool": known.tool.id, "by": asked.by, "said": _codes(found)}
        act.owe(Notice(f"standing:{came.key}", NoticeKind.STANDING_CARD, _to(asked.home), facts=facts))
        return Began(None, known.tool)
    if (there := _begun_before(act, asked.by, asked.home, name)) is not None:
        act.owe(review_notice(there))
        return Began(there, known.tool)
    # What a model alone read stays a proposal, the tool's name too: nothing counts before a person's yes.
    ours = by_rules(found)
    if the_one(found, "tool") and not the_one(ours, "tool"):
        known, name = Found(None), ""
    review = _open(act, asked.by, asked.home, found, new_id, known.tool, name)
    return Began(review, known.tool, opened=True)


def _begun_before(act: Acting, by: UserId, home: Home, name: str) -> Review | None:
    """The review of that name that the same person began at the same place and has not described yet.

    Whoever asks twice, presses twice, or whose message reaches us twice under two keys, means one review.
    """
    for review in act.work.reviews.team_of(by):
        read = the_one(review.proposals, "tool")
        called = {name_key(review.tool_name)} | ({name_key(read)} if read else set())
        same = review.requester == by and review.home == home and name_key(name) in called
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
    proposals = tuple(
        Proposal(fact, value, "") for fact, value in (part.split("=", 1) for part in said.split(";") if "=" in part)
    )
    return _open(act, by, home, proposals, new_id, known, known.name)


def _open(
    act: Acting, by: UserId, home: Home, found: tuple[Proposal, ...], new_id: str, tool: Tool | None, name: str
) -> Review:
    ours = by_rules(found)
    review = Review(
        id=ReviewId(new_id),
        tool=tool.id if tool else None,
        tool_name=tool.name if tool else name,
        vendor=tool.vendor if tool else "",
        requester=by,
        home=home,
        opened_at=act.at,
        purpose=the_one(ours, "purpose"),
        url=the_one(ours, "url"),
        proposals=found,
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
    held = record_kept(act, before, said, by)
    return set_profile(act, held, before, by, said, new_id)


def set_profile(act: Acting, review: Review, before: Review, by: UserId, said: Described, new_id: str) -> Review:
    """Set the profile of a review that this act holds; `before` is how it was stored."""
    tool = _resolve(act, said, by, new_id)
    # Whatever the form says: where a yes is on record, what became of its conditions is asked.
    known = any(each.allows for each in act.work.decisions.of_tool(tool.id))
    profile = replace(said.profile, has_prior=said.profile.has_prior or known)
    changed = replace(
        reviews.describe(review, profile, tool=tool.id, tool_name=tool.name),
        vendor=said.vendor or tool.vendor,
        url=said.url,
        purpose=said.purpose,
        go_live=said.go_live,
        proposals=without_words(review.proposals, FACTS),  # the profile stands: nobody needs what it was read from
    )
    act.record(Tag.REVIEW_PROFILE, changed.id, by=by, version=changed.version, tool=tool.id)
    if any(given.is_unknown for given in changed.answers.values()):
        case = reviews.case_of(changed, act.bank, act.policy)
        changed, back = reviews.recall(changed, case, act.work.reviews.history(changed.id))
        for given in back:
            facts = {"question": given.question, "codes": ",".join(given.codes)}
            act.record(Tag.REVIEW_ANSWER, changed.id, recalled=True, **facts)
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


def record_kept(act: Acting, review: Review, said: Described, by: UserId) -> Review:
    """Put on record which of what was read a saved form holds: sending it was a person's yes to that."""
    if review.profile is not None:
        return review
    words = {"tool": said.tool_name, "vendor": said.vendor, "url": said.url, "purpose": said.purpose}
    now = [each for each in kept(review.proposals, said.profile, words) if each.confirmed_by is None]
    record_confirmed(act, review.id, now, by, by_form=True)
    proposals = tuple(replace(each, confirmed_by=by) if each in now else each for each in review.proposals)
    return replace(review, proposals=proposals)


def record_confirmed(
    act: Acting, review: ReviewId, confirmed: Iterable[Proposal], by: UserId, *, by_form: bool
) -> None:
    """Put a person's yes on record, fact by fact: what read it, whose words it rests on; no word of them."""
    for each in confirmed:
        coded = each.fact in CODES or each.fact == "seats"
        act.record(
            Tag.REVIEW_CONFIRM,
            review,
            by=by,
            fact=each.fact,
            value=each.value if coded else None,
            origin=each.origin.value,
            said_by=each.said_by,
            by_form=by_form,
        )


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


def _name_or_none(found: tuple[Proposal, ...]) -> str | None:
    try:
        return tool_name(the_one(found, "tool"))
    except (NameMissing, NameTooLong, NameUnreadable):
        return None


def _codes(found: tuple[Proposal, ...]) -> str:
    """What the rules understood, without anybody's words: fact codes only, to be carried by a button."""
    return ";".join(f"{each.fact}={each.value}" for each in by_rules(found) if each.fact in _CARRIED)


_CARRIED = frozenset({"kinds", "data", "users", "seats"})
