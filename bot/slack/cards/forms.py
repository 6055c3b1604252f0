"""The modals beside a review's card: why a question is asked, answers as a form, details, the note, the reply.

They hold an id, never state: what is filled in counts when the form is sent, and is checked again then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from bot.domain.answers import Answer, Proposal
from bot.domain.approval import raised
from bot.domain.bank import GUIDELINES, Choice, Extra, ExtraKind, Question, Source
from bot.domain.policy import Approver, Outcome
from bot.domain.profile import UNKNOWN
from bot.domain.proposed import QUOTE_MOST, about, filled_in
from bot.domain.review import Review
from bot.domain.verdict import Case, Verdict
from bot.knowledge import Knowledge
from bot.slack import ids
from bot.slack.cards.blocks import (
    Block,
    Element,
    Safe,
    checkboxes,
    clip,
    context,
    date_input,
    divider,
    input_block,
    modal,
    option,
    plain,
    quote,
    say,
    section,
    select,
    text_input,
    url_input,
    user_select,
)
from bot.slack.cards.parts import bullets, card_of, paragraphs, submit_value, titled, tool_of
from bot.slack.cards.question import PROPOSED_MOST
from bot.slack.cards.sums import sum_view as sum_view  # offered here too
from bot.slack.cards.words import (
    NOT_KNOWING,
    SOURCE_WORDS,
    answer_words,
    approver_words,
    given_by,
    lapsed_line,
    reason_lines,
    verdict_words,
)
from bot.slack.limits import OPTION_TEXT, PLACEHOLDER

VALUE: Final = "value"
FORM_GUIDELINE: Final = "form|guideline"
CHANGE_QUESTION: Final = "change|question"
SUBMIT_NOTE: Final = "submit|note"
REPLY_TEXT: Final = "reply|text"
NOTE_MOST: Final = 2_000
REPLY_MOST: Final = 1_500


def why_view(question: Question, k: Knowledge) -> dict[str, Any]:
    """Why a question is asked, what it rests on, and who could answer it."""
    guideline = k.guidelines.get(question.guideline)
    blocks: list[Block] = [
        section(say("*{question}*", question=question.text)),
        section(say("{why}", why=question.why)),
        section(say("*Who can answer:* {source}", source=SOURCE_WORDS[question.source])),
        section(say("*What helps:* {fix}", fix=question.fix)),
    ]
    if guideline is not None:
        first = _first_paragraph(guideline.page)
        blocks += [divider(), section(say("*{code} {title}*", code=guideline.code, title=guideline.title))]
        blocks += [section(say("{first}", first=first))] if first else []
    also = [say("{name}: {ids}", name=name, ids=", ".join(codes)) for name, codes in question.maps.items()]
    blocks += titled(say("Also asked by"), bullets(also))
    blocks.append(context(say("{id}, weight {weight} of 3", id=question.id, weight=question.weight)))
    return modal(ids.READ_ONLY, "Why this question", blocks, close="Close")


def _first_paragraph(page: str) -> str:
    """The first words of a page that are no heading."""
    parts = (" ".join(part.split()) for part in page.split("\n\n"))
    return next((part for part in parts if part and not part.startswith("#")), "")


def form_view(review: Review, case: Case, guideline: str | None, k: Knowledge) -> dict[str, Any]:
    """The questions of one guideline at once, filled in as far as they are answered; any may stay empty."""
    there = [code for code in GUIDELINES if any(question.guideline == code for question in case.asked)]
    chosen = guideline if guideline in there else _first_open(review, case)
    card = card_of(review)
    switch = select(ids.FORM, [option(_progress(code, review, case, k), code) for code in there], initial=chosen)
    blocks: list[Block] = [
        section(
            say("Switching to another part keeps what you filled in. What stays empty stays open."),
            block_id=FORM_GUIDELINE,
            accessory=switch,
        )
    ]
    blocks += [_field(question, review, case, k) for question in case.asked if question.guideline == chosen]
    return modal(ids.FORM_PAGE, "Answer as a form", blocks, submit="Save", metadata=f"{card}|{chosen}")


def _first_open(review: Review, case: Case) -> str:
    for question in sorted(case.asked, key=lambda each: each.guideline):
        if question.id not in review.answers:
            return question.guideline
    return min((question.guideline for question in case.asked), default=GUIDELINES[0])


def _progress(code: str, review: Review, case: Case, k: Knowledge) -> str:
    asked = [question.id for question in case.asked if question.guideline == code]
    done = f" ({sum(each in review.answers for each in asked)} of {len(asked)})"
    title = f"{code} {k.guidelines[code].title if code in k.guidelines else ''}"
    return clip(title, OPTION_TEXT - len(done)) + done


def _field(question: Question, review: Review, case: Case, k: Knowledge) -> Block:
    given = review.answers.get(question.id)
    options = [option(each.label, each.code) for each in question.options] + [option(NOT_KNOWING, UNKNOWN)]
    codes = given.codes if given else filled_in(question, review.proposals, case, k.policy)
    element: Element
    if question.choice is Choice.ONE:
        element = select(ids.ANSWER, options, initial=codes[0] if codes else None, placeholder="Choose the answer")
    else:
        element = checkboxes(ids.ANSWER, options, initial=codes)
    hints = [] if question.source is Source.TEAM else [SOURCE_WORDS[question.source]]
    if proposed := [_proposed(question, each) for each in about(question, review.proposals) if each.quote]:
        hints += proposed[-PROPOSED_MOST:]
        hints.append("It is filled in: change it if it is not so." if codes and not given else "Pick what is true.")
    block_id = ids.question_block(question.id, card_of(review))
    return input_block(question.text, element, block_id=block_id, hint=" ".join(hints) or None, optional=True)


def _proposed(question: Question, proposal: Proposal) -> str:
    """The words an answer is proposed by. A hint names nobody: Slack shows an id there, and no name."""
    who = "Somebody else" if proposal.said_by else "The requester"
    quote = clip(proposal.quote, QUOTE_MOST)
    return f"{who} wrote: “{quote}”. That may mean {answer_words(question, (proposal.value,))}."


def change_view(review: Review, case: Case, k: Knowledge) -> dict[str, Any]:
    """All answers, and one menu to choose the question that should be asked again."""
    answered = [question for question in case.asked if question.id in review.answers]
    if not answered:
        return modal(ids.CHANGE_PAGE, "Change an answer", [section(say("Nothing is answered yet."))], close="Close")
    groups: list[Element] = []
    blocks: list[Block] = []
    for code in GUIDELINES:
        part = [question for question in answered if question.guideline == code]
        if not part:
            continue
        title = f"{code} {k.guidelines[code].title}" if code in k.guidelines else code
        options = [option(question.text, question.id) for question in part]
        groups.append({"label": plain(title, OPTION_TEXT), "options": options})
        told = [_answered(question, review.answers[question.id]) for question in part]
        blocks += titled(say("{title}", title=title), told)
    menu: Element = {
        "type": "static_select",
        "action_id": VALUE,
        "option_groups": groups,
        "placeholder": plain("Choose a question", PLACEHOLDER),
    }
    blocks.insert(0, input_block("Which question should be asked again?", menu, block_id=CHANGE_QUESTION))
    return modal(ids.CHANGE_PAGE, "Change an answer", blocks, submit="Ask Again", metadata=str(card_of(review)))


def _answered(question: Question, given: Answer) -> Safe:
    words = answer_words(question, given.codes)
    return say("• {question} {answer}, {by}", question=question.text, answer=words, by=given_by(given))


def extra_view(review: Review, question: Question, k: Knowledge, wanted: Sequence[Extra]) -> dict[str, Any]:
    """The owner, date or link that belongs to an answer."""
    given = review.answers.get(question.id)
    known = (given.extras or {}) if given else {}
    blocks: list[Block] = [
        section(say("*{question}*", question=question.text)),
        section(say("Leave it empty and it becomes a condition.")),
    ]
    fields = {extra.kind: extra for extra in reversed(wanted)}
    for extra in reversed(fields.values()):
        field = _extra_field(extra.kind, known.get(extra.kind, ""))
        blocks.append(input_block(extra.ask, field, block_id=extra_block(extra.kind), optional=True))
    metadata = f"{card_of(review)}|{question.id}"
    return modal(ids.EXTRA_PAGE, "Add the details", blocks, submit="Save", metadata=metadata)


def extra_block(kind: ExtraKind) -> str:
    """The block of one kind of detail."""
    return f"extra|{kind.value}"


def _extra_field(kind: ExtraKind, known: str) -> Element:
    match kind:
        case ExtraKind.PERSON:
            return user_select(VALUE, initial=known or None)
        case ExtraKind.DATE:
            return date_input(VALUE, initial=_day(known))
        case ExtraKind.LINK:
            return url_input(VALUE, initial=known, placeholder="https://")


def _day(known: str) -> date | None:
    try:
        return date.fromisoformat(known)
    except ValueError:
        return None  # nothing recorded yet, or not as a day: the field starts empty


def submit_view(review: Review, verdict: Verdict, k: Knowledge, *, lapsed: tuple[str, ...] = ()) -> dict[str, Any]:
    """The last look before it is handed in, with room for a note to the leads."""
    approver = raised(verdict.approver, lapsed=bool(lapsed))
    self_serve = approver is Approver.SELF_SERVE
    lead = say("*{tool}:* {words}", tool=tool_of(review), words=verdict_words(verdict.outcome))
    if self_serve:
        who = say("The rules allow this without a signature. It goes on record, and the security leads see it.")
    elif verdict.outcome is Outcome.REJECT:
        who = say("Signatures can't change this verdict. The security leads see it and can help you find a way.")
    else:
        who = say("It needs {who}.", who=approver_words(approver))
        who = say("{who} {why}", who=who, why=lapsed_line(lapsed)) if lapsed else who
    blocks: list[Block] = [
        *paragraphs([lead, *bullets(reason_lines(verdict, review.choices(), k)), who]),
        input_block(
            "Anything the security leads should know?",
            text_input(VALUE, initial=review.note, multiline=True, most=NOTE_MOST),
            block_id=SUBMIT_NOTE,
            hint="They read it word for word. Please no passwords or customer data.",
            optional=True,
        ),
    ]
    title, submit = ("Record the decision", "Record") if self_serve else ("Send to the leads", "Send")
    return modal(ids.SUBMIT_PAGE, title, blocks, submit=submit, metadata=submit_value(review, verdict, lapsed))


def reply_view(card: ids.Card, question_text: str) -> dict[str, Any]:
    """The team's answer to a lead's question."""
    blocks: list[Block] = [
        *([quote(question_text)] if question_text.strip() else []),
        input_block(
            "Your answer",
            text_input(VALUE, multiline=True, most=REPLY_MOST),
            block_id=REPLY_TEXT,
            hint="It goes to the security leads. If an answer has to change, take the review back first.",
        ),
    ]
    return modal(ids.REPLY_PAGE, "Answer the leads", blocks, submit="Send", metadata=str(card))


def withdraw_view(review: Review) -> dict[str, Any]:
    """The question before a review is withdrawn."""
    card = ids.Card(review.id, review.version)
    words = say(
        "Withdraw the review of {tool}? It ends without a decision. You can start a new one at any time.",
        tool=review.tool_name or "this tool",
    )
    return modal(
        ids.WITHDRAW_PAGE,
        "Withdraw the review",
        [section(words)],
        submit="Withdraw",
        close="Keep It",
        metadata=str(card),
    )
