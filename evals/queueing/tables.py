"""The findings as tables, and as JSON."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from evals.figures import Share
from evals.queueing.budget import Cost, Swing, chosen
from evals.queueing.measure import GROUPS
from evals.queueing.settings import Assumptions
from evals.queueing.study import Found, Mean


def shown(one: Mean, digits: int = 1) -> str:
    """As in ``1.2 (1.1 to 1.3)``; a dash where there is nothing."""
    if math.isnan(one.mean):
        return "-"
    if math.isnan(one.low):
        return f"{one.mean:,.{digits}f}"
    return f"{one.mean:,.{digits}f} ({one.low:,.{digits}f} to {one.high:,.{digits}f})"


def waits(found: Iterable[Found]) -> Table:
    """Minutes until a counsellor has the case."""
    table = Table("scenario", "cases", "p50", "p90", "in time", title="Minutes until taken", box=None)
    for one in found:
        for n, group in enumerate(GROUPS):
            name = one.scenario.name if n == 0 else ""
            p50, p90, in_time = (one.means[f"{group} {what}"] for what in ("p50", "p90", "in time"))
            table.add_row(name, group, shown(p50), shown(p90), shown(in_time, 3))
    return table


def work(found: Iterable[Found]) -> Table:
    """What the alarms cost."""
    title = "Alarms and counsellor minutes per 1,000 conversations; utilisation of the counsellors"
    digits = {"true alarms": 1, "false alarms": 1, "minutes true": 0, "minutes false": 0, "utilisation": 3}
    return _by_scenario(found, title, digits)


def left(found: Iterable[Found]) -> Table:
    """Who went to the outside contact, or to nobody."""
    title = "Cases at the outside contact; in danger and unheard; cases that nobody took"
    digits = {"outside": 1, "outside per 1,000": 2, "unheard per 1,000": 2, "untaken": 1}
    return _by_scenario(found, title, digits)


def _by_scenario(found: Iterable[Found], title: str, digits: dict[str, int]) -> Table:
    table = Table("scenario", *digits, title=title, box=None)
    for one in found:
        table.add_row(one.scenario.name, *(shown(one.means[name], d) for name, d in digits.items()))
    return table


def points(costs: Sequence[Cost]) -> Table:
    """What every operating point costs."""
    table = Table(
        "alarms from", "reader finds", "reader's false", "heard", "unheard", "false alarms", "minutes true",
        "minutes false", "minutes", title="Operating points, per 1,000 conversations", box=None,
    )  # fmt: skip
    for c in costs:
        p = c.point
        table.add_row(
            p.name, _share(Share("dangerous", p.found, p.dangerous)), _share(Share("harmless", p.false, p.harmless)),
            f"{c.heard:.1f}", f"{c.unheard:.1f}", f"{c.false:.0f}", f"{c.minutes_true:,.0f}",
            f"{c.minutes_false:,.0f}", f"{c.minutes:,.0f}",
        )  # fmt: skip
    return table


def budgets(given: Assumptions, talks: Mapping[str, Sequence[Cost]]) -> Table:
    """Which point a budget pays for, by how often ordinary talk alarms."""
    table = Table("minutes per 1,000", *talks, title="Alarm budget: operating point (takes; unheard)", box=None)
    for budget in given.budgets:
        table.add_row(f"{budget:,}", *(_paid(chosen(costs, budget)) for costs in talks.values()))
    return table


def doubts(swings: Iterable[Swing]) -> Table:
    """How far the intervals of the measured shares reach."""
    table = Table("share of", "alarms", "minutes", "unheard", title="Within the interval of one share", box=None)
    for s in swings:
        low, high = s.kind.interval
        table.add_row(
            s.kind.name, f"{low:.3f} to {high:.3f}", f"{s.low.minutes:,.0f} to {s.high.minutes:,.0f}",
            f"{s.low.unheard:.1f} to {s.high.unheard:.1f}",
        )  # fmt: skip
    return table


def _paid(c: Cost | None) -> str:
    return "none" if c is None else f"{c.point.name} ({c.minutes:,.0f}; {c.unheard:.1f})"


def _share(one: Share) -> str:
    low, high = one.interval
    return f"{one.right}/{one.of} = {one.right / one.of:.3f} ({low:.3f} to {high:.3f})"


def as_json(given: Assumptions, found: Iterable[Found], costs: Iterable[Cost], asked: Mapping[str, int]) -> bytes:
    """Everything found, with what it rests on."""
    told = {
        "asked": dict(asked),
        "assumptions": given.model_dump(),
        "scenarios": {one.scenario.name: {name: _plain(m) for name, m in one.means.items()} for one in found},
        "points": {
            c.point.name: {"heard": c.heard, "unheard": c.unheard, "false": c.false, "minutes": c.minutes}
            for c in costs
        },
    }
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _plain(one: Mean) -> dict[str, float | None]:
    values = {"mean": one.mean, "low": one.low, "high": one.high}
    return {name: None if math.isnan(v) else v for name, v in values.items()} | {"weeks": one.weeks}
