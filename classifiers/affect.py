"""Valence and arousal from the emotion probabilities.

The coordinates are ours: each of the 27 emotions was placed by hand, in steps of 0.1, on the circumplex of Russell
(1980, doi:10.1037/h0077714): valence from unpleasant (-1) to pleasant (1), arousal from calm (-1) to stirred up (1).
They are not measured norms, since those we know (Warriner et al. 2013, NRC-VAD) are not openly licensed; so the two
numbers order messages, and are no more exact than the placing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from classifiers.labels import EMOTIONS, Emotion
from classifiers.onnx import Floats

CIRCUMPLEX: Final[dict[Emotion, tuple[float, float]]] = {
    "admiration": (0.6, 0.2), "amusement": (0.7, 0.5), "anger": (-0.7, 0.8), "annoyance": (-0.5, 0.4),
    "approval": (0.5, -0.1), "caring": (0.6, -0.1), "confusion": (-0.3, 0.3), "curiosity": (0.2, 0.4),
    "desire": (0.4, 0.5), "disappointment": (-0.6, -0.3), "disapproval": (-0.5, 0.2), "disgust": (-0.7, 0.4),
    "embarrassment": (-0.5, 0.3), "excitement": (0.7, 0.9), "fear": (-0.7, 0.8), "gratitude": (0.8, 0.1),
    "grief": (-0.9, -0.2), "joy": (0.9, 0.6), "love": (0.9, 0.3), "nervousness": (-0.5, 0.6), "optimism": (0.6, 0.3),
    "pride": (0.7, 0.4), "realization": (0.0, 0.2), "relief": (0.6, -0.5), "remorse": (-0.7, -0.1),
    "sadness": (-0.8, -0.4), "surprise": (0.1, 0.8), "neutral": (0.0, 0.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Norms:
    """Coordinates in the order of ``EMOTIONS``, shape (28, 2)."""

    coordinates: Floats

    @classmethod
    def load(cls) -> "Norms":
        """From the table above."""
        return cls(np.array([CIRCUMPLEX[name] for name in EMOTIONS], dtype=np.float32))

    def mean(self, probabilities: Floats) -> tuple[float, float]:
        """Valence and arousal: the mean of the coordinates, weighted by the probabilities, shape (28,)."""
        total = float(probabilities.sum())
        if total <= 0:
            return 0.0, 0.0
        valence, arousal = (probabilities @ self.coordinates) / total
        return round(float(valence), 3), round(float(arousal), 3)
