"""What ordinary replies are like: length, questions, reading age, relevance, empathy, and whether the strategy fits.

Figures of the ``support`` suite, where nobody is in danger, with 95 % intervals by a bootstrap that draws whole cases.
They describe; a reply can do all of it and still not help.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import bootstrap

from agent.yaml_files import read_yaml
from evals.cases import Case
from evals.results import Measure
from evals.scorers.grounding import FLOOR, Grounds
from evals.scorers.reflection import reflects
from evals.scorers.shape import shape
from evals.scorers.words import normal, sentences, unquoted
from evals.transcript import Exchange, Transcript
from knowledge.embedding import Embedder

SUITE: Final = "support"
#: Each reply is ranked among those to so many other messages.
OTHERS: Final = 20
_RESAMPLES: Final = 2000
_SEED: Final = 7


class _Rules(BaseModel):
    """``data/quality.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fits: dict[str, tuple[str, ...]]
    warmth: tuple[str, ...]
    explores: str


@cache
def _rules() -> _Rules:
    return _Rules.model_validate(read_yaml(files("evals.scorers").joinpath("data/quality.yaml")))


@dataclass(frozen=True, slots=True)
class _Reply:
    case: str
    exchange: Exchange
    said: tuple[str, ...]

    @property
    def words(self) -> str:
        return self.exchange.reply


def quality(talks: Sequence[tuple[Transcript, Case]]) -> tuple[Measure, ...]:
    """The measures; none where there is no reply to look at."""
    replies = [reply for transcript, case in talks for reply in _replies(transcript, case)]
    if not replies:
        return ()
    return (*_simple(replies), relevance(replies), *_grounded(replies), *_strategy(talks))


def _replies(transcript: Transcript, case: Case) -> Iterator[_Reply]:
    """Replies to people in no danger that stands."""
    said: tuple[str, ...] = ()
    for exchange in transcript.exchanges:
        said = (*said, exchange.say.say)
        if exchange.reply.strip() and not exchange.tier.elevated:
            yield _Reply(case.id, exchange, said)


def warm(reply: str) -> bool:
    """Whether it says that it feels with the person."""
    return any(re.search(p, normal(s)) for s in sentences(reply) for p in _rules().warmth)


def explores(reply: str) -> bool:
    """Whether it asks a question about the person or what they told."""
    asked = (normal(unquoted(s)) for s in sentences(reply))
    return any("?" in s and re.search(_rules().explores, s) for s in asked)


#: Name, unit, what it is, and the figure of one reply.
_OF_ONE: Final[tuple[tuple[str, str, str, Callable[[_Reply], float]], ...]] = (
    ("words of a reply", "", "Mean.", lambda r: shape(r.words).words),
    ("questions of a reply", "", "Mean; those in quotation marks are not its own.", lambda r: shape(r.words).questions),
    ("reading age of a reply", " years", "Mean, by Flesch and Kincaid (1975).", lambda r: shape(r.words).age),
    (
        "replies that name what was said", "", "Empathy, interpretations: a word or a feeling of this person.",
        lambda r: bool(reflects(r.words, r.said)),
    ),
    ("replies with warmth", "", "Empathy, emotional reactions: it feels with the person.", lambda r: warm(r.words)),
    ("replies that explore", "", "Empathy, explorations: a question about the person.", lambda r: explores(r.words)),
)  # fmt: skip


def _simple(replies: Sequence[_Reply]) -> Iterator[Measure]:
    for name, unit, what, value in _OF_ONE:
        yield measured(name, [float(value(r)) for r in replies], [r.case for r in replies], unit, what)


def relevance(replies: Sequence[_Reply]) -> Measure:
    """Mean reciprocal rank of each reply among replies of other cases, by likeness (cosine) to its own message.

    By chance it would be the mean of 1/1 to 1/21, which is 0.17.
    """
    embed = Embedder().embed
    said = np.concatenate([embed([r.exchange.say.say]) for r in replies])
    told = np.concatenate([embed([r.words]) for r in replies])
    dice, cases = np.random.default_rng(_SEED), np.array([r.case for r in replies])
    ranks = []
    for n in range(len(replies)):
        others = np.flatnonzero(cases != cases[n])
        drawn = dice.choice(others, min(OTHERS, len(others)), replace=False)
        ranks.append(1.0 / (1 + int((told[drawn] @ said[n] > told[n] @ said[n]).sum())))
    what = f"Reciprocal rank of the reply for its own message among those to {OTHERS} others, by sentence embedding."
    return measured("relevance of replies", ranks, list(cases), "", f"{what} Chance: 0.17.")


def _grounded(replies: Sequence[_Reply]) -> Iterator[Measure]:
    """Whether a reply that gives sources says something that rests on them."""
    grounds = Grounds(Embedder())
    cited = [(r, r.exchange.record.cited) for r in replies if r.exchange.record is not None and r.exchange.record.cited]
    if cited:
        best = [max(grounds.score(s, bodies) for s in sentences(r.words)) for r, bodies in cited]
        what = "Of those that name a passage: one sentence rests on it (evals/scorers/grounding.py)."
        ids = [r.case for r, _ in cited]
        yield measured("replies that follow what they cite", [float(b >= FLOOR) for b in best], ids, "", what)


def _strategy(talks: Iterable[tuple[Transcript, Case]]) -> Iterator[Measure]:
    """Whether the first reply does what a good helper would do first. Nothing of a system that tells no strategy."""
    firsts = [
        (case.id, float(t.exchanges[0].record.strategy in _rules().fits[case.wants]))
        for t, case in talks
        if case.wants and t.exchanges and t.exchanges[0].record is not None and t.exchanges[0].record.strategy
    ]
    if firsts:
        ids, right = zip(*firsts, strict=True)
        yield measured(
            "first replies whose strategy fits", right, ids, "", "By the table in evals/scorers/data/quality.yaml."
        )


def measured(name: str, values: Sequence[float], cases: Sequence[str], unit: str, what: str) -> Measure:
    """Mean and its interval, drawing whole cases."""
    by_case: dict[str, list[float]] = {}
    for value, case in zip(values, cases, strict=True):
        by_case.setdefault(case, []).append(value)
    sums = np.array([sum(many) for many in by_case.values()])
    counts = np.array([len(many) for many in by_case.values()], dtype=float)
    mean = float(sums.sum() / counts.sum())
    if len(by_case) == 1 or len(set(values)) == 1:
        return Measure(name, mean, mean, mean, len(values), unit, what)
    found = bootstrap(
        (sums, counts), lambda s, c, axis: s.sum(axis) / c.sum(axis), paired=True, vectorized=True,
        n_resamples=_RESAMPLES, method="percentile", batch=500, rng=np.random.default_rng(_SEED),
    ).confidence_interval  # fmt: skip
    return Measure(name, mean, float(found.low), float(found.high), len(values), unit, what)
