"""Looks over the rows every few seconds and does what a lost job, a crash or an absent database left undone."""

import logging
from datetime import timedelta

from sqlalchemy.exc import IntegrityError, NoResultFound

from agent.errors import NotFound, Tampered
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
        try:
            await open_case(database, message, risk, model_version)
        except (IntegrityError, NotFound, NoResultFound) as error:
            # Its turn or person is not in this database (an older backup was restored): kept for a human to see.
            log.critical("spool_entry_without_turn", extra={"code": type(error).__name__})
            path.rename(path.with_suffix(".unplaced"))
            continue
        path.unlink()
    async with database.unit_of_work() as work:
        waiting = await work.cases.unrung(RING_WITHIN)
    for case_id in waiting:
        try:
            await ring(database, case_id)
        except (Tampered, NotFound) as error:
            log.critical("case_unreadable", extra={"case_id": str(case_id), "code": type(error).__name__})
