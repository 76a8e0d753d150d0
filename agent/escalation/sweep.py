"""Looks over the rows every few seconds and does what a lost job, a crash or an absent database left undone."""

import logging
from datetime import timedelta

from agent.errors import Tampered
from agent.escalation.cases import open_case
from agent.escalation.jobs import ring
from agent.escalation.spool import Spool
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")
RING_WITHIN = timedelta(seconds=10)


async def sweep(database: Database, spool: Spool) -> None:
    """One pass: spooled cases into the database, then the bell for every open case that nobody rang for."""
    for path in spool.pending():
        try:
            message, risk, model_version = spool.read(path)
        except Tampered:
            log.error("spool_entry_unreadable", extra={"code": "tampered"})  # noqa: TRY400  (no trace: it names paths)
            path.rename(path.with_suffix(".unreadable"))
            continue
        await open_case(database, message, risk, model_version)
        path.unlink()
    async with database.unit_of_work() as work:
        waiting = await work.cases.unrung(RING_WITHIN)
    for case_id in waiting:
        await ring(database, case_id)
