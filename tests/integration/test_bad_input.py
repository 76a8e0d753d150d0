"""Whatever is sent, the answer is a clear error with a code, nothing is stored by halves, and nothing is echoed."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from device import Device, new_device

from agent.commands import chat
from agent.errors import BadInput
from agent.graph import runner
from agent.settings import Settings

CANARY = "zanzibar-canary"
ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    return await new_device(shared_client)


def assert_clear_error(answer: httpx.Response, status: int, code: str) -> dict:
    """An error body as documented: a code for programs, a sentence for people, and nothing of what was sent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    assert len(error["message"].split()) > 2
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text
    return error


def turn(text: str, turn_id: str = ID) -> bytes:
    """``text`` is JSON as it stands, so that escapes can be written out."""
    return f'{{"turn_id": "{turn_id}", "text": {text}}}'.encode()


REFUSED_BODIES = {
    "no text": (turn('""'), 422, "empty_text"),
    "spaces and line ends": (turn(r'" \n\t \r\n "'), 422, "empty_text"),
    "other scripts' spaces": (turn(r'"\u3000\u2003\u00a0"'), 422, "empty_text"),
    "control characters alone": (turn(r'"\u0000\u0001\u001b\u007f\u0085"'), 422, "empty_text"),
    "4001 characters": (turn(f'"{CANARY}{"a" * (4001 - len(CANARY))}"'), 422, "text_too_long"),
    "200 KB": (turn(f'"{CANARY * 14_000}"'), 413, "too_large"),
    "cut off": (b'{"turn_id": "' + CANARY.encode(), 422, "invalid_json"),
    "not JSON": (CANARY.encode(), 422, "invalid_json"),
    "nothing": (b"", 422, "bad_input"),
    "null": (b"null", 422, "bad_input"),
    "a list": (f'["{CANARY}"]'.encode(), 422, "bad_input"),
    "not UTF-8": (b'{"turn_id": "\xff\xfe", "text": "' + CANARY.encode() + b'"}', 400, "bad_request"),
    "nested without end": (b'{"text": ' + b"[" * 60_000, 400, "bad_request"),
    "a number of 5000 digits": (b'{"text": ' + b"9" * 5000 + b"}", 400, "bad_request"),
    "NaN": (b'{"turn_id": NaN, "text": Infinity}', 422, "bad_input"),
    "text as number": (turn("5"), 422, "bad_input"),
    "text as list": (turn(f'["{CANARY}"]'), 422, "bad_input"),
    "text as null": (turn("null"), 422, "bad_input"),
    "no turn_id": (f'{{"text": "{CANARY}"}}'.encode(), 422, "bad_input"),
    "turn_id that is none": (turn('"hello"', CANARY), 422, "bad_input"),
    "turn_id with a lone surrogate": (turn('"hello"', r"\ud800"), 422, "bad_input"),
    "turn_id with NUL": (turn('"hello"', ID + r"\u0000"), 422, "bad_input"),
    "unknown field": (f'{{"turn_id": "{ID}", "text": "hello", "{CANARY}": 1}}'.encode(), 422, "bad_input"),
    "unknown field, lone surrogate": (f'{{"turn_id": "{ID}", "text": "hi", "\\ud800": 1}}'.encode(), 422, "bad_input"),
}


@pytest.mark.parametrize(("body", "status", "code"), REFUSED_BODIES.values(), ids=REFUSED_BODIES)
async def test_a_bad_turn_is_refused_with_help_and_stores_nothing(
    device: Device, body: bytes, status: int, code: str
) -> None:
    error = assert_clear_error(await device.post_raw(body, **{"accept-language": "en-GB,en;q=0.8"}), status, code)
    assert error["help"]["country"] == "GB"
    assert await device.turns() == []
    # The id was not used up by the refusal.
    assert (await device.post("I had a long day.", ID)).status_code == 202


async def test_a_body_without_a_length_is_not_read_for_ever(device: Device) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 16_384
            yield b"[" * 16_384

    answer = await device.http.post(f"{device.path}/turns", content=endless(), headers=device.headers)
    assert_clear_error(answer, 413, "too_large")
    assert sent < 1_000_000


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "nonsense"])
async def test_json_under_another_name_is_refused(device: Device, content_type: str) -> None:
    # A form on a foreign page can send these three without asking; JSON it cannot.
    answer = await device.post_raw(turn('"hello"'), **{"content-type": content_type})
    assert_clear_error(answer, 422, "bad_input")
    assert await device.turns() == []


ODD_TEXTS = {
    "one letter": ('"k"', "k"),
    "4000 characters": (json.dumps("ab c" * 1000), "ab c" * 1000),
    "emoji only": ('"😭😭😭"', "😭😭😭"),
    "emoji as escapes": (r'"\ud83d\ude2d"', "😭"),
    "family emoji": ('"👩‍👩‍👧‍👦🏳️‍🌈"', "👩‍👩‍👧‍👦🏳️‍🌈"),
    "lone high surrogate": (r'"so tired \ud83d today"', "so tired \ufffd today"),
    "lone low surrogate": (r'"so tired \ude2d today"', "so tired \ufffd today"),
    "surrogates the wrong way round": (r'"\ude2d\ud83d ok"', "\ufffd\ufffd ok"),
    "NUL in the middle": (r'"so\u0000tired"', "so tired"),
    "escape sequences": (r'"\u001b[31mso tired\u0007"', " [31mso tired "),
    "line ends of two kinds": (r'"one\r\ntwo\rthree"', "one\ntwo\nthree"),
    "noncharacters": (r'"so tired \uffff\ufdd0"', "so tired \uffff\ufdd0"),
    "right to left override": ('"I am \u202etired"', "I am \u202etired"),
    "stacked marks": (json.dumps("t" + "\u0301" * 300), "t" + "\u0301" * 300),
    "Arabic": ('"أشعر بالحزن اليوم"', "أشعر بالحزن اليوم"),
    "Hebrew": ('"אני עצוב היום"', "אני עצוב היום"),
    "Hindi": ('"मैं आज बहुत थका हुआ हूँ"', "मैं आज बहुत थका हुआ हूँ"),
    "Chinese": ('"我今天很累"', "我今天很累"),
    "Thai": ('"วันนี้ฉันเหนื่อยมาก"', "วันนี้ฉันเหนื่อยมาก"),
    "Amharic": ('"ዛሬ በጣም ደክሞኛል"', "ዛሬ በጣም ደክሞኛል"),
    "Georgian": ('"დღეს დაღლილი ვარ"', "დღეს დაღლილი ვარ"),
    "braces and percent signs": ('"{0} {name} %s %(x)s ${y} {{z}}"', "{0} {name} %s %(x)s ${y} {{z}}"),
    "SQL": ('"\'); DROP TABLE turn; --"', "'); DROP TABLE turn; --"),
}


@pytest.mark.parametrize(("written", "stored"), ODD_TEXTS.values(), ids=ODD_TEXTS)
async def test_odd_text_is_kept_as_readable_text_and_answered_once(device: Device, written: str, stored: str) -> None:
    assert (await device.post_raw(turn(written))).status_code == 202
    events = await device.events(ID)
    assert [e.name for e in events].count("done") == 1
    assert events[-1].data["text"].strip()
    assert events[-1].data["origin"] != "fallback"
    (kept,) = await device.turns()
    assert kept["text"] == stored
    assert kept["reply"] == events[-1].data


UNKNOWN = str(uuid4())
NO_SUCH = [
    ("GET", "/v1/conversations/{unknown}", "unknown_conversation"),
    ("POST", "/v1/conversations/{unknown}/end", "unknown_conversation"),
    ("POST", "/v1/conversations/{unknown}/turns", "unknown_conversation"),
    ("GET", "/v1/conversations/{unknown}/turns/{unknown}", "unknown_conversation"),
    ("GET", "/v1/conversations/{unknown}/turns/{unknown}/events", "unknown_conversation"),
    ("GET", "/v1/conversations/{own}/turns/{unknown}", "unknown_turn"),
    ("GET", "/v1/conversations/{own}/turns/{unknown}/events", "unknown_turn"),
    ("GET", "/v1/{unknown}", "not_found"),
]


@pytest.mark.parametrize(("method", "path", "code"), NO_SUCH)
async def test_what_is_not_there_is_said_to_be_not_there(device: Device, method: str, path: str, code: str) -> None:
    body = {"turn_id": ID, "text": "hello"} if path.endswith("/turns") else None
    where = path.format(own=device.conversation, unknown=UNKNOWN)
    answer = await device.http.request(method, where, json=body, headers=device.headers)
    assert_clear_error(answer, 404, code)
    assert UNKNOWN not in answer.text


@pytest.mark.parametrize("bad", [CANARY, "1", "%00", "%ED%A0%80", ID + "0", "6f9619ff_8b86_4d01_b42d_00cf4fc964ff"])
@pytest.mark.parametrize(("method", "path", "code"), [row for row in NO_SUCH if row[2] != "not_found"])
async def test_a_malformed_id_is_named_but_not_repeated(
    device: Device, method: str, path: str, code: str, bad: str
) -> None:
    body = {"turn_id": ID, "text": "hello"} if path.endswith("/turns") else None
    where = path.format(own=device.conversation, unknown=bad)
    error = assert_clear_error(
        await device.http.request(method, where, json=body, headers=device.headers), 422, "bad_input"
    )
    assert error["fields"][0] == ("turn_id" if code == "unknown_turn" else "conversation_id")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_a_method_that_is_not_offered_is_a_405(device: Device, method: str) -> None:
    assert_clear_error(await device.http.request(method, f"{device.path}/turns"), 405, "method_not_allowed")


BAD_LOCALES = [
    '""', '"e"', '"en GB"', f'"{CANARY}"', r'"en\u0000"', r'"en\n"', r'"en\ud800"', "5", "null", f'"{"en-" * 12}GB"',
]  # fmt: skip


@pytest.mark.parametrize("locale", BAD_LOCALES)
async def test_a_bad_locale_starts_no_conversation_and_no_person(shared_client: httpx.AsyncClient, locale: str) -> None:
    answer = await shared_client.post(
        "/v1/conversations", content=f'{{"locale": {locale}}}', headers={"content-type": "application/json"}
    )
    assert assert_clear_error(answer, 422, "bad_input")["fields"] == ["locale"]
    assert "set-cookie" not in answer.headers


def test_the_terminal_says_what_a_locale_is_before_it_starts_anything() -> None:
    with pytest.raises(BadInput, match="is no locale"):
        chat.run(Settings(), "en GB", explain=False)


@pytest.mark.parametrize("locale", ["zz", "tlh-KX", "en-US-posix", "zh_Hant_TW", "GB"])
async def test_a_locale_without_a_country_of_ours_still_gets_a_card(
    shared_client: httpx.AsyncClient, locale: str
) -> None:
    answer = await shared_client.post("/v1/conversations", json={"locale": locale})
    shared_client.cookies.clear()
    assert answer.status_code == 201
    assert answer.json()["help"]["lines"]


HELP_QUERIES = ["country=%00%00", "country=<>", "locale=%ED%A0%80", "country=XX", "locale=" + "a" * 35, ""]


@pytest.mark.parametrize("query", HELP_QUERIES)
async def test_help_is_shown_whatever_is_asked_for(shared_client: httpx.AsyncClient, query: str) -> None:
    answer = await shared_client.get(f"/v1/help?{query}")
    assert answer.status_code == 200
    assert answer.json()["emergency"]


async def test_what_nobody_expected_says_nothing_of_its_cause(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(runner.Runner, "receive", broken)
    error = assert_clear_error(await device.post(CANARY), 500, "internal")
    assert error["help"]["emergency"]
