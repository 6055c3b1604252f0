"""What was said already, so that it is said once; who suspended a decision; and who restored one, and why.

Frozen: it names its own types and imports nothing of ours, so that a database of any age can be brought up to date.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Create the tables; a decision that is suspended by now was pulled back by a lead, so nobody is named."""
    op.add_column("decisions", Column("suspended_by", sa.String(64), nullable=True))
    op.create_table(
        "reminded",
        Column("about", sa.String(64), nullable=False),
        Column("subject", sa.String(32), nullable=False),
        Column("reached_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("about", "subject", name="pk_reminded"),
    )
    op.create_table(
        "restorations",
        Column("decision_id", sa.String(64), nullable=False),
        Column("suspended_at", TIME, nullable=False),
        Column("suspended_because", sa.Text(), nullable=False),
        Column("suspended_by", sa.String(64), nullable=False),
        Column("at", TIME, nullable=False),
        Column("by", sa.String(64), nullable=False),
        Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_restorations_decision_id"),
        sa.PrimaryKeyConstraint("decision_id", "suspended_at", name="pk_restorations"),
    )
    for statement in _triggers(postgres=op.get_bind().dialect.name == "postgresql"):
        op.execute(statement)


def downgrade() -> None:
    """What was recorded would be lost; whoever wants that restores a copy from before."""
    raise NotImplementedError


def _triggers(*, postgres: bool) -> Iterator[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'restorations is append-only'); END"
    for name, event in (("no_update", "UPDATE"), ("no_delete", "DELETE")):
        does = "EXECUTE FUNCTION append_only()" if postgres else refuse
        yield f"CREATE TRIGGER restorations_{name} BEFORE {event} ON restorations FOR EACH ROW {does}"
