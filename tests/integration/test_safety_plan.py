"""One plan, written by the person and their counsellor: nothing written is lost, and both see what is saved."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from databases import rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http

from agent.api.feeds import desk_feed, person_feed
from agent.bootstrap import Application
from agent.domain.safety_plan import PARTS
from agent.storage.repositories.safety_plans import StoredPlan

PATH = "/v1/safety-plan"
WALK = "Walk to the sea and back, with the dog."


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


@pytest.fixture
async def case(device: Device, desk: Desk) -> str:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    return case_id


async def read(device: Device) -> dict:
    return (await device.http.get(PATH, headers=device.headers)).json()


async def save(device: Device, based_on: int, **parts: str) -> httpx.Response:
    return await device.http.put(PATH, json={"based_on": based_on, "parts": parts}, headers=device.headers)


async def save_on(desk: Desk, case_id: str, based_on: int, **parts: str) -> httpx.Response:
    form = {"csrf": await desk.csrf(), "fence": await desk.fence(case_id), "based_on": based_on, **parts}
    return await desk.http.post(f"/counsellor/cases/{case_id}/plan", data=form)


async def test_a_plan_has_six_parts_and_outlives_chats_and_closed_cases(device: Device, desk: Desk, case: str) -> None:
    blank = await read(device)
    assert (blank["revision"], list(blank["parts"])) == (0, list(PARTS))
    written = {name: f"{name}, in my words" for name in PARTS}
    assert (await save(device, 0, **written)).json()["parts"] == written
    await desk.close(case, "Spoke; safe for tonight.")
    await device.http.post(f"{device.path}/end", headers=device.headers)
    await device.http.post("/v1/conversations", json={}, headers=device.headers)
    assert (await read(device))["parts"] == written


async def test_every_save_is_kept_and_none_is_in_clear(device: Device, conninfo: str) -> None:
    await save(device, 0, myself=WALK)
    await save(device, 1, myself="Ring Jo.")
    await save(device, 2, myself="Ring Jo.")  # a repeated save adds nothing
    assert rows(conninfo, "SELECT revision FROM safety_plan ORDER BY revision") == [(1,), (2,)]
    stored = str(rows(conninfo, "SELECT encode(sealed_body, 'escape') FROM safety_plan"))
    assert WALK not in stored
    assert "Ring Jo" not in stored


async def test_of_two_who_save_at_once_one_is_given_the_newer_plan_and_keeps_their_words(device: Device) -> None:
    answers = await asyncio.gather(*(save(device, 0, myself=f"version of window {n}") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    kept = next(a for a in answers if a.status_code == 200).json()
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "newer_plan"
            assert answer.json()["plan"] == kept
    assert await read(device) == kept


async def test_a_save_that_was_answered_and_not_heard_can_be_repeated(device: Device) -> None:
    first = await save(device, 0, myself=WALK)
    assert (await save(device, 0, myself=WALK)).json() == first.json()


async def test_the_counsellor_writes_in_the_same_plan_and_it_is_on_the_record(
    device: Device, desk: Desk, case: str
) -> None:
    await save(device, 0, myself=WALK)
    page = html.unescape(await desk.page(case))
    assert WALK in page
    assert (await save_on(desk, case, 1, myself=WALK, people="My sister")).status_code == 303
    now = await read(device)
    assert (now["revision"], now["by"], now["parts"]["people"]) == (2, "Ada", "My sister")
    history = (await desk.page(case)).split("What has happened")[1]
    assert re.search(r"Ada</p>\s*<p><strong>Safety plan saved</strong>: <bdi>version 2</bdi>", history)
    assert "version 1, by the person" in history


async def test_a_counsellor_who_was_overtaken_sees_both(device: Device, desk: Desk, case: str, conninfo: str) -> None:
    await save(device, 0, myself=WALK, people="Jo <b>")
    refused = await save_on(desk, case, 0, myself="Breathe & count", people="Mum")
    assert refused.status_code == 409
    shown = html.unescape(refused.text)
    for words in (WALK, "Jo <b>", "Breathe & count", "Mum"):
        assert words in shown
    assert "Jo <b>" not in refused.text
    assert 'name="based_on" value="1"' in refused.text
    assert (await read(device))["parts"]["people"] == "Jo <b>"
    assert rows(conninfo, "SELECT count(*) FROM safety_plan") == [(1,)]


@pytest.mark.usefixtures("desk")
async def test_a_counsellor_without_the_case_neither_sees_nor_writes_it_and_their_words_come_back(
    device: Device, case: str, application: Application
) -> None:
    await save(device, 0, myself=WALK)
    async with http(application) as browser:
        await register(browser, await invite(application), "bo@desk.example", name="Bo")
        other = Desk(browser)
        assert WALK not in await other.page(case)
        refused = await save_on(other, case, 1, myself="something else")
    assert refused.status_code == 409
    assert "something else" in refused.text
    assert WALK not in refused.text
    assert (await read(device))["revision"] == 1


async def test_a_part_that_is_too_long_is_refused_on_both_sides_and_given_back(
    device: Device, desk: Desk, case: str
) -> None:
    long = "x" * 2001
    assert (await save(device, 0, myself=long)).json()["error"]["code"] == "part_too_long"
    assert long in (await save_on(desk, case, 0, myself=long)).text
    assert (await read(device))["revision"] == 0


async def test_one_persons_plan_is_no_other_persons(device: Device, client: httpx.AsyncClient) -> None:
    await save(device, 0, myself=WALK)
    assert (await read(await new_device(client)))["revision"] == 0
    assert (await client.get(PATH)).status_code == 401


async def test_both_sides_hear_of_a_save_at_once(
    device: Device, desk: Desk, case: str, application: Application, conninfo: str
) -> None:
    ((person, talk, case_id),) = rows(conninfo, "SELECT person_id, conversation_id, id FROM crisis_case")
    assert str(case_id) == case
    heard: asyncio.Queue[int] = asyncio.Queue()
    looks: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for event in person_feed(application, talk, person, 0):
            if event.event == "plan":
                heard.put_nowait(event.data.revision)

    async def watch() -> None:
        async for event in desk_feed(application, case_id):
            looks.put_nowait(event.event)

    tasks = [asyncio.create_task(listen()), asyncio.create_task(watch())]
    try:
        async with asyncio.timeout(10):  # a look without a bell comes after twenty seconds
            await looks.get()
            await asyncio.sleep(0.3)
            while not looks.empty():
                looks.get_nowait()
            await save(device, 0, myself=WALK)
            assert await heard.get() == 1
            assert await looks.get() == "changed"
            await save_on(desk, case, 1, myself="Ring Jo.")
            assert await heard.get() == 2
    finally:
        for task in tasks:
            task.cancel()


async def test_the_page_holds_the_six_parts_the_numbers_and_the_source(shared_client: httpx.AsyncClient) -> None:
    page = (await shared_client.get("/plan", headers={"accept-language": "en-GB"})).text
    assert re.findall(r'data-part="(\w+)"', page) == list(PARTS)
    assert 'href="tel:999"' in page
    assert "Stanley and Brown" in page


def test_a_plan_that_was_never_written_is_empty() -> None:
    assert json.dumps(StoredPlan().plan.parts()) == json.dumps(dict.fromkeys(PARTS, ""))
