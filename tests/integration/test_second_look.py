"""A decision about emergency services does not wait in silence: those on duty who may look at it are told, once."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from channels import Captured, captured
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import new_device
from follow_ups import look
from processes import http
from waiting import eventually, until_idle

from agent.bootstrap import Application, Models
from agent.escalation.alerts.channels import Notice
from agent.settings import AlertSettings, Settings

REASONS = "She said it has begun."


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
def room() -> Captured:
    return captured("room", personal=False)


@pytest.fixture
async def application(
    settings: Settings, models: Models, channel: Captured, room: Captured
) -> AsyncIterator[Application]:
    # Quiet all day: it must not matter.
    alerts = AlertSettings(base_url="https://help.example", quiet="00:00-00:00 UTC")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel, room))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def browsers() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def counsellor(application: Application, browsers: AsyncExitStack, name: str, hours: int = 8) -> Desk:
    browser = await browsers.enter_async_context(http(application))
    await register(browser, await invite(application), f"{name.lower()}@desk.example", name=name)
    desk = Desk(browser)
    if hours:
        await desk.duty(hours)
    return desk


@pytest.fixture
async def ada(application: Application, browsers: AsyncExitStack) -> Desk:
    return await counsellor(application, browsers, "Ada")


@pytest.fixture
async def case_id(client: httpx.AsyncClient, ada: Desk) -> str:
    """A case that Ada has."""
    await (await new_device(client)).say(DANGER)
    (found,) = await ada.listed()
    assert (await ada.claim(found)).status_code == 303
    return found


async def decide(desk: Desk, case_id: str, base: int = 0, reasons: str = REASONS) -> httpx.Response:
    form = {
        "csrf": await desk.csrf(), "fence": await desk.fence(case_id), "revision": str(base),
        "choice.decision": "called", "note.decision": reasons, "note.called_at": "21:04",
    }  # fmt: skip
    return await desk.http.post(f"/counsellor/cases/{case_id}/forms/decision", data=form)


def looks(of: Captured) -> list[Notice]:
    return [n for n in of.notices if n.kind == "second_look"]


async def test_all_on_duty_but_its_author_are_told_once_that_a_second_look_is_wanted_and_not_of_what(
    application: Application, browsers: AsyncExitStack, ada: Desk, case_id: str, channel: Captured, room: Captured,
    conninfo: str,
) -> None:  # fmt: skip
    bo = await counsellor(application, browsers, "Bo")
    await counsellor(application, browsers, "Cy")
    await counsellor(application, browsers, "Di", hours=0)
    await bo.http.post("/counsellor/break", data={"csrf": await bo.csrf(), "minutes": "15"})
    assert (await decide(ada, case_id)).status_code == 303
    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM case_form") == [(1,)])
    assert (await decide(ada, case_id)).status_code == 303, "the same words again"
    await change(conninfo, "UPDATE case_form SET at = now() - interval '1 hour'")
    await look(application)
    await until_idle(conninfo)
    assert [n.to for n in looks(channel)] == ["cy@desk.example"]
    assert [n.to for n in looks(room)] == [None]
    assert looks(room)[0].link == f"https://help.example/counsellor/cases/{case_id}"
    for notice in (*looks(channel), *looks(room)):
        assert notice.title == "Handhold: a second look is wanted"
        assert "begun" not in notice.words
        assert "call" not in notice.words.lower()


async def test_the_sweep_finds_a_decision_of_which_nobody_was_told_after_the_job_had_its_time(
    application: Application, browsers: AsyncExitStack, ada: Desk, case_id: str, channel: Captured, conninfo: str
) -> None:
    bo = await counsellor(application, browsers, "Bo", hours=0)
    assert (await decide(ada, case_id, base=7)).status_code == 409
    assert (await decide(ada, case_id)).status_code == 303
    await until_idle(conninfo)
    await bo.duty(8)
    await look(application)
    await until_idle(conninfo)
    assert looks(channel) == [], "nobody else was there, and the job has its time first"
    await change(conninfo, "UPDATE case_form SET at = at - interval '1 minute', rung_at = NULL")
    for _ in range(2):
        await look(application)
    await eventually(lambda: len(looks(channel)) == 1)
    await until_idle(conninfo)
    assert [n.to for n in looks(channel)] == ["bo@desk.example"]


async def test_a_channel_that_refuses_is_asked_again_a_minute_later(
    application: Application, browsers: AsyncExitStack, ada: Desk, case_id: str, channel: Captured, room: Captured,
    conninfo: str,
) -> None:  # fmt: skip
    await counsellor(application, browsers, "Bo")
    await until_idle(conninfo)
    channel.refuse, room.refuse = channel.tried + 1, room.tried + 1
    assert (await decide(ada, case_id)).status_code == 303
    await eventually(lambda: (channel.tried, room.tried) == (channel.refuse, room.refuse))
    await until_idle(conninfo)
    assert rows(conninfo, "SELECT told_at FROM case_form") == [(None,)]
    for _ in range(2):
        await change(conninfo, "UPDATE case_form SET at = at - interval '1 minute', rung_at = NULL")
        await look(application)
        await until_idle(conninfo)
    await eventually(lambda: len(looks(channel)) == 1)
    assert [n.to for n in looks(room)] == [None]


async def test_nobody_is_asked_for_what_was_looked_at_or_for_a_version_that_is_not_the_newest(
    application: Application, browsers: AsyncExitStack, ada: Desk, case_id: str, channel: Captured, conninfo: str
) -> None:
    bo = await counsellor(application, browsers, "Bo", hours=0)
    assert (await decide(ada, case_id)).status_code == 303
    assert (await decide(ada, case_id, 1, "She said that it is over.")).status_code == 303
    await bo.duty(8)
    await change(conninfo, "UPDATE case_form SET at = now() - interval '1 hour', rung_at = NULL")
    await look(application)
    await eventually(lambda: len(looks(channel)) == 1)
    told = "SELECT revision FROM case_form WHERE told_at IS NOT NULL"
    await eventually(lambda: rows(conninfo, told) == [(2,)])
    form = {"csrf": await bo.csrf(), "revision": "2", "agrees": "yes", "remark": "I read it."}
    await bo.http.post(f"/counsellor/cases/{case_id}/forms/decision/approval", data=form)
    await change(conninfo, "UPDATE case_form SET told_at = NULL, rung_at = NULL")
    await look(application)
    await until_idle(conninfo)
    assert len(looks(channel)) == 1


async def test_the_list_of_others_and_the_board_say_that_a_decision_waits_until_somebody_has_looked(
    application: Application, browsers: AsyncExitStack, ada: Desk, case_id: str
) -> None:
    bo = await counsellor(application, browsers, "Bo")

    async def said(desk: Desk, page: str) -> bool:
        return "1 decision waits for a second look" in (await desk.http.get(f"/counsellor/{page}")).text

    assert not await said(bo, "cases/list")
    await decide(ada, case_id)
    assert (await said(bo, "cases/list"), await said(ada, "cases/list")) == (True, False)
    assert await said(ada, "board")
    form = {"csrf": await bo.csrf(), "revision": "1", "agrees": "no", "remark": "She is with her sister."}
    assert (await bo.http.post(f"/counsellor/cases/{case_id}/forms/decision/approval", data=form)).status_code == 303
    assert (await said(bo, "cases/list"), await said(ada, "board")) == (False, False)
