"""Fits calibration and thresholds on the dev splits, from the logits of the int8 model that is shipped.

Platt scaling (Platt 1999) per emotion and per tier step, one temperature each for domains and intents (Guo et al.
2017). Emotion thresholds are those with the best F1 on dev. Test splits are never opened here.

``python -m classifiers.train.calibrate --data ../shared/data``
"""

import argparse
import json
from pathlib import Path

import numpy as np

from classifiers.labels import DOMAINS, EMOTIONS, TIERS
from classifiers.onnx import Encoder, Floats
from classifiers.text import MAX_TOKENS, WEIGHTS
from classifiers.train import data
from classifiers.train.export import manifest
from classifiers.train.metrics import best_threshold, sigmoid


def logits(model: Path, tokenizer: Path, texts: list[str]) -> dict[str, Floats]:
    """Outputs for many texts, one pass each as in serving; each array has the texts as its first dimension."""
    encoder = Encoder(model, tokenizer, MAX_TOKENS)
    parts = [encoder.run([text]) for text in texts]
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


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


def temperature(nll: "np.ufunc | object", grid: Floats) -> float:
    """The value of the grid with the lowest loss."""
    assert callable(nll)
    return float(min(grid, key=lambda t: float(nll(t))))


def fit(folder: Path, out: Path) -> None:
    """Write ``calibration.json`` and renew the manifest."""
    model, tokenizer = out / "reader.int8.onnx", out / "tokenizer.json"
    emotions = data.goemotions(folder / "goemotions", "dev")
    z = logits(model, tokenizer, [e.text for e in emotions])["emotion"]
    gold = np.array(data.emotion_matrix(emotions), dtype=np.float32)
    pairs = [platt(z[:, k], gold[:, k]) for k in range(len(EMOTIONS))]
    p = np.stack([sigmoid(a * z[:, k] + b) for k, (a, b) in enumerate(pairs)], 1)
    thresholds = [best_threshold(p[:, k], gold[:, k]) for k in range(len(EMOTIONS))]

    risk = data.authored("dev")
    out_risk = logits(model, tokenizer, [e.text for e in risk])
    tier = np.array([e.tier for e in risk])
    steps = [platt(out_risk["tier"][:, k], (tier > k).astype(np.float32)) for k in range(len(TIERS) - 1)]
    touched = np.array([[float(i in (e.domains or ())) for i in range(len(DOMAINS))] for e in risk])
    at_risk = tier > 0
    grid = np.linspace(0.3, 2.5, 45)

    def domain_loss(t: float) -> float:
        q = np.clip(sigmoid(out_risk["domain"][at_risk] * t), 1e-6, 1 - 1e-6)
        y = touched[at_risk]
        return float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).mean())

    rows = [i for i, e in enumerate(risk) if e.intent is not None]
    wanted = np.array([risk[i].intent for i in rows])

    def intent_loss(t: float) -> float:
        s = out_risk["intent"][rows] / t
        s = s - s.max(1, keepdims=True)
        return float(-(s[np.arange(len(rows)), wanted] - np.log(np.exp(s).sum(1))).mean())

    calibration = {
        "emotion": {"scale": [a for a, _ in pairs], "shift": [b for _, b in pairs], "threshold": thresholds},
        "tier": {"scale": [a for a, _ in steps], "shift": [b for _, b in steps]},
        "domain": {"scale": temperature(domain_loss, grid)},
        "intent": {"temperature": temperature(intent_loss, grid)},
    }
    (out / "calibration.json").write_text(json.dumps(calibration, indent=1) + "\n")
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
