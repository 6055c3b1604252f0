"""Messages we owe. A notice holds ids, never blocks: what it says is worked out from what is true when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import ChannelId, DecisionId, ReviewId, UserId


class NoticeKind(StrEnum):
    """What kind of message is owed."""

    REVIEW_CARD = "review_card"  # the one card of a review that moves on; live
    STANDING_CARD = "standing_card"  # a standing decision, or a review under way, shown to somebody who asked
    SIGN_OFF_CARD = "sign_off_card"  # the card in the security channel; live
    OUTCOME = "outcome"  # the decision and its reason, to everyone concerned
    SELF_SERVE = "self_serve"  # a decision nobody had to sign, shown to the leads
    VOIDED = "voided"  # signatures that no longer count, and why
    LEAD_ASKS = "lead_asks"  # a question from a security lead to the team
    LEAD_ANSWERED = "lead_answered"  # the team's reply to it, in the security channel
    WITHDRAWN = "withdrawn"
    ASK_BACK = "ask_back"  # a typed reply that named no option
    ANSWER = "answer"  # what the knowledge base says to a question; live, since a model's sentences come later
    ANSWER_DISPUTED = "answer_disputed"  # somebody says an answer is wrong, to the leads
    POLICY_FAULT = "policy_fault"  # a page of the organisation's own policies that cannot be read, to the leads
    HELLO = "hello"  # help, and mentions without anything to check
    MOVED = "moved"  # "I have answered in a direct message"
    DIGEST = "digest"  # the week in numbers
    DIGEST_DETAILS = "digest_details"  # what they count, in the digest's thread
    MEETING = "meeting"  # the one card of a running client review that moves on; live
    MINUTES = "minutes"  # what came out of a client review, to the client's channel
    REVIEW_RESULT = "review_result"  # the same in two lines, to whoever was not there
    ACTION_CARRIED = "action_carried"  # an action was carried over too often
    CLIENT_OBJECTS = "client_objects"  # a client objects to a decision, to the leads
    SKIP_AGREED = "skip_agreed"  # a review was called off, to whoever agreed to that
    CONDITIONS_CARD = "conditions_card"  # an owner's conditions that are due soon or late; live
    CONDITION_LATE = "condition_late"  # conditions that are a week late, to the leads
    CLOSING_CARD = "closing_card"  # evidence that a lead has to confirm; live
    SENT_BACK = "sent_back"  # evidence that did not do, to whoever gave it
    EXPIRING = "expiring"  # a decision that ends soon, to the owner of the tool
    SUSPENDED_CARD = "suspended_card"  # a decision suspended for a late condition, to the leads; live
    SUSPENDED = "suspended"  # the same, to everyone who relies on it
    RESTORED = "restored"  # that it counts again
    RESTORE_OFFER = "restore_offer"  # nothing is late any more, to the leads
    SIGN_OFF_WAITS = "sign_off_waits"  # a request that has waited for days, to the leads
    CISO_WAITS = "ciso_waits"  # the same, to the CISO
    STALLED = "stalled"  # a review whose questions lie, to the team
    ACTIONS_CARD = "actions_card"  # an owner's open actions; live
    ACTION_HANDED = "action_handed"  # an action that somebody said is not theirs, to its new owner
    NEW_LEADS = "new_leads"  # who is new in the leads' user group, to the leads
    TROUBLE = "trouble"  # a message that could not be delivered, to the leads
    PACK = "pack"  # the card of one client review, from the day before until its minutes; live
    PACK_HELD = "pack_held"  # to host and stand-in: why a pack was not posted in the client's channel
    REVIEW_SOON = "review_soon"  # to the host: a client review starts soon
    REVIEW_NOW = "review_now"  # to the host: it starts now
    WHILE_AWAY = "while_away"  # to the host: starts that nobody reminded them of in time, in one message
    REVIEW_MISSED = "review_missed"  # a client review has no outcome a day after its start

    @property
    def urgency(self) -> int:
        """What is sent first when much is owed at once: 0 now, 1 today, 2 when there is room."""
        match self:
            case NoticeKind.PACK | NoticeKind.OUTCOME | NoticeKind.SELF_SERVE | NoticeKind.TROUBLE:
                return 1
            case NoticeKind.POLICY_FAULT:
                return 1
            case NoticeKind.WHILE_AWAY | NoticeKind.REVIEW_MISSED | NoticeKind.VOIDED | NoticeKind.WITHDRAWN:
                return 1
            case NoticeKind.CONDITIONS_CARD | NoticeKind.ACTIONS_CARD | NoticeKind.ACTION_HANDED:
                return 1
            case NoticeKind.CONDITION_LATE | NoticeKind.SIGN_OFF_WAITS | NoticeKind.CISO_WAITS:
                return 1
            case NoticeKind.DIGEST | NoticeKind.DIGEST_DETAILS | NoticeKind.EXPIRING | NoticeKind.STALLED:
                return 2
            case _:
                return 0  # somebody waits for it: they have just pressed, asked or said something, or it starts


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a notice goes: a channel, or a person's direct messages (then `channel` is their user id)."""

    channel: ChannelId
    thread: str | None = None

    @classmethod
    def person(cls, user: UserId) -> Recipient:
        return cls(ChannelId(user))


@dataclass(frozen=True, slots=True)
class Notice:
    """A message owed under a unique key. A `live` one is posted once and from then on brought up to date in place."""

    key: str
    kind: NoticeKind
    to: Recipient
    review: ReviewId | None = None
    decision: DecisionId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    live: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that was claimed for sending: what to send, and the token that proves the claim is still ours."""

    notice: Notice
    fence: int
    tries: int
    wanted: int  # how often it was owed; a live card that was owed again while it was sent is sent again
    posted_channel: ChannelId | None  # where it stands, once it was posted
    posted_ts: str | None
    doubtful: bool  # an earlier try ended without an answer: look before posting again
    first_tried_at: datetime | None
