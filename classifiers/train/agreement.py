"""How far two independent labellers agree (Krippendorff's alpha), and where they do not.

Second labels stand in ``classifiers/data/second/*.jsonl``: the first twelve digits of the SHA-256 of the text, and the
labels. ``python -m classifiers.train.agreement [--list]``.
"""

import argparse
import hashlib
import json
from collections import Counter

import numpy as np
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import binary_distance, interval_distance

from classifiers.labels import DOMAINS, INTENTS, TIERS
from classifiers.train import data
from classifiers.train.data import Example

SECOND = data.AUTHORED / "second"


def key(text: str) -> str:
    """By what a second label finds its message."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def pairs() -> list[tuple[Example, dict[str, object]]]:
    """Messages with both labels."""
    first = {key(e.text): e for e in data.authored()}
    rows = [
        json.loads(line) for path in sorted(SECOND.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    return [(first[row["id"]], row) for row in rows if row["id"] in first]


def alpha(one: list[int], two: list[int], *, ordered: bool = False) -> float:
    """Krippendorff's alpha for two labellers: nominal, or interval over the ranks of ordered labels."""
    rows = [(who, n, value) for who, values in (("one", one), ("two", two)) for n, value in enumerate(values)]
    return float(AnnotationTask(data=rows, distance=interval_distance if ordered else binary_distance).alpha())


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print messages two or more tiers apart")
    given = parser.parse_args()
    both = pairs()
    one = [e.tier or 0 for e, _ in both]
    two = [TIERS.index(str(row["tier"])) for _, row in both]
    print(f"{len(both)} messages with two labels")
    print(
        f"tier, alpha over ranks {alpha(one, two, ordered=True):.3f}; the same tier {np.mean(np.equal(one, two)):.3f}"
    )
    grave = alpha([int(t >= 2) for t in one], [int(t >= 2) for t in two])
    print(f"moderate or worse, alpha {grave:.3f}")
    for n, name in enumerate(DOMAINS):
        a, b = [int(n in (e.domains or ())) for e, _ in both], [int(name in row["domains"]) for _, row in both]  # type: ignore[operator]
        print(f"domain {name}: alpha {alpha(a, b):.3f}, {sum(a)} and {sum(b)}")
    named = [(e.intent, INTENTS.index(str(row["intent"]))) for e, row in both if e.intent is not None]
    print(f"intent, alpha {alpha([a for a, _ in named], [b for _, b in named]):.3f}, {len(named)}")
    apart = Counter((TIERS[a], TIERS[b]) for a, b in zip(one, two, strict=True) if a != b)
    print("first / second: " + ", ".join(f"{a}/{b} {n}" for (a, b), n in apart.most_common()))
    if given.list:
        for (e, row), a, b in zip(both, one, two, strict=True):
            if abs(a - b) >= 2:
                print(f"{TIERS[a]} / {row['tier']}  {e.brief}: {e.text[:200]!r}")


if __name__ == "__main__":
    main()
