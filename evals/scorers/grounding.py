"""Whether a sentence rests on a passage: the share of its content words there, and its likeness to the nearest span.

No entailment model is small enough to run beside everything else; what this finds and misses on labelled pairs stands
in ``CARD.md``. It sees other topics and added steps well, and a changed number or an opposite badly.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evals.figures import Share
from evals.scorers.reflection import content
from evals.scorers.words import sentences
from knowledge.embedding import Embedder
from knowledge.passages import read_corpus

#: Chosen on the dev half of ``data/grounding.jsonl``: a sentence whose score is at least this rests on the passage.
FLOOR: Final = 0.6
#: How much likeness counts beside shared words.
_LIKENESS: Final = 0.5
_NUMBER: Final = re.compile(r"\d+")


class Pair(BaseModel):
    """A sentence and the passage that it may rest on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    passage: str
    sentence: Annotated[str, Field(min_length=1)]
    supported: bool
    half: Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Grounds:
    """Scores sentences against passages."""

    embedder: Embedder

    def score(self, sentence: str, bodies: Iterable[str]) -> float:
        """In [0, 1]; 0 where there is no passage, or where the sentence has a number that no passage has."""
        bodies = tuple(bodies)
        words = content(sentence)
        if not bodies or (set(_NUMBER.findall(sentence)) - {n for b in bodies for n in _NUMBER.findall(b)}):
            return 0.0
        there = set[str]().union(*(content(body) for body in bodies))
        shared = len(words & there) / len(words) if words else 1.0
        spans = [span for body in bodies for span in _spans(body)]
        like = float(np.max(self.embedder.embed(spans) @ self.embedder.embed([sentence])[0]))
        return (1 - _LIKENESS) * shared + _LIKENESS * max(0.0, like)


def _spans(body: str) -> list[str]:
    """Each sentence, and each with the one after it."""
    one = sentences(body)
    return [*one, *(" ".join(pair) for pair in pairwise(one))] or [body]


@cache
def pairs(half: str) -> tuple[Pair, ...]:
    """The labelled pairs of one half."""
    lines = files("evals.scorers").joinpath("data/grounding.jsonl").read_text("utf-8").splitlines()
    return tuple(p for p in map(Pair.model_validate_json, lines) if p.half == half)


def rates(half: str, floor: float = FLOOR) -> tuple[Share, Share]:
    """Of the supported sentences those that are found to be, and of the others those that are found not to be."""
    grounds, bodies = Grounds(Embedder()), {entry.meta.id: entry.body for entry in read_corpus()}
    told = [(p.supported, grounds.score(p.sentence, (bodies[p.passage],)) >= floor) for p in pairs(half)]
    yes, no = [found for right, found in told if right], [not found for right, found in told if not right]
    return Share("supported, found", sum(yes), len(yes)), Share("not supported, found", sum(no), len(no))


def main(argv: Sequence[str] | None = None) -> int:
    """Print how well it does on a half; for dev at several floors."""
    parser = argparse.ArgumentParser(prog="python -m evals.scorers.grounding", description=__doc__)
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    half = parser.parse_args(argv).half
    for floor in (FLOOR,) if half == "test" else tuple(np.arange(0.35, 0.8, 0.05)):
        for share in rates(half, floor):
            low, high = share.interval
            sys.stdout.write(f"{floor:.2f}  {share.what}: {share.right} of {share.of} ({low:.2f}-{high:.2f})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
