"""The tables of what a person planned for bad days: whom they trust, and their safety plan."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint, Uuid

from agent.storage.tables import metadata, now_column, time_column

trusted_contact = Table(
    "trusted_contact",
    metadata,
    Column("person_id", Uuid, ForeignKey("person.id"), primary_key=True),
    # One naming of one address: who is named anew is another. Taken back or refused, the row is gone.
    Column("id", Uuid, nullable=False, unique=True),
    Column("sealed_body", LargeBinary, nullable=False),
    # Of the link "I don't want this".
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("text_version", String(40), nullable=False),
    now_column("agreed_at"),
    time_column("test_asked_at"),
    time_column("test_sent_at"),
    time_column("test_failed_at"),
)

trusted_consent = Table(
    "trusted_consent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False, index=True),
    # agreed, revoked (by the person), refused (by the contact). Only ever added to, and without an address.
    Column("what", String(8), nullable=False),
    Column("text_version", String(40), nullable=False),
    now_column("at"),
)

trusted_address = Table(
    "trusted_address",
    metadata,
    # A keyed hash of an e-mail address, of no person: so that nobody is pestered, by however many people.
    Column("fingerprint", LargeBinary, primary_key=True),
    time_column("tested_at"),
    time_column("refused_at"),
)

# By what link an address says no, also when whoever named it has taken that back.
trusted_link = Table(
    "trusted_link",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
)

trusted_reach = Table(
    "trusted_reach",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("crisis_case.id"), nullable=False, index=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    # The naming it is about, which may be gone since.
    Column("contact_id", Uuid, nullable=False),
    Column("by", Uuid, ForeignKey("counsellor.id"), nullable=False),
    Column("sealed_reason", LargeBinary, nullable=False),
    # Looked up at; asked to be sent; taken by the mail server; given up.
    now_column("at"),
    time_column("asked_at"),
    time_column("sent_at"),
    time_column("failed_at"),
)

safety_plan = Table(
    "safety_plan",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    # Null: the person themselves.
    Column("by_counsellor", Uuid, ForeignKey("counsellor.id")),
    now_column("at"),
    UniqueConstraint("person_id", "revision"),
)
