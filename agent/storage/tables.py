"""Tables (SQLAlchemy Core). Columns named ``sealed_*`` hold AES-256-GCM ciphertext and nothing else does for words."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Time,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def now_column(name: str) -> Column[object]:
    """A time, by default that of the transaction."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def time_column(name: str) -> Column[object]:
    """A time, or none."""
    return Column(name, DateTime(timezone=True))


person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("wrapped_key", LargeBinary, nullable=False),
    now_column("created_at"),
    # Risk that holds for the person, across conversations and devices.
    Column("standing_tier", SmallInteger, nullable=False, server_default=text("0")),
    Column("standing_domains", ARRAY(String), nullable=False, server_default=text("'{}'")),
    time_column("standing_since"),
    Column("calm_turns", Integer, nullable=False, server_default=text("0")),
    # When a counsellor last looked: what was said before then is not counted anew.
    time_column("reassessed_at"),
    # Whether what they tell may be noted, for replies to come back to.
    Column("remembers", Boolean, nullable=False, server_default=text("true")),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("locale", String(35), nullable=False),
    Column("country", String(2), nullable=False),
    Column("next_seq", Integer, nullable=False, server_default=text("1")),
    now_column("started_at"),
    time_column("ended_at"),
    # What the person said of it afterwards: how it was, from 1 to 5, and whether it helped.
    Column("satisfaction", SmallInteger),
    Column("helped", Boolean),
    CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction_1_to_5"),
)

turn = Table(
    "turn",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversation.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("client_turn_id", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("status", String(8), nullable=False, server_default=text("'RECEIVED'")),
    Column("sealed_text", LargeBinary, nullable=False),
    Column("sealed_reading", LargeBinary),
    Column("tier", SmallInteger),
    now_column("received_at"),
    time_column("answered_at"),
    # Which process works on it, and until when: another one may take it after that.
    Column("worker", Uuid),
    time_column("worker_until"),
    UniqueConstraint("conversation_id", "client_turn_id"),
    UniqueConstraint("conversation_id", "seq", name="uq_turn_conversation_seq"),
    Index("ix_turn_person", "person_id", "received_at"),
    Index("ix_turn_received", "worker_until", postgresql_where=text("status = 'RECEIVED'")),
)

reply = Table(
    "reply",
    metadata,
    Column("turn_id", Uuid, ForeignKey("turn.id"), primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("origin", String(12), nullable=False),
    Column("tier", SmallInteger, nullable=False),
    Column("strategy", String(20), nullable=False),
    Column("card", Boolean, nullable=False),
    Column("passages", ARRAY(String), nullable=False),
    Column("reasons", ARRAY(String), nullable=False),
    Column("prompt_hash", String(64), nullable=False),
    Column("model", String(120), nullable=False),
    now_column("created_at"),
)

crisis_case = Table(
    "crisis_case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("turn_id", Uuid, ForeignKey("turn.id"), nullable=False, unique=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("conversation_id", Uuid, ForeignKey("conversation.id"), nullable=False),
    Column("tier", SmallInteger, nullable=False),
    Column("domains", ARRAY(String), nullable=False),
    Column("status", String(16), nullable=False, server_default=text("'open'")),
    Column("degraded", Boolean, nullable=False),
    now_column("opened_at"),
    now_column("updated_at"),
    # When it began to wait, last time: opened, worse, put back, opened again.
    now_column("since"),
    time_column("rung_at"),
    # Who has it, until when, and the number of the claim: a write under an older one is refused.
    Column("owner", Uuid, ForeignKey("counsellor.id")),
    time_column("lease_until"),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    # When somebody became needed: opened, worse, opened again. The order within a tier.
    now_column("needed_at"),
    # It waits because its counsellor vanished; it stands behind others of its tier because the queue was misused.
    Column("lapsed", Boolean, nullable=False, server_default=text("false")),
    Column("lowered", Boolean, nullable=False, server_default=text("false")),
    # While a counsellor talks: the agent drafts for them. And a second counsellor beside the owner, until when.
    Column("drafting", Boolean, nullable=False, server_default=text("false")),
    Column("second", Uuid, ForeignKey("counsellor.id")),
    time_column("second_until"),
    Column("outcome", String(16)),
    time_column("closed_at"),
    Column("closed_by", Uuid, ForeignKey("counsellor.id")),
    # One case per person that is not closed: new risk is added to it.
    Index("uq_crisis_case_live_person", "person_id", unique=True, postgresql_where=text("status <> 'closed'")),
    Index("ix_crisis_case_order", "status", text("tier DESC"), "opened_at"),
    Index("ix_crisis_case_person_id", "person_id"),
    Index("ix_crisis_case_second", "second_until", postgresql_where=text("second_until IS NOT NULL")),
)

case_event = Table(
    "case_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("turn_id", Uuid, ForeignKey("turn.id")),
    Column("actor", Uuid, ForeignKey("counsellor.id")),
    Column("tier", SmallInteger, nullable=False),
    Column("policy_version", String(40), nullable=False),
    Column("model_version", String(40), nullable=False),
    # Evidence: drivers and words, or a counsellor's note.
    Column("sealed_detail", LargeBinary),
    # What a closing said. The case itself forgets it when it opens again.
    Column("outcome", String(16)),
    now_column("at"),
    UniqueConstraint("turn_id", "kind"),
    Index("ix_case_event_actor", "actor", "at"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False),
    # The wait it belongs to, and its step on the ladder: together its identity.
    Column("since", DateTime(timezone=True), nullable=False),
    Column("step", SmallInteger, nullable=False),
    # Null: the contact outside of the organisation's counsellors.
    Column("counsellor_id", Uuid, ForeignKey("counsellor.id")),
    now_column("at"),
    time_column("sent_at"),
    time_column("failed_at"),
    time_column("acknowledged_at"),
    UniqueConstraint("case_id", "since", "step"),
    Index("ix_alert_unsent", "at", postgresql_where=text("sent_at IS NULL")),
)

line = Table(
    "line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conversation_id", Uuid, ForeignKey("conversation.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False, index=True),
    # Numbered together with the turns of the conversation.
    Column("seq", Integer, nullable=False),
    # counsellor and notice are for the person; whisper and draft are for counsellors alone.
    Column("kind", String(10), nullable=False),
    Column("author", Uuid, ForeignKey("counsellor.id")),
    Column("sealed_text", LargeBinary, nullable=False),
    # Of a counsellor's line: a draft of the program as it was, one that was changed, or their own words.
    Column("wording", String(8)),
    now_column("at"),
    UniqueConstraint("conversation_id", "seq"),
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Uuid, ForeignKey("counsellor.id"), nullable=False),
    now_column("made_at"),
    # What to ask, and what came of it: counsellors' words.
    Column("sealed_what", LargeBinary, nullable=False),
    # When those on duty were last going to be told, and when a channel last took it.
    time_column("rung_at"),
    time_column("told_at"),
    # Since when there is an answer of the person that no counsellor has read.
    time_column("answered_at"),
    # The last message to the person, and when it went on into a conversation they began after it.
    Column("line_id", Uuid, ForeignKey("line.id")),
    time_column("carried_at"),
    time_column("done_at"),
    Column("done_by", Uuid, ForeignKey("counsellor.id")),
    Column("reached", Boolean),
    Column("sealed_done", LargeBinary),
    Index("ix_follow_up_due", "due_at", postgresql_where=text("done_at IS NULL")),
)

lesson = Table(
    "lesson",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False),
    Column("turn_id", Uuid, ForeignKey("turn.id"), nullable=False, unique=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("closed_by", Uuid, ForeignKey("counsellor.id"), nullable=False),
    Column("state", String(12), nullable=False, server_default=text("'waiting'")),
    # The de-identified message with its labels. Null once it was thrown away.
    Column("sealed_body", LargeBinary),
    now_column("made_at"),
    Column("decided_by", Uuid, ForeignKey("counsellor.id")),
    time_column("decided_at"),
)

shift = Table(
    "shift",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("counsellor_id", Uuid, ForeignKey("counsellor.id"), nullable=False, index=True),
    # Every week, on the clock of the counsellor's place; over midnight if the end is not later. 0 is Monday.
    Column("weekday", SmallInteger, nullable=False),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
    UniqueConstraint("counsellor_id", "weekday", "starts"),
)

case_form = Table(
    "case_form",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", Uuid, ForeignKey("counsellor.id"), nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    now_column("at"),
    # A second counsellor's word on a decision: written once, and never by its author.
    Column("approver", Uuid, ForeignKey("counsellor.id")),
    time_column("approved_at"),
    Column("agrees", Boolean),
    Column("sealed_remark", LargeBinary),
    # When others on duty were last going to be told that a decision waits for it, and when a channel took that.
    time_column("rung_at"),
    time_column("told_at"),
    UniqueConstraint("case_id", "kind", "revision"),
    CheckConstraint("approver <> author", name="ck_case_form_second"),
    Index("ix_case_form_wanting", "case_id", postgresql_where=text("kind = 'decision' AND approver IS NULL")),
)

alert_delivery = Table(
    "alert_delivery",
    metadata,
    # Which channel took which alert: it is not asked again while another one is.
    Column("alert_id", Uuid, ForeignKey("alert.id"), primary_key=True),
    Column("channel", String(60), primary_key=True),
    now_column("at"),
)

channel = Table(
    "channel",
    metadata,
    # When it last took something, when it last failed, and how often in a row.
    Column("name", String(60), primary_key=True),
    time_column("succeeded_at"),
    time_column("failed_at"),
    Column("failures", Integer, nullable=False, server_default=text("0")),
)

counsellor = Table(
    "counsellor",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("password_hash", String(200), nullable=False),
    now_column("created_at"),
    Column("failed_sign_ins", Integer, nullable=False, server_default=text("0")),
    time_column("locked_until"),
    Column("supervisor", Boolean, nullable=False, server_default=text("false")),
    # On duty outside of the planned shifts; away although one is planned; on a break while on duty.
    time_column("on_duty_until"),
    time_column("away_until"),
    time_column("break_until"),
    Column("time_zone", String(64), nullable=False, server_default=text("'UTC'")),
    Column("languages", ARRAY(String), nullable=False, server_default=text("'{en}'")),
    Column("skills", ARRAY(String), nullable=False, server_default=text("'{}'")),
    # How many cases at once.
    Column("cap", SmallInteger, nullable=False, server_default=text("4")),
    # When that duty began or the last break in it ended.
    time_column("working_since"),
    time_column("disabled_at"),
)

counsellor_session = Table(
    "counsellor_session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("counsellor_id", Uuid, ForeignKey("counsellor.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    now_column("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

invite = Table(
    "invite",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("supervisor", Boolean, nullable=False, server_default=text("false")),
    time_column("used_at"),
    # For a new password of an account that is there; else the link makes one.
    Column("counsellor_id", Uuid, ForeignKey("counsellor.id")),
)
