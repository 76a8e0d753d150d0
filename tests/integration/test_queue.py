"""The queue itself: jobs of a dead worker run again, jobs that were given up are seen, one planned climb a case."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from channels import captured
from conftest import Talker, talk
from databases import change, rows
from desk import DANGER, invite, register
from processes import http
from waiting import eventually

from agent.bootstrap import Application, Models
from agent.escalation.cases import CLIMB, RING
from agent.escalation.reaper import GONE_SECONDS, reap
from agent.escalation.sweep import sweep
from agent.settings import AlertSettings, Settings

JOBS = "SELECT status::text FROM procrastinate_jobs WHERE task_name = %s"
CLIMBS = "SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'climb' AND status = 'todo'"


@pytest.fixture
async def application(settings: Settings, models: Models) -> AsyncIterator[Application]:
    alerts = AlertSettings(outside="duty-officer@outside.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(captured(),))
    await app.start(models)
    yield app
    await app.stop()


async def left_doing(conninfo: str, silent_for: float) -> None:
    """A ring that a worker took and never finished; its last sign of life is that long ago."""
    await change(
        conninfo,
        "WITH gone AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s) RETURNING id) "
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id) "
        "SELECT 'default', %s, jsonb_build_object('case_id', (SELECT id FROM crisis_case)), 'doing', id FROM gone",
        timedelta(seconds=silent_for), RING,
    )  # fmt: skip


async def look(application: Application) -> None:
    services = application.services
    await sweep(services.database, services.spool, services.ladder)


async def test_the_job_of_a_worker_that_is_gone_is_done_by_another(
    application: Application, talker: Talker, conninfo: str
) -> None:
    await talker.say(DANGER)
    await eventually(lambda: rows(conninfo, JOBS, RING) == [])
    await left_doing(conninfo, GONE_SECONDS + 5)
    await look(application)
    await eventually(lambda: rows(conninfo, JOBS, RING) == [])
    assert rows(conninfo, "SELECT count(*) FROM procrastinate_workers") == [(1,)]
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'rung'") == [(1,)], "run twice, done once"


async def test_the_job_of_a_worker_that_lives_is_left_to_it(
    application: Application, talker: Talker, conninfo: str
) -> None:
    await talker.say(DANGER)
    await eventually(lambda: rows(conninfo, JOBS, RING) == [])
    await left_doing(conninfo, GONE_SECONDS - 10)
    assert await reap(application.services.database.jobs) == 0
    assert rows(conninfo, JOBS, RING) == [("doing",)]


async def test_a_worker_that_was_taken_for_dead_begins_anew(
    application: Application, talker: Talker, conninfo: str
) -> None:
    workers = "SELECT id FROM procrastinate_workers"
    await eventually(lambda: len(rows(conninfo, workers)) == 1)
    ((before,),) = rows(conninfo, workers)
    await change(conninfo, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    await look(application)
    await talker.say(DANGER)
    await eventually(lambda: rows(conninfo, "SELECT kind FROM case_event WHERE kind = 'rung'") == [("rung",)])
    ((after,),) = rows(conninfo, workers)
    assert after > before


async def test_without_the_queue_the_sweep_goes_on(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from procrastinate.exceptions import ConnectorException

    async def away(**_):
        raise ConnectorException

    monkeypatch.setattr(application.services.database.jobs.job_manager, "get_stalled_jobs", away)
    with caplog.at_level("INFO"):
        await look(application)
    assert "reaper_failed" in caplog.messages


async def test_a_job_that_was_given_up_turns_health_to_attention_for_a_day_and_turns_are_still_answered(
    application: Application, conninfo: str
) -> None:
    async with http(application) as browser:
        await register(browser, await invite(application))
        assert (await browser.get("/health")).json()["status"] == "ok"
        async with application.services.database.unit_of_work() as work:
            await work.defer("from_another_version")
            await work.commit()
        failed = "SELECT status::text FROM procrastinate_jobs WHERE task_name = 'from_another_version'"
        await eventually(lambda: rows(conninfo, failed) == [("failed",)])
        answer = await browser.get("/health")
        assert answer.status_code == 200
        assert {"status": "attention", "attention": ["jobs_failed"], "jobs_failed": 1}.items() <= answer.json().items()
        assert "1 task in the background failed" in (await browser.get("/counsellor")).text
        await change(conninfo, "UPDATE procrastinate_events SET at = at - interval '25 hours'")
        assert (await browser.get("/health")).json()["status"] == "ok"


async def test_a_spooled_case_that_cannot_be_read_needs_somebody(application: Application) -> None:
    spool = application.settings.data_dir / "spool"
    spool.mkdir(parents=True)
    async with http(application) as browser:
        await register(browser, await invite(application))
        (spool / "one.unreadable").write_bytes(b"")
        health = (await browser.get("/health")).json()
        assert (health["status"], health["attention"]) == ("attention", ["spool_unreadable"])
        assert "1 record on disk could not be read" in (await browser.get("/counsellor")).text


async def test_however_often_a_case_rings_one_climb_is_planned_for_it(
    application: Application, talker: Talker, conninfo: str
) -> None:
    await talker.say(DANGER)
    await eventually(lambda: len(rows(conninfo, CLIMBS)) == 1)
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    other = await talk(application)
    await other.say(DANGER)
    await eventually(lambda: len(rows(conninfo, CLIMBS)) == 2)
    planned = "SELECT max(id) FROM procrastinate_jobs WHERE task_name = 'climb'"
    before = rows(conninfo, planned)
    for _ in range(5):
        async with application.services.database.unit_of_work() as work:
            await work.defer(RING, case_id=str(case_id))
            await work.commit()
    await eventually(lambda: rows(conninfo, JOBS, RING) == [])
    assert len(rows(conninfo, CLIMBS)) == 2, "one for each of the two cases"
    assert rows(conninfo, planned) > before, "each ring did climb"


async def test_a_planned_climb_moves_to_the_front_when_the_case_gets_worse(talker: Talker, conninfo: str) -> None:
    await talker.say(DANGER)
    await eventually(lambda: len(rows(conninfo, CLIMBS)) == 1)
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    await change(conninfo, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '9 hours'")
    await talker.say("I am on the bridge now and I am going to jump in a minute.")
    await eventually(
        lambda: [at < datetime.now(UTC) + timedelta(hours=1) for (at,) in rows(conninfo, CLIMBS)] == [True]
    )
    assert rows(conninfo, "SELECT args->>'case_id' FROM procrastinate_jobs WHERE task_name = %s", CLIMB) == [
        (str(case_id),)
    ]
