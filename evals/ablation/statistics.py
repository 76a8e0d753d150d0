"""How sure a preference is: net share with its interval, exact sign test by case, Holm, and agreement of raters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from scipy.stats import binomtest, bootstrap

from evals.ablation.blind import Contrast, Preference

_RESAMPLES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Effect:
    """How often one rater preferred the true reply, over the turns on which it could say something.

    ``net`` is the share of wins less that of losses, in [-1, 1]; ``low`` and ``high`` its 95 % interval, by a
    percentile bootstrap that draws whole cases. ``p``: exact two-sided sign test, in which a case counts once, for
    the side that won more of its turns. ``holm``: the same after the step-down of Holm (1979), where it is one of the
    tests that were planned.
    """

    rater: str
    contrast: Contrast
    wins: int
    ties: int
    losses: int
    cases: int
    net: float
    low: float
    high: float
    p: float
    holm: float | None = None

    @property
    def turns(self) -> int:
        """On how many turns."""
        return self.wins + self.ties + self.losses


def effect(
    rater: str, contrast: Contrast, preferences: Sequence[Preference], cases: Sequence[str], seed: int
) -> Effect | None:
    """Of one rater and contrast; ``cases`` says which case each preference is of. None where nothing was judged."""
    by_case: dict[str, list[int]] = defaultdict(list)
    for preference, case in zip(preferences, cases, strict=True):
        if preference is not None:
            by_case[case].append(preference)
    if not by_case:
        return None
    told = [one for many in by_case.values() for one in many]
    sums = np.array([sum(many) for many in by_case.values()], dtype=float)
    counts = np.array([len(many) for many in by_case.values()], dtype=float)
    low, high = _interval(sums, counts, seed)
    better, worse = int((sums > 0).sum()), int((sums < 0).sum())
    p = float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    return Effect(
        rater, contrast, told.count(1), told.count(0), told.count(-1), len(by_case),
        sum(told) / len(told), low, high, p,
    )  # fmt: skip


def _interval(sums: np.ndarray, counts: np.ndarray, seed: int) -> tuple[float, float]:
    """Of the ratio of both sums, drawing cases with replacement. One case alone has no interval but the whole range."""
    if len(sums) == 1:
        return -1.0, 1.0
    found = bootstrap(
        (sums, counts), lambda s, c, axis: s.sum(axis) / c.sum(axis), paired=True, vectorized=True,
        n_resamples=_RESAMPLES, method="percentile", batch=500, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def corrected(effects: Iterable[Effect], planned: Iterable[Contrast]) -> list[Effect]:
    """The effects, those of planned contrasts with their ``holm``, over all raters together."""
    effects, planned = list(effects), set(planned)
    tested = [i for i, e in enumerate(effects) if e.contrast in planned]
    for i, p in zip(tested, holm([effects[i].p for i in tested]), strict=True):
        effects[i] = replace(effects[i], holm=p)
    return effects


def holm(ps: Sequence[float]) -> list[float]:
    """Probabilities corrected for all being tested at once: Holm (1979), A simple sequentially rejective procedure."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    found, sofar = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        sofar = max(sofar, min(1.0, (len(ps) - rank) * ps[i]))
        found[i] = sofar
    return found


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha on ``pairs`` that two of them or more judged; None where all say the same of everything."""

    raters: tuple[str, ...]
    pairs: int
    alpha: float | None


def agreement(told: Mapping[str, Sequence[Preference]]) -> list[Agreement]:
    """Of all raters, then of each two. ``told``: preferences of each on the same pairs, none of identical replies."""
    groups = [tuple(told), *combinations(told, 2)] if len(told) > 2 else [tuple(told)]  # noqa: PLR2004
    return [_agreement(group, told) for group in groups]


def _agreement(raters: tuple[str, ...], told: Mapping[str, Sequence[Preference]]) -> Agreement:
    rows = [[one for one in row if one is not None] for row in zip(*(told[rater] for rater in raters), strict=True)]
    both = [row for row in rows if len(row) > 1]
    return Agreement(raters, len(both), alpha(both))


def alpha(units: Iterable[Sequence[float]]) -> float | None:
    """Krippendorff (2011), Computing Krippendorff's alpha-reliability, with interval distance.

    ``units``: what was said of each thing, by two or more. None where no two values differ anywhere.
    Own code, since nltk, which the training uses for it, makes guardrails-ai look for a download when it is imported.
    """
    values = [np.asarray(unit, dtype=float) for unit in units]
    everything = np.concatenate(values) if values else np.zeros(0)
    expected = _squares(everything) / max(1, len(everything) - 1)
    if expected == 0:
        return None
    observed = sum(len(v) * _squares(v) / (len(v) - 1) for v in values) / len(everything)
    return 1.0 - observed / expected


def _squares(values: np.ndarray) -> float:
    return float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
