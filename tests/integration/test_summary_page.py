"""The handoff summary on the page of a real case: the person's words, where they stand, and what is not known."""

import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from desk import Desk, invite, register
from device import new_device
from processes import http

from agent.bootstrap import Application


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


def part(page: str) -> str:
    found = re.search(r'<section class="panel summary".*?</section>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[0])


async def test_a_case_begins_with_what_was_said_and_what_is_not_known(desk: Desk, client: httpx.AsyncClient) -> None:
    device = await new_device(client)
    said = ["I want to kill myself <b>tonight</b>.", "I have a rope in the loft. My dog needs me.", "no pills though"]
    for text in said:
        await device.say(text)
    (case_id,) = await desk.listed()
    page = await desk.page(case_id)
    summary = part(page)
    quotes = re.findall(r'<q dir="auto">(.*?)</q>', summary, re.DOTALL)
    assert "I have a rope in the loft." in quotes
    assert "I want to kill myself <b>tonight</b>." in quotes
    assert all(any(q in text for text in said) for q in quotes)
    assert page.index('id="summary"') < page.index('id="why"')
    for seq in re.findall(r'href="#turn-(\d+)"', summary):
        assert f'id="turn-{seq}"' in page
    assert "<b>tonight</b>" not in page
    unknown = summary[summary.index("Not known") : summary.index("</ul>")]
    assert "Where they are" in unknown
    assert "Means at hand" not in unknown


async def test_a_case_of_another_conversation_names_it_without_a_dead_link(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    device = await new_device(client)
    await device.say("I have a rope in the loft and I am going to kill myself tonight.")
    started = await client.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
    device.conversation = started.json()["conversation_id"]
    await device.say("I am going to kill myself. My flatmate is here.")
    (case_id,) = await desk.listed()
    summary = part(await desk.page(case_id))
    assert "message 1 of another conversation" in summary
    assert "I have a rope in the loft" in summary
    assert 'href="#turn-1"' in summary


async def test_a_summary_says_how_many_earlier_conversations_it_has_not_read(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    device = await new_device(client)
    summaries = []
    for n in range(7):
        if n:
            started = await client.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
            device.conversation = started.json()["conversation_id"]
        words = "I have a rope in the loft and I am going to kill myself." if n == 0 else "I want to kill myself."
        await device.say(words)
        (case_id,) = await desk.listed()
        summaries.append(part(await desk.page(case_id)))
    assert all("not read for this" not in summary for summary in summaries[:5])
    assert "One earlier conversation of this case was not read for this." in summaries[5]
    assert "Two earlier conversations of this case were not read for this." in summaries[6]
    assert "I have a rope in the loft" in summaries[4]
    assert "I have a rope in the loft" not in summaries[6]
