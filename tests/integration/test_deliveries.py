"""What counts as sent: somebody who stands for the person an alert is to took it, and no channel is asked twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from channels import Captured, captured
from conftest import talk
from databases import change, rows
from desk import DANGER, Desk, invite, register
from processes import http
from waiting import eventually, until_idle

from agent import bootstrap
from agent.bootstrap import Application, Models
from agent.escalation import sweep as sweeping
from agent.escalation.alerts.send import Post, send
from agent.escalation.sweep import sweep
from agent.settings import Settings

SECOND_TRY = (
    "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_alert' AND status = 'todo' AND attempts = 1"
)
SENT = "SELECT sent_at IS NOT NULL, failed_at IS NOT NULL FROM alert ORDER BY step"


@asynccontextmanager
async def floor(settings: Settings, models: Models, *channels: Captured) -> AsyncIterator[tuple[Application, Desk]]:
    """The product with these channels, one counsellor on duty and one person who is in danger."""
    application = Application(settings, channels=channels)
    await application.start(models)
    try:
        async with http(application) as browser:
            await register(browser, await invite(application), "ada@desk.example", name="Ada")
            desk = Desk(browser)
            await browser.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": 8})
            await (await talk(application)).say(DANGER)
            yield application, desk
    finally:
        await application.stop()


async def test_a_chat_room_does_not_count_for_a_counsellor_whose_own_mail_failed(
    settings: Settings, models: Models, conninfo: str
) -> None:
    mail, room = captured("mail"), captured("room", personal=False)
    mail.refuse = 3
    async with floor(settings, models, mail, room) as (_, desk):
        await eventually(lambda: (False, True) in rows(conninfo, SENT))
        ids = [n.id for n in room.notices]
        assert ids.count(ids[0]) == 1, "the room took it the first time and is not asked again"
        assert mail.tried >= 3
        health = (await desk.http.get("/health")).json()
        assert health["status"] == "attention"
        assert "alerts_unheard" in health["attention"]  # the mail itself may work again by now


async def test_the_mail_is_tried_again_under_the_same_id_while_the_room_is_left_in_peace(
    settings: Settings, models: Models, conninfo: str
) -> None:
    mail, room = captured("mail"), captured("room", personal=False)
    mail.refuse = 1
    async with floor(settings, models, mail, room):
        (notice,) = await mail.wait_for(1)
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])
        assert [n.id for n in room.notices] == [notice.id]
        assert sorted(rows(conninfo, "SELECT channel FROM alert_delivery")) == [("mail",), ("room",)]


async def test_a_room_that_failed_is_asked_again_although_the_mail_has_reached_its_reader(
    settings: Settings, models: Models, conninfo: str
) -> None:
    mail, room = captured("mail"), captured("room", personal=False)
    room.refuse = 3
    async with floor(settings, models, mail, room):
        await eventually(lambda: room.tried == 3)
        await until_idle(conninfo)
        assert rows(conninfo, SENT) == [(True, False)]
        assert len(mail.notices) == 1


async def test_where_there_is_only_a_room_it_counts(settings: Settings, models: Models, conninfo: str) -> None:
    room, other = captured("room", personal=False), captured("other", personal=False)
    other.refuse = 3
    async with floor(settings, models, room, other):
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])


async def test_what_was_taken_is_noted_while_another_channel_hangs_and_survives_a_lost_job(
    settings: Settings, models: Models, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SENT_WITHIN", timedelta(0))
    mail, room = captured("mail"), captured("room", personal=False)
    hang = asyncio.Event()
    take = mail.send

    async def slowly(notice):
        await hang.wait()
        return await take(notice)

    monkeypatch.setattr(mail, "send", slowly)
    async with floor(settings, models, mail, room) as (application, _):
        await eventually(lambda: rows(conninfo, "SELECT channel FROM alert_delivery") == [("room",)])
        monkeypatch.setattr(mail, "send", take)  # as in another process, which does not know that the first one hangs
        services = application.services
        await sweep(services.database, services.spool, services.ladder)
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])
        assert (len(mail.notices), len(room.notices)) == (1, 1)
        hang.set()
        (first, second) = await mail.wait_for(2)
        assert first.id == second.id, "the reader's side can tell that it is one"


async def test_an_alert_that_is_left_without_any_channel_moves_the_ladder_on(
    settings: Settings, models: Models, conninfo: str
) -> None:
    mail = captured("mail")
    mail.refuse = 99
    async with floor(settings, models, mail) as (application, _):
        await eventually(lambda: bool(rows(conninfo, "SELECT 1 FROM alert")))
        ((alert_id,),) = rows(conninfo, "SELECT id FROM alert ORDER BY step LIMIT 1")
        await send(application.services.database, Post(), alert_id, last_try=False)
        assert (False, True) in rows(conninfo, SENT)


async def test_an_alert_that_hangs_gets_one_further_job_however_often_the_sweep_looks(
    settings: Settings, models: Models, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_alert' AND status = 'todo'"
    over, mail = asyncio.Event(), captured("mail")

    async def hangs(_: object) -> bool:
        await over.wait()
        return True

    monkeypatch.setattr(mail, "send", hangs)
    monkeypatch.setattr(sweeping, "SENT_WITHIN", timedelta(0))
    monkeypatch.setattr(bootstrap, "JOBS_AT_ONCE", 1)
    async with floor(settings, models, mail) as (application, _):
        await eventually(lambda: len(rows(conninfo, "SELECT 1 FROM alert")) == 1)
        services = application.services
        for _ in range(4):
            await sweep(services.database, services.spool, services.ladder)
        assert rows(conninfo, jobs)[0][0] <= 1
        over.set()
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])


async def test_an_alert_that_nothing_happens_to_turns_health_red(
    settings: Settings, models: Models, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with floor(settings, models, captured("mail")) as (application, desk):
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])
        assert (await desk.http.get("/health")).json()["attention"] == []
        await change(conninfo, "UPDATE alert SET sent_at = NULL, at = now() - interval '61 seconds'")
        monkeypatch.setattr(sweeping, "SENT_WITHIN", timedelta(hours=1))
        assert (await desk.http.get("/health")).json()["attention"] == ["alerts_unheard"]
        assert application.ready


async def test_a_job_that_a_wrong_clock_put_off_for_an_hour_keeps_no_alert_from_being_sent(
    settings: Settings, models: Models, conninfo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the fault drill: a node whose clock was an hour ahead put the second try off."""
    mail = captured("mail")
    mail.refuse = 1
    monkeypatch.setattr(sweeping, "SENT_WITHIN", timedelta(0))
    put_off = (
        "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour' "
        "WHERE task_name = 'send_alert' AND status = 'todo'"
    )
    async with floor(settings, models, mail) as (application, _):
        await eventually(lambda: rows(conninfo, SECOND_TRY) == [(1,)])
        await change(conninfo, put_off)
        services = application.services
        await sweep(services.database, services.spool, services.ladder)
        await eventually(lambda: rows(conninfo, SENT) == [(True, False)])
