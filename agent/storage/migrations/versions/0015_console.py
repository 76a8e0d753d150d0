"""Others are told once of a decision that wants a second look: when it was last tried, when a channel took it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("case_form", sa.Column("rung_at", sa.DateTime(timezone=True)))
    op.add_column("case_form", sa.Column("told_at", sa.DateTime(timezone=True)))
    # What the list and the sweep ask every few seconds, of all forms there ever were.
    wanting = sa.text("kind = 'decision' AND approver IS NULL")
    op.create_index("ix_case_form_wanting", "case_form", ["case_id"], postgresql_where=wanting)


def downgrade() -> None:
    op.drop_index("ix_case_form_wanting", "case_form")
    op.drop_column("case_form", "told_at")
    op.drop_column("case_form", "rung_at")
