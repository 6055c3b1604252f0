"""Who was seen in the leads' user groups, and from when they count: whoever is new there waits before they may sign.

Frozen: it names its own types and imports nothing of ours, so that a database of any age can be brought up to date.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Create the tables, empty: whoever is in a group at the first look after this was a lead before it."""
    op.create_table(
        "lead_groups",
        Column("id", sa.String(64), nullable=False),
        Column("first_seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lead_groups"),
    )
    op.create_table(
        "lead_members",
        Column("group_id", sa.String(64), nullable=False),
        Column("user_id", sa.String(64), nullable=False),
        Column("seen_at", TIME, nullable=False),
        Column("counts_from", TIME, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["lead_groups.id"], name="fk_lead_members_group_id"),
        sa.PrimaryKeyConstraint("group_id", "user_id", name="pk_lead_members"),
    )


def downgrade() -> None:
    """No way back is offered: whoever wants one restores a copy from before."""
    raise NotImplementedError
