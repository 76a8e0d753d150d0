"""Steady memory of a serving process after fifty turns of a mixed day. PostgreSQL's processes are reported beside."""

import time
from collections import Counter
from contextlib import suppress

from evals.bench import footprint
from evals.bench.client import Person
from evals.bench.figures import Bar, Result, Spread, share
from evals.bench.footprint import Footprint
from evals.bench.messages import dangerous, heavy, ordinary
from evals.bench.rounds import MeasureError
from evals.bench.serving import Serving

TURNS_PER_PERSON = 5
DANGER_EVERY = 10
SETTLE_SECONDS = 0.2
LOOKS = 5
BARS = {"authored": Bar("at most", 450), "embedded": Bar("at most", 620)}


class Memory:
    """One serving process with one kind of generator."""

    def __init__(self, kind: str, turns: int) -> None:
        self.name = f"memory-{kind}"
        self._kind, self._turns = kind, turns
        self._serving = Serving(kind)
        self._ordinary, self._dangerous = (ordinary() if kind == "authored" else heavy()), dangerous()
        self._person: Person | None = None
        self._done = 0
        self._origins: Counter[str] = Counter()
        self._growth: list[float] = []
        self._last: list[Footprint] = []
        self._database: Footprint | None = None

    def open(self) -> None:
        """Start it and wait until everything that it will hold is loaded."""
        self._serving.start()
        self._person = self._serving.first_person()
        if self._kind != "authored":
            self._serving.wait_for("generator")

    def slice(self, number: int, of: int) -> None:
        """Some turns, then a look."""
        for _ in range(share(self._turns, number, of)):
            self._turn()
        self._last = []
        for _ in range(LOOKS):
            time.sleep(SETTLE_SECONDS)
            self._last.append(self._own())
        self._growth.append(self._last[-1].rss)
        with suppress(MeasureError):  # another user's processes: reported beside, so their absence fails nothing
            self._database = footprint.of(footprint.tree(footprint.postmaster(self._serving.data_dir)))

    def close(self) -> None:
        """Stop it."""
        self._serving.discard()

    def results(self) -> list[Result]:
        """The largest of the looks after the last turn."""
        spread = Spread.of([look.rss for look in self._last])
        unique = max((look.uss for look in self._last), default=0.0)
        database = f"PSS {self._database.pss:.0f} MB" if self._database else "not readable"
        notes = (f"USS {unique:.0f} MB; PostgreSQL beside it: {database}", self._said()) if spread else ()
        detail = {
            "turns": self._done, "origins": dict(self._origins), "uss_mb": unique,
            "rss_after_each_round_mb": self._growth, "postgresql": self._database,
        }  # fmt: skip
        what = "memory of the process, " + ("no generator" if self._kind == "authored" else f"{self._kind} model")
        figure = spread.max if spread else None
        return [Result(f"memory_{self._kind}", what, "MB", "max", figure, BARS[self._kind], spread, notes, detail)]

    def _said(self) -> str:
        seen = ", ".join(f"{count} {origin}" for origin, count in sorted(self._origins.items()))
        return f"after {self._done} turns ({seen}); RSS by round: {' '.join(f'{mb:.0f}' for mb in self._growth)}"

    def _turn(self) -> None:
        if self._person is None or self._done % TURNS_PER_PERSON == 0:
            self._person = Person(self._serving.port)
        self._done += 1
        text = next(self._ordinary if self._done % DANGER_EVERY else self._dangerous)
        self._origins[self._person.say(text).origin] += 1

    def _own(self) -> Footprint:
        database = footprint.tree(footprint.postmaster(self._serving.data_dir))
        return footprint.of(footprint.tree(self._serving.pid) - database)
