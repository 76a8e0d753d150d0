"""Somebody is told: the right one, once, with a link and nothing else; then the next, until somebody has the case."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import timedelta

import pytest
from channels import Captured, captured
from conftest import Talker, talk
from databases import change, rows
from desk import DANGER, Desk, invite, register
from processes import http
from waiting import eventually

from agent.bootstrap import Application, Models
from agent.escalation.sweep import sweep
from agent.settings import AlertSettings, Settings


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def application(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[Application]:
    """The running product with one way to reach people, and an outside contact."""
    alerts = AlertSettings(base_url="https://help.example", outside="duty-officer@outside.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel,))
    await app.start(models)
    yield app
    await app.stop()


class Floor:
    """The counsellors of one test, each with a browser."""

    def __init__(self, application: Application, browsers: AsyncExitStack) -> None:
        self._application = application
        self._browsers = browsers

    async def on_duty(self, name: str, hours: int = 8) -> Desk:
        """One with an account and, unless for 0 hours, on duty."""
        browser = await self._browsers.enter_async_context(http(self._application))
        await register(browser, await invite(self._application), f"{name.lower()}@desk.example", name=name)
        desk = Desk(browser)
        await browser.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": hours})
        return desk


@pytest.fixture
async def floor(application: Application) -> AsyncIterator[Floor]:
    async with AsyncExitStack() as browsers:
        yield Floor(application, browsers)


async def pass_time(application: Application, conninfo: str, by: timedelta) -> None:
    """What the clock would do: everything happened that much earlier. Then a sweep looks."""
    for statement in (
        "UPDATE alert SET since = since - %s, at = at - %s, acknowledged_at = acknowledged_at - %s",
        "UPDATE crisis_case SET since = since - %s, lease_until = lease_until - %s",
    ):
        await change(conninfo, statement, *[by] * statement.count("%s"))
    services = application.services
    await sweep(services.database, services.spool, services.ladder)


async def test_whoever_is_on_duty_is_told_with_a_link_and_nothing_else(
    floor: Floor, channel: Captured, talker: Talker, conninfo: str
) -> None:
    await floor.on_duty("Ada", hours=0)
    await floor.on_duty("Bo")
    await talker.say(DANGER)
    (notice,) = await channel.wait_for(1)
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    assert notice.to == "bo@desk.example"
    assert notice.link == f"https://help.example/counsellor/cases/{case_id}"
    assert set(asdict(notice)) == {"id", "to", "link", "at", "kind"}
    assert notice.kind == "case"
    assert rows(conninfo, "SELECT kind FROM case_event WHERE kind = 'paged'") == [("paged",)]


async def test_nobody_is_asked_twice_for_one_step_however_often_it_is_looked_at(
    application: Application, floor: Floor, channel: Captured, talker: Talker
) -> None:
    await floor.on_duty("Ada")
    await talker.say(DANGER)
    await channel.wait_for(1)
    services = application.services
    for _ in range(3):
        await sweep(services.database, services.spool, services.ladder)
    await talker.say("I still think about it every night.")
    assert len(channel.notices) == 1


async def test_without_an_answer_the_next_one_is_told_and_last_the_outside_contact(
    application: Application, floor: Floor, channel: Captured, talker: Talker, conninfo: str
) -> None:
    await floor.on_duty("Ada")  # the first account: the supervisor
    await floor.on_duty("Bo", hours=4)
    await talker.say("I am on the bridge now and I am going to jump in a minute.")
    await channel.wait_for(1)
    for count in (2, 3, 4):
        await pass_time(application, conninfo, timedelta(seconds=60))
        await channel.wait_for(count)
    told = [n.to for n in channel.notices]
    assert set(told[:2]) == {"ada@desk.example", "bo@desk.example"}
    assert told[2:] == ["ada@desk.example", "duty-officer@outside.example"]


async def test_somebody_who_answers_holds_the_ladder_and_one_who_takes_the_case_ends_it(
    application: Application, floor: Floor, channel: Captured, talker: Talker, conninfo: str
) -> None:
    ada, bo = await floor.on_duty("Ada"), await floor.on_duty("Bo", hours=4)
    await talker.say("I am on the bridge now and I am going to jump in a minute.")
    (first,) = await channel.wait_for(1)
    desk = ada if first.to == "ada@desk.example" else bo
    (case_id,) = await desk.listed()
    assert "I will take it in a minute" in await desk.page(case_id)
    await desk.http.post(f"/counsellor/cases/{case_id}/coming", data={"csrf": await desk.csrf()})
    await pass_time(application, conninfo, timedelta(seconds=61))
    assert len(channel.notices) == 1
    await pass_time(application, conninfo, timedelta(seconds=61))
    await channel.wait_for(3)  # what was due meanwhile: the next one, and the supervisor
    await desk.claim(case_id)
    await pass_time(application, conninfo, timedelta(seconds=200))
    assert len(channel.notices) == 3
    assert rows(conninfo, "SELECT status FROM crisis_case") == [("claimed",)]


async def test_a_case_that_was_put_back_climbs_from_the_first_step_again(
    floor: Floor, channel: Captured, talker: Talker
) -> None:
    desk = await floor.on_duty("Ada")
    await talker.say(DANGER)
    await channel.wait_for(1)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    form = {"csrf": await desk.csrf(), "fence": "1", "note": "my shift ends"}
    await desk.http.post(f"/counsellor/cases/{case_id}/release", data=form)
    one, two = await channel.wait_for(2)
    assert one.id != two.id


async def test_an_alert_that_no_channel_takes_is_tried_again_under_the_same_id(
    floor: Floor, channel: Captured, talker: Talker
) -> None:
    channel.refuse = 2
    await floor.on_duty("Ada")
    await talker.say(DANGER)
    await channel.wait_for(1)
    assert channel.tried == 3


async def test_an_alert_that_cannot_be_sent_at_all_moves_on_at_once_and_is_seen_in_health_and_on_the_list(
    application: Application, floor: Floor, channel: Captured, talker: Talker, conninfo: str
) -> None:
    channel.refuse = 3
    desk = await floor.on_duty("Ada")
    await floor.on_duty("Bo", hours=4)
    await talker.say(DANGER)
    services = application.services
    for _ in range(400):
        await sweep(services.database, services.spool, services.ladder)
        if channel.notices:
            break
    await channel.wait_for(1)
    assert rows(conninfo, "SELECT count(*) FROM alert WHERE failed_at IS NOT NULL") == [(1,)]
    assert (await desk.http.get("/health")).json()["alerts_unheard"] == 1
    assert "1 alert could not be sent" in (await desk.http.get("/counsellor")).text


async def test_an_alert_whose_job_was_lost_is_sent_all_the_same(
    application: Application, floor: Floor, channel: Captured, talker: Talker, conninfo: str
) -> None:
    await floor.on_duty("Ada")
    await talker.say(DANGER)
    (sent,) = await channel.wait_for(1)
    await eventually(lambda: rows(conninfo, "SELECT count(*) FROM alert WHERE sent_at IS NOT NULL") == [(1,)])
    await change(conninfo, "DELETE FROM alert_delivery")
    await change(conninfo, "UPDATE alert SET sent_at = NULL")  # as if the worker had died before it was sent
    await pass_time(application, conninfo, timedelta(seconds=30))
    assert [n.id for n in await channel.wait_for(2)] == [sent.id, sent.id]


async def test_with_nobody_on_duty_the_outside_contact_is_told_at_once(channel: Captured, talker: Talker) -> None:
    await talker.say("I am on the bridge now and I am going to jump in a minute.")
    (notice,) = await channel.wait_for(1)
    assert notice.to == "duty-officer@outside.example"


async def test_two_people_in_danger_are_two_alerts(
    application: Application, floor: Floor, channel: Captured, talker: Talker
) -> None:
    await floor.on_duty("Ada")
    await talker.say(DANGER)
    await (await talk(application)).say(DANGER)
    notices = await channel.wait_for(2)
    assert len({n.link for n in notices}) == 2


async def test_the_list_says_who_is_on_duty_and_that_nobody_is(floor: Floor) -> None:
    desk = await floor.on_duty("Ada", hours=0)
    assert "Nobody is on duty." in (await desk.http.get("/counsellor")).text
    await desk.http.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": 8})
    page = (await desk.http.get("/counsellor")).text
    assert "Ada" in page.split("On duty:")[1]
    assert "(supervisor)" in page
    await desk.http.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": 0})
    assert "Nobody is on duty." in (await desk.http.get("/counsellor")).text
