"""Help on the wire: from sending a dangerous message to the first words or the card, over HTTP and SSE."""

from collections import Counter

from evals.bench.client import Person
from evals.bench.figures import Bar, Result, Spread, share
from evals.bench.messages import dangerous
from evals.bench.serving import Serving

BAR = Bar("at most", 250)
TURNS_PER_PERSON = 10
WARM = 3


class Wire:
    """Half the messages come from new people, half from people who have written danger before."""

    name = "wire"

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._serving = Serving("authored")
        self._messages = dangerous()
        self._again: Person | None = None
        self._said = 0
        self._new: list[float] = []
        self._repeated: list[float] = []
        self._origins: Counter[str] = Counter()

    def open(self) -> None:
        """Start the server, send a few messages that do not count."""
        self._serving.start()
        person = self._serving.first_person()
        for _ in range(WARM):
            person.say(next(self._messages))

    def slice(self, number: int, of: int) -> None:
        """New and known people in turn."""
        for i in range(share(self._turns, number, of)):
            if i % 2:
                self._say(self._known(), self._repeated)
            else:
                self._say(Person(self._serving.port), self._new)

    def close(self) -> None:
        """Stop the server."""
        self._serving.discard()

    def results(self) -> list[Result]:
        """All, and the two halves in the detail."""
        spread = Spread.of(self._new + self._repeated)
        missed = sum(self._origins.values()) - self._origins["crisis"]
        notes = (f"{missed} messages were not answered as danger and are left out",) if missed else ()
        detail = {"origins": dict(self._origins), "new": Spread.of(self._new), "repeated": Spread.of(self._repeated)}
        return [
            Result(
                "crisis_on_the_wire", "danger: POST to first words over SSE", "ms", "p95",
                spread.p95 if spread else None, BAR, spread, notes, detail,
            )
        ]  # fmt: skip

    def _known(self) -> Person:
        if self._again is None or self._said % TURNS_PER_PERSON == 0:
            self._again = Person(self._serving.port)
            self._again.say(next(self._messages))
        self._said += 1
        return self._again

    def _say(self, person: Person, samples: list[float]) -> None:
        answered = person.say(next(self._messages))
        self._origins[answered.origin] += 1
        if answered.origin == "crisis":
            samples.append(1000 * answered.first)
