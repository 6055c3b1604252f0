"""The card that asks one question: progress, the options as controls, what is recorded. It chooses no question."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.answers import missing_extras
from bot.domain.bank import Choice, Question
from bot.domain.ids import UserId
from bot.domain.profile import UNKNOWN
from bot.domain.proposed import QUOTE_MOST, about
from bot.domain.review import Review
from bot.domain.verdict import Case
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    bar,
    button,
    checkboxes,
    clip,
    context,
    header,
    lines,
    mention,
    message,
    option,
    say,
    section,
    select,
)
from bot.slack.cards.parts import card_of, more_menu, quiet_acts, tool_of
from bot.slack.cards.words import NOT_KNOWING, answer_words, given_by, joined
from bot.use_cases.tellings import ReviewTold

BUTTONS_MOST: Final = 4  # from five options on a menu is quicker to read
READS_WELL: Final = 30  # characters of a button's label that Slack shows on a phone
PROPOSED_MOST: Final = 3  # of what people wrote about a question; the newest
LONG_LIST: Final = 20
SPLIT_FROM: Final = 35


def question_card(told: ReviewTold, question: Question, case: Case, k: Knowledge) -> dict[str, Any]:
    """The question that is open now, with its options."""
    review, card = told.review, card_of(told.review)
    place, total = _place(question, case), len(case.asked)
    tool = tool_of(review)
    blocks: list[Block] = [
        header(f"{tool}: question {place} of {total}"),
        context(bar(place, total), _guideline(question, k)),
        *_before(told, case, k),
        section(_asks(question)),
        *_proposed(question, review),
        actions(ids.question_block(question.id, card), *_controls(question, review, card)),
    ]
    if recorded := _recorded(question, review):
        blocks.append(context(recorded))
    blocks += extras_wanted(review, k, most=1)
    blocks.append(actions("review|nav", *_ways(told, question, card)))
    where = say("{tool}, question {place} of {total}", tool=tool, place=place, total=total)
    return message(say("{where}: {question}", where=where, question=question.text), blocks)


def extras_wanted(review: Review, k: Knowledge, *, most: int) -> list[Block]:
    """The owners, dates and links that answers still want, the one asked for last first."""
    missing = list(reversed(missing_extras(review.answers, k.bank)))
    shown = list(dict.fromkeys(missing))[:most]
    return [
        section(
            say("Still missing for “{question}”: {ask}", question=k.bank.by_id[question].text, ask=ask),
            accessory=button("Add It", ids.EXTRA, value=f"{card_of(review)}|{question}", accessible=f"Add: {ask}"),
        )
        for question, ask in shown
    ]


def numbered(question: Question) -> list[Safe]:
    """The options with the numbers by which they can be answered in words."""
    return [say("{n}. {label}", n=n, label=each.label) for n, each in enumerate(question.options, 1)]


def _place(question: Question, case: Case) -> int:
    order = [each.id for each in case.asked]
    return order.index(question.id) + 1 if question.id in order else 1


def _guideline(question: Question, k: Knowledge) -> Safe:
    guideline = k.guidelines.get(question.guideline)
    return say("{code} {title}", code=question.guideline, title=guideline.title if guideline else "")


def _before(told: ReviewTold, case: Case, k: Knowledge) -> list[Block]:
    """What has to be said before the question: what was added, how long it is, that it is a no already."""
    notes: list[Safe] = []
    if not told.review.answers:
        notes += [say("{reason}", reason=k.reason(each)) for each in case.inferred]
        total = len(case.asked)
        if total > LONG_LIST:
            notes.append(
                say("This is a longer list ({n}). Two sittings are fine: everything is saved as you go.", n=total)
            )
        if total > SPLIT_FROM:
            notes.append(
                say("If it is really several tools in one, ask for each on its own: each list is then much shorter.")
            )
    if told.blocked:
        notes.append(say("As answered this is already a no. Finish the list so you can fix everything at once."))
    return [section(lines(*notes))] if notes else []


def _lists_options(question: Question) -> bool:
    return question.choice is Choice.ONE and any(len(each.label) > READS_WELL for each in question.options)


def _asks(question: Question) -> Safe:
    text = say("*{text}*", text=question.text)
    if question.choice is not Choice.ONE:
        return lines(text, say("Tick all that apply; each tick is saved."))
    return lines(text, *numbered(question)) if _lists_options(question) else text


def _controls(question: Question, review: Review, card: ids.Card) -> list[Element]:
    given = review.answers.get(question.id)
    codes = given.codes if given else ()
    value = str(card)
    not_knowing = button(NOT_KNOWING, ids.answer_action(UNKNOWN), value=value)
    offered = _one_of if question.choice is Choice.ONE else _several_of
    controls = [*offered(question, codes, value), not_knowing]
    if given is not None:
        controls.append(button("Next", ids.NEXT, value=value, style="primary"))
    return controls


def _one_of(question: Question, codes: tuple[str, ...], value: str) -> list[Element]:
    if len(question.options) > BUTTONS_MOST:
        options = [*(option(each.label, each.code) for each in question.options), option(NOT_KNOWING, UNKNOWN)]
        return [select(ids.ANSWER, options, initial=codes[0] if codes else None, placeholder="Choose the answer")]
    # Slack cuts long labels on a button, so the number ties it to the list above.
    listed = _lists_options(question)
    return [
        button(
            f"{n}. {each.label}" if listed else each.label,
            ids.answer_action(each.code),
            value=value,
            accessible=each.label if listed else None,
        )
        for n, each in enumerate(question.options, 1)
    ]


def _several_of(question: Question, codes: tuple[str, ...], value: str) -> list[Element]:
    ticks = [option(each.label, each.code) for each in question.options if not each.alone]
    alone = [each for each in question.options if each.alone]
    return [
        *([checkboxes(ids.ANSWER, ticks, initial=codes)] if ticks else []),
        *(button(each.label, ids.answer_action(each.code), value=value) for each in alone),
        *([] if alone else [button("None of These", ids.NONE, value=value)]),
    ]


def _proposed(question: Question, review: Review) -> list[Block]:
    """What somebody wrote that may answer it. No control is set by it: whoever answers picks for themselves."""
    told: dict[tuple[UserId, str], list[str]] = {}
    for each in about(question, review.proposals):
        if each.quote:
            told.setdefault((each.said_by or review.requester, each.quote), []).append(each.value)
    if not told:
        return []
    found = [
        say(
            "{wrote}: “{quote}”. That may mean *{meant}*.",
            wrote=_wrote(who, review),
            quote=clip(quote, QUOTE_MOST),
            meant=meant,
        )
        for (who, quote), codes in list(told.items())[-PROPOSED_MOST:]
        if (meant := joined(question.by_code[code].label if code != UNKNOWN else NOT_KNOWING for code in codes))
    ]
    return [context(*found, say("Pick what is true."))]


def _wrote(who: UserId, review: Review) -> Safe:
    alone = review.home.channel == str(who)  # in direct messages nobody else reads it
    return say("You wrote") if alone else say("{who} wrote", who=mention(who))


def _recorded(question: Question, review: Review) -> Safe | None:
    given = review.answers.get(question.id)
    if given is None:
        return None
    return say("Recorded: {answer} {by}", answer=answer_words(question, given.codes), by=given_by(given))


def _ways(told: ReviewTold, question: Question, card: ids.Card) -> list[Element]:
    value = str(card)
    ways: list[Element] = [button("Back", ids.BACK, value=value)] if told.can_go_back else []
    ways.append(button("Why this Question?", ids.WHY, value=f"{card}|{question.id}"))
    ways.append(button("Answer as a Form", ids.FORM, value=value))
    change = ((ids.CHANGE_ANSWER, "Change an Answer"),) if told.review.answers else ()
    ways.append(more_menu(card, *change, (ids.PROFILE, "Change the Profile"), *quiet_acts(told.review)))
    return ways
