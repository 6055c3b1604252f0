"""Outcomes, approvers, deadlines, answers and scopes in words, the same on every card. It words no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import Final

from bot.domain.answers import Answer, Origin
from bot.domain.bank import Question, Source
from bot.domain.decision import Standing
from bot.domain.ids import QuestionId
from bot.domain.improve import Change, Improvement
from bot.domain.policy import Approver, Deadline, Outcome
from bot.domain.profile import ALL_CLIENTS, UNKNOWN, Clients, Profile, infer
from bot.domain.verdict import Duty, Verdict
from bot.knowledge import Knowledge
from bot.slack.cards.blocks import Safe, clip, lines, mention, say
from bot.use_cases.plain_words import APPROVER_WORDS, STRENGTH_WORDS, VERDICT_WORDS, due_words

DECISION_WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.APPROVE: "Approved",
    Outcome.CONDITIONS: "Approved with conditions",
    Outcome.NEEDS_LEAD: "Approved with conditions",
    Outcome.REJECT: "Rejected",
}
SOURCE_WORDS: Final[Mapping[Source, str]] = {
    Source.TEAM: "Your team usually knows this.",
    Source.VENDOR: "The vendor usually knows this: ask your contact there.",
    Source.ORGANISATION: "Our own IT or security usually knows this.",
    Source.CLIENT: "The client, or the people who look after the client, usually know this.",
    Source.LOOK_UP: "This can be looked up in public.",
}
STANDING_WORDS: Final[Mapping[Standing, str]] = {
    Standing.VALID: "in force",
    Standing.EXPIRED: "expired",
    Standing.SUSPENDED: "suspended",
    Standing.SUPERSEDED: "replaced by a newer decision",
}
FACT_WORDS: Final[Mapping[str, str]] = {
    "kinds": "Kind",
    "data": "Data",
    "users": "Used by",
    "seats": "People",
    "clients": "Clients",
    "layers": "Layers",
    "change": "New or known",
}
NOT_KNOWING: Final = "I don't know"
CHANGES_MOST: Final = 4
BLOCKERS_MOST: Final = 2
REASONS_MOST: Final = 5
NAME_MOST: Final = 80
NAMES_MOST: Final = 400  # characters of a list of names; a card is no register


def verdict_words(outcome: Outcome) -> str:
    """What the rules say, as a team reads it."""
    return VERDICT_WORDS[outcome]


def decision_words(outcome: Outcome) -> str:
    """What people with authority recorded."""
    return DECISION_WORDS[outcome]


def approver_words(approver: Approver) -> str:
    """Who has to sign."""
    return APPROVER_WORDS[approver]


def deadline_words(deadline: Deadline | None) -> str:
    """How soon something is due, counted from the decision; None is for what always holds."""
    return due_words(deadline)


def plural(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def joined(names: Iterable[str], *, most: int = NAMES_MOST) -> str:
    """A short list of names, cut where it gets long."""
    return clip(", ".join(names), most)


def answer_words(question: Question, codes: Iterable[str]) -> str:
    """An answer as it reads on its buttons."""
    labels = [question.by_code[code].label if code in question.by_code else NOT_KNOWING for code in codes]
    return ", ".join(f"“{label}”" for label in labels) or "nothing ticked"


def given_by(given: Answer) -> Safe:
    """Whoever gave an answer; where it was proposed, by what."""
    who = mention(given.by)
    match given.proposed:
        case None:
            return say("by {who}", who=who)
        case Origin.RULES:
            return say("read out of somebody's words, confirmed by {who}", who=who)
        case Origin.MODEL:
            return say("proposed by a model, confirmed by {who}", who=who)


def fact_words(fact: str, code: str, k: Knowledge) -> str:
    """A value of a fact as the form calls it; what is no code of it is somebody's own word."""
    value = k.facts[fact].values.get(code) if fact in k.facts else None
    if value is not None and code != UNKNOWN:
        return value.label
    return "not known yet" if code == UNKNOWN else code


def scope_lines(profile: Profile, k: Knowledge) -> tuple[Safe, ...]:
    """The use a profile describes, one line a fact, with what follows from it."""
    full, _ = infer(profile)
    found: list[tuple[str, str]] = []
    for fact in ("kinds", "data", "users"):
        codes: frozenset[str] = getattr(full, fact)
        found.append((fact, joined(fact_words(fact, code, k) for code in in_order(fact, codes or {UNKNOWN}, k))))
    found.append(("seats", "not known yet" if full.seats is None else f"{full.seats:,}"))
    found.append(("clients", clients_words(full.clients, k)))
    if full.layers:
        found.append(("layers", joined(fact_words("layers", code, k) for code in in_order("layers", full.layers, k))))
    return tuple(say("*{fact}:* {words}", fact=FACT_WORDS[fact], words=words) for fact, words in found)


def in_order(fact: str, codes: Iterable[str], k: Knowledge) -> list[str]:
    """Codes in the order of the form."""
    order = list(k.facts[fact].values)
    return sorted(codes, key=lambda code: (order.index(code) if code in order else len(order), code))


def clients_words(clients: Clients, k: Knowledge) -> str:
    """Whose data or work it touches."""
    if not clients.any:
        return fact_words("clients", "none", k)
    words = sorted(clients.names)
    if clients.number > len(words):
        words = [plural(clients.number, "client")] if not words else [*words, f"{clients.number - len(words):,} more"]
    words += [fact_words("clients", ALL_CLIENTS, k)] * clients.everyone
    words += ["not known yet"] * clients.unknown
    return joined(words)


def improvement_words(better: Improvement, now: Outcome) -> Safe:
    """“Question” from “…” to “…” → then “Safe with conditions”, signed by one security lead."""
    then, signed = verdict_words(better.outcome), approver_words(better.approver)
    if better.approver is not Approver.SELF_SERVE:
        signed = f"signed by {signed}"
    still = "still " if better.outcome is now else ""
    shown = [change_words(change) for change in better.changes[:CHANGES_MOST]]
    if (more := len(better.changes) - len(shown)) > 0:
        shown.append(say("{more}", more=plural(more, "more change")))
    arrow = say("→ then {still}“{then}”, {signed}", still=still, then=then, signed=signed)
    if len(shown) == 1:
        return say("{change} {arrow}", change=shown[0], arrow=arrow)
    return lines(say("All of these together:"), *(say("    ◦ {one}", one=one) for one in shown), arrow)


def change_words(change: Change) -> Safe:
    """One answer that would be different, or that only has to be given again."""
    if change.now == change.then:
        return say("“{question}” answered again, because the answer is old", question=change.question.text)
    added = [code for code in change.then if code not in change.now]
    if change.now and set(change.now) < set(change.then):
        also = answer_words(change.question, added)
        return say("“{question}” also with {also}", question=change.question.text, also=also)
    now, then = answer_words(change.question, change.now), answer_words(change.question, change.then)
    return say("“{question}” from {now} to {then}", question=change.question.text, now=now, then=then)


def lapsed_line(lapsed: tuple[str, ...]) -> Safe:
    """Why it takes one signature level more: no review, no growth."""
    clients = joined(clip(name, NAME_MOST) for name in lapsed)
    return say(
        "No review, no growth: the last client reviews of {clients} were missed, so one level more has to sign.",
        clients=clients,
    )


def reason_lines(verdict: Verdict, answers: Mapping[QuestionId, tuple[str, ...]], k: Knowledge) -> list[Safe]:
    """Why the verdict is what it is, in at most five lines, the gravest first."""
    found: list[Safe] = []
    for each in verdict.blockers[:BLOCKERS_MOST]:
        question = k.bank.by_id.get(each)
        if question is not None:
            answer = answer_words(question, answers.get(each, (UNKNOWN,)))
            found.append(say("Rules it out: “{question}” is answered {answer}.", question=question.text, answer=answer))
    if (more := len(verdict.blockers) - BLOCKERS_MOST) > 0:
        found.append(say("Ruled out by {more} as well.", more=plural(more, "more answer")))
    floors = k.policy.verdicts.floors
    found += [say("{because}", because=floors[code].because) for code in verdict.floors if code in floors]
    if verdict.outcome.strictness >= Outcome.NEEDS_LEAD.strictness and not verdict.blockers:
        found.append(say("The risk that is left is {band}.", band=verdict.band.name.lower()))
    weak = [code for code, flag in verdict.flags.items() if flag == "red" and code in k.guidelines]
    if weak:
        worst = sorted(weak, key=lambda code: -verdict.sub_scores[code])[:2]
        found.append(say("Weakest: {titles}.", titles="; ".join(k.guidelines[code].title for code in worst)))
    old = [each for each in verdict.unknowns if UNKNOWN not in answers.get(each, (UNKNOWN,))]
    not_known = [each for each in verdict.unknowns if each not in old]
    if not_known:
        so = "it counts" if len(not_known) == 1 else "each counts"
        found.append(say("{count} not known yet; {so} like the worst.", count=_are(not_known), so=so))
    if old:
        found.append(say("{count} too old to be believed; to renew, answer again.", count=_are(old)))
    gaps = [duty.question for duty in verdict.duties if duty.question and not duty.unknown]
    if gaps and not verdict.blockers:
        count = plural(len(gaps), "answer")
        found.append(say("{count} {show} a gap that a condition has to close.", count=count, show=_shows(gaps)))
    if not found and verdict.duties:
        found.append(say("No answer shows a gap; at tier {tier} some conditions always apply.", tier=str(verdict.tier)))
    return found[:REASONS_MOST] or [say("No answer shows a gap that matters for this use.")]


def strength_lines(verdict: Verdict, k: Knowledge) -> list[Safe]:
    """How much is in place, guideline by guideline, as a word and a number."""
    asked = {k.bank.by_id[each].guideline for each in verdict.asked if each in k.bank.by_id}
    found: list[Safe] = []
    for code, points in verdict.sub_scores.items():
        title = k.guidelines[code].title if code in k.guidelines else code
        if code not in asked:
            found.append(say("{title}: nothing to ask for this use", title=title))
            continue
        word = STRENGTH_WORDS[verdict.flags[code]]
        found.append(say("{title}: *{word}*, {left} of 100", title=title, word=word, left=max(0, 100 - points)))
    return found


def duty_line(duty: Duty) -> Safe:
    """A condition before a decision dates it; one that always holds needs no day."""
    if duty.deadline is None:
        return say("• {text}", text=duty.text)
    return say("• {text} ({due})", text=duty.text, due=deadline_words(duty.deadline))


def _shows(found: Sized) -> str:
    return "shows" if len(found) == 1 else "show"


def _are(found: Sized) -> str:
    return "1 answer is" if len(found) == 1 else f"{len(found)} answers are"
