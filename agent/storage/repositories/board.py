"""What the wallboard, the export and the metrics read. Nothing is written, and no sealed column is ever selected."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import OWNED
from agent.domain.history import STEPS, TAKEN, History, Step
from agent.domain.risk import Tier
from agent.storage.tables import alert, case_event, counsellor, crisis_case

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Load:
    """A counsellor's work. ``until``: end of the duty, as last said; ``working_since``: its begin, or after a break.

    ``held`` cases now, ``closed`` in the last day, and ``cases`` that they took in the last week, each counted once.
    """

    id: UUID
    name: str
    supervisor: bool
    until: datetime | None
    working_since: datetime | None
    held: int
    closed: int
    cases: int

    @property
    def busy(self) -> bool:
        """Whether there is anything to show."""
        return self.until is not None or bool(self.held or self.closed or self.cases)


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything since the first day: events by kind; alerts by what came of them, an alert under each that did."""

    events: dict[str, int]
    outcomes: dict[str, int]
    alerts: dict[str, int]


class Board:
    """Read the record of cases without any person in it. The clock is the database's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def recent(self, since: datetime) -> list[History]:
        """All cases that are not closed, and all that something happened to since then."""
        c = crisis_case.c
        return await self._histories((c.status != "closed") | (c.updated_at >= since))

    async def opened(self, start: datetime, end: datetime) -> list[History]:
        """Cases opened from ``start`` to before ``end``, oldest first."""
        c = crisis_case.c
        return await self._histories((c.opened_at >= start) & (c.opened_at < end))

    async def loads(self) -> list[Load]:
        """Every counsellor."""
        c, e, who = crisis_case.c, case_event.c, counsellor.c
        held = select(func.count()).where(c.owner == who.id, c.status.in_(OWNED))
        closed = select(func.count()).where(e.actor == who.id, e.kind == "closed", e.at > func.now() - DAY)
        # Of a transfer the actor is the one who gave it away.
        took = (e.actor == who.id, e.kind.in_(TAKEN - {"transferred"}), e.at > func.now() - 7 * DAY)
        cases = select(func.count(e.case_id.distinct())).where(*took)
        columns = (who.id, who.name, who.supervisor, who.on_duty_until, who.working_since)
        query = select(*columns, *(q.scalar_subquery() for q in (held, closed, cases)))
        return [Load(*row) for row in await self._connection.execute(query)]

    async def totals(self) -> Totals:
        """For counters that only ever grow; ``outcomes`` are how the cases stand now, ``none`` if not closed."""
        e, c, a = case_event.c, crisis_case.c, alert.c
        events = await self._connection.execute(select(e.kind, func.count()).group_by(e.kind))
        outcome = func.coalesce(c.outcome, "none")
        outcomes = await self._connection.execute(select(outcome, func.count()).group_by(outcome))
        columns = {"noted": a.id, "sent": a.sent_at, "failed": a.failed_at, "acknowledged": a.acknowledged_at}
        counted = select(*(func.count(column).label(name) for name, column in columns.items()))
        alerts = (await self._connection.execute(counted)).one()
        return Totals(_pairs(events), _pairs(outcomes), dict(alerts._mapping))  # noqa: SLF001  (SQLAlchemy's own name)

    async def _histories(self, which: ColumnElement[bool]) -> list[History]:
        c, e, a = crisis_case.c, case_event.c, alert.c
        wanted = select(c.id).where(which)
        steps: defaultdict[UUID, list[Step]] = defaultdict(list)
        query = select(e.case_id, e.kind, e.at, e.tier).where(e.case_id.in_(wanted), e.kind.in_(STEPS))
        for row in await self._connection.execute(query.order_by(e.at, e.kind)):
            steps[row.case_id].append(Step(row.kind, row.at, Tier(row.tier)))
        alerts: defaultdict[UUID, list[datetime | None]] = defaultdict(list)
        asked = select(a.case_id, a.acknowledged_at).where(a.case_id.in_(wanted))
        for case_id, acknowledged_at in await self._connection.execute(asked.order_by(a.at)):
            alerts[case_id].append(acknowledged_at)
        columns = (c.id, c.status, c.tier, c.domains, c.opened_at, c.since, c.outcome, c.closed_at)
        cases = select(*columns, counsellor.c.name).outerjoin(
            counsellor, counsellor.c.id == func.coalesce(c.closed_by, c.owner)
        )
        return [
            History(
                row.id, row.status, Tier(row.tier), tuple(row.domains), row.opened_at, row.since, row.outcome,
                row.closed_at, row.name, tuple(steps[row.id]),
                tuple(at for at in alerts[row.id] if at is not None), len(alerts[row.id]),
            )
            for row in await self._connection.execute(cases.where(which).order_by(c.opened_at, c.id))
        ]  # fmt: skip


def _pairs(rows: Any) -> dict[str, int]:  # noqa: ANN401  (SQLAlchemy's result of two columns)
    return {row[0]: row[1] for row in rows}
