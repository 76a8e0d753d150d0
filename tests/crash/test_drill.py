"""The crash drill: SIGKILL after each of the three commits and before the reply, sometimes with the database server.

After the restart exactly one case, one reply and one answered turn stand, the message can be read, and the bell was
rung once. What stood on disk right after the crash is looked at first, so that a kill at the wrong place is noticed.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from conftest import ROOT
from crash.victim import DANGER, POINTS, kill_server, server_processes, settings_of
from databases import open_folder
from waiting import eventually

from agent import bootstrap
from agent.bootstrap import Application, Models
from agent.commands.replay import final_reply
from agent.domain.risk import Tier
from agent.storage import embedded
from agent.storage.repositories.cases import Case
from agent.storage.repositories.turns import StoredTurn, row_id

#: turns received, turns answered, replies, cases, jobs that ring: as they stand right after the crash.
LEFT = {"message": (1, 0, 0, 0, 0), "case": (1, 0, 0, 1, 1), "reply": (0, 1, 1, 1, 1), "handing_out": (0, 1, 1, 1, 1)}
COUNTS = """
    SELECT (SELECT count(*) FROM turn WHERE status = 'RECEIVED'), (SELECT count(*) FROM turn WHERE status = 'ANSWERED'),
           (SELECT count(*) FROM reply), (SELECT count(*) FROM crisis_case),
           (SELECT count(*) FROM procrastinate_events WHERE type = 'deferred')
"""
FAST = (("message", False), ("case", True), ("reply", False), ("handing_out", False))
FULL = tuple((POINTS[i % 4], i % 3 == 0) for i in range(30))


class Killer:
    """The program that forks victims, kept for the whole module: it loads the models once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.victim"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        )  # fmt: skip

    def kill(self, point: str, folder: Path, *, server: bool) -> dict[str, object]:
        """One victim's end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{point} {int(server)} {folder}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """No more victims."""
        self._process.communicate(timeout=20)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    made = Killer()
    yield made
    made.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder of its own. A cluster is 60 MB: it goes at once, not with pytest's last three."""
    with open_folder() as made:
        place = made / "data"
        try:
            yield place
        finally:
            kill_server(place)


async def drill(killer: Killer, folder: Path, models: Models, point: str, *, server: bool) -> None:
    """Kill, look at what is left, start again, look at what stands in the end."""
    ids = await asyncio.to_thread(killer.kill, point, folder, server=server)
    assert ids.pop("ended") == -signal.SIGKILL
    if server:
        assert not server_processes(folder), "the database server was to die as well"
    found = await asyncio.to_thread(embedded.start, folder)
    with psycopg.connect(found.url) as connection:
        assert connection.execute(COUNTS).fetchone() == LEFT[point]
    application = Application(settings_of(folder))
    await application.start(models)
    try:
        await stands(application, **{name: UUID(str(value)) for name, value in ids.items()})
    finally:
        await application.stop()


async def stands(application: Application, person: UUID, conversation: UUID, turn: UUID) -> None:
    """One case that was rung for once, one turn, one reply; and the turn sent again by its client changes nothing."""
    database, runner = application.services.database, application.running()

    async def record() -> tuple[list[StoredTurn], list[Case], list[str]]:
        async with database.unit_of_work() as work:
            cases = await work.cases.listed()
            kinds = [e.kind for c in cases for e in await work.record.of(c.id, c.person_id)]
            return await work.turns.of(conversation), cases, kinds

    async def settled() -> bool:
        turns, _, kinds = await record()
        return "rung" in kinds and all(t.status == "ANSWERED" for t in turns)

    await eventually(settled)
    row = await runner.receive(conversation, person, turn, DANGER)
    heard = await final_reply(application, row)

    (stored,), (case,), kinds = await record()
    assert row == row_id(conversation, turn) == stored.id
    assert (stored.text, stored.status, stored.reply) == (DANGER, "ANSWERED", heard)
    assert heard.origin == "crisis"
    assert heard.card
    assert sorted(kinds) == ["opened", "rung"]
    async with database.unit_of_work() as work:
        standing = await work.people.standing(person)
    assert case.person_id == person
    assert case.tier == standing.tier >= Tier.MODERATE
    with psycopg.connect(application.conninfo) as connection:
        assert connection.execute(COUNTS).fetchone()[:4] == (0, 1, 1, 1)


@pytest.fixture(autouse=True)
def _sweep_often(monkeypatch: pytest.MonkeyPatch) -> None:
    # A job that its worker took to the grave stays "doing"; the sweep rings instead.
    monkeypatch.setattr(bootstrap, "SWEEP_SECONDS", 0.2)


@pytest.mark.parametrize(("point", "server"), FAST)
async def test_one_kill_at_each_point_loses_nothing(
    killer: Killer, folder: Path, models: Models, point: str, server: bool
) -> None:
    await drill(killer, folder, models, point, server=server)


@pytest.mark.heavy
@pytest.mark.timeout(900)
async def test_thirty_kills_lose_nothing(killer: Killer, models: Models) -> None:
    for point, server in FULL:
        with open_folder() as made:
            place = made / "data"
            try:
                await drill(killer, place, models, point, server=server)
            finally:
                kill_server(place)
