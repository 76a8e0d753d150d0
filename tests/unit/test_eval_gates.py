"""A gate is red when its bound is missed, when too little was looked at, and when a case could not be played."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.compare import compare
from evals.gates import Gate, gates, judge
from evals.results import ALL, Measure, Played, Results, load, save
from evals.running import shared
from evals.scorers.judge import Finding

WRONG = Finding("method", 0, ok=False, why="found")


def played(number: int, *, right: bool = True, error: str = "", suite: str = "risk", skipped: str = "") -> Played:
    if error or skipped:
        return Played(f"{suite}-{number}", suite, error=error, skipped=skipped)
    return Played(f"{suite}-{number}", suite, {"method": int(right)}, {"method": 1}, () if right else (WRONG,))


def run(*cases: Played, measures: tuple[Measure, ...] = ()) -> Results:
    return Results("handhold", "abc", datetime(2026, 11, 23, tzinfo=UTC), 1.0, cases, measures)


def gate(**bounds: object) -> Gate:
    return Gate.model_validate({"name": "g", "why": "w", "code": "method", **bounds})


def test_one_wrong_case_closes_a_gate_that_allows_none() -> None:
    good = run(*(played(n) for n in range(30)))
    assert judge(gate(wrong=0), good).open
    assert not judge(gate(wrong=0), replace(good, cases=(*good.cases, played(30, right=False)))).open


def test_a_case_that_could_not_be_played_is_wrong_in_every_code() -> None:
    results = run(*(played(n) for n in range(30)), played(30, error="broke off"))
    assert not judge(gate(wrong=0), results).open
    assert results.share("method").of == 31
    assert results.share("dose").of == 1, "also in codes that it was never asked for"


def test_a_case_that_a_system_cannot_do_is_not_counted() -> None:
    results = run(played(1), played(2, skipped="poison"))
    assert results.share(ALL).of == 1


def test_what_was_not_looked_at_is_red() -> None:
    assert not judge(gate(wrong=0), run()).open
    assert not judge(gate(wrong=0, cases=5), run(played(1))).open
    assert not judge(gate(wrong=0, suites=["pressure"]), run(played(1))).open
    assert not judge(Gate(name="m", why="w", measure="latency", at_most=1.0), run()).open


def test_a_share_is_judged_by_its_lower_limit() -> None:
    results = run(*(played(n) for n in range(9)), played(9, right=False))
    assert judge(gate(at_least=0.59), results).open, "Wilson: 0.596"
    assert not judge(gate(at_least=0.60), results).open


def test_a_measure_is_judged_by_the_limit_that_is_worse() -> None:
    results = run(measures=(Measure("latency", 1.0, 0.8, 1.2, 100, " s"),))
    assert judge(Gate(name="m", why="w", measure="latency", at_most=1.2), results).open
    assert not judge(Gate(name="m", why="w", measure="latency", at_most=1.1), results).open
    assert not judge(Gate(name="m", why="w", measure="latency", at_most=2, cases=101), results).open
    assert not judge(Gate(name="m", why="w", measure="latency", at_least=0.9), results).open


@pytest.mark.parametrize(
    "bounds",
    [{}, {"wrong": 0, "at_least": 0.5}, {"at_most": 1}, {"wrong": 0, "measure": "x"}, {"at_least": 1.5}, {"typo": 1}],
)
def test_a_gate_that_says_two_things_or_none_is_refused(bounds: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"g: |greater|less|Extra"):
        gate(**bounds)


def test_the_gates_of_the_project_are_sound_and_each_says_why() -> None:
    found = gates()
    assert len(found) >= 25
    assert all(len(g.why) > 20 for g in found)


def test_two_gates_of_one_name_are_refused(tmp_path: Path) -> None:
    one = '[[gate]]\nname = "a"\nwhy = "w"\ncode = "method"\nwrong = 0\n'
    (tmp_path / "g.toml").write_text(one * 2)
    with pytest.raises(ValueError, match="one name"):
        gates(tmp_path / "g.toml")


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    results = run(played(1), played(2, right=False), played(3, error="x"), measures=(Measure("a", 1, 0, 2, 3),))
    save(results, tmp_path / "new" / "results.json")
    assert load(tmp_path / "new" / "results.json") == results


def test_runs_are_compared_case_by_case() -> None:
    before = run(*(played(n) for n in range(20)), played(20, right=False))
    after = run(*(played(n, right=n >= 10) for n in range(20)), played(20), played(21))
    change = next(c for c in compare(before, after) if c.code == "method")
    assert (change.of, change.before, change.after) == (21, 20, 11)
    assert change.better == ("risk-20",)
    assert len(change.worse) == 10
    assert change.real
    assert change.p == pytest.approx(0.01171875), "2 * P(X <= 1), X binomial of 11 and a half"
    assert not any(c.real for c in compare(before, before))


def test_suites_are_shared_out_so_that_nobody_waits_long() -> None:
    sizes = {"a": 9, "b": 5, "c": 4, "d": 1}
    assert shared(sizes, 2, sizes.__getitem__) == [["a", "d"], ["b", "c"]] or shared(sizes, 2, sizes.__getitem__) == [
        ["a"],
        ["b", "c", "d"],
    ]
    assert shared(["a"], 4, sizes.__getitem__) == [["a"]]
