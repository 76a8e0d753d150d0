"""Parts that tests put in place of real ones, around the real ones."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agent.bootstrap import Application
from agent.domain.ports import TextSensor
from classifiers.reading import TextReading


@dataclass
class GatedSensor:
    """The real reader behind a gate, counting what it was asked."""

    inner: TextSensor
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        return self.inner.version

    async def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        self.seen.append(text)
        self.asked.set()
        await self.gate.wait()
        return await self.inner.read(text, before)


def gate(application: Application) -> GatedSensor:
    """Hold every turn of this application at its reading until ``gate`` is set."""
    runner = application.running()
    sensor = GatedSensor(runner.services.sensor)
    runner.services = replace(runner.services, sensor=sensor)
    return sensor
