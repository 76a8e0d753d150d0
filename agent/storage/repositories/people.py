"""People who write, known by the hash of a device token and nothing else."""

import hashlib
import secrets
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.risk import Standing, Tier
from agent.storage.crypto import MasterKey
from agent.storage.tables import person


def hash_token(token: str) -> bytes:
    """Tokens are 256 random bits, so a plain SHA-256 is enough to keep them at rest."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class People:
    """Make and find people; keep the risk that holds for them."""

    def __init__(self, connection: AsyncConnection, master: MasterKey) -> None:
        self._connection = connection
        self._master = master

    async def create(self) -> tuple[UUID, str]:
        """A new person and the token that is shown this once."""
        token, person_id = secrets.token_urlsafe(32), uuid4()
        await self._connection.execute(
            insert(person).values(
                id=person_id, token_hash=hash_token(token), wrapped_key=self._master.new_data_key(person_id)
            )
        )
        return person_id, token

    async def by_token(self, token: str) -> UUID | None:
        """Who holds this token."""
        found = await self._connection.execute(select(person.c.id).where(person.c.token_hash == hash_token(token)))
        return found.scalar_one_or_none()

    async def standing(self, person_id: UUID, *, keep: bool = False) -> Standing:
        """The risk that holds from before. ``keep``: nobody else changes it until the transaction ends."""
        c = person.c
        query = select(c.standing_tier, c.standing_domains, c.standing_since, c.calm_turns).where(c.id == person_id)
        query = query.with_for_update(key_share=True) if keep else query
        tier, domains, since, calm = (await self._connection.execute(query)).one()
        return Standing(Tier(tier), tuple(domains), since, calm)

    async def hold(self, person_id: UUID, held: Standing, *, restated: bool) -> None:
        """Write the standing risk. Its time moves when the tier does, and when risk is told again (``restated``)."""
        before = await self._connection.execute(select(person.c.standing_tier).where(person.c.id == person_id))
        values: dict[str, object] = {
            "standing_tier": int(held.tier), "standing_domains": list(held.domains), "calm_turns": held.calm_turns,
        }  # fmt: skip
        if restated or before.scalar_one() != int(held.tier):
            values["standing_since"] = func.now()
        await self._connection.execute(update(person).where(person.c.id == person_id).values(values))

    async def reassessed(self, person_id: UUID) -> None:
        """A counsellor has looked: elevated risk steps down to low, which the case's record says.

        What was said until now is settled: later messages are not read in its light, nor added to it.
        """
        await self._connection.execute(update(person).where(person.c.id == person_id).values(reassessed_at=func.now()))
        await self._connection.execute(
            update(person)
            .where(person.c.id == person_id, person.c.standing_tier > int(Tier.LOW))
            .values(standing_tier=int(Tier.LOW), standing_since=func.now(), calm_turns=0)
        )
