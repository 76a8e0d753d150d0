"""The process that the crash drill kills: the real product on its own data folder and its own embedded PostgreSQL.

Run as a program it loads the models once, then reads runs from standard input, one a line: ``point server folder``.
For each it forks a victim, which starts the product, sends one dangerous message and is killed with SIGKILL at
``point``; ``server`` is ``1`` when the database server is killed with it. It answers with what the victim said before
it died and how it died, as one JSON line. The kill is put in from here: the product knows nothing of it.
"""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from uuid import UUID, uuid4

import psutil

from agent.bootstrap import Application, Models
from agent.commands.replay import final_reply
from agent.graph.runner import Live
from agent.settings import GeneratorSettings, Settings
from agent.storage.repositories.cases import Cases
from agent.storage.repositories.turns import Turns
from agent.storage.unit_of_work import UnitOfWork

POINTS = ("message", "case", "reply", "handing_out")
DANGER = "I don't want to be alive any more. I think about killing myself every night."
#: What each of the three transactions writes.
_WRITES = {"message": (Turns, "receive"), "case": (Cases, "open_or_add"), "reply": (Turns, "answer")}
SURVIVED = 3


def settings_of(folder: Path) -> Settings:
    """The embedded profile on a folder of its own, with authored replies."""
    return Settings(data_dir=folder, generator=GeneratorSettings(kind="authored"))


def server_processes(folder: Path) -> list[psutil.Process]:
    """The living processes of the folder's database server, the oldest, which is the postmaster, first."""
    cluster = str((folder / "postgres").resolve())
    return [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == cluster]


def kill_server(folder: Path) -> int:
    """SIGKILL for all of them, the postmaster first so that it cannot tidy up. Returns when they are dead."""
    family = server_processes(folder)
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    while server_processes(folder):
        time.sleep(0.01)
    return len(family)


_written: list[object] = []


def mark_writes(repository: type, method: str) -> None:
    """Note the connection on which a repository has written, so that its commit is known."""
    write = getattr(repository, method)

    async def noted(self: Turns | Cases, *given: object) -> object:
        done = await write(self, *given)
        _written[:] = [self._connection]
        return done

    setattr(repository, method, noted)


def arm(point: str, folder: Path, *, server: bool) -> None:
    """Have this process die at ``point``."""

    def die() -> NoReturn:
        if server:
            kill_server(folder)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("alive after SIGKILL")

    commit, tell = UnitOfWork.commit, Live.tell
    if point in _WRITES:
        mark_writes(*_WRITES[point])

    async def commit_then_die(work: UnitOfWork) -> None:
        written = _written == [work._connection]
        await commit(work)
        if written:
            die()

    def die_before_handing_out(live: Live) -> None:
        if point == "handing_out" and live.reply is not None:
            die()
        tell(live)

    UnitOfWork.commit = commit_then_die
    Live.tell = die_before_handing_out


async def live_and_die(models: Models, point: str, folder: Path, said: int, *, server: bool) -> None:
    """One short life."""
    application = Application(settings_of(folder))
    await application.start(models)
    async with application.services.database.unit_of_work() as work:
        person, _ = await work.people.create()
        conversation = await work.conversations.start(person, "en-GB", "GB")
        await work.commit()
    turn: UUID = uuid4()
    os.write(
        said, json.dumps({"person": str(person), "conversation": str(conversation.id), "turn": str(turn)}).encode()
    )
    arm(point, folder, server=server)
    row = await application.running().receive(conversation.id, person, turn, DANGER)
    await final_reply(application, row)


def run(models: Models, point: str, folder: Path, *, server: bool) -> dict[str, object]:
    """Fork a victim and wait for its end."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        try:
            asyncio.run(live_and_die(models, point, folder, says, server=server))
        finally:
            os._exit(SURVIVED)
    os.close(says)
    _, status = os.waitpid(child, 0)
    with os.fdopen(hears, "rb") as heard:
        told = heard.read()
    return {**json.loads(told or b"{}"), "ended": os.waitstatus_to_exitcode(status)}


def main() -> None:
    """Serve runs until standard input ends."""
    models = Models.load()
    for line in sys.stdin:
        point, server, folder = line.rstrip("\n").split(" ", 2)
        sys.stdout.write(json.dumps(run(models, point, Path(folder), server=server == "1")) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
