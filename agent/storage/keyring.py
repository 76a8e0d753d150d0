"""The data keys that one transaction needs, each read and unwrapped once."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.errors import NotFound
from agent.storage.crypto import DataKey, MasterKey
from agent.storage.tables import person


class Keyring:
    """Looks up data keys by person."""

    def __init__(self, connection: AsyncConnection, master: MasterKey) -> None:
        self._connection = connection
        self._master = master
        self._keys: dict[UUID, DataKey] = {}

    async def of(self, person_id: UUID) -> DataKey:
        """The data key of a person; ``NotFound`` if there is no such person."""
        if person_id not in self._keys:
            found = await self._connection.execute(select(person.c.wrapped_key).where(person.c.id == person_id))
            wrapped = found.scalar_one_or_none()
            if wrapped is None:
                raise NotFound("There is no such person.")
            self._keys[person_id] = self._master.unwrap(person_id, wrapped)
        return self._keys[person_id]
