"""``python -m evals.retrieval_speed``: how long the search takes among ten thousand passages, on this machine.

The passages are those of the corpus with their words shuffled, their vectors random: only time is measured with them.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from evals.retrieval import queries
from knowledge.embedding import Embedder, Vectors
from knowledge.index import WIDTH, Index, vectors_of
from knowledge.passages import read_corpus
from knowledge.retriever import Retriever

_SEED = 7


def large(embedder: Embedder, passages: int) -> Retriever:
    """A retriever over so many passages, each with as many asks as one of the corpus."""
    dice, corpus = np.random.default_rng(_SEED), read_corpus()
    entries = []
    for n in range(passages):
        entry = corpus[n % len(corpus)]
        entries.append(replace(entry, body=" ".join(dice.permutation(entry.body.split()))))
    counts = (passages, sum(len(e.asks) for e in entries))
    index = Index([vectors_of(_unit(dice.normal(size=(count, WIDTH)))) for count in counts], entries, {})
    return Retriever(embedder, index)


def _unit(rows: np.typing.NDArray[np.float64]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def main() -> None:
    """Print the median and the 95th percentile, and the part of it that embeds the query."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    embedder = Embedder()
    retriever = large(embedder, parser.parse_args().passages)
    asked = [q.query for half in ("dev", "test") for q in queries(half)]
    retriever.find(asked[0], "none")
    say("search", [_milliseconds(partial(retriever.find, q, "none")) for q in asked])
    say("of it, embedding", [_milliseconds(partial(embedder.embed, [q])) for q in asked])


def say(what: str, spent: Sequence[float]) -> None:
    """One line."""
    p50, p95 = np.median(spent), np.quantile(spent, 0.95)
    print(f"{what}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, n={len(spent)}")  # noqa: T201


def _milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
