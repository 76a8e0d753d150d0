"""The wallboard counts every wait once, whatever order things happened in, and never flatters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.escalation import CaseStatus
from agent.domain.history import NEEDED, TAKEN, History, Step, rounds
from agent.domain.risk import Tier
from agent.escalation.alerts import ladder_policy
from agent.escalation.desk.board import FEWEST, WEEK, Share, figures, in_time, percentile

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = T0 + timedelta(hours=3)
POLICY = ladder_policy.load()
STATUS: dict[str, CaseStatus] = {
    **dict.fromkeys(NEEDED, "open"), **dict.fromkeys(TAKEN, "claimed"),
    "handed_back": "handed_back", "closed": "closed",
}  # fmt: skip
#: What can follow what, as TRANSITIONS of the domain has it.
NEXT = {
    "open": ["risk", "claimed"],
    "claimed": ["risk", "took_over", "transferred", "released", "lapsed", "handed_back", "closed"],
    "handed_back": ["risk", "claimed", "closed"],
    "closed": ["reopened"],
}
TIERS = st.sampled_from([Tier.MODERATE, Tier.HIGH, Tier.IMMINENT])


@st.composite
def lives(draw: st.DrawFn) -> History:
    """A case that lives as cases do, with answers to alerts at any time."""
    tier = draw(TIERS)
    at, status, steps = T0, "open", [Step("opened", T0, tier)]
    since = at
    for _ in range(draw(st.integers(0, 8))):
        at += timedelta(seconds=draw(st.integers(1, 900)))
        kind = draw(st.sampled_from(NEXT[status]))
        said = draw(TIERS) if kind in {"risk", "reopened"} else tier
        if kind == "risk":
            worse, back = said > tier, status == "handed_back"
            since = at if worse or back else since
            status = "open" if back else status
        else:
            status = STATUS[kind]
            since = at if kind in NEEDED else since
        tier = said if kind == "reopened" else max(tier, said)
        steps.append(Step(kind, at, said))
    answers = draw(st.lists(st.integers(0, 7200).map(lambda s: T0 + timedelta(seconds=s)), max_size=3))
    closed = at if status == "closed" else None
    return History(
        UUID(int=draw(st.integers(0, 2**32))), status, tier, (), T0, since, "true_alarm" if closed else None, closed,
        None, tuple(steps), tuple(answers), 0,
    )  # type: ignore[arg-type]  # fmt: skip


@given(lives())
def test_a_case_waits_in_one_round_at_a_time_and_the_last_runs_if_it_is_open(case: History) -> None:
    found = rounds(case)
    assert found[0].began == case.opened_at
    for one, after in pairwise(found):
        assert one.began < one.ended <= after.began  # type: ignore[operator]
        assert one.waiting_since <= one.began
        if one.end == "worse":
            assert (after.began, after.waiting_since) == (one.ended, one.waiting_since)
            assert after.tier > one.tier
    assert (found[-1].ended is None) == (case.status == "open")
    if case.status == "open":
        assert (found[-1].began, found[-1].tier) == (case.since, case.tier)


@given(lives())
def test_a_wait_begins_with_every_step_after_which_somebody_is_needed_and_with_no_other(case: History) -> None:
    begins = {r.waiting_since for r in rounds(case)}
    needed = {s.at for s in case.steps if s.kind in NEEDED}
    handed = [i for i, s in enumerate(case.steps) if s.kind == "handed_back"]
    back = {case.steps[i + 1].at for i in handed if i + 1 < len(case.steps) and case.steps[i + 1].kind == "risk"}
    assert begins == needed | back


@given(lives(), st.timedeltas(timedelta(0), timedelta(hours=5)))
def test_what_was_judged_once_is_never_judged_otherwise_later(case: History, later: timedelta) -> None:
    for one in rounds(case):
        before = one.in_time(POLICY.within, NOW)
        assert before is None or one.in_time(POLICY.within, NOW + later) is before


@given(lives())
def test_an_answer_is_never_before_its_round_nor_after_its_end(case: History) -> None:
    for one in rounds(case):
        if one.answered is not None:
            assert one.began <= one.answered
            assert one.ended is None or one.answered <= one.ended
        if one.end == "taken":
            assert one.answered is not None


@given(st.lists(lives(), max_size=6))
def test_the_board_adds_up(cases: list[History]) -> None:
    found = figures(cases, (), POLICY, NOW)
    assert found.waiting == sum(c.status == "open" for c in cases)
    assert found.overdue <= found.waiting
    assert found.held == sum(c.status == "claimed" for c in cases)
    assert sum(found.outcomes.values()) == sum(c.status == "closed" for c in cases)
    assert found.waiting + found.held + found.handed_back + sum(found.outcomes.values()) == len(cases)
    assert sum(t.week.of for t in found.tiers) <= sum(len(rounds(c)) for c in cases)
    for tier in found.tiers:
        assert tier.day.hits <= tier.day.of
        assert tier.day.of <= tier.week.of
        assert (tier.longest > timedelta(0)) == (tier.waiting > 0)


@given(st.lists(lives(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_cases_changes_nothing(cases: list[History], random: object) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert figures(cases, (), POLICY, NOW) == figures(shuffled, (), POLICY, NOW)


@given(lives())
def test_one_more_answer_never_makes_the_board_worse(case: History) -> None:
    """A case answered at the moment it began to wait is in time in every round."""
    before = in_time(rounds(case), POLICY, NOW, WEEK)
    began = tuple(r.began for r in rounds(case))
    after = in_time(rounds(replace(case, answers=began)), POLICY, NOW, WEEK)
    assert after.hits == after.of == len(began)
    assert after.hits >= before.hits


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_share_is_shown_from_five_on_and_is_a_hundred_only_when_all_are_in_it(hits: int, missed: int) -> None:
    share = Share(hits, hits + missed)
    assert (share.percent is None) == (hits + missed < FEWEST)
    if share.percent is not None:
        assert (share.percent == 100) == (missed == 0)
        assert 0 <= share.percent <= 100


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_a_value_that_occurred_with_enough_at_or_below_it(values: list[float], p: int) -> None:
    found = percentile(sorted(values), p)
    assert found in values
    assert sum(v <= found for v in values) * 100 >= p * len(values)
    assert sum(v < found for v in values) * 100 < p * len(values)


def test_one_who_sat_beside_and_went_on_at_once_left_nobody_waiting() -> None:
    later = T0 + timedelta(minutes=1)
    last = T0 + timedelta(minutes=9)
    steps = (
        Step("opened", T0, Tier.HIGH), Step("claimed", later, Tier.HIGH), Step("lapsed", last, Tier.HIGH),
        Step("stepped_in", last, Tier.HIGH),
    )  # fmt: skip
    case = History(UUID(int=1), "claimed", Tier.HIGH, (), T0, T0, None, None, None, steps)
    assert [(r.began, r.ended) for r in rounds(case)] == [(T0, later)]


def test_the_row_has_the_last_word_over_two_events_of_one_moment() -> None:
    """A claim that waited for the lapse before it carries the earlier time."""
    one, two = T0 + timedelta(minutes=1), T0 + timedelta(minutes=6)
    steps = (
        Step("opened", T0, Tier.HIGH), Step("claimed", one, Tier.HIGH), Step("claimed", two, Tier.HIGH),
        Step("lapsed", two + timedelta(milliseconds=1), Tier.HIGH),
    )  # fmt: skip
    taken = History(UUID(int=1), "claimed", Tier.HIGH, (), T0, two, None, None, None, steps)
    assert [r.end for r in rounds(taken)] == ["taken"]


def test_every_tier_that_alerts_somebody_has_a_deadline() -> None:
    assert set(POLICY.within) == set(POLICY.rungs)
