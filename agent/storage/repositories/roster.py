"""Counsellors as the roster knows them: planned shifts, duty said by themselves, breaks, languages, load."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import OWNED, OnDuty
from agent.domain.roster import Counsellor, Shift
from agent.storage.tables import counsellor, crisis_case, shift

_DUTY = ("on_duty_until", "break_until", "working_since")


class RosterBook:
    """Read the roster and write what counsellors say of their duty. The clock is the database's."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def everybody(self) -> list[Counsellor]:
        """All counsellors with an account that works, in the order of their names."""
        c, s = counsellor.c, shift.c
        query = select(c.id, c.time_zone, s.weekday, s.starts, s.ends).join(shift, s.counsellor_id == c.id)
        planned: dict[UUID, list[Shift]] = {}
        for row in await self._connection.execute(query.order_by(s.weekday, s.starts)):
            planned.setdefault(row.id, []).append(Shift(row.weekday, row.starts, row.ends, ZoneInfo(row.time_zone)))
        working = c.disabled_at.is_(None)
        columns = (c.id, c.name, c.supervisor, c.on_duty_until, c.away_until, c.break_until, c.languages, c.skills)
        return [
            Counsellor(
                row.id, row.name, row.supervisor, row.on_duty_until, row.away_until, row.break_until,
                tuple(planned.get(row.id, ())), tuple(row.languages), tuple(row.skills), row.cap,
            )
            for row in await self._connection.execute(select(*columns, c.cap).where(working).order_by(c.name, c.id))
        ]  # fmt: skip

    async def on_duty(self, now: datetime) -> list[OnDuty]:
        """Those on duty at a moment as the ladder sees them, who stays longest last."""
        c = crisis_case.c
        query = select(c.owner, func.count()).where(c.status.in_(OWNED)).group_by(c.owner)
        load: dict[UUID, int] = {row[0]: row[1] for row in await self._connection.execute(query)}
        there = [(end, one) for one in await self.everybody() if (end := one.duty(now)) is not None]
        return [
            OnDuty(
                one.id, one.supervisor, one.languages, one.skills, load.get(one.id, 0), one.cap,
                one.break_until if one.on_break(now) else None,
            )
            for _, one in sorted(there, key=lambda pair: (pair[0], pair[1].id))
        ]  # fmt: skip

    async def load(self, counsellor_id: UUID) -> int:
        """How many cases they hold."""
        c = crisis_case.c
        query = select(func.count()).where(c.owner == counsellor_id, c.status.in_(OWNED))
        return int((await self._connection.execute(query)).scalar_one())

    async def cap(self, counsellor_id: UUID) -> int:
        """How many cases at once they said."""
        found: int = (
            await self._connection.execute(select(counsellor.c.cap).where(counsellor.c.id == counsellor_id))
        ).scalar_one()
        return found

    async def zone(self, counsellor_id: UUID) -> str:
        """The name of the time zone of their place."""
        query = select(counsellor.c.time_zone).where(counsellor.c.id == counsellor_id)
        found: str = (await self._connection.execute(query)).scalar_one()
        return found

    async def begin(self, counsellor_id: UUID, hours: int) -> None:
        """On duty for so many hours from now, whatever is planned."""
        c, until = counsellor.c, func.now() + timedelta(hours=hours)
        since = case((c.on_duty_until > func.now(), c.working_since), else_=func.now())
        duty = {"on_duty_until": until, "working_since": since, "away_until": None, "break_until": None}
        await self._set(counsellor_id, **duty)

    async def end(self, counsellor_id: UUID, shift_ends: datetime | None) -> None:
        """Off duty, until a shift that runs now has ended."""
        await self._set(counsellor_id, **dict.fromkeys(_DUTY), away_until=shift_ends)

    async def rest(self, counsellor_id: UUID, minutes: int) -> None:
        """A break of so many minutes; 0 ends it."""
        until = func.now() + timedelta(minutes=minutes)
        await self._set(counsellor_id, break_until=until if minutes else None, working_since=until)

    async def describe(
        self, counsellor_id: UUID, zone: str, languages: Sequence[str], skills: Sequence[str], cap: int
    ) -> None:
        """Where they are, what they speak, what they know well, how many cases at once."""
        said = {"time_zone": zone, "languages": list(languages), "skills": list(skills), "cap": cap}
        await self._set(counsellor_id, **said)

    async def plan(self, counsellor_id: UUID, shifts: Sequence[tuple[int, time, time]]) -> None:
        """Their weekly shifts, instead of those before."""
        await self._connection.execute(delete(shift).where(shift.c.counsellor_id == counsellor_id))
        rows = [
            {"id": uuid4(), "counsellor_id": counsellor_id, "weekday": day, "starts": starts, "ends": ends}
            for day, starts, ends in shifts
        ]
        if rows:
            await self._connection.execute(insert(shift), rows)

    async def _set(self, counsellor_id: UUID, **values: object) -> None:
        await self._connection.execute(update(counsellor).where(counsellor.c.id == counsellor_id).values(**values))
