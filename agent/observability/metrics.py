"""What one process counts of its turns: numbers under closed sets of names, never words."""

from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram

from agent.domain.turn import Origin

#: Seconds. A turn answered by the composer takes well under one, one with a language model some.
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)


class Metrics:
    """A registry of its own: many processes' worth of these can live in one (tests)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("handhold_turns", "Turns answered, by where the reply came from.", ["origin"],
                             registry=self.registry)  # fmt: skip
        self.turn_seconds = Histogram("handhold_turn_seconds", "Seconds from a stored message to its reply.",
                                      buckets=BUCKETS, registry=self.registry)  # fmt: skip
        for origin in get_args(Origin):
            self.turns.labels(origin)
