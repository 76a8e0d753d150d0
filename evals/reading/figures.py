"""A figure with its interval, its bar and what it was measured on."""

from dataclasses import dataclass
from typing import Literal

from classifiers.train.metrics import wilson


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must reach."""

    kind: Literal["at least", "at most"]
    value: float

    def holds(self, value: float) -> bool:
        """Whether it does."""
        return value >= self.value if self.kind == "at least" else value <= self.value


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; ``interval`` is 95 %."""

    name: str
    value: float
    interval: tuple[float, float] | None = None
    bar: Bar | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; None without a bar."""
        return None if self.bar is None else self.bar.holds(self.value)

    def line(self) -> str:
        """One row of the table."""
        span = f"({self.interval[0]:.3f}-{self.interval[1]:.3f})" if self.interval else ""
        bar = f"{self.bar.kind} {self.bar.value:g}: {'holds' if self.holds else 'MISSED'}" if self.bar else ""
        return f"  {self.name:58s} {self.value:7.4f} {span:15s} {bar:24s} {self.note}"


def share(name: str, hits: int, total: int, bar: Bar | None = None, note: str = "") -> Figure:
    """A proportion with its Wilson interval."""
    return Figure(name, hits / total if total else 0.0, wilson(hits, total), bar, f"{hits} of {total} {note}".strip())
