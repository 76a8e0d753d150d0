"""Conversations of a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.errors import NotFound
from agent.storage.tables import conversation, turn


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation."""

    id: UUID
    person_id: UUID
    locale: str
    country: str
    started_at: datetime
    ended_at: datetime | None


class Conversations:
    """Start, find, end."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def start(self, person_id: UUID, locale: str, country: str, known_as: UUID | None = None) -> Conversation:
        """A new conversation, with the id ``known_as`` if one is given: what is chosen by it can then be had again."""
        statement = insert(conversation).values(
            id=known_as or uuid4(), person_id=person_id, locale=locale, country=country
        )
        return _read((await self._connection.execute(statement.returning(*_columns()))).one())

    async def get(self, conversation_id: UUID, person_id: UUID | None = None) -> Conversation:
        """One conversation. With ``person_id``, somebody else's is as unknown as one that never was."""
        query = select(*_columns()).where(conversation.c.id == conversation_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None or (person_id is not None and row.person_id != person_id):
            raise NotFound("There is no such conversation.", code="unknown_conversation")
        return _read(row)

    async def of(self, person_id: UUID) -> list[Conversation]:
        """All conversations of a person, newest first."""
        query = select(*_columns()).where(conversation.c.person_id == person_id)
        rows = await self._connection.execute(query.order_by(conversation.c.started_at.desc()))
        return [_read(row) for row in rows]

    async def last(self, person_id: UUID) -> Conversation:
        """The one that a person wrote in or opened last."""
        return await self.get((await self._connection.execute(latest_of(person_id))).scalar_one())

    async def end(self, conversation_id: UUID, now: datetime) -> datetime:
        """End it; ending twice keeps the first time."""
        where = conversation.c.id == conversation_id
        await self._connection.execute(
            update(conversation).where(where, conversation.c.ended_at.is_(None)).values(ended_at=now)
        )
        ended: datetime = (await self._connection.execute(select(conversation.c.ended_at).where(where))).scalar_one()
        return ended


def latest_of(person_id: UUID) -> Select[UUID]:
    """The id of the conversation that a person wrote in or opened last."""
    v, t = conversation.c, turn.c
    wrote = select(func.max(t.received_at)).where(t.conversation_id == v.id).scalar_subquery()
    newest = select(v.id).where(v.person_id == person_id).order_by(func.greatest(v.started_at, wrote).desc())
    return newest.limit(1)


def _columns() -> tuple[ColumnElement[Any], ...]:
    c = conversation.c
    return (c.id, c.person_id, c.locale, c.country, c.started_at, c.ended_at)


def _read(row: Row[Any]) -> Conversation:
    return Conversation(row.id, row.person_id, row.locale, row.country, row.started_at, row.ended_at)
