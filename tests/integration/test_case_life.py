"""Who has a case: of two one, of those who vanish nobody, and never a second case for one person."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from processes import http
from sqlalchemy import insert
from waiting import eventually

from agent.bootstrap import Application
from agent.escalation.sweep import sweep
from agent.storage.tables import crisis_case


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


async def test_a_case_closed_by_mistake_is_opened_again_and_its_danger_stands_as_before(
    desk: Desk, other: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    (before,) = rows(conninfo, "SELECT standing_tier FROM person")
    await desk.handle(case_id, "It was a misunderstanding.")
    assert rows(conninfo, "SELECT standing_tier FROM person") == [(1,)]
    assert (await desk.do(case_id, "open-again", note=" ")).status_code == 422
    assert (await other.do(case_id, "open-again", note="I spoke with her sister.")).status_code == 303
    state = "SELECT status, outcome, closed_by, closed_at, owner FROM crisis_case"
    assert rows(conninfo, state) == [("open", None, None, None, None)]
    assert rows(conninfo, "SELECT standing_tier FROM person") == [before]
    assert await desk.listed() == [case_id]
    assert "I spoke with her sister." in await desk.page(case_id)
    who = "SELECT name FROM case_event JOIN counsellor ON actor = counsellor.id WHERE kind = 'reopened'"
    assert rows(conninfo, who) == [("Bo",)]
    assert (await other.do(case_id, "open-again", note="Once more.")).status_code == 409


async def test_no_second_case_beside_a_live_one_by_opening_an_old_one_again(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (old,) = await desk.listed()
    await desk.handle(old, "over")
    await change(conninfo, "UPDATE crisis_case SET closed_at = now() - interval '3 days'")
    await device.say("I have the tablets in my hand and I am going to take them now.")
    (new,) = await desk.listed()
    assert new != old
    refused = await desk.do(old, "open-again", note="She wrote to me.")
    assert refused.status_code == 409
    assert f"another case by now, {new[:8]}" in refused.text
    assert "She wrote to me." in refused.text
    assert await desk.listed() == [new]


async def test_who_passes_a_case_on_sees_who_is_on_a_break_or_full(desk: Desk, other: Desk, device: Device) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await other.duty(8)
    await desk.claim(case_id)
    assert ">Bo</option>" in await desk.page(case_id)
    await other.http.post("/counsellor/break", data={"csrf": await other.csrf(), "minutes": "15"})
    assert "Bo (on a break)" in await desk.page(case_id)


async def test_the_page_says_how_the_danger_went_message_by_message(desk: Desk, device: Device) -> None:
    await device.say("Work was long today.")
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    page = await desk.page(case_id)
    assert "The last messages are worse than those before" in page
    assert 'class="trend plain"' in page


async def test_a_new_chat_does_not_hide_the_danger_of_the_one_before_in_how_it_went(
    desk: Desk, device: Device, client: httpx.AsyncClient
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    answer = await client.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
    anew = Device(client, device.token, answer.json()["conversation_id"])
    for words in ("Work was long today.", "I am fine.", "I want to talk to a person."):
        await anew.say(words)
    page = await desk.page(case_id)
    assert "The last messages are calmer than those before" in page
    assert "The tier of the case does not fall by itself." in page
    trend = page.split('class="trend plain"')[1].split("</ol>")[0]
    assert "earlier chat" in trend.split("</li>")[0]
    assert "Moderate" in trend.split("</li>")[0]


async def test_a_case_is_not_passed_in_silence_to_somebody_on_a_break_or_full(
    desk: Desk, other: Desk, device: Device, client: httpx.AsyncClient, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await other.duty(8)
    await desk.claim(case_id)
    ((bo,),) = rows(conninfo, "SELECT id FROM counsellor WHERE name = 'Bo'")
    passing = {"to": str(bo), "note": "She likes dogs."}
    await other.http.post("/counsellor/break", data={"csrf": await other.csrf(), "minutes": "15"})
    refused = await desk.do(case_id, "transfer", **passing)
    assert refused.status_code == 409
    assert "Bo is on a break for 15 more minutes." in refused.text
    assert "She likes dogs." in refused.text
    assert f'value="{bo}" selected' in refused.text
    assert 'name="anyway"' in refused.text
    assert 'name="anyway"' not in await desk.page(case_id)
    await other.http.post("/counsellor/break", data={"csrf": await other.csrf(), "minutes": "0"})
    await change(conninfo, "UPDATE counsellor SET cap = 1 WHERE name = 'Bo'")
    await (await new_device(client)).say(DANGER)
    (second,) = [n for n in await desk.listed() if n != case_id]
    assert (await other.claim(second)).status_code == 303
    refused = await desk.do(case_id, "transfer", **passing)
    assert refused.status_code == 409
    assert "Bo has 1 case already, as many as they said." in refused.text
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind = 'transferred'") == [(0,)]
    assert (await desk.do(case_id, "transfer", **passing, anyway="true")).status_code == 303
    assert rows(conninfo, "SELECT count(*) FROM crisis_case WHERE owner = %s", bo) == [(2,)]


async def test_who_is_full_is_told_so_and_can_take_a_case_all_the_same(
    desk: Desk, device: Device, client: httpx.AsyncClient, conninfo: str
) -> None:
    await change(conninfo, "UPDATE counsellor SET cap = 1")
    for one in (device, await new_device(client)):
        await one.say(DANGER)
    first, second = await desk.listed()
    assert "as many as you said" not in await desk.page(first)
    await desk.claim(first)
    assert "You have 1 case already, as many as you said. You can take one more." in await desk.page(second)
    assert (await desk.claim(second)).status_code == 303


async def test_new_danger_in_the_moment_of_opening_again_leaves_one_case_and_a_clear_answer(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (old,) = await desk.listed()
    await desk.handle(old, "over")
    await device.say("Thank you.")
    ((person, place, turn),) = rows(
        conninfo, "SELECT person_id, conversation_id, id FROM turn ORDER BY seq DESC LIMIT 1"
    )
    async with application.services.database.unit_of_work() as work:
        new = uuid4()
        await work.cases._connection.execute(  # the row that another turn is just about to commit
            insert(crisis_case).values(
                id=new,
                turn_id=turn,
                person_id=person,
                conversation_id=place,
                tier=3,
                domains=["suicide"],
                degraded=False,
            )
        )
        opening = asyncio.create_task(desk.do(old, "open-again", note="She wrote to me."))
        await eventually(lambda: bool(rows(conninfo, "SELECT 1 FROM pg_locks WHERE NOT granted")))
        await work.commit()
    refused = await opening
    assert refused.status_code == 409
    assert f"another case by now, {str(new)[:8]}" in refused.text
    assert await desk.listed() == [str(new)]


async def test_a_case_that_was_misuse_by_mistake_does_not_lower_its_person_once_it_is_opened_again(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    await desk.close(case_id, "A joke, I think.", outcome="misuse")
    ((person,),) = rows(conninfo, "SELECT person_id FROM crisis_case")

    async def verdicts() -> list[str]:
        async with application.services.database.unit_of_work() as work:
            return [one.said for one in await work.record.verdicts(person)]

    assert await verdicts() == ["misuse"]
    assert (await desk.do(case_id, "open-again", note="It was no joke.")).status_code == 303
    assert await verdicts() == []
    await desk.handle(case_id, "We spoke.")
    assert await verdicts() == ["true_alarm"]
