"""Which operating point of the reader fits a budget of counsellor minutes.

The minutes follow from the assumptions by multiplication: no queue is needed for them, so nothing here is simulated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from evals.queueing.reading import alarms
from evals.queueing.settings import Z90, Assumptions, Kind, Minutes, Point, Scenario


@dataclass(frozen=True, slots=True)
class Cost:
    """Per 1,000 conversations. ``heard`` and ``unheard``: dangerous ones."""

    point: Point
    heard: float
    unheard: float
    false: float
    minutes_true: float
    minutes_false: float

    @property
    def minutes(self) -> float:
        """Of counsellors, in all."""
        return self.minutes_true + self.minutes_false


def costs(given: Assumptions, like: Scenario) -> tuple[Cost, ...]:
    """Every operating point in a scenario, the one that alarms most first."""
    return tuple(_cost(given, like, p) for p in sorted(given.points, key=lambda p: p.threshold))


def chosen(found: Iterable[Cost], budget: float) -> Cost | None:
    """The point within the budget that leaves fewest unheard; None if each costs more."""
    return min((c for c in found if c.minutes <= budget), key=lambda c: c.unheard, default=None)


@dataclass(frozen=True, slots=True)
class Swing:
    """The cost at both ends of the interval of one kind's share of alarms, the others as they are."""

    kind: Kind
    low: Cost
    high: Cost


def swings(given: Assumptions, like: Scenario) -> tuple[Swing, ...]:
    """What the interval of each measured share leaves open, at the reference."""

    def at(kind: Kind, share: float) -> Cost:
        other = like.model_copy(update={"alarm": {**like.alarm, kind.name: share}})
        return _cost(given, other, given.point(given.reference))

    return tuple(Swing(kind, *(at(kind, end) for end in kind.interval)) for kind in given.kinds)


def mean_minutes(of: Minutes) -> float:
    """The mean of the lognormal distribution."""
    if not of.median:
        return 0.0
    return of.median * exp((log(of.p90 / of.median) / Z90) ** 2 / 2)


def _cost(given: Assumptions, like: Scenario, point: Point) -> Cost:
    share = alarms(given, like.model_copy(update={"point": point.name}))
    danger = [k for k in given.kinds if k.danger]
    heard = sum(k.per_thousand * share[k.name] for k in danger)
    false = sum(k.per_thousand * share[k.name] for k in given.kinds if not k.danger)
    return Cost(
        point, heard, sum(k.per_thousand for k in danger) - heard, false,
        heard * mean_minutes(given.true_alarm), false * mean_minutes(given.false_alarm),
    )  # fmt: skip
