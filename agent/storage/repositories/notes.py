"""What is remembered of people, encrypted for them, and whether they want it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.memory import MOST_NOTES, Note, NoteKind
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import person
from agent.storage.tables_care import note


class Notes:
    """Keep, list, forget; switch on and off."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def wanted(self, person_id: UUID) -> bool:
        """Whether the person lets anything be remembered."""
        query = select(person.c.remembers).where(person.c.id == person_id)
        return bool((await self._connection.execute(query)).scalar_one())

    async def want(self, person_id: UUID, *, wanted: bool) -> None:
        """Switch it on or off. What is there stays until it is deleted."""
        await self._connection.execute(update(person).where(person.c.id == person_id).values(remembers=wanted))

    async def of(self, person_id: UUID) -> list[Note]:
        """All of the person's, newest first."""
        c = note.c
        query = select(c.id, c.kind, c.sealed_text, c.at, c.used_at, c.conversation_id).where(c.person_id == person_id)
        rows: Sequence[Any] = (await self._connection.execute(query.order_by(c.at.desc(), c.id))).all()
        if not rows:
            return []
        key = await self._keys.of(person_id)
        return [
            Note(r.id, r.kind, key.open(_place(r.id), r.sealed_text), r.at, r.used_at, r.conversation_id) for r in rows
        ]

    async def keep(
        self, note_id: UUID, person_id: UUID, kind: NoteKind, text: str, conversation_id: UUID | None = None
    ) -> bool:
        """Store or change one of the person's own; False if it is another's, or there are too many."""
        key, c = await self._keys.of(person_id), note.c
        sealed = key.seal(_place(note_id), text)
        mine = (c.id == note_id, c.person_id == person_id)
        changed = await self._connection.execute(update(note).where(*mine).values(kind=kind, sealed_text=sealed))
        if changed.rowcount:
            return True
        count = select(func.count()).where(c.person_id == person_id)
        if int((await self._connection.execute(count)).scalar_one()) >= MOST_NOTES:
            return False
        values = {"id": note_id, "person_id": person_id, "kind": kind, "sealed_text": sealed}
        made = insert(note).values(**values, conversation_id=conversation_id).on_conflict_do_nothing()
        return (await self._connection.execute(made.returning(c.id))).first() is not None

    async def used(self, note_id: UUID, person_id: UUID) -> None:
        """A reply came back to it."""
        where = (note.c.id == note_id, note.c.person_id == person_id)
        await self._connection.execute(update(note).where(*where).values(used_at=func.now()))

    async def forget(self, person_id: UUID, note_id: UUID | None = None) -> None:
        """Take one out for good, or all."""
        where = [note.c.person_id == person_id] + ([note.c.id == note_id] if note_id else [])
        await self._connection.execute(delete(note).where(*where))


def _place(note_id: UUID) -> Place:
    return Place("note", note_id, "sealed_text")
