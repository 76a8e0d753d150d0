"""Exercises that people have under way or behind them, with what they wrote, encrypted for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.exercise import Practice
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables_care import practice

_BODY = TypeAdapter(Practice)


@dataclass(frozen=True, slots=True)
class StoredPractice:
    """A practice as it stands; ``conversation_id``: the chat it is under way in, None on the page."""

    id: UUID
    revision: int
    practice: Practice
    started_at: datetime
    updated_at: datetime
    conversation_id: UUID | None = None


class Practices:
    """Keep, list, forget."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def of(self, person_id: UUID, limit: int = 200) -> list[StoredPractice]:
        """The person's own, last touched first."""
        return await self._read(person_id, limit)

    async def get(self, practice_id: UUID, person_id: UUID, *, keep: bool = False) -> StoredPractice | None:
        """One of the person's own. ``keep``: nobody else changes it until the transaction ends."""
        found = await self._read(person_id, 1, practice.c.id == practice_id, keep=keep)
        return found[0] if found else None

    async def in_chat(self, person_id: UUID, conversation_id: UUID) -> StoredPractice | None:
        """The one that was last touched in this chat."""
        found = await self._read(person_id, 1, practice.c.conversation_id == conversation_id)
        return found[0] if found else None

    async def keep(
        self, practice_id: UUID, person_id: UUID, body: Practice, based_on: int, conversation_id: UUID | None = None
    ) -> StoredPractice | None:
        """Store it as the revision after ``based_on``; 0 for a new one. None if there is a newer one by now.

        The same again changes nothing.
        """
        newest = await self.get(practice_id, person_id, keep=True)
        if newest is not None and newest.practice == body and conversation_id in {None, newest.conversation_id}:
            return newest
        if (newest.revision if newest else 0) != based_on:
            return None
        key = await self._keys.of(person_id)
        sealed = key.seal(_place(practice_id), _BODY.dump_json(body).decode())
        values: dict[str, object] = {
            "state": body.state, "sealed_body": sealed, "revision": based_on + 1, "conversation_id": conversation_id,
        }  # fmt: skip
        if newest is None:
            values |= {"id": practice_id, "person_id": person_id, "exercise": body.exercise}
            await self._connection.execute(insert(practice).values(**values).on_conflict_do_nothing())
        else:
            where = practice.c.id == practice_id
            await self._connection.execute(update(practice).where(where).values(**values, updated_at=func.now()))
        return await self.get(practice_id, person_id)

    async def forget(self, practice_id: UUID, person_id: UUID) -> None:
        """Take one of the person's own out for good."""
        where = (practice.c.id == practice_id, practice.c.person_id == person_id)
        await self._connection.execute(delete(practice).where(*where))

    async def _read(self, person_id: UUID, limit: int, *where: Any, keep: bool = False) -> list[StoredPractice]:  # noqa: ANN401  (SQLAlchemy's clauses)
        c = practice.c
        query = select(c.id, c.revision, c.sealed_body, c.started_at, c.updated_at, c.conversation_id)
        query = query.where(c.person_id == person_id, *where).order_by(c.updated_at.desc(), c.id).limit(limit)
        query = query.with_for_update() if keep else query
        rows: Sequence[Any] = (await self._connection.execute(query)).all()
        if not rows:
            return []
        key = await self._keys.of(person_id)
        return [
            StoredPractice(
                row.id, row.revision, _BODY.validate_json(key.open(_place(row.id), row.sealed_body)), row.started_at,
                row.updated_at, row.conversation_id,
            )
            for row in rows
        ]  # fmt: skip


def _place(practice_id: UUID) -> Place:
    return Place("practice", practice_id, "sealed_body")
