"""Alerts as tests see them: nothing leaves the building."""

import asyncio
from dataclasses import dataclass, field

from agent.escalation.alerts.channels import Notice


@dataclass
class Captured:
    """A channel that keeps what it is given; ``refuse`` makes it fail that often first."""

    name: str = "captured"
    personal: bool = True
    notices: list[Notice] = field(default_factory=list)
    refuse: int = 0
    tried: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, notice: Notice) -> bool:
        self.tried += 1
        if self.tried <= self.refuse:
            raise ConnectionRefusedError
        self.notices.append(notice)
        self._came.set()
        return True

    async def wait_for(self, count: int, seconds: float = 15) -> list[Notice]:
        """The notices, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.notices) < count:
                await self._came.wait()
                self._came.clear()
        return self.notices


def captured(name: str = "captured", *, personal: bool = True) -> Captured:
    """A channel for one test."""
    return Captured(name, personal)
