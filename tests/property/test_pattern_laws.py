"""Patterns say nothing of little and compare a person with themselves alone; reminders keep quiet hours."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.care.patterns import helped, way, weights
from agent.domain.mood import TRIGGERS, CheckIn, Mark
from agent.domain.offer import Offer
from agent.domain.reminder import STALE, Reminder, due

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
moods = st.integers(1, 5)
marks = st.builds(Mark, moods, triggers=st.lists(st.sampled_from(TRIGGERS), unique=True, max_size=4).map(tuple))


def days(found: list[int], last: datetime = NOW) -> list[CheckIn]:
    """One check-in a day, the last of them today."""
    first = last - timedelta(days=len(found) - 1)
    return [CheckIn(UUID(int=n), Mark(m), first + timedelta(days=n)) for n, m in enumerate(found)]


@given(st.lists(moods, max_size=12))
def test_from_less_than_two_weeks_nothing_is_said(found: list[int]) -> None:
    assert way(days(found), NOW) == "little"


@given(moods, st.integers(21, 49))
def test_who_is_always_the_same_is_steady_however_low_that_is(mood: int, count: int) -> None:
    assert way(days([mood] * count), NOW) == "steady"


def test_a_week_that_falls_is_harder_and_one_that_rises_is_lighter() -> None:
    base = [3, 4, 3, 4, 3, 3, 4] * 5
    assert way(days([*base, 2, 1, 1, 1, 2, 1, 1]), NOW) == "harder"
    assert way(days([*base, 5, 5, 5, 5, 5, 5, 5]), NOW) == "lighter"
    assert way(days([*base, 4, 3, 3, 2, 4, 3, 3]), NOW) == "steady"


def test_one_bad_day_is_no_trend() -> None:
    assert way(days([3, 4, 3, 4, 3, 3, 4] * 5 + [3, 4, 3, 1]), NOW) == "steady"


@given(st.lists(moods, min_size=28, max_size=60), st.randoms())
def test_the_order_in_which_check_ins_are_given_does_not_matter(found: list[int], dice) -> None:
    told = days(found)
    shuffled = list(told)
    dice.shuffle(shuffled)
    assert way(told, NOW) == way(shuffled, NOW)


@given(st.lists(moods, min_size=28, max_size=49), st.integers(20, 27))
def test_a_lower_day_of_late_never_makes_it_look_lighter(found: list[int], at: int) -> None:
    order = {"lighter": 2, "steady": 1, "harder": 0}
    at = len(found) - 1 - (at - 20) % 7
    lower = [*found[:at], 1, *found[at + 1 :]]
    assert order[way(days(lower), NOW)] <= order[way(days(found), NOW)]


@given(st.lists(marks, max_size=30))
def test_a_trigger_is_named_only_with_three_marks_on_either_side(found: list[Mark]) -> None:
    told = [CheckIn(UUID(int=n), m, NOW) for n, m in enumerate(found)]
    for weight in weights(told):
        has = sum(weight.trigger in m.triggers for m in found)
        assert weight.times == has
        assert min(has, len(found) - has) >= 3
        assert abs(weight.difference) >= 0.5


def test_what_helped_is_counted_by_name_and_what_nobody_answered_is_not() -> None:
    told = [Offer("a", None, "yes", "walking"), Offer("a", None, "yes", "walking"), Offer("b", None, "no"), Offer("c")]
    assert [(t.name, t.said) for t in helped(told)] == [("walking", {"yes": 2}), ("b", {"no": 1})]


zones = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Apia"])
clocks = st.times().map(lambda t: t.replace(microsecond=0, second=0))
reminders = st.tuples(clocks, st.sets(st.integers(0, 6), min_size=1), zones, clocks, clocks)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001


@given(reminders, moments)
def test_the_next_time_is_later_within_eight_days_and_on_a_chosen_day(given_, moment: datetime) -> None:
    at, chosen, zone, quiet_from, quiet_to = given_
    try:
        one = Reminder("a@b.example", at, tuple(chosen), zone, quiet_from, quiet_to, confirmed=True)
    except ValueError:
        assume(False)
    following = one.after(moment)
    assert moment < following <= moment + timedelta(days=8, hours=2)
    assert following.astimezone(ZoneInfo(zone)).weekday() in chosen


@given(reminders, moments, st.timedeltas(timedelta(0), timedelta(days=1)))
def test_nothing_goes_out_in_quiet_hours_or_long_after_its_time(given_, planned: datetime, late: timedelta) -> None:
    at, chosen, zone, quiet_from, quiet_to = given_
    try:
        one = Reminder("a@b.example", at, tuple(chosen), zone, quiet_from, quiet_to, confirmed=True)
    except ValueError:
        assume(False)
    now = planned + late
    if due(one, planned, now):
        assert late < STALE
        clock = now.astimezone(ZoneInfo(zone)).time()
        assert one.quiet is None or not one.quiet.cover(clock)


@pytest.mark.parametrize(
    ("days_", "at", "why"), [((), time(19), "one day"), ((0,), time(23), "quiet"), ((9,), time(12), "one day")]
)
def test_a_reminder_that_cannot_be_kept_says_why(days_, at: time, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Reminder("a@b.example", at, days_, "UTC")
