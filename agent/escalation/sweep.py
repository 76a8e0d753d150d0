"""Looks over the rows every few seconds and does what a lost job, a crash or an absent database left undone.

So an alert is sent whoever died, and a case comes back from a counsellor who vanished.
"""

import logging
from datetime import timedelta
from functools import partial
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import IntegrityError, NoResultFound, OperationalError

from agent.errors import NotFound, Tampered
from agent.escalation.alerts.climb import Ladder
from agent.escalation.cases import open_case
from agent.escalation.desk.follow_up import ring_again
from agent.escalation.desk.second_look import ask_again
from agent.escalation.hands import tell
from agent.escalation.reaper import reap
from agent.escalation.spool import Spool
from agent.escalation.trusted.send import send_lost
from agent.storage.repositories.queue import SEND
from agent.storage.unit_of_work import Database

log = logging.getLogger("handhold.escalation")
SENT_WITHIN = timedelta(seconds=20)


async def sweep(database: Database, spool: Spool, ladder: Ladder) -> None:
    """One pass: spooled cases into the database, then the ladder of every case that is not closed.

    Last of all, since nothing depends on it: jobs of workers that are gone.
    """
    await _store_spooled(database, spool)
    await _send_again(database)
    await send_lost(database)
    async with database.unit_of_work() as work:
        live = await work.alerts.live()
        seconds = await work.claims.seconds_gone()
    jobs = [
        *(partial(_second_gone, database, n) for n in seconds),
        *(partial(ladder.climb, n, again=False) for n in live),
    ]
    for job, case_id in zip(jobs, [*seconds, *live], strict=True):
        try:
            await job()
        except (Tampered, NotFound) as error:
            log.critical("case_unreadable", extra={"case_id": str(case_id), "code": type(error).__name__})
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            log.warning("case_locked", extra={"case_id": str(case_id)})  # its turn comes with the next sweep
    await ask_again(database)
    await ring_again(database)
    await reap(database.jobs)


async def _second_gone(database: Database, case_id: UUID) -> None:
    """A second counsellor who vanished sits there no longer, and the person is told."""
    async with database.unit_of_work() as work:
        gone = await work.claims.second_gone(case_id)
        if gone is not None:
            await tell(work, gone[0], "left", gone[1])
            await work.commit()


async def _store_spooled(database: Database, spool: Spool) -> None:
    for path in spool.pending():
        try:
            message, risk, model_version = spool.read(path)
        except (Tampered, ValueError) as error:  # also one that another version wrote in another form
            log.error("spool_entry_unreadable", extra={"code": type(error).__name__})  # noqa: TRY400  (it names paths)
            path.rename(path.with_suffix(".unreadable"))
            continue
        try:
            await open_case(database, message, risk, model_version)
        except (IntegrityError, NotFound, NoResultFound, Tampered) as error:
            # Its turn or person is not in this database, or under another key: kept for a human to see.
            log.critical("spool_entry_without_turn", extra={"code": type(error).__name__})
            path.rename(path.with_suffix(".unplaced"))
            continue
        path.unlink()


async def _send_again(database: Database) -> None:
    """Alerts whose job died with its worker. Sent twice, they carry one id."""
    async with database.unit_of_work() as work:
        lost = await work.alerts.unsent(SENT_WITHIN)
        for alert_id in lost:
            await work.defer(SEND, alert_id=str(alert_id))
        if lost:
            await work.commit()
