"""The tables of clients, their weekly reviews, and of what is due. As in `tables`: no change without a new revision."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from bot.store.columns import Number, UtcTime, Words, metadata, one_of

clients = Table(
    "clients",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Words, nullable=False),
    Column("account_owner", String(64), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("channel", String(64)),
    Column("frameworks", Text, nullable=False),
    Column("left_on", Date),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

# As with tools: names and aliases under one unique key, so that none can ever mean two clients.
client_names = Table(
    "client_names",
    metadata,
    Column("id", Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("client_id", String(64), ForeignKey("clients.id"), nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("is_alias", Boolean, nullable=False),
)

series = Table(
    "series",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client_id", String(64), ForeignKey("clients.id"), nullable=False, unique=True),
    Column("host", String(64), nullable=False, index=True),
    Column("stand_in", String(64), nullable=False, index=True),
    Column("planned_until", Date),
    Column("ended_at", UtcTime),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

_MISSED = text("state = 'missed'")

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("series_id", String(64), ForeignKey("series.id"), nullable=False),
    Column("client_id", String(64), ForeignKey("clients.id"), nullable=False),
    Column("local_on", Date, nullable=False),  # whatever happens to the clock, a series has one review a local date
    Column("start_at", UtcTime, nullable=False, index=True),
    Column("host", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    one_of("state", "planned", "open", "held", "skipped", "missed"),
    UniqueConstraint("series_id", "local_on"),
    Index(None, "client_id", "start_at"),
    Index(None, "host", "start_at"),
    # Few rows among many, asked for whenever a tool touches clients.
    Index("ix_occurrences_missed", "client_id", sqlite_where=_MISSED, postgresql_where=_MISSED),
)

# What a meeting was shown, as it was. Written once.
packs = Table(
    "packs",
    metadata,
    Column("occurrence_id", String(64), ForeignKey("occurrences.id"), primary_key=True),
    Column("content", Words, nullable=False),
    Column("digest", String(128), nullable=False),
    Column("at", UtcTime, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client_id", String(64), ForeignKey("clients.id"), nullable=False),
    Column("occurrence_id", String(64), ForeignKey("occurrences.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("content", Text, nullable=False),
    Index(None, "client_id", "at"),
)

actions = Table(
    "actions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("client_id", String(64), ForeignKey("clients.id"), nullable=False),
    Column("opened_in", String(64), ForeignKey("occurrences.id"), nullable=False),
    Column("finding_id", String(64), ForeignKey("findings.id")),
    Column("side", String(16), nullable=False),
    Column("owner", Words, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("closed_at", UtcTime),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    one_of("state", "open", "done", "dropped"),
    one_of("side", "ours", "clients"),
    Index(None, "client_id", "state"),
    Index(None, "owner", "state"),
    Index(None, "client_id", "closed_at"),
)

# What has to be looked at, and when. `next_at` is also a claim's end; `due_at` is when it was due to begin with.
due = Table(
    "due",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("about", String(64), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    UniqueConstraint("kind", "about"),
    Index(None, "next_at", "urgency"),
)
