"""What was offered and whether it helped, how people say they are, reminders, and what a talk was about."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid()),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offer"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_offer_person_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_offer_conversation_id"),
    )
    op.create_index("ix_offer_person", "offer", ["person_id", "at"])
    op.create_index("ix_offer_answered", "offer", ["at"], postgresql_where=sa.text("answered"))
    op.create_table(
        "check_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_in"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_check_in_person_id"),
    )
    op.create_index("ix_check_in_person", "check_in", ["person_id", "at"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("person_id", name="uq_reminder_person_id"),
        sa.UniqueConstraint("token_hash", name="uq_reminder_token_hash"),
        sa.UniqueConstraint("address", name="uq_reminder_address"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_reminder_person_id"),
    )
    op.create_index("ix_reminder_next", "reminder", ["next_at"])
    _kinds("'person', 'goal', 'helped', 'talk', 'other'")


def downgrade() -> None:
    op.execute("UPDATE note SET kind = 'other' WHERE kind = 'talk'")
    _kinds("'person', 'goal', 'helped', 'other'")
    op.drop_table("reminder")
    op.drop_table("check_in")
    op.drop_table("offer")


def _kinds(allowed: str) -> None:
    op.drop_constraint("note_kind", "note")
    op.create_check_constraint("note_kind", "note", f"kind IN ({allowed})")
