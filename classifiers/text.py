"""The text reader: one small encoder with two branches gives emotions and meaning of a message in one pass.

A long message is read in overlapping windows, one pass each, and the strongest output of any window counts (the least
neutral one for ``neutral``): the reader was fitted through the same maximum. Words in disguise ("k1ll") are read a
second time, plainly. A message that says something of danger is read again behind the last turns, by the branch for
meaning alone: what it means may lie in them ("I give up", of a thesis).
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np

from classifiers.affect import Norms
from classifiers.labels import DISTORTIONS, DOMAINS, EMOTIONS, INTENTS, SIGNS
from classifiers.language import language_of, read_less_well
from classifiers.normalise import undisguised
from classifiers.onnx import Encoder, Floats, Ids, Tokens
from classifiers.reading import DomainScore, Doubt, EmotionScore, IntentScore, SignScore, TextReading

WEIGHTS = Path(__file__).parent / "weights" / "text"
MAX_WINDOWS = 48
DISGUISE_LIMIT = 4000  # characters
NEUTRAL = EMOTIONS.index("neutral")
#: From this probability of low danger, or of any sign, a message is read again in the light of what came before. It is
#: below every threshold from which a message counts by itself (a test holds it there).
SPEAKS = 0.1


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted on dev only. Platt scaling a*z+b per output (``scale``, ``shift`` by head), a temperature for intents.

    ``threshold`` holds, for emotions and distortions, the calibrated probability from which a label is said;
    ``sure`` the least probability of an intent that counts as sure, and the band of risk that does not.
    """

    scale: dict[str, Floats]
    shift: dict[str, Floats]
    threshold: dict[str, Floats]
    temperature: float
    sure_intent: float
    unsure_risk: tuple[float, float]

    @classmethod
    def load(cls, path: Path) -> "Calibration":
        """Read ``calibration.json``."""
        data = json.loads(path.read_text("utf-8"))
        heads = data["heads"]
        low, high = data["unsure_risk"]
        return cls(
            scale={name: np.array(h["scale"], dtype=np.float32) for name, h in heads.items()},
            shift={name: np.array(h["shift"], dtype=np.float32) for name, h in heads.items()},
            threshold={n: np.array(h["threshold"], dtype=np.float32) for n, h in heads.items() if "threshold" in h},
            temperature=float(data["intent"]["temperature"]),
            sure_intent=float(data["intent"]["sure"]),
            unsure_risk=(float(low), float(high)),
        )

    def probability(self, head: str, z: Floats) -> Floats:
        """Calibrated probabilities of a head's raw outputs."""
        x = np.clip(z * self.scale[head] + self.shift[head], -60, 60)
        return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float32)

    def intents(self, z: Floats) -> Floats:
        """Probabilities of the intents, which sum to one."""
        e = np.exp((z - z.max(-1, keepdims=True)) / self.temperature)
        return np.asarray(e / e.sum(-1, keepdims=True), dtype=np.float32)


class Outputs:
    """Tokenizer and network: what the heads say of a message before calibration."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = 1, networks: Path | None = None) -> None:
        self._tokens = Tokens(folder / "tokenizer.json")
        self._encoder = Encoder(networks or folder, threads)

    def of(self, text: str) -> dict[str, Floats]:
        """Raw outputs by head, each (labels,): the strongest of the windows."""
        windows = [self._encoder.run(window) for t in _spellings(text) for window in _cap(self._tokens.windows(t))]
        if len(windows) == 1:
            return windows[0]
        strongest = {name: cast("Floats", np.max([w[name] for w in windows], axis=0)) for name in windows[0]}
        strongest["emotion"][NEUTRAL] = min(w["emotion"][NEUTRAL] for w in windows)
        return strongest

    def stands(self, before: Sequence[str], text: str) -> Floats | None:
        """Raw outputs of ``stands`` in the light of the turns before it; None for a message that is too long for it."""
        found = [self._tokens.together(before, t) for t in _spellings(text)]
        read = [self._encoder.run(*pair, branches=("meaning",))["stands"] for pair in found if pair is not None]
        return cast("Floats", np.max(read, axis=0)) if read else None


class TextReader:
    """Reads messages with the shipped weights; ``networks`` is another folder with networks, for comparisons."""

    def __init__(self, folder: Path = WEIGHTS, threads: int = 1, networks: Path | None = None) -> None:
        self.version = verify(folder)
        self.calibration = Calibration.load(folder / "calibration.json")
        self.outputs = Outputs(folder, threads, networks)
        self._norms = Norms.load()

    def read(self, text: str, before: Sequence[str] = ()) -> TextReading:
        """One message. ``before`` holds the last turns, oldest first, as ``classifiers.windows.said`` writes them."""
        reading = self._reading(self.outputs.of(text), text)
        z = self.outputs.stands(before, text) if before and speaks(reading) else None
        if z is None:
            return reading
        steps = self._steps("stands", z)
        doubts = [d for d in reading.doubts if d != "risk"]
        return replace(reading, in_context=steps, doubts=(*doubts, *self._unsure(steps[1])))

    def read_all(self, messages: Sequence[tuple[str, Sequence[str]]], workers: int = 1) -> list[TextReading]:
        """Many messages, each with what was said before it, in order.

        Never in batches: int8 activations are scaled over a whole batch, so a message would read differently depending
        on its neighbours, and what is screened must be what is served.
        """
        if workers == 1:
            return [self.read(*message) for message in messages]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda message: self.read(*message), messages))

    def _steps(self, head: str, z: Floats) -> tuple[float, float, float, float]:
        """Probabilities of at least low ... imminent; a graver one is never likelier than a lesser one."""
        low, moderate, high, imminent = map(float, np.minimum.accumulate(self.calibration.probability(head, z)))
        return low, moderate, high, imminent

    def _unsure(self, moderate: float) -> tuple[Doubt, ...]:
        least, most = self.calibration.unsure_risk
        return ("risk",) if least <= moderate < most else ()

    def _reading(self, out: dict[str, Floats], text: str) -> TextReading:
        c = self.calibration
        emotion, sign = c.probability("emotion", out["emotion"]), c.probability("sign", out["sign"])
        steps = self._steps("tier", out["tier"])
        domain, intent = c.probability("domain", out["domain"]), c.intents(out["intent"])
        distortion = c.probability("distortion", out["distortion"]) >= c.threshold["distortion"]
        ranked = np.argsort(-emotion)
        over = [int(i) for i in ranked if emotion[i] >= c.threshold["emotion"][i]]
        language = language_of(text)
        doubts: list[Doubt] = []
        if not over:
            doubts.append("emotion")
        if intent.max() < c.sure_intent:
            doubts.append("intent")
        doubts += self._unsure(steps[1])
        if read_less_well(text, language):
            doubts.append("language")
        valence, arousal = self._norms.mean(emotion)
        return TextReading(
            emotions=tuple(EmotionScore(EMOTIONS[i], float(emotion[i])) for i in ranked),
            felt=tuple(EMOTIONS[i] for i in over if i != NEUTRAL),
            intensity=1.0 - float(emotion[NEUTRAL]),
            intent=IntentScore(INTENTS[int(intent.argmax())], float(intent.max())),
            at_least=steps,
            domains=tuple(DomainScore(DOMAINS[i], float(domain[i])) for i in np.argsort(-domain)),
            language=language,
            model_version=self.version,
            valence=valence,
            arousal=arousal,
            signs=tuple(SignScore(name, float(p)) for name, p in zip(SIGNS, sign, strict=True)),
            distortions=tuple(name for name, said in zip(DISTORTIONS, distortion, strict=True) if said),
            doubts=tuple(doubts),
        )


def speaks(reading: TextReading) -> bool:
    """Whether a message says anything of danger at all."""
    return reading.at_least[0] >= SPEAKS or any(s.score >= SPEAKS for s in reading.signs)


def _spellings(text: str) -> list[str]:
    """As it was written, and plainly where words are in disguise."""
    plain = undisguised(text[:DISGUISE_LIMIT])
    return [text] if plain is None else [text, plain]


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


def _cap(windows: list[Ids]) -> list[Ids]:
    """Very long texts: evenly spread windows with the first and last, so the work stays bounded."""
    if len(windows) <= MAX_WINDOWS:
        return windows
    picks = np.linspace(0, len(windows) - 1, MAX_WINDOWS).round().astype(int)
    return [windows[i] for i in picks]
