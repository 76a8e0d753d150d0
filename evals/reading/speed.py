"""CPU time of a whole reading of 32 tokens on one thread; ``make bench`` measures it beside a larger model."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from classifiers.text import TextReader
from classifiers.windows import said
from evals.bench.messages import of_32_tokens
from evals.reading.figures import Bar, Figure

READ = Bar("at most", 8)
ROUNDS = 8


def speed(reader: TextReader) -> list[Figure]:
    """Median over messages of exactly 32 tokens, in milliseconds, and what reading in context adds where it is done."""
    texts = of_32_tokens()
    before = [said("user", text) for text in texts[:8]]
    return [
        _median("reading 32 tokens, CPU ms, p50", reader.read, texts, READ),
        _median("  the same in context, longest, on top of it", partial(reader.outputs.stands, before), texts, None),
    ]


def _median(name: str, read: Callable[[str], object], texts: Sequence[str], bar: Bar | None) -> Figure:
    spent = []
    for _ in range(ROUNDS):
        for text in texts:
            begun = time.process_time()
            read(text)
            spent.append(1000 * (time.process_time() - begun))
    low, high = np.percentile(spent, [2.5, 97.5])
    return Figure(name, float(np.median(spent)), (float(low), float(high)), bar)
