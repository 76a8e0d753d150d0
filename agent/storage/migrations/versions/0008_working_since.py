"""Since when a counsellor works without a break."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("counsellor", sa.Column("working_since", sa.DateTime(timezone=True)))
    # The wallboard asks what has happened lately.
    op.create_index("ix_case_event_actor", "case_event", ["actor", "at"])


def downgrade() -> None:
    raise RuntimeError("Not supported. Use 'handhold restore'.")
