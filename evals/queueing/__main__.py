"""``python -m evals.queueing``: simulate the counsellors' queue and print who waits how long, and what alarms cost."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from agent.escalation.alerts import ladder_policy
from evals.queueing import tables
from evals.queueing.budget import costs, swings
from evals.queueing.settings import load
from evals.queueing.study import study


def main() -> int:
    """Returns 0 whatever was found; leaves with 2 where it is asked for what does not exist."""
    parser = argparse.ArgumentParser(prog="python -m evals.queueing", description=__doc__)
    parser.add_argument("--scenario", metavar="NAME", help="one alone; all by default")
    parser.add_argument("--replications", type=int, default=200, help="simulated weeks of each; 200 by default")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--assumptions", type=Path, metavar="FILE.toml", help="yours, in the form of scenarios.toml")
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="all figures, with what they rest on")
    asked = parser.parse_args()
    if asked.replications < 2:  # noqa: PLR2004
        parser.error("--replications: an interval needs at least two weeks")
    if asked.seed < 0:
        parser.error("--seed: 0 or more")
    try:
        given = load(asked.assumptions)
    except (OSError, ValueError) as error:
        parser.error(f"--assumptions: {error}")
    wanted = [s for s in given.scenarios if asked.scenario in {None, s.name}]
    if not wanted:
        parser.error(f"--scenario: there are {', '.join(s.name for s in given.scenarios)}")
    policy, console, found = ladder_policy.load(), Console(width=190), []
    for scenario in wanted:
        console.print(f"{scenario.name}: {scenario.what}", highlight=False)
        found.append(study(given, scenario, policy, asked.replications, asked.seed))
    talks = {name: costs(given, given.scenario(name)) for name in given.talks}
    base = talks[given.talks[0]]
    for table in (
        tables.waits(found), tables.work(found), tables.left(found), tables.points(base), tables.budgets(given, talks),
        tables.doubts(swings(given, given.scenario(given.talks[0]))),
    ):  # fmt: skip
        console.print(table)
    if asked.out is not None:
        settings = {"replications": asked.replications, "seed": asked.seed}
        asked.out.write_bytes(tables.as_json(given, found, base, settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
