"""What a model read and drafted, questions to the knowledge base, and who confirmed a proposal.

Frozen: it names its own types and imports nothing of ours, so that a database of any age can be brought up to date.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, empty. An answer from before was proposed by nobody."""
    op.add_column("answers", Column("proposed", sa.String(16), nullable=True))
    op.create_table(
        "model_calls",
        Column("seq", NUMBER, nullable=False),
        Column("at", TIME, nullable=False),
        Column("task", sa.String(32), nullable=False),
        Column("prompt_version", sa.Integer, nullable=False),
        Column("model", sa.Text, nullable=False),
        Column("tokens_in", sa.Integer, nullable=False),
        Column("tokens_out", sa.Integer, nullable=False),
        Column("milliseconds", sa.Integer, nullable=False),
        Column("outcome", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_model_calls"),
    )
    op.create_index("ix_model_calls_at", "model_calls", ["at"])
    op.create_table(
        "switches",
        Column("name", sa.String(64), nullable=False),
        Column("value", sa.String(64), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
    )
    op.create_table(
        "asked",
        Column("id", sa.String(64), nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("question", sa.Text, nullable=False),
        Column("passages", sa.Text, nullable=False),
        Column("sentences", sa.Text, nullable=False),
        Column("model", sa.Text, nullable=False),
        Column("prompt_version", sa.Integer, nullable=True),
        Column("feedback", sa.String(16), nullable=True),
        Column("remark", sa.Text, nullable=False),
        Column("at", TIME, nullable=False),
        sa.CheckConstraint("feedback IN ('good', 'wrong')", name=op.f("ck_asked_feedback")),
        sa.PrimaryKeyConstraint("id", name="pk_asked"),
    )
    op.create_index("ix_asked_at", "asked", ["at"])
    op.create_table(
        "drafts",
        Column("key", sa.String(255), nullable=False),
        Column("task", sa.String(32), nullable=False),
        Column("lines", sa.Text, nullable=False),
        Column("model", sa.Text, nullable=False),
        Column("prompt_version", sa.Integer, nullable=False),
        Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_drafts"),
    )
    op.create_index("ix_drafts_at", "drafts", ["at"])


def downgrade() -> None:
    """No way back is offered: whoever wants one restores a copy from before."""
    raise NotImplementedError
