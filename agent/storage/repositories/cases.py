"""Cases: a person in danger, and what the record says of it. The row is the truth; pages and lists are doorbells."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4, uuid5

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.risk import Driver, RiskAssessment, Tier
from agent.domain.turn import Message
from agent.errors import Conflict, NotFound
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import case_event, counsellor, crisis_case, turn

CaseStatus = Literal["open", "handled"]
EventKind = Literal["opened", "risk", "rung", "handled", "step_down"]
_DRIVERS = TypeAdapter(tuple[Driver, ...])


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the list shows it."""

    id: UUID
    person_id: UUID
    conversation_id: UUID
    tier: Tier
    domains: tuple[str, ...]
    status: CaseStatus
    degraded: bool
    opened_at: datetime
    updated_at: datetime
    handled_at: datetime | None
    handled_by: str | None


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


class Cases:
    """Open, add to, read, handle."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def open_or_add(self, message: Message, risk: RiskAssessment, model_version: str) -> tuple[UUID, bool]:
        """TX2: the person's open case, opened by this turn or added to by it. Repeating a turn changes nothing.

        Returns the case's id and whether this call wrote anything.
        """
        seen = select(case_event.c.case_id).where(
            case_event.c.turn_id == message.turn_id, case_event.c.kind.in_(("opened", "risk"))
        )
        case_id = (await self._connection.execute(seen)).scalar_one_or_none()
        if case_id is not None:
            return case_id, False
        case_id = uuid5(message.turn_id, "case")
        made = await self._connection.execute(
            insert(crisis_case)
            .values(
                id=case_id, turn_id=message.turn_id, person_id=message.person_id,
                conversation_id=message.conversation_id, tier=int(risk.tier), domains=list(risk.domains),
                degraded=risk.degraded,
            )
            .on_conflict_do_nothing()
            .returning(crisis_case.c.id)
        )  # fmt: skip
        opened = made.one_or_none() is not None
        if not opened:
            case_id = await self._add(message, risk)
        await self._event(
            case_id, "opened" if opened else "risk", message.person_id, risk.tier, turn_id=message.turn_id,
            versions=(risk.policy_version, model_version), detail=_DRIVERS.dump_json(risk.drivers).decode(),
        )  # fmt: skip
        return case_id, True

    async def _add(self, message: Message, risk: RiskAssessment) -> UUID:
        c = crisis_case.c
        query = select(c.id, c.domains, c.tier).where(c.person_id == message.person_id, c.status == "open")
        row = (await self._connection.execute(query.with_for_update())).one()
        merged = list(dict.fromkeys([*row.domains, *risk.domains]))
        await self._connection.execute(
            update(crisis_case)
            .where(c.id == row.id)
            # What got worse rings again.
            .values(
                tier=max(row.tier, int(risk.tier)), domains=merged, updated_at=func.now(),
                conversation_id=message.conversation_id, rung_at=None if int(risk.tier) > row.tier else c.rung_at,
            )
        )  # fmt: skip
        found: UUID = row.id
        return found

    async def open_case_of(self, person_id: UUID) -> UUID | None:
        """The id of the person's open case."""
        c = crisis_case.c
        found = await self._connection.execute(select(c.id).where(c.person_id == person_id, c.status == "open"))
        return found.scalar_one_or_none()

    async def listed(self, status: CaseStatus, limit: int = 200) -> list[Case]:
        """Ordered by risk, then by age."""
        order = (crisis_case.c.tier.desc(), crisis_case.c.opened_at)
        query = _cases().where(crisis_case.c.status == status).order_by(*order).limit(limit)
        return [_read(row) for row in await self._connection.execute(query)]

    async def get(self, case_id: UUID) -> Case:
        """One case."""
        row = (await self._connection.execute(_cases().where(crisis_case.c.id == case_id))).one_or_none()
        if row is None:
            raise NotFound("There is no such case.", code="unknown_case")
        return _read(row)

    async def events(self, case: Case) -> list[CaseEvent]:
        """The record of a case, oldest first."""
        c = case_event.c
        columns = (c.id, c.kind, c.at, c.tier, c.policy_version, c.model_version, c.sealed_detail, counsellor.c.name)
        query = select(*columns, turn.c.conversation_id, turn.c.seq).outerjoin(counsellor, c.actor == counsellor.c.id)
        query = query.outerjoin(turn, c.turn_id == turn.c.id).where(c.case_id == case.id).order_by(c.at, c.kind)
        key = await self._keys.of(case.person_id)
        events = []
        for row in await self._connection.execute(query):
            detail = (
                key.open(Place("case_event", row.id, "sealed_detail"), row.sealed_detail) if row.sealed_detail else ""
            )
            evidence = row.kind in {"opened", "risk"}
            drivers = _DRIVERS.validate_json(detail) if evidence and detail else ()
            events.append(
                CaseEvent(
                    row.kind, row.at, Tier(row.tier), row.name, row.policy_version, row.model_version,
                    row.conversation_id, row.seq, drivers, "" if evidence else detail,
                )
            )  # fmt: skip
        return events

    async def handle(self, case_id: UUID, by: UUID, note: str, now: datetime) -> Case:
        """Mark handled, with a note. Handling twice is a ``Conflict``, so that no note is lost."""
        case = await self.get(case_id)
        done = await self._connection.execute(
            update(crisis_case)
            .where(crisis_case.c.id == case_id, crisis_case.c.status == "open")
            .values(status="handled", handled_at=now, handled_by=by, updated_at=func.now())
            .returning(crisis_case.c.id)
        )
        if done.one_or_none() is None:
            raise Conflict("Somebody has marked this case as handled already.", code="already_handled")
        await self._event(case_id, "handled", case.person_id, case.tier, actor=by, detail=note)
        return case

    async def stepped_down(self, person_id: UUID, turn_id: UUID, tier: Tier) -> None:
        """Log on the person's latest case that the step-down rule lowered the standing risk to ``tier``."""
        c = crisis_case.c
        latest = select(c.id).where(c.person_id == person_id).order_by(c.opened_at.desc()).limit(1)
        case_id = (await self._connection.execute(latest)).scalar_one_or_none()
        if case_id is not None:
            await self._event(case_id, "step_down", person_id, tier, turn_id=turn_id)

    async def ring(self, case_id: UUID) -> Tier | None:
        """Note that the bell was rung for an open case; None if there is nothing to ring for."""
        statement = update(crisis_case).where(
            crisis_case.c.id == case_id, crisis_case.c.status == "open", crisis_case.c.rung_at.is_(None)
        )
        rung = await self._connection.execute(
            statement.values(rung_at=func.now()).returning(crisis_case.c.tier, crisis_case.c.person_id)
        )
        row = rung.one_or_none()
        if row is None:
            return None
        await self._event(case_id, "rung", row.person_id, Tier(row.tier))
        return Tier(row.tier)

    async def unrung(self, older_than: timedelta) -> list[UUID]:
        """Open cases whose bell should have rung by now."""
        c = crisis_case.c
        waiting = (c.status == "open", c.rung_at.is_(None), c.updated_at < func.now() - older_than)
        return list((await self._connection.execute(select(c.id).where(*waiting))).scalars())

    async def _event(
        self, case_id: UUID, kind: EventKind, person_id: UUID, tier: Tier, *, turn_id: UUID | None = None,
        actor: UUID | None = None, versions: tuple[str, str] = ("", ""), detail: str = "",
    ) -> None:  # fmt: skip
        event_id = uuid4()
        key = await self._keys.of(person_id)
        await self._connection.execute(
            insert(case_event)
            .values(
                id=event_id, case_id=case_id, kind=kind, turn_id=turn_id, actor=actor, tier=int(tier),
                policy_version=versions[0], model_version=versions[1],
                sealed_detail=key.seal(Place("case_event", event_id, "sealed_detail"), detail) if detail else None,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip


def _cases() -> Select[Any]:
    c = crisis_case.c
    handled_by: ColumnElement[str] = counsellor.c.name
    columns = (c.id, c.person_id, c.conversation_id, c.tier, c.domains, c.status, c.degraded, c.opened_at)
    query = select(*columns, c.updated_at, c.handled_at, handled_by.label("handled_by"))
    return query.outerjoin(counsellor, c.handled_by == counsellor.c.id)


def _read(row: Row[Any]) -> Case:
    return Case(
        row.id, row.person_id, row.conversation_id, Tier(row.tier), tuple(row.domains), row.status, row.degraded,
        row.opened_at, row.updated_at, row.handled_at, row.handled_by,
    )  # fmt: skip
