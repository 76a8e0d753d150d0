"""What stands in the database in the end, with the order in which it was committed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from agent.domain.escalation import CaseStatus
from agent.storage.repositories.case_record import EventKind


@dataclass(frozen=True, slots=True)
class TurnRow:
    """``replied`` is when its reply was committed, with its ``origin``; None without one. Seconds since 1970."""

    id: UUID
    conversation_id: UUID
    person_id: UUID
    status: str
    origin: str | None
    replied: float | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event of a case. ``turn_of`` is the person who wrote the turn; ``actor`` an e-mail address.

    Events with one ``transaction`` were committed together.
    """

    case_id: UUID
    kind: EventKind
    turn_id: UUID | None
    turn_of: UUID | None
    conversation_id: UUID | None
    actor: str | None
    tier: int
    committed: float
    transaction: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as its row has it."""

    id: UUID
    person_id: UUID
    status: CaseStatus
    owner: str | None
    fence: int
    degraded: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """What stands in a conversation and is no turn."""

    id: UUID
    case_id: UUID
    conversation_id: UUID
    kind: str
    committed: float
    transaction: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert and what became of it."""

    id: UUID
    case_id: UUID
    sent_at: datetime | None
    failed_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """All of it. ``events`` are in the order of their commits; ``spool`` names files that were left over."""

    turns: tuple[TurnRow, ...]
    events: tuple[EventRow, ...]
    cases: tuple[CaseRow, ...]
    alerts: tuple[AlertRow, ...]
    lines: tuple[LineRow, ...] = ()
    spool: tuple[str, ...] = ()


_TURNS = """
    SELECT t.id, t.conversation_id, t.person_id, t.status, r.origin,
           extract(epoch FROM pg_xact_commit_timestamp(r.xmin))::float8 AS replied
    FROM turn t LEFT JOIN reply r ON r.turn_id = t.id
"""
#: What is committed together stands in the order in which it happens to a case.
_EVENTS = """
    SELECT e.case_id, e.kind, e.turn_id, t.person_id AS turn_of, t.conversation_id, c.email AS actor, e.tier,
           extract(epoch FROM pg_xact_commit_timestamp(e.xmin))::float8 AS committed, e.xmin::text AS transaction
    FROM case_event e LEFT JOIN turn t ON t.id = e.turn_id LEFT JOIN counsellor c ON c.id = e.actor
    ORDER BY committed, e.kind <> 'reopened', e.kind <> 'lapsed', e.at
"""
_CASES = """
    SELECT k.id, k.person_id, k.status, c.email AS owner, k.fence, k.degraded
    FROM crisis_case k LEFT JOIN counsellor c ON c.id = k.owner
"""
_ALERTS = """
    SELECT a.id, a.case_id, a.sent_at, a.failed_at, a.acknowledged_at FROM alert a
"""
_LINES = """
    SELECT l.id, l.case_id, l.conversation_id, l.kind,
           extract(epoch FROM pg_xact_commit_timestamp(l.xmin))::float8 AS committed, l.xmin::text AS transaction
    FROM line l
"""


def read(admin: str, spools: tuple[Path, ...]) -> Record:
    """Read it all in one snapshot."""
    with psycopg.connect(admin) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        turns = connection.cursor(row_factory=class_row(TurnRow)).execute(_TURNS).fetchall()
        events = connection.cursor(row_factory=class_row(EventRow)).execute(_EVENTS).fetchall()
        cases = connection.cursor(row_factory=class_row(CaseRow)).execute(_CASES).fetchall()
        alerts = connection.cursor(row_factory=class_row(AlertRow)).execute(_ALERTS).fetchall()
        lines = connection.cursor(row_factory=class_row(LineRow)).execute(_LINES).fetchall()
    # A half-written entry was never counted on: its turn was run again.
    left = (p.name for folder in spools for p in folder.glob("*") if p.suffix != ".part")
    return Record(tuple(turns), tuple(events), tuple(cases), tuple(alerts), tuple(lines), tuple(left))
