"""The figures of the wallboard, from the record. Pure; ``History`` says what a wait and a round are.

*Waiting* are the cases that are open: nobody has them. *Longest wait* is counted from the beginning of the whole wait,
also when it got worse meanwhile. *Overdue* is a round that runs past the deadline of its tier without an answer.
*Answered in time* counts the rounds that began in the window, each once: an alert acknowledged or the case taken within
the deadline, or not. Rounds whose deadline is still to come are not counted yet. Quiet hours stop no clock: the person
waits. *Turned out as* counts cases closed in the window that are still closed; one that was opened again counts when it
is closed again.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

from agent.domain.escalation import OWNED, Outcome
from agent.domain.history import History, Round, rounds
from agent.domain.risk import Tier
from agent.escalation.alerts.ladder import LadderPolicy
from agent.storage.repositories.board import Load

DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: Below this many cases a share or a percentile says more about chance than about the work.
FEWEST: Final = 5
#: A working day longer than this has a break (Directive 2003/88/EC, article 4).
REST_AFTER: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all; None below ``FEWEST``."""
        return self.hits * 100 // self.of if self.of >= FEWEST else None


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long it took until somebody answered, of the ``count`` rounds that were answered."""

    count: int
    median: float | None
    ninety: float | None


@dataclass(frozen=True, slots=True)
class TierFigures:
    """One tier: now, and over the last day and week."""

    tier: Tier
    within: timedelta
    waiting: int
    overdue: int
    longest: timedelta
    day: Share
    week: Share
    took: Seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole board at ``now``. ``loads``: counsellors on duty first; those without any work in the week left out."""

    now: datetime
    tiers: tuple[TierFigures, ...]
    held: int
    handed_back: int
    happened: dict[str, int]
    outcomes: dict[Outcome, int]
    loads: tuple[Load, ...]

    @property
    def waiting(self) -> int:
        """Cases that nobody has."""
        return sum(t.waiting for t in self.tiers)

    @property
    def overdue(self) -> int:
        """Those of them for whom somebody should have answered by now."""
        return sum(t.overdue for t in self.tiers)

    @property
    def longest(self) -> timedelta:
        """The longest wait that runs."""
        return max((t.longest for t in self.tiers), default=timedelta(0))

    @property
    def on_duty(self) -> int:
        """Counsellors on duty."""
        return sum(one.until is not None for one in self.loads)


#: What the board counts over the last day.
HAPPENED: Final = ("opened", "reopened", "claimed", "closed", "released", "lapsed")


def figures(cases: Sequence[History], loads: Sequence[Load], policy: LadderPolicy, now: datetime) -> Figures:
    """The board. ``cases`` are all that are not closed and all that anything happened to in the last week."""
    told = [(case, rounds(case)) for case in cases]
    every = [r for _, found in told for r in found]
    running = [found[-1] for case, found in told if case.status == "open"]
    tiers = sorted({*policy.within, *(r.tier for r in running)}, reverse=True)
    tally = Counter(c.outcome for c in cases if c.closed_at is not None and c.closed_at > now - WEEK)
    return Figures(
        now=now,
        tiers=tuple(_tier(tier, every, running, policy, now) for tier in tiers),
        held=sum(c.status in OWNED for c in cases),
        handed_back=sum(c.status == "handed_back" for c in cases),
        happened={kind: sum(c.count(kind, now - DAY) for c in cases) for kind in HAPPENED},
        outcomes={outcome: tally[outcome] for outcome in get_args(Outcome)},
        loads=tuple(sorted((x for x in loads if x.busy), key=lambda x: (x.until is None, x.name, x.id))),
    )


def _tier(
    tier: Tier, every: Sequence[Round], running: Sequence[Round], policy: LadderPolicy, now: datetime
) -> TierFigures:
    mine, waits = [r for r in every if r.tier == tier], [r for r in running if r.tier == tier]
    overdue = sum(r.answered is None and r.in_time(policy.within, now) is False for r in waits)
    longest = max((now - r.waiting_since for r in waits), default=timedelta(0))
    return TierFigures(
        tier, policy.within.get(tier, timedelta(0)), len(waits), overdue, max(longest, timedelta(0)),
        in_time(mine, policy, now, DAY), in_time(mine, policy, now, WEEK), _took(mine, now),
    )  # fmt: skip


def in_time(some: Sequence[Round], policy: LadderPolicy, now: datetime, window: timedelta) -> Share:
    """How many rounds of a window were answered within their deadline, of those that can be judged."""
    judged = [r.in_time(policy.within, now) for r in some if r.began > now - window]
    return Share(judged.count(True), judged.count(True) + judged.count(False))


def _took(some: Sequence[Round], now: datetime) -> Seconds:
    answered = (r for r in some if r.answered is not None and r.began > now - WEEK)
    took = sorted((r.answered - r.began).total_seconds() for r in answered if r.answered is not None)
    if len(took) < FEWEST:
        return Seconds(len(took), None, None)
    return Seconds(len(took), percentile(took, 50), percentile(took, 90))


def percentile(ordered: Sequence[float], of_hundred: int) -> float:
    """The nearest rank: a value that did occur."""
    return ordered[max(0, math.ceil(len(ordered) * of_hundred / 100) - 1)]
