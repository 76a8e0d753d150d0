"""A whole turn but the generator: from ``Runner.receive`` to the reply, on a real embedded PostgreSQL.

Twice: with the authored composer, and with a scripted model that answers at once, so that the output guard (which vets
only a model's words) is part of the path too.
"""

import asyncio
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import UUID, uuid4

from agent.bootstrap import Application, Models
from agent.commands.replay import final_reply
from agent.settings import DatabaseSettings, GeneratorSettings, Settings
from agent.storage import embedded
from evals.bench.figures import Bar, Result, Spread, share
from evals.bench.messages import ordinary

BAR = Bar("at most", 40)
TURNS_PER_PERSON = 8
WARM = 12


class Talk:
    """One application and the person who is talking to it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.milliseconds: list[float] = []
        self.origins: Counter[str] = Counter()
        self._messages = ordinary()
        self._left = 0
        self._person = self._conversation = UUID(int=0)

    async def turn(self) -> None:
        """One timed turn. What was read as danger is counted and left out: it is not an ordinary turn."""
        if self._left == 0:
            await self._anew()
        text = next(self._messages)
        begun = time.perf_counter()
        row = await self.application.running().receive(self._conversation, self._person, uuid4(), text)
        reply = await final_reply(self.application, row)
        took = 1000 * (time.perf_counter() - begun)
        self._left -= 1
        self.origins[reply.origin] += 1
        if reply.origin == "crisis":
            self._left = 0
        else:
            self.milliseconds.append(took)

    def forget(self) -> None:
        """The warm-up does not count."""
        self.milliseconds.clear()
        self.origins.clear()

    async def _anew(self) -> None:
        services = self.application.services
        async with services.database.unit_of_work() as work:
            self._person, _ = await work.people.create()
            self._conversation = (await work.conversations.start(self._person, "en-GB", "GB")).id
            await work.commit()
        self._left = TURNS_PER_PERSON


class Turn:
    """Both applications in this process; between slices their event loop stands still."""

    name = "turn"

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._folder = TemporaryDirectory(prefix="handhold-bench-")
        self._runner = asyncio.Runner()
        self._authored: Talk | None = None
        self._guarded: Talk | None = None

    def open(self) -> None:
        """Start both and talk until they are warm."""
        models = Models.load()
        self._authored = self._start("authored", models)
        self._guarded = self._start("scripted", models)

    def slice(self, number: int, of: int) -> None:
        """A turn of the one, a turn of the other."""
        self._runner.run(self._both(share(self._turns, number, of)))

    def close(self) -> None:
        """Stop both with their servers."""
        for talk in (self._authored, self._guarded):
            if talk is not None:
                self._runner.run(talk.application.stop())
                embedded.stop(talk.application.settings.data_dir)
        self._runner.close()
        self._folder.cleanup()

    def results(self) -> list[Result]:
        """One line each."""
        return [
            _result("turn_authored", "a turn, authored composer", self._authored),
            _result("turn_guarded", "a turn, instant model and output guard", self._guarded),
        ]

    def _start(self, kind: Literal["authored", "scripted"], models: Models) -> Talk:
        settings = Settings(
            data_dir=Path(self._folder.name) / kind,
            master_key_file=None,
            database=DatabaseSettings(),
            generator=GeneratorSettings(kind=kind),
        )
        talk = Talk(Application(settings))

        async def begin() -> None:
            await talk.application.start(models)
            await talk.application.warm()
            for _ in range(WARM):
                await talk.turn()
            talk.forget()

        self._runner.run(begin())
        return talk

    async def _both(self, count: int) -> None:
        assert self._authored is not None
        assert self._guarded is not None
        for _ in range(count):
            await self._authored.turn()
            await self._guarded.turn()


def _result(name: str, what: str, talk: Talk | None) -> Result:
    spread = Spread.of(talk.milliseconds) if talk else None
    origins = dict(talk.origins) if talk else {}
    apart = origins.get("crisis", 0)
    notes = (f"{apart} of these messages were read as danger and left out",) if apart else ()
    return Result(name, what, "ms", "p50", spread.p50 if spread else None, BAR, spread, notes, {"origins": origins})
