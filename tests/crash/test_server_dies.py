"""The embedded database server is killed under the running product: it is started again, and nothing is lost."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from conftest import Talker, talk
from crash.victim import DANGER, kill_server, server_processes, settings_of
from databases import open_folder, rows
from failing import FixedSensor, put
from waiting import eventually

from agent import bootstrap
from agent.bootstrap import Application, Models
from agent.graph import runner
from agent.storage import embedded
from classifiers.reading import TextReading


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        place = made / "data"
        try:
            yield place
        finally:
            kill_server(place)


@pytest.fixture
async def embedded_application(
    folder: Path, models: Models, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Application]:
    """The product on an embedded server of its own."""
    monkeypatch.setattr(bootstrap, "SWEEP_SECONDS", 0.2)
    monkeypatch.setattr(runner, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(runner, "KEEP_DONE_SECONDS", 0.2)
    made = Application(settings_of(folder))
    await made.start(models)
    yield made
    await made.stop()


class KillsTheServer(FixedSensor):
    """A reader that kills the database server while it reads."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        await asyncio.to_thread(kill_server, self._folder)
        return await super().read(text, before)


async def test_killed_in_mid_turn_it_comes_back_and_so_does_everything(
    embedded_application: Application, folder: Path
) -> None:
    application = embedded_application
    talker: Talker = await talk(application)
    put(application, sensor=KillsTheServer(folder))
    reply = await talker.say(DANGER)
    assert reply.card
    assert "on the list" not in reply.text
    put(application, sensor=FixedSensor())

    await eventually(application.database_answers, 30)
    await eventually(lambda: not application.services.spool.pending(), 30)
    settled = "SELECT (SELECT status FROM turn), (SELECT count(*) FROM crisis_case), (SELECT count(*) FROM reply)"
    await eventually(lambda: rows(application.conninfo, settled) == [("ANSWERED", 1, 1)], 30)
    assert (await talker.say("hello again")).text.strip()


def test_a_pid_file_that_names_somebody_else_does_not_keep_the_server_from_starting(folder: Path) -> None:
    """After a crash in a container the number belongs to another process more often than not."""
    embedded.start(folder)
    kill_server(folder)
    file = folder / "postgres" / "postmaster.pid"
    _, *rest = file.read_text().splitlines()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as somebody:
        file.write_text("\n".join([str(somebody.pid), *rest]) + "\n")
        found = embedded.start(folder)
        with psycopg.connect(found.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert found.pid not in {somebody.pid, os.getpid()}
        assert somebody.poll() is None, "nobody else was hurt"
        somebody.communicate(b"\n")
    assert server_processes(folder)


def test_a_pid_file_that_was_half_written_does_not_keep_the_server_from_starting(folder: Path) -> None:
    embedded.start(folder)
    kill_server(folder)
    file = folder / "postgres" / "postmaster.pid"
    file.write_text("\n".join(file.read_text().splitlines()[:5]))
    with psycopg.connect(embedded.start(folder).url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_second_start_finds_the_server_that_lives(folder: Path) -> None:
    first, second = embedded.start(folder), embedded.start(folder)
    assert first.pid == second.pid
