"""Find the recent turns of a person in all conversations."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("ix_turn_person", "turn", ["person_id", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_turn_person", table_name="turn")
