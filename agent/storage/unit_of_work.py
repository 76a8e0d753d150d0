"""The only place that commits. One transaction, its repositories, and the keys of the people it touches.

::

    async with database.unit_of_work() as work:
        await work.turns.receive(...)
        await work.commit()          # without this line everything is rolled back
"""

import json
from datetime import datetime
from types import TracebackType
from typing import Self, cast

import psycopg
from procrastinate import App
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agent.storage.crypto import MasterKey
from agent.storage.keyring import Keyring
from agent.storage.repositories.alerts import Alerts
from agent.storage.repositories.board import Board
from agent.storage.repositories.case_record import CaseRecord
from agent.storage.repositories.cases import Cases
from agent.storage.repositories.channels import Channels
from agent.storage.repositories.check_ins import CheckIns
from agent.storage.repositories.claims import Claims
from agent.storage.repositories.conversations import Conversations
from agent.storage.repositories.counsellors import Counsellors
from agent.storage.repositories.follow_ups import FollowUps
from agent.storage.repositories.forms import Forms
from agent.storage.repositories.lessons import Lessons
from agent.storage.repositories.lines import Lines
from agent.storage.repositories.measures import Measures
from agent.storage.repositories.notes import Notes
from agent.storage.repositories.offers import Offers
from agent.storage.repositories.opinions import OpinionBook
from agent.storage.repositories.people import People
from agent.storage.repositories.practices import Practices
from agent.storage.repositories.reaches import Reaches
from agent.storage.repositories.reminders import Reminders
from agent.storage.repositories.roster import RosterBook
from agent.storage.repositories.safety_plans import SafetyPlans
from agent.storage.repositories.trusted_contacts import ContactKey, TrustedContacts
from agent.storage.repositories.turns import Turns

#: Both on the tables of procrastinate, which answers neither on a connection of ours.
_WITHDRAW = text(
    "DELETE FROM procrastinate_jobs WHERE task_name = :task AND status = 'todo' AND args = CAST(:arguments AS jsonb)"
)
_FAILED = text(
    "SELECT count(DISTINCT job.id) FROM procrastinate_jobs AS job JOIN procrastinate_events AS event "
    "ON event.job_id = job.id WHERE job.status = 'failed' AND event.type = 'failed' "
    "AND event.at > now() - interval '24 hours'"
)


class UnitOfWork:
    """One transaction. Leaving without ``commit`` rolls back."""

    people: People
    conversations: Conversations
    turns: Turns
    cases: Cases
    claims: Claims
    alerts: Alerts
    record: CaseRecord
    lines: Lines
    follow_ups: FollowUps
    lessons: Lessons
    roster: RosterBook
    forms: Forms
    counsellors: Counsellors
    board: Board
    contacts: TrustedContacts
    reaches: Reaches
    plans: SafetyPlans
    measures: Measures
    practices: Practices
    notes: Notes
    offers: Offers
    check_ins: CheckIns
    reminders: Reminders
    opinions: OpinionBook

    def __init__(self, engine: AsyncEngine, master: MasterKey, jobs: App) -> None:
        self._engine = engine
        self._master = master
        self._jobs = jobs
        self._connection: AsyncConnection | None = None

    async def __aenter__(self) -> Self:
        connection = await self._engine.connect()
        self._connection = connection
        keys = Keyring(connection, self._master)
        self.people = People(connection, self._master)
        self.conversations = Conversations(connection)
        self.turns = Turns(connection, keys)
        self.record = CaseRecord(connection, keys)
        self.cases = Cases(connection, self.record)
        self.claims = Claims(connection, self.record)
        self.forms = Forms(connection, keys, self.record, self.claims)
        self.alerts = Alerts(connection, self.record)
        self.channels = Channels(connection)
        self.lines = Lines(connection, keys)
        self.follow_ups = FollowUps(connection, keys, self.lines)
        self.lessons = Lessons(connection, keys)
        self.roster = RosterBook(connection)
        self.counsellors = Counsellors(connection)
        self.board = Board(connection)
        contact_key = ContactKey(self._master.contact_secret())
        self.contacts = TrustedContacts(connection, keys, contact_key)
        self.reminders = Reminders(connection, keys, contact_key)
        self.reaches = Reaches(connection, keys)
        self.plans = SafetyPlans(connection, keys)
        self.measures = Measures(connection, keys)
        self.practices = Practices(connection, keys)
        self.notes = Notes(connection, keys)
        self.offers = Offers(connection, keys)
        self.check_ins = CheckIns(connection, keys)
        self.opinions = OpinionBook(connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def defer(self, task: str, *, at: datetime | None = None, **arguments: str) -> None:
        """Enqueue a job in this very transaction: it exists if and only if the rows do. ``at``: not before then."""
        if not self._live().in_transaction():  # SQLAlchemy does not see the statement: it would not commit it
            await self._live().begin()
        raw = await self._live().get_raw_connection()
        driver = cast("psycopg.AsyncConnection[tuple[object, ...]]", raw.driver_connection)
        deferrer = self._jobs.configure_task(task, connection=driver, schedule_at=at)
        await deferrer.defer_async(**arguments)

    async def withdraw(self, task: str, **arguments: str) -> None:
        """Take back the jobs of this kind and for this that nobody has begun. A lock on what they are for is held."""
        await self._live().execute(_WITHDRAW, {"task": task, "arguments": json.dumps(arguments)})

    async def jobs_failed(self) -> int:
        """Jobs that were given up in the last 24 hours."""
        return int((await self._live().execute(_FAILED)).scalar_one())

    async def commit(self) -> None:
        """Make it durable."""
        await self._live().commit()

    def _live(self) -> AsyncConnection:
        if self._connection is None:
            raise RuntimeError("the unit of work is not open")
        return self._connection


class Database:
    """What a process holds open: the engine, the master key, the queue. Makes units of work."""

    def __init__(self, engine: AsyncEngine, master: MasterKey, jobs: App) -> None:
        self.engine = engine
        self.master = master
        self.jobs = jobs

    def unit_of_work(self) -> UnitOfWork:
        """A new transaction, opened by ``async with``."""
        return UnitOfWork(self.engine, self.master, self.jobs)

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
