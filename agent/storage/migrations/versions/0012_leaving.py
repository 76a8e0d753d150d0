"""Ways out that hold: a counsellor's access ends, a contact's "no" counts also after the naming was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("counsellor", sa.Column("disabled_at", sa.DateTime(timezone=True)))
    op.add_column("invite", sa.Column("counsellor_id", sa.Uuid()))
    op.create_foreign_key("fk_invite_counsellor_id", "invite", "counsellor", ["counsellor_id"], ["id"])
    # Links of before go on working through trusted_contact: the address behind them is sealed.
    op.create_table(
        "trusted_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_trusted_link"),
    )
    # What the sweep and the list ask every few seconds, of all alerts and cases there ever were.
    op.create_index("ix_alert_unsent", "alert", ["at"], postgresql_where=sa.text("sent_at IS NULL"))
    op.create_index(
        "ix_crisis_case_second", "crisis_case", ["second_until"], postgresql_where=sa.text("second_until IS NOT NULL")
    )


def downgrade() -> None:
    raise RuntimeError("What was promised to a person cannot be forgotten. Use 'handhold restore'.")
