"""Samples become a figure, a figure meets a bar or misses it. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Statistic = Literal["p50", "p95", "p99", "max", "ratio", "total"]
Sense = Literal["at most", "under", "at least"]
Verdict = Literal["met", "missed", "not measured", "no bar"]


def percentile(samples: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest sample that at least ``percent`` of all samples do not exceed. No value is made up."""
    if not samples or not 0 < percent <= 100:  # noqa: PLR2004  (percent)
        raise ValueError("a percentile needs samples and a percentage above 0 and up to 100")
    return sorted(samples)[math.ceil(percent / 100 * len(samples)) - 1]


@dataclass(frozen=True, slots=True)
class Spread:
    """How the samples lie, in the unit of the result."""

    n: int
    min: float
    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread | None":
        """None where nothing was sampled."""
        if not samples:
            return None
        middle, high = percentile(samples, 50), percentile(samples, 95)
        return cls(len(samples), min(samples), middle, high, max(samples))


@dataclass(frozen=True, slots=True)
class Bar:
    """What the figure is held to, in the unit of the result."""

    sense: Sense
    limit: float

    def met(self, figure: float) -> bool:
        """Whether the figure keeps it."""
        if self.sense == "at least":
            return figure >= self.limit
        return figure < self.limit if self.sense == "under" else figure <= self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report. ``figure`` is None where it was not measured; ``notes`` then say why."""

    name: str
    what: str
    unit: str
    statistic: Statistic
    figure: float | None
    bar: Bar | None = None
    spread: Spread | None = None
    notes: tuple[str, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """A bar is met only by a figure that was measured."""
        if self.figure is None:
            return "not measured"
        if self.bar is None:
            return "no bar"
        return "met" if self.bar.met(self.figure) else "missed"


def gate(results: Sequence[Result]) -> bool:
    """Whether no bar was missed. What was not measured has not missed it, and stands in the table as such."""
    return all(result.verdict != "missed" for result in results)


def share(total: int, number: int, of: int) -> int:
    """How much of ``total`` falls on round ``number`` (from 0): the rounds' shares add up to all of it."""
    return total * (number + 1) // of - total * number // of
