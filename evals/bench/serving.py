"""A real ``handhold serve`` in a process of its own, on a data folder and a port of its own."""

import socket
import time
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.storage import embedded
from evals.bench.child import HANDHOLD, Child, environment
from evals.bench.client import HOST, Person, health
from evals.bench.rounds import MeasureError

READY_SECONDS = 120.0
POLL_SECONDS = 0.025


class Serving:
    """Can be started and stopped again and again on the same folder."""

    def __init__(self, kind: str) -> None:
        self._folder = TemporaryDirectory(prefix="handhold-bench-")
        self.data_dir = Path(self._folder.name) / "data"
        self.log = Path(self._folder.name) / "serve.log"
        self.port = free_port()
        self._kind = kind
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        """Of the serving process."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> float:
        """Spawn it; returns when (``perf_counter``), just before."""
        folder = Path(self._folder.name)
        settings = {
            "HANDHOLD_DATA_DIR": str(self.data_dir),
            "HANDHOLD_SERVER__PORT": str(self.port),
            "HANDHOLD_GENERATOR__KIND": self._kind,
        }
        begun = time.perf_counter()
        self._child = Child([*HANDHOLD, "serve"], folder, environment(folder, **settings), self.log)
        return begun

    def first_person(self) -> Person:
        """The first conversation that it lets somebody start."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            try:
                return Person(self.port)
            except (OSError, HTTPException, ValueError):
                self._check()
            time.sleep(POLL_SECONDS)
        raise MeasureError("it did not become ready in two minutes")

    def wait_for(self, part: str) -> None:
        """Until health calls that part ``ok``."""
        end, seen = time.monotonic() + READY_SECONDS, "unknown"
        while time.monotonic() < end:
            self._check()
            parts = health(self.port)["parts"]
            assert isinstance(parts, dict)
            seen = str(parts.get(part, "unknown"))
            if seen == "ok":
                return
            if seen.startswith(("absent", "failed")):
                break
            time.sleep(0.2)
        raise MeasureError(f"the part '{part}' is '{seen}'")

    def stop(self) -> None:
        """End it as Ctrl+C does; its database ends with it."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def discard(self) -> None:
        """End it, make sure that no database is left behind, and remove the folder."""
        self.stop()
        if (self.data_dir / "postgres" / "postmaster.pid").exists():
            embedded.stop(self.data_dir)
        self._folder.cleanup()

    def _check(self) -> None:
        if self._child is None or not self._child.alive():
            raise MeasureError(f"the serving process ended: {self._child.last_words() if self._child else ''}")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
