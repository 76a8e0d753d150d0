"""Alerts about waiting cases, and who is on duty."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("counsellor", sa.Column("supervisor", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("invite", sa.Column("supervisor", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("counsellor", sa.Column("on_duty_until", sa.DateTime(timezone=True)))
    # Whoever made the first account runs the place.
    op.execute(
        "UPDATE counsellor SET supervisor = true WHERE id = (SELECT id FROM counsellor ORDER BY created_at LIMIT 1)"
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("counsellor_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name=op.f("fk_alert_case_id")),
        sa.ForeignKeyConstraint(["counsellor_id"], ["counsellor.id"], name=op.f("fk_alert_counsellor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("case_id", "since", "step", name=op.f("uq_alert_case_id")),
    )


def downgrade() -> None:
    raise RuntimeError("What happened to a case cannot be forgotten. Use 'handhold restore'.")
