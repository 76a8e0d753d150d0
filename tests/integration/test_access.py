"""Who may read what: tokens hashed at rest, others' conversations as unknown as none, headers on every answer."""

import re
from importlib import import_module
from pkgutil import iter_modules
from uuid import uuid4

import httpx
import psycopg
import pytest
from desk import DANGER, PASSWORD, invite, register
from device import Device, new_device
from processes import http
from psycopg import sql

from agent.api import routes
from agent.bootstrap import Application
from agent.graph import runner
from agent.settings import ServerSettings, Settings

TURN = "0c8ab3a4-6c1f-4b3e-9f5c-1f1f1d1b7a10"


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    return await new_device(shared_client)


def everything(conninfo: str) -> dict[str, bytes]:
    """All of the database by table, text as UTF-8 and bytes as they are."""
    found: dict[str, bytes] = {}
    with psycopg.connect(conninfo) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
            cells = (cell for row in cursor for cell in row)
            found[name] = b"\x00".join(c if isinstance(c, bytes) else str(c).encode() for c in cells)
    return found


async def test_no_secret_that_opens_anything_is_in_the_database(
    client: httpx.AsyncClient, application: Application, conninfo: str
) -> None:
    device = await new_device(client)
    await device.say(DANGER)
    token = await invite(application)
    async with http(application) as browser:
        await register(browser, token)
        session = browser.cookies["handhold_counsellor"]
    stored = everything(conninfo)
    # The places where they would be hold something, so an empty answer below means something.
    assert all(stored[name] for name in ("person", "invite", "counsellor", "counsellor_session", "turn", "reply"))
    assert device.conversation.encode() in stored["conversation"]
    for secret in (device.token, token, session, PASSWORD, DANGER):
        for form in (secret.encode(), secret.encode().hex().encode(), secret.encode("utf-16-le")):
            assert [name for name, content in stored.items() if form in content] == []


PERSONS = [
    ("GET", "/v1/conversations"),
    ("GET", "/v1/conversations/{0}"),
    ("POST", "/v1/conversations/{0}/end"),
    ("POST", "/v1/conversations/{0}/turns"),
    ("GET", "/v1/conversations/{0}/turns/{1}"),
    ("GET", "/v1/conversations/{0}/turns/{1}/events"),
]


async def ask(client: httpx.AsyncClient, method: str, path: str, headers: dict) -> httpx.Response:
    body = {"turn_id": str(uuid4()), "text": "let me in"} if path.endswith("/turns") else None
    return await client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(("method", "path"), PERSONS[1:])
async def test_somebody_elses_conversation_is_answered_exactly_like_one_that_never_was(
    shared_client: httpx.AsyncClient, device: Device, method: str, path: str
) -> None:
    turn_id = uuid4()
    await device.say("This is between us.", turn_id)
    stranger = await new_device(shared_client)
    theirs = await ask(shared_client, method, path.format(device.conversation, turn_id), stranger.headers)
    nobodys = await ask(shared_client, method, path.format(uuid4(), uuid4()), stranger.headers)
    assert theirs.status_code == 404
    assert theirs.text == nobodys.text
    assert theirs.headers == nobodys.headers
    assert [t["text"] for t in await device.turns()] == ["This is between us."]
    mine = await shared_client.get(device.path, headers=device.headers)
    assert mine.json()["ended_at"] is None


async def test_a_turn_is_not_found_through_another_conversation_of_the_same_person(device: Device) -> None:
    turn_id = uuid4()
    await device.say("Said in the first one.", turn_id)
    second = await device.http.post("/v1/conversations", json={}, headers=device.headers)
    assert second.json()["device_token"] is None
    elsewhere = Device(device.http, device.token, second.json()["conversation_id"])
    answer = await elsewhere.http.get(f"{elsewhere.path}/turns/{turn_id}", headers=device.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_turn")


async def test_a_device_lists_its_own_conversations_only(device: Device, shared_client: httpx.AsyncClient) -> None:
    stranger = await new_device(shared_client)
    mine = (await shared_client.get("/v1/conversations", headers=device.headers)).json()["conversations"]
    assert [c["conversation_id"] for c in mine] == [device.conversation]
    assert stranger.conversation != device.conversation


@pytest.mark.parametrize(("method", "path"), PERSONS)
async def test_without_a_known_token_nothing_is_answered(device: Device, method: str, path: str) -> None:
    await device.say("This is between us.", TURN)
    where = path.format(device.conversation, TURN)
    wrong = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {device.token[:-1]}"},
        {"Authorization": f"Bearer {device.token.swapcase()}"},
        {"Authorization": f"Basic {device.token}"},
        {"Authorization": device.token},
        {"Authorization": b"Bearer \xff\xfe\x00"},
        {"Authorization": "Bearer " + "x" * 9000},
        {"Cookie": "handhold_device=made-up"},
        {"Cookie": f"handhold_counsellor={device.token}"},
    ]
    answers = [await ask(device.http, method, where, headers) for headers in wrong]
    assert {a.status_code for a in answers} == {401}
    assert {a.json()["error"]["code"] for a in answers} == {"unknown_device"}
    assert len({a.text for a in answers}) == 1


async def test_the_token_in_an_address_is_not_taken(device: Device) -> None:
    for name in ("token", "device_token", "access_token", "handhold_device"):
        assert (await device.http.get(f"{device.path}?{name}={device.token}")).status_code == 401


@pytest.mark.parametrize("secure", [False, True])
async def test_the_cookie_opens_the_same_door_and_no_script_or_other_site_can_use_it(
    application: Application, settings: Settings, *, secure: bool
) -> None:
    application.settings = settings.model_copy(update={"server": ServerSettings(secure_cookies=secure)})
    async with http(application) as page:
        started = await page.post("/v1/conversations", json={})
        cookie = started.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert ("Secure" in cookie.split("; ")) == secure
        token = re.match("handhold_device=([^;]+)", cookie)[1]
        assert token == started.json()["device_token"]
        kept = {"cookie": f"handhold_device={token}"}
        mine = f"/v1/conversations/{started.json()['conversation_id']}"
        assert (await page.get(mine, headers=kept)).status_code == 200
        # A device that is known gets no second token.
        again = await page.post("/v1/conversations", json={}, headers=kept)
        assert (again.json()["device_token"], again.headers.get("set-cookie")) == (None, None)
        made = await register(page, await invite(application))
        parts = set(made.headers["set-cookie"].split("; "))
        assert {"HttpOnly", "SameSite=strict", "Path=/counsellor"} <= parts
        assert ("Secure" in parts) == secure


def assert_guarded(answer: httpx.Response) -> None:
    """What a browser needs to hear on every answer, whatever it says."""
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] in {"no-store", "no-cache"}
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


ANSWERS = [
    ("GET", "/", 200), ("GET", "/health", 200), ("GET", "/v1/help", 200), ("GET", "/openapi.json", 200),
    ("GET", "/static/app.css", 200), ("GET", "/static/none.css", 404), ("GET", "/static/../app.py", 404),
    ("GET", "/counsellor", 303), ("GET", "/counsellor/login", 200), ("GET", "/counsellor/setup", 401),
    ("GET", "/none", 404), ("DELETE", "/v1/help", 405), ("OPTIONS", "/v1/conversations", 405),
    ("POST", "/v1/conversations", 422), ("GET", "/v1/conversations", 401), ("HEAD", "/static/app.css", 200),
    ("GET", "/docs", 404), ("GET", "/redoc", 404), ("GET", "/metrics", 404), ("GET", "/counsellor/board", 303),
    ("GET", "/counsellor/board.csv", 303),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
async def test_every_answer_carries_the_security_headers(
    shared_client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await shared_client.request(method, path, headers={"origin": "https://evil.example"})
    assert answer.status_code == status
    assert_guarded(answer)


async def test_streams_refusals_and_failures_carry_them_too(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id = uuid4()
    await device.say("A quiet day.", turn_id)
    assert_guarded(await device.follow(turn_id))
    too_large = await device.post("a" * 200_000)
    assert too_large.status_code == 413
    assert_guarded(too_large)
    foreign = await device.http.get("/", headers={"host": "evil.example"})
    assert foreign.status_code == 400
    assert_guarded(foreign)

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(runner.Runner, "receive", broken)
    failed = await device.post("hello")
    assert failed.status_code == 500
    assert_guarded(failed)


@pytest.mark.parametrize("path", ["/", "/counsellor/login", "/counsellor/setup", "/counsellor/nothing"])
async def test_pages_need_nothing_that_the_policy_forbids(shared_client: httpx.AsyncClient, path: str) -> None:
    page = (await shared_client.get(path)).text
    assert "<html" in page
    assert re.findall(r"<script(?![^>]*\ssrc=\"/static/)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []
    assert re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(?!/)', page) == []


#: What anybody may ask for. Every other address wants to know who asks, or does not exist.
OPEN = {
    ("GET", "/"), ("GET", "/health"), ("GET", "/v1/help"), ("POST", "/v1/conversations"), ("GET", "/counsellor/login"),
    ("POST", "/counsellor/login"), ("GET", "/counsellor/setup"), ("POST", "/counsellor/setup"),
}  # fmt: skip


def addresses() -> list[tuple[str, str]]:
    """Every address of every routes module."""
    modules = [import_module(f"{routes.__name__}.{m.name}") for m in iter_modules(routes.__path__)]
    return sorted({(method, r.path) for m in modules for r in m.router.routes for method in r.methods or ()})


def test_the_addresses_that_are_open_to_all_are_these_and_exist() -> None:
    assert set(addresses()) >= OPEN
    assert {("GET", "/metrics"), ("GET", "/counsellor/board.csv")} <= set(addresses()) - OPEN


@pytest.mark.parametrize(("method", "path"), [a for a in addresses() if a not in OPEN])
async def test_every_address_is_denied_unless_it_is_allowed(
    shared_client: httpx.AsyncClient, method: str, path: str
) -> None:
    filled = re.sub(r"{[^}]*}", str(uuid4()), path)
    body = {"turn_id": str(uuid4()), "text": "let me in"} if path.endswith("/turns") else None
    form = None if body else {"csrf": "x", "hours": "4", "fence": "1", "note": "n", "outcome": "true_alarm"}
    answer = await shared_client.request(method, filled, json=body, data=form if method == "POST" else None)
    if path == "/metrics":
        assert answer.status_code == 404
    elif path.startswith("/counsellor"):
        assert (answer.status_code, answer.headers["location"]) == (303, "/counsellor/login")
    else:
        assert answer.status_code == 401


FOREIGN = [
    "", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:8000",
    "localhost@evil.example",
]  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
async def test_a_foreign_host_header_is_refused_before_anything_is_done(
    shared_client: httpx.AsyncClient, host: str
) -> None:
    answer = await shared_client.post("/v1/conversations", json={}, headers={"host": host})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
async def test_our_own_names_are_taken_with_any_port(shared_client: httpx.AsyncClient, host: str) -> None:
    assert (await shared_client.get("/v1/help", headers={"host": host})).status_code == 200


async def test_before_it_is_ready_it_says_so_and_still_shows_help(settings: Settings) -> None:
    async with http(Application(settings)) as client:
        health = await client.get("/health")
        assert (health.status_code, health.json()["not_ready"]) == (503, ["turns"])
        started = await client.post("/v1/conversations", json={})
        assert (started.status_code, started.json()["error"]["code"]) == (503, "not_ready")
        assert (await client.get("/v1/help?country=DE")).json()["country"] == "DE"
        page = await client.get("/", headers={"accept-language": "de-DE"})
        assert 'href="tel:112"' in page.text
        assert (await client.get("/counsellor")).status_code == 503
