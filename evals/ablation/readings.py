"""The emotion part of a reading, and what the conditions put in its place. Nothing else of a reading changes."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from classifiers.labels import Emotion
from classifiers.reading import EmotionScore, TextReading

#: What a turn is read with instead of the truth; ``again`` is the truth once more, to see what differs by chance.
Condition = Literal["absent", "shuffled", "contradictory", "again"]
ALTERED: Final[tuple[Condition, ...]] = ("absent", "shuffled", "contradictory")

#: For each label one of the other side, as far apart as it may be: joy for grief, relief for fear. Chosen by hand by
#: the valence in ``classifiers/affect.py``; ``realization`` and ``neutral`` have none, and stay.
OPPOSITE: Final[dict[Emotion, Emotion]] = {
    "anger": "gratitude", "annoyance": "amusement", "confusion": "optimism", "disappointment": "pride",
    "disapproval": "admiration", "disgust": "admiration", "embarrassment": "pride", "fear": "relief", "grief": "joy",
    "nervousness": "relief", "remorse": "pride", "sadness": "joy", "admiration": "disgust", "amusement": "annoyance",
    "approval": "disapproval", "caring": "annoyance", "curiosity": "disapproval", "desire": "disappointment",
    "excitement": "fear", "gratitude": "anger", "joy": "grief", "love": "grief", "optimism": "nervousness",
    "pride": "embarrassment", "relief": "fear", "surprise": "disappointment", "realization": "realization",
    "neutral": "neutral",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feeling:
    """``emotions``, ``felt`` and ``intensity`` of a ``TextReading``, as they stand there."""

    emotions: tuple[EmotionScore, ...]
    felt: tuple[Emotion, ...]
    intensity: float

    @classmethod
    def of(cls, reading: TextReading) -> "Feeling":
        """What was read."""
        return cls(reading.emotions, reading.felt, reading.intensity)

    def put(self, reading: TextReading) -> TextReading:
        """The reading with this feeling; risk, intent, domains and signs are as they were."""
        return replace(reading, emotions=self.emotions, felt=self.felt, intensity=self.intensity)


NONE: Final = Feeling((), (), 0.0)


def contradicted(feeling: Feeling) -> Feeling:
    """The same strength with every label on the other side. Of two labels that meet in one, the likelier counts."""
    scores: dict[Emotion, float] = dict.fromkeys(OPPOSITE, 0.0)
    for e in feeling.emotions:
        other = OPPOSITE[e.label]
        scores[other] = max(scores[other], e.score)
    ranked = sorted((EmotionScore(label, score) for label, score in scores.items()), key=lambda e: -e.score)
    felt = tuple(dict.fromkeys(OPPOSITE[label] for label in feeling.felt))
    return Feeling(tuple(ranked), felt, feeling.intensity)


def derangement(n: int, seed: int) -> list[int]:
    """A permutation of ``range(n)`` in which none stays: one cycle through all (Sattolo 1986). ``n`` of 2 and over."""
    if n < 2:  # noqa: PLR2004  (one alone can only stay)
        raise ValueError(f"{n} messages cannot be given each other's feelings")
    order, dice = list(range(n)), random.Random(seed)  # noqa: S311  (no cryptography)
    for i in range(n - 1, 0, -1):
        j = dice.randrange(i)
        order[i], order[j] = order[j], order[i]
    return order


def instead(true: Sequence[Feeling], seed: int) -> Mapping[Condition, tuple[Feeling, ...]]:
    """For each condition the feeling that each turn is read with, in the order of ``true``."""
    return {
        "absent": (NONE,) * len(true),
        "shuffled": tuple(true[i] for i in derangement(len(true), seed)),
        "contradictory": tuple(map(contradicted, true)),
        "again": tuple(true),
    }
