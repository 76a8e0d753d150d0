"""``handhold screen`` over 10,000 short texts on two cores, fed a slice a round through a pipe.

The time is that of one run: starting the process, reading all lines, writing all answers. While another measurement has
its slice the process waits for input, and that is not counted.
"""

import json
import math
import os
import threading
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from agent.commands.screen import CHUNK
from evals.bench.child import HANDHOLD, Child, environment
from evals.bench.figures import Bar, Result, Spread
from evals.bench.messages import short
from evals.bench.rounds import MeasureError

BAR = Bar("under", 120)
TEXTS = 10_000
CORES = 2


class Screen:
    """``texts`` of the 10,000; with fewer the whole time is scaled up, start included, which is never too kind."""

    name = "screen"

    def __init__(self, texts: int = TEXTS) -> None:
        self._texts = texts
        self._folder = TemporaryDirectory(prefix="handhold-bench-")
        self._lines = (
            json.dumps({"id": f"t{i}", "turns": [{"role": "user", "text": text}]}) + "\n"
            for i, text in enumerate(short())
        )
        self._child: Child | None = None
        self._fed = self._answers = self._errors = 0
        self._seconds: list[float] = []
        self._rates: list[float] = []

    def open(self) -> None:
        """Nothing to warm: the start belongs to the time."""

    def slice(self, number: int, of: int) -> None:
        """Whole chunks of the screener, so that each slice is answered in full; the last takes the rest and the end."""
        last, left = number == of - 1, self._texts - self._fed
        count = left if last else min(left, math.ceil(self._texts / of / CHUNK) * CHUNK)
        lines = list(islice(self._lines, count))
        begun = time.perf_counter()
        child = self._child or self._start()
        assert child.process.stdin is not None
        assert child.process.stdout is not None
        feeding = threading.Thread(target=_feed, args=(child.process.stdin, lines, last))
        feeding.start()
        for _ in lines:
            self._take(child.process.stdout.readline())
        feeding.join()
        if last and child.process.wait(60) != 0:
            raise MeasureError(f"it ended with an error: {child.last_words()}")
        took = time.perf_counter() - begun
        self._fed += count
        self._seconds.append(took)
        self._rates.append(count / took)

    def close(self) -> None:
        """End it if it was cut short."""
        if self._child is not None:
            self._child.stop()
        self._folder.cleanup()

    def results(self) -> list[Result]:
        """Seconds for 10,000."""
        done = self._fed == self._texts
        figure = sum(self._seconds) * TEXTS / self._texts if done else None
        rates = " ".join(f"{rate:.0f}" for rate in self._rates)
        notes = [f"texts a second in each slice (the first holds the start): {rates}"]
        if self._texts != TEXTS:
            notes.append(f"scaled up from {self._texts} texts in {sum(self._seconds):.1f} s")
        if self._errors:
            notes.append(f"{self._errors} lines were answered with an error")
        detail = {"texts": self._fed, "seconds": self._seconds, "spread": "texts a second by slice", "cores": CORES}
        return [
            Result(
                "screen_10000", "screen 10,000 short texts on 2 cores", "s", "total", figure, BAR, None, tuple(notes),
                {**detail, "rates": Spread.of(self._rates)},
            )
        ]  # fmt: skip

    def _start(self) -> Child:
        folder = Path(self._folder.name)
        command = [*HANDHOLD, "screen", "-", "--out", "-"]
        self._child = Child(command, folder, environment(folder), folder / "screen.log", piped=True)
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > CORES:
            os.sched_setaffinity(self._child.pid, cores[:CORES])
        return self._child

    def _take(self, line: str) -> None:
        if not line:
            raise MeasureError(f"it ended early: {self._child.last_words() if self._child else ''}")
        self._answers += 1
        self._errors += "error" in json.loads(line)


def _feed(stdin: IO[str], lines: list[str], last: bool) -> None:
    stdin.writelines(lines)
    stdin.flush()
    if last:
        stdin.close()
