"""The named places at which a node can be made to die, put into the product from outside.

Most lie around a commit: ``case.opened:before`` is between the write and its commit, ``case.opened:after`` between the
commit and whatever would have come next. A new write is one line in ``COMMITS``. Which point is armed stands in a file
that the driver writes, so that a node can be armed while it runs.
"""

import json
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from agent.escalation import spool, sweep
from agent.escalation.alerts.channels import Notice, Webhook
from agent.escalation.cases import CLIMB, open_case
from agent.graph.runner import Live
from agent.storage.repositories.alerts import Alerts
from agent.storage.repositories.cases import Cases
from agent.storage.repositories.claims import Claims
from agent.storage.repositories.counsellors import Counsellors
from agent.storage.repositories.lines import Lines
from agent.storage.repositories.people import People
from agent.storage.repositories.roster import RosterBook
from agent.storage.repositories.turns import Turns
from agent.storage.unit_of_work import UnitOfWork
from evals.drill.cluster import kill_server

#: A write, by the repository and method that does it.
COMMITS: Final[dict[str, tuple[type, str]]] = {
    "person.made": (People, "create"),
    "turn.received": (Turns, "receive"),
    "turn.taken": (Turns, "take_orphans"),
    "case.opened": (Cases, "open_or_add"),
    "turn.answered": (Turns, "answer"),
    "case.rung": (Cases, "ring"),
    "alert.noted": (Alerts, "add"),
    "alert.delivered": (Alerts, "delivered"),
    "alert.sent": (Alerts, "sent"),
    "alert.failed": (Alerts, "failed"),
    "alert.again": (Alerts, "unsent"),
    "alert.acknowledged": (Alerts, "acknowledged"),
    "line.added": (Lines, "add"),
    "case.took_over": (Claims, "take_over"),
    "case.transferred": (Claims, "transfer"),
    "case.joined": (Claims, "join"),
    "case.left": (Claims, "leave"),
    "case.handed_back": (Claims, "hand_back"),
    "case.claimed": (Claims, "claim"),
    "case.stayed": (Claims, "stay"),
    "case.released": (Claims, "release"),
    "case.closed": (Claims, "close"),
    "case.lapsed": (Claims, "lapse"),
    "counsellor.duty": (RosterBook, "begin"),
    "counsellor.signed_in": (Counsellors, "sign_in"),
}
DEFERRED: Final = "climb.deferred"
PASSED: Final = (
    "reply.handed_out", "channel.asked", "channel.took",
    "spool.begun", "spool.written", "spool.renamed", "spool.kept", "spool.stored",
)  # fmt: skip
ALL: Final = (*(f"{name}:{side}" for name in (*COMMITS, DEFERRED) for side in ("before", "after")), *PASSED)
#: What has to be the matter for a point to be passed at all.
NEEDS: Final[dict[str, str]] = {
    **{name: "case_disk_full" for name in PASSED if name.startswith("spool.")},
    "alert.failed:before": "deaf", "alert.failed:after": "deaf",
    "alert.again:before": "slow", "alert.again:after": "slow",
    "case.lapsed:before": "silent", "case.lapsed:after": "silent",
    "turn.taken:before": "busy", "turn.taken:after": "busy",
}  # fmt: skip
Method = Callable[..., Awaitable[Any]]


class Failpoints:
    """The points of one node. ``control`` is its folder of orders, ``cluster`` the database server's."""

    def __init__(self, control: Path, cluster: Path) -> None:
        self._armed = control / "armed"
        self._died = control / "died"
        self._cluster = cluster
        self._marks: dict[int, set[str]] = {}
        self._passed = 0

    def reached(self, name: str) -> None:
        """Die here if this point is armed and was passed often enough."""
        try:
            order = json.loads(self._armed.read_text())
        except (FileNotFoundError, ValueError):
            return
        if order["point"] != name:
            return
        self._passed += 1
        if self._passed < order["nth"]:
            return
        with self._died.open("a") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
        if order["server"]:
            kill_server(self._cluster)
        os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Put all points in."""
        for name, (repository, method) in COMMITS.items():
            self._mark(name, repository, method)
        self._around_commit()
        self._around_defer()
        self._in_the_runner()
        self._in_the_channel()
        self._in_the_spool()

    def _mark(self, name: str, repository: type, method: str) -> None:
        write: Method = getattr(repository, method)

        async def noted(this: Any, *given: object, **more: object) -> object:  # noqa: ANN401
            done = await write(this, *given, **more)
            if done is not False and done != [] and not (done is None and name == "case.lapsed"):  # nothing was written
                self._marks.setdefault(id(this._connection), set()).add(name)  # noqa: SLF001
            return done

        setattr(repository, method, noted)

    def _around_commit(self) -> None:
        commit, leave = UnitOfWork.commit, UnitOfWork.__aexit__

        async def marked_commit(work: UnitOfWork) -> None:
            marks = self._marks.pop(id(work._connection), set())  # noqa: SLF001
            for name in marks:
                self.reached(f"{name}:before")
            await commit(work)
            for name in marks:
                self.reached(f"{name}:after")

        async def forget(work: UnitOfWork, *error: Any) -> None:  # noqa: ANN401
            self._marks.pop(id(work._connection), None)  # noqa: SLF001
            await leave(work, *error)

        setattr(UnitOfWork, "commit", marked_commit)  # noqa: B010
        setattr(UnitOfWork, "__aexit__", forget)  # noqa: B010

    def _around_defer(self) -> None:
        defer: Method = UnitOfWork.defer

        async def noted(work: UnitOfWork, task: str, **arguments: Any) -> None:  # noqa: ANN401
            await defer(work, task, **arguments)
            if task == CLIMB:
                self._marks.setdefault(id(work._connection), set()).add(DEFERRED)  # noqa: SLF001

        setattr(UnitOfWork, "defer", noted)  # noqa: B010

    def _in_the_runner(self) -> None:
        tell = Live.tell

        def handed_out(live: Live) -> None:
            if live.reply is not None:
                self.reached("reply.handed_out")
            tell(live)

        setattr(Live, "tell", handed_out)  # noqa: B010

    def _in_the_channel(self) -> None:
        send = Webhook.send

        async def asked(channel: Webhook, notice: Notice) -> bool:
            self.reached("channel.asked")
            taken = await send(channel, notice)
            self.reached("channel.took")
            return taken

        setattr(Webhook, "send", asked)  # noqa: B010

    def _in_the_spool(self) -> None:
        put, store = spool.Spool.put, open_case

        def kept(this: spool.Spool, *given: Any) -> None:  # noqa: ANN401
            put(this, *given)
            self.reached("spool.kept")

        async def stored(*given: Any) -> object:  # noqa: ANN401
            done = await store(*given)
            self.reached("spool.stored")
            return done

        setattr(spool.Spool, "put", kept)  # noqa: B010
        setattr(sweep, "open_case", stored)  # noqa: B010
        setattr(spool, "os", _WatchedOs(self))  # noqa: B010


class _WatchedOs:
    """The ``os`` that the spool sees: the steps of writing one entry are points."""

    def __init__(self, points: Failpoints) -> None:
        self._points = points

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        """Opening a file begins an entry; opening the folder comes after it was renamed."""
        found = os.open(path, flags, mode)
        self._points.reached("spool.begun" if flags & os.O_CREAT else "spool.renamed")
        return found

    def fsync(self, file: int) -> None:
        """The entry is on disk under its first name."""
        os.fsync(file)
        self._points.reached("spool.written")


def arm(control: Path, point: str, nth: int, *, server: bool) -> None:
    """From now on a node dies at the ``nth`` time it passes this point; the database server dies with it if asked."""
    waiting = control / "armed.part"
    waiting.write_text(json.dumps({"point": point, "nth": nth, "server": server}))
    waiting.rename(control / "armed")


def disarm(control: Path) -> None:
    """Nothing kills it from inside any more."""
    (control / "armed").unlink(missing_ok=True)
