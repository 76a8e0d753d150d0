"""A case is claimed, held by a lease, put back, closed with an outcome, and opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.alter_column("crisis_case", "status", type_=sa.String(16))
    op.alter_column("crisis_case", "handled_at", new_column_name="closed_at")
    op.alter_column("crisis_case", "handled_by", new_column_name="closed_by")
    op.add_column("crisis_case", sa.Column("since", sa.DateTime(timezone=True)))
    op.add_column("crisis_case", sa.Column("owner", sa.Uuid()))
    op.add_column("crisis_case", sa.Column("lease_until", sa.DateTime(timezone=True)))
    op.add_column("crisis_case", sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("crisis_case", sa.Column("outcome", sa.String(16)))
    op.create_foreign_key("fk_crisis_case_owner", "crisis_case", "counsellor", ["owner"], ["id"])
    op.execute("UPDATE crisis_case SET since = opened_at")
    op.alter_column("crisis_case", "since", nullable=False, server_default=sa.text("now()"))
    op.execute("UPDATE crisis_case SET status = 'closed' WHERE status = 'handled'")
    op.execute("UPDATE case_event SET kind = 'closed' WHERE kind = 'handled'")
    op.drop_index("uq_crisis_case_open_person", table_name="crisis_case")
    op.create_index(
        "uq_crisis_case_live_person", "crisis_case", ["person_id"], unique=True,
        postgresql_where=sa.text("status <> 'closed'"),
    )  # fmt: skip
    op.create_index(
        "ix_crisis_case_lease", "crisis_case", ["lease_until"], postgresql_where=sa.text("owner IS NOT NULL")
    )


def downgrade() -> None:
    raise RuntimeError("What happened to a case cannot be forgotten. Use 'handhold restore'.")
