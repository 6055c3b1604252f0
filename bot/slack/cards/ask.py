"""The answer to a question: what a model made of the passages, if it did, and the passages. It judges neither.

A model's words come in through `model_text` alone, and stand under a line that says whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from bot.domain.asked import Asked
from bot.domain.asking import READ_MOST
from bot.domain.passage import Cited, Passage, Shelf
from bot.knowledge.search import Hit
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    button,
    clip,
    context,
    day_token,
    divider,
    feedback,
    header,
    input_block,
    lines,
    link,
    marked,
    mention,
    message,
    modal,
    model_text,
    quote,
    say,
    section,
    text_input,
)
from bot.slack.cards.parts import paragraphs
from bot.slack.cards.records import decision_in_short
from bot.use_cases.ask_tellings import AnswerTold, DisputedTold

SHOWN: Final = 3
EXCERPT: Final = 320  # characters of a passage, where it is the answer …
SHORT_EXCERPT: Final = 280  # … and where it stands under one
WHOLE: Final = 1_400
REMARK_MOST: Final = 1_000
REMARK: Final = "ask|remark"
SHELVES: Final = {
    Shelf.GUIDELINE: "our guidelines",
    Shelf.QUESTION: "the questions I ask",
    Shelf.REFERENCE: "references",
    Shelf.POLICY: "our own policies",
}
Hosts = Collection[str]


def answer_card(told: AnswerTold, hosts: Hosts = ()) -> dict[str, Any]:
    """The answer to a question; `hosts` are those that a link in a model's words may lead to."""
    blocks: list[Block] = []
    if told.private:
        blocks.append(context(say("You asked: “{question}”", question=clip(told.asked.question, 150))))
    if told.request:
        blocks.append(section(say("*No page can say yes to a tool.* A review can: it asks only what matters here.")))
    blocks += _on_record(told)
    if told.sentences:
        blocks += _sentences(told, hosts)
        shown = _cited(told)
    else:
        blocks += _lead_in(told)
        shown = list(enumerate(told.hits[:SHOWN], 1))
    most = SHORT_EXCERPT if told.sentences else EXCERPT
    blocks += [section(_source(place, hit, most, _words_of(told, place))) for place, hit in shown]
    blocks += _ways_on(told, more=len(told.hits) - len(shown))
    return message(_in_short(told), blocks)


def _on_record(told: AnswerTold) -> list[Block]:
    """What was decided about the tool that the question names. It is the register's word, and nobody else's."""
    if told.tool is None or told.decision is None:
        return []
    decision, standing = told.decision
    line = say(
        "*On record:* {tool}, {state}, decided on {day}.",
        tool=told.tool.name,
        state=decision_in_short(decision, standing),
        day=day_token(decision.decided_at.date()),
    )
    show = button("Show", ids.ASK_DECISION, value=told.tool.id, accessible=f"Show the decision about {told.tool.name}")
    return [section(line, block_id="ask|record", accessory=show)]


def _sentences(told: AnswerTold, hosts: Hosts) -> list[Block]:
    return [
        *paragraphs([_sentence(each, hosts) for each in told.sentences]),
        context(say("Written by a model from the sources below. It decides nothing.")),
        section(say("*Sources*")),
    ]


def _sentence(cited: Cited, hosts: Hosts) -> Safe:
    marks = say("{marks}", marks="".join(f"[{place}]" for place in cited.passages))
    return say("{text} {marks}", text=model_text(cited.text, hosts=hosts, most=500), marks=marks)


def _cited(told: AnswerTold) -> list[tuple[int, Hit]]:
    """The passages that the answer names, by their numbers."""
    named = {place for each in told.sentences for place in each.passages}
    return [(place, hit) for place, hit in enumerate(told.hits, 1) if place in named]


def _lead_in(told: AnswerTold) -> list[Block]:
    if told.hits:
        return [section(say("*This is what I have on it:*" if not told.request else "*What to look out for:*"))]
    if told.request or told.decision is not None:
        return []
    return [
        section(say("*I know nothing about that.* I only answer from what is written down here.")),
        *paragraphs(
            [
                say("• Is it about a tool? Name it after `/preflight`, and I start a review."),
                say("• Else the security team can tell you. What they write down for me, I know the next time."),
            ]
        ),
    ]


def _words_of(told: AnswerTold, place: int) -> tuple[str, ...]:
    """The words of the sentences that rest on a passage: the part of it that holds them is shown, to be compared."""
    said = " ".join(each.text for each in told.sentences if place in each.passages)
    return tuple(word for word in re.findall(r"\w+", said) if len(word) > 3)


def _source(place: int, hit: Hit, most: int, words: Sequence[str]) -> Safe:
    passage = hit.passage
    title = say("*[{place}] {title}*", place=place, title=clip(passage.title, 150).replace("*", ""))
    text = excerpt(passage.text, words or hit.words, most)
    return lines(title, marked(text, hit.words), _from(passage))


def _from(passage: Passage) -> Safe:
    source = clip(passage.source, 200) or SHELVES[passage.shelf]
    if passage.link:
        return say("Source: {source}", source=link(passage.link, source))
    return say("Source: {source}", source=source)


def _ways_on(told: AnswerTold, *, more: int) -> list[Block]:
    ways: list[Element] = []
    if told.request or told.statement or (told.names_a_tool and not told.sentences):
        style: Any = "primary" if told.request else None
        ways.append(button("Start a Review", ids.ASK_REVIEW, value=told.asked.id, style=style))
    if told.hits:
        label = f"Show {more} More" if more > 0 else "Show the Whole Text"
        ways.append(button(label, ids.ASK_MORE, value=told.asked.id))
    blocks: list[Block] = [actions("ask|acts", *ways)] if ways else []
    if told.hits:
        good, wrong = ("Helpful", f"good|{told.asked.id}"), ("Wrong", f"wrong|{told.asked.id}")
        blocks.append(feedback("ask|judged", ids.ASK_FEEDBACK, good, wrong))
    return blocks


def _in_short(told: AnswerTold) -> Safe:
    """For notifications and screen readers; never a model's words, which need their sources beside them."""
    if told.request:
        return say("A review can say whether a tool may be rolled out. Press Start a Review.")
    if told.sentences:
        return say("Here is an answer to your question, with its sources.")
    if told.hits:
        return say("Here is what I have on your question: {title}", title=clip(told.hits[0].passage.title, 150))
    return say("I know nothing about that. The security team can tell you.")


def streamed_sources(passages: Sequence[Passage]) -> str:
    """What an answer that is being written begins with: the passages it is written from."""
    titles = [say("• [{n}] {title}", n=n, title=clip(each.title, 80)) for n, each in enumerate(passages, 1)]
    return f"{lines(say('I am reading:'), *titles)}\n\n"


def streamed(cited: Cited) -> str:
    """One checked sentence of an answer that is being written. No link of a model is live before the card shows it."""
    return f"{_sentence(cited, ())}\n"


def more_view(told: AnswerTold) -> dict[str, Any]:
    """All passages that were found, in full."""
    blocks: list[Block] = []
    for place, hit in enumerate(told.hits, 1):
        whole = excerpt(hit.passage.text, hit.words, WHOLE)
        title = say("*[{place}] {title}*", place=place, title=clip(hit.passage.title, 150).replace("*", ""))
        blocks += [section(lines(title, marked(whole, hit.words))), context(_from(hit.passage))]
        blocks.append(divider())
    if not blocks:
        blocks.append(section(say("The pages I had this from are not there any more.")))
    return modal(ids.READ_ONLY, "What I have on it", blocks[:-1] or blocks, close="Done")


def wrong_view(asked: Asked) -> dict[str, Any]:
    """What is wrong with an answer: it may be left empty."""
    field = text_input("value", multiline=True, most=REMARK_MOST)
    blocks = [
        section(say("The security leads get the question, the answer and its sources, with your name.")),
        input_block("What is wrong with it?", field, block_id=REMARK, optional=True),
    ]
    return modal(ids.ASK_WRONG_PAGE, "Tell the leads", blocks, submit="Send", metadata=asked.id)


def sent_view() -> dict[str, Any]:
    """That it was sent."""
    return modal(ids.READ_ONLY, "Sent", [section(say("The security leads have it. Thank you."))], close="Done")


def disputed_card(told: DisputedTold, hosts: Hosts = ()) -> dict[str, Any]:
    """An answer that somebody says is wrong, for the security leads."""
    answer, who = told.answer, mention(told.by)
    blocks: list[Block] = [
        header("An answer may be wrong"),
        section(say("{who} says so. The question was:", who=who)),
        quote(answer.asked.question, most=READ_MOST),
    ]
    if answer.asked.remark:
        blocks += [section(say("What is wrong with it:")), quote(answer.asked.remark, most=REMARK_MOST)]
    if answer.sentences:
        wrote = answer.asked.wrote
        blocks.append(section(say("The answer:")))
        blocks += paragraphs([_sentence(each, hosts) for each in answer.sentences])
        if wrote is not None:
            by = say("Written by the model {model}, prompt version {n}.", model=wrote.model, n=wrote.prompt_version)
            blocks.append(context(by))
    else:
        blocks.append(section(say("The answer was these passages:")))
    shown = _cited(answer) or list(enumerate(answer.hits[:SHOWN], 1))
    blocks += [section(_source(place, hit, SHORT_EXCERPT, _words_of(answer, place))) for place, hit in shown]
    blocks.append(
        context(say("To put it right, change the page it comes from. The next answer uses what stands there."))
    )
    return message(say("{who} says that an answer of mine is wrong. Please look at its sources.", who=who), blocks)


# --- how --------------------------------------------------------------------------------------------------------------


def excerpt(text: str, words: Sequence[str], most: int) -> str:
    """The part of a text where most of these words stand close together, cut at the ends of words."""
    calm = " ".join(text.split())
    if len(calm) <= most:
        return calm
    wanted = frozenset(word.casefold() for word in words)
    found = [place.start() for place in re.finditer(r"\w+", calm) if place.group().casefold() in wanted]
    best = max(found, key=lambda start: sum(start <= other < start + most - 40 for other in found), default=0)
    start = calm.rfind(" ", 0, max(0, best - 30)) + 1 if best > most - 60 else 0
    end = min(len(calm), start + most)
    if end < len(calm):  # at the end of a sentence, if one ends near there, else of a word
        sentence = max(calm.rfind(f"{sign} ", start, end) for sign in ".!?") + 1
        end = max(sentence if sentence > start + most * 2 // 3 else calm.rfind(" ", start, end), start + most // 2)
    shown, ahead = calm[start:end].rstrip(" ,;"), "…" if start else ""
    if end == len(calm):
        return f"{ahead}{shown}"
    return f"{ahead}{shown} …" if shown.endswith((".", "!", "?")) else f"{ahead}{shown}…"
