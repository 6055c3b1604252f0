"""Answers that were read out of somebody's words: which may be filled in beforehand, and when one was confirmed.

Nothing here answers a question. A person picks the option, and one that would make the verdict better than not knowing,
or that rules the tool out, is not even filled in for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.answers import Origin, Proposal
from bot.domain.bank import Choice, Question
from bot.domain.ids import UserId
from bot.domain.policy import Deadline, Policy
from bot.domain.profile import UNKNOWN
from bot.domain.reading import checked
from bot.domain.tool import clean_text
from bot.domain.utterance import Utterance
from bot.domain.verdict import Case, Duty, duties_of, judge, mark

QUOTE_MOST: Final = 160  # characters of somebody's words that are kept until the question is answered
PROPOSED_MOST: Final = 12  # proposals about one question; the newest stay


def about(question: Question, proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """The proposals that name an option of this question, or that it is not known."""
    return tuple(
        each
        for each in proposals
        if each.fact == question.id and (each.value in question.by_code or each.value == UNKNOWN)
    )


def may_fill_in(question: Question, codes: tuple[str, ...], case: Case, policy: Policy) -> bool:
    """May this answer stand in a form before anybody picked it? Only when it is at least as bad as not knowing.

    Whatever else is answered: each answer adds to a verdict by itself, so what is no better alone never is.
    """
    if question.faults_in(codes):
        return False
    given, unknown = mark(question, codes, case), mark(question, None, case)
    if given.blocked or given.gap < unknown.gap:
        return False
    if not set(judge((unknown,), case, policy).floors) <= set(judge((given,), case, policy).floors):
        return False
    return _as_pressing(duties_of((given,), case, policy), duties_of((unknown,), case, policy))


def filled_in(question: Question, proposals: Iterable[Proposal], case: Case, policy: Policy) -> tuple[str, ...]:
    """The proposed answer a form may start with; nothing where it may not, or where the proposals differ."""
    codes = tuple(dict.fromkeys(each.value for each in about(question, proposals)))
    return codes if codes and may_fill_in(question, codes, case, policy) else ()


def confirmed(question: Question, codes: tuple[str, ...], proposals: Iterable[Proposal]) -> Proposal | None:
    """The proposal that somebody confirmed by giving this very answer. Of several ticks, all have to be the same."""
    found = about(question, proposals)
    if question.choice is Choice.ONE:
        found = tuple(each for each in found if (each.value,) == codes)
    elif {each.value for each in found} != set(codes):
        return None
    return next((each for each in found if each.origin is Origin.MODEL), found[0] if found else None)


def option_named(question: Question, said: Utterance, found: Proposal | None, *, requester: UserId) -> Proposal | None:
    """What a model took a reply for, if the reply holds its quote to the letter and the question has that option."""
    options = {str(question.id): (*question.by_code, UNKNOWN)}
    held = checked((found,), (said,), asker=requester, options=options) if found is not None else ()
    return next((replace(each, quote=shortened(each.quote)) for each in about(question, held)), None)


def shortened(quote: str) -> str:
    """So much of somebody's words as a card shows, on one line."""
    words = " ".join(clean_text(quote).split())
    return words if len(words) <= QUOTE_MOST else words[: QUOTE_MOST - 1].rstrip() + "…"


def with_one_more(proposals: Sequence[Proposal], more: Proposal) -> tuple[Proposal, ...]:
    """The proposals with a newer one, which takes the place of what the same person was read to say of it before."""
    others = [each for each in proposals if (each.fact, each.said_by) != (more.fact, more.said_by)]
    of_it = [each for each in others if each.fact == more.fact]
    crowd = of_it[: max(0, len(of_it) + 1 - PROPOSED_MOST)]
    return (*(each for each in others if each not in crowd), more)


def without_words(proposals: tuple[Proposal, ...], answered: Collection[str]) -> tuple[Proposal, ...]:
    """The proposals with the words about these questions forgotten; the same tuple when there were none."""
    if not any(each.quote and each.fact in answered for each in proposals):
        return proposals
    return tuple(replace(each, quote="") if each.fact in answered else each for each in proposals)


def _as_pressing(found: Sequence[Duty], than: Sequence[Duty]) -> bool:
    """Is there a duty for each, due no later?"""
    due = {duty.question: duty.deadline for duty in found}
    return all(duty.question in due and _no_later(due[duty.question], duty.deadline) for duty in than)


def _no_later(due: Deadline | None, than: Deadline | None) -> bool:
    if due is None or than is None:
        return due == than
    # A working day is never shorter than a day; the other way round it is not known.
    days_compare = than.working or not due.working
    return days_compare and due.days <= than.days and due.before_go_live >= than.before_go_live
