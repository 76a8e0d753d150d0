"""Danger that no single message shows: what adds up over the last turns, as one probability.

Features are maxima and capped sums, and no weight is negative: more evidence never lowers the result, and the order
of turns does not matter. Weights are fitted on dev conversations (``classifiers/train/arcs.py``) and live in the risk
policy, with its version.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from classifiers.labels import SIGNS
from classifiers.reading import SignScore

#: The sums count up to this many turns' worth.
CAP: Final = 3.0
FEATURES: Final = (*SIGNS, "low", "low_again", "moderate", "moderate_again")
#: The probability from which a sign is shown to people.
SHOWN: Final = 0.5
#: How a feature is said to a counsellor, where its name does not say it.
IN_WORDS: Final = {
    "affairs": "affairs put in order", "goodbye": "a goodbye", "isolation": "being alone", "loss": "a loss",
    "low": "a faint sign", "low_again": "faint signs again and again", "means": "means asked for or at hand",
    "moderate": "a stronger sign", "moderate_again": "stronger signs again and again", "rehearsal": "a trial run",
    "retraction": "something taken back", "time": "a time named",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """What the reader said of one turn: probabilities of the signs and of being at least low ... imminent."""

    signs: tuple[SignScore, ...]
    at_least: tuple[float, float, float, float]


def features(turns: Sequence[Heard]) -> dict[str, float]:
    """By name, each in [0, 1]."""
    found = dict.fromkeys(FEATURES, 0.0)
    for turn in turns:
        for sign in turn.signs:
            found[sign.label] = max(found[sign.label], sign.score)
    for name, step in (("low", 0), ("moderate", 1)):
        scores = [t.at_least[step] for t in turns]
        found[name] = max(scores, default=0.0)
        found[f"{name}_again"] = min(sum(scores), CAP) / CAP
    return found


@dataclass(frozen=True, slots=True)
class Weights:
    """Non-negative, by feature, and a bias."""

    by_feature: tuple[tuple[str, float], ...]
    bias: float

    def __post_init__(self) -> None:
        if any(weight < 0 for _, weight in self.by_feature):
            raise ValueError("weights of evidence must not be negative")

    def probability(self, turns: Sequence[Heard]) -> float:
        """That somebody who says these things is in moderate danger or worse."""
        found = features(turns)
        z = self.bias + sum(weight * found[name] for name, weight in self.by_feature)
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, z))))

    def leading(self, turns: Sequence[Heard], most: int = 3) -> tuple[str, ...]:
        """The features that carry most of it, strongest first."""
        found = features(turns)
        parts = sorted(((weight * found[name], name) for name, weight in self.by_feature), reverse=True)
        return tuple(name for part, name in parts[:most] if part > 0)
