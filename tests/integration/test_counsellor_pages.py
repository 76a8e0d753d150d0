"""The counsellors' pages: who gets in, what the list and a case say, and what closing one does."""

import asyncio
import html
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from databases import change, rows
from desk import DANGER, PASSWORD, Desk, invite, register, sign_in
from device import Device, new_device
from processes import http

from agent.bootstrap import Application
from agent.domain.risk import Tier


@pytest.fixture
async def browser(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A counsellor's browser, not signed in; it keeps its cookies to itself."""
    async with http(application) as opened:
        yield opened


@pytest.fixture
async def desk(browser: httpx.AsyncClient, application: Application) -> Desk:
    answer = await register(browser, await invite(application))
    assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor")
    return Desk(browser)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


NO_CASE = "70e3a4e4-5b7b-4b0c-9a53-5c0b8f1f3a55"
CLOSED = [
    ("GET", "/counsellor"),
    ("GET", "/counsellor/cases"),
    ("GET", "/counsellor/cases/list"),
    ("GET", f"/counsellor/cases/{NO_CASE}"),
    *(("POST", f"/counsellor/cases/{NO_CASE}/{act}") for act in ("claim", "stay", "release", "close")),
    ("POST", "/counsellor/logout"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_without_a_session_every_page_leads_to_the_sign_in(
    shared_client: httpx.AsyncClient, method: str, path: str
) -> None:
    form = {"note": "x"} if method == "POST" else None
    for cookie in (b"", b"handhold_counsellor=", b"handhold_counsellor=made-up", b"handhold_counsellor=\xff\xc3"):
        answer = await shared_client.request(method, path, headers={"cookie": cookie}, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor/login")
        assert answer.text == ""


async def test_a_persons_own_token_opens_no_counsellor_page(browser: httpx.AsyncClient, device: Device) -> None:
    for headers in (device.headers, {"cookie": f"handhold_counsellor={device.token}"}):
        assert (await browser.get("/counsellor", headers=headers)).status_code == 303


async def test_a_setup_link_makes_one_account_and_then_is_dead(
    application: Application, browser: httpx.AsyncClient
) -> None:
    token = await invite(application)
    assert (await browser.get(f"/counsellor/setup?token={token}")).status_code == 200
    made = await register(browser, token)
    assert (made.status_code, made.headers["location"]) == (303, "/counsellor")
    assert (await browser.get("/counsellor")).status_code == 200
    async with http(application) as second:
        assert (await second.get(f"/counsellor/setup?token={token}")).status_code == 401
        assert (await register(second, token, "eve@desk.example")).status_code == 401
        assert (await second.get("/counsellor")).status_code == 303


async def test_two_who_use_one_link_at_once_get_one_account(application: Application, conninfo: str) -> None:
    token = await invite(application)
    async with http(application) as one, http(application) as two:
        answers = await asyncio.gather(register(one, token, "a@desk.example"), register(two, token, "b@desk.example"))
    assert sorted(a.status_code for a in answers) == [303, 401]
    assert rows(conninfo, "SELECT count(*) FROM counsellor") == [(1,)]


async def test_a_setup_link_expires(application: Application, browser: httpx.AsyncClient, conninfo: str) -> None:
    token = await invite(application)
    assert rows(conninfo, "SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM invite") == [(24,)]
    await change(conninfo, "UPDATE invite SET expires_at = now() - interval '1 second'")
    assert (await browser.get(f"/counsellor/setup?token={token}")).status_code == 401
    assert (await register(browser, token)).status_code == 401
    assert rows(conninfo, "SELECT count(*) FROM counsellor") == [(0,)]


BAD_SETUPS = [
    ({"password": "elevenchars"}, 422),
    ({"name": "   "}, 422),
    ({"email": "nobody"}, 422),
    ({"email": "@desk.example"}, 422),
    ({"name": "a" * 301}, 422),
    ({"token": "made-up"}, 401),
]


async def test_a_refused_setup_does_not_use_up_the_link(application: Application, browser: httpx.AsyncClient) -> None:
    token = await invite(application)
    for wrong, status in BAD_SETUPS:
        refused = await register(browser, **{"token": token, **wrong})
        assert refused.status_code == status, wrong
        assert PASSWORD not in refused.text
        assert (await browser.get("/counsellor")).status_code == 303
    assert (await register(browser, token)).status_code == 303


async def test_an_address_has_one_account_and_the_second_link_stays_good(desk: Desk, application: Application) -> None:
    token = await invite(application)
    async with http(application) as other:
        assert (await register(other, token, "ADA@desk.example ")).status_code == 409
        assert (await register(other, token, "bo@desk.example")).status_code == 303
    assert await desk.csrf()


async def test_control_characters_in_a_sign_in_or_setup_are_no_storage_failure(
    application: Application, browser: httpx.AsyncClient
) -> None:
    assert (await sign_in(browser, "a\x00da@desk.example")).status_code == 401
    token = await invite(application)
    for address in ("a\x00 da@desk.example", "ada@desk.example\nBcc: eve@desk.example", "ada@desk.example\u2028x"):
        assert (await register(browser, token, address)).status_code == 422, "an alert to it could never be sent"
    assert (await register(browser, token, name="A\x00da")).status_code == 303


async def test_every_failed_sign_in_looks_the_same(desk: Desk, application: Application) -> None:
    async with http(application) as stranger:
        unknown = await sign_in(stranger, "nobody@desk.example")
        wrong = await sign_in(stranger, password="wrong wrong wrong")
        for _ in range(4):
            await sign_in(stranger, password="wrong wrong wrong")
        locked = await sign_in(stranger)
    assert {a.status_code for a in (unknown, wrong, locked)} == {401}
    assert unknown.text == wrong.text == locked.text
    assert unknown.headers == wrong.headers == locked.headers
    # Somebody else's tries lock nobody out who is in.
    assert await desk.csrf()


async def test_five_wrong_passwords_rest_the_account_and_time_opens_it_again(
    desk: Desk, application: Application, conninfo: str
) -> None:
    async with http(application) as other:
        for _ in range(4):
            await sign_in(other, password="wrong wrong wrong")
        assert (await sign_in(other)).status_code == 303
        # Signing in starts the count again.
        for _ in range(4):
            await sign_in(other, password="wrong wrong wrong")
        assert (await sign_in(other)).status_code == 303
        for _ in range(5):
            await sign_in(other, password="wrong wrong wrong")
        assert (await sign_in(other)).status_code == 401
        await change(conninfo, "UPDATE counsellor SET locked_until = locked_until - interval '5 minutes'")
        assert (await sign_in(other)).status_code == 303
    assert await desk.csrf()


async def test_signing_out_ends_the_session_also_for_a_copied_cookie(desk: Desk) -> None:
    copied = {"cookie": f"handhold_counsellor={desk.http.cookies['handhold_counsellor']}"}
    out = await desk.http.post("/counsellor/logout", data={"csrf": await desk.csrf()})
    assert (out.status_code, out.headers["location"]) == (303, "/counsellor/login")
    assert (await desk.http.get("/counsellor", headers=copied)).status_code == 303


async def test_a_session_ends_by_itself(desk: Desk, conninfo: str) -> None:
    assert rows(conninfo, "SELECT round(extract(epoch FROM expires_at - now()) / 3600) FROM counsellor_session") == [
        (13,)
    ]
    await change(conninfo, "UPDATE counsellor_session SET expires_at = now() - interval '1 second'")
    assert (await desk.http.get("/counsellor")).status_code == 303


async def test_a_form_that_is_not_ours_changes_nothing(desk: Desk, device: Device, application: Application) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    async with http(application) as other:
        await register(other, await invite(application), "bo@desk.example")
        anothers = await Desk(other).csrf()
    for wrong in ("", "made-up", "é\x00", anothers):
        assert (await desk.claim(case_id, csrf=wrong)).status_code == 401
        assert (await desk.close(case_id, "done", csrf=wrong, fence="0")).status_code == 401
        assert (await desk.http.post("/counsellor/logout", data={"csrf": wrong})).status_code == 401
    assert (await desk.http.post(f"/counsellor/cases/{case_id}/claim")).status_code == 401
    assert await desk.listed() == [case_id]


async def test_cases_are_listed_by_risk_and_then_by_age(desk: Desk, client: httpx.AsyncClient, conninfo: str) -> None:
    for _ in range(5):
        await (await new_device(client)).say(DANGER)
    opened = [str(i) for (i,) in rows(conninfo, "SELECT id FROM crisis_case ORDER BY id")]
    tiers_and_ages = [
        (Tier.MODERATE, 5000), (Tier.HIGH, 150), (Tier.IMMINENT, 30), (Tier.HIGH, 330), (Tier.MODERATE, 90),
    ]  # fmt: skip
    for case_id, (tier, minutes) in zip(opened, tiers_and_ages, strict=True):
        await change(
            conninfo,
            "UPDATE crisis_case SET tier = %s, opened_at = now() - %s * interval '1 minute' WHERE id = %s",
            int(tier), minutes, case_id,
        )  # fmt: skip
    await change(conninfo, "UPDATE crisis_case SET since = opened_at, needed_at = opened_at")
    expected = [opened[i] for i in (2, 3, 1, 0, 4)]
    assert await desk.listed() == expected
    whole = (await desk.http.get("/counsellor")).text
    assert re.findall(r'data-case="([^"]+)"', whole) == expected
    ages = re.findall(r"\((\d+ (?:hour|day)s?)(?: ago)?\)", whole)
    assert ages == ["5 hours", "2 hours", "3 days", "1 hour"]


async def test_a_case_says_why_and_shows_the_words(desk: Desk, device: Device) -> None:
    await device.say("My flat is cold and I had toast for dinner.")
    reply = await device.say(DANGER)
    (case_id,) = await desk.listed()
    page = html.unescape(await desk.page(case_id))
    marked = re.findall(r"<mark>(.+?)</mark>", page)
    assert marked
    assert all(words in DANGER for words in marked)
    assert "My flat is cold and I had toast for dinner." in page
    assert DANGER in page
    assert reply["text"] in page
    assert re.search(r'class="talk-turn flagged" id="turn-2"', page)
    assert not re.search(r'class="talk-turn flagged" id="turn-1"', page)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</p></li></ol><form action=/counsellor/logout method=post>",
    "javascript:alert(1) &lt;b&gt;",
]


async def test_what_a_person_wrote_stays_text_on_the_counsellors_page(desk: Desk, device: Device) -> None:
    for hostile in HOSTILE:
        await device.say(f"{hostile} {DANGER} {hostile}")
    (case_id,) = await desk.listed()
    page = await desk.page(case_id)
    for hostile in HOSTILE:
        # Unescaping brings it back, so all of it is shown; as it was sent it is nowhere.
        assert f"{hostile} {DANGER} {hostile}" in html.unescape(page)
        assert hostile not in page


async def test_a_note_and_a_name_stay_text_too(
    browser: httpx.AsyncClient, application: Application, device: Device
) -> None:
    await register(browser, await invite(application), name="<b>Ada</b>")
    desk = Desk(browser)
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    await desk.handle(case_id, "<i>called</i> & agreed")
    page = await desk.page(case_id)
    assert "&lt;i&gt;called&lt;/i&gt; &amp; agreed" in page
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<i>called" not in page
    assert "<b>Ada" not in page


async def test_a_case_is_not_closed_without_a_readable_note(desk: Desk, device: Device) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    for note in ("", "   \n\t ", "\x00\x1b", "x" * 4001):
        assert (await desk.handle(case_id, note)).status_code == 422
        assert await desk.listed() == [case_id]


async def test_closing_a_case_records_it_and_steps_the_persons_risk_down(
    desk: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    answer = await desk.handle(case_id, "  Spoke for an hour; sister is with them.  ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/counsellor/cases/{case_id}")
    assert await desk.listed() == []
    assert await desk.listed("closed") == [case_id]
    page = await desk.page(case_id)
    assert "Spoke for an hour; sister is with them." in page
    assert "By Ada" in page
    assert 'name="outcome"' not in page
    (person,) = rows(conninfo, "SELECT person_id FROM crisis_case")[0]
    async with application.services.database.unit_of_work() as work:
        assert (await work.people.standing(person)).tier == Tier.LOW
    # The note is about a person: it is not in the database in clear.
    assert rows(conninfo, "SELECT 1 FROM case_event WHERE position('sister'::bytea IN sealed_detail) > 0") == []


async def test_closing_twice_is_a_conflict_and_keeps_the_first_note(desk: Desk, device: Device) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    csrf = await desk.csrf()
    await desk.claim(case_id)
    answers = await asyncio.gather(*(desk.close(case_id, f"note number {n}", csrf, fence="1") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [303, 409, 409, 409]
    (kept,) = [n for n, a in enumerate(answers) if a.status_code == 303]
    page = await desk.page(case_id)
    assert re.findall(r"note number \d", page) == [f"note number {kept}"]


async def test_evidence_of_an_earlier_conversation_does_not_point_into_the_one_shown(
    desk: Desk, device: Device, application: Application
) -> None:
    await device.say("It rained all day.")
    await device.say(DANGER)
    async with http(application) as again:
        started = await again.post("/v1/conversations", json={}, headers=device.headers)
        later = Device(again, device.token, started.json()["conversation_id"])
        await later.say(f"Still here. {DANGER}")
    (case_id,) = await desk.listed()
    page = html.unescape(await desk.page(case_id))
    assert set(re.findall(r'href="(#turn-\d+)"', page)) == {"#turn-1"}
    assert set(re.findall(r'class="talk-turn flagged" id="(turn-\d+)"', page)) == {"turn-1"}
    assert "message 2 of an earlier conversation" in page
    assert "Still here." in page


async def test_a_case_that_is_not_there_and_an_id_that_is_none(desk: Desk) -> None:
    unknown = await desk.http.get(f"/counsellor/cases/{NO_CASE}")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    malformed = await desk.http.get("/counsellor/cases/<script>zanzibar")
    assert malformed.status_code == 422
    assert "zanzibar" not in malformed.text
    assert (await desk.claim(NO_CASE)).status_code == 404


async def test_every_link_and_form_of_the_pages_leads_somewhere(desk: Desk, device: Device) -> None:
    await device.say(DANGER)
    (case_id,) = await desk.listed()
    found = set()
    for path in ("/", "/counsellor", "/counsellor/login", f"/counsellor/cases/{case_id}", "/counsellor/nothing"):
        page = (await desk.http.get(path)).text
        found |= set(re.findall(r'(?:href|src|data-refresh)="(/[^"]*)"', page))
    assert {"/counsellor/cases?show=closed", "/static/counsellor.css"} <= found
    answers = {link: (await desk.http.get(link)).status_code for link in found}
    assert set(answers.values()) == {200}, answers
