"""When a counsellor looked up a trusted contact, why, and what became of the message to them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.trusted import Reach
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.repositories.queue import REACH, queued
from agent.storage.tables import case_event, counsellor, crisis_case
from agent.storage.tables_trusted import trusted_contact, trusted_reach


class Reaches:
    """Note, ask, and what came of it. Times are the database's."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def open(
        self, reach_id: UUID, case_id: UUID, person_id: UUID, contact_id: UUID, by: UUID, reason: str
    ) -> bool:
        """Looked up, with the reason. The same id again is the same look (False)."""
        sealed = (await self._keys.of(person_id)).seal(Place("trusted_reach", reach_id, "sealed_reason"), reason)
        values = {"case_id": case_id, "person_id": person_id, "contact_id": contact_id, "by": by}
        statement = insert(trusted_reach).values(id=reach_id, sealed_reason=sealed, **values).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(trusted_reach.c.id))).one_or_none() is not None

    async def of(self, case_id: UUID) -> list[Reach]:
        """All of a case, the newest first."""
        query = _reaches().where(trusted_reach.c.case_id == case_id).order_by(trusted_reach.c.at.desc())
        return [await self._read(row) for row in await self._connection.execute(query)]

    async def get(self, reach_id: UUID) -> Reach | None:
        """One, its row locked until the end of the transaction."""
        query = _reaches().where(trusted_reach.c.id == reach_id).with_for_update(of=trusted_reach)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else await self._read(row)

    async def asked(self, reach_id: UUID) -> None:
        """It is to be sent, for the first time or again."""
        await self._set(reach_id, asked_at=func.now(), failed_at=None)

    async def sent(self, reach_id: UUID) -> None:
        """The mail server took it."""
        await self._set(reach_id, sent_at=func.now())

    async def failed(self, reach_id: UUID) -> None:
        """It was given up."""
        await self._set(reach_id, failed_at=func.now())

    async def unsent(self, older_than: timedelta) -> list[UUID]:
        """Those that should have been sent by now: their job was lost."""
        c = trusted_reach.c
        lost = (c.asked_at < func.now() - older_than, c.sent_at.is_(None), c.failed_at.is_(None))
        return list(
            (await self._connection.execute(select(c.id).where(*lost, ~queued(REACH, "reach_id", c.id)))).scalars()
        )

    async def approvals(self, case_id: UUID) -> int:
        """How often a supervisor allowed one more message in a case."""
        c = case_event.c
        query = select(func.count()).where(c.case_id == case_id, c.kind == "reach_again")
        return int((await self._connection.execute(query)).scalar_one())

    async def unheard(self) -> int:
        """Messages that no mail server took, to contacts that still stand, in cases that are not closed."""
        c = trusted_reach.c
        query = select(func.count()).select_from(trusted_reach)
        query = query.join(crisis_case, crisis_case.c.id == c.case_id)
        query = query.join(trusted_contact, trusted_contact.c.id == c.contact_id)
        lost = (c.failed_at.is_not(None), crisis_case.c.status != "closed")
        return int((await self._connection.execute(query.where(*lost))).scalar_one())

    async def _set(self, reach_id: UUID, **values: object) -> None:
        await self._connection.execute(update(trusted_reach).where(trusted_reach.c.id == reach_id).values(**values))

    async def _read(self, row: Row[Any]) -> Reach:
        key = await self._keys.of(row.person_id)
        reason = key.open(Place("trusted_reach", row.id, "sealed_reason"), row.sealed_reason)
        return Reach(
            row.id, row.case_id, row.person_id, row.contact_id, row.by, row.by_name, reason, row.at, row.asked_at,
            row.sent_at, row.failed_at,
        )  # fmt: skip


def _reaches() -> Select[Any]:
    query = select(*trusted_reach.c, counsellor.c.name.label("by_name"))
    return query.join(counsellor, counsellor.c.id == trusted_reach.c.by)
