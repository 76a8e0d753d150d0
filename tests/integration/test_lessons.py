"""What is learnt from a case: only where it is switched on, without what tells somebody apart, after a second look."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from databases import change, rows
from desk import Desk, register
from device import Device, new_device
from processes import http
from waiting import eventually

import agent
from agent.bootstrap import Application, Models
from agent.commands import lessons as command
from agent.errors import BadInput
from agent.privacy.lessons import _lesson, prepare
from agent.settings import SafetySettings, Settings
from classifiers.train.corpus import item_errors

SAID = "My name is Siobhan and I think about killing myself every night in Kilkenny. My number is 07700 900123."
CLEAN = "My name is [name] and I think about killing myself every night in [place]. My number is [number]."


@pytest.fixture
def learning() -> dict[str, SafetySettings]:
    return {"safety": SafetySettings(learn_from_cases=True)}


@pytest.fixture
def settings(settings: Settings, learning: dict[str, SafetySettings]) -> Settings:
    """Learning is on, unless a test says otherwise."""
    return settings.model_copy(update=learning)


@pytest.fixture
async def application(settings: Settings, models: Models) -> AsyncIterator[Application]:
    app = Application(settings)
    await app.start(models)
    yield app
    await app.stop()


@pytest.fixture
async def browsers() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def desk(application: Application, browsers: AsyncExitStack) -> Desk:
    """The first account, a supervisor."""
    return await newcomer(application, browsers, "Ada")


async def newcomer(application: Application, browsers: AsyncExitStack, name: str, *, supervisor: bool = False) -> Desk:
    async with application.services.database.unit_of_work() as work:
        token = await work.counsellors.invite(datetime.now(UTC), supervisor=supervisor)
        await work.commit()
    browser = await browsers.enter_async_context(http(application))
    await register(browser, token, f"{name.lower()}@desk.example", name=name)
    return Desk(browser)


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def closed(desk: Desk, device: Device, outcome: str = "true_alarm", said: str = SAID) -> None:
    await device.say(said)
    (case_id,) = await desk.listed()
    await desk.claim(case_id)
    assert (await desk.close(case_id, "Spoke with them.", outcome=outcome)).status_code == 303


async def prepared(conninfo: str, count: int = 1) -> list[str]:
    await eventually(lambda: rows(conninfo, "SELECT count(*) FROM lesson") == [(count,)])
    return [str(n) for (n,) in rows(conninfo, "SELECT id FROM lesson ORDER BY made_at, id")]


async def approve(desk: Desk, lesson_id: str, **changed: str) -> httpx.Response:
    form = {
        "csrf": await desk.csrf(), "text": CLEAN, "tier": "moderate", "domains": "suicide", "whose": "self",
        "when": "now", "intent": "crisis", "reason": "thoughts every night, no plan", **changed,
    }  # fmt: skip
    return await desk.http.post(f"/counsellor/lessons/{lesson_id}/approve", data=form)


@pytest.mark.parametrize("learning", [{}])
async def test_learning_is_off_by_default_and_the_page_says_so(desk: Desk, device: Device, conninfo: str) -> None:
    await closed(desk, device)
    assert "Learning from cases is off" in (await desk.http.get("/counsellor/lessons")).text
    assert rows(conninfo, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'prepare_lessons'") == [(0,)]
    assert rows(conninfo, "SELECT count(*) FROM lesson") == [(0,)]


async def test_a_closed_case_waits_for_a_supervisor_without_what_tells_the_person_apart(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    await prepared(conninfo)
    page = (await desk.http.get("/counsellor/lessons")).text
    assert "My name is [name]" in page
    assert "⟦Kilkenny⟧" in page
    assert "My number is [number]" in page
    assert "Siobhan" not in page
    assert "900123" not in page
    ((sealed,),) = rows(conninfo, "SELECT sealed_body FROM lesson")
    assert b"killing" not in bytes(sealed)


@pytest.mark.parametrize(("outcome", "count"), [("false_alarm", 1), ("misuse", 0), ("could_not_reach", 0)])
async def test_only_what_was_danger_or_none_teaches(
    desk: Desk, device: Device, conninfo: str, outcome: str, count: int
) -> None:
    await closed(desk, device, outcome)
    if count:
        await prepared(conninfo, count)
        page = (await desk.http.get("/counsellor/lessons")).text
        assert re.search(r"<option selected>none</option>", page)
    else:
        assert rows(conninfo, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'prepare_lessons'") == [(0,)]


async def test_of_missed_danger_what_came_before_is_prepared_too(desk: Desk, device: Device, conninfo: str) -> None:
    await device.say("I gave my dog to the neighbours today.")
    await device.say("I wrote to everybody and paid what I owe.")
    await closed(desk, device, "missed")
    assert len(await prepared(conninfo, 3)) == 3
    assert "I gave my dog to the" in (await desk.http.get("/counsellor/lessons")).text


async def test_nothing_is_approved_while_a_mark_is_left_or_a_label_does_not_fit(
    desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    (lesson_id,) = await prepared(conninfo)
    for changed, why in (
        ({"text": CLEAN.replace("[place]", "⟦Kilkenny⟧")}, "are left"),
        ({"reason": " "}, "why it has this tier"),
        ({"tier": "none"}, "Tier none has no domain"),
        ({"text": "  "}, "empty"),
    ):
        refused = await approve(desk, lesson_id, **changed)
        assert refused.status_code == 422
        assert why in refused.text
    assert rows(conninfo, "SELECT state FROM lesson") == [("waiting",)]


async def test_with_two_supervisors_nobody_approves_a_case_they_closed_themselves(
    application: Application, browsers: AsyncExitStack, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    (lesson_id,) = await prepared(conninfo)
    second = await newcomer(application, browsers, "Bo", supervisor=True)
    refused = await approve(desk, lesson_id)
    assert refused.status_code == 409
    assert "Another supervisor has to approve it" in refused.text
    assert (await approve(second, lesson_id)).status_code == 303
    assert (await approve(second, lesson_id)).status_code == 404
    assert rows(conninfo, "SELECT state FROM lesson") == [("approved",)]


async def test_a_counsellor_who_is_no_supervisor_sees_and_decides_nothing(
    application: Application, browsers: AsyncExitStack, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    (lesson_id,) = await prepared(conninfo)
    bo = await newcomer(application, browsers, "Bo")
    assert (await bo.http.get("/counsellor/lessons")).status_code == 403
    assert (await approve(bo, lesson_id)).status_code == 403
    thrown = await bo.http.post(f"/counsellor/lessons/{lesson_id}/throw-away", data={"csrf": await bo.csrf()})
    assert thrown.status_code == 403
    assert rows(conninfo, "SELECT state FROM lesson") == [("waiting",)]


async def test_what_is_thrown_away_is_forgotten_and_not_prepared_again(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device)
    (lesson_id,) = await prepared(conninfo)
    await desk.http.post(f"/counsellor/lessons/{lesson_id}/throw-away", data={"csrf": await desk.csrf()})
    assert rows(conninfo, "SELECT state, sealed_body FROM lesson") == [("thrown_away", None)]
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    await prepare(application.services.database, case_id)
    assert rows(conninfo, "SELECT state, sealed_body FROM lesson") == [("thrown_away", None)]


@pytest.mark.parametrize("approved", [False, True])
async def test_a_case_that_is_opened_again_takes_its_lessons_back_and_teaches_anew_when_it_is_closed_again(
    desk: Desk, device: Device, conninfo: str, settings: Settings, *, approved: bool
) -> None:
    await closed(desk, device, "false_alarm")
    (lesson_id,) = await prepared(conninfo)
    if approved:
        assert (await approve(desk, lesson_id)).status_code == 303
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    assert (await desk.do(str(case_id), "open-again", note="Her sister called.")).status_code == 303
    assert rows(conninfo, "SELECT count(*) FROM lesson") == [(0,)]
    assert await command._approved(settings) == []
    await desk.claim(str(case_id))
    assert (await desk.close(str(case_id), "There was danger.", outcome="true_alarm")).status_code == 303
    await prepared(conninfo)
    assert rows(conninfo, "SELECT outcome, state FROM lesson") == [("true_alarm", "waiting")]


async def test_a_lesson_that_is_being_prepared_while_its_case_is_opened_again_does_not_stay(
    application: Application, desk: Desk, device: Device, conninfo: str
) -> None:
    await closed(desk, device, "false_alarm")
    await prepared(conninfo)
    await change(conninfo, "DELETE FROM lesson")
    ((case_id, turn_id),) = rows(conninfo, "SELECT id, turn_id FROM crisis_case")
    async with application.services.database.unit_of_work() as work:
        found = await work.lessons.closed(case_id)
        assert found is not None
        opening = asyncio.create_task(desk.do(str(case_id), "open-again", note="Her sister called."))
        await eventually(lambda: bool(rows(conninfo, "SELECT 1 FROM pg_locks WHERE NOT granted")))
        turn = await work.turns.get(turn_id)
        assert turn is not None
        await work.lessons.add(found, turn_id, _lesson(turn, found, "deployment-1"))
        await work.commit()
    assert (await opening).status_code == 303
    assert rows(conninfo, "SELECT count(*) FROM lesson") == [(0,)]


async def test_what_was_approved_is_written_in_the_form_of_the_corpora_for_its_owner_alone(
    desk: Desk, device: Device, conninfo: str, settings: Settings, tmp_path: Path
) -> None:
    await closed(desk, device)
    (lesson_id,) = await prepared(conninfo)
    target = tmp_path / "lessons.jsonl"
    assert await command._approved(settings) == []
    assert (await approve(desk, lesson_id)).status_code == 303
    await asyncio.to_thread(command.run, settings, target)
    (line,) = [json.loads(raw) for raw in target.read_text("utf-8").splitlines()]
    assert item_errors(line) == []
    assert (line["text"], line["tier"], line["domains"]) == (CLEAN, "moderate", ["suicide"])
    assert line["source"] == "deployment"
    assert target.stat().st_mode & 0o777 == 0o600
    ((case_id,),) = rows(conninfo, "SELECT id FROM crisis_case")
    assert str(case_id)[:8] not in target.read_text("utf-8")
    with pytest.raises(BadInput, match="exists already"):
        await asyncio.to_thread(command.run, settings, target)


@pytest.mark.parametrize("where", ["classifiers/data", "agent"])
def test_nothing_is_written_among_the_programs_own_files(settings: Settings, where: str) -> None:
    program = Path(agent.__file__).resolve().parents[1]
    with pytest.raises(BadInput, match="outside of the program"):
        command.run(settings, program / where / "lessons.jsonl")
    assert not (program / where / "lessons.jsonl").exists()
