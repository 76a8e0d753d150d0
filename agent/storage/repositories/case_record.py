"""The record of a case: everything that happened to it, with who, when and why. Only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import Outcome
from agent.domain.misuse import WITHIN, Verdict
from agent.domain.risk import Driver, Tier
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import case_event, counsellor, crisis_case, turn

EventKind = Literal[
    "opened", "risk", "rung", "paged", "claimed", "took_over", "joined", "left", "stepped_in", "transferred",
    "handed_back", "released", "lapsed", "closed", "reopened", "step_down", "interview", "decision", "approval",
    "plan", "reach_open", "reach", "reached", "reach_failed", "reach_again", "planned", "wrote", "followed_up",
    "not_reached", "lifted", "drafts_on", "drafts_off",
]  # fmt: skip
DRIVERS = TypeAdapter(tuple[Driver, ...])
#: Their detail is the evidence; that of the others is a counsellor's note.
_EVIDENCE: frozenset[EventKind] = frozenset({"opened", "risk"})
#: Events that a counsellor writes a note to.
_NOTED: tuple[EventKind, ...] = (
    "released", "handed_back", "transferred", "closed", "reopened", "followed_up", "not_reached",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case, with who, when and why."""

    kind: EventKind
    at: datetime
    tier: Tier
    actor: str | None
    policy_version: str
    model_version: str
    conversation_id: UUID | None
    turn_seq: int | None
    drivers: tuple[Driver, ...]
    note: str


class CaseRecord:
    """Write and read the events of a case."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def add(
        self, case_id: UUID, kind: EventKind, person_id: UUID, tier: Tier, *, turn_id: UUID | None = None,
        actor: UUID | None = None, versions: tuple[str, str] = ("", ""), detail: str = "",
        outcome: Outcome | None = None,
    ) -> None:  # fmt: skip
        """One more event. The same turn gives each kind once."""
        event_id = uuid4()
        sealed: bytes | None = None
        if detail:
            sealed = (await self._keys.of(person_id)).seal(Place("case_event", event_id, "sealed_detail"), detail)
        await self._connection.execute(
            insert(case_event)
            .values(
                id=event_id, case_id=case_id, kind=kind, turn_id=turn_id, actor=actor, tier=int(tier),
                policy_version=versions[0], model_version=versions[1], outcome=outcome, sealed_detail=sealed,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip

    async def handed_at(self, case_id: UUID) -> datetime | None:
        """When the one who has the case got it."""
        c, gave = case_event.c, ("claimed", "took_over", "stepped_in", "transferred")
        query = select(func.max(c.at)).where(c.case_id == case_id, c.kind.in_(gave))
        found: datetime | None = (await self._connection.execute(query)).scalar_one()
        return found

    async def verdicts(self, person_id: UUID) -> list[Verdict]:
        """What the person's cases were closed as, and where a supervisor lifted that they stand lower.

        A closing says nothing any more once a counsellor has opened the case again by hand.
        """
        c, later = case_event.c, case_event.alias("later").c
        again = (later.kind == "reopened", later.actor.is_not(None), later.case_id == c.case_id, later.at >= c.at)
        taken_back = exists().where(c.kind == "closed", *again)
        query = select(c.at, c.kind, c.outcome).join(crisis_case, crisis_case.c.id == c.case_id)
        told = (c.kind == "lifted") | c.outcome.is_not(None)
        found = query.where(crisis_case.c.person_id == person_id, told, ~taken_back, c.at > func.now() - WITHIN)
        return [Verdict(row.at, row.outcome or "lifted") for row in await self._connection.execute(found)]

    async def last_note(self, case_id: UUID, person_id: UUID) -> CaseEvent | None:
        """The note that a counsellor wrote last; ``Tampered`` if it does not open."""
        c = case_event.c
        query = select(c.id, c.kind, c.at, c.tier, c.sealed_detail, counsellor.c.name)
        query = query.outerjoin(counsellor, c.actor == counsellor.c.id)
        mine = (c.case_id == case_id, c.kind.in_(_NOTED), c.sealed_detail.is_not(None))
        row = (await self._connection.execute(query.where(*mine).order_by(c.at.desc()).limit(1))).one_or_none()
        if row is None:
            return None
        note = (await self._keys.of(person_id)).open(Place("case_event", row.id, "sealed_detail"), row.sealed_detail)
        return CaseEvent(row.kind, row.at, Tier(row.tier), row.name, "", "", None, None, (), note)

    async def of(self, case_id: UUID, person_id: UUID) -> list[CaseEvent]:
        """All events, oldest first."""
        c = case_event.c
        columns = (c.id, c.kind, c.at, c.tier, c.policy_version, c.model_version, c.sealed_detail, counsellor.c.name)
        query = select(*columns, turn.c.conversation_id, turn.c.seq).outerjoin(counsellor, c.actor == counsellor.c.id)
        query = query.outerjoin(turn, c.turn_id == turn.c.id).where(c.case_id == case_id).order_by(c.at, c.kind)
        key = await self._keys.of(person_id)
        events = []
        for row in await self._connection.execute(query):
            detail = (
                key.open(Place("case_event", row.id, "sealed_detail"), row.sealed_detail) if row.sealed_detail else ""
            )
            evidence = row.kind in _EVIDENCE
            drivers = DRIVERS.validate_json(detail) if evidence and detail else ()
            events.append(
                CaseEvent(
                    row.kind, row.at, Tier(row.tier), row.name, row.policy_version, row.model_version,
                    row.conversation_id, row.seq, drivers, "" if evidence else detail,
                )
            )  # fmt: skip
        return events
