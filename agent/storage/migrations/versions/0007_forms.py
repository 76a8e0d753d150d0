"""Forms that a counsellor fills in beside a conversation, each save a revision of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "case_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("author", sa.Uuid(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("approver", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("sealed_remark", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name=op.f("fk_case_form_case_id")),
        sa.ForeignKeyConstraint(["author"], ["counsellor.id"], name=op.f("fk_case_form_author")),
        sa.ForeignKeyConstraint(["approver"], ["counsellor.id"], name=op.f("fk_case_form_approver")),
        sa.CheckConstraint("approver <> author", name=op.f("ck_case_form_second")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_form")),
        sa.UniqueConstraint("case_id", "kind", "revision", name=op.f("uq_case_form_case_id")),
    )


def downgrade() -> None:
    raise RuntimeError("What happened to a case cannot be forgotten. Use 'handhold restore'.")
