"""A counsellor's access can be ended and a password replaced; guessing and other sites do not get in."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
from conftest import Talker
from databases import rows
from desk import DANGER, PASSWORD, Desk, invite, register, sign_in
from device import new_device
from processes import http, served
from waiting import eventually

from agent.api import feeds
from agent.api.routes import counsellor as routes
from agent.bootstrap import Application
from agent.commands import counsellors as command
from agent.settings import Settings

NEW = "a new one after the theft"


@pytest.fixture
async def browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with http(application) as opened:
        assert (await register(opened, await invite(application))).status_code == 303
        yield opened


@pytest.fixture
def desk(browser: httpx.AsyncClient) -> Desk:
    return Desk(browser)


async def run(settings: Settings, deed: str, *given: str) -> None:
    """The operator's command, in a process of its own as far as the event loop goes."""
    await asyncio.to_thread(getattr(command, deed), settings, *given)


async def test_an_ended_account_is_out_at_once_and_its_case_goes_back_to_the_top(
    settings: Settings, desk: Desk, talker: Talker, conninfo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await talker.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.duty(8)
    await desk.take_over(case_id)
    await run(settings, "end", "Ada@desk.example")
    assert "Nobody who is left is a supervisor" in capsys.readouterr().out
    assert (await desk.http.get("/counsellor")).status_code == 303
    assert (await sign_in(desk.http)).status_code == 401
    await eventually(partial(_waits_again, conninfo), 20)
    assert rows(conninfo, "SELECT count(*) FROM counsellor_session") == [(0,)]
    await run(settings, "listed")
    assert re.search(r"ada@desk\.example  Ada  ended \d{4}", capsys.readouterr().out)


async def test_the_board_and_the_series_go_on_without_an_ended_account(
    application: Application, settings: Settings, desk: Desk
) -> None:
    async with http(application) as other:
        await register(other, await invite(application, supervisor=True), "bo@desk.example", name="Bo")
        await desk.duty(8)
        await run(settings, "end", "ada@desk.example")
        for path in ("/counsellor/board", "/counsellor/board.csv", "/counsellor/handover", "/counsellor/cases"):
            assert (await other.get(path)).status_code == 200, path


async def _waits_again(conninfo: str) -> bool:
    return rows(conninfo, "SELECT status, lapsed FROM crisis_case") == [("open", True)]


async def test_nobody_is_alerted_whose_account_was_ended(
    application: Application, settings: Settings, desk: Desk
) -> None:
    await desk.duty(8)
    await run(settings, "end", "ada@desk.example")
    async with application.services.database.unit_of_work() as work:
        assert await work.roster.on_duty(await work.alerts.now()) == []


async def test_a_new_password_by_a_link_ends_the_old_one_and_every_session(
    application: Application, settings: Settings, browser: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(settings, "reset", "ada@desk.example")
    token = capsys.readouterr().out.split("token=")[1].split()[0]
    assert (await browser.get("/counsellor")).status_code == 303
    async with http(application) as thief:
        assert (await sign_in(thief)).status_code == 401
    form = await browser.get(f"/counsellor/setup?token={token}")
    assert "Choose a new password" in form.text
    assert 'name="name"' not in form.text
    answer = await browser.post("/counsellor/setup", data={"token": token, "password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor")
    async with http(application) as again:
        assert (await sign_in(again, password=NEW)).status_code == 303
        assert (await again.post("/counsellor/setup", data={"token": token, "password": NEW})).status_code == 401


async def test_the_link_opens_an_ended_account_again_with_its_rights(
    settings: Settings, browser: httpx.AsyncClient, conninfo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(settings, "end", "ada@desk.example")
    await run(settings, "reset", "ada@desk.example")
    token = capsys.readouterr().out.split("token=")[1].split()[0]
    assert (await browser.post("/counsellor/setup", data={"token": token, "password": NEW})).status_code == 303
    assert (await browser.get("/counsellor")).status_code == 200
    assert rows(conninfo, "SELECT count(*), bool_and(supervisor) FROM counsellor") == [(1, True)]


async def test_ending_somebody_makes_a_link_for_their_new_password_useless(
    settings: Settings, browser: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await run(settings, "reset", "ada@desk.example")
    token = capsys.readouterr().out.split("token=")[1].split()[0]
    await run(settings, "end", "ada@desk.example")
    assert (await browser.post("/counsellor/setup", data={"token": token, "password": NEW})).status_code == 401


async def test_a_right_guess_among_many_at_once_is_in_vain_after_five_wrong_ones(
    application: Application, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, over = routes._verify, asyncio.Event()

    async def slow(hashed: str, password: str) -> bool:
        if password == PASSWORD:  # it was let in before the account was locked, and is still being hashed
            await over.wait()
        return await verify(hashed, password)

    monkeypatch.setattr(routes, "_verify", slow)
    async with http(application) as thief:
        right = asyncio.create_task(sign_in(thief))
        for n in range(5):
            assert (await sign_in(thief, password=f"wrong guess number {n}")).status_code == 401
        over.set()
        assert (await right).status_code == 401
    assert (await browser.get("/counsellor")).status_code == 200, "who is signed in stays so"


async def test_a_form_that_another_site_sends_is_refused(browser: httpx.AsyncClient) -> None:
    form = {"email": "ada@desk.example", "password": PASSWORD}
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 303), ("none", 303)):
        answer = await browser.post("/counsellor/login", data=form, headers={"sec-fetch-site": site})
        assert answer.status_code == status, site
    assert (await browser.get("/counsellor", headers={"sec-fetch-site": "cross-site"})).status_code == 200


async def test_one_person_cannot_hold_feeds_without_end(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_FEEDS", 2)
    async with served(application) as client:
        device, other = await new_device(client), await new_device(client)

        async def listen(who: object, path: str, opened: asyncio.Event, over: asyncio.Event) -> str:
            async with client.stream("GET", path, headers=who) as answer:
                assert answer.status_code == 200
                opened.set()
                await over.wait()
                return answer.headers["cache-control"]

        over, opened = asyncio.Event(), [asyncio.Event(), asyncio.Event()]
        held = [asyncio.create_task(listen(device.headers, f"{device.path}/events", o, over)) for o in opened]
        await asyncio.gather(*(o.wait() for o in opened))
        topic = next(t for t in application.bell._waiting if t.startswith("person:"))
        await eventually(partial(_two, application, topic), 5)
        refused = await client.get(f"{device.path}/events", headers=device.headers)
        assert refused.status_code == 429
        task = asyncio.create_task(listen(other.headers, f"{other.path}/events", theirs := asyncio.Event(), over))
        await asyncio.wait_for(theirs.wait(), 5)
        over.set()
        assert set(await asyncio.gather(*held, task)) == {"no-store"}, "people's words are in it"


async def _two(application: Application, topic: str) -> bool:
    return application.bell.listeners(topic) == 2
