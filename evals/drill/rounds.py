"""One round: a fresh database, so many kills, every named failpoint and fault that fits in, then the laws."""

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from evals.drill import calm, cluster, failpoints
from evals.drill.faults import FAULTS, Site, full
from evals.drill.floor import LEADS_TO, Counsellor
from evals.drill.house import Node, Parent
from evals.drill.journal import Journal
from evals.drill.laws import Violation, broken
from evals.drill.looking import Eye
from evals.drill.node import Orders
from evals.drill.people import Crowd
from evals.drill.record import read
from evals.drill.sink import SECRET, Sink

Profile = Literal["one", "two"]
NODES: Final[dict[Profile, int]] = {"one": 1, "two": 2}
COUNSELLORS: Final = ("Ada", "Bo", "Cem")
PEOPLE: Final = 5
#: Calm after so many kills, and at the end.
_CALM_AFTER: Final = 30
_PATIENCE_SECONDS: Final = 3.0
_LONG_PATIENCE_SECONDS: Final = 9.0
_TRIES: Final = 3
_WORK_SECONDS: Final = 60.0
_ENOUGH: Final = 6
#: Points that only somebody in danger leads to: people write nothing else meanwhile.
_FROM_DANGER: Final = ("spool.", "case.opened", "case.rung", "alert.", "channel.", "climb.")
_UP_WITHIN_SECONDS: Final = 20.0
_FINISH_SECONDS: Final = 20.0
#: What has to kill a node first, so that its next life comes to the point at all.
_PRELUDE: Final = {"busy": "turn.received:after", "slow": "channel.asked"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round is to be: so many ``kills`` at random, and between them ``points`` and ``faults``, once each."""

    profile: Profile
    seed: int
    kills: int
    points: tuple[str, ...] = failpoints.ALL
    faults: tuple[str, ...] = tuple(FAULTS)
    mutant: str = ""
    #: How long calm may take until everything that is due has come, in seconds.
    within: float = calm.WITHIN_SECONDS
    #: Go on without kills until counsellors have done so much, however slow the machine is.
    writes: int = 0


@dataclass(slots=True)
class Result:
    """What a round was."""

    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    restarts: list[float] = field(default_factory=list)
    calms: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


class Round:
    """The driver of one round."""

    def __init__(self, plan: Plan, folder: Path, parent: Parent, server: cluster.Cluster) -> None:
        self.plan = plan
        self.result = Result()
        self._chance = random.Random(plan.seed)
        self._folder = folder
        self._parent = parent
        self._cluster = server
        self._random_kills = 0
        #: Nodes that did not come to the point at which they were to die, and were killed anyhow.
        self._in_vain = 0
        self._workers: list[asyncio.Task[None]] = []

    async def run(self) -> Result:
        """Open, storm, calm, judge."""
        begun = time.monotonic()
        async with AsyncExitStack() as stack:
            await self._open(stack)
            await self._storm()
            await self._work_on()
            await self._calm(last=True)
            await self._judge()
        self.result.seconds = time.monotonic() - begun
        return self.result

    async def _open(self, stack: AsyncExitStack) -> None:
        self._journal = stack.enter_context(Journal(self._folder / "journal.jsonl"))
        self._eye = Eye(self._cluster.admin)
        stack.push_async_callback(self._eye.close)
        self._sink = Sink(self._journal, self._chance, self._called)
        address = await self._sink.open()
        stack.push_async_callback(self._sink.close)
        self._nodes = [self._node(n, address) for n in range(NODES[self.plan.profile])]
        for node in self._nodes:
            node.open()
            stack.push_async_callback(node.close)
            await asyncio.wait_for(node.ready.wait(), _UP_WITHIN_SECONDS)
        self._floor = [Counsellor(name, self._nodes, self._journal, self._chance) for name in COUNSELLORS]
        for one in self._floor:
            await one.join(self._cluster.admin)
        self._crowd = Crowd(self._nodes, self._journal, self._eye, self._chance)
        self._crowd.urged = bool(self.plan.mutant)
        crowd = [asyncio.create_task(self._crowd.somebody()) for _ in range(PEOPLE)]
        crowd.append(asyncio.create_task(self._watch()))
        stack.push_async_callback(_cancel, crowd)
        self._to_work()
        stack.push_async_callback(self._home)
        self._site = Site(self._cluster, self._nodes, self._floor, self._sink, self._chance, self.plan.profile == "one")

    async def _watch(self) -> None:
        """Keep the load to what three counsellors can do: a queue that only grows would hide what is late."""
        while True:
            waiting = await asyncio.to_thread(calm.waiting, self._cluster.admin)
            self._crowd.enough = waiting > _ENOUGH
            await asyncio.sleep(0.4)

    def _node(self, number: int, webhook: str) -> Node:
        embedded = self.plan.profile == "one"
        data = self._cluster.data_dir if embedded else self._folder / f"data{number}"
        control = self._folder / f"node{number}"
        control.mkdir()
        orders = Orders(
            str(data), str(self._folder / "master.key"), "" if embedded else self._cluster.url,
            str(self._cluster.folder), str(self._folder / f"s{number}"), str(control), webhook, SECRET,
            self.plan.mutant,
        )  # fmt: skip
        return Node(f"node{number}", orders, self._parent)

    def _called(self, link: str) -> None:
        for one in self._floor:
            one.called.append(UUID(link.rsplit("/", 1)[-1]))

    def _to_work(self) -> None:
        self._workers = [asyncio.create_task(one.work()) for one in self._floor]

    async def _home(self) -> None:
        await _cancel(self._workers)

    async def _storm(self) -> None:
        steps = [*(("point", p) for p in self.plan.points), *(("fault", f) for f in self.plan.faults)]
        steps += [("kill", "")] * self.plan.kills
        self._chance.shuffle(steps)
        tries: Counter[str] = Counter()
        next_calm = _CALM_AFTER
        while steps and not self.result.violations:
            kind, name = steps.pop()
            self._journal.step(f"{kind} {name}".strip())
            if kind == "fault":
                await FAULTS[name](self._site)
                self.result.faults[name] += 1
            elif kind == "point" and not await self._kill_at(name):
                tries[name] += 1
                if tries[name] < _TRIES:
                    steps.insert(0, (kind, name))
                else:
                    self._journal.step(f"{name} was not reached in {_TRIES} tries")
            elif kind == "kill":
                await self._kill()
            await self._all_up()
            if self._killed() >= next_calm:
                next_calm += _CALM_AFTER
                await self._calm(last=False)

    async def _work_on(self) -> None:
        end = time.monotonic() + _WORK_SECONDS
        while len(self._journal.wrote) < self.plan.writes and time.monotonic() < end:
            await asyncio.sleep(0.1)

    def _killed(self) -> int:
        return sum(self._deaths().values())

    def _deaths(self) -> Counter[str]:
        fired = sum(len(_fired(node)) for node in self._nodes)
        return Counter({
            "random": self._random_kills, "failpoint": fired, "not_reached": self._in_vain,
            "server": self._site.server_kills,
        })  # fmt: skip

    async def _kill(self) -> None:
        """One node, at any moment, now and then with the database server."""
        await asyncio.sleep(self._chance.random())
        node = self._chance.choice(self._nodes)
        node.died.clear()
        self._random_kills += node.kill()
        if self._chance.random() < 0.1:  # noqa: PLR2004
            await self._site.kill_server()
        await node.died.wait()

    async def _kill_at(self, point: str) -> bool:
        """Have a node die at a named point; False if it did not come to it, and it was killed anyhow."""
        need = failpoints.NEEDS.get(point, "")
        node = self._chance.choice(self._nodes)
        if need in _PRELUDE:
            node.next_point = point if need == "busy" else None
            await self._armed(node, _PRELUDE[need], _PATIENCE_SECONDS, alone=True)
            if need == "busy":
                return await self._died_at(node, point, _PATIENCE_SECONDS)
        async with self._made_so(need, point):
            return await self._armed(node, point, _LONG_PATIENCE_SECONDS if need else _PATIENCE_SECONDS)

    @asynccontextmanager
    async def _made_so(self, need: str, point: str) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if need == "case_disk_full" and point != "spool.stored":
                await stack.enter_async_context(full(self._site, ("case_event",)))
            elif need == "case_disk_full":
                async with full(self._site, ("case_event",)):
                    await asyncio.sleep(0.6)
            elif need == "deaf":
                self._sink.manner = "deaf"
            elif need == "silent":
                for one in self._floor:
                    one.vanish()
            self._crowd.urged = bool(self.plan.mutant) or point.startswith(_FROM_DANGER)
            for one in self._floor:
                one.wanted = LEADS_TO.get(point.partition(":")[0], ())
            try:
                yield
            finally:
                self._sink.manner, self._crowd.urged = "mixed", bool(self.plan.mutant)
                for one in self._floor:
                    one.wanted = ()

    async def _armed(self, node: Node, point: str, patience: float, *, alone: bool = False) -> bool:
        nth = self._chance.choice((1, 1, 1, 2, 3)) if patience == _PATIENCE_SECONDS else 1
        server = not alone and self._chance.random() < 0.15  # noqa: PLR2004
        node.died.clear()
        if not server:
            failpoints.arm(node.control, point, nth, server=False)
            return await self._died_at(node, point, patience)
        with self._site.excused():
            failpoints.arm(node.control, point, nth, server=True)
            done = await self._died_at(node, point, patience)
            await self._site.server_back()
            self._site.server_kills += done
        return done

    async def _died_at(self, node: Node, point: str, patience: float) -> bool:
        before = _fired(node).count(point)
        with suppress(TimeoutError):
            await asyncio.wait_for(node.died.wait(), patience)
        if not node.died.is_set():
            self._in_vain += node.kill()
            await node.died.wait()
        node.died.clear()
        return _fired(node).count(point) > before

    async def _all_up(self) -> None:
        for node in self._nodes:
            try:
                await asyncio.wait_for(node.ready.wait(), _UP_WITHIN_SECONDS)
            except TimeoutError:
                self.result.violations.append(Violation("not_up", f"{node.name} did not come back"))
                return

    async def _calm(self, *, last: bool) -> None:
        """Everybody stops; what is due must come. Counsellors fall silent with what they hold."""
        self._journal.step("calm")
        await self._home()
        self._crowd.open.clear()
        self._sink.manner = "kind"
        for node in self._nodes:
            failpoints.disarm(node.control)
        end = time.monotonic() + _FINISH_SECONDS
        while self._crowd.busy and time.monotonic() < end:
            await asyncio.sleep(0.02)
        if self._crowd.busy:
            self.result.violations.append(Violation("not_answered", f"{self._crowd.busy} people wait for an answer"))
        await self._floor[0].duty(8)
        self._journal.step(f"settle: {await asyncio.to_thread(calm.queue, self._cluster.admin)}")
        seconds, late = await calm.settle(self._cluster.admin, self.plan.within)
        self._journal.step(f"settled: {await asyncio.to_thread(calm.queue, self._cluster.admin)}")
        self.result.calms.append(seconds)
        self.result.violations += late
        if last:
            self.result.violations += await calm.ladder_goes_on(self._cluster.admin)
            # What was too young to be late is not young any more.
            self.result.violations += (await calm.settle(self._cluster.admin, self.plan.within))[1]
            return
        self._sink.manner = "mixed"
        for one in self._floor:
            one.vanish()
            one.silent_until = 0
        self._to_work()
        self._crowd.open.set()

    async def _judge(self) -> None:
        spools = tuple(Path(node.orders.data_dir) / "spool" for node in self._nodes)
        record = await asyncio.to_thread(read, self._cluster.admin, spools)
        self.result.violations += broken(record, self._journal)
        self.result.kills = self._deaths()
        self.result.points = Counter(point for node in self._nodes for point in _fired(node))
        self.result.moves = Counter(write.move for write in self._journal.wrote)
        self.result.notices = Counter(self._sink.counts)
        self.result.restarts = [s for node in self._nodes for s in node.restarts]
        self.result.counts = Counter(
            turns=len(record.turns), replies=sum(t.replied is not None for t in record.turns), cases=len(record.cases),
            events=len(record.events), alerts=len(record.alerts), writes=len(self._journal.wrote),
            accepted=sum(t.accepted_at is not None for t in self._journal.turns.values()),
            heard=sum(len(t.heard) for t in self._journal.turns.values()),
        )  # fmt: skip


def _fired(node: Node) -> list[str]:
    died = node.control / "died"
    return died.read_text().split() if died.exists() else []


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def run(plan: Plan, folder: Path, template: Path, parent: Parent) -> Result:
    """A round in ``folder``, which is kept only if a law was broken."""
    folder.mkdir(mode=0o755)
    server = await asyncio.to_thread(cluster.copy, template, folder / "data")
    try:
        result = await Round(plan, folder, parent, server).run()
    finally:
        await asyncio.to_thread(cluster.remove, server)
    if not result.violations:
        shutil.rmtree(folder)
    return result
