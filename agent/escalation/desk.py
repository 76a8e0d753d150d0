"""What a counsellor does with a case they have. Each is one commit: all of it or nothing."""

from datetime import UTC, datetime
from uuid import UUID

from agent.domain.escalation import Outcome
from agent.escalation.cases import RING
from agent.storage.unit_of_work import Database


async def put_back(database: Database, case_id: UUID, by: UUID, fence: int, note: str) -> None:
    """Into the queue again, and the bell rings for it in the same commit."""
    async with database.unit_of_work() as work:
        await work.claims.release(case_id, by, fence, note)
        await work.defer(RING, case_id=str(case_id))
        await work.commit()


async def close(database: Database, case_id: UUID, by: UUID, fence: int, note: str, outcome: Outcome) -> None:
    """The case is over, and the person's standing risk steps down with it: a counsellor has reassessed."""
    async with database.unit_of_work() as work:
        person_id = await work.claims.close(case_id, by, fence, note, outcome)
        await work.people.reassessed(person_id, datetime.now(UTC))
        await work.commit()
