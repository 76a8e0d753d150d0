"""A run as one page that opens anywhere: gates, shares with their intervals, tiers, trend, and every failure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from agent.domain.risk import Tier
from evals.figures import Share
from evals.gates import Gate, judge
from evals.results import ALL, Played, Results

TIERS: Final[tuple[str, ...]] = tuple(tier.label for tier in Tier)


@dataclass(frozen=True, slots=True)
class Bar:
    """A share as it is drawn: percentages of the width."""

    what: str
    right: int
    of: int
    share: float
    low: float
    high: float


def page(runs: Sequence[Results], gates: Iterable[Gate]) -> str:
    """The newest of the runs, with the others as what came before. HTML without scripts; nothing is fetched."""
    history = sorted(runs, key=lambda run: run.at)
    newest = history[-1]
    made = Environment(
        loader=PackageLoader("evals", "pages"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    whole = [run for run in history if run.suites == newest.suites]
    return made.get_template("report.html.j2").render(
        run=newest,
        gates=[judge(gate, newest) for gate in gates],
        suites=[_bar(suite, newest.share(ALL, [suite])) for suite in newest.suites],
        codes=sorted((_bar(code, newest.share(code)) for code in newest.codes), key=lambda bar: bar.share),
        tiers=_tiers(newest.cases),
        tier_names=TIERS,
        trend=[(run, [_bar(code, run.share(code)) for code in _followed(newest)]) for run in whole],
        failures=[(suite, [c for c in newest.cases if c.suite == suite and c.wrong]) for suite in newest.suites],
    )


def write(runs: Sequence[Results], gates: Iterable[Gate], path: Path) -> None:
    """The page as a file."""
    path.write_text(page(runs, gates), "utf-8")


def summed_up(run: Results, gates: Iterable[Gate]) -> dict[str, object]:
    """The gates of a run, and of what program; for ``docs/evals/gates.json``."""
    judged = {gate.name: judge(gate, run) for gate in gates}
    return {
        "product": run.product, "commit": run.commit, "at": run.at.isoformat(timespec="minutes"),
        "cases": len(run.cases),
        "gates": {name: {"open": one.open, "found": one.found} for name, one in judged.items()},
    }  # fmt: skip


def _bar(what: str, share: Share) -> Bar:
    low, high = share.interval
    return Bar(what, share.right, share.of, share.right / share.of if share.of else 0.0, low, high)


def _followed(run: Results) -> tuple[str, ...]:
    """What the trend shows: hearing danger, leaving look-alikes alone, and what is said."""
    wanted = ("danger_heard", "no_alarm", "tier", "card", "asks_directly", "reflects", ALL)
    return tuple(code for code in wanted if code == ALL or code in run.codes)


def _tiers(cases: Iterable[Played]) -> dict[str, dict[str, int]]:
    """Messages by the lowest tier that is right after them, and the tier that stood; empty without a record."""
    table: dict[str, dict[str, int]] = {low: dict.fromkeys(TIERS, 0) for low in TIERS}
    for case in cases:
        for seen in case.tiers:
            table[seen.low][seen.stood] += 1
    return table if any(count for row in table.values() for count in row.values()) else {}
