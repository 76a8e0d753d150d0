"""The text reader: one encoder pass gives emotions, intent and risk signals of a message.

A message longer than 254 tokens is read in overlapping windows and the strongest signal of any window counts (except
intent: the last window that is sure), so that a sign in one clause of a long letter is not cut off or thinned out.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from classifiers.labels import DOMAINS, EMOTIONS, INTENTS
from classifiers.onnx import Encoder, Floats
from classifiers.reading import DomainScore, EmotionScore, IntentScore, TextReading

WEIGHTS = Path(__file__).parent / "weights" / "text"
MAX_TOKENS = 256
STRIDE = 192
MAX_WINDOWS = 24
NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on dev only. Platt scaling a*z+b per output; thresholds on the calibrated emotion probabilities."""

    emotion_scale: Floats
    emotion_shift: Floats
    emotion_threshold: Floats
    tier_scale: Floats
    tier_shift: Floats
    domain_scale: float
    intent_temperature: float

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read ``calibration.json``."""
        data = json.loads(path.read_text("utf-8"))
        emotion, tier = data["emotion"], data["tier"]
        return cls(
            emotion_scale=np.array(emotion["scale"], dtype=np.float32),
            emotion_shift=np.array(emotion["shift"], dtype=np.float32),
            emotion_threshold=np.array(emotion["threshold"], dtype=np.float32),
            tier_scale=np.array(tier["scale"], dtype=np.float32),
            tier_shift=np.array(tier["shift"], dtype=np.float32),
            domain_scale=float(data["domain"]["scale"]),
            intent_temperature=float(data["intent"]["temperature"]),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Calibrated probabilities of a batch: emotions (n, 28), at_least (n, 4), domains (n, 9), intents (n, 16)."""

    emotion: Floats
    at_least: Floats
    domain: Floats
    intent: Floats


class TextReader:
    """Reads messages with the shipped weights."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = 1, model: str = "reader.int8.onnx") -> None:
        self.version = verify(folder)
        self._calibration = Calibration.load(folder / "calibration.json")
        self._encoder = Encoder(folder / model, folder / "tokenizer.json", MAX_TOKENS, threads)

    @property
    def thresholds(self) -> Floats:
        """Per-label thresholds on the calibrated emotion probabilities, from dev; shape (28,)."""
        return self._calibration.emotion_threshold

    def read(self, text: str) -> TextReading:
        """One message."""
        windows = [self.scores([window]) for window in _cap(self._encoder.windows(text, STRIDE))]
        return self._reading([(w.emotion[0], w.at_least[0], w.domain[0], w.intent[0]) for w in windows], text)

    def read_all(self, texts: Sequence[str], workers: int = 1) -> list[TextReading]:
        """Many messages, in order, one encoder pass each.

        Never in batches: int8 activations are scaled over a whole batch, so a message would read differently depending
        on its neighbours, and what is screened must be what is served.
        """
        if workers == 1:
            return [self.read(text) for text in texts]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(self.read, texts))

    def scores(self, texts: list[str]) -> Scores:
        """Calibrated probabilities, one encoder pass for all."""
        out, c = self._encoder.run(texts), self._calibration
        tier = _sigmoid(out["tier"] * c.tier_scale + c.tier_shift)
        intent = out["intent"] / c.intent_temperature
        intent = np.exp(intent - intent.max(1, keepdims=True))
        return Scores(
            emotion=_sigmoid(out["emotion"] * c.emotion_scale + c.emotion_shift),
            at_least=np.minimum.accumulate(tier, axis=1),
            domain=_sigmoid(out["domain"] * c.domain_scale),
            intent=intent / intent.sum(1, keepdims=True),
        )

    def _reading(self, windows: list[tuple[Floats, Floats, Floats, Floats]], text: str) -> TextReading:
        emotion, at_least, domain = (np.max([w[k] for w in windows], axis=0) for k in range(3))
        emotion[NEUTRAL] = min(w[0][NEUTRAL] for w in windows)
        intent = max(windows, key=lambda w: float(w[3].max()))[3] if len(windows) > 1 else windows[0][3]
        ranked = np.argsort(-emotion)
        over = [i for i in ranked if emotion[i] >= self._calibration.emotion_threshold[i]]
        low, moderate, high, imminent = (float(p) for p in at_least)
        return TextReading(
            emotions=tuple(EmotionScore(EMOTIONS[i], float(emotion[i])) for i in ranked),
            felt=tuple(EMOTIONS[i] for i in over if i != NEUTRAL),
            intensity=1.0 - float(emotion[NEUTRAL]),
            intent=IntentScore(INTENTS[int(intent.argmax())], float(intent.max())),
            at_least=(low, moderate, high, imminent),
            domains=tuple(DomainScore(DOMAINS[i], float(domain[i])) for i in np.argsort(-domain)),
            language=language_of(text),
            model_version=self.version,
        )


def verify(folder: Path) -> str:
    """Check every file against the manifest; returns its version. ``ValueError`` names what is missing or changed."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, expected in manifest["sha256"].items():
        path = folder / name
        if not path.exists():
            raise ValueError(f"{path} is missing")
        if sha256(path.read_bytes()).hexdigest() != expected:
            raise ValueError(f"{path} is not the file that was shipped")
    return str(manifest["version"])


def language_of(text: str) -> str:
    """ISO 639-1 code; ``und`` for texts too short to tell."""
    letters = sum(ch.isalpha() for ch in text)
    if letters < 6:  # noqa: PLR2004  (shorter than any word that tells languages apart)
        return "und"
    from py3langid.langid import classify  # noqa: PLC0415  (loads its model on first use)

    return str(classify(text[:2000])[0])


def _cap(windows: list[str]) -> list[str]:
    """Very long texts: evenly spread windows with the first and last, so the work stays bounded."""
    if len(windows) <= MAX_WINDOWS:
        return windows
    picks = np.linspace(0, len(windows) - 1, MAX_WINDOWS).round().astype(int)
    return [windows[i] for i in picks]


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60, 60))), dtype=np.float32)
