"""Lessons: de-identified messages of closed cases, which a supervisor approves or throws away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import Outcome
from agent.domain.lesson import Lesson, LessonState
from agent.errors import Conflict, NotFound, NotPermitted
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import case_event, counsellor, crisis_case, lesson

#: The job that prepares the lessons of a case.
PREPARE: Final = "prepare_lessons"
_BODY = TypeAdapter(Lesson)


@dataclass(frozen=True, slots=True)
class StoredLesson:
    """A lesson, what its case was said to be and by whom."""

    id: UUID
    case_id: UUID
    outcome: Outcome
    closed_by: UUID
    closer: str
    made_at: datetime
    lesson: Lesson


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed case as lessons need it. ``flagged``: the turns that opened it or added to it."""

    case_id: UUID
    person_id: UUID
    outcome: Outcome
    closed_by: UUID
    domains: tuple[str, ...]
    flagged: tuple[UUID, ...]


class Lessons:
    """Add, read, decide. Encrypted for the person until they are exported."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def closed(self, case_id: UUID) -> Closed | None:
        """The case, while it is closed; it cannot be opened again until the transaction ends."""
        c, e = crisis_case.c, case_event.c
        query = select(c.id, c.person_id, c.outcome, c.closed_by, c.domains).where(
            c.id == case_id, c.status == "closed"
        )
        row = (await self._connection.execute(query.with_for_update(read=True))).one_or_none()
        if row is None or row.outcome is None or row.closed_by is None:
            return None
        flagged = select(e.turn_id).where(e.case_id == case_id, e.kind.in_(("opened", "risk")), e.turn_id.is_not(None))
        turns = (await self._connection.execute(flagged.order_by(e.at))).scalars()
        return Closed(row.id, row.person_id, row.outcome, row.closed_by, tuple(row.domains), tuple(turns))

    async def withdraw(self, case_id: UUID) -> None:
        """The case is open again: what it was to teach rests on an outcome that does not hold any more.

        Also what was approved: it is prepared anew when the case is closed again. What was thrown away stays so.
        """
        taught = (lesson.c.case_id == case_id, lesson.c.state != "thrown_away")
        await self._connection.execute(delete(lesson).where(*taught))

    async def add(self, case: Closed, turn_id: UUID, found: Lesson) -> None:
        """One message, once: what a supervisor has decided about it stands."""
        lesson_id = uuid5(turn_id, "lesson")
        key = await self._keys.of(case.person_id)
        await self._connection.execute(
            insert(lesson)
            .values(
                id=lesson_id, case_id=case.case_id, turn_id=turn_id, person_id=case.person_id, outcome=case.outcome,
                closed_by=case.closed_by, sealed_body=key.seal(_place(lesson_id), _BODY.dump_json(found).decode()),
            )
            .on_conflict_do_nothing()
        )  # fmt: skip

    async def listed(self, state: LessonState, limit: int | None = None) -> list[StoredLesson]:
        """Those in a state, the oldest first."""
        query = _lessons().where(lesson.c.state == state).order_by(lesson.c.made_at, lesson.c.id).limit(limit)
        return [await self._read(row) for row in await self._connection.execute(query)]

    async def get(self, lesson_id: UUID) -> StoredLesson:
        """One that waits to be decided."""
        query = _lessons().where(lesson.c.id == lesson_id, lesson.c.state == "waiting")
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound("This message has been decided about already.", code="unknown_lesson")
        return await self._read(row)

    async def count(self) -> dict[LessonState, int]:
        """How many are in each state."""
        query = select(lesson.c.state, func.count()).group_by(lesson.c.state)
        return {row[0]: row[1] for row in await self._connection.execute(query)}

    async def approve(self, one: StoredLesson, by: UUID, found: Lesson) -> None:
        """It may leave, as it was edited. Where there are two supervisors, never by the one who closed the case."""
        await self._may(by)
        if by == one.closed_by and len(await self._supervisors()) > 1:
            raise Conflict("You closed this case. Another supervisor has to approve it.", code="own_case")
        body = (await self._keys.of(await self._person(one.id))).seal(_place(one.id), _BODY.dump_json(found).decode())
        await self._decide(one.id, by, "approved", body)

    async def throw_away(self, lesson_id: UUID, by: UUID) -> None:
        """It never leaves, and its words are forgotten here."""
        await self._may(by)
        await self._decide(lesson_id, by, "thrown_away", None)

    async def _may(self, by: UUID) -> None:
        if by not in await self._supervisors():
            raise NotPermitted("Only a supervisor can do this.")

    async def _supervisors(self) -> Sequence[UUID]:
        found = await self._connection.execute(select(counsellor.c.id).where(counsellor.c.supervisor))
        return found.scalars().all()

    async def _person(self, lesson_id: UUID) -> UUID:
        found: UUID = (
            await self._connection.execute(select(lesson.c.person_id).where(lesson.c.id == lesson_id))
        ).scalar_one()
        return found

    async def _decide(self, lesson_id: UUID, by: UUID, state: LessonState, body: bytes | None) -> None:
        values = {"state": state, "sealed_body": body, "decided_by": by, "decided_at": func.now()}
        waiting = (lesson.c.id == lesson_id, lesson.c.state == "waiting")
        if (await self._connection.execute(update(lesson).where(*waiting).values(values))).rowcount == 0:
            raise Conflict("This message has been decided about already.", code="already_decided")

    async def _read(self, row: Row[Any]) -> StoredLesson:
        key = await self._keys.of(row.person_id)
        body = _BODY.validate_json(key.open(_place(row.id), row.sealed_body))
        return StoredLesson(row.id, row.case_id, row.outcome, row.closed_by, row.name, row.made_at, body)


def _place(lesson_id: UUID) -> Place:
    return Place("lesson", lesson_id, "sealed_body")


def _lessons() -> Select[Any]:
    c = lesson.c
    columns = (c.id, c.case_id, c.person_id, c.outcome, c.closed_by, c.made_at, c.sealed_body, counsellor.c.name)
    return select(*columns).join(counsellor, counsellor.c.id == c.closed_by)
