"""The first schema: every table, and the triggers that make the record append-only on both engines.

Frozen: it names its own types and imports nothing of ours, so that a database of any age can be brought up to date.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What may never change, by table: columns (none named: all of them), and whether rows may go. Answers and profiles may
# be deleted when their time is over; decisions are superseded or suspended, sign-offs voided, nothing else about them.
NEVER_CHANGED = {
    "audit_events": (),
    "verdicts": (),
    "answers": (),
    "profile_versions": (),
    "knowledge_versions": (),
    "sign_offs": ("seq", "review_id", "version", "person", "by", "stance", "at", "rationale", "as_ciso"),
    "decisions": (
        "id",
        "review_id",
        "tool_id",
        "tool_name",
        "profile",
        "verdict_id",
        "computed",
        "outcome",
        "approver",
        "signed_by",
        "rationale",
        "decided_at",
        "valid_until",
        "tier",
        "risk_acceptance",
    ),
}
NEVER_DELETED = ("audit_events", "verdicts", "sign_offs")


def upgrade() -> None:
    """Create everything."""
    _tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in _postgres_triggers() if postgres else _sqlite_triggers():
        op.execute(statement)


def downgrade() -> None:
    """There is nothing before the first schema; whoever wants that deletes the database."""
    raise NotImplementedError


def _rules() -> Iterator[tuple[str, str, str, str]]:
    """Each rule as (table, name, event, condition)."""
    for table, columns in NEVER_CHANGED.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        yield table, "no_update", f"UPDATE OF {listed}" if listed else "UPDATE", ""
    for table in NEVER_DELETED:
        yield table, "no_delete", "DELETE", ""
    yield "sign_offs", "void_once", "UPDATE OF voided_at", "WHEN (OLD.voided_at IS NOT NULL)"


def _sqlite_triggers() -> Iterator[str]:
    for table, name, event, when in _rules():
        yield (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgres_triggers() -> Iterator[str]:
    yield (
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table, name, event, when in _rules():
        yield (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            "EXECUTE FUNCTION append_only()"
        )
    for table in NEVER_DELETED:
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION append_only()"
        )


def _tables() -> None:
    op.create_table(
        "audit_events",
        Column("seq", NUMBER, autoincrement=False, nullable=False),
        Column("at", TIME, nullable=False),
        Column("tag", sa.String(64), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("about", sa.String(128), nullable=False),
        Column("facts", sa.Text(), nullable=False),
        Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_about", "audit_events", ["about"])
    op.create_table(
        "gram_counts",
        Column("gram", sa.Text(), nullable=False),
        Column("names", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gram", name="pk_gram_counts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox",
        Column("key", sa.String(255), nullable=False),
        Column("digest", sa.String(128), nullable=False),
        Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_inbox"),
    )
    op.create_index("ix_inbox_at", "inbox", ["at"])
    op.create_table(
        "knowledge_versions",
        Column("version", sa.String(128), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_knowledge_versions"),
    )
    op.create_table(
        "notices",
        Column("id", NUMBER, nullable=False),
        Column("key", sa.String(255), nullable=False),
        Column("kind", sa.String(32), nullable=False),
        Column("channel", sa.String(64), nullable=False),
        Column("thread", sa.String(64), nullable=True),
        Column("review_id", sa.String(64), nullable=True),
        Column("decision_id", sa.String(64), nullable=True),
        Column("facts", sa.Text(), nullable=False),
        Column("live", sa.Boolean(), nullable=False),
        Column("state", sa.String(16), nullable=False),
        Column("wanted", sa.Integer(), nullable=False),
        Column("fence", sa.Integer(), nullable=False),
        Column("tries", sa.Integer(), nullable=False),
        Column("owed_at", TIME, nullable=False),
        Column("next_at", TIME, nullable=True),
        Column("first_tried_at", TIME, nullable=True),
        Column("doubtful", sa.Boolean(), nullable=False),
        Column("posted_channel", sa.String(64), nullable=True),
        Column("posted_ts", sa.String(64), nullable=True),
        Column("done_at", TIME, nullable=True),
        Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('owed', 'sending', 'sent', 'dead')", name=op.f("ck_notices_state")),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
    )
    op.create_index("ix_notices_next_at", "notices", ["next_at"])
    op.create_table(
        "vendors",
        Column("id", NUMBER, nullable=False),
        Column("key", sa.Text(), nullable=False),
        Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vendors"),
        sa.UniqueConstraint("key", name="uq_vendors_key"),
    )
    op.create_table(
        "tools",
        Column("id", sa.String(64), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("vendor_id", NUMBER, nullable=True),
        Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_tools_vendor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tools"),
    )
    op.create_table(
        "reviews",
        Column("id", sa.String(64), nullable=False),
        Column("tool_id", sa.String(64), nullable=True),
        Column("tool_name", sa.Text(), nullable=False),
        Column("requester", sa.String(64), nullable=False),
        Column("home_channel", sa.String(64), nullable=False),
        Column("home_thread", sa.String(64), nullable=True),
        Column("opened_at", TIME, nullable=False),
        Column("stage", sa.String(16), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("purpose", sa.Text(), nullable=False),
        Column("vendor", sa.Text(), nullable=False),
        Column("url", sa.Text(), nullable=False),
        Column("co_requesters", sa.Text(), nullable=False),
        Column("proposals", sa.Text(), nullable=False),
        Column("profile", sa.Text(), nullable=True),
        Column("showing", sa.String(64), nullable=True),
        Column("note", sa.Text(), nullable=False),
        Column("package", sa.Text(), nullable=True),
        Column("claimed_by", sa.String(64), nullable=True),
        Column("submitted_at", TIME, nullable=True),
        Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "stage IN ('describing', 'answering', 'submitted', 'decided', 'withdrawn')", name=op.f("ck_reviews_stage")
        ),
        sa.CheckConstraint("version >= 0", name=op.f("ck_reviews_version")),
        sa.ForeignKeyConstraint(["tool_id"], ["tools.id"], name="fk_reviews_tool_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_home_channel_home_thread", "reviews", ["home_channel", "home_thread"])
    op.create_index("ix_reviews_requester", "reviews", ["requester"])
    op.create_index("ix_reviews_stage_submitted_at", "reviews", ["stage", "submitted_at"])
    op.create_index("ix_reviews_tool_id_stage", "reviews", ["tool_id", "stage"])
    op.create_table(
        "tool_names",
        Column("id", NUMBER, nullable=False),
        Column("key", sa.Text(), nullable=False),
        Column("tool_id", sa.String(64), nullable=False),
        Column("name", sa.Text(), nullable=False),
        Column("is_alias", sa.Boolean(), nullable=False),
        Column("by", sa.String(64), nullable=True),
        Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["tool_id"], ["tools.id"], name="fk_tool_names_tool_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tool_names"),
        sa.UniqueConstraint("key", name="uq_tool_names_key"),
    )
    op.create_index("ix_tool_names_tool_id", "tool_names", ["tool_id"])
    op.create_table(
        "answers",
        Column("seq", NUMBER, nullable=False),
        Column("review_id", sa.String(64), nullable=False),
        Column("question", sa.String(64), nullable=False),
        Column("codes", sa.Text(), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        Column("came", sa.String(16), nullable=False),
        Column("extras", sa.Text(), nullable=True),
        sa.CheckConstraint("came IN ('button', 'form', 'reply')", name=op.f("ck_answers_came")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_answers_review_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_answers"),
    )
    op.create_index("ix_answers_review_id_seq", "answers", ["review_id", "seq"])
    op.create_table(
        "co_requesters",
        Column("review_id", sa.String(64), nullable=False),
        Column("user", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_co_requesters_review_id"),
        sa.PrimaryKeyConstraint("review_id", "user", name="pk_co_requesters"),
    )
    op.create_index("ix_co_requesters_user", "co_requesters", ["user"])
    op.create_table(
        "name_grams",
        Column("gram", sa.Text(), nullable=False),
        Column("name_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["name_id"], ["tool_names.id"], name="fk_name_grams_name_id"),
        sa.PrimaryKeyConstraint("gram", "name_id", name="pk_name_grams"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "profile_versions",
        Column("review_id", sa.String(64), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("profile", sa.Text(), nullable=False),
        Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_profile_versions_review_id"),
        sa.PrimaryKeyConstraint("review_id", "version", name="pk_profile_versions"),
    )
    op.create_table(
        "sign_offs",
        Column("seq", NUMBER, nullable=False),
        Column("review_id", sa.String(64), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("person", sa.String(128), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("stance", sa.String(16), nullable=False),
        Column("at", TIME, nullable=False),
        Column("rationale", sa.Text(), nullable=False),
        Column("as_ciso", sa.Boolean(), nullable=False),
        Column("voided_at", TIME, nullable=True),
        sa.CheckConstraint("stance IN ('approve', 'reject')", name=op.f("ck_sign_offs_stance")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_sign_offs_review_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_sign_offs"),
        sa.UniqueConstraint(
            "review_id", "version", "person", "stance", name="uq_sign_offs_review_id_version_person_stance"
        ),
    )
    op.create_table(
        "verdicts",
        Column("id", sa.String(64), nullable=False),
        Column("review_id", sa.String(64), nullable=False),
        Column("version", sa.Integer(), nullable=False),
        Column("inputs_hash", sa.String(128), nullable=False),
        Column("bank_version", sa.String(128), nullable=False),
        Column("content", sa.Text(), nullable=False),
        Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_verdicts_review_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_review_id", "verdicts", ["review_id"])
    op.create_table(
        "decisions",
        Column("id", sa.String(64), nullable=False),
        Column("review_id", sa.String(64), nullable=False),
        Column("tool_id", sa.String(64), nullable=False),
        Column("tool_name", sa.Text(), nullable=False),
        Column("profile", sa.Text(), nullable=False),
        Column("verdict_id", sa.String(64), nullable=False),
        Column("computed", sa.String(32), nullable=False),
        Column("outcome", sa.String(32), nullable=False),
        Column("approver", sa.String(32), nullable=False),
        Column("signed_by", sa.Text(), nullable=False),
        Column("rationale", sa.Text(), nullable=False),
        Column("decided_at", TIME, nullable=False),
        Column("valid_until", sa.Date(), nullable=False),
        Column("tier", sa.Integer(), nullable=False),
        Column("risk_acceptance", sa.Boolean(), nullable=False),
        Column("superseded_by", sa.String(64), nullable=True),
        Column("suspended_at", TIME, nullable=True),
        Column("suspended_because", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "approver IN ('self_serve', 'one_security_lead', 'two_security_leads', 'ciso')",
            name=op.f("ck_decisions_approver"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approve', 'approve_with_conditions', 'reject')", name=op.f("ck_decisions_outcome")
        ),
        sa.CheckConstraint("tier BETWEEN 1 AND 4", name=op.f("ck_decisions_tier")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name="fk_decisions_review_id"),
        sa.ForeignKeyConstraint(["tool_id"], ["tools.id"], name="fk_decisions_tool_id"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_decisions_verdict_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("review_id", name="uq_decisions_review_id"),
    )
    op.create_index("ix_decisions_decided_at", "decisions", ["decided_at"])
    op.create_index("ix_decisions_tool_id_decided_at", "decisions", ["tool_id", "decided_at"])
    op.create_table(
        "conditions",
        Column("decision_id", sa.String(64), nullable=False),
        Column("place", sa.Integer(), nullable=False),
        Column("text", sa.Text(), nullable=False),
        Column("question", sa.String(64), nullable=True),
        Column("gap", sa.Integer(), nullable=False),
        Column("owner", sa.String(64), nullable=False),
        Column("due_on", sa.Date(), nullable=True),
        Column("before_go_live", sa.Boolean(), nullable=False),
        Column("added_by", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_conditions_decision_id"),
        sa.PrimaryKeyConstraint("decision_id", "place", name="pk_conditions"),
    )
    op.create_index("ix_conditions_due_on", "conditions", ["due_on"])
