"""A counsellor reaches the contact a person named: by the policy, once, and the person is told when it is true."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http
from trusted import PATH, REASON, Postbox, name, until_test
from waiting import eventually, until_idle

from agent.bootstrap import Application, Models
from agent.escalation.sweep import sweep
from agent.settings import AlertSettings, Settings

IMMINENT = "I am on the bridge now and I am going to jump in a minute."


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture
async def application(settings: Settings, models: Models, box: Postbox) -> AsyncIterator[Application]:
    alerts = AlertSettings(base_url="https://help.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(box,))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def ada(application: Application) -> AsyncIterator[Desk]:
    """The first account: a supervisor."""
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


@pytest.fixture
async def bo(application: Application, ada: Desk) -> AsyncIterator[Desk]:
    assert ada
    async with http(application) as browser:
        await register(browser, await invite(application), "bo@desk.example", name="Bo")
        yield Desk(browser)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


@pytest.fixture
async def case(device: Device, bo: Desk, box: Postbox) -> str:
    """An imminent case that Bo has, of somebody who named Sam."""
    await name(device)
    await until_test(device, "sent")
    box.letters.clear()
    await device.say(IMMINENT)
    (case_id,) = await bo.listed()
    await bo.claim(case_id)
    return case_id


async def look_up(desk: Desk, case_id: str, **other: object) -> httpx.Response:
    form = {
        "csrf": await desk.csrf(), "fence": await desk.fence(case_id), "reach": str(uuid4()), "reason": REASON,
        "tried": ["talked"], **other,
    }  # fmt: skip
    return await desk.http.post(f"/counsellor/cases/{case_id}/trusted/look-up", data=form)


async def write(desk: Desk, case_id: str, reach: str | None = None) -> httpx.Response:
    """Press the button that the page shows."""
    part = (await desk.page(case_id)).split('id="trusted-part"')[1]
    shown = re.search(r'trusted/send.*?name="reach" value="([^"]+)"', part, re.DOTALL)
    form = {
        "csrf": await desk.csrf(),
        "fence": await desk.fence(case_id),
        "reach": reach or (shown[1] if shown else ""),
    }
    return await desk.http.post(f"/counsellor/cases/{case_id}/trusted/send", data=form)


async def notices(device: Device) -> list[str]:
    history = (await device.http.get(device.path, headers=device.headers)).json()
    return [line["text"] for line in history["lines"] if line["kind"] == "notice"]


def kinds(conninfo: str) -> list[str]:
    return [k for (k,) in rows(conninfo, "SELECT kind FROM case_event WHERE starts_with(kind, 'reach') ORDER BY at")]


TOLD = "Bo has written to Sam, the contact you named."


async def test_who_it_is_shows_after_a_reason_and_the_person_is_told_after_it_went_out(
    device: Device, bo: Desk, case: str, box: Postbox, conninfo: str
) -> None:
    for clear in ("sam@family.example", "my brother", "7946"):
        assert clear not in await bo.page(case)
    assert (await look_up(bo, case)).status_code == 303
    page = html.unescape(await bo.page(case))
    assert "sam@family.example" in page
    assert "+44 20 7946 0100" in page
    assert REASON in page
    assert box.letters == []
    assert TOLD not in await notices(device)
    assert (await write(bo, case)).status_code == 303
    await eventually(lambda: told(device))
    (letter,) = box.letters
    assert letter.to == "sam@family.example"
    assert "I am Bo, a counsellor" in letter.body
    for secret in ("bridge", REASON, "my brother", case):
        assert secret not in letter.body
    assert "Written to" in await bo.page(case)
    assert kinds(conninfo) == ["reach_open", "reach", "reached"]
    assert rows(conninfo, "SELECT 1 FROM trusted_reach WHERE position('place'::bytea IN sealed_reason) > 0") == []


async def told(device: Device) -> bool:
    return TOLD in await notices(device)


async def test_others_see_that_there_is_one_and_not_who(ada: Desk, bo: Desk, case: str) -> None:
    await look_up(bo, case)
    page = await ada.page(case)
    assert "has named somebody" in page
    assert "sam@family.example" not in page
    assert "trusted/look-up" not in page
    refused = await look_up(ada, case)
    assert refused.status_code == 409
    assert "sam@family.example" not in refused.text


REFUSED = [
    ({"reason": "now"}, 422), ({"reason": "   "}, 422), ({"tried": []}, 422), ({"tried": ["made_up"]}, 422),
    ({"reason": "word " * 500}, 422), ({"fence": "0"}, 409),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "status"), REFUSED, ids=str)
async def test_without_a_reason_or_a_claim_nobody_is_shown_and_the_words_come_back(
    bo: Desk, case: str, conninfo: str, wrong: dict, status: int
) -> None:
    answer = await look_up(bo, case, **wrong)
    assert answer.status_code == status
    assert "sam@family.example" not in answer.text
    assert wrong.get("reason", REASON).strip()[:40] in html.unescape(answer.text)
    assert kinds(conninfo) == []


async def test_a_case_that_stands_lower_is_no_reason(
    device: Device, bo: Desk, case: str, conninfo: str, box: Postbox
) -> None:
    await look_up(bo, case)
    await change(conninfo, "UPDATE crisis_case SET tier = 2")
    refused = await write(bo, case)
    assert (refused.status_code, "high or imminent" in refused.text) == (409, True)
    assert (await look_up(bo, case)).status_code == 409
    assert box.letters == []
    assert not await told(device)


async def test_pressed_twice_it_is_one_message_and_one_notice(
    device: Device, bo: Desk, case: str, box: Postbox, application: Application, conninfo: str
) -> None:
    await look_up(bo, case)
    await asyncio.gather(*(write(bo, case) for _ in range(4)))
    await eventually(lambda: told(device))
    services = application.services
    await change(conninfo, "UPDATE trusted_reach SET asked_at = asked_at - interval '2 minutes'")
    await sweep(services.database, services.spool, services.ladder)
    await until_idle(conninfo)
    assert len(box.letters) == 1
    assert (await notices(device)).count(TOLD) == 1
    assert kinds(conninfo) == ["reach_open", "reach", "reached"]


async def test_a_message_whose_job_was_lost_is_sent_all_the_same(
    device: Device, bo: Desk, case: str, box: Postbox, application: Application, conninfo: str
) -> None:
    await look_up(bo, case)
    # As if the worker had died with the job before it did anything.
    await change(conninfo, "UPDATE trusted_reach SET asked_at = now() - interval '2 minutes'")
    services = application.services
    await sweep(services.database, services.spool, services.ladder)
    await eventually(lambda: told(device))
    assert len(box.letters) == 1


async def test_once_a_case_unless_a_supervisor_other_than_the_counsellor_allows_it(
    device: Device, ada: Desk, bo: Desk, case: str, box: Postbox, conninfo: str
) -> None:
    again = f"/counsellor/cases/{case}/trusted/again"
    assert (await ada.http.post(again, data={"csrf": await ada.csrf()})).status_code == 409  # nothing was sent yet
    await look_up(bo, case)
    await write(bo, case)
    await eventually(lambda: told(device))
    refused = await look_up(bo, case)
    assert (refused.status_code, "written to about this case already" in refused.text) == (409, True)
    assert (await bo.http.post(again, data={"csrf": await bo.csrf()})).status_code == 409
    assert "Allow one more message" in await ada.page(case)
    answers = [(await ada.http.post(again, data={"csrf": await ada.csrf()})).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert (await look_up(bo, case)).status_code == 303
    await write(bo, case)
    await eventually(lambda: _count(box, 2))
    assert (await look_up(bo, case)).status_code == 409
    await until_idle(conninfo)
    assert kinds(conninfo).count("reached") == 2


async def _count(box: Postbox, count: int) -> bool:
    return len(box.letters) == count


async def test_a_supervisor_cannot_allow_it_to_themselves(device: Device, ada: Desk, box: Postbox) -> None:
    await name(device)
    await until_test(device, "sent")
    await device.say(IMMINENT)
    (case_id,) = await ada.listed()
    await ada.claim(case_id)
    await look_up(ada, case_id)
    await write(ada, case_id)
    await eventually(lambda: _count(box, 2))
    refused = await ada.http.post(f"/counsellor/cases/{case_id}/trusted/again", data={"csrf": await ada.csrf()})
    assert refused.status_code == 409


async def test_a_message_that_cannot_be_sent_is_an_alarm_and_no_notice_and_can_be_tried_again(
    device: Device, bo: Desk, case: str, box: Postbox, conninfo: str
) -> None:
    await look_up(bo, case)
    box.refuse = 3
    await write(bo, case)
    await eventually(lambda: _failed(bo))
    assert "could not be sent" in (await bo.http.get("/counsellor")).text
    assert "The contact knows nothing." in await bo.page(case)
    assert not await told(device)
    assert (await write(bo, case)).status_code == 303
    await eventually(lambda: told(device))
    assert not await _failed(bo)
    assert kinds(conninfo) == ["reach_open", "reach", "reach_failed", "reach", "reached"]


async def _failed(desk: Desk) -> bool:
    return (await desk.http.get("/health")).json()["contacts_unreached"] == 1


@pytest.mark.parametrize("by", ["person", "contact"])
async def test_taken_back_after_the_look_it_is_not_sent_and_not_shown(
    device: Device, bo: Desk, case: str, box: Postbox, by: str, conninfo: str, application: Application
) -> None:
    await look_up(bo, case)
    reach = str(rows(conninfo, "SELECT id FROM trusted_reach")[0][0])
    if by == "person":
        await device.http.delete(PATH, headers=device.headers)
    else:
        async with application.services.database.unit_of_work() as work:
            token = work.contacts.token(rows(conninfo, "SELECT id FROM trusted_contact")[0][0])
        await device.http.post(f"/trusted/no/{token}")
    page = await bo.page(case)
    assert "sam@family.example" not in page
    assert "Nobody is named now." in page
    assert (await write(bo, case, reach)).status_code == 409
    assert (await look_up(bo, case)).status_code == 409
    assert box.letters == []


async def test_taken_back_between_the_button_and_the_mail_it_is_not_sent(
    device: Device, bo: Desk, case: str, box: Postbox, conninfo: str
) -> None:
    await look_up(bo, case)
    box.refuse, box.tried = 1, 0
    await write(bo, case)
    await eventually(lambda: _tried(box))
    await device.http.delete(PATH, headers=device.headers)
    await eventually(lambda: _given_up(conninfo))
    assert box.letters == []
    assert not await told(device)
    assert not await _failed(bo)  # nobody has to mend anything


async def _tried(box: Postbox) -> bool:
    return box.tried > 0


async def _given_up(conninfo: str) -> bool:
    return rows(conninfo, "SELECT failed_at IS NOT NULL FROM trusted_reach") == [(True,)]


async def test_a_contact_who_was_never_told_cannot_be_reached(device: Device, bo: Desk, box: Postbox) -> None:
    box.refuse = 3
    await name(device)
    await until_test(device, "failed")
    await device.say(DANGER)
    (case_id,) = await bo.listed()
    await bo.claim(case_id)
    refused = await look_up(bo, case_id)
    assert (refused.status_code, "has not gone out" in refused.text) == (409, True)
    assert box.letters == []


async def test_whoever_takes_the_case_next_gives_a_reason_of_their_own(
    ada: Desk, bo: Desk, case: str, box: Postbox
) -> None:
    await look_up(bo, case)
    form = {"csrf": await bo.csrf(), "fence": await bo.fence(case), "note": "my shift ends"}
    await bo.http.post(f"/counsellor/cases/{case}/release", data=form)
    await ada.claim(case)
    page = await ada.page(case)
    assert "sam@family.example" not in page
    assert "Reach the trusted contact" in page
    assert "sam@family.example" not in await bo.page(case)
    assert box.letters == []
