"""CPU time of a whole reading of 32 tokens on one thread; ``make bench`` measures it beside a larger model."""

import time

import numpy as np

from classifiers.text import TextReader
from evals.bench.messages import of_32_tokens
from evals.reading.figures import Bar, Figure

READ = Bar("at most", 8)
ROUNDS = 8


def speed(reader: TextReader) -> Figure:
    """Median over messages of exactly 32 tokens, in milliseconds."""
    spent = []
    for _ in range(ROUNDS):
        for text in of_32_tokens():
            begun = time.process_time()
            reader.read(text)
            spent.append(1000 * (time.process_time() - begun))
    low, high = np.percentile(spent, [2.5, 97.5])
    return Figure("reading 32 tokens, CPU ms, p50", float(np.median(spent)), (float(low), float(high)), READ)
