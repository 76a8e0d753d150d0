"""The queue simulation obeys the laws of queues, runs on the product's own ladder, and rests on what it names."""

import json
import math
import re
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings as how
from hypothesis import strategies as st
from pydantic import ValidationError

from agent.domain.risk import Tier
from agent.domain.roster import Counsellor
from agent.escalation.alerts import ladder_policy
from agent.escalation.desk.order import right_ones
from evals.figures import Share
from evals.queueing import __main__ as command
from evals.queueing.budget import chosen, costs, swings
from evals.queueing.demand import END, HORIZON, HOUR, MINUTE, SECOND, WARM_UP, Arrival, Demand, draw
from evals.queueing.house import Answers
from evals.queueing.measure import measures, utilisation, wait_of
from evals.queueing.queue import Queue, moment, waiting_case
from evals.queueing.reading import alarms
from evals.queueing.settings import Assumptions, Minutes, Rota, Scenario, load
from evals.queueing.simulate import Served, _Week, simulate
from evals.queueing.study import mean, study, week

GIVEN = load()
BASE = GIVEN.scenario("base")
POLICY = ladder_policy.load()
ROOT = Path(__file__).parents[2]
CARD = (ROOT / "classifiers/cards/text_reader.md").read_text("utf-8")
AT_ONCE = Minutes(median=0.0, p90=0.0)


def rota(counsellors: int | tuple[int, ...], holds: int = 1, *, never: float = 0.0, outside: bool = True) -> Rota:
    hourly = (counsellors,) * 24 if isinstance(counsellors, int) else counsellors
    return Rota(
        counsellors=hourly, holds=holds, supervisors=1, outside=outside, unanswered=never, answer=AT_ONCE
    )  # fmt: skip


def served(arrivals: tuple[Arrival, ...], staff: Rota, seed: int = 0) -> list[Served]:
    return simulate(arrivals, staff, POLICY, Answers.draw(staff, (seed,)))


def one_tier(seed: int, an_hour: float, minutes: float) -> tuple[Arrival, ...]:
    """Poisson arrivals and exponential work."""
    dice = np.random.default_rng(seed)
    at = np.cumsum(dice.exponential(HOUR / an_hour, int(an_hour * END / HOUR * 1.1)))
    work = dice.exponential(minutes * MINUTE, len(at))
    return tuple(
        Arrival(int(a), Tier.MODERATE, True, max(1, int(w))) for a, w in zip(at, work, strict=True) if a < END
    )  # fmt: skip


def erlang_c(servers: int, offered: float) -> float:
    """The share that waits (Erlang, 1917)."""
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return last / (sum(offered**k / math.factorial(k) for k in range(servers)) + last)


@pytest.mark.parametrize(("counsellors", "holds"), [(3, 1), (1, 3)])
def test_without_tiers_and_delays_the_wait_is_that_of_erlang(counsellors: int, holds: int) -> None:
    an_hour, minutes, servers = 60.0, 2.0, 3
    waits = [
        wait_of(case) / MINUTE
        for seed in range(4)
        for case in served(one_tier(seed, an_hour, minutes), rota(counsellors, holds))
        if case.arrival.at > WARM_UP / 24
    ]
    offered = an_hour / 60 * minutes
    late = erlang_c(servers, offered)
    assert np.mean([w > 0 for w in waits]) == pytest.approx(late, rel=0.04)
    assert np.mean(waits) == pytest.approx(late / (servers / minutes - an_hour / 60), rel=0.08)


def test_the_number_that_waits_is_the_rate_times_the_wait() -> None:
    # Little (1961): the queue is looked at from outside, the waits are what the cases say.
    demand = draw(GIVEN, GIVEN.scenario("double"), (3,))
    staff, seen = GIVEN.rota, list[int]()
    one = _Week(demand.arrivals, staff, POLICY, Answers.draw(staff, (3,)))

    def look():
        while True:
            yield one._env.timeout(30 * SECOND)
            seen.append(len(one._queue))

    one._env.process(look())
    waits = [wait_of(case) for case in one.run()]
    assert sum(waits) / HORIZON > 0.1
    assert np.mean(seen) == pytest.approx(sum(waits) / HORIZON, rel=0.01)


def test_the_same_seed_is_the_same_week_and_another_is_not() -> None:
    assert week(GIVEN, BASE, POLICY, (7, 0)) == week(GIVEN, BASE, POLICY, (7, 0))
    assert week(GIVEN, BASE, POLICY, (7, 0)) != week(GIVEN, BASE, POLICY, (7, 1))


def test_nobody_is_idle_while_a_case_waits() -> None:
    hourly = tuple(1 + h % 3 for h in range(24))
    staff = rota(hourly, holds=2)
    cases = served(draw(GIVEN, GIVEN.scenario("double"), (1,)).arrivals, staff)
    ends = [c.done for c in cases if c.done is not None]
    shifts = [h * HOUR for h in range(HORIZON // HOUR)]
    looked = 0
    for case in cases:
        assert case.taken is not None
        for now in (t for t in (case.arrival.at, *ends, *shifts) if case.arrival.at <= t < case.taken):
            there = hourly[now // HOUR % 24]
            for who in range(there):
                held = sum(c.by == who and c.taken <= now and (c.done is None or c.done > now) for c in cases)
                assert held >= 2
            looked += 1
    assert looked > 100


def test_nobody_holds_more_than_they_can_or_takes_a_case_off_duty() -> None:
    staff = GIVEN.rota.model_copy(update={"holds": 2})
    cases = served(draw(GIVEN, GIVEN.scenario("double"), (2,)).arrivals, staff)
    for case in cases:
        assert case.by is not None
        assert case.by < staff.counsellors[case.taken // HOUR % 24]
        assert sum(c.by == case.by and c.taken <= case.taken < c.done for c in cases if c.done is not None) <= 2


weeks = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 90)), min_size=1, max_size=40)


@how(max_examples=60, deadline=None)
@drawn(weeks, st.sampled_from([(2, 1), (4, 2), (6, 3)]))
def test_half_of_the_staff_lets_no_case_of_a_tier_wait_for_less(
    gaps: list[tuple[int, int]], staffs: tuple[int, int]
) -> None:
    at, arrivals = 0, []
    for gap, minutes in gaps:
        at += gap * MINUTE
        arrivals.append(Arrival(at, Tier.HIGH, True, minutes * MINUTE))
    whole, half = (served(tuple(arrivals), rota(n)) for n in staffs)
    assert all(wait_of(h) >= wait_of(w) for h, w in zip(half, whole, strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_half_of_the_staff_never_shortens_the_mean_wait_of_a_week(seed: int) -> None:
    found = []
    for name in ("base", "halved"):
        staff = GIVEN.rota.model_copy(
            update={"counsellors": GIVEN.scenario(name).counsellors or GIVEN.rota.counsellors}
        )
        demand = draw(GIVEN, GIVEN.scenario(name), (seed,))
        found.append((demand, np.mean([wait_of(c) for c in served(demand.arrivals, staff, seed)])))
    assert found[0][0] == found[1][0]
    assert found[1][1] >= found[0][1]


@drawn(
    st.lists(st.tuples(st.sampled_from(list(Tier)[2:]), st.integers(0, 4000)), max_size=12), st.integers(4000, 9000)
)  # fmt: skip
def test_a_counsellor_is_given_what_the_desk_would_give(rows: list[tuple[Tier, int]], now: int) -> None:
    me = Counsellor(UUID(int=1), "Ada", supervisor=False)
    ordered = sorted(rows, key=lambda row: row[1])
    cases = [waiting_case(n, tier, at * SECOND) for n, (tier, at) in enumerate(ordered)]
    queue, left = Queue(POLICY, cases), list(cases)
    while left:
        taken = queue.take(me, now * SECOND)
        assert taken == right_ones(left, me, POLICY, moment(now * SECOND))[0]
        # By tier, then by age.
        assert (-taken.tier, taken.opened_at) == min((-c.tier, c.opened_at) for c in left)
        left.remove(taken)
    assert queue.take(me, now * SECOND) is None


def test_the_ladder_of_the_product_pages_when_nobody_answers() -> None:
    for tier in (Tier.MODERATE, Tier.HIGH, Tier.IMMINENT):
        (case,) = served((Arrival(HOUR, tier, True, MINUTE),), rota(3, never=1.0))
        outside = next((r.after for r in POLICY.rungs[tier] if r.whom == "outside"), None)
        assert case.taken is None
        assert case.pages > len(POLICY.rungs[tier])
        assert (None if case.outside is None else timedelta(microseconds=case.outside - HOUR)) == outside


def test_with_nobody_there_grave_cases_reach_the_outside_at_once_and_count_as_never_taken() -> None:
    arrivals = tuple(Arrival(WARM_UP + n, tier, True, MINUTE) for n, tier in enumerate((Tier.HIGH, Tier.MODERATE)))
    grave, moderate = cases = served(arrivals, rota(0))
    assert grave.outside == grave.arrival.at
    assert moderate.outside is None
    found = measures(Demand(arrivals, 1000, 0), cases, rota(0), POLICY)
    assert found["untaken"] == 2
    assert found["high in time"] == 0
    assert found["high p50"] == pytest.approx((HORIZON - WARM_UP) / MINUTE)
    assert math.isnan(found["imminent p50"])
    assert math.isnan(found["utilisation"])


def test_utilisation_counts_what_is_held_in_the_week_alone() -> None:
    whole = Served(Arrival(0, Tier.HIGH, True, 1), taken=0, done=HORIZON, by=0)
    assert utilisation([whole], rota(1)) == 1.0
    assert utilisation([whole], rota(2, holds=2)) == 0.25
    assert utilisation([Served(Arrival(0, Tier.HIGH, True, 1), taken=0, done=WARM_UP, by=0)], rota(1)) == 0.0


def test_what_is_simulated_is_what_was_assumed() -> None:
    found = study(GIVEN, BASE, POLICY, 25, 11).means
    cost = next(c for c in costs(GIVEN, BASE) if c.point.name == GIVEN.reference)
    expected = {
        "conversations": sum(GIVEN.conversations) * 7, "true alarms": cost.heard, "false alarms": cost.false,
        "unheard per 1,000": cost.unheard, "minutes true": cost.minutes_true, "minutes false": cost.minutes_false,
    }  # fmt: skip
    for name, value in expected.items():
        assert abs(found[name].mean - value) < 2 * (found[name].high - found[name].low), name


def test_a_duration_has_its_median_and_its_ninetieth_percentile() -> None:
    drawn_minutes = [GIVEN.true_alarm.at(z) for z in np.random.default_rng(1).standard_normal(40_000)]
    assert np.percentile(drawn_minutes, [50, 90]) == pytest.approx([35, 80], rel=0.03)


def test_the_operating_points_are_those_of_the_card() -> None:
    fourth = CARD[: CARD.index("All of the sealed part:")]
    bands = [
        tuple(map(float, row)) for row in re.findall(r"  moderate   ([\d.]+)-[\d.]+ +(\d+) +[\d.]+ +([\d.]+)\n", fourth)
    ]
    assert len(bands) == 5
    for point in GIVEN.points:
        above = [(n, n * share) for start, n, share in bands if start >= point.threshold]
        assert point.found == round(sum(danger for _, danger in above))
        assert point.false == round(sum(n - danger for n, danger in above))
        assert point.dangerous + point.harmless == sum(n for _, n, _ in bands) == 933


def test_the_tiers_of_alarms_fit_the_card() -> None:
    told = re.findall(r"  (\w+) +([\d.]+) alarms, +([\d.]+) of them at none or low", CARD)[:3]
    recall = {"moderate": 132 / 172, "high": 138 / 151, "imminent": 88 / 95}
    for name, every, false in told:
        true = sum(
            k.per_thousand * recall[k.true] * getattr(k.read_as, name) for k in GIVEN.kinds if k.danger
        )  # fmt: skip
        assert true == pytest.approx(float(every) - float(false), abs=0.4)
        share = float(false) / sum(float(row[2]) for row in told)
        for kind in GIVEN.kinds:
            assert kind.danger or getattr(kind.read_as, name) == pytest.approx(share, abs=0.001)


def test_figures_that_are_quoted_stand_where_they_are_quoted_from() -> None:
    for words in ("28 of 287", "74 of 159", "24 of 48", "68 of 168", "226 of 246", "31 of 5427"):
        assert words in CARD
    gates = json.loads((ROOT / "docs/evals/gates.json").read_text("utf-8"))["gates"]
    assert gates["danger-heard"]["found"].startswith("283 of 328")
    ablation = (ROOT / "docs/evals/emotion-ablation.md").read_text("utf-8")
    assert ablation.startswith("#")
    assert "781 messages" in ablation
    assert "124 messages were left out" in ablation


def test_at_the_reference_a_kind_alarms_as_it_was_measured_and_doubling_stays_a_share() -> None:
    assert alarms(GIVEN, BASE) == pytest.approx({k.name: k.alarm for k in GIVEN.kinds})
    doubled = alarms(GIVEN, GIVEN.scenario("false-doubled"))
    assert doubled["ordinary talk"] == pytest.approx(2 * 0.159)
    assert doubled["high danger"] == pytest.approx(0.919)
    assert max(alarms(GIVEN, Scenario(name="x", what="", false_alarms=9.0)).values()) == 1


def test_the_intervals_are_wilsons_of_the_counts_that_are_quoted() -> None:
    for kind in GIVEN.kinds:
        right, of = map(int, re.search(r"(\d+) of (\d+)", kind.source).groups())
        share = Share(kind.name, right, of)
        assert (kind.alarm, *kind.interval) == pytest.approx((right / of, *share.interval), abs=0.0011)


def test_an_interval_of_harmless_talk_moves_minutes_alone_and_one_of_danger_who_is_unheard() -> None:
    for s in swings(GIVEN, BASE):
        assert s.low.minutes < s.high.minutes
        assert (s.low.unheard > s.high.unheard) is s.kind.danger


def test_a_larger_budget_leaves_nobody_more_unheard() -> None:
    found = costs(GIVEN, BASE)
    assert chosen(found, min(c.minutes for c in found) - 1) is None
    unheard = [c.unheard for b in range(1000, 9000, 250) if (c := chosen(found, b)) is not None]
    assert unheard == sorted(unheard, reverse=True)
    assert [c.unheard for c in found] == sorted(c.unheard for c in found)


@pytest.mark.parametrize(
    "change", [{"unknown": 1}, {"conversations": [1.0] * 23}, {"reference": "0.5"}, {"version": 3}, {"talks": ["x"]}]
)  # fmt: skip
def test_assumptions_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Assumptions.model_validate_json(json.dumps(GIVEN.model_dump() | change))
    Assumptions.model_validate_json(GIVEN.model_dump_json())


def test_the_interval_of_a_mean_is_students() -> None:
    found = mean([1.0, 2.0, 3.0, math.nan])
    assert (found.mean, found.weeks) == (2.0, 3)
    assert found.high - found.mean == pytest.approx(4.302653 / math.sqrt(3), rel=1e-5)
    assert mean([math.nan]).weeks == 0


def test_the_command_prints_tables_and_writes_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.json"
    asked = ["queueing", "--scenario", "night-nobody", "--replications", "2", "--seed", "3", "--out", str(out)]
    monkeypatch.setattr(sys, "argv", asked)
    assert command.main() == 0
    assert "Alarm budget" in capsys.readouterr().out
    # What was written can be asked again.
    found = json.loads(out.read_text("utf-8"))
    assert Assumptions.model_validate_json(json.dumps(found["assumptions"])) == GIVEN
    assert set(found["scenarios"]) == {"night-nobody"}
    assert found["scenarios"]["night-nobody"]["outside"]["mean"] > 0


@pytest.mark.parametrize(
    "asked", [("--scenario", "none"), ("--replications", "1"), ("--seed", "-1"), ("--assumptions", "no-such.toml")]
)  # fmt: skip
def test_the_command_refuses_what_does_not_exist(asked: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["queueing", *asked])
    with pytest.raises(SystemExit) as left:
        command.main()
    assert left.value.code == 2
