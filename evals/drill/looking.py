"""The driver's own eye on the database, at the moment that counts."""

import asyncio
from contextlib import suppress
from uuid import UUID

import psycopg

_SECONDS = 0.5
_COMMITTED = "SELECT EXISTS (SELECT 1 FROM case_event WHERE turn_id = %s AND kind IN ('opened', 'risk'))"


class Eye:
    """One connection, made again when the server died. Asks one thing at a time."""

    def __init__(self, admin: str) -> None:
        self._admin = admin
        self._connection: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._turn = asyncio.Lock()

    async def committed(self, row: UUID) -> bool | None:
        """Whether the case of a turn is committed now; None if the database does not say within half a second."""
        async with self._turn:
            try:
                async with asyncio.timeout(_SECONDS):
                    if self._connection is None:
                        self._connection = await psycopg.AsyncConnection.connect(self._admin, autocommit=True)
                    found = await (await self._connection.execute(_COMMITTED, (row,))).fetchone()
            except (psycopg.Error, OSError, TimeoutError):
                await self.close()
                return None
        return found == (True,)

    async def close(self) -> None:
        """Let go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()
