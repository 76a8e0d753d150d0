"""Shares with their intervals, from the logs of a run: by suite, and by what was looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspect_ai.log import EvalLog
from scipy.stats import binomtest

from evals.suites import FINDINGS


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927). ``what``: a suite or a code of a finding."""

    what: str
    right: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound in [0, 1]. Cases of one writer are alike, so it is narrower than the truth."""
        found = binomtest(self.right, self.of).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


def by_suite(logs: Iterable[EvalLog]) -> list[Share]:
    """Cases in which everything was right."""
    shares = []
    for log in logs:
        passed = [bool(score["passed"]) for score in _values(log)]
        if passed:
            shares.append(Share(log.eval.task, sum(passed), len(passed)))
    return shares


def by_code(logs: Iterable[EvalLog]) -> list[Share]:
    """Findings by what was looked at, over all suites; the worst first."""
    right, of = Counter[str](), Counter[str]()
    for log in logs:
        for sample in log.samples or ():
            for score in (sample.scores or {}).values():
                for found in (score.metadata or {}).get(FINDINGS, ()):
                    of[found["code"]] += 1
                    right[found["code"]] += bool(found["ok"])
    return sorted((Share(code, right[code], of[code]) for code in of), key=lambda s: s.right / s.of)


def _values(log: EvalLog) -> Iterator[dict[str, float]]:
    for sample in log.samples or ():
        for score in (sample.scores or {}).values():
            if isinstance(score.value, dict):
                yield {name: float(str(value)) for name, value in score.value.items() if value is not None}
