"""What the audit trail remembers of each act: who, when, what kind, and ids. Never what people wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Tag(StrEnum):
    """The closed list of acts. A stored tag keeps its meaning for ever: add new ones, never reuse an old one."""

    REVIEW_OPEN = "review:open"
    REVIEW_JOIN = "review:join"
    REVIEW_PROFILE = "review:profile:set"
    REVIEW_ANSWER = "review:answer:add"
    REVIEW_EXTRA = "review:answer:extra"
    REVIEW_NOTE = "review:note:add"
    REVIEW_SUBMIT = "review:submit"
    REVIEW_REOPEN = "review:reopen"
    REVIEW_WITHDRAW = "review:withdraw"
    REVIEW_MOVE = "review:move"
    REVIEW_COVERED = "review:covered"
    VERDICT_COMPUTE = "review:verdict:add"
    SIGN_OFF_CLAIM = "review:sign_off:claim"
    SIGN_OFF_ADD = "review:sign_off:add"
    SIGN_OFF_REFUSE = "review:sign_off:refuse"
    SIGN_OFF_VOID = "review:sign_off:void"
    SIGN_OFF_ASK = "review:sign_off:ask"
    DECISION_RECORD = "decision:record"
    DECISION_SUPERSEDE = "decision:supersede"
    DECISION_PULL_BACK = "decision:pull_back"
    OCCURRENCE_MISS = "client_review:miss"
    CLIENT_ADD = "client:add"
    CLIENT_CHANGE = "client:change"
    CLIENT_LEAVE = "client:leave"
    SERIES_ADD = "series:add"
    SERIES_CHANGE = "series:change"
    SERIES_END = "series:end"
    DECISION_SUSPEND = "decision:suspend"
    DECISION_RESTORE = "decision:restore"
    CONDITION_CLOSE = "condition:close"
    CONDITION_CONFIRM = "condition:confirm"
    CONDITION_SEND_BACK = "condition:send_back"
    REVIEW_PAUSE = "review:pause"
    SIGN_OFF_ESCALATE = "review:sign_off:escalate"
    ACTION_DONE = "action:done"
    ACTION_PUT_OFF = "action:put_off"
    ACTION_HAND_ON = "action:hand_on"
    ACTION_DROP = "action:drop"
    TOOL_ADD = "tool:add"
    TOOL_ALIAS = "tool:alias:add"
    NOTICE_DEAD = "notice:dead"
    LEAD_SEEN = "lead:seen"  # somebody is new in a user group of the leads
    LEAD_LEFT = "lead:left"
    DIGEST_SUBSCRIBE = "digest:subscribe"
    DIGEST_UNSUBSCRIBE = "digest:unsubscribe"
    KNOWLEDGE_ADD = "knowledge:add"
    CLIENT_REVIEW_START = "client_review:start"
    CLIENT_REVIEW_ASK = "client_review:agenda:add"
    CLIENT_REVIEW_ITEM = "client_review:item:discussed"
    CLIENT_REVIEW_BACK = "client_review:item:back"
    CLIENT_REVIEW_NOTE = "client_review:note:add"
    CLIENT_REVIEW_ATTEND = "client_review:attendance:set"
    CLIENT_REVIEW_ACCEPT = "client_review:decision:accept"
    CLIENT_REVIEW_OBJECT = "client_review:decision:object"
    CLIENT_REVIEW_CLOSE = "client_review:close"
    CLIENT_REVIEW_SKIP = "client_review:skip"
    CLIENT_REVIEW_DENY = "client_review:skip:deny"  # whoever was said to have agreed did not
    CLIENT_REVIEW_MOVE = "client_review:move"
    REVIEW_CONFIRM = "review:proposal:confirm"  # what was read out of somebody's words, and is so
    MODEL_SWITCH = "model:switch"
    ASK_DISPUTE = "ask:dispute"  # an answer from the knowledge base that somebody says is wrong
    TEXT_CLEANED = "text:clean"  # a secret or a card number was taken out of somebody's words before they were kept
    CLIENT_REVIEW_EXPORT = "client_review:export"  # a paper was made of it; its digest stands in the facts
    ACTION_ADD = "action:add"
    ACTION_CARRY = "action:carry"
    FINDING_ADD = "finding:add"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One act. `about` is the id of the thing it changed; `facts` holds ids, codes, numbers and digests only."""

    tag: Tag
    at: datetime
    by: str  # a user id, or "preflight" for the bot itself
    about: str
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)


BOT = "preflight"
