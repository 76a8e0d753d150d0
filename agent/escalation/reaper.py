"""Jobs of a worker that is gone are to do again.

Nothing depends on it: the sweep finds every deadline in the rows. It keeps the queue tidy, and a job may run twice.
"""

import logging
from datetime import UTC, datetime

from procrastinate import App
from procrastinate.exceptions import ProcrastinateException

log = logging.getLogger("handhold.escalation")
#: Workers give a sign of life every ten seconds. One that was only slow begins anew.
GONE_SECONDS = 30.0


async def reap(queue: App) -> int:
    """Put them back, and forget the workers. How many jobs were put back."""
    reaped = 0
    try:
        for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=GONE_SECONDS):
            reaped += await _put_back(queue, job.id)
        await queue.job_manager.prune_stalled_workers(GONE_SECONDS)
    except ProcrastinateException as error:  # not open yet, or the database is away
        log.info("reaper_failed", extra={"code": type(error).__name__})
    if reaped:
        log.warning("jobs_reaped", extra={"count": reaped})
    return reaped


async def _put_back(queue: App, job_id: int | None) -> bool:
    if job_id is None:
        return False
    try:
        await queue.job_manager.retry_job_by_id_async(job_id, datetime.now(UTC))
    except ProcrastinateException:  # done by now, or another process was quicker
        return False
    return True
