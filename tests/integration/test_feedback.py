"""A person says how a conversation was: kept once, changed at will, counted without names, seen by nobody else."""

import json
from pathlib import Path

import httpx
import pytest
from databases import rows
from device import Device, new_device

from agent.bootstrap import Application
from evals.feedback import opinions


@pytest.fixture
async def device(client: httpx.AsyncClient) -> Device:
    return await new_device(client)


async def say(device: Device, **body: object) -> httpx.Response:
    return await device.http.put(f"{device.path}/feedback", json=body, headers=device.headers)


async def test_what_is_said_again_counts_and_what_is_left_out_stays(device: Device, conninfo: str) -> None:
    assert (await say(device, satisfaction=2)).status_code == 204
    assert (await say(device, helped=True)).status_code == 204
    assert (await say(device, satisfaction=5)).status_code == 204
    assert rows(conninfo, "SELECT satisfaction, helped FROM conversation") == [(5, True)]


@pytest.mark.parametrize(
    "body", [{}, {"satisfaction": 0}, {"satisfaction": 6}, {"satisfaction": True}, {"helped": "yes"}, {"score": 3}]
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    device: Device, conninfo: str, body: dict[str, object]
) -> None:
    assert (await say(device, **body)).status_code == 422
    assert rows(conninfo, "SELECT satisfaction, helped FROM conversation") == [(None, None)]


async def test_nobody_rates_somebody_elses_conversation(device: Device, client: httpx.AsyncClient) -> None:
    other = await new_device(client)
    answer = await client.put(f"{device.path}/feedback", json={"satisfaction": 1}, headers=other.headers)
    assert answer.status_code == 404


async def test_all_is_counted_without_a_name(
    device: Device, client: httpx.AsyncClient, application: Application, tmp_path: Path
) -> None:
    await say(device, satisfaction=4, helped=True)
    await say(await new_device(client), satisfaction=2, helped=False)
    await new_device(client)
    async with application.services.database.unit_of_work() as work:
        counted = await work.opinions.counted()
    assert counted.conversations == 3
    assert counted.satisfaction == {2: 1, 4: 1}
    assert counted.helped == {False: 1, True: 1}
    file = tmp_path / "feedback.json"
    file.write_text(
        json.dumps(
            {"conversations": 3, "satisfaction": {"2": 1, "4": 1}, "helped": {"true": 1, "false": 1},
             "outcomes": {"true_alarm": 3, "false_alarm": 1}}
        )
    )  # fmt: skip
    found = {m.name: m for m in opinions(file)}
    assert found["satisfaction, 1 to 5"].value == 3
    assert (found["conversations that helped"].value, found["conversations that helped"].n) == (0.5, 2)
    assert found["alarms that were right"].low == pytest.approx(0.301, abs=0.001), "Wilson, 3 of 4"
    assert found["conversations that were rated"].n == 3


def test_where_nobody_said_anything_there_is_no_figure(tmp_path: Path) -> None:
    file = tmp_path / "feedback.json"
    file.write_text('{"conversations": 0, "satisfaction": {}, "helped": {}, "outcomes": {}}')
    assert opinions(file) == ()
    file.write_text('{"conversations": -1, "satisfaction": {}, "helped": {}, "outcomes": {}}')
    with pytest.raises(ValueError, match="greater than or equal"):
        opinions(file)
