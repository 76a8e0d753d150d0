"""The benchmark's arithmetic and its report: a figure that is wrong here would be believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.bench.__main__ import main
from evals.bench.figures import Bar, Result, Spread, gate, percentile, share
from evals.bench.footprint import Footprint
from evals.bench.report import busy, document, number, table
from evals.bench.rounds import MeasureError, run

SAMPLES = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=200)


def result(figure: float | None, bar: Bar | None = None, **more: object) -> Result:
    return Result("name", "what it is", "ms", "p50", figure, bar, **more)


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 10), (50, 30), (60, 30), (60.1, 40), (80, 40), (95, 50), (100, 50)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([50, 10, 30, 20, 40], percent) == expected


def test_the_95th_of_a_hundred_leaves_five_above() -> None:
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([7], 95) == 7


@pytest.mark.parametrize(("samples", "percent"), [([], 50), ([1], 0), ([1], 101), ([1], -5)])
def test_percentile_of_nothing_is_an_error_and_not_a_number(samples: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(samples, percent)


@given(SAMPLES)
def test_a_spread_is_ordered_and_made_of_samples_alone(samples: list[float]) -> None:
    spread = Spread.of(samples)
    assert spread is not None
    assert spread.n == len(samples)
    assert spread.min <= spread.p50 <= spread.p95 <= spread.max
    assert {spread.min, spread.p50, spread.p95, spread.max} <= set(samples)
    assert sum(s <= spread.p95 for s in samples) >= 0.95 * len(samples)


def test_no_samples_give_no_spread() -> None:
    assert Spread.of([]) is None


@given(st.integers(0, 5_000), st.integers(1, 12))
def test_the_shares_of_all_rounds_are_the_whole_and_even(total: int, rounds: int) -> None:
    shares = [share(total, n, rounds) for n in range(rounds)]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("bar", "figure", "met"),
    [
        (Bar("at most", 8), 8, True),
        (Bar("at most", 8), 8.001, False),
        (Bar("under", 6), 6, False),
        (Bar("under", 6), 5.999, True),
        (Bar("at least", 10), 10, True),
        (Bar("at least", 10), 9.999, False),
    ],
)
def test_a_bar_is_met_up_to_its_limit(bar: Bar, figure: float, met: bool) -> None:
    assert bar.met(figure) is met
    assert result(figure, bar).verdict == ("met" if met else "missed")
    assert gate([result(figure, bar)]) is met


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    assert result(None, Bar("at most", 8)).verdict == "not measured"
    assert result(3).verdict == "no bar"
    assert gate([result(None, Bar("at most", 8)), result(3)])


def test_one_missed_bar_fails_the_gate_among_any_number_of_met_ones() -> None:
    bar = Bar("at most", 8)
    assert not gate([result(1, bar), result(9, bar), result(None, bar)])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.4, "0.40"), (4.114, "4.11"), (41.16, "41.2"), (404.4, "404"), (12345.6, "12346")],
)
def test_numbers_are_short_and_never_lose_their_size(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_the_table_holds_figure_bar_verdict_spread_and_notes_in_line() -> None:
    rows = [
        result(4.114, Bar("at most", 8), spread=Spread(80, 4.0, 4.114, 7.5, 16.0)),
        result(None, Bar("at most", 40), notes=("not measured: no torch there",)),
    ]
    head, rule, first, second, note = table(rows).splitlines()
    assert head.split() == ["measure", "figure", "bar", "verdict", "min", "p50", "p95", "max", "n"]
    assert set(rule) == {"-", " "}
    assert " ".join(first.split()) == "what it is 4.11 ms p50 at most 8 ms met 4.00 4.11 7.50 16.0 80"
    assert " ".join(second.split()) == "what it is - at most 40 ms not measured - - - - -"
    assert note == "    not measured: no torch there"
    assert len(head) == len(first) == len(second)


def test_the_document_is_json_with_the_verdict_of_each_result() -> None:
    rows = [result(9, Bar("at most", 8), spread=Spread.of([9]), detail={"nested": Spread.of([1, 2])})]
    read = json.loads(json.dumps(document(rows, {"cpu": "x"}, {"rounds": 6})))
    assert read["results"][0]["verdict"] == "missed"
    assert read["results"][0]["bar"] == {"sense": "at most", "limit": 8}
    assert read["results"][0]["detail"]["nested"]["p95"] == 2
    assert read["machine"] == {"cpu": "x"}
    assert read["run"] == {"rounds": 6}


def test_a_busy_machine_is_named_and_an_idle_one_is_not() -> None:
    assert busy(0.3, cores=2) == ""
    assert "load 1.40 on 2 cores" in busy(1.4, cores=2)


def test_memory_is_read_as_linux_writes_it() -> None:
    text = (
        "55d0-7ffe ---p 00000000 00:00 0   [rollup]\nRss:  2048 kB\nPss:  1536 kB\nShared_Clean: 512 kB\n"
        "Private_Clean: 256 kB\nPrivate_Dirty: 768 kB\n"
    )
    assert Footprint.parse(text) == Footprint(rss=2.0, pss=1.5, uss=1.0)


class Fake:
    """Writes down what is asked of it; fails where told to."""

    def __init__(self, name: str, seen: list[str], fails_at: str = "") -> None:
        self.name, self._seen, self._fails_at = name, seen, fails_at

    def open(self) -> None:
        self._step("open")

    def slice(self, number: int, of: int) -> None:
        self._step(f"{number}/{of}")

    def close(self) -> None:
        self._seen.append(f"{self.name} close")

    def results(self) -> list[Result]:
        return [result(1.0, Bar("at most", 8))]

    def _step(self, what: str) -> None:
        self._seen.append(f"{self.name} {what}")
        if what == self._fails_at:
            raise MeasureError("it broke")


def test_rounds_take_turns_and_everything_is_closed() -> None:
    seen: list[str] = []
    run([Fake("a", seen), Fake("b", seen)], 2, lambda _: None)
    assert seen == ["a open", "b open", "a 0/2", "b 0/2", "a 1/2", "b 1/2", "b close", "a close"]


@pytest.mark.parametrize("step", ["open", "0/2", "1/2"])
def test_a_measurement_that_breaks_has_no_figure_and_stops_no_other(step: str) -> None:
    seen: list[str] = []
    broken, whole = run([Fake("a", seen, step), Fake("b", seen)], 2, lambda _: None)
    assert broken.verdict == "not measured"
    assert broken.notes == ("not measured: MeasureError: it broke",)
    assert whole.verdict == "met"
    assert seen[-2:] == ["b close", "a close"]
    assert seen.count("b 1/2") == 1


def test_an_unknown_name_is_refused_before_anything_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "nothing"])
    assert "invalid choice: 'nothing'" in capsys.readouterr().err
