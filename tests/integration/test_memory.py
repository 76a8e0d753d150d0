"""What is remembered: seen, changed, deleted and switched off by the person, sealed, and shown when it is used."""

from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from databases import rows
from device import Device, new_device

from agent.graph.nodes import plan as plan_node

PATH = "/v1/memory"


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    return await new_device(shared_client)


@pytest.fixture
def a_day_later(monkeypatch: pytest.MonkeyPatch):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None) -> datetime:
            return datetime.now(tz) + timedelta(days=1)

    return lambda: monkeypatch.setattr(plan_node, "datetime", Later)


async def memory(device: Device) -> dict:
    return (await device.http.get(PATH, headers=device.headers)).json()


async def told(device: Device) -> list[tuple[str, str]]:
    return [(n["kind"], n["text"]) for n in (await memory(device))["notes"]]


async def keep(device: Device, text: str, kind: str = "helped", note: str = "") -> httpx.Response:
    path = f"{PATH}/notes/{note or uuid4()}"
    return await device.http.put(path, json={"kind": kind, "text": text}, headers=device.headers)


async def switch(device: Device, *, on: bool) -> None:
    assert (await device.http.put(PATH, json={"on": on}, headers=device.headers)).status_code == 204


async def anew(device: Device) -> Device:
    """The same person in a new chat."""
    started = await device.http.post("/v1/conversations", json={"locale": "en-GB"}, headers=device.headers)
    return Device(device.http, device.token, started.json()["conversation_id"])


async def test_what_was_told_is_come_back_to_once_in_a_new_chat_and_said_to_be_from_there(
    device: Device, a_day_later
) -> None:
    reply = await device.say("My sister Anna wants to visit next month")
    assert reply["from_notes"] is False
    assert await told(device) == [("person", "My sister Anna")]
    a_day_later()
    hello = await (await anew(device)).say("hello")
    assert "My sister Anna" in hello["text"]
    assert hello["text"].count("?") == 1
    assert hello["from_notes"] is True
    again = await (await anew(device)).say("hello")
    assert "Anna" not in again["text"]
    assert (await memory(device))["notes"][0]["used_at"] is not None


async def test_what_helps_is_offered_before_anything_else(device: Device, a_day_later) -> None:
    await keep(device, "Ten minutes by the canal helps me")
    a_day_later()
    other = await anew(device)
    await other.say("work was too much again today")
    reply = await other.say("can you give me something to try")
    assert "by the canal" in reply["text"]
    assert reply["from_notes"] is True


async def test_switched_off_nothing_is_noted_and_nothing_comes_back(device: Device, a_day_later) -> None:
    await device.say("My sister Anna wants to visit next month")
    await switch(device, on=False)
    await device.say("Ben, my brother, comes too")
    assert await told(device) == [("person", "My sister Anna")]
    a_day_later()
    assert "Anna" not in (await (await anew(device)).say("hello"))["text"]
    await switch(device, on=True)
    assert "Anna" in (await (await anew(device)).say("hello"))["text"]


async def test_a_note_is_changed_and_deleted_and_all_of_them(device: Device) -> None:
    note = str(uuid4())
    await keep(device, "a walk", note=note)
    await keep(device, "a long walk", note=note)
    await keep(device, "finish the shed", "goal")
    assert set(await told(device)) == {("helped", "a long walk"), ("goal", "finish the shed")}
    await device.http.delete(f"{PATH}/notes/{note}", headers=device.headers)
    assert await told(device) == [("goal", "finish the shed")]
    await device.http.delete(f"{PATH}/notes", headers=device.headers)
    assert await told(device) == []


async def test_nobody_reads_changes_or_deletes_anothers_notes(device: Device, shared_client: httpx.AsyncClient) -> None:
    note, other = str(uuid4()), await new_device(shared_client)
    await keep(device, "a walk", note=note)
    assert await told(other) == []
    assert (await keep(other, "mine now", note=note)).status_code == 409
    await other.http.delete(f"{PATH}/notes/{note}", headers=other.headers)
    await other.http.delete(f"{PATH}/notes", headers=other.headers)
    assert await told(device) == [("helped", "a walk")]


@pytest.mark.parametrize(
    "body", [{"kind": "helped", "text": "  "}, {"kind": "helped", "text": "x" * 201}, {"kind": "secret", "text": "x"}]
)
async def test_a_note_that_cannot_be_is_refused(device: Device, body: dict) -> None:
    answer = await device.http.put(f"{PATH}/notes/{uuid4()}", json=body, headers=device.headers)
    assert answer.status_code == 422
    assert await told(device) == []


async def test_there_is_an_end_to_what_is_noted(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.storage.repositories.notes.MOST_NOTES", 2)
    assert [(await keep(device, f"note {n}")).status_code for n in range(3)] == [204, 204, 409]


async def test_in_danger_nothing_is_noted_and_nothing_comes_back(
    client: httpx.AsyncClient, a_day_later, conninfo: str
) -> None:
    device = await new_device(client)
    await keep(device, "my sister Anna", "person")
    a_day_later()
    other = await anew(device)
    reply = await other.say("I want to kill myself. Ben, my brother, is asleep next door")
    assert "Anna" not in reply["text"]
    assert await told(device) == [("person", "my sister Anna")]
    stored = rows(conninfo, "SELECT sealed_text FROM note")
    assert not any(b"Anna" in bytes(sealed) for (sealed,) in stored)


TALK = ("I have my finals next week and I feel so scared", "my mum keeps asking how the studying goes", "I'm tired")


async def talk_notes(device: Device) -> list[str]:
    return [text for kind, text in await told(device) if kind == "talk"]


async def test_what_a_talk_was_about_is_noted_and_kept_up(device: Device) -> None:
    for words in TALK:
        assert await talk_notes(device) == []
        await device.say(words)
    (first,) = await talk_notes(device)
    assert "you felt so scared" in first
    await device.say("I'm so lonely at uni as well")
    (later,) = await talk_notes(device)
    assert "lonely" in later


@pytest.mark.parametrize("change", ["delete", "edit"])
async def test_a_note_of_a_talk_that_was_deleted_or_changed_stays_so(device: Device, change: str) -> None:
    for words in TALK:
        await device.say(words)
    (note,) = [n for n in (await memory(device))["notes"] if n["kind"] == "talk"]
    if change == "delete":
        await device.http.delete(f"{PATH}/notes/{note['id']}", headers=device.headers)
    else:
        assert (await keep(device, "It was a good talk", "talk", note["id"])).status_code == 204
    await device.say("I'm so lonely at uni as well")
    assert await talk_notes(device) == ([] if change == "delete" else ["It was a good talk"])


async def test_a_new_chat_on_another_day_begins_with_what_was_noted(device: Device, a_day_later) -> None:
    for words in TALK:
        await device.say(words)
    a_day_later()
    reply = await (await anew(device)).say("hello")
    assert reply["from_notes"] is True
    assert "you felt so scared" in reply["text"]


async def test_nothing_of_a_talk_is_noted_when_that_is_off_or_in_danger(device: Device) -> None:
    await switch(device, on=False)
    for words in TALK:
        await device.say(words)
    assert await talk_notes(device) == []
    other = await new_device(device.http)
    await other.say("I want to kill myself")
    for words in TALK:
        await other.say(words)
    assert await talk_notes(other) == []
