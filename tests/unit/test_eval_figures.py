"""The intervals of the evals are Wilson's, worked out by hand once."""

import pytest

from evals.figures import Share


@pytest.mark.parametrize(
    ("right", "of", "low", "high"), [(10, 10, 0.722, 1.0), (0, 10, 0.0, 0.278), (50, 100, 0.404, 0.596)]
)
def test_the_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    assert Share("x", right, of).interval == pytest.approx((low, high), abs=0.001)
