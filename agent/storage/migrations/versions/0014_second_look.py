"""The bell rings at every desk when a decision waits for a second counsellor, and when one has looked."""

from alembic import op

revision = "0014"
down_revision = "0013"

RINGS = "CREATE TRIGGER ring AFTER INSERT OR UPDATE ON case_form FOR EACH ROW EXECUTE FUNCTION ring_alert()"


def upgrade() -> None:
    op.execute(RINGS)


def downgrade() -> None:
    op.execute("DROP TRIGGER ring ON case_form")
