"""The card in the security channel, and the modals of its buttons. Whether somebody may sign is never decided here."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.answers import Origin
from bot.domain.approval import TO_ADD, Need, need, raised, rationale_needed
from bot.domain.decision import Decision
from bot.domain.policy import Approver, Outcome
from bot.domain.review import Package, Review, Stage, Stance
from bot.domain.verdict import Case, Duty, Verdict
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    actions,
    button,
    checkboxes,
    clip,
    confirm,
    context,
    date_token,
    day_token,
    header,
    input_block,
    mention,
    message,
    modal,
    number_input,
    option,
    quote,
    say,
    section,
    text_input,
)
from bot.slack.cards.parts import (
    CONDITIONS_MOST,
    bullets,
    card_of,
    cut,
    drafted_blocks,
    paragraphs,
    people,
    titled,
    tool_of,
)
from bot.slack.cards.records import decision_blocks, decision_state, pulled_back_blocks, suspended_words
from bot.slack.cards.verdict import improvement_blocks, left_out_of, left_out_words, measure_line
from bot.slack.cards.words import (
    answer_words,
    deadline_words,
    decision_words,
    duty_line,
    lapsed_line,
    plural,
    reason_lines,
    scope_lines,
    verdict_words,
)
from bot.slack.limits import CHOICE_OPTIONS
from bot.use_cases.ruled_out import RuledOut
from bot.use_cases.tellings import SignOffTold

VALUE: Final = "value"
RATIONALE: Final = "sign_off|rationale"
ADDED: Final = "sign_off|added"
DAYS: Final = "sign_off|days"
QUESTION: Final = "sign_off|question"
UNKNOWNS_MOST: Final = 5
CONFIRMED_MOST: Final = 5  # answers that a model proposed
ANSWERS_MOST: Final = 3  # of one earlier request
WORDS_MOST: Final = 300  # characters of what a team wrote, beside other facts
RATIONALE_MOST: Final = 2_000
ADDED_MOST: Final = 500
QUESTION_MOST: Final = 1_500
DAYS_MOST: Final = 365
DAYS_AT_FIRST: Final = 30
ONLY_ANSWERS_HELP: Final = "As answered, the rules say no, and only other answers help. The team can take it back."


def sign_off_card(told: SignOffTold, k: Knowledge) -> dict[str, Any]:
    """What is asked of the security leads, or what became of it."""
    review, tool = told.review, tool_of(told.review)
    if review.stage is Stage.DECIDED and told.decision is not None:
        return _recorded_card(told, told.decision, k)
    if review.stage is not Stage.SUBMITTED or review.package is None:
        ended = say("{tool}: the team withdrew this review. Nothing is left to sign.", tool=tool)
        back = say("{tool}: the team took this review back to change it. A fresh card follows.", tool=tool)
        line = ended if review.stage is Stage.WITHDRAWN else back
        return message(line, [section(line)])
    missing = missing_line(need(review.package, told.verdict), told.wanted, told.verdict)
    blocks: list[Block] = [
        header(f"May {tool} be rolled out?"),
        section(None, fields=_facts(review, told.verdict)),
        *drafted_blocks(told.drafted),
        *titled(say("Why"), bullets(_reasons(review, review.package, told.verdict, k))),
        *titled(say("Nobody knows yet"), _unknowns(told.verdict, k)),
        *improvement_blocks(told.improvements, told.verdict),
        *_note(review),
        *titled(say("How it will be used"), bullets([*_words_of_team(review), *scope_lines(told.case.profile, k)])),
        *_conditions(review, review.package, told.verdict, k),
        *titled(say("Earlier decisions"), [_precedent(each, told) for each in told.precedents]),
        *titled(say("Proposed by a model, confirmed by the team"), _confirmed(review, told.case)),
        *titled(say("Answered before"), [_ruled_out(each) for each in told.ruled_out]),
        section(missing),
        actions("sign_off|acts", *_acts(review, review.package, told.verdict, k)),
        context(say("Version {version}", version=review.version), measure_line(told.verdict)),
    ]
    words = verdict_words(told.verdict.outcome)
    return message(say("May {tool} be rolled out? The rules say: {words}.", tool=tool, words=words), blocks)


def missing_line(wanted: Need, missing: Need, verdict: Verdict) -> Safe:
    """Which signatures it needs and how many there are."""
    if verdict.outcome is Outcome.REJECT:
        return say("{sentence}", sentence=ONLY_ANSWERS_HELP)
    leads, given = plural(wanted.leads, "security lead"), wanted.leads - missing.leads
    have = "has" if given == 1 else "have"
    line = say("*Needs {leads}*; {n} of {all} {have} signed", leads=leads, n=given, all=wanted.leads, have=have)
    if wanted.ciso:
        line = say("{line}; then the CISO signs last", line=line)
    return line


def _recorded_card(told: SignOffTold, decision: Decision, k: Knowledge) -> dict[str, Any]:
    state = decision_state(decision, told.standing)
    blocks: list[Block] = [header(state), *pulled_back_blocks(decision)]
    blocks += decision_blocks(decision, k, standing=told.standing, met=told.met)
    when = date_token(decision.decided_at)
    blocks.append(context(say("Recorded {when} · tier {tier} of 4", when=when, tier=decision.tier)))
    return message(say("{state}. Nothing is left to sign.", state=state), blocks)


def _facts(review: Review, verdict: Verdict) -> list[Safe]:
    facts = [
        say("*Asked by*\n{who}", who=people(review.team)),
        say("*The rules say*\n{words}", words=verdict_words(verdict.outcome)),
        say("*Looking at it*\n{who}", who=mention(review.claimed_by) if review.claimed_by else say("nobody yet")),
    ]
    if review.submitted_at is not None:
        facts.append(say("*Waiting since*\n{when}", when=date_token(review.submitted_at)))
    if review.go_live is not None:
        facts.append(say("*Would like to start*\n{day}", day=day_token(review.go_live)))
    if review.sign_offs:
        facts.append(say("*Signed by*\n{who}", who=people(sign.by for sign in review.sign_offs)))
    return facts


def _reasons(review: Review, package: Package, verdict: Verdict, k: Knowledge) -> list[Safe]:
    """Why the rules say so, and why it takes one signature level more, if it does."""
    lapsed = package.lapsed if verdict.outcome is not Outcome.REJECT else ()
    return [*reason_lines(verdict, review.choices(), k), *([lapsed_line(lapsed)] if lapsed else [])]


def _unknowns(verdict: Verdict, k: Knowledge) -> list[Safe]:
    texts = [k.bank.by_id[each].text for each in verdict.unknowns if each in k.bank.by_id]
    return cut([say("• {text}", text=text) for text in texts], UNKNOWNS_MOST)


def _confirmed(review: Review, case: Case) -> list[Safe]:
    """The answers that a model read out of somebody's words before a person gave them."""
    given = [(question, review.answers[question.id]) for question in case.asked if question.id in review.answers]
    found = [
        say(
            "• “{question}”: {answer}, confirmed by {who}",
            question=question.text,
            answer=answer_words(question, each.codes),
            who=mention(each.by),
        )
        for question, each in given
        if each.proposed is Origin.MODEL
    ]
    return cut(found, CONFIRMED_MOST)


def _note(review: Review) -> list[Block]:
    if not review.note.strip():
        return []
    return [section(say("*The team writes*")), quote(review.note)]


def _words_of_team(review: Review) -> list[Safe]:
    told = (("For", review.purpose), ("Vendor", review.vendor), ("Website", review.url))
    return [
        say("*{what}:* “{words}”", what=what, words=clip(words.strip(), WORDS_MOST))
        for what, words in told
        if words.strip()
    ]


def _kept(package: Package, verdict: Verdict) -> list[Duty]:
    return [duty for duty in verdict.duties if duty.question is None or duty.question not in package.waived]


def _conditions(review: Review, package: Package, verdict: Verdict, k: Knowledge) -> list[Block]:
    """The conditions that signing would record, and that a lead changed them, if one did."""
    if verdict.outcome is Outcome.REJECT:
        return []
    shown = cut([duty_line(duty) for duty in _kept(package, verdict)], CONDITIONS_MOST)
    if left_out := left_out_words(review, verdict, k):
        due = deadline_words(TO_ADD)
        shown.append(say("• {n} that belong to answers were left out, to be added {due}", n=left_out, due=due))
    for each in package.added:
        days = plural(each.days, "day")
        shown.append(say("• {text} (within {days}, added by {who})", text=each.text, days=days, who=mention(each.by)))
    blocks = titled(say("Conditions"), shown)
    if package.shaped_by is not None:
        who = mention(package.shaped_by)
        dropped = plural(len(package.waived), "condition")
        line = say("{who} changed the conditions: {n} dropped.", who=who, n=dropped)
        if package.milder:
            line = say("{line} That is milder than the rules: more people sign, as a risk acceptance.", line=line)
        blocks.append(section(line))
    return blocks


def _precedent(decision: Decision, told: SignOffTold) -> Safe:
    words = decision_words(decision.outcome)
    line = say("• {words} on {day}", words=words, day=day_token(decision.decided_at.date()))
    if decision.suspended_at is not None:
        return say("{line}, {how}", line=line, how=suspended_words(decision))
    if decision.id in told.expired and decision.allows:
        return say("{line}, *expired* on {day}", line=line, day=day_token(decision.valid_until))
    return say("{line}, until {day}", line=line, day=day_token(decision.valid_until)) if decision.allows else line


def _ruled_out(before: RuledOut) -> Safe:
    """What an earlier request had answered, as a plain fact: why it was given up is for the leads to ask."""
    day = day_token(before.at.date())
    if before.withdrawn:
        who = mention(before.asked_by)
        line = say("• An earlier request by {who}, withdrawn on {day}, had answered", who=who, day=day)
    else:
        line = say("• This request, handed in on {day} and taken back since, had answered", day=day)
    shown = [
        say("“{question}” with {answer}", question=question.text, answer=answer_words(question, codes))
        for question, codes in before.answers[:ANSWERS_MOST]
    ]
    for number, each in enumerate(shown):
        line = say("{line}; {each}", line=line, each=each) if number else say("{line} {each}", line=line, each=each)
    if (more := len(before.answers) - ANSWERS_MOST) > 0:
        line = say("{line}; and {more}", line=line, more=plural(more, "more answer"))
    return say("{line}, which rules the tool out.", line=line)


def _acts(review: Review, package: Package, verdict: Verdict, k: Knowledge) -> list[Element]:
    value = str(card_of(review))
    # One card for everybody: a lead who presses it takes it over, the one who has it lets it go.
    claim = button("Claim or Unclaim" if review.claimed_by else "Claim", ids.CLAIM, value=value)
    ask = button("Ask a Question", ids.ASK, value=value)
    reject = button("Reject", ids.REJECT, value=value)
    if verdict.outcome is Outcome.REJECT:
        return [claim, ask, reject]
    asked_again = (
        None if rationale_needed(Stance.APPROVE, package, verdict) else _approve_confirm(review, package, verdict, k)
    )
    approve = button("Approve", ids.APPROVE, value=value, style="primary", confirm=asked_again)
    return [claim, approve, button("Approve With Conditions", ids.CONDITIONS, value=value), ask, reject]


def _approve_confirm(review: Review, package: Package, verdict: Verdict, k: Knowledge) -> Element:
    left_out = len({question for question, _ in left_out_of(review, verdict, k)})
    conditions = plural(len(_kept(package, verdict)) + len(package.added) + left_out, "condition")
    months = plural(verdict.months, "month")
    text = f"Your signature stands for: {decision_words(package.outcome).lower()}, {conditions}, at most {months}."
    return confirm(f"Approve {clip(tool_of(review), 60)}?", text, "Approve", "Not Yet")


# --- modals -----------------------------------------------------------------------------------------------------------


def approve_view(review: Review, verdict: Verdict, k: Knowledge) -> dict[str, Any]:
    """Sign as the card stands, with a reason."""
    package = review.package
    optional = package is not None and not rationale_needed(Stance.APPROVE, package, verdict)
    blocks = [*_summary(review, verdict, k), _rationale("Why can it be rolled out?", optional=optional)]
    return modal(ids.APPROVE_PAGE, "Approve", blocks, submit="Approve", metadata=str(card_of(review)))


def conditions_view(review: Review, verdict: Verdict, k: Knowledge) -> dict[str, Any]:
    """Sign with other conditions than the rules ask for."""
    package = review.package
    waived, added = (package.waived, package.added[:1]) if package else ((), ())
    duties = [duty for duty in verdict.duties if duty.question is not None]
    standing = [duty_line(duty) for duty in verdict.duties if duty.question is None]
    listed = [say("{n}. {text}", n=n, text=duty.text) for n, duty in enumerate(duties, 1)]
    milder = say("Unticking one makes it milder than the rules: more people have to sign, as a risk acceptance.")
    lapsed = bool(review.package and review.package.lapsed)
    if raised(verdict.approver, lapsed=lapsed) is Approver.CISO:
        milder = say("This already needs the CISO, so every condition of the rules has to stay.")
    blocks: list[Block] = [
        *titled(say("Conditions of the rules"), listed),
        *titled(say("They always hold"), standing),
        *([section(milder)] if duties else []),
    ]
    for at in range(0, len(duties), CHOICE_OPTIONS):
        part = list(enumerate(duties, 1))[at : at + CHOICE_OPTIONS]
        options = [option(f"{n}. {duty.text}", str(duty.question), deadline_words(duty.deadline)) for n, duty in part]
        element = checkboxes(VALUE, options, initial=[str(d.question) for _, d in part if d.question not in waived])
        number = at // CHOICE_OPTIONS
        label = "Which of them stay?" if not number else "And of these?"
        blocks.append(input_block(label, element, block_id=f"sign_off|kept|{number}", optional=True))
    blocks += [
        input_block(
            "One more condition",
            text_input(VALUE, initial=added[0].text if added else None, multiline=True, most=ADDED_MOST),
            block_id=ADDED,
            optional=True,
        ),
        input_block(
            "Due within how many days?",
            number_input(VALUE, initial=added[0].days if added else DAYS_AT_FIRST, at_least=1, at_most=DAYS_MOST),
            block_id=DAYS,
            optional=True,
        ),
        _rationale("Why these conditions?"),
    ]
    return modal(
        ids.CONDITIONS_PAGE, "Approve with conditions", blocks, submit="Approve", metadata=str(card_of(review))
    )


def reject_view(review: Review, verdict: Verdict, k: Knowledge) -> dict[str, Any]:
    """Put the no on record, with its reason."""
    blocks = [
        *_summary(review, verdict, k),
        section(
            say("One rejection decides. The team hears it with your reason, and can ask again with changed answers.")
        ),
        _rationale("Why can't it be rolled out?"),
    ]
    return modal(ids.REJECT_PAGE, "Reject", blocks, submit="Reject", metadata=str(card_of(review)))


def ask_view(review: Review, k: Knowledge) -> dict[str, Any]:
    """A question to the team; it changes nothing about the review."""
    element = text_input(VALUE, multiline=True, most=QUESTION_MOST)
    blocks = [
        section(say("The team of {tool} gets it where the review stands, and can reply.", tool=tool_of(review))),
        input_block("Your question", element, block_id=QUESTION),
    ]
    return modal(ids.ASK_PAGE, "Ask the team", blocks, submit="Send", metadata=str(card_of(review)))


def pull_back_view(decision: Decision) -> dict[str, Any]:
    """Suspend a decision that nobody had to sign, with a reason for the team."""
    blocks = [
        section(say("The decision about {tool} stops counting, and the team hears why.", tool=decision.tool_name)),
        _rationale("Why do you pull it back?", hint="The team reads this. Say what has to change."),
    ]
    return modal(ids.PULL_BACK_PAGE, "Pull the decision back", blocks, submit="Pull Back", metadata=decision.id)


def _summary(review: Review, verdict: Verdict, k: Knowledge) -> list[Block]:
    lead = say("*{tool}:* {words}", tool=tool_of(review), words=verdict_words(verdict.outcome))
    return paragraphs([lead, *bullets(reason_lines(verdict, review.choices(), k))])


def _rationale(
    label: str, *, optional: bool = False, hint: str = "One or two sentences: an auditor will read them years from now."
) -> Block:
    element = text_input(VALUE, multiline=True, most=RATIONALE_MOST)
    return input_block(label, element, block_id=RATIONALE, hint=hint, optional=optional)
