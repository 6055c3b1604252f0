"""An index of the client reviews that were missed: few rows among many, asked for whenever a tool touches clients.

Frozen: it imports nothing of ours, so that a database of any age can be brought up to date.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    missed = sa.text("state = 'missed'")
    op.create_index("ix_occurrences_missed", "occurrences", ["client_id"], sqlite_where=missed, postgresql_where=missed)


def downgrade() -> None:
    """No way back is offered: whoever wants one restores a copy from before."""
    raise NotImplementedError
