"""In whose hands a person is: one at a time speaks, each change is told, and what is told is the record's truth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from channels import Captured, captured
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from doubles import gate
from failing import put
from processes import http
from waiting import eventually

from agent.bootstrap import Application, Models
from agent.escalation.sweep import sweep
from agent.generation.model import ModelGenerator
from agent.generation.scripted import ScriptedModel
from agent.safety.vetting import OutputGuard
from agent.settings import AlertSettings, Settings
from prompts import load as load_prompt

PLAIN = "Today was all right. I went for a walk with the dog."
IMMINENT = "I am on the bridge now and I am going to jump in a minute."
PERSON = "I would like to talk to a person."


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def application(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[Application]:
    app = Application(settings.model_copy(update={"alerts": AlertSettings()}), channels=(channel,))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def browsers() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def counsellor(application: Application, browsers: AsyncExitStack, name: str, hours: int = 8) -> Desk:
    browser = await browsers.enter_async_context(http(application))
    await register(browser, await invite(application), f"{name.lower()}@desk.example", name=name)
    desk = Desk(browser)
    if hours:
        await browser.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": hours})
    return desk


@pytest.fixture
async def ada(application: Application, browsers: AsyncExitStack) -> Desk:
    return await counsellor(application, browsers, "Ada")


@pytest.fixture
async def bo(application: Application, browsers: AsyncExitStack) -> Desk:
    return await counsellor(application, browsers, "Bo")


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def in_danger(device: Device, desk: Desk, words: str = DANGER) -> str:
    await device.say(words)
    return (await desk.listed())[0]


async def sweeps(application: Application) -> None:
    services = application.services
    await sweep(services.database, services.spool, services.ladder)


async def gone(application: Application, conninfo: str, *, second: bool = False) -> None:
    """No sign of life for too long: of the owner, or of who sits beside them."""
    owner = "UPDATE crisis_case SET lease_until = now() - interval '1 s'"
    await change(conninfo, "UPDATE crisis_case SET second_until = now() - interval '1 s'" if second else owner)
    await sweeps(application)


async def test_once_a_counsellor_took_over_the_agent_is_silent_and_both_hear_each_other(
    ada: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    reply = await device.say(PLAIN)
    assert (reply["origin"], reply["text"]) == ("relay", "")
    assert PLAIN in await ada.page(case_id)
    await ada.say(case_id, "Hello, I am Ada. I have read what you wrote.")
    kinds = [kind for kind, _ in await device.lines()]
    assert kinds == ["notice", "counsellor"]
    notice, words = (text for _, text in await device.lines())
    assert "Ada, a counsellor, is here with you now." in notice
    assert words == "Hello, I am Ada. I have read what you wrote."
    assert rows(conninfo, "SELECT status FROM crisis_case") == [("in_conversation",)]


async def test_before_the_takeover_the_counsellor_cannot_write_and_the_agent_answers(ada: Desk, device: Device) -> None:
    case_id = await in_danger(device, ada)
    await ada.claim(case_id)
    refused = await ada.say(case_id, "words too early")
    assert refused.status_code == 409
    assert "words too early" in refused.text
    assert (await device.say(PLAIN))["origin"] != "relay"
    assert await device.lines() == []


async def test_a_reply_that_was_being_written_is_not_sent_after_the_takeover(
    application: Application, ada: Desk, device: Device
) -> None:
    case_id = await in_danger(device, ada)
    sensor, turn_id = gate(application), uuid4()
    await device.post(PLAIN, turn_id)
    await asyncio.wait_for(sensor.asked.wait(), 5)
    await ada.take_over(case_id)
    sensor.gate.set()
    assert (await device.events(turn_id))[-1].data["origin"] == "relay"


async def test_a_message_sent_just_before_the_agent_got_the_chat_back_is_answered(
    application: Application, ada: Desk, device: Device
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    sensor, turn_id = gate(application), uuid4()
    await device.post(PLAIN, turn_id)
    await asyncio.wait_for(sensor.asked.wait(), 5)
    assert (await ada.do(case_id, "hand-back", note="calm again")).status_code == 303
    sensor.gate.set()
    reply = (await device.events(turn_id))[-1].data
    assert reply["origin"] != "relay"
    assert reply["text"]
    assert "the program answers you again" in (await device.lines())[-1][1]


async def test_the_same_words_sent_twice_by_a_flaky_line_are_said_once(ada: Desk, device: Device) -> None:
    case_id, line = await in_danger(device, ada), uuid4()
    await ada.take_over(case_id)
    assert [(await ada.say(case_id, "Are you safe?", line)).status_code for _ in range(2)] == [303, 303]
    assert (await ada.say(case_id, "Other words", line)).status_code == 409
    assert [text for kind, text in await device.lines() if kind == "counsellor"] == ["Are you safe?"]


async def test_the_person_never_gets_a_whisper_or_a_draft(ada: Desk, bo: Desk, device: Device, conninfo: str) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await bo.whisper(case_id, "ask about the tablets")
    assert (await ada.do(case_id, "draft", on="true")).status_code == 303
    assert (await device.say(PLAIN))["text"] == ""
    assert rows(conninfo, "SELECT kind FROM line ORDER BY seq") == [("notice",), ("whisper",), ("notice",), ("draft",)]
    assert [kind for kind, _ in await device.lines()] == ["notice", "notice"]
    page = await ada.page(case_id)
    assert "ask about the tablets" in page
    assert "Draft by the program. Not sent." in page
    (body,) = rows(conninfo, "SELECT bool_or(position(%s in sealed_text) > 0) FROM line", b"tablets")
    assert body == (False,)


async def test_without_drafting_nothing_is_drafted_and_with_danger_only_authored_words_are(
    ada: Desk, device: Device, conninfo: str, application: Application
) -> None:
    model = ScriptedModel()
    put(application, generator=ModelGenerator(model, load_prompt("support"), "kept"), guard=OutputGuard.load())
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await device.say(PLAIN)
    assert rows(conninfo, "SELECT count(*) FROM line WHERE kind = 'draft'") == [(0,)]
    await ada.do(case_id, "draft", on="true")
    await device.say(IMMINENT)
    assert rows(conninfo, "SELECT count(*) FROM line WHERE kind = 'draft'") == [(1,)]
    assert model.seen == [], "no model was asked"
    assert "on the list" not in (await ada.page(case_id)).split("Draft by the program")[1].split("</li>")[0]


async def test_danger_while_a_counsellor_talks_reaches_the_case_and_shows_help_without_words(
    ada: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    reply = await device.say(IMMINENT)
    assert (reply["origin"], reply["text"]) == ("relay", "")
    assert reply["card"] is not None
    assert rows(conninfo, "SELECT status, tier FROM crisis_case") == [("in_conversation", 4)]


async def test_in_a_new_chat_the_person_is_still_with_the_counsellor(
    ada: Desk, device: Device, client: httpx.AsyncClient
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    answer = await client.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
    elsewhere = Device(client, device.token, answer.json()["conversation_id"])
    assert (await elsewhere.say("hello, is somebody here?"))["origin"] == "relay"
    assert "is somebody here" in await ada.page(case_id)
    await ada.say(case_id, "Yes, I am still here.")
    assert ("counsellor", "Yes, I am still here.") in await elsewhere.lines()


async def test_words_go_to_the_chat_that_the_person_opened_last_though_nothing_was_written_in_it_yet(
    ada: Desk, device: Device, client: httpx.AsyncClient
) -> None:
    case_id = await in_danger(device, ada)
    answer = await client.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
    elsewhere = Device(client, device.token, answer.json()["conversation_id"])
    await ada.take_over(case_id)
    await ada.say(case_id, "I am here, in this chat too.")
    assert ("counsellor", "I am here, in this chat too.") in await elsewhere.lines()


async def test_when_the_counsellor_vanishes_the_person_is_told_and_the_agent_answers_again(
    application: Application, ada: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await gone(application, conninfo)
    assert "Ada is not here just now" in (await device.lines())[-1][1]
    assert (await device.say(PLAIN))["text"]
    assert rows(conninfo, "SELECT status, lapsed FROM crisis_case") == [("open", True)]
    late = await ada.say(case_id, "sorry, my line broke")
    assert late.status_code == 409
    assert "sorry, my line broke" in late.text


async def test_after_a_counsellor_vanished_a_supervisor_is_told_first_and_the_case_is_on_top(
    application: Application, ada: Desk, bo: Desk, device: Device, client: httpx.AsyncClient, channel: Captured,
    conninfo: str,
) -> None:  # fmt: skip
    for _ in range(2):
        await (await new_device(client)).say(DANGER)
    before_it = await ada.listed()
    await in_danger(device, ada)
    (case_id,) = set(await ada.listed()) - set(before_it)
    assert (await ada.listed())[-1] == case_id, "the newest of its tier stands last"
    await bo.take_over(case_id)
    before = len(channel.notices)
    await gone(application, conninfo)
    await channel.wait_for(before + 1)
    told = [n.to for n in channel.notices[before:] if case_id in n.link]
    assert told[0] == "ada@desk.example"  # the first account is the supervisor's
    assert (await ada.listed())[0] == case_id


async def test_who_sits_beside_goes_on_when_the_owner_vanishes_and_the_person_is_not_dropped(
    application: Application, ada: Desk, bo: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    assert (await bo.do(case_id, "join")).status_code == 303
    assert (await bo.say(case_id, "I am here too.")).status_code == 303
    await gone(application, conninfo)
    assert "Bo, a counsellor, is with you and goes on." in (await device.lines())[-1][1]
    assert (await device.say(PLAIN))["origin"] == "relay"
    assert (await bo.say(case_id, "Ada's line broke. I stay.")).status_code == 303
    assert (await ada.say(case_id, "me again")).status_code == 409
    assert "You have this case" in await bo.page(case_id)


async def test_a_second_counsellor_who_vanishes_is_said_to_be_gone_and_can_write_no_more(
    application: Application, ada: Desk, bo: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await bo.do(case_id, "join")
    await gone(application, conninfo, second=True)
    assert (await device.lines())[-1] == ("notice", "Bo is no longer in this conversation.")
    assert (await bo.say(case_id, "late")).status_code == 409
    assert "You have this case" in await ada.page(case_id)


async def test_only_one_joins_and_nobody_joins_where_nobody_is(
    application: Application, ada: Desk, bo: Desk, device: Device, browsers: AsyncExitStack
) -> None:
    cy = await counsellor(application, browsers, "Cy")
    case_id = await in_danger(device, ada)
    assert (await bo.do(case_id, "join")).status_code == 409
    await ada.take_over(case_id)
    assert (await bo.do(case_id, "join")).status_code == 303
    assert (await cy.do(case_id, "join")).status_code == 409
    assert (await cy.say(case_id, "me too")).status_code == 409
    assert (await bo.do(case_id, "close", note="n", outcome="true_alarm")).status_code == 409
    assert (await bo.do(case_id, "leave")).status_code == 303
    assert (await cy.do(case_id, "join")).status_code == 303


async def test_a_case_is_passed_only_to_somebody_on_duty_who_is_alerted_and_must_come_soon(
    application: Application, ada: Desk, device: Device, browsers: AsyncExitStack, channel: Captured, conninfo: str
) -> None:
    cy = await counsellor(application, browsers, "Cy", hours=0)
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    ((to,),) = rows(conninfo, "SELECT id FROM counsellor WHERE name = 'Cy'")
    refused = await ada.do(case_id, "transfer", to=str(to), note="she likes dogs")
    assert (refused.status_code, "she likes dogs" in refused.text) == (409, True)
    await cy.http.post("/counsellor/duty", data={"csrf": await cy.csrf(), "hours": 4})
    assert (await ada.do(case_id, "transfer", to=str(to), note="she likes dogs")).status_code == 303
    assert "passed your conversation on to Cy" in (await device.lines())[-1][1]
    await channel.wait_for(2)
    assert channel.notices[-1].to == "cy@desk.example"
    assert (await device.say(PLAIN))["text"], "until Cy comes the program answers"
    left = "SELECT lease_until - now() < interval '2 minutes 1 second' FROM crisis_case"
    assert rows(conninfo, left) == [(True,)]
    await gone(application, conninfo)
    assert rows(conninfo, "SELECT status, lapsed FROM crisis_case") == [("open", True)]
    assert "Cy is not here just now" in (await device.lines())[-1][1]


async def test_passed_to_the_one_who_sits_beside_the_talk_goes_on_without_a_gap(
    ada: Desk, bo: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await bo.do(case_id, "join")
    ((to,),) = rows(conninfo, "SELECT id FROM counsellor WHERE name = 'Bo'")
    assert (await ada.do(case_id, "transfer", to=str(to), note="end of my shift")).status_code == 303
    assert rows(conninfo, "SELECT status FROM crisis_case") == [("in_conversation",)]
    assert (await device.say(PLAIN))["origin"] == "relay"
    assert (await ada.say(case_id, "bye")).status_code == 409
    assert (await bo.say(case_id, "I am Bo.")).status_code == 303


async def test_take_next_gives_the_gravest_then_the_one_in_my_language_and_stops_at_my_cap(
    ada: Desk, client: httpx.AsyncClient, conninfo: str
) -> None:
    plain, spanish, worst = [await new_device(client, locale) for locale in ("en-GB", "es-ES", "fr-FR")]
    for device in (plain, spanish):
        await device.say(DANGER)
    await worst.say(IMMINENT)
    form = {"zone": "Europe/Madrid", "languages": "es", "cap": "2", "csrf": await ada.csrf()}
    assert (await ada.http.post("/counsellor/me", data=form)).status_code == 303
    locale = "SELECT v.locale, c.tier FROM crisis_case c JOIN conversation v ON v.id = c.conversation_id"
    taken = f"{locale} WHERE owner IS NOT NULL ORDER BY c.tier DESC"
    for expected in ([("fr-FR", 4)], [("fr-FR", 4), ("es-ES", 2)]):
        answer = await ada.http.post("/counsellor/cases/next", data={"csrf": await ada.csrf()})
        assert answer.status_code == 303
        assert rows(conninfo, taken) == expected
    full = await ada.http.post("/counsellor/cases/next", data={"csrf": await ada.csrf()})
    assert full.status_code == 409
    assert "You have 2 cases already" in full.text
    await change(conninfo, "UPDATE crisis_case SET owner = NULL, status = 'open'")
    await change(conninfo, "UPDATE crisis_case SET needed_at = now() - interval '1 hour' WHERE tier = 2")
    await change(conninfo, "UPDATE crisis_case SET status = 'handed_back' WHERE tier = 4")
    await change(
        conninfo,
        "UPDATE crisis_case c SET needed_at = now() FROM conversation v"
        " WHERE v.id = c.conversation_id AND locale = 'es-ES'",
    )
    await ada.http.post("/counsellor/cases/next", data={"csrf": await ada.csrf()})
    assert rows(conninfo, taken) == [("en-GB", 2)], "what is overdue goes before my own language"


async def test_somebody_who_asks_for_a_person_is_on_the_list_and_told_who_is_there(
    application: Application, device: Device, conninfo: str, browsers: AsyncExitStack
) -> None:
    reply = await device.say(PERSON)
    assert "nobody is on duty right now" in reply["text"]
    assert reply["card"] is not None
    assert rows(conninfo, "SELECT status, tier FROM crisis_case") == [("open", 1)]
    assert rows(conninfo, "SELECT standing_tier FROM person") == [(0,)], "asking is no danger"
    ada = await counsellor(application, browsers, "Ada")
    assert "someone is marked as on duty now" in (await device.say(PERSON))["text"]
    (case_id,) = await ada.listed()
    assert "asked to talk to a person" in await ada.page(case_id)
    await ada.claim(case_id)
    assert "Ada, a counsellor here, has your conversation already" in (await device.say(PERSON))["text"]


async def test_after_the_program_got_the_chat_back_asking_again_puts_the_person_back_on_the_list(
    ada: Desk, device: Device, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await ada.do(case_id, "hand-back", note="calm")
    assert (await device.hands())["state"] == "nobody"
    await device.say(PERSON)
    assert rows(conninfo, "SELECT status FROM crisis_case") == [("open",)]


async def test_nobody_on_duty_is_said_with_the_time_somebody_will_be(
    application: Application, device: Device, browsers: AsyncExitStack
) -> None:
    ada = await counsellor(application, browsers, "Ada", hours=0)
    soon = datetime.now(UTC) + timedelta(hours=3)
    starts = ["" for _ in range(7)]
    starts[soon.weekday()] = f"{soon:%H:%M}"
    ends = [f"{soon + timedelta(hours=1):%H:%M}" if s else "" for s in starts]
    form = {"zone": "UTC", "languages": "en", "cap": "4", "csrf": await ada.csrf(), "starts": starts, "ends": ends}
    assert (await ada.http.post("/counsellor/me", data=form)).status_code == 303
    reply = await device.say(DANGER)
    hands = await device.hands()
    assert hands["on_duty"] is False
    assert datetime.fromisoformat(hands["duty_at"]) == soon.replace(second=0, microsecond=0)
    assert "about 3 hours" in reply["text"]


async def test_what_the_person_is_told_of_their_case_is_the_record(
    ada: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    assert (await device.hands())["state"] == "nobody"
    case_id = await in_danger(device, ada)
    await channel.wait_for(1)
    await eventually(lambda: rows(conninfo, "SELECT count(sent_at) FROM alert") == [(1,)])
    told = await device.hands()
    assert (told["state"], told["names"], told["on_duty"]) == ("told", [], True)
    await ada.http.post(f"/counsellor/cases/{case_id}/coming", data={"csrf": await ada.csrf()})
    assert (await device.hands())["state"] == "coming"
    await ada.claim(case_id)
    assert (await device.hands())["names"] == ["Ada"]
    assert (await device.hands())["state"] == "taken"
    await ada.do(case_id, "take-over")
    assert (await device.hands())["state"] == "talking"
    await ada.do(case_id, "release", note="my shift ends")
    assert (await device.hands())["state"] in {"listed", "told"}
    await ada.handle(case_id, "done")
    assert (await device.hands())["state"] == "nobody"


async def test_who_said_they_are_coming_and_did_not_is_believed_for_two_minutes(
    ada: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    case_id = await in_danger(device, ada)
    await channel.wait_for(1)
    await eventually(lambda: rows(conninfo, "SELECT count(sent_at) FROM alert") == [(1,)])
    await ada.http.post(f"/counsellor/cases/{case_id}/coming", data={"csrf": await ada.csrf()})
    assert (await device.hands())["state"] == "coming"
    await change(conninfo, "UPDATE alert SET acknowledged_at = acknowledged_at - interval '121 seconds'")
    assert (await device.hands())["state"] == "told"


async def test_a_case_that_waits_too_long_with_nobody_to_alert_turns_health_red(
    ada: Desk, device: Device, conninfo: str
) -> None:
    await ada.duty(0)
    await device.say(IMMINENT)
    assert "cases_overdue" not in (await ada.http.get("/health")).json()["attention"]
    await change(conninfo, "UPDATE crisis_case SET needed_at = needed_at - interval '3 minutes'")
    assert "cases_overdue" in (await ada.http.get("/health")).json()["attention"]
    assert "1 case waits for longer than" in (await ada.http.get("/counsellor")).text


async def test_a_page_that_looks_again_by_itself_is_no_sign_of_life(ada: Desk, device: Device, conninfo: str) -> None:
    case_id = await in_danger(device, ada)
    await ada.claim(case_id)
    await change(conninfo, "UPDATE crisis_case SET lease_until = lease_until - interval '1 minute'")
    until = rows(conninfo, "SELECT lease_until FROM crisis_case")
    assert (await ada.http.get(f"/counsellor/cases/{case_id}?again=true")).status_code == 200
    assert rows(conninfo, "SELECT lease_until FROM crisis_case") == until
    await ada.page(case_id)
    assert rows(conninfo, "SELECT lease_until FROM crisis_case") > until


async def test_who_sat_beside_and_is_not_passed_the_case_is_said_to_have_left(
    application: Application, ada: Desk, bo: Desk, device: Device, browsers: AsyncExitStack
) -> None:
    await counsellor(application, browsers, "Cy")
    case_id = await in_danger(device, ada)
    await ada.take_over(case_id)
    await bo.do(case_id, "join")
    page = await ada.page(case_id)
    cy = page.split('">Cy</option>')[0].rsplit('value="', 1)[1]
    assert (await ada.do(case_id, "transfer", to=cy, note="Bo knows.")).status_code == 303
    said = [words for _, words in await device.lines()]
    assert any("Bo is no longer in this conversation" in words for words in said)
    assert "passed your conversation on to Cy" in said[-1]


async def test_a_case_closed_without_a_word_is_said_and_one_whose_chat_was_ended_shows_that(
    ada: Desk, device: Device
) -> None:
    case_id = await in_danger(device, ada)
    await device.http.post(f"{device.path}/end", headers=device.headers)
    await ada.claim(case_id)
    assert "The person ended this conversation" in await ada.page(case_id)
    await ada.close(case_id, "Read it; a film quote.", outcome="false_alarm")
    assert "Ada has looked at your conversation and closed it for now" in (await device.lines())[-1][1]
