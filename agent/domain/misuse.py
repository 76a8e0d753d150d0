"""Who stands lower in the queue: a person whose cases were closed as misuse, again and again. Pure.

Lower means behind others of the same tier. Nobody is left out, no alert is held back, and danger that is imminent is
never lowered: the ladder (``agent/escalation/alerts/ladder.py``) does not know of this at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from agent.domain.escalation import Outcome
from agent.domain.risk import Tier

#: Cases closed as misuse, within so long, after which a person's next case stands lower.
AFTER: Final = 2
WITHIN: Final = timedelta(days=30)
#: What makes earlier misuse count no more: real danger since, or a supervisor who lifted it.
_CLEARS: Final = frozenset({"true_alarm", "missed", "lifted"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a case was said to be when it was closed; or that a supervisor lifted the lowering."""

    at: datetime
    said: Outcome | Literal["lifted"]


def misuses(verdicts: Iterable[Verdict], now: datetime) -> list[datetime]:
    """When cases were closed as misuse that still count, oldest first."""
    told = list(verdicts)
    cleared = max((v.at for v in told if v.said in _CLEARS), default=None)
    counted = (v.at for v in told if v.said == "misuse" and now - WITHIN < v.at)
    return sorted(at for at in counted if cleared is None or at > cleared)


def lowered(tier: Tier, verdicts: Iterable[Verdict], now: datetime) -> bool:
    """Whether a case that opens now stands behind the others of its tier."""
    return tier < Tier.IMMINENT and len(misuses(verdicts, now)) >= AFTER
