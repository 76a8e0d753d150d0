"""``python -m evals.reading.quantisation --fp32 FOLDER``: what int8 costs, on dev.

Recall of high and imminent danger by the reader alone, at the policy's thresholds, must not fall by more than 0.2
points; exit code 1 if it does.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from agent.domain.risk import Tier
from agent.safety.assess import RiskPolicy
from classifiers.text import TextReader
from classifiers.train import data

MOST = 0.002


def recall(reader: TextReader, texts: list[str], threshold: float) -> float:
    """Share read as moderate or worse."""
    return float(np.mean([r.at_least[1] >= threshold for r in reader.read_all([(t, ()) for t in texts])]))


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(prog="python -m evals.reading.quantisation", description=__doc__)
    parser.add_argument("--fp32", type=Path, required=True)
    given = parser.parse_args()
    threshold = RiskPolicy.load().at_least[1]
    dev = data.authored("dev") + data.turns_of(data.arcs("dev"))
    grave = [e.text for e in dev if (e.tier or 0) >= Tier.HIGH]
    int8 = recall(TextReader(), grave, threshold)
    fp32 = recall(TextReader(networks=given.fp32), grave, threshold)
    print(f"recall of high + imminent, reader alone, dev, {len(grave)} messages: int8 {int8:.4f}, fp32 {fp32:.4f}")
    return 1 if fp32 - int8 > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
