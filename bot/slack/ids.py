"""Block, action and callback ids: made here and read back here. A posted button keeps its id for ever.

Add new ones, never give an old one a new meaning: somebody may press a card that is months old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.ids import OccurrenceId, QuestionId, ReviewId
from bot.domain.refused import OutdatedCard

# --- the review's own card -------------------------------------------------------------------------------------------
ANSWER: Final = "answer"  # buttons: answer|<option code>; menus and tick boxes: answer, with codes as values
PROFILE: Final = "review|profile"
CONFIRM: Final = "review|confirm"  # yes to what was read; value is <review>|<version>|<mark of what was shown>
SUBMIT: Final = "review|submit"
NEXT: Final = "review|next"
NONE: Final = "review|none"  # among tick boxes: nothing of this is so
BACK: Final = "review|back"
WHY: Final = "review|why"
FORM: Final = "review|form"
CHANGE_ANSWER: Final = "review|change"  # opens the list of answers
EXTRA: Final = "review|extra"  # opens the owner, date or link that belongs to an answer
DM: Final = "review|dm"
SUM: Final = "review|sum"
NOTE: Final = "review|note"  # a note to the leads, sent along with the hand-in
WITHDRAW: Final = "review|withdraw"
REOPEN: Final = "review|reopen"
JOIN: Final = "review|join"
RESUME: Final = "review|resume"
NEW: Final = "review|new"  # "my case differs": value is <tool id>|<codes understood>
ANOTHER: Final = "review|another"  # not the answer that a reply was read as; value is <review>|<version>|<notice's key>
REPLY: Final = "review|reply"  # the team answers a lead's question
MORE: Final = "review|more"  # overflow menu; option values are <one of the ids above>#<review>|<version>

# --- the card in the security channel ---------------------------------------------------------------------------------
CLAIM: Final = "sign_off|claim"
APPROVE: Final = "sign_off|approve"
CONDITIONS: Final = "sign_off|conditions"
ASK: Final = "sign_off|ask"
REJECT: Final = "sign_off|reject"
PULL_BACK: Final = "sign_off|pull_back"  # value is the decision's id

# --- client reviews: values are <occurrence>, or <occurrence>|<item or decision> --------------------------------------
MEET_START: Final = "client_review|start"
MEET_MOVE: Final = "client_review|reschedule"
MEET_SKIP: Final = "client_review|skip"
MEET_DENY: Final = "client_review|deny"  # "I did not agree" to a skip
MEET_ADD: Final = "client_review|add"  # to the agenda, before the meeting
MEET_DISCUSSED: Final = "client_review|discussed"
MEET_BACK: Final = "client_review|back"
MEET_NOTE: Final = "client_review|note"
MEET_ACTION: Final = "client_review|action"
MEET_FINDING: Final = "client_review|finding"
MEET_SETTLE: Final = "client_review|settle"  # what becomes of an open action, in the meeting
MEET_ACCEPTS: Final = "client_review|accepts"
MEET_OBJECTS: Final = "client_review|objects"
MEET_ATTENDANCE: Final = "client_review|attendance"
MEET_CLOSE: Final = "client_review|close"
MEET_MARKDOWN: Final = "client_review|markdown"
MEET_PDF: Final = "client_review|pdf"
MEET_PACK: Final = "client_review|pack"  # show the pack of a past review as it was
MEET_CLIENT_COPY: Final = "client_review|client_copy"
COPY_LAST_WEEK: Final = "client_review|copy_week"

# --- the register of clients ------------------------------------------------------------------------------------------
CLIENT_ADD: Final = "client|add"
CLIENT_SHOW: Final = "client|show"  # value is the client's id
CLIENT_EDIT: Final = "client|edit"  # value is the client's id
CLIENT_PAGE: Final = "client|page"  # value is <first line>|<words looked for>
CLIENT_CONFIRM: Final = "client|confirm"  # a tick; its value is the code of the clashes that were shown
# --- what the clock asks for ------------------------------------------------------------------------------------------
CONDITION_CLOSE: Final = "condition|close"  # value is <decision>|<place>
CONDITION_CHOOSE: Final = "condition|choose"  # value is the decision's id; the form asks which condition
CONDITION_CONFIRM: Final = "condition|confirm"  # value is <decision>|<place>|<when the evidence was given>
CONDITION_SEND_BACK: Final = "condition|send_back"  # the same
RESTORE: Final = "decision|restore"  # value is the decision's id
ACTION_DONE: Final = "action|done"  # value is <action>|<version>, as of the next two
ACTION_DATE: Final = "action|date"
ACTION_NOT_MINE: Final = "action|not_mine"

# --- answers from the knowledge base: values are the question's id ----------------------------------------------------
ASK_REVIEW: Final = "ask|review"  # begin a review with the words of a question
ASK_MORE: Final = "ask|more"  # all passages
ASK_FEEDBACK: Final = "ask|feedback"  # value is good|<question> or wrong|<question>
ASK_DECISION: Final = "ask|decision"  # value is the tool's id

# --- modals (callback ids) --------------------------------------------------------------------------------------------
PROFILE_1: Final = "profile|1"
PROFILE_2: Final = "profile|2"
FORM_PAGE: Final = "review|form"
EXTRA_PAGE: Final = "review|extra"
CHANGE_PAGE: Final = "review|change"
SUBMIT_PAGE: Final = "review|submit"
REPLY_PAGE: Final = "review|reply"
WITHDRAW_PAGE: Final = "review|withdraw"
CLIENT_1: Final = "client|1"
CLIENT_2: Final = "client|2"
CLIENT_3: Final = "client|3"
READ_ONLY: Final = "read"
APPROVE_PAGE: Final = "sign_off|approve"
CONDITIONS_PAGE: Final = "sign_off|conditions"
ASK_PAGE: Final = "sign_off|ask"
REJECT_PAGE: Final = "sign_off|reject"
PULL_BACK_PAGE: Final = "sign_off|pull_back"
CLOSE_PAGE: Final = "condition|close"
SEND_BACK_PAGE: Final = "condition|send_back"
RESTORE_PAGE: Final = "decision|restore"
ACTION_DONE_PAGE: Final = "action|done"
ACTION_DATE_PAGE: Final = "action|date"
ASK_WRONG_PAGE: Final = "ask|wrong"

MEET_MOVE_PAGE: Final = "client_review|reschedule"
MEET_SKIP_PAGE: Final = "client_review|skip"
MEET_ADD_PAGE: Final = "client_review|add"
MEET_NOTE_PAGE: Final = "client_review|note"
MEET_ACTION_PAGE: Final = "client_review|action"
MEET_FINDING_PAGE: Final = "client_review|finding"
MEET_SETTLE_PAGE: Final = "client_review|settle"
MEET_OBJECTS_PAGE: Final = "client_review|objects"
MEET_ATTENDANCE_PAGE: Final = "client_review|attendance"
MEET_CLOSE_PAGE: Final = "client_review|close"

COMMAND: Final = "/preflight"
CHECK_TOOL: Final = "check_tool"  # message action


@dataclass(frozen=True, slots=True)
class Card:
    """What a control carries: whose review, and which version of it the control was made for."""

    review: ReviewId
    version: int

    def __str__(self) -> str:
        return f"{self.review}|{self.version}"


def read_card(value: str) -> Card:
    """Read back what a control carries; anything else comes from a card we did not make, or no longer make."""
    review, _, version = value.partition("|")
    number = version.partition("|")[0]
    if not review or not number.isdecimal():
        raise OutdatedCard
    return Card(ReviewId(review), int(number))


def meet_value(occurrence: OccurrenceId, of: str = "") -> str:
    """What a control of a client review carries: which review, and which item or decision it is about."""
    return f"{occurrence}|{of}" if of else str(occurrence)


def read_meet(value: str) -> tuple[OccurrenceId, str]:
    """Read back what a control of a client review carries."""
    occurrence, _, of = value.partition("|")
    if not occurrence:
        raise OutdatedCard
    return OccurrenceId(occurrence), of


def question_block(question: QuestionId, card: Card) -> str:
    """The block that holds a question's controls."""
    return f"q|{question}|{card}"


def read_question_block(block_id: str) -> tuple[QuestionId, Card]:
    """Which question, of which card, a control belongs to."""
    mark, _, rest = block_id.partition("|")
    question, _, card = rest.partition("|")
    if mark != "q" or not question:
        raise OutdatedCard
    return QuestionId(question), read_card(card)


def answer_action(code: str) -> str:
    """The action id of a button that answers with one option."""
    return f"{ANSWER}|{code}"


def message_value(card: Card, key: str) -> str:
    """What a control carries that stands in a message of its own, which is to be brought up to date: its notice."""
    return f"{card}|{key}"


def read_message(value: str) -> str:
    """The notice in whose message a control stands; empty where it stands on the review's own card."""
    return value.partition("|")[2].partition("|")[2]


def fact_block(fact: str) -> str:
    """The block of one profile fact in the modal."""
    return f"profile|{fact}"


def client_block(field: str) -> str:
    """The block of one field of a client or its series in the form."""
    return f"client|{field}"
