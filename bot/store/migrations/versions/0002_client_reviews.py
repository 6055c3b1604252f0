"""Clients, their weekly reviews, what has to be looked at and when; and whom a review or decision touches.

Frozen: it names its own types and imports nothing of ours, so that a database of any age can be brought up to date.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What was shown in a meeting and what was found stays as it was; both may be deleted when their time is over. A closing
# may still be confirmed or be given again, but not once a lead has confirmed it.
NEVER_CHANGED = ("packs", "findings")
PORTION = 500


def upgrade() -> None:
    """Create the tables, protect what may not change, and fill in what follows from the rows there are."""
    _tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _triggers(postgres=postgres):
        op.execute(statement)
    _link_clients()
    _fill_due()


def downgrade() -> None:
    """What was recorded about clients would be lost; whoever wants that restores a copy from before."""
    raise NotImplementedError


def _triggers(*, postgres: bool) -> Iterator[str]:
    rules = [(table, "no_update", "") for table in NEVER_CHANGED]
    rules.append(("condition_closings", "confirmed_once", "WHEN (OLD.confirmed_at IS NOT NULL)"))
    for table, name, when in rules:
        does = (
            "EXECUTE FUNCTION append_only()"
            if postgres
            else f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        yield f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} FOR EACH ROW {when} {does}"


def _link_clients() -> None:
    """Say of every review with a profile whom it touches."""
    bind = op.get_bind()
    reviews = sa.table("reviews", sa.column("id"), sa.column("profile"))
    links = sa.table("review_clients", sa.column("review_id"), sa.column("client_key"))
    after = ""
    while True:
        ordered = sa.select(reviews.c.id, reviews.c.profile).where(reviews.c.profile.is_not(None))
        rows = bind.execute(ordered.where(reviews.c.id > after).order_by(reviews.c.id).limit(PORTION)).all()
        if not rows:
            return
        after = rows[-1].id
        made = [
            {"review_id": review_id, "client_key": key}
            for review_id, profile in rows
            for key in _client_keys(json.loads(profile)["clients"])
        ]
        if made:
            bind.execute(sa.insert(links), made)


def _client_keys(clients: dict[str, Any]) -> list[str]:
    keys = {_name_key(name) for name in clients["names"]}
    named = {key for key in keys if any(letter.isalnum() for letter in key)}
    nameless = clients["unknown"] or clients["number"] > len(clients["names"]) or len(named) < len(keys)
    return sorted(named | ({"*"} if clients["everyone"] else set()) | ({"?"} if nameless else set()))


def _name_key(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).casefold()
    key = re.sub(r"[\W_]+", "", "".join(c for c in folded if not unicodedata.combining(c)))
    return key or folded.strip()


def _fill_due() -> None:
    """Have every open review and every decision in force looked at: reminders begin where there were none so far.

    Each has been due since it last changed: the first look works out what that comes to by now.
    """
    op.execute(
        "INSERT INTO due (kind, about, due_at, next_at, urgency, fence) "
        "SELECT 'review', id, updated_at, updated_at, 1, 0 FROM reviews "
        "WHERE stage IN ('describing', 'answering', 'submitted') ORDER BY id"
    )
    op.execute(
        "INSERT INTO due (kind, about, due_at, next_at, urgency, fence) "
        "SELECT 'decision', id, decided_at, decided_at, 1, 0 FROM decisions "
        "WHERE superseded_by IS NULL AND outcome <> 'reject' ORDER BY id"
    )


def _tables() -> None:
    op.add_column("notices", Column("urgency", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_conditions_owner", "conditions", ["owner"])
    op.create_table(
        "review_clients",
        Column("review_id", sa.String(64), nullable=False),
        Column("client_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_review_clients_review_id"),
        sa.PrimaryKeyConstraint("review_id", "client_key", name="pk_review_clients"),
    )
    op.create_index("ix_review_clients_client_key", "review_clients", ["client_key"])
    op.create_table(
        "condition_closings",
        Column("decision_id", sa.String(64), nullable=False),
        Column("place", sa.Integer(), nullable=False),
        Column("evidence", sa.Text(), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        Column("confirmed_by", sa.String(64), nullable=True),
        Column("confirmed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id", "place"],
            ["conditions.decision_id", "conditions.place"],
            name="fk_condition_closings_decision_id_place",
        ),
        sa.PrimaryKeyConstraint("decision_id", "place", name="pk_condition_closings"),
    )
    op.create_table(
        "clients",
        Column("id", sa.String(64), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("account_owner", sa.String(64), nullable=False),
        Column("zone", sa.String(64), nullable=False),
        Column("channel", sa.String(64), nullable=True),
        Column("frameworks", sa.Text(), nullable=False),
        Column("left_on", sa.Date(), nullable=True),
        Column("version", sa.Integer(), nullable=False),
        Column("created_at", TIME, nullable=False),
        Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
    )
    op.create_table(
        "client_names",
        Column("id", NUMBER, nullable=False),
        Column("key", sa.Text(), nullable=False),
        Column("client_id", sa.String(64), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("is_alias", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_client_names_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_client_names"),
        sa.UniqueConstraint("key", name="uq_client_names_key"),
    )
    op.create_index("ix_client_names_client_id", "client_names", ["client_id"])
    op.create_table(
        "series",
        Column("id", sa.String(64), nullable=False),
        Column("client_id", sa.String(64), nullable=False),
        Column("host", sa.String(64), nullable=False),
        Column("stand_in", sa.String(64), nullable=False),
        Column("planned_until", sa.Date(), nullable=True),
        Column("ended_at", TIME, nullable=True),
        Column("version", sa.Integer(), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_series_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("client_id", name="uq_series_client_id"),
    )
    op.create_index("ix_series_host", "series", ["host"])
    op.create_index("ix_series_stand_in", "series", ["stand_in"])
    op.create_table(
        "occurrences",
        Column("id", sa.String(64), nullable=False),
        Column("series_id", sa.String(64), nullable=False),
        Column("client_id", sa.String(64), nullable=False),
        Column("local_on", sa.Date(), nullable=False),
        Column("start_at", TIME, nullable=False),
        Column("host", sa.String(64), nullable=False),
        Column("state", sa.String(16), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'held', 'skipped', 'missed')", name=op.f("ck_occurrences_state")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_occurrences_series_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_occurrences_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_occurrences"),
        sa.UniqueConstraint("series_id", "local_on", name="uq_occurrences_series_id_local_on"),
    )
    op.create_index("ix_occurrences_start_at", "occurrences", ["start_at"])
    op.create_index("ix_occurrences_client_id_start_at", "occurrences", ["client_id", "start_at"])
    op.create_index("ix_occurrences_host_start_at", "occurrences", ["host", "start_at"])
    op.create_table(
        "packs",
        Column("occurrence_id", sa.String(64), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("digest", sa.String(128), nullable=False),
        Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name="fk_packs_occurrence_id"),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_packs"),
    )
    op.create_table(
        "findings",
        Column("id", sa.String(64), nullable=False),
        Column("client_id", sa.String(64), nullable=False),
        Column("occurrence_id", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_findings_client_id"),
        sa.ForeignKeyConstraint(["occurrence_id"], ["occurrences.id"], name="fk_findings_occurrence_id"),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    op.create_index("ix_findings_client_id_at", "findings", ["client_id", "at"])
    op.create_table(
        "actions",
        Column("id", sa.String(64), nullable=False),
        Column("client_id", sa.String(64), nullable=False),
        Column("opened_in", sa.String(64), nullable=False),
        Column("finding_id", sa.String(64), nullable=True),
        Column("side", sa.String(16), nullable=False),
        Column("owner", sa.Text(), nullable=False),
        Column("due_on", sa.Date(), nullable=False),
        Column("state", sa.String(16), nullable=False),
        Column("closed_at", TIME, nullable=True),
        Column("version", sa.Integer(), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'dropped')", name=op.f("ck_actions_state")),
        sa.CheckConstraint("side IN ('ours', 'clients')", name=op.f("ck_actions_side")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_actions_client_id"),
        sa.ForeignKeyConstraint(["opened_in"], ["occurrences.id"], name="fk_actions_opened_in"),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name="fk_actions_finding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
    )
    op.create_index("ix_actions_client_id_state", "actions", ["client_id", "state"])
    op.create_index("ix_actions_owner_state", "actions", ["owner", "state"])
    op.create_index("ix_actions_client_id_closed_at", "actions", ["client_id", "closed_at"])
    op.create_table(
        "due",
        Column("id", NUMBER, nullable=False),
        Column("kind", sa.String(16), nullable=False),
        Column("about", sa.String(64), nullable=False),
        Column("due_at", TIME, nullable=False),
        Column("next_at", TIME, nullable=False),
        Column("urgency", sa.Integer(), nullable=False),
        Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_due"),
        sa.UniqueConstraint("kind", "about", name="uq_due_kind_about"),
    )
    op.create_index("ix_due_next_at_urgency", "due", ["next_at", "urgency"])
