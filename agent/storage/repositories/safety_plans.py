"""Safety plans: each save is one more revision of the person's plan, and none is ever overwritten."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.safety_plan import SafetyPlan
from agent.storage.crypto import Place
from agent.storage.keyring import Keyring
from agent.storage.tables import counsellor, person
from agent.storage.tables_trusted import safety_plan

_BODY = TypeAdapter(SafetyPlan)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The plan as it stands. ``revision`` 0: nothing was written yet. ``by``: a counsellor's name, else the person."""

    revision: int = 0
    plan: SafetyPlan = field(default_factory=SafetyPlan)
    at: datetime | None = None
    by: str | None = None


class SafetyPlans:
    """Read and add, encrypted for the person."""

    def __init__(self, connection: AsyncConnection, keys: Keyring) -> None:
        self._connection = connection
        self._keys = keys

    async def of(self, person_id: UUID) -> StoredPlan:
        """The newest revision."""
        c = safety_plan.c
        query = select(c.id, c.revision, c.sealed_body, c.at, counsellor.c.name)
        query = query.outerjoin(counsellor, c.by_counsellor == counsellor.c.id).where(c.person_id == person_id)
        row = (await self._connection.execute(query.order_by(c.revision.desc()).limit(1))).one_or_none()
        if row is None:
            return StoredPlan()
        key = await self._keys.of(person_id)
        body = key.open(Place("safety_plan", row.id, "sealed_body"), row.sealed_body)
        return StoredPlan(row.revision, _BODY.validate_json(body), row.at, row.name)

    async def revision(self, person_id: UUID) -> int:
        """The number of the newest revision; 0 if there is none."""
        query = select(func.max(safety_plan.c.revision)).where(safety_plan.c.person_id == person_id)
        return int((await self._connection.execute(query)).scalar_one() or 0)

    async def save(self, person_id: UUID, based_on: int, plan: SafetyPlan, by: UUID | None = None) -> StoredPlan | None:
        """One more revision after ``based_on``; None if there is a newer one by now. The same words add nothing."""
        lock = select(person.c.id).where(person.c.id == person_id).with_for_update(key_share=True)
        await self._connection.execute(lock)
        newest = await self.of(person_id)
        if newest.plan == plan:
            return newest
        if newest.revision != based_on:
            return None
        plan_id, key = uuid4(), await self._keys.of(person_id)
        sealed = key.seal(Place("safety_plan", plan_id, "sealed_body"), _BODY.dump_json(plan).decode())
        values = {"person_id": person_id, "revision": based_on + 1, "sealed_body": sealed, "by_counsellor": by}
        await self._connection.execute(insert(safety_plan).values(id=plan_id, **values))
        return await self.of(person_id)
