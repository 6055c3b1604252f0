"""The day a team would like to start, beside its review.

Frozen: it imports nothing of ours, so that a database of any age can be brought up to date.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody knows the day of the reviews there are."""
    op.add_column("reviews", sa.Column("go_live", sa.Date(), nullable=True))


def downgrade() -> None:
    """The days that teams gave would be lost; whoever wants that restores a copy from before."""
    raise NotImplementedError
