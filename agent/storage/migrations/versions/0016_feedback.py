"""A person says whether a conversation helped, and how it was."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("conversation", sa.Column("satisfaction", sa.SmallInteger()))
    op.add_column("conversation", sa.Column("helped", sa.Boolean()))
    op.create_check_constraint("satisfaction_1_to_5", "conversation", "satisfaction BETWEEN 1 AND 5")


def downgrade() -> None:
    op.drop_constraint("satisfaction_1_to_5", "conversation")
    op.drop_column("conversation", "helped")
    op.drop_column("conversation", "satisfaction")
