"""Reminders that people asked for: one a person and one an address, encrypted, with the link that ends them."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.reminder import Reminder
from agent.errors import TooMuch
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.repositories.people import hash_token
from agent.storage.repositories.trusted_contacts import ContactKey
from agent.storage.tables_care import reminder

_BODY = TypeAdapter(Reminder)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StoredReminder:
    """A reminder as it stands. ``next_at``: when something is to be sent; None if nothing is."""

    id: UUID
    person_id: UUID
    reminder: Reminder
    next_at: datetime | None
    token: str


class Reminders:
    """Ask for, take, end. Times are the database's."""

    def __init__(self, connection: AsyncConnection, keys: Keyring, key: ContactKey) -> None:
        self._connection = connection
        self._keys = keys
        self._key = key

    async def of(self, person_id: UUID) -> StoredReminder | None:
        """The person's own."""
        return await self._one(reminder.c.person_id == person_id)

    async def by_link(self, token: str) -> StoredReminder | None:
        """The one that a link in a mail is for."""
        return await self._one(reminder.c.token_hash == hash_token(token))

    async def ask(self, person_id: UUID, wanted: Reminder) -> None:
        """Keep it in place of the person's earlier one. To a new address a letter goes out that asks if it is wanted.

        To an address for which somebody else has asked before none goes out, and nobody is told so. ``TooMuch`` for a
        second new address within the hour.
        """
        c, known = reminder.c, await self.of(person_id)
        new = known is None or known.reminder.email.casefold() != wanted.email.casefold()
        if known is not None and new:
            fresh = select(c.id).where(c.id == known.id, c.made_at > func.now() - _HOUR)
            if (await self._connection.execute(fresh)).first() is not None:
                raise TooMuch("Please wait an hour before you give another address.")
        reminder_id = known.id if known else uuid4()
        address = self._key.fingerprint(wanted.email)
        taken = select(c.id).where(c.address == address, c.person_id != person_id)
        silent = (await self._connection.execute(taken)).first() is not None
        kept = wanted if new or known is None else replace(wanted, confirmed=known.reminder.confirmed)
        values: dict[str, Any] = {
            "sealed_body": await self._sealed(reminder_id, person_id, kept),
            "address": secrets.token_bytes(32) if silent else address,
        }  # fmt: skip
        if new:
            values |= {"next_at": None if silent else func.now(), "made_at": func.now()}
        else:
            now = (await self._connection.execute(select(func.now()))).scalar_one()
            values["next_at"] = kept.after(now) if kept.confirmed else known and known.next_at
        if known:
            await self._connection.execute(update(reminder).where(c.id == reminder_id).values(**values))
            return
        values |= {"id": reminder_id, "person_id": person_id, "token_hash": hash_token(self._key.token(reminder_id))}
        await self._connection.execute(insert(reminder).values(**values).on_conflict_do_nothing())

    async def plan(self, stored: StoredReminder, changed: Reminder, next_at: datetime | None) -> None:
        """It changed, and comes next at this time."""
        sealed = await self._sealed(stored.id, stored.person_id, changed)
        where = reminder.c.id == stored.id
        await self._connection.execute(update(reminder).where(where).values(sealed_body=sealed, next_at=next_at))

    async def confirm(self, stored: StoredReminder, now: datetime) -> None:
        """It is wanted where it goes; doing it twice changes nothing."""
        wanted = replace(stored.reminder, confirmed=True)
        await self.plan(stored, wanted, wanted.after(now))

    async def end(self, reminder_id: UUID) -> None:
        """Take it out, with the address."""
        await self._connection.execute(delete(reminder).where(reminder.c.id == reminder_id))

    async def take(self, now: datetime, most: int) -> list[StoredReminder]:
        """Those that are due by now; until the commit no other process gets them."""
        c = reminder.c
        query = select(reminder).where(c.next_at <= now).order_by(c.next_at).limit(most)
        rows = (await self._connection.execute(query.with_for_update(skip_locked=True))).all()
        return [await self._read(row) for row in rows]

    async def _one(self, *where: Any) -> StoredReminder | None:  # noqa: ANN401  (SQLAlchemy's clauses)
        row = (await self._connection.execute(select(reminder).where(*where))).first()
        return None if row is None else await self._read(row)

    async def _read(self, row: Any) -> StoredReminder:  # noqa: ANN401
        key = await self._keys.of(row.person_id)
        body = _BODY.validate_json(key.open(_place(row.id), row.sealed_body))
        return StoredReminder(row.id, row.person_id, body, row.next_at, self._key.token(row.id))

    async def _sealed(self, reminder_id: UUID, person_id: UUID, wanted: Reminder) -> bytes:
        key = await self._keys.of(person_id)
        return key.seal(_place(reminder_id), _BODY.dump_json(wanted).decode())


def _place(reminder_id: UUID) -> Place:
    return Place("reminder", reminder_id, "sealed_body")
