"""What people answered to questionnaires, encrypted for them; the sums are worked out from the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables_care import measure_result

_ANSWERS = TypeAdapter(tuple[int | None, ...])


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One questionnaire as it was filled in: points by question, None where somebody would rather not say."""

    id: UUID
    measure: str
    answers: tuple[int | None, ...]
    at: datetime


class Measures:
    """Keep, list, forget."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def keep(self, result_id: UUID, person_id: UUID, measure: str, answers: Sequence[int | None]) -> None:
        """Store once: the same id again changes nothing."""
        key = await self._keys.of(person_id)
        sealed = key.seal(_place(result_id), _ANSWERS.dump_json(tuple(answers)).decode())
        values = {"id": result_id, "person_id": person_id, "measure": measure, "sealed_body": sealed}
        await self._connection.execute(insert(measure_result).values(**values).on_conflict_do_nothing())

    async def get(self, result_id: UUID, person_id: UUID) -> StoredResult | None:
        """One of the person's own."""
        c = measure_result.c
        rows = await self._read(person_id, c.id == result_id)
        return rows[0] if rows else None

    async def of(self, person_id: UUID) -> list[StoredResult]:
        """All of the person's, oldest first."""
        return await self._read(person_id)

    async def forget(self, result_id: UUID, person_id: UUID) -> None:
        """Take one of the person's own out for good."""
        c = measure_result.c
        await self._connection.execute(delete(measure_result).where(c.id == result_id, c.person_id == person_id))

    async def _read(self, person_id: UUID, *where: Any) -> list[StoredResult]:  # noqa: ANN401  (SQLAlchemy's clauses)
        c = measure_result.c
        query = (
            select(c.id, c.measure, c.sealed_body, c.at).where(c.person_id == person_id, *where).order_by(c.at, c.id)
        )
        found: Sequence[Any] = (await self._connection.execute(query)).all()
        if not found:
            return []
        key = await self._keys.of(person_id)
        return [
            StoredResult(row.id, row.measure, _ANSWERS.validate_json(key.open(_place(row.id), row.sealed_body)), row.at)
            for row in found
        ]


def _place(result_id: UUID) -> Place:
    return Place("measure_result", result_id, "sealed_body")
