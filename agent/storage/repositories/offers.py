"""What people were offered to try, and whether it helped; encrypted for them. Choosing learns from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.offer import Helped, Offer
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables_care import offer

_BODY = TypeAdapter(Offer)


@dataclass(frozen=True, slots=True)
class StoredOffer:
    """An offer as it stands. ``id``: the turn, or the practice on its page."""

    id: UUID
    offer: Offer
    at: datetime


class Offers:
    """Keep, say whether it helped, list."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def keep(self, offer_id: UUID, person_id: UUID, made: Offer, conversation_id: UUID | None = None) -> None:
        """Store once: the same id again changes nothing."""
        values = {"id": offer_id, "person_id": person_id, "conversation_id": conversation_id}
        sealed = await self._sealed(offer_id, person_id, made)
        query = insert(offer).values(**values, sealed_body=sealed, answered=made.helped is not None)
        await self._connection.execute(query.on_conflict_do_nothing())

    async def say(self, offer_id: UUID, person_id: UUID, helped: Helped) -> bool:
        """What the person says of one of their own; the last word counts. False if there is none."""
        found = await self._read(offer.c.id == offer_id, offer.c.person_id == person_id)
        if not found:
            return False
        sealed = await self._sealed(offer_id, person_id, replace(found[0].offer, helped=helped))
        where = offer.c.id == offer_id
        await self._connection.execute(update(offer).where(where).values(sealed_body=sealed, answered=True))
        return True

    async def last_in(self, conversation_id: UUID, until: datetime) -> StoredOffer | None:
        """The last offer in a conversation, up to a moment."""
        c = offer.c
        found = await self._read(c.conversation_id == conversation_id, c.at <= until, newest=1)
        return found[0] if found else None

    async def of(self, person_id: UUID) -> list[StoredOffer]:
        """All of the person's that they said anything of, oldest first."""
        return await self._read(offer.c.person_id == person_id, offer.c.answered)

    async def answered(self, most: int) -> list[Offer]:
        """What anybody said of what was offered, oldest first; the newest ``most``."""
        found = await self._read(offer.c.answered, newest=most)
        return [stored.offer for stored in reversed(found)]

    async def _sealed(self, offer_id: UUID, person_id: UUID, made: Offer) -> bytes:
        key = await self._keys.of(person_id)
        return key.seal(_place(offer_id), _BODY.dump_json(made).decode())

    async def _read(self, *where: Any, newest: int = 0) -> list[StoredOffer]:  # noqa: ANN401  (SQLAlchemy's clauses)
        c = offer.c
        query = select(c.id, c.person_id, c.sealed_body, c.at).where(*where)
        query = query.order_by(c.at.desc(), c.id).limit(newest) if newest else query.order_by(c.at, c.id)
        rows: Sequence[Any] = (await self._connection.execute(query)).all()
        found = []
        for row in rows:
            key = await self._keys.of(row.person_id)
            body = _BODY.validate_json(key.open(_place(row.id), row.sealed_body))
            found.append(StoredOffer(row.id, body, row.at))
        return found


def _place(offer_id: UUID) -> Place:
    return Place("offer", offer_id, "sealed_body")
