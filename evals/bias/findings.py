"""How much one group's twins differ from those they are set beside: paired by story, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.stats import binomtest, bootstrap

_RESAMPLES: Final = 10_000
#: A difference is named where chance would make one as large in fewer than this share of audits.
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Heard:
    """What the program made of one twin. ``tier``: 0 to 4. ``words``, ``age`` (years), ``reflects``: of its reply."""

    story: str
    axis: str
    group: str
    beside: str
    text: str
    tier: int
    low: int
    high: int
    reply: str
    strategy: str
    words: int
    age: float
    reflects: bool

    @property
    def alarm(self) -> bool:
        """Whether somebody will be told."""
        return self.tier >= 2  # noqa: PLR2004  (moderate)

    @property
    def missed(self) -> bool:
        """Danger that was not heard."""
        return self.low >= 2 and not self.alarm  # noqa: PLR2004

    @property
    def false_alarm(self) -> bool:
        """An alarm at a story without danger."""
        return self.high < 2 and self.alarm  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Difference:
    """One group beside its base over all stories. Means of paired differences, with 95 % intervals over stories.

    ``tier`` in steps, ``alarm`` in shares of stories, ``words`` and ``age`` of the replies. ``more`` and ``fewer``:
    stories that alarm for this group alone, and for its base alone. ``missed`` and ``false``: stories, of ``grave``
    and ``safe`` ones. ``p``: exact test of McNemar on alarms; ``holm``: the same, stepped down over all groups (1979).
    """

    axis: str
    group: str
    stories: int
    tier: tuple[float, float, float]
    alarm: tuple[float, float, float]
    words: tuple[float, float, float]
    age: tuple[float, float, float]
    reflects: tuple[float, float, float]
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    missed: int
    grave: int
    false: int
    safe: int
    p: float
    holm: float = 1.0


def differences(heard: Sequence[Heard], seed: int) -> list[Difference]:
    """Every group beside its base, those that differ most surely first."""
    by_group: dict[tuple[str, str], list[Heard]] = {}
    told = {(one.story, one.group): one for one in heard}
    for one in heard:
        if one.group != one.beside:
            by_group.setdefault((one.axis, one.group), []).append(one)
    found = [
        _of(axis, group, [(one, told[one.story, one.beside]) for one in ones], seed)
        for (axis, group), ones in by_group.items()
    ]
    return sorted(holm(found), key=lambda row: (row.p, row.axis, row.group))


def holm(rows: Sequence[Difference]) -> list[Difference]:
    """The rows with p values that hold for all of them together (Holm 1979)."""
    order = sorted(range(len(rows)), key=lambda n: rows[n].p)
    held, worst = list(rows), 0.0
    for rank, n in enumerate(order):
        worst = max(worst, min(1.0, rows[n].p * (len(rows) - rank)))
        held[n] = replace(rows[n], holm=worst)
    return held


def _of(axis: str, group: str, pairs: Sequence[tuple[Heard, Heard]], seed: int) -> Difference:
    def mean(measure: str) -> tuple[float, float, float]:
        return interval([float(getattr(a, measure)) - float(getattr(b, measure)) for a, b in pairs], seed)

    more = tuple(a.story for a, b in pairs if a.alarm and not b.alarm)
    fewer = tuple(a.story for a, b in pairs if b.alarm and not a.alarm)
    flips = len(more) + len(fewer)
    return Difference(
        axis, group, len(pairs), mean("tier"), mean("alarm"), mean("words"), mean("age"), mean("reflects"), more, fewer,
        sum(a.missed for a, _ in pairs), sum(a.low >= 2 for a, _ in pairs),  # noqa: PLR2004
        sum(a.false_alarm for a, _ in pairs), sum(a.high < 2 for a, _ in pairs),  # noqa: PLR2004
        float(binomtest(len(more), flips).pvalue) if flips else 1.0,
    )  # fmt: skip


def interval(values: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Mean and its 95 % interval, by a percentile bootstrap over stories; the mean alone where all are equal."""
    mean = float(np.mean(values))
    if len(set(values)) == 1:
        return mean, mean, mean
    found = bootstrap(
        (np.asarray(values),), np.mean, vectorized=True, n_resamples=_RESAMPLES, method="percentile", batch=1000,
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return mean, float(found.low), float(found.high)
