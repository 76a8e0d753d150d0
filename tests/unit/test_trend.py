"""The trend that a counsellor reads under "why": it says what the messages say, and nothing of what still stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.risk import Tier
from agent.escalation.desk.trend import Mark, trend

BEGAN = datetime(2026, 11, 23, 21, tzinfo=UTC)


def marks(*tiers: int) -> list[Mark]:
    return [Mark(n, BEGAN + timedelta(minutes=n), Tier(t)) for n, t in enumerate(tiers)]


@pytest.mark.parametrize(
    ("tiers", "direction", "since"),
    [
        ((0, 3), "rising", 1), ((0, 1, 2, 3), "rising", 1), ((3, 0), "falling", 1), ((4, 3, 0, 0, 0), "falling", 2),
        ((2, 0, 0, 2), "steady", 0), ((0, 0), "steady", 0), ((3, 0, 0, 0, 4), "rising", 4),
    ],
)  # fmt: skip
def test_it_says_where_the_danger_goes_and_since_which_message(
    tiers: tuple[int, ...], direction: str, since: int
) -> None:
    found = trend(marks(*tiers))
    assert found is not None
    assert (found.direction, found.since) == (direction, BEGAN + timedelta(minutes=since))


def test_one_message_has_no_direction() -> None:
    assert trend(marks(4)) is None
    assert trend([]) is None


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 4))
def test_a_message_above_all_before_it_is_always_a_rise(tiers: list[int], last: int) -> None:
    found = trend(marks(*tiers, last))
    assert found is not None
    if last > max(tiers):
        assert found.direction == "rising"
    if found.direction == "falling":
        assert last < max(tiers)
