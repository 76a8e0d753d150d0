"""A turn is one turn with one reply, however often and from wherever it is sent, and none that was accepted is lost."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from databases import rows
from device import Device, new_device
from doubles import gate
from processes import beside, process

from agent.bootstrap import Application, Models
from agent.domain.risk import Tier
from agent.graph import runner
from agent.settings import Settings

PLAIN = "My manager shouted at me in front of everyone."
DANGER = "I don't want to be alive any more. I think about killing myself every night."


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


@pytest.fixture
async def own(shared_client: httpx.AsyncClient) -> Device:
    """For tests that leave the application as it is."""
    return await new_device(shared_client)


@pytest.mark.parametrize(("text", "cases"), [(PLAIN, 0), (DANGER, 1)], ids=["plain", "danger"])
async def test_sent_ten_times_at_once_it_is_one_turn_with_one_reply(
    device: Device, conninfo: str, text: str, cases: int
) -> None:
    turn_id = uuid4()
    answers = await asyncio.gather(*(device.post(text, turn_id) for _ in range(10)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.text for a in answers}) == 1
    followed = await asyncio.gather(*(device.events(turn_id) for _ in range(10)))
    assert len({f[-1].data["text"] for f in followed}) == 1
    assert [t["text"] for t in await device.turns()] == [text]
    assert rows(conninfo, "SELECT count(*) FROM reply") == [(1,)]
    assert rows(conninfo, "SELECT count(*) FROM crisis_case") == [(cases,)]
    assert rows(conninfo, "SELECT count(*) FROM case_event WHERE kind IN ('opened', 'risk')") == [(cases,)]


async def test_sent_to_two_processes_at_once_it_is_one_turn_with_one_reply(
    device: Device, settings: Settings, models: Models, conninfo: str
) -> None:
    async with process(beside(settings), models) as (_, http):
        there, turn_id = device.over(http), uuid4()
        sent = await asyncio.gather(*(d.post(DANGER, turn_id) for d in [device, there] * 5))
        here, away = await asyncio.gather(device.events(turn_id), there.events(turn_id))
    assert {a.status_code for a in sent} == {202}
    assert here[-1] == away[-1]
    assert rows(conninfo, "SELECT count(*) FROM turn") == [(1,)]
    assert rows(conninfo, "SELECT count(*) FROM reply") == [(1,)]
    assert rows(conninfo, "SELECT kind FROM case_event WHERE kind <> 'rung'") == [("opened",)]


async def test_sent_again_after_its_answer_it_is_not_read_again(device: Device, application: Application) -> None:
    sensor = gate(application)
    sensor.gate.set()
    turn_id = uuid4()
    first = await device.say(PLAIN, turn_id)
    second = await device.say(PLAIN, turn_id)
    assert second == first
    assert sensor.seen == [PLAIN]


async def test_other_spellings_of_the_same_id_are_the_same_turn(own: Device) -> None:
    turn_id = str(uuid4())
    first = await own.say(PLAIN, turn_id)
    for spelling in (turn_id.upper(), turn_id.replace("-", ""), f"{{{turn_id}}}", f"urn:uuid:{turn_id}"):
        assert (await own.post(PLAIN, spelling)).json()["turn_id"] == turn_id
    assert [t["reply"] for t in await own.turns()] == [first]


async def test_an_id_used_for_other_words_is_a_conflict_and_the_first_words_stand(own: Device) -> None:
    turn_id = uuid4()
    first = await own.say(PLAIN, turn_id)
    refused = await own.post("something else entirely", turn_id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "turn_id_reused")
    assert "something else" not in refused.text
    assert PLAIN not in refused.text
    (kept,) = await own.turns()
    assert (kept["text"], kept["reply"]) == (PLAIN, first)


async def test_of_different_words_racing_for_one_id_one_wins_and_the_others_are_told(own: Device) -> None:
    turn_id, texts = uuid4(), [f"{PLAIN} ({n})" for n in range(8)]
    answers = await asyncio.gather(*(own.post(t, turn_id) for t in texts))
    won = [t for t, a in zip(texts, answers, strict=True) if a.status_code == 202]
    assert [a.status_code for a in answers].count(409) == 7
    await own.events(turn_id)
    assert [t["text"] for t in await own.turns()] == won


async def test_two_people_may_choose_the_same_id(shared_client: httpx.AsyncClient) -> None:
    one, two, turn_id = await new_device(shared_client), await new_device(shared_client), uuid4()
    await one.say("I am dreading my exam on Friday.", turn_id)
    await two.say("My dog died last week.", turn_id)
    assert [t["text"] for t in await one.turns()] == ["I am dreading my exam on Friday."]
    assert [t["text"] for t in await two.turns()] == ["My dog died last week."]


async def test_an_ended_conversation_takes_no_new_turn_but_keeps_its_old_ones(own: Device) -> None:
    turn_id = uuid4()
    first = await own.say(PLAIN, turn_id)
    ended = [await own.http.post(f"{own.path}/end", headers=own.headers) for _ in range(2)]
    assert [e.status_code for e in ended] == [200, 200]
    assert ended[0].json() == ended[1].json()
    refused = await own.post("one more thing")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conversation_ended")
    assert refused.json()["error"]["help"]["emergency"]
    assert (await own.post(PLAIN, turn_id)).status_code == 202
    assert [t["reply"] for t in await own.turns()] == [first]


async def test_a_turn_accepted_before_the_end_is_still_answered(device: Device, application: Application) -> None:
    sensor, turn_id = gate(application), uuid4()
    await device.post(DANGER, turn_id)
    assert (await device.http.post(f"{device.path}/end", headers=device.headers)).status_code == 200
    sensor.gate.set()
    assert (await device.events(turn_id))[-1].data["origin"] == "crisis"


async def test_fifty_at_once_are_each_answered_once_in_the_order_they_were_taken(
    device: Device, application: Application, conninfo: str
) -> None:
    texts = {uuid4(): f"{PLAIN} It was time number {n}." for n in range(49)} | {uuid4(): DANGER}
    answers = await asyncio.gather(*(device.post(text, turn_id) for turn_id, text in texts.items()))
    assert {a.status_code for a in answers} == {202}
    followed = await asyncio.gather(*(device.events(turn_id) for turn_id in texts))
    assert all([e.name for e in events].count("done") == 1 for events in followed)
    assert all(events[-1].data["text"].strip() for events in followed)
    turns = await device.turns()
    assert sorted(t["text"] for t in turns) == sorted(texts.values())
    assert {t["turn_id"]: t["reply"] for t in turns} == {
        str(i): e[-1].data for i, e in zip(texts, followed, strict=True)
    }
    stored = rows(conninfo, "SELECT seq, status, answered_at FROM turn ORDER BY seq")
    assert [seq for seq, _, _ in stored] == list(range(1, 51))
    assert {status for _, status, _ in stored} == {"ANSWERED"}
    assert [at for _, _, at in stored] == sorted(at for _, _, at in stored)
    assert "fallback" not in {events[-1].data["origin"] for events in followed}
    async with application.services.database.unit_of_work() as work:
        (case,) = await work.cases.listed()
    assert case.tier >= Tier.MODERATE


async def test_more_than_can_wait_are_refused_and_can_be_sent_again_later(
    device: Device, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "MOST_WAITING", 2)
    sensor = gate(application)
    waiting, late = [uuid4(), uuid4()], uuid4()
    for turn_id in waiting:
        assert (await device.post(PLAIN, turn_id)).status_code == 202
    refused = await device.post(DANGER, late)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_pending")
    assert refused.json()["error"]["help"]["emergency"]
    # What waits already may be sent again: it is no further turn.
    assert (await device.post(PLAIN, waiting[0])).status_code == 202
    sensor.gate.set()
    for turn_id in waiting:
        assert (await device.events(turn_id))[-1].name == "done"
    assert (await device.say(DANGER, late))["origin"] == "crisis"
    assert [t["status"] for t in await device.turns()] == ["answered"] * 3
