"""The failure table where the database fails: help is shown, nobody is said to have been told, and nothing is lost."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from conftest import Talker, talk
from databases import rows
from device import new_device
from failing import FixedSensor, put
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.exc import OperationalError
from waiting import eventually

from agent import bootstrap
from agent.bootstrap import Application, Models
from agent.domain.turn import Reply
from agent.escalation.sweep import sweep
from agent.graph import runner as running
from agent.graph.state import Limits
from agent.settings import Settings
from agent.storage.embedded import EmbeddedServer
from agent.storage.repositories.cases import Cases
from agent.storage.repositories.turns import Turns
from agent.storage.unit_of_work import UnitOfWork

HARMLESS = "I made soup for my neighbour."
DANGER = "I don't want to be alive any more. I think about killing myself every night."
CASES = "SELECT (SELECT count(*) FROM crisis_case), (SELECT count(*) FROM case_event WHERE kind IN ('opened', 'risk'))"
ANSWERED = (
    "SELECT turn.status, count(reply.turn_id) FROM turn LEFT JOIN reply ON reply.turn_id = turn.id GROUP BY turn.id"
)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is done again every few seconds is done again at once. Set before the application starts."""
    monkeypatch.setattr(bootstrap, "SWEEP_SECONDS", 0.2)
    monkeypatch.setattr(running, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(running, "KEEP_DONE_SECONDS", 0.2)


class Outage:
    """Takes one database away from everybody but the administrator, and gives it back."""

    def __init__(self, server: EmbeddedServer, conninfo: str) -> None:
        self._admin = server.admin
        self._name = str(conninfo_to_dict(conninfo)["dbname"])

    def begin(self) -> None:
        self._allow("false")
        self.cut()

    def cut(self) -> None:
        """Only cut the connections that are open; new ones may come."""
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (self._name,)
            )

    def end(self) -> None:
        self._allow("true")

    def _allow(self, allowed: str) -> None:
        statement = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(self._name), sql.SQL(allowed)))


@pytest.fixture
def outage(server: EmbeddedServer, conninfo: str) -> Outage:
    return Outage(server, conninfo)


@asynccontextmanager
async def crisis_locked(conninfo: str) -> AsyncIterator[None]:
    """Somebody holds the table of cases: TX2 waits and waits."""
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute("LOCK TABLE crisis_case IN ACCESS EXCLUSIVE MODE")
        yield
        await connection.rollback()


def failing_case(monkeypatch: pytest.MonkeyPatch, how: str, outage: Outage) -> Callable[[], None]:
    """Break TX2; what is returned mends it."""
    add, defer, commit = Cases.open_or_add, UnitOfWork.defer, UnitOfWork.commit
    away = OperationalError("INSERT INTO crisis_case", {}, psycopg.OperationalError("gone"))

    async def raises(*_: object, **__: object) -> None:
        raise away

    async def cut(*given: object) -> object:
        await asyncio.to_thread(outage.cut)
        return await add(*given)

    async def queue_refuses(*_: object, **__: object) -> None:
        raise ConnectorException

    async def commit_of_a_case_fails(work: UnitOfWork) -> None:
        if (await work.cases.listed()) and not broken["mended"]:
            raise away
        await commit(work)

    broken = {"mended": False}
    target, name, whole, part = {
        "repository": (Cases, "open_or_add", add, raises),
        "connections cut": (Cases, "open_or_add", add, cut),
        "queue": (UnitOfWork, "defer", defer, queue_refuses),
        "commit": (UnitOfWork, "commit", commit, commit_of_a_case_fails),
    }[how]
    monkeypatch.setattr(target, name, part)

    def mend() -> None:
        broken["mended"] = True
        monkeypatch.setattr(target, name, whole)

    return mend


def says_nobody_was_told(application: Application, reply: Reply) -> None:
    told = application.services.words.told
    claims = [said.split(".")[0] for name, said in told.items() if name != "not_stored"]
    assert reply.card
    assert not [claim for claim in claims if claim in reply.text]
    assert "on the list" not in reply.text


@pytest.mark.parametrize("how", ["repository", "connections cut", "queue", "commit"])
async def test_a_case_that_cannot_be_stored_is_kept_on_disk_and_stored_later(
    application: Application, talker: Talker, conninfo: str, outage: Outage, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (fsync(fd), synced.append(os.fstat(fd).st_ino)))
    mend = failing_case(monkeypatch, how, outage)
    held = hold_sweeps(monkeypatch)

    reply = await talker.say(DANGER)
    assert (reply.origin, reply.reasons) == ("crisis", ("case_not_stored",))
    says_nobody_was_told(application, reply)
    assert application.services.words.told["not_stored"] in reply.text

    spool = application.services.spool
    (entry,) = spool.pending()
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700
    assert b"alive" not in entry.read_bytes()
    assert spool.read(entry)[0].text == DANGER
    assert synced.index(entry.stat().st_ino) < synced.index(entry.parent.stat().st_ino)
    assert rows(conninfo, CASES) == [(0, 0)]

    mend()
    held.set()
    await eventually(lambda: not spool.pending())
    await eventually(lambda: rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'rung'") == [(1,)])
    assert rows(conninfo, CASES) == [(1, 1)]
    async with application.services.database.unit_of_work() as work:
        (case,) = await work.cases.listed()
        opened, *_ = await work.record.of(case.id, case.person_id)
    assert (case.person_id, case.tier) == (talker.person, reply.tier)
    assert opened.drivers
    await sweep(application.services.database, spool, application.services.ladder)
    assert rows(conninfo, CASES) == [(1, 1)]


def hold_sweeps(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """No sweep until the event is set, so that a test can look at the spool."""
    held = asyncio.Event()

    async def held_sweep(*given: object) -> None:
        await held.wait()
        await sweep(*given)

    monkeypatch.setattr(running, "sweep", held_sweep)
    return held


async def test_a_case_that_takes_too_long_to_store_does_not_keep_the_person_waiting(
    application: Application, talker: Talker, conninfo: str
) -> None:
    put(application, limits=Limits(store=0.3))
    async with crisis_locked(conninfo):
        begun = time.monotonic()
        reply = await talker.say(DANGER)
        assert time.monotonic() - begun < 5
        says_nobody_was_told(application, reply)
        assert application.services.spool.pending()
    await eventually(lambda: not application.services.spool.pending())
    assert rows(conninfo, CASES) == [(1, 1)]


async def test_if_not_even_the_disk_takes_it_the_turn_stays_open_and_is_run_again(
    application: Application, talker: Talker, conninfo: str, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend = failing_case(monkeypatch, "repository", outage)
    spool = application.services.spool
    put(application, spool=FullDisk())
    says_nobody_was_told(application, await talker.say(DANGER))
    assert rows(conninfo, CASES) == [(0, 0)]
    mend()
    put(application, spool=spool)
    await eventually(lambda: rows(conninfo, CASES) == [(1, 1)])
    await eventually(lambda: rows(conninfo, ANSWERED) == [("ANSWERED", 1)])


class FullDisk:
    """A spool on a disk that takes nothing."""

    def put(self, *_: object) -> None:
        raise OSError(28, "No space left on device")

    def pending(self) -> list[Path]:
        return []


@pytest.mark.parametrize(("text", "cases"), [("hello", (0, 0)), (DANGER, (1, 1))], ids=["greeting", "danger"])
async def test_a_reply_that_cannot_be_stored_reaches_the_client_and_the_turn_is_answered_later(
    application: Application, talker: Talker, conninfo: str, monkeypatch: pytest.MonkeyPatch, text: str,
    cases: tuple[int, int],
) -> None:  # fmt: skip
    answer, away = Turns.answer, {"now": True}

    async def fails(*given: object) -> Reply:
        if away["now"]:
            raise OperationalError("INSERT INTO reply", {}, psycopg.OperationalError("gone"))
        return await answer(*given)

    monkeypatch.setattr(Turns, "answer", fails)
    reply = await talker.say(text)
    assert reply.card
    assert reply.text.strip()
    assert rows(conninfo, ANSWERED) == [("RECEIVED", 0)]
    away["now"] = False
    await eventually(lambda: rows(conninfo, ANSWERED) == [("ANSWERED", 1)])
    assert rows(conninfo, CASES) == [cases]
    async with application.services.database.unit_of_work() as work:
        (turn,) = await work.turns.of(talker.conversation)
    assert turn.reply is not None
    assert turn.reply.origin == ("crisis" if cases != (0, 0) else "authored")


async def test_a_whole_outage_in_mid_turn_costs_nothing_but_time(
    application: Application, client: httpx.AsyncClient, conninfo: str, outage: Outage
) -> None:
    """Over HTTP: the words that the client gets do not need the database any more."""
    device, turn = await new_device(client), uuid4()
    sensor = Waits(application.services.sensor.version)
    put(application, sensor=sensor)
    assert (await device.post(DANGER, turn)).status_code == 202
    following = asyncio.create_task(device.events(turn))
    await eventually(sensor.asked.is_set)
    live = next(iter(application.running()._live.values()))
    await eventually(lambda: bool(live.changed._waiters))
    await asyncio.to_thread(outage.begin)
    sensor.go.set()

    events = await following
    assert [events[0].name, events[-1].name] == ["state", "done"]
    shown = events[-1].data
    assert shown["card"]["emergency"]
    assert "on the list" not in shown["text"]
    assert application.services.spool.pending()

    await asyncio.to_thread(outage.end)
    await eventually(lambda: not application.services.spool.pending())
    await eventually(lambda: rows(conninfo, ANSWERED) == [("ANSWERED", 1)])
    await eventually(lambda: rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'rung'") == [(1,)])
    assert rows(conninfo, CASES) == [(1, 1)]
    (kept,) = await device.turns()
    assert kept["text"] == DANGER


class Waits:
    """A reader that answers when it is let."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def read(self, text: str, before: Sequence[str] = ()) -> object:
        self.asked.set()
        await self.go.wait()
        return await FixedSensor().read(text, before)


def tasks(application: Application) -> list[asyncio.Task[None]]:
    """The one that runs the queue and the one that sweeps."""
    named = {t.get_name(): t for t in application._tasks}
    return [named["worker"], named["watch"]]


async def test_worker_and_sweep_live_through_an_outage(application: Application, conninfo: str, outage: Outage) -> None:
    await (await talk(application)).say(DANGER)
    rung = "SELECT count(*) FROM case_event WHERE kind = 'rung'"
    await eventually(lambda: rows(conninfo, rung) == [(1,)])
    for _ in range(2):
        await asyncio.to_thread(outage.begin)
        await asyncio.sleep(1.5)  # long enough for the worker to ask in vain, and for the sweep to fail
        assert not await application.database_answers()
        await asyncio.to_thread(outage.end)
        await eventually(application.database_answers)
    worker, sweeper = tasks(application)
    assert not worker.done()
    assert not sweeper.done()
    # The bell by the queue, without the sweep's help.
    sweeper.cancel()
    await (await talk(application)).say(DANGER)
    await eventually(lambda: rows(conninfo, rung) == [(2,)])


async def test_the_worker_begins_again_whatever_its_queue_raises(
    application: Application, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the queue raises after half a minute without connections is of no database library's kind."""
    run, raised = App.run_worker_async, []

    async def raises_first(*given: object, **options: object) -> None:
        if not raised:
            raised.append(1)
            raise ConnectorException
        await run(*given, **options)

    monkeypatch.setattr(App, "run_worker_async", raises_first)
    worker, sweeper = tasks(application)
    sweeper.cancel()
    await asyncio.sleep(0)  # the worker has not begun yet
    await (await talk(application)).say(DANGER)
    await eventually(lambda: rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'rung'") == [(1,)])
    assert raised
    assert not worker.done()


async def test_an_entry_without_its_turn_does_not_keep_others_from_being_stored(
    application: Application, talker: Talker, conninfo: str, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold_sweeps(monkeypatch)
    mend = failing_case(monkeypatch, "repository", outage)
    await talker.say(DANGER)
    mend()
    spool = application.services.spool
    (entry,) = spool.pending()
    message, risk, version = spool.read(entry)
    for number in range(3):  # names are random: one of them sorts first
        spool.put(replace(message, turn_id=uuid4()), risk, f"{version}{number}")
    (entry.parent / f"{uuid4()}.sealed").write_bytes(entry.read_bytes()[:-1] + b"\0")
    held.set()
    await eventually(lambda: rows(conninfo, CASES) == [(1, 1)])
    await eventually(lambda: not spool.pending())
    assert len([p for p in entry.parent.iterdir() if p.suffix != ".sealed"]) == 4, "what could not be placed is kept"


async def test_storage_that_is_away_when_a_message_comes_is_said_and_help_is_shown(
    client: httpx.AsyncClient, outage: Outage
) -> None:
    device = await new_device(client)
    await asyncio.to_thread(outage.begin)
    refused = await device.post(DANGER)
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "storage_away"
    assert refused.json()["error"]["help"]["emergency"]
    await asyncio.to_thread(outage.end)
    assert (await device.say(DANGER))["origin"] == "crisis"


async def test_a_helper_that_will_not_stop_does_not_keep_the_product_from_ending(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bootstrap, "DRAIN_SECONDS", 0.05)
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    application = Application(settings)
    helper = asyncio.create_task(stubborn(), name="worker")
    application._tasks.append(helper)
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await application.stop()
    assert not helper.done()
    assert "task_did_not_stop" in caplog.messages
    released.set()
    await helper


async def test_the_product_ends_though_the_queue_cannot_sign_off_from_a_database_that_is_away(
    settings: Settings, models: Models, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(*_: object) -> None:
        raise psycopg.OperationalError("gone")

    application = Application(settings)
    await application.start(models)
    worker = next(task for task in application._tasks if task.get_name() == "worker")
    monkeypatch.setattr(JobManager, "unregister_worker", gone)
    monkeypatch.setattr(bootstrap, "DRAIN_SECONDS", 3.0)
    await asyncio.sleep(0.5)  # the queue has signed on
    await application.stop()
    assert worker.done()
    assert "task_did_not_stop" not in caplog.messages
