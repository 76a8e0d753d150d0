"""Fits calibration and thresholds on the dev splits, from the outputs of the int8 models that are shipped.

Platt scaling (Platt 1999) per output, with the shift of a rare label held near that of its head; one temperature for
intents (Guo et al. 2017). Thresholds of emotions and distortions are those with the best F1 on dev. Test splits are
never opened here.

``python -m classifiers.train.calibrate --data ../shared/data``
"""

import argparse
import json
from pathlib import Path

import numpy as np

from classifiers.labels import DISTORTIONS, DOMAINS, SIGNS, TIERS
from classifiers.onnx import Floats
from classifiers.text import WEIGHTS, Outputs, TextReader, speaks
from classifiers.train import data
from classifiers.train.export import manifest
from classifiers.train.metrics import Array, best_threshold, sigmoid

#: Below this many positives on dev a label takes the scaling of its whole head.
FEW = 12
#: An intent counts as sure from the least probability at which this share of the sure ones on dev is right.
SURE = 0.85
#: Risk is unsure where being moderate or worse is neither unlikely nor likely: a definition, not a fit.
UNSURE_RISK = (0.2, 0.6)


def outputs(reader: Outputs, texts: list[str]) -> dict[str, Floats]:
    """Raw outputs for many texts, each (texts, labels), as in serving."""
    rows = [reader.of(text) for text in texts]
    return {name: np.stack([r[name] for r in rows]) for name in rows[0]}


def steps(tiers: Array) -> Array:
    """The steps above none that each tier reaches, shape (rows, 4)."""
    return np.stack([tiers > k for k in range(len(TIERS) - 1)], 1).astype(int)


def stands(reader: TextReader, conversations: list[data.Arc]) -> dict[str, list[float]]:
    """Scaling of what is read in the light of the turns before, on the messages that are read so in serving."""
    examples = [e for e in data.in_light(conversations) if speaks(reader.read(e.text))]
    found = [(reader.outputs.stands(e.before, e.text), e.stands) for e in examples]
    read = [(z, tier) for z, tier in found if z is not None]
    return scaled(np.stack([z for z, _ in read]), steps(np.array([tier for _, tier in read])))


def platt(z: Floats, y: Floats, steps: int = 60) -> tuple[float, float]:
    """Scale a and shift b of sigmoid(a z + b), with Platt's soft targets, by Newton's method with step halving."""
    high, low = (y.sum() + 1) / (y.sum() + 2), 1 / (len(y) - y.sum() + 2)
    target = np.where(y > 0, high, low).astype(np.float64)
    x = np.stack([z, np.ones_like(z)], 1).astype(np.float64)

    def loss(w: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
        s = x @ w
        return float((np.logaddexp(0, s) - target * s).sum())

    w = np.zeros(2)
    for _ in range(steps):
        p = sigmoid(x @ w)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
        move, size = np.linalg.solve(hessian, x.T @ (p - target)), 1.0
        while loss(w - size * move) > loss(w) and size > 1e-6:
            size /= 2
        w = w - size * move
    return float(w[0]), float(w[1])


def scaled(z: Floats, y: Array) -> dict[str, list[float]]:
    """Platt scaling by label; labels with few positives share one."""
    together = platt(z.reshape(-1), np.asarray(y, dtype=np.float32).reshape(-1))
    pairs = [
        platt(z[:, k], np.asarray(y[:, k], dtype=np.float32)) if y[:, k].sum() >= FEW else together
        for k in range(y.shape[1])
    ]
    return {"scale": [a for a, _ in pairs], "shift": [b for _, b in pairs]}


def thresholds(z: Floats, y: Array, head: dict[str, list[float]]) -> list[float]:
    """By label, midway between the probability with the best F1 on dev and the one with the best expected F1.

    The first follows the labels, of which a rare emotion has a dozen; the second follows the probabilities alone. Half
    of dev against the other half, the mean was .007 macro-F1 better than the first (``cards/emotion_notes.md``).
    """
    p = sigmoid(z * np.array(head["scale"]) + np.array(head["shift"]))
    return [(best_threshold(p[:, k], y[:, k]) + expected_threshold(p[:, k])) / 2 for k in range(y.shape[1])]


def expected_threshold(p: Floats) -> float:
    """The threshold with the best expected F1 if the probabilities are right (Lipton et al. 2014)."""
    ranked = np.sort(p)[::-1]
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    return float(ranked[int(expected.argmax())])


def hot(rows: list[tuple[int, ...] | None], width: int) -> Array:
    """Shape (rows, width) of zeros and ones."""
    return np.array([[int(i in (row or ())) for i in range(width)] for row in rows])


def intents(z: Floats, gold: Array) -> dict[str, float]:
    """Temperature with the lowest loss, and the least probability that counts as sure."""

    def probabilities(t: float) -> Floats:
        e = np.exp((z - z.max(1, keepdims=True)) / t)
        return np.asarray(e / e.sum(1, keepdims=True))

    rows = np.arange(len(gold))
    best = min(np.linspace(0.3, 3, 55), key=lambda t: -np.log(probabilities(float(t))[rows, gold] + 1e-9).mean())
    p = probabilities(float(best))
    right, top = p.argmax(1) == gold, p.max(1)
    sure = next(
        (float(t) for t in np.arange(0.2, 0.96, 0.01) if (top >= t).any() and right[top >= t].mean() >= SURE), 0.95
    )
    return {"temperature": float(best), "sure": round(sure, 2)}


def fit(folder: Path, out: Path) -> None:
    """Write ``calibration.json`` and renew the manifest."""
    reader, comments = Outputs(out), data.goemotions(folder / "goemotions", "dev")
    z = outputs(reader, [e.text for e in comments])["emotion"]
    gold = np.array(data.emotion_matrix(comments))
    heads = {"emotion": scaled(z, gold)}
    heads["emotion"]["threshold"] = thresholds(z, gold, heads["emotion"])

    conversations, singles = data.arcs("dev"), data.authored("dev")
    dev = singles + data.turns_of(conversations)
    read = outputs(reader, [e.text for e in dev])
    # By itself a message counts where nothing was said before it: turns of conversations have ``stands``.
    heads["tier"] = scaled(read["tier"][: len(singles)], steps(np.array([e.tier for e in singles])))
    heads["domain"] = scaled(read["domain"], hot([e.domains for e in dev], len(DOMAINS)))
    for name, width in (("sign", len(SIGNS)), ("distortion", len(DISTORTIONS))):
        known = [i for i, e in enumerate(dev) if getattr(e, name + "s") is not None]
        wanted = hot([getattr(dev[i], name + "s") for i in known], width)
        heads[name] = scaled(read[name][known], wanted)
        if name == "distortion":
            heads[name]["threshold"] = thresholds(read[name][known], wanted, heads[name])
    named = [i for i, e in enumerate(dev) if e.intent is not None]
    found: dict[str, object] = {
        "heads": heads,
        "intent": intents(read["intent"][named], np.array([dev[i].intent for i in named])),
        "unsure_risk": UNSURE_RISK,
    }
    write(out, found)
    heads["stands"] = stands(TextReader(out), conversations)  # which of them are read needs the others
    write(out, found)


def write(out: Path, found: dict[str, object]) -> None:
    """The file and the manifest that vouches for it."""
    (out / "calibration.json").write_text(json.dumps(found, indent=1) + "\n")
    manifest(out, json.loads((out / "manifest.json").read_text())["version"])


def main() -> None:
    """Calibrate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    fit(args.data, args.out)


if __name__ == "__main__":
    main()
