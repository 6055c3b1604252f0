"""Short messages: help, questions and replies, signatures that fell, what was not delivered. They decide nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.domain.decision import Decision, Standing
from bot.domain.ids import ReviewId
from bot.domain.notice import NoticeKind
from bot.domain.review import Review
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.ask_back import ask_back_message
from bot.slack.cards.blocks import (
    Block,
    Safe,
    actions,
    button,
    context,
    date_token,
    header,
    link,
    mention,
    message,
    quote,
    say,
    section,
)
from bot.slack.cards.decision import STAGE_WORDS
from bot.slack.cards.parts import bullets, card_of, paragraphs, people, tool_of
from bot.slack.cards.records import decision_in_short
from bot.use_cases.tellings import LineTold

MINE_MOST: Final = 15
UNDECIDED: Final[Mapping[ReviewId, tuple[Decision, Standing]]] = {}
NAMED_TOGETHER: Final = 20  # people in one line
VOIDED_WORDS: Final = {
    "reopened": "the team took the review back to change it",
    "reshaped": "another lead changed the conditions",
    "rules": "the rules or the age of an answer changed",
    "withdrawn": "the team withdrew the review",
}
KIND_WORDS: Final = {
    NoticeKind.REVIEW_CARD: "a review's card",
    NoticeKind.STANDING_CARD: "what is on record for a tool",
    NoticeKind.SIGN_OFF_CARD: "a card to sign",
    NoticeKind.OUTCOME: "a decision",
    NoticeKind.SELF_SERVE: "a decision without a signature",
    NoticeKind.VOIDED: "the news that a signature no longer counts",
    NoticeKind.LEAD_ASKS: "a lead's question",
    NoticeKind.LEAD_ANSWERED: "a team's answer",
    NoticeKind.ASK_BACK: "a question about an answer",
    NoticeKind.WITHDRAWN: "the news that a review was withdrawn",
    NoticeKind.ANSWER: "the answer to a question",
    NoticeKind.CONDITIONS_CARD: "a reminder of conditions",
    NoticeKind.EXPIRING: "the news that a decision ends soon",
    NoticeKind.SUSPENDED: "the news that a decision is suspended",
    NoticeKind.RESTORED: "the news that a decision counts again",
    NoticeKind.SENT_BACK: "the news that evidence was sent back",
    NoticeKind.STALLED: "a reminder of open questions",
    NoticeKind.CISO_WAITS: "a request that has waited long",
    NoticeKind.ACTIONS_CARD: "a reminder of open actions",
    NoticeKind.ACTION_HANDED: "an action that was handed on",
    NoticeKind.PACK: "the card of a client review",
    NoticeKind.PACK_HELD: "the news that the card of a client review was held back",
    NoticeKind.REVIEW_SOON: "the reminder that a client review starts soon",
    NoticeKind.REVIEW_NOW: "the reminder that a client review starts",
    NoticeKind.WHILE_AWAY: "the news of client reviews that should have started",
    NoticeKind.REVIEW_MISSED: "the news that a client review was missed",
    NoticeKind.NEW_LEADS: "the news that somebody is new among the leads",
    NoticeKind.POLICY_FAULT: "the news that a page of the policies is left out",
}


def line_message(told: LineTold, k: Knowledge) -> dict[str, Any]:
    """The short message of one notice."""
    match told.notice.kind:
        case NoticeKind.HELLO:
            return help_message()
        case NoticeKind.VOIDED:
            return _voided(told)
        case NoticeKind.LEAD_ASKS:
            return _lead_asks(told)
        case NoticeKind.LEAD_ANSWERED:
            return _lead_answered(told)
        case NoticeKind.WITHDRAWN:
            who = mention(told.notice.facts.get("by", ""))
            line = say("{who} withdrew the review of {tool}. It ends without a decision.", who=who, tool=_tool(told))
            return _line(say("{line} You can ask again at any time.", line=line))
        case NoticeKind.ASK_BACK:
            return ask_back_message(told)
        case NoticeKind.MOVED:
            return _line(say("I have answered you in a direct message."))
        case NoticeKind.NEW_LEADS:
            return _new_leads(told)
        case NoticeKind.POLICY_FAULT:
            return _page_left_out(told)
        case NoticeKind.TROUBLE:
            return _trouble(told)
        case _:
            return _line(say("There is news about {tool}. Its card shows how things stand.", tool=_tool(told)))


def help_message() -> dict[str, Any]:
    """What can be asked here, by example."""
    blocks: list[Block] = [section(say("*Is a tool safe to roll out? Ask me before you do.*")), *how_to_ask()]
    return message(say("Is a tool safe to roll out? Ask me: name it after /preflight, or mention me."), blocks)


def how_to_ask() -> list[Block]:
    """The ways in, one line each."""
    ways = [
        say("In a channel, mention me: “is Otter.ai safe to roll out to our home agents?”"),
        say("Anywhere: `/preflight Otter.ai`"),
        say("What is decided already: `/preflight find Otter.ai`"),
        say(
            "A question about our rules: “may agents use their own phones for the second factor?”, or `/preflight ask`"
        ),
        say("Your own reviews: `/preflight mine`"),
        say("What waits for you, and your week as a host: `/preflight week`"),
        say("Clients and their security reviews: `/preflight clients`"),
        say("What a model is used for here: `/preflight model`"),
    ]
    promise = say("I ask how it will be used, then only the questions that matter, and say why for each.")
    return [*paragraphs(bullets(ways)), context(promise)]


def mine_message(
    reviews: Sequence[Review],
    k: Knowledge,
    paused: Collection[ReviewId] = (),
    decided: Mapping[ReviewId, tuple[Decision, Standing]] = UNDECIDED,
) -> dict[str, Any]:
    """The reviews somebody asked for or joined."""
    if not reviews:
        text = say("You have no review yet. To start one, type /preflight and the tool's name.")
        return message(text, [section(text)])
    blocks: list[Block] = [header("Your reviews")]
    blocks += my_reviews(reviews[:MINE_MOST], paused=paused, decided=decided)
    if (more := len(reviews) - MINE_MOST) > 0:
        blocks.append(context(say("and {n} more", n=more)))
    return message(say("Your reviews: {n}", n=len(reviews)), blocks)


def my_reviews(
    reviews: Sequence[Review],
    links: Mapping[ReviewId, str] | None = None,
    *,
    paused: Collection[ReviewId] = (),
    decided: Mapping[ReviewId, tuple[Decision, Standing]] = UNDECIDED,
) -> list[Block]:
    """One line a review, with a link to its card where there is one; an open one can be taken up again from here."""
    blocks: list[Block] = []
    for review in reviews:
        tool = tool_of(review)
        found = decided.get(review.id)
        stage = decision_in_short(*found) if found else say("{stage}", stage=STAGE_WORDS[review.stage])
        line = say("*{tool}*: {stage}", tool=tool, stage=stage)
        if review.id in paused:
            line = say("{line}, paused: nobody is reminded of it", line=line)
        resume = button("Resume", ids.RESUME, value=str(card_of(review)), accessible=f"Resume the review of {tool}")
        line = with_link(line, (links or {}).get(review.id))
        blocks.append(section(line, accessory=None if review.ended else resume))
    return blocks


def with_link(line: Safe, url: str | None) -> Safe:
    """A line about a review and the way to its card."""
    return say("{line}. {card}", line=line, card=link(url, "Open its card")) if url else line


def _line(text: Safe) -> dict[str, Any]:
    return message(text, [section(text)])


def _tool(told: LineTold) -> str:
    return tool_of(told.review) if told.review else "a tool"


def _voided(told: LineTold) -> dict[str, Any]:
    why = VOIDED_WORDS.get(told.notice.facts.get("why", ""), "something changed")
    return _line(
        say(
            "Your signature for {tool} no longer counts: {why}. The card in the security channel shows how it stands.",
            tool=_tool(told),
            why=why,
        )
    )


def _lead_asks(told: LineTold) -> dict[str, Any]:
    facts, review = told.notice.facts, told.review
    who = mention(facts.get("by", ""))
    blocks: list[Block] = [
        section(say("{who} has a question about {tool}:", who=who, tool=_tool(told))),
        quote(facts.get("text", "")),
    ]
    if review is not None:
        blocks.append(actions("lead|asks", button("Reply", ids.REPLY, value=str(card_of(review)))))
        blocks.append(context(say("For {team}", team=people(review.team))))
    return message(say("A security lead has a question about {tool}. Press Reply to answer.", tool=_tool(told)), blocks)


def _lead_answered(told: LineTold) -> dict[str, Any]:
    facts = told.notice.facts
    line = say("{who} answers about {tool}:", who=mention(facts.get("by", "")), tool=_tool(told))
    text = say("The team of {tool} answered a question.", tool=_tool(told))
    return message(text, [section(line), quote(facts.get("text", ""))])


def _new_leads(told: LineTold) -> dict[str, Any]:
    """Who is new and from when they count. Everybody is named: who is not, could sign unseen."""
    facts = told.notice.facts
    users, counts_from = facts.get("who", "").split(","), facts.get("counts_from")
    # Slack shows the time in each reader's own zone.
    when = date_token(datetime.fromisoformat(counts_from)) if counts_from else say("tomorrow")
    begins = say("They count as security leads from {when}; until then they sign nothing.", when=when)
    object_now = say("If that is not right, take them out of the user group before.")
    known = [people(users[at : at + NAMED_TOGETHER]) for at in range(0, len(users), NAMED_TOGETHER)]
    text = say("{n} new in the security leads' user group. They can't sign anything yet.", n=len(users))
    return message(text, paragraphs([say("*New in the security leads' user group*"), *known, begins, object_now]))


def _page_left_out(told: LineTold) -> dict[str, Any]:
    facts = told.notice.facts
    page, more = facts.get("page", ""), facts.get("more", "0")
    why = [say("{fault}", fault=fault) for fault in facts.get("faults", "").splitlines()]
    if more != "0":
        why.append(say("and {more} more; `preflight check` lists them all", more=more))
    text = say("A page is left out of what I answer from, until it is corrected: {page}", page=page)
    said = say("Nobody who asks me finds anything of *{page}*, because something about it is wrong:", page=page)
    then = say(
        "Correct the file; I read it again within seconds. A policy that is half there would be taken for all of it."
    )
    return message(text, [*paragraphs([said, *bullets(why)]), context(then)])


def _trouble(told: LineTold) -> dict[str, Any]:
    facts = told.notice.facts
    kind = next((words for each, words in KIND_WORDS.items() if each == facts.get("kind")), "a message")
    line = say("I could not deliver {kind} to {to}.", kind=kind, to=mention(facts.get("to", "")))
    why = say("Slack says: {why}. Please tell them yourself.", why=facts.get("why", "nothing"))
    about = [say("It is about {tool}.", tool=_tool(told))] if told.review else []
    return message(
        say("I could not deliver {kind}. Please tell them yourself.", kind=kind), paragraphs([line, *about, why])
    )
