"""Counters of this process: numbers and closed sets of names, never words."""

import threading
from collections import Counter


class Counts:
    """How often each of a closed set of names occurred."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Count one."""
        with self._lock:
            self._counts[name] += 1

    def snapshot(self) -> dict[str, int]:
        """The counts now."""
        with self._lock:
            return dict(self._counts)


class Durations:
    """Count and sum of seconds."""

    def __init__(self) -> None:
        self._count, self._sum = 0, 0.0
        self._lock = threading.Lock()

    def observe(self, seconds: float) -> None:
        """Add one."""
        with self._lock:
            self._count += 1
            self._sum += seconds

    def snapshot(self) -> tuple[int, float]:
        """Count and sum."""
        with self._lock:
            return self._count, self._sum


class Metrics:
    """Everything one process counts."""

    def __init__(self) -> None:
        self.turns = Counts()
        self.turn_seconds = Durations()
