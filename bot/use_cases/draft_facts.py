"""The facts that a model is given to draft from, in our own words, and the lines that were drafted from exactly these.

For the leads' card and the digest that is nothing that anybody typed, not even the tool's name: whatever stands in a
note or a name, it cannot speak to a model here. Only the minutes are made of people's words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.domain.approval import need
from bot.domain.decision import Decision
from bot.domain.digest import Digest, Matter, what_matters
from bot.domain.drafted import DIGEST_LINES, MINUTES_LINES, SUMMARY_LINES, Basis
from bot.domain.improve import Change, Improvement
from bot.domain.model_use import Task, Use
from bot.domain.policy import Outcome
from bot.domain.profile import UNKNOWN
from bot.domain.review import Package, Review
from bot.domain.verdict import Case, Verdict
from bot.knowledge import Knowledge
from bot.store.work import Work
from bot.use_cases.model_use import use_of
from bot.use_cases.pack_papers import Held, action_lines, finding_lines, noted_lines, present, settled_lines
from bot.use_cases.pack_words import OUTCOME_WORDS, answer_text, as_plain, counted, day_words, question_text
from bot.use_cases.plain_words import STRENGTH_WORDS, VERDICT_WORDS, due_words
from bot.use_cases.ruled_out import RuledOut

LISTED_MOST: Final = 8  # of unknowns, gaps and conditions each
SAID_MOST: Final = 1_500  # characters of one thing that people wrote
ALL_SAID_MOST: Final = 15_000
_MOST: Final = {Task.SUMMARY: SUMMARY_LINES, Task.DIGEST: DIGEST_LINES, Task.MINUTES: MINUTES_LINES}


@dataclass(frozen=True, slots=True)
class ToDraft:
    """What is to be drafted: about what, and all that it may rest on."""

    task: Task
    about: str
    facts: tuple[str, ...]
    said: tuple[str, ...] = ()  # people's words
    names: tuple[str, ...] = ()  # may be named, though no model is told of them

    @property
    def key(self) -> str:
        """Another fact makes another key, so that no draft outlives what it was drafted from."""
        told = json.dumps([self.facts, self.said, self.names], separators=(",", ":"))
        return f"{self.task}:{self.about}:{hashlib.sha256(told.encode()).hexdigest()[:32]}"

    @property
    def most(self) -> int:
        """How many lines it may have."""
        return _MOST[self.task]

    def basis(self) -> Basis:
        """What its lines are held against."""
        return Basis(self.facts, self.said, self.names)


def drafted_lines(work: Work, wanted: ToDraft) -> tuple[str, ...]:
    """The lines that a model drafted from exactly these facts; none while the leads have switched drafts off."""
    draft = work.drafts.get(wanted.key)
    if draft is None or not wanted.task.allowed(use_of(work, Use.ALL)):
        return ()
    return draft.lines


# --- a review for the leads -------------------------------------------------------------------------------------------


def summary_of(
    review: Review,
    verdict: Verdict,
    case: Case,
    improvements: Sequence[Improvement],
    precedents: Sequence[Decision],
    ruled_out: Sequence[RuledOut],
    k: Knowledge,
) -> ToDraft | None:
    """What the leads are asked to sign, once it is handed in."""
    if review.package is None:
        return None
    facts = [
        *_verdict(review.package, verdict),
        *_reasons(review, review.package, verdict, k),
        *_use(review, case, k),
        *_strengths(verdict, k),
        *_answers(review, verdict, k),
        *_conditions(review.package, verdict),
        *(_change(each.changes) for each in improvements[:1]),
        *_earlier(precedents, ruled_out),
    ]
    names = (review.tool_name.strip(),) if review.tool_name.strip() else ()
    return ToDraft(Task.SUMMARY, review.package.verdict, tuple(facts), names=names)


def _verdict(package: Package, verdict: Verdict) -> Iterator[str]:
    yield f"The rules say: {VERDICT_WORDS[verdict.outcome]}."
    yield f"Tier {verdict.tier} of 4. The risk that is left is {verdict.band.name.lower()}."
    yield f"Missing protection: {verdict.control_gap} of 100."
    if verdict.outcome is Outcome.REJECT:
        yield "No signature can change this; only other answers can."
        return
    wanted = need(package, verdict)
    leads = "1 security lead has to sign" if wanted.leads == 1 else f"{wanted.leads} security leads have to sign"
    yield f"{leads}, then the CISO." if wanted.ciso else f"{leads}."
    if package.lapsed:
        yield "A client's last reviews were missed, so one level more has to sign."
    if package.milder:
        yield "A lead dropped conditions of the rules, so more people sign, as a risk acceptance."
    yield f"It would stand for at most {counted(verdict.months, 'month')}."


def _reasons(review: Review, package: Package, verdict: Verdict, k: Knowledge) -> Iterator[str]:
    for each in verdict.blockers[:LISTED_MOST]:
        answer = answer_text(each, review.choices().get(each, (UNKNOWN,)), k)
        yield f"It is ruled out by “{question_text(each, k)}”, answered {answer}."
    if (number := len(verdict.blockers)) > 1:
        yield f"{counted(number, 'answer')} rule it out."
    yield from (k.policy.verdicts.floors[code].because for code in verdict.floors if code in k.policy.verdicts.floors)


def _use(review: Review, case: Case, k: Knowledge) -> Iterator[str]:
    profile = case.profile
    for fact, words in (("kinds", "What it is"), ("data", "Data it sees or holds"), ("users", "Used by")):
        codes: frozenset[str] = getattr(profile, fact)
        labels = [value.label for code, value in k.facts[fact].values.items() if code in codes and code != UNKNOWN]
        labels += ["not known yet"] * (UNKNOWN in codes or not codes)
        yield f"{words}: {', '.join(labels)}."
    known = profile.seats is not None
    yield f"{profile.seats:,} people would use it." if known else "How many people would use it is not known yet."
    if profile.clients.everyone:
        yield "It touches every client."
    elif profile.clients.number:
        yield f"It touches {counted(profile.clients.number, 'client')}."
    else:
        yield "Which clients it touches is not known yet." if profile.clients.unknown else "It touches no client."
    if review.go_live is not None:
        yield f"The team would like to start on {day_words(review.go_live)}."


def _strengths(verdict: Verdict, k: Knowledge) -> Iterator[str]:
    asked = {k.bank.by_id[each].guideline for each in verdict.asked if each in k.bank.by_id}
    for code, points in verdict.sub_scores.items():
        if code in asked and code in k.guidelines:
            left = max(0, 100 - points)
            yield f"{k.guidelines[code].title}: {STRENGTH_WORDS[verdict.flags[code]]}, {left} of 100."


def _answers(review: Review, verdict: Verdict, k: Knowledge) -> Iterator[str]:
    choices = review.choices()
    if verdict.unknowns:
        number = len(verdict.unknowns)
        words = "answer is" if number == 1 else "answers are"
        yield f"{number} {words} not known or too old; each counts like the worst."
        yield from (f"Not known or too old: “{question_text(each, k)}”" for each in verdict.unknowns[:LISTED_MOST])
    gaps = [duty.question for duty in verdict.duties if duty.question is not None and not duty.unknown]
    if gaps:
        yield f"{counted(len(gaps), 'answer')} {'shows' if len(gaps) == 1 else 'show'} a gap."
    for each in gaps[:LISTED_MOST]:
        yield f"A gap: “{question_text(each, k)}” is answered {answer_text(each, choices.get(each, ()), k)}."


def _conditions(package: Package, verdict: Verdict) -> Iterator[str]:
    if verdict.outcome is Outcome.REJECT:
        return
    kept = [duty for duty in verdict.duties if duty.question is None or duty.question not in package.waived]
    yield f"{counted(len(kept), 'condition')} of the rules would be recorded."
    yield from (f"Condition: {duty.text} ({due_words(duty.deadline)})." for duty in kept[:LISTED_MOST])
    if package.waived:
        yield f"{counted(len(package.waived), 'condition')} of the rules would be dropped."
    if package.added:
        yield f"{counted(len(package.added), 'condition')} would be added by the leads."


def _change(changes: Sequence[Change]) -> str:
    """The smallest change, without what the rules would say then: a draft could take that for what they say now."""
    told = [f"“{each.question.text}” with a better answer" for each in changes[:LISTED_MOST]]
    return f"The smallest change that would improve it: {', and '.join(told)}."


def _earlier(precedents: Sequence[Decision], ruled_out: Sequence[RuledOut]) -> Iterator[str]:
    """That there were others, and when; not what they said, which a draft could take for what is said now."""
    for each in precedents:
        yield f"An earlier decision of {day_words(each.decided_at.date())} is on record."
    if ruled_out:
        yield f"{counted(len(ruled_out), 'earlier request')} had an answer that rules it out."


# --- the week's digest ------------------------------------------------------------------------------------------------


def opening_of(digest: Digest, since: date, until: date, k: Knowledge) -> ToDraft | None:
    """The week in numbers; nothing where it was calm, which our own sentence says best."""
    if digest.calm:
        return None
    week = "this week" if until - since <= timedelta(days=7) else "all the time since the last digest"
    facts = [f"The digest is about {week}, {day_words(since)} to {day_words(until)}.", *_counts(digest)]
    facts.append(f"What matters most: {_MATTERS[what_matters(digest)]}.")
    for code, value in digest.strengths:
        if value is not None and code in k.guidelines:
            facts.append(f"{k.guidelines[code].title}: {value} of 100 in place.")
    return ToDraft(Task.DIGEST, until.isoformat(), tuple(facts))


def _counts(digest: Digest) -> Iterator[str]:
    if number := len(digest.overdue):
        late = counted(digest.overdue[0].days, "day")
        yield f"{counted(number, 'condition')} {_be(number)} overdue, the oldest by {late}."
    if number := len(digest.missed):
        yield f"{counted(number, 'client review')} {'was' if number == 1 else 'were'} not held."
    if number := len(digest.unapproved):
        yield f"{counted(number, 'tool')} may be in use without a decision."
    if number := len(digest.waiting):
        longest = digest.waiting[0].days
        oldest = f"the oldest for {counted(longest, 'working day')}" if longest else "none for a day"
        yield f"{counted(number, 'request')} {'waits' if number == 1 else 'wait'} for a signature, {oldest}."
    if number := len(digest.suspended):
        yield f"{counted(number, 'decision')} {_be(number)} suspended."
    if number := len(digest.ending):
        yield f"{counted(number, 'decision')} {'ends' if number == 1 else 'end'} within 30 days."
    if number := len(digest.decided):
        yield f"{counted(number, 'decision')} {'was' if number == 1 else 'were'} recorded this week."
    if number := len(digest.to_sample):
        yield f"{counted(number, 'decision')} by the rules alone {_be(number)} still to look at."


_MATTERS: Final = {
    Matter.OVERDUE: "what is overdue",
    Matter.MISSED: "the client reviews that were not held",
    Matter.UNAPPROVED: "what may be in use without a decision",
    Matter.WAITING_LONG: "the requests that wait",
    Matter.SUSPENDED: "what is suspended",
    Matter.WAITING: "the requests that wait",
    Matter.ENDING: "what ends soon",
    Matter.DECIDED: "what was recorded",
    Matter.TO_SAMPLE: "what is still to look at",
    Matter.CALM: "that nothing is open",
}


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


# --- the minutes of a client review -----------------------------------------------------------------------------------


def lead_in_of(held: Held) -> ToDraft:
    """What stands on the minutes' card, and nothing besides: nobody is named to a model whom the card does not name."""
    occurrence = held.occurrence
    ours, theirs = present(held)
    facts = [f"{counted(ours, 'person')} of ours and {theirs} of the client's were there."]
    if occurrence.outcome is not None:
        facts.append(f"{OUTCOME_WORDS[occurrence.outcome]}.")
    if occurrence.next_on is not None:
        facts.append(f"The next review is on {day_words(occurrence.next_on)}.")
    facts += [
        f"{counted(len(found), noun)} {'was' if len(found) == 1 else 'were'} {what}."
        for found, noun, what in (
            (held.actions, "action", "agreed"),
            (held.settled, "action", "settled"),
            (held.findings, "finding", "stated"),
        )
        if found
    ]
    said = [occurrence.summary.strip()] if occurrence.summary.strip() else []
    for lines in (action_lines(held), settled_lines(held), finding_lines(held), noted_lines(held)):
        said += [as_plain(words, {}) for words in lines]
    return ToDraft(Task.MINUTES, occurrence.id, tuple(facts), tuple(_as_much_as_fits(said)), (held.client.name,))


def _as_much_as_fits(said: Sequence[str]) -> Iterator[str]:
    room = ALL_SAID_MOST
    for each in said:
        text = " ".join(each.split())[:SAID_MOST]
        room -= len(text)
        if room < 0:
            return
        yield text
