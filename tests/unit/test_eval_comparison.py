"""Systems are compared on what each of them can be judged on, and nobody gains by failing."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec
from inspect_ai.scorer import Score

from evals.comparison import compare, main, markdown
from evals.suites import FINDINGS

#: Of each case: for each exchange and code, whether it was right.
Found = Mapping[str, Mapping[tuple[int, str], bool]]


def log(found: Found, suite: str = "risk", status: str = "success") -> EvalLog:
    spec = EvalSpec(
        created="2026-11-01T00:00:00+00:00", task=suite, dataset=EvalDataset(), model="none/none", config=EvalConfig()
    )
    return EvalLog(eval=spec, status=status, samples=[sample(name, marks) for name, marks in found.items()])


def sample(name: str, marks: Mapping[tuple[int, str], bool]) -> EvalSample:
    findings = [{"exchange": n, "code": code, "ok": ok} for (n, code), ok in marks.items()]
    scores = {"judged": Score(value={"passed": 0.0}, metadata={FINDINGS: findings})} if findings else {}
    return EvalSample(id=name, epoch=1, input="", target="", scores=scores)


OURS = {"a": {(0, "tier"): True, (0, "reflects"): True, (0, "method"): True}, "b": {(0, "method"): True}}


def test_what_only_one_of_them_can_be_judged_on_is_left_out_and_counted() -> None:
    ours = {**OURS, "a": {**OURS["a"], (0, "tier"): False}}
    bare = {"a": {(0, "reflects"): False, (0, "method"): True}, "b": {}}
    found = compare({"ours": [log(ours)], "bare": [log(bare)]})
    assert found.made == {"ours": 3, "bare": 2}, "b was skipped by one of them"
    assert {p.code for p in found.found["ours"]} == {"reflects", "method"}
    assert found.cases == {"ours": {("risk", "a"): True}, "bare": {("risk", "a"): False}}
    assert [(s.what, s.right, s.of) for s in found.by_kind()["bare"]] == [
        ("does what was expected", 0, 1), ("is nothing that no reply may be", 1, 1),
    ]  # fmt: skip
    assert [(s.what, s.right, s.of) for s in found.by_code()["bare"]] == [("method", 1, 1), ("reflects", 0, 1)]


@pytest.mark.parametrize("code", ["error", "unfinished"])
def test_an_answer_that_did_not_come_counts_against_its_system_alone(code: str) -> None:
    away = {"a": {(-1, code): False, (0, "method"): True}}
    found = compare({"ours": [log(OURS)], "away": [log(away)]})
    assert found.cases == {"ours": {("risk", "a"): True}, "away": {("risk", "a"): False}}
    both = compare({"one": [log(away)], "two": [log(away)]})
    assert [s.right for s in both.by_suite()["two"]] == [0]


def test_suites_are_told_apart_though_their_cases_have_one_name() -> None:
    logs = [log(OURS), log({"a": {(0, "method"): False}}, "eating")]
    found = compare({"ours": logs, "same": logs})
    assert [(s.what, s.right, s.of) for s in found.by_suite()["ours"]] == [("eating", 0, 1), ("risk", 2, 2)]


@pytest.mark.parametrize(
    ("logs", "why"),
    [
        ({"ours": [log(OURS, status="cancelled")]}, "did not end well"),
        ({"ours": [log(OURS), log(OURS)]}, "played twice"),
        ({"ours": [log(OURS)], "other": [log({"c": {(0, "method"): True}})]}, "no case"),
        ({}, "no case"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(logs: dict[str, list[EvalLog]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compare(logs)


@pytest.mark.parametrize("pair", ["ours", "ours=", "ours=/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_named(pair: str) -> None:
    with pytest.raises(SystemExit, match=pair):
        main([pair])


CODES = st.sampled_from(["tier", "reflects", "method", "repeated", "error"])
SYSTEM = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.tuples(st.integers(0, 1), CODES), st.booleans()))


@given(st.lists(SYSTEM, min_size=1, max_size=3))
def test_all_are_judged_on_the_same_and_a_further_system_never_adds_to_it(systems: list[Found]) -> None:
    logs = {str(n): [log(one)] for n, one in enumerate(systems)}
    try:
        found = compare(logs)
    except ValueError:
        return
    places = [set(of) for of in found.found.values()]
    assert all(p == places[0] for p in places)
    assert all(set(of) == set(found.cases["0"]) for of in found.cases.values())
    for name, of in found.found.items():
        assert len(of) <= found.made[name]
        alone = compare({name: logs[name]}).found[name]
        assert of.items() <= alone.items()


def test_a_table_has_share_and_interval_of_each() -> None:
    found = compare({"ours": [log(OURS)], "same": [log(OURS)]})
    head, _, row = markdown("suite", found.by_suite()).splitlines()
    assert head == "| suite | ours | same |"
    assert row == "| risk | 2/2 = 1.000 (0.342 to 1.000) | 2/2 = 1.000 (0.342 to 1.000) |"
