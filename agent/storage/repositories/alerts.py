"""Alerts about waiting cases: what the ladder needs to know, and what became of each alert."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Text, case, func, select, update
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import OWNED, Lease, Outside, Page, Waiting
from agent.domain.risk import Tier
from agent.storage.repositories.case_record import CaseRecord
from agent.storage.repositories.claims import lease_over
from agent.storage.repositories.queue import SEND, queued
from agent.storage.tables import alert, alert_delivery, conversation, counsellor, crisis_case


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert as it is sent. ``address`` is the counsellor's e-mail address; None for the outside contact.

    ``over``: it was given up or answered, or nobody needs to be told any more. ``taken``: channels that took it.
    ``read_at``: the clock of the database.
    """

    id: UUID
    case_id: UUID
    address: str | None
    over: bool
    taken: frozenset[str]
    read_at: datetime


class Alerts:
    """Ask what waits, note an alert, and what came of it. Times are the database's."""

    def __init__(self, connection: AsyncConnection, record: CaseRecord) -> None:
        self._connection = connection
        self._record = record

    async def now(self) -> datetime:
        """The one clock."""
        found: datetime = (await self._connection.execute(select(func.now()))).scalar_one()
        return found

    async def waiting(self, case_id: UUID) -> Waiting | None:
        """A case as the ladder sees it, its row locked until the end of the transaction; None once it is closed."""
        c = crisis_case.c
        until = case((lease_over(c.lease_until), func.now()), else_=c.lease_until).label("until")
        query = select(*c, until, conversation.c.locale).join(conversation, conversation.c.id == c.conversation_id)
        query = query.where(c.id == case_id, c.status != "closed").with_for_update(of=crisis_case, key_share=True)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        a = alert.c
        pages = select(a.step, a.counsellor_id, a.at, a.acknowledged_at, a.failed_at)
        pages = pages.where(a.case_id == case_id, a.since == row.since).order_by(a.step)
        return Waiting(
            row.id, row.status, Tier(row.tier), row.since, (row.locale.partition("-")[0].lower(),),
            Lease(row.owner, row.until, row.fence) if row.owner is not None else None,
            tuple(
                Page(p.step, p.counsellor_id or "outside", p.at, p.acknowledged_at, p.failed_at)
                for p in await self._connection.execute(pages)
            ),
            row.lapsed, tuple(row.domains),
        )  # fmt: skip

    async def live(self) -> list[UUID]:
        """Cases that wait or that somebody has, for the sweep."""
        c = crisis_case.c
        return list((await self._connection.execute(select(c.id).where(c.status.in_(("open", *OWNED))))).scalars())

    async def add(self, case: Waiting, step: int, to: UUID | Outside) -> UUID:
        """Note an alert before it is sent. The same step of the same wait is one alert, however often it is noted."""
        alert_id, actor = uuid5(case.id, f"{case.since.isoformat()}/{step}"), None if to == "outside" else to
        whose = select(crisis_case.c.person_id).where(crisis_case.c.id == case.id).scalar_subquery()
        new = insert(alert).values(id=alert_id, case_id=case.id, since=case.since, step=step, counsellor_id=actor)
        noted = await self._connection.execute(new.on_conflict_do_nothing().returning(whose))
        person_id = noted.scalar_one_or_none()
        if person_id is not None:
            await self._record.add(case.id, "paged", person_id, case.tier, actor=actor, detail=f"step {step + 1}")
        return alert_id

    async def get(self, alert_id: UUID) -> StoredAlert | None:
        """One alert, to be sent."""
        a, c = alert.c, crisis_case.c
        done = a.failed_at.is_not(None) | a.acknowledged_at.is_not(None) | counsellor.c.disabled_at.is_not(None)
        over = (done | ~_wanted()).label("over")
        names = select(func.array_agg(alert_delivery.c.channel)).where(alert_delivery.c.alert_id == alert_id)
        taken = func.coalesce(names.scalar_subquery(), array([], type_=Text))
        query = select(a.id, a.case_id, counsellor.c.email, over, taken.label("taken"), func.now().label("read_at"))
        query = query.join(crisis_case, c.id == a.case_id).outerjoin(counsellor, counsellor.c.id == a.counsellor_id)
        row = (await self._connection.execute(query.where(a.id == alert_id))).one_or_none()
        if row is None:
            return None
        return StoredAlert(row.id, row.case_id, row.email, row.over, frozenset(row.taken), row.read_at)

    async def unsent(self, older_than: timedelta) -> list[UUID]:
        """Alerts that should have been sent by now: their job was lost."""
        a, c = alert.c, crisis_case.c
        late = (a.at < func.now() - older_than) | (a.at > func.now() + older_than)  # beyond: the clock was set back
        lost = (a.sent_at.is_(None), a.failed_at.is_(None), a.acknowledged_at.is_(None), late)
        query = (
            select(a.id).join(crisis_case, c.id == a.case_id).where(*lost, _wanted(), ~queued(SEND, "alert_id", a.id))
        )
        return list((await self._connection.execute(query)).scalars())

    async def delivered(self, alert_id: UUID, channel: str) -> None:
        """A channel took it."""
        took = insert(alert_delivery).values(alert_id=alert_id, channel=channel)
        await self._connection.execute(took.on_conflict_do_nothing())

    async def sent(self, alert_id: UUID) -> None:
        """A channel that stands for whom it is to took it."""
        await self._mark(alert.c.id == alert_id, "sent_at")

    async def failed(self, alert_id: UUID) -> bool:
        """No channel that stands for whom it is to took it. False if one has by now, or this was known."""
        return await self._mark((alert.c.id == alert_id) & alert.c.sent_at.is_(None), "failed_at")

    async def acknowledged(self, case_id: UUID, by: UUID) -> None:
        """A counsellor has answered: those of their alerts about the case that wait for an answer have one."""
        mine = (alert.c.case_id == case_id) & (alert.c.counsellor_id == by)
        await self._mark(mine, "acknowledged_at")

    async def waits_for(self, case_id: UUID, counsellor_id: UUID) -> bool:
        """Whether an alert about the case waits for this counsellor's answer."""
        a, c = alert.c, crisis_case.c
        mine = (a.case_id == case_id, a.counsellor_id == counsellor_id, a.acknowledged_at.is_(None))
        query = select(a.id).join(crisis_case, c.id == a.case_id).where(*mine, c.since == a.since, c.status == "open")
        return (await self._connection.execute(query.limit(1))).one_or_none() is not None

    async def told(self, case_id: UUID) -> tuple[datetime | None, datetime | None]:
        """When, in the wait that runs, an alert was last taken by a channel, and when somebody last answered one."""
        a, c = alert.c, crisis_case.c
        query = select(func.max(a.sent_at), func.max(a.acknowledged_at)).join(crisis_case, c.id == a.case_id)
        row = (await self._connection.execute(query.where(a.case_id == case_id, a.since == c.since))).one()
        return row[0], row[1]

    async def unheard(self) -> int:
        """Alerts about cases that still wait which did not reach whom they were to."""
        a, c = alert.c, crisis_case.c
        query = select(func.count()).select_from(alert.join(crisis_case, c.id == a.case_id))
        lost = (_unheard(), _wanted())
        return int((await self._connection.execute(query.where(*lost))).scalar_one())

    async def unheard_cases(self) -> set[UUID]:
        """Cases that still wait about which there is an alert that did not reach whom it was to."""
        a, c = alert.c, crisis_case.c
        lost = (_unheard(), _wanted())
        query = select(a.case_id).join(crisis_case, c.id == a.case_id).where(*lost)
        return set((await self._connection.execute(query)).scalars())

    async def _mark(self, which: ColumnElement[bool], column: str) -> bool:
        empty = alert.c[column].is_(None)
        done = await self._connection.execute(update(alert).where(which, empty).values({column: func.now()}))
        return done.rowcount > 0


def _unheard() -> ColumnElement[bool]:
    """Whether no channel has taken it: each gave up on it, or nothing has happened for a minute."""
    a = alert.c
    stuck = a.acknowledged_at.is_(None) & (a.at < func.now() - timedelta(minutes=1))
    return a.sent_at.is_(None) & (a.failed_at.is_not(None) | stuck)


def _wanted() -> ColumnElement[bool]:
    """Whether the case of an alert still waits for whom it is to, in the wait that it is about."""
    a, c = alert.c, crisis_case.c
    # The outside contact is nobody's id: with a plain "=" this would be NULL for them, neither wanted nor over.
    theirs = (c.status == "claimed") & c.owner.is_not_distinct_from(a.counsellor_id)
    return (c.since == a.since) & ((c.status == "open") | theirs)
