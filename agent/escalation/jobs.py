"""The jobs of procrastinate: what must happen after a case was committed. Each may run twice and does its work once."""

from uuid import UUID

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy

from agent.escalation.alerts.climb import Ladder
from agent.escalation.alerts.send import Post, send
from agent.escalation.cases import CLIMB, RING
from agent.escalation.desk.follow_up import remind
from agent.escalation.desk.second_look import LOOK, ask
from agent.escalation.trusted.contacts import TrustedDesk
from agent.escalation.trusted.send import send_reach, send_test
from agent.storage.repositories.follow_ups import FOLLOW
from agent.storage.repositories.queue import REACH, SEND, TEST
from agent.storage.unit_of_work import Database

#: For a connection of the queue's own pool: by default a stop during an outage would wait half a minute for each.
WAIT_SECONDS = 3.0
#: An alert that no channel takes is tried this often, with two seconds between, before the next person is asked.
TRIES = 3
_PATIENTLY = RetryStrategy(max_attempts=20, exponential_wait=2)


def queue(conninfo: str) -> App:
    """The queue on our database. Its pool is opened by whoever runs a worker."""
    return App(
        connector=PsycopgConnector(
            conninfo=conninfo, min_size=1, max_size=3, timeout=WAIT_SECONDS,
            # These connections only take up jobs and tick them off. Forgotten in a crash of the server, a job is run
            # again, and each does its work once. What defers a job commits with its rows, and waits for the disk.
            kwargs={"options": "-c synchronous_commit=off"},
        )
    )  # fmt: skip


def register(app: App, database: Database, ladder: Ladder, post: Post) -> None:
    """Bind the jobs to a database and to the ways out of this building."""

    @app.task(name=RING, retry=_PATIENTLY)
    async def ring_case(case_id: str) -> None:
        await ladder.climb(UUID(case_id))

    @app.task(name=CLIMB, retry=_PATIENTLY)
    async def climb_on(case_id: str) -> None:
        await ladder.climb(UUID(case_id))

    # Before other jobs: when many cases come at once, the first person is told before the last case is looked at.
    @app.task(name=SEND, priority=1, retry=RetryStrategy(max_attempts=20, wait=2), pass_context=True)
    async def send_alert(context: JobContext, alert_id: str) -> None:
        await send(database, post, UUID(alert_id), last_try=context.job.attempts + 1 >= TRIES)

    @app.task(name=FOLLOW, retry=_PATIENTLY)
    async def follow_up_due(follow_up_id: str) -> None:
        await remind(database, post, ladder.policy.quiet, UUID(follow_up_id))

    @app.task(name=LOOK, priority=1, retry=_PATIENTLY)
    async def second_look(case_id: str) -> None:
        await ask(database, post, UUID(case_id))


def register_trusted(app: App, desk: TrustedDesk) -> None:
    """Bind the jobs that write to trusted contacts."""

    @app.task(name=TEST, retry=RetryStrategy(max_attempts=20, wait=2), pass_context=True)
    async def contact_test(context: JobContext, contact_id: str) -> None:
        await send_test(desk, UUID(contact_id), last_try=context.job.attempts + 1 >= TRIES)

    @app.task(name=REACH, retry=RetryStrategy(max_attempts=20, wait=2), pass_context=True)
    async def contact_reach(context: JobContext, reach_id: str) -> None:
        await send_reach(desk, UUID(reach_id), last_try=context.job.attempts + 1 >= TRIES)
