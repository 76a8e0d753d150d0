"""The jobs of procrastinate: what must happen after a case was committed. Each may run twice and does its work once."""

import logging
from uuid import UUID

from procrastinate import App, PsycopgConnector, RetryStrategy

from agent.escalation.cases import RING
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")
#: For a connection of the queue's own pool: by default a stop during an outage would wait half a minute for each.
WAIT_SECONDS = 3.0


def queue(conninfo: str) -> App:
    """The queue on our database. Its pool is opened by whoever runs a worker."""
    return App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3, timeout=WAIT_SECONDS))


def register(app: App, database: Database) -> None:
    """Bind the jobs to a database."""

    @app.task(name=RING, retry=RetryStrategy(max_attempts=20, exponential_wait=2), pass_context=False)
    async def ring_case(case_id: str) -> None:
        await ring(database, UUID(case_id))


async def ring(database: Database, case_id: UUID) -> None:
    """Ring for an open case: an event on its record and a warning in the operator's log, without any content."""
    async with database.unit_of_work() as work:
        tier = await work.cases.ring(case_id)
        await work.commit()
    if tier is not None:
        log.warning("case_open", extra={"case_id": str(case_id), "tier": tier.label})
