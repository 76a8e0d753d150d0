"""The wallboard, its export and its series, counted against cases that real routes drove."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import Captured, captured
from conftest import talk
from databases import change, rows
from desk import DANGER, Desk, invite, register
from device import Device, new_device
from hypothesis import given
from hypothesis import strategies as st
from processes import http
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from agent.api.board_view import cell, current, initials, words
from agent.bootstrap import Application, Models
from agent.domain.risk import Tier
from agent.escalation.desk.board import Figures
from agent.escalation.sweep import sweep
from agent.settings import MetricsSettings, Settings
from agent.storage.repositories.board import Board

TOKEN = "a-token-of-more-than-24-characters"
IMMINENT = "I am on the bridge now and I am going to jump in a minute."
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def channel() -> Captured:
    return captured()


@pytest.fixture
async def application(settings: Settings, models: Models, channel: Captured) -> AsyncIterator[Application]:
    """The running product with one way to reach people, and a token for the numbers."""
    app = Application(settings.model_copy(update={"metrics": MetricsSettings(token=TOKEN)}), channels=(channel,))
    await app.start(models)
    yield app
    await app.stop()


async def at_desk(application: Application, browser: httpx.AsyncClient, name: str, address: str) -> Desk:
    await register(browser, await invite(application), address, name=name)
    return Desk(browser)


@pytest.fixture
async def boss(application: Application) -> AsyncIterator[Desk]:
    """The first account, which is the supervisor's."""
    async with http(application) as browser:
        yield await at_desk(application, browser, "Ada Byron", "ada@desk.example")


@pytest.fixture
async def other(application: Application, boss: Desk) -> AsyncIterator[Desk]:
    """A counsellor who is no supervisor."""
    del boss
    async with http(application) as browser:
        yield await at_desk(application, browser, "Bo", "bo@desk.example")


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def ago(conninfo: str, by: timedelta) -> None:
    """As if everything so far had happened that much earlier."""
    await change(conninfo, "UPDATE case_event SET at = at - %s", by)
    shift = (
        "UPDATE crisis_case SET opened_at = opened_at - %s, updated_at = updated_at - %s, since = since - %s, "
        "closed_at = closed_at - %s, lease_until = lease_until - %s"
    )
    await change(conninfo, shift, *[by] * 5)
    if rows(conninfo, "SELECT 1 FROM alert"):
        shift = "UPDATE alert SET since = since - %s, at = at - %s, acknowledged_at = acknowledged_at - %s"
        await change(conninfo, shift, by, by, by)


async def put_back(desk: Desk, case_id: str) -> None:
    form = {"csrf": await desk.csrf(), "fence": await desk.fence(case_id), "note": "my shift ends"}
    assert (await desk.http.post(f"/counsellor/cases/{case_id}/release", data=form)).status_code == 303


async def vanish(application: Application, conninfo: str) -> None:
    await change(conninfo, "UPDATE crisis_case SET lease_until = now() - interval '1 s'")
    services = application.services
    await sweep(services.database, services.spool, services.ladder)


async def board(application: Application) -> Figures:
    return (await current(application))[0]


async def table(desk: Desk, query: str = "") -> list[dict[str, str]]:
    answer = await desk.http.get(f"/counsellor/board.csv{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def series(desk: Desk) -> dict[str, float]:
    answer = await desk.http.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(one.labels.items()))
            found[f"{one.name}{{{labels}}}" if labels else one.name] = one.value
    return found


async def test_every_turn_of_a_case_is_counted_once_on_the_board_in_the_table_and_in_the_series(
    boss: Desk, other: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await boss.listed()
    await boss.claim(case_id)
    await put_back(boss, case_id)
    await other.claim(case_id)
    await vanish(application, conninfo)
    await boss.claim(case_id)
    await boss.close(case_id, "reassessed", outcome="false_alarm")
    await device.say(f"It is back. {DANGER}")  # the same case again: its outcome is open again, too

    found = await board(application)
    assert (found.waiting, found.held, sum(found.outcomes.values())) == (1, 0, 0)
    assert found.happened == {
        "opened": 1, "reopened": 1, "claimed": 3, "closed": 1, "released": 1, "lapsed": 1,
    }  # fmt: skip
    moderate = next(t for t in found.tiers if t.waiting)
    assert (moderate.week.hits, moderate.week.of) == (3, 3), "the round that runs is not judged yet"

    await other.claim(case_id)
    await other.close(case_id, "again", outcome="true_alarm")
    (row,) = await table(boss)
    assert (row["case"], row["rounds"], row["lapses"], row["outcome"]) == (case_id, "4", "1", "true_alarm")
    assert (row["counsellor"], row["domains"]) == ("B", "suicide")
    assert int(row["first_answered_after_s"]) <= int(row["claimed_after_s"]) <= int(row["closed_after_s"])

    found = await board(application)
    assert {name: n for name, n in found.outcomes.items() if n} == {"true_alarm": 1}
    told = await series(boss)
    assert told["handhold_cases{outcome=true_alarm}"] == 1
    assert told["handhold_cases{outcome=false_alarm}"] == told["handhold_cases{outcome=none}"] == 0
    kinds = {k: told[f"handhold_case_events_total{{kind={k}}}"] for k in ("opened", "claimed", "lapsed", "closed")}
    assert kinds == {"opened": 1, "claimed": 4, "lapsed": 1, "closed": 2}
    loads = {one.name: (one.held, one.closed, one.cases) for one in found.loads}
    assert loads == {"Ada Byron": (0, 1, 1), "Bo": (0, 1, 1)}, "a case taken twice by one counsellor is one case"


async def test_a_case_past_its_deadline_is_overdue_and_stays_late_when_somebody_takes_it(
    boss: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(IMMINENT)
    assert (await board(application)).overdue == 0
    await ago(conninfo, timedelta(seconds=121))
    found = await board(application)
    assert (found.overdue, found.tiers[0].tier, found.tiers[0].day.of) == (1, Tier.IMMINENT, 1)
    assert found.longest >= timedelta(seconds=121)
    told = await series(boss)
    assert told["handhold_cases_overdue{tier=imminent}"] == 1
    assert told["handhold_case_longest_wait_seconds{tier=imminent}"] >= 121
    page = (await boss.http.get("/counsellor/board/now")).text
    assert "1 overdue" in page
    assert "0 of 1" in page
    assert "%" not in page, "no share of so few"
    (case_id,) = await boss.listed()
    await boss.claim(case_id)
    found = await board(application)
    assert (found.overdue, found.held) == (0, 1)
    assert (found.tiers[0].day.hits, found.tiers[0].day.of) == (0, 1)
    assert (await series(boss))["handhold_rounds_last_day{answered=late,tier=imminent}"] == 1


async def test_somebody_who_says_that_they_come_has_answered_though_the_case_waits_on(
    boss: Desk, device: Device, application: Application, conninfo: str, channel: Captured
) -> None:
    await boss.http.post("/counsellor/duty", data={"csrf": await boss.csrf(), "hours": 4})
    await device.say(IMMINENT)
    await channel.wait_for(1)
    (case_id,) = await boss.listed()
    await boss.http.post(f"/counsellor/cases/{case_id}/coming", data={"csrf": await boss.csrf()})
    await ago(conninfo, timedelta(minutes=5))
    found = await board(application)
    assert (found.waiting, found.overdue, found.on_duty) == (1, 0, 1)
    assert (found.tiers[0].day.hits, found.tiers[0].day.of) == (1, 1)
    await boss.claim(case_id)
    assert (await board(application)).tiers[0].day.of == 1
    (row,) = await table(boss)
    assert int(row["first_answered_after_s"]) < 60 < int(row["claimed_after_s"])
    told = await series(boss)
    assert [told[f"handhold_alerts_total{{result={r}}}"] for r in ("acknowledged", "failed")] == [1, 0]
    assert told["handhold_on_duty"] == 1


async def test_what_gets_worse_has_the_deadline_of_its_new_tier_and_has_waited_from_the_first(
    boss: Desk, device: Device, application: Application, conninfo: str
) -> None:
    del boss
    await device.say(DANGER)
    await ago(conninfo, timedelta(minutes=4))
    await device.say("I have taken all my tablets just now.")
    found = await board(application)
    (worse,) = [t for t in found.tiers if t.waiting]
    assert worse.tier == Tier.IMMINENT
    assert worse.overdue == 0
    assert worse.longest >= timedelta(minutes=4)
    assert sum(t.day.of for t in found.tiers) == 0


async def test_cases_of_more_than_a_week_ago_are_in_the_table_of_their_day_and_not_on_the_board(
    boss: Desk, device: Device, application: Application, conninfo: str
) -> None:
    await device.say(DANGER)
    (case_id,) = await boss.listed()
    await boss.handle(case_id, "done")
    await ago(conninfo, timedelta(days=8))
    found = await board(application)
    assert sum(found.outcomes.values()) == sum(t.week.of for t in found.tiers) == sum(found.happened.values()) == 0
    assert await table(boss) == []
    ((day,),) = rows(conninfo, "SELECT (opened_at AT TIME ZONE 'UTC')::date FROM crisis_case")
    assert [r["case"] for r in await table(boss, f"?from={day}&to={day}")] == [case_id]
    assert await table(boss, f"?from={day - timedelta(days=9)}&to={day - timedelta(days=1)}") == []


async def test_the_rest_of_a_counsellor_is_counted_from_the_begin_of_their_duty_and_not_from_its_renewal(
    boss: Desk, application: Application, conninfo: str
) -> None:
    form = {"csrf": await boss.csrf(), "hours": "4"}
    await boss.http.post("/counsellor/duty", data=form)
    await change(conninfo, "UPDATE counsellor SET working_since = working_since - interval '6 hours 10 minutes'")
    await boss.http.post("/counsellor/duty", data={**form, "hours": "8"})
    page = (await boss.http.get("/counsellor/board/now")).text
    assert "6 h 10 min" in page
    assert "needs a break" in page
    await change(conninfo, "UPDATE counsellor SET working_since = now() + interval '10 minutes'")
    assert "on a break" in (await boss.http.get("/counsellor/board/now")).text
    await boss.http.post("/counsellor/duty", data={**form, "hours": "0"})
    await boss.http.post("/counsellor/duty", data=form)
    (load,) = (await board(application)).loads
    assert load.working_since is not None
    assert datetime.now(UTC) - load.working_since < timedelta(minutes=1)


async def test_an_empty_house_says_so(boss: Desk) -> None:
    page = (await boss.http.get("/counsellor/board")).text
    for said in ("Nobody waits.", "Nobody is on duty.", "No cases were closed yet.", "had a case in the last 7 days"):
        assert said in page


async def test_somebody_waits_and_nobody_is_on_duty(boss: Desk, device: Device) -> None:
    await device.say(DANGER)
    assert "Nobody is on duty, and 1 case waits." in (await boss.http.get("/counsellor/board")).text


async def test_the_board_and_the_table_name_no_person_and_none_of_their_words(
    boss: Desk, device: Device, conninfo: str
) -> None:
    await device.say(f"{DANGER} wrenfeather")
    (case_id,) = await boss.listed()
    await boss.handle(case_id, "note about wrenfeather")
    ((person, talk_id),) = rows(conninfo, "SELECT person_id, conversation_id FROM crisis_case")
    for path in ("/counsellor/board", "/counsellor/board/now", "/counsellor/board.csv", "/metrics"):
        shown = (await boss.http.get(path, headers=BEARER)).text
        assert len(shown) > 100, path
        for hidden in ("wrenfeather", str(person)[:8], str(talk_id)[:8]):
            assert hidden not in shown, path


PAGES = ["/counsellor/board", "/counsellor/board/now", "/counsellor/board.csv"]


@pytest.mark.parametrize("path", PAGES)
async def test_only_a_supervisor_sees_the_board_and_others_are_told_why(
    client: httpx.AsyncClient, boss: Desk, other: Desk, path: str
) -> None:
    assert (await client.get(path)).headers["location"] == "/counsellor/login"
    refused = await other.http.get(path)
    assert refused.status_code == 403
    assert "for supervisors" in refused.text
    assert (await boss.http.get(path)).status_code == 200
    link = 'href="/counsellor/board"'
    assert link in (await boss.http.get("/counsellor")).text
    assert link not in (await other.http.get("/counsellor")).text


async def test_the_page_needs_no_inline_style_or_script(boss: Desk, device: Device) -> None:
    for n in range(5):
        talker = await new_device(device.http)
        await talker.say(f"{DANGER} {n}")
        await boss.handle((await boss.listed())[0], "done")
    page = (await boss.http.get("/counsellor/board")).text
    assert "100 %" in page
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []


BAD_DAYS = [
    "from=yesterday", "from=2026-02-30", "from=20260101", "to=2026-W10-1", "from=2026-03-02&to=2026-03-01",
    "from=2024-01-01&to=2026-01-01", "to=9999-12-31", "from=0001-01-01", f"from={'1' * 60}", "from=-1", "from=%00",
    "from=2026-1-1", "from=１９９９-01-01",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD_DAYS)
async def test_days_that_cannot_be_are_refused_in_words(boss: Desk, query: str) -> None:
    answer = await boss.http.get(f"/counsellor/board.csv?{query}")
    assert answer.status_code == 422
    assert "<html" in answer.text
    assert "csv" not in answer.headers["content-type"]


async def test_no_name_of_a_counsellor_is_run_by_a_spreadsheet(
    boss: Desk, device: Device, application: Application
) -> None:
    async with http(application) as browser:
        mallory = await at_desk(application, browser, "=Cmd +|'/c calc'!A0", "eve@desk.example")
        await device.say(DANGER)
        (case_id,) = await boss.listed()
        await mallory.handle(case_id, "done")
    (row,) = await table(boss)
    assert row["counsellor"] == "'=+C"


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula_and_none_loses_its_words(said: str) -> None:
    safe = cell(said)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe in {said, f"'{said}"}


def test_how_a_length_of_time_is_said() -> None:
    lengths = [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3900, "1 h 05 min"), (97200, "1 d 3 h")]
    assert [words(timedelta(seconds=s)) for s, _ in lengths] == [said for _, said in lengths]
    assert words(timedelta(seconds=-5)) == "0 s", "a clock that was set back"
    assert initials("  ada   lovelace ") == "AL"


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"}, {"Authorization": b"Bearer \xff\xfe"}, {"Cookie": f"token={TOKEN}"},
    ],
)  # fmt: skip
async def test_numbers_are_told_to_nobody_without_the_token(client: httpx.AsyncClient, headers: dict) -> None:
    answer = await client.get("/metrics", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_token")
    assert "handhold_" not in answer.text


async def test_without_a_token_in_the_settings_there_is_no_such_address(
    application: Application, settings: Settings, client: httpx.AsyncClient
) -> None:
    application.settings = settings
    nothing = await client.get("/none")
    for headers in ({}, BEARER, {"Authorization": "Bearer "}):
        answer = await client.get("/metrics", headers=headers)
        assert (answer.status_code, answer.text) == (404, nothing.text)


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 24"):
        MetricsSettings(token="short")


async def test_every_label_is_of_a_closed_set_and_every_series_is_there_from_the_start(
    boss: Desk, application: Application, device: Device
) -> None:
    before = await series(boss)
    for text in (DANGER, IMMINENT, "I slept badly."):
        await (await talk(application)).say(text)
    await device.say("Good morning.")
    after = await series(boss)
    assert before.keys() == after.keys()
    assert before["handhold_turns_total{origin=crisis}"] == 0
    assert after["handhold_turns_total{origin=crisis}"] == 2
    assert after["handhold_turn_seconds_count"] == 4
    assert after["handhold_database_up"] == 1


async def test_without_the_database_the_series_say_so_and_still_count_what_lies_on_disk(
    boss: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(Board, "recent", away)
    told = await series(boss)
    assert (told["handhold_database_up"], told["handhold_spooled_cases"]) == (0, 0)
    assert "handhold_cases_held" not in told
