"""A counsellor is not signed out in the middle of a duty, and a script is never told that lost words arrived."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from databases import change, rows
from desk import Desk, invite, register, sign_in
from processes import http

from agent.bootstrap import Application


@pytest.fixture
async def browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with http(application) as opened:
        await register(opened, await invite(application))
        yield opened


async def test_a_session_outlasts_the_longest_duty_by_an_hour(browser: httpx.AsyncClient, conninfo: str) -> None:
    page = (await browser.get("/counsellor")).text
    longest = max(int(hours) for hours in re.findall(r'name="hours" value="(\d+)"', page))
    assert (await Desk(browser).duty(longest)).status_code == 303
    assert (await Desk(browser).duty(longest + 1)).status_code == 422
    signed = await sign_in(browser)
    assert f"Max-Age={(longest + 1) * 3600};" in signed.headers["set-cookie"]
    left = "SELECT min(round(extract(epoch FROM expires_at - now()) / 3600)) FROM counsellor_session"
    assert rows(conninfo, left) == [(longest + 1,)]
    outlasts = "SELECT bool_and(s.expires_at > c.on_duty_until) FROM counsellor_session s, counsellor c"
    assert rows(conninfo, outlasts) == [(True,)]


async def test_to_a_script_a_session_that_ended_is_an_error_and_to_a_browser_the_way_to_sign_in(
    browser: httpx.AsyncClient, conninfo: str
) -> None:
    await change(conninfo, "UPDATE counsellor_session SET expires_at = now()")
    path, form = f"/counsellor/cases/{uuid4()}/say", {"csrf": "x", "fence": "1", "line": str(uuid4()), "words": "Hello"}
    script = await browser.post(path, data=form, headers={"x-requested-with": "fetch"})
    assert script.status_code == 401
    page = await browser.post(path, data=form)
    assert (page.status_code, page.headers["location"]) == (303, "/counsellor/login")
