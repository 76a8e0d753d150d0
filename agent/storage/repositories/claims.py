"""Who holds a case. A claim is a lease with a fence: whoever lost it can write nothing more under it."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.domain.escalation import OWNED, Happening, Outcome, after
from agent.domain.risk import Tier
from agent.errors import Conflict, NotFound
from agent.storage.repositories.case_record import CaseRecord, EventKind
from agent.storage.tables import counsellor, crisis_case

#: A counsellor who gives no sign of life for this long is taken to be gone. The page gives one every half minute.
LEASE: Final = timedelta(minutes=5)
_WAITS: Final[dict[str, Any]] = {"owner": None, "lease_until": None, "rung_at": None, "since": func.now()}


class Claims:
    """Claim, stay, put back, close; and take from those who vanished."""

    def __init__(self, connection: AsyncConnection, record: CaseRecord) -> None:
        self._connection = connection
        self._record = record

    async def claim(self, case_id: UUID, by: UUID) -> int:
        """Take a case; returns the fence of this claim. ``Conflict`` names who has it if somebody does."""
        row = await self._locked(case_id)
        if row.status in OWNED:
            who = "You have" if row.owner == by else f"{await self._name(row.owner)} has"
            raise Conflict(f"{who} this case already.", code="already_claimed")
        fence: int = row.fence + 1
        values = {"owner": by, "lease_until": func.now() + LEASE, "fence": fence}
        await self._move(row, "claim", "claimed", by, "", values)
        return fence

    async def stay(self, case_id: UUID, by: UUID, fence: int) -> None:
        """A sign of life: the lease runs from now."""
        row = await self._held(case_id, by, fence)
        await self._connection.execute(
            update(crisis_case).where(crisis_case.c.id == row.id).values(lease_until=func.now() + LEASE)
        )

    async def release(self, case_id: UUID, by: UUID, fence: int, note: str) -> None:
        """Put it back into the queue, with a note for whoever takes it next."""
        await self._move(await self._held(case_id, by, fence), "release", "released", by, note, _WAITS)

    async def close(self, case_id: UUID, by: UUID, fence: int, note: str, outcome: Outcome) -> UUID:
        """Close with a note and what it turned out to be; returns the person's id."""
        row = await self._held(case_id, by, fence)
        values = {"owner": None, "lease_until": None, "outcome": outcome, "closed_at": func.now(), "closed_by": by}
        await self._move(row, "close", "closed", by, note, values)
        person_id: UUID = row.person_id
        return person_id

    async def lapse(self, case_id: UUID) -> bool:
        """Back into the queue; False if its counsellor came back meanwhile."""
        row = await self._locked(case_id)
        if row.status not in OWNED or not row.over:
            return False
        await self._move(row, "lapse", "lapsed", row.owner, "", _WAITS)
        return True

    async def may_write(self, case_id: UUID, by: UUID, fence: int) -> tuple[UUID, Tier]:
        """Whose case it is and its tier, for who may write on it; locks it. ``Conflict`` for everybody else."""
        row = await self._held(case_id, by, fence)
        return row.person_id, Tier(row.tier)

    async def _held(self, case_id: UUID, by: UUID, fence: int) -> Row[Any]:
        """The case, if this very claim still holds it."""
        row = await self._locked(case_id)
        if row.status == "closed":
            raise Conflict("This case is closed.", code="already_closed")
        if row.owner != by or row.fence != fence:
            raise Conflict(
                "You no longer have this case. Nothing was changed.",
                code="claim_lost",
            )
        return row

    async def _locked(self, case_id: UUID) -> Row[Any]:
        c = crisis_case.c
        over = (c.lease_until <= func.now()).label("over")
        query = select(c.id, c.person_id, c.status, c.tier, c.owner, c.fence, over).where(c.id == case_id)
        row = (await self._connection.execute(query.with_for_update())).one_or_none()
        if row is None:
            raise NotFound("There is no such case.", code="unknown_case")
        return row

    async def _name(self, counsellor_id: UUID) -> str:
        query = select(counsellor.c.name).where(counsellor.c.id == counsellor_id)
        name: str = (await self._connection.execute(query)).scalar_one()
        return name

    async def _move(
        self, row: Row[Any], happening: Happening, kind: EventKind, by: UUID, note: str, values: dict[str, Any]
    ) -> None:
        status = after(row.status, happening)
        await self._connection.execute(
            update(crisis_case).where(crisis_case.c.id == row.id).values(status=status, updated_at=func.now(), **values)
        )
        await self._record.add(row.id, kind, row.person_id, Tier(row.tier), actor=by, detail=note)
