"""Exercises and questionnaires: nothing written is lost, and danger written anywhere is danger in the chat."""

from uuid import uuid4

import httpx
import pytest
from databases import rows
from device import Device, new_device
from waiting import eventually

from agent.care.exercises import load
from agent.domain.exercise import Exercise

MEASURES, EXERCISES = "/v1/measures", "/v1/exercises"
HEAVY = "I want to kill myself, there is no other way"


@pytest.fixture
async def device(shared_client: httpx.AsyncClient) -> Device:
    """Somebody of whom only their own is looked at."""
    return await new_device(shared_client)


@pytest.fixture
async def alone(client: httpx.AsyncClient) -> Device:
    """The only person there is: everything in the database is theirs."""
    return await new_device(client)


async def fill(device: Device, answers: list[int | None], measure: str = "phq9", result: str = "") -> httpx.Response:
    path = f"{MEASURES}/results/{result or uuid4()}"
    return await device.http.put(path, json={"measure": measure, "answers": answers}, headers=device.headers)


async def filled(device: Device) -> list[dict]:
    return (await device.http.get(MEASURES, headers=device.headers)).json()["results"]


async def begin(device: Device, exercise: str, practice: str = "") -> dict:
    path = f"{EXERCISES}/practices/{practice or uuid4()}"
    answer = await device.http.put(path, json={"exercise": exercise}, headers=device.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def move(device: Device, practice: dict, do: str, **more: object) -> httpx.Response:
    body = {"based_on": practice["revision"], "do": do, **more}
    path = f"{EXERCISES}/practices/{practice['id']}/moves"
    return await device.http.post(path, json=body, headers=device.headers)


async def moved(device: Device, practice: dict, do: str, **more: object) -> dict:
    answer = await move(device, practice, do, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["practice"]


async def practices(device: Device) -> list[dict]:
    return (await device.http.get(EXERCISES, headers=device.headers)).json()["practices"]


# -- questionnaires ------------------------------------------------------------------------------------------------


async def test_a_questionnaire_has_its_sum_its_words_and_what_became_of_it(device: Device) -> None:
    first = (await fill(device, [3, 3, 2, 2, 1, 2, 1, 1, 0])).json()
    assert (first["result"]["total"], first["result"]["band"], first["taken_up"]) == (15, "moderately severe", None)
    second = (await fill(device, [1, 1, 1, 1, 1, 1, 1, 0, 0])).json()["result"]
    assert (second["total"], second["since"]) == (7, "better")
    assert [r["total"] for r in await filled(device)] == [15, 7]
    offered = (await device.http.get(MEASURES, headers=device.headers)).json()["measures"]
    assert [m["key"] for m in offered] == ["phq9", "gad7"]
    assert offered[0]["due"] is not None
    assert offered[1]["due"] is None


@pytest.mark.parametrize("ninth", [1, 2, 3])
async def test_item_nine_above_nought_is_danger_in_the_chat_with_a_case_and_an_answer(
    alone: Device, conninfo: str, ninth: int
) -> None:
    kept = (await fill(alone, [0] * 8 + [ninth])).json()
    assert kept["taken_up"]["conversation_id"] == alone.conversation

    async def answered() -> bool:
        return [t["status"] for t in await alone.turns()] == ["answered"]

    await eventually(answered)
    (turn,) = await alone.turns()
    assert "better off dead" in turn["text"]
    assert turn["reply"]["origin"] == "crisis"
    assert turn["reply"]["card"] is not None
    assert rows(conninfo, "SELECT tier FROM crisis_case") == [(2,)]


async def test_item_nine_at_nought_or_left_out_opens_nothing(alone: Device, conninfo: str) -> None:
    for ninth in (0, None):
        assert (await fill(alone, [3] * 8 + [ninth])).json()["taken_up"] is None
    assert await alone.turns() == []
    assert rows(conninfo, "SELECT 1 FROM crisis_case") == []


async def test_sent_again_after_a_lost_answer_it_is_one_result_and_one_message(alone: Device, conninfo: str) -> None:
    result = str(uuid4())
    for _ in range(3):
        assert (await fill(alone, [0] * 8 + [2], result=result)).status_code == 200
    assert len(await filled(alone)) == 1
    assert len(await alone.turns()) == 1
    assert (await fill(alone, [1] * 8 + [0], result=result)).status_code == 409
    assert len(rows(conninfo, "SELECT 1 FROM measure_result")) == 1


async def test_after_the_chat_has_ended_it_is_taken_up_in_a_new_one(device: Device) -> None:
    await device.http.post(f"{device.path}/end", json={}, headers=device.headers)
    taken_up = (await fill(device, [0] * 8 + [3])).json()["taken_up"]
    assert taken_up["conversation_id"] != device.conversation
    there = Device(device.http, device.token, taken_up["conversation_id"])
    assert len(await there.turns()) == 1


@pytest.mark.parametrize(
    ("measure", "answers", "code"),
    [
        ("phq9", [0] * 8, "bad_answers"), ("phq9", [0] * 8 + [4], "bad_answers"), ("gad7", [-1] * 7, "bad_answers"),
        ("who5", [0] * 5, "unknown_measure"), ("gad7", [None] * 7, "no_answers"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    alone: Device, conninfo: str, measure: str, answers: list, code: str
) -> None:
    refused = await fill(alone, answers, measure)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert rows(conninfo, "SELECT 1 FROM measure_result") == []


async def test_nobody_sees_changes_or_deletes_what_another_filled_in(
    device: Device, shared_client: httpx.AsyncClient
) -> None:
    other, result = await new_device(shared_client), str(uuid4())
    await fill(device, [1] * 9, result=result)
    assert await filled(other) == []
    assert (await fill(other, [1] * 9, result=result)).status_code == 409
    await other.http.delete(f"{MEASURES}/results/{result}", headers=other.headers)
    assert len(await filled(device)) == 1
    await device.http.delete(f"{MEASURES}/results/{result}", headers=device.headers)
    assert await filled(device) == []


# -- exercises -----------------------------------------------------------------------------------------------------


async def test_an_exercise_is_begun_put_away_taken_up_and_finished_with_every_word(device: Device) -> None:
    p = await begin(device, "thought_record")
    p = await moved(device, p, "go_on", words="on the bus this morning")
    p = await moved(device, p, "put_away", words="they all think")
    assert (p["state"], p["at"]) == ("put_away", 1)
    (found,) = await practices(device)
    p = await moved(device, found, "take_up")
    assert p["words"] == {"0": "on the bus this morning", "1": "they all think"}
    for words in ("they all think I am slow", "one laughed", "two said hello", "some are kind"):
        p = await moved(device, p, "go_on", words=words)
    assert (p["state"], len(p["words"])) == ("finished", 5)
    p = await moved(device, p, "intend", words="Read my sentence before the meeting", days=0)
    p = await moved(device, p, "look_back", outcome="tried")
    assert (p["intends"], p["outcome"]) == ("Read my sentence before the meeting", "tried")


@pytest.mark.parametrize("exercise", load().values(), ids=lambda e: e.key)
async def test_every_exercise_is_finished_after_it_was_stopped_and_resumed(
    shared_client: httpx.AsyncClient, exercise: Exercise
) -> None:
    device = await new_device(shared_client)
    p = await moved(device, await begin(device, exercise.key), "go_on", words="3")
    p = await moved(device, await moved(device, p, "put_away", words="4"), "take_up")
    while p["state"] == "running":
        p = await moved(device, p, "go_on")
    assert p["words"] == {"0": "3", "1": "4"}
    assert p["at"] == len(exercise.steps) - 1


async def test_what_was_left_unfinished_begins_shorter_next_time(device: Device) -> None:
    async def begins_at() -> dict[str, str]:
        found = (await device.http.get(EXERCISES, headers=device.headers)).json()["exercises"]
        return {e["key"]: e["begin_at"] for e in found}

    assert set((await begins_at()).values()) == {"usual"}
    await moved(device, await begin(device, "values"), "put_away")
    assert {k for k, level in (await begins_at()).items() if level == "gentle"} == {"values"}


async def test_of_two_windows_the_older_one_writes_over_nothing(device: Device) -> None:
    p = await begin(device, "worry_time")
    newer = await moved(device, p, "go_on", words="at five")
    late = await move(device, p, "go_on", words="at six")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "newer_practice")
    assert late.json()["practice"] == newer


async def test_begun_twice_under_one_id_it_is_one(device: Device) -> None:
    practice = str(uuid4())
    p = await moved(device, await begin(device, "gratitude", practice), "go_on", words="the tea")
    assert await begin(device, "gratitude", practice) == p
    other = await device.http.put(
        f"{EXERCISES}/practices/{practice}", json={"exercise": "values"}, headers=device.headers
    )
    assert other.status_code == 409


async def test_danger_written_in_an_exercise_is_danger_in_the_chat(alone: Device, conninfo: str) -> None:
    p = await begin(alone, "thought_record")
    answer = (await move(alone, p, "go_on", words=HEAVY)).json()
    assert answer["practice"]["words"] == {"0": HEAVY}
    assert answer["taken_up"]["conversation_id"] == alone.conversation

    async def answered() -> bool:
        return [t["status"] for t in await alone.turns()] == ["answered"]

    await eventually(answered)
    (turn,) = await alone.turns()
    assert (turn["text"], turn["reply"]["origin"]) == (HEAVY, "crisis")
    assert len(rows(conninfo, "SELECT 1 FROM crisis_case")) == 1


async def test_other_words_stay_in_the_exercise(alone: Device, conninfo: str) -> None:
    p = await begin(alone, "gratitude")
    answer = (await move(alone, p, "go_on", words="The bus waited for me this morning")).json()
    assert answer["taken_up"] is None
    assert await alone.turns() == []
    assert rows(conninfo, "SELECT 1 FROM crisis_case") == []


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("look_back", {"outcome": "did"}), ("intend", {"words": "x"}), ("look_back", {}), ("fly", {}),
        ("go_on", {"words": "x" * 2001}), ("intend", {"days": 61}),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_now_is_refused_and_nothing_changes(device: Device, do: str, more: dict) -> None:
    p = await begin(device, "values")
    assert (await move(device, p, do, **more)).status_code == 422
    assert await practices(device) == [p]


async def test_nobody_sees_goes_on_with_or_deletes_anothers_exercise(
    device: Device, shared_client: httpx.AsyncClient
) -> None:
    p, other = await begin(device, "values"), await new_device(shared_client)
    assert await practices(other) == []
    assert (await move(other, p, "go_on", words="x")).status_code == 404
    taken = await other.http.put(f"{EXERCISES}/practices/{p['id']}", json={"exercise": "values"}, headers=other.headers)
    assert taken.status_code == 409
    await other.http.delete(f"{EXERCISES}/practices/{p['id']}", headers=other.headers)
    assert await practices(device) == [p]
    await device.http.delete(f"{EXERCISES}/practices/{p['id']}", headers=device.headers)
    assert await practices(device) == []


async def test_no_word_and_no_answer_is_at_rest_in_clear(alone: Device, conninfo: str) -> None:
    await moved(alone, await begin(alone, "gratitude"), "go_on", words="marmalade on toast")
    await fill(alone, [0, 1, 2, 3, 0, 1, 2], "gad7")
    stored = rows(conninfo, "SELECT sealed_body FROM practice UNION ALL SELECT sealed_body FROM measure_result")
    assert len(stored) == 2
    assert not any(b"marmalade" in bytes(body) or b"[0,1,2" in bytes(body) for (body,) in stored)


@pytest.mark.parametrize("path", ["/measures", "/exercises"])
async def test_the_pages_show_help_without_script_or_account(shared_client: httpx.AsyncClient, path: str) -> None:
    page = await shared_client.get(path)
    assert page.status_code == 200
    assert "If there is danger now, call:" in page.text
    assert "quick-exit" in page.text
