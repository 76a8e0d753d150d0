"""Whose words a counsellor sent; an answer to a follow-up that nobody has read; what became of each channel."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # Of lines written before, nobody knows.
    op.add_column("line", sa.Column("wording", sa.String(length=8)))
    op.add_column("follow_up", sa.Column("answered_at", sa.DateTime(timezone=True)))
    op.create_table(
        "channel",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channel"),
    )


def downgrade() -> None:
    raise RuntimeError("Whose words were sent to a person cannot be forgotten. Use 'handhold restore'.")
