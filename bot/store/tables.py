"""Every table, once. Columns hold what is searched or locked on; the rest of a domain value is one column of JSON text.

Nothing here is changed without a new revision in `migrations/`; a test holds the two together. The tables of clients
and their reviews are next door, in `client_tables`.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.columns import Number, UtcTime, Words, metadata, one_of

vendors = Table(
    "vendors",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
)

tools = Table(
    "tools",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Words, nullable=False),
    Column("vendor_id", Number, ForeignKey("vendors.id")),
    Column("created_at", UtcTime, nullable=False),
)

# Names and aliases share one table: its unique key is what keeps an alias from ever taking another tool's name.
tool_names = Table(
    "tool_names",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("tool_id", String(64), ForeignKey("tools.id"), nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("is_alias", Boolean, nullable=False),
    Column("by", String(64)),
    Column("at", UtcTime, nullable=False),
)

# Which names hold which three letters. An index of our own, since pg_trgm is not part of every PostgreSQL and SQLite's
# FTS5 would need a second way of asking; one table serves both.
name_grams = Table(
    "name_grams",
    metadata,
    Column("gram", Words, primary_key=True),
    Column("name_id", Number, ForeignKey("tool_names.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# How many names hold a gram: the rarest say most, and are known without counting.
gram_counts = Table(
    "gram_counts",
    metadata,
    Column("gram", Words, primary_key=True),
    Column("names", Integer, nullable=False),
    sqlite_with_rowid=False,
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tool_id", String(64), ForeignKey("tools.id")),
    Column("tool_name", Words, nullable=False),
    Column("requester", String(64), nullable=False),
    Column("home_channel", String(64), nullable=False),
    Column("home_thread", String(64)),
    Column("opened_at", UtcTime, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("purpose", Words, nullable=False),
    Column("vendor", Words, nullable=False),
    Column("url", Words, nullable=False),
    Column("go_live", Date),
    Column("co_requesters", Text, nullable=False),  # in the order they joined; the table of that name is for looking up
    Column("proposals", Text, nullable=False),
    Column("profile", Text),
    Column("showing", String(64)),
    Column("note", Words, nullable=False),
    Column("package", Text),
    Column("claimed_by", String(64)),
    Column("submitted_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
    one_of("stage", "describing", "answering", "submitted", "decided", "withdrawn"),
    CheckConstraint("version >= 0", name="version"),
    Index(None, "tool_id", "stage"),
    Index(None, "home_channel", "home_thread"),
    Index(None, "requester"),
    Index(None, "stage", "submitted_at"),
)

co_requesters = Table(
    "co_requesters",
    metadata,
    Column("review_id", String(64), ForeignKey("reviews.id"), primary_key=True),
    Column("user", String(64), primary_key=True, index=True),
    Column("at", UtcTime, nullable=False),
)

profile_versions = Table(
    "profile_versions",
    metadata,
    Column("review_id", String(64), ForeignKey("reviews.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("profile", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False),
    Column("question", String(64), nullable=False),
    Column("codes", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("came", String(16), nullable=False),
    Column("extras", Text),
    Column("proposed", String(16)),  # read out of somebody's words by rules or a model, before `by` confirmed it
    one_of("came", "button", "form", "reply"),
    Index(None, "review_id", "seq"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("inputs_hash", String(128), nullable=False),
    Column("bank_version", String(128), nullable=False),
    Column("content", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

sign_offs = Table(
    "sign_offs",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("person", String(128), nullable=False),
    Column("by", String(64), nullable=False),
    Column("stance", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("rationale", Words, nullable=False),
    Column("as_ciso", Boolean, nullable=False),
    Column("voided_at", UtcTime),
    one_of("stance", "approve", "reject"),
    UniqueConstraint("review_id", "version", "person", "stance"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False, unique=True),
    Column("tool_id", String(64), ForeignKey("tools.id"), nullable=False),
    Column("tool_name", Words, nullable=False),
    Column("profile", Text, nullable=False),
    Column("verdict_id", String(64), ForeignKey("verdicts.id"), nullable=False),
    Column("computed", String(32), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("approver", String(32), nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("rationale", Words, nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("risk_acceptance", Boolean, nullable=False),
    Column("superseded_by", String(64)),
    Column("suspended_at", UtcTime),
    Column("suspended_because", Words, nullable=False),
    Column("suspended_by", String(64)),
    one_of("outcome", "approve", "approve_with_conditions", "reject"),
    one_of("approver", "self_serve", "one_security_lead", "two_security_leads", "ciso"),
    CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
    Index(None, "tool_id", "decided_at"),
    Index(None, "decided_at"),
)

# Whom a review touches, beside its profile so that it can be looked up: the keys of the names, "*" for all clients, "?"
# where somebody did not know or gave a bare number. A decision is about its review's profile: it is found here too.
review_clients = Table(
    "review_clients",
    metadata,
    Column("review_id", String(64), ForeignKey("reviews.id"), primary_key=True),
    Column("client_key", Words, primary_key=True, index=True),
)

conditions = Table(
    "conditions",
    metadata,
    Column("decision_id", String(64), ForeignKey("decisions.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("text", Words, nullable=False),
    Column("question", String(64)),
    Column("gap", Integer, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("due_on", Date),
    Column("before_go_live", Boolean, nullable=False),
    Column("added_by", String(64)),
    Index(None, "due_on"),
    Index(None, "owner"),
)

# A condition is a part of a decision and never changes; that it was met is written here.
condition_closings = Table(
    "condition_closings",
    metadata,
    Column("decision_id", String(64), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("evidence", Words, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("confirmed_by", String(64)),
    Column("confirmed_at", UtcTime),
    ForeignKeyConstraint(["decision_id", "place"], ["conditions.decision_id", "conditions.place"]),
)

# A suspension that a lead ended: why it was, and why it is no more.
restorations = Table(
    "restorations",
    metadata,
    Column("decision_id", String(64), ForeignKey("decisions.id"), primary_key=True),
    Column("suspended_at", UtcTime, primary_key=True),
    Column("suspended_because", Words, nullable=False),
    Column("suspended_by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("because", Words, nullable=False),
)

# What was said by the clock, so that it is said once: the date of the last stage, by thing and subject.
reminded = Table(
    "reminded",
    metadata,
    Column("about", String(64), primary_key=True),
    Column("subject", String(32), primary_key=True),
    Column("reached_on", Date, nullable=False),
)

# The leads' user groups that were looked at, and who was in them: whoever is new waits before they may sign.
lead_groups = Table(
    "lead_groups",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("first_seen_at", UtcTime, nullable=False),
)

lead_members = Table(
    "lead_members",
    metadata,
    Column("group_id", String(64), ForeignKey("lead_groups.id"), primary_key=True),
    Column("user_id", String(64), primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
    Column("counts_from", UtcTime),  # empty: they were there at the first look
)

notices = Table(
    "notices",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("thread", String(64)),
    Column("review_id", String(64)),
    Column("decision_id", String(64)),
    Column("facts", Text, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("owed_at", UtcTime, nullable=False),
    Column("next_at", UtcTime, index=True),  # owed: not before; sending: the claim's end; sent and dead: none
    Column("first_tried_at", UtcTime),
    Column("doubtful", Boolean, nullable=False),
    Column("posted_channel", String(64)),
    Column("posted_ts", String(64)),
    Column("done_at", UtcTime),
    Column("error", Words, nullable=False),
    Column("urgency", Integer, nullable=False, server_default="0"),  # 0 now, 1 today, 2 can wait
    one_of("state", "owed", "sending", "sent", "dead"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("digest", String(128), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("tag", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("about", String(128), nullable=False, index=True),
    Column("facts", Text, nullable=False),
    Column("mac", String(64), nullable=False),
)

# Every call of a model, and how it ended. Never a word of what was sent or said.
model_calls = Table(
    "model_calls",
    metadata,
    Column("seq", Number, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("task", String(32), nullable=False),
    Column("prompt_version", Integer, nullable=False),
    Column("model", Words, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("outcome", String(32), nullable=False),
)

# What the security leads switched in Slack; a setting that nobody touched has no row.
switches = Table(
    "switches",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)

# Questions to the knowledge base. The words are kept only as long as somebody may still dispute the answer.
asked = Table(
    "asked",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("by", String(64), nullable=False),
    Column("question", Words, nullable=False),
    Column("passages", Text, nullable=False),  # ids, best first
    Column("sentences", Text, nullable=False),  # those of a model that passed the check, each with its passages
    Column("model", Words, nullable=False),
    Column("prompt_version", Integer),
    Column("feedback", String(16)),
    Column("remark", Words, nullable=False),  # what somebody said is wrong with the answer
    Column("at", UtcTime, nullable=False, index=True),
    one_of("feedback", "good", "wrong"),
)

# What a model drafted about something, and the words of ours it stands in for. Nothing is computed from it.
drafts = Table(
    "drafts",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("task", String(32), nullable=False),
    Column("lines", Text, nullable=False),
    Column("model", Words, nullable=False),
    Column("prompt_version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

knowledge_versions = Table(
    "knowledge_versions",
    metadata,
    Column("version", String(128), primary_key=True),
    Column("content", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
)
