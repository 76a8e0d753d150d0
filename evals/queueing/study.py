"""A scenario many times over: the mean of every measure, with its 95 % interval over the simulated weeks."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from agent.escalation.alerts.ladder import LadderPolicy
from evals.queueing.demand import draw
from evals.queueing.house import Answers
from evals.queueing.measure import measures
from evals.queueing.settings import Assumptions, Scenario
from evals.queueing.simulate import simulate


@dataclass(frozen=True, slots=True)
class Mean:
    """Over ``weeks`` in which there was something to count. It holds chance, not the doubt about the assumptions."""

    mean: float
    low: float
    high: float
    weeks: int


@dataclass(frozen=True, slots=True)
class Found:
    """One scenario."""

    scenario: Scenario
    means: Mapping[str, Mean]


def week(given: Assumptions, scenario: Scenario, policy: LadderPolicy, seed: tuple[int, ...]) -> dict[str, float]:
    """The measures of one week. The same seed gives the same week."""
    rota, demand = given.staffed(scenario), draw(given, scenario, seed)
    return measures(demand, simulate(demand.arrivals, rota, policy, Answers.draw(rota, seed)), rota, policy)


def study(given: Assumptions, scenario: Scenario, policy: LadderPolicy, replications: int, seed: int) -> Found:
    """All weeks of a scenario. Week ``n`` of one has the chance of week ``n`` of another."""
    weeks = [week(given, scenario, policy, (seed, n)) for n in range(replications)]
    return Found(scenario, {name: mean(w[name] for w in weeks) for name in weeks[0]})


def mean(values: Iterable[float]) -> Mean:
    """Student's interval; NaN where there is nothing, or one value alone."""
    known = np.array([v for v in values if not math.isnan(v)])
    if not len(known):
        return Mean(math.nan, math.nan, math.nan, 0)
    middle = float(known.mean())
    if len(known) == 1:
        return Mean(middle, math.nan, math.nan, 1)
    half = float(t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known)))
    return Mean(middle, middle - half, middle + half, len(known))
