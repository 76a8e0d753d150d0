"""Shares with their intervals."""

from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927). ``what``: of what."""

    what: str
    right: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound in [0, 1]; all of it where there is nothing to count.

        Cases of one writer are alike, so it is narrower than the truth.
        """
        if not self.of:
            return 0.0, 1.0
        found = binomtest(self.right, self.of).proportion_ci(method="wilson")
        return float(found.low), float(found.high)
