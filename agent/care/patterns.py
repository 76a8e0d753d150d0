"""What check-ins show over time: which way it goes, what weighs, what helped. Pure; from little it says nothing.

Which way it goes is read by a control chart of exponentially weighted moving averages (Roberts 1959), as it is used on
daily ratings of mood: the days of late are set against the person's own weeks before, never against other people.
It is a note to the person and judges nothing: no case is opened by it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import fmean, pstdev
from typing import Final, Literal

from agent.domain.mood import TRIGGERS, CheckIn, Trigger
from agent.domain.offer import Helped, Offer

Way = Literal["little", "steady", "harder", "lighter"]
#: Weight of the newest day, and how many standard deviations of the average are more than chance (ARL about 370).
LAMBDA, LIMIT = 0.2, 2.86
#: Standard deviations that one day counts at most: a single bad day is no trend.
MOST = 2.0
#: Days of the person's own that the newest week is set against, and how many of them must have a mark.
BASE, RECENT = timedelta(days=42), timedelta(days=7)
LEAST_BASE, LEAST_RECENT = 10, 3
#: Ratings that never change would make any other day an alarm.
_LEAST_SPREAD: Final = 0.5
_LEAST_TIMES, _LEAST_DIFFERENCE = 3, 0.5


@dataclass(frozen=True, slots=True)
class Weight:
    """How mood was on marks with a trigger, against those without it; ``difference`` in points from -4 to 4."""

    trigger: Trigger
    times: int
    difference: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that was tried, and what the person said of it each time."""

    name: str
    said: dict[Helped, int]


def way(check_ins: Sequence[CheckIn], now: datetime, zone: tzinfo | None = None) -> Way:
    """Which way the last week goes, against the six weeks before it, on the calendar of ``zone``."""
    days = _by_day(check_ins, zone)
    today = now.astimezone(zone).date()
    recent = [mood for day, mood in days if today - RECENT < day <= today]
    base = [mood for day, mood in days if today - RECENT - BASE < day <= today - RECENT]
    if len(base) < LEAST_BASE or len(recent) < LEAST_RECENT:
        return "little"
    centre, spread = fmean(base), max(_LEAST_SPREAD, pstdev(base))
    average = centre
    for n, mood in enumerate(recent, start=1):
        counted = min(max(mood, centre - MOST * spread), centre + MOST * spread)
        average = LAMBDA * counted + (1 - LAMBDA) * average
        width = LIMIT * spread * (LAMBDA / (2 - LAMBDA) * (1 - (1 - LAMBDA) ** (2 * n))) ** 0.5
    if average < centre - width:
        return "harder"
    return "lighter" if average > centre + width else "steady"


def weights(check_ins: Sequence[CheckIn]) -> tuple[Weight, ...]:
    """Triggers with which mood was lower or higher by half a point or more, the heaviest first."""
    found = []
    for trigger in TRIGGERS:
        with_it = [c.mark.mood for c in check_ins if trigger in c.mark.triggers]
        without = [c.mark.mood for c in check_ins if trigger not in c.mark.triggers]
        if min(len(with_it), len(without)) >= _LEAST_TIMES:
            difference = fmean(with_it) - fmean(without)
            if abs(difference) >= _LEAST_DIFFERENCE:
                found.append(Weight(trigger, len(with_it), round(difference, 1)))
    return tuple(sorted(found, key=lambda w: (w.difference, w.trigger)))


def helped(offers: Sequence[Offer]) -> tuple[Tried, ...]:
    """What was tried, with what was said of it; what helped most often comes first."""
    said: dict[str, Counter[Helped]] = {}
    for offer in offers:
        if offer.helped is not None:
            said.setdefault(offer.name or offer.technique.replace("_", " "), Counter())[offer.helped] += 1
    tried = [Tried(name, dict(counts)) for name, counts in said.items()]
    return tuple(sorted(tried, key=lambda t: (-t.said.get("yes", 0), -t.said.get("a_little", 0), t.name)))


def _by_day(check_ins: Sequence[CheckIn], zone: tzinfo | None) -> list[tuple[date, float]]:
    """The mean of each day that has a mark, in order."""
    days: dict[date, list[int]] = {}
    for one in check_ins:
        days.setdefault(one.at.astimezone(zone).date(), []).append(one.mark.mood)
    return [(day, fmean(moods)) for day, moods in sorted(days.items())]
