"""The page of a run shows what was found, and what people wrote in a case stays words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from evals.gates import gates
from evals.report import page
from evals.results import Line, Played, Results, Tiers
from evals.scorers.judge import Finding

WRONG = Finding("method", 0, ok=False, why="found: <i>rope</i>", span="<script>alert(1)</script>")
CASES = (
    Played("risk-001", "risk", {"method": 1}, {"method": 1}, tiers=(Tiers("high", "imminent", "low"),)),
    Played("risk-002", "risk", {}, {"method": 1}, (WRONG,), (Line("<b>hello</b>", "words", "none", 0.1),)),
    Played("risk-003", "risk", error="broke <off>"),
)
RUN = Results("handhold", "abc", datetime(2026, 11, 23, tzinfo=UTC), 3.0, CASES)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [name for name, _ in attrs if name in {"src", "href"}]


def test_words_of_a_case_cannot_become_part_of_the_page() -> None:
    made = page([RUN], gates())
    tags = Tags()
    tags.feed(made)
    assert "script" not in tags.seen
    assert not tags.fetched, "it opens without a network"
    assert "&lt;b&gt;hello&lt;/b&gt;" in made
    assert "broke &lt;off&gt;" in made


def test_it_shows_gates_failures_tiers_and_the_trend() -> None:
    older = replace(RUN, at=RUN.at - timedelta(days=1), commit="before")
    made = page([RUN, older], gates())
    assert "RED" in made
    assert "risk-002: method" in made
    assert "before" in made
    assert "One run only" not in made
    assert "Left of the diagonal" in made
    assert "Left of the diagonal" not in page([replace(RUN, cases=CASES[1:])], gates()), "a system without a record"
