"""Two runs beside each other on the cases that both played: which changed, and whether that is more than chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scipy.stats import binomtest, false_discovery_control

from evals.results import ALL, Results

#: What may be called a change: this share of false ones among those named.
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """A code in both runs. ``better`` and ``worse``: cases that became right, and wrong. ``of``: cases in both.

    ``p``: exact test of McNemar (1947), held to the false discovery rate over all rows (Benjamini and Hochberg 1995).
    """

    suite: str
    code: str
    of: int
    before: int
    after: int
    better: tuple[str, ...]
    worse: tuple[str, ...]
    p: float

    @property
    def real(self) -> bool:
        """Whether it is more than chance."""
        return self.p <= ALPHA


def compare(before: Results, after: Results) -> tuple[Change, ...]:
    """Every suite as a whole and every code over all suites; the surest changes first."""
    rows = [_row(before, after, suite, ALL) for suite in after.suites if suite in before.suites]
    rows += [_row(before, after, "", code) for code in sorted({*before.codes} & {*after.codes})]
    rows = [row for row in rows if row.of]
    held = false_discovery_control([row.p for row in rows]) if rows else ()
    adjusted = [Change(r.suite, r.code, r.of, r.before, r.after, r.better, r.worse, float(p))
                for r, p in zip(rows, held, strict=True)]  # fmt: skip
    return tuple(sorted(adjusted, key=lambda row: row.p))


def _row(before: Results, after: Results, suite: str, code: str) -> Change:
    was, now = (_passed(run, suite, code) for run in (before, after))
    both = sorted(was.keys() & now.keys())
    better = tuple(case for case in both if now[case] and not was[case])
    worse = tuple(case for case in both if was[case] and not now[case])
    changed = len(better) + len(worse)
    p = float(binomtest(len(better), changed).pvalue) if changed else 1.0
    return Change(suite, code, len(both), _count(was, both), _count(now, both), better, worse, p)


def _count(passed: dict[str, bool], among: Iterable[str]) -> int:
    return sum(passed[case] for case in among)


def _passed(run: Results, suite: str, code: str) -> dict[str, bool]:
    among = (c for c in run.cases if not suite or c.suite == suite)
    return {c.id: passed for c in among if (passed := c.passed(code)) is not None}
