"""What comes in during a simulated week: the conversations, and those of them that become cases.

Every choice has its own stream of chance. With one seed, scenarios with the same arrivals see the same conversations.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.domain.risk import Tier
from evals.queueing.reading import alarms
from evals.queueing.settings import Assumptions, Scenario

#: Time is counted in whole microseconds, as the ladder's clock does: nothing is rounded on the way.
SECOND: Final = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 24 * 3600 * SECOND
#: The first day fills the house and is not counted; then comes the week, then a while in which what waits is taken.
WARM_UP, WEEK, AFTER = DAY, 7 * DAY, 2 * DAY
END, HORIZON = WARM_UP + WEEK, WARM_UP + WEEK + AFTER


@dataclass(frozen=True, slots=True)
class Arrival:
    """A conversation that becomes a case. ``at`` and ``work`` in microseconds; ``tier`` as read."""

    at: int
    tier: Tier
    danger: bool
    work: int


@dataclass(frozen=True, slots=True)
class Demand:
    """``conversations`` and ``unheard`` (dangerous, no alarm) are of the week that counts."""

    arrivals: tuple[Arrival, ...]
    conversations: int
    unheard: int


def counted(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Those of the week that counts."""
    return [a for a in arrivals if WARM_UP <= a.at < END]


def draw(given: Assumptions, scenario: Scenario, seed: tuple[int, ...]) -> Demand:
    """One week and the day before it."""
    when, which, heard, tiered, worked = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5))
    hourly = np.tile(np.array(given.conversations) * scenario.arrivals, END // DAY)
    counts = when.poisson(hourly)
    hours = np.repeat(np.arange(len(hourly)), counts)
    at = np.sort(hours * HOUR + when.integers(0, HOUR, len(hours)))
    shares = np.cumsum([kind.per_thousand / 1000 for kind in given.kinds])
    kinds = np.minimum(np.searchsorted(shares, which.random(len(at)), side="right"), len(shares) - 1)
    share = alarms(given, scenario)
    alarm = heard.random(len(at)) < np.array([share[kind.name] for kind in given.kinds])[kinds]
    danger = np.array([kind.danger for kind in given.kinds])[kinds]
    steps, deviates = tiered.random(len(at)), worked.standard_normal(len(at))
    made = []
    for n in np.flatnonzero(alarm):
        kind = given.kinds[kinds[n]]
        minutes = (given.true_alarm if kind.danger else given.false_alarm).at(float(deviates[n]))
        to = kind.read_as
        tier = Tier.MODERATE + int(steps[n] >= to.moderate) + int(steps[n] >= to.moderate + to.high)
        made.append(Arrival(int(at[n]), Tier(tier), kind.danger, max(1, round(minutes * MINUTE))))
    counts_now = at >= WARM_UP
    return Demand(tuple(made), int(counts_now.sum()), int((counts_now & danger & ~alarm).sum()))
