"""Who has a case: of two one, of those who vanish nobody, and never a second case for one person."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http

from agent.bootstrap import Application
from agent.escalation.sweep import sweep


@pytest.fixture
async def desk(application: Application) -> AsyncIterator[Desk]:
    async with http(application) as browser:
        await register(browser, await invite(application))
        yield Desk(browser)


@pytest.fixture
async def other(application: Application) -> AsyncIterator[Desk]:
    """A second counsellor at another desk."""
    async with http(application) as browser:
        await register(browser, await invite(application), "bo@desk.example", name="Bo")
        yield Desk(browser)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def kinds(conninfo: str) -> list[str]:
    return [k for (k,) in rows(conninfo, "SELECT kind FROM case_event WHERE kind <> 'rung' ORDER BY at, kind")]


async def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who(
    desk: Desk, other: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    one, two = await asyncio.gather(desk.claim(case_id), other.claim(case_id))
    assert sorted((one.status_code, two.status_code)) == [303, 409]
    winner, loser = (desk, two) if one.status_code == 303 else (other, one)
    assert ("Ada" if winner is desk else "Bo") + " has this case already." in loser.text
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'claimed'") == [(1,)]


async def test_only_the_one_who_has_a_case_can_close_it_or_put_it_back(
    desk: Desk, other: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    assert (await desk.close(case_id, "nobody has it", fence="0")).status_code == 409
    await desk.claim(case_id)
    assert "You have this case" in await desk.page(case_id)
    assert "Ada</bdi> has this case" in await other.page(case_id)
    refused = await other.close(case_id, "my own words", fence="1")
    assert refused.status_code == 409
    assert "You no longer have this case" in refused.text
    assert (await desk.close(case_id, "done")).status_code == 303
    assert rows(conninfo, "SELECT status, outcome FROM crisis_case") == [("closed", "true_alarm")]


async def test_a_case_put_back_waits_from_now_and_rings_again(desk: Desk, device: Device, conninfo: str) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    form = {"csrf": await desk.csrf(), "fence": "1", "note": "My shift ends; she waits for a call."}
    answer = await desk.http.post(f"/counsellor/cases/{case_id}/release", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor/cases")
    assert await desk.listed() == [case_id]
    assert "she waits for a call" in await desk.page(case_id)
    assert rows(conninfo, "SELECT status, owner, now() - since < interval '10 s' FROM crisis_case") == [
        ("open", None, True)
    ]
    for _ in range(100):
        if rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'rung'") == [(2,)]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not ring again")


async def test_whoever_vanishes_loses_the_case_and_can_write_nothing_under_the_old_claim(
    desk: Desk, other: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    await change(conninfo, "UPDATE crisis_case SET lease_until = now() - interval '1 s'")
    services = application.services
    await sweep(services.database, services.spool, services.ladder)
    await sweep(services.database, services.spool, services.ladder)
    assert rows(conninfo, "SELECT status, owner FROM crisis_case") == [("open", None)]
    await other.claim(case_id)
    form = {"csrf": await desk.csrf(), "fence": "1"}
    assert (await desk.http.post(f"/counsellor/cases/{case_id}/stay", data=form)).status_code == 409
    late = await desk.close(case_id, "words of one who was away", fence="1")
    assert late.status_code == 409
    assert "words of one who was away" in late.text  # to be copied, and stored nowhere
    assert await kinds(conninfo) == ["opened", "claimed", "lapsed", "claimed"]


async def test_a_sign_of_life_keeps_the_case(
    desk: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    await change(conninfo, "UPDATE crisis_case SET lease_until = now() + interval '1 s'")
    form = {"csrf": await desk.csrf(), "fence": "1"}
    assert (await desk.http.post(f"/counsellor/cases/{case_id}/stay", data=form)).status_code == 204
    services = application.services
    await sweep(services.database, services.spool, services.ladder)
    left = "SELECT status, lease_until - now() > interval '4 minutes' FROM crisis_case"
    assert rows(conninfo, left) == [("claimed", True)]


async def test_danger_soon_after_a_case_was_closed_opens_that_one_again(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.handle(case_id, "reassessed")
    await device.say(f"It is back. {DANGER}")
    assert await desk.listed() == [case_id]
    assert await kinds(conninfo) == ["opened", "claimed", "closed", "reopened", "risk"]
    assert rows(conninfo, "SELECT outcome, closed_at, closed_by FROM crisis_case") == [(None, None, None)]


async def test_danger_long_after_a_case_was_closed_is_a_new_one(desk: Desk, device: Device, conninfo: str) -> None:
    await device.say(DANGER)
    (first,) = await desk.listed()
    await desk.handle(first, "reassessed")
    await change(conninfo, "UPDATE crisis_case SET closed_at = now() - interval '73 hours'")
    await device.say(f"It is back. {DANGER}")
    (second,) = await desk.listed()
    assert second != first


async def test_danger_while_somebody_has_the_case_is_added_to_it_and_leaves_it_with_them(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    await device.say("I have taken all my tablets just now.")
    assert rows(conninfo, "SELECT status, tier FROM crisis_case") == [("claimed", 4)]
    assert (await desk.close(case_id, "ambulance is with them")).status_code == 303


async def test_a_person_who_writes_danger_many_times_at_once_has_one_case(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await asyncio.gather(*(device.say(f"{DANGER} {n}") for n in range(5)))
    assert len(await desk.listed()) == 1
    assert (await kinds(conninfo)).count("opened") == 1
