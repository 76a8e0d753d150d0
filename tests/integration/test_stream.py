"""The event stream: the same words however often, from wherever and after whatever interruption it is asked for."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from databases import rows
from device import Device, new_device, parse
from doubles import gate
from processes import beside, process, served

from agent.bootstrap import Application, Models
from agent.settings import Settings

PLAIN = "My manager shouted at me in front of everyone and I went red."
DANGER = "I don't want to be alive any more. I think about killing myself every night."


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


@pytest.fixture
async def own(shared_client: httpx.AsyncClient) -> Device:
    """For tests that leave the application as it is."""
    return await new_device(shared_client)


@pytest.mark.parametrize(("text", "card"), [(PLAIN, False), (DANGER, True)], ids=["plain", "danger"])
async def test_a_stream_is_progress_then_numbered_events_that_add_up_to_the_reply(
    own: Device, text: str, card: bool
) -> None:
    turn_id = uuid4()
    await own.post(text, turn_id)
    answer = await own.follow(turn_id)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = parse(answer.text)
    progress = [e for e in events if e.id is None]
    numbered = [e for e in events if e.id is not None]
    assert {e.name for e in progress} <= {"state"}
    assert events == progress + numbered
    assert [e.id for e in numbered] == [str(n) for n in range(1, len(numbered) + 1)]
    sentences = [e.data["text"] for e in numbered if e.name == "sentence"]
    done = numbered[-1].data
    assert [e.name for e in numbered] == ["card"] * card + ["sentence"] * len(sentences) + ["done"]
    assert "".join(sentences) == done["text"]
    assert sentences == done["sentences"]
    assert (done["card"] is not None) == card
    if card:
        assert numbered[0].data == done["card"]


@pytest.mark.parametrize("text", [PLAIN, DANGER], ids=["plain", "danger"])
async def test_after_any_event_exactly_the_rest_is_sent(own: Device, text: str) -> None:
    turn_id = uuid4()
    await own.say(text, turn_id)
    whole = await own.events(turn_id)
    assert len(whole) > 2
    for cut in range(len(whole) + 1):
        assert await own.events(turn_id, after=str(cut)) == whole[cut:]
    assert await own.events(turn_id, after="999999999") == []


@pytest.mark.parametrize("after", ["", "abc", "-1", "1.5", "1 ", "0x2", "٣".encode(), "9" * 5000, "\x00"])
async def test_a_last_event_id_that_is_none_gives_the_whole_reply(own: Device, after: str | bytes) -> None:
    turn_id = uuid4()
    done = await own.say(PLAIN, turn_id)
    events = await own.events(turn_id, after=after)
    assert events[0].id == "1"
    assert events[-1].data == done


async def test_every_way_to_read_a_reply_gives_the_same_reply(own: Device) -> None:
    turn_id = uuid4()
    done = await own.say(DANGER, turn_id)
    one = await own.http.get(f"{own.path}/turns/{turn_id}", headers=own.headers)
    assert one.json() == {"turn_id": str(turn_id), "seq": 1, "text": DANGER, "status": "answered", "reply": done}
    assert await own.turns() == [one.json()]


async def test_a_reply_reads_the_same_after_a_restart(settings: Settings, models: Models) -> None:
    turn_id = uuid4()
    async with process(settings, models) as (_, http):
        device = await new_device(http)
        await device.say(DANGER, turn_id)
        before = await device.follow(turn_id)
    async with process(settings, models) as (_, http):
        after = await device.over(http).follow(turn_id)
    assert after.text == before.text


async def test_two_who_follow_one_turn_both_get_all_of_it(device: Device, application: Application) -> None:
    sensor, turn_id = gate(application), uuid4()
    await device.post(PLAIN, turn_id)
    followers = [asyncio.create_task(device.events(turn_id)) for _ in range(2)]
    await asyncio.wait_for(sensor.asked.wait(), 5)
    sensor.gate.set()
    one, two = await asyncio.gather(*followers)
    assert [e for e in one if e.id] == [e for e in two if e.id]
    assert one[-1].name == "done"


@pytest.mark.parametrize(("text", "cases"), [(PLAIN, 0), (DANGER, 1)], ids=["plain", "danger"])
async def test_a_client_that_goes_away_does_not_cancel_its_turn(
    application: Application, conninfo: str, text: str, cases: int
) -> None:
    sensor, turn_id = gate(application), uuid4()
    async with served(application) as http:
        device = await new_device(http)
        await device.post(text, turn_id)
        async with http.stream("GET", f"{device.path}/turns/{turn_id}/events", headers=device.headers) as stream:
            first = await anext(stream.aiter_text())
            assert parse(first)[0].data == {"state": "reading"}
        # The stream is closed and nothing has been read of the message yet.
        assert rows(conninfo, "SELECT status FROM turn") == [("RECEIVED",)]
        sensor.gate.set()
        async with asyncio.timeout(10):
            reply = (await device.events(turn_id))[-1].data
    assert reply["text"].strip()
    assert rows(conninfo, "SELECT status FROM turn") == [("ANSWERED",)]
    assert rows(conninfo, "SELECT count(*) FROM crisis_case") == [(cases,)]


async def test_a_client_that_never_follows_is_still_answered_and_its_danger_still_a_case(
    device: Device, application: Application, conninfo: str
) -> None:
    await device.post(DANGER)
    await application.running().drain(10)
    assert rows(conninfo, "SELECT status FROM turn") == [("ANSWERED",)]
    assert rows(conninfo, "SELECT count(*) FROM crisis_case WHERE status = 'open'") == [(1,)]


async def test_the_case_stands_before_the_first_word_of_the_reply(application: Application, conninfo: str) -> None:
    turn_id = uuid4()
    async with served(application) as http:
        device = await new_device(http)
        await device.post(DANGER, turn_id)
        async with http.stream("GET", f"{device.path}/turns/{turn_id}/events", headers=device.headers) as stream:
            async for part in stream.aiter_text():
                if any(e.id == "1" for e in parse(part)):
                    assert rows(conninfo, "SELECT status FROM crisis_case") == [("open",)]
                    return
    pytest.fail("the stream ended without a reply")


async def test_a_turn_that_another_process_answers_can_be_followed_here(
    device: Device, application: Application, settings: Settings, models: Models
) -> None:
    sensor, turn_id = gate(application), uuid4()
    async with process(beside(settings), models) as (_, http):
        there = device.over(http)
        await device.post(DANGER, turn_id)
        following = asyncio.create_task(there.events(turn_id))
        await asyncio.wait_for(sensor.asked.wait(), 5)
        assert not following.done()
        sensor.gate.set()
        away = await asyncio.wait_for(following, 10)
        here = await device.events(turn_id)
        assert [e for e in away if e.id] == [e for e in here if e.id]
        assert here[-1].name == "done"
        assert await there.events(turn_id, after="2") == [e for e in here if e.id][2:]
        assert sensor.seen == [DANGER]
