"""What comes after a case: follow-ups, lessons, and what each closing said."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

BELL = """
CREATE TRIGGER ring AFTER INSERT OR UPDATE ON follow_up FOR EACH ROW EXECUTE FUNCTION ring_alert();
CREATE TRIGGER ring_lowered AFTER UPDATE OF lowered ON crisis_case FOR EACH ROW EXECUTE FUNCTION ring_case();
"""


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    # A case that opens again forgets its outcome; its record does not.
    op.add_column("case_event", sa.Column("outcome", sa.String(length=16)))
    op.execute(
        "UPDATE case_event e SET outcome = c.outcome FROM crisis_case c WHERE e.case_id = c.id AND e.kind = 'closed' "
        "AND e.at = (SELECT max(at) FROM case_event l WHERE l.case_id = c.id AND l.kind = 'closed')"
    )
    op.create_index("ix_crisis_case_person_id", "crisis_case", ["person_id"])
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        _now("made_at"),
        sa.Column("sealed_what", sa.LargeBinary(), nullable=False),
        _when("rung_at"),
        _when("told_at"),
        sa.Column("line_id", sa.Uuid()),
        _when("carried_at"),
        _when("done_at"),
        sa.Column("done_by", sa.Uuid()),
        sa.Column("reached", sa.Boolean()),
        sa.Column("sealed_done", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name="fk_follow_up_case_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_follow_up_person_id"),
        sa.ForeignKeyConstraint(["made_by"], ["counsellor.id"], name="fk_follow_up_made_by"),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name="fk_follow_up_line_id"),
        sa.ForeignKeyConstraint(["done_by"], ["counsellor.id"], name="fk_follow_up_done_by"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_person_id", "follow_up", ["person_id"])
    op.create_index("ix_follow_up_due", "follow_up", ["due_at"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "lesson",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary()),
        _now("made_at"),
        sa.Column("decided_by", sa.Uuid()),
        _when("decided_at"),
        sa.ForeignKeyConstraint(["case_id"], ["crisis_case.id"], name="fk_lesson_case_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turn.id"], name="fk_lesson_turn_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_lesson_person_id"),
        sa.ForeignKeyConstraint(["closed_by"], ["counsellor.id"], name="fk_lesson_closed_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["counsellor.id"], name="fk_lesson_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_lesson"),
        sa.UniqueConstraint("turn_id", name="uq_lesson_turn_id"),
    )
    op.execute(BELL)


def downgrade() -> None:
    raise RuntimeError("What was promised to a person cannot be forgotten. Use 'handhold restore'.")
