"""Fits the weights of ``classifiers/evidence.py`` on dev conversations, from what the shipped int8 reader says of them.

Non-negative logistic regression with a small ridge. Prints the block for ``agent/safety/data/risk_policy.yaml``; the
threshold is chosen beside it by the alarm budget (``make thresholds``).

``python -m classifiers.train.arcs``
"""

import numpy as np
import torch
import yaml

from classifiers.evidence import FEATURES, Heard, features
from classifiers.text import TextReader
from classifiers.train import data

LOOK_BACK = 12
RIDGE = 0.02
MODERATE = 2


def heard(reader: TextReader, conversations: list[data.Arc]) -> list[tuple[list[Heard], int]]:
    """What was heard up to each user turn, and the tier that should stand then."""
    rows = []
    for arc in conversations:
        so_far: list[Heard] = []
        for turn in (t for t in arc.turns if t.role == "user"):
            reading = reader.read(turn.text)
            so_far.append(Heard(reading.signs, reading.at_least))
            rows.append((so_far[-LOOK_BACK:], turn.stands))
    return rows


def fit(rows: list[tuple[list[Heard], int]], steps: int = 4000) -> tuple[dict[str, float], float]:
    """Weights by feature, and the bias."""
    x = torch.tensor(np.array([[features(turns)[name] for name in FEATURES] for turns, _ in rows]), dtype=torch.float32)
    y = torch.tensor([float(stands >= MODERATE) for _, stands in rows])
    raw, bias = torch.full((len(FEATURES),), -1.0, requires_grad=True), torch.tensor(-2.0, requires_grad=True)
    adam = torch.optim.Adam([raw, bias], lr=0.02)
    for _ in range(steps):
        weights = torch.nn.functional.softplus(raw)
        z = x @ weights + bias
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y) + RIDGE * weights.square().mean()
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
    found = torch.nn.functional.softplus(raw).detach()
    return {n: round(float(w), 2) for n, w in zip(FEATURES, found, strict=True)}, round(float(bias.detach()), 2)


def main() -> None:
    """Print the weights."""
    weights, bias = fit(heard(TextReader(), data.arcs("dev")))
    print(yaml.safe_dump({"evidence": {"bias": bias, "weights": weights}}, sort_keys=False))


if __name__ == "__main__":
    main()
