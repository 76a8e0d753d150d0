"""Somebody is named with consent, knows it, can say no, and is gone at once when it is taken back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from databases import change, rows
from device import Device, new_device
from trusted import PATH, POLICY, SAM, Postbox, name, named, until_test
from waiting import eventually

from agent.bootstrap import Application, Models
from agent.escalation.sweep import sweep
from agent.settings import AlertSettings, Settings


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
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def later(conninfo: str, hours: int) -> None:
    """What the clock would do."""
    span = timedelta(hours=hours)
    await change(conninfo, "UPDATE trusted_consent SET at = at - %s", span)
    await change(conninfo, "UPDATE trusted_address SET tested_at = tested_at - %s", span)


async def test_whoever_is_named_learns_it_by_a_message_without_a_word_of_why(device: Device, box: Postbox) -> None:
    assert (await name(device)).status_code == 200
    now = await until_test(device, "sent")
    (letter,) = box.letters
    assert letter.to == "sam@family.example"
    assert letter.subject == "Ines has named you as somebody they trust"
    assert "Hello Sam" in letter.body
    assert "{" not in letter.body
    for kept in ("my brother", "7946"):
        assert kept not in letter.body
    assert now["contact"]["phone"] == SAM["phone"]
    assert now["contact"]["version"] == POLICY.version


async def test_words_and_address_are_sealed_and_the_link_is_hashed(device: Device, box: Postbox, conninfo: str) -> None:
    await name(device)
    await until_test(device, "sent")
    token = box.link().rsplit("/", 1)[1]
    for table in ("trusted_contact", "trusted_consent", "trusted_address", "procrastinate_jobs"):
        stored = str(rows(conninfo, f"SELECT t::text, encode(t::text::bytea, 'escape') FROM {table} t"))  # noqa: S608
        for clear in ("Sam", "sam@", "Ines", "brother", "7946", token, b"sam@family".hex()):
            assert clear not in stored, (table, clear)


async def test_taking_it_back_removes_the_address_at_once_and_keeps_that_it_was_agreed(
    device: Device, box: Postbox, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    for _ in range(2):
        gone = await device.http.delete(PATH, headers=device.headers)
        assert (gone.status_code, gone.json()["contact"], gone.json()["ended"]["what"]) == (200, None, "revoked")
    assert rows(conninfo, "SELECT count(*) FROM trusted_contact") == [(0,)]
    said = rows(conninfo, "SELECT what, text_version FROM trusted_consent ORDER BY at")
    assert said == [("agreed", POLICY.version), ("revoked", POLICY.version)]
    assert "I don’t want this" in (await device.http.get(box.link())).text, "no for all time can still be said"


async def test_taken_back_before_it_went_out_the_message_is_not_sent(
    device: Device, box: Postbox, application: Application
) -> None:
    box.refuse = 1
    await name(device)
    await eventually(lambda: box.tried > 0)
    await device.http.delete(PATH, headers=device.headers)
    await asyncio.sleep(3)  # past the next try
    assert box.letters == []
    assert application.ready


async def test_the_contact_says_no_by_a_button_and_not_by_a_program_that_opens_links(
    device: Device, box: Postbox, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    for method in ("GET", "HEAD", "GET"):
        await device.http.request(method, box.link())
    assert (await named(device))["contact"] is not None
    done = await device.http.post(box.link())
    assert (done.status_code, "Done" in done.text) == (200, True)
    now = await named(device)
    assert (now["contact"], now["ended"]["what"]) == (None, "refused")
    assert rows(conninfo, "SELECT count(*) FROM trusted_contact") == [(0,)]
    again = await device.http.post(box.link())
    assert "Nobody has named you" in again.text


async def test_who_said_no_gets_no_further_test_message_from_anybody(
    device: Device, box: Postbox, client: httpx.AsyncClient, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    await device.http.post(box.link())
    await later(conninfo, 48)
    for who in (device, await new_device(client)):
        answer = await name(who, email="SAM@Family.example")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "address_closed")
        assert (await named(who))["contact"] is None
    assert len(box.letters) == 1


async def test_no_is_heard_also_after_the_naming_was_taken_back(
    device: Device, box: Postbox, client: httpx.AsyncClient, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    link = box.link()
    await device.http.delete(PATH, headers=device.headers)
    assert "Done" in (await device.http.post(link)).text
    assert "Nobody has named you" in (await device.http.post(link)).text
    await later(conninfo, 48)
    answer = await name(await new_device(client), email="sam+again@family.example")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "address_closed"), "the same mailbox"
    assert len(box.letters) == 1


async def test_an_address_gets_one_test_message_a_day_whoever_asks(
    device: Device, box: Postbox, client: httpx.AsyncClient, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    again = await device.http.post(f"{PATH}/test", headers=device.headers)
    assert (again.status_code, again.json()["error"]["code"]) == (429, "tested_lately")
    assert (await named(device))["contact"]["test"] == "sent"
    other = await name(await new_device(client))
    assert (other.status_code, other.json()["error"]["code"]) == (429, "tested_lately")
    await later(conninfo, 25)
    assert (await device.http.post(f"{PATH}/test", headers=device.headers)).status_code == 200
    await until_test(device, "sent")
    assert len(box.letters) == 2
    assert box.letters[0].id != box.letters[1].id


async def test_one_change_an_hour_and_three_a_day_also_over_taking_it_back(device: Device, conninfo: str) -> None:
    assert (await name(device)).status_code == 200
    for _ in range(2):
        refused = await name(device, email="kim@family.example")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "changed_lately")
        await device.http.delete(PATH, headers=device.headers)
    for n in range(2):
        await later(conninfo, 2)
        assert (await name(device, email=f"kim{n}@family.example")).status_code == 200
    await later(conninfo, 2)
    assert (await name(device, email="lee@family.example")).status_code == 429


async def test_two_at_once_are_one_naming(device: Device, conninfo: str) -> None:
    answers = await asyncio.gather(*(name(device, email=f"a{n}@family.example") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 429, 429, 429]
    assert rows(conninfo, "SELECT count(*) FROM trusted_address") == [(1,)]


async def test_a_failed_test_is_said_and_can_be_tried_again_at_once(device: Device, box: Postbox) -> None:
    box.refuse = 3
    await name(device)
    await until_test(device, "failed")
    assert box.tried == 3
    assert (await device.http.post(f"{PATH}/test", headers=device.headers)).status_code == 200
    await until_test(device, "sent")


async def test_a_test_whose_job_was_lost_is_sent_all_the_same(
    device: Device, box: Postbox, application: Application, conninfo: str
) -> None:
    await name(device)
    await until_test(device, "sent")
    past = "UPDATE trusted_contact SET test_sent_at = NULL, test_asked_at = test_asked_at - interval '2 minutes'"
    await change(conninfo, past)  # as if the worker had died before it was noted
    services = application.services
    await sweep(services.database, services.spool, services.ladder)
    await until_test(device, "sent")
    assert len(box.letters) == 2


BAD = [
    {"email": "nobody"}, {"email": "a@b"}, {"email": "a@b.example, c@d.example"}, {"email": "a b@c.example"},
    {"email": "a@c.example\r\nBcc: x@y.example"}, {"name": ""}, {"name": "http://evil.example"}, {"called": "evil.com"},
    {"called": "Win 1000 now"}, {"called": "a" * 61}, {"name": "{link}"}, {"phone": "call me"}, {"how": "x" * 201},
    {"agreed": False}, {"version": ""}, {"version": "older"},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
async def test_what_is_no_name_or_no_address_is_not_taken(device: Device, box: Postbox, wrong: dict) -> None:
    answer = await name(device, **wrong)
    assert answer.status_code == (409 if "version" in wrong else 422)
    assert str(next(iter(wrong.values())) or "nothing")[:12] not in answer.text.replace("version", "")
    assert (await named(device))["contact"] is None
    assert box.letters == []


async def test_names_of_the_world_are_names(device: Device, box: Postbox) -> None:
    assert (await name(device, name="D’Arcy-Łukasz O. Ñandú", called="अनीता")).status_code == 200
    await until_test(device, "sent")
    assert "अनीता" in box.letters[0].subject


@pytest.mark.usefixtures("box")
async def test_nobody_sees_or_ends_what_another_person_named(device: Device, client: httpx.AsyncClient) -> None:
    await name(device)
    await until_test(device, "sent")
    other = await new_device(client)
    assert (await named(other))["contact"] is None
    await other.http.delete(PATH, headers=other.headers)
    assert (await other.http.post(f"{PATH}/test", headers=other.headers)).status_code == 404
    assert (await named(device))["contact"]["name"] == "Sam"
    for made_up in ("x", "a" * 43, "%00"):
        assert "Nobody has named you" in (await client.post(f"/trusted/no/{made_up}")).text
    assert (await named(device))["contact"]["name"] == "Sam"


async def test_without_a_mail_server_it_says_so_and_takes_no_contact(
    shared_client: httpx.AsyncClient,
) -> None:
    device = await new_device(shared_client)
    assert (await named(device))["available"] is False
    refused = await name(device)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_mail")
    assert "no mail server is set up" in (await shared_client.get("/trusted")).text
    assert (await named(device))["contact"] is None


async def test_the_page_shows_every_word_that_is_agreed_to(device: Device) -> None:
    page = (await device.http.get("/trusted")).text
    for words in POLICY.consent.values():
        assert words.replace("'", "&#39;") in page
    assert f'data-version="{POLICY.version}"' in page
