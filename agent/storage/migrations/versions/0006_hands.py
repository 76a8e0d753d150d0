"""Who is with the person: the counsellors' lines, take-over, shifts; and a doorbell that no writer can forget."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

#: NOTIFY is sent when the transaction commits, and only then. Topics are ids; there is no content in a doorbell.
BELL = """
CREATE FUNCTION ring_talk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('handhold', 'talk:' || NEW.conversation_id);
  RETURN NULL;
END $$;
CREATE FUNCTION ring_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('handhold', 'desk');
  PERFORM pg_notify('handhold', 'case:' || NEW.id);
  PERFORM pg_notify('handhold', 'person:' || NEW.person_id);
  RETURN NULL;
END $$;
CREATE FUNCTION ring_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('handhold', 'desk');
  PERFORM pg_notify('handhold', 'case:' || NEW.case_id);
  PERFORM pg_notify('handhold', 'person:' || c.person_id) FROM crisis_case c WHERE c.id = NEW.case_id;
  RETURN NULL;
END $$;
CREATE FUNCTION ring_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('handhold', 'case:' || NEW.case_id);
  RETURN NULL;
END $$;
CREATE FUNCTION ring_duty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('handhold', 'desk');
  PERFORM pg_notify('handhold', 'duty');
  RETURN NULL;
END $$;
CREATE TRIGGER ring AFTER INSERT OR UPDATE OF status ON turn FOR EACH ROW EXECUTE FUNCTION ring_talk();
CREATE TRIGGER ring AFTER INSERT ON line FOR EACH ROW EXECUTE FUNCTION ring_talk();
CREATE TRIGGER ring AFTER INSERT OR UPDATE OF status, tier, domains, owner, second, drafting, since, conversation_id
  ON crisis_case FOR EACH ROW EXECUTE FUNCTION ring_case();
CREATE TRIGGER ring AFTER INSERT OR UPDATE ON alert FOR EACH ROW EXECUTE FUNCTION ring_alert();
CREATE TRIGGER ring AFTER INSERT ON case_event FOR EACH ROW EXECUTE FUNCTION ring_event();
CREATE TRIGGER ring AFTER UPDATE OF on_duty_until, away_until, break_until ON counsellor
  FOR EACH ROW EXECUTE FUNCTION ring_duty();
CREATE TRIGGER ring AFTER INSERT OR UPDATE OR DELETE ON shift FOR EACH STATEMENT EXECUTE FUNCTION ring_duty();
"""


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def upgrade() -> None:
    # Who talks with a person is said by their case alone.
    op.drop_column("conversation", "held_by")
    now = sa.text("now()")
    op.add_column("crisis_case", sa.Column("needed_at", sa.DateTime(timezone=True), server_default=now, nullable=False))
    op.execute("UPDATE crisis_case SET needed_at = opened_at")
    for name in ("lapsed", "lowered", "drafting"):
        op.add_column("crisis_case", _flag(name))
    op.add_column("crisis_case", sa.Column("second", sa.Uuid()))
    op.create_foreign_key("fk_crisis_case_second", "crisis_case", "counsellor", ["second"], ["id"])
    op.add_column("crisis_case", _when("second_until"))
    # Nothing asks for it.
    op.drop_index("ix_crisis_case_lease", "crisis_case")
    op.create_table(
        "line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("author", sa.Uuid()),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name="fk_line_conversation_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_line_person_id"),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name="fk_line_case_id"),
        sa.ForeignKeyConstraint(["author"], ["counsellor.id"], name="fk_line_author"),
        sa.PrimaryKeyConstraint("id", name="pk_line"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_line_conversation_id"),
    )
    op.create_index("ix_line_case_id", "line", ["case_id"])
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("counsellor_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["counsellor_id"], ["counsellor.id"], name="fk_shift_counsellor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shift"),
        sa.UniqueConstraint("counsellor_id", "weekday", "starts", name="uq_shift_counsellor_id"),
    )
    op.create_index("ix_shift_counsellor_id", "shift", ["counsellor_id"])
    for name in ("away_until", "break_until"):
        op.add_column("counsellor", _when(name))
    words = (("time_zone", sa.String(64), "'UTC'"), ("languages", sa.ARRAY(sa.String()), "'{en}'"),
             ("skills", sa.ARRAY(sa.String()), "'{}'"), ("cap", sa.SmallInteger(), "4"))  # fmt: skip
    for name, kind, default in words:
        op.add_column("counsellor", sa.Column(name, kind, server_default=sa.text(default), nullable=False))
    op.execute(BELL)


def downgrade() -> None:
    raise RuntimeError("What was said to a person cannot be forgotten. Use 'handhold restore'.")
