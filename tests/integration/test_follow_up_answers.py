"""Somebody who answers a follow-up is heard: those on duty are told once, and again while nobody does anything."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest
from channels import Captured, captured
from databases import change, rows
from desk import Desk, invite, register
from device import Device, new_device
from follow_ups import closed, fall_due, look
from processes import http
from waiting import eventually, until_idle

from agent.bootstrap import Application, Models
from agent.settings import AlertSettings, Settings

CALM = "Thank you for asking. My sister came and we had soup."


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def application(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[Application]:
    alerts = AlertSettings(base_url="https://help.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel,))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as opened:
        browser = await opened.enter_async_context(http(application))
        await register(browser, await invite(application))
        found = Desk(browser)
        await found.duty(8)
        yield found


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def written(application: Application, desk: Desk, device: Device, conninfo: str) -> str:
    """A follow-up is due, was told of, and a counsellor has written to the person; its path."""
    await closed(desk, device)
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM follow_up") == [(1,)])
    form = {"csrf": await desk.csrf(), "line": str(uuid4()), "words": "Hello, this is Ada. How are you?"}
    assert (await desk.http.post(f"{path}/message", data=form)).status_code == 303
    return path


def answers(channel: Captured) -> list[str]:
    return [n.title for n in channel.notices if n.kind == "answer"]


async def test_an_answer_in_calm_words_tells_those_on_duty_once_and_stands_on_the_list_until_it_is_read(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    path = await written(application, desk, device, conninfo)
    for words in (CALM, "And we watched a film."):
        await device.say(words)
    await eventually(lambda: len(answers(channel)) == 1)
    for _ in range(2):
        await change(conninfo, "UPDATE follow_up SET rung_at = NULL")
        await look(application)
    await until_idle(conninfo)
    (notice,) = [n for n in channel.notices if n.kind == "answer"]
    assert (notice.title, notice.link) == ("Handhold: a follow-up was answered", f"https://help.example{path}")
    assert "soup" not in notice.words
    page = (await desk.http.get("/counsellor")).text
    assert "Answered, not read yet" in page
    assert "soup" not in page
    read = (await desk.http.get(path)).text
    assert "soup" in read
    assert "And we watched a film." in read
    assert "Answered, not read yet" not in (await desk.http.get("/counsellor")).text
    await device.say("Good night to you.")
    await eventually(lambda: len(answers(channel)) == 2)


async def test_the_job_that_tells_is_in_the_commit_that_has_the_answer_and_the_sweep_finds_it_when_it_is_lost(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await written(application, desk, device, conninfo)
    channel.refuse = channel.tried + 1
    await device.say(CALM)
    await eventually(lambda: channel.tried >= channel.refuse)
    await until_idle(conninfo)
    query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'follow_up_due'"
    ((before,),) = rows(conninfo, query)
    assert answers(channel) == []
    await change(conninfo, "UPDATE follow_up SET answered_at = now() - interval '1 minute', rung_at = NULL")
    await change(conninfo, "UPDATE follow_up SET told_at = now() - interval '5 minutes'")
    await look(application)
    assert rows(conninfo, query) == [(before + 1,)]
    await eventually(lambda: len(answers(channel)) == 1)


async def test_a_due_follow_up_that_nobody_touches_rings_again_after_two_hours_and_not_before(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await closed(desk, device)
    await fall_due(application, conninfo)

    def rung() -> int:
        return len([n for n in channel.notices if n.kind == "follow_up"])

    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM follow_up") == [(1,)])
    for ago, expected in (("119 minutes", 1), ("121 minutes", 2)):
        back = "UPDATE follow_up SET due_at = now() - interval '1 day', rung_at = NULL, told_at = now() - interval "
        await change(conninfo, f"{back} '{ago}'")
        await look(application)
        await until_idle(conninfo)
        assert rung() == expected
    assert len({n.id for n in channel.notices if n.kind == "follow_up"}) == 2


async def test_a_follow_up_that_was_written_to_is_left_alone_until_there_is_an_answer(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await written(application, desk, device, conninfo)
    before = len(channel.notices)
    old = "rung_at = NULL, told_at = now() - interval '5 hours'"
    back = f"UPDATE follow_up SET due_at = now() - interval '1 day', {old}"  # noqa: S608
    await change(conninfo, back)
    await look(application)
    await until_idle(conninfo)
    assert len(channel.notices) == before
    await device.say(CALM)
    await eventually(lambda: len(answers(channel)) == 1)
    await change(conninfo, "UPDATE follow_up SET answered_at = now() - interval '6 hours'")
    await change(conninfo, back)
    await look(application)
    await eventually(lambda: len(answers(channel)) == 2)


async def test_words_before_anybody_wrote_or_after_it_was_marked_done_are_no_answer(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    path = await written(application, desk, device, conninfo)
    await change(conninfo, "UPDATE follow_up SET line_id = NULL")
    await device.say(CALM)
    assert rows(conninfo, "SELECT answered_at FROM follow_up") == [(None,)]
    form = {"csrf": await desk.csrf(), "line": str(uuid4()), "words": "And today?"}
    await desk.http.post(f"{path}/message", data=form)
    done = {"csrf": await desk.csrf(), "note": "Soup with the sister.", "reached": "true"}
    assert (await desk.http.post(f"{path}/done", data=done)).status_code == 303
    await device.say(CALM)
    assert rows(conninfo, "SELECT answered_at FROM follow_up") == [(None,)]


async def test_whoever_takes_the_case_that_an_answer_opened_has_read_it(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await written(application, desk, device, conninfo)
    await device.say("I think about killing myself every night again.")
    assert rows(conninfo, "SELECT count(answered_at) FROM follow_up") == [(1,)]
    (case_id,) = await desk.listed()
    assert (await desk.claim(case_id)).status_code == 303
    assert rows(conninfo, "SELECT count(answered_at) FROM follow_up") == [(0,)]


async def test_what_was_said_while_a_counsellor_had_the_case_is_read_when_they_close_it(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await written(application, desk, device, conninfo)
    await device.say("I think about killing myself every night again.")
    (case_id,) = await desk.listed()
    assert (await desk.claim(case_id)).status_code == 303
    await device.say("I am glad that you are here.")
    assert (await desk.close(case_id, "We talked.")).status_code == 303
    assert rows(conninfo, "SELECT count(answered_at) FROM follow_up") == [(0,)]
