"""Plays suites in processes side by side, each with a product of its own, and gathers what came of it."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log

from evals.catalogue import load, messages
from evals.results import Results, commit, gather, talks
from evals.retrieval import retrieval
from evals.scorers.quality import SUITE as QUALITY
from evals.scorers.quality import quality

#: Starting a product takes as long as some of the small suites do.
WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be run. ``limit``: only so many cases of each suite. ``folder``: for its logs.

    ``model``: its name at an OpenAI-compatible address. ``fault``: a fault that is planted in the product
    (``evals.planted``), or ``setting:`` and what goes with one. ``spoken``: address of a model that finds the words of
    simulated people.
    """

    suites: tuple[str, ...]
    target: str
    folder: Path
    limit: int | None = None
    workers: int = WORKERS
    model: str | None = None
    fault: str = ""
    spoken: str = ""

    def messages(self, suite: str) -> int:
        """How long a suite is."""
        return sum(map(messages, load(suite)[: self.limit]))


async def run(order: Order, told: Callable[[str], None], *, resume: bool = False) -> Results:
    """Play what is to be played; ``told`` gets the number of each case. ``resume``: suites that are whole are kept.

    ``RuntimeError`` if a process ended without its logs.
    """
    begun = time.monotonic()
    done = _whole(order) if resume else {}
    for log in done.values():
        for sample in log.samples or ():
            told(str(sample.id))
    left = [suite for suite in order.suites if suite not in done]
    await asyncio.gather(*(_process(order, group, told) for group in shared(left, order.workers, order.messages)))
    logs = _newest(order)
    missing = [suite for suite in order.suites if suite not in logs]
    if missing:
        raise RuntimeError(f"no log of {', '.join(missing)}: see the output above")
    measures = (*quality(talks(logs[QUALITY])), *retrieval()) if QUALITY in logs else ()
    return gather(order.target, [logs[suite] for suite in order.suites], time.monotonic() - begun, measures)


def shared(suites: Iterable[str], workers: int, size: Callable[[str], int]) -> list[list[str]]:
    """Suites in at most so many groups that take about equally long: the longest first, to whoever has least."""
    groups: list[list[str]] = [[] for _ in range(workers)]
    for suite in sorted(suites, key=lambda suite: (-size(suite), suite)):
        min(groups, key=lambda group: sum(size(one) for one in group)).append(suite)
    return [group for group in groups if group]


async def _process(order: Order, suites: Sequence[str], told: Callable[[str], None]) -> None:
    limit = [] if order.limit is None else ["--limit", str(order.limit)]
    where = ["--target", order.target, "--logs", str(order.folder)]
    model = [] if order.model is None else ["--model", order.model]
    fault = ["--fault", order.fault] if order.fault else []
    spoken = ["--spoken", order.spoken] if order.spoken else []
    command = [sys.executable, "-W", "ignore", "-m", "evals.playing", *suites, *where, *limit, *model, *fault, *spoken]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    known = {case.id for suite in suites for case in load(suite)}
    try:
        async for line in process.stdout:
            if (said := line.decode("utf-8", "replace").strip()) in known:
                told(said)
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _newest(order: Order) -> dict[str, EvalLog]:
    """The newest log of each suite."""
    found: dict[str, EvalLog] = {}
    for info in list_eval_logs(str(order.folder)):
        head = read_eval_log(info, header_only=True)
        if head.eval.task in order.suites and head.eval.task not in found:
            found[head.eval.task] = read_eval_log(info, resolve_attachments="full")
    return found


def _whole(order: Order) -> dict[str, EvalLog]:
    """Logs of this program and target that miss nothing, from a run that was stopped. None while the tree differs."""
    now = commit()
    if now.endswith("+"):
        return {}
    return {
        suite: log
        for suite, log in _newest(order).items()
        if log.status == "success" and (log.eval.metadata or {}).get("commit") == now
        and (log.eval.metadata or {}).get("target") == order.target
        and len(log.samples or ()) == len(load(suite)[: order.limit])
    }  # fmt: skip
