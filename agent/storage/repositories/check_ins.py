"""How people said they are, encrypted for them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.mood import CheckIn, Mark
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables_care import check_in

_BODY = TypeAdapter(Mark)
#: More than one a day for a year.
MOST_READ = 500


class CheckIns:
    """Keep, list, forget."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def keep(self, check_in_id: UUID, person_id: UUID, mark: Mark) -> bool:
        """Store one, or change one of the person's own; False if it is another's."""
        key, c = await self._keys.of(person_id), check_in.c
        sealed = key.seal(_place(check_in_id), _BODY.dump_json(mark).decode())
        mine = (c.id == check_in_id, c.person_id == person_id)
        changed = await self._connection.execute(update(check_in).where(*mine).values(sealed_body=sealed))
        if changed.rowcount:
            return True
        values = {"id": check_in_id, "person_id": person_id, "sealed_body": sealed}
        made = insert(check_in).values(**values).on_conflict_do_nothing().returning(c.id)
        return (await self._connection.execute(made)).first() is not None

    async def of(self, person_id: UUID) -> list[CheckIn]:
        """The person's own, oldest first; the newest ``MOST_READ``."""
        c = check_in.c
        query = select(c.id, c.sealed_body, c.at).where(c.person_id == person_id)
        rows: Sequence[Any] = (await self._connection.execute(query.order_by(c.at.desc(), c.id).limit(MOST_READ))).all()
        if not rows:
            return []
        key = await self._keys.of(person_id)
        marks = ((r.id, key.open(_place(r.id), r.sealed_body), r.at) for r in reversed(rows))
        return [CheckIn(id_, _BODY.validate_json(body), at) for id_, body, at in marks]

    async def forget(self, check_in_id: UUID, person_id: UUID) -> None:
        """Take one of the person's own out for good."""
        c = check_in.c
        await self._connection.execute(delete(check_in).where(c.id == check_in_id, c.person_id == person_id))


def _place(check_in_id: UUID) -> Place:
    return Place("check_in", check_in_id, "sealed_body")
