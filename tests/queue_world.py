"""The real code of the queue on a real database, with a clock, a network and commits that a test has in its hands."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from channels import Captured, captured
from psycopg.rows import dict_row
from queue_model import Staff

from agent.domain.escalation import Held
from agent.domain.risk import Standing
from agent.domain.roster import Counsellor
from agent.escalation import jobs
from agent.escalation.alerts.climb import Ladder
from agent.escalation.alerts.ladder_policy import load
from agent.escalation.alerts.send import NotSent, Post
from agent.escalation.desk.handling import Desk
from agent.escalation.hands import Hands, hands_of
from agent.escalation.spool import Spool
from agent.escalation.sweep import sweep
from agent.storage.crypto import MasterKey
from agent.storage.database import engine
from agent.storage.repositories.cases import Case as Listed
from agent.storage.repositories.lines import LineKind, StoredLine
from agent.storage.unit_of_work import Database, UnitOfWork

T = TypeVar("T")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVERY_KIND: frozenset[LineKind] = frozenset({"counsellor", "notice", "whisper", "draft"})
OUTSIDE = "officer@outside.example"
TABLES = "procrastinate_jobs, alert, line, case_event, crisis_case, reply, turn, conversation, counsellor, person"
#: ``now()`` of this database is a row: the product asks the database for the time, and the test says what it is.
CLOCK = """
CREATE SCHEMA clock;
CREATE TABLE clock.hand (at timestamptz NOT NULL);
INSERT INTO clock.hand VALUES ('2026-03-02 09:00+00');
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM clock.hand';
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_default = 'now()' LOOP
    EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT clock.now()', c.table_name, c.column_name);
  END LOOP;
  EXECUTE format('ALTER DATABASE %I SET search_path = clock, pg_catalog, public', current_database());
END $$;
"""


class Broken(Exception):
    """The connection broke at a commit: whether it went through is not known."""


@dataclass
class Fault:
    """What happens at the next commit: nothing, or it breaks before or after it is done."""

    at: str | None = None

    def arm(self, monkeypatch: Any) -> None:
        real = UnitOfWork.commit

        async def commit(work: UnitOfWork) -> None:
            at, self.at = self.at, None
            if at == "before":
                raise Broken
            await real(work)
            if at == "after":
                raise Broken

        monkeypatch.setattr(UnitOfWork, "commit", commit)


@dataclass
class Rows:
    """What stands in the database."""

    cases: dict[UUID, dict[str, Any]]
    events: list[dict[str, Any]]
    alerts: dict[UUID, dict[str, Any]]


@dataclass
class Seen:
    """The same through the product: lines of each chat, each person's hands, the list, the roster."""

    lines: dict[UUID, list[StoredLine]]
    hands: dict[UUID, Hands]
    listed: list[Listed]
    everybody: list[Counsellor]


@dataclass(repr=False)
class World:
    """One database and the parts of the product that work the queue."""

    conninfo: str
    folder: Path
    fault: Fault = field(default_factory=Fault)
    channel: Captured = field(default_factory=captured)
    now: datetime = START

    def __post_init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        with psycopg.connect(self.conninfo) as connection:
            connection.execute(CLOCK)
        self.side = psycopg.connect(self.conninfo, autocommit=True)
        self.app = jobs.queue(self.conninfo)
        master = MasterKey(bytes(range(32)))
        self.database = Database(engine(self.conninfo, 2), master, self.app)
        self.spool = Spool(self.folder / "spool", master.spool_key())
        self.policy = load()
        post = Post((self.channel,), "https://help.example", OUTSIDE)
        self.ladder = Ladder(self.database, self.policy, post)
        self.desk = Desk(self.database, self.policy, alerts=True)
        jobs.register(self.app, self.database, self.ladder, post)

    def close(self) -> None:
        self.run(self.database.close())
        self.side.close()
        self.loop.close()

    def run(self, deed: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(deed)

    def begin(self, staff: list[Staff]) -> None:
        """Everything as on the first day."""
        self.side.execute(f"TRUNCATE {TABLES} CASCADE")
        for path in self.spool.pending():
            path.unlink()
        self.fault.at, self.channel.notices, self.channel.tried, self.channel.refuse = None, [], 0, 0
        self.pass_time(START - self.now)
        for one in staff:
            self.side.execute(
                "INSERT INTO counsellor (id, email, name, password_hash, supervisor, cap, languages, skills)"
                " VALUES (%s, %s, %s, '', %s, %s, %s, %s)",
                (one.id, f"{one.name.lower()}@desk.example", one.name, one.supervisor, one.cap, list(one.languages),
                 list(one.skills)),
            )  # fmt: skip

    def pass_time(self, by: timedelta) -> None:
        self.now += by
        self.side.execute("UPDATE clock.hand SET at = %s", (self.now,))

    def someone(self) -> UUID:
        async def made() -> UUID:
            async with self.database.unit_of_work() as work:
                person, _ = await work.people.create()
                await work.commit()
            return person

        return self.run(made())

    async def stay(self, case_id: UUID, by: UUID, fence: int) -> None:
        """What the open page of a counsellor sends every half minute."""
        async with self.database.unit_of_work() as work:
            await work.claims.stay(case_id, by, fence)
            await work.commit()

    async def is_coming(self, case_id: UUID, by: UUID) -> None:
        """The button below an alert."""
        async with self.database.unit_of_work() as work:
            await work.alerts.acknowledged(case_id, by)
            await work.commit()

    def sweep(self) -> None:
        self.run(sweep(self.database, self.spool, self.ladder))

    def due(self) -> list[dict[str, Any]]:
        """Jobs that a worker would take now, oldest first."""
        query = "SELECT * FROM procrastinate_jobs WHERE scheduled_at IS NULL OR scheduled_at <= %s ORDER BY id"
        return self._all(query, self.now)

    def work_on(self, job: dict[str, Any]) -> bool:
        """What a worker does; what could not be sent is tried again later. True if the job is done."""
        task = self.app.tasks[job["task_name"]]
        context = (SimpleNamespace(job=SimpleNamespace(attempts=job["attempts"])),) if task.pass_context else ()
        try:
            self.run(task.func(*context, **job["args"]))
        except NotSent:
            again = "UPDATE procrastinate_jobs SET attempts = attempts + 1, scheduled_at = %s WHERE id = %s"
            self.side.execute(again, (self.now + timedelta(seconds=2), job["id"]))
            return False
        self.forget(job)
        return True

    def forget(self, job: dict[str, Any]) -> None:
        self.side.execute("DELETE FROM procrastinate_events WHERE job_id = %s", (job["id"],))
        self.side.execute("DELETE FROM procrastinate_jobs WHERE id = %s", (job["id"],))

    def rows(self) -> Rows:
        cases = {row["turn_id"]: row for row in self._all("SELECT * FROM crisis_case")}
        alerts = {row["id"]: row for row in self._all("SELECT * FROM alert ORDER BY at, step")}
        return Rows(cases, self._all("SELECT * FROM case_event ORDER BY at, kind"), alerts)

    def seen(self, people: Iterable[UUID], chats: Iterable[UUID]) -> Seen:
        """What the product's own readers say."""

        async def read() -> Seen:
            async with self.database.unit_of_work() as work:
                lines = {chat: await work.lines.of(chat, EVERY_KIND) for chat in chats}
                hands = {person: await hands_of(work, person, self.policy.grace) for person in people}
                return Seen(lines, hands, await work.cases.listed(), await work.roster.everybody())

        return self.run(read())

    def held(self, person: UUID) -> Held | None:
        """Who talks with a person, as a turn asks before it begins."""

        async def read() -> Held | None:
            async with self.database.unit_of_work() as work:
                return await work.cases.held(person)

        return self.run(read())

    def standing(self, person: UUID) -> Standing:
        """The risk that stands for a person, as a turn asks before it begins."""

        async def read() -> Standing:
            async with self.database.unit_of_work() as work:
                return await work.people.standing(person)

        return self.run(read())

    def _all(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self.side.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()


def staff() -> list[Staff]:
    """A supervisor, one who takes one case at a time, one who speaks Spanish, one who knows it all."""
    return [
        Staff(uuid4(), "Ada", True, 4, ("en",), ()),
        Staff(uuid4(), "Bo", False, 1, ("en",), ("suicide",)),
        Staff(uuid4(), "Cy", False, 4, ("es",), ()),
        Staff(uuid4(), "Di", False, 4, ("en", "es"), ("suicide",)),
    ]
