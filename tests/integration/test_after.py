"""What comes after a case: nobody who was promised a message is forgotten, and a shift knows what it takes over."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from channels import Captured, captured
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from follow_ups import ASK, NOTE, closed, fall_due, look
from processes import http
from waiting import eventually, until_idle

from agent.bootstrap import Application, Models
from agent.settings import AlertSettings, Settings

WORDS = "Hello, this is Ada. How was the night?"


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def application(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[Application]:
    """The running product with one way to reach people."""
    alerts = AlertSettings(base_url="https://help.example")
    app = Application(settings.model_copy(update={"alerts": alerts}), channels=(channel,))
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def browsers() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def desk(application: Application, browsers: AsyncExitStack) -> Desk:
    """The first account: a supervisor. On duty."""
    return await newcomer(application, browsers, "Ada")


async def newcomer(application: Application, browsers: AsyncExitStack, name: str, hours: int = 8) -> Desk:
    browser = await browsers.enter_async_context(http(application))
    await register(browser, await invite(application), f"{name.lower()}@desk.example", name=name)
    found = Desk(browser)
    await browser.post("/counsellor/duty", data={"csrf": await found.csrf(), "hours": hours})
    return found


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def kinds(conninfo: str, case_id: str) -> list[str]:
    ours = "('planned', 'wrote', 'followed_up', 'not_reached', 'lifted', 'closed')"
    query = f"SELECT kind FROM case_event WHERE case_id = %s AND kind IN {ours} ORDER BY at"  # noqa: S608
    return [k for (k,) in rows(conninfo, query, case_id)]


@pytest.mark.parametrize("act", ["close", "hand-back"])
async def test_a_follow_up_is_planned_in_the_commit_that_lets_the_case_go_with_the_job_that_will_ring(
    desk: Desk, device: Device, conninfo: str, act: str
) -> None:
    case_id = await closed(desk, device, follow="48", act=act)
    ((hours,),) = rows(conninfo, "SELECT extract(epoch FROM due_at - made_at) / 3600 FROM follow_up")
    assert hours == 48
    ((due, planned),) = rows(
        conninfo, "SELECT due_at, scheduled_at FROM follow_up, procrastinate_jobs WHERE task_name = 'follow_up_due'"
    )
    assert due == planned
    assert "planned" in await kinds(conninfo, case_id)
    assert ASK in await desk.page(case_id)
    assert "Follow-ups due" not in (await desk.http.get("/counsellor")).text


async def test_a_follow_up_without_a_line_on_what_to_ask_is_refused_and_closes_nothing(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    form = {"csrf": await desk.csrf(), "fence": await desk.fence(case_id), "note": NOTE, "outcome": "true_alarm"}
    answer = await desk.http.post(f"/counsellor/cases/{case_id}/close", data={**form, "follow": "72", "ask": "  "})
    assert answer.status_code == 422
    assert "what to ask" in answer.text
    assert NOTE in answer.text
    assert re.search(r'value="72" required checked', answer.text)
    assert rows(conninfo, "SELECT status FROM crisis_case") == [("claimed",)]


async def test_without_a_follow_up_there_is_none(desk: Desk, device: Device, conninfo: str) -> None:
    await closed(desk, device, follow="0", outcome="false_alarm")
    assert rows(conninfo, "SELECT count(*) FROM follow_up") == [(0,)]


async def test_when_it_is_due_each_on_duty_is_told_once_with_a_link_and_it_stands_on_the_list(
    application: Application, browsers: AsyncExitStack, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await newcomer(application, browsers, "Bo")
    await newcomer(application, browsers, "Cy", hours=0)
    await closed(desk, device)
    before = len(channel.notices)
    found = await fall_due(application, conninfo)
    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM follow_up") == [(1,)])
    for _ in range(3):
        await look(application)
    await change(conninfo, "UPDATE follow_up SET rung_at = now() - interval '1 hour'")
    await look(application)
    await until_idle(conninfo)
    told = channel.notices[before:]
    assert sorted(str(n.to) for n in told) == ["ada@desk.example", "bo@desk.example"]
    assert {n.link for n in told} == {f"https://help.example/counsellor/follow-ups/{found}"}
    assert all(n.kind == "follow_up" for n in told)
    page = (await desk.http.get("/counsellor")).text
    assert page.index("Follow-ups due") < page.index('id="case-list"')
    assert "due since" in page
    assert "Overdue" not in page
    await fall_due(application, conninfo, timedelta(hours=2))
    assert "Overdue" in (await desk.http.get("/counsellor")).text


async def test_a_room_that_everybody_sees_is_told_one_time(
    application: Application, browsers: AsyncExitStack, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    channel.personal = False
    await newcomer(application, browsers, "Bo")
    await closed(desk, device)
    await fall_due(application, conninfo)
    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM follow_up") == [(1,)])
    assert [n.to for n in channel.notices if n.kind == "follow_up"] == [None]


async def test_the_job_alone_rings_without_the_sweep(
    desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await closed(desk, device)
    before = len(channel.notices)
    await change(conninfo, "UPDATE follow_up SET due_at = now()")
    await change(conninfo, "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE task_name = 'follow_up_due'")
    await eventually(lambda: len(channel.notices) == before + 1)


async def test_a_channel_that_fails_or_an_empty_roster_is_made_up_for_by_the_sweep(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    await closed(desk, device)
    before = len(channel.notices)
    await desk.http.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": 0})
    await fall_due(application, conninfo)
    await until_idle(conninfo)
    assert rows(conninfo, "SELECT told_at FROM follow_up") == [(None,)]
    await desk.http.post("/counsellor/duty", data={"csrf": await desk.csrf(), "hours": 8})
    channel.refuse = channel.tried + 1
    for _ in range(2):
        await change(conninfo, "UPDATE follow_up SET rung_at = now() - interval '2 minutes'")
        tried = channel.tried
        await look(application)
        await eventually(lambda tried=tried: channel.tried > tried)
    await eventually(lambda: rows(conninfo, "SELECT count(told_at) FROM follow_up") == [(1,)])
    assert len(channel.notices) == before + 1


async def test_somebody_in_danger_comes_first_on_the_list_and_a_moderate_case_after(
    application: Application, client: httpx.AsyncClient, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    await fall_due(application, conninfo)
    await (await new_device(client)).say(DANGER)
    await change(conninfo, "UPDATE crisis_case SET tier = 3 WHERE status = 'open'")
    page = (await desk.http.get("/counsellor")).text
    assert page.index('id="case-list"') < page.index('id="due-title"')
    assert "1 follow-up is due" in page[: page.index('id="case-list"')]
    await change(conninfo, "UPDATE crisis_case SET tier = 2 WHERE status = 'open'")
    page = (await desk.http.get("/counsellor")).text
    assert page.index('id="due-title"') < page.index('id="case-list"')


async def test_a_counsellor_writes_once_into_the_last_conversation_and_marks_it_done(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    case_id = await closed(desk, device)
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    page = (await desk.http.get(path)).text
    assert ASK in page
    assert NOTE in page
    assert "Words to begin with" in page
    form = {"csrf": await desk.csrf(), "line": str(uuid4()), "words": WORDS}
    for _ in range(2):
        assert (await desk.http.post(f"{path}/message", data=form)).status_code == 303
    history = (await device.http.get(device.path, headers=device.headers)).json()
    said = [(x["kind"], x["author"], x["text"]) for x in history["lines"] if x["kind"] != "notice"]
    assert said == [("counsellor", "Ada", WORDS)]
    refused = await desk.http.post(f"{path}/done", data={"csrf": form["csrf"], "reached": "true", "note": " "})
    assert refused.status_code == 422
    done = {"csrf": form["csrf"], "reached": "true", "note": "She is with her sister."}
    assert (await desk.http.post(f"{path}/done", data=done)).status_code == 303
    again = await desk.http.post(
        f"{path}/done", data={**done, "reached": "false", "note": "Somebody else was quicker."}
    )
    assert again.status_code == 409
    assert "Somebody else was quicker." in again.text
    assert await kinds(conninfo, case_id) == ["closed", "planned", "wrote", "followed_up"]
    assert rows(conninfo, "SELECT reached FROM follow_up") == [(True,)]
    assert "Follow-ups due" not in (await desk.http.get("/counsellor")).text
    assert "She is with her sister." in (await desk.http.get(path)).text


async def test_who_could_not_be_reached_is_on_the_record(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    case_id = await closed(desk, device)
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    await desk.http.post(f"{path}/done", data={"csrf": await desk.csrf(), "reached": "false", "note": "No answer."})
    assert (await kinds(conninfo, case_id))[-1] == "not_reached"
    assert "Follow-up: not reached" in await desk.page(case_id)


async def test_words_in_a_conversation_that_was_ended_are_shown_in_the_next_one_once(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    await device.http.post(f"{device.path}/end", headers=device.headers)
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    assert "They ended their last conversation" in (await desk.http.get(path)).text
    form = {"csrf": await desk.csrf(), "line": str(uuid4()), "words": WORDS}
    assert (await desk.http.post(f"{path}/message", data=form)).status_code == 303
    seen = []
    for _ in range(2):
        begun = await device.http.post("/v1/conversations", json={}, headers=device.headers)
        where = f"/v1/conversations/{begun.json()['conversation_id']}"
        seen.append((await device.http.get(where, headers=device.headers)).json()["lines"])
    assert [[(x["author"], x["text"]) for x in lines] for lines in seen] == [[("Ada", WORDS)], []]


async def test_words_that_were_answered_do_not_come_again(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    form = {"csrf": await desk.csrf(), "line": str(uuid4()), "words": WORDS}
    await desk.http.post(f"{path}/message", data=form)
    await device.say("Thank you. It was a quiet night.")
    begun = await device.http.post("/v1/conversations", json={}, headers=device.headers)
    where = f"/v1/conversations/{begun.json()['conversation_id']}"
    assert (await device.http.get(where, headers=device.headers)).json()["lines"] == []


async def test_new_danger_makes_a_due_follow_up_part_of_the_case_and_it_comes_back_if_it_is_not_done(
    application: Application, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    case_id = await closed(desk, device)
    await device.say("I still want to kill myself. I can't stop thinking about it tonight.")
    assert await desk.listed() == [case_id]  # the same case, opened again
    before = [n for n in channel.notices if n.kind == "follow_up"]
    path = f"/counsellor/follow-ups/{await fall_due(application, conninfo)}"
    await until_idle(conninfo)
    assert [n for n in channel.notices if n.kind == "follow_up"] == before == []
    page = (await desk.http.get("/counsellor")).text
    assert 'id="due-title"' not in page
    assert "Follow-up due" in page
    assert ASK in await desk.page(case_id)
    told = await desk.http.post(
        f"{path}/message", data={"csrf": await desk.csrf(), "line": str(uuid4()), "words": WORDS}
    )
    assert told.status_code == 409
    assert "This person has a case now" in told.text
    await desk.handle(case_id, "Spoke again.")
    await look(application)
    assert 'id="due-title"' in (await desk.http.get("/counsellor")).text
    await eventually(lambda: len([n for n in channel.notices if n.kind == "follow_up"]) == 1)


async def test_the_handover_shows_what_the_next_shift_needs_and_no_word_of_any_person(
    client: httpx.AsyncClient, desk: Desk, device: Device, conninfo: str
) -> None:
    ended = await closed(desk, device)
    await change(conninfo, "UPDATE follow_up SET due_at = now() + interval '3 hours'")
    other = await new_device(client)
    await other.say(DANGER)
    (waits,) = await desk.listed()
    await desk.claim(waits)
    asked = "My shift ends. Please ask about the pills."
    back = {"csrf": await desk.csrf(), "fence": await desk.fence(waits), "note": asked}
    await desk.http.post(f"/counsellor/cases/{waits}/release", data=back)
    await change(
        conninfo,
        "UPDATE alert SET failed_at = now(), sent_at = NULL, step = 9, "
        "since = (SELECT since FROM crisis_case c WHERE c.id = case_id) "
        "WHERE id = (SELECT id FROM alert WHERE case_id = %s LIMIT 1)",
        waits,
    )
    page = (await desk.http.get("/counsellor/handover")).text
    whole = (waits[:8], ended[:8], "nobody", asked, NOTE, ASK, "Yes, there was danger", "An alert was not sent")
    for words in whole:
        assert words in page, words
    for words in ("alive", "killing myself", "every night"):
        assert words not in page
    assert "<script" not in page.split("<main")[1]
    await change(conninfo, "UPDATE crisis_case SET closed_at = now() - interval '13 hours' WHERE id = %s", ended)
    assert f'/counsellor/cases/{ended}"' not in (await desk.http.get("/counsellor/handover")).text


async def misused(desk: Desk, device: Device, times: int) -> str:
    case_id = ""
    for _ in range(times):
        case_id = await closed(desk, device, follow="0", outcome="misuse")
    return case_id


async def test_after_two_misuses_the_next_case_stands_behind_others_of_its_tier_and_rings_as_before(
    client: httpx.AsyncClient, desk: Desk, device: Device, channel: Captured, conninfo: str
) -> None:
    case_id = await misused(desk, device, 2)
    before = len(channel.notices)
    await device.say(DANGER)
    assert rows(conninfo, "SELECT lowered FROM crisis_case") == [(True,)]
    await channel.wait_for(before + 1)
    newer = await new_device(client)
    await newer.say(DANGER)
    first, second = await desk.listed()
    assert second == case_id
    await channel.wait_for(before + 2)
    assert "Stands behind others of its tier" in await desk.page(case_id)
    assert "Stands behind others of its tier" not in await desk.page(first)


async def test_one_misuse_or_real_danger_since_lowers_nobody(desk: Desk, device: Device, conninfo: str) -> None:
    await misused(desk, device, 1)
    await closed(desk, device, follow="0", outcome="true_alarm")
    await misused(desk, device, 1)
    await device.say(DANGER)
    assert rows(conninfo, "SELECT lowered FROM crisis_case") == [(False,)]


async def test_imminent_danger_is_never_lowered(desk: Desk, device: Device, conninfo: str) -> None:
    await misused(desk, device, 2)
    await device.say(DANGER)
    assert rows(conninfo, "SELECT lowered FROM crisis_case") == [(True,)]
    await device.say("I am on the bridge now and I am going to jump in a minute.")
    assert rows(conninfo, "SELECT tier, lowered FROM crisis_case") == [(4, False)]


async def test_a_supervisor_lifts_it_for_good_and_nobody_else_can(
    application: Application, browsers: AsyncExitStack, desk: Desk, device: Device, conninfo: str
) -> None:
    bo = await newcomer(application, browsers, "Bo")
    case_id = await misused(desk, device, 2)
    await device.say(DANGER)
    assert "Put it back into its place" not in await bo.page(case_id)
    refused = await bo.http.post(f"/counsellor/cases/{case_id}/lift", data={"csrf": await bo.csrf()})
    assert refused.status_code == 403
    assert "Put it back into its place" in await desk.page(case_id)
    for status in (303, 409):
        lifted = await desk.http.post(f"/counsellor/cases/{case_id}/lift", data={"csrf": await desk.csrf()})
        assert lifted.status_code == status
    assert rows(conninfo, "SELECT lowered FROM crisis_case") == [(False,)]
    assert "lifted" in await kinds(conninfo, case_id)
    await closed(desk, device, follow="0", outcome="misuse")
    await device.say(DANGER)
    assert rows(conninfo, "SELECT lowered FROM crisis_case") == [(False,)]  # one since it was lifted


PAGES = [
    ("GET", "/counsellor/handover"), ("GET", "/counsellor/lessons"), ("GET", f"/counsellor/follow-ups/{uuid4()}"),
    ("POST", f"/counsellor/follow-ups/{uuid4()}/message"), ("POST", f"/counsellor/follow-ups/{uuid4()}/done"),
    ("POST", f"/counsellor/cases/{uuid4()}/lift"), ("POST", f"/counsellor/lessons/{uuid4()}/approve"),
    ("POST", f"/counsellor/lessons/{uuid4()}/throw-away"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_without_a_session_every_page_leads_to_the_sign_in(
    shared_client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await shared_client.request(method, path, data={"csrf": "x"} if method == "POST" else None)
    assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor/login")
