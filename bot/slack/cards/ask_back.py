"""What follows a typed reply that named no option: which one was meant, or the one a model read it as, to be pressed.

What was read stands on the button in the option's own words, never as a Yes: whoever presses it has read what it says.
"""

from __future__ import annotations

from typing import Any

from bot.domain.answers import Proposal
from bot.domain.bank import Choice, Question
from bot.domain.profile import UNKNOWN
from bot.domain.proposed import QUOTE_MOST
from bot.domain.review import Review
from bot.slack import ids
from bot.slack.cards.blocks import Element, Safe, actions, button, clip, context, message, say, section
from bot.slack.cards.parts import card_of, paragraphs
from bot.slack.cards.question import numbered
from bot.slack.cards.words import NOT_KNOWING, answer_words, given_by
from bot.use_cases.tellings import LineTold


def ask_back_message(told: LineTold) -> dict[str, Any]:
    """Ask for the option that was meant, or say that nobody waits for it any more."""
    question, review = told.question, told.review
    if question is None or review is None:
        return _line(
            say("I could not match that to an answer. Please use the review's card, or write one of its options.")
        )
    if told.settled:
        return _settled(question, review)
    if question.choice is not Choice.ONE:
        return _line(say("Please tick your answer to “{question}” on the card.", question=question.text))
    if told.proposal is not None:
        return _read_as(told.proposal, question, review, told.notice.key)
    if told.notice.facts.get("another"):
        return _all_of_them(question, review, told.notice.key)
    options = [*numbered(question), say("Or: {words}", words=NOT_KNOWING)]
    ask = say("I could not match that to an answer. “{question}” Reply with one of these:", question=question.text)
    text = say("Which answer do you mean? {question}", question=question.text)
    other = context(say("To ask about another tool: `/preflight` and its name"))
    return message(text, [*paragraphs([ask, *options]), other])


def _read_as(proposal: Proposal, question: Question, review: Review, key: str) -> dict[str, Any]:
    value = ids.message_value(card_of(review), key)
    label = question.by_code[proposal.value].label if proposal.value != UNKNOWN else NOT_KNOWING
    quote = clip(proposal.quote, QUOTE_MOST)
    read = say("I read “{quote}” as one of the answers to “{question}”:", quote=quote, question=question.text)
    another = button("Another Answer", ids.ANOTHER, value=value, accessible="Another answer: show all of them")
    text = say("I read your reply as one of the answers to: {question} Press it if it is so.", question=question.text)
    blocks = [
        *paragraphs([read, say("*{label}*", label=label)]),
        actions(_block(question, review), _option(label, proposal.value, label, value), another),
        context(say("Read by a model. It is your answer only when you press it.")),
    ]
    return message(text, blocks)


def _all_of_them(question: Question, review: Review, key: str) -> dict[str, Any]:
    value = ids.message_value(card_of(review), key)
    buttons = [
        _option(f"{n}. {each.label}", each.code, each.label, value) for n, each in enumerate(question.options, 1)
    ]
    buttons.append(_option(NOT_KNOWING, UNKNOWN, NOT_KNOWING, value))
    ask = say("Then which one? “{question}”", question=question.text)
    text = say("Which answer is it? {question}", question=question.text)
    return message(text, [*paragraphs([ask, *numbered(question)]), actions(_block(question, review), *buttons)])


def _settled(question: Question, review: Review) -> dict[str, Any]:
    given = review.answers.get(question.id)
    if given is None:
        return _line(
            say("“{question}” waits for no answer any more. The card shows how it is.", question=question.text)
        )
    answer = answer_words(question, given.codes)
    words = say("“{question}” {answer} {by}", question=question.text, answer=answer, by=given_by(given))
    return message(say("Answered: {question}", question=question.text), [section(words)])


def _option(words: str, code: str, label: str, value: str) -> Element:
    return button(words, ids.answer_action(code), value=value, accessible=label)


def _block(question: Question, review: Review) -> str:
    return ids.question_block(question.id, card_of(review))


def _line(text: Safe) -> dict[str, Any]:
    return message(text, [section(text)])
