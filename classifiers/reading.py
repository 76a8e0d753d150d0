"""What a classifier says of one message. Signals only: nothing here decides anything."""

from dataclasses import dataclass, field
from typing import Literal

from classifiers.labels import Distortion, Domain, Emotion, Intent, Sign

#: What a reader may say it is not sure of.
Doubt = Literal["emotion", "intent", "risk", "language"]


@dataclass(frozen=True, slots=True)
class EmotionScore:
    """Calibrated probability in [0, 1] that the label holds."""

    label: Emotion
    score: float


@dataclass(frozen=True, slots=True)
class IntentScore:
    """Probability in [0, 1] of the most likely intent."""

    label: Intent
    score: float


@dataclass(frozen=True, slots=True)
class DomainScore:
    """Probability in [0, 1] that the risk domain is touched."""

    label: Domain
    score: float


@dataclass(frozen=True, slots=True)
class SignScore:
    """Probability in [0, 1] that the message carries the sign."""

    label: Sign
    score: float


@dataclass(frozen=True, slots=True)
class TextReading:
    """The text reader's view of one message.

    ``emotions`` holds all 28 labels, most likely first; ``felt`` those above their own dev threshold.
    ``at_least`` holds four probabilities: that the tier is at least low, moderate, high, imminent.
    ``in_context`` holds the same four in the light of what was said before, where the message called for that.
    ``intensity`` in [0, 1] is one minus the probability of ``neutral``. ``valence`` and ``arousal`` in [-1, 1] are the
    place of the emotions on the circumplex, weighted by their probabilities (``classifiers/affect.py``).
    ``signs`` holds all ten, ``distortions`` those above their dev threshold. ``doubts`` names what the reader is not
    sure of. Fields with a default are missing in readings stored by earlier versions.
    """

    emotions: tuple[EmotionScore, ...]
    felt: tuple[Emotion, ...]
    intensity: float
    intent: IntentScore
    at_least: tuple[float, float, float, float]
    domains: tuple[DomainScore, ...]
    language: str
    model_version: str = field(default="")
    valence: float = 0.0
    arousal: float = 0.0
    signs: tuple[SignScore, ...] = ()
    distortions: tuple[Distortion, ...] = ()
    in_context: tuple[float, float, float, float] | None = None
    doubts: tuple[Doubt, ...] = ()
