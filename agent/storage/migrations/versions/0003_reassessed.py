"""Remember when a counsellor last reassessed a person."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("person", sa.Column("reassessed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("person", "reassessed_at")
