"""A way to reach somebody that is broken is seen and named, although another one works."""

from collections.abc import AsyncIterator

import httpx
import pytest
from channels import Captured, captured
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import new_device
from follow_ups import closed, fall_due
from processes import http
from waiting import eventually, until_idle

from agent.bootstrap import Application, Models
from agent.commands import doctor
from agent.settings import AlertSettings, Settings

NEVER = 10**6
FAILING = "SELECT failures >= 3 FROM channel WHERE name = 'sms'"


@pytest.fixture
def mail() -> Captured:
    return captured("email")


@pytest.fixture
def sms() -> Captured:
    return captured("sms", personal=False)


@pytest.fixture
async def application(settings: Settings, models: Models, mail: Captured, sms: Captured) -> AsyncIterator[Application]:
    app = Application(settings.model_copy(update={"alerts": AlertSettings()}), channels=(mail, sms))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        found = Desk(browser)
        await found.duty(8)
        yield found


async def health(desk: Desk) -> dict[str, object]:
    found: dict[str, object] = (await desk.http.get("/health")).json()
    return found


async def test_one_dead_channel_beside_one_that_works_turns_health_red_and_is_named_everywhere(
    settings: Settings, client: httpx.AsyncClient, desk: Desk, mail: Captured, sms: Captured, conninfo: str
) -> None:
    sms.refuse = NEVER
    assert (await health(desk))["channels_failing"] == []
    await (await new_device(client)).say(DANGER)
    await mail.wait_for(1)
    await eventually(lambda: rows(conninfo, FAILING) == [(True,)])
    found = await health(desk)
    assert (found["status"], found["attention"]) == ("attention", ["channels_failing"])
    assert found["channels_failing"] == ["sms"]
    for page in ("/counsellor", "/counsellor/board", "/counsellor/board/now"):
        assert "Alerts no longer go out by sms:" in (await desk.http.get(page)).text
    said = [one.what for one in doctor.channels(settings)]
    assert len(said) == 1
    assert "alerts by sms have all failed lately" in said[0]
    sms.refuse = 0
    await (await new_device(client)).say(DANGER)
    await eventually(lambda: len(sms.notices) > 0)
    await until_idle(conninfo)
    assert (await health(desk))["channels_failing"] == []
    assert list(doctor.channels(settings)) == []


async def test_two_failures_or_failures_of_yesterday_are_no_dead_channel(
    client: httpx.AsyncClient, desk: Desk, sms: Captured, conninfo: str
) -> None:
    sms.refuse = NEVER
    await (await new_device(client)).say(DANGER)
    await eventually(lambda: rows(conninfo, FAILING) == [(True,)])
    await until_idle(conninfo)
    await change(conninfo, "UPDATE channel SET failed_at = now() - interval '25 hours' WHERE name = 'sms'")
    assert (await health(desk))["channels_failing"] == []
    await change(conninfo, "UPDATE channel SET failed_at = now(), failures = 2 WHERE name = 'sms'")
    assert (await health(desk))["channels_failing"] == []


async def test_a_follow_up_that_a_channel_does_not_take_counts_too(
    application: Application, client: httpx.AsyncClient, desk: Desk, sms: Captured, conninfo: str
) -> None:
    await closed(desk, await new_device(client))
    await until_idle(conninfo)
    sms.refuse = NEVER
    before = "SELECT coalesce(max(failures), 0) FROM channel WHERE name = 'sms'"
    assert rows(conninfo, before) == [(0,)]
    await fall_due(application, conninfo)
    await eventually(lambda: rows(conninfo, before) == [(1,)])
    assert rows(conninfo, "SELECT failures FROM channel WHERE name = 'email'") == [(0,)]


async def test_that_a_channel_works_is_not_written_for_every_alert(application: Application, conninfo: str) -> None:
    async def works() -> list[tuple[object, ...]]:
        async with application.services.database.unit_of_work() as work:
            await work.channels.worked("email")
            await work.commit()
        return rows(conninfo, "SELECT succeeded_at, failures FROM channel")

    first = await works()
    assert await works() == first
    await change(conninfo, "UPDATE channel SET succeeded_at = succeeded_at - interval '2 minutes'")
    later = await works()
    assert later > first
    await change(conninfo, "UPDATE channel SET failures = 3")
    again = await works()
    assert again > later
    assert again[0][1] == 0
