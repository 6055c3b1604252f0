"""Every table, once. Columns hold what is searched or locked on; the rest of a domain value is one column of JSON text.

Nothing here is changed without a new revision in `migrations/`; a test holds the two together.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware time, always UTC. SQLite keeps ISO text of fixed width, which sorts as time and can be read by eye."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value if dialect.name == "postgresql" else utc_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        known: datetime = value
        return known if known.tzinfo is UTC else known.astimezone(UTC)


@functools.lru_cache(maxsize=64)  # one act stores its own time in a dozen columns
def utc_text(value: datetime) -> str:
    """The fixed-width spelling of a time: 32 characters."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


class Words(TypeDecorator[str]):
    """Text that people wrote. The edge cleans it; what slips through, one engine would take and the other refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


# Every constraint gets its name from its place, so that a later revision can name it on both engines.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is spelled INTEGER.
_Number: Final = BigInteger().with_variant(Integer(), "sqlite")


def _one_of(column: str, *codes: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in codes)})", name=column)


vendors = Table(
    "vendors",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
)

tools = Table(
    "tools",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Words, nullable=False),
    Column("vendor_id", _Number, ForeignKey("vendors.id")),
    Column("created_at", UtcTime, nullable=False),
)

# Names and aliases share one table: its unique key is what keeps an alias from ever taking another tool's name.
tool_names = Table(
    "tool_names",
    metadata,
    Column("id", _Number, primary_key=True),
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
    Column("name_id", _Number, ForeignKey("tool_names.id"), primary_key=True),
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
    Column("co_requesters", Text, nullable=False),  # in the order they joined; the table of that name is for looking up
    Column("proposals", Text, nullable=False),
    Column("profile", Text),
    Column("showing", String(64)),
    Column("note", Words, nullable=False),
    Column("package", Text),
    Column("claimed_by", String(64)),
    Column("submitted_at", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
    _one_of("stage", "describing", "answering", "submitted", "decided", "withdrawn"),
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
    Column("seq", _Number, primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False),
    Column("question", String(64), nullable=False),
    Column("codes", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("came", String(16), nullable=False),
    Column("extras", Text),
    _one_of("came", "button", "form", "reply"),
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
    Column("seq", _Number, primary_key=True),
    Column("review_id", String(64), ForeignKey("reviews.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("person", String(128), nullable=False),
    Column("by", String(64), nullable=False),
    Column("stance", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("rationale", Words, nullable=False),
    Column("as_ciso", Boolean, nullable=False),
    Column("voided_at", UtcTime),
    _one_of("stance", "approve", "reject"),
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
    _one_of("outcome", "approve", "approve_with_conditions", "reject"),
    _one_of("approver", "self_serve", "one_security_lead", "two_security_leads", "ciso"),
    CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
    Index(None, "tool_id", "decided_at"),
    Index(None, "decided_at"),
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
)

notices = Table(
    "notices",
    metadata,
    Column("id", _Number, primary_key=True),
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
    _one_of("state", "owed", "sending", "sent", "dead"),
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
    Column("seq", _Number, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("tag", String(64), nullable=False),
    Column("by", String(64), nullable=False),
    Column("about", String(128), nullable=False, index=True),
    Column("facts", Text, nullable=False),
    Column("mac", String(64), nullable=False),
)

knowledge_versions = Table(
    "knowledge_versions",
    metadata,
    Column("version", String(128), primary_key=True),
    Column("content", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
)
