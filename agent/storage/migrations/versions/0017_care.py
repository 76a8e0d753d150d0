"""Questionnaires that people filled in, exercises under way or behind them, notes of what they told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "measure_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measure_result"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_measure_result_person_id"),
    )
    op.create_index("ix_measure_result_person", "measure_result", ["person_id", "measure", "at"])
    op.create_table(
        "practice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("exercise", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_practice_person_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_practice_conversation_id"),
        sa.CheckConstraint("state IN ('running', 'put_away', 'finished')", name="practice_state"),
    )
    op.create_index("ix_practice_person", "practice", ["person_id", "updated_at"])
    op.add_column("person", sa.Column("remembers", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_note_person_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_note_conversation_id"),
        sa.CheckConstraint("kind IN ('person', 'goal', 'helped', 'other')", name="note_kind"),
    )
    op.create_index("ix_note_person", "note", ["person_id", "at"])


def downgrade() -> None:
    op.drop_table("note")
    op.drop_column("person", "remembers")
    op.drop_table("practice")
    op.drop_table("measure_result")
