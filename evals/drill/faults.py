"""What is done to the system besides killing a node: each fault is done and undone while people write.

A new fault is one more coroutine in ``FAULTS``.
"""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from evals.drill.cluster import TABLES, Cluster
from evals.drill.floor import Counsellor
from evals.drill.house import Node
from evals.drill.sink import Sink

_HOUR: Final = 3600
_A_WHILE: Final = 1.2


@dataclass(slots=True)
class Site:
    """All that can be harmed."""

    cluster: Cluster
    nodes: Sequence[Node]
    counsellors: Sequence[Counsellor]
    sink: Sink
    chance: random.Random
    #: Whether a node revives the database server by itself; else the site does, as an operator's supervisor would.
    embedded: bool
    server_kills: int = 0

    async def kill_server(self) -> None:
        """SIGKILL to the database server; it is started again."""
        with self.excused():
            await asyncio.to_thread(self.cluster.kill)
            self.server_kills += 1
            await self.server_back()

    async def server_back(self) -> None:
        """Until the server answers again."""
        if not self.embedded:
            await asyncio.to_thread(self.cluster.start)
        while not await asyncio.to_thread(self.cluster.answers):
            await asyncio.sleep(0.02)

    def excused(self) -> "_Excused":
        """Starts of nodes are not measured meanwhile: what they need is away."""
        return _Excused(self.nodes)


class _Excused:
    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes

    def __enter__(self) -> None:
        for node in self._nodes:
            node.excused = True

    def __exit__(self, *error: object) -> None:
        for node in self._nodes:
            node.excused = False


async def server_killed(site: Site) -> None:
    """The database server alone."""
    await site.kill_server()


async def node_and_server_killed(site: Site) -> None:
    """Both at once, as when the machine's memory runs out."""
    site.chance.choice(site.nodes).kill()
    await site.kill_server()


async def server_restarted(site: Site) -> None:
    """A clean stop and a start, as for an update."""
    with site.excused():
        await asyncio.to_thread(site.cluster.stop)
        await site.server_back()


async def server_away(site: Site) -> None:
    """No storage for a while: what is dangerous goes to the spool."""
    with site.excused():
        for node in site.nodes:
            (node.control / "server_away").touch()
        await asyncio.to_thread(site.cluster.stop)
        await asyncio.sleep(2 * _A_WHILE)
        for node in site.nodes:
            (node.control / "server_away").unlink()
        await site.server_back()


async def server_hangs(site: Site) -> None:
    """It takes questions and gives no answers."""
    with site.excused():
        await asyncio.to_thread(site.cluster.hang, 2 * _A_WHILE)


async def connections_cut(site: Site) -> None:
    """Every connection of the product ends at once, its workers' as well."""
    await asyncio.to_thread(site.cluster.cut)


async def node_paused(site: Site) -> None:
    """A node stands still longer than its leases and then goes on as if nothing had been."""
    node = site.chance.choice(site.nodes)
    node.pause(signal.SIGSTOP)
    await asyncio.sleep(2.5)
    node.pause(signal.SIGCONT)


@asynccontextmanager
async def full(site: Site, tables: Sequence[str]) -> AsyncIterator[None]:
    """These tables take nothing meanwhile."""
    with site.excused():
        await asyncio.to_thread(site.cluster.full, tables)
        try:
            yield
        finally:
            await asyncio.to_thread(site.cluster.full, ())


async def disk_full(site: Site) -> None:
    """The database's disk: no message, no case, no reply can be stored."""
    async with full(site, TABLES):
        await asyncio.sleep(_A_WHILE)


async def case_disk_full(site: Site) -> None:
    """Messages and replies can be stored and cases cannot: the spool is used."""
    async with full(site, ("case_event",)):
        await asyncio.sleep(_A_WHILE)


async def every_disk_full(site: Site) -> None:
    """Cases cannot be stored, and the spool's disk is full too."""
    async with full(site, ("case_event",)):
        for node in site.nodes:
            (node.control / "disk_full").touch()
        await asyncio.sleep(_A_WHILE)
        for node in site.nodes:
            (node.control / "disk_full").unlink()


async def empty_roster(site: Site) -> None:
    """Nobody is on duty."""
    for one in site.counsellors:
        one.may_be_on_duty = False
        await one.duty(0)
    await asyncio.sleep(2 * _A_WHILE)
    for one in site.counsellors:
        one.may_be_on_duty = True
        await one.duty(8)


async def silent_counsellor(site: Site) -> None:
    """Everybody who has a case vanishes with it."""
    for one in site.counsellors:
        one.vanish()
    await asyncio.sleep(2 * _A_WHILE)


async def deaf_channel(site: Site) -> None:
    """Every notice is refused."""
    site.sink.manner = "deaf"
    await asyncio.sleep(2 * _A_WHILE)
    site.sink.manner = "mixed"


async def slow_channel(site: Site) -> None:
    """Every notice is late."""
    site.sink.manner = "slow"
    await asyncio.sleep(_A_WHILE)
    site.sink.manner = "mixed"


def _node_clock(seconds: int) -> "Fault":
    async def fault(site: Site) -> None:
        node = site.chance.choice(site.nodes)
        (node.control / "ahead").write_text(str(seconds))
        await asyncio.sleep(_A_WHILE)
        (node.control / "ahead").unlink()

    return fault


def _server_clock(seconds: int) -> "Fault":
    async def fault(site: Site) -> None:
        await asyncio.to_thread(site.cluster.clock, timedelta(seconds=seconds))
        await asyncio.sleep(_A_WHILE)
        await asyncio.to_thread(site.cluster.clock, timedelta())

    return fault


Fault = Callable[[Site], Awaitable[None]]
FAULTS: Final[dict[str, Fault]] = {
    "server_killed": server_killed,
    "node_and_server_killed": node_and_server_killed,
    "server_restarted": server_restarted,
    "server_away": server_away,
    "server_hangs": server_hangs,
    "connections_cut": connections_cut,
    "node_paused": node_paused,
    "disk_full": disk_full,
    "case_disk_full": case_disk_full,
    "every_disk_full": every_disk_full,
    "empty_roster": empty_roster,
    "silent_counsellor": silent_counsellor,
    "deaf_channel": deaf_channel,
    "slow_channel": slow_channel,
    "node_clock_ahead": _node_clock(_HOUR),
    "node_clock_behind": _node_clock(-_HOUR),
    "server_clock_ahead_and_back": _server_clock(_HOUR),
    "server_clock_behind_and_back": _server_clock(-_HOUR),
}
