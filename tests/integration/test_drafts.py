"""The program only drafts and the counsellor decides: who reads, whose words were sent, and what the person is told."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http
from waiting import eventually

from agent.bootstrap import Application

MESSAGE = "I don't know what to do about school."


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def drafting(desk: Desk, device: Device) -> str:
    """A counsellor talks with the person and lets the program draft."""
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.take_over(case_id)
    assert (await desk.do(case_id, "draft", on="true")).status_code == 303
    return case_id


async def drafted(desk: Desk, device: Device, case_id: str, conninfo: str) -> str:
    """What the program suggests, as the counsellor reads it."""
    await device.say(MESSAGE)
    await eventually(lambda: rows(conninfo, "SELECT count(*) > 0 FROM line WHERE kind = 'draft'") == [(True,)])
    found = re.search(r"Not sent\..*?line-words-\d+\">(.+?)</p>", await desk.page(case_id), re.DOTALL)
    assert found is not None
    return found[1].replace("&#39;", "'").replace("&#34;", '"')


async def test_a_draft_sent_word_for_word_is_told_from_a_changed_one_and_from_own_words(
    desk: Desk, device: Device, conninfo: str
) -> None:
    case_id = await drafting(desk, device)
    words = await drafted(desk, device, case_id, conninfo)
    for text in (words, f"{words} Ada is here.", "Hello, it is good that you wrote."):
        assert (await desk.say(case_id, text)).status_code == 303
    kept = rows(conninfo, "SELECT wording FROM line WHERE kind = 'counsellor' ORDER BY seq")
    assert kept == [("draft",), ("changed",), ("own",)]
    assert rows(conninfo, "SELECT count(*) FROM line WHERE kind <> 'counsellor' AND wording IS NOT NULL") == [(0,)]
    page = await desk.page(case_id)
    assert re.findall(r'data-wording="(\w+)"', page) == ["draft", "changed", "own"]
    summary = page.split('id="summary-part"')[1].split("</section>")[0]
    assert "1 a draft of the program, word for word" in summary
    assert "1 in their own words" in summary
    shown = (await device.http.get(device.path, headers=device.headers)).json()
    assert all("wording" not in line for line in shown["lines"])


async def test_drafts_on_and_off_stand_on_the_record_and_the_person_is_told_each_once(
    desk: Desk, device: Device, conninfo: str
) -> None:
    case_id = await drafting(desk, device)
    assert (await desk.do(case_id, "draft", on="true")).status_code == 303
    assert (await device.hands())["drafting"] is True
    assert (await desk.do(case_id, "draft", on="false")).status_code == 303
    assert (await device.hands())["drafting"] is False
    events = (
        "SELECT e.kind, c.name FROM case_event e JOIN counsellor c ON c.id = e.actor"
        " WHERE e.kind LIKE 'drafts%%' ORDER BY e.at"
    )
    assert rows(conninfo, events) == [("drafts_on", "Ada"), ("drafts_off", "Ada")]
    _, on, off = (text for _, text in await device.lines())
    assert "Ada reads every answer before it is sent to you, and may use those words." in on
    assert "no longer suggests words to Ada" in off
    page = await desk.page(case_id)
    assert "Let the program draft</strong>" in page
    assert "No more drafts by the program</strong>" in page


async def test_while_the_program_still_answers_by_itself_nobody_is_told_that_a_counsellor_reads_first(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    refused = await desk.do(case_id, "draft", on="true")
    assert refused.status_code == 409
    assert "Take over the conversation first" in refused.text
    assert await device.lines() == []
    assert rows(conninfo, "SELECT drafting FROM crisis_case") == [(False,)]


async def test_a_line_of_before_it_was_noted_claims_nothing(desk: Desk, device: Device, conninfo: str) -> None:
    case_id = await drafting(desk, device)
    await desk.say(case_id, "Hello, I am Ada.")
    await change(conninfo, "UPDATE line SET wording = NULL")
    page = await desk.page(case_id)
    assert "data-wording" not in page
    assert "Counsellors wrote" not in page
