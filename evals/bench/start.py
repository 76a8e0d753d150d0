"""The second start: from spawning the process to the end of the first answer, on a data folder that exists."""

import time

from evals.bench.figures import Bar, Result, Spread
from evals.bench.messages import ordinary
from evals.bench.serving import Serving

BAR = Bar("under", 6)
LEAST = 3


class Start:
    """One start a round, with the generator that is the default; the files are in the page cache by then."""

    name = "start"

    def __init__(self) -> None:
        self._serving = Serving("embedded")
        self._messages = ordinary()
        self._accepting: list[float] = []
        self._answered: list[float] = []

    def open(self) -> None:
        """The first start makes the data folder."""
        self._once()

    def slice(self, number: int, of: int) -> None:
        """One start; the first round makes up for rounds that are too few."""
        for _ in range(max(1, LEAST - of + 1) if number == 0 else 1):
            accepting, answered = self._once()
            self._accepting.append(accepting)
            self._answered.append(answered)

    def close(self) -> None:
        """Remove the folder."""
        self._serving.discard()

    def results(self) -> list[Result]:
        """The slowest of the starts is held to the bar."""
        spread, accepting = Spread.of(self._answered), Spread.of(self._accepting)
        notes = (f"of it until a conversation can be started: p50 {accepting.p50:.2f} s",) if accepting else ()
        figure = spread.max if spread else None
        return [Result("second_start", "second start to first answer", "s", "max", figure, BAR, spread, notes)]

    def _once(self) -> tuple[float, float]:
        begun = self._serving.start()
        person = self._serving.first_person()
        accepting = time.perf_counter() - begun
        person.say(next(self._messages))
        answered = time.perf_counter() - begun
        self._serving.stop()
        return accepting, answered
