"""The report: one line of JSON a round, and the totals that are printed again from those lines."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from evals.drill import failpoints
from evals.drill.faults import FAULTS
from evals.drill.rounds import Plan, Result

RUNS: Final = Path("docs/drill/runs.jsonl")
#: From the fork of a node to its first healthy answer.
RESTART_SECONDS: Final = 1.5
#: The bars of the drill, each with the laws it stands for.
BARS: Final[dict[str, frozenset[str]]] = {
    "cases lost": frozenset({"case_lost", "turn_lost", "not_answered", "spool_left"}),
    "duplicated": frozenset({"duplicated", "turn_invented", "case_invented"}),
    "replies before their case": frozenset({"before_case"}),
    "two voices, silence, or a change of hands not told": frozenset({"two_voices", "silence", "not_told"}),
    "false statements to the person": frozenset({"false_statement"}),
    "alerts missing, late or untrue": frozenset(
        {"not_alerted", "not_sent", "not_rung", "not_lapsed", "ladder_stopped", "said_sent", "notice_invented"}
    ),
    "two owners, or a write lost": frozenset({"fence", "write_lost", "illegal"}),
    "anything else": frozenset({"odd_answer", "not_up"}),
}


def line(plan: Plan, result: Result, commit: str) -> dict[str, Any]:
    """One round."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit, "profile": plan.profile,
        "seed": plan.seed, "seconds": round(result.seconds, 1), "kills": dict(result.kills),
        "points": dict(sorted(result.points.items())), "faults": dict(sorted(result.faults.items())),
        "counts": dict(result.counts), "notices": dict(sorted(result.notices.items())),
        "moves": dict(sorted(result.moves.items())),
        "restarts": [round(s, 3) for s in result.restarts], "calms": [round(s, 2) for s in result.calms],
        "violations": [{"law": v.law, "what": v.what} for v in result.violations],
    }  # fmt: skip


def add(path: Path, one: dict[str, Any]) -> None:
    """Append a round."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(one) + "\n")


def load(path: Path) -> list[dict[str, Any]]:
    """All rounds so far."""
    return [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []


def totals(runs: Sequence[dict[str, Any]]) -> str:
    """The runs added up, as a table in Markdown."""
    head = "| profile | rounds | SIGKILLs: at random, at failpoints, failpoint not reached, database server | turns |"
    rows = [f"{head} cases | alerts | restart p50 / p95 | hours |", "|---|---|---|---|---|---|---|---|"]
    for profile in ("one", "two"):
        some = [r for r in runs if r["profile"] == profile]
        if some:
            rows.append(_row(profile, some))
    rows += ["", _all(runs) + _covered(runs), "", *_bars(runs)]
    return "\n".join(rows)


def _row(profile: str, runs: Sequence[dict[str, Any]]) -> str:
    kills, counts = _sum(runs, "kills"), _sum(runs, "counts")
    p50, p95 = _middle([s for r in runs for s in r["restarts"]])
    by = ", ".join(str(kills[kind]) for kind in ("random", "failpoint", "not_reached", "server"))
    hours = sum(r["seconds"] for r in runs) / 3600
    return (
        f"| {profile} | {len(runs)} | {sum(kills.values())}: {by} | {counts['turns']} | {counts['cases']} | "
        f"{counts['alerts']} | {p50:.2f} s / {p95:.2f} s | {hours:.2f} |"
    )


def uncovered(runs: Sequence[dict[str, Any]], points: Sequence[str], faults: Sequence[str]) -> list[str]:
    """Failpoints and faults that no round has had."""
    return [*(p for p in points if not _sum(runs, "points")[p]), *(f for f in faults if not _sum(runs, "faults")[f])]


def _all(runs: Sequence[dict[str, Any]]) -> str:
    kills, restarts = _sum(runs, "kills"), [s for r in runs for s in r["restarts"]]
    slow = sum(s > RESTART_SECONDS for s in restarts)
    return (
        f"All together {sum(kills.values())} SIGKILLs, {kills['random']} of them at random moments, on the commits "
        f"{', '.join(dict.fromkeys(r['commit'] for r in runs))}. {slow} of {len(restarts)} restarts took longer than "
        f"{RESTART_SECONDS} s. "
    )


def _covered(runs: Sequence[dict[str, Any]]) -> str:
    points, faults = _sum(runs, "points"), _sum(runs, "faults")
    seldom = min((points[p] for p in failpoints.ALL), default=0)
    rarest = min((faults[f] for f in FAULTS), default=0)
    return (
        f"{sum(p in points for p in failpoints.ALL)} of {len(failpoints.ALL)} named failpoints killed, each at least "
        f"{seldom} times; {sum(f in faults for f in FAULTS)} of {len(FAULTS)} faults, each at least {rarest} times."
    )


def _bars(runs: Sequence[dict[str, Any]]) -> list[str]:
    found = Counter(v["law"] for r in runs for v in r["violations"])
    rows = ["| bar | violations |", "|---|---|"]
    return rows + [f"| {bar} | {sum(found[law] for law in laws)} |" for bar, laws in BARS.items()]


def _sum(runs: Sequence[dict[str, Any]], what: str) -> Counter[str]:
    added: Counter[str] = Counter()
    for one in runs:
        added.update(one[what])
    return added


def _middle(seconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    if len(seconds) < 2:  # noqa: PLR2004  (quantiles need two)
        return (seconds[0], seconds[0]) if seconds else (0.0, 0.0)
    cut = quantiles(seconds, n=20)
    return cut[9], cut[18]
