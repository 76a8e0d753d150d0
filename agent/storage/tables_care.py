"""The tables of what a person does with the program beside talking."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
    text,
)

from agent.storage.tables import metadata, now_column, time_column

measure_result = Table(
    "measure_result",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("measure", String(16), nullable=False),
    # The answers. What they come to is worked out from them.
    Column("sealed_body", LargeBinary, nullable=False),
    now_column("at"),
    Index("ix_measure_result_person", "person_id", "measure", "at"),
)

practice = Table(
    "practice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    # The chat that it is under way in; null on the page.
    Column("conversation_id", Uuid, ForeignKey("conversation.id")),
    Column("exercise", String(40), nullable=False),
    Column("state", String(8), nullable=False),
    # Goes up with every change: a page that knows an older one does not write over a newer.
    Column("revision", Integer, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    now_column("started_at"),
    now_column("updated_at"),
    CheckConstraint("state IN ('running', 'put_away', 'finished')", name="practice_state"),
    Index("ix_practice_person", "person_id", "updated_at"),
)

note = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("sealed_text", LargeBinary, nullable=False),
    # The chat in which it was said; null: the person wrote it down on the page.
    Column("conversation_id", Uuid, ForeignKey("conversation.id")),
    now_column("at"),
    time_column("used_at"),
    CheckConstraint("kind IN ('person', 'goal', 'helped', 'talk', 'other')", name="note_kind"),
    Index("ix_note_person", "person_id", "at"),
)

offer = Table(
    "offer",
    metadata,
    # The turn that offered it, or the practice on its page.
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("conversation_id", Uuid, ForeignKey("conversation.id")),
    # What it was, what else it could have been, and whether it helped.
    Column("sealed_body", LargeBinary, nullable=False),
    Column("answered", Boolean, nullable=False),
    now_column("at"),
    Index("ix_offer_person", "person_id", "at"),
    Index("ix_offer_answered", "at", postgresql_where=text("answered")),
)

check_in = Table(
    "check_in",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    now_column("at"),
    Index("ix_check_in_person", "person_id", "at"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, unique=True),
    # When and where to.
    Column("sealed_body", LargeBinary, nullable=False),
    # Of the link that confirms and ends it; and of the mailbox, which gets one at most, whoever asks.
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("address", LargeBinary, nullable=False, unique=True),
    time_column("next_at"),
    now_column("made_at"),
    Index("ix_reminder_next", "next_at"),
)
