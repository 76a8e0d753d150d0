"""What is bent in a node so that minutes become seconds, its clock jumps and its disk fills up. All from outside."""

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from subprocess import SubprocessError
from typing import Any, Final, Self

from procrastinate import utils as queue_utils

from agent import bootstrap
from agent.escalation import spool, sweep
from agent.escalation.alerts import channels, ladder_policy
from agent.escalation.alerts.ladder import LadderPolicy
from agent.graph import runner
from agent.storage import embedded
from agent.storage.repositories import claims

#: The ladder's times are divided by this: a minute is two seconds.
FASTER: Final = 30
SWEEP_SECONDS: Final = 0.5
LEASE: Final = timedelta(seconds=1.5)
SENT_WITHIN: Final = timedelta(seconds=2)
SHORT: Final[tuple[tuple[object, str, object], ...]] = (
    (bootstrap, "SWEEP_SECONDS", SWEEP_SECONDS),
    (bootstrap, "DATABASE_ANSWERS_SECONDS", 1.0),
    (sweep, "SENT_WITHIN", SENT_WITHIN),
    (claims, "LEASE", LEASE),
    (claims, "PASSED", LEASE),
    (runner, "LEASE", timedelta(seconds=1.5)),
    (runner, "KEEP_DONE_SECONDS", 2.0),
    (channels, "SECONDS", 1.0),
)


def shorten() -> None:
    """Short leases, short sweeps, a quick ladder."""
    for module, name, value in SHORT:
        setattr(module, name, value)
    load = ladder_policy.load

    def quick(quiet: str | None = None) -> LadderPolicy:
        policy = load(quiet)
        rungs = {tier: tuple(replace(r, after=r.after / FASTER) for r in some) for tier, some in policy.rungs.items()}
        again = {tier: every / FASTER for tier, every in policy.again.items()}
        return replace(policy, rungs=rungs, again=again, grace=policy.grace / FASTER)

    setattr(ladder_policy, "load", quick)  # noqa: B010


def bend(control: Path) -> None:
    """The node's own clock, its disk and its database server obey files in ``control``."""
    _clock(control / "ahead")
    _disk(control / "disk_full")
    _server(control / "server_away")


def _clock(ahead: Path) -> None:
    """``ahead`` holds by how many seconds the node's clock is wrong."""

    def wrong_by() -> timedelta:
        try:
            return timedelta(seconds=float(ahead.read_text()))
        except (FileNotFoundError, ValueError):
            return timedelta()

    class Bent(datetime):
        """A datetime whose now is another."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            true = datetime.now(tz) + wrong_by()
            return cls.combine(true.date(), true.timetz())

    for name, module in list(sys.modules.items()):
        if name.startswith("agent.") and getattr(module, "datetime", None) is datetime:
            setattr(module, "datetime", Bent)  # noqa: B010
    setattr(queue_utils, "utcnow", lambda: datetime.now(UTC) + wrong_by())  # noqa: B010


def _disk(full: Path) -> None:
    """While ``full`` exists, no spool entry can be begun."""
    put = spool.Spool.put

    def refused(this: spool.Spool, *given: Any) -> None:  # noqa: ANN401
        if full.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(this, *given)

    setattr(spool.Spool, "put", refused)  # noqa: B010


def _server(away: Path) -> None:
    """While ``away`` exists, the embedded server cannot be started."""
    start: Callable[[Path], embedded.EmbeddedServer] = embedded.start

    def refused(data_dir: Path) -> embedded.EmbeddedServer:
        if away.exists():
            raise SubprocessError("the server is away")
        return start(data_dir)

    setattr(embedded, "start", refused)  # noqa: B010
