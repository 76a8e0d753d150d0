"""Trusted contacts with their consent, and safety plans; both ring for the person and for their case."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BELL = """
CREATE FUNCTION ring_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who uuid;
BEGIN
  IF TG_OP = 'DELETE' THEN who := OLD.person_id; ELSE who := NEW.person_id; END IF;
  PERFORM pg_notify('handhold', 'person:' || who);
  PERFORM pg_notify('handhold', 'case:' || c.id) FROM crisis_case c WHERE c.person_id = who AND c.status <> 'closed';
  RETURN NULL;
END $$;
CREATE TRIGGER ring AFTER INSERT ON safety_plan FOR EACH ROW EXECUTE FUNCTION ring_person();
CREATE TRIGGER ring AFTER INSERT OR UPDATE OR DELETE ON trusted_contact
  FOR EACH ROW EXECUTE FUNCTION ring_person();
CREATE TRIGGER ring AFTER INSERT OR UPDATE ON trusted_reach FOR EACH ROW EXECUTE FUNCTION ring_person();
"""


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _when(name: str, *, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def _sealed(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "trusted_contact",
        _id("person_id"), _id("id"), _sealed("sealed_body"), _sealed("token_hash"),
        sa.Column("text_version", sa.String(40), nullable=False),
        _when("agreed_at", now=True), _when("test_asked_at"), _when("test_sent_at"), _when("test_failed_at"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_trusted_contact_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_trusted_contact"),
        sa.UniqueConstraint("id", name="uq_trusted_contact_id"),
        sa.UniqueConstraint("token_hash", name="uq_trusted_contact_token_hash"),
    )  # fmt: skip
    op.create_table(
        "trusted_consent",
        _id("id"), _id("person_id"),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("text_version", sa.String(40), nullable=False),
        _when("at", now=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_trusted_consent_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_consent"),
    )  # fmt: skip
    op.create_index("ix_trusted_consent_person_id", "trusted_consent", ["person_id"])
    op.create_table(
        "trusted_address",
        _sealed("fingerprint"), _when("tested_at"), _when("refused_at"),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_trusted_address"),
    )  # fmt: skip
    op.create_table(
        "trusted_reach",
        _id("id"), _id("case_id"), _id("person_id"), _id("contact_id"), _id("by"), _sealed("sealed_reason"),
        _when("at", now=True), _when("asked_at"), _when("sent_at"), _when("failed_at"),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name="fk_trusted_reach_case_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_trusted_reach_person_id"),
        sa.ForeignKeyConstraint(["by"], ["counsellor.id"], name="fk_trusted_reach_by"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_reach"),
    )  # fmt: skip
    op.create_index("ix_trusted_reach_case_id", "trusted_reach", ["case_id"])
    op.create_table(
        "safety_plan",
        _id("id"), _id("person_id"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _sealed("sealed_body"), _id("by_counsellor", null=True), _when("at", now=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_safety_plan_person_id"),
        sa.ForeignKeyConstraint(["by_counsellor"], ["counsellor.id"], name="fk_safety_plan_by_counsellor"),
        sa.PrimaryKeyConstraint("id", name="pk_safety_plan"),
        sa.UniqueConstraint("person_id", "revision", name="uq_safety_plan_person_id"),
    )  # fmt: skip
    op.execute(BELL)


def downgrade() -> None:
    raise RuntimeError("What somebody agreed to cannot be forgotten. Use 'handhold restore'.")
